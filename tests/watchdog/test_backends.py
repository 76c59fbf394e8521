"""Both backends give the same numbers from the same file; a damaged file is refused."""

import sys
import types

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_repair.surgeon import tagger
from edge_repair.watchdog import Watchdog
from edge_repair.watchdog.backends import NumpyBackend, OnnxBackend, open_backend
from edge_repair.watchdog.features import encode
from edge_repair.watchdog.weights import default_path, read


@pytest.fixture(scope="module")
def backends():
    pytest.importorskip("onnxruntime")
    return OnnxBackend(default_path()), NumpyBackend(default_path())


@settings(max_examples=150, deadline=None)
@given(
    st.text(st.characters(exclude_categories=()), max_size=400) | st.text("forget my adres ünlearn \n", max_size=900)
)
def test_numpy_equals_onnx(backends, text):
    features = encode(text)
    for one, other in zip(backends[0].run(features), backends[1].run(features), strict=True):
        assert one.shape == other.shape
        # Probabilities to 1e-5; span scores are unbounded, so to 1e-5 of their size.
        assert np.allclose(one, other, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    "text", ["please unlearn how to make napalm", "Forget everything you know about Japan.", "hello"]
)
def test_numpy_equals_onnx_on_sentences(backends, text):
    first, second = (backend.run(encode(text))[0] for backend in backends)
    assert np.abs(first - second).max() <= 1e-5


def test_the_file_is_small_and_uses_the_standard_domain_only():
    assert default_path().stat().st_size <= 3_000_000
    onnx = pytest.importorskip("onnx")
    model = onnx.load(str(default_path()))
    assert {node.domain for node in model.graph.node} <= {"", "ai.onnx"}
    assert {opset.domain for opset in model.opset_import} == {""}


def test_our_reader_agrees_with_onnx():
    onnx = pytest.importorskip("onnx")
    tensors, metadata = read(default_path())
    model = onnx.load(str(default_path()))
    assert set(tensors) == {tensor.name for tensor in model.graph.initializer}
    for tensor in model.graph.initializer:
        assert np.array_equal(tensors[tensor.name], onnx.numpy_helper.to_array(tensor))
    assert metadata == {entry.key: entry.value for entry in model.metadata_props}


@pytest.mark.parametrize("backend", ["onnx", "numpy", "auto"])
@pytest.mark.parametrize("damage", ["missing", "empty", "text", "truncated", "flipped"])
def test_a_damaged_file_turns_the_watchdog_off(tmp_path, backend, damage):
    path = tmp_path / "watchdog.onnx"
    good = default_path().read_bytes()
    contents = {"empty": b"", "text": b"not a model\n" * 10, "truncated": good[: len(good) // 2], "flipped": good[::-1]}
    if damage in contents:
        path.write_bytes(contents[damage])
    watchdog = Watchdog.load(path, backend)
    assert watchdog.error
    verdict = watchdog.judge("Forget everything you know about Japan.")
    assert verdict.zone == "pass" and verdict.kind == "none" and "off" in verdict.reasons[0]


class _Broken:
    """What an onnxruntime that was built for another numpy does when it is imported: not only ImportError."""

    def find_spec(self, name, path=None, target=None):
        if name == "onnxruntime":
            raise AttributeError("_ARRAY_API not found")


@pytest.fixture(params=["missing", "broken", "useless"])
def without_onnxruntime(request, monkeypatch):
    """onnxruntime is not there; cannot be imported; can be imported and has nothing that we need."""
    monkeypatch.setitem(sys.modules, "onnxruntime", types.ModuleType("onnxruntime") if request.param == "useless" else None)
    if request.param == "broken":
        monkeypatch.delitem(sys.modules, "onnxruntime")
        monkeypatch.setattr(sys, "meta_path", [_Broken(), *sys.meta_path])


def test_numpy_is_chosen_by_itself_where_onnxruntime_does_not_work(without_onnxruntime):
    watchdog = Watchdog.load()
    assert watchdog.error is None and watchdog.backend.name == "numpy"
    assert watchdog.judge("Forget everything you know about Japan.").zone == "propose"
    assert Watchdog.load(backend="onnx").error, "asked for by name, it is not replaced by another"


def test_the_same_for_the_tagger(without_onnxruntime):
    assert isinstance(tagger.Tagger.load()._backend, tagger.NumpyBackend)
    with pytest.raises((ImportError, AttributeError)):
        tagger.Tagger.load(backend="onnx")


def test_an_unknown_backend_is_named():
    with pytest.raises(ValueError, match="unknown backend"):
        open_backend(default_path(), "torch")
