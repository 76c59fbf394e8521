"""Corrections: a wrong statement, and the right one to be said in its place."""

import re
from dataclasses import replace

from edge_repair.errors import NothingToForgetError, UsageError
from edge_repair.refusals import is_refusal
from edge_repair.surgeon import neighbours as near
from edge_repair.surgeon.aspects import ASPECTS, aspect_of, kind_from_aspect, kind_of
from edge_repair.surgeon.elicitation import elicitation
from edge_repair.surgeon.grammar import affirm, as_sentence
from edge_repair.surgeon.interview import Interview
from edge_repair.surgeon.known import known_name
from edge_repair.surgeon.parts import about_another, further_of
from edge_repair.surgeon.phrasings import Wordings, aspect_wordings, overview_wordings, statement_wordings
from edge_repair.surgeon.procedure import Procedure, Question
from edge_repair.surgeon.reading import Reading
from edge_repair.surgeon.scenarios.common import FACT_PARAPHRASES, FURTHER_OF_FACT, Names, procedure_of, spread
from edge_repair.wording import content_words, normalise, polarity, says_value

CORRECTION_PROBES = 6


def plan_correction(reading: Reading, interview: Interview, names: Names) -> Procedure:
    """A wrong statement is replaced by the right one.

    Raises:
        UsageError: the right statement only goes on from the wrong one.
        NothingToForgetError: the patient says the right one already.
    """
    if normalise(reading.wrong).startswith(normalise(reading.right)):
        raise UsageError(f'the right statement ("{reading.right}") says nothing that the wrong one does not say; say both whole: "Wrong: ... Right: ..."')
    wordings, values_of, right_of = elicitation(reading)
    wordings = Wordings(wordings.all[:CORRECTION_PROBES], wordings.all[CORRECTION_PROBES:])
    interview.ask(wordings.probes)

    def is_right(question: str) -> bool:
        answer, right = interview.answers[question], right_of(question)
        if right in ("yes", "no"):
            return polarity(answer) == right and not is_refusal(answer)
        return bool(right) and says_value(answer, right) and not says_value(answer, values_of(question)[0])

    def values(question: str) -> tuple[str, ...]:
        answer, wrong = interview.answers[question], values_of(question)
        return wrong if wrong[0] in ("yes", "no") or says_value(answer, wrong[0]) else content_words(answer, question)

    astray = [q for q in wordings.probes if interview.answers[q] and not is_right(q)]
    if not astray:  # a model may be right in some wordings and wrong in others
        interview.ask(wordings.paraphrases)
        astray = [q for q in wordings.paraphrases if interview.answers[q] and not is_right(q)][:CORRECTION_PROBES]
    if not astray:
        raise NothingToForgetError(f"the patient already says that {reading.right.rstrip('.')}, so there is nothing to correct")
    probes = [interview.question(q, reading.aspect, values(q)) for q in astray]
    paraphrases = [Question(q, "", values_of(q), reading.aspect) for q in wordings.paraphrases if q not in astray][:FACT_PARAPHRASES]
    candidates = _near(reading, interview, names)
    claimed = {value for question in (*probes, *paraphrases) for value in question.values[:1] if value not in ("yes", "no")}
    kept = [
        q
        for q in near.kept(interview, candidates, "")
        if not (reading.subject.lower() in q.text.lower() and any(says_value(q.answer, value) for value in claimed))
    ]  # an answer that makes the claim being corrected must not survive
    full = replace(reading, wrong=as_sentence(reading.wrong), right=as_sentence(reading.right))
    further = [*wordings.paraphrases, *spread(further_of(reading.subject, reading.aspect) if reading.aspect else (), FURTHER_OF_FACT // 2)]
    return procedure_of(full, probes, paraphrases, kept, further)


def _near(reading: Reading, interview: Interview, names: Names) -> list[str]:
    """Questions near a statement that must be answered as before."""
    subject = reading.subject
    hint = kind_from_aspect(reading.aspect) if reading.aspect else ""
    kind = known_name(subject) or hint
    bare = re.sub(r"^(?:the|a|an) ", "", subject)
    kind = kind or known_name(bare)
    if not kind:
        interview.ask([f"What is {subject}?"])
        kind = kind_of(subject, (interview.answers[f"What is {subject}?"],))
    others = near.others_of(kind, bare, names, 6)
    same: list[str] = []
    if reading.aspect:
        same = [question for other in others for question in about_another(other, subject, reading.aspect, kind)]
    elif subject in affirm(reading.wrong):
        frames = statement_wordings(reading.wrong).probes
        same = [
            statement_wordings(affirm(reading.wrong).replace(subject, other, 1)).probes[index % len(frames)]
            for index, other in enumerate(others[:6])
        ]
    own = [aspect for aspect in ASPECTS[kind] if not (found := aspect_of(reading.aspect, kind)) or aspect.key != found[1].key]
    about = [aspect_wordings(subject, aspect).probes[0] for aspect in own[:4]] + list(
        overview_wordings(subject, kind == "person").probes[:1]
    )
    truths = ["Is it true that Paris is the capital of France?", "Do fish live in water?", "Is the sun hot?"]
    elsewhere = [aspect_wordings(other, aspect).probes[0] for other, aspect in zip(others, own)][:4]
    questions = [*about, *same, *truths, *elsewhere]
    interview.ask(questions)
    return near.topped_up(interview, questions, kind, subject, own, names)
