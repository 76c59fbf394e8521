"""The convolutional part in PyTorch, its training loop and the ONNX graph of the whole model."""

import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from edge_repair.watchdog.backends import DILATIONS, FIRST_TOKENS
from edge_repair.watchdog.features import SLOTS, TOKEN_BUCKETS
from tools.watchdog.dataset import Examples

WIDTH, DENSE = 48, 64
RATE = 3e-3  # highest learning rate
PASSES = 2  # over each drawn set of examples
KIND_WEIGHT = 0.5  # of the loss of the kind among requests
AVERAGE_EVERY, AVERAGE_DECAY = 10, 0.98  # steps between updates of the moving average of the weights, and its decay


class Network(nn.Module):
    """The convolutional part for padded batches. Written out for one text in ``edge_repair/watchdog/backends.py``."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(TOKEN_BUCKETS, WIDTH, padding_idx=0)
        nn.init.normal_(self.table.weight, std=0.1)
        with torch.no_grad():
            self.table.weight[0] = 0
        self.convs = nn.ModuleList(nn.Conv1d(WIDTH, WIDTH, 3, padding=d, dilation=d) for d in DILATIONS)
        self.attention = nn.Linear(WIDTH, 1, bias=False)
        self.dense = nn.Linear(3 * WIDTH, DENSE)
        self.kind = nn.Linear(DENSE, 5)
        self.span = nn.Linear(WIDTH, WIDTH)
        self.pointer = nn.Linear(WIDTH, 2, bias=False)
        self.dropout = nn.Dropout(0.25)

    def forward(self, slots: torch.Tensor, weights: torch.Tensor, mask: torch.Tensor):
        """Logits of the kinds [B, 5] and of the first and last token of the target [B, T, 2].

        slots int64 [B, T, SLOTS], weights float [B, T, SLOTS], mask bool [B, T] (True: a real token).
        """
        if self.training:  # unknown words and slips: the word itself is missing, or the whole token
            keep = torch.rand(slots.shape[:2]) > 0.15
            weights = weights.clone()
            weights[:, :, 0] *= keep
            weights *= (torch.rand(slots.shape[:2]) > 0.02)[:, :, None]
        real = mask[:, :, None].float()
        size = slots.shape
        hidden = functional.embedding_bag(
            slots.view(-1, SLOTS), self.table.weight, mode="sum", per_sample_weights=weights.view(-1, SLOTS)
        ).view(size[0], size[1], WIDTH)
        if self.training:
            hidden = functional.dropout(hidden, 0.1)
        hidden = hidden * real
        for conv in self.convs:
            hidden = (hidden + torch.relu(conv(hidden.transpose(1, 2)).transpose(1, 2))) * real
        attention = self.attention(hidden)[:, :, 0].masked_fill(~mask, -1e9).softmax(1)
        first = real[:, :FIRST_TOKENS]
        pooled = torch.cat(
            [
                (attention[..., None] * hidden).sum(1),
                hidden.masked_fill(~mask[..., None], -1e9).amax(1),
                hidden[:, :FIRST_TOKENS].sum(1) / first.sum(1),
            ],
            1,
        )
        dense = self.dropout(torch.relu(self.dense(self.dropout(pooled))))
        span = self.pointer(torch.relu(self.span(hidden))).masked_fill(~mask[..., None], -1e9)
        return self.kind(dense), span


def batch_of(features: list, indices: np.ndarray):
    """Pad the features with these indices into (slots, weights, mask)."""
    chosen = [features[index] for index in indices]
    longest = max(len(item.slots) for item in chosen)
    slots = np.zeros((len(chosen), longest, SLOTS), np.int64)
    weights = np.zeros((len(chosen), longest, SLOTS), np.float32)
    mask = np.zeros((len(chosen), longest), bool)
    for row, item in enumerate(chosen):
        size = len(item.slots)
        slots[row, :size], weights[row, :size], mask[row, :size] = item.slots, item.weights, True
    return torch.from_numpy(slots), torch.from_numpy(weights), torch.from_numpy(mask)


def _batches(lengths: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Shuffled groups of texts of similar length, some 6,000 tokens each."""
    order = np.lexsort((rng.random(len(lengths)), np.round(lengths * rng.uniform(0.85, 1.15, len(lengths)) / 4)))
    groups, start = [], 0
    while start < len(order):
        size = int(min(96, max(8, 6000 // max(1, lengths[order[min(start + 64, len(order) - 1)]]))))
        groups.append(order[start : start + size])
        start += size
    rng.shuffle(groups)
    return groups


def train(draw: Callable[[int], Examples], rounds: int, seed: int) -> Network:
    """Train the convolutional part; the result is a moving average of the weights (Izmailov et al. 2018).

    Args:
        draw: gives the examples of a round, numbered from 0.
        rounds: how often ``draw`` is asked; each round is passed over ``PASSES`` times. The learning rate rises shortly
            and falls along a cosine.
        seed: of the initial weights, the order and the dropout.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = Network()
    decayed = [value for name, value in network.named_parameters() if name != "table.weight"]
    optimiser = torch.optim.AdamW(
        [{"params": [network.table.weight], "weight_decay": 0.02}, {"params": decayed, "weight_decay": 0.01}],
        lr=RATE,
        fused=True,
    )
    average = [value.detach().clone() for value in network.parameters()]
    schedule, began, step = None, time.time(), 0
    for epoch in range(rounds * PASSES):
        if epoch % PASSES == 0:
            examples = draw(epoch // PASSES)
            lengths = np.array([len(item.slots) for item in examples.features])
            weights, targets = torch.from_numpy(examples.weights), torch.from_numpy(examples.labels)
            places = torch.from_numpy(examples.spans)
        groups = _batches(lengths, rng)
        if schedule is None:  # later rounds have about as many batches; a part more is room for their difference
            total = round(1.05 * rounds * PASSES * len(groups))
            schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total, pct_start=0.08)
        network.train()
        running = 0.0
        for group in groups:
            kinds, span = network(*batch_of(examples.features, group))
            chosen = torch.from_numpy(group)
            loss = functional.cross_entropy(kinds, targets[chosen], reduction="none", label_smoothing=0.02)
            loss = (loss * weights[chosen]).mean()
            asked = targets[chosen] > 0
            if asked.any():  # the kind, given that there is a request
                kind = functional.cross_entropy(kinds[asked][:, 1:], targets[chosen][asked] - 1)
                loss = loss + KIND_WEIGHT * asked.float().mean() * kind
            marked = places[chosen, 0] >= 0
            if marked.any():
                for side in (0, 1):
                    loss = loss + 0.3 * functional.cross_entropy(span[marked, :, side], places[chosen][marked, side])
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            running, step = running + loss.item(), step + 1
            if step % AVERAGE_EVERY == 0:
                with torch.no_grad():
                    torch._foreach_lerp_(average, list(network.parameters()), 1 - AVERAGE_DECAY)
        done = f"epoch {epoch + 1}/{rounds * PASSES}"
        print(f"{done}: loss {running / len(groups):.4f}, {time.time() - began:.0f} s", flush=True)
    with torch.no_grad():
        for value, mean in zip(network.parameters(), average, strict=True):
            value.copy_(mean)
    network.eval()
    return network


def deep_logits(network: Network, features: list) -> np.ndarray:
    """Logits of the kinds [n, 5]."""
    found = np.zeros((len(features), 5), np.float32)
    order = np.argsort([len(item.slots) for item in features])
    with torch.no_grad():
        for start in range(0, len(order), 64):
            group = order[start : start + 64]
            found[group] = network(*batch_of(features, group))[0].numpy()
    return found
