"""Many conversations in one batch: what they share is computed once, and everyone gets what they would get alone."""

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_repair.patient import Sequence
from edge_repair.patient.batching import _Tree, common_prefix
from edge_repair.patient.binding import default_threads

PROMPTS = [f"{question} {name}?" for question in ("Where does", "What is the capital of", "What is") for name in ("Mira Solberg", "Japan", "Theo")]
TOKENS = st.lists(st.integers(0, 2), min_size=2, max_size=6).map(tuple)


@given(st.lists(TOKENS, min_size=1, max_size=12), st.booleans(), st.data())
def test_a_tree_holds_every_sequence_and_each_token_once(pool, in_order, data):
    pool = [(7, *tokens) for tokens in (sorted(pool) if in_order else pool)]
    prefix = min(common_prefix(pool), min(map(len, pool)) - 1)
    tree, wanted = _Tree(prefix), []
    for index, tokens in enumerate(pool):
        wanted.append(sorted(data.draw(st.sets(st.integers(prefix, len(tokens) - 1), min_size=1))))
        before, cost = len(tree.rows), tree.cost(Sequence(tokens, tuple(wanted[-1])))
        tree.add(index, Sequence(tokens, tuple(wanted[-1])))
        assert len(tree.rows) - before == cost
    for number, (index, places) in enumerate(tree.places, start=1):
        own = [row for row in tree.rows if number in row[2]]
        assert [(row[1], row[0]) for row in own] == list(enumerate(pool[index]))[prefix:]  # its tokens, at their positions, in order
        assert [tree.rows[place][1] for place in places] == wanted[index]
    assert {i for i, row in enumerate(tree.rows) if row[3]} == {place for _, places in tree.places for place in places}
    if in_order:
        beginnings = {tokens[:end] for tokens in pool for end in range(prefix + 1, len(tokens) + 1)}
        assert len(tree.rows) == len(beginnings)


@pytest.mark.parametrize("sharing", (True, False), ids=("shared beginnings", "nothing shared"))
def test_captured_together_or_alone_is_the_same(patient, sharing):
    # Sums are rounded in another order in another batch: hundredths at most, where a wrong row is off by whole units.
    heads = [patient.tokens(prompt) for prompt in PROMPTS * 12][::-1]  # several batches, out of order, some twice
    if not sharing:
        heads = [head[i % 3 :] for i, head in enumerate(heads)]
    sequences = [Sequence(head, (len(head) // 2, len(head) - 1)) for head in heads]
    together = patient.capture(sequences, ("inputs", "residuals"), [1, 3], want_logits=True)
    for i in range(0, len(sequences), 5):
        alone = patient.capture([sequences[i]], ("inputs", "residuals"), [1, 3], want_logits=True)
        rows = slice(2 * i, 2 * i + 2)
        np.testing.assert_allclose(together.logits[rows], alone.logits, atol=0.02)
        for kind in ("inputs", "residuals"):
            for layer in (1, 3):
                np.testing.assert_allclose(getattr(together, kind)[layer][rows], getattr(alone, kind)[layer], atol=0.02)
    assert together.counts == (2,) * len(sequences)


def test_answers_together_or_alone_are_the_same(patient):
    prompts = PROMPTS * 5  # more than are under way at once, so that finished ones make room
    seen = []
    together = patient.answers(prompts, max_tokens=24, progress=lambda done, of: seen.append((done, of)))
    assert together == [patient.answers([prompt], max_tokens=24)[0] for prompt in PROMPTS] * 5
    assert [done for done, _ in seen] == sorted({done for done, _ in seen}) and seen[-1] == (len(prompts), len(prompts))


@pytest.mark.parametrize(("cores", "single", "many"), [(1, 1, 1), (2, 1, 2), (3, 2, 2), (4, 3, 3)])
def test_a_core_is_left_to_the_person_but_two_are_used_for_many(monkeypatch, cores, single, many):
    monkeypatch.delenv("EDGE_REPAIR_THREADS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    assert (default_threads(), default_threads(many=True)) == (single, many)
    monkeypatch.setenv("EDGE_REPAIR_THREADS", "5")
    assert default_threads() == default_threads(many=True) == 5
