"""``edge-repair demo``: the main job, acted and checked, in a store of its own that is gone afterwards."""

import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import click

from edge_repair import shipped
from edge_repair.cli.options import Settings, settings
from edge_repair.cli.terminal import Stages, emit, say, showing
from edge_repair.errors import AdapterError, DownloadError, UsageError

FAILED = 1


@click.command()
@click.option("--subject", help="Id of a subject in the question set (default: the first that the model knows well).")
@click.option("--private", is_flag=True, help="Act it on private facts: SmolLM2 with the shipped memory, told to forget where you live.")
@settings
def command(settings: Settings, subject: str | None, private: bool) -> int:
    """Ask, tell the model to forget, ask again in other words, check its neighbours, undo, compare bit for bit.

    Uses SmolLM2-135M-Instruct unless -m says otherwise, and pulls it when it is missing. Your own store is not touched.
    Ends with exit code 1 when anything did not go as it should.
    """
    from edge_repair.cli.demonstration import Demonstration

    if private and (subject or settings.lora):
        raise UsageError("--private shows the shipped memory and the person who types; leave out --subject and --lora")
    started = time.perf_counter()
    with showing() as stages, tempfile.TemporaryDirectory(prefix="edge-repair-demo-") as folder:
        path = _model(settings, stages)
        settings = replace(settings, model=str(path), store=Path(folder), threads=settings.threads or _idle_cores())
        if private:
            settings = replace(settings, lora=shipped.path("memory/memory-F16.gguf"))
        opened = time.perf_counter()
        try:
            session = settings.open_session(stages)
        except AdapterError as error:
            if not private:
                raise
            raise UsageError(f"the shipped memory does not go with {path.name}; --private needs SmolLM2-135M-Instruct") from error
        with session:
            stages.end()
            demonstration = Demonstration(session, stages, subject, private)
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


def _idle_cores() -> int | None:
    """All cores when they have nothing to do; None, the usual default, when they have, or when it cannot be told.

    A demo is waited for, so it may take what is free. Threads that wait for a busy core would make it slower.
    """
    if os.environ.get("EDGE_REPAIR_THREADS"):
        return None
    try:
        before = _ticks()
        time.sleep(0.3)
        after = _ticks()
        usable = len(os.sched_getaffinity(0))
    except (OSError, ValueError, IndexError, AttributeError):
        return None
    idle, everything = after[3] - before[3], sum(after) - sum(before)
    return usable if everything and idle / everything > 0.9 else None


def _ticks() -> list[int]:
    """Clock ticks that all cores have spent since they started: user, nice, system, idle, ... (Linux)."""
    return [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
