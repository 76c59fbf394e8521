"""The tagger for English in PyTorch: a small pretrained encoder with the tagger's heads, trained whole, and its ONNX graph.

The encoder is BERT (Devlin et al. 2019, arXiv 1810.04805) in the size of MiniLM (Wang et al. 2020, arXiv 2002.10957): six
layers of width 384. It begins with the weights of a folder that holds ``model.safetensors``, ``config.json`` and
``vocab.txt`` (all-MiniLM-L6-v2, Apache-2.0). Embeddings stay as they are; how a piece is written (``wordpiece``) is a new
one. Written out in numpy in ``edge_repair/surgeon/encoder.py``.
"""

import json
import time
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn import functional

from edge_repair.surgeon.encoder import EPSILON, HEADS, PARTS
from edge_repair.surgeon.procedure import KINDS
from edge_repair.surgeon.tagger import MARKS, STATES
from edge_repair.surgeon.wordpiece import CAPITALS, HEAD, TAIL, pieces_of
from tools.surgeon.generator import Tagged
from tools.surgeon.network import UNKNOWN, Descent, kinds_and_states, labels_of, like_lengths, loss_of
from tools.watchdog.anchor import read_safetensors
from tools.watchdog.export import quantise, write_model

BATCH, RATE, HEAD_RATE = 32, 1.5e-4, 1.5e-3
MOST_PIECES = 11_300  # of 30,522: half of the file was their table
LAYER_PARTS = {"query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value", "mixed": "attention.output.dense",
               "inner": "intermediate.dense", "outer": "output.dense"}  # fmt: skip
NORM_PARTS = {"norm1": "attention.output.LayerNorm", "norm2": "output.LayerNorm"}


def vocabulary_of(folder: Path) -> dict[str, int]:
    """Piece to number."""
    return {piece: number for number, piece in enumerate((folder / "vocab.txt").read_text(encoding="utf-8").split("\n")) if piece}


class Layer(nn.Module):
    """One post-norm block: attention of all pieces to all, then GELU."""

    def __init__(self, weights: dict[str, torch.Tensor], name: str) -> None:
        super().__init__()
        for part, source in LAYER_PARTS.items():
            self.add_module(part, _linear(weights[f"{name}.{source}.weight"], weights[f"{name}.{source}.bias"]))
        for part, source in NORM_PARTS.items():
            self.add_module(part, _norm(weights[f"{name}.{source}.weight"], weights[f"{name}.{source}.bias"]))

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        query, key, value = (part(x).view(batch, length, HEADS, -1).transpose(1, 2) for part in (self.query, self.key, self.value))
        shares = torch.softmax(query @ key.transpose(-1, -2) * (width // HEADS) ** -0.5 + bias, -1)
        x = self.norm1(x + self.mixed((shares @ value).transpose(1, 2).reshape(batch, length, width)))
        return self.norm2(x + self.outer(functional.gelu(self.inner(x))))


class Network(nn.Module):
    """For padded batches; see ``edge_repair/surgeon/encoder.py`` for one text."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        weights, config = read_safetensors(folder / "model.safetensors"), json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if config["num_attention_heads"] != HEADS or config["layer_norm_eps"] != EPSILON:
            raise ValueError(f"{folder} holds no encoder of {HEADS} heads and epsilon {EPSILON}")
        self.register_buffer("words", weights["embeddings.word_embeddings.weight"])
        self.register_buffer("places", weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0])
        width = self.words.shape[1]
        self.letters = nn.Embedding(CAPITALS + 1, width)
        nn.init.zeros_(self.letters.weight)
        self.norm = _norm(weights["embeddings.LayerNorm.weight"], weights["embeddings.LayerNorm.bias"])
        self.layers = nn.ModuleList(Layer(weights, f"encoder.layer.{number}") for number in range(config["num_hidden_layers"]))
        self.tag, self.request = nn.Linear(width, MARKS), nn.Linear(2 * width, len(KINDS) + len(STATES))
        self.dropout = nn.Dropout(0.1)

    def forward(self, ids: torch.Tensor, letters: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits of the pieces [B, T, MARKS], and of the requests [B, 7]; ids, letters int64 [B, T], mask bool [B, T]."""
        x = self.norm(self.words[ids] + self.places[: ids.shape[1]] + self.letters(letters))
        bias = torch.zeros(mask.shape).masked_fill(~mask, -1e9)[:, None, None, :]
        for layer in self.layers:
            x = layer(self.dropout(x), bias)
        real = mask[..., None].float()
        pooled = torch.cat([x.masked_fill(~mask[..., None], -1e9).amax(1), (x * real).sum(1) / real.sum(1)], 1)
        return self.tag(self.dropout(x)), self.request(self.dropout(pooled))


def _linear(weight: torch.Tensor, bias: torch.Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight.data.copy_(weight)
    layer.bias.data.copy_(bias)
    return layer


def _norm(weight: torch.Tensor, bias: torch.Tensor) -> nn.LayerNorm:
    layer = nn.LayerNorm(len(weight), eps=EPSILON)
    layer.weight.data.copy_(weight)
    layer.bias.data.copy_(bias)
    return layer


def train(samples: list[Tagged], folder: Path, epochs: int, seed: int) -> Network:
    """Train encoder and heads on samples; a moving average of the weights comes back."""
    torch.manual_seed(seed)
    rng, vocabulary = np.random.default_rng(seed), vocabulary_of(folder)
    pieces = [pieces_of(sample.text, vocabulary) for sample in samples]
    labels = [labels_of(sample, each) for sample, each in zip(samples, pieces)]
    kinds, states = kinds_and_states(samples)
    network, lengths = Network(folder), np.array([len(each.ids) for each in pieces])
    heads = [value for name, value in network.named_parameters() if name.startswith(("tag.", "request.", "letters."))]
    body = [value for name, value in network.named_parameters() if not name.startswith(("tag.", "request.", "letters."))]
    optimiser = torch.optim.AdamW([{"params": body}, {"params": heads}], weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, [RATE, HEAD_RATE], epochs * (len(samples) // BATCH + 1) + 1, pct_start=0.1)
    descent, began = Descent(network, optimiser, schedule), time.time()
    for epoch in range(epochs):
        network.train()
        running = 0.0
        groups = like_lengths(lengths, BATCH, rng)
        for group in groups:
            shape = len(group), int(lengths[group].max())
            ids, letters, mask = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.bool)
            label = torch.full((*shape, 5), UNKNOWN, dtype=torch.long)
            for row, index in enumerate(group):
                size = lengths[index]
                ids[row, :size], letters[row, :size] = torch.from_numpy(pieces[index].ids), torch.from_numpy(pieces[index].letters)
                mask[row, :size] = True
                label[row, 1 : size - 1] = torch.from_numpy(labels[index])
            loss = loss_of(*network(ids, letters, mask), label, kinds[group], states[group])
            running += descent.step(loss)
            if descent.steps % 100 == 0:
                print(f"step {descent.steps} of {epochs * len(groups)}: loss {running / 100:.4f}, {time.time() - began:.0f} s", flush=True)
                running = 0.0
    descent.finish()
    return network


def tensors_of(network: Network) -> dict[str, np.ndarray]:
    """The tensors of the file: matrices and the table of words in 8 bits, the rest in float32."""
    state = {name: value.detach().numpy().astype(np.float32) for name, value in network.state_dict().items()}
    codes, scale = quantise(state["words"].T)
    tensors = {"words": codes.T, "words_scale": scale, "places": state["places"][: HEAD + TAIL + 2], "letters_table": state["letters.weight"]}
    tensors |= {f"norm_{half}": state[f"norm.{half}"] for half in ("weight", "bias")}
    narrow = (state["words"].shape[1] // HEADS) ** -0.5
    for number in range(len(network.layers)):
        for part in PARTS:
            factor = np.float32(narrow if part == "query" else 1)
            codes, scale = quantise(state[f"layers.{number}.{part}.weight"].T * factor)
            tensors |= {f"layer{number}_{part}_weight": codes, f"layer{number}_{part}_scale": scale, f"layer{number}_{part}_bias": state[f"layers.{number}.{part}.bias"] * factor}
        for norm in NORM_PARTS:
            tensors |= {f"layer{number}_{norm}_{half}": state[f"layers.{number}.{norm}.{half}"] for half in ("weight", "bias")}
    for name in ("tag", "request"):
        tensors |= {f"{name}_weight": state[f"{name}.weight"].T, f"{name}_bias": state[f"{name}.bias"]}
    return {name: np.ascontiguousarray(value) for name, value in tensors.items()}


def with_fewer_pieces(tensors: dict[str, np.ndarray], vocabulary: dict[str, int], texts: list[str], most: int = MOST_PIECES) -> tuple[dict[str, np.ndarray], list[str]]:
    """The tensors with ``most`` rows in their table of words, and the pieces that these stand for.

    Kept are single characters, what the texts are cut into, and then the lowest numbers (the commonest pieces). A word
    that is left out is cut smaller.
    """
    pieces = list(vocabulary)
    kept = {number for piece, number in vocabulary.items() if piece.startswith("[") and "unused" not in piece or len(piece.removeprefix("##")) == 1 and ord(piece[-1]) < 0x2000}
    kept |= {number for text in texts for number in pieces_of(text, vocabulary).ids.tolist()}
    common = (number for number, piece in enumerate(pieces) if piece.isascii() and "unused" not in piece and number not in kept)
    order = sorted([*kept, *islice(common, max(0, most - len(kept)))])
    return tensors | {name: tensors[name][order] for name in ("words", "words_scale")}, [pieces[number] for number in order]


def write(path: Path, tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> None:
    """Write the ONNX graph (operators of the standard domain, opset 17). ``metadata`` has the vocabulary, a line a piece."""
    nodes: list = []

    def node(operator: str, inputs: list[str], output: str, **attributes) -> str:
        nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def linear(x: str, name: str) -> str:
        weight = node("Mul", [node("Cast", [f"{name}_weight"], f"{name}_codes", to=TensorProto.FLOAT), f"{name}_scale"], f"{name}_full")
        return node("Gemm", [x, weight, f"{name}_bias"], f"{name}_out")

    def normed(x: str, name: str) -> str:
        return node("LayerNormalization", [x, f"{name}_weight", f"{name}_bias"], f"{name}_out", axis=-1, epsilon=EPSILON)

    width = tensors["norm_weight"].shape[0]
    constants = {
        "axis0": np.int64([0]), "axis1": np.int64([1]), "begin": np.int64([0]), "one": np.int64([1]), "before_last": np.int64([-1]), "flat_shape": np.int64([-1]),
        "split": np.int64([-1, HEADS, width // HEADS]), "whole": np.int64([-1, width]), "half": np.float32([0.5]), "root_half": np.float32([0.5**0.5]), "unit": np.float32([1]),
    }  # fmt: skip
    codes = node("Cast", [node("Gather", ["words", "ids"], "word_codes")], "word_rows", to=TensorProto.FLOAT)
    rows = node("Mul", [codes, node("Unsqueeze", [node("Gather", ["words_scale", "ids"], "scales"), "axis1"], "scale_column")], "scaled")
    length = node("Shape", ["ids"], "length")
    here = node("Add", [rows, node("Slice", ["places", "begin", length, "axis0"], "here")], "placed")
    x = normed(node("Add", [here, node("Gather", ["letters_table", "letters"], "written")], "embedded"), "norm")
    for number in range(sum(name.endswith("_query_weight") for name in tensors)):
        front = f"layer{number}_"
        turned = {
            part: node("Transpose", [node("Reshape", [linear(x, front + part), "split"], f"{front}{part}_split")], f"{front}{part}_heads", perm=order)
            for part, order in (("query", [1, 0, 2]), ("key", [1, 2, 0]), ("value", [1, 0, 2]))
        }
        shares = node("Softmax", [node("MatMul", [turned["query"], turned["key"]], f"{front}scores")], f"{front}shares", axis=-1)
        mixed = node("Transpose", [node("MatMul", [shares, turned["value"]], f"{front}mixed_heads")], f"{front}mixed_turned", perm=[1, 0, 2])
        mixed = linear(node("Reshape", [mixed, "whole"], f"{front}mixed_whole"), f"{front}mixed")
        x = normed(node("Add", [x, mixed], f"{front}after"), f"{front}norm1")
        inner = linear(x, f"{front}inner")
        raised = node("Add", [node("Erf", [node("Mul", [inner, "root_half"], f"{front}shrunk")], f"{front}erf"), "unit"], f"{front}raised")
        inner = node("Mul", [node("Mul", [inner, "half"], f"{front}halved"), raised], f"{front}gelu")
        x = normed(node("Add", [x, linear(inner, f"{front}outer")], f"{front}last"), f"{front}norm2")
    node("Gemm", [node("Slice", [x, "one", "before_last", "axis0"], "inside"), "tag_weight", "tag_bias"], "marks")
    node("ReduceMax", [x], "highest", axes=[0], keepdims=1)
    node("ReduceMean", [x], "mean", axes=[0], keepdims=1)
    node("Gemm", [node("Concat", ["highest", "mean"], "pooled", axis=1), "request_weight", "request_bias"], "request2")
    node("Reshape", ["request2", "flat_shape"], "request")
    graph = helper.make_graph(
        nodes, "encoder",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["pieces"]) for name in ("ids", "letters")],
        [helper.make_tensor_value_info("marks", TensorProto.FLOAT, ["inside", MARKS]), helper.make_tensor_value_info("request", TensorProto.FLOAT, [len(KINDS) + len(STATES)])],
        [numpy_helper.from_array(value, name) for name, value in {**tensors, **constants}.items()],
    )  # fmt: skip
    write_model(path, graph, metadata)
