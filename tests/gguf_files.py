"""GGUF files built byte by byte, honest and hostile, for the tests of every room that reads them."""

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

UINT8, UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY, UINT64 = 0, 4, 5, 6, 7, 8, 9, 10


def text(value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(raw)) + raw


def entry(key: str | bytes, kind: int, payload: bytes) -> bytes:
    """One metadata entry."""
    return text(key) + struct.pack("<I", kind) + payload


def string(key: str | bytes, value: str | bytes) -> bytes:
    return entry(key, STRING, text(value))


def uint32(key: str, value: int) -> bytes:
    return entry(key, UINT32, struct.pack("<I", value))


def float32(key: str, value: float) -> bytes:
    return entry(key, FLOAT32, struct.pack("<f", value))


def strings(key: str, values: Sequence[str]) -> bytes:
    return entry(key, ARRAY, struct.pack("<IQ", STRING, len(values)) + b"".join(text(v) for v in values))


def tensor_entry(name: str | bytes, dimensions: Sequence[int], ggml_type: int, offset: int) -> bytes:
    """One tensor entry; ``dimensions`` in the file's order (innermost first)."""
    return text(name) + struct.pack(f"<I{len(dimensions)}QIQ", len(dimensions), *dimensions, ggml_type, offset)


def pad(data: bytes, alignment: int = 32) -> bytes:
    return data + bytes(-len(data) % alignment)


def gguf(
    entries: Sequence[bytes],
    tensors: Sequence[tuple[str, Sequence[int], int, bytes]] = (),
    *,
    version: int = 3,
    entry_count: int | None = None,
    tensor_count: int | None = None,
    offsets: Sequence[int] | None = None,
    alignment: int = 32,
    magic: bytes = b"GGUF",
) -> bytes:
    """A GGUF file; ``tensors`` are (name, dimensions innermost first, ggml type, data). Counts and offsets can lie."""
    counts = (len(tensors) if tensor_count is None else tensor_count, len(entries) if entry_count is None else entry_count)
    head = magic + struct.pack("<IQQ", version, *counts) + b"".join(entries)
    offset = 0
    for number, (name, dimensions, ggml_type, data) in enumerate(tensors):
        head += tensor_entry(name, dimensions, ggml_type, offset if offsets is None else offsets[number])
        offset += len(pad(data, alignment))
    return pad(head, alignment) + b"".join(pad(data, alignment) for *_, data in tensors)


def matrix(name: str, values: np.ndarray, dtype: str = "<f4") -> tuple[str, tuple[int, ...], int, bytes]:
    """A tensor of floats for ``gguf``: F32 or F16 by dtype."""
    values = np.ascontiguousarray(values, dtype=dtype)
    return name, tuple(reversed(values.shape)), {"<f4": 0, "<f2": 1}[dtype], values.tobytes()


def tiny_model(
    path: Path,
    *,
    seed: int = 0,
    name: str = "Tiny",
    architecture: str = "llama",
    width: int = 32,
    ffn: int = 64,
    layers: int = 2,
    extra: Sequence[bytes] = (),
) -> Path:
    """A file with the header and the MLP of a model: enough for everything that does not run it."""
    generator = np.random.default_rng(seed)
    tensors = [matrix("token_embd.weight", generator.standard_normal((40, width)))]
    for layer in range(layers):
        tensors.append(matrix(f"blk.{layer}.ffn_norm.weight", generator.standard_normal(width)))
        for part, shape in (("gate", (ffn, width)), ("up", (ffn, width)), ("down", (width, ffn))):
            tensors.append(matrix(f"blk.{layer}.ffn_{part}.weight", generator.standard_normal(shape)))
    entries = [
        string("general.architecture", architecture),
        string("general.type", "model"),
        string("general.name", name),
        uint32("general.file_type", 0),
        uint32(f"{architecture}.block_count", layers),
        uint32(f"{architecture}.embedding_length", width),
        uint32(f"{architecture}.feed_forward_length", ffn),
        strings("tokenizer.ggml.tokens", [f"token{i}" for i in range(40)]),
        string("tokenizer.chat_template", "{{ messages[0].content }}"),
        *extra,
    ]
    path.write_bytes(gguf(entries, tensors))
    return path


def runnable_model(path: Path, *, seed: int = 0, changes: dict[str, np.ndarray] | None = None) -> Path:
    """A llama with random weights and no vocabulary that llama.cpp runs: 2 blocks, width 32, ffn 64, 48 tokens.

    Args:
        changes: tensor name to a float32 matrix that is added to it.
    """
    generator = np.random.default_rng(seed)
    shapes: dict[str, tuple[int, ...]] = {"token_embd.weight": (48, 32), "output_norm.weight": (32,), "output.weight": (48, 32)}
    for layer in range(2):
        shapes |= {f"blk.{layer}.attn_norm.weight": (32,), f"blk.{layer}.ffn_norm.weight": (32,)}
        shapes |= {f"blk.{layer}.attn_{part}.weight": (32, 32) for part in ("q", "k", "v", "output")}
        shapes |= {f"blk.{layer}.ffn_{part}.weight": (64, 32) for part in ("gate", "up")}
        shapes[f"blk.{layer}.ffn_down.weight"] = (32, 64)
    tensors = []
    for name, shape in shapes.items():
        values = generator.standard_normal(shape) / np.sqrt(shape[-1]) if len(shape) == 2 else np.ones(shape)
        tensors.append(matrix(name, values + (changes or {}).get(name, 0)))
    entries = [
        string("general.architecture", "llama"),
        string("general.name", "Runnable"),
        uint32("llama.block_count", 2),
        uint32("llama.context_length", 64),
        uint32("llama.embedding_length", 32),
        uint32("llama.feed_forward_length", 64),
        uint32("llama.attention.head_count", 2),
        uint32("llama.attention.head_count_kv", 2),
        float32("llama.attention.layer_norm_rms_epsilon", 1e-5),
        uint32("llama.vocab_size", 48),
        string("tokenizer.ggml.model", "no_vocab"),
    ]
    path.write_bytes(gguf(entries, tensors))
    return path
