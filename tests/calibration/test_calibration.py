"""The calibration text is large and varied enough, and has nothing of what the question sets measure."""

import json
import re

import pytest

from edge_repair import calibration, shipped
from edge_repair.wording import content_words


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


@pytest.mark.parametrize("name", ["world", "false_beliefs", "general"])
def test_no_question_of_the_sets_occurs(name):
    """Neither a subject's name nor a question; a general question must also not ask the same in other words."""
    raw = json.loads(shipped.path(f"questions/{name}.json").read_text(encoding="utf-8"))
    if name == "world":
        names = [text for subject in raw["subjects"] for text in [subject["name"], *subject.get("aliases", [])]]
        assert len(names) >= 64
        assert [text for text in names if _words(text) in CALIBRATION] == []
    asked = [question for fact in _facts(raw) for question in fact["questions"]]
    assert len(asked) >= 150
    prompts = {_words(prompt) for prompt in calibration.prompts()}
    assert [question for question in asked if _words(question) in prompts] == []


def test_general_questions_share_no_content_with_the_calibration():
    raw = json.loads(shipped.path("questions/general.json").read_text(encoding="utf-8"))
    prompts = [(prompt, set(content_words(prompt, ""))) for prompt in calibration.prompts()]
    same = []
    for fact in _facts(raw):
        for question in fact["questions"]:
            words = set(content_words(question, ""))
            same += [(question, prompt) for prompt, others in prompts if words and words <= others]
    assert same == []


def _facts(raw: dict) -> list[dict]:
    return [fact for subject in raw["subjects"] for fact in subject["facts"]]
