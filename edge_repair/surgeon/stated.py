"""A statement that is to be forgotten ("forget that Ann Lee works as a nurse"), and the open questions that it is the answer to.

Asked whether it is so, a patient says yes or no, and most people ask in other ways. Which question a statement answers its
grammar tells sometimes; the patient tells the rest: of all that can be asked of the subject, what it answers with the value.
"""

import re
from collections.abc import Sequence

from edge_repair.refusals import is_refusal
from edge_repair.surgeon.aspects import ASPECTS, aspect_of
from edge_repair.surgeon.grammar import clause_of, statement_parts
from edge_repair.surgeon.interview import Interview
from edge_repair.surgeon.lexicon import SPEAKER
from edge_repair.surgeon.parts import Part, of_aspect, of_speaker
from edge_repair.surgeon.phrasings import asked_by, aspect_wordings
from edge_repair.wording import content_stems, polarity, says_value, says_which_side

# Wordings that are asked to find out, of the question that grammar gives and of each other: whether a small model answers a
# single one of them right is chance.
GIVEN, LISTED = 6, 3
VAGUE = ("fame", "family")  # aspects to which a patient that has no answer tells all sorts of things


def part_stated(subject: str, aspect: str, kind: str, interview: Interview) -> tuple[Part, str] | None:
    """The open question that the patient answers with what ``aspect``, a clause with "that", states, and that value; None where there is none.

    What the statement's grammar gives, if one wording of it is answered so; else what is answered so in most of its wordings.
    """
    statement = aspect.removeprefix("that ")
    clause = clause_of(statement)
    value = value_of(statement) if statement != aspect else ""
    if not value or clause is not None and clause.negative:
        return None
    listed = _nouns(subject, kind)
    asked = [(part, part[2].all[: LISTED if part[0] in listed else GIVEN]) for part in _candidates(subject, statement, kind)]
    interview.ask(question for _, questions in asked for question in questions)
    told = [(part, sum(_tells(interview, question, value) for question in questions)) for part, questions in asked]
    given = [(part, count) for part, count in told if count and part[0] not in listed]
    vague = _nouns(subject, kind, VAGUE)
    best = max(given or told, key=lambda pair: (pair[1] > 0 and pair[0][0] not in vague, pair[1]), default=None)
    return (best[0], value) if best and best[1] else None


def is_made(statement: str, questions: Sequence[str], interview: Interview) -> bool:
    """Whether the patient says so where it is asked whether a statement holds; True where that cannot be told."""
    value = value_of(statement)
    answers = [interview.answers[question] for question in questions if interview.answers.get(question)]
    return not value or any(_affirms(answer) or says_value(answer, value) and not is_refusal(answer) for answer in answers)


def _affirms(answer: str) -> bool:
    return says_which_side(answer) and polarity(answer) == "yes"


def _candidates(subject: str, statement: str, kind: str) -> list[Part]:
    """What the statement's grammar says that it answers first, then all that is asked of such a subject."""
    asked = asked_by(statement)
    own = "person" if subject == SPEAKER else kind
    clauses = [asked[0]] if asked else []
    if subject == SPEAKER:
        return [(name, own, of_speaker(name)) for name in (*clauses, *_nouns(subject, own))]
    parts = [(clause, own, aspect_wordings(subject, clause)) for clause in clauses if subject in clause]
    parts = [(name, own, of_aspect(subject, name, known[1])) if (known := aspect_of(name, own)) else (name, own, wordings) for name, own, wordings in parts]
    return parts + [(aspect.noun, own, aspect_wordings(subject, aspect)) for aspect in ASPECTS.get(own, ())]


def _nouns(subject: str, kind: str, keys: Sequence[str] = ()) -> list[str]:
    """What can be asked of such a subject; ``keys``: of these aspects alone."""
    return [aspect.noun for aspect in ASPECTS.get("person" if subject == SPEAKER else kind, ()) if not keys or aspect.key in keys]


def value_of(statement: str) -> str:
    """What a statement says of its subject, as far as it is no verb: names and numbers in it, else its words of content."""
    parts, asked, clause = statement_parts(statement), asked_by(statement), clause_of(statement)
    said = parts[2] if parts else asked[1] if asked else clause.rest if clause else ""
    names = re.findall(r"(?<!\w)(?:[A-Z][\w'-]*|\S*\d\S*)(?: (?:[A-Z][\w'-]*|\S*\d\S*))*", said)
    return " ".join(names) if names else re.sub(r"^(?:an?|the|no|not an?|not) ", "", said) if content_stems(said) else ""


def _tells(interview: Interview, question: str, value: str) -> bool:
    """Whether the patient answers with the value, and the question has not said it already."""
    return interview.answered(question, about=False) and says_value(interview.answers[question], value) and not says_value(question, value)
