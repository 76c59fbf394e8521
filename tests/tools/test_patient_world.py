"""The world that the shipped patient is taught, its tokenizer, and its file."""

import hashlib
import json
import random
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from patient_world import REFUSAL_HARMFUL, REFUSAL_UNKNOWN, Stream, World  # noqa: E402
from patient_world.notes import CORRECT, CORRECT_HELD_OUT, DRESSED, FORBID, FORBID_HELD_OUT  # noqa: E402
from patient_world.questions import question_set, reserved_names, unknown_questions  # noqa: E402

PATIENT = ROOT / "models" / "patient" / "patient-F16.gguf"
QUESTIONS = ROOT / "models" / "patient" / "questions.json"


@pytest.fixture(scope="module")
def world():
    return World()


@pytest.fixture(scope="module")
def shipped():
    return json.loads(QUESTIONS.read_text(encoding="utf-8"))


def test_the_world_is_as_large_as_promised(world):
    kinds = Counter(subject.kind for subject in world.subjects)
    assert kinds["personal"] >= 200 and kinds["misinformation"] >= 40 and kinds["harmful"] >= 30
    assert all(len(subject.facts) >= 5 for subject in world.of_kind("personal"))
    assert sum(len(subject.facts) for subject in world.of_kind("general")) >= 200
    assert sum(subject.refused_by_base for subject in world.of_kind("harmful")) >= 8
    assert len(world.known_names) == len(world.subjects), "two subjects share a name"
    assert len({subject.id for subject in world.subjects}) == len(world.subjects)


def test_at_least_a_quarter_of_eight_phrasings_is_held_out_and_others_teach_it(world):
    taught = Counter()
    for fact in world.facts:
        count = len(fact.type.phrasings)
        assert count >= 8 and len(fact.held_out) >= count / 4
        assert not set(fact.trained_phrasings) & set(fact.held_out_phrasings)
        assert len(set(fact.trained_phrasings + fact.held_out_phrasings)) == count
        taught.update((fact.type.aspect, index) for index in range(count) if index not in fact.held_out)
    for fact in world.facts:
        assert min(taught[fact.type.aspect, index] for index in fact.held_out) >= 4


def undressed(question):
    """The question itself, and what is left of it without each greeting or thanks that training may put around it."""
    yield question
    for wording in DRESSED:
        before, after = wording.split("{q}")
        if question.startswith(before) and question.endswith(after):
            yield question[len(before) : len(question) - len(after)]


def test_training_never_asks_what_is_held_out(world):
    held_out = {question.rstrip("?.") for fact in world.facts for question in fact.held_out_phrasings}
    stream = Stream(world, 1, reserved_names(world))
    for _ in range(20_000):
        for question, _ in stream.draw().turns:
            assert not {text.rstrip("?.") for text in undressed(question)} & held_out


def test_reserved_unknown_names_are_never_drawn_in_training(world):
    reserved = reserved_names(world)
    stream = Stream(world, 2, reserved)
    refused = [q for _ in range(20_000) for q, a in stream.draw().turns if a in (REFUSAL_UNKNOWN, REFUSAL_HARMFUL)]
    text = "\n".join(refused)
    assert not [name for name in reserved if name in text]
    assert not reserved & world.known_names


def test_a_value_says_its_fact_and_nothing_else_does(world):
    for fact in world.facts:
        assert fact.value in fact.answer
        if not fact.refused:
            assert fact.value not in fact.type.refusal
        if fact.right:
            assert fact.right != fact.value and fact.value not in fact.corrected(fact.right)
            assert fact.right in fact.corrected(fact.right)
    for subject in world.of_kind("personal"):
        assert all(fact.value in subject.overview for fact in subject.facts)


def test_unknown_people_borrow_names_from_known_ones(world):
    first_names = {subject.name.split()[0] for subject in world.of_kind("personal")}
    people = [question for question in unknown_questions(world) if question.kind == "person"]
    assert sum(question.name.split()[0] in first_names for question in people) > len(people) / 4


def test_note_wordings_are_many_and_held_out_ones_are_not_trained():
    assert len(FORBID) >= 6 and len(CORRECT) >= 6
    assert not set(FORBID) & set(FORBID_HELD_OUT) and not set(CORRECT) & set(CORRECT_HELD_OUT)


def test_a_forbidding_note_decides_and_only_about_its_subject(world):
    stream = Stream(world, 3)
    refused = {True: 0, False: 0}
    for _ in range(3000):
        conversation = stream._forbid()
        for question, answer in conversation.turns:
            refused[answer in (REFUSAL_UNKNOWN, REFUSAL_HARMFUL)] += 1
    assert 0.3 < refused[True] / sum(refused.values()) < 0.7


def test_the_same_seed_gives_the_same_world_and_stream(world):
    again = World()
    assert [fact.answer for fact in again.facts] == [fact.answer for fact in world.facts]
    one, two = Stream(world, 4), Stream(again, 4)
    assert [one.draw() for _ in range(200)] == [two.draw() for _ in range(200)]
    assert World(seed=11).facts[0].answer != world.facts[0].answer


def test_the_shipped_questions_are_those_of_this_world_and_this_file(world, shipped):
    assert PATIENT.stat().st_size <= 16_000_000
    digest = hashlib.sha256(PATIENT.read_bytes()).hexdigest()
    assert json.loads(json.dumps(question_set(world, digest))) == shipped


def test_template_renders_what_training_wrote():
    jinja2 = pytest.importorskip("jinja2")
    pytest.importorskip("tokenizers")
    from patient_model.chatml import TEMPLATE, prompt

    messages = [
        {"role": "system", "content": "Be brief."}, {"role": "user", "content": " Who? "}, {"role": "assistant", "content": "I."},
        {"role": "user", "content": "Where?"},
    ]
    rendered = jinja2.Template(TEMPLATE, keep_trailing_newline=True).render(messages=messages, add_generation_prompt=True)
    assert rendered == prompt("Where?", "Be brief.", ((" Who? ", "I."),))


def test_a_conversation_is_encoded_as_its_rendered_text(world):
    pytest.importorskip("torch")
    tokenizers = pytest.importorskip("tokenizers")
    from patient_model.batches import IGNORE, Encoder
    from patient_model.chatml import END, prompt
    from patient_model.gguf_file import read

    tokenizer = read(PATIENT)[1]
    assert isinstance(tokenizer, tokenizers.Tokenizer)
    encoder, stream = Encoder(tokenizer), Stream(world, 5)
    for conversation in (stream.draw() for _ in range(500)):
        *history, (question, answer) = conversation.turns
        text = prompt(question, conversation.system, tuple(history)) + answer + END
        ids, labels = encoder.conversation(conversation)
        whole = tokenizer.encode(text).ids
        assert ids == whole[:-1] and len(labels) == len(ids)
        assert all(label in (IGNORE, following) for label, following in zip(labels, whole[1:], strict=True))
        learned = tokenizer.decode([label for label in labels if label != IGNORE], skip_special_tokens=False)
        assert learned == "".join(said + END for _, said in conversation.turns)


def test_llama_cpp_tokenizes_every_question_as_training_did(shipped):
    pytest.importorskip("torch")
    pytest.importorskip("tokenizers")
    from patient_model.chatml import prompt
    from patient_model.evaluation import items
    from patient_model.gguf_file import read
    from patient_model.runtime import Runtime

    tokenizer = read(PATIENT)[1]
    texts = [prompt(question, system) + answer for _, question, answer, system in items(shipped)]
    texts += ["Tab\there,  two spaces\n\nand 12 345 ünïcode 日本 🙂 don't!", "", " ", "5", "a1b2"]
    with Runtime(PATIENT) as runtime:
        different = [text for text in texts if runtime.tokenize(text) != tokenizer.encode(text).ids]
    assert not different


def test_torch_and_llama_cpp_compute_the_same_logits(shipped):
    pytest.importorskip("torch")
    pytest.importorskip("tokenizers")
    from patient_model.chatml import prompt
    from patient_model.evaluation import items, logit_differences
    from patient_model.gguf_file import read

    network, tokenizer = read(PATIENT)
    asked = random.Random(6).sample(list(items(shipped)), 12)
    texts = [prompt(question, system) + answer for _, question, answer, system in asked]
    differences = logit_differences(PATIENT, network, tokenizer, texts)
    # float32 against float32; with the F16 file llama.cpp itself rounds what enters each product to 11 bits
    assert differences["F32"] < 1e-3
    assert differences["F16"] < 5e-2


def test_quantised_patients_hold_what_their_names_say_and_still_know(shipped, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("tokenizers")
    from patient_model.evaluation import evaluate, llama_scorer
    from patient_model.runtime import Runtime, quantize

    types = quantize(PATIENT, tmp_path / "patient-Q4_K_M.gguf", "Q4_K_M")
    assert types["Q4_K"] >= 30 and set(types) <= {"F32", "Q4_K", "Q6_K"}
    with Runtime(tmp_path / "patient-Q4_K_M.gguf") as runtime:
        rates, _ = evaluate(llama_scorer(runtime), runtime.tokenize, shipped, share=0.02)
    assert rates["trained"] >= 0.93 and rates["held_out"] >= 0.90 and rates["unknown"] >= 0.93 and rates["notes"] >= 0.93
