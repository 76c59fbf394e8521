"""``edge-repair repairs``: what was forgotten in this store, and undoing it."""

from collections.abc import Callable

import click

from edge_repair.cli.options import ListsByDefault, Settings, settings
from edge_repair.cli.report import repair_json, show_repair, show_repairs, show_switched
from edge_repair.cli.terminal import emit, showing


@click.group(cls=ListsByDefault)
def command() -> None:
    """List, show, undo and redo the repairs of a model."""


@command.command("list")
@settings
def list_command(settings: Settings) -> None:
    """List the repairs of this model in this store."""
    with showing() as stages, settings.open_session(stages) as session:
        repairs = session.repairs()
    if settings.as_json:
        emit({"repairs": [repair_json(repair) for repair in repairs]})
    else:
        show_repairs(repairs)


@command.command("show")
@click.argument("repair_id", metavar="ID")
@settings
def show_command(settings: Settings, repair_id: str) -> None:
    """Tell all that is known of one repair."""
    with showing() as stages, settings.open_session(stages) as session:
        repair = session.repair(repair_id)
    if settings.as_json:
        emit(repair_json(repair))
    else:
        show_repair(repair)


def _switch(name: str, explanation: str) -> Callable:
    @command.command(name, help=explanation)
    @click.argument("repair_id", metavar="ID")
    @settings
    def switch(settings: Settings, repair_id: str) -> None:
        with showing() as stages, settings.open_session(stages) as session:
            repair = getattr(session, name)(repair_id)
        if settings.as_json:
            emit(repair_json(repair))
        else:
            show_switched(repair)

    return switch


_switch("undo", "Take one repair back. The others stay; without any, the model is the base again, bit for bit.")
_switch("redo", "Make an undone repair again.")
