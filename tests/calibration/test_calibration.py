"""The calibration text is large and varied enough, and has nothing of what the question sets measure."""

import re

import pytest

from edge_repair import calibration
from edge_repair.evaluate.questions import load


def _words(text: str) -> str:
    return " " + " ".join(re.findall(r"\w+", text.casefold())) + " "


CALIBRATION = _words("\n".join(calibration.texts() + calibration.prompts()))


def test_is_large_and_without_repetitions():
    texts, prompts = calibration.texts(), calibration.prompts()
    assert sum(len(text.split()) for text in texts) >= 9_000
    assert len(prompts) >= 420
    assert len(set(texts)) == len(texts)
    assert len({_words(prompt) for prompt in prompts}) == len(prompts)
    assert all("\n" not in prompt and prompt == prompt.strip() for prompt in prompts)


@pytest.mark.parametrize("name", ["world", "general", "harmful", "false_beliefs"])
def test_no_question_of_the_sets_occurs(name):
    asked = [question for fact in load(name).facts() for question in fact.questions]
    asked += [question for subject in load(name).subjects for question in subject.safe]
    prompts = {_words(prompt) for prompt in calibration.prompts()}
    assert [question for question in asked if _words(question) in prompts] == []


def test_no_subject_of_the_world_set_is_named():
    names = [name for subject in load("world").subjects for name in subject.names]
    assert len(names) >= 64
    assert [name for name in names if _words(name) in CALIBRATION] == []


def test_no_general_question_is_asked_in_nearly_the_same_words():
    prompts = [(prompt, set(_words(prompt).split())) for prompt in calibration.prompts()]
    near = [
        (question, prompt)
        for fact in load("general").facts()
        for question in fact.questions
        for prompt, others in prompts
        if len(others & (own := set(_words(question).split()))) / len(others | own) >= 0.8
    ]
    assert near == []
