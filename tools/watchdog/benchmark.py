"""Reads the forget-intent benchmark. Its format and its making are described in ``docs/forget-intent-benchmark.md``."""

import json
import random
from dataclasses import dataclass
from pathlib import Path

from edge_repair.watchdog.verdict import Prompt, Segment

FOLDER = Path(__file__).parent / "benchmark"
PARTS = ("prompts", "blind", "voices", "voices2")


@dataclass(frozen=True)
class Item:
    """One prompt of the benchmark. ``start`` and ``end`` place the target in the typed text; -1 where there is none."""

    id: str
    split: str
    language: str
    label: str
    note: str
    prompt: Prompt
    start: int = -1
    end: int = -1
    provenance: str = "typed"

    @property
    def text(self) -> str:
        return self.prompt.typed


def _lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def read_prompts(split: str | None = None, path: Path | None = None) -> list[Item]:
    """The prompts of one split ("train", "dev", "dev2", "test", "fresh", "blind") or of all.

    ``path`` reads another file of the same form.
    """
    rows = _lines(path) if path else [row for name in PARTS for row in _lines(FOLDER / f"{name}.jsonl")]
    items = []
    for number, row in enumerate(rows):
        item = Item(
            row.get("id", f"row-{number + 1}"), row.get("split", "dev"), row.get("language", "en"), row["label"],
            row.get("note", ""), Prompt((Segment(row["text"]),)), row.get("start", -1), row.get("end", -1),
        )  # fmt: skip
        if split is None or item.split == split:
            items.append(item)
    return items


def read_injections() -> list[Item]:
    """Prompts that carry somebody else's request: all are "none", all belong to the test split."""
    items = []
    for row in _lines(FOLDER / "injections.jsonl"):
        prompt = Prompt(tuple(Segment(part["text"], part["source"]) for part in row["segments"]))
        items.append(
            Item(row["id"], row["split"], "en", row["label"], row["note"], prompt, provenance=row["provenance"])
        )
    return items


def beside_paste(items: list[Item], seed: int = 0) -> list[tuple[str, Item]]:
    """Each request beside a document of 2 to 100 kB, four ways: (way, item).

    The ways: the document as a pasted segment before or after the request, and without any mark in the typed text
    before or after it.
    """
    rng = random.Random(seed)
    documents = (FOLDER / "documents.txt").read_text(encoding="utf-8").splitlines()
    found = []
    for number, item in enumerate(items):
        size = round(2000 * 50 ** ((number % 10) / 9))  # 2,000 to 100,000 characters
        text = ""
        while len(text) < size:
            text += rng.choice(documents) + rng.choice((" ", "\n", "\n\n"))
        text = text[:size].strip()
        for way in ("pasted after", "pasted before", "unmarked after", "unmarked before"):
            mark, place = way.split()
            parts = [Segment(item.text), Segment(text, "pasted")]
            if place == "before":
                parts.reverse()
            if mark == "unmarked":
                parts = [Segment("\n\n".join(part.text for part in parts))]
            found.append((way, Item(item.id, item.split, item.language, item.label, way, Prompt(tuple(parts)))))
    return found
