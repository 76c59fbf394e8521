"""Which repairs a prompt calls: their gates, each solved alone, read on the inputs of the untouched base.

A repair whose gate stays shut where the reply begins writes nothing to its first token, so it need not be attached for
that prompt at all, and the patient is then the untouched one, bit for bit. Not covered: a reply that reaches a fact from
a prompt that does not ask for it; no gate at a reply's beginning does that, attached or not.
"""

from dataclasses import dataclass

import numpy as np

from edge_repair.stamp.gate import Gate
from edge_repair.stamp.imprint import Imprint
from edge_repair.stamp.solve import opening_gates
from edge_repair.stamp.statistics import Statistics

SHUT = 0.02  # an opening up to which a gate writes nothing that could turn a token
# A gate inside answers says the right value whatever the question's wording, so the patient must carry it for wordings
# that the gate at the beginning hardly knows: from 15 % of the room that ``detector.thresholds`` finds (it opens at 45 %).
EARLIER = (0.45 - 0.15) / (0.7 - 0.45)  # in steps of that gate


@dataclass(frozen=True)
class Route:
    """When to attach a repair.

    Attributes:
        layer: whose normed MLP inputs it reads, where a reply begins.
        gate: the repair's opening, solved without any other repair.
        inside: it also has a gate inside answers.
    """

    layer: int
    gate: Gate
    inside: bool

    def calls(self, inputs: np.ndarray) -> np.ndarray:
        """For which of these inputs ``[n, d]`` the repair is to be attached, boolean ``[n]``."""
        called = self.gate.opening(inputs) > SHUT
        if self.inside:
            called |= inputs @ self.gate.detector > self.gate.low - EARLIER * (self.gate.high - self.gate.low)
        return called


def route_of(imprint: Imprint, statistics: Statistics) -> Route:
    """The route of one repair; other repairs do not change it."""
    (gate,) = opening_gates({"": imprint}, statistics).values()
    return Route(imprint.layer, gate, imprint.site is not None)
