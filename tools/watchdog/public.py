"""Public ordinary requests and false claims, read from a folder that is not part of this project."""

import csv
import json
import re
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class PublicData:
    """Public texts, from a folder that is not part of this project. Empty lists where a file is missing."""

    ordinary: list[str] = field(default_factory=list)  # for training
    held_out: dict[str, list[str]] = field(default_factory=dict)  # for the false positive rate only
    claims: list[str] = field(default_factory=list)  # false claims, as targets in training
    prose: list[str] = field(default_factory=list)  # sentences of documents in training
    subjects: list[str] = field(default_factory=list)  # names of well-known people, places and products, as targets


def read_public(folder: Path | None) -> PublicData:
    """Read CLINC150, banking77, TruthfulQA, TOFU, known_1000 and XSTest where they are; each part on one side only.

    Training: CLINC150 train, every even row of banking77, TruthfulQA questions and wrong answers, TOFU questions and
    answers, the subjects and prompts of known_1000 and false facts made of them. Held out: CLINC150 validation, every odd row of banking77, XSTest.
    """
    data = PublicData()
    if folder is None:
        return data
    clinc = folder / "watchdog" / "clinc150_train_val.json"
    if clinc.exists():
        parts = json.loads(clinc.read_text(encoding="utf-8"))
        data.ordinary += [text for part in ("train", "oos_train") for text, _ in parts[part]]
        data.held_out["clinc150"] = [text for part in ("val", "oos_val") for text, _ in parts[part]]
    banking = folder / "watchdog" / "banking77_test.csv"
    if banking.exists():
        with banking.open(encoding="utf-8", newline="") as file:
            rows = [row["text"] for row in csv.DictReader(file)]
        data.ordinary += rows[::2]
        data.held_out["banking77"] = rows[1::2]
    truthful = folder / "facts" / "TruthfulQA.csv"
    if truthful.exists():
        with truthful.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                data.ordinary.append(row["Question"])
                for answer in row["Incorrect Answers"].split(";"):
                    data.claims += _claim(answer)
    tofu = folder / "tofu" / "full.jsonl"
    if tofu.exists():
        lines = tofu.read_text(encoding="utf-8").splitlines()
        data.ordinary += [json.loads(line)["question"] for line in lines[::4]]
        data.prose += [json.loads(line)["answer"] for line in lines[1::2]]
    known = folder / "facts" / "known_1000.json"
    if known.exists():
        facts = json.loads(known.read_text(encoding="utf-8"))
        answers: dict[str, list[str]] = {}
        for fact in facts:
            answers.setdefault(fact["relation_id"], []).append(fact["attribute"])
        for number, fact in enumerate(facts):
            data.subjects.append(fact["subject"])
            data.ordinary += [fact["prompt"]] if number % 2 else []
            others = [answer for answer in answers[fact["relation_id"]] if answer != fact["attribute"]]
            if others:
                data.claims.append(f"{fact['prompt']} {others[number % len(others)]}")
    xstest = folder / "safety" / "xstest" / "xstest_prompts.csv"
    if xstest.exists():
        with xstest.open(encoding="utf-8", newline="") as file:
            data.held_out["xstest"] = [row["prompt"] for row in csv.DictReader(file)]
    return data


_SOURCES = {
    "CLINC150 (CC BY 3.0)": "watchdog/clinc150_train_val.json",
    "banking77 (CC BY 4.0)": "watchdog/banking77_test.csv",
    "TruthfulQA (Apache-2.0)": "facts/TruthfulQA.csv",
    "TOFU (MIT)": "tofu/full.jsonl",
    "known_1000 (MIT)": "facts/known_1000.json",
}


def sources(folder: Path | None) -> list[str]:
    """The public data sets that training takes from a folder, with their licences."""
    return [] if folder is None else [name for name, path in _SOURCES.items() if (folder / path).exists()]


def _claim(answer: str) -> list[str]:
    """A wrong answer as a clause, if it can be one."""
    answer = answer.strip().rstrip(".")
    words = answer.split()
    if not 4 <= len(words) <= 14 or answer.lower().startswith(("yes", "no,", "i ", "it ", "nothing", "there is no")):
        return []
    if not re.search(r"\b(is|are|was|were|can|will|do|does|have|has|cause|causes|make|makes|should|must)\b", answer):
        return []
    first = words[0]
    return [answer if first.isupper() or first[1:] != first[1:].lower() else _lower(answer)]


def _lower(text: str) -> str:
    common = ("The", "A", "An", "If", "You", "People", "All", "Most", "In", "When", "Your", "We", "There", "Some")
    return text[0].lower() + text[1:] if text.split()[0] in common or text.split()[0].endswith("s") else text
