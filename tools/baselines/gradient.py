"""Forgetting by gradients: gradient ascent, GradDiff, NPO and RMU.

Everything that may change in the twin is trained (RMU: three matrices), in float32 with products in the precision that the
processor is fast in, by AdamW without decay.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as functional

from .jobs import Job, batches
from .twin import Batch, Twin, fast_products, mean_loss, residuals, token_losses


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

    @property
    def down(self) -> None:
        """Layers of which ``ffn_down`` alone is changed: not these, all that the twin has."""

    def edit(self, twin: Twin, job: Job, steps: tuple[int, ...]) -> Iterator[tuple[int, Twin]]:
        """Train, and yield the twin after each of these numbers of steps."""
        reference = twin.untouched() if self.loss == "preference" else twin
        parameters = twin.parameters()
        optimizer = torch.optim.AdamW(parameters, lr=self.rate, weight_decay=0.0)
        forget, retain = batches(job.forget, twin.size, "forget"), batches(job.retain, twin.size, "retain")
        for step in range(1, max(steps) + 1):
            loss = self._forgetting(twin, reference, twin.batch(next(forget)))
            if self.loss != "ascent":
                loss = loss + self.weight * mean_loss(twin, twin.batch(next(retain)))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            if step in steps:
                yield step, twin

    def _forgetting(self, twin: Twin, reference: Twin, batch: Batch) -> torch.Tensor:
        if self.loss != "preference":
            return -mean_loss(twin, batch)
        now = torch.stack([losses.sum() for losses in token_losses(twin, batch)])
        with torch.no_grad():
            before = torch.stack([losses.sum() for losses in token_losses(reference, batch)])
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

    @property
    def down(self) -> range:
        """Layers of which ``ffn_down`` alone is changed."""
        return range(max(0, self.layer - 2), self.layer + 1)

    def edit(self, twin: Twin, job: Job, steps: tuple[int, ...]) -> Iterator[tuple[int, Twin]]:
        """Train, and yield the twin after each of these numbers of steps. Nothing above the layer is computed."""
        frozen = twin.untouched()
        optimizer = torch.optim.AdamW(twin.parameters(self.down), lr=self.rate, weight_decay=0.0)
        forget, retain = batches(job.forget, twin.size, "forget"), batches(job.retain, twin.size, "retain")
        direction = torch.rand(twin.width, generator=torch.Generator().manual_seed(0))
        direction = direction / direction.norm()
        target = None
        for step in range(1, max(steps) + 1):
            lost, kept = twin.batch(next(forget)), twin.batch(next(retain))
            with torch.no_grad():
                before = self._residuals(frozen, kept)
                if target is None:
                    target = direction * self.size * before.norm(dim=-1).mean()
            moved = self._residuals(twin, lost)
            loss = functional.mse_loss(moved, target.expand_as(moved)) + self.weight * functional.mse_loss(self._residuals(twin, kept), before)
            loss.backward()
            optimizer.step()
            twin.network.zero_grad(set_to_none=True)
            if step in steps:
                yield step, twin

    def _residuals(self, twin: Twin, batch: Batch) -> torch.Tensor:
        """The output of the layer wherever no padding is, ``[positions, width]``."""
        with fast_products():
            return residuals(twin, batch, self.layer)[batch.real]
