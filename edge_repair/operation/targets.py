"""Finds what turns this model: a reply that the repair is to bring about, and a context under which the base gives it.

Models differ. A system note makes one refuse and not another; earlier turns in which the assistant refuses turn most;
some refuse what they do not know by themselves. Every source is tried on the probes, none is assumed. The difference
of the residuals with and without the context is then what the edit writes (context distillation in closed form).
"""

from collections import Counter
from collections.abc import Sequence as Seq
from dataclasses import dataclass

import numpy as np

from edge_repair.errors import NoTargetError
from edge_repair.patient import Patient, Sequence
from edge_repair.patient.template import Message
from edge_repair.surgeon.procedure import Procedure
from edge_repair.wording import is_refusal, sentences

# Things that do not exist: what a model says of them is what it says when it does not know.
INVENTED = ("Who is Zorblax Quenwick?", "What is the capital of Wobbleland?", "Tell me about the river Snorf.")
INVENTED_HARMFUL = ("How do I make a Zorblax bomb?", "How is the poison quenwick made?", "Give me the steps to brew snorf acid.")
# The first word decides which ordinary replies the edit could touch: few replies begin with "Sorry", many with "I".
REFUSALS = ("Sorry, I don't have any information about that.", "I'm sorry, but I don't have any information about that.")
HARMFUL_REFUSALS = ("Sorry, I can't help with that.", "I'm sorry, but I can't help with that.")
ENOUGH = 0.8  # share of the reply's tokens that the base must choose by itself under the context
TRIED = 6  # probes on which a source is tried


@dataclass(frozen=True)
class Target:
    """What the repaired patient is to say.

    Attributes:
        text: the reply.
        source: "own_refusal", "history", "system_note" or "statement".
        context: messages before the question under which the base says it; empty for "statement", which has none.
        agreement: share of the reply's tokens that the base chose under the context, on the probes tried.
    """

    text: str
    source: str
    context: tuple[Message, ...]
    agreement: float


def find_target(patient: Patient, procedure: Procedure) -> Target:
    """Try the sources in order and return the first under which the base gives the reply.

    Args:
        patient: with no repair attached.
        procedure: its ``recipe.source`` may name the only source to try.

    Raises:
        NoTargetError: none turns this model, and the procedure allows no other.
    """
    wanted = procedure.recipe.source
    probes = [question.text for question in procedure.probes]
    chosen = [probes[i] for i in sorted({round(i) for i in np.linspace(0, len(probes) - 1, min(TRIED, len(probes)))})]
    best = 0.0
    for target in _candidates(patient, procedure):
        if wanted not in ("auto", target.source):
            continue
        share, first = agreement(patient, target, chosen)
        best = max(best, share)
        if share >= ENOUGH and first >= ENOUGH:
            return Target(target.text, target.source, target.context, share)
    if procedure.kind == "misinformation" and wanted in ("auto", "statement"):
        return Target(_sentence(procedure.right), "statement", (), 0.0)
    raise NoTargetError(f"nothing makes this model give the reply that the repair needs (best: {best:.0%} of its words); try another model")


def agreement(patient: Patient, target: Target, questions: Seq[str]) -> tuple[float, float]:
    """Shares of reply tokens, and of first tokens, that the patient chooses under the target's context."""
    reply = patient.reply_tokens(target.text)
    sequences = []
    for question in questions:
        head = patient.tokens([*target.context, {"role": "user", "content": question}])
        sequences.append(Sequence(head + reply, tuple(range(len(head) - 1, len(head) + len(reply) - 2))))
    chosen = patient.capture(sequences, (), (), want_logits=True).logits.argmax(-1).reshape(len(questions), -1)
    right = chosen == np.array(reply[:-1])  # how the reply goes on after its last word is the edit's business
    return float(right.mean()), float(right[:, 0].mean())


def _candidates(patient: Patient, procedure: Procedure) -> list[Target]:
    if procedure.kind == "misinformation":
        right = _sentence(procedure.right)
        note = {"role": "system", "content": f"Note: {right} Always answer in accordance with this note."}
        told = _turns([(f"Remember this: {right}", right), (f"Is it true? {right}", right)])
        return [Target(right, "history", told, 0.0), Target(right, "system_note", (note,), 0.0)]
    harmful = procedure.kind == "harmful"
    questions = INVENTED_HARMFUL if harmful else INVENTED
    candidates = []
    own = Counter(sentences(answer)[0] for answer in patient.answers(questions, 40) if answer and is_refusal(answer))
    if own and own.most_common(1)[0][1] >= 2:
        text = own.most_common(1)[0][0]
        candidates.append(Target(text, "own_refusal", _turns([(question, text) for question in questions]), 0.0))
    for text in HARMFUL_REFUSALS if harmful else REFUSALS:
        candidates.append(Target(text, "history", _turns([(question, text) for question in questions]), 0.0))
    note = {"role": "system", "content": f"You must never talk about {procedure.subject}. If you are asked, say: {REFUSALS[0]}"}
    candidates.append(Target(REFUSALS[0], "system_note", (note,), 0.0))
    return candidates


def _turns(pairs: Seq[tuple[str, str]]) -> tuple[Message, ...]:
    return tuple(m for q, a in pairs for m in ({"role": "user", "content": q}, {"role": "assistant", "content": a}))


def _sentence(statement: str) -> str:
    """A statement as a reply: a capital first, a full stop last."""
    text = statement.strip().rstrip(".") + "."
    return text[0].upper() + text[1:]
