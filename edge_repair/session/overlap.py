"""Whether an active repair already changes what a new one is about: two answers to one question cannot both be given.

What a repair was about is not kept in words, so the model is asked: with and without each active repair of the same
subject (a keyed hash tells which). Two things forgotten of one subject go well together. A correction beside a repair that
forgets or corrects the same does not: the model would say neither, or the old thing again once one of them is undone.
"""

from edge_repair.errors import UsageError
from edge_repair.refusals import is_refusal
from edge_repair.session.state import State
from edge_repair.surgeon import Procedure
from edge_repair.wording import content_words

ASKED = 4  # probes
TOKENS = 24
MANY = 0.5  # share of the probes that are answered otherwise without it, from which a repair stands in the way


def refuse_overlap(state: State, procedure: Procedure) -> None:
    """Raise UsageError where an active repair has to be taken back before this procedure makes sense; asks only where there may be one."""
    active = [repair for repair in state.ledger.find(procedure.subject) if repair.status == "committed"]
    active = [repair for repair in active if "misinformation" in (repair.kind, procedure.kind)]
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


def _says(question: str, answer: str) -> tuple[str, ...]:
    """The first thing that an answer says; nothing for a refusal."""
    return () if is_refusal(answer) else content_words(answer, question)[:1]
