"""Imprints and statistics made of random numbers with a little structure, for identities of the solve."""

from dataclasses import replace

import numpy as np

from edge_repair.stamp import Accumulator, Imprint, OldNeurons, Step
from edge_repair.stamp.imprint import storable

D, F, LAYERS = 32, 80, (3, 4)


def statistics(seed=0):
    random = np.random.default_rng(seed)
    accumulator = Accumulator(LAYERS)
    accumulator.add_text({n: random.standard_normal((400, D)).astype(np.float32) for n in LAYERS}, {n: random.standard_normal((400, F)).astype(np.float32) for n in LAYERS})
    start = random.standard_normal(D) * 3  # what all places where a reply begins have in common
    accumulator.add_openings({n: (start + random.standard_normal((40, D))).astype(np.float32) for n in LAYERS})
    return accumulator.statistics(), start


def with_site(one, seed):
    """The imprint with a place inside answers where something is written too."""
    random = np.random.default_rng(1000 + seed)
    place = random.standard_normal(D) * 3

    def rows(count, at):
        return {n: storable(at + 0.3 * random.standard_normal((count, D))) for n in LAYERS}

    column = {n: random.standard_normal(D).astype(np.float32) for n in LAYERS}
    site = Step("", False, rows(5, place), column, True, rows(3, place), rows(20, -place))
    return replace(one, steps=(*one.steps, site))


def places(seed, where=LAYERS, count=12, others=60):
    """Layer to places where a value is about to be said, and other places; they differ at the layers ``where`` alone. And the means of both."""
    place, elsewhere = np.random.default_rng(500 + seed).standard_normal((2, D)) * 6

    def rows(count, at, number):
        return storable(at + 0.3 * np.random.default_rng(number).standard_normal((count, D)))

    saying = {n: rows(count, place if n in where else elsewhere, seed + n) for n in LAYERS}
    return saying, {n: rows(others, elsewhere, 50 + seed + n) for n in LAYERS}, place, elsewhere


def imprint(seed, start, layer=3, shared="refusal/1"):
    random = np.random.default_rng(seed)
    subject = random.standard_normal(D) * 3

    def rows(count, at):
        return {n: storable(at + 0.3 * random.standard_normal((count, D))) for n in LAYERS}

    def column():
        return {n: random.standard_normal(D).astype(np.float32) for n in LAYERS}

    steps = (Step("", True, rows(6, start + subject), column()), Step(shared, False, rows(6, -2 * start), column()))
    return Imprint(layer, steps, rows(4, start + subject), rows(8, start - subject), rows(8, -start))


def neurons(seed=1):
    random = np.random.default_rng(seed)
    gate, up, down = (random.standard_normal(shape).astype(np.float32) for shape in ((F, D), (F, D), (D, F)))

    class Read:
        def __call__(self, layer, numbers):
            return OldNeurons(numbers, gate[numbers], up[numbers], down[:, numbers], F)

        def norms(self, layer):
            return np.linalg.norm(down, axis=0)

    return gate, up, down, Read()
