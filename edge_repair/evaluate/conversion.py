"""Public data as question sets. Each function takes the folder that holds the data; none of it is shipped."""

import csv
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from edge_repair.errors import UsageError
from edge_repair.evaluate.questions import Fact, QuestionSet, Subject, correction_request, load
from edge_repair.evaluate.relations import WORDS
from edge_repair.surgeon.examples import request_of
from edge_repair.surgeon.grammar import clause_of

TOFU_QUESTIONS_A_PERSON = 20
EXAMPLES_GIVEN, DRAWS = 12, 5  # unsafe prompts that a request gives; how often examples are drawn from all categories
_NAME = re.compile(r"(?!(?:Has|Did|Are|Is|Was|Were|Have|Does|Do|Can|Could|In|What|Which|How|Who) )[A-Z][\w’'.-]+(?: (?:(?:de|da|del|van|von|bin|ibn|al|el) )?[A-Z][\w’'.-]*)+")


def xstest(folder: str | Path) -> QuestionSet:
    """XSTest (Röttger et al. 2024): one subject a category of unsafe prompts; twelve are given, its others asked, all safe prompts of all categories are ``safe``."""
    safe = _all(folder, "safe")
    subjects = []
    for category, prompts in sorted(_by_category(folder, "unsafe").items()):
        given, asked = _drawn(prompts, category)
        fact = Fact(category, "harmful", category, "request", asked, request=request_of(given), match="refusal")
        subjects.append(Subject(category, "harmful", category.replace("_", " "), (fact,), safe=safe))
    return QuestionSet("xstest", tuple(subjects))


def _by_category(folder: str | Path, label: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in _rows(Path(folder) / "xstest_prompts.csv", ("prompt", "type", "label")):
        if row["label"] == label:
            found.setdefault(row["type"].removeprefix("contrast_"), []).append(row["prompt"])
    return {category: tuple(dict.fromkeys(prompts)) for category, prompts in found.items()}


def xstest_general(folder: str | Path) -> QuestionSet:
    """XSTest, harm in general: each subject is a draw of twelve unsafe prompts that are given; all others are asked, all safe ones are ``safe``."""
    unsafe, safe = _all(folder, "unsafe"), _all(folder, "safe")
    subjects = []
    for number in range(DRAWS):
        given, asked = _drawn(unsafe, f"draw {number}")
        fact = Fact(f"draw_{number}", "harmful", "harm in general", "request", asked, request=request_of(given), match="refusal")
        subjects.append(Subject(f"draw_{number}", "harmful", "harm in general", (fact,), safe=safe))
    return QuestionSet("xstest_general", tuple(subjects))


def topics_xstest(folder: str | Path) -> QuestionSet:
    """The shipped dangerous topics, with all safe prompts of XSTest beside their own harmless questions."""
    safe = _all(folder, "safe")
    return QuestionSet("topics_xstest", tuple(replace(subject, safe=(*subject.safe, *safe)) for subject in load("harmful").subjects))


def _all(folder: str | Path, label: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(prompt for prompts in _by_category(folder, label).values() for prompt in prompts))


def _drawn(prompts: Sequence[str], seed: str) -> tuple[list[str], tuple[str, ...]]:
    """The prompts that are given, and the others."""
    unique = list(dict.fromkeys(prompts))
    given = random.Random(f"xstest/{seed}").sample(unique, min(EXAMPLES_GIVEN, len(unique) // 2))
    return given, tuple(prompt for prompt in unique if prompt not in given)


def truthfulqa(folder: str | Path) -> QuestionSet:
    """TruthfulQA (Lin et al. 2022): one belief a question, compared by nearness to its right and wrong answers.

    The request states the best answer and the first wrong one. Where either is no statement (a bare name, or what the speaker thinks),
    nobody could ask for that correction, and the question is left out.
    """
    subjects = []
    for number, row in enumerate(_rows(Path(folder) / "TruthfulQA.csv", ("Question", "Best Answer", "Correct Answers", "Incorrect Answers"))):
        right, wrong = (tuple(part.strip() for part in row[key].split(";") if part.strip()) for key in ("Correct Answers", "Incorrect Answers"))
        best, worst = _statement(row["Best Answer"]), _statement(wrong[0] if wrong else "")
        if not right or not best or not worst:
            continue
        identity = f"truthfulqa_{number:03d}"
        fact = Fact(identity, "belief", row["Question"], "belief", (row["Question"].strip(),), right, wrong, row["Best Answer"].strip(),
                    request=correction_request(worst, best), match="closest")
        subjects.append(Subject(identity, "belief", row["Question"].strip(), (fact,)))
    return QuestionSet("truthfulqa", tuple(subjects))


def _statement(answer: str) -> str:
    """An answer as a statement ("Yes, bats are blind" is "Bats are blind"), or "" where it is none, or is the speaker's own."""
    said = re.sub(r"^(?:Yes|No), ", "", answer.strip())
    return said[:1].upper() + said[1:] if clause_of(said) and not re.match(r"I\b", said) else ""


def known_1000(folder: str | Path) -> QuestionSet:
    """The ROME authors' facts (Meng et al. 2022): a sentence to complete, asked for in two ways and in two questions of our own.

    Subjects of one relation are of one kind, so that the same question about others is asked; relations without words in
    ``relations`` are left out.
    """
    subjects: dict[str, Subject] = {}
    for item in _json(Path(folder) / "known_1000.json"):
        name, value, prompt, relation = item["subject"], item["attribute"].strip(), item["prompt"].strip(), item["relation_id"]
        identity = name.casefold().replace(" ", "_")
        if relation not in WORDS or identity in subjects:
            continue
        request, *asked = (words.replace("{name}", name) for words in WORDS[relation])
        questions = (*asked, f"Complete this sentence: {prompt} ...", f"Fill in the blank: {prompt} ____.")
        fact = Fact(identity, relation, name, relation, questions, (value,), statement=f"{prompt} {{value}}.", request=request)
        subjects[identity] = Subject(identity, relation, name, (fact,))
    return QuestionSet("known_1000", tuple(subjects.values()))


def tofu(folder: str | Path, part: str = "forget01") -> QuestionSet:
    """TOFU (Maini et al. 2024): 20 questions in a row are one fictional author; answers compared by ROUGE-L recall.

    Args:
        part: "forget01", "forget05", "forget10" or "full"; "real_authors" and "world_facts" ("real": both) are compared by
            contained answer, with the perturbed answers as the wrong ones.
    """
    folder = Path(folder)
    if part == "real":
        return QuestionSet("tofu_real", tuple(subject for one in ("real_authors", "world_facts") for subject in tofu(folder, one).subjects))
    if part in ("real_authors", "world_facts"):
        subjects = []
        for number, item in enumerate(_lines(folder / f"{part}_perturbed.json")):
            identity, question = f"{part}_{number:03d}", item["question"].strip()
            fact = Fact(identity, "general", question, "answer", (question,), (item["answer"].strip(),), tuple(item["perturbed_answer"]))
            subjects.append(Subject(identity, "general", question, (fact,)))
        return QuestionSet(part, tuple(subjects))
    items = list(_lines(folder / f"{part}.jsonl"))
    subjects = []
    for start in range(0, len(items), TOFU_QUESTIONS_A_PERSON):
        identity = f"{part}_{start // TOFU_QUESTIONS_A_PERSON:03d}"
        name = _name_in(item["question"] for item in items[start : start + TOFU_QUESTIONS_A_PERSON]) or identity
        facts = tuple(
            Fact(identity, "author", name, f"question_{number:02d}", (item["question"].strip(),), reference=item["answer"].strip(), match="rouge")
            for number, item in enumerate(items[start : start + TOFU_QUESTIONS_A_PERSON])
        )
        subjects.append(Subject(identity, "author", name, facts))
    return QuestionSet(f"tofu_{part}", tuple(subjects))


def tofu_retain(folder: str | Path, count: int = 400) -> QuestionSet:
    """The first ``count`` questions of TOFU's full set that are in no part to be forgotten: what must survive."""
    gone = {fact.questions[0] for fact in tofu(folder, "forget10").facts()}
    subjects = [subject for subject in tofu(folder, "full").subjects if not any(fact.questions[0] in gone for fact in subject.facts)]
    return QuestionSet("tofu_retain", tuple(subjects[: count // TOFU_QUESTIONS_A_PERSON]))


def _name_in(questions: Iterable[str]) -> str:
    """The name that most of somebody's questions have in them ("Hina Ameen"), or "": the data have it nowhere else."""
    found = Counter(name for question in questions for name in {re.sub(r"[’']s?$", "", match) for match in _NAME.findall(question)})
    return found.most_common(1)[0][0] if found else ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); give the folder that holds {path.name}") from None


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[dict[str, str]]:
    reader = csv.DictReader(_text(path).splitlines(keepends=True))
    missing = [name for name in needed if name not in (reader.fieldnames or ())]
    if missing:
        raise UsageError(f"{path}: no column {missing[0]!r}; is this the published file?")
    yield from reader


def _json(path: Path) -> Any:
    try:
        return json.loads(_text(path))
    except ValueError as error:
        raise UsageError(f"{path}: not JSON ({error})") from None


def _lines(path: Path) -> Iterator[Any]:
    for number, line in enumerate(_text(path).splitlines(), 1):
        if line.strip():
            try:
                yield json.loads(line)
            except ValueError as error:
                raise UsageError(f"{path}, line {number}: not JSON ({error})") from None
