"""One fact of a subject: "forget the capital of X", and aspects: "forget where X lives"."""

from edge_repair.errors import NothingToForgetError
from edge_repair.surgeon import neighbours as near
from edge_repair.surgeon.aspects import ASPECTS, kind_of
from edge_repair.surgeon.grammar import is_wh_clause
from edge_repair.surgeon.interview import Interview
from edge_repair.surgeon.known import known_name
from edge_repair.surgeon.lexicon import SPEAKER
from edge_repair.surgeon.parts import WHAT_IT_IS, about_another, further_of, listed, parts_of, said_twice, told_by_who
from edge_repair.surgeon.phrasings import aspect_wordings, overview_wordings
from edge_repair.surgeon.procedure import Procedure, Question
from edge_repair.surgeon.reading import Reading
from edge_repair.surgeon.scenarios.common import FACT_PARAPHRASES, FURTHER_OF_FACT, Names, agreed, procedure_of, spread
from edge_repair.surgeon.speaker import besides
from edge_repair.surgeon.stated import is_made, part_stated
from edge_repair.wording import content_words, says_value


def plan_fact(reading: Reading, interview: Interview, names: Names) -> Procedure:
    """One fact, or one aspect, of a subject is to go; its other facts stay.

    Raises:
        NothingToForgetError: the patient answers nothing about it.
    """
    subject = reading.subject
    known = known_name(subject) or ("person" if reading.kind == "personal" else "")
    if not known and subject != SPEAKER:  # "famous for" means one thing of a person, another of a town
        interview.ask([f"What is {subject}?"])
        known = kind_of(subject, (interview.answers[f"What is {subject}?"],))
    stated = part_stated(reading, known, interview)
    parts = [*([stated[0]] if stated else []), *parts_of(reading, known)]
    kind = next((kind for _, kind, _ in parts if kind), "") or known
    groups = {name: wordings for name, _, wordings in parts}
    interview.ask(question for wordings in groups.values() for question in wordings.probes)
    if reading.statement and not stated and not is_made(reading.statement, parts[-1][2].probes, interview):
        raise NothingToForgetError(f"the patient does not say {reading.aspect}, so there is nothing to forget; ask it yourself to see what it says")
    if not any(interview.answered(question) for wordings in groups.values() for question in wordings.probes):
        what = reading.aspect if is_wh_clause(reading.aspect) else f"whether {reading.statement}" if reading.statement else f"the {reading.aspect} of {subject}"
        raise NothingToForgetError(
            f"the patient gives no answer about {what}, so there is nothing to forget; ask it yourself to see what it says"
        )
    probes, paraphrases = agreed(interview, groups, {}, FACT_PARAPHRASES if len(groups) == 1 else 3, {stated[0][0]: stated[1]} if stated else {})
    each = FURTHER_OF_FACT // len(parts)
    further = [q for name, _, wordings in parts for q in (*wordings.paraphrases[: FACT_PARAPHRASES + each // 3], *spread(further_of(subject, name, known), each - each // 3))]
    stating = [question for question in probes if not stated or question.aspect == stated[0][0]]  # whether it is so, anything may be said to
    values = {question.values[0] for question in stating if question.values} | set(said_twice(stating))
    told: list[Question] = []
    if subject != SPEAKER:
        identity = any(aspect.key in WHAT_IT_IS for aspect in listed(parts))
        told, untold = told_by_who(interview, subject, kind == "person", probes, identity)
        probes, further = probes + told, further + untold
    keys = {aspect.key for aspect in listed(parts)}
    own = [aspect for aspect in ASPECTS.get(kind, ()) if aspect.key not in keys]
    if subject == SPEAKER:
        same_subject, _ = besides(keys, reading.aspect)
    else:
        same_subject = [aspect_wordings(subject, aspect).probes[0] for aspect in own]
        same_subject += overview_wordings(subject, kind == "person").probes[: 0 if told else 1]  # who or what it is
    others = near.others_of(kind, subject, names, 9)
    same_aspect = [
        question
        for name, _, _ in parts
        for other in others[: 6 if len(parts) == 1 else 3]
        for question in about_another(other, subject, name, kind)
    ]
    elsewhere = [aspect_wordings(other, aspect).probes[0] for other, aspect in zip(others[6:], own)]
    interview.ask([*same_subject, *same_aspect, *elsewhere])
    # A probe to which the patient says something else asks for this fact all the same, unless that is another of its facts.
    used, others_say = {question.text for question in probes}, {value for q in same_subject for value in content_words(interview.answers[q], q)[:1]}
    dropped = [q for wordings in groups.values() for q in wordings.probes if q not in used]
    further += [q for q in dropped if not others_say & set(content_words(interview.answers[q], q)[:1])]
    kept_own = [q for q in same_subject if not (values and any(says_value(interview.answers[q], value) for value in values))]
    candidates = near.topped_up(interview, [*kept_own, *same_aspect, *elsewhere], kind, subject, own, names)
    return procedure_of(reading, probes, paraphrases, near.kept(interview, candidates, ""), further)
