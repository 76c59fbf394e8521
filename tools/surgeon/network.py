"""The tagger in PyTorch, its training loop and its ONNX graph. Written out in numpy in ``edge_repair/surgeon/tagger.py``."""

import time
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn import functional

from edge_repair.surgeon.procedure import KINDS
from edge_repair.surgeon.tagger import DILATIONS, ROLES, TAGS
from edge_repair.watchdog.features import SLOTS, TOKEN_BUCKETS, encode
from tools.surgeon.generator import Tagged
from tools.watchdog.export import convolutions, quantise
from tools.watchdog.network import batch_of

WIDTH, DEEP = 48, 64
UNKNOWN = -100.0  # marks tokens whose subject label is not known


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
        self.tag = nn.Linear(DEEP, len(TAGS) + 1)
        self.kind = nn.Linear(2 * WIDTH, len(KINDS))
        self.dropout = nn.Dropout(0.2)

    def forward(self, slots: torch.Tensor, weights: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits of tags and subject [B, T, 8], and of the kinds [B, 4]."""
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
        return self.tag(self.dropout(torch.relu(self.deep(hidden)))), self.kind(self.dropout(pooled))


def labels_of(sample: Tagged, features) -> tuple[np.ndarray, np.ndarray]:
    """Tags int64 [T] and subject labels float32 [T] (1, 0, or UNKNOWN) of the tokens of a sample."""
    tags = np.zeros(len(features.starts), np.int64)
    for start, end, role in sample.regions:
        tokens = np.flatnonzero((features.ends > start) & (features.starts < end))
        if tokens.size:
            tags[tokens] = 2 + 2 * ROLES.index(role)
            tags[tokens[0]] -= 1
    subject = np.full(len(tags), UNKNOWN, np.float32)
    if sample.subjects is not None:
        subject[tags > 0] = 0
        for start, end in sample.subjects:
            subject[(features.ends > start) & (features.starts < end)] = 1
    return tags, subject


def train(samples: list[Tagged], epochs: int, seed: int) -> tuple[Network, np.ndarray]:
    """Train on samples; returns the network and which rows of the table were seen (bool [TOKEN_BUCKETS])."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    features = [encode(sample.text) for sample in samples]
    labels = [labels_of(sample, feature) for sample, feature in zip(samples, features)]
    kinds = torch.tensor([KINDS.index(sample.kind) for sample in samples])
    used = np.zeros(TOKEN_BUCKETS, bool)
    for feature in features:
        used[feature.slots] = True
    network, lengths, size = Network(), np.array([len(feature.slots) for feature in features]), 64
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=0.01)
    steps = epochs * (len(samples) // size + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, steps + 1, pct_start=0.1)
    began = time.time()
    for epoch in range(epochs):
        network.train()
        order = np.lexsort((rng.random(len(samples)), np.round(lengths * rng.uniform(0.85, 1.15, len(samples)) / 3)))
        groups = [order[at : at + size] for at in range(0, len(order), size)]
        rng.shuffle(groups)
        running = 0.0
        for group in groups:
            slots, weights, mask = batch_of(features, group)
            tags = torch.full(mask.shape, -100, dtype=torch.long)
            subject = torch.full(mask.shape, UNKNOWN)
            for row, index in enumerate(group):
                tags[row, : lengths[index]] = torch.from_numpy(labels[index][0])
                subject[row, : lengths[index]] = torch.from_numpy(labels[index][1])
            marks, kind = network(slots, weights, mask)
            loss = functional.cross_entropy(marks[..., : len(TAGS)].transpose(1, 2), tags, ignore_index=-100)
            known = subject > -1
            if known.any():
                loss = loss + 0.5 * functional.binary_cross_entropy_with_logits(marks[..., len(TAGS)][known], subject[known])
            loss = loss + 0.2 * functional.cross_entropy(kind, kinds[group], label_smoothing=0.02)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            running += loss.item()
        print(f"epoch {epoch + 1}/{epochs}: loss {running / len(groups):.4f}, {time.time() - began:.0f} s", flush=True)
    network.eval()
    used[0] = False
    return network, used


def tensors_of(network: Network, used: np.ndarray) -> dict[str, np.ndarray]:
    """The tensors of the file: the table in 8 bits, the rest in float32."""
    state = {name: value.detach().numpy().astype(np.float32) for name, value in network.state_dict().items()}
    table, scale = quantise(state["table.weight"] * used[:, None])
    tensors = {"token_table": table, "token_scale": scale}
    for index in range(len(DILATIONS)):
        tensors[f"conv{index}_weight"], tensors[f"conv{index}_bias"] = state[f"convs.{index}.weight"], state[f"convs.{index}.bias"]
    for name in ("deep", "tag", "kind"):
        tensors[f"{name}_weight"], tensors[f"{name}_bias"] = state[f"{name}.weight"].T, state[f"{name}.bias"]
    return {name: np.ascontiguousarray(value) for name, value in tensors.items()}


def write(path: Path, tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> None:
    """Write the ONNX graph (operators of the standard domain, opset 17)."""
    nodes: list = []

    def node(operator: str, inputs: list[str], output: str, **attributes) -> str:
        nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    constants = {
        "axis0": np.int64([0]), "axis1": np.int64([1]), "axis2": np.int64([2]), "begin": np.int64([0]),
        "tags": np.int64([len(TAGS)]), "all": np.int64([len(TAGS) + 1]), "flat_shape": np.int64([-1]),
    }  # fmt: skip
    convolutions(node, DILATIONS)
    node("Relu", [node("Gemm", ["states", "deep_weight", "deep_bias"], "deep0")], "deep")
    node("Gemm", ["deep", "tag_weight", "tag_bias"], "marks")
    node("Slice", ["marks", "begin", "tags", "axis1"], "tag_logits")
    node("Reshape", [node("Slice", ["marks", "tags", "all", "axis1"], "subject2"), "flat_shape"], "subject_logits")
    node("ReduceMax", ["states"], "highest", axes=[0], keepdims=1)
    node("ReduceMean", ["states"], "mean", axes=[0], keepdims=1)
    node("Gemm", [node("Concat", ["highest", "mean"], "pooled", axis=1), "kind_weight", "kind_bias"], "kind2")
    node("Reshape", ["kind2", "flat_shape"], "kind_logits")
    graph = helper.make_graph(
        nodes, "tagger",
        [helper.make_tensor_value_info("slots", TensorProto.INT32, ["tokens", SLOTS]), helper.make_tensor_value_info("weights", TensorProto.FLOAT, ["tokens", SLOTS])],
        [helper.make_tensor_value_info("tag_logits", TensorProto.FLOAT, ["tokens", len(TAGS)]), helper.make_tensor_value_info("subject_logits", TensorProto.FLOAT, ["tokens"]),
         helper.make_tensor_value_info("kind_logits", TensorProto.FLOAT, [len(KINDS)])],
        [numpy_helper.from_array(value, name) for name, value in {**tensors, **constants}.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="edge_repair")
    model.ir_version = 8
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())
