"""``edge-repair forget``: a request in plain words, carried out after a look at the plan."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edge_repair.cli.options import Settings, settings, surgeon_option
from edge_repair.cli.report import repair_json, show_notes, show_procedure, show_repair
from edge_repair.cli.terminal import confirm, emit, say, showing
from edge_repair.errors import EdgeRepairError, RolledBackError, UsageError

if TYPE_CHECKING:
    from edge_repair.surgeon.procedure import Procedure


_CODES = {"rolled_back": RolledBackError.exit_code, "declined": 1}


@click.command()
@click.argument("request", required=False)
@click.option("--yes", is_flag=True, help="Do it without asking.")
@click.option("--accept", is_flag=True, help="Keep the best edit even if it misses a limit; the damage is shown.")
@click.option("--label", default="", help="A name for the repair, shown by 'repairs list' (the request is not stored).")
@click.option(
    "--procedure",
    "procedure_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Carry out this plan (from 'edge-repair plan --json') instead of a request.",
)
@click.option(
    "--examples",
    "examples_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Refuse requests like those in this file, one a line, instead of a request.",
)
@click.option("--keep-text", is_flag=True, help="Keep the plan's words in the store; by default only numbers stay.")
@surgeon_option
@settings
def command(
    settings: Settings,
    request: str | None,
    yes: bool,
    accept: bool,
    label: str,
    procedure_file: Path | None,
    examples_file: Path | None,
    keep_text: bool,
    surgeon: str | None,
) -> int:
    """Make the model forget what REQUEST names, for instance "forget everything you know about Japan".

    Shows the plan and asks first, unless --yes. A request that names several subjects becomes several repairs, each
    with its own plan and question. Exit code 1: declined, nothing was changed. Exit code 10: no edit met the limits,
    and nothing was changed (of several: for one of them at least).
    """
    if sum(one is not None for one in (request, procedure_file, examples_file)) != 1:
        raise UsageError("give either a request in words, --procedure FILE or --examples FILE; see 'edge-repair forget --help'")
    request = request if examples_file is None else read_examples(examples_file)
    given = None if procedure_file is None else read_procedure(procedure_file)
    with showing() as stages, settings.open_session(stages, keep_text=keep_text, surgeon=surgeon) as session:
        session.check_writable()  # before the model is asked for half a minute
        try:
            procedures = [given] if given else session.plans(request)
        finally:
            stages.end()
            show_notes(session)
        done: list[dict] = []
        for number, procedure in enumerate(procedures, 1):
            show_procedure(procedure)
            try:
                if yes or confirm("Do this?" if len(procedures) == 1 else f"Do this? ({number} of {len(procedures)})"):
                    repair = session.carry_out(procedure, label, accept=accept)
                else:
                    repair = session.decline(procedure)
                    say("Nothing was changed.")
            except EdgeRepairError as problem:
                if len(procedures) == 1:
                    raise
                say(f"edge-repair: error: {problem}")  # the others are done all the same
                done.append({"error": str(problem), "exit_code": problem.exit_code, "subject": procedure.subject})
                continue
            show_repair(repair)
            done.append(repair_json(repair))
    made = any(one.get("status") == "committed" for one in done)
    if settings.as_json:
        emit(done[0] if len(procedures) == 1 else {"repairs": done})
    return max(one.get("exit_code", _CODES.get(one.get("status"), 0)) for one in done if not (made and one.get("status") == "declined"))


def read_examples(path: Path) -> str:
    """The request that the examples in a file make. Raises UsageError."""
    from edge_repair.surgeon.examples import LEAST, MOST, examples_in, request_of

    try:
        lines = [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
        request = request_of(lines)
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(f"{path} cannot be read as text ({problem}); give a file with one request a line") from None
    if len(lines) > MOST:
        raise UsageError(f"{path} holds {len(lines)} requests, and {MOST} are taken at most; each of them is put to the model")
    if not examples_in(request):
        raise UsageError(f"{path} holds fewer than {LEAST} requests of two words and more, one a line; add some")
    return request


def read_procedure(path: Path) -> "Procedure":
    """The procedure in a file that "edge-repair plan --json" wrote. Raises UsageError."""
    from edge_repair.surgeon.procedure import Procedure

    try:
        return Procedure.from_json(json.loads(path.read_bytes()))
    except (ValueError, RecursionError, OSError) as problem:
        raise UsageError(f"{path} is not the JSON of a procedure ({problem}); see 'edge-repair plan --json'") from None
