"""The tagger's network for English: a small pretrained encoder, in onnxruntime or in numpy with the same weights.

Six layers of attention over word pieces (``wordpiece``), in the size of MiniLM (Wang et al. 2020, arXiv 2002.10957), trained by
``tools/train_surgeon.py encoder`` on the same requests as the convolutions of ``tagger``. What it adds is what words mean:
it was pretrained on text, they on requests alone. Matrices are kept in 8 bits with one scale a column (of the table of
words: a row), and computed in float32.
"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from edge_repair.surgeon.wordpiece import Pieces, pieces_of
from edge_repair.watchdog.weights import read

NAME = "surgeon/encoder.onnx"
HEADS, EPSILON = 12, 1e-12
PARTS = ("query", "key", "value", "mixed", "inner", "outer")
"""Matrices of a layer; the queries are divided by the root of their width already."""


def onnx_session(path: Path) -> Any:
    """A session of onnxruntime for a model file, on one thread of its CPU provider.

    Raises:
        ImportError: onnxruntime is not installed. OSError, ValueError: the file is missing or no model.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(Path(path).read_bytes(), options, providers=["CPUExecutionProvider"])
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - onnxruntime has a class for each fault, none of them public
        raise ValueError(f"{path} is no model ({type(error).__name__})") from error


class _Encoder:
    """What both backends share: the pieces of a text."""

    def __init__(self, metadata: Mapping[str, str]) -> None:
        pieces = metadata.get("vocabulary", "").split("\n")
        if len(pieces) < 2:
            raise ValueError("no vocabulary in the file")
        self._vocabulary = {piece: number for number, piece in enumerate(pieces)}

    def encode(self, text: str) -> Pieces:
        return pieces_of(text, self._vocabulary)


class OnnxEncoder(_Encoder):
    """The ONNX graph on one thread of onnxruntime's CPU provider."""

    def __init__(self, path: Path) -> None:
        self._session = onnx_session(path)
        super().__init__(self._session.get_modelmeta().custom_metadata_map)

    def run(self, pieces: Pieces) -> tuple[np.ndarray, np.ndarray]:
        return tuple(self._session.run(None, {"ids": pieces.ids, "letters": pieces.letters}))


class NumpyEncoder(_Encoder):
    """The same graph written out in numpy."""

    def __init__(self, path: Path) -> None:
        self._tensors, metadata = read(path)
        super().__init__(metadata)
        if "words" not in self._tensors or self._tensors["words"].ndim != 2:
            raise ValueError("the file holds no encoder")

    @cached_property
    def _layers(self) -> list[dict[str, np.ndarray]]:
        """The layers' tensors, matrices in float32."""
        layers = []
        while f"layer{len(layers)}_query_weight" in self._tensors:
            front = f"layer{len(layers)}_"
            own = {name.removeprefix(front): tensor for name, tensor in self._tensors.items() if name.startswith(front)}
            layers.append(own | {f"{part}_weight": own[f"{part}_weight"] * own[f"{part}_scale"] for part in PARTS})
        return layers

    def run(self, pieces: Pieces) -> tuple[np.ndarray, np.ndarray]:
        tensors = self._tensors
        x = tensors["words"][pieces.ids] * tensors["words_scale"][pieces.ids, None]
        x = _normed(x + tensors["places"][: len(x)] + tensors["letters_table"][pieces.letters], tensors["norm_weight"], tensors["norm_bias"])
        for layer in self._layers:
            query, key, value = (
                (x @ layer[f"{part}_weight"] + layer[f"{part}_bias"]).reshape(len(x), HEADS, -1).transpose(1, 0, 2) for part in PARTS[:3]
            )
            mixed = (_softmax(query @ key.transpose(0, 2, 1)) @ value).transpose(1, 0, 2).reshape(x.shape)
            x = _normed(x + mixed @ layer["mixed_weight"] + layer["mixed_bias"], layer["norm1_weight"], layer["norm1_bias"])
            inner = x @ layer["inner_weight"] + layer["inner_bias"]
            inner *= 0.5 * (1 + _erf(inner * np.float32(0.5**0.5)))
            x = _normed(x + inner @ layer["outer_weight"] + layer["outer_bias"], layer["norm2_weight"], layer["norm2_bias"])
        marks = x[1:-1] @ tensors["tag_weight"] + tensors["tag_bias"]
        return marks, np.concatenate([x.max(axis=0), x.mean(axis=0)]) @ tensors["request_weight"] + tensors["request_bias"]


def open_encoder(path: Path, backend: str = "auto") -> OnnxEncoder | NumpyEncoder:
    """Open the file; "auto" is onnxruntime where it works, else numpy.

    Raises:
        OSError, ValueError: the file is missing or none of ours.
    """
    if backend != "numpy":
        try:
            return OnnxEncoder(path)
        except Exception:  # missing or broken; where it is the file that is wrong, numpy says so below
            if backend == "onnx":
                raise
    return NumpyEncoder(path)


def _normed(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Layer norm over the last axis."""
    x = x - x.mean(axis=-1, keepdims=True)
    return x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + np.float32(EPSILON)) * weight + bias


def _softmax(logits: np.ndarray) -> np.ndarray:
    exponents = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)


def _erf(x: np.ndarray) -> np.ndarray:
    """The error function to 2e-7 (Abramowitz and Stegun 1964, 7.1.26): numpy has none."""
    size = np.abs(x)
    t = 1 / (1 + np.float32(0.3275911) * size)
    rising = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * np.float32(1.061405429)))))
    return (np.sign(x) * (1 - rising * np.exp(-size * size))).astype(np.float32)
