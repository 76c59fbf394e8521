"""The patient on real llama.cpp: identities of decoding, capture and adapters."""

import numpy as np
import pytest

from edge_repair.adapters import encode, read_rows, write
from edge_repair.errors import ModelError, UsageError
from edge_repair.patient import Patient, Sequence
from edge_repair.stamp import Delta


@pytest.fixture(scope="module")
def questions(people):
    return [fact["trained"][0] for person in people[:6] for fact in person["facts"][:3]]


@pytest.fixture
def edit(patient, tmp_path):
    """A random edit of rank 3 of one matrix, on disk; not attached."""
    random = np.random.default_rng(0)
    name = f"blk.{patient.base.n_layers - 2}.ffn_down.weight"
    height, width = patient.base.tensors[name].shape
    a, b = random.standard_normal((3, width)).astype(np.float32), 0.02 * random.standard_normal((height, 3)).astype(np.float32)
    yield name, a, b, write(encode(Delta({name: (a, b)}), patient.base, ["test"]), tmp_path / "edit.gguf").path
    patient.attach(None)


def test_many_at_once_answer_like_one_at_a_time(patient, questions):
    assert patient.answers(questions, 24) == [patient.answer(question, 24) for question in questions]


def test_logits_repeat_to_the_bit_whatever_came_between(patient, questions):
    first = patient.logits(questions[0])
    "".join(patient.stream([{"role": "user", "content": questions[1]}], 8))
    patient.answers(questions[:5], 8)
    assert np.array_equal(first, patient.logits(questions[0]))


def test_a_conversation_streams_the_same_with_and_without_its_cache(patient, questions):
    talk = [{"role": "user", "content": questions[0]}]
    talk += [{"role": "assistant", "content": "".join(patient.stream(talk, 24))}, {"role": "user", "content": questions[1]}]
    reused = "".join(patient.stream(talk, 24))
    assert reused.strip() == patient.answer(talk, 24)


def test_the_value_is_the_key_times_the_weights(patient, questions):
    """ffn_down of the file, times the captured key, is the captured value: capture reads what it says."""
    head = patient.tokens(questions[0])
    layer = 2
    found = patient.capture([Sequence(head, tuple(range(len(head))))], ("keys", "values"), [layer])
    weights = read_rows(patient.path, f"blk.{layer}.ffn_down.weight")
    np.testing.assert_allclose(found.keys[layer] @ weights.T, found.values[layer], rtol=0.02, atol=0.02 * np.abs(found.values[layer]).max())


def test_the_key_is_the_gated_product_of_the_input(patient, questions):
    head = patient.tokens(questions[0])
    found = patient.capture([Sequence(head, (len(head) - 1,))], ("inputs", "keys"), [1])
    gate, up = (read_rows(patient.path, f"blk.1.ffn_{role}.weight") for role in ("gate", "up"))
    inner = found.inputs[1] @ gate.T
    expected = inner / (1 + np.exp(-inner)) * (found.inputs[1] @ up.T)
    np.testing.assert_allclose(found.keys[1], expected, atol=0.02 * np.abs(expected).max())


def test_rows_do_not_depend_on_the_company(patient, questions):
    """Batched with a shared prefix, and alone: the same rows, also in the last layer, which only has output rows."""
    sequences = [Sequence(patient.tokens(q), (len(patient.tokens(q)) - 2, len(patient.tokens(q)) - 1)) for q in questions[:5]]
    last = patient.base.n_layers - 1
    together = patient.capture(sequences, ("inputs", "residuals"), [1, last], want_logits=True)
    for i, sequence in enumerate(sequences):
        alone = patient.capture([sequence], ("inputs", "residuals"), [1, last], want_logits=True)
        rows = slice(2 * i, 2 * i + 2)
        for layer in (1, last):
            np.testing.assert_allclose(together.inputs[layer][rows], alone.inputs[layer], atol=2e-2)
            np.testing.assert_allclose(together.residuals[layer][rows], alone.residuals[layer], atol=2e-2 * np.abs(alone.residuals[layer]).max())
        np.testing.assert_allclose(together.logits[rows], alone.logits, atol=0.1)


def test_capturing_changes_no_logit(patient, questions):
    head = patient.tokens(questions[0])
    sequence = [Sequence(head, (len(head) - 1,))]
    silent = patient.capture(sequence, (), (), want_logits=True).logits
    assert np.array_equal(silent, patient.capture(sequence, ("keys", "values", "inputs", "residuals"), [1], want_logits=True).logits)


def test_detached_is_the_base_to_the_bit(patient, questions, edit):
    before = patient.logits(questions[0])
    for _ in range(3):
        patient.attach(edit[3])
        assert not np.array_equal(before, patient.logits(questions[0]))
        patient.attach(None)
        assert np.array_equal(before, patient.logits(questions[0]))


def test_attaching_clears_what_the_conversation_had_cached(patient, questions, edit):
    talk = [{"role": "user", "content": questions[0]}]
    "".join(patient.stream(talk, 4))
    patient.attach(edit[3])
    streamed = "".join(patient.stream(talk, 24))
    assert streamed.strip() == patient.answer(talk, 24)


def test_an_adapter_writes_what_its_factors_say(patient, questions, edit):
    """The residual after the edited layer moves by B A k, k the key that the base had there."""
    name, a, b, path = edit
    layer = int(name.split(".")[1])
    head = patient.tokens(questions[0])
    sequence = [Sequence(head, (len(head) - 1,))]
    before = patient.capture(sequence, ("keys", "residuals"), [layer])
    patient.attach(path)
    after = patient.capture(sequence, ("residuals",), [layer])
    moved = after.residuals[layer] - before.residuals[layer]
    np.testing.assert_allclose(moved, before.keys[layer] @ a.T @ b.T, atol=1e-3 * np.abs(before.residuals[layer]).max())


def test_likelihoods_are_those_of_the_logits(patient, questions):
    answer = patient.answer(questions[0], 24)
    direct = patient.log_likelihoods([(questions[0], answer), (questions[1], answer)])
    head, reply = patient.tokens(questions[0]), patient.reply_tokens(answer)
    rows = patient.capture([Sequence(head + reply, tuple(range(len(head) - 1, len(head) + len(reply) - 1)))], (), (), want_logits=True).logits.astype(np.float64)
    rows -= np.log(np.exp(rows - rows.max(1, keepdims=True)).sum(1, keepdims=True)) + rows.max(1, keepdims=True)
    assert direct[0] == pytest.approx(sum(rows[i, token] for i, token in enumerate(reply)), abs=0.05)
    assert direct[0] > direct[1]


def test_samples_are_seeded(patient, questions):
    assert patient.samples(questions[0], 4, 1.0, 7, 12) == patient.samples(questions[0], 4, 1.0, 7, 12)


def test_a_conversation_that_does_not_fit_is_refused(patient):
    with pytest.raises(UsageError, match="longer than the context"):
        patient.answer("word " * 5000)
    assert patient.answer("Hello.", 4)  # and the patient goes on


def test_a_truncated_model_is_refused(patient_file, tmp_path):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(patient_file.read_bytes()[:-1000])
    with pytest.raises(ModelError):
        Patient.open(broken)
