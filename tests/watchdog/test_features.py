"""Features: offsets, folding, bounds; any string is accepted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_repair.watchdog.features import HEAD_TOKENS, NGRAM_BUCKETS, SLOTS, TAIL_TOKENS, TOKEN_BUCKETS, encode

any_text = st.text(st.characters(exclude_categories=()), max_size=200)


def tokens(text):
    found = encode(text)
    return [text[start:end] for start, end in zip(found.starts, found.ends, strict=True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't forget Zoë's 2 cats!!!", ["Don't", "forget", "Zoë's", "2", "cats", "!!!"]),
        ("请忘记我。", ["请", "忘", "记", "我", "。"]),
        ("मेरा पता भूल जाओ", ["मेरा", "पता", "भूल", "जाओ"]),
        ("a\n\n\nb", ["a", "\n\n\n", "b"]),
        ("f\u200bor\u00adget", ["f\u200bor\u00adget"]),
    ],
)
def test_tokens_of_a_text(text, expected):
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("forget ünïcödé", "forget unicode"),
        ("f\u200borget it", "forget it"),
        ("ｆｏｒｇｅｔ", "forget"),
        ("don't", "dont"),
        ("call 1234", "call 5678"),
        ("e\u0301tude", "étude"),
        ("forget  \t it", "forget it"),
    ],
)
def test_folding_makes_these_equal(one, other):
    first, second = encode(one), encode(other)
    assert np.array_equal(first.ngrams, second.ngrams)
    assert np.array_equal(first.slots[:, 0], second.slots[:, 0])


def test_capitals_differ_in_shape_only():
    first, second = encode("forget japan"), encode("FORGET Japan")
    assert np.array_equal(first.ngrams, second.ngrams)
    assert not np.array_equal(first.slots[:, 1], second.slots[:, 1])


@given(any_text)
def test_any_text_gives_rows_inside_the_tables(text):
    found = encode(text)
    assert found.slots.shape == found.weights.shape == (len(found.starts), SLOTS)
    assert len(found.starts) >= 1 and len(found.ngrams) >= 1
    assert 0 <= found.slots.min() and found.slots.max() < TOKEN_BUCKETS
    assert 0 <= found.ngrams.min() and found.ngrams.max() < NGRAM_BUCKETS
    assert (found.starts <= found.ends).all() and found.ends.max() <= len(text)
    assert (np.diff(found.starts) >= 0).all()
    assert np.isfinite(found.weights).all() and np.isfinite(found.values).all()


@given(st.text(alphabet="ab .", min_size=1, max_size=5))
def test_long_texts_are_bounded(piece):
    found = encode(piece * 5000)
    assert len(found.slots) <= HEAD_TOKENS + TAIL_TOKENS + 1


def test_ngrams_are_a_set_of_unit_length():
    found = encode("forget forget forget my name")
    assert len(np.unique(found.ngrams)) == len(found.ngrams)
    assert np.isclose((found.values.astype(float) ** 2).sum(), 1)


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("forget!", 1), ("forget Oslo", 2), ("forget forget", 1), ("忘记", 1), ("忘掉它", 2), ("忘记日本", 2), ("🙂 ...", 0)]
)
def test_words_are_counted(text, count):
    assert encode(text).words == count
