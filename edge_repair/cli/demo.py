"""``edge-repair demo``: the main job, acted and checked, in a store of its own that is gone afterwards."""

import tempfile
import time
from pathlib import Path

import click

from edge_repair.cli.options import Settings, settings
from edge_repair.cli.terminal import Stages, emit, say, showing
from edge_repair.errors import DownloadError

FAILED = 1


@click.command()
@click.option("--subject", help="Id of a subject in the question set (default: the first that the model knows well).")
@settings
def command(settings: Settings, subject: str | None) -> int:
    """Ask, tell the model to forget, ask again in other words, check its neighbours, undo, compare bit for bit.

    Uses SmolLM2-135M-Instruct unless -m says otherwise, and pulls it when it is missing. Your own store is not touched.
    Ends with exit code 1 when anything did not go as it should.
    """
    from edge_repair.cli.demonstration import Demonstration

    started = time.perf_counter()
    with showing() as stages, tempfile.TemporaryDirectory(prefix="edge-repair-demo-") as folder:
        path = _model(settings, stages)
        settings = Settings(str(path), Path(folder), settings.threads, settings.lora, settings.as_json)
        opened = time.perf_counter()
        with settings.open_session(stages) as session:
            stages.end()
            demonstration = Demonstration(session, stages, subject)
            demonstration.act()
    summary = demonstration.summary()
    summary["seconds"] = {"all": time.perf_counter() - started, "without_download": time.perf_counter() - opened}
    failed = [name.replace("_", " ") for name, held in summary["checks"].items() if not held]
    say()
    for name, held in summary["checks"].items():
        say(f"  {'yes' if held else 'NO '}  {name.replace('_', ' ')}")
    took = f"{summary['seconds']['without_download']:.0f} s"
    say(f"\nThat took {took}. " + (f"Not everything held: {', '.join(failed)}." if failed else "All of it held."))
    if not failed:
        say("Now try it yourself: edge-repair chat")
    if settings.as_json:
        emit(summary)
    return FAILED if failed else 0


def _model(settings: Settings, stages: Stages) -> Path:
    """The model to show: the one that was chosen, else SmolLM2, pulled when it is missing, else the shipped one."""
    import os

    from edge_repair.catalogue import pull, resolve
    from edge_repair.catalogue.known import DEFAULT, shipped_patient
    from edge_repair.cli.models import describe

    if settings.model is None and not os.environ.get("EDGE_REPAIR_MODEL") and not DEFAULT.is_pulled:
        say(f"The model {DEFAULT.name} is not here yet; pulling it.")
        describe(DEFAULT.name)
        try:
            pull(DEFAULT.name, stages)
        except DownloadError as problem:
            if not shipped_patient().is_file():
                raise
            stages.end()
            say(f"Not pulled ({problem}). Going on with the small shipped patient, which knows invented facts only.")
            return shipped_patient()
        finally:
            stages.end()
    return resolve(settings.model, say)
