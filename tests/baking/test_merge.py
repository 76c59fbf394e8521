"""The merged file: everything else byte for byte, the touched matrices as close as their type allows."""

import numpy as np
import pytest
from gguf import GGMLQuantizationType, quants
from gguf_files import gguf, matrix, runnable_model, strings, uint32, tiny_model

from edge_repair.adapters import full_sha256, identify, read_header, read_rows
from edge_repair.baking import merge as merge_module
from edge_repair.baking.merge import BAKED, BAKED_FROM, PRECISIONS, merge, together
from edge_repair.errors import BakeError, ModelError

DOWN, GATE = "blk.1.ffn_down.weight", "blk.0.ffn_gate.weight"


def factors(base, *names, size=1.0, rank=3, seed=5):
    generator = np.random.default_rng(seed)
    made = {}
    for name in names:
        height, width = base.tensors[name].shape
        a, b = generator.standard_normal((rank, width)), generator.standard_normal((height, rank))
        made[name] = (a.astype(np.float32), (size * b).astype(np.float32))
    return made


def tensor_bytes(path, name) -> bytes:
    header = read_header(path)
    info = header.tensors[name]
    return path.read_bytes()[header.data_offset + info.offset :][: info.nbytes]


@pytest.mark.parametrize(("precision", "error"), [("f32", 1e-6), ("f16", 1e-3), ("q8_0", 2e-2)])
@pytest.mark.parametrize("chunk", [100, 4 << 20])
def test_touched_matrices_are_merged_and_the_rest_is_the_same(tmp_path, precision, error, chunk, monkeypatch):
    monkeypatch.setattr(merge_module, "_CHUNK", chunk)
    source, out = tiny_model(tmp_path / "m.gguf"), tmp_path / "out.gguf"
    base = identify(source)
    change = factors(base, DOWN, GATE)
    merge(source, change, out, precision, "ab" * 32)
    old, new = read_header(source, arrays=["tokenizer.ggml.tokens"]), read_header(out, arrays=["tokenizer.ggml.tokens"])
    assert new.metadata == old.metadata | {BAKED: True, BAKED_FROM: "ab" * 32}
    assert source.read_bytes()[24 : old.metadata_end] == out.read_bytes()[24:][: old.metadata_end - 24]
    assert list(new.tensors) == list(old.tensors) and out.stat().st_mode & 0o777 == 0o600
    for name, info in new.tensors.items():
        if name in change:
            a, b = change[name]
            expected = read_rows(source, name) + b @ a
            assert info.ggml_type == PRECISIONS[precision]
            assert np.abs(read_rows(out, name) - expected).max() <= error * np.abs(expected).max()
        else:
            assert info.ggml_type == old.tensors[name].ggml_type and tensor_bytes(out, name) == tensor_bytes(source, name)


@pytest.mark.parametrize("kind", ["Q4_0", "Q4_1", "Q8_0", "F16", "BF16"])
def test_a_quantised_matrix_is_dequantised_and_its_neighbours_in_the_file_are_not_moved_wrongly(tmp_path, kind):
    kind = GGMLQuantizationType[kind]
    generator = np.random.default_rng(2)
    data = [quants.quantize(generator.standard_normal((33, 96)).astype(np.float32), kind) for _ in range(3)]
    entries = [uint32("llama.block_count", 1), strings("general.tags", ["a", "b"])]
    tensors = [(f"blk.0.{n}.weight", (96, 33), int(kind), d.tobytes()) for n, d in zip("abc", data)]
    source, out = tmp_path / "m.gguf", tmp_path / "out.gguf"
    source.write_bytes(gguf(entries, [*tensors, matrix("last", np.arange(5))]))
    a, b = generator.standard_normal((2, 96)).astype(np.float32), generator.standard_normal((33, 2)).astype(np.float32)
    merge(source, {"blk.0.b.weight": (a, b)}, out, "f32", "0" * 64)
    np.testing.assert_allclose(read_rows(out, "blk.0.b.weight"), quants.dequantize(data[1], kind) + b @ a, rtol=1e-6, atol=1e-6)
    for name in ("blk.0.a.weight", "blk.0.c.weight", "last"):
        assert tensor_bytes(out, name) == tensor_bytes(source, name)


def test_a_baked_file_is_baked_again_without_a_second_mark(tmp_path):
    source, once, twice = tiny_model(tmp_path / "m.gguf"), tmp_path / "once.gguf", tmp_path / "twice.gguf"
    change = factors(identify(source), DOWN)
    merge(source, change, once, "f32", full_sha256(source, tmp_path / "cache"))
    merge(once, {name: (a, -b) for name, (a, b) in change.items()}, twice, "f32", "cd" * 32)
    assert read_header(twice).metadata[BAKED_FROM] == full_sha256(source, tmp_path / "cache")
    np.testing.assert_allclose(read_rows(twice, DOWN), read_rows(source, DOWN), atol=1e-5)


def test_numbers_that_a_type_cannot_hold_are_refused(tmp_path):
    source = tiny_model(tmp_path / "m.gguf", ffn=72)
    base = identify(source)
    for precision, change in (("f16", factors(base, DOWN, size=1e6)), ("q8_0", factors(base, DOWN))):
        with pytest.raises(BakeError, match="use --precision") as refusal:
            merge(source, change, tmp_path / f"{precision}.gguf", precision, "0" * 64)
        assert "\n" not in str(refusal.value)
    merge(source, factors(base, DOWN, size=1e6), tmp_path / "f32.gguf", "f32", "0" * 64)


def test_a_file_cut_short_is_no_source(tmp_path):
    source = tiny_model(tmp_path / "m.gguf")
    change = factors(identify(source), DOWN)
    source.write_bytes(source.read_bytes()[:-64])
    with pytest.raises(ModelError):
        merge(source, change, tmp_path / "out.gguf", "f32", "0" * 64)


def test_the_users_own_lora_and_the_repairs_become_one(tmp_path):
    base = identify(runnable_model(tmp_path / "m.gguf"))
    own, repairs = factors(base, DOWN, GATE, seed=1), factors(base, DOWN, seed=2, rank=5)
    height, width = base.tensors["token_embd.weight"].shape
    generator = np.random.default_rng(3)
    own["token_embd.weight"] = (generator.standard_normal((height, 2)), generator.standard_normal((width, 2)))  # as llama.cpp has it
    both = together(own, repairs)
    product = lambda pair: pair[1] @ pair[0]  # noqa: E731
    np.testing.assert_allclose(product(both[DOWN]), product(own[DOWN]) + product(repairs[DOWN]), rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(product(both[GATE]), product(own[GATE]))
    np.testing.assert_allclose(product(both["token_embd.weight"]), own["token_embd.weight"][0] @ own["token_embd.weight"][1].T)


def test_memory_is_bounded(tmp_path):
    """A file of 80 MB is merged in a process that may not hold half of it beside the program itself."""
    import subprocess
    import sys

    source, out = tmp_path / "big.gguf", tmp_path / "out.gguf"
    rows, width = 5120, 2048
    body = np.zeros((rows, width), "<f4")
    body[:, ::7] = 1
    source.write_bytes(gguf([uint32("llama.block_count", 1)], [matrix("blk.0.x.weight", body), matrix("blk.0.y.weight", body)]))
    program = (
        "import resource, sys, numpy as np\n"
        "import gguf.quants\n"
        "from pathlib import Path\n"
        "from edge_repair.baking.merge import merge\n"
        "a, b = np.ones((2, 2048), np.float32), np.ones((5120, 2), np.float32)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "merge(Path(sys.argv[1]), {'blk.0.x.weight': (a, b)}, Path(sys.argv[2]), 'f16', '0' * 64)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program, str(source), str(out)], capture_output=True, text=True, check=True)
    grown = int(ran.stdout) * (1 if sys.platform == "darwin" else 1024)
    assert grown < 40 << 20, f"{grown >> 20} MiB"
    np.testing.assert_array_equal(read_rows(out, "blk.0.x.weight", rows=[4]), body[4:5] + 2)
