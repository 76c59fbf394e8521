"""Finds what turns this model: a reply that the repair is to bring about, and a context under which the base gives it.

Models differ. A system note makes one refuse and not another; earlier turns in which the assistant refuses turn most;
some refuse what they do not know by themselves. Every source is tried on the probes, none is assumed. The difference
of the residuals with and without the context is then what the edit writes (context distillation in closed form).
"""

from collections import Counter
from collections.abc import Sequence as Seq
from dataclasses import dataclass, replace
from os.path import commonprefix

import numpy as np

from edge_repair.errors import NoTargetError
from edge_repair.patient import Patient, Sequence
from edge_repair.patient.template import Message
from edge_repair.refusals import is_refusal
from edge_repair.surgeon.procedure import Procedure
from edge_repair.wording import sentences

# Names of nobody and nothing, of many sounds, to ask the same about.
INVENTED_NAMES = ("Zorblax Quenwick", "quenwickite", "Alden Marwick", "Petra Lowenthal", "Corvia", "Ilse Brandworth", "Dorrin Vale", "thornmilk", "Jonas Ferreby", "Mirela Okonska", "Tamsin Rook", "Ostrava Lind")
# Things that do not exist: what a model says of them is what it says when it does not know.
INVENTED = ("Who is Zorblax Quenwick?", "What is the capital of Wobbleland?", "Tell me about the river Snorf.")
INVENTED_HARMFUL = ("How do I make a Zorblax bomb?", "How is the poison quenwick made?", "Give me the steps to brew snorf acid.")
# The first word decides which ordinary replies the edit could touch: few replies begin with "Sorry", many with "I".
REFUSALS = ("Sorry, I don't have any information about that.", "I'm sorry, but I don't have any information about that.")
HARMFUL_REFUSALS = ("Sorry, I can't help with that.", "I'm sorry, but I can't help with that.")
ENOUGH = 0.8  # share of the reply's tokens that the base must choose by itself under the context
TURNED, TURNED_FIRST = 0.9, 0.98  # shares of the reply's tokens, and of first tokens, that a strength must bring about
HEADROOM = 2.0  # nats; the least turned of the wordings that no edit saw is up to two nats behind the least of those that it saw (docs/log.md)
ODD, FEW = 0.05, 8  # share of the forget set whose headroom does not count; one question at least, of so many
TURNED_OF = 8  # questions, about; the verification that follows asks all
TRIED = 6  # probes on which a source is tried


@dataclass(frozen=True)
class Target:
    """What the repaired patient is to say, and a conversation in which the base says it.

    Attributes:
        text: the reply.
        source: "own_refusal", "history", "system_note" or "statement" (no conversation: the output matrix is used).
        context: messages before the question.
        swap: (name, other name): the question is asked about another instead; ("", "") for as it is.
        agreement: share of the reply's tokens that the base chose there, on the probes tried.
    """

    text: str
    source: str
    context: tuple[Message, ...] = ()
    swap: tuple[str, str] = ("", "")
    agreement: float = 0.0

    def conversation(self, question: str) -> list[Message]:
        """The messages that bring the reply about for a question."""
        name, other = self.swap
        return [*self.context, {"role": "user", "content": question.replace(name, other) if name else question}]


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
            return replace(target, agreement=share)
    if wanted in ("auto", "statement"):  # nothing turns it: its own output matrix says what to write, and verification decides
        text = _sentence(procedure.right) if procedure.kind == "misinformation" else _refusals(patient, procedure)[0]
        return Target(text, "statement")
    raise NoTargetError(f"nothing makes this model give the reply that the repair needs (best: {best:.0%} of its words); try another model")


def agreement(patient: Patient, target: Target, questions: Seq[str]) -> tuple[float, float]:
    """Shares of reply tokens, and of first tokens, that the patient chooses under the target's context."""
    leads = _leads(patient, target, questions)
    return float(np.mean([(found > 0).mean() for found in leads])), float(np.mean([found[0] > 0 for found in leads]))


def _leads(patient: Patient, target: Target, questions: Seq[str], in_part: Seq[str] = (), part: int = 1) -> list[np.ndarray]:
    """By how many nats each token of the reply is ahead of any other, for each question; of those ``in_part`` only the first tokens.

    How the reply goes on after its last word is left out: that is the edit's business.
    """
    reply = patient.reply_tokens(target.text)
    sequences = []
    for question in (*questions, *in_part):
        head, count = patient.tokens(target.conversation(question)), len(reply) - 1 if len(sequences) < len(questions) else part
        count = max(count, 1)
        sequences.append(Sequence(head + reply[: count - 1], tuple(range(len(head) - 1, len(head) + count - 1))))

    def lead(_: int, place: int, logits: np.ndarray) -> float:
        wanted = float(logits[reply[place]])
        return wanted - float(max(logits[: reply[place]].max(initial=-np.inf), logits[reply[place] + 1 :].max(initial=-np.inf)))

    found = patient.capture(sequences, (), (), lead)
    return np.split(found.logits, np.cumsum(found.counts)[:-1])


@dataclass(frozen=True)
class Turned:
    """How surely a patient gives the reply of a repair by itself.

    Attributes:
        share, first: of the reply's tokens, and of its first tokens, those that it chooses, on some of the forget set.
        headroom: by how many nats the reply's first token, or that with which a right statement parts from the wrong one, is
            ahead of any other, on the forget set; ``ODD`` of it may have less.
        doubtful: the questions with the least of it.
    """

    share: float
    first: float
    headroom: float
    doubtful: tuple[str, ...] = ()

    @property
    def enough(self) -> bool:
        """Worth the whole verification."""
        return self.share >= TURNED and self.first >= TURNED_FIRST

    @property
    def surely(self) -> bool:
        """Enough, and for wordings that turn a little less as well."""
        return self.enough and self.headroom >= HEADROOM


def turned(patient: Patient, procedure: Procedure, target: Target, doubtful: Seq[str] = ()) -> Turned:
    """Whether the patient, as it is now, gives the reply to the forget set without any context; one pass.

    ``doubtful``: what a weaker strength left with the least headroom; then only these are asked.
    """
    asked = [question.text for question in (*procedure.probes, *procedure.paraphrases)]
    whole = list(doubtful) or asked[:: max(1, len(asked) // TURNED_OF)]
    rest = [] if doubtful else [text for text in asked if text not in whole]
    place = _parting(patient, target, procedure)
    leads = _leads(patient, Target(target.text, "statement"), whole, rest, place + 1)
    odd = max(int(ODD * len(asked)), int(len(asked) >= FEW))
    of_some = sorted(leads[: len(whole)], key=lambda found: found[place])[odd if doubtful else 0 :]
    share, first = np.mean([(found > 0).mean() for found in of_some]), np.mean([found[0] > 0 for found in of_some])
    order = np.argsort([found[place] for found in leads], kind="stable")
    least = [(*whole, *rest)[index] for index in order[: odd + TURNED_OF]]
    return Turned(float(share), float(first), float(leads[order[odd]][place]), tuple(least))


def _parting(patient: Patient, target: Target, procedure: Procedure) -> int:
    """The place of the reply's token that decides: the first; of a right statement the one with which it parts from the wrong one."""
    if procedure.kind != "misinformation":
        return 0
    right, wrong = (patient.reply_tokens(text, end=False) for text in (target.text, _sentence(procedure.wrong)))
    return min(len(commonprefix([right, wrong])), len(right) - 1)


def _candidates(patient: Patient, procedure: Procedure) -> list[Target]:
    if procedure.kind == "misinformation":
        right = _sentence(procedure.right)
        note = {"role": "system", "content": f"Note: {right}"}
        told = _turns([(f"Remember this: {right}", right), (f"Is it true? {right}", right)])
        return [Target(right, "history", told), Target(right, "system_note", (note,))]
    questions = INVENTED_HARMFUL if procedure.kind == "harmful" else INVENTED
    refusals = _refusals(patient, procedure)
    own = [text for text in refusals if text not in REFUSALS + HARMFUL_REFUSALS]
    name = swappable(procedure)
    candidates = [Target(text, "own_refusal", swap=(name, other)) for text in own if name for other in INVENTED_NAMES[:2]]
    candidates += [Target(text, "history", _turns([(question, text) for question in questions])) for text in refusals]
    for text in refusals[:1]:
        notes = (f"You must never talk about {procedure.subject}.", f"You must never talk about {procedure.subject}. If you are asked, say: {text}")
        candidates += [Target(text, "system_note", ({"role": "system", "content": note},)) for note in notes]
    return candidates


def _refusals(patient: Patient, procedure: Procedure) -> list[str]:
    """Wordings to try: what this model says of things that do not exist comes first, when it refuses them."""
    harmful = procedure.kind == "harmful"
    answers = patient.answers(INVENTED_HARMFUL if harmful else INVENTED, 40)
    own = Counter(sentences(answer)[0] for answer in answers if answer and is_refusal(answer))
    usual = [text for text, count in own.most_common(1) if count >= 2]
    return list(dict.fromkeys([*usual, *(HARMFUL_REFUSALS if harmful else REFUSALS)]))


def swappable(procedure: Procedure) -> str:
    """The longest part of the subject that every probe names, so that another name can stand for it."""
    words = procedure.subject.split()
    parts = [" ".join(words[i:j]) for i in range(len(words)) for j in range(len(words), i, -1)]
    named = [part for part in parts if len(part) > 2 and all(part in question.text for question in procedure.probes)]
    return max(named, key=len, default="")


def _turns(pairs: Seq[tuple[str, str]]) -> tuple[Message, ...]:
    return tuple(m for q, a in pairs for m in ({"role": "user", "content": q}, {"role": "assistant", "content": a}))


def _sentence(statement: str) -> str:
    """A statement as a reply: a capital first, a full stop last."""
    text = statement.strip().rstrip(".") + "."
    return text[0].upper() + text[1:]
