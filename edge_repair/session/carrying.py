"""A repair as a transaction: from a procedure to its place in the ledger, and from there out and in again."""

import time
from collections.abc import Mapping
from dataclasses import asdict, replace

from edge_repair.adapters import full_sha256
from edge_repair.errors import StoreError, UsageError
from edge_repair.ledger import Ledger, Repair
from edge_repair.ledger.repair import checked_label
from edge_repair.operation import Target, find_target, make_imprints
from edge_repair.operation.memory import give_back
from edge_repair.operation.search import Search
from edge_repair.operation.trial import Clock, figures_of
from edge_repair.session.state import State
from edge_repair.session.voice import AsCalled, as_clear_as_it_is
from edge_repair.stamp import Imprint
from edge_repair.surgeon import DefaultSurgeon, Procedure
from edge_repair.verify import Reference, answered


def carry_out(state: State, surgeon: DefaultSurgeon, procedure: Procedure, label: str, accept: bool, clock: Clock) -> Repair:
    """One repair from its procedure to its place in the ledger; the caller has bared the patient (``State.bared``).

    Raises:
        UsageError: the recipe asks for what is not there. NoTargetError: nothing turns this model.
        StoreError: the store cannot be written. Nothing was changed.
    """
    recipe = procedure.recipe
    if recipe.form == "linear" or recipe.positions is not None or recipe.rank is not None:
        raise UsageError("recipe.form linear, recipe.positions and recipe.rank cannot be carried out yet; leave them out of the procedure")
    check_writable(state.ledger)
    checked_label(label)  # now, and not after everything has been done
    identifier = state.ledger.new_id()
    if state.routed:
        state.unload()  # a prompt that calls the new repair carries it, and those of the others that it calls as well
    active = {} if state.routed else state.stored_imprints()
    with clock.stage("reference"):
        procedure = answered(procedure, state.patient)
        reference = state.reference_of(procedure, not state.routed)  # routed, plain text calls no repair
    state.attach(None)  # imprints are of the base
    with clock.stage("statistics"):
        state.statistics()
    with clock.stage("target"):
        state.progress("finding a target", 0, 0)
        target = find_target(state.patient, procedure)
    bare: dict[str, str] = {}  # answers without the trial
    search = Search(
        state.patient,
        lambda procedure: _imprints(state, surgeon, procedure, target, clock, bare),
        lambda imprint, count: _put_on(state, identifier, imprint, state.router.related(imprint) if state.routed else active, clock, count),
        (lambda procedure, imprint, adapter: _as_called(state, identifier, procedure, imprint, adapter, reference, bare)) if state.routed else (lambda *_: state.patient),
        reference,
        clock,
        time.process_time() + procedure.recipe.budget_seconds,
    )
    best, procedure = search.best(procedure, target)
    figures = {**figures_of(best, target, clock), "limits": asdict(procedure.limits)}
    repair = Repair(
        id=identifier,
        status="committed" if best.outcome.passed or accept else "rolled_back",
        kind=procedure.kind,
        scope=procedure.scope,
        label=label,
        created=time.time(),
        figures=figures,
        base=state.patient.base.fingerprint,
        procedure=procedure,
        outcome=best.outcome,
    )
    with clock.stage("commit"):
        sha256 = full_sha256(state.patient.path, state.ledger.cache)  # of gigabytes, once: before others have to wait
    with clock.stage("commit"), state.ledger.writing() as transaction:
        transaction.bind(sha256)
        if repair.status == "rolled_back":
            written = transaction.record(repair)
        else:
            adapter = best.adapter
            tried_with = state.router.related(best.imprint) if state.routed else active
            if set(state.ledger.active_imprints()) != set(tried_with) or _tried_open(state, best.imprint):  # another process repaired meanwhile; or they were tried apart, or open
                adapter = state.solved({**state.stored_imprints(), identifier: best.imprint})
            written = transaction.add(repair, best.imprint.to_bytes(), adapter)
    return replace(written, procedure=procedure, outcome=best.outcome, figures=figures)


def check_writable(ledger: Ledger) -> None:
    """Raise StoreError where a repair could not be kept."""
    if not ledger.writable:
        raise StoreError(f"{ledger.folder} cannot be written; choose another store with --store")


def _imprints(state: State, surgeon: DefaultSurgeon, procedure: Procedure, target: Target, clock: Clock, bare: dict[str, str]) -> dict[str, Imprint]:
    with clock.stage("capture"):
        state.progress("capturing", 0, 0)
        state.attach(None)
        made = make_imprints(state.patient, procedure, target, state.statistics(), surgeon.others(procedure), surgeon.asides(procedure))
        if not state.routed:
            return made
        listener = as_clear_as_it_is(state.patient, made["lexical"].listener, procedure, bare)  # one for all ways of writing
        return {way: imprint if imprint.site else replace(imprint, listener=listener) for way, imprint in made.items()}


def _as_called(state: State, identifier: str, procedure: Procedure, imprint: Imprint, adapter: bytes, reference: Reference, bare: dict[str, str]) -> AsCalled:
    def solved(others: frozenset[str], opened: frozenset[str], trial_opened: bool) -> bytes:
        return state.solved({**state.router.imprints(others), identifier: imprint}, opened | ({identifier} if trial_opened else set()))

    worn = frozenset(state.router.related(imprint)), frozenset(), _tried_open(state, imprint)
    return AsCalled(state, procedure, imprint, adapter, worn, solved, reference, bare)


def _tried_open(state: State, imprint: Imprint) -> bool:
    """Whether a trial is asked with its gate open, as its repair will be for what calls it."""
    return state.routed and imprint.general


def _put_on(state: State, identifier: str, imprint: Imprint, active: Mapping[str, Imprint], clock: Clock, count: tuple[int, int]) -> bytes:
    """Solve a trial together with the active repairs and attach it; returns the adapter's bytes."""
    state.progress("trying strengths", *count)
    clock.trials += 1
    with clock.stage("solve"):
        adapter = state.solved({**active, identifier: imprint}, {identifier} if _tried_open(state, imprint) else ())
    with clock.stage("attach"):
        state.attach_bytes(adapter)
    return adapter


def switch(state: State, identifier: str, active: bool) -> Repair:
    """Undo or redo a repair. Raises RepairNotFoundError, UsageError where there is nothing to switch."""
    with state.lock:
        repair = state.ledger.get(identifier)
        if repair.status not in ("committed", "undone"):
            raise UsageError(f"repair {repair.id} was {repair.status.replace('_', ' ')}, so there is nothing to {'redo' if active else 'undo'}")
        if (repair.status == "committed") == active:
            raise UsageError(f"repair {repair.id} is {'active' if active else 'undone'} already; see: edge-repair repairs list")
        with state.ledger.writing() as transaction:
            imprints = state.stored_imprints("" if active else repair.id)  # of one that goes nothing is needed
            if active:
                imprints[repair.id] = Imprint.from_bytes(state.ledger.imprint(repair.id))
            switched = transaction.switch(repair.id, active, state.solved(imprints) if imprints else None)
        state.follow(switched.adapter)
        give_back()
        return switched
