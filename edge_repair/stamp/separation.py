"""How well what is asked can be told apart at a layer, judged by wordings that the detector was not solved from.

A detector with more dimensions than rows gives each of its own rows about 1 at every layer, so its margin over them says
little about the next wording. Here a few detectors are solved, each without a part of the forget set, and the rows that
were left out are scored (cross-validation). It decides between layers; the edit's own detector is solved from all rows.
"""

import numpy as np

from edge_repair.stamp.detector import MANY, ODD, Background, Crowd, discriminant
from edge_repair.stamp.imprint import Imprint
from edge_repair.stamp.solve import TEXT_WEIGHT, opening_scores, own_rows
from edge_repair.stamp.statistics import LayerStatistics

FOLDS = 4


def separation(imprint: Imprint, layer: int, known: LayerStatistics) -> float:
    """The lowest score (but for the ``ODD`` lowest) of what was left out or held out, less the highest of what must not pass.

    The mean of that and of the plain margin of ``opening_scores``: a dozen rows left out are noisy, and layers differ by
    little. With fewer than ``MANY`` rows of the forget set, of which none can be spared, and for dangerous topics, whose
    detectors are mostly made of moments, it is the plain margin alone.

    Args:
        imprint: of the repair; its forget set's rows ``[n, d]`` and its negatives are scored.
        layer: one that the imprint and ``known`` hold.
        known: statistics of that layer.
    """
    rows, negatives, weights = own_rows(imprint, layer, known)
    plain, _ = opening_scores(imprint, layer, known)
    if imprint.danger or len(rows) < MANY:
        return plain
    text = Background(known.second, known.mean, TEXT_WEIGHT)
    fold, crowd = np.arange(len(rows)) % FOLDS, Crowd.of(negatives, weights)
    nothing = np.zeros((0, rows.shape[1]), rows.dtype)
    scores, floors = [], []
    for number in range(FOLDS):
        u = discriminant(rows[fold != number], nothing, text, crowd=crowd)
        scores += [rows[fold == number] @ u, imprint.held_out[layer] @ u]
        floors.append(crowd.scores(u).max() if len(negatives) else 0.0)
    left_out = float(np.quantile(np.concatenate(scores), ODD) - np.mean(floors))
    return (plain + left_out) / 2
