"""A llama of a GGUF file in torch, frozen and dequantised, with LoRA on some of its layers.

Computed as llama.cpp does (rotary positions on neighbouring pairs, grouped queries, SwiGLU), so factors learned here are
written to an adapter as they are. Sequences of a batch share one beginning (the system turn of the chat template), which
is computed once; layers below the first LoRA are frozen, so what leaves them can be kept (``Llama.lower``).
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
import torch
import torch.nn.functional as functional
from gguf.quants import dequantize
from torch import nn

Factors = dict[str, tuple[np.ndarray, np.ndarray]]
MATRICES = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")


@dataclass(frozen=True)
class Shape:
    """Sizes, as the file's metadata has them."""

    vocabulary: int
    width: int
    layers: int
    heads: int
    kv_heads: int
    ffn: int
    rope_base: float
    epsilon: float

    @property
    def head_width(self) -> int:
        return self.width // self.heads


@dataclass(frozen=True)
class Rows:
    """Token sequences with one beginning in common, padded on the right.

    Attributes:
        prefix: activations of the beginning, ``[p, width]``.
        own: activations of what follows it, ``[n, length, width]``.
    """

    prefix: torch.Tensor
    own: torch.Tensor


class Llama(nn.Module):
    """The frozen weights, and LoRA factors where asked for.

    Args:
        path: a GGUF of the architecture "llama".
        lora_layers: layers that get LoRA pairs; may be empty.
        rank, alpha: of the LoRA; the change of a matrix is ``alpha / rank * B @ A``.
        precision: of products. bfloat16 is many times faster where the processor has matrix units; residuals, norms and
            LoRA factors are float32 in any case.
        seed: of the factors' first values.
        matrices: that get LoRA pairs in these layers.

    Attributes:
        seen: called with (layer, matrix, activations ``[rows, width]``) of everything that enters a matrix, when it is set.
    """

    def __init__(self, path: Path, lora_layers: range = range(0), rank: int = 16, alpha: float = 32.0, precision: torch.dtype = torch.float32, seed: int = 0, matrices: tuple[str, ...] = MATRICES):
        super().__init__()
        reader = gguf.GGUFReader(path)
        read = lambda name: reader.get_field(name).contents()  # noqa: E731
        if read("general.architecture") != "llama":
            raise ValueError(f"{path.name} is a {read('general.architecture')} model; only llama is computed here")
        weights = {tensor.name: torch.from_numpy(dequantize(tensor.data, tensor.tensor_type).astype(np.float32)) for tensor in reader.tensors}
        heads = read("llama.attention.head_count")
        self.shape = Shape(
            vocabulary=weights["token_embd.weight"].shape[0], width=read("llama.embedding_length"), layers=read("llama.block_count"), heads=heads,
            kv_heads=read("llama.attention.head_count_kv"), ffn=read("llama.feed_forward_length"), rope_base=read("llama.rope.freq_base"),
            epsilon=read("llama.attention.layer_norm_rms_epsilon"),
        )
        self.precision, self.scale, self.rank, self.alpha = precision, alpha / rank, rank, alpha
        self.lora_layers, self.lora_matrices = lora_layers, matrices
        self.embedding = weights["token_embd.weight"]
        self.output = weights.get("output.weight", self.embedding).to(precision)
        self.output_norm = weights["output_norm.weight"]
        self.norms = [(weights[f"blk.{i}.attn_norm.weight"], weights[f"blk.{i}.ffn_norm.weight"]) for i in range(self.shape.layers)]
        self.matrices = [{name: weights[f"blk.{i}.{name}.weight"].to(precision) for name in MATRICES} for i in range(self.shape.layers)]
        self.seen: Callable[[int, str, torch.Tensor], None] | None = None
        self.lora = nn.ParameterDict()
        generator = torch.Generator().manual_seed(seed)
        for i in lora_layers:
            for name in matrices:
                out, width = self.matrices[i][name].shape
                self.lora[f"{i}_{name}_a"] = nn.Parameter(torch.randn(rank, width, generator=generator) * width**-0.5)
                self.lora[f"{i}_{name}_b"] = nn.Parameter(torch.zeros(out, rank))

    @property
    def first(self) -> int:
        """The first layer with LoRA; everything below is frozen."""
        return self.lora_layers.start if self.lora_layers else self.shape.layers

    def factors(self) -> Factors:
        """Tensor name to (A float32 ``[r, in]``, B float32 ``[out, r]``), the scale in B, so that W' = W + B @ A."""
        return {
            f"blk.{i}.{name}.weight": (self.lora[f"{i}_{name}_a"].detach().numpy().copy(), self.lora[f"{i}_{name}_b"].detach().numpy() * np.float32(self.scale))
            for i in self.lora_layers for name in self.lora_matrices
        }

    @torch.no_grad()
    def start_from(self, factors: Factors) -> None:
        """Take over factors of the same layers and rank, as ``factors`` gives them."""
        for i in self.lora_layers:
            for name in self.lora_matrices:
                a, b = factors[f"blk.{i}.{name}.weight"]
                self.lora[f"{i}_{name}_a"].copy_(torch.from_numpy(a))
                self.lora[f"{i}_{name}_b"].copy_(torch.from_numpy(b) / self.scale)

    def set_factors(self, layer: int, name: str, a: torch.Tensor, b: torch.Tensor) -> None:
        """Give one matrix other factors, of any rank, so that W' = W + B @ A."""
        self.lora[f"{layer}_{name}_a"] = nn.Parameter(a.float())
        self.lora[f"{layer}_{name}_b"] = nn.Parameter(b.float() / self.scale)

    def bare(self) -> "Llama":
        """The same weights, not copied, without the LoRA."""
        other = copy.copy(self)
        other.lora_layers = range(0)
        return other

    def embed(self, prefix: torch.Tensor, own: torch.Tensor) -> Rows:
        """Token ids ``[p]`` and ``[n, length]`` to activations."""
        return Rows(self.embedding[prefix], self.embedding[own])

    def through(self, rows: Rows, first: int, last: int) -> Rows:
        """Run layers ``first`` to ``last - 1``."""
        shape = self.shape
        p, (n, length, width) = rows.prefix.shape[0], rows.own.shape
        half = shape.head_width // 2
        rates = shape.rope_base ** (-torch.arange(half, dtype=torch.float64) / half)
        angles = torch.arange(p + length, dtype=torch.float64)[:, None] * rates
        turns = torch.stack([angles.cos(), angles.sin()]).float()
        places = torch.cat([torch.arange(p), (p + torch.arange(length)).repeat(n)])
        turns = turns[:, places][:, :, None]  # [2, p + n * length, 1, half]
        x = torch.cat([rows.prefix, rows.own.reshape(n * length, width)])
        for i in range(first, last):
            x = x + self._attention(i, functional.rms_norm(x, (width,), self.norms[i][0], shape.epsilon), p, n, length, turns)
            x = x + self._mlp(i, functional.rms_norm(x, (width,), self.norms[i][1], shape.epsilon))
        return Rows(x[:p], x[p:].reshape(n, length, width))

    def _linear(self, i: int, name: str, x: torch.Tensor) -> torch.Tensor:
        y = functional.linear(x, self.matrices[i][name])
        if self.seen is not None:
            self.seen(i, name, x)
        if i in self.lora_layers and name in self.lora_matrices:
            a, b = self.lora[f"{i}_{name}_a"].to(self.precision), (self.lora[f"{i}_{name}_b"] * self.scale).to(self.precision)
            y = y + functional.linear(functional.linear(x, a), b)
        return y

    def _mlp(self, i: int, x: torch.Tensor) -> torch.Tensor:
        x = x.to(self.precision)
        return self._linear(i, "ffn_down", functional.silu(self._linear(i, "ffn_gate", x)) * self._linear(i, "ffn_up", x)).float()

    def _attention(self, i: int, x: torch.Tensor, p: int, n: int, length: int, turns: torch.Tensor) -> torch.Tensor:
        shape, x = self.shape, x.to(self.precision)
        heads, kv, d = shape.heads, shape.kv_heads, shape.head_width
        q = _rotate(self._linear(i, "attn_q", x).view(-1, heads, d), turns)
        k = _rotate(self._linear(i, "attn_k", x).view(-1, kv, d), turns)
        v = self._linear(i, "attn_v", x).view(-1, kv, d)
        # The beginning attends to itself; what follows, to the beginning and to itself.
        mixed_prefix = _attend(q[None, :p], k[None, :p], v[None, :p], 0)
        keys, values = (torch.cat([part[:p].expand(n, p, kv, d), part[p:].view(n, length, kv, d)], 1) for part in (k, v))
        mixed = _attend(q[p:].view(n, length, heads, d), keys, values, p)
        return self._linear(i, "attn_output", torch.cat([mixed_prefix.reshape(p, -1), mixed.reshape(n * length, -1)])).float()

    def final(self, x: torch.Tensor) -> torch.Tensor:
        """The output norm, over ``[rows, width]``."""
        return functional.rms_norm(x, (self.shape.width,), self.output_norm, self.shape.epsilon)

    def logits(self, final: torch.Tensor) -> torch.Tensor:
        """Float32 logits ``[rows, vocabulary]`` of normed activations."""
        return functional.linear(final.to(self.precision), self.output).float()

    def forward(self, prefix: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
        """Logits ``[n, length, vocabulary]`` of what follows the beginning."""
        rows = self.through(self.embed(prefix, own), 0, self.shape.layers)
        return self.logits(self.final(rows.own))


def input_of(name: str) -> str:
    """The matrix that stands for all those which get the same activations."""
    return {"attn_k": "attn_q", "attn_v": "attn_q", "ffn_up": "ffn_gate"}.get(name, name)


def _rotate(x: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
    """Turn neighbouring pairs of ``x`` [rows, heads, head width] by ``turns`` [2, rows, 1, half]."""
    cos, sin = turns.to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], -1).flatten(-2)


def _attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, offset: int) -> torch.Tensor:
    """Causal grouped-query attention: q [n, length, heads, d], k and v [n, offset + length, kv heads, d]; returns as q.

    Written out: for some forty tokens it is faster on a CPU than the fused one, whose backward pass is slow with a mask.
    """
    n, length, heads, d = q.shape
    kv, total = k.shape[2], k.shape[1]
    group = heads // kv
    q = q.reshape(n, length, kv, group, d).permute(0, 2, 3, 1, 4).reshape(n, kv, group * length, d)
    scores = (q @ k.permute(0, 2, 3, 1)).float() * d**-0.5
    hidden = torch.ones(length, total, dtype=torch.bool).triu(offset + 1)
    scores = scores.view(n, kv, group, length, total).masked_fill(hidden, float("-inf"))
    weights = scores.softmax(-1).to(v.dtype).view(n, kv, group * length, total)
    mixed = weights @ v.permute(0, 2, 1, 3)
    return mixed.view(n, kv, group, length, d).permute(0, 3, 1, 2, 4).reshape(n, length, heads, d)
