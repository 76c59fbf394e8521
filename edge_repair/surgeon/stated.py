"""A statement that is to be forgotten ("forget that Ann Lee works as a nurse"), and the open questions that it is the answer to.

Asked whether it is so, a patient says yes or no, and most people ask in other ways. Which question a statement answers its
grammar tells sometimes; the patient tells the rest: of all that can be asked of the subject, what it answers with the value.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from edge_repair.refusals import is_refusal
from edge_repair.surgeon.aspects import ASPECTS
from edge_repair.surgeon.grammar import clause_of, statement_parts
from edge_repair.surgeon.interview import Interview
from edge_repair.surgeon.lexicon import SPEAKER
from edge_repair.surgeon.parts import Part, of_speaker, parts_of
from edge_repair.surgeon.phrasings import asked_by, aspect_wordings
from edge_repair.surgeon.reading import Reading
from edge_repair.wording import content_stems, polarity, says_value, says_which_side

# Wordings that are asked to find out, of the question that grammar gives and of each other: whether a small model answers a
# single one of them right is chance.
GIVEN, LISTED = 6, 3
VAGUE = ("fame", "family")  # aspects to which a patient that has no answer tells all sorts of things


def part_stated(reading: Reading, kind: str, interview: Interview) -> tuple[Part, str] | None:
    """The open question that the patient answers with what a reading states, and that value; None where there is none, or nothing is stated.

    What the statement's grammar gives, if one wording of it is answered so; else what is answered so in most of its wordings.
    """
    clause, value = clause_of(reading.statement), _value_of(reading.statement)
    if not value or clause is not None and clause.negative:
        return None
    kind = "person" if reading.subject == SPEAKER else kind
    listed = [aspect.noun for aspect in ASPECTS.get(kind, ())]
    asked = [(part, part[2].all[: LISTED if part[0] in listed else GIVEN]) for part in _candidates(reading, kind)]
    interview.ask(question for _, questions in asked for question in questions)
    told = [(part, sum(_tells(interview, question, value) for question in questions)) for part, questions in asked]
    given = [(part, count) for part, count in told if count and part[0] not in listed]
    vague = [aspect.noun for aspect in ASPECTS.get(kind, ()) if aspect.key in VAGUE]
    best = max(given or told, key=lambda pair: (pair[1] > 0 and pair[0][0] not in vague, pair[1]), default=None)
    return (best[0], value) if best and best[1] else None


def is_made(statement: str, questions: Sequence[str], interview: Interview) -> bool:
    """Whether the patient says so where it is asked whether a statement holds; True where that cannot be told."""
    value = _value_of(statement)
    answers = [interview.answers[question] for question in questions if interview.answers.get(question)]
    return not value or any(_affirms(answer) or says_value(answer, value) and not is_refusal(answer) for answer in answers)


def _affirms(answer: str) -> bool:
    return says_which_side(answer) and polarity(answer) == "yes"


def _candidates(reading: Reading, kind: str) -> list[Part]:
    """What the statement's grammar says that it answers first, then all that is asked of such a subject."""
    subject, asked = reading.subject, asked_by(reading.statement)
    given = parts_of(replace(reading, aspect=asked[0]), kind) if asked and (subject == SPEAKER or subject in asked[0]) else []
    return given + [(aspect.noun, kind, of_speaker(aspect.noun) if subject == SPEAKER else aspect_wordings(subject, aspect)) for aspect in ASPECTS.get(kind, ())]


def _value_of(statement: str) -> str:
    """What a statement says of its subject, as far as it is no verb: names and numbers in it, else its words of content."""
    parts, asked, clause = statement_parts(statement), asked_by(statement), clause_of(statement)
    said = parts[2] if parts else asked[1] if asked else clause.rest if clause else ""
    names = re.findall(r"(?<!\w)(?:[A-Z][\w'-]*|\S*\d\S*)(?: (?:[A-Z][\w'-]*|\S*\d\S*))*", said)
    return " ".join(names) if names else re.sub(r"^(?:an?|the|no|not an?|not) ", "", said) if content_stems(said) else ""


def _tells(interview: Interview, question: str, value: str) -> bool:
    """Whether the patient answers with the value, and the question has not said it already."""
    return interview.answered(question, about=False) and says_value(interview.answers[question], value) and not says_value(question, value)
