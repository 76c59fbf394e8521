"""Gates: what the neurons compute, and that their LoRA is exactly the new weights."""

import numpy as np

from edge_repair.stamp import Gate, OldNeurons
from edge_repair.stamp.gate import delta_of, idle_neurons
from synthetic_imprints import D, F, neurons

RANDOM = np.random.default_rng(5)
POSITION = np.eye(D)[0]


def a_gate(column=None):
    detector = np.eye(D)[1]
    return Gate(detector, POSITION, 0.2, 0.5, RANDOM.standard_normal(D) if column is None else column)


def mlp(x, gate, up, down):
    """A SwiGLU MLP on rows, float64."""
    inner = x @ gate.T
    return (inner / (1 + np.exp(-inner)) * (x @ up.T)) @ down.T


def at(score, position=1.0):
    x = np.zeros((1, D))
    x[0, 0], x[0, 1] = position, score
    return x


def test_it_is_a_step_between_its_thresholds():
    gate = a_gate()
    assert abs(gate.opening(at(-0.5))[0]) < 1e-3
    assert abs(gate.opening(at(0.0))[0]) < 0.01
    assert abs(gate.opening(at(0.35))[0] - 0.5) < 1e-6  # half open half way, by symmetry
    assert abs(gate.opening(at(1.0))[0] - 1) < 1e-3
    assert abs(gate.opening(at(9.0))[0] - 1) < 1e-6  # bounded: a higher score writes no more


def test_text_positions_are_left_alone():
    assert a_gate().opening(at(9.0, position=0.0))[0] == 0


def test_the_lora_is_the_new_weights_minus_the_old():
    gate_rows, up_rows, down, read = neurons()
    gates = [a_gate(), a_gate()]
    numbers = np.array([7, 3, 50, 21])
    delta = delta_of(2, gates, read(2, numbers))
    new = {name.split(".")[2]: base + (b @ a) for (name, (a, b)), base in zip(sorted(delta.factors.items()), (down, gate_rows, up_rows))}
    x = np.concatenate([at(1.0), at(-1.0), RANDOM.standard_normal((5, D))])
    kept = np.setdiff1d(np.arange(F), numbers)
    expected = mlp(x, gate_rows[kept], up_rows[kept], down[:, kept]) + sum(g.opening(x)[:, None] * g.column for g in gates)
    np.testing.assert_allclose(mlp(x, new["ffn_gate"], new["ffn_up"], new["ffn_down"]), expected, rtol=1e-4, atol=1e-3)


def test_fused_gate_and_up_rows_are_the_same_edit():
    gate_rows, up_rows, down, read = neurons()
    numbers = np.array([4, 9])
    old = read(1, numbers)
    apart = delta_of(1, [a_gate(np.ones(D))], old)
    fused = delta_of(1, [a_gate(np.ones(D))], OldNeurons(**{**old.__dict__, "fused": True}))
    a, b = fused.factors["blk.1.ffn_up.weight"]
    both = [apart.factors[f"blk.1.ffn_{role}.weight"] for role in ("gate", "up")]
    np.testing.assert_array_equal(b @ a, np.concatenate([b2 @ a2 for a2, b2 in both]))


def test_strength_zero_is_no_edit():
    _, _, _, read = neurons()
    assert delta_of(1, [a_gate()], read(1, np.array([0, 1])), strength=0).factors == {}


def test_idle_neurons_are_the_least_used():
    assert set(idle_neurons(np.array([5.0, 1, 4, 0.5, 9]), 2)) == {1, 3}
