"""Requests that name nothing are heard, and asked about; what only looks like one is not."""

import pytest

from edge_repair.watchdog import Watchdog
from edge_repair.watchdog.pointing import FLOOR, points_back
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
