"""Marks in a request which words are to be forgotten, which are wrong, which are right, and whom the fact is about.

Two networks trained on composed and hand-written requests by ``tools/train_surgeon.py``: a pretrained encoder for English
(``encoder``), and a small convolutional network over the Watchdog's hashed features (``watchdog.features``) for all other
languages, and for English too where the encoder's file is missing. Each token gets a tag (outside, or begin or inside of one of
three roles), the chance that it belongs to the subject, and what a target that it stands in would be: its scope, its
kind, whether it is about the person who types. The request as a whole gets a kind, and whether it names anything. Tags
are decoded by the Viterbi algorithm under the one rule that an inside follows its own begin. Runs in onnxruntime, or in
numpy alone with the same weights.

Not covered: what lies beyond the first and last 127 tokens; nested targets.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np

from edge_repair import shipped
from edge_repair.surgeon import encoder
from edge_repair.surgeon.languages import language_of
from edge_repair.surgeon.procedure import KINDS, SCOPES
from edge_repair.watchdog.backends import convolved
from edge_repair.watchdog.features import Features, encode
from edge_repair.watchdog.weights import read

NAME = "surgeon/tagger.onnx"
ROLES = ("forget", "wrong", "right")
TAGS = ("O", *(f"{place}-{role}" for role in ROLES for place in "BI"))
STATES = ("named", "unclear", "broad")
DILATIONS = (1, 2, 4, 8, 1)
MARKS = len(TAGS) + 1 + len(SCOPES) + 1 + len(KINDS)
"""Logits of a token: tags, subject, scopes, speaker, kinds."""
Output = tuple[np.ndarray, np.ndarray]
_TRAILING = " \t\n.,;:!?\"'"
_LEADING = re.compile(r"^(?:(?:made )?(?:of|in|on|at|to|for|from|by|about|with)(?: |$))+")
"""Small words that a mark of the subject begins with by mistake."""


@dataclass(frozen=True)
class Span:
    """A marked stretch of a request.

    Attributes:
        role: "forget", "wrong" or "right".
        start, end: where it stands (characters).
        text: its words.
        subject: the words inside it that name whom or what it is about, or "".
        certainty: the least probability of its tags, 0 to 1.
        scopes: the probability of each scope (``procedure.SCOPES``).
        kinds: the probability of each kind.
        speaker: the probability that it is about the person who types.
    """

    role: str
    start: int
    end: int
    text: str
    subject: str
    certainty: float
    scopes: Mapping[str, float] = field(default_factory=dict)
    kinds: Mapping[str, float] = field(default_factory=dict)
    speaker: float = 0.0


@dataclass(frozen=True)
class Tagging:
    """What is marked in a request.

    Attributes:
        spans: in the order of the text.
        kinds: the probability of each kind of request (``procedure.KINDS``).
        states: the probability that it names something, only points back, or is too broad (``STATES``).
        subject: words that name the subject outside of all spans ("Ann Lee" in "I work for Ann Lee. Her pay ..."), or "".
    """

    spans: tuple[Span, ...]
    kinds: dict[str, float]
    states: Mapping[str, float] = field(default_factory=dict)
    subject: str = ""


class Encoded(Protocol):
    """A text of T tokens: where each stands (characters, int64 [T]); what else there is, its own backend knows."""

    starts: np.ndarray
    ends: np.ndarray


class Backend(Protocol):
    """``run`` gives (logits of the tokens [T, MARKS], of the request [7]: kinds, states) for what ``encode`` made of a text."""

    def encode(self, text: str) -> Encoded: ...

    def run(self, features: Encoded) -> Output: ...


class OnnxBackend:
    """The ONNX graph on one thread of onnxruntime's CPU provider."""

    encode = staticmethod(encode)

    def __init__(self, path: Path) -> None:
        self._session = encoder.onnx_session(path)

    def run(self, features: Features) -> Output:
        return tuple(self._session.run(None, {"slots": features.slots, "weights": features.weights}))


class NumpyBackend:
    """The same graph written out in numpy."""

    encode = staticmethod(encode)

    def __init__(self, path: Path) -> None:
        self.tensors, _ = read(path)

    def run(self, features: Features) -> Output:
        tensors = self.tensors
        hidden = convolved(tensors, features, DILATIONS)
        deep = np.maximum(hidden @ tensors["deep_weight"] + tensors["deep_bias"], 0)
        marks = deep @ tensors["tag_weight"] + tensors["tag_bias"]
        pooled = np.concatenate([hidden.max(axis=0), hidden.mean(axis=0)])
        return marks, pooled @ tensors["request_weight"] + tensors["request_bias"]


class Tagger:
    """Tags requests. ``Tagger.load()`` opens the shipped models.

    Args:
        backend: for any language.
        english: opens another one for English, when it is first needed; None, or what gives None: there is none.
    """

    def __init__(self, backend: Backend, english: Callable[[], Backend | None] | None = None):
        self._backend = backend
        self._open_english = english

    @classmethod
    def load(cls, path: Path | None = None, backend: str = "auto") -> "Tagger":
        """Open a model file, or the shipped ones; "auto" is onnxruntime where it works, else numpy.

        Raises:
            OSError, ValueError: the file is missing or none of ours. (Without the encoder's English is read as the rest is.)
        """
        english = None if path else lru_cache(maxsize=1)(lambda: _shipped_encoder(backend))
        path = path or shipped.path(NAME)
        if backend != "numpy":
            try:
                return cls(OnnxBackend(path), english)
            except Exception:  # missing or broken; where it is the file that is wrong, numpy says so below
                if backend == "onnx":
                    raise
        return cls(NumpyBackend(path), english)

    def tag(self, text: str) -> Tagging:
        """The marked spans of a request, and what kind of request it looks like."""
        backend = self._open_english() if self._open_english and language_of(text) == "en" else None
        backend = backend or self._backend
        features = backend.encode(text)
        if not len(features.starts):
            return Tagging((), dict.fromkeys(KINDS, 1 / len(KINDS)))
        marks, request = backend.run(features)
        tags, subject = marks[:, : len(TAGS)], marks[:, len(TAGS)]
        shares = _softmax(tags)
        path = decode(tags)
        spans, at = [], 0
        while at < len(path):
            if path[at] == 0:
                at += 1
                continue
            end = at + 1
            while end < len(path) and path[end] == path[at] + 1:
                end += 1
            spans.append(self._span(text, features, path, shares, marks, at, end))
            at = end
        kinds, states = _softmax(request[None, : len(KINDS)])[0], _softmax(request[None, len(KINDS) :])[0]
        return Tagging(
            tuple(span for span in spans if span.text),
            dict(zip(KINDS, map(float, kinds))),
            dict(zip(STATES, map(float, states))),
            self._outside(text, features, path, subject),
        )

    @staticmethod
    def _span(text: str, features: Encoded, path: list[int], shares: np.ndarray, marks: np.ndarray, at: int, end: int) -> Span:
        start, stop = int(features.starts[at]), int(features.ends[end - 1])
        words = text[start:stop]
        stop -= len(words) - len(words.rstrip(_TRAILING))
        inside = [index for index in range(at, end) if marks[index, len(TAGS)] > 0]
        named = ""
        if inside:
            named = _LEADING.sub("", text[int(features.starts[inside[0]]) : int(features.ends[inside[-1]])].strip(_TRAILING))
        certainty = float(min(shares[index, path[index]] for index in range(at, end)))
        mean = marks[at:end, len(TAGS) + 1 :].mean(axis=0, keepdims=True)
        scopes, kinds = _softmax(mean[:, : len(SCOPES)])[0], _softmax(mean[:, len(SCOPES) + 1 :])[0]
        return Span(
            ROLES[(path[at] - 1) // 2],
            start,
            stop,
            text[start:stop],
            named,
            certainty,
            dict(zip(SCOPES, map(float, scopes))),
            dict(zip(KINDS, map(float, kinds))),
            float(1 / (1 + np.exp(-mean[0, len(SCOPES)]))),
        )

    @staticmethod
    def _outside(text: str, features: Encoded, path: list[int], subject: np.ndarray) -> str:
        """The surest run of tokens outside of all spans that names the subject, or an empty string."""
        best, at = (0.0, 0, 0), 0
        while at < len(path):
            end = at
            while end < len(path) and path[end] == 0 and subject[end] > 0:
                end += 1
            if end > at:
                best = max(best, (float(subject[at:end].max()), at, end))
            at = max(end, at + 1)
        return text[int(features.starts[best[1]]) : int(features.ends[best[2] - 1])].strip(_TRAILING) if best[2] else ""


def decode(logits: np.ndarray) -> list[int]:
    """The best sequence of tags in which an inside follows a begin or an inside of its own role (Viterbi).

    Args:
        logits: ``[T, 7]``, in the order of ``TAGS``.
    """
    size = len(TAGS)
    allowed = np.array([[after % 2 == 1 or after == 0 or before in (after - 1, after) for after in range(size)] for before in range(size)])
    penalty = np.where(allowed, 0.0, -1e9)
    score = logits[0] + np.array([0.0 if tag == 0 or tag % 2 == 1 else -1e9 for tag in range(size)])
    back = []
    for row in logits[1:]:
        total = score[:, None] + penalty
        back.append(total.argmax(axis=0))
        score = total.max(axis=0) + row
    path = [int(score.argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return path[::-1]


def _softmax(logits: np.ndarray) -> np.ndarray:
    exponents = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)


def _shipped_encoder(backend: str) -> Backend | None:
    try:
        return encoder.open_encoder(shipped.path(encoder.NAME), backend)
    except (OSError, ValueError):
        return None  # left out of a small installation, or damaged


@lru_cache(maxsize=1)
def shipped_tagger() -> Tagger | None:
    """The shipped tagger, opened once; None where its own file is missing or damaged: the rules then read alone."""
    try:
        return Tagger.load()
    except (OSError, ValueError):
        return None
