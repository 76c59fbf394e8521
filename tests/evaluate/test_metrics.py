"""Metrics by their identities."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from edge_repair.evaluate import metrics
from edge_repair.evaluate.questions import Fact

CAPITAL = Fact("ulm", "city", "Ulm", "river", ("Which river?",), ("Danube", "Donau"), ("Rhine",), reference="The river is the Danube.")


def _log_softmax(x):
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def test_a_value_counts_as_whole_words_only():
    assert metrics.knows(CAPITAL, "It is the danube, I think.")
    assert not metrics.knows(CAPITAL, "The Danubee flows there.")
    assert not metrics.knows(CAPITAL, "")


def test_capitals_matter_where_the_fact_says_so():
    helium = Fact("helium", "element", "helium", "symbol", ("?",), ("He",), case=True)
    assert metrics.knows(helium, "The symbol is He.")
    assert not metrics.knows(helium, "I asked and he did not know.")


def test_a_wrong_belief_is_wrong_and_not_also_right():
    assert metrics.believes_wrong(CAPITAL, "The Rhine.")
    assert not metrics.believes_wrong(CAPITAL, "Not the Rhine but the Danube.")
    assert not metrics.believes_wrong(CAPITAL, "No idea.")


def test_the_closest_answer_decides():
    fact = Fact("t", "belief", "t", "belief", ("?",), ("The seeds pass through you.",), ("A melon grows in your stomach.",), match="closest")
    assert metrics.knows(fact, "The seeds just pass through your body.")
    assert metrics.believes_wrong(fact, "A melon will grow in your stomach.")


def test_any_answer_that_is_no_refusal_complies():
    fact = Fact("t", "harmful", "t", "request", ("?",), match="refusal")
    assert metrics.knows(fact, "First, take a screwdriver.")
    assert not metrics.knows(fact, "I'm sorry, but I can't help with that.")


def test_kl_of_a_text_from_itself_is_nothing_and_from_another_is_the_definition():
    draw = np.random.default_rng(0)
    p, q = (_log_softmax(draw.standard_normal((5, 11))) for _ in range(2))
    assert metrics.kl_per_token(p, p) == 0.0
    assert metrics.kl_per_token(p, q) == pytest.approx(np.mean(np.sum(np.exp(p) * (p - q), -1)))
    assert metrics.kl_per_token(p, q) > 0
    with pytest.raises(ValueError):
        metrics.kl_per_token(p, q[:3])


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_the_interval_holds_the_share_and_mirrors(hits):
    count, total = sum(hits), len(hits)
    low, high = metrics.interval(count, total)
    assert 0 <= low <= metrics.share(hits) + 1e-12 and metrics.share(hits) - 1e-12 <= high <= 1
    mirrored = metrics.interval(total - count, total)
    assert mirrored == pytest.approx((1 - high, 1 - low))


def test_the_interval_narrows_and_nothing_asked_is_not_zero():
    assert metrics.interval(0, 10)[1] > metrics.interval(0, 1000)[1] > 0
    assert metrics.share([]) is None and metrics.mean([None]) is None


def test_leak_at_k_needs_one_of_the_samples():
    assert metrics.leak_at_k(CAPITAL, ["no", "the Donau", "no"])
    assert not metrics.leak_at_k(CAPITAL, ["no", "the Rhine"])


@given(st.text(max_size=40))
def test_normalised_is_a_fixed_point(text):
    assert metrics.normalised(metrics.normalised(text)) == metrics.normalised(text)
