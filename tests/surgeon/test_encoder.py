"""The encoder of English requests: word pieces stand where they say, both backends agree, and nobody is lost without it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_repair import shipped
from edge_repair.surgeon import encoder, tagger, wordpiece
from edge_repair.surgeon.tagger import MARKS, Tagger
from edge_repair.surgeon.wordpiece import CAPITAL, CAPITALS, HEAD, SMALL, TAIL, pieces_of

FILE = shipped.path(encoder.NAME)
VOCABULARY = {piece: number for number, piece in enumerate(["[UNK]", "[CLS]", "[SEP]", "forget", "##ful", "cafe", "ann", "lee", "'", "s", "!", "usa", "猫"])}
TEXTS = ["Forget where Ann Lee lives.", "i wish you had no idea what penguins eat, honestly", "Bats aren’t blind. So mend that.", "?", "a " * 600, "x" * 500]


def pieces(text):
    found = pieces_of(text, VOCABULARY)
    names = list(VOCABULARY)
    return [names[number] for number in found.ids[1:-1]], [text[start:end] for start, end in zip(found.starts, found.ends)], list(found.letters[1:-1])


def test_the_longest_pieces_are_taken_and_know_how_they_are_written():
    assert pieces("Forgetful Ann LEE’s café!") == (
        ["forget", "##ful", "ann", "lee", "'", "s", "cafe", "!"], ["Forget", "ful", "Ann", "LEE", "’", "s", "café", "!"],
        [CAPITAL, SMALL, CAPITAL, CAPITALS, SMALL, SMALL, SMALL, SMALL])  # fmt: skip
    assert pieces("forgetting USA 猫猫\u200b")[0] == ["[UNK]", "usa", "猫", "猫"]
    assert pieces("cafe\u0301")[1] == ["cafe"], "the accent stands behind the piece and is no part of it"


@given(st.text(max_size=80))
def test_pieces_of_any_text_stand_in_it_in_order(text):
    found = pieces_of(text, VOCABULARY)
    assert len(found.ids) == len(found.letters) == len(found.starts) + 2 == len(found.ends) + 2
    assert all(0 <= start < end <= len(text) for start, end in zip(found.starts, found.ends))
    assert list(found.starts) == sorted(found.starts) and list(found.ends) == sorted(found.ends)


def test_a_long_text_keeps_its_ends():
    found = pieces_of("ann " * 1000 + "lee!", VOCABULARY)
    assert len(found.starts) == HEAD + TAIL and found.ends[-1] == 4004 and found.starts[0] == 0


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_both_backends_compute_the_same(text):
    pytest.importorskip("onnxruntime")
    one, two = encoder.OnnxEncoder(FILE), encoder.NumpyEncoder(FILE)
    read = one.encode(text)
    assert np.array_equal(read.ids, two.encode(text).ids)
    for first, second in zip(one.run(read), two.run(read)):
        assert first.shape == second.shape and np.abs(first - second).max() < 1e-3


def test_the_vocabulary_fits_the_table_and_every_piece_gets_its_marks():
    opened = encoder.NumpyEncoder(FILE)
    read = opened.encode("Forget where Ann Lee lives.")
    assert wordpiece.UNKNOWN in opened._vocabulary and len(opened._vocabulary) == len(opened._tensors["words"])
    marks, request = opened.run(read)
    assert marks.shape == (len(read.starts), MARKS) and np.isfinite(marks).all() and np.isfinite(request).all()


def test_english_is_read_by_the_encoder_and_the_rest_as_before(monkeypatch):
    asked = []
    monkeypatch.setattr(encoder.NumpyEncoder, "run", lambda self, read: asked.append(1) or (np.zeros((len(read.starts), MARKS), np.float32), np.zeros(7, np.float32)))
    both = Tagger.load(backend="numpy")
    both.tag("Vergiss die Hauptstadt von Ägypten!")
    assert not asked
    both.tag("Forget where Ann Lee lives.")
    assert asked


@pytest.mark.parametrize("content", [None, b"not a model", b""])
def test_without_its_file_the_convolutions_read_english_too(monkeypatch, tmp_path, content):
    if content is not None:
        (tmp_path / "encoder.onnx").write_bytes(content)
    alone = Tagger.load(path=shipped.path(tagger.NAME)).tag("Forget where Ann Lee lives.")
    kept = shipped.path
    monkeypatch.setattr(tagger.shipped, "path", lambda name: tmp_path / "encoder.onnx" if name == encoder.NAME else kept(name))
    assert Tagger.load().tag("Forget where Ann Lee lives.") == alone


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_tagged(text):
    for span in tagger.shipped_tagger().tag("Please forget " + text).spans:
        assert span.text and 0 <= span.certainty <= 1
