"""Repairs attached only to what calls them: everything else is the untouched model, bit for bit, and the rest is as if alone."""

import importlib
import shutil
from dataclasses import replace

import numpy as np
import pytest
from quick_repairs import imprint_of, procedure_of, put_into

from edge_repair import Session
from edge_repair.patient import Patient
from edge_repair.refusals import is_refusal
from edge_repair.stamp import route_of
from edge_repair.wording import says_value

COUNT = 4


@pytest.fixture(scope="module")
def forgotten(people):
    return people[3 : 3 + COUNT]


@pytest.fixture(scope="module")
def stores(patient_file, forgotten, tmp_path_factory):
    """A store with four repairs, one with each of the first two alone, and one with these two."""
    folder = tmp_path_factory.mktemp("stores")
    with Patient.open(patient_file) as patient:
        imprints = {f"{number:08x}": imprint_of(patient, procedure_of(person)) for number, person in enumerate(forgotten)}
        for name, chosen in {"all": range(COUNT), "first": [0], "second": [1], "both": [0, 1]}.items():
            put_into(folder / name, patient, {f"{number:08x}": imprints[f"{number:08x}"] for number in chosen})
    return folder


def asked(person):
    return person["facts"][0]["trained"][0]


@pytest.fixture(scope="module")
def said(patient_file, stores, forgotten, people):
    """Logits after some prompts: of the untouched model, and with the repairs of each store, all of them together."""
    prompts = [*(asked(person) for person in forgotten), *(asked(person) for person in people[30:36])]
    found = {}
    for name in ("nothing", "first", "second", "both", "all"):
        with Session.open(patient_file, store=stores / name, routed=False) as session:
            found[name] = {prompt: session.logits(prompt) for prompt in prompts}
    return found


@pytest.fixture
def routed(patient_file, stores):
    with Session.open(patient_file, store=stores / "all", routed=True) as session:
        yield session


def same(one, other):
    return np.array_equal(one, other)


def test_what_calls_no_repair_is_answered_by_the_untouched_model_bit_for_bit(routed, said, people):
    strangers = [asked(person) for person in people[30:36]]
    exact = [same(routed.logits(prompt), said["nothing"][prompt]) for prompt in strangers]
    assert sum(exact) >= 5  # a gate may open a little for one of them
    assert not any(same(said["all"][prompt], said["nothing"][prompt]) for prompt in strangers)  # carried together, all of them move


def test_it_is_told_which_repairs_a_prompt_is_answered_with(routed, forgotten, people):
    assert routed.carried([asked(forgotten[1]), asked(people[30])]) == [("00000001",), ()]
    assert routed.ask(asked(forgotten[2])).repairs == ("00000002",)
    routed.routed = False
    assert len(routed.ask(asked(people[30])).repairs) == COUNT


def test_what_calls_one_repair_carries_that_one_alone(routed, said, forgotten):
    for number, name in enumerate(("first", "second")):
        prompt = asked(forgotten[number])
        assert same(routed.logits(prompt), said[name][prompt])
        assert not same(said[name][prompt], said["nothing"][prompt])


def test_many_questions_at_once_come_back_in_their_order(routed, forgotten, people):
    questions = [asked(person) for pair in zip(forgotten, people[30:]) for person in pair]
    answers = routed.answers(questions)
    assert all(is_refusal(answer) for answer in answers[::2])
    kept = [says_value(answer, person["facts"][0]["value"]) for answer, person in zip(answers[1::2], people[30:])]
    assert sum(kept) >= COUNT - 1
    assert routed.answers(questions[::-1])[::-1] == answers


def test_a_repair_stays_on_to_the_end_of_the_conversation(routed, patient_file, stores, forgotten, people):
    turns = [{"role": "user", "content": asked(forgotten[0])}, {"role": "assistant", "content": "Sorry?"}, {"role": "user", "content": asked(people[30])}]
    with Session.open(patient_file, store=stores / "first") as alone, Session.open(patient_file, store=stores / "nothing") as base:
        assert same(routed.logits(turns), alone.logits(turns))
        assert not same(alone.logits(turns), base.logits(turns))
        turns[0] = {"role": "user", "content": asked(people[31])}
        assert same(routed.logits(turns), base.logits(turns))


def test_two_repairs_that_one_conversation_calls_are_carried_together(routed, patient_file, stores, forgotten):
    turns = [{"role": "user", "content": asked(forgotten[0])}, {"role": "assistant", "content": "Sorry?"}, {"role": "user", "content": asked(forgotten[1])}]
    with Session.open(patient_file, store=stores / "both") as both:
        assert same(routed.logits(turns), both.logits(turns))


def test_undo_redo_and_the_other_way_of_carrying_are_followed(routed, said, forgotten):
    first, second = (asked(person) for person in forgotten[:2])
    routed.undo("00000000")
    assert same(routed.logits(first), said["nothing"][first]) and same(routed.logits(second), said["second"][second])
    routed.redo("00000000")
    assert same(routed.logits(first), said["first"][first])
    routed.routed = False
    assert same(routed.logits(first), said["all"][first])
    routed.routed = True
    assert same(routed.logits(first), said["first"][first])


def test_another_process_is_followed(routed, patient_file, stores, said, forgotten):
    first = asked(forgotten[0])
    assert same(routed.logits(first), said["first"][first])
    with Session.open(patient_file, store=stores / "all") as other:
        other.undo("00000000")
        assert same(routed.logits(first), said["nothing"][first])
        other.redo("00000000")
    assert same(routed.logits(first), said["first"][first])


def test_a_stream_goes_on_while_the_next_question_is_looked_at(routed, said, people, forgotten):
    """Reading where replies begin is done beside the conversation that the cache holds."""
    turns = [{"role": "user", "content": asked(forgotten[0])}]
    whole = "".join(routed.stream(turns))
    pieces = routed.stream(turns)
    start = next(pieces)
    with routed._state.lock:
        assert routed._state.router.called([asked(people[32])]) is not None
    assert start + "".join(pieces) == whole and is_refusal(whole)


def test_plain_text_calls_nothing(routed, patient_file, stores):
    text = "The first thing that she saw was the sea."
    with Session.open(patient_file, store=stores / "nothing") as base:
        assert same(routed.token_log_probabilities(text), base.token_log_probabilities(text))


def test_a_new_repair_is_tried_alone_and_stored_with_the_others(patient_file, stores, tmp_path, people):
    person = people[50]
    with Session.open(patient_file, store=tmp_path / "store", routed=True) as session:
        questions = person["facts"][0]["held_out"]
        before = session.answers(questions)
        first = session.forget(f"Forget everything you know about {people[51]['name']}.")
        second = session.forget(f"Forget everything you know about {person['name']}.")
        assert first.status == second.status == "committed"
        assert set(second.adapter.repair_ids) == {first.id, second.id}  # what other programs load holds both
        assert all(is_refusal(answer) for answer in session.answers(questions))
        session.undo(second.id)
        assert session.answers(questions) == before


def test_a_route_lets_its_own_probes_through_and_no_neighbours(patient_file, people):
    with Patient.open(patient_file) as patient:
        from edge_repair.operation import background

        imprint = imprint_of(patient, procedure_of(people[3]))
        route = route_of(imprint, background(patient))
        assert route.calls(imprint.opening.inputs[route.layer]).all() and route.calls(imprint.held_out[route.layer]).mean() >= 0.5
        assert route.calls(imprint.near[route.layer]).mean() <= 0.1


def test_routes_are_kept_made_again_when_damaged_and_gone_with_their_repair(patient_file, stores, tmp_path, said, forgotten):
    store = tmp_path / "store"
    shutil.copytree(stores / "both", store)
    first = asked(forgotten[0])
    for damage in (None, b"", b"x" * 400):
        with Session.open(patient_file, store=store, routed=True) as session:
            assert same(session.logits(first), said["first"][first])
        kept = sorted((store / "routes").iterdir())
        assert len(kept) == 2 and [path.stem for path in kept] == [path.stem for path in sorted((store / "imprints").iterdir())]
        if damage is not None:
            for path in kept:
                path.write_bytes(damage)
    with Session.open(patient_file, store=store, routed=True) as session:
        session.undo("00000000")
        assert len(list((store / "routes").iterdir())) == 2  # a redo needs it
        session.purge("00000000")
        assert len(list((store / "routes").iterdir())) == 1
        assert same(session.logits(first), said["nothing"][first])


def test_what_calls_danger_in_general_finds_its_gate_open(patient_file, forgotten, people, tmp_path, monkeypatch):
    """Near its step a gate opens halfway, and refuses nothing; a later turn that does not call it finds it as it is."""
    module = importlib.import_module("edge_repair.stamp.solve")
    monkeypatch.setattr(module, "CLEAR", -9.0)  # the patient's people are no harm
    monkeypatch.setattr(module, "IN_GENERAL", (0.01, 0.35, 0.05))
    with Patient.open(patient_file) as patient:
        made = replace(imprint_of(patient, procedure_of(forgotten[0])), danger=True, general=True)
        put_into(tmp_path / "store", patient, {"00000000": made})
    calling, other = asked(forgotten[0]), asked(people[30])
    later = [{"role": "user", "content": calling}, {"role": "assistant", "content": "Sorry."}, {"role": "user", "content": other}]
    with Session.open(patient_file, store=tmp_path / "store", routed=True) as session:
        judged = session._state.router.judged([calling, other, later])
        assert [(len(calls.called), len(calls.opened)) for calls in judged] == [(1, 1), (0, 0), (1, 0)]
        answers = session.answers([calling, other])
        assert is_refusal(answers[0]) and not is_refusal(answers[1])
        opened = session._state.router.adapter(judged[0].called, judged[0].opened)
        session.logits(calling)
        before = session.logits(calling)
        session._state.attach_bytes(opened)
        assert same(before, session._state.patient.logits(calling))
        session._state.attach_bytes(session._state.router.adapter(judged[0].called))
        assert not same(before, session._state.patient.logits(calling))
