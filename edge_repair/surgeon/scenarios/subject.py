"""Whole subjects: "forget everything about X"."""

from collections.abc import Sequence

from edge_repair.errors import NothingToForgetError
from edge_repair.surgeon import neighbours as near
from edge_repair.surgeon.aspects import ASPECTS, kind_of
from edge_repair.surgeon.interview import Interview, is_crisp
from edge_repair.surgeon.known import known_name
from edge_repair.surgeon.lexicon import SPEAKER
from edge_repair.surgeon.phrasings import Wordings, aspect_wordings, further_wordings, loose_wordings, overview_wordings, scene_wordings
from edge_repair.surgeon.procedure import Procedure, Question
from edge_repair.surgeon.reading import Reading
from edge_repair.surgeon.scenarios.common import OVERVIEW, PRIVATE_ASPECTS, Names, agreed, procedure_of, spread
from edge_repair.wording import content_words, says

MOST_ASPECTS = 7
PROBES_AN_ASPECT = 3
PARAPHRASES_AN_ASPECT = 2
FURTHER_OF_EACH = 3  # further wordings of each aspect, when the whole subject is to go


def plan_subject(reading: Reading, interview: Interview, names: Names) -> Procedure:
    """All that the patient tells of a subject is to go.

    Raises:
        NothingToForgetError: it answers nothing about it.
    """
    subject = reading.subject
    speaker = subject == SPEAKER
    kind = "person" if speaker else known_name(subject)
    if not kind:
        opening = [f"Who is {subject}?", f"What is {subject}?", f"Tell me about {subject}."]
        interview.ask(opening)
        kind = (
            "person"
            if reading.kind == "personal"
            else kind_of(subject, tuple(interview.answers[q] for q in opening if interview.answered(q)))
        )
    overview = overview_wordings(subject, kind == "person")
    public = bool(known_name(subject))  # nobody knows the pet of Napoleon: asked, a model only makes one up
    relevant = [aspect for aspect in ASPECTS[kind] if not (public and kind == "person" and aspect.key in PRIVATE_ASPECTS)]
    aspects = {aspect.key: aspect_wordings(subject, aspect.noun if speaker else aspect) for aspect in relevant}
    interview.ask([overview.probes[0], *(wordings.probes[0] for wordings in aspects.values())])
    asked = {aspect.key: aspect for aspect in ASPECTS[kind]}
    alive = [key for key, wordings in aspects.items() if interview.answered(wordings.probes[0])]
    others = (
        near.others_of(kind, subject, names, 2 * len(alive) + 2)
        if not speaker
        else near.others_of("person", subject, names, 2 * len(alive) + 2)
    )
    elsewhere: dict[str, list[str]] = {}
    crisp = {key for key in alive if is_crisp(interview.answers[aspects[key].probes[0]], aspects[key].probes[0])}
    for index, key in enumerate(alive):  # what is told at length costs most and compares worst: asked of one other only
        elsewhere[key] = [
            aspect_wordings(other, asked[key]).probes[0] for other in others[2 * index : 2 * index + (2 if key in crisp else 1)]
        ]
    about_others = [overview_wordings(other, kind == "person").probes[0] for other in others[-1:]]
    interview.ask([*(question for pair in elsewhere.values() for question in pair), *about_others])
    alive = [key for key in alive if not _said_of_all(interview, aspects[key].probes[0], elsewhere[key])][:MOST_ASPECTS]
    groups: dict[str, Wordings] = {key: aspects[key] for key in alive}
    groups[OVERVIEW] = overview
    interview.ask(question for key, wordings in groups.items() for question in wordings.probes[: PROBES_AN_ASPECT - (key not in crisp)])
    probes, paraphrases = agreed(interview, groups, elsewhere, PARAPHRASES_AN_ASPECT)
    if not probes:
        raise NothingToForgetError(
            f"the patient gives no answer about {subject}, so there is nothing to forget; ask it about {subject} to see what it says"
        )
    # Whatever names the subject is to be refused, so these need no answer: nothing is told of them now.
    probes += [Question(text) for text in ([] if speaker else loose_wordings(subject, kind))]
    further = [q for key in alive if not speaker for q in spread(further_wordings(subject, asked[key]), FURTHER_OF_EACH)]
    further += [q for wordings in groups.values() for q in spread(wordings.paraphrases[PARAPHRASES_AN_ASPECT:], FURTHER_OF_EACH // 2)]
    further += [] if speaker else scene_wordings(subject, kind)
    candidates = [*about_others, *(question for questions in elsewhere.values() for question in questions)]
    candidates = near.topped_up(interview, candidates, kind, subject, [asked[key] for key in alive], names)
    return procedure_of(reading, probes, paraphrases, near.kept(interview, candidates, subject), further)


def _said_of_all(interview: Interview, question: str, others: Sequence[str]) -> bool:
    """Whether an answer is also what the patient says of every other subject it was asked about: no knowledge."""
    values = content_words(interview.answers[question], question)
    answers = [interview.answers[other] for other in others]
    return (
        len(answers) >= 2
        and all(says(answer, values[:1], question) for answer in answers)
        and all(interview.answers[question].strip() == answer.strip() or says(answer, values, question) for answer in answers)
    )
