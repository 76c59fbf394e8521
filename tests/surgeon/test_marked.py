"""Readings of marked spans: corrections in the forms that people give them, and what the tagger knows beside the rules."""

import pytest

from edge_repair.surgeon.choosing import chosen
from edge_repair.surgeon.lexicon import SPEAKER
from edge_repair.surgeon.marked import marked_correction
from edge_repair.surgeon.procedure import KINDS, SCOPES
from edge_repair.surgeon.requests import RuleReader
from edge_repair.surgeon.tagger import Span, Tagging


def span(text, phrase, role="forget", subject="", certainty=0.95, scope="fact", kind="personal", speaker=0.0):
    start = text.find(phrase)
    return Span(role, start, start + len(phrase), phrase, subject, certainty, dict.fromkeys(SCOPES, 0.05) | {scope: 0.9}, dict.fromkeys(KINDS, 0.03) | {kind: 0.9}, speaker)


def tagging(*spans, kind="misinformation", outside=""):
    return Tagging(spans, dict.fromkeys(KINDS, 0.03) | {kind: 0.9}, {"named": 1.0}, outside)


@pytest.mark.parametrize(
    ("text", "marks", "wrong", "right"),
    [
        ("lose bats being blind", [("bats being blind", "wrong")], "bats are blind", "bats are not blind"),
        ("you call glass a liquid", [("glass a liquid", "wrong")], "glass is a liquid", "glass is not a liquid"),
        ("ditch sushi = raw fish", [("sushi = raw fish", "wrong")], "sushi is raw fish", "sushi is not raw fish"),
        ("Vikings wore no horned helmets.", [("Vikings wore no horned helmets", "right")], "Vikings wore horned helmets", "Vikings wore no horned helmets"),
        ("Beethoven was not blind, he was deaf.", [("Beethoven was not blind", "right"), ("was deaf", "right")], "Beethoven was blind", "Beethoven was deaf"),
        ("You say Ann took it there. Watson took Photo 51? Gosling took it.", [("Watson took Photo 51", "wrong")], "Watson took Photo 51", "Gosling took Photo 51"),
        ("Africa is a country, you say. Africa is a continent.", [("Africa is a country", "wrong"), ("Africa is a continent", "wrong")], "Africa is a country", "Africa is a continent"),
        ("The Eiffel Tower is in Paris, not in Rome", [("The Eiffel Tower is in Paris", "right"), ("in Rome", "right")], "the Eiffel Tower is in Rome", "the Eiffel Tower is in Paris"),
    ],
)
def test_a_correction_is_completed(text, marks, wrong, right):
    made = tagging(*(span(text, phrase, role, kind="misinformation") for phrase, role in marks))
    reading = marked_correction(made, made.spans, text)
    assert (reading.wrong, reading.right, reading.kind) == (wrong, right, "misinformation")


def test_a_pronoun_is_what_is_named_elsewhere():
    text = "I farm sheep. They are not stupid."
    made = tagging(span(text, "They are not stupid", "right", kind="misinformation"), outside="sheep")
    assert marked_correction(made, made.spans, text).wrong == "sheep are stupid"


def test_a_doubted_claim_needs_no_mark():
    text = "Einstein failed mathematics? He did not. Drop it."
    assert marked_correction(tagging(), (), text).wrong == "Einstein failed mathematics"
    assert marked_correction(tagging(kind="personal"), (), text) is None


def read(text, made):
    reader = RuleReader()
    ruled, problem = reader._ruled(text, None, [])
    return chosen(ruled, problem, text, made, lambda phrases: reader._found(reader._followed(text, phrases, None, []), text))


def test_what_the_rules_took_too_much_of_is_cut():
    text = "Unlearn calculus lol then we can fail together"
    (reading,) = read(text, tagging(span(text, "calculus", subject="calculus", certainty=0.8, scope="subject", kind="unspecified"), kind="unspecified"))
    assert (reading.subject, reading.scope) == ("calculus", "subject")


def test_what_is_the_speakers_own_is_known_by_the_tagger():
    text = "Kindly be without the route I jog."
    (reading,) = read(text, tagging(span(text, "the route I jog", speaker=0.9), kind="personal"))
    assert (reading.subject, reading.kind, reading.scope) == (SPEAKER, "personal", "fact")


def test_the_tagger_gives_a_kind_that_no_word_shows():
    text = "Erase Marnie Applegarth."
    made = tagging(span(text, "Marnie Applegarth", subject="Marnie Applegarth", scope="subject"), kind="personal")
    assert read(text, made)[0].kind == "personal"
    assert read(text, tagging(span(text, "Marnie Applegarth", scope="subject", kind="unspecified"), kind="unspecified"))[0].kind == "unspecified"


@pytest.mark.parametrize("end", ["", ".", ", please"])
def test_a_mark_that_stops_in_front_of_the_last_verb_is_read_with_it(end):
    text = f"forget what my dog's name is{end}"
    (reading,) = read(text, tagging(span(text, "what my dog's name", subject="my dog"), kind="personal"))
    assert reading.aspect == "what my dog's name is"
