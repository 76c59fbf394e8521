"""``edge-repair plan``: what a request would do, without doing it."""

import click

from edge_repair.cli.options import Settings, settings
from edge_repair.cli.report import show_procedure
from edge_repair.cli.terminal import emit, say, showing


@click.command()
@click.argument("request")
@settings
def command(settings: Settings, request: str) -> None:
    """Show what "edge-repair forget REQUEST" would do; nothing is changed.

    With --json the plan is printed whole, and can be edited and run: edge-repair forget --procedure FILE.
    """
    with showing() as stages, settings.open_session(stages) as session:
        procedure = session.plan(request)
    show_procedure(procedure)
    if settings.as_json:
        emit(procedure.to_json())
    else:
        say("Nothing was changed.")
