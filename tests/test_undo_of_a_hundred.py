"""Any repair of many, in any order, any number of times, after restarts: as if only the others had ever been made.

The repairs are real ones of the shipped patient (captured and solved, not searched or verified, which undo does not do).
"""

import random
from dataclasses import replace

import numpy as np
import pytest
from quick_repairs import adapter_of, imprint_of, procedure_of, record_of

from edge_repair import Session
from edge_repair.adapters import full_sha256
from edge_repair.ledger import Ledger


def store_of(folder, patient, imprints):
    """A store in which exactly these repairs were made, at once."""
    ledger = Ledger.open(folder, patient.base)
    if imprints:
        records = [(record_of(patient, name), imprint.to_bytes()) for name, imprint in imprints.items()]
        with ledger.writing() as transaction:
            transaction.bind(full_sha256(patient.path, ledger.cache))
            transaction.add_all(records, adapter_of(patient, imprints))
    return folder


def smaller(imprint):
    """With fewer negatives, so that a hundred are solved in seconds; what is shown here does not depend on them."""
    return replace(imprint, near={layer: rows[:4] for layer, rows in imprint.near.items()})


@pytest.mark.parametrize(
    ("count", "switches", "restarts", "compared"),
    [(10, 24, 4, 3), pytest.param(100, 60, 8, 4, marks=pytest.mark.slow)],
    ids=["ten", "a hundred"],
)
def test_undo_and_redo_in_any_order(count, switches, restarts, compared, patient, patient_file, people, tmp_path):
    chance = random.Random(count)
    patient.attach(None)
    chosen = chance.sample(people, count)
    imprints = {f"{number:04x}": smaller(imprint_of(patient, procedure_of(person))) for number, person in enumerate(chosen)}
    asked = [chosen[0]["facts"][0]["trained"][0], chosen[-1]["facts"][0]["trained"][1], "Hello!"]
    store = store_of(tmp_path / "store", patient, imprints)
    with Session.open(patient_file, store=tmp_path / "none") as bare:
        base = [bare.logits(question) for question in asked]

    session = Session.open(patient_file, store=store)
    active = set(imprints)
    plan = [("switch", chance.choice(sorted(imprints))) for _ in range(switches)]
    plan += [("restart", "")] * restarts + [("compare", "")] * compared
    chance.shuffle(plan)
    plan += [("restart", ""), ("compare", "")]
    try:
        for what, name in plan:
            if what == "switch":
                (session.undo if name in active else session.redo)(name)
                active ^= {name}
            elif what == "restart":
                session.close()
                session = Session.open(patient_file, store=store)
            else:
                _compare(session, active, imprints, asked, patient, patient_file, tmp_path, chance)
        assert 0 < len(active) < count, "something was left to compare, and something was undone"
        for name in chance.sample(sorted(active), len(active)):
            session.undo(name)
        assert all(np.array_equal(one, session.logits(question)) for one, question in zip(base, asked))
        session.close()
        session = Session.open(patient_file, store=store)
        assert all(np.array_equal(one, session.logits(question)) for one, question in zip(base, asked))
        assert session._ledger.adapter() is None and {repair.status for repair in session.repairs()} == {"undone"}
    finally:
        session.close()


def _compare(session, active, imprints, asked, patient, patient_file, tmp_path, chance) -> None:
    """The session against a store in which only the active repairs were ever made, in another order."""
    order = chance.sample(sorted(active), len(active))
    folder = tmp_path / f"fresh{len(list(tmp_path.iterdir()))}"
    store_of(folder, patient, {name: imprints[name] for name in order})
    with Session.open(patient_file, store=folder) as fresh:
        adapters = [one._ledger.adapter() for one in (session, fresh)]
        assert (adapters[0] and adapters[0].sha256) == (adapters[1] and adapters[1].sha256)
        for question in asked:
            assert np.array_equal(session.logits(question), fresh.logits(question))
