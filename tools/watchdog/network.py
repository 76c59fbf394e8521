"""The convolutional part in PyTorch, its training loop and the ONNX graph of the whole model."""

import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from edge_repair.watchdog.backends import DILATIONS, FIRST_TOKENS
from edge_repair.watchdog.features import SLOTS, TOKEN_BUCKETS

WIDTH, DENSE = 48, 64


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


def from_tensors(tensors: dict[str, np.ndarray]) -> Network:
    """The network of a model file, to go on training from; inverse of ``export.tensors_of`` up to quantisation."""
    network = Network()
    values = {
        "table.weight": tensors["token_table"].astype(np.float32) * tensors["token_scale"],
        "attention.weight": tensors["attention"][None],
        "dense.weight": tensors["dense_weight"].T,
        "dense.bias": tensors["dense_bias"],
        "kind.weight": tensors["kind_weight"].T,
        "kind.bias": tensors["kind_bias"],
        "span.weight": tensors["span_weight"].T,
        "span.bias": tensors["span_bias"],
        "pointer.weight": tensors["pointer_weight"].T,
    }
    for index in range(len(DILATIONS)):
        values[f"convs.{index}.weight"] = tensors[f"conv{index}_weight"]
        values[f"convs.{index}.bias"] = tensors[f"conv{index}_bias"]
    network.load_state_dict({name: torch.from_numpy(np.array(value, np.float32)) for name, value in values.items()})
    return network


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


def train(
    features: list, labels: np.ndarray, spans: np.ndarray, epochs: int, seed: int, sample_weights=None, start=None
) -> Network:
    """Train the convolutional part.

    Args:
        features: one ``Features`` for each text.
        labels: int [n], indices into KINDS.
        spans: int [n, 2], first and last token of the target, -1 where there is none.
        epochs: passes over the data; the learning rate falls along a cosine.
        seed: of the initial weights, the order and the dropout.
        sample_weights: float [n], weight of each text in the loss.
        start: a network to go on from, at half the learning rate; None begins anew.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = Network() if start is None else start
    rate = 3e-3 if start is None else 1.5e-3
    decayed = [value for name, value in network.named_parameters() if name != "table.weight"]
    optimiser = torch.optim.AdamW(
        [{"params": [network.table.weight], "weight_decay": 0.02}, {"params": decayed, "weight_decay": 0.01}], lr=rate
    )
    lengths = np.array([len(item.slots) for item in features])
    weights = torch.ones(len(features)) if sample_weights is None else torch.from_numpy(sample_weights).float()
    targets, places = torch.from_numpy(labels), torch.from_numpy(spans)

    def batches():
        order = np.lexsort((rng.random(len(features)), np.round(lengths * rng.uniform(0.85, 1.15, len(features)) / 4)))
        groups, start = [], 0
        while start < len(order):
            size = int(min(96, max(8, 6000 // max(1, lengths[order[min(start + 64, len(order) - 1)]]))))
            groups.append(order[start : start + size])
            start += size
        rng.shuffle(groups)
        return groups

    total = epochs * len(batches())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total + 50 * epochs, pct_start=0.08)
    began = time.time()
    for epoch in range(epochs):
        network.train()
        running, count = 0.0, 0
        for group in batches():
            kinds, span = network(*batch_of(features, group))
            chosen = torch.from_numpy(group)
            loss = functional.cross_entropy(kinds, targets[chosen], reduction="none", label_smoothing=0.02)
            loss = (loss * weights[chosen]).mean()
            marked = places[chosen, 0] >= 0
            if marked.any():
                for side in (0, 1):
                    loss = loss + 0.3 * functional.cross_entropy(span[marked, :, side], places[chosen][marked, side])
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            running, count = running + loss.item(), count + 1
        print(f"epoch {epoch + 1}/{epochs}: loss {running / count:.4f}, {time.time() - began:.0f} s", flush=True)
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
