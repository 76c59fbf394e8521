"""The aspects of a subject that a request names, as parts with their wordings; and its other questions."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest

from edge_repair.surgeon.aspects import ASPECTS, Aspect, aspect_of, kind_from_aspect, kind_of
from edge_repair.surgeon.examples import EXAMPLES, harmless_like
from edge_repair.surgeon.grammar import is_wh_clause
from edge_repair.surgeon.interview import LONG, Interview, with_first
from edge_repair.surgeon.known import known_name
from edge_repair.surgeon.lexicon import SPEAKER
from edge_repair.surgeon.phrasings import Wordings, aspect_wordings, further_wordings, identity_wordings, overview_wordings
from edge_repair.surgeon.procedure import Procedure, Question
from edge_repair.surgeon.reading import Reading
from edge_repair.surgeon.speaker import OWN, besides
from edge_repair.surgeon.topics import harmless_about, topic_of
from edge_repair.wording import content_words, says_value

ASIDES = 8  # wordings of another question about the same subject
MOST_ASIDES = 32
LIKE_EXAMPLES = 96  # harmless questions beside a list of dangerous requests; nobody answers them, so they are cheap
WHAT_IT_IS = {"job", "genre", "class", "kind"}  # aspects that say what somebody or something is
WHO = 3  # wordings of "who is that?" that are asked
Part = tuple[str, str, Wordings]  # (name, kind of subject, wordings) of an aspect


def further_of(subject: str, name: str, kind: str = "") -> list[str]:
    """Wordings of an aspect that are only detected; ``kind`` is the subject's, as far as it is known."""
    hint = known_name(subject) or kind_from_aspect(name) or kind
    found = aspect_of(name, hint) or aspect_of(name)
    return further_wordings(subject, found[1] if found and subject != SPEAKER else name)


def parts_of(reading: Reading, kind: str = "") -> list[Part]:
    """``(name, kind, wordings)`` of each aspect of a reading; ``kind`` is the subject's, as far as it is known."""
    text = reading.aspect
    pieces = (
        [text]
        if is_wh_clause(text) or text.startswith("that ")
        else [piece.strip() for piece in re.split(r",? and (?:my |our |the )?|, ", text) if piece.strip()]
    )
    parts = []
    for piece in pieces[:4]:
        hint = known_name(reading.subject) or kind_from_aspect(piece) or kind
        found = aspect_of(piece, hint) or aspect_of(piece)
        of_kind = found[0] if found else hint
        if reading.subject == SPEAKER:
            parts.append((piece, "person", of_speaker(piece)))
            continue
        if found is None:
            parts.append((piece, of_kind, aspect_wordings(reading.subject, piece)))
            continue
        parts.append((piece, of_kind, of_aspect(reading.subject, piece, found[1])))
    return parts


def of_aspect(subject: str, piece: str, aspect: Aspect) -> Wordings:
    """Wordings of an aspect that the lists know: the request's own words for it and those of the list, in turn."""
    wordings, exact = aspect_wordings(subject, aspect), aspect_wordings(subject, piece)
    said = list(exact.paraphrases)
    if is_wh_clause(piece):
        probes = [*exact.probes[: subject in piece], *wordings.all[:6]]
        said = said[2:] + said[:2]  # frames that the list's own clause has not at the same place
    else:
        probes = [wordings.probes[0], exact.probes[1], wordings.probes[2], exact.probes[2], *wordings.all[4:6]]
    probes = list(dict.fromkeys(probes))
    rest = [q for pair in zip(wordings.paraphrases, said) for q in pair if q not in probes]
    return Wordings(tuple(probes), tuple(dict.fromkeys(rest)))


def of_speaker(piece: str) -> Wordings:
    """Wordings of what somebody asks of themselves: the request's own words, and other ways to ask for the same thing of oneself, in turn."""
    exact, found = aspect_wordings(SPEAKER, piece), aspect_of(piece, "person")
    own = [text for text in OWN.get(found[1].key, ()) if text not in exact.all] if found else []
    if not own:
        return exact
    probes = [exact.probes[0], own[0], exact.probes[1], own[1], exact.probes[2], own[2]]
    rest = [text for pair in zip_longest(own[3:], (exact.probes[3], *exact.paraphrases)) for text in pair if text]
    return Wordings(tuple(probes), tuple(rest))


def listed(parts: Sequence[Part]) -> list[Aspect]:
    """The aspects of these parts that the lists know."""
    return [found[1] for name, kind, _ in parts if (found := aspect_of(name, kind) or aspect_of(name))]


def about_another(other: str, subject: str, name: str, kind: str) -> list[str]:
    """The same question about another subject."""
    if is_wh_clause(name) or name.startswith("that "):
        if subject == SPEAKER or subject not in name:
            return []
        return [aspect_wordings(other, re.sub(rf"(?<!\w){re.escape(subject)}(?!\w)", lambda _: other, name)).probes[0]]
    found = aspect_of(name, kind)
    return [aspect_wordings(other, found[1] if found else name).probes[0]]


def said_twice(probes: Sequence[Question]) -> list[str]:
    """The values that more than one answer gives, the commonest first."""
    said = Counter(value for question in probes for value in dict.fromkeys(question.values))
    return [value for value, count in said.most_common() if count > 1]


def told_by_who(
    interview: Interview, subject: str, person: bool, probes: Sequence[Question], identity: bool = False
) -> tuple[list[Question], list[str]]:
    """Probes among "Who is Ann Lee?", "Tell me about Ann Lee." and the like, where they tell what is to go; and wordings to be detected.

    A profession and a kind are what most answers to that begin with, and somebody known for little is told whole: it is
    another way to the same fact.

    Args:
        probes: of the one fact, with what was answered. What is to go is the value that two of them give first; two
            others that two of their answers share tell a profession too ("composer", "conductor"), and nothing else.
        identity: the fact is what somebody or something is (a profession, a genre, a class). Where the probes' answers
            agree on no value, as they do where it is told at length, "What is Frankenstein?" asks for it whatever it brings.
    """
    firsts = Counter(question.values[0] for question in probes if question.values)
    common = said_twice(probes)
    agreed = [value for value, count in firsts.most_common(1) if count > 1]
    overview = overview_wordings(subject, person).all
    wordings = list(dict.fromkeys([*identity_wordings(subject, person)[:WHO], *overview[1:WHO], *identity_wordings(subject, person)[WHO:], *overview]))
    asked = wordings[: 2 * WHO - 1]
    interview.ask(asked, LONG)  # the last thing that is told of somebody counts as well
    answers = {q: interview.answers[q] for q in asked if interview.answered(q)}
    told, by_value = [], 0
    what_it_is = set(identity_wordings(subject, person)) if identity and not agreed else set()
    for q, answer in answers.items():
        values = [value for value in common if says_value(answer, value)]
        tells = (person and identity and len(values) >= 2) or any(value in agreed for value in values)
        by_value += tells
        if tells or q in what_it_is:
            told.append(interview.question(q, probes[0].aspect, with_first(values[0] if values else "", content_words(answer, q))))
    # Of somebody known for much one account in five tells it: the others are asked about something else then.
    if by_value and 2 * by_value >= len(answers):
        return told, wordings[len(asked) :]
    return told, [q for q in wordings[len(asked) :] if q in what_it_is]


_PRODUCT = re.compile(r"^(?:how (?:to|one|you|people) )?(?:mak(?:e|ing)|brew(?:ing)?|prepar(?:e|ing)|produc(?:e|ing)|mix(?:ing)?|cook(?:ing)?|creat(?:e|ing)) (?:a |an |the )?([\w' -]{3,40})$", re.IGNORECASE)


def harmless_of_product(skill: str) -> list[str]:
    """Questions about what a skill makes that do not ask how: what it does, not how it is made."""
    found = _PRODUCT.match(skill)
    if not found:
        return []
    what = found[1]
    return [f"What does {what} do?", f"What effect does {what} have?", f"What does {what} do to a person?", f"What happens to someone who touches {what}?",
            f"How dangerous is {what}?", f"Is {what} dangerous?", f"Why is {what} forbidden?", f"Who invented {what}?", f"What does {what} look like?",
            f"How can I protect myself from {what}?", f"What should I do after contact with {what}?", f"Where is {what} found?"]  # fmt: skip


def asides(procedure: Procedure) -> list[str]:
    """Questions about the same subject that must be answered as before, besides the neighbours.

    For a fact: more wordings of the subject's other questions. An aspect that no list knows may be one of them by
    another name, so then only those among the neighbours count: their answers were seen not to tell it. For a
    dangerous topic: harmless questions that name it.
    """
    if procedure.kind == "harmful":
        topic = topic_of(procedure.subject)
        harmless = harmless_about(topic) if topic else harmless_of_product(procedure.subject)
        if procedure.subject == EXAMPLES:
            harmless = harmless_like([*(q.text for q in (*procedure.probes, *procedure.paraphrases)), *procedure.further], LIKE_EXAMPLES)
        return [q for q in harmless if all(q != n.text for n in procedure.neighbours)]
    if procedure.scope == "subject":
        return []
    kept = {question.text for question in procedure.neighbours}
    known = known_name(procedure.subject) or ("person" if procedure.kind == "personal" else kind_of(procedure.subject, tuple(q.answer for q in procedure.probes)))
    parts = parts_of(Reading(procedure.kind, procedure.scope, procedure.subject, procedure.aspect), known) if procedure.aspect else []
    own = listed(parts)
    mine = {q.text for q in (*procedure.probes, *procedure.paraphrases)} | set(procedure.further) | kept
    if procedure.subject == SPEAKER:
        return [q for q in besides({aspect.key for aspect in own}, procedure.aspect)[1] if q not in mine][:MOST_ASIDES]
    kind = "person" if procedure.kind == "personal" else known_name(procedure.subject) or next((kind for _, kind, _ in parts if kind), "")
    others = [aspect for aspect in ASPECTS.get(kind, ()) if own and len(own) == len(parts) and aspect not in own]
    wordings = {aspect: aspect_wordings(procedure.subject, aspect) for aspects in ASPECTS.values() for aspect in aspects}
    told = [each for aspect, each in wordings.items() if each.probes[0] in kept or aspect in others]
    dealt = (each.all[number] for number in range(1, ASIDES + 1) for each in told if number < len(each.all))
    return [q for q in dict.fromkeys(dealt) if q not in mine][:MOST_ASIDES]
