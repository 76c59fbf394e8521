"""Whether an active repair already changes what a new one is about: two answers to one question cannot both be given.

What a repair was about is not kept in words, so the model is asked: with and without each active repair of the same
subject (a keyed hash tells which). Two things forgotten of one subject go well together. A correction beside a repair that
forgets or corrects the same does not: the model would say neither, or the old thing again once one of them is undone. What
is to be forgotten a second time is planned from what the untouched model says of it, if anything of it is still told.
"""

from collections.abc import Callable, Sequence

from edge_repair.errors import NothingToForgetError, UsageError
from edge_repair.ledger import Repair
from edge_repair.refusals import is_refusal
from edge_repair.session.state import State
from edge_repair.surgeon import Procedure
from edge_repair.surgeon.interview import Ask
from edge_repair.wording import content_words, says

ASKED = 4  # probes
TOKENS = 24
LITTLE = 3  # probes; a plan with no more of them may be made of what a repair left over
MANY = 0.5  # share of the probes that are answered otherwise without it, from which a repair stands in the way


def refuse_overlap(state: State, procedure: Procedure) -> None:
    """Raise UsageError where an active repair has to be taken back before this procedure makes sense; asks only where there may be one."""
    active = [repair for repair in _active(state, procedure.subject) if "misinformation" in (repair.kind, procedure.kind)]
    if not active:
        return
    questions = [question.text for question in procedure.probes[:ASKED]]
    with state.bared() as patient:
        imprints = state.stored_imprints()
        now = patient.answers(questions, TOKENS)
        for repair in active:
            rest = {name: imprint for name, imprint in imprints.items() if name != repair.id}
            state.attach_bytes(state.solved(rest) if rest else None)
            before = patient.answers(questions, TOKENS)
            otherwise = [_says(q, one) != _says(q, other) for q, one, other in zip(questions, now, before)]
            if sum(otherwise) >= MANY * len(questions):
                raise UsageError(
                    f"repair {repair.id} already changes what is said of this; take it back first (in the chat: /undo {repair.id}, "
                    f"else: edge-repair repairs undo {repair.id}) and say it again"
                )


def not_from_remains(state: State, procedure: Procedure, plan: Callable[[Ask], Sequence[Procedure]]) -> Procedure:
    """The procedure; or, where an active repair makes the same forgotten and little is told any more, the one for all of it.

    What is left then says little of what was to go, often nothing: "What is her address?" "She is a barber."

    Args:
        plan: makes the procedures of the same request with another patient to ask.

    Raises:
        NothingToForgetError: no wording of the whole brings anything out any more.
    """
    active = _forgetting(state, procedure.subject) if len(procedure.probes) <= LITTLE and procedure.kind not in ("misinformation", "harmful") else []
    if not active or not state.routed:
        return procedure
    with state.bared() as patient:
        state.attach(None)
        planned = plan(patient.answers)
    whole = next((one for one in planned if (one.subject, one.aspect, one.scope) == (procedure.subject, procedure.aspect, procedure.scope)), procedure)
    questions = (*whole.probes, *whole.paraphrases)
    texts = [question.text for question in questions]
    with state.synced() as patient:
        called = patient.carried(texts)
        if sum(any(repair.id in ids for repair in active) for ids in called) < MANY * len(texts):
            return procedure
        answers = patient.answers(texts, TOKENS)
    if any(not is_refusal(answer) and says(answer, question.values, question.text) for question, answer in zip(questions, answers)):
        return whole
    raise NothingToForgetError(
        f"repair {active[0].id} makes it forget that already: none of {len(texts)} questions brings it out; if another one does, ask it in the chat and say there what it is to forget"
    )


def already(state: State, subjects: Sequence[str]) -> str:
    """What may be the reason that a patient says nothing of these subjects, in words; "" if no repair is."""
    active = [repair for subject in subjects for repair in _forgetting(state, subject)]
    return f"; repair {active[0].id} already makes it forget something of that" if active else ""


def _forgetting(state: State, subject: str) -> list[Repair]:
    return [repair for repair in _active(state, subject) if repair.kind != "misinformation"]


def _active(state: State, subject: str) -> list[Repair]:
    return [repair for repair in state.ledger.find(subject) if repair.status == "committed"]


def _says(question: str, answer: str) -> tuple[str, ...]:
    """The first thing that an answer says; nothing for a refusal."""
    return () if is_refusal(answer) else content_words(answer, question)[:1]
