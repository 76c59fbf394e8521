"""Asking: what the untouched model answers, kept in a file so that a run can be taken up again, and what a repaired one says.

Questions are asked one at a time, as in a chat. Many at once would be twice as fast, but rounding depends on which are
decoded together, and the greedy text of the very same model then differs for half of them.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_repair.errors import UsageError

MAX_TOKENS = 32  # of an answer; the content that is looked for comes early, and greedy text drifts later on
WHOLE_TOKENS = 96  # of an answer about the subject of which one fact was forgotten: an account may tell that last
WAY = "one at a time, others of the subject in full"  # what is measured otherwise cannot be taken up again
CHECKED = 4  # questions that call no repair and are asked all the same
Prompt = str | Sequence[dict[str, str]]


def alone(session: Any, prompts: Sequence[Prompt], max_tokens: int = MAX_TOKENS) -> list[str]:
    """Greedy answers to prompts that are asked one at a time: each the same whatever else is asked."""
    return [session.answers([prompt], max_tokens=max_tokens)[0] for prompt in prompts]


@dataclass(frozen=True)
class Said:
    """Answers to questions of which it is known what the untouched model says.

    Attributes:
        untouched: for each whether it calls no repair, so that the untouched model answers it.
        exact: share of those of them that were asked all the same whose answer was the untouched model's; None: there were none.
    """

    answers: list[str]
    untouched: list[bool]
    exact: float | None


def said(session: Any, questions: Sequence[str], base: Sequence[str], seed: str = "", lengths: Sequence[int] = ()) -> Said:
    """Ask a repaired session, alone, whatever calls a repair; to the rest it says what the untouched model did.

    ``CHECKED`` of the rest, drawn by ``seed``, are asked all the same. If one of them is answered otherwise, all are asked.
    ``lengths``: the most tokens of each answer, where they are not all the usual ones.
    """

    def ask(numbers: Sequence[int]) -> dict[int, str]:
        return {number: alone(session, [questions[number]], lengths[number] if lengths else MAX_TOKENS)[0] for number in numbers}

    untouched = session.untouched(questions) if questions else []
    idle = [number for number, which in enumerate(untouched) if which]
    checked = random.Random(seed).sample(idle, min(CHECKED, len(idle)))
    found = ask(checked)
    exact = sum(found[number] == base[number] for number in checked) / len(checked) if checked else None
    known = {number: base[number] for number in idle} if exact == 1 else {}
    asked = [number for number in range(len(questions)) if number not in found and number not in known]
    found = known | found | ask(asked)
    return Said([found[number] for number in range(len(questions))], untouched, exact)


class BaseAnswers:
    """Greedy answers of the base model by prompt, appended to a JSONL file as they come.

    Args:
        ask: called with a list of prompts, and the most tokens of an answer where it is to be whole, when the model is in its
            base state; returns as many answers.
        path: the file; what is in it already is not asked again. Must belong to the same model (the caller checks).
        at_once: so many prompts are asked before their answers are kept.
    """

    def __init__(self, ask: Callable[..., list[str]], path: Path, at_once: int = 1):
        self._ask, self._path, self._at_once = ask, path, at_once
        self._known: dict[tuple[str, bool], str] = {}
        for item in read_lines(path):
            self._known[item["prompt"], item.get("whole", False)] = item["answer"]

    def __call__(self, prompts: Sequence[Prompt], whole: bool = False) -> list[str]:
        """Return one answer a prompt, asking the model only for those that are new; ``whole``: in up to ``WHOLE_TOKENS``."""
        keys = [_key(prompt) for prompt in prompts]
        missing = list({key: prompt for key, prompt in zip(keys, prompts) if (key, whole) not in self._known}.items())
        for start in range(0, len(missing), self._at_once):
            part = missing[start : start + self._at_once]
            for (key, _), answer in zip(part, self._ask([prompt for _, prompt in part], *([WHOLE_TOKENS] if whole else ()))):
                self._known[key, whole] = answer
                append_line(self._path, {"prompt": key, "answer": answer} | ({"whole": True} if whole else {}))
        return [self._known[key, whole] for key in keys]


def _key(prompt: Prompt) -> str:
    return prompt if isinstance(prompt, str) else json.dumps(list(prompt), ensure_ascii=False)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSONL file; a last line cut short by an interrupted run is dropped.

    Raises:
        UsageError: a line that is not the last one is not JSON.
    """
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    items = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            items.append(json.loads(line))
        except ValueError:
            if number < len(lines):
                raise UsageError(f"{path}, line {number}: not JSON; remove the file to measure again") from None
    return items


def append_line(path: Path, item: dict[str, Any]) -> None:
    """Append one object to a JSONL file, on a line of its own even after a line that was cut short."""
    text = json.dumps(item, ensure_ascii=False) + "\n"
    with path.open("a+b") as file:
        if file.tell():
            file.seek(-1, 2)
            if file.read(1) != b"\n":
                file.seek(0)
                whole = file.read()
                file.truncate(whole.rfind(b"\n") + 1)
        file.write(text.encode("utf-8"))
