"""Which repairs a prompt calls: their gates, each solved alone, read on the inputs of the untouched base.

A repair whose gate hardly opens where the reply begins writes next to nothing to its first token, so it need not be
attached for that prompt at all, and the patient is then the untouched one, bit for bit. Not covered: a reply that reaches
a fact from a prompt that does not ask for it; no gate at a reply's beginning does that, attached or not.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from edge_repair.stamp.gate import Gate
from edge_repair.stamp.imprint import Imprint
from edge_repair.stamp.solve import means_the_same, opening_gates
from edge_repair.stamp.statistics import Statistics

# How far a gate must open for its repair to be called. Of one repair next to nothing; of many the least of these at which
# others' probes, which no gate was solved against, call a repair that is not theirs in at most so many cases. That share
# is what strangers' questions come to (docs/log.md): 0.03 of others' probes and 0.03 of strangers at 0.5, with 47 repairs.
BARS, MOST_CALLED = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6), 0.03
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
        probes: layer to the inputs of its own forget set, ``[p, d]``.
        center: the mean of ordinary prompts at its layer, ``[d]``.
    """

    layer: int
    gate: Gate
    inside: bool
    probes: Mapping[int, np.ndarray]
    center: np.ndarray

    def calls(self, inputs: np.ndarray, bar: float = BARS[0]) -> np.ndarray:
        """For which of these inputs ``[n, d]`` the repair is to be attached, boolean ``[n]``."""
        called = self.gate.opening(inputs) > bar
        if self.inside:
            called |= inputs @ self.gate.detector > self.gate.low - EARLIER * (self.gate.high - self.gate.low)
        return called


def route_of(imprint: Imprint, statistics: Statistics) -> Route:
    """The route of one repair; other repairs do not change it."""
    (gate,) = opening_gates({"": imprint}, statistics).values()
    center = statistics.layers[imprint.layer].openings.mean(0)
    return Route(imprint.layer, gate, imprint.site is not None, imprint.opening.inputs, center)


def openings_for(route: Route, other: Route) -> np.ndarray:
    """How far a repair's gate opens for another's probes, ``[p]``; 0 for those that mean what its own mean."""
    probes = other.probes[route.layer]
    same = means_the_same(probes, route.probes[route.layer], route.center)
    return np.where(same, 0.0, route.gate.opening(probes))


def bar_of(met: Mapping[tuple[str, str], np.ndarray], names: list[str]) -> float:
    """The bar for these repairs; ``met`` holds ``openings_for`` of each pair (whose gate, whose probes)."""
    most = [np.max([met[name, other] for name in names if name != other], axis=0) for other in names if len(names) > 1]
    if not most:
        return BARS[0]
    openings = np.concatenate(most)
    return next((bar for bar in BARS if (openings > bar).mean() <= MOST_CALLED), BARS[-1])
