"""The tagger: its two backends agree, its tags are well formed, and where it is missing the rules read alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_repair import shipped
from edge_repair.surgeon import tagger as module
from edge_repair.surgeon.choosing import SURE, chosen
from edge_repair.surgeon.procedure import KINDS
from edge_repair.surgeon.reading import Reading
from edge_repair.surgeon.requests import RuleReader
from edge_repair.surgeon.tagger import TAGS, NumpyBackend, Span, Tagging, decode
from edge_repair.watchdog.features import encode

FILE = shipped.path(module.NAME)
TEXTS = [
    "Forget where Ann Lee lives.", "I wish you had no idea what penguins eat, honestly.", "Bats are not blind. So mend that.", "ñ 你好 forget it", "?", "Vergiss die Hauptstadt von Ägypten!",
    "the ferry leaves at 9:40, not at 9", "a " * 600,
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_both_backends_compute_the_same(text):
    onnx = pytest.importorskip("onnxruntime") and module.OnnxBackend(FILE)
    features = encode(text)
    for one, two in zip(onnx.run(features), NumpyBackend(FILE).run(features)):
        assert one.shape == two.shape and np.abs(one - two).max() < 1e-3


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120))
def test_any_text_is_tagged_and_spans_stand_in_it(text):
    tagging = module.shipped_tagger().tag(text)
    assert set(tagging.kinds) == set(KINDS) and abs(sum(tagging.kinds.values()) - 1) < 1e-3
    end = 0
    for span in tagging.spans:
        assert text[span.start : span.end] == span.text and span.text and span.start >= end and 0 <= span.certainty <= 1
        assert span.subject in text
        end = span.end


@given(st.integers(1, 12), st.integers(0, 2**31))
def test_decoding_finds_the_best_well_formed_sequence(length, seed):
    logits = np.random.default_rng(seed).normal(size=(length, len(TAGS))) * 3
    path = decode(logits)
    assert len(path) == length
    for before, after in zip([0, *path], path):
        assert after == 0 or after % 2 == 1 or before in (after - 1, after)
    greedy = logits.argmax(axis=1)
    well_formed = all(after == 0 or after % 2 == 1 or before in (after - 1, after) for before, after in zip([0, *greedy], greedy))
    assert not well_formed or list(greedy) == path


def test_it_finds_targets_that_no_rule_names():
    for text, subject, aspect in [
        ("I honestly want the blood type of Mara Embershaw to vanish into thin air, so make it so.", "Mara Embershaw", "blood type"),
        ("what penguins eat? that is not for you to know any more", "penguins", "what penguins eat"),
    ]:
        (reading,) = RuleReader(module.shipped_tagger()).read(text)
        assert (reading.subject, reading.aspect, reading.scope) == (subject, aspect, "fact")


def test_without_the_file_the_rules_read_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(module.shipped, "path", lambda name: tmp_path / name)
    module.shipped_tagger.cache_clear()
    assert module.shipped_tagger() is None
    (tmp_path / "surgeon").mkdir()
    (tmp_path / module.NAME).write_bytes(b"not a model")
    module.shipped_tagger.cache_clear()
    assert module.shipped_tagger() is None
    module.shipped_tagger.cache_clear()
    assert RuleReader(None).read("Forget the capital of Egypt.")[0].subject == "Egypt"


def span(text, request, role="forget", subject="", certainty=0.99):
    start = request.find(text)
    return Span(role, start, start + len(text), text, subject, certainty)


@pytest.mark.parametrize(
    ("certainty", "taken"), [(SURE + 0.01, "Ann Lee"), (SURE - 0.05, "Peru")]
)
def test_a_sure_tag_overrules_the_rules_and_a_doubtful_one_does_not(certainty, taken):
    request = "Peru and so on. Ann Lee, that is."
    ruled = [Reading("unspecified", "subject", "Peru")]
    tagging = Tagging((span("Ann Lee", request, certainty=certainty),), dict.fromkeys(KINDS, 0.25))
    (reading,) = chosen(ruled, None, request, tagging, lambda phrases: ([Reading("unspecified", "subject", phrase) for _, phrase, _ in phrases], None))
    assert reading.subject == taken


def test_a_refusal_as_too_broad_stands_whatever_is_tagged():
    from edge_repair.errors import UsageError

    request = "Forget everything you know."
    tagging = Tagging((span("everything", request),), dict.fromkeys(KINDS, 0.25))
    assert chosen([], UsageError("that is too much to forget"), request, tagging, lambda phrases: ([Reading("unspecified", "subject", "everything")], None)) == []


def test_the_owner_in_front_of_a_span_belongs_to_it():
    request = "It is Ann Lee's shoe size that I mean."
    tagging = Tagging((span("shoe size", request),), dict.fromkeys(KINDS, 0.25))
    seen = []
    chosen([], None, request, tagging, lambda phrases: seen.extend(phrases) or ([], None))
    assert [phrase for _, phrase, _ in seen] == ["Ann Lee's shoe size"]
