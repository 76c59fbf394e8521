"""Verifying repairs again: asked where the words are kept, by numbers where they are not, and damage is found."""

from dataclasses import replace

import numpy as np
import pytest

from edge_repair import Session
from edge_repair.adapters import encode
from edge_repair.operation.examination import LEAST_OPEN, compare_solved, gate_problems
from edge_repair.stamp import Delta, Openings


@pytest.fixture(scope="module")
def repaired(patient_file, people, tmp_path_factory):
    """A store with two repairs: the words of the first are kept, those of the second are not."""
    store = tmp_path_factory.mktemp("store")
    made = []
    for keep, person in ((True, people[12]), (False, people[15])):
        with Session.open(patient_file, store=store, keep_text=keep) as session:
            made.append(session.forget(f"Forget where {person['name']} lives."))
    assert [repair.status for repair in made] == ["committed", "committed"]
    return store, [repair.id for repair in made]


def test_what_can_be_verified_is_and_nothing_is_changed(patient_file, repaired, people):
    store, (kept, numbers) = repaired
    question = f"Where does {people[12]['name']} live?"
    with Session.open(patient_file, store=store) as session:
        before = session.logits(question)
        found = session.verify()
        assert np.array_equal(before, session.logits(question))
    assert found.sound, (found.problems, found.repairs)
    assert [(finding.identifier, finding.how) for finding in found.repairs] == [(kept, "asked again"), (numbers, "numbers only")]
    assert "same to the last bit" in found.checks["joint solve"] and "bit for bit" in found.checks["undo"]
    asked, unasked = found.repairs
    assert asked.outcome.passed and asked.outcome.counts["probes"] > 0 and unasked.outcome is None
    assert all(finding.gate.probes >= LEAST_OPEN and finding.gate.near == 0 for finding in found.repairs)
    assert 0 < found.kl < 0.1 and found.retain_kept >= 0.9


def test_a_model_without_repairs_is_examined_too(patient_file, tmp_path):
    with Session.open(patient_file, store=tmp_path / "store") as session:
        found = session.verify()
    assert found.sound and not found.repairs and found.kl is None and set(found.checks) == {"model file"}


def test_an_undo_in_another_process_meanwhile_is_no_problem(patient_file, repaired, tmp_path, monkeypatch):
    import shutil

    store, other = tmp_path / "copy", []
    shutil.copytree(repaired[0], store)
    with Session.open(patient_file, store=store) as session, Session.open(patient_file, store=store) as elsewhere:
        read = session._ledger.adapter

        def undone_just_before():
            if not other:
                other.append(elsewhere.undo(elsewhere.repairs()[0].id))
            return read()

        session._state.sync()
        monkeypatch.setattr(session._ledger, "adapter", undone_just_before)
        found = session.verify()
        assert other and found.sound, found.problems
        assert len(found.repairs) == 1


def test_a_damaged_adapter_is_told(patient_file, repaired, tmp_path):
    import shutil

    store = tmp_path / "copy"
    shutil.copytree(repaired[0], store)
    with Session.open(patient_file, store=store) as session:
        path = session._ledger.adapter().path
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.chmod(0o600)
        path.write_bytes(data)
        found = session.verify()
        assert not found.sound and "altered" in found.checks["adapter"]
        assert session.verify().sound  # it was solved again


def test_adapters_are_compared_by_what_they_do(patient):
    base = patient.base
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(4, base.ffn)).astype(np.float32), rng.normal(size=(base.width, 4)).astype(np.float32)

    def file(down):
        return encode(Delta({"blk.1.ffn_down.weight": (a, down)}), base, ["a" * 8])

    stored = file(b)
    assert "last bit" in compare_solved(stored, stored, base)[0]
    found, problem = compare_solved(file(b * np.float32(1 + 1e-6)), stored, base)
    assert "arithmetic" in found and not problem
    assert "differs by" in compare_solved(file(b * np.float32(1.1)), stored, base)[1]
    assert compare_solved(stored, stored[:-8], base)[1]


@pytest.mark.parametrize(("change", "words"), [({"probes": 0.5}, "50% of its stored probes"), ({"near": 0.4}, "40% of its stored neighbours"), ({}, "")])
def test_a_gate_that_does_not_open_or_opens_elsewhere_is_a_problem(change, words):
    gate = replace(Openings(1.0, 1.0, 0.0, {"probes": 4, "held_out": 4, "near": 4}), **change)
    assert words in " ".join(gate_problems(gate)) and bool(gate_problems(gate)) == bool(words)


@pytest.mark.parametrize(("share", "general", "sound"), [(0.8, True, True), (0.8, False, False), (0.6, True, False)])
def test_a_gate_of_danger_in_general_may_leave_out_its_weakest_examples(share, general, sound):
    assert bool(gate_problems(Openings(share, 1.0, 0.0, {"probes": 10, "held_out": 4, "near": 4}), general)) != sound
