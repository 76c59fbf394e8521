"""What counts as the same reading, in both forms of hand-written requests, and where their words are found in the text."""

import json

import pytest

from tools.surgeon.handwritten import samples_of
from tools.surgeon.written import row_of, rows_of, same

PROMPT = {
    "text": "lose Benny Kowal's handle and his usual stops", "language": "en", "label": "personal", "target": "Benny Kowal's handle and his usual stops",
    "targets": [
        {"kind": "personal", "subject": "Benny Kowal", "scope": "fact", "aspect": "handle", "wrong": None, "right": None},
        {"kind": "personal", "subject": "Benny Kowal", "scope": "fact", "aspect": "usual stops", "wrong": None, "right": None},
    ],
}  # fmt: skip


def test_prompts_become_requests(tmp_path):
    lines = [PROMPT, {"text": "Hello", "language": "en", "label": "none", "target": None}, {"text": "wipe that", "language": "en", "label": "unspecified", "target": None}]
    (tmp_path / "prompts.jsonl").write_text("\n".join(map(json.dumps, lines)))
    rows = rows_of(tmp_path / "prompts.jsonl")
    assert [row["text"] for row in rows] == [PROMPT["text"], "wipe that"] and rows[1]["error"] == "unclear"
    (target,) = rows[0]["targets"]
    assert (target["subject"], target["aspect"], target["kind"]) == ("Benny Kowal", "handle and usual stops", "personal")


@pytest.mark.parametrize(
    ("side", "found", "expected", "right"),
    [
        ("subject", "the Titanic", "Titanic", True), ("subject", "Odalys Fenwright", "Mrs. Odalys Fenwright", True), ("subject", "Peru", "Peru's", True),
        ("subject", "Peru", "Chile", False), ("subject", "Ann", "Ann Lee", False),
        ("aspect", "what the capital of Peru is", "capital", True), ("aspect", "capital", "population", False),
        ("wrong", "bats aren't blind", "bats are not blind", True), ("wrong", "Bats are blind.", "bats are blind", True), ("wrong", "bats are blind", "bats are not blind", False),
        ("right", "lightning strikes twice", "lightning does strike twice", True), ("right", "the tomato is a fruit", "tomato is fruit", True),
        ("right", "he wore a hat", "he wears a hat", False), ("right", "koalas are marsupials", "koalas r marsupials", True),
    ],
)  # fmt: skip
def test_what_counts_as_the_same(side, found, expected, right):
    assert same(side, found, expected, {"kind": "unspecified", "subject": expected}) is right


def test_words_of_other_languages_and_skills():
    assert same("aspect", "phone number", "Telefonnummer", {"kind": "personal"}, "de") and not same("aspect", "address", "Telefonnummer", {"kind": "personal"}, "de")
    assert same("subject", "make a bomb", "how to make a bomb", {"kind": "harmful"}) and not same("subject", "make a bomb", "how to make a bomb", {"kind": "unspecified"})


def test_a_corrections_subject_may_be_the_one_of_its_grammar():
    target = {"kind": "misinformation", "subject": "Australia", "wrong": "Sydney is the capital of Australia", "right": "Canberra is the capital of Australia"}
    assert same("subject", "Sydney", "Australia", target) and same("subject", "Australia", "Australia", target) and not same("subject", "Canberra", "Australia", target)


@pytest.mark.parametrize(
    ("text", "target", "regions"),
    [
        ("Erase where Ann Lee lives.", {"kind": "personal", "scope": "fact", "subject": "Ann Lee", "aspect": "where Ann Lee lives"}, [("where Ann Lee lives", "forget")]),
        ("Drop my shoe size, ok?", {"kind": "personal", "scope": "fact", "subject": "the speaker", "aspect": "shoe size"}, [("my shoe size", "forget")]),
        (
            "Beethoven was not blind, he was deaf.",
            {"kind": "misinformation", "scope": "fact", "subject": "Beethoven", "wrong": "Beethoven was blind", "right": "Beethoven was deaf", "target": "Beethoven was not blind, he was deaf"},
            [("Beethoven was not blind", "right"), ("was deaf", "right")],
        ),
        (
            "Blood is blue? It's red.",
            {"kind": "misinformation", "scope": "fact", "subject": "Blood", "wrong": "Blood is blue", "right": "Blood is red", "target": "Blood is blue"},
            [("Blood is blue", "wrong"), ("red", "right")],
        ),
    ],
)
def test_words_are_labelled_where_they_stand(text, target, regions):
    sample = samples_of({"text": text, "language": "en", "targets": [target]})
    assert [(sample.text[start:end], role) for start, end, role in sample.regions] == regions
    assert sample.speaker is (target["subject"] == "the speaker") and sample.scope == "fact"
    assert all(text[start:end] == target["subject"] for start, end in sample.subjects)


def test_what_names_nothing_has_no_labels():
    assert samples_of({"text": "wipe that", "language": "en", "error": "unclear"}).state == "unclear"
    assert samples_of({"text": "wipe that", "language": "en", "targets": [{"kind": "personal", "scope": "subject", "subject": "Ann Lee"}]}) is None
    assert row_of({"text": "forget all facts", "language": "en", "label": "unspecified", "target": None, "error": "broad"})["error"] == "broad"
