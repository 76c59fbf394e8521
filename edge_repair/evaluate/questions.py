"""Question sets: what a model is asked before and after a repair, and which words in an answer count.

One JSON form for all of them (``docs/question-sets.md``): the sets in ``models/questions``, the set of the shipped
patient (``models/patient/questions.json``) and one of your own. ``conversion`` turns public data into the same
value objects.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edge_repair import shipped
from edge_repair.errors import UsageError

FORMAT = 1
SHIPPED = {name: f"questions/{name}.json" for name in ("world", "general", "harmful", "false_beliefs")}
SHIPPED |= {name: f"{name}/questions.json" for name in ("patient", "memory")}
MATCHES = ("contains", "rouge", "closest", "refusal")
CORRECTED_KINDS = ("belief", "myth", "misinformation")
HARMFUL_KINDS = ("harmful", "recipe", "hazard")
UNEDITED_KINDS = ("general", "safe")
TOP_FIELDS = {"format", "name", "licence", "notes", "forms", "statements", "requests", "subjects", "unknown", "patient", "refusals", "chat"}
SUBJECT_FIELDS = {"id", "kind", "name", "aliases", "facts", "safe", "refused_by_base", "overview"}
FACT_FIELDS = {
    "aspect", "values", "value", "answer", "wrong", "right", "right_answer", "questions", "trained", "held_out", "statement", "request", "match", "case",
}


@dataclass(frozen=True)
class Fact:
    """One thing that a model may know, with the questions that ask for it.

    Attributes:
        subject: id of the subject; together with ``aspect`` it names the fact.
        kind: kind of the subject ("country", "person", "belief", "harmful", ...).
        name: the subject in words.
        aspect: which fact ("capital").
        questions: phrasings, all different. ``held_out`` are those of them that a trained patient never saw.
        values: accepted contents of a right answer, the usual one first. Empty for a dangerous request.
        wrong: contents of wrong answers, as a false belief has them.
        reference: a whole right answer, or "" when none is given.
        statement: a sentence with ``{value}`` in it that states the fact, or "".
        request: what a person would say to have this one fact forgotten or corrected, or "".
        match: how an answer is compared: "contains" (a value as whole words), "rouge" (ROUGE-L recall of the
            reference), "closest" (nearer to a right than to any wrong answer), "refusal" (a dangerous request:
            any answer that is no refusal counts as an answer).
        case: whether capitals matter ("He" the symbol, "he" the pronoun).
    """

    subject: str
    kind: str
    name: str
    aspect: str
    questions: tuple[str, ...]
    values: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    reference: str = ""
    statement: str = ""
    request: str = ""
    held_out: tuple[str, ...] = ()
    match: str = "contains"
    case: bool = False

    @property
    def row(self) -> str:
        """What a repair does with it: "correction", "harmful" (suppressed), "fact" (forgotten) or "" (only asked)."""
        if self.kind in CORRECTED_KINDS and self.wrong:
            return "correction"
        if self.kind in HARMFUL_KINDS and (self.match == "refusal" or self.aspect == "recipe"):
            return "harmful"
        return "" if self.kind in UNEDITED_KINDS else "fact"

    @property
    def id(self) -> str:
        """``subject.aspect``, unique in a set."""
        return f"{self.subject}.{self.aspect}"

    def stated(self, value: str) -> str:
        """Return the statement with ``value`` in it, or "" when the fact has no statement."""
        text = self.statement.replace("{value}", value)
        return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Subject:
    """Who or what a set asks about; ``safe`` are harmless questions nearby that must still be answered."""

    id: str
    kind: str
    name: str
    facts: tuple[Fact, ...]
    aliases: tuple[str, ...] = ()
    safe: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The name and all aliases."""
        return (self.name, *self.aliases)


@dataclass(frozen=True)
class QuestionSet:
    """A named list of subjects; ``unknown`` are questions that the model should refuse before and after."""

    name: str
    subjects: tuple[Subject, ...]
    unknown: tuple[str, ...] = ()
    notes: str = ""

    def facts(self) -> list[Fact]:
        """All facts, in the order of the file."""
        return [fact for subject in self.subjects for fact in subject.facts]

    def subject(self, identity: str) -> Subject:
        """Return the subject of that id.

        Raises:
            UsageError: there is none.
        """
        for subject in self.subjects:
            if subject.id == identity:
                return subject
        raise UsageError(f"question set {self.name}: no subject {identity!r}; see the ids in the file")

    def rivals(self, fact: Fact) -> list[str]:
        """The usual values of the same aspect of other subjects of that kind, then ``fact.wrong``; none is right."""
        own = {value.casefold() for value in fact.values}
        other = [f.values[0] for f in self.facts() if f.values and (f.kind, f.aspect) == (fact.kind, fact.aspect)]
        return [value for value in dict.fromkeys([*other, *fact.wrong]) if value.casefold() not in own]


def load(name_or_path: str | Path) -> QuestionSet:
    """Read a shipped set by its short name ("world", "general", "harmful", "false_beliefs", "patient") or any file.

    Raises:
        UsageError: the file is missing, not JSON, or a field in it is wrong; the message names the field.
    """
    name = str(name_or_path)
    path = shipped.path(SHIPPED[name]) if name in SHIPPED else Path(name_or_path)
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"question set {name}: cannot be read ({error.strerror}); give one of {', '.join(SHIPPED)} or a file") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"question set {name}: not JSON ({error}); see docs/question-sets.md") from None
    return parse(raw, path.stem if name not in SHIPPED else name)


def parse(raw: Any, name: str = "") -> QuestionSet:
    """Check JSON data and return it as a ``QuestionSet``; raises ``UsageError`` naming the field that is wrong."""
    check = _Checker(name)
    check.mapping(raw, "", TOP_FIELDS)
    if raw.get("format") != FORMAT:
        check.fail("format", f"expected {FORMAT}, found {raw.get('format')!r}")
    shared = {part: raw.get(part, {}) for part in ("forms", "statements", "requests")}
    for part, entries in shared.items():
        check.mapping(entries, part)
        for key, value in entries.items():
            if part == "forms":
                check.texts(value, f"forms.{key}", least=1)
            else:
                check.text(value, f"{part}.{key}")
    items = raw.get("subjects")
    if not isinstance(items, list) or not items:
        check.fail("subjects", "expected a non-empty list")
    subjects = tuple(_subject(check, item, f"subjects[{number}]", shared) for number, item in enumerate(items))
    check.unique([subject.id for subject in subjects], "subjects", "id")
    unknown = [item.get("question") if isinstance(item, dict) else item for item in raw.get("unknown", [])]
    return QuestionSet(raw.get("name", name), subjects, check.texts(unknown, "unknown"), str(raw.get("notes", "")))


def _subject(check: "_Checker", raw: Any, at: str, shared: dict) -> Subject:
    check.mapping(raw, at, SUBJECT_FIELDS)
    identity, kind, name = (check.text(raw.get(key), f"{at}.{key}") for key in ("id", "kind", "name"))
    items = raw.get("facts")
    if not isinstance(items, list) or not items:
        check.fail(f"{at}.facts", "expected a non-empty list")
    refused = bool(raw.get("refused_by_base", False))
    facts = tuple(_fact(check, item, f"{at}.facts[{number}]", (identity, kind, name), shared, refused) for number, item in enumerate(items))
    check.unique([fact.aspect for fact in facts], f"{at}.facts", "aspect")
    return Subject(identity, kind, name, facts, check.texts(raw.get("aliases", []), f"{at}.aliases"), check.texts(raw.get("safe", []), f"{at}.safe"))


def _fact(check: "_Checker", raw: Any, at: str, owner: tuple[str, str, str], shared: dict, refused: bool) -> Fact:
    check.mapping(raw, at, FACT_FIELDS)
    identity, kind, name = owner
    aspect = check.text(raw.get("aspect"), f"{at}.aspect")
    values = check.texts(raw.get("values", raw.get("right", raw.get("value", []))), f"{at}.values")
    wrong = check.texts(raw.get("wrong", []), f"{at}.wrong")
    match = raw.get("match", "refusal" if refused and aspect == "recipe" else "contains")
    if match not in MATCHES:
        check.fail(f"{at}.match", f"expected one of {', '.join(MATCHES)}, found {match!r}")
    held_out = check.texts(raw.get("held_out", []), f"{at}.held_out")
    own = [*check.texts(raw.get("questions", []), f"{at}.questions"), *check.texts(raw.get("trained", []), f"{at}.trained"), *held_out]
    key = f"{kind}.{aspect}"
    forms = [_fill(form, name) for form in shared["forms"].get(key, [])] if not own else []
    questions = tuple(own or forms)
    if not questions:
        check.fail(f"{at}.questions", f"no questions here and no entry {key!r} in forms")
    check.unique(list(questions), at, "question")
    reference = check.text(raw.get("right_answer", raw.get("answer", "")), f"{at}.answer", empty=True)
    if match in ("contains", "closest") and not values:
        check.fail(f"{at}.values", f"match {match!r} needs at least one accepted value")
    if match == "rouge" and not reference:
        check.fail(f"{at}.answer", "match 'rouge' needs the reference answer")
    statement = check.text(raw.get("statement", _fill(shared["statements"].get(key, ""), name)), f"{at}.statement", empty=True)
    request = check.text(raw.get("request", _fill(shared["requests"].get(key, ""), name)), f"{at}.request", empty=True)
    fact = Fact(identity, kind, name, aspect, questions, values, wrong, reference, statement, request, held_out, match, bool(raw.get("case", False)))
    believed = check.text(raw.get("answer", ""), f"{at}.answer", empty=True) if "right_answer" in raw else ""
    return fact if request else replace(fact, request=_default_request(fact, believed))


def correction_request(wrong: str, right: str) -> str:
    """What a person says who states both: "It is not true that the Moon is made of cheese. The Moon is rock."."""
    wrong = wrong.strip().rstrip(".")
    first = wrong.split(" ", 1)[0]
    wrong = wrong[:1].lower() + wrong[1:] if first in ("The", "A", "An", "It", "There", "You", "If", "In", "They", "People") else wrong
    return f"It is not true that {wrong}. {right.strip().rstrip('.')}."


def _default_request(fact: Fact, believed: str) -> str:
    """What a person might say when the set does not."""
    if fact.row == "correction":
        return correction_request(believed, fact.reference) if believed and fact.reference else ""
    if fact.row == "harmful":
        return f"Never tell anyone how to make {fact.name}."
    return f"Forget the {fact.aspect} of {fact.name}." if fact.row == "fact" else ""


def _fill(form: str, name: str) -> str:
    text = form.replace("{name}", name)
    return text[:1].upper() + text[1:]


class _Checker:
    """Raises ``UsageError`` with the set's name and the path of the field."""

    def __init__(self, name: str):
        self.name = name

    def fail(self, at: str, problem: str) -> None:
        place = at if at.isprintable() else ascii(at)  # names in a file can hold anything
        raise UsageError(f"question set {self.name}: {place or 'file'}: {problem}; see docs/question-sets.md")

    def mapping(self, value: Any, at: str, known: set[str] | None = None) -> None:
        if not isinstance(value, dict):
            self.fail(at, "expected an object")
        extra = sorted(set(value) - known) if known else []
        if extra:
            name = extra[0] if extra[0].isprintable() else ascii(extra[0])
            self.fail(f"{at}.{name}".lstrip("."), f"unknown field; known are {', '.join(sorted(known or ()))}")

    def text(self, value: Any, at: str, empty: bool = False) -> str:
        if not isinstance(value, str) or not (empty or value.strip()):
            self.fail(at, "expected a non-empty string")
        return value

    def texts(self, value: Any, at: str, least: int = 0) -> tuple[str, ...]:
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or len(items) < least:
            self.fail(at, "expected a list of strings" + (f" with at least {least}" if least else ""))
        for number, item in enumerate(items):
            self.text(item, f"{at}[{number}]")
        return tuple(items)

    def unique(self, items: list[str], at: str, what: str) -> None:
        seen = set()
        for item in items:
            if item in seen:
                self.fail(at, f"{what} {item!r} occurs twice")
            seen.add(item)
