"""Reads the Watchdog's ONNX file with numpy alone: the tensors and the settings, not the graph.

Only the parts of the ONNX format (protocol buffers) that this file uses are understood: initializers of types float,
int8 and int32 with raw data, and string metadata. https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from edge_repair import shipped

NAME = "watchdog/watchdog.onnx"
_TYPES = {1: np.dtype("<f4"), 3: np.dtype("i1"), 6: np.dtype("<i4"), 7: np.dtype("<i8")}


def default_path() -> Path:
    """The shipped model, in a checkout or in an installed wheel."""
    return shipped.path(NAME)


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
        if shift > 63:
            raise ValueError("a number in the file is too long")


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """The (number, value) pairs of one message. Values are integers or slices of ``data``."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, place = _varint(data, place)
            yield number, value
            continue
        if wire == 2:
            length, place = _varint(data, place)
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
        else:
            raise ValueError("not a protocol buffer")
        if place + length > len(data):
            raise ValueError("the file ends in the middle of a field")
        yield number, data[place : place + length]
        place += length


def _tensor(data: memoryview) -> tuple[str, np.ndarray]:
    shape: list[int] = []
    kind, name, raw = 0, "", memoryview(b"")
    for number, value in _fields(data):
        if number == 1 and isinstance(value, int):
            shape.append(value)
        elif number == 1:
            place = 0
            while place < len(value):
                size, place = _varint(value, place)
                shape.append(size)
        elif number == 2:
            kind = value
        elif number == 8:
            name = bytes(value).decode()
        elif number == 9:
            raw = value
    if kind not in _TYPES:
        raise ValueError(f"tensor {name!r} is of an unknown type")
    return name, np.frombuffer(raw, _TYPES[kind]).reshape(shape)


def read(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Return the initializers and the metadata of an ONNX file.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not an ONNX file of this kind.
    """
    data = memoryview(Path(path).read_bytes())
    tensors: dict[str, np.ndarray] = {}
    metadata: dict[str, str] = {}
    try:
        for number, value in _fields(data):
            if number == 7:
                for inner, part in _fields(value):
                    if inner == 5:
                        name, tensor = _tensor(part)
                        tensors[name] = tensor
            elif number == 14:
                entry = {inner: bytes(part).decode() for inner, part in _fields(value)}
                metadata[entry.get(1, "")] = entry.get(2, "")
    except (IndexError, TypeError, UnicodeDecodeError) as error:
        raise ValueError(f"not an ONNX file: {error}") from error
    if not tensors:
        raise ValueError("no weights in the file")
    return tensors, metadata
