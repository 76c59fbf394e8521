"""Giving repairs away, and taking a pack over: solved with what is here, tried on the live patient, kept only if good."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from edge_repair.adapters import full_sha256
from edge_repair.adapters.files import write_atomically
from edge_repair.errors import AdapterError, PackError, UsageError
from edge_repair.ledger import Ledger, Repair
from edge_repair.operation.examination import gate_problems
from edge_repair.patient import Patient
from edge_repair.sharing.pack import Pack, Packed, encode, layers_of, same
from edge_repair.stamp import Imprint, Openings, Statistics, disturbed, openings
from edge_repair.surgeon.procedure import Limits, Procedure
from edge_repair.verify import Outcome, Reference, verify

# What must survive is asked about in any case; what was forgotten only where a procedure says what it is.
MOST_DISTURBED = 0.1  # of a repair's inputs
_NOTHING = Procedure("unspecified", "", limits=Limits(refused=0.0))


def give(ledger: Ledger, model: Path, out: Path, identifiers: Sequence[str] = ()) -> list[Repair]:
    """Write repairs as a pack, mode 0600.

    Args:
        identifiers: which ones, active or undone, as in ``Ledger.get``; none: all that are active.

    Raises:
        UsageError: there is none, or ``out`` is there already. RepairNotFoundError. OSError: it could not be written.
    """
    chosen = [ledger.get(name) for name in identifiers] or [r for r in ledger.repairs() if r.status == "committed"]
    if not chosen:
        raise UsageError("no repair is active, so there is nothing to export; see: edge-repair repairs list")
    if os.path.lexists(out):
        raise UsageError(f"{out} is there already; give another name, or remove it first")
    chosen = list({repair.id: repair for repair in chosen}.values())
    repairs = [(repair, Imprint.from_bytes(ledger.imprint(repair.id))) for repair in chosen]
    write_atomically(out, encode(repairs, ledger.base, full_sha256(model, ledger.cache)))
    return chosen


def take_over(
    pack: Pack,
    patient: Patient,
    ledger: Ledger,
    *,
    solved: Callable[[Mapping[str, Imprint]], bytes],
    attach: Callable[[bytes], None],
    refer: Callable[[Procedure], Reference],
    statistics: Callable[[], Statistics],
    procedures: Sequence[Procedure] = (),
    accept: bool = False,
) -> list[Repair]:
    """Make the repairs of a pack active here, all or none.

    The joint solve is that of all repairs that are then active, so the adapter is the one of a store that made all of
    them itself, whatever the order. It is tried first: what must survive must, the gates must open where they should,
    the repairs that are here must go on writing what they wrote at their inputs, and the questions of the procedures, if
    there are any, must be refused; so must those of the repairs here whose words were kept, if they are now.

    Args:
        pack: from ``read``, so of this model.
        patient: as the ledger says; left with the trial attached.
        solved, attach, refer, statistics: of the session.
        procedures: whose questions are asked.
        accept: keep what misses a limit.

    Returns:
        The repairs that were added; those that were here already are left as they are.

    Raises:
        PackError: the pack cannot be combined with what is here, or misses a limit. StoreError. Nothing was changed.
    """
    before = {name: Imprint.from_bytes(data) for name, data in ledger.active_imprints().items()}
    new = [packed for packed in pack.repairs if not _is_here(packed, ledger)]
    if not new:
        return []
    asked = procedures or (_NOTHING,)
    references = [refer(procedure) for procedure in asked]
    own = {name: procedure for name in before if (procedure := ledger.get(name).procedure) is not None}
    own_references = {name: refer(procedure) for name, procedure in own.items()}
    held = [name for name, procedure in own.items() if verify(procedure, procedure.right, patient, own_references[name]).passed]
    patient.attach(None)
    every = before | {packed.id: packed.imprint for packed in new}
    known = statistics()
    adapter, gates = combine(every, known, solved)
    attach(adapter)
    outcomes = [verify(procedure, procedure.right, patient, reference) for procedure, reference in zip(asked, references)]
    missed = [reason for outcome in outcomes for reason in outcome.missed]
    missed += [f"repair {packed.id}: {problem}" for packed in new for problem in gate_problems(gates[packed.id], packed.imprint.general)]
    for name, share in disturbed(before, every, known).items():
        if share > MOST_DISTURBED:
            missed.append(f"repair {name}, which is here, would no longer do what it does, at {share:.0%} of its inputs")
    for name in held:
        outcome = verify(own[name], own[name].right, patient, own_references[name])
        missed += [f"repair {name}, which is here: {reason}" for reason in outcome.missed]
    if missed and not accept:
        raise PackError(f"the pack was not taken over: {'; '.join(missed)}. Nothing was changed; --accept takes it all the same.")
    with ledger.writing() as transaction:
        transaction.bind(pack.sha256)
        now = {name: Imprint.from_bytes(data) for name, data in ledger.active_imprints().items()}
        if set(now) != set(before):  # another process repaired meanwhile
            adapter = solved(now | {packed.id: packed.imprint for packed in new})
        records = [(_record(packed, ledger, outcomes), packed.imprint.to_bytes()) for packed in new]
        return transaction.add_all(records, adapter)


def _is_here(packed: Packed, ledger: Ledger) -> bool:
    found = next((repair for repair in ledger.repairs() if repair.id == packed.id), None)
    if found is None:
        return False
    if found.status not in ("committed", "undone") or not same(Imprint.from_bytes(ledger.imprint(packed.id)), packed.imprint):
        raise PackError(f"the pack holds a repair {packed.id}, and another one of that id is here. Nothing was changed.")
    return True


def combine(imprints: Mapping[str, Imprint], statistics: Statistics, solved: Callable[[Mapping[str, Imprint]], bytes]) -> tuple[bytes, dict[str, Openings]]:
    """Solve imprints together, some of them from elsewhere: the adapter, and at which of its inputs each repair opens.

    Raises:
        PackError: their numbers do not allow it.
    """
    _check_layers(imprints, statistics)
    try:
        with np.errstate(all="ignore"):  # what is not finite in the end is refused by ``solved``
            return solved(imprints), openings(imprints, statistics)
    except (AdapterError, np.linalg.LinAlgError, ValueError) as problem:
        raise PackError(f"the pack cannot be solved with the repairs that are here ({problem}). Nothing was changed.") from None


def _check_layers(imprints: Mapping[str, Imprint], statistics: Statistics) -> None:
    used = {imprint.layer for imprint in imprints.values()}
    held = set.intersection(set(statistics.layers), *(set(layers_of(imprint)) for imprint in imprints.values()))
    if not used <= held:
        raise PackError(f"the pack cannot be solved together with the repairs here: they have no numbers for layer {min(used - held)}. Nothing was changed.")


def _record(packed: Packed, ledger: Ledger, outcomes: Sequence[Outcome]) -> Repair:
    here = {"retain_kept": min(o.retain_kept for o in outcomes), "kl": max(o.kl for o in outcomes)}
    figures = packed.figures | {"imported": here}
    return Repair(packed.id, "committed", packed.kind, packed.scope, "", time.time(), figures, ledger.base.fingerprint)
