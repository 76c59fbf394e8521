"""``edge-repair repairs``: what was forgotten in this store, and undoing it."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from edge_repair.cli import packs
from edge_repair.cli.options import ListsByDefault, Settings, settings
from edge_repair.cli.report import percent, repair_json, show_repair, show_repairs, show_switched
from edge_repair.cli.terminal import confirm, emit, say, showing

if TYPE_CHECKING:
    from edge_repair.operation import Examination


@click.group(cls=ListsByDefault)
def command() -> None:
    """List, show, verify, undo, redo, purge, export and import the repairs of a model."""


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


@command.command("verify")
@settings
def verify_command(settings: Settings) -> int:
    """Examine all active repairs again, after an update of llama.cpp, say. Nothing is changed.

    The model file and the adapter are read again, and the adapter is solved again from the stored numbers. The
    questions of a repair are asked again only where its words were kept (--keep-text); of the others the store has
    numbers only, and it is checked at which of them their gates open. Exit code 1: something did not hold.
    """
    with showing() as stages, settings.open_session(stages) as session:
        found = session.verify()
    _show_examination(found)
    if settings.as_json:
        emit({"sound": found.sound, **asdict(found)})
    return 0 if found.sound else 1


def _show_examination(found: "Examination") -> None:
    for name, words in found.checks.items():
        say(f"{name}: {words}")
    if not found.repairs:
        say("No repair is active.")
    else:
        say(f"all repairs together: {percent(found.retain_kept or 0)} of other things kept, drift on ordinary text {found.kl:.4f} nats per token")
    for finding in found.repairs:
        gate = finding.gate
        counts = gate.counts
        say(f"Repair {finding.identifier}: {'a problem' if finding.problems else 'holds'} ({finding.how})")
        say(f"  its gate opens at {percent(gate.probes)} of {counts['probes']} probes, {percent(gate.held_out)} of {counts['held_out']} paraphrases,")
        say(f"  and at {percent(gate.near)} of {counts['near']} neighbours")
        if finding.outcome:
            outcome = finding.outcome
            say(f"  asked again: still told {percent(outcome.leak)}, refused or corrected {percent(outcome.refused)}, neighbours kept {percent(outcome.neighbours_kept)}")
        for problem in finding.problems:
            say(f"  problem: {problem}")
    for problem in found.problems:
        say(f"problem: {problem}")


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


@command.command("purge")
@click.argument("repair_id", metavar="ID")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@settings
def purge_command(settings: Settings, repair_id: str, yes: bool) -> int:
    """Remove an undone repair for good: its numbers are overwritten and cannot be brought back. Exit code 1: declined."""
    with showing() as stages, settings.open_session(stages) as session:
        repair = session.repair(repair_id)
        stages.end()
        agreed = yes or confirm(f"Remove repair {repair.id} for good?")
        if agreed:
            session.purge(repair.id)
    say(f"Repair {repair.id} is gone." if agreed else "Nothing was changed.")
    if settings.as_json:
        emit({"repair_id": repair.id, "purged": agreed})
    return 0 if agreed else 1


_switch("undo", "Take one repair back. The others stay; without any, the model is the base again, bit for bit.")
_switch("redo", "Make an undone repair again.")
command.add_command(packs.export_command)
command.add_command(packs.import_command)
