"""Listeners: read-outs that tell, inside an answer, that it is about to say what was to be forgotten.

Where a reply begins, late layers hold how it begins more than what it will say, and of one fact among many of a subject a
gate there is sometimes wrong. Where the value is about to be said they hold just that, whatever the question was: over
the answers of SmolLM2-135M to questions that no edit saw, the two sorts of places lie far apart (docs/log.md). A gate
cannot use it, since by then the sentence stands; who lets the untouched model answer first, and looks, can.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edge_repair.stamp.detector import Background, discriminant
from edge_repair.stamp.statistics import LayerStatistics

LEAST_PLACES, LEAST_OTHERS = 3, 24  # rows from which a listener stands
LEAST_CLEAR = 6  # places from which it can be a clear one
FOLDS = 4
TEXT_WEIGHT = 1.0
# Scores are 1 on average where the value is about to be said, and at most about 0 elsewhere. From the second on an answer
# says it, whatever was asked; below the first it does not, even if a gate opened by half or more for the question. Others'
# answers about the same aspect reach 0.5 where the gate opens a little (docs/log.md).
HINTS, SAYS = 0.4, 0.6
LOUD = 0.99  # quantile of the other places' scores that a layer is judged by
LEAST_FOUND, MOST_FALSE = 0.7, 0.02  # shares of places left out of the solve, of either sort, above SAYS; otherwise nothing can be told apart


@dataclass(frozen=True)
class Listener:
    """Reads the normed MLP inputs along an answer.

    Attributes:
        layer: where it reads.
        detector: u, float64 ``[d]``; about 1 where the value is about to be said, below 0 elsewhere.
        hints, says: from which score an answer may say it, and surely does.
        clear: none of the places that were left out of the solve scored below ``hints``: what does not hint at it does not
            say it, however surely a gate opened.
    """

    layer: int
    detector: np.ndarray
    hints: float = HINTS
    says: float = SAYS
    clear: bool = False

    def arrays(self) -> dict[str, np.ndarray]:
        """What a file keeps of it."""
        return {"listener": self.detector, "listens": np.array([self.layer, self.hints, self.says, self.clear], np.float64)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "Listener | None":
        """Read what ``arrays`` gave; None where there is none. Raises ValueError where the numbers do not fit together."""
        if "listener" not in arrays:
            return None
        detector = arrays["listener"].astype(np.float64)
        layer, hints, says, clear = (float(number) for number in arrays["listens"])
        if detector.ndim != 1 or not np.isfinite([*detector, layer, hints, says]).all() or layer != int(layer) or layer < 0 or not hints < says:
            raise ValueError("a listener whose numbers do not fit together")
        return cls(int(layer), detector, hints, says, bool(clear))

    def score(self, inputs: np.ndarray) -> float:
        """The highest score of the places of one answer, ``[n, d]``; n at least 1."""
        return float((inputs @ self.detector).max())


def listener_of(
    saying: Mapping[int, np.ndarray], groups: Sequence[Mapping[int, np.ndarray]], layers: Mapping[int, LayerStatistics]
) -> Listener | None:
    """Solve a listener, at the layer where places left out of the solve are told apart best.

    Args:
        saying: layer to the inputs where the value is about to be said, float32 ``[s, d]``.
        groups: the same of other places, of several sorts, ``[k, d]`` each; the first sort, of answers about the same
            subject, must be there.
        layers: statistics.

    Returns:
        The listener; None where nothing can be told apart at any layer, or too few places are known.
    """
    shared = sorted(set(layers).intersection(saying, *groups))
    found = [_at(layer, saying[layer], [group[layer] for group in groups], layers[layer]) for layer in shared]
    good = [(apart, listener) for apart, listener in found if listener is not None]
    return max(good, key=lambda pair: pair[0])[1] if good else None


def _at(layer: int, places: np.ndarray, groups: Sequence[np.ndarray], known: LayerStatistics) -> tuple[float, Listener | None]:
    """How far apart the two sorts of places are at a layer, and the listener there, if they can be told apart."""
    if len(places) < LEAST_PLACES or len(groups[0]) < LEAST_OTHERS:
        return 0.0, None
    others = np.concatenate(groups)
    text = Background(known.second, known.mean, TEXT_WEIGHT)
    folds = min(FOLDS, len(places))
    mine, *parts = (np.arange(len(rows)) * folds // max(len(rows), 1) for rows in (places, *groups))
    theirs = np.concatenate(parts)  # rows stand in the order of their answers, so a fold is whole answers but for its ends
    inside, outside = [], []
    for number in range(folds):
        u = discriminant(places[mine != number], others[theirs != number], text)
        inside.append(places[mine == number] @ u)
        outside.append(others[theirs == number] @ u)
    said, unsaid = np.concatenate(inside), np.concatenate(outside)
    apart = float(np.median(said) - np.quantile(unsaid, LOUD))
    if (said > SAYS).mean() < LEAST_FOUND or (unsaid > SAYS).mean() > MOST_FALSE:
        return apart, None
    return apart, Listener(layer, discriminant(places, others, text), clear=len(said) >= LEAST_CLEAR and bool((said > HINTS).all()))
