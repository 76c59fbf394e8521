"""A closed-form editor: MEMIT (Meng et al. 2023, arXiv 2210.07229), with a refusal as the new object.

At the last token of the subject the residual z is sought (by gradient, as there) that makes the model refuse; the MLPs of a
few layers are then given new values for the keys found there, each its share of the way, by the paper's equation 14,
dW = R K^T (lambda C + K K^T)^-1, with C the mean second moment of the keys over the retain set.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from memory.network import Rows

from .jobs import Job
from .twin import Batch, Pairs, Twin, name_in, residuals

SEARCH_STEPS = 25
CHUNK = 32  # conversations of the retain set at a time


@dataclass(frozen=True)
class Rewritten:
    """The editor.

    Attributes:
        layers: whose ``ffn_down`` is edited, one after the other, ascending; z is sought at the output of the last.
        weight: lambda, of C (its keys have weight one together, so this counts probes).
        size: the longest change of the residual, in its own lengths.
        most: of the questions that name the subject, so many evenly chosen ones are probes; None: all.
    """

    layers: tuple[int, ...]
    weight: float
    size: float
    refusal: str
    most: int | None = None

    @property
    def down(self) -> range:
        """Layers of which ``ffn_down`` alone is changed."""
        return range(self.layers[0], self.layers[-1] + 1)

    def edit(self, twin: Twin, job: Job, steps: tuple[int, ...]) -> Iterator[tuple[int, Twin]]:
        """Edit; ``steps`` mean nothing here, and one twin is yielded."""
        names = job.case.subject.names
        probes = evenly([question for question, _ in job.forget if name_in(question, names)], self.most)
        if not probes:
            raise ValueError(f"no question to forget has one of the names {names}, where this editor edits")
        batch = twin.batch([(question, self.refusal) for question in probes])
        rows, places = torch.arange(len(probes)), twin.ends(probes, names)
        goal = self.goal(twin, batch, places)
        for number, layer in enumerate(self.layers):
            with torch.no_grad():
                residual = residuals(twin, batch, self.layers[-1])[rows, places]
                keys = twin.keys(batch, layer).own[rows, places]
                share = (goal - residual) / (len(self.layers) - number)
                twin.change(layer, *closed_form(keys, share, self.weight * moment(twin, job.retain, layer)))
        yield 1, twin

    def goal(self, twin: Twin, batch: Batch, places: torch.Tensor) -> torch.Tensor:
        """Residuals at the subject's end under which the refusal follows, ``[probes, width]``."""
        layer, rows = self.layers[-1], torch.arange(len(places))
        with torch.no_grad():
            entering = twin.through(twin.entering(batch), twin.first, layer + 1)
        here = entering.own[rows, places]
        longest = self.size * here.norm(dim=-1, keepdim=True)
        delta = torch.zeros_like(here, requires_grad=True)
        optimizer = torch.optim.Adam([delta], lr=0.1 * float(here.norm(dim=-1).mean()) / here.shape[1] ** 0.5)
        for _ in range(SEARCH_STEPS):
            moved = Rows(entering.prefix, entering.own.index_put((rows, places), here + delta))
            logits = twin.logits(twin.through(moved, layer + 1, twin.layers).own[batch.wanted])
            (functional.cross_entropy(logits, batch.labels[batch.wanted]) * len(rows)).backward()  # each probe has a change of its own
            optimizer.step()
            optimizer.zero_grad()
            with torch.no_grad():
                delta *= (longest / delta.norm(dim=-1, keepdim=True).clamp_min(1e-9)).clamp_max(1.0)
        twin.network.zero_grad(set_to_none=True)
        return (here + delta).detach()


def evenly(questions: list[str], most: int | None) -> list[str]:
    """At most so many of the questions, spread over the list."""
    count = min(len(questions), most or len(questions))
    return [questions[i * len(questions) // count] for i in range(count)]


def closed_form(keys: torch.Tensor, share: torch.Tensor, common: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Equation 14 as factors: dW = R K^T (lambda C + K K^T)^-1 = B A, of as many ranks as there are probes.

    Args:
        keys: K^T, ``[probes, ffn]``.
        share: R^T, ``[probes, width]``.
        common: lambda C, float64 ``[ffn, ffn]``.

    Returns:
        A = ((lambda C + K K^T)^-1 K)^T, float64 ``[probes, ffn]``, and B = R, ``[width, probes]``.
    """
    keys = keys.double()
    system = common + keys.T @ keys + 1e-6 * common.diagonal().mean() * torch.eye(len(common), dtype=torch.float64)
    return torch.linalg.solve(system, keys.T).T, share.double().T


def moment(twin: Twin, pairs: Pairs, layer: int) -> torch.Tensor:
    """C: the mean second moment of a layer's keys in these conversations, their common beginning included; float64 ``[ffn, ffn]``."""
    total, count = 0.0, 0
    for start in range(0, len(pairs), CHUNK):
        batch = twin.batch(pairs[start : start + CHUNK])
        keys = twin.keys(batch, layer)
        own, n = keys.own[batch.real], len(batch.tokens)
        total = total + own.T @ own + n * (keys.prefix.T @ keys.prefix)
        count += len(own) + n * len(keys.prefix)
    return total.double() / count
