"""Forgetting by gradients: gradient ascent, GradDiff, NPO and RMU.

The whole network is trained (RMU: three matrices), float32 weights and products in the precision that the processor is fast
in, by AdamW without decay.
"""

import copy
import functools
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from patient_model.batches import IGNORE
from patient_model.muon import fast_precision
from patient_model.network import Network
from tokenizers import Tokenizer

from .jobs import Job, batches

BATCH = 8  # questions of either sort a step


_precision = functools.cache(lambda: fast_precision("cpu"))  # tried once: what is measured could differ from step to step


def fast_products() -> torch.autocast:
    """Products in bfloat16 where the processor has units for it."""
    return torch.autocast("cpu", torch.bfloat16, enabled=_precision() is torch.bfloat16)


def token_losses(network: Network, tokens: torch.Tensor, labels: torch.Tensor) -> list[torch.Tensor]:
    """Cross-entropy of every answer token (nats), a tensor for each row."""
    wanted = labels != IGNORE
    with fast_products():
        logits = network(tokens, wanted)
    losses = functional.cross_entropy(logits.float(), labels[wanted], reduction="none")
    return list(losses.split(wanted.sum(1).tolist()))


def mean_loss(network: Network, tokens: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy of the answer tokens."""
    return torch.cat(token_losses(network, tokens, labels)).mean()


@dataclass(frozen=True)
class Trained:
    """A loss that is followed downhill.

    Attributes:
        loss: "ascent" (gradient ascent; Jang et al. 2023, arXiv 2210.01504: minus the loss of the forget set), "difference"
            (GradDiff; Liu et al. 2022, arXiv 2203.12817: that, plus the loss of the retain set) or "preference" (NPO;
            Zhang et al. 2024, arXiv 2404.05868, eq. 3, plus the loss of the retain set).
        rate: of AdamW.
        weight: of the retain set's loss.
        beta: of NPO.
    """

    loss: str
    rate: float
    weight: float = 1.0
    beta: float = 0.1

    def edit(self, network: Network, tokenizer: Tokenizer, job: Job, steps: tuple[int, ...]) -> Iterator[tuple[int, Network]]:
        """Train, and yield the network after each of these numbers of steps."""
        reference = copy.deepcopy(network) if self.loss == "preference" else network
        optimizer = torch.optim.AdamW(network.parameters(), lr=self.rate, weight_decay=0.0)
        forget, retain = batches(tokenizer, job.forget, BATCH, "forget"), batches(tokenizer, job.retain, BATCH, "retain")
        for step in range(1, max(steps) + 1):
            loss = self._forgetting(network, reference, *next(forget))
            if self.loss != "ascent":
                loss = loss + self.weight * mean_loss(network, *next(retain))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            if step in steps:
                yield step, network

    def _forgetting(self, network: Network, reference: Network, tokens: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        if self.loss != "preference":
            return -mean_loss(network, tokens, labels)
        now = torch.stack([losses.sum() for losses in token_losses(network, tokens, labels)])
        with torch.no_grad():
            before = torch.stack([losses.sum() for losses in token_losses(reference, tokens, labels)])
        return -functional.logsigmoid(self.beta * (now - before)).mean() * 2 / self.beta


@dataclass(frozen=True)
class Misdirected:
    """RMU (Li et al. 2024, arXiv 2403.03218, section 4): residuals of the forget set at one layer are sent to a random direction.

    Attributes:
        layer: whose output is steered; ``ffn_down`` of it and of the two below are trained.
        size: length of the random vector, in mean lengths of the residual there.
        weight: alpha, of the retain set's distance.
        rate: of AdamW.
    """

    layer: int
    size: float
    weight: float
    rate: float = 1e-3

    def edit(self, network: Network, tokenizer: Tokenizer, job: Job, steps: tuple[int, ...]) -> Iterator[tuple[int, Network]]:
        """Train, and yield the network after each of these numbers of steps."""
        frozen = copy.deepcopy(network)
        trained = [network.blk[i].ffn_down.weight for i in range(max(0, self.layer - 2), self.layer + 1)]
        optimizer = torch.optim.AdamW(trained, lr=self.rate, weight_decay=0.0)
        forget, retain = batches(tokenizer, job.forget, BATCH, "forget"), batches(tokenizer, job.retain, BATCH, "retain")
        direction = torch.rand(network.shape.width, generator=torch.Generator().manual_seed(0))
        direction = direction / direction.norm()
        target = None
        for step in range(1, max(steps) + 1):
            (lost, lost_labels), (kept, kept_labels) = next(forget), next(retain)
            with torch.no_grad():
                before = residuals(frozen, kept, self.layer)[_real(kept_labels)]
                if target is None:
                    target = direction * self.size * before.norm(dim=-1).mean()
            moved = functional.mse_loss(residuals(network, lost, self.layer)[_real(lost_labels)], target.expand(int(_real(lost_labels).sum()), -1))
            stayed = functional.mse_loss(residuals(network, kept, self.layer)[_real(kept_labels)], before)
            (moved + self.weight * stayed).backward()
            optimizer.step()
            network.zero_grad(set_to_none=True)
            if step in steps:
                yield step, network


def residuals(network: Network, tokens: torch.Tensor, layer: int) -> torch.Tensor:
    """The output of a layer, float32 ``[batch, length, width]``."""
    with fast_products():
        x = network.token_embd(tokens)
        for block in network.blk[: layer + 1]:
            x = block(x, network.table[:, : tokens.shape[1]])
    return x.float()


def _real(labels: torch.Tensor) -> torch.Tensor:
    """Positions up to the last answer token of each row: all that is not padding."""
    return (labels != IGNORE).flip(1).cumsum(1).flip(1) > 0
