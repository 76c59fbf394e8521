"""A llama-architecture network in torch, as llama.cpp computes it (rotary positions, SwiGLU, tied output)."""

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as functional
from torch import nn


@dataclass(frozen=True)
class Shape:
    """Sizes of the network. Rows that are quantised (width, ffn) are multiples of 256, as Q4_K needs."""

    vocabulary: int
    width: int = 256
    layers: int = 6
    heads: int = 4
    kv_heads: int = 2
    ffn: int = 1024
    context: int = 1024
    rope_base: float = 10000.0
    epsilon: float = 1e-5

    @property
    def head_width(self) -> int:
        return self.width // self.heads

    def as_dict(self) -> dict:
        return asdict(self)


def rope_table(shape: Shape, length: int) -> torch.Tensor:
    """Cosines and sines of the rotary angles.

    Returns:
        float32 [2, length, head_width / 2]; pair i of a head turns by position * base^(-2 i / head_width).
    """
    half = shape.head_width // 2
    rates = shape.rope_base ** (-torch.arange(half, dtype=torch.float64) / half)
    angles = torch.arange(length, dtype=torch.float64)[:, None] * rates
    return torch.stack([angles.cos(), angles.sin()]).float()


def rotate(x: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    """Turn pairs (i, i + half) of ``x`` [batch, heads, length, head_width] by ``table`` [2, length, head_width / 2].

    Halves are contiguous, which is faster here than llama.cpp's neighbouring pairs; ``gguf_file`` reorders the rows.
    """
    first, second = x.chunk(2, dim=-1)
    cos, sin = table[0].to(x.dtype), table[1].to(x.dtype)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)


class Layer(nn.Module):
    """One pre-norm block: grouped-query attention, then SwiGLU."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        width, kv_width = shape.width, shape.kv_heads * shape.head_width
        self.attn_norm = nn.RMSNorm(width, eps=shape.epsilon)
        self.attn_qkv = nn.Linear(width, width + 2 * kv_width, bias=False)
        self.attn_output = nn.Linear(width, width, bias=False)
        self.ffn_norm = nn.RMSNorm(width, eps=shape.epsilon)
        self.ffn_gate_up = nn.Linear(width, 2 * shape.ffn, bias=False)
        self.ffn_down = nn.Linear(shape.ffn, width, bias=False)

    def forward(self, x: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
        # Attention is written out: for prompts of some thirty tokens it is twice as fast on a CPU as the fused one.
        batch, length, width = x.shape
        shape = self.shape
        kv_width, group = shape.kv_heads * shape.head_width, shape.heads // shape.kv_heads
        query, key, value = self.attn_qkv(self.attn_norm(x)).split([width, kv_width, kv_width], dim=-1)
        query = rotate(query.view(batch, length, shape.heads, shape.head_width).transpose(1, 2), table)
        key = rotate(key.view(batch, length, shape.kv_heads, shape.head_width).transpose(1, 2), table)
        value = value.view(batch, length, shape.kv_heads, shape.head_width).transpose(1, 2)
        query = query.reshape(batch, shape.kv_heads, group * length, shape.head_width)
        scores = (query @ key.transpose(-1, -2)) * shape.head_width**-0.5
        future = torch.ones(length, length, dtype=torch.bool, device=x.device).triu(1)
        scores = scores.view(batch, shape.kv_heads, group, length, length).masked_fill(future, float("-inf"))
        weights = scores.softmax(-1).to(value.dtype).view(batch, shape.kv_heads, group * length, length)
        mixed = (weights @ value).view(batch, shape.heads, length, shape.head_width)
        x = x + self.attn_output(mixed.transpose(1, 2).reshape(batch, length, width))
        gate, up = self.ffn_gate_up(self.ffn_norm(x)).chunk(2, dim=-1)
        return x + self.ffn_down(functional.silu(gate) * up)


class Network(nn.Module):
    """The whole model. Prompts are padded on the right: attention is causal, so padding reaches nobody."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.vocabulary, shape.width)
        self.blk = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.output_norm = nn.RMSNorm(shape.width, eps=shape.epsilon)
        self.register_buffer("table", rope_table(shape, shape.context), persistent=False)
        deviation = 0.02
        for name, parameter in self.named_parameters():
            if parameter.ndim == 2:
                scale = (2 * shape.layers) ** -0.5 if name.endswith(("attn_output.weight", "ffn_down.weight")) else 1.0
                nn.init.normal_(parameter, std=deviation * scale * (2.0 if "token_embd" not in name else 1.0))

    def forward(self, tokens: torch.Tensor, wanted: torch.Tensor | None = None) -> torch.Tensor:
        """Logits.

        Args:
            tokens: int64 [batch, length].
            wanted: bool [batch, length], where logits are wanted; None: everywhere.

        Returns:
            [number wanted, vocabulary], or [batch, length, vocabulary].
        """
        x = self.token_embd(tokens)
        table = self.table[:, : tokens.shape[1]]
        for layer in self.blk:
            x = layer(x, table)
        x = self.output_norm(x if wanted is None else x[wanted])
        return functional.linear(x, self.token_embd.weight)

    def compile_layers(self) -> None:
        """Let torch fuse each layer's elementwise work (needs a C++ compiler; a third faster on a CPU)."""
        for layer in self.blk:
            layer.compile(dynamic=True)

    @torch.no_grad()
    def round_to_f16(self) -> None:
        """Round every matrix to float16's values, as the shipped file has them. Norms stay float32."""
        for parameter in self.parameters():
            if parameter.ndim == 2:
                parameter.copy_(parameter.half().float())
