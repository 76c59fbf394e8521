"""Questions from the grammar of a statement."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_repair.surgeon.asking import open_questions
from edge_repair.surgeon.elicitation import elicitation
from edge_repair.surgeon.reading import Reading

ANSWERED = {
    "Tortoises can live for two centuries.": ("how long can Tortoises live", "two centuries"),
    "the ferry leaves every hour": ("how often does the ferry leave", "hour"),
    "milk turns sour within three days": ("when does milk turn sour", "three days"),
    "people use only half of their lungs": ("how much of their lungs do people use", "half"),
    "insects have eight legs": ("how many legs do insects have", "eight"),
    "a person sheds four kilos every year": ("how many kilos does a person shed every year", "four"),
    "cats purr because they are happy": ("why do cats purr", "because they are happy"),
    "peacocks open their tails to frighten foxes": ("why do peacocks open their tails", "to frighten foxes"),
    "squirrels bury their nuts in hollow trees": ("where do squirrels bury their nuts", "hollow trees"),
    "the spleen is above the lungs": ("where is the spleen", "the lungs"),
    "the wall is visible from space": ("where is the wall visible from", "space"),
    "romans heated baths with coal": ("what did romans heat baths with", "coal"),
    "glass was found by accident": ("how was glass found", "accident"),
    "the sky on Mars is green": ("what colour is the sky on Mars", "green"),
    "the emperor was very short": ("how tall was the emperor", "very short"),
    "a dolphin is a fish": ("what is a dolphin", "a fish"),
    "reading in the dark causes blindness": ("what does reading in the dark cause", "blindness"),
    "dogs can see ghosts": ("what can dogs see", "ghosts"),
}


@pytest.mark.parametrize("statement", ANSWERED)
def test_a_statement_answers_its_questions(statement):
    asked = open_questions(statement)
    assert ANSWERED[statement] in [(question.direct, question.value) for question in asked]
    assert all(question.value in statement for question in asked)


@pytest.mark.parametrize(
    ("statement", "noun"),
    [("the siege lasted 116 days", "the duration of the siege"), ("the emperor was very short", "the height of the emperor"), ("insects have eight legs", "the number of legs of insects"),
     ("the sky on Mars is green", "the colour of the sky on Mars"), ("the spleen is above the lungs", "the location of the spleen")],
)  # fmt: skip
def test_what_is_asked_has_a_name_where_there_is_one(statement, noun):
    assert noun in [asked.noun for asked in open_questions(statement)]


@pytest.mark.parametrize("statement", ("bats are not blind", "bats are blind", "lightning never strikes twice", "nonsense", "", "it rains, and it pours"))
def test_what_is_too_wide_or_unclear_is_not_asked(statement):
    assert open_questions(statement) == []


@given(st.text(max_size=80), st.lists(st.sampled_from("the a is are can for in to by of with not every two years red has sees . , ' cats".split()), max_size=12).map(" ".join))
def test_any_text_has_an_answer(text, words):
    for statement in (text, words):
        for asked in open_questions(statement):
            assert asked.value and asked.direct and asked.indirect


def test_a_belief_without_an_attribute_is_asked_openly_too():
    reading = Reading("misinformation", "fact", "tortoises", "", "tortoises live for ten years", "a tortoise can live for two centuries", certain=True)
    wordings, wrong_of, right_of = elicitation(reading)
    assert len(set(wordings.all)) == len(wordings.all)
    assert "How long can a tortoise live?" in wordings.probes and wrong_of("How long can a tortoise live?") == ("ten years",)
    assert right_of("How long can a tortoise live?") == "two centuries"
    # A right statement in other words does not make the wrong one true.
    assert right_of("Do tortoises live for ten years?") == "no" and wrong_of("Do tortoises live for ten years?") == ("yes",)
    assert "How long do tortoises live?" in wordings.all


def test_a_denied_truth_is_asked_for_yes():
    wordings, wrong_of, right_of = elicitation(Reading("misinformation", "fact", "bats", "", "bats are not mammals", "bats are mammals", certain=True))
    assert {right_of(question) for question in wordings.all} == {"yes"} and {wrong_of(question) for question in wordings.all} == {("no",)}
