"""Gates: idle neurons of one gated MLP made into a step that writes a chosen residual where a detector fires.

A SwiGLU neuron computes silu(g.x) (v.x) times its down column. With a detector u, a position read-out c (1 at the
position meant, 0 in text) and a step from ``low`` to ``high``, two neurons

    g1 = a (u - low c),   g2 = a (u - high c),   v = c,   columns  +-column / (a (high - low))

give  [silu(a (s - low)) - silu(a (s - high))] / (a (high - low)) * (c.x) * column,   s = u.x,
which is 0 for s well below ``low``, ``column`` for s well above ``high``, and bounded everywhere: a score that is too
high writes no more than it should, and text, where c.x is about 0, is left alone. GELU neurons do the same.

The change of three weight matrices is a LoRA of rank two a gate: new row less old row, one unit vector beside it.
"""

from dataclasses import dataclass

import numpy as np

from edge_repair.stamp.delta import Delta

NEURONS = 2  # for each gate
SHARPNESS = 12.0  # silu's argument from one end of the step to the other


@dataclass(frozen=True)
class Gate:
    """One gate of one layer.

    Attributes:
        detector: u, float64 ``[d]``.
        position: c, float64 ``[d]``.
        low, high: the step, in units of the detector's score.
        column: the residual that an open gate adds to the layer's output, float64 ``[d]``.
        reader: v, in place of c where the gate multiplies, float64 ``[d]``; None: c. A read-out of whom a question is about
            makes a gate for one fact of them an "and" of two detectors.
    """

    detector: np.ndarray
    position: np.ndarray
    low: float
    high: float
    column: np.ndarray
    reader: np.ndarray | None = None

    def neurons(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return ``(gate rows [2, d], up rows [2, d], down columns [d, 2])``."""
        sharpness = SHARPNESS / (self.high - self.low)
        rows = np.stack([sharpness * (self.detector - level * self.position) for level in (self.low, self.high)])
        column = self.column / SHARPNESS
        up = self.position if self.reader is None else self.reader
        return rows, np.stack([up, up]), np.stack([column, -column], axis=1)

    def opening(self, inputs: np.ndarray) -> np.ndarray:
        """How far the gate opens for normed inputs ``[n, d]``: about 0 to 1 (the formula above, for SiLU)."""
        rows, ups, _ = self.neurons()
        activation = inputs @ rows.T
        activation = activation / (1 + np.exp(-np.clip(activation, -60, 60))) * (inputs @ ups.T)
        return (activation[:, 0] - activation[:, 1]) / SHARPNESS


@dataclass(frozen=True)
class OldNeurons:
    """The neurons that gates of one layer replace, as the base has them.

    Attributes:
        numbers: neuron numbers, ``[m]``.
        gate, up: old rows, float32 ``[m, d]``; down: old columns, float32 ``[d, m]``.
        width: number of neurons in the layer.
        fused: gate and up live in one tensor ``ffn_up`` (first half gate), as in phi3.
    """

    numbers: np.ndarray
    gate: np.ndarray
    up: np.ndarray
    down: np.ndarray
    width: int
    fused: bool = False


def idle_neurons(use: np.ndarray, count: int) -> np.ndarray:
    """The least used neurons of a layer: numbers, ascending in use. ``use``: mean |key| times column norm, ``[f]``."""
    return np.argsort(use, kind="stable")[:count]


def delta_of(layer: int, gates: list[Gate], old: OldNeurons, strength: float = 1.0) -> Delta:
    """The LoRA that turns the old neurons into these gates.

    Args:
        layer: block number.
        gates: at least one; gate i takes neurons ``old.numbers[2 i : 2 i + 2]``.
        old: the neurons given up.
        strength: multiplies all columns; 0 gives a Delta without factors, so that strength 0 is the base itself.
    """
    if strength == 0:
        return Delta({})
    parts = [gate.neurons() for gate in gates]
    gate_rows, up_rows = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    columns = np.concatenate([part[2] for part in parts], axis=1) * strength
    count = len(gate_rows)
    units = np.zeros((old.width, count), np.float32)
    units[old.numbers[:count], np.arange(count)] = 1
    gate_change = (gate_rows - old.gate[:count]).astype(np.float32)
    up_change = (up_rows - old.up[:count]).astype(np.float32)
    factors = {f"blk.{layer}.ffn_down.weight": (np.ascontiguousarray(units.T), (columns - old.down[:, :count]).astype(np.float32))}
    if old.fused:
        zeros = np.zeros_like(units)
        both = np.concatenate([np.concatenate([units, zeros], axis=1), np.concatenate([zeros, units], axis=1)])
        factors[f"blk.{layer}.ffn_up.weight"] = (np.concatenate([gate_change, up_change]), both)
    else:
        factors[f"blk.{layer}.ffn_gate.weight"] = (gate_change, units)
        factors[f"blk.{layer}.ffn_up.weight"] = (up_change, units)
    return Delta(factors)
