"""Questions that bring out a statement which is to be corrected."""

import re
from collections.abc import Callable
from itertools import zip_longest

from edge_repair.surgeon.asking import Asked, open_questions
from edge_repair.surgeon.aspects import aspect_of, kind_from_aspect
from edge_repair.surgeon.grammar import affirm, capitalise, clause_of, statement_parts
from edge_repair.surgeon.known import known_name
from edge_repair.surgeon.parts import of_aspect
from edge_repair.surgeon.phrasings import Wordings, apostrophe, asked_by, clause_frames, differing_value, noun_frames, statement_wordings, value_wordings
from edge_repair.surgeon.reading import Reading


def elicitation(reading: Reading) -> tuple[Wordings, Callable[[str], tuple[str, ...]], Callable[[str], str]]:
    """Questions that bring out the wrong statement, what of it each brings out, and what would be right.

    Open questions where the statement has a place for a value ("What is the capital of Australia?"); questions of
    yes or no ("Are bats blind?") where it has none. Both where the right statement is only its negation, and where
    the grammar of a statement tells what it answers ("How much of their brain do people use?").
    """
    wrong, right = statement_parts(reading.wrong), statement_parts(reading.right)
    cut, asked = differing_value(reading.wrong, reading.right), asked_by(reading.wrong)
    old, new = (cut[1], cut[2]) if cut else ("", "")
    if not cut and wrong and right and wrong[2] != right[2] and "not " not in right[2]:
        old, new = wrong[2], right[2]
    open_wordings = _listed(right or wrong) or _of_age(reading) or value_wordings(reading.wrong, reading.right)
    by_grammar = {} if wrong or right or asked else _by_grammar(reading)
    if open_wordings and new and not by_grammar:
        return open_wordings, lambda question: (old,), lambda question: new
    # What a yes or no question asks is the wrong statement, affirmed.
    side = "no" if affirm(reading.wrong) == reading.wrong.strip().rstrip(".!? ") else "yes"
    closed = statement_wordings(reading.wrong)
    old = asked[1] if asked else wrong[2] if wrong else ""
    opened: dict[str, tuple[str, str]] = {}  # open question to (wrong value, right value)
    if open_wordings and old and side == "no":
        opened = dict.fromkeys(open_wordings.all, (old, ""))
    elif side == "no":
        opened = by_grammar
    claimed = "no" if side == "yes" else "yes"
    return (
        _dealt(closed, list(opened)) if opened else closed,
        lambda question: (opened[question][0],) if question in opened else (claimed,),
        lambda question: opened[question][1] if question in opened else side,
    )


_ONE_ANSWER = {
    "capital": "capital(?: city)?", "language": "(?:official |main |national )?language", "continent": "continent", "currency": "currency", "country": "country", "river": "river",
    "author": "author|writer", "genre": "genre", "symbol": "(?:chemical |element )?symbol", "founder": "founder",
}  # fmt: skip
"""Aspects all of whose wordings have one answer, and the nouns that mean just that: a director is no author, and a region no continent.

Not an atomic number: a small model does not know that it is how many protons there are, and is not to be taught that by the way (the correction was rolled back)."""
_PLACE_OR_NAME = re.compile(r"(?:the (?:state|country|republic|kingdom|province|city) of )?[A-Z][\w'’.-]*(?: [A-Z][\w'’.-]*)*")
_PRONOUN = re.compile(r"my|our|your|his|her|its|their", re.IGNORECASE)


def _listed(parts: tuple[str, str, str] | None) -> Wordings | None:
    """Open questions in the statement's own words and in those of the list of aspects, where it knows them of such a subject."""
    if not parts or parts[2].startswith("not "):
        return None
    aspect, subject, _ = parts
    if _PRONOUN.fullmatch(subject):
        return None
    kind = known_name(subject) or (kind_from_aspect(aspect) if _PLACE_OR_NAME.fullmatch(subject) else "")
    found = aspect_of(aspect, kind) if kind else None
    strict = _ONE_ANSWER.get(found[1].key) if found else None
    return of_aspect(subject, aspect, found[1]) if strict and re.fullmatch(strict, aspect, re.IGNORECASE) else None


_OLD = re.compile(r"(?P<s>.+?) (?P<verb>is|are) (?:only |just |about |over |more than )?[\d.,]+ (?:years?|months?|weeks?|days?) old", re.IGNORECASE)


def _of_age(reading: Reading) -> Wordings | None:
    """Questions for an age, in the statement's words ("how old") and in others, where both statements give one."""
    wrong, right = (_OLD.fullmatch(statement.strip(" .!")) for statement in (reading.wrong, reading.right))
    if not wrong or not right or wrong["s"].casefold() != right["s"].casefold():
        return None
    subject, plural = wrong["s"], wrong["verb"].lower() == "are"
    clause = f"how old {subject} {wrong['verb']}"
    said, told = clause_frames(clause, f"How old {wrong['verb']} {subject}?")
    named, more = noun_frames(f"the age of {subject}", f"{subject}{apostrophe(subject)} age", False)
    has = "have" if plural else "has"
    others = [f"For how long {has} {subject} existed?", f"Since when {has} {subject} been there?", f"How many years ago did {subject} come about?", f"{capitalise(subject)}: what age?"]
    dealt = lambda *lists: [q for row in zip_longest(*lists) for q in row if q]  # noqa: E731
    return Wordings(tuple(said[:4]), (*told[:2], *dealt(told[2:4], others, named, told[4:], more)))


def _by_grammar(reading: Reading) -> dict[str, tuple[str, str]]:
    """Open questions that either statement answers, each with what is wrong and what is right there."""
    said = affirm(reading.wrong)
    wrong = open_questions(said)
    right = open_questions(reading.right) if affirm(reading.right) != affirm(said) else []
    cut = clause_of(said)
    wrong_value = wrong[0].value if wrong else cut.rest if cut else said
    right_value = right[0].value if right else ""
    claimed = {asked.direct: asked.value for asked in wrong}
    lists = [_frames(asked, claimed.get(asked.direct, wrong_value), asked.value) for asked in right[:2]]
    lists += [_frames(asked, asked.value, right_value) for asked in wrong[:1] if asked.direct not in {other.direct for other in right[:2]}]
    return dict(pair for pairs in zip_longest(*lists) for pair in pairs if pair)


def _frames(asked: Asked, wrong_value: str, right_value: str) -> list[tuple[str, tuple[str, str]]]:
    probes, others = clause_frames(asked.indirect, capitalise(asked.direct) + "?")
    if asked.noun:
        named, more = noun_frames(asked.noun, asked.noun, False)
        probes = [probes[0], named[0], *probes[1:], *named[1:]]
        others = [q for pair in zip_longest(others, more) for q in pair if q]
    return [(question, (wrong_value, right_value)) for question in (*probes, *others)]


def _dealt(closed: Wordings, opened: list[str]) -> Wordings:
    """Half of the probes of each sort, then the others in turn."""
    probes = (*closed.probes[:2], *opened[:2])
    rest = [[q for q in questions if q not in probes] for questions in (closed.all, opened)]
    return Wordings(probes, tuple(q for pair in zip_longest(*rest) for q in pair if q))
