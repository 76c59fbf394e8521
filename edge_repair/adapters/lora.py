"""LoRA adapters as GGUF: written so that any llama.cpp program loads them, checked before llama.cpp sees them.

llama.cpp trusts adapter files: a wrong metadata type aborts the process, integer tensors crash it at the first token,
NaN weights load, and an adapter of another model with matching names loads silently. So everything is checked here.

An adapter of our own is *canonical*: all bytes but the numbers follow from what ``validate`` reads, and they are
compared; the numbers and the rest are covered by a SHA-256 inside the file. So any altered byte is refused, though not
a forgery by somebody who computes a new digest (such a file must still pass every check that a foreign adapter must).

Not covered: DoRA and norm tensors, experts (3-D tensors), activated LoRA, rank-0 and sparse adapters. The bounds on
norms keep arithmetic finite; they do not say that an adapter does something sensible.
"""

import hashlib
import io
import os
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_repair.adapters.base import BaseIdentity
from edge_repair.adapters.files import open_plain, write_atomically
from edge_repair.adapters.header import ARRAY, FLOAT32, MAGIC, STRING, UINT32, Header, Malformed, TensorInfo, walk
from edge_repair.errors import AdapterError
from edge_repair.stamp.delta import Delta

VERSION = 1
MAX_BYTES = 2 << 30
MAX_ELEMENT = 1e8  # below the square root of float32's range, so that A @ x stays finite for any sane x
MAX_CHANGE = 100.0  # root mean square of the elements of the change; weights themselves are around 0.01 to 1
_ALIGNMENT = 32
_BLOCK = re.compile(r"blk\.(\d{1,5})\.")
_IDENTIFIER = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_DTYPES = {0: np.dtype("<f4"), 1: np.dtype("<f2")}
_ALPHA = "adapter.lora.alpha"
_OURS = "edge_repair."
# The types of every key that llama.cpp or this package reads; a getter of another type aborts the process there.
_TYPES = {
    "general.type": STRING,
    "adapter.type": STRING,
    "general.architecture": STRING,
    _ALPHA: FLOAT32,
    _OURS + "version": UINT32,
    _OURS + "base.fingerprint": STRING,
    _OURS + "base.name": STRING,
    _OURS + "repairs": ARRAY,
    _OURS + "digest": STRING,
}


@dataclass(frozen=True)
class AdapterFile:
    """A checked adapter.

    Attributes:
        path: where it is, or None while it is only in memory.
        sha256: of the whole file, hexadecimal.
        bytes: its size.
        base_fingerprint: of the model it was made for; None for an adapter of another tool, which does not say.
        rank: the largest rank among its tensors.
        layers: the blocks it touches, ascending.
        repair_ids: the repairs that are in it.
    """

    path: Path | None
    sha256: str
    bytes: int
    base_fingerprint: str | None
    rank: int
    layers: tuple[int, ...]
    repair_ids: tuple[str, ...]


def encode(delta: Delta, base: BaseIdentity, repair_ids: Sequence[str]) -> bytes:
    """Return the adapter of a delta as the bytes of a GGUF file; equal arguments give equal bytes.

    llama.cpp computes ``W x + (alpha / r) B (A x)`` with r the rank of that tensor's pair. alpha is the largest rank,
    and B of a pair of lower rank is multiplied by r / alpha, so that the effect is ``B @ A`` (for the largest rank to
    the last bit, for others to a rounding of float32).

    Args:
        delta: A float32 ``[r, in]`` and B float32 ``[out, r]`` for each tensor.
        base: the model that the delta was made for.
        repair_ids: the repairs that are in it, for instance in order of creation.

    Raises:
        AdapterError: the delta does not fit the base, or its numbers are not finite and sane.
    """
    alpha = max(delta.rank, 1)
    arrays: list[tuple[str, np.ndarray]] = []
    for name in sorted(delta.factors):
        a, b = delta.factors[name]
        rank = a.shape[0]
        if rank != alpha:
            b = b * np.float32(rank / alpha)
        arrays.append((name + ".lora_a", np.ascontiguousarray(a, dtype="<f4")))
        arrays.append((name + ".lora_b", np.ascontiguousarray(b, dtype="<f4")))
    tensors = [(name, array.shape, 0, array.nbytes) for name, array in arrays]
    ids = tuple(repair_ids)

    def header(digest: str) -> bytes:
        return _header(base.architecture, float(alpha), base.fingerprint, base.name, ids, digest, tensors)

    data = b"".join(_padded(array.tobytes()) for _, array in arrays)
    digest = hashlib.sha256(header("0" * 64))
    digest.update(data)
    result = header(digest.hexdigest()) + data
    validate(result, base)
    return result


def validate(source: bytes | str | os.PathLike, base: BaseIdentity, require_base: bool = True) -> AdapterFile:
    """Check everything about an adapter that llama.cpp would not, before llama.cpp sees it.

    Args:
        source: the bytes of the file, or its path.
        base: the model it is to be attached to.
        require_base: True for adapters of this package, of which every byte is checked. False also lets in adapters
            of other tools: metadata unknown to us may then be there, and nothing tells which model they were made for,
            except that architecture, names and shapes must match.

    Returns:
        What the adapter holds.

    Raises:
        AdapterError: what is wrong, in one line; for an adapter of another model both models are named.
    """
    path = None if isinstance(source, bytes) else Path(source)
    data = source if isinstance(source, bytes) else _read(Path(source))
    try:
        header, pairs = _checked(data, base, require_base)
    except Malformed as problem:
        raise _refusal(path, problem) from None
    return _described(data, header, pairs, path)


def decode(data: bytes, base: BaseIdentity, require_base: bool = True) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Check an adapter and return its factors, so that ``W' = W + B @ A``; for one of ours the inverse of ``encode``.

    Args:
        data: the bytes of the file.
        base, require_base: as in ``validate``.

    Returns:
        Tensor name to ``(A, B)``: float32 ``[r, in]`` and ``[out, r]`` (for the token embedding A is ``[in, r]``).

    Raises:
        AdapterError: see ``validate``.
    """
    validate(data, base, require_base)
    header, pairs = _checked(data, base, require_base)
    alpha = header.metadata.get(_ALPHA, 0.0)
    factors = {}
    for name, (a_info, b_info) in pairs.items():
        a, b = (_array(data, header, info).astype(np.float32) for info in (a_info, b_info))
        rank = _rank(name, a_info)
        factors[name] = (a, b if alpha in (0.0, rank) else b * np.float32(alpha / rank))  # no alpha: llama.cpp does not scale
    return factors


def write(data: bytes, path: str | os.PathLike) -> AdapterFile:
    """Write an adapter's bytes to a file (mode 0600): afterwards the path holds all of them, or what it held before.

    It is for bytes from ``encode``, and checks no more than that they are a GGUF of LoRA pairs; call ``validate``
    on anything from elsewhere.

    Raises:
        AdapterError: not an adapter at all.
        OSError: it could not be written; the path is unchanged.
    """
    path = Path(path)
    try:
        header = walk(io.BytesIO(data), len(data), arrays=(_OURS + "repairs",), strict_text=True)
        described = _described(data, header, _halves(header), path)
    except Malformed as problem:
        raise _refusal(path, problem) from None
    write_atomically(path, data)
    return described


def _described(
    data: bytes, header: Header, pairs: dict[str, tuple[TensorInfo, TensorInfo]], path: Path | None
) -> AdapterFile:
    return AdapterFile(
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        base_fingerprint=header.metadata.get(_OURS + "base.fingerprint"),
        rank=max(_rank(name, a) for name, (a, _) in pairs.items()),
        layers=tuple(sorted({int(m[1]) for m in map(_BLOCK.match, pairs) if m})),
        repair_ids=tuple(header.metadata.get(_OURS + "repairs", ())),
    )


def _refusal(path: Path | None, problem: Malformed) -> AdapterError:
    where = f"{path}: the adapter" if path else "The adapter"
    return AdapterError(f"{where} {problem}. Nothing was loaded; make it again or choose another.")


def _checked(
    data: bytes, base: BaseIdentity, require_base: bool
) -> tuple[Header, dict[str, tuple[TensorInfo, TensorInfo]]]:
    """Every check, in the order in which a person would want to hear of them."""
    if len(data) > MAX_BYTES:
        raise Malformed(f"has {len(data) >> 20} MiB, more than the {MAX_BYTES >> 20} MiB that are read")
    header = walk(io.BytesIO(data), len(data), arrays=(_OURS + "repairs",), strict_text=True)
    metadata, types = header.metadata, header.types
    require_base = require_base or any(key.startswith(_OURS) for key in types)  # who claims to be ours is checked so
    for key, kind in types.items():
        if not key.isprintable():
            raise Malformed("has a metadata entry with an unprintable name")
        if _TYPES.get(key, kind) != kind:
            raise Malformed(f"has {key} as GGUF type {kind} instead of {_TYPES[key]}")
        if key.startswith("adapter.alora."):
            raise Malformed("is an activated LoRA (aLoRA), which is not supported")
        if require_base and key not in _TYPES:
            raise Malformed(f"has an unexpected metadata entry {key[:80]}")
    for key, expected in (("general.type", "adapter"), ("adapter.type", "lora")):
        if metadata.get(key) != expected:
            raise Malformed(f"is no LoRA adapter ({key} is {_shown(metadata.get(key))})")
    _check_base(metadata, base, require_base)
    alpha = metadata.get(_ALPHA, 0.0)
    if not -MAX_ELEMENT < alpha < MAX_ELEMENT:  # also false for NaN
        raise Malformed(f"has an alpha of {alpha}")

    pairs = _halves(header)
    _check_pairs(pairs, base)
    if require_base:
        _check_canonical(data, header, max(_rank(name, a) for name, (a, _) in pairs.items()))
    for name, (a, b) in pairs.items():
        _check_numbers(name, _array(data, header, a), _array(data, header, b), alpha, base)
    return header, pairs


def _check_base(metadata: dict, base: BaseIdentity, require_base: bool) -> None:
    made_for = metadata.get(_OURS + "base.fingerprint")
    if made_for is None and require_base:
        raise Malformed("does not say which model it was made for, so it is not one of ours")
    if made_for is not None and made_for != base.fingerprint:
        name = metadata.get(_OURS + "base.name", "an unnamed model")
        raise Malformed(
            f"was made for {_shown(name)} ({_shown(made_for[:12])}), but the model here is "
            f"{_shown(base.name)} ({base.fingerprint[:12]})"
        )
    if metadata.get("general.architecture") != base.architecture:
        raise Malformed(
            f"is for the architecture {_shown(metadata.get('general.architecture'))}, but the model here, "
            f"{_shown(base.name)}, is {_shown(base.architecture)}"
        )


def _halves(header: Header) -> dict[str, tuple[TensorInfo, TensorInfo]]:
    """Match A with B by name, whatever the base: matrices in F32 or F16, each with its other half."""
    halves: dict[str, dict[str, TensorInfo]] = {}
    for info in header.tensors.values():
        name, _, half = info.name.rpartition(".")
        if half not in ("lora_a", "lora_b"):
            raise Malformed(f"has a tensor {info.name} that is no half of a LoRA pair")
        if info.ggml_type not in _DTYPES:
            raise Malformed(f"has {info.name} in ggml type {info.ggml_type}; only F32 and F16 are safe")
        if len(info.shape) != 2:
            raise Malformed(f"has {info.name} with {len(info.shape)} dimensions instead of 2")
        halves.setdefault(name, {})[half] = info
    if not halves:
        raise Malformed("holds no tensors")
    for name, half in halves.items():
        if len(half) != 2:
            raise Malformed(f"has only one half of the pair for {name}")
    return {name: (half["lora_a"], half["lora_b"]) for name, half in halves.items()}


def _check_pairs(pairs: dict[str, tuple[TensorInfo, TensorInfo]], base: BaseIdentity) -> None:
    """Match the pairs with the base: names, shapes, ranks."""
    for name, (a, b) in pairs.items():
        if name not in base.tensors:
            raise Malformed(f"changes a tensor {name} that {_shown(base.name)} does not have")
        shape = base.tensors[name].shape
        if len(shape) != 2:
            raise Malformed(f"changes {name}, which has {len(shape)} dimensions; only matrices can be changed")
        height, width = shape
        rank = _rank(name, a)
        # For the token embedding llama.cpp looks rows of A up by token, so there A is [vocabulary, r] and B [width, r].
        wanted = ((height, rank), (width, rank)) if name == "token_embd.weight" else ((rank, width), (height, rank))
        if (a.shape, b.shape) != wanted:
            raise Malformed(f"has shapes {a.shape} and {b.shape} for {name}, which is {shape} here")
        if rank > max(shape):
            raise Malformed(f"has rank {rank} for {name}, more than its size {shape}")


def _check_canonical(data: bytes, header: Header, rank: int) -> None:
    """Compare every byte that is not a number with what we would have written, and all of them with the digest."""
    metadata = header.metadata
    missing = [key for key in _TYPES if key not in metadata]
    if missing:
        raise Malformed(f"lacks the metadata entry {missing[0]}")
    ids = metadata[_OURS + "repairs"]
    if metadata[_OURS + "version"] != VERSION:
        raise Malformed(f"has format version {metadata[_OURS + 'version']}, and this program reads {VERSION}")
    if not all(isinstance(i, str) and _IDENTIFIER.fullmatch(i) for i in ids) or len(set(ids)) != len(ids):
        raise Malformed("has a list of repairs that are no identifiers")
    if metadata[_ALPHA] != rank:
        raise Malformed(f"has an alpha of {metadata[_ALPHA]} for a rank of {rank}")
    digest = metadata[_OURS + "digest"]
    if not _DIGEST.fullmatch(digest):
        raise Malformed("has a digest that is none")
    tensors = [(t.name, t.shape, t.ggml_type, t.nbytes) for t in header.tensors.values()]
    text = [metadata[key] for key in ("general.architecture", _ALPHA, _OURS + "base.fingerprint", _OURS + "base.name")]
    if _header(*text, ids, digest, tensors) != data[: header.data_offset]:
        raise Malformed("has a header that this program would not have written")
    if any(t.ggml_type != 0 for t in header.tensors.values()):
        raise Malformed("has numbers in F16, which this program does not write")
    if header.data_offset + sum(t.nbytes + -t.nbytes % _ALIGNMENT for t in header.tensors.values()) != len(data):
        raise Malformed("is longer or shorter than its tensors")
    actual = hashlib.sha256(_header(*text, ids, "0" * 64, tensors))
    actual.update(memoryview(data)[header.data_offset :])
    if actual.hexdigest() != digest:
        raise Malformed("was altered: its digest does not match")


def _check_numbers(name: str, a: np.ndarray, b: np.ndarray, alpha: float, base: BaseIdentity) -> None:
    """Finite, and a change of a size that weights can have: the Frobenius norm of scale * B @ A is bounded."""
    for half in (a, b):
        # The largest and the smallest are NaN if any number is, and the comparison then fails.
        if not max(-float(half.min()), float(half.max())) <= MAX_ELEMENT:
            raise Malformed(f"has numbers for {name} that are not finite or beyond {MAX_ELEMENT:.0e}")
    a64, b64 = a.astype(np.float64), b.astype(np.float64)
    if name == "token_embd.weight":
        a64 = a64.T
    scale = alpha / a64.shape[0] if alpha else 1.0
    # |B A|_F^2 = trace(B^T B A A^T), without forming the out x in product.
    squared = float(np.sum((b64.T @ b64) * (a64 @ a64.T)))
    height, width = base.tensors[name].shape
    if not abs(scale) * np.sqrt(max(squared, 0.0) / (height * width)) <= MAX_CHANGE:
        raise Malformed(f"changes {name} beyond all measure")


def _header(
    architecture: str,
    alpha: float,
    fingerprint: str,
    name: str,
    ids: Sequence[str],
    digest: str,
    tensors: Sequence[tuple[str, tuple[int, ...], int, int]],
) -> bytes:
    """The bytes of a file of ours up to its data; ``tensors`` are (name, shape in numpy order, ggml type, bytes)."""

    def text(value: str) -> bytes:
        raw = value.encode()
        return struct.pack("<Q", len(raw)) + raw

    def entry(key: str, payload: bytes) -> bytes:
        return text(key) + struct.pack("<I", _TYPES[key]) + payload

    entries = [
        entry("general.type", text("adapter")),
        entry("adapter.type", text("lora")),
        entry("general.architecture", text(architecture)),
        entry(_ALPHA, struct.pack("<f", alpha)),
        entry(_OURS + "version", struct.pack("<I", VERSION)),
        entry(_OURS + "base.fingerprint", text(fingerprint)),
        entry(_OURS + "base.name", text(name)),
        entry(_OURS + "repairs", struct.pack("<IQ", STRING, len(ids)) + b"".join(text(i) for i in ids)),
        entry(_OURS + "digest", text(digest)),
    ]
    parts = [MAGIC, struct.pack("<IQQ", 3, len(tensors), len(entries)), *entries]
    offset = 0
    for tensor, shape, ggml_type, nbytes in tensors:
        layout = (len(shape), *reversed(shape), ggml_type, offset)
        parts.append(text(tensor) + struct.pack(f"<I{len(shape)}QIQ", *layout))
        offset += nbytes + -nbytes % _ALIGNMENT
    return _padded(b"".join(parts))


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % _ALIGNMENT)


def _array(data: bytes, header: Header, info: TensorInfo) -> np.ndarray:
    dtype = _DTYPES[info.ggml_type]
    start = header.data_offset + info.offset
    return np.frombuffer(data, dtype, count=info.nbytes // dtype.itemsize, offset=start).reshape(info.shape)


def _rank(name: str, a: TensorInfo) -> int:
    return a.shape[-1] if name == "token_embd.weight" else a.shape[0]


def _shown(value: object) -> str:
    return "".join(c for c in str(value)[:60] if c.isprintable())


def _read(path: Path) -> bytes:
    try:
        with open_plain(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_BYTES:
                raise AdapterError(f"{path}: has {size >> 20} MiB, too large for an adapter. Choose another file.")
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise AdapterError(f"{path}: no such adapter file. Check the path.") from None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise AdapterError(f"{path}: cannot be read ({reason}). Check the path and its permissions.") from None
