"""Layers are compared by wordings that no detector was solved from."""

from dataclasses import replace

import numpy as np

from edge_repair.stamp import opening_scores, separation
from edge_repair.stamp.imprint import storable
from synthetic_imprints import LAYERS, imprint, statistics

KNOWN, START = statistics()
WIDTH = START.shape[-1]


def with_rows(rows, held_out, near):
    """An imprint whose forget set is ``rows(layer, count)`` at each layer."""
    made = imprint(1, START)
    tables = lambda count: {layer: storable(rows(layer, count)) for layer in LAYERS}  # noqa: E731
    opening = replace(made.steps[0], inputs=tables(14))
    return replace(made, steps=(opening, *made.steps[1:]), held_out=tables(held_out), near={layer: storable(near) for layer in LAYERS})


def test_a_layer_where_each_wording_is_alone_is_worse_than_one_where_they_share_something():
    """With more dimensions than rows, both give their own rows about 1."""
    random = np.random.default_rng(3)
    shared, one, other = random.standard_normal(WIDTH), *LAYERS[:2]

    def rows(layer, count):
        alone = random.standard_normal((count, WIDTH))
        return START + (2 * alone if layer == one else 1.4 * shared + 1.4 * alone)

    tried = with_rows(rows, 0, START + 0.3 * random.standard_normal((30, WIDTH)))
    plain = {layer: opening_scores(tried, layer, KNOWN.layers[layer])[0] for layer in (one, other)}
    left_out = {layer: 2 * separation(tried, layer, KNOWN.layers[layer]) - plain[layer] for layer in (one, other)}
    assert left_out[one] < 0.5 * plain[one]  # what it says of its own rows does not hold for others
    assert left_out[other] - left_out[one] > 2 * abs(plain[other] - plain[one])


def test_a_few_wordings_cannot_be_spared():
    few = imprint(2, START)
    few = replace(few, steps=(replace(few.steps[0], inputs={layer: few.steps[0].inputs[layer][:3] for layer in LAYERS}), *few.steps[1:]))
    assert separation(few, 3, KNOWN.layers[3]) == opening_scores(few, 3, KNOWN.layers[3])[0]
