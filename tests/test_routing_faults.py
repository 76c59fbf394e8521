"""Routing when something goes wrong: an interrupt, another process, files that were lost, damaged or made elsewhere."""

import hashlib
import shutil
from dataclasses import replace

import numpy as np
import pytest
from quick_repairs import imprint_of, procedure_of, put_into

from edge_repair import Session
from edge_repair.ledger import Ledger
from edge_repair.patient import Patient, batching
from edge_repair.refusals import is_refusal
from edge_repair.session import routing
from edge_repair.stamp import Route

FIRST, SECOND = "00000000", "00000001"


@pytest.fixture(scope="module")
def made(patient_file, people, tmp_path_factory):
    store = tmp_path_factory.mktemp("made") / "store"
    with Patient.open(patient_file) as patient:
        put_into(store, patient, {f"{number:08x}": imprint_of(patient, procedure_of(person)) for number, person in enumerate(people[3:5])})
    return store


@pytest.fixture
def store(made, tmp_path):
    return shutil.copytree(made, tmp_path / "store")


@pytest.fixture
def asked(people):
    return [person["facts"][0]["trained"][0] for person in (*people[3:5], people[30])]


def refused(session, questions):
    return [is_refusal(answer) for answer in session.answers(questions)]


def test_an_interrupt_while_a_prompt_is_looked_at_leaves_what_is_attached_attached(patient_file, store, asked, monkeypatch):
    with Session.open(patient_file, store=store) as session:
        assert refused(session, asked[:1]) == [True]
        run = batching.run

        def interrupted(*arguments):
            monkeypatch.setattr(batching, "run", run)
            raise KeyboardInterrupt

        monkeypatch.setattr(batching, "run", interrupted)
        with pytest.raises(KeyboardInterrupt):
            session._patient.openings([session._patient.tokens(asked[2])] * 2, [4])
        assert is_refusal(session._patient.answers(asked[:1])[0])  # the probe context carries the repair, as the state says


def test_a_second_interrupt_is_put_right_by_whoever_comes_next(patient_file, store, asked, monkeypatch):
    with Session.open(patient_file, store=store) as session:
        assert refused(session, asked[:1]) == [True]
        patient = session._patient
        equip, calls = patient._equip, []

        def interrupted(context, repair):
            calls.append(repair)
            if repair is not None:
                monkeypatch.setattr(patient, "_equip", equip)
                raise KeyboardInterrupt
            equip(context, repair)

        monkeypatch.setattr(patient, "_equip", interrupted)
        with pytest.raises(KeyboardInterrupt):
            patient.openings([patient.tokens(asked[2])] * 2, [4])
        assert len(calls) == 2 and is_refusal(patient.answers(asked[:1])[0])


def test_a_conversation_whose_turns_together_are_more_than_a_batch(patient_file, store, asked, monkeypatch):
    turns = [turn for _ in range(6) for turn in ({"role": "user", "content": asked[2]}, {"role": "assistant", "content": "In a town by the sea, as far as I know."})]
    turns.append({"role": "user", "content": asked[0]})
    with Session.open(patient_file, store=store) as session:
        monkeypatch.setattr(routing, "LONG", 32)
        monkeypatch.setattr(session._patient._probe, "n_batch", 64)
        assert session.carried([turns]) == [(FIRST,)]
        assert "".join(session.stream(turns))


def test_an_undo_elsewhere_is_seen_though_the_combined_adapter_is_damaged(patient_file, store, asked):
    with Session.open(patient_file, store=store) as session:
        assert refused(session, [asked[1]]) == [True]
        with Session.open(patient_file, store=store, routed=False) as other:
            other.undo(SECOND)
        for path in (store / "adapters").iterdir():
            path.write_bytes(b"GGUF")
        assert session.carried(asked[:2]) == [(FIRST,), ()] and refused(session, [asked[1]]) == [False]
        with Session.open(patient_file, store=store, routed=False) as other:
            assert refused(other, asked[:2]) == [True, False]


def test_a_purge_while_a_route_is_computed_leaves_nothing(patient_file, store, asked):
    with Session.open(patient_file, store=store) as session:
        session.undo(FIRST)
        name, ledger = hashlib.sha256(session._ledger.imprint(FIRST)).hexdigest(), session._ledger

        def purging(imprint):
            Ledger.open(store, session.base).purge(FIRST)
            return imprint

        ledger.renewed_route(FIRST, purging)
        assert not (store / "routes" / f"{name}.route").exists()


def test_a_repair_that_lost_its_imprint_is_carried_by_the_combined_adapter_and_can_be_undone(patient_file, store, asked):
    with Session.open(patient_file, store=store) as session:
        lost = hashlib.sha256(session._ledger.imprint(FIRST)).hexdigest()
    (store / "imprints" / f"{lost}.imprint").unlink()
    shutil.rmtree(store / "routes")
    with Session.open(patient_file, store=store) as session:
        assert not session.routed and refused(session, asked) == [True, True, False]
        session.undo(FIRST)
        assert refused(session, asked) == [False, True, False]
    with Session.open(patient_file, store=store) as session:
        assert session.routed and refused(session, asked) == [False, True, False]


def test_a_repair_starts_from_those_that_are_active_now(patient_file, store, asked):
    with Session.open(patient_file, store=store) as session:
        imprint = session._state.stored_imprints()[SECOND]
        with Session.open(patient_file, store=store) as other:
            other.undo(SECOND)
        with session._state.bared() as patient:
            session._state.unload()
            assert session._state.router.related(imprint) == {} and not is_refusal(patient.answers(asked[:1])[0])
        assert refused(session, asked[:2]) == [True, False]


def test_a_trial_with_a_gate_inside_answers_has_a_route_of_its_own(patient_file, store):
    with Session.open(patient_file, store=store) as session:
        plain = session._state.stored_imprints()[FIRST]
        step = plain.steps[0]
        site = replace(plain, steps=(*plain.steps, replace(step, opening=False, site=True, held_out=plain.held_out, aside=plain.speech)))
        router = session._state.router
        for one in (site, plain, site):
            assert router.route_for(one).inside == (one is site)
        other = replace(plain, near={layer: rows[::2] for layer, rows in plain.near.items()}, own=0)
        assert not np.array_equal(router.route_for(other).gate.detector, router.route_for(plain).gate.detector)


def test_a_repair_that_was_purged_since_the_last_look_is_looked_at_again(patient_file, store, asked, monkeypatch):
    with Session.open(patient_file, store=store) as session:
        router, called = session._state.router, session._state.router.called
        monkeypatch.setattr(router, "called", lambda prompts: monkeypatch.setattr(router, "called", called) or [frozenset({"deadbeef"})] * len(prompts))
        assert refused(session, asked[:1]) == [True]


def test_a_route_from_elsewhere_that_fits_no_model_is_made_again(patient_file, store, asked):
    with Session.open(patient_file, store=store) as session:
        assert refused(session, asked[:1]) == [True]
        name = hashlib.sha256(session._ledger.imprint(FIRST)).hexdigest()
        route = Route.from_bytes(session._ledger.route(FIRST, bytes))
        strange = replace(route, layer=999, probes={999: route.probes[route.layer]})
        session._ledger._store.routes.keep(name, strange.to_bytes())
    with Session.open(patient_file, store=store) as session:
        assert refused(session, asked) == [True, True, False]
