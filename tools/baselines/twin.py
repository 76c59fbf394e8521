"""What a method edits: a model in torch, whole or with low-rank changes, and how conversations reach it.

The methods are written once, against ``Twin``. ``whole`` has the shipped patient, every weight of which may change;
``low_rank`` a real model's file, which stays as it is and gets a LoRA.
"""

import functools
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as functional
from memory.network import Rows
from patient_model.batches import IGNORE
from patient_model.muon import fast_precision

from edge_repair.patient import Patient

Pairs = Sequence[tuple[str, str]]  # questions and answers


@dataclass(frozen=True)
class Batch:
    """Conversations, padded on the right.

    Attributes:
        tokens: what follows the beginning that all have in common (``Rows.prefix``; it may be empty), int64 ``[n, length]``.
        labels: the next token where it belongs to the answer or ends the turn, else ``IGNORE``; int64 ``[n, length]``.
    """

    tokens: torch.Tensor
    labels: torch.Tensor

    @property
    def wanted(self) -> torch.Tensor:
        """Where an answer is foretold, bool ``[n, length]``."""
        return self.labels != IGNORE

    @property
    def real(self) -> torch.Tensor:
        """Positions up to the last answer token of each row, bool ``[n, length]``: all that is not padding."""
        return self.wanted.flip(1).cumsum(1).flip(1) > 0


class Twin(Protocol):
    """A model in torch that a method may change.

    Attributes:
        network: has the parameters.
        width, layers: of the residual; how many.
        first: the layer that ``entering`` leads to; nothing below it is ever changed.
        size: questions of either sort that a step of training takes.
    """

    network: torch.nn.Module
    width: int
    layers: int
    first: int
    size: int

    def batch(self, pairs: Pairs) -> Batch:
        """Conversations as the chat template has them."""

    def ends(self, questions: Sequence[str], names: Sequence[str]) -> torch.Tensor:
        """Index in ``Batch.tokens`` of the token in which a subject's name ends, int64 ``[questions]``."""

    def parameters(self, down: range | None = None) -> list[torch.nn.Parameter]:
        """What is trained: everything, or the change of ``ffn_down`` in these layers."""

    def entering(self, batch: Batch) -> Rows:
        """Activations that enter layer ``first``."""

    def through(self, rows: Rows, first: int, last: int) -> Rows:
        """Run layers ``first`` to ``last - 1``."""

    def keys(self, batch: Batch, layer: int) -> Rows:
        """What enters ``ffn_down`` of a layer: ``[p, ffn]`` and ``[n, length, ffn]``."""

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        """Logits ``[rows, vocabulary]`` of what leaves the last layer, ``[rows, width]``."""

    def change(self, layer: int, a: torch.Tensor, b: torch.Tensor) -> None:
        """Add B @ A (``[width, r]``, ``[r, ffn]``) to ``ffn_down`` of a layer, once."""

    def untouched(self) -> "Twin":
        """The model as it is before an edit, which stays so."""

    def opened(self) -> AbstractContextManager[Patient]:
        """The model as it is now, in llama.cpp."""


_precision = functools.cache(lambda: fast_precision("cpu"))  # tried once: what is measured could differ from step to step


def fast_products() -> torch.autocast:
    """Products in bfloat16 where the processor has units for it."""
    return torch.autocast("cpu", torch.bfloat16, enabled=_precision() is torch.bfloat16)


def residuals(twin: Twin, batch: Batch, layer: int) -> torch.Tensor:
    """The output of a layer, float32 ``[n, length, width]``."""
    return twin.through(twin.entering(batch), twin.first, layer + 1).own.float()


def token_losses(twin: Twin, batch: Batch) -> list[torch.Tensor]:
    """Cross-entropy of every answer token (nats), a tensor for each row."""
    with fast_products():
        logits = twin.logits(twin.through(twin.entering(batch), twin.first, twin.layers).own[batch.wanted])
    losses = functional.cross_entropy(logits.float(), batch.labels[batch.wanted], reduction="none")
    return list(losses.split(batch.wanted.sum(1).tolist()))


def mean_loss(twin: Twin, batch: Batch) -> torch.Tensor:
    """Mean cross-entropy of the answer tokens."""
    return torch.cat(token_losses(twin, batch)).mean()


def name_in(question: str, names: Iterable[str]) -> str:
    """The longest of these names that stands in the question; "" where none does."""
    return max((name for name in names if name in question), key=len, default="")
