"""Which model this is: a fast fingerprint, the full hash, and single rows or columns of its weights."""

import hashlib
import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from edge_repair.adapters.files import write_atomically
from edge_repair.adapters.header import Header, TensorInfo, read_header
from edge_repair.errors import ModelError

SAMPLES = 512
SAMPLE_BYTES = 4096
MAX_LAYERS = 512  # LLAMA_MAX_LAYERS
_CHUNK = 4 << 20


@dataclass(frozen=True)
class BaseIdentity:
    """What a repair must know of its base model. Two identities are equal when their fingerprints are.

    Attributes:
        fingerprint: 64 hexadecimal digits, see ``identify``.
        name: ``general.name`` of the file, or the file's own name.
        architecture: ``general.architecture``, for example ``"llama"``.
        n_layers, width, ffn: blocks, residual width d, and width of the MLP's hidden layer.
        expert_count: 0 for a dense model.
        file_type: ``general.file_type`` (llama.cpp's number of the quantisation), or None.
        tensors: name to shape, type and place of every tensor.
        chat_template: the Jinja text as it is in the file, or None.
    """

    fingerprint: str
    name: str = field(compare=False)
    architecture: str = field(compare=False)
    n_layers: int = field(compare=False)
    width: int = field(compare=False)
    ffn: int = field(compare=False)
    expert_count: int = field(compare=False)
    file_type: int | None = field(compare=False)
    tensors: dict[str, TensorInfo] = field(compare=False, repr=False)
    chat_template: str | None = field(compare=False, repr=False)


def with_lora(base: BaseIdentity, lora: str | os.PathLike) -> BaseIdentity:
    """The identity of a model that is run with a LoRA of its user's: another model, with repairs of its own.

    The fingerprint is the SHA-256 of ``edge_repair base with lora 1``, a zero byte, the base's fingerprint in ASCII and
    the 32 bytes of the LoRA file's own SHA-256.
    """
    path = Path(lora)
    digest = hashlib.sha256(b"edge_repair base with lora 1\0" + base.fingerprint.encode() + hashlib.sha256(path.read_bytes()).digest())
    return replace(base, fingerprint=digest.hexdigest(), name=f"{base.name} + {path.stem}")


def identify(path: str | os.PathLike) -> BaseIdentity:
    """Say which model a file holds, in tens of milliseconds whatever its size.

    The fingerprint is the SHA-256 of, one after the other:

    1. the ASCII bytes ``edge_repair base 1`` and a zero byte;
    2. the size of the file in bytes, as 8 bytes, little-endian;
    3. the file up to its data section: all metadata (vocabulary and template included) and the layout of all tensors;
    4. 512 samples of 4,096 bytes of the data section of n bytes: sample i starts at ``i * (n - 4096) // 511``, so the
       first and the last bytes are among them. A data section of up to 2 MiB is taken whole.

    Another fine-tune or quantisation differs in nearly every sample. A change of a few bytes between two samples is
    not noticed here; it is noticed by ``full_sha256``.

    Raises:
        ModelError: no usable model file; the message says why.
    """
    header = _header(path)
    metadata = header.metadata
    kind = metadata.get("general.type", "model")
    if kind != "model":
        raise ModelError(f"{path}: is a GGUF of type {str(kind)[:40]!r}, not a model. Give the path of a model.")
    architecture = metadata.get("general.architecture")
    if not isinstance(architecture, str) or not architecture.isprintable() or not 0 < len(architecture) <= 64:
        raise ModelError(f"{path}: does not say its architecture. Convert the model again with llama.cpp's tools.")
    if _number(metadata, "split.count", 1) > 1:
        raise ModelError(f"{path}: is one part of several. Join them first with 'llama-gguf-split --merge'.")

    _check_settings(path, architecture, metadata)

    down = header.tensors.get("blk.0.ffn_down.weight")
    hidden = down.shape[-1] if down else 0  # where the metadata gives one width a layer, the first layer's
    template = metadata.get("tokenizer.chat_template")
    name = metadata.get("general.name")
    file_type = _number(metadata, "general.file_type", -1)
    return BaseIdentity(
        fingerprint=_fingerprint(path, header),
        name=_one_line(name) if isinstance(name, str) and _one_line(name) else Path(path).stem,
        architecture=architecture,
        n_layers=_number(metadata, f"{architecture}.block_count", 0),
        width=_number(metadata, f"{architecture}.embedding_length", 0),
        ffn=_number(metadata, f"{architecture}.feed_forward_length", hidden),
        expert_count=_number(metadata, f"{architecture}.expert_count", 0),
        file_type=file_type if file_type >= 0 else None,
        tensors=header.tensors,
        chat_template=template if isinstance(template, str) and template.strip() else None,
    )


def _check_settings(path: str | os.PathLike, architecture: str, metadata: dict[str, Any]) -> None:
    """Refuse settings at which llama.cpp was seen to end the process, instead of refusing the file itself."""
    blocks = metadata.get(f"{architecture}.block_count")
    wrong = None if isinstance(blocks, int) and 1 <= blocks <= MAX_LAYERS else f"{architecture}.block_count"
    for key, value in metadata.items():
        if key.startswith(f"{architecture}.") and isinstance(value, float):
            if not math.isfinite(value) or (value < 0 and key.endswith("epsilon")):
                wrong = _one_line(key)
    if wrong:
        raise ModelError(f"{path}: has no usable value for {wrong}. Download the model again, or choose another file.")


def full_sha256(path: str | os.PathLike, cache: Path | None = None) -> str:
    """Return the SHA-256 of the whole file as hexadecimal digits, read once and remembered.

    The result is kept under the file's size, times of change, and inode, so a file that was replaced or written to
    is read again. The cache holds hashes and numbers only: the path is kept as its own hash.

    Args:
        path: the file.
        cache: folder of the cache; by default the platform's cache folder. If it cannot be written, it is not used.

    Raises:
        ModelError: the file cannot be read.
    """
    if cache is None:
        import platformdirs

        cache = Path(platformdirs.user_cache_dir("edge_repair"))
    try:
        with open(path, "rb") as file:
            stamp = _stamp(os.fstat(file.fileno()))
            place = cache / "sha256" / (hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest() + ".json")
            known = _remembered(place, stamp)
            if known is not None:
                return known
            digest = hashlib.sha256()
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
            changed = _stamp(os.fstat(file.fileno())) != stamp
    except (OSError, ValueError) as problem:
        raise ModelError(f"{path}: cannot be read ({_reason(problem)}). Check the path and its permissions.") from None
    if not changed:
        try:
            write_atomically(place, json.dumps({"stamp": stamp, "sha256": digest.hexdigest()}).encode())
        except OSError:
            pass  # a cache that cannot be written only costs time
    return digest.hexdigest()


def read_rows(
    path: str | os.PathLike,
    tensor_name: str,
    rows: Sequence[int] | None = None,
    columns: Sequence[int] | None = None,
) -> np.ndarray:
    """Dequantise chosen rows and columns of a weight matrix, reading at most that tensor and 4 MiB at a time.

    Args:
        tensor_name: a matrix ``[out, in]``, or a vector, which counts as one row.
        rows, columns: indices from 0; None means all of them.

    Returns:
        float32 ``[len(rows) or out, len(columns) or in]``, by gguf's own dequantisation.

    Raises:
        ModelError: no such tensor, or one that cannot be dequantised.
        IndexError: an index is out of range.
    """
    from gguf import GGMLQuantizationType
    from gguf.constants import GGML_QUANT_SIZES
    from gguf.quants import dequantize

    header = _header(path)
    info = header.tensors.get(tensor_name)
    if info is None or len(info.shape) > 2:
        raise ModelError(f"{path}: has no weight matrix {tensor_name}. Use another model.")
    height, width = info.shape if len(info.shape) == 2 else (1, info.shape[0])
    block, block_bytes = GGML_QUANT_SIZES[info.ggml_type]
    row_bytes = width // block * block_bytes
    wanted_rows = range(height) if rows is None else [_index(row, height) for row in rows]
    pick: np.ndarray | None = None  # which blocks of a row are dequantised
    place: np.ndarray | None = None  # where the wanted columns are among the elements of these blocks
    if columns is not None:
        wanted = np.array([_index(column, width) for column in columns], dtype=np.int64)
        pick, inverse = np.unique(wanted // block, return_inverse=True)
        place = inverse.reshape(-1) * block + wanted % block
    result = np.empty((len(wanted_rows), width if place is None else len(place)), dtype=np.float32)
    if not result.size:
        return result

    step = max(1, _CHUNK // row_bytes) if rows is None else 1
    start = header.data_offset + info.offset
    try:
        with open(path, "rb") as file:
            for first in range(0, len(wanted_rows), step):
                count = min(step, len(wanted_rows) - first)
                file.seek(start + wanted_rows[first] * row_bytes)
                raw = np.frombuffer(file.read(count * row_bytes), dtype=np.uint8)
                if raw.size < count * row_bytes:
                    raise ModelError(f"{path}: was cut short while it was read. Download the model again.")
                raw = raw.reshape(count, row_bytes)
                if pick is not None:
                    raw = raw.reshape(count, -1, block_bytes)[:, pick].reshape(count, -1)
                values = dequantize(np.ascontiguousarray(raw), GGMLQuantizationType(info.ggml_type))
                result[first : first + count] = values if place is None else values[:, place]
    except NotImplementedError:
        kind = GGMLQuantizationType(info.ggml_type).name
        raise ModelError(f"{path}: {tensor_name} is {kind}, which cannot be read. Use another quantisation.") from None
    except OSError as problem:
        raise ModelError(f"{path}: cannot be read ({_reason(problem)}). Check the path and its permissions.") from None
    return result


def _header(path: str | os.PathLike) -> Header:
    """The header, walked again only when the file has changed."""
    try:
        return _header_at(os.fspath(path), tuple(_stamp(os.stat(path))))
    except (OSError, ValueError):
        return read_header(path)  # which says in words what is wrong


@lru_cache(maxsize=4)
def _header_at(path: str, stamp: tuple[int, ...]) -> Header:
    return read_header(path)


def _fingerprint(path: str | os.PathLike, header: Header) -> str:
    size = header.file_size - header.data_offset
    digest = hashlib.sha256(b"edge_repair base 1\0" + header.file_size.to_bytes(8, "little"))
    try:
        with open(path, "rb") as file:
            digest.update(file.read(header.data_offset))
            if size <= SAMPLES * SAMPLE_BYTES:
                digest.update(file.read(size))
            else:
                for sample in range(SAMPLES):
                    file.seek(header.data_offset + sample * (size - SAMPLE_BYTES) // (SAMPLES - 1))
                    digest.update(file.read(SAMPLE_BYTES))
    except OSError as problem:
        raise ModelError(f"{path}: cannot be read ({_reason(problem)}). Check the path and its permissions.") from None
    return digest.hexdigest()


def _stamp(status: os.stat_result) -> list[int]:
    # The time of the last change of the inode cannot be set back by ordinary means, unlike the time of modification.
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def _remembered(place: Path, stamp: list[int]) -> str | None:
    try:
        known = json.loads(place.read_bytes())
        digest = known["sha256"]
        if known["stamp"] == stamp and len(digest) == 64 and int(digest, 16) >= 0:
            return digest
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass  # no cache, or a damaged one: read the file
    return None


def _number(metadata: dict[str, Any], key: str, default: int) -> int:
    value = metadata.get(key, default)
    return value if isinstance(value, int) and 0 <= value < 1 << 31 else default


def _index(value: int, size: int) -> int:
    if not 0 <= value < size:
        raise IndexError(f"index {value} is out of range for a size of {size}")
    return int(value)


def _one_line(text: str) -> str:
    return "".join(character for character in text[:200] if character.isprintable()).strip()


def _reason(problem: Exception) -> str:
    return getattr(problem, "strerror", None) or str(problem)
