"""``edge-repair plan``: what a request would do, without doing it."""

import click

from edge_repair.cli.options import Settings, settings, surgeon_option
from edge_repair.cli.report import show_notes, show_procedure
from edge_repair.cli.terminal import emit, say, showing


@click.command()
@click.argument("request")
@surgeon_option
@settings
def command(settings: Settings, request: str, surgeon: str | None) -> None:
    """Show what "edge-repair forget REQUEST" would do; nothing is changed.

    With --json the plan is printed whole, and can be edited and run: edge-repair forget --procedure FILE. A request
    that names several subjects has several plans; the object is then {"procedures": [...]}, each of which can be run.
    """
    with showing() as stages, settings.open_session(stages, surgeon=surgeon) as session:
        try:
            procedures = session.plans(request)
        finally:
            show_notes(session)
    for procedure in procedures:
        show_procedure(procedure)
    if settings.as_json:
        plans = [procedure.to_json() for procedure in procedures]
        emit(plans[0] if len(plans) == 1 else {"procedures": plans})
    else:
        say("Nothing was changed.")
