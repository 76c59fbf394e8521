"""``edge-repair certify``: what was checked, written down without the secret."""

from pathlib import Path

import click

from edge_repair.cli.forget import read_procedure
from edge_repair.cli.options import Settings, procedures_option, settings
from edge_repair.cli.report import show_examination
from edge_repair.cli.terminal import emit, say, showing
from edge_repair.errors import BakeError


@click.command()
@click.argument("out", metavar="REPORT", type=click.Path(path_type=Path))
@click.option(
    "--baked",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file that 'edge-repair bake' wrote, to be compared with the model and its repairs.",
)
@procedures_option("Also ask the questions of this plan (from 'edge-repair plan --json').")
@settings
def command(settings: Settings, out: Path, baked: Path | None, procedure_files: tuple[Path, ...]) -> int:
    """Check the active repairs again and write REPORT.json and REPORT.md: on which files, by their hashes, with which figures.

    Nothing in the report tells what was forgotten. Exit code 12: something did not hold; the report says what.
    """
    procedures = [read_procedure(path) for path in procedure_files]
    with showing() as stages, settings.open_session(stages) as session:
        report = session.certify(out, baked=baked, procedures=procedures)
    show_examination(report)
    say(f"Written: {out.with_suffix('') if out.suffix in ('.json', '.md') else out}.json and .md")
    if settings.as_json:
        emit(report)
    return 0 if report["passed"] else BakeError.exit_code
