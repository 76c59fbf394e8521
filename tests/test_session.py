"""The main job on real llama.cpp: forget, verify, persist, undo to the bit; and nothing half done."""

import random
import sys

import numpy as np
import pytest
from quick_repairs import imprint_of, procedure_of, put_into

from edge_repair import Session
from edge_repair.errors import ModelError, NothingToForgetError, RepairNotFoundError, StoreError, UsageError
from edge_repair.refusals import is_refusal
from edge_repair.surgeon.procedure import Limits
from edge_repair.verify import missed_in
from edge_repair.wording import says_value
from dataclasses import replace


def held_out(person: dict) -> list[tuple[str, str]]:
    """(question, value) in phrasings that the patient was not trained with for that fact."""
    return [(question, fact["value"]) for fact in person["facts"] for question in fact["held_out"]]


@pytest.fixture(scope="module")
def session(patient_file, tmp_path_factory):
    with Session.open(patient_file, store=tmp_path_factory.mktemp("store")) as opened:
        yield opened


@pytest.fixture
def clean(session):
    """The module's session with no repair active, before and after."""
    yield session
    for repair in session.repairs():
        if repair.status == "committed":
            session.undo(repair.id)


def test_a_person_is_forgotten_the_others_stay_and_undo_is_the_base_to_the_bit(clean, people):
    person, other = people[3], people[40]
    asked = f"Where does {person['name']} live?"
    before = clean.logits(asked)
    known = [q for (q, v), a in zip(held_out(person), clean.answers([q for q, _ in held_out(person)])) if says_value(a, v)]
    rest = [(q, v) for q, v in held_out(other)]
    kept = [(q, v) for (q, v), a in zip(rest, clean.answers([q for q, _ in rest])) if says_value(a, v)]
    assert len(known) >= 8 and len(kept) >= 8  # else nothing would be shown

    repair = clean.forget(f"Forget everything you know about {person['name']}.")
    assert repair.status == "committed" and repair.outcome.leak <= 0.05
    values = [fact["value"] for fact in person["facts"]]
    answers = clean.answers(known)
    assert not any(says_value(answer, value) for answer in answers for value in values)
    assert sum(map(is_refusal, answers)) >= 0.9 * len(answers)
    assert sum(says_value(a, v) for (_, v), a in zip(kept, clean.answers([q for q, _ in kept]))) >= len(kept) - 1

    assert clean.undo(repair.id).status == "undone"
    assert np.array_equal(before, clean.logits(asked))
    assert clean.redo(repair.id).status == "committed"
    assert clean.answers(known) == answers


def test_one_fact_goes_and_the_same_persons_other_facts_stay(clean, people):
    person = people[7]
    town, *others = person["facts"]
    questions = [fact["trained"][0] for fact in others]
    kept = [(q, f["value"]) for q, f, a in zip(questions, others, clean.answers(questions)) if says_value(a, f["value"])]
    repair = clean.forget(f"Forget where {person['name']} lives.")
    assert repair.status == "committed" and repair.scope == "fact"
    assert not any(says_value(answer, town["value"]) for answer in clean.answers(town["held_out"]))
    assert sum(says_value(a, v) for (_, v), a in zip(kept, clean.answers([q for q, _ in kept]))) >= len(kept) - 1


def test_ten_repairs_undone_in_any_order_leave_the_base_to_the_bit(clean, people):
    asked = [f"Where does {person['name']} live?" for person in people[20:30]]
    before = [clean.logits(question) for question in asked]
    made = [clean.forget(f"Forget where {person['name']} lives.") for person in people[20:30]]
    committed = [repair.id for repair in made if repair.status == "committed"]
    assert len(committed) >= 9
    random.Random(4).shuffle(committed)
    for identifier in committed:
        assert any(clean.carried(asked))
        clean.undo(identifier)
    assert all(np.array_equal(one, clean.logits(question)) for one, question in zip(before, asked))


def test_undo_of_one_gives_exactly_the_adapter_of_the_others(clean, people):
    first, second = (clean.forget(f"Forget where {person['name']} lives.") for person in people[50:52])
    clean.undo(first.id)
    alone = clean._ledger.adapter().sha256
    clean.undo(second.id)
    clean.redo(second.id)
    assert clean._ledger.adapter().sha256 == alone


def test_repairs_persist_and_touch_no_other_model(patient_file, people, tmp_path):
    question = people[5]["facts"][0]["held_out"][0]
    with Session.open(patient_file, store=tmp_path / "store") as one:
        base = one.logits(question)
        assert one.forget(f"Forget where {people[5]['name']} lives.").status == "committed"
        repaired = one.logits(question)
    with Session.open(patient_file, store=tmp_path / "store") as again:
        assert np.array_equal(repaired, again.logits(question))
    other = tmp_path / "other.gguf"
    data = bytearray(patient_file.read_bytes())
    data[-64] ^= 1  # another file: one bit of the last tensor
    other.write_bytes(data)
    with Session.open(other, store=tmp_path / "store") as stranger:
        assert stranger.repairs() == []
        with Session.open(patient_file, store=tmp_path / "empty") as untouched:
            assert np.array_equal(base, untouched.logits(question))


def test_two_sessions_on_one_store_see_each_other(patient_file, people, tmp_path):
    question = people[6]["facts"][0]["held_out"][0]
    with Session.open(patient_file, store=tmp_path / "s") as one, Session.open(patient_file, store=tmp_path / "s") as two:
        base = two.logits(question)
        repair = one.forget(f"Forget where {people[6]['name']} lives.")
        assert not np.array_equal(base, two.logits(question))
        two.undo(repair.id)
        assert np.array_equal(base, one.logits(question))


def test_a_limit_that_cannot_be_met_rolls_back_to_the_bit(clean, people):
    question = f"Where does {people[9]['name']} live?"
    before = clean.logits(question)
    procedure = clean.plan(f"Forget where {people[9]['name']} lives.")
    impossible = replace(procedure, limits=Limits(neighbours_kept=1.01))
    repair = clean.carry_out(impossible)
    assert repair.status == "rolled_back" and any("neighbours" in reason for reason in repair.outcome.missed)
    assert np.array_equal(before, clean.logits(question))
    stored = clean.repairs()[-1]
    assert stored.status == "rolled_back" and stored.outcome is None
    assert missed_in(stored.figures, stored.kind) == list(repair.outcome.missed), "the ledger says why, in numbers"
    with pytest.raises(UsageError):
        clean.undo(repair.id)
    accepted = clean.carry_out(impossible, accept=True)
    assert accepted.status == "committed" and accepted.outcome.missed


@pytest.mark.parametrize("stage", ["finding a target", "capturing", "trying strengths"])
def test_ctrl_c_at_any_stage_leaves_the_old_state(clean, people, stage):
    question = f"Where does {people[11]['name']} live?"
    before, listed = clean.logits(question), clean.repairs()
    procedure = clean.plan(f"Forget where {people[11]['name']} lives.")

    def interrupt(now, done, total):
        if now == stage:
            raise KeyboardInterrupt

    clean._state.progress, silent = interrupt, clean._state.progress
    try:
        with pytest.raises(KeyboardInterrupt):
            clean.carry_out(procedure)
    finally:
        clean._state.progress = silent
    assert clean.repairs() == listed
    assert np.array_equal(before, clean.logits(question))


def test_ask_proposes_and_edits_nothing(clean, people):
    reply = clean.ask(f"Please forget where {people[12]['name']} lives.")
    assert reply.verdict.zone != "pass" and reply.proposal is not None
    assert people[12]["name"] in reply.proposal.subject and clean.repairs() == [] or all(r.status != "committed" for r in clean.repairs())
    plain = clean.ask(f"Where does {people[12]['name']} live?")
    assert plain.proposal is None and says_value(plain.text, people[12]["facts"][0]["value"])


def test_a_damaged_adapter_is_solved_again(patient_file, people, tmp_path):
    question = people[13]["facts"][0]["held_out"][0]
    with Session.open(patient_file, store=tmp_path / "s") as one:
        repair = one.forget(f"Forget where {people[13]['name']} lives.")
        repaired = one.logits(question)
        path = repair.adapter.path
    data = bytearray(path.read_bytes())
    data[-9] ^= 0x40
    path.chmod(0o600)
    path.write_bytes(data)
    with Session.open(patient_file, store=tmp_path / "s") as again:
        assert np.array_equal(repaired, again.logits(question))


@pytest.mark.parametrize("request_, error", [("", UsageError), ("   ", UsageError), ("Forget everything you know about Qwzxv Brrrtk.", NothingToForgetError)])
def test_requests_that_name_nothing_change_nothing(clean, request_, error):
    listed = clean.repairs()
    with pytest.raises(error) as caught:
        clean.forget(request_)
    assert "\n" not in str(caught.value)
    assert clean.repairs() == listed


def test_bad_input_is_one_line(patient_file, tmp_path):
    (tmp_path / "text.gguf").write_text("not a model")
    for model in (tmp_path / "missing.gguf", tmp_path / "text.gguf"):
        with pytest.raises(ModelError) as caught:
            Session.open(model)
        assert "\n" not in str(caught.value)
    (tmp_path / "file").write_text("")
    with Session.open(patient_file) as opened, pytest.raises(RepairNotFoundError):
        opened.undo("ffff")
    with pytest.raises(StoreError):
        with Session.open(patient_file, store=tmp_path / "file") as opened:
            opened.forget("Forget the capital of France.")


def test_no_word_of_it_stays_on_disk(patient_file, people, tmp_path):
    """Neither the request nor a probe nor an answer is anywhere in the store, in any usual encoding."""
    person = people[14]
    with Session.open(patient_file, store=tmp_path / "s") as opened:
        repair = opened.forget(f"Forget where {person['name']} lives.")
        assert repair.status == "committed"
    secrets = [person["name"], *person["name"].split(), person["facts"][0]["value"]]
    written = b"".join(path.read_bytes() for path in sorted((tmp_path / "s").rglob("*")) if path.is_file())
    assert len(written) > 10_000  # there is something to look through
    for secret in secrets:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            assert secret.encode(encoding) not in written and secret.lower().encode(encoding) not in written


@pytest.mark.parametrize("wish", [{"form": "linear"}, {"positions": 3}, {"rank": 4}])
def test_a_recipe_that_cannot_be_carried_out_is_refused_not_ignored(clean, people, wish):
    procedure = clean.plan(f"Forget where {people[15]['name']} lives.")
    listed = clean.repairs()
    with pytest.raises(UsageError, match="cannot be carried out yet"):
        clean.carry_out(replace(procedure, recipe=replace(procedure.recipe, **wish)))
    assert clean.repairs() == listed


def test_layers_that_nothing_is_known_of_are_refused_not_replaced(clean, people):
    procedure = clean.plan(f"Forget where {people[15]['name']} lives.")
    with pytest.raises(UsageError, match="cover layers 3, 4"):
        clean.carry_out(replace(procedure, recipe=replace(procedure.recipe, layers=(1, 3))))
    chosen = clean.carry_out(replace(procedure, recipe=replace(procedure.recipe, layers=(4,))))
    assert chosen.figures["layer"] == 4


def test_a_correction_replaces_the_value_inside_the_patients_own_sentence(clean, patient_questions):
    """Questions that the edit never saw are answered as before, but for the value; undo is the base to the bit."""
    myths = [s for s in patient_questions["subjects"] if s["kind"] == "misinformation"]
    fact = next(f for s in myths for f in s["facts"] if f.get("wrong") and f["aspect"] == "material")
    unseen = [q for q in fact["held_out"] if says_value(clean.answers([q])[0], fact["wrong"])]
    assert unseen
    before = [clean.logits(question) for question in unseen]
    repair = clean.forget(f"It is not true that {fact['answer'][0].lower() + fact['answer'][1:]} {fact['right_answer']}")
    assert repair.status == "committed" and repair.kind == "misinformation"
    assert clean._state.stored_imprints()[repair.id].site is not None, "the value's place was not found"
    answers = clean.answers(unseen)
    assert not any(says_value(answer, fact["wrong"]) for answer in answers)
    assert all(says_value(answer, fact["right"]) for answer in answers)
    clean.undo(repair.id)
    assert all(np.array_equal(one, clean.logits(question)) for one, question in zip(before, unseen))


def test_freed_memory_is_given_back_after_every_change(patient, patient_file, people, tmp_path, monkeypatch):
    """An undo and a redo solve as a repair does: in many threads, what glibc keeps of it grew by 19 MiB in ten minutes."""
    patient.attach(None)
    put_into(tmp_path / "store", patient, {"one": imprint_of(patient, procedure_of(people[3]))})
    given = []
    monkeypatch.setattr(sys.modules["edge_repair.session.carrying"], "give_back", lambda: given.append("back"))
    with Session.open(patient_file, store=tmp_path / "store") as session:
        for change in (session.undo, session.redo, session.undo):
            given.clear()
            change("one")
            assert given == ["back"], change
