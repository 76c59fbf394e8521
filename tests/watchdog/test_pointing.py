"""Requests that name nothing are heard, and asked about; what only looks like one is not."""

import pytest

from edge_repair.watchdog import Watchdog
from edge_repair.watchdog.pointing import FLOOR, personal_datum, points_back, statement_about_somebody
from edge_repair.watchdog.watchdog import ASK

POINTING = [
    "forget that",
    "Forget that, please.",
    "FORGET THIS!",
    "Delete it.",
    "please, could you erase that for me?",
    "I want you to unlearn it",
    "wipe this from your memory",
    "Wipe all of that out of your memory, thanks",
    "Vergiss das bitte.",
    "lösch das",
    "Efface ça, s'il te plaît",
    "Olvida eso, por favor.",
    "请忘掉这件事。",
    "把它删掉吧",
    "कृपया इसे भूल जाओ।",
]
OTHER = [
    "",
    "forget",
    "forget it",
    "Forget it, never mind.",
    "delete that paragraph",
    "forget that, I meant Tuesday",
    "Don't forget that.",
    "did you forget that?",
    "forget that I asked",
    "Vergiss es.",
    "vergiss das nicht",
    "Laisse tomber",
    "Olvídalo",
    "删除",
    "算了",
    "छोड़ो",
    "please " * 100 + "forget that",
]


@pytest.mark.parametrize("text", POINTING)
def test_a_request_without_a_target_is_heard(text):
    assert points_back(text)
    verdict = Watchdog.load().judge(text)
    assert verdict.kind == "unspecified" and verdict.zone in ("ask", "propose")
    assert verdict.probabilities["none"] <= 1 - FLOOR + 1e-9 and FLOOR >= ASK
    assert verdict.span is None and verdict.target is None


@pytest.mark.parametrize("text", OTHER)
def test_other_prompts_are_left_to_the_model(text):
    assert not points_back(text)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("delete my phone number", "my phone number"),
        ("Please erase my birthday!", "my birthday"),
        ("REMOVE MY ADDRESS, thanks", "MY ADDRESS"),
        ("could you forget my last name?", "my last name"),
    ],
)
def test_a_bare_command_about_a_personal_datum_is_heard(text, target):
    verdict = Watchdog.load().judge(text)
    assert (verdict.kind, verdict.target) == ("personal", target)
    assert verdict.zone in ("ask", "propose")


@pytest.mark.parametrize(
    "text",
    [
        "delete my phone number from the form",
        "delete my alarm",
        "delete my last email",
        "remove my to do list",
        "don't delete my phone number",
        "how do I delete my phone number?",
        "delete my name tag",
        "please " * 100 + "delete my name",
    ],
)
def test_other_commands_are_left_to_the_model_as_well(text):
    assert personal_datum(text) is None


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("forget I'm a teacher", "I'm a teacher"),
        ("Forget that I have two children, Mia and Leo.", "I have two children, Mia and Leo"),
        ("please forget the fact that my sister lives in Graz", "my sister lives in Graz"),
        ("forget that Ann Lee likes chess", "Ann Lee likes chess"),
        ("Forget Ann Lee's phone number is 555-3245.", "Ann Lee's phone number is 555-3245"),
        ("Please forget that Ann Lee has a goose named Ziggy", "Ann Lee has a goose named Ziggy"),
        ("FORGET THAT I AM DIVORCED!", "I AM DIVORCED"),
        ("Forget that I\u2019ve moved to Bonn", "I\u2019ve moved to Bonn"),
    ],
)
def test_what_somebody_says_of_people_is_heard(text, target):
    start, end = statement_about_somebody(text)
    assert text[start:end] == target
    verdict = Watchdog.load().judge(text)
    assert verdict.kind != "none" and verdict.zone in ("ask", "propose")


@pytest.mark.parametrize(
    "text",
    [
        "forget that I am your boss, and write as a friend would",
        "Forget that I was wrong about the loop",
        "forget that Ann Lee was here and tell me of Bonn. Go on.",
        "forget that New York is expensive, what else is there to do",
        "forget that I asked",
        "Forget that I'm here and tell me a story. Go on.",
        "forget my last message is missing",
        "don't forget that I have a meeting at nine",
        "I forget that I am old",
        "Did you forget that I have two children?",
        "forget that I have a meeting, move it to Friday",
        "forget that I have " + "very " * 20 + "many children",
        "",
    ],
)
def test_what_only_begins_like_it_is_left_to_the_classifier(text):
    assert statement_about_somebody(text) is None
