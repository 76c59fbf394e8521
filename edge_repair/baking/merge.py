"""Writes a model with an adapter merged into its weights: one pass over the file, a few megabytes at a time.

Metadata and the tensors that the adapter does not touch are copied byte for byte. A touched tensor is stored at a
precision that keeps the edit: requantising it to four bits would destroy it (the rows of a gate are large numbers in a
matrix of small ones, and a gate is the difference of two of them). GGUF has a type for each tensor, so any llama.cpp
program reads the result.
"""

import os
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np

from edge_repair.adapters import TensorInfo, read_header
from edge_repair.adapters.header import BOOL, MAGIC, STRING, Header
from edge_repair.errors import BakeError

PRECISIONS = {"f32": 0, "f16": 1, "q8_0": 8}  # the ggml type of each
BAKED, BAKED_FROM = "edge_repair.baked", "edge_repair.baked.base"
_CHUNK = 4 << 20
_LARGEST = {0: np.inf, 1: 65504.0, 8: 65504.0 * 127}  # q8_0 holds a scale in half precision

Factors = Mapping[str, tuple[np.ndarray, np.ndarray]]  # tensor name to (A [r, in], B [out, r])


def together(own: Factors, repairs: Factors) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The factors of the user's own LoRA and of the repairs as one; what llama.cpp stores transposed is turned."""
    turned = {name: (b.T, a) if name == "token_embd.weight" else (a, b) for name, (a, b) in own.items()}
    both = {name: (np.concatenate([turned[name][0], a]), np.concatenate([turned[name][1], b], axis=1)) for name, (a, b) in repairs.items() if name in turned}
    return turned | dict(repairs) | both


def merge(source: Path, factors: Factors, out: Path, precision: str, source_sha256: str, progress: Callable[[int, int], None] | None = None) -> None:
    """Write the model of ``source`` with ``W + B @ A`` in place of each named ``W``; flushed to the disk, mode 0600.

    Two metadata entries are added, unless the source has them: that it was baked, and the SHA-256 of the file it was
    baked from. Nothing says of what.

    Args:
        source: a GGUF model.
        factors: from ``together``; every tensor is a matrix of the source.
        out: a path where nothing is.
        precision: one of ``PRECISIONS``, for the touched tensors.
        progress: told (bytes written, bytes in all).

    Raises:
        BakeError: a tensor cannot be stored so: another precision is named.
        OSError: the file could not be read or written; what was written so far is left to the caller.
    """
    header = read_header(source)
    types = {name: _type_of(header.tensors[name], precision) for name in factors}
    layout, offset = [], 0
    for info in header.tensors.values():
        ggml_type = types.get(info.name, info.ggml_type)
        nbytes = _bytes(info.shape, ggml_type) if info.name in types else info.nbytes
        layout.append(TensorInfo(info.name, info.shape, ggml_type, offset, nbytes))
        offset += nbytes + -nbytes % header.alignment
    with open(source, "rb") as old, os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb") as new:
        new.write(_header(old, header, layout, source_sha256))
        total = new.tell() + offset
        for info, was in zip(layout, header.tensors.values()):
            old.seek(header.data_offset + was.offset)
            if info.name in factors:
                _merged(old, new, was, info, factors[info.name])
            else:
                _copied(old, new, was.nbytes)
            new.write(bytes(-info.nbytes % header.alignment))
            if progress:
                progress(new.tell(), total)
        new.flush()
        os.fsync(new.fileno())


def _type_of(info: TensorInfo, precision: str) -> int:
    if precision == "q8_0" and info.shape[-1] % 32:
        raise BakeError(f"{info.name} has rows of {info.shape[-1]} numbers, which q8_0 cannot hold; use --precision f16")
    return PRECISIONS[precision]


def _bytes(shape: tuple[int, ...], ggml_type: int) -> int:
    count = int(np.prod(shape))
    return {0: count * 4, 1: count * 2, 8: count // 32 * 34}[ggml_type]


def _header(old: BinaryIO, header: Header, layout: list[TensorInfo], source_sha256: str) -> bytes:
    """The new header: old metadata as it is, two entries more, and the layout of the tensors as they will be."""
    old.seek(24)
    metadata = old.read(header.metadata_end - 24)
    more = []
    if BAKED not in header.types:
        more.append(_text(BAKED) + struct.pack("<IB", BOOL, 1))
    if BAKED_FROM not in header.types:
        more.append(_text(BAKED_FROM) + struct.pack("<I", STRING) + _text(source_sha256))
    entries = [_text(t.name) + struct.pack(f"<I{len(t.shape)}QIQ", len(t.shape), *reversed(t.shape), t.ggml_type, t.offset) for t in layout]
    counts = struct.pack("<IQQ", header.version, len(layout), len(header.types) + len(more))
    head = MAGIC + counts + metadata + b"".join(more) + b"".join(entries)
    return head + bytes(-len(head) % header.alignment)


def _text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def _copied(old: BinaryIO, new: BinaryIO, count: int) -> None:
    while count:
        piece = old.read(min(count, _CHUNK))
        if not piece:
            raise OSError(5, "the model file became shorter while it was read")
        new.write(piece)
        count -= len(piece)


def _merged(old: BinaryIO, new: BinaryIO, was: TensorInfo, info: TensorInfo, pair: tuple[np.ndarray, np.ndarray]) -> None:
    from gguf import GGMLQuantizationType
    from gguf.quants import dequantize, quantize

    a, b = pair
    height, width = was.shape
    row_bytes = was.nbytes // height
    step = max(1, _CHUNK // (4 * width))
    for first in range(0, height, step):
        count = min(step, height - first)
        raw = old.read(count * row_bytes)
        if len(raw) < count * row_bytes:
            raise OSError(5, "the model file became shorter while it was read")
        rows = dequantize(np.frombuffer(raw, np.uint8).reshape(count, row_bytes), GGMLQuantizationType(was.ggml_type))
        rows = rows.astype(np.float32) + b[first : first + count] @ a
        if not np.abs(rows).max() <= _LARGEST[info.ggml_type]:
            raise BakeError(f"{info.name} holds numbers beyond half precision once it is merged; use --precision f32")
        if info.ggml_type == 8:
            new.write(quantize(rows, GGMLQuantizationType.Q8_0).tobytes())
        else:
            new.write(rows.astype("<f4" if info.ggml_type == 0 else "<f2").tobytes())
