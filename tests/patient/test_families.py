"""Every architecture family that is claimed, on tiny random models that llama.cpp runs, in F16, Q8_0 and Q4_K_M."""

import math

import numpy as np
import pytest
from family_models import FAMILIES, FFN, LAYERS, SLIDING_WINDOW, TYPES, WIDTH, family_model, quantised
from gguf_files import tiny_model, uint32

from edge_repair.adapters import encode, read_rows, write
from edge_repair.errors import ModelError
from edge_repair.operation.neurons import is_fused, NeuronReader
from edge_repair.operation.postnorm import before_norm, post_norm
from edge_repair.patient import Patient, Sequence
from edge_repair.patient.capture import KINDS
from edge_repair.patient.patient import DENSE_ARCHITECTURES
from edge_repair.stamp import Delta
from edge_repair.stamp.gate import Gate, delta_of

LAYER = 2
EPSILON = 1e-6  # of the norms, as family_models writes it


@pytest.fixture(scope="module", params=FAMILIES)
def family(request) -> str:
    return request.param


@pytest.fixture(scope="module", params=TYPES)
def opened(request, family, tmp_path_factory):
    folder = tmp_path_factory.mktemp(f"{family}-{request.param}")
    source = family_model(folder / "f16.gguf", family)
    with Patient.open(quantised(source, folder / "quantised.gguf", request.param)) as patient:
        yield patient


@pytest.fixture(scope="module")
def sequence(opened) -> Sequence:
    head = opened.tokens("Where does Ada live, and why?")
    assert len(head) > 2 * SLIDING_WINDOW
    return Sequence(head, (5, 40, len(head) - 2, len(head) - 1))


def activation(family: str, values: np.ndarray) -> np.ndarray:
    """GELU (tanh form) in the Gemmas, SiLU elsewhere."""
    if family.startswith("gemma"):
        return 0.5 * values * (1 + np.tanh(math.sqrt(2 / math.pi) * (values + 0.044715 * values**3)))
    return values / (1 + np.exp(-values))


def gate_and_up(patient, layer: int) -> tuple[np.ndarray, np.ndarray]:
    if is_fused(patient.base, layer):
        return tuple(np.split(read_rows(patient.path, f"blk.{layer}.ffn_up.weight"), 2))
    return tuple(read_rows(patient.path, f"blk.{layer}.ffn_{role}.weight") for role in ("gate", "up"))


def close(found: np.ndarray, expected: np.ndarray, share: float) -> None:
    np.testing.assert_allclose(found, expected, rtol=0, atol=share * np.abs(expected).max())


def test_the_families_are_those_that_are_claimed():
    assert set(FAMILIES) == set(DENSE_ARCHITECTURES)


def test_names_and_shapes(opened, sequence):
    found = opened.capture([sequence], KINDS, range(LAYERS), want_logits=True)
    for kind, width in (("inputs", WIDTH), ("keys", FFN), ("values", WIDTH), ("residuals", WIDTH)):
        rows = getattr(found, kind)
        assert sorted(rows) == list(range(LAYERS))
        for array in rows.values():
            assert array.shape == (4, width) and array.dtype == np.float32 and np.isfinite(array).all() and array.std() > 0
    assert found.logits.shape == (4, opened.vocabulary.size)


def test_what_is_captured_is_what_its_name_says(opened, family, sequence):
    """Keys are the gated product of the inputs, values are the keys times ffn_down: by the weights in the file.

    llama.cpp rounds activations to 8 bits for quantised weights, hence the tolerance.
    """
    found = opened.capture([sequence], KINDS, [LAYER])
    gate, up = gate_and_up(opened, LAYER)
    close(found.keys[LAYER], activation(family, found.inputs[LAYER] @ gate.T) * (found.inputs[LAYER] @ up.T), 0.04)
    close(found.values[LAYER], found.keys[LAYER] @ read_rows(opened.path, f"blk.{LAYER}.ffn_down.weight").T, 0.04)


def after_norm(patient, values: np.ndarray) -> np.ndarray:
    """What is added to the residual stream for an MLP value: the Gemmas from the second on norm it first."""
    name = f"blk.{LAYER}.post_ffw_norm.weight"
    if name not in patient.base.tensors:
        return values
    size = np.sqrt(np.square(values, dtype=np.float64).mean(-1, keepdims=True) + EPSILON)
    return values / size * read_rows(patient.path, name).reshape(-1)


@pytest.fixture
def attached(opened, tmp_path):
    """Attach a Delta; taken off afterwards."""
    yield lambda delta: opened.attach(write(encode(delta, opened.base, ["test"]), tmp_path / "edit.gguf").path)
    opened.attach(None)


def test_the_predicted_edit_is_what_the_runtime_does(opened, sequence, attached):
    """An edit B A of ffn_down adds B A k to what the MLP gives, to float precision, whatever the quantisation."""
    random = np.random.default_rng(1)
    a = random.standard_normal((3, FFN)).astype(np.float32)
    b = (0.05 * random.standard_normal((WIDTH, 3))).astype(np.float32)
    before = opened.capture([sequence], KINDS, [LAYER])
    attached(Delta({f"blk.{LAYER}.ffn_down.weight": (a, b)}))
    after = opened.capture([sequence], KINDS, [LAYER])
    np.testing.assert_array_equal(after.keys[LAYER], before.keys[LAYER])
    np.testing.assert_array_equal(after.values[LAYER], before.values[LAYER])  # without the adapter's part
    values = before.values[LAYER]
    expected = after_norm(opened, values + before.keys[LAYER] @ a.T @ b.T) - after_norm(opened, values)
    assert np.abs(expected).max() > 0.05 * np.abs(before.residuals[LAYER]).max()  # an edit that shows
    np.testing.assert_allclose(after.residuals[LAYER] - before.residuals[LAYER], expected, atol=2e-6 * np.abs(before.residuals[LAYER]).max())


def test_gates_become_neurons(opened, family, sequence, attached):
    """Two neurons of a gate, written by a LoRA on (fused or separate) gate and up rows; the other neurons are untouched."""
    random = np.random.default_rng(2)
    before = opened.capture([sequence], KINDS, [LAYER])
    inputs = before.inputs[LAYER]
    direction = inputs[3] / np.square(inputs[3]).sum()  # scores 1 at the last position
    gate = Gate(direction, direction, 0.3, 0.8, random.standard_normal(WIDTH))
    numbers = np.array([7, 300])
    old = NeuronReader(opened)(LAYER, numbers)
    attached(delta_of(LAYER, [gate], old))
    after = opened.capture([sequence], KINDS, [LAYER])
    rows, ups, columns = gate.neurons()
    others = np.setdiff1d(np.arange(FFN), numbers)
    close(after.keys[LAYER][:, others], before.keys[LAYER][:, others], 1e-6)
    expected = activation(family, inputs @ rows.T) * (inputs @ ups.T)
    close(after.keys[LAYER][:, numbers], expected, 0.03)
    # The MLP now gives what the base's columns give of the other neurons, and the gate's columns of its own.
    values = after.values[LAYER] - after.keys[LAYER][:, numbers] @ old.down.T + after.keys[LAYER][:, numbers] @ columns.T
    moved = after.residuals[LAYER] - before.residuals[LAYER]
    close(moved, after_norm(opened, values) - after_norm(opened, before.values[LAYER]), 1e-4)


def test_a_residual_arrives_behind_the_norm(opened, family, sequence, attached):
    """What a gate writes into the MLP of a Gemma comes out of its norm as the wanted residual, less the larger it is."""
    weight = post_norm(opened, LAYER)
    assert (weight is not None) == (family in ("gemma2", "gemma3"))
    if weight is None:
        pytest.skip("no norm behind the MLP")
    before = opened.capture([sequence], KINDS, [LAYER])
    value, key = before.values[LAYER][-1:], before.keys[LAYER][-1]
    stream = after_norm(opened, value)[0]
    direction = np.random.default_rng(4).standard_normal(WIDTH)
    for size in (0.01, 0.3, 2.0):  # of what the MLP adds by itself
        wanted = size * direction * np.linalg.norm(stream) / np.linalg.norm(direction)
        column = before_norm(wanted[None], value[None], weight)[0]
        attached(Delta({f"blk.{LAYER}.ffn_down.weight": ((key / np.square(key).sum())[None], column[:, None])}))
        moved = opened.capture([sequence], ("residuals",), [LAYER]).residuals[LAYER][-1] - before.residuals[LAYER][-1]
        longer = np.sqrt(np.square(value + column).mean() / np.square(value).mean())
        close(moved, (stream + wanted) / longer - stream, 1e-3)
        if size < 0.1:
            assert moved @ wanted / (np.linalg.norm(moved) * np.linalg.norm(wanted)) > 0.95
            assert np.linalg.norm(moved) == pytest.approx(np.linalg.norm(wanted), rel=0.1)


def test_detached_is_the_base_to_the_bit(opened, attached):
    question = "Who is Ada?"
    before = opened.logits(question)
    random = np.random.default_rng(3)
    factors = {}
    for role in ("ffn_down", "ffn_up") + (() if is_fused(opened.base, LAYER) else ("ffn_gate",)):
        name = f"blk.{LAYER}.{role}.weight"
        height, width = opened.base.tensors[name].shape
        factors[name] = tuple(random.standard_normal(shape).astype(np.float32) / 8 for shape in ((2, width), (height, 2)))
    for _ in range(3):
        attached(Delta(factors))
        assert not np.array_equal(before, opened.logits(question))
        opened.attach(None)
        np.testing.assert_array_equal(before, opened.logits(question))


@pytest.mark.parametrize("architecture", ["mamba", "qwen2moe", "qwen3moe", "gemma3n", "gemma4", "deepseek2", "gpt2", "falcon", "bert", "phi2", "llama4", "olmo2"])
def test_other_architectures_are_refused_by_name(tmp_path, architecture):
    with pytest.raises(ModelError, match=f"is a {architecture} model; the architectures that can be repaired are llama, "):
        Patient.open(tiny_model(tmp_path / "other.gguf", architecture=architecture))


def test_a_mixture_of_experts_is_refused_by_name_in_any_family(tmp_path, family):
    path = tiny_model(tmp_path / "moe.gguf", architecture=family, extra=[uint32(f"{family}.expert_count", 8)])
    with pytest.raises(ModelError, match=r"mixture of experts \(8 experts\)"):
        Patient.open(path)
