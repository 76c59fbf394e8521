"""``edge-repair repairs export`` and ``import``: repairs as numbers, for another device with the same model."""

from pathlib import Path

import click

from edge_repair.cli.forget import read_procedure
from edge_repair.cli.options import Settings, procedures_option, settings
from edge_repair.cli.report import SCOPES, percent, repair_json
from edge_repair.cli.terminal import confirm, emit, say, showing


@click.command("export")
@click.argument("out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("repair_ids", metavar="[ID]...", nargs=-1)
@settings
def export_command(settings: Settings, out: Path, repair_ids: tuple[str, ...]) -> None:
    """Write repairs to FILE, for another device with the same model: all that are active, or those whose ids are given.

    The file holds numbers, no words and no labels. Who has the model can test guesses against the numbers: see
    docs/security.md before you give it away.
    """
    with showing() as stages, settings.open_session(stages) as session:
        given = session.export_repairs(out, repair_ids)
    say(f"{len(given)} repairs written: {out}, {out.stat().st_size / 1e6:.2f} MB")
    if settings.as_json:
        emit({"path": str(out), "bytes": out.stat().st_size, "repairs": [repair.id for repair in given]})


@click.command("import")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do it without asking.")
@click.option("--accept", is_flag=True, help="Keep the repairs even if they miss a limit.")
@procedures_option("Also check that the questions of this plan (from 'edge-repair plan --json') are refused.")
@settings
def import_command(settings: Settings, path: Path, yes: bool, accept: bool, procedure_files: tuple[Path, ...]) -> int:
    """Make the repairs of FILE active here, after a look at what it holds. They can be undone like any other.

    FILE is checked like one from an enemy, must be of this very model file, and is tried before it is kept: what
    the model should still know is asked. Whether it forgets the right thing only your own questions can tell.
    """
    procedures = [read_procedure(file) for file in procedure_files]
    with showing() as stages, settings.open_session(stages) as session:
        pack = session.read_pack(path)
        for packed in pack.repairs:
            told = packed.figures.get("refused")
            measured = f", refused {percent(told)} where it was made" if isinstance(told, (int, float)) else ""
            say(f"  {packed.id}: {packed.kind}, {SCOPES[packed.scope]}{measured}")
        if not (yes or confirm(f"Make the model forget what {'this' if len(pack.repairs) == 1 else 'these'} took, unseen?")):
            say("Nothing was changed.")
            added = None
        else:
            added = session.import_pack(pack, procedures=procedures, accept=accept)
            stages.end()
            say(f"{len(added)} repairs added" + (f", {len(pack.repairs) - len(added)} were here already" if len(added) < len(pack.repairs) else ""))
    if settings.as_json:
        emit({"repairs": [repair_json(repair) for repair in added or ()]})
    return 1 if added is None else 0
