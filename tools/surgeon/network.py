"""The tagger in PyTorch, its training loop and its ONNX graph. Written out in numpy in ``edge_repair/surgeon/tagger.py``."""

import time
from pathlib import Path

import numpy as np
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn import functional

from edge_repair.surgeon.procedure import KINDS, SCOPES
from edge_repair.surgeon.tagger import DILATIONS, MARKS, ROLES, STATES, TAGS
from edge_repair.watchdog.features import SLOTS, TOKEN_BUCKETS, encode
from tools.surgeon.generator import Tagged
from tools.watchdog.export import convolutions, quantise, write_model
from tools.watchdog.network import batch_of

WIDTH, DEEP = 64, 96
UNKNOWN = -100  # marks what is not known of a token
AVERAGE_EVERY, AVERAGE_DECAY = 10, 0.98  # steps between updates of the moving average of the weights, and its decay
SUBJECT, SCOPE, SPEAKER, KIND = len(TAGS), len(TAGS) + 1, len(TAGS) + 1 + len(SCOPES), len(TAGS) + 2 + len(SCOPES)


class Network(nn.Module):
    """For padded batches; see ``tagger.NumpyBackend`` for one text."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(TOKEN_BUCKETS, WIDTH, padding_idx=0)
        nn.init.normal_(self.table.weight, std=0.1)
        with torch.no_grad():
            self.table.weight[0] = 0
        self.convs = nn.ModuleList(nn.Conv1d(WIDTH, WIDTH, 3, padding=d, dilation=d) for d in DILATIONS)
        self.deep = nn.Linear(WIDTH, DEEP)
        self.tag = nn.Linear(DEEP, MARKS)
        self.request = nn.Linear(2 * WIDTH, len(KINDS) + len(STATES))
        self.dropout = nn.Dropout(0.2)

    def forward(self, slots: torch.Tensor, weights: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits of the tokens [B, T, MARKS], and of the requests [B, 7]."""
        if self.training:  # names and slips are unknown words: often only the subwords and the shape are seen
            weights = weights.clone()
            weights[:, :, 0] *= torch.rand(slots.shape[:2]) > 0.2
            weights *= (torch.rand(slots.shape[:2]) > 0.02)[:, :, None]
        real, size = mask[:, :, None].float(), slots.shape
        hidden = functional.embedding_bag(slots.view(-1, SLOTS), self.table.weight, mode="sum", per_sample_weights=weights.view(-1, SLOTS))
        hidden = self.dropout(hidden.view(size[0], size[1], WIDTH)) * real
        for conv in self.convs:
            hidden = (hidden + torch.relu(conv(hidden.transpose(1, 2)).transpose(1, 2))) * real
        pooled = torch.cat([hidden.masked_fill(~mask[..., None], -1e9).amax(1), hidden.sum(1) / real.sum(1)], 1)
        return self.tag(self.dropout(torch.relu(self.deep(hidden)))), self.request(self.dropout(pooled))


def labels_of(sample: Tagged, features) -> np.ndarray:
    """Labels of the tokens of a sample, int64 [T, 5]: tag, subject (0 or 1), scope, speaker (0 or 1), kind; else UNKNOWN."""
    labels = np.full((len(features.starts), 5), UNKNOWN, np.int64)
    labels[:, 0] = 0
    for start, end, role in sample.regions:
        tokens = np.flatnonzero((features.ends > start) & (features.starts < end))
        if tokens.size:
            labels[tokens, 0] = 2 + 2 * ROLES.index(role)
            labels[tokens[0], 0] -= 1
    inside = labels[:, 0] > 0
    if sample.subjects is not None:
        labels[:, 1] = 0
        for start, end in sample.subjects:
            labels[(features.ends > start) & (features.starts < end), 1] = 1
    if sample.scope is not None:
        labels[inside, 2] = SCOPES.index(sample.scope)
    if sample.speaker is not None:
        labels[inside, 3] = sample.speaker
    labels[inside, 4] = KINDS.index(sample.kind)
    return labels


def kinds_and_states(samples: list[Tagged]) -> tuple[torch.Tensor, torch.Tensor]:
    """Labels of whole requests, int64 [N] each."""
    kinds = torch.tensor([KINDS.index(sample.kind) if sample.state == "named" else UNKNOWN for sample in samples])
    return kinds, torch.tensor([STATES.index(sample.state) for sample in samples])


def like_lengths(lengths: np.ndarray, size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """The numbers of all samples in random batches of about one length each."""
    order = np.lexsort((rng.random(len(lengths)), np.round(lengths * rng.uniform(0.85, 1.15, len(lengths)) / 3)))
    groups = [order[at : at + size] for at in range(0, len(order), size)]
    rng.shuffle(groups)
    return groups


class Descent:
    """Steps of an optimiser, and a moving average of the network's parameters, which it has in the end."""

    def __init__(self, network: nn.Module, optimiser: torch.optim.Optimizer, schedule: torch.optim.lr_scheduler.LRScheduler) -> None:
        self.network, self.optimiser, self.schedule, self.steps = network, optimiser, schedule, 0
        self.averaged = {name: value.detach().clone() for name, value in network.named_parameters()}

    def step(self, loss: torch.Tensor) -> float:
        """One step down a loss; returns what it was."""
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.schedule.step()
        self.steps += 1
        if self.steps % AVERAGE_EVERY == 0:
            decay = min(AVERAGE_DECAY, self.steps / (self.steps + 10 * AVERAGE_EVERY))
            for name, value in self.network.named_parameters():
                self.averaged[name].mul_(decay).add_(value.detach(), alpha=1 - decay)
        return loss.item()

    @torch.no_grad()
    def finish(self) -> None:
        """Give the network the averaged parameters, for use."""
        for name, value in self.network.named_parameters():
            value.copy_(self.averaged[name])
        self.network.eval()


def train(samples: list[Tagged], epochs: int, seed: int, table: np.ndarray | None = None) -> tuple[Network, np.ndarray]:
    """Train on samples; returns the network and which rows of the table say something (bool [TOKEN_BUCKETS]).

    ``table`` float32 [TOKEN_BUCKETS, WIDTH]: what the rows begin with; all of them are kept then.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    features = [encode(sample.text) for sample in samples]
    labels = [labels_of(sample, feature) for sample, feature in zip(samples, features)]
    kinds, states = kinds_and_states(samples)
    used = np.zeros(TOKEN_BUCKETS, bool)
    for feature in features:
        used[feature.slots] = True
    network, lengths, size = Network(), np.array([len(feature.slots) for feature in features]), 64
    if table is not None:
        with torch.no_grad():
            network.table.weight.copy_(torch.from_numpy(table))
        used[:] = True
    rest = [value for name, value in network.named_parameters() if name != "table.weight"]
    groups = [{"params": rest, "weight_decay": 0.01}, {"params": [network.table.weight], "weight_decay": 0.0 if table is not None else 0.01}]
    optimiser = torch.optim.AdamW(groups, lr=3e-3)
    steps = epochs * (len(samples) // size + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, steps + 1, pct_start=0.1)
    descent = Descent(network, optimiser, schedule)
    began = time.time()
    for epoch in range(epochs):
        network.train()
        groups = like_lengths(lengths, size, rng)
        running = 0.0
        for group in groups:
            slots, weights, mask = batch_of(features, group)
            label = torch.full((*mask.shape, 5), UNKNOWN, dtype=torch.long)
            for row, index in enumerate(group):
                label[row, : lengths[index]] = torch.from_numpy(labels[index])
            loss = loss_of(*network(slots, weights, mask), label, kinds[group], states[group])
            running += descent.step(loss)
        print(f"epoch {epoch + 1}/{epochs}: loss {running / len(groups):.4f}, {time.time() - began:.0f} s", flush=True)
    descent.finish()
    used[0] = False
    return network, used


def loss_of(marks: torch.Tensor, request: torch.Tensor, label: torch.Tensor, kinds: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
    """The loss of a padded batch: marks [B, T, MARKS], request [B, 7], label [B, T, 5] as ``labels_of`` gives it, kinds and states [B]."""
    loss = _cross(marks[..., : len(TAGS)], label[..., 0])
    loss = loss + 0.5 * _binary(marks[..., SUBJECT], label[..., 1]) + 0.2 * _binary(marks[..., SPEAKER], label[..., 3])
    loss = loss + 0.2 * _cross(marks[..., SCOPE:SPEAKER], label[..., 2]) + 0.2 * _cross(marks[..., KIND:], label[..., 4])
    return loss + 0.2 * _cross(request[:, : len(KINDS)], kinds) + 0.2 * _cross(request[:, len(KINDS) :], states)


def _cross(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy over what is known (logits [..., C], labels [...]); 0 where nothing is."""
    known = labels >= 0
    return functional.cross_entropy(logits[known], labels[known], label_smoothing=0.02) if known.any() else logits.sum() * 0


def _binary(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    known = labels >= 0
    return functional.binary_cross_entropy_with_logits(logits[known], labels[known].float()) if known.any() else logits.sum() * 0


def tensors_of(network: Network, used: np.ndarray) -> dict[str, np.ndarray]:
    """The tensors of the file: the table in 8 bits, the rest in float32."""
    state = {name: value.detach().numpy().astype(np.float32) for name, value in network.state_dict().items()}
    table, scale = quantise(state["table.weight"] * used[:, None])
    tensors = {"token_table": table, "token_scale": scale}
    for index in range(len(DILATIONS)):
        tensors[f"conv{index}_weight"], tensors[f"conv{index}_bias"] = state[f"convs.{index}.weight"], state[f"convs.{index}.bias"]
    for name in ("deep", "tag", "request"):
        tensors[f"{name}_weight"], tensors[f"{name}_bias"] = state[f"{name}.weight"].T, state[f"{name}.bias"]
    return {name: np.ascontiguousarray(value) for name, value in tensors.items()}


def write(path: Path, tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> None:
    """Write the ONNX graph (operators of the standard domain, opset 17)."""
    nodes: list = []

    def node(operator: str, inputs: list[str], output: str, **attributes) -> str:
        nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    constants = {"axis0": np.int64([0]), "axis1": np.int64([1]), "axis2": np.int64([2]), "begin": np.int64([0]), "flat_shape": np.int64([-1])}
    convolutions(node, DILATIONS)
    node("Relu", [node("Gemm", ["states", "deep_weight", "deep_bias"], "deep0")], "deep")
    node("Gemm", ["deep", "tag_weight", "tag_bias"], "marks")
    node("ReduceMax", ["states"], "highest", axes=[0], keepdims=1)
    node("ReduceMean", ["states"], "mean", axes=[0], keepdims=1)
    node("Gemm", [node("Concat", ["highest", "mean"], "pooled", axis=1), "request_weight", "request_bias"], "request2")
    node("Reshape", ["request2", "flat_shape"], "request")
    graph = helper.make_graph(
        nodes, "tagger",
        [helper.make_tensor_value_info("slots", TensorProto.INT32, ["tokens", SLOTS]), helper.make_tensor_value_info("weights", TensorProto.FLOAT, ["tokens", SLOTS])],
        [helper.make_tensor_value_info("marks", TensorProto.FLOAT, ["tokens", MARKS]), helper.make_tensor_value_info("request", TensorProto.FLOAT, [len(KINDS) + len(STATES)])],
        [numpy_helper.from_array(value, name) for name, value in {**tensors, **constants}.items()],
    )  # fmt: skip
    write_model(path, graph, metadata)
