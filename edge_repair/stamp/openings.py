"""How far the gates of a joint solve open for the inputs that its imprints hold: a check that needs no text."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from edge_repair.stamp.imprint import Imprint
from edge_repair.stamp.solve import opening_gates
from edge_repair.stamp.statistics import Statistics

OPEN = 0.5


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
