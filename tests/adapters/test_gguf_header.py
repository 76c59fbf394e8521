"""The header walk: what gguf itself writes is read exactly; what is hostile is refused in one line, at once."""

import io
import os
import struct
import time
from pathlib import Path

import numpy as np
import pytest
from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter, quants
from gguf_files import ARRAY, BOOL, INT32, STRING, entry, gguf, matrix, pad, string, strings, text, tiny_model, uint32

from edge_repair.adapters.header import MAX_HEADER, ArrayInfo, Malformed, read_header, walk
from edge_repair.errors import ModelError

KINDS = [GGMLQuantizationType.F32, GGMLQuantizationType.F16, GGMLQuantizationType.Q8_0, GGMLQuantizationType.Q4_0]


def _written_by_gguf(path, kinds):
    generator = np.random.default_rng(1)
    writer = GGUFWriter(path, "llama")
    writer.add_name("Ünïcode")
    writer.add_block_count(3)
    writer.add_bool("some.flag", True)
    writer.add_float64("some.double", 0.1)
    writer.add_array("some.integers", [1, 2, 3])
    writer.add_array("some.strings", ["a", "", "ß"])
    for number, kind in enumerate(kinds):
        data = quants.quantize(generator.standard_normal((5 + number, 64)).astype(np.float32), kind)
        writer.add_tensor(f"t{number}", data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def test_agrees_with_gguf_on_what_gguf_wrote(tmp_path):
    path = tmp_path / "model.gguf"
    _written_by_gguf(path, KINDS)
    header = read_header(path, arrays=("some.strings",))
    reader = GGUFReader(path)
    assert list(header.tensors) == [tensor.name for tensor in reader.tensors]
    for tensor in reader.tensors:
        info = header.tensors[tensor.name]
        assert header.data_offset + info.offset == tensor.data_offset
        assert info.nbytes == tensor.n_bytes
        assert info.shape == tuple(int(size) for size in reversed(tensor.shape))
        assert info.ggml_type == tensor.tensor_type
    assert header.metadata["general.name"] == "Ünïcode"
    assert header.metadata["llama.block_count"] == 3
    assert header.metadata["some.flag"] is True
    assert header.metadata["some.double"] == 0.1
    assert header.metadata["some.strings"] == ["a", "", "ß"]
    assert header.metadata["some.integers"] == ArrayInfo(INT32, 3)
    assert header.file_size == path.stat().st_size


def test_large_vocabulary_is_stepped_over_across_chunks(tmp_path):
    """Strings longer than a chunk, and chunk borders inside lengths and inside strings, are stepped over exactly."""
    generator = np.random.default_rng(2)
    lengths = [*generator.integers(0, 40, 100_000), 3 << 20, 0, *generator.integers(0, 40, 50_000), 1 << 20]
    raw = b"".join(struct.pack("<Q", int(n)) + bytes(int(n)) for n in lengths)
    path = tmp_path / "model.gguf"
    path.write_bytes(
        gguf([entry("tokens", ARRAY, struct.pack("<IQ", STRING, len(lengths)) + raw), uint32("after", 7)])
    )
    header = read_header(path)
    assert header.metadata == {"tokens": ArrayInfo(STRING, len(lengths)), "after": 7}


def _tensor(**changes):
    values = {"name": "t", "dimensions": (32, 2), "kind": 0, "data": bytes(256)} | changes
    return [(values["name"], values["dimensions"], values["kind"], values["data"])]


HOSTILE = {
    "empty": b"",
    "three bytes": b"GGU",
    "no magic": gguf([], magic=b"GGML"),
    "version 1": gguf([], version=1),
    "version 4": gguf([], version=4),
    "big-endian": gguf([], version=3 << 24),
    "ends after the version": b"GGUF" + struct.pack("<I", 3),
    "absurd metadata count": gguf([], entry_count=1 << 60),
    "more metadata than bytes": gguf([uint32("a", 1)], entry_count=50),
    "absurd tensor count": gguf([], tensor_count=(1 << 64) - 1),
    "more tensors than bytes": gguf([], _tensor(), tensor_count=200),
    "key longer than the file": b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1 << 50) + bytes(64),
    "string longer than the file": gguf([entry("a", STRING, struct.pack("<Q", 1 << 40))]),
    "string of 2^64-1 bytes": gguf([entry("a", STRING, struct.pack("<Q", (1 << 64) - 1))]),
    "duplicate key": gguf([uint32("a", 1), uint32("a", 2)]),
    "empty key": gguf([uint32("", 1)]),
    "unknown type": gguf([entry("a", 13, bytes(8))]),
    "array of arrays": gguf([entry("a", ARRAY, struct.pack("<IQ", ARRAY, 1) + bytes(64))]),
    "array longer than the file": gguf([entry("a", ARRAY, struct.pack("<IQ", INT32, 1 << 40))]),
    "array of 2^64-1 bytes": gguf([entry("a", ARRAY, struct.pack("<IQ", 0, (1 << 64) - 1))]),
    "array of strings cut short": gguf([entry("a", ARRAY, struct.pack("<IQ", STRING, 3) + text("x"))]),
    "string of an array beyond the end": gguf(
        [entry("a", ARRAY, struct.pack("<IQ", STRING, 1) + struct.pack("<Q", (1 << 64) - 8))]
    ),
    "neither true nor false": gguf([entry("a", BOOL, b"\x02")]),
    "alignment zero": gguf([uint32("general.alignment", 0)]),
    "alignment not a power of two": gguf([uint32("general.alignment", 24)]),
    "alignment a gigabyte": gguf([uint32("general.alignment", 1 << 30)]),
    "alignment a string": gguf([string("general.alignment", "32")]),
    "tensor without name": gguf([], _tensor(name="")),
    "tensor name too long": gguf([], _tensor(name="n" * 64)),
    "tensor name with a zero byte": gguf([], _tensor(name="a\0b")),
    "tensor name used twice": gguf([], _tensor() * 2),
    "no dimensions": gguf([], _tensor(dimensions=())),
    "five dimensions": gguf([], _tensor(dimensions=(32, 1, 1, 1, 1))),
    "a dimension of zero": gguf([], _tensor(dimensions=(32, 0))),
    "a negative dimension": gguf([], _tensor(dimensions=(32, (1 << 64) - 1))),
    "a shape that overflows": gguf([], _tensor(dimensions=(1 << 32, 1 << 32, 4))),
    "an unknown tensor type": gguf([], _tensor(kind=99)),
    "rows that are no multiple of a block": gguf([], _tensor(dimensions=(33, 2), kind=2)),
    "unaligned offset": gguf([], _tensor() + _tensor(name="u"), offsets=[0, 257]),
    "overlapping tensors": gguf([], _tensor() + _tensor(name="u"), offsets=[0, 0]),
    "a gap between tensors": gguf([], _tensor() + _tensor(name="u"), offsets=[0, 512]),
    "offset beyond the end": gguf([], _tensor(), offsets=[1 << 62]),
    "tensor larger than the file": gguf([], _tensor(dimensions=(1 << 40, 2))),
    "one byte short": gguf([], _tensor())[:-1],
    "cut inside the tensor entries": gguf([], _tensor())[:40],
    "text": b"this is a text file, not a model\n" * 10,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_one_line(tmp_path, name):
    path = tmp_path / "model.gguf"
    path.write_bytes(HOSTILE[name])
    with pytest.raises(ModelError) as refusal:
        read_header(path)
    message = str(refusal.value)
    assert str(path) in message and "\n" not in message and message.endswith(".") and len(message) < 500


def test_the_smallest_honest_files_are_not_rejected(tmp_path):
    path = tmp_path / "model.gguf"
    for data in (
        gguf([]),
        gguf([], version=2),
        gguf([string("general.name", b"\xff\xfe broken text")]),
        gguf([uint32("general.alignment", 64)], [matrix("t", np.ones((2, 8)))], alignment=64),
        gguf([strings("empty", [])], [matrix("t", np.ones(3))]),
        gguf([], [matrix("t", np.ones((2, 2, 2, 2)))]),
        pad(gguf([], [matrix("t", np.ones(1))])) + bytes(100),
        gguf([], [matrix("t", np.ones(1))])[: -28],  # the last tensor need not be padded
    ):
        path.write_bytes(data)
        read_header(path)


@pytest.mark.parametrize("what", ["missing", "folder", "zero byte"])
def test_paths_that_are_no_files(tmp_path, what):
    path = {"missing": tmp_path / "none.gguf", "folder": tmp_path, "zero byte": str(tmp_path / "a\0b")}[what]
    with pytest.raises(ModelError) as refusal:
        read_header(path)
    assert "\n" not in str(refusal.value)


def test_every_truncation_is_refused(tmp_path):
    whole = tiny_model(tmp_path / "model.gguf").read_bytes()
    header = walk(io.BytesIO(whole), len(whole))
    end = header.data_offset + max(t.offset + t.nbytes for t in header.tensors.values())
    cuts = [*range(header.data_offset), *range(header.data_offset, end, 997), end - 1]
    for cut in cuts:
        with pytest.raises(Malformed):
            walk(io.BytesIO(whole[:cut]), cut)
    walk(io.BytesIO(whole[:end]), end)


def test_a_file_that_shrinks_while_it_is_read_is_refused():
    """The size is taken once; when fewer bytes come, that is an error in words, not a crash or an endless loop."""
    whole = gguf([strings("a", ["x"] * 100), uint32("b", 1)])
    with pytest.raises(Malformed):
        walk(io.BytesIO(whole[:200]), len(whole))


def test_an_endless_array_costs_bounded_time_and_memory():
    """A sparse file of a terabyte full of empty strings: the walk stops at the cap on headers."""

    class Zeros(io.RawIOBase):
        def __init__(self, head):
            self.head, self.given = head, 0

        def read(self, count=-1):
            piece = self.head[self.given : self.given + count]
            self.given += count
            assert self.given <= MAX_HEADER + (4 << 20)
            return piece + bytes(count - len(piece))

    size = 1 << 40
    head = gguf([entry("a", ARRAY, struct.pack("<IQ", 0, size - 4096))])
    started = time.perf_counter()
    with pytest.raises(Malformed):
        walk(Zeros(head), size)
    head = gguf([entry("a", ARRAY, struct.pack("<IQ", STRING, 1 << 36))])
    with pytest.raises(Malformed):
        walk(Zeros(head), size)
    assert time.perf_counter() - started < 600  # an endless loop, not slowness, is what fails here


def test_what_is_no_ordinary_file_is_refused_at_once(tmp_path):
    """A pipe would wait for ever, a device never end."""
    os.mkfifo(tmp_path / "pipe")
    for path, words in ((tmp_path / "pipe", "not an ordinary file"), (Path("/dev/zero"), "not an ordinary file"), (tmp_path, "is a folder")):
        with pytest.raises(ModelError, match=words):
            read_header(path)
