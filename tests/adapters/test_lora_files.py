"""Adapters: exact round trips, one form only, every altered byte refused, and llama.cpp computes what was meant."""

import json
import os
import stat
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFReader
from gguf_files import STRING, entry, float32, gguf, matrix, runnable_model, string, strings, tiny_model, uint32
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_repair.adapters import decode, encode, files, identify, validate, write
from edge_repair.errors import AdapterError
from edge_repair.stamp.delta import Delta

SHAPES = {"gate": (64, 32), "up": (64, 32), "down": (32, 64)}


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return identify(tiny_model(tmp_path_factory.mktemp("base") / "tiny.gguf"))


def random_delta(seed: int, ranks: dict[str, int]) -> Delta:
    generator = np.random.default_rng(seed)
    factors = {}
    for name, rank in ranks.items():
        height, width = SHAPES[name.split("_")[1].split(".")[0]]
        a = generator.standard_normal((rank, width)).astype(np.float32)
        factors[name] = (a, generator.standard_normal((height, rank)).astype(np.float32))
    return Delta(factors)


NAMES = [f"blk.{layer}.ffn_{part}.weight" for layer in (0, 1) for part in SHAPES]
RANKS = st.dictionaries(st.sampled_from(NAMES), st.integers(1, 9), min_size=1)
IDS = st.lists(st.from_regex(r"\A[A-Za-z0-9_.-]{1,64}\Z"), unique=True, max_size=5)
shared_base = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@shared_base
@given(RANKS, IDS, st.integers(0, 2**32 - 1))
def test_round_trip(base, ranks, ids, seed):
    delta = random_delta(seed, ranks)
    data = encode(delta, base, ids)
    assert data == encode(Delta(dict(reversed(delta.factors.items()))), base, ids)
    found = validate(data, base)
    assert (found.rank, found.layers, found.repair_ids) == (delta.rank, delta.layers, tuple(ids))
    assert (found.bytes, found.path, found.base_fingerprint) == (len(data), None, base.fingerprint)
    factors = decode(data, base)
    assert set(factors) == set(delta.factors)
    for name, (a, b) in delta.factors.items():
        np.testing.assert_array_equal(factors[name][0], a)
        if a.shape[0] == delta.rank:
            np.testing.assert_array_equal(factors[name][1], b)
        else:
            np.testing.assert_allclose(factors[name][1], b, rtol=3e-7, atol=0)


def test_gguf_reads_it_and_finds_the_standard_names(tmp_path, base):
    """The scale that llama.cpp applies, alpha over the rank of the pair, gives back B @ A for every rank."""
    delta = random_delta(1, {NAMES[0]: 3, NAMES[2]: 5})
    write(encode(delta, base, ["a", "b"]), tmp_path / "x.gguf")
    reader = GGUFReader(tmp_path / "x.gguf")
    fields = {name: field.contents() for name, field in reader.fields.items()}
    assert fields["general.type"] == "adapter" and fields["adapter.type"] == "lora"
    assert fields["general.architecture"] == base.architecture
    assert reader.fields["adapter.lora.alpha"].types[0].name == "FLOAT32"
    assert fields["edge_repair.base.fingerprint"] == base.fingerprint
    assert fields["edge_repair.repairs"] == ["a", "b"]
    tensors = {tensor.name: tensor.data for tensor in reader.tensors}
    for name, (a, b) in delta.factors.items():
        scale = fields["adapter.lora.alpha"] / tensors[name + ".lora_b"].shape[1]
        effect = scale * tensors[name + ".lora_b"] @ tensors[name + ".lora_a"]
        np.testing.assert_allclose(effect, b @ a, rtol=1e-5, atol=1e-5)


def _ask_llama(model: Path, paths: list[str]) -> list[dict]:
    child = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("llama_child.py")), str(model)],
        input="\n".join(paths) + "\n", capture_output=True, text=True, timeout=300,
        env=os.environ | {"GGML_NO_BACKTRACE": "1", "OMP_NUM_THREADS": "1"},
    )
    assert child.returncode == 0, child.stderr[-2000:]
    return [json.loads(line) for line in child.stdout.splitlines()]


def test_llama_computes_the_model_with_the_weights_added(tmp_path):
    """The adapter on the base against a model whose weights were changed, through llama.cpp; then the base again."""
    model = runnable_model(tmp_path / "model.gguf")
    base = identify(model)
    generator = np.random.default_rng(5)
    factors = {}
    for name, rank in ((NAMES[0], 2), (NAMES[2], 7), (NAMES[5], 4)):
        height, width = base.tensors[name].shape
        a = generator.standard_normal((rank, width)).astype(np.float32) / 4
        factors[name] = (a, generator.standard_normal((height, rank)).astype(np.float32) / 4)
    write(encode(Delta(factors), base, ["r"]), tmp_path / "adapter.gguf")
    merged = runnable_model(tmp_path / "merged.gguf", changes={name: b @ a for name, (a, b) in factors.items()})

    before, with_adapter, after = _ask_llama(model, ["", str(tmp_path / "adapter.gguf"), ""])
    (expected,) = _ask_llama(merged, [""])
    assert with_adapter["loaded"]
    np.testing.assert_allclose(with_adapter["logits"], expected["logits"], rtol=1e-3, atol=1e-4)
    assert np.abs(np.subtract(before["logits"], expected["logits"])).max() > 0.1
    assert before["logits"] == after["logits"]


def test_an_adapter_without_repairs_loads_too(tmp_path):
    model = runnable_model(tmp_path / "model.gguf")
    base = identify(model)
    write(encode(random_delta(0, {NAMES[0]: 1}), base, []), tmp_path / "adapter.gguf")
    assert [answer["loaded"] for answer in _ask_llama(model, [str(tmp_path / "adapter.gguf")])] == [True]


def test_every_altered_byte_is_refused(base):
    """Not a sample: each byte of a small adapter of ours, with one bit and with all bits turned."""
    data = encode(random_delta(2, {NAMES[0]: 1, NAMES[2]: 2}), base, ["one", "two"])
    altered = bytearray(data)
    for at in range(len(data)):
        for mask in (1 << at % 8, 0xFF):
            altered[at] ^= mask
            for require_base in (True, False):
                try:
                    validate(bytes(altered), base, require_base=require_base)
                except AdapterError:
                    continue
                # Without edge_repair's own keys a file is foreign; one flipped byte cannot take all of them away.
                pytest.fail(f"byte {at} xor {mask} passed")
            altered[at] ^= mask
    for cut in range(len(data)):
        with pytest.raises(AdapterError):
            validate(data[:cut], base)
    for tail in (b"\0", bytes(32), b"x" * 7):
        with pytest.raises(AdapterError):
            validate(data + tail, base)


def test_another_model_is_refused_by_both_names(tmp_path, base):
    other = identify(tiny_model(tmp_path / "other.gguf", seed=9, name="Another"))
    data = encode(random_delta(3, {NAMES[0]: 2}), base, ["r"])
    for require_base in (True, False):
        with pytest.raises(AdapterError) as refusal:
            validate(data, other, require_base=require_base)
        message = str(refusal.value)
        for part in ("Tiny", base.fingerprint[:12], "Another", other.fingerprint[:12]):
            assert part in message


# What a hostile or broken adapter of another tool can look like; the good one is changed in one respect at a time.
GOOD_ENTRIES = {
    "general.type": string("general.type", "adapter"),
    "adapter.type": string("adapter.type", "lora"),
    "general.architecture": string("general.architecture", "llama"),
    "adapter.lora.alpha": float32("adapter.lora.alpha", 8.0),
}
A, B = np.full((2, 32), 0.5), np.full((64, 2), 0.25)


def _foreign(entries=None, a=None, b=None, more=(), **layout):
    tensors = [
        a if a is not None else matrix(NAMES[0] + ".lora_a", A),
        b if b is not None else matrix(NAMES[0] + ".lora_b", B),
        *more,
    ]
    return gguf(list((GOOD_ENTRIES | (entries or {})).values()), [t for t in tensors if t], **layout)


def _spoiled(value, dtype="<f4"):
    a = A.copy()
    a[1, 31] = value
    return matrix(NAMES[0] + ".lora_a", a, dtype)


BAD = {
    "type not adapter": _foreign({"general.type": string("general.type", "model")}),
    "no type": _foreign({"general.type": b""}, entry_count=3),
    "type an integer": _foreign({"general.type": uint32("general.type", 1)}),
    "not lora": _foreign({"adapter.type": string("adapter.type", "control_vector")}),
    "alpha an integer": _foreign({"adapter.lora.alpha": uint32("adapter.lora.alpha", 8)}),
    "alpha float64": _foreign({"adapter.lora.alpha": entry("adapter.lora.alpha", 12, struct.pack("<d", 8))}),
    "alpha a string": _foreign({"adapter.lora.alpha": string("adapter.lora.alpha", "8")}),
    "alpha NaN": _foreign({"adapter.lora.alpha": float32("adapter.lora.alpha", float("nan"))}),
    "alpha infinite": _foreign({"adapter.lora.alpha": float32("adapter.lora.alpha", float("inf"))}),
    "alpha huge": _foreign({"adapter.lora.alpha": float32("adapter.lora.alpha", 1e30)}),
    "another architecture": _foreign({"general.architecture": string("general.architecture", "qwen2")}),
    "architecture not UTF-8": _foreign({"general.architecture": string("general.architecture", b"\xffllama")}),
    "activated LoRA": _foreign(
        {"a": entry("adapter.alora.invocation_tokens", 9, struct.pack("<IQ", 4, 1) + bytes(4))}
    ),
    "key with a zero byte": _foreign({"a": string("general.na\0me", "x")}),
    "claims to be ours": _foreign({"a": uint32("edge_repair.version", 1)}),
    "no tensors": gguf(list(GOOD_ENTRIES.values())),
    "A without B": _foreign(b=()),
    "B without A": _foreign(a=()),
    "unknown suffix": _foreign(more=[matrix(NAMES[1] + ".lora_c", A)]),
    "norm tensor": _foreign(more=[matrix("blk.0.ffn_norm.weight", np.ones(32))]),
    "unknown tensor": _foreign(
        more=[matrix("blk.9.ffn_gate.weight.lora_a", A), matrix("blk.9.ffn_gate.weight.lora_b", B)]
    ),
    "pair for a vector": _foreign(
        more=[matrix("blk.0.ffn_norm.weight.lora_a", A), matrix("blk.0.ffn_norm.weight.lora_b", B)]
    ),
    "3-D A": _foreign(a=matrix(NAMES[0] + ".lora_a", A.reshape(2, 1, 32))),
    "3-D B": _foreign(b=matrix(NAMES[0] + ".lora_b", B.reshape(1, 64, 2))),
    "1-D A": _foreign(a=matrix(NAMES[0] + ".lora_a", A.reshape(64))),
    "integers I8": _foreign(a=(NAMES[0] + ".lora_a", (32, 2), 24, bytes(64))),
    "integers I32": _foreign(a=(NAMES[0] + ".lora_a", (32, 2), 26, bytes(256))),
    "F64": _foreign(a=(NAMES[0] + ".lora_a", (32, 2), 28, bytes(512))),
    "BF16": _foreign(a=(NAMES[0] + ".lora_a", (32, 2), 30, bytes(128))),
    "Q8_0": _foreign(a=(NAMES[0] + ".lora_a", (32, 2), 8, bytes(68))),
    "A transposed": _foreign(a=matrix(NAMES[0] + ".lora_a", A.T)),
    "ranks differ": _foreign(b=matrix(NAMES[0] + ".lora_b", np.ones((64, 3)))),
    "for a wider model": _foreign(a=matrix(NAMES[0] + ".lora_a", np.ones((2, 48)))),
    "rank above the size": _foreign(
        a=matrix(NAMES[0] + ".lora_a", np.ones((65, 32))), b=matrix(NAMES[0] + ".lora_b", np.ones((64, 65)))
    ),
    "NaN": _foreign(a=_spoiled(np.nan)),
    "infinite": _foreign(a=_spoiled(np.inf)),
    "minus infinite": _foreign(a=_spoiled(-np.inf)),
    "NaN in F16": _foreign(a=_spoiled(np.nan, "<f2")),
    "infinite in F16": _foreign(a=_spoiled(np.inf, "<f2")),
    "a huge number": _foreign(a=_spoiled(-3e38)),
    "a huge norm": _foreign(a=matrix(NAMES[0] + ".lora_a", A * 1e7)),
    "a huge norm through alpha": _foreign({"adapter.lora.alpha": float32("adapter.lora.alpha", 1e7)}),
    "truncated": _foreign()[:-1],
    "text": b"adapter",
}


@pytest.mark.parametrize("name", BAD)
def test_bad_adapters_of_other_tools_are_refused(base, name):
    for require_base in (False, True):
        with pytest.raises(AdapterError) as refusal:
            validate(BAD[name], base, require_base=require_base)
        assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 500


GOOD = {
    "plain": _foreign(),
    "F16": _foreign(a=matrix(NAMES[0] + ".lora_a", A, "<f2"), b=matrix(NAMES[0] + ".lora_b", B, "<f2")),
    "no alpha": _foreign({"adapter.lora.alpha": b""}, entry_count=3),
    "more metadata": _foreign(
        {"n": string("general.name", "Ärger"), "q": uint32("general.quantization_version", 2), "t": strings("x", ["y"]),
         "p": entry("adapter.lora.prompt_prefix", STRING, struct.pack("<Q", 0))}
    ),
    "version 2": _foreign(version=2),
    "embedding": _foreign(
        more=[matrix("token_embd.weight.lora_a", np.ones((40, 3))), matrix("token_embd.weight.lora_b", np.ones((32, 3)))]
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_good_adapters_of_other_tools_are_not_rejected(base, name):
    found = validate(GOOD[name], base, require_base=False)
    assert found.layers == (0,) and found.base_fingerprint is None and found.repair_ids == ()
    with pytest.raises(AdapterError):
        validate(GOOD[name], base)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_a_solve_that_went_wrong_is_not_written(base, value):
    delta = random_delta(4, {NAMES[0]: 2})
    delta.factors[NAMES[0]][0][1, 3] = value
    with pytest.raises(AdapterError):
        encode(delta, base, ["r"])


def test_deltas_that_do_not_fit_are_not_written(base):
    good = random_delta(4, {NAMES[0]: 2})
    a, b = good.factors[NAMES[0]]
    wrong = [{}, {"blk.7.ffn_up.weight": (a, b)}, {NAMES[2]: (a, b)}, {NAMES[0]: (a, b[:, :1])}, {"blk.0.ffn_norm.weight": (a, b)}]
    for factors in wrong:
        with pytest.raises(AdapterError):
            encode(Delta(factors), base, ["r"])
    for ids in (["r", "r"], ["name with spaces"], ["ü"], [""], ["x" * 65]):
        with pytest.raises(AdapterError):
            encode(good, base, ids)
    with pytest.raises(AdapterError):
        validate(encode(good, base, ["r"]), replace(base, architecture="qwen2"))


def test_write_is_private_and_atomic(tmp_path, base, monkeypatch):
    """Whatever call fails, the path holds the old bytes or the new ones, and no temporary file is left."""
    old, new = (encode(random_delta(seed, {NAMES[0]: 2}), base, ["r"]) for seed in (5, 6))
    path = tmp_path / "made" / "here" / "adapter.gguf"
    written = write(old, path)
    assert written == replace(validate(old, base), path=path) == validate(path, base)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700
    for name in ("open", "write", "fsync", "replace"):
        calls, real = 0, getattr(os, name)
        for fail_at in range(4):
            calls = 0

            def fail(*arguments, **named):
                nonlocal calls
                calls += 1
                if calls == fail_at + 1:
                    raise OSError(28, "No space left on device")
                return real(*arguments, **named)

            write(old, path)
            with monkeypatch.context() as patch:
                patch.setattr(os, name, fail)
                try:
                    write(new, path)
                    failed = False
                except OSError:
                    failed = True
            assert failed == (calls > fail_at), "an error was swallowed"
            assert path.read_bytes() == new if not failed else path.read_bytes() in (old, new)
            assert os.listdir(path.parent) == [path.name]
    with pytest.raises(AdapterError):
        write(b"not an adapter", path)


def test_paths_that_are_no_files(tmp_path, base):
    for path in (tmp_path / "none.gguf", tmp_path, str(tmp_path / "a\0b")):
        with pytest.raises(AdapterError) as refusal:
            validate(path, base)
        assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("memory", [True, False])
def test_bytes_in_passing_can_be_opened_and_leave_nothing(tmp_path, monkeypatch, memory):
    """In memory where the system can, in a private file else; after the block there is neither."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    if not memory:
        monkeypatch.setattr(files, "_in_memory", lambda: None)
    elif (descriptor := files._in_memory()) is None:
        pytest.skip("this system has no files in memory")
    else:
        os.close(descriptor)
    data = os.urandom(300_000)
    with files.in_passing(data) as path:
        assert path.read_bytes() == data and [path.read_bytes() for _ in range(2)] == [data, data]
        assert bool(list(tmp_path.rglob("*"))) is not memory
    assert list(tmp_path.iterdir()) == [] and not (path.exists() and path.read_bytes() == data)
