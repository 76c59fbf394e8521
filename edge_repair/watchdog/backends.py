"""Runs the model on the features of one text: through onnxruntime, or in numpy alone with the same weights.

The model is the sum of two parts, calibrated together:

* a linear part over hashed n-grams of the whole text;
* a convolutional part: each token is the sum of its hashed slots, four residual dilated convolutions read it in its
  surroundings, attention, maximum and the first tokens are pooled for the kind, and two pointers mark the target
  (first and last token).

Both backends give (probabilities [5], first-token scores [T], last-token scores [T]), equal to 1e-5.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from edge_repair.watchdog.features import SLOTS, Features
from edge_repair.watchdog.weights import read

FIRST_TOKENS = 8
DILATIONS = (1, 2, 4, 8)
Output = tuple[np.ndarray, np.ndarray, np.ndarray]


class Backend(Protocol):
    """``run`` maps features to (probabilities, first-token scores, last-token scores); ``name`` says how."""

    name: str

    def run(self, features: Features) -> Output: ...


class OnnxBackend:
    """The ONNX graph on one thread of onnxruntime's CPU provider."""

    name = "onnx"

    def __init__(self, path: Path) -> None:
        import onnxruntime

        onnxruntime.disable_telemetry_events()  # for a host program that had loaded it before us; see edge_repair/__init__.py
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(self, features: Features) -> Output:
        feeds = {name: getattr(features, name) for name in ("slots", "weights", "ngrams", "values")}
        probabilities, first, last = self.session.run(None, feeds)
        return probabilities, first, last


class NumpyBackend:
    """The same graph written out in numpy."""

    name = "numpy"

    def __init__(self, path: Path) -> None:
        self.tensors, _ = read(path)
        if self.tensors["token_table"].shape[0] < 2 or self.tensors["token_table"].ndim != 2:
            raise ValueError("the token table has a wrong shape")

    def run(self, features: Features) -> Output:
        tensors = self.tensors
        hidden = convolved(tensors, features, DILATIONS)
        attention = hidden @ tensors["attention"]
        attention = np.exp(attention - attention.max())
        pooled = np.concatenate(
            [
                (attention / attention.sum()) @ hidden,
                hidden.max(axis=0),
                hidden[:FIRST_TOKENS].mean(axis=0),
            ]
        )
        deep = np.maximum(pooled @ tensors["dense_weight"] + tensors["dense_bias"], 0)
        deep = deep @ tensors["kind_weight"] + tensors["kind_bias"]
        linear = tensors["ngram_table"][features.ngrams].astype(np.float32) * features.values[:, None]
        linear = linear.sum(axis=0) * tensors["ngram_scale"] + tensors["ngram_bias"]
        logits = deep * tensors["deep_share"] + linear * tensors["linear_share"] + tensors["calibration_bias"]
        exponents = np.exp(logits - logits.max())
        span = np.maximum(hidden @ tensors["span_weight"] + tensors["span_bias"], 0) @ tensors["pointer_weight"]
        return exponents / exponents.sum(), span[:, 0], span[:, 1]


def convolved(tensors: dict[str, np.ndarray], features: Features, dilations: Sequence[int]) -> np.ndarray:
    """Token rows of the hashed table through residual dilated convolutions, float32 ``[T, D]``."""
    rows = tensors["token_table"][features.slots.reshape(-1)].astype(np.float32)
    rows = rows.reshape(-1, SLOTS, rows.shape[-1]) * features.weights[:, :, None]
    hidden = rows.sum(axis=1) * tensors["token_scale"]
    for index, dilation in enumerate(dilations):
        kernel = tensors[f"conv{index}_weight"]  # [D, D, 3]
        padded = np.pad(hidden, ((dilation, dilation), (0, 0)))
        size = len(hidden)
        mixed = sum(padded[at * dilation : at * dilation + size] @ kernel[:, :, at].T for at in range(3))
        hidden = hidden + np.maximum(mixed + tensors[f"conv{index}_bias"], 0)
    return hidden


def open_backend(path: Path, backend: str = "auto") -> Backend:
    """Open a model file with the backend asked for; "auto" is onnxruntime where it works, else numpy.

    Raises:
        ImportError: "onnx" was asked for and onnxruntime is not installed.
        ValueError: an unknown backend, or a file that is not a Watchdog model.
    """
    if backend not in ("auto", "onnx", "numpy"):
        raise ValueError(f"unknown backend {backend!r}: use auto, onnx or numpy")
    if backend == "numpy":
        return NumpyBackend(path)
    try:
        return OnnxBackend(path)
    except Exception:  # missing, or broken: built for another numpy, for another processor, too old for the file
        if backend == "onnx":
            raise
        return NumpyBackend(path)  # which raises for itself where it is the file that is wrong
