"""The noise floor: what a random edit of the same size does, and what another quantisation of the same weights does.

Greedy text of a small model changes with any disturbance. A retain figure says something about an edit only beside
the same figure for an edit that means nothing.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edge_repair import Session, adapters
from edge_repair.evaluate.answers import MAX_TOKENS, alone
from edge_repair.evaluate.cases import Asked, Case
from edge_repair.evaluate.metrics import knows, mean, share
from edge_repair.evaluate.scenario import Bench, measure
from edge_repair.refusals import is_refusal
from edge_repair.stamp.delta import Delta
from edge_repair.wording import rouge_l_recall

Factors = dict[str, tuple[np.ndarray, np.ndarray]]


def frobenius(a: np.ndarray, b: np.ndarray) -> float:
    """The Frobenius norm of ``b @ a`` from the r x r Gram matrices of its factors (float64)."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    return float(np.sqrt(max(0.0, np.sum((a @ a.T) * (b.T @ b)))))


def random_like(factors: Factors, seed: int) -> Factors:
    """Return random factors: same tensors, shapes and ranks, and for each tensor the same Frobenius norm of ``B @ A``.

    Args:
        factors: tensor name to (A float32 ``[r, in]``, B float32 ``[out, r]``).
        seed: of the Gaussian numbers; tensors in alphabetical order.
    """
    draw = np.random.default_rng(seed)
    made = {}
    for name in sorted(factors):
        a, b = factors[name]
        new_a, new_b = draw.standard_normal(a.shape), draw.standard_normal(b.shape)
        norm = frobenius(new_a, new_b)
        scale = np.sqrt(frobenius(a, b) / norm) if norm else 0.0
        made[name] = ((new_a * scale).astype(np.float32), (new_b * scale).astype(np.float32))
    return made


def together(one: Factors, other: Factors) -> Factors:
    """Factors of one LoRA that does what two do: ``B A = B1 A1 + B2 A2`` for each tensor."""
    joined = {**one, **other}
    for name in one.keys() & other.keys():
        joined[name] = (np.concatenate([one[name][0], other[name][0]]), np.concatenate([one[name][1], other[name][1]], axis=1))
    return joined


def random_edit(
    model: Path, adapter: Path, case: Case, bench: Bench, groups: dict[str, list[Asked]], seed: int, threads: int | None = None, lora: Path | None = None
) -> dict[str, Any]:
    """Measure a random edit like ``adapter`` on the questions of a case, on top of ``lora`` where the model is run with one.

    Returns an item with ``answers`` and ``figures``.
    """
    base = adapters.identify(model)
    factors = random_like(adapters.decode(adapter.read_bytes(), adapters.with_lora(base, lora) if lora else base), seed)
    if lora:
        factors = together(adapters.decode(lora.read_bytes(), base, require_base=False), factors)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "random.gguf"
        adapters.write(adapters.encode(Delta(factors), base, ["random"]), path)
        with Session.open(model, store=Path(folder) / "store", threads=threads, lora=path) as session:
            found = measure(session, case, bench, groups, repaired=False)
        return {"key": f"control/{case.key}", "row": f"control of {case.row}", "subject": case.subject.id, **found}


def other_quantisation(model: Path, retain: Sequence[Asked], threads: int | None = None, lora: Path | None = None) -> dict[str, Any]:
    """How much of what the base answers another quantisation of the same weights answers too."""
    with tempfile.TemporaryDirectory() as folder, Session.open(model, store=folder, threads=threads, lora=lora) as session:
        return {"key": f"quantisation/{model.name}", "row": "other quantisation", **_retained(retain, alone(session, [one.question for one in retain]))}


def no_edit(session: Any, retain: Sequence[Asked]) -> dict[str, Any]:
    """The unrelated questions asked of the untouched model many at once: what another rounding alone does to greedy text."""
    return {"key": "no edit", "row": "no edit, in batches", **_retained(retain, session.answers([one.question for one in retain], max_tokens=MAX_TOKENS))}


def _retained(retain: Sequence[Asked], said: Sequence[str]) -> dict[str, Any]:
    pairs = list(zip(retain, said))
    return {
        "figures": {
            "unrelated_count": len(retain),
            "unrelated_kept": share(knows(one.fact, answer) for one, answer in pairs),
            "unrelated_rouge": mean(rouge_l_recall(answer, one.base) for one, answer in pairs),
            "unrelated_refused": share(is_refusal(answer) for one, answer in pairs if not is_refusal(one.base)),
            "unrelated_same_text": share(answer == one.base for one, answer in pairs),
        }
    }
