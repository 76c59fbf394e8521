"""How far the gates of a joint solve open for the inputs that its imprints hold: a check that needs no text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edge_repair.stamp.gate import Gate
from edge_repair.stamp.imprint import Imprint
from edge_repair.stamp.solve import gates_of, opening_gates
from edge_repair.stamp.statistics import Statistics

OPEN = 0.5
# How much of what a repair writes at an input must be left, and how much else may be written, in parts of it. Of eight
# repairs of the shipped patient that share their refusal's tokens at least 0.54 is left; of one that is undone, 0.1.
LEAST_LEFT, MOST_ELSE = 0.3, 2.0


@dataclass(frozen=True)
class Openings:
    """Shares (0 to 1) of stored inputs at which a repair's gate is open, by more than half, in the joint solve.

    Attributes:
        probes: of the probes that made it; should be 1.
        held_out: of the held-out paraphrases.
        near: of the neighbours; should be 0.
        counts: how many inputs of each sort the imprint holds.
    """

    probes: float
    held_out: float
    near: float
    counts: dict[str, int]


def openings(imprints: Mapping[str, Imprint], statistics: Statistics) -> dict[str, Openings]:
    """Repair id to what its gate does, when all these repairs are solved together."""
    told = {}
    for name, gate in opening_gates(imprints, statistics).items():
        imprint = imprints[name]
        sorts = {"probes": imprint.opening.inputs, "held_out": imprint.held_out, "near": imprint.near}
        rows = {sort: table[imprint.layer] for sort, table in sorts.items()}
        shares = {sort: float((gate.opening(x) > OPEN).mean()) if len(x) else 0.0 for sort, x in rows.items()}
        told[name] = Openings(**shares, counts={sort: int(np.shape(x)[0]) for sort, x in rows.items()})
    return told


def disturbed(before: Mapping[str, Imprint], after: Mapping[str, Imprint], statistics: Statistics) -> dict[str, float]:
    """For each repair of ``before``: at what share of its inputs it no longer writes what it wrote, with those of ``after``.

    Inputs are those of all its steps; what counts is what all gates of a layer write there, together.
    """
    old, new = gates_of(before, statistics), gates_of(after, statistics)
    shares = {}
    for name, imprint in before.items():
        layers = [layer for layer in new if all(layer in step.inputs for step in imprint.steps)]
        rows = {layer: np.concatenate([step.inputs[layer] for step in imprint.steps]) for layer in {*layers, imprint.layer}}
        was, now = ({layer: _written(gates.get(layer, []), x) for layer, x in rows.items()} for gates in (old, new))
        mine = was[imprint.layer]
        size = np.maximum(np.linalg.norm(mine, axis=1), 1e-9)
        left = (now[imprint.layer] * mine).sum(1) / size**2
        apart = sum(np.linalg.norm(now[layer] - was[layer], axis=1) for layer in rows) / size
        shares[name] = float(((left < LEAST_LEFT) | (apart > MOST_ELSE)).mean())
    return shares


def _written(gates: Sequence[Gate], inputs: np.ndarray) -> np.ndarray:
    """The residuals ``[n, d]`` that gates of one layer write at inputs ``[n, d]``."""
    return sum((np.outer(gate.opening(inputs), gate.column) for gate in gates), np.zeros(inputs.shape))
