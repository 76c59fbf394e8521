"""A closed-form editor: MEMIT (Meng et al. 2023, arXiv 2210.07229), with a refusal as the new object.

At the last token of the subject the residual z is sought (by gradient, as there) that makes the model refuse; the MLPs of a
few layers are then given new values for the keys found there, each its share of the way, by the paper's equation 14,
dW = R K^T (lambda C + K K^T)^-1, with C the mean second moment of the keys over the retain set.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from patient_model.batches import IGNORE
from patient_model.chatml import prompt
from patient_model.network import Network
from tokenizers import Tokenizer

from .jobs import Job, batch

SEARCH_STEPS = 25


@dataclass(frozen=True)
class Rewritten:
    """The editor.

    Attributes:
        layers: whose ``ffn_down`` is edited, ascending; z is sought at the output of the last.
        weight: lambda, of C (its keys have weight one together, so this counts probes).
        size: the longest change of the residual, in its own lengths.
    """

    layers: tuple[int, ...]
    weight: float
    size: float
    refusal: str

    def edit(self, network: Network, tokenizer: Tokenizer, job: Job, steps: tuple[int, ...]) -> Iterator[tuple[int, Network]]:
        """Edit; ``steps`` mean nothing here, and one network is yielded."""
        asked = [(question, self.refusal) for question, _ in job.forget if job.case.subject.name in question]
        tokens, labels = batch(tokenizer, asked)
        places = torch.tensor([_end_of_subject(tokenizer, question, job.case.subject.name) for question, _ in asked])
        goal = self._goal(network, tokens, labels, places)
        kept, kept_labels = batch(tokenizer, job.retain)
        real = (kept_labels != IGNORE).flip(1).cumsum(1).flip(1) > 0
        for number, layer in enumerate(self.layers):
            with torch.no_grad():
                _, residual = _at(network, tokens, places, self.layers[-1])
                keys, _ = _at(network, tokens, places, layer)
                common = _keys(network, kept, layer)[real]
                moment = self.weight * (common.T @ common).double() / len(common)
                share = ((goal - residual) / (len(self.layers) - number)).double()
                system = moment + keys.double().T @ keys.double() + 1e-6 * moment.diagonal().mean() * torch.eye(len(moment), dtype=torch.float64)
                change = torch.linalg.solve(system, keys.double().T @ share).T  # [width, ffn]
                network.blk[layer].ffn_down.weight += change.float()
        yield 1, network

    def _goal(self, network: Network, tokens: torch.Tensor, labels: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        """Residuals at the subject's end under which the refusal follows, ``[probes, width]``."""
        layer, rows, wanted = self.layers[-1], torch.arange(len(tokens)), labels != IGNORE
        table = network.table[:, : tokens.shape[1]]
        with torch.no_grad():
            x = network.token_embd(tokens)
            for block in network.blk[: layer + 1]:
                x = block(x, table)
        here = x[rows, places]
        longest = self.size * here.norm(dim=-1, keepdim=True)
        delta = torch.zeros_like(here, requires_grad=True)
        optimizer = torch.optim.Adam([delta], lr=0.1 * float(here.norm(dim=-1).mean()) / here.shape[1] ** 0.5)
        for _ in range(SEARCH_STEPS):
            y = x.index_put((rows, places), here + delta)
            for block in network.blk[layer + 1 :]:
                y = block(y, table)
            logits = functional.linear(network.output_norm(y[wanted]), network.token_embd.weight)
            (functional.cross_entropy(logits, labels[wanted]) * len(tokens)).backward()  # each probe has a change of its own
            optimizer.step()
            optimizer.zero_grad()
            with torch.no_grad():
                delta *= (longest / delta.norm(dim=-1, keepdim=True).clamp_min(1e-9)).clamp_max(1.0)
        network.zero_grad(set_to_none=True)
        return (here + delta).detach()


def _end_of_subject(tokenizer: Tokenizer, question: str, name: str) -> int:
    """Index of the token in which the subject's name ends."""
    text = prompt(question)
    end = text.index(name) + len(name)
    return next(i for i, (start, stop) in enumerate(tokenizer.encode(text).offsets) if start < end <= stop)


def _keys(network: Network, tokens: torch.Tensor, layer: int) -> torch.Tensor:
    """What enters ``ffn_down`` of a layer, ``[batch, length, ffn]``."""
    caught: list[torch.Tensor] = []
    hook = network.blk[layer].ffn_down.register_forward_pre_hook(lambda module, arguments: caught.append(arguments[0]))
    x, table = network.token_embd(tokens), network.table[:, : tokens.shape[1]]
    for block in network.blk[: layer + 1]:
        x = block(x, table)
    hook.remove()
    return caught[0]


def _at(network: Network, tokens: torch.Tensor, places: torch.Tensor, layer: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Keys ``[n, ffn]`` and output residuals ``[n, width]`` of a layer at one position of each row."""
    rows = torch.arange(len(tokens))
    keys = _keys(network, tokens, layer)[rows, places]
    x, table = network.token_embd(tokens), network.table[:, : tokens.shape[1]]
    for block in network.blk[: layer + 1]:
        x = block(x, table)
    return keys, x[rows, places]
