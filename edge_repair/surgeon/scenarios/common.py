"""What the plans of all sorts of request share."""

from collections.abc import Mapping, Sequence

from edge_repair.surgeon.interview import Interview, shared_value, with_first
from edge_repair.surgeon.phrasings import Wordings
from edge_repair.surgeon.procedure import Procedure, Question
from edge_repair.surgeon.reading import Reading
from edge_repair.wording import content_words, says_value

Names = Mapping[str, Sequence[str]]  # by kind of subject ("person", "thing", ...), of what this patient is known to know
OVERVIEW = "overview"
PRIVATE_ASPECTS = ("home", "phone", "pet", "hobby")
FACT_PARAPHRASES = 6
FURTHER_OF_FACT = 24


def agreed(
    interview: Interview, groups: Mapping[str, Wordings], elsewhere: Mapping[str, Sequence[str]], held_out: int, known: Mapping[str, str] = {}
) -> tuple[list[Question], list[Question]]:
    """Probes and paraphrases of every aspect the patient answers; private ones only where its answers agree.

    The probes are those that the patient was asked and answered. Where they agree on a value, the paraphrases need
    not be asked now: that value is what they must not bring out any more. Where they do not, as in open questions
    ("tell me about ..."), each question carries the content of its own answer. ``known``: values that the request states.
    """
    by_aspect: dict[str, str] = {}
    for key, wordings in groups.items():
        questions = [question for question in wordings.all if question in interview.answers]
        by_aspect[key] = known.get(key, "") or shared_value(interview, questions, [interview.answers[other] for other in elsewhere.get(key, ())])
    chosen = [key for key in groups if by_aspect[key] or key not in PRIVATE_ASPECTS] or list(groups)
    interview.ask(
        question
        for key in chosen
        if not by_aspect[key] and key in (OVERVIEW, *_only(groups))
        for question in groups[key].paraphrases[:held_out]
    )
    probes, paraphrases = [], []
    for key in chosen:
        wordings, value = groups[key], by_aspect[key]
        # A wording to which the patient says something else is no way to this fact: left out. One to which it says the value
        # is, whether or not its answer speaks of what was asked ("When was I born?" "Your birthday is 12 February.").
        usable = [q for q in wordings.all if (interview.tells(q, value) if value else interview.answered(q))]
        first = [q for q in usable if q in wordings.probes] or usable[:1]
        probes += [forget_question(interview, q, key, value) for q in first]
        if value:
            paraphrases += [Question(q, "", (value,), key) for q in wordings.paraphrases[:held_out]]
        else:
            paraphrases += [forget_question(interview, q, key, "") for q in usable if q not in first]
    return probes, paraphrases


def _only(groups: Mapping[str, Wordings]) -> tuple[str, ...]:
    """The key of the only group: where there are several, the overview stands for the open ones."""
    return tuple(groups) if len(groups) == 1 else ()


def forget_question(interview: Interview, question: str, aspect: str, value: str) -> Question:
    """A question of the forget set; the value its wordings agree on comes first where the answer says it."""
    answer = interview.answers[question]
    values = content_words(answer, question)
    return interview.question(question, aspect, with_first(value, values) if value and says_value(answer, value) else values)


def procedure_of(
    reading: Reading, probes: Sequence[Question], paraphrases: Sequence[Question], neighbours: Sequence[Question], further: Sequence[str] = ()
) -> Procedure:
    """The procedure; no question stands in two of its parts."""
    asked = {question.text for question in (*probes, *paraphrases)}
    further = [text for text in dict.fromkeys(further) if text not in asked]
    taken = asked | set(further)
    return Procedure(
        kind="unspecified" if reading.kind == "misinformation" and not reading.right else reading.kind,  # nothing to put in its place
        subject=reading.subject, scope=reading.scope, aspect=reading.aspect, wrong=reading.wrong, right=reading.right,
        probes=tuple(probes), paraphrases=tuple(paraphrases), neighbours=tuple(q for q in neighbours if q.text not in taken),
        further=tuple(further),
    )  # fmt: skip


def spread(items: Sequence[str], count: int) -> list[str]:
    """At most ``count`` of the items, from all over the list."""
    step = max(1, -(-len(items) // count))
    return list(items[::step])
