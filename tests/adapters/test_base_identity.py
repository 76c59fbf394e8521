"""The fingerprint of a base, its full hash, and single rows and columns of its weights."""

import hashlib
import os

import numpy as np
import pytest
from gguf import GGMLQuantizationType, quants
from gguf_files import float32, gguf, matrix, string, strings, tiny_model, uint32

from edge_repair.adapters import base as base_module
from edge_repair.adapters import full_sha256, identify, read_rows
from edge_repair.adapters.header import read_header
from edge_repair.errors import ModelError


def test_identity_says_what_the_file_says(tmp_path):
    identity = identify(tiny_model(tmp_path / "m.gguf", width=32, ffn=96, layers=3))
    assert (identity.name, identity.architecture, identity.file_type) == ("Tiny", "llama", 0)
    assert (identity.n_layers, identity.width, identity.ffn, identity.expert_count) == (3, 32, 96, 0)
    assert identity.tensors["blk.2.ffn_down.weight"].shape == (32, 96)
    assert identity.chat_template == "{{ messages[0].content }}"


def test_missing_metadata_has_defaults_and_wrong_types_do_not_get_through(tmp_path):
    path = tmp_path / "some file.gguf"
    down = matrix("blk.0.ffn_down.weight", np.ones((32, 64)))
    widths = strings("gemma3n.feed_forward_length", ["64", "64"])  # one a layer: then the tensor tells
    entries = [string("general.architecture", "gemma3n"), widths, uint32("gemma3n.block_count", 1)]
    path.write_bytes(gguf([*entries, string("gemma3n.embedding_length", "32")], [down]))
    identity = identify(path)
    assert identity.name == "some file"
    assert (identity.ffn, identity.width, identity.file_type, identity.chat_template) == (64, 0, None, None)


def test_fingerprint_is_the_documented_one(tmp_path):
    """Computed again from the words of the docstring, for a small file and for one that is sampled."""
    for width in (32, 2048):
        path = tiny_model(tmp_path / "m.gguf", width=width)
        data, start = path.read_bytes(), read_header(path).data_offset
        body = data[start:]
        samples = [body]
        if len(body) > 2 << 20:
            assert width == 2048
            starts = [i * (len(body) - 4096) // 511 for i in range(512)]
            samples = [body[at : at + 4096] for at in starts]
            assert starts[0] == 0 and starts[-1] + 4096 == len(body)
        said = hashlib.sha256(
            b"edge_repair base 1\0" + len(data).to_bytes(8, "little") + data[:start] + b"".join(samples)
        )
        assert identify(path).fingerprint == said.hexdigest()


def test_fingerprint_tells_models_apart_and_does_not_depend_on_the_place(tmp_path):
    one = tiny_model(tmp_path / "a.gguf", seed=1)
    (tmp_path / "copies").mkdir()
    same = tiny_model(tmp_path / "copies" / "b.gguf", seed=1)
    assert identify(one) == identify(same)
    others = [
        tiny_model(tmp_path / "c.gguf", seed=2),
        tiny_model(tmp_path / "d.gguf", seed=1, extra=[uint32("x", 1)]),
        tiny_model(tmp_path / "e.gguf", seed=1, name="Tinier"),
    ]
    fingerprints = {identify(path).fingerprint for path in [one, *others]}
    assert len(fingerprints) == 4


def test_a_changed_file_is_noticed(tmp_path):
    path = tiny_model(tmp_path / "m.gguf")
    before = identify(path).fingerprint
    status, data = path.stat(), bytearray(path.read_bytes())
    data[-40] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))  # somebody hides the change
    assert identify(path).fingerprint != before


PLAIN = [string("general.architecture", "llama"), uint32("llama.block_count", 2)]


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [string("general.architecture", "")],
        [uint32("general.architecture", 1)],
        [string("general.architecture", "llama"), string("general.type", "adapter")],
        [*PLAIN, uint32("split.count", 3)],
        [string("general.architecture", "llama")],
        [string("general.architecture", "llama"), uint32("llama.block_count", 0)],
        [string("general.architecture", "llama"), uint32("llama.block_count", 65535)],
        [string("general.architecture", "llama"), string("llama.block_count", "2")],
        [*PLAIN, float32("llama.attention.layer_norm_rms_epsilon", float("nan"))],
        [*PLAIN, float32("llama.attention.layer_norm_rms_epsilon", -1.0)],
        [*PLAIN, float32("llama.rope.freq_base", float("inf"))],
    ],
)
def test_files_that_are_no_whole_model_are_refused(tmp_path, entries):
    path = tmp_path / "m.gguf"
    path.write_bytes(gguf(entries))
    with pytest.raises(ModelError) as refusal:
        identify(path)
    assert "\n" not in str(refusal.value)
    path.write_bytes(gguf(PLAIN))
    identify(path)


def test_full_hash_is_cached_until_the_file_changes(tmp_path, monkeypatch):
    path, cache = tiny_model(tmp_path / "m.gguf"), tmp_path / "cache"
    expected = hashlib.sha256(path.read_bytes()).hexdigest()
    assert full_sha256(path, cache) == expected
    with monkeypatch.context() as patch:
        patch.setattr(base_module.hashlib, "sha256", _only_short(hashlib.sha256))
        assert full_sha256(path, cache) == expected  # answered without hashing the file
    data = bytearray(path.read_bytes())
    data[-40] ^= 1
    status = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert full_sha256(path, cache) == hashlib.sha256(data).hexdigest() != expected
    for file in cache.rglob("*.json"):
        assert str(tmp_path).encode() not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0
        file.write_bytes(b'{"stamp": [], "sha256": 3')
    assert full_sha256(path, cache) == hashlib.sha256(data).hexdigest()


def _only_short(real):
    """A SHA-256 that takes a path but refuses the content of a file."""

    def make(data=b""):
        digest = real(data)

        class Digest:
            hexdigest = digest.hexdigest

            def update(self, chunk):
                raise AssertionError("the file was read again")

        return Digest()

    return make


def test_full_hash_without_a_cache_that_can_be_written(tmp_path):
    path = tiny_model(tmp_path / "m.gguf")
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    assert full_sha256(path, blocked / "cache") == hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(ModelError):
        full_sha256(tmp_path / "none.gguf", tmp_path)


KINDS = ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0"]


@pytest.mark.parametrize("kind", KINDS)
def test_rows_and_columns_equal_those_of_the_whole(tmp_path, kind, monkeypatch):
    kind = GGMLQuantizationType[kind]
    data = quants.quantize(np.random.default_rng(3).standard_normal((48, 96)).astype(np.float32), kind)
    path = tmp_path / "m.gguf"
    path.write_bytes(gguf([], [matrix("other", np.ones(5)), ("w", (96, 48), int(kind), data.tobytes())]))
    whole = quants.dequantize(data, kind)
    rows, columns = [47, 0, 3, 3], [95, 0, 31, 32, 33, 31]
    for chunk in (1, 1000, 1 << 20):  # the pieces in which it is read do not matter
        monkeypatch.setattr(base_module, "_CHUNK", chunk)
        np.testing.assert_array_equal(read_rows(path, "w"), whole)
        np.testing.assert_array_equal(read_rows(path, "w", rows), whole[rows])
        np.testing.assert_array_equal(read_rows(path, "w", None, columns), whole[:, columns])
        np.testing.assert_array_equal(read_rows(path, "w", rows, columns), whole[rows][:, columns])
    assert read_rows(path, "w", []).shape == (0, 96)
    assert read_rows(path, "w", rows).dtype == np.float32
    np.testing.assert_array_equal(read_rows(path, "other"), np.ones((1, 5)))


def test_rows_that_cannot_be_read(tmp_path):
    path = tmp_path / "m.gguf"
    path.write_bytes(gguf([], [matrix("w", np.ones((4, 8))), ("i", (8, 4), 26, bytes(128)), matrix("e", np.ones((2, 2, 2)))]))
    for name in ("none", "i", "e"):
        with pytest.raises(ModelError) as refusal:
            read_rows(path, name)
        assert "\n" not in str(refusal.value)
    for rows, columns in (([4], None), ([-1], None), (None, [8])):
        with pytest.raises(IndexError):
            read_rows(path, "w", rows, columns)
