"""A fast, hardened walk over the header of a GGUF file.

Why not ``gguf.GGUFReader``: it builds an object for every string of the vocabulary (seconds and hundreds of megabytes
for 128k tokens), maps the file into memory (a file that shrinks meanwhile kills the process), and trusts every length.
Here each length is checked against what is left of the file before anything is read or allocated, strings of arrays are
stepped over unread, and the rules are those of llama.cpp's own reader, so what passes here is laid out as it expects.

Not covered: big-endian files, version 1, models in several parts, and tensor types newer than the installed ``gguf``.
"""

import os
import struct
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, BinaryIO

from gguf.constants import GGML_QUANT_SIZES

from edge_repair.adapters.files import open_plain
from edge_repair.errors import ModelError

MAGIC = b"GGUF"
ARRAY, STRING, BOOL = 9, 8, 7
UINT32, FLOAT32 = 4, 6
SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<B", 10: "<Q", 11: "<q", 12: "<d"}
SIZES = {kind: struct.calcsize(code) for kind, code in SCALARS.items()}

# Caps on what a header may ask for. The largest vocabularies of today need about 16 MB of header and 3,000 tensors.
MAX_HEADER = 128 << 20
MAX_ENTRIES = 1 << 16
MAX_TENSORS = 1 << 18
MAX_KEY = 1 << 10
MAX_STRING = 16 << 20
MAX_KEPT = 64 << 20
MAX_NAME = 63  # GGML_MAX_NAME is 64 with the closing zero
MAX_ALIGNMENT = 1 << 16
_CHUNK = 1 << 20


class Malformed(ValueError):
    """What is wrong with a header, in words; the caller turns it into the error of its room."""


@dataclass(frozen=True)
class ArrayInfo:
    """An array of the metadata that was stepped over: its element type (a GGUF value type) and its length."""

    element_type: int
    length: int


@dataclass(frozen=True)
class TensorInfo:
    """One tensor as the header describes it.

    Attributes:
        name: for example ``"blk.0.ffn_down.weight"``.
        shape: numpy order, so a weight matrix is ``(out, in)``.
        ggml_type: the number of its ggml type (0 F32, 1 F16, ...).
        offset: bytes from the start of the data section.
        nbytes: bytes of data, without padding.
    """

    name: str
    shape: tuple[int, ...]
    ggml_type: int
    offset: int
    nbytes: int


@dataclass(frozen=True)
class Header:
    """What the header of a GGUF file says.

    Attributes:
        types: the GGUF value type of every metadata key.
        metadata_end: where the metadata entries end, in bytes from the start of the file; they begin at byte 24.
    """

    version: int
    metadata: dict[str, Any]
    types: dict[str, int]
    tensors: dict[str, TensorInfo]
    alignment: int
    metadata_end: int
    data_offset: int
    file_size: int


class _Cursor:
    """Reads forward through a file in chunks, and never past its end or past ``MAX_HEADER``."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file = file
        self.end = min(size, MAX_HEADER)
        self.capped = size > MAX_HEADER
        self.buffer = b""
        self.start = 0  # position in the file of the first byte of the buffer
        self.at = 0  # index into the buffer

    @property
    def position(self) -> int:
        return self.start + self.at

    def need(self, count: int, what: str) -> None:
        """Make sure that ``count`` bytes from here on are in the buffer."""
        if count <= len(self.buffer) - self.at:
            return
        if count > self.end - self.position:
            raise Malformed(self.cut_short(what))
        kept = self.buffer[self.at :]
        self.start, self.at = self.position, 0
        pieces, missing = [kept], count - len(kept)
        while missing > 0:
            piece = self.file.read(max(missing, _CHUNK))
            if not piece:
                raise Malformed(f"it ends inside {what}")
            pieces.append(piece)
            missing -= len(piece)
        self.buffer = b"".join(pieces)

    def cut_short(self, what: str) -> str:
        if self.capped:
            return f"{what} lies beyond the first {MAX_HEADER >> 20} MiB, where no header reaches"
        return f"it ends inside {what}"

    def unpack(self, code: str, what: str) -> Any:
        size = struct.calcsize(code)
        self.need(size, what)
        (value,) = struct.unpack_from(code, self.buffer, self.at)
        self.at += size
        return value

    def take(self, count: int, what: str) -> bytes:
        self.need(count, what)
        piece = self.buffer[self.at : self.at + count]
        self.at += count
        return piece

    def skip(self, count: int, what: str) -> None:
        """Step over ``count`` bytes; they need not fit into the buffer."""
        if count > self.end - self.position:
            raise Malformed(self.cut_short(what))
        while count > 0:
            step = min(count, _CHUNK)
            self.need(step, what)
            self.at += step
            count -= step

    def skip_strings(self, count: int, what: str) -> None:
        """Step over ``count`` strings, reading only their lengths. This loop is the cost of a large vocabulary."""
        unpack = struct.Struct("<Q").unpack_from
        while count > 0:
            buffer, at, end = self.buffer, self.at, len(self.buffer)
            passed = 0
            try:
                for passed in range(count):
                    following = at + 8 + unpack(buffer, at)[0]
                    if following > end:
                        break
                    at = following
                else:
                    passed = count
            except struct.error:
                pass  # the buffer ends inside a length
            self.at = at
            count -= passed
            if count > 0:  # the next string is not all in the buffer
                self.skip(self.unpack("<Q", what), what)
                count -= 1


def read_header(path: str | os.PathLike, arrays: Collection[str] = ()) -> Header:
    """Read and check the header of a GGUF model file.

    Args:
        path: the file.
        arrays: metadata keys whose arrays are wanted as lists; all others come as ``ArrayInfo``.

    Returns:
        The header. Scalars are ``int``, ``float`` or ``bool``, strings ``str`` (bytes that are not UTF-8 replaced).

    Raises:
        ModelError: the file is missing, unreadable, no GGUF, truncated, or its header contradicts itself.
    """
    try:
        with open_plain(path) as file:
            return walk(file, os.fstat(file.fileno()).st_size, arrays)
    except Malformed as problem:
        raise ModelError(f"{path}: {problem}. Download the model again, or choose another file.") from None
    except FileNotFoundError:
        raise ModelError(f"{path}: no such file. Give the path of a GGUF model.") from None
    except IsADirectoryError:
        raise ModelError(f"{path}: is a folder. Give the path of a GGUF model file.") from None
    except (OSError, ValueError) as problem:  # ValueError: a zero byte in the path
        reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else str(problem)
        raise ModelError(f"{path}: cannot be read ({reason}). Check the path and its permissions.") from None


def walk(file: BinaryIO, size: int, arrays: Collection[str] = (), strict_text: bool = False) -> Header:
    """Walk the header of an open GGUF of ``size`` bytes; see ``read_header``.

    Args:
        strict_text: refuse strings that are not UTF-8, instead of replacing what cannot be decoded.

    Raises:
        Malformed: says in words what is wrong; never anything else but ``OSError``.
    """
    cursor = _Cursor(file, size)
    if size < 4 or cursor.take(4, "the first bytes") != MAGIC:
        raise Malformed("is not a GGUF file")
    version = cursor.unpack("<I", "the version")
    if version not in (2, 3):
        raise Malformed(f"is a GGUF of version {version if version < 1 << 16 else 'unknown'}; only 2 and 3 are read")
    tensor_count = cursor.unpack("<Q", "the tensor count")
    entry_count = cursor.unpack("<Q", "the metadata count")
    # The smallest tensor entry has 8 + 1 + 4 + 8 + 4 + 8 bytes, the smallest metadata entry 8 + 1 + 4 + 1.
    for count, what, least, most in ((tensor_count, "tensors", 33, MAX_TENSORS), (entry_count, "metadata entries", 14, MAX_ENTRIES)):
        if count * least > size:
            raise Malformed(f"claims to hold {count} {what}, more than it is long for: it is cut short or damaged")
        if count > most:
            raise Malformed(f"holds {count} {what}; more than {most} are not read")

    kept = 0
    metadata: dict[str, Any] = {}
    types: dict[str, int] = {}

    def text(limit: int, what: str) -> str:
        nonlocal kept
        length = cursor.unpack("<Q", what)
        kept += min(length, MAX_STRING + 1)
        if length > limit or kept > MAX_KEPT:
            raise Malformed(f"{what} is {length} bytes long")
        raw = cursor.take(length, what)
        try:
            return raw.decode("utf-8", "strict" if strict_text else "replace")
        except UnicodeDecodeError:
            raise Malformed(f"{what} is not UTF-8 text") from None

    def scalar(kind: int, what: str) -> Any:
        value = cursor.unpack(SCALARS[kind], what)
        if kind != BOOL:
            return value
        if value > 1:
            raise Malformed(f"{what} is neither true nor false")
        return bool(value)

    for number in range(entry_count):
        key = text(MAX_KEY, f"the name of metadata entry {number}")
        if not key or key in types:
            raise Malformed(f"metadata entry {number} has {'a name used before' if key else 'no name'}")
        what = f"the metadata entry {_shown(key)}"
        kind = types[key] = cursor.unpack("<I", what)
        if kind == STRING:
            metadata[key] = text(MAX_STRING, what)
        elif kind in SCALARS:
            metadata[key] = scalar(kind, what)
        elif kind == ARRAY:
            element = cursor.unpack("<I", what)
            length = cursor.unpack("<Q", what)
            if element != STRING and element not in SCALARS:
                raise Malformed(f"{what} is an array of an unknown type ({element})")
            if length * SIZES.get(element, 8) > size:
                raise Malformed(f"{what} claims {length} elements, more than the file is long for: it is cut short or damaged")
            if key in arrays:
                kept += 64 * length  # what a list of Python objects costs, at least
                if kept > MAX_KEPT:
                    raise Malformed(f"{what} is too large to be read as a list")
                read = (lambda: text(MAX_STRING, what)) if element == STRING else (lambda: scalar(element, what))
                metadata[key] = [read() for _ in range(length)]
            else:
                metadata[key] = ArrayInfo(element, length)
                if element == STRING:
                    cursor.skip_strings(length, what)
                else:
                    cursor.skip(length * SIZES[element], what)
        else:
            raise Malformed(f"{what} has an unknown type ({kind})")

    metadata_end = cursor.position
    alignment = metadata.get("general.alignment", 32)
    if types.get("general.alignment", UINT32) != UINT32 or not (0 < alignment <= MAX_ALIGNMENT):
        raise Malformed("its alignment is not a number that can be used")
    if alignment & (alignment - 1):
        raise Malformed(f"its alignment of {alignment} bytes is not a power of two")

    tensors: dict[str, TensorInfo] = {}
    expected = 0
    for number in range(tensor_count):
        name = text(MAX_NAME, f"the name of tensor {number}")
        if not name or not name.isprintable() or name in tensors:
            raise Malformed(f"tensor {number} has {'a name used before' if name in tensors else 'an unusable name'}")
        what = f"the entry of tensor {name}"
        dimensions = cursor.unpack("<I", what)
        if not 1 <= dimensions <= 4:
            raise Malformed(f"tensor {name} has {dimensions} dimensions")
        sizes = [cursor.unpack("<Q", what) for _ in range(dimensions)]
        ggml_type = cursor.unpack("<I", what)
        offset = cursor.unpack("<Q", what)
        nbytes = _tensor_bytes(name, sizes, ggml_type)
        # llama.cpp takes only tensors that follow one another, each padded to the alignment.
        if offset != expected:
            raise Malformed(f"the data of tensor {name} overlaps another's, or leaves a gap")
        tensors[name] = TensorInfo(name, tuple(reversed(sizes)), ggml_type, offset, nbytes)
        expected = _padded(offset + nbytes, alignment)

    data_offset = _padded(cursor.position, alignment) if tensors else cursor.position
    last = next(reversed(tensors.values()), None)
    missing = data_offset + last.offset + last.nbytes - size if last else 0
    if missing > 0:
        raise Malformed(f"is truncated: {missing} bytes of its tensors are missing")
    return Header(version, metadata, types, tensors, alignment, metadata_end, data_offset, size)


def _padded(position: int, alignment: int) -> int:
    return (position + alignment - 1) // alignment * alignment


def _shown(text: str) -> str:
    """A name from a file, short and without control characters, fit for a message of one line."""
    return "".join(c if c.isprintable() else "?" for c in text[:80])


def _tensor_bytes(name: str, sizes: list[int], ggml_type: int) -> int:
    try:
        block, block_bytes = GGML_QUANT_SIZES[ggml_type]  # an IntEnum key is found by its number
    except KeyError:
        raise Malformed(f"tensor {name} has a type ({ggml_type}) that the installed gguf does not know") from None
    elements = 1
    for size in sizes:
        elements *= size
        if not 0 < size or elements >= 1 << 62:
            raise Malformed(f"tensor {name} has the impossible shape {tuple(reversed(sizes))}")
    if sizes[0] % block:
        raise Malformed(f"tensor {name} has rows of {sizes[0]} elements, not a multiple of {block}")
    return elements // block * block_bytes
