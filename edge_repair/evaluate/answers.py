"""What the untouched model answers, asked once and kept in a file, so that a run can be taken up again."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from edge_repair.errors import UsageError

MAX_TOKENS = 32  # of an answer; the content that is looked for comes early, and greedy text drifts later on
AGAIN = "(again) "
Prompt = str | Sequence[dict[str, str]]


class BaseAnswers:
    """Greedy answers of the base model by prompt, appended to a JSONL file as they come.

    Args:
        ask: called with a list of prompts when the model is in its base state; returns as many answers.
        path: the file; what is in it already is not asked again. Must belong to the same model (the caller checks).
    """

    def __init__(self, ask: Callable[[list[Prompt]], list[str]], path: Path):
        self._ask, self._path = ask, path
        self._known: dict[str, str] = {}
        for item in read_lines(path):
            self._known[item["prompt"]] = item["answer"]

    def again(self, prompts: Sequence[Prompt]) -> list[str]:
        """Answers to the same prompts asked a second time, in another order, and kept apart from the first ones.

        Many conversations are decoded at once, and rounding depends on which: the very same model gives another greedy
        text for a share of the prompts. What it answers right both times is steady enough to be lost by an edit.
        """
        order = list(dict.fromkeys(_key(prompt) for prompt in reversed(prompts)))
        asked = {_key(prompt): prompt for prompt in prompts}
        missing = [key for key in order if AGAIN + key not in self._known]
        if missing:
            for key, answer in zip(missing, self._ask([asked[key] for key in missing])):
                self._known[AGAIN + key] = answer
                append_line(self._path, {"prompt": AGAIN + key, "answer": answer})
        return [self._known[AGAIN + _key(prompt)] for prompt in prompts]

    def __call__(self, prompts: Sequence[Prompt]) -> list[str]:
        """Return one answer a prompt, asking the model only for those that are new."""
        keys = [_key(prompt) for prompt in prompts]
        missing = {key: prompt for key, prompt in zip(keys, prompts) if key not in self._known}
        if missing:
            for key, answer in zip(missing, self._ask(list(missing.values()))):
                self._known[key] = answer
                append_line(self._path, {"prompt": key, "answer": answer})
        return [self._known[key] for key in keys]


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
