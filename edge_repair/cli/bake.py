"""``edge-repair bake``: a model file with its repairs in it."""

from pathlib import Path

import click

from edge_repair.cli.forget import read_procedure
from edge_repair.cli.options import Settings, procedures_option, settings
from edge_repair.cli.report import show_examination
from edge_repair.cli.terminal import emit, say, showing


@click.command()
@click.argument("out", metavar="OUT.gguf", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--precision",
    type=click.Choice(["f16", "f32", "q8_0"]),
    default="f16",
    show_default=True,
    help="How the few matrices that change are stored; everything else is copied byte for byte.",
)
@procedures_option("Also ask the questions of this plan (from 'edge-repair plan --json').")
@settings
def command(settings: Settings, out: Path, precision: str, procedure_files: tuple[Path, ...]) -> None:
    """Write a model with all active repairs merged in, for any llama.cpp program; it needs no adapter and has no undo.

    The file is kept only if it does what the model does with its repairs. It does not say what was forgotten. The
    knowledge is bypassed in it, not erased from its weights: see docs/security.md.
    """
    procedures = [read_procedure(path) for path in procedure_files]
    with showing() as stages, settings.open_session(stages) as session:
        report = session.bake(out, precision=precision, procedures=procedures)
    show_examination(report)
    say(f"Written: {out}")
    if settings.as_json:
        emit(report | {"path": str(out)})
