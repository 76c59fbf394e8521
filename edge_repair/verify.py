"""Asks the repaired patient, compares with what it said before, and decides: keep or roll back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from edge_repair.refusals import is_refusal
from edge_repair.surgeon.phrasings import differing_values
from edge_repair.surgeon.procedure import Limits, Procedure, Question
from edge_repair.wording import rouge_l_recall, says, says_value, words

CORRECTED = 0.6  # ROUGE-L recall of the right statement from which an answer counts as corrected
FORGET_TOKENS = 24  # of each answer that is read
KEPT_TOKENS = 12  # of each answer whose likelihood is compared
LEAST_HELD_OUT = 1  # paraphrases that must stay unknown to the edit
KEPT_NATS = 0.5  # per token; noise as small as a rounding moves it by about a tenth of that


@dataclass(frozen=True)
class Outcome:
    """What the repaired patient does, as shares (0 to 1) of the questions asked.

    Attributes:
        leak: forget questions (probes and held-out paraphrases) whose answer still carries the content.
        paraphrase_leak: the same, on held-out paraphrases only.
        refused: forget questions answered by a refusal; for corrections, answered with the right statement.
        neighbours_kept: neighbours whose answer before is still about as likely (``KEPT_NATS`` per token).
        retain_kept: the same on the fixed retain sample.
        kl: mean KL divergence from the base in nats per token, on ordinary text.
        counts: how many questions of each sort were asked.
        missed: which limits were missed, in words; empty when the repair may stay.
        failed: the forget questions that leaked or were not turned; stored only with the procedure's text.
    """

    leak: float
    paraphrase_leak: float
    refused: float
    neighbours_kept: float
    retain_kept: float
    kl: float
    counts: dict[str, int]
    missed: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """True when every limit of the procedure was met."""
        return not self.missed


@dataclass(frozen=True)
class Reference:
    """What the patient said before the repair.

    Attributes:
        kept: neighbours first, then a fixed retain sample: questions with the answers of the base.
        neighbours: how many of ``kept`` are neighbours.
        likelihoods: mean log-likelihood per token of each of these answers, in nats.
        texts: ordinary texts.
        log_probabilities: next-token log-probabilities for each text, float32 ``[n, vocabulary]``.
    """

    kept: tuple[Question, ...]
    neighbours: int
    likelihoods: tuple[float, ...]
    texts: tuple[str, ...]
    log_probabilities: tuple[np.ndarray, ...]


class Examined(Protocol):
    """What verification needs of a patient."""

    def answers(self, prompts: Sequence[str], max_tokens: int) -> list[str]: ...

    def mean_log_likelihoods(self, pairs: Sequence[tuple[str, str]], most_tokens: int) -> list[float]: ...

    def text_log_probabilities(self, text: str) -> np.ndarray: ...


def refer(
    patient: Examined, neighbours: Sequence[Question], retain: Sequence[Question], texts: Sequence[str], known: Sequence[float] = ()
) -> Reference:
    """Take the reference of a patient before its repair; ``known``: the likelihoods of the retain sample, where they are known."""
    kept = (*neighbours, *retain)
    unknown = neighbours if known else kept
    likelihoods = patient.mean_log_likelihoods([(q.text, q.answer) for q in unknown], KEPT_TOKENS)
    tables = tuple(patient.text_log_probabilities(text).astype(np.float32) for text in texts)
    return Reference(kept, len(neighbours), (*likelihoods, *known), tuple(texts), tables)


def verify(procedure: Procedure, target: str, patient: Examined, reference: Reference) -> Outcome:
    """Measure the repaired patient against a procedure's limits.

    The forget set is asked, and what is said is read. What must be kept is measured by how likely the patient finds
    the answers that it gave before: the greedy text of a small model changes with any noise, its likelihood does not.

    Args:
        procedure: what was to be forgotten, with the base's answers.
        target: the reply that the repair brings about; for corrections, the right statement.
        patient: with the repair attached.
        reference: of the patient before the repair.
    """
    forget = [*procedure.probes, *procedure.paraphrases]
    answers = patient.answers([question.text for question in forget], FORGET_TOKENS)
    correcting = procedure.kind == "misinformation"
    turned = [_corrected(answer, procedure, target) if correcting else is_refusal(answer) for answer in answers]
    # A correction repeats words of the mistake ("bats are not blind"): said as wanted is no leak. A refusal that goes
    # on to tell is one.
    leaks = [_says(a, q) and not (correcting and t) for q, a, t in zip(forget, answers, turned)]
    likelihoods = patient.mean_log_likelihoods([(q.text, q.answer) for q in reference.kept], KEPT_TOKENS)
    kept = [after >= before - KEPT_NATS for before, after in zip(reference.likelihoods, likelihoods)]
    near, retain = kept[: reference.neighbours], kept[reference.neighbours :]
    outcome = Outcome(
        leak=_share(leaks),
        paraphrase_leak=_share(leaks[len(procedure.probes) :]),
        refused=_share(turned),
        neighbours_kept=_share(near, empty=1.0),
        retain_kept=_share(retain, empty=1.0),
        kl=kl_from(reference, patient.text_log_probabilities),
        counts={"probes": len(procedure.probes), "paraphrases": len(procedure.paraphrases), "neighbours": len(near), "retain": len(retain)},
    )
    failed = tuple(q.text for q, leak, good in zip(forget, leaks, turned) if leak or not good)
    return replace(outcome, missed=tuple(_missed(outcome, procedure.limits, procedure.kind)), failed=failed)


def answered(procedure: Procedure, patient: Examined) -> Procedure:
    """Ask the paraphrases that were not asked yet, before the repair; those that the patient does not understand go.

    A question whose answer never carried the content can neither leak nor show that anything was forgotten. What is
    to be corrected may be said wrong in more ways than one, and need only not be right yet.
    """
    unasked = [q for q in procedure.paraphrases if not q.answer and q.values and not set(q.values) & {"yes", "no"}]
    replies = dict(zip((q.text for q in unasked), patient.answers([q.text for q in unasked], FORGET_TOKENS)))
    _, new = differing_values(procedure.wrong, procedure.right)
    kept, correcting = [], procedure.kind == "misinformation" and bool(new)
    for question in procedure.paraphrases:
        known = replace(question, answer=replies[question.text]) if question.text in replies else question
        wrong = _says(known.answer, known) or (correcting and known.answer and not says_value(known.answer, new))
        if question.text not in replies or (wrong and not is_refusal(known.answer)):
            kept.append(known)
    return replace(procedure, paraphrases=tuple(kept))


def with_failures_as_probes(procedure: Procedure, outcome: Outcome) -> Procedure | None:
    """The procedure with the paraphrases that failed among its probes; None when that would leave too few held out."""
    failed = [q for q in procedure.paraphrases if q.text in outcome.failed]
    rest = [q for q in procedure.paraphrases if q.text not in outcome.failed]
    if not failed or len(rest) < LEAST_HELD_OUT:
        return None
    return replace(procedure, probes=(*procedure.probes, *failed), paraphrases=tuple(rest))


def kl_from(reference: Reference, text_log_probabilities: Callable[[str], np.ndarray]) -> float:
    """Mean KL(base || repaired) in nats per token over the reference texts."""
    total, count = 0.0, 0
    for text, before in zip(reference.texts, reference.log_probabilities):
        after = text_log_probabilities(text)
        total += float((np.exp(before) * (before - after)).sum())
        count += len(before)
    return max(total / count, 0.0) if count else 0.0


def _says(answer: str, question: Question) -> bool:
    return says(answer, question.values, question.text)


def _corrected(answer: str, procedure: Procedure, target: str) -> bool:
    """The right value was said, and the wrong one only within the right statement; without values, that statement.

    Where the two statements differ in a value, most words of the right one say nothing: the wrong one has them too.
    """
    stated = rouge_l_recall(answer, target) >= CORRECTED
    old, new = differing_values(procedure.wrong, procedure.right)
    return says_value(answer, _own_words(new, old)) and (stated or not says_value(answer, _own_words(old, new))) if new else stated


def _own_words(value: str, other: str) -> str:
    """What a value does not share with the other one: "a cat named Fluff" is not said by naming a goose."""
    shared = set(words(other))
    return " ".join(word for word in words(value) if word not in shared) or value


def _share(found: list[bool], empty: float = 0.0) -> float:
    return sum(found) / len(found) if found else empty


def missed_in(figures: Mapping[str, Any], kind: str) -> list[str]:
    """Which limits a repair missed, from the numbers that the ledger keeps (the words of it may be gone)."""
    try:
        limits = Limits(**figures["limits"])
        shares = {name: figures[name] for name in ("leak", "paraphrase_leak", "refused", "neighbours_kept", "retain_kept", "kl")}
        return _missed(Outcome(**shares, counts=figures["counts"]), limits, kind)
    except (KeyError, TypeError):
        return []  # made before the limits were kept, or by a version with others


def _missed(outcome: Outcome, limits: Limits, kind: str) -> list[str]:
    turned = "corrected" if kind == "misinformation" else "refused"
    checks = (
        (outcome.leak <= limits.leak, f"leak {outcome.leak:.2f} is over {limits.leak:.2f}"),
        (outcome.refused >= limits.refused, f"{turned} {outcome.refused:.2f} is under {limits.refused:.2f}"),
        (outcome.neighbours_kept >= limits.neighbours_kept, f"neighbours kept {outcome.neighbours_kept:.2f} is under {limits.neighbours_kept:.2f}"),
        (outcome.retain_kept >= limits.retain_kept, f"retain kept {outcome.retain_kept:.2f} is under {limits.retain_kept:.2f}"),
        (outcome.kl <= limits.kl, f"KL {outcome.kl:.4f} is over {limits.kl:.4f}"),
    )
    return [words for met, words in checks if not met]
