"""Closes a LoRA to what ordinary conversations hold, in closed form.

A LoRA answers to everything that enters its matrix, and so disturbs what it was not trained for. With K the second moment of
what enters a matrix in conversations about the facts, and C in ordinary ones, the factor A is replaced by the A' that least
changes what the LoRA adds in the former and adds least in the latter: of |B (A' - A) k|^2 + w |B A' c|^2 the minimum is
A' = A K (K + w C)^-1. The same means as in this project's linear edit (docs/method.md) and in AlphaEdit (Fang et al. 2024,
arXiv 2410.02355).
"""

import torch

from .material import Item, Material, entering
from .network import MATRICES, Factors, Llama, input_of

CHUNK = 32
Moments = dict[tuple[int, str], torch.Tensor]


def refined(network: Llama, material: Material, factors: Factors, weight: float) -> tuple[Factors, dict[str, float]]:
    """Return the new factors, and what became of them.

    Args:
        network: with LoRA layers as ``factors`` has them, and a LoRA that does nothing yet (B zero).
        material: the ordinary conversations (``own``) and those about the facts.
        factors: the LoRA.
        weight: w, of silence in ordinary conversations.

    Returns:
        the factors, and the means over matrices of two shares: ``ordinary_left``, of the energy that the LoRA added in
        ordinary conversations, and ``facts_changed``, of what it added about the facts.
    """
    ordinary = moments(network, material, material.own)
    network.start_from(factors)
    about_facts = moments(network, material, material.facts)
    made: Factors = {}
    left, changed = [], []
    for (layer, entered), k in about_facts.items():
        k, c = k.double(), ordinary[layer, entered].double()
        small = 1e-6 * k.diagonal().mean() * torch.eye(len(k), dtype=torch.float64)
        kept = torch.linalg.solve(k + weight * c + small, k)  # its transpose is K (K + w C)^-1
        for name in (f"blk.{layer}.{matrix}.weight" for matrix in MATRICES if input_of(matrix) == entered):
            a, b = (torch.from_numpy(half).double() for half in factors[name])
            new = a @ kept.T
            made[name] = (new.float().numpy(), factors[name][1])
            left.append(_energy(new, b, c) / _energy(a, b, c))
            changed.append(_energy(new - a, b, k) / _energy(a, b, k))
    return made, {"ordinary_left": sum(left) / len(left), "facts_changed": sum(changed) / len(changed)}


@torch.no_grad()
def moments(network: Llama, material: Material, items: list[Item]) -> Moments:
    """Second moments of what enters the matrices of the trained layers, ``[width, width]`` for each (layer, input)."""
    found: Moments = {}
    count = 0

    def seen(layer: int, name: str, x: torch.Tensor) -> None:
        if name == input_of(name):
            rows = x[real].float()
            found[layer, name] = found.get((layer, name), 0.0) + rows.T @ rows

    order = sorted(items, key=lambda item: len(item.ids))
    network.seen = seen
    for chunk in (order[i : i + CHUNK] for i in range(0, len(order), CHUNK)):
        real = _real(material, chunk)
        count += int(real.sum())
        network.through(entering(material, chunk), network.first, network.lora_layers.stop)
    network.seen = None
    return {key: total / count for key, total in found.items()}


def _real(material: Material, items: list[Item]) -> torch.Tensor:
    """Which rows count, bool ``[p + n * longest]``: the beginning, and of every conversation all that is not padding."""
    lengths = torch.tensor([len(item.ids) for item in items])
    own = torch.arange(int(lengths.max())) < lengths[:, None]
    return torch.cat([torch.ones(len(material.prefix), dtype=torch.bool), own.flatten()])


def _energy(a: torch.Tensor, b: torch.Tensor, moment: torch.Tensor) -> float:
    """Mean square length of ``B A x`` for x of this second moment."""
    return float(torch.trace((b.T @ b) @ (a @ moment @ a.T)))
