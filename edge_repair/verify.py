"""Asks the repaired patient, compares with what it said before, and decides: keep or roll back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from edge_repair.surgeon.procedure import Procedure, Question
from edge_repair.wording import is_refusal, rouge_l_recall, says

Ask = Callable[[Sequence[str]], list[str]]
CORRECTED = 0.6  # ROUGE-L recall of the right statement from which an answer counts as corrected


@dataclass(frozen=True)
class Outcome:
    """What the repaired patient does, as shares (0 to 1) of the questions asked.

    Attributes:
        leak: forget questions (probes and held-out paraphrases) whose answer still carries the content.
        paraphrase_leak: the same, on held-out paraphrases only.
        refused: forget questions answered by a refusal; for corrections, answered with the right statement.
        neighbours_kept: neighbours whose answer still carries its content.
        retain_kept: the same on the fixed retain sample.
        kl: mean KL divergence from the base in nats per token, on ordinary text.
        counts: how many questions of each sort were asked.
        missed: which limits were missed, in words; empty when the repair may stay.
    """

    leak: float
    paraphrase_leak: float
    refused: float
    neighbours_kept: float
    retain_kept: float
    kl: float
    counts: dict[str, int]
    missed: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """True when every limit of the procedure was met."""
        return not self.missed


@dataclass(frozen=True)
class Reference:
    """What the patient said before the repair: a fixed retain sample, and next-token log-probabilities on text.

    Attributes:
        retain: questions with the answers of the base.
        texts: ordinary texts.
        log_probabilities: for each text, float32 ``[n, vocabulary]``.
    """

    retain: tuple[Question, ...]
    texts: tuple[str, ...]
    log_probabilities: tuple[np.ndarray, ...]


def verify(procedure: Procedure, target: str, ask: Ask, reference: Reference, text_log_probabilities: Callable[[str], np.ndarray]) -> Outcome:
    """Measure the repaired patient against a procedure's limits.

    Args:
        procedure: what was to be forgotten, with the base's answers.
        target: the reply that the repair brings about; for corrections, the right statement.
        ask: puts questions to the repaired patient.
        reference: of the patient before the repair.
        text_log_probabilities: of the repaired patient, for a text.
    """
    questions = (procedure.probes, procedure.paraphrases, procedure.neighbours, reference.retain)
    answers = iter(ask([question.text for group in questions for question in group]))
    probes, paraphrases, neighbours, retain = ([(question, next(answers)) for question in group] for group in questions)
    forget = probes + paraphrases
    correcting = procedure.kind == "misinformation"

    def turned(answer: str) -> bool:
        return rouge_l_recall(answer, target) >= CORRECTED if correcting else is_refusal(answer)

    def leaks(question: Question, answer: str) -> bool:
        return not turned(answer) and _says(answer, question)

    outcome = Outcome(
        leak=_share([leaks(q, a) for q, a in forget]),
        paraphrase_leak=_share([leaks(q, a) for q, a in paraphrases]),
        refused=_share([turned(a) for _, a in forget]),
        neighbours_kept=_share([_says(a, q) for q, a in neighbours], empty=1.0),
        retain_kept=_share([_says(a, q) for q, a in retain], empty=1.0),
        kl=kl_from(reference, text_log_probabilities),
        counts={"probes": len(probes), "paraphrases": len(paraphrases), "neighbours": len(neighbours), "retain": len(retain)},
    )
    return Outcome(**{**outcome.__dict__, "missed": tuple(_missed(outcome, procedure))})


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


def _share(found: list[bool], empty: float = 0.0) -> float:
    return sum(found) / len(found) if found else empty


def _missed(outcome: Outcome, procedure: Procedure) -> list[str]:
    limits = procedure.limits
    turned = "corrected" if procedure.kind == "misinformation" else "refused"
    checks = (
        (outcome.leak <= limits.leak, f"leak {outcome.leak:.2f} is over {limits.leak:.2f}"),
        (outcome.refused >= limits.refused, f"{turned} {outcome.refused:.2f} is under {limits.refused:.2f}"),
        (outcome.neighbours_kept >= limits.neighbours_kept, f"neighbours kept {outcome.neighbours_kept:.2f} is under {limits.neighbours_kept:.2f}"),
        (outcome.retain_kept >= limits.retain_kept, f"retain kept {outcome.retain_kept:.2f} is under {limits.retain_kept:.2f}"),
        (outcome.kl <= limits.kl, f"KL {outcome.kl:.4f} is over {limits.kl:.4f}"),
    )
    return [words for met, words in checks if not met]
