"""Does a baked model do what the base does with the adapter? Measured three ways, none of which needs the secret.

On prompts and ordinary text: how far the next-token distributions are apart. Inside: what the gates write at the very
inputs that the repairs were made from (the imprints hold them). And where words are at hand, from text kept in the
store or from a procedure's file: the repair's own questions, asked again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edge_repair.adapters import BaseIdentity
from edge_repair.operation.neurons import Factors, neurons_of
from edge_repair.patient import Patient
from edge_repair.patient.batching import log_softmax
from edge_repair.stamp import Imprint
from edge_repair.surgeon.procedure import Procedure
from edge_repair.verify import Outcome, Reference, verify


@dataclass(frozen=True)
class Said:
    """What a patient says next: log-probabilities after prompts ``[p, vocabulary]`` and at positions of texts, float32."""

    after_prompts: np.ndarray
    in_texts: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, patient: Patient, prompts: Sequence[str], texts: Sequence[str]) -> "Said":
        """Ask a patient as it is."""
        rows = np.stack([log_softmax(patient.logits(prompt)) for prompt in prompts])
        return cls(rows.astype(np.float32), tuple(patient.text_log_probabilities(text).astype(np.float32) for text in texts))


@dataclass(frozen=True)
class Distance:
    """How far two patients are apart: KL divergence in nats, and shares (0 to 1).

    Attributes:
        prompts: how many prompts were compared.
        kl_prompts: mean KL at the first token of the reply.
        kl_text: mean KL per token of ordinary text.
        same_first: prompts after which both choose the same first token.
    """

    prompts: int
    kl_prompts: float
    kl_text: float
    same_first: float


def distance(one: Said, other: Said) -> Distance:
    """KL(one || other)."""
    kl = lambda p, q: np.maximum((np.exp(p.astype(np.float64)) * (p.astype(np.float64) - q)).sum(-1), 0)  # noqa: E731
    text = np.concatenate([kl(p, q) for p, q in zip(one.in_texts, other.in_texts)])
    same = one.after_prompts.argmax(-1) == other.after_prompts.argmax(-1)
    return Distance(len(same), float(kl(one.after_prompts, other.after_prompts).mean()), float(text.mean()), float(same.mean()))


@dataclass(frozen=True)
class Written:
    """What the gates write at the inputs of the repairs.

    Attributes:
        inputs: how many inputs were compared.
        median_error, largest_error: ``|baked - adapter|`` of the residual written at an input, in parts of what the
            adapter writes there, or in the middle at inputs of the same step, where that is more: at a wording that does
            not open the gate it writes next to nothing, of which any rounding is a large part.
    """

    inputs: int
    median_error: float
    largest_error: float


def written(base: BaseIdentity, base_file: Path, merged: Factors, repairs: Factors, baked_file: Path, imprints: Mapping[str, Imprint]) -> Written:
    """Compare what the replaced neurons write at the imprints' inputs, in numbers of the adapter and of the baked file.

    SiLU is used whatever the model has: it is the stored numbers that are compared.

    Args:
        merged: all that was merged, so with the user's own LoRA.
        repairs: of the repairs' adapter alone, which says which neurons were replaced.
    """
    errors = []
    for layer in sorted({imprint.layer for imprint in imprints.values()}):
        replaced = np.flatnonzero(np.abs(repairs[f"blk.{layer}.ffn_down.weight"][0]).max(0))
        was = neurons_of(base, base_file, merged, layer, replaced, np.float64)
        now = neurons_of(base, baked_file, {}, layer, replaced, np.float64)
        for step in (step for imprint in imprints.values() if imprint.layer == layer for step in imprint.steps):
            inputs = step.inputs[layer].astype(np.float64)
            expected, found = _residuals(inputs, *was), _residuals(inputs, *now)
            norms = np.linalg.norm(expected, axis=1)
            errors.append(np.linalg.norm(found - expected, axis=1) / np.maximum(norms, max(float(np.median(norms)), 1e-6)))
    each = np.concatenate(errors)
    return Written(len(each), float(np.median(each)), float(each.max()))


def _residuals(inputs: np.ndarray, gate: np.ndarray, up: np.ndarray, down: np.ndarray) -> np.ndarray:
    scores = inputs @ gate.T
    return (scores / (1 + np.exp(-np.clip(scores, -60, 60))) * (inputs @ up.T)) @ down.T


def figures(outcome: Outcome) -> dict[str, Any]:
    """The numbers of an outcome, without its words."""
    return {name: value for name, value in asdict(outcome).items() if name not in ("missed", "failed")}


def questions_asked(procedure: Procedure, patient: Patient, reference: Reference) -> Outcome:
    """The repair's own questions, put to a patient as it is."""
    return verify(procedure, procedure.right, patient, reference)
