"""Detectors: linear read-outs of a layer's normed MLP input that tell what is being asked, in closed form.

A detector is a ridge discriminant,

    u = argmin  mean_forget (u.x - 1)^2 + w_n mean_other (u.x - t)^2 + w_text mean_text (u.x - t)^2 + ridge |u|^2

solved from second moments: one d x d system. Negatives are asked to lie below zero (t < 0), not at zero, so that
what resembles the forget set a little stays on the safe side. What then still scores too high is weighted up and the
system solved again, a few times (the squared hinge in place of the square, by iterated reweighting).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

NEGATIVE_TARGET = -0.5
MANY, ROUNDS, FEW_ROUNDS = 12, 8, 4  # positives from which a detector stands more rounds; fewer are drowned by them
OPENS, OPEN = 0.45, 0.7  # where a gate begins to open and is open, in the room between negatives and forget set
LEAST_ROOM = 0.2
ODD = 0.1  # share of the forget set that may score lower


@dataclass(frozen=True)
class Background:
    """Rows known by their moments only: second moment ``[d, d]``, mean ``[d]``, weight, and the score they are sent to (None: that of the negatives)."""

    second: np.ndarray
    mean: np.ndarray
    weight: float = 1.0
    target: float | None = None


@dataclass(frozen=True)
class Crowd:
    """Negatives that many detectors share: their second moment is summed once, and each detector leaves a few of them out.

    Attributes:
        rows: float32 ``[m, d]``.
        weights: relative importance, ``[m]``.
        sum, moment: the sums of weight times x, and of weight times x x', float64 ``[d]`` and ``[d, d]``.
    """

    rows: np.ndarray
    weights: np.ndarray
    sum: np.ndarray
    moment: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray, weights: np.ndarray) -> "Crowd":
        """These rows ``[m, d]`` with these weights ``[m]``."""
        return cls(rows.astype(np.float32), weights.astype(np.float64), *_moments(rows, weights))

    def without(self, dropped: np.ndarray) -> "Crowd":
        """All but the rows that are marked, boolean ``[m]``."""
        total, moment = _moments(self.rows[dropped], self.weights[dropped])
        return Crowd(self.rows[~dropped], self.weights[~dropped], self.sum - total, self.moment - moment)

    def weighing(self, total: float) -> "Crowd":
        """The same rows, their weights scaled so that they sum to ``total``."""
        scale = total / max(self.weights.sum(), 1e-12)
        return Crowd(self.rows, self.weights * scale, self.sum * scale, self.moment * scale)

    def scores(self, u: np.ndarray) -> np.ndarray:
        """What a read-out gives for each row, ``[m]``."""
        return (self.rows @ u.astype(np.float32)).astype(np.float64)


def _moments(rows: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x = rows.astype(np.float64)
    return weights @ x, (x * weights[:, None]).T @ x


def discriminant(
    positives: np.ndarray,
    negatives: np.ndarray,
    background: Background,
    *,
    crowd: Crowd | None = None,
    negative_weights: np.ndarray | None = None,
    target: float = NEGATIVE_TARGET,
    ridge: float = 0.05,
    rounds: int | None = None,
    besides: Sequence[Background] = (),
) -> np.ndarray:
    """Solve for one detector.

    Args:
        positives: ``[n, d]`` rows that must score 1.
        negatives: ``[m, d]`` rows that must score ``target`` or less; m may be 0.
        background: moments of text, scored towards ``target`` too.
        crowd: more negatives, which other detectors have as well; their weights are on the same scale.
        negative_weights: ``[m]``, relative importance of the negatives; default all equal.
        target: t, where negatives are sent.
        ridge: as a share of the background's mean diagonal.
        rounds: how often negatives above 0 are weighted up and the system is solved again; None: by the number of
            positives, ``ROUNDS`` or ``FEW_ROUNDS``.
        besides: more rows known by their moments, each with a target of its own.

    Returns:
        u, float64 ``[d]``, scaled so that the mean over the positives is 1.
    """
    x = positives.astype(np.float64)
    width = x.shape[1]
    rounds = rounds if rounds is not None else ROUNDS if len(x) >= MANY else FEW_ROUNDS
    matrix = x.T @ x / len(x) + background.weight * background.second
    matrix += ridge * np.trace(background.second) / width * np.eye(width)
    right = x.mean(0)
    for part in (background, *besides):
        right = right + (target if part.target is None else part.target) * part.weight * part.mean
    for part in besides:
        matrix += part.weight * part.second
    weights = np.ones(len(negatives)) if negative_weights is None else negative_weights
    groups = [Crowd.of(negatives, weights), *([crowd] if crowd is not None else [])]
    total = max(sum(group.weights.sum() for group in groups), 1e-12)
    groups = [group.weighing(group.weights.sum() / total) for group in groups if len(group.rows)]
    for group in groups:
        matrix, right = matrix + group.moment, right + target * group.sum
    weights = [group.weights for group in groups]
    for round_number in range(rounds + 1):
        u = np.linalg.solve(matrix, right)
        u /= (x @ u).mean()
        if round_number == rounds or not groups:
            break
        for index, (group, before) in enumerate(zip(groups, weights)):
            # Twice the weight for each quarter above -0.25; the total grows, so the near ones gain on the text as well.
            # Only what changes is summed again: of a crowd of thousands few rows come near.
            factors = np.exp2(np.clip((group.scores(u) + 0.25) * 4, 0, 2))
            nearer = factors > 1
            weights[index] = before * factors
            pull, moment = _moments(group.rows[nearer], (weights[index] - before)[nearer])
            matrix, right = matrix + moment, right + target * pull
    return u


def position_detector(inside: np.ndarray, background: Background, others: np.ndarray, ridge: float = 0.01) -> np.ndarray:
    """A read-out of the token position: 1 where a reply stands at this point, 0 in text and at the other points.

    Args:
        inside: ``[n, d]`` rows at the position.
        background: moments of text.
        others: ``[m, d]`` rows at other points of replies, sent to 0; m may be 0.

    Returns:
        c, float64 ``[d]``, scaled so that the mean over ``inside`` is 1.
    """
    x, o = inside.astype(np.float64), others.astype(np.float64)
    width = x.shape[1]
    matrix = x.T @ x / len(x) + background.weight * background.second
    if len(o):
        matrix += o.T @ o / len(o)
    matrix += ridge * np.trace(background.second) / width * np.eye(width)
    c = np.linalg.solve(matrix, x.mean(0))
    return c / (x @ c).mean()


def thresholds(
    positives: np.ndarray, held_out: np.ndarray, negatives: np.ndarray, odd_negatives: float = 0.0, step: tuple[float, float] = (OPENS, OPEN)
) -> tuple[float, float, float]:
    """Where a gate begins to open and where it is fully open, between what must pass and what must not.

    Args:
        positives: scores of the probes; held_out: scores of held-out paraphrases (may be empty).
        negatives: scores of everything that must not pass (may be empty).
        odd_negatives: share of them that may score higher than the floor.
        step: where the gate begins to open and is open, as shares of the room between the floor and the forget set.

    Returns:
        ``(low, high, margin)``: the gate opens from low to high; margin is the lowest forgotten score (but for the
        ``ODD`` lowest) less the highest other one; negative: they overlap.
    """
    wanted = np.concatenate([positives, held_out])
    floor = float(np.quantile(negatives, 1 - odd_negatives)) if len(negatives) else NEGATIVE_TARGET
    lowest = float(np.quantile(wanted, ODD))  # a wording that the model itself misreads must not drag the gate down
    margin = lowest - floor
    # Unseen phrasings score lower than held-out ones, and unseen others higher than the negatives that were solved
    # against, so the step lies in the middle of the room between them.
    room = max(margin, LEAST_ROOM)
    low, high = floor + step[0] * room, floor + step[1] * room
    return low, high, margin
