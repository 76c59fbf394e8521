"""The Watchdog itself: a prompt in, a verdict out."""

from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np

from edge_repair.watchdog.backends import Backend, open_backend
from edge_repair.watchdog.features import CUT, MASK, PASTE, Features, encode
from edge_repair.watchdog.pointing import FLOOR, POINTERS, personal_datum, points_back, statement_about_somebody
from edge_repair.watchdog.regions import View, Views, build_views
from edge_repair.watchdog.verdict import KINDS, Prompt, Segment, Verdict
from edge_repair.watchdog.weights import default_path

ASK, PROPOSE = 0.55, 0.8  # shipped thresholds on 1 - p(none); chosen on the benchmark's dev split
MAX_TARGET_TOKENS = 60


class Watchdog:
    """Judges prompts. Build one with ``Watchdog.load`` (or ``Watchdog.off``), then call ``judge``.

    Attributes:
        error: why it is off, or None. When it is off, every prompt passes and no edit is possible.
    """

    def __init__(self, backend: Backend | None, error: str | None = None) -> None:
        self.backend = backend
        self.error = error

    @classmethod
    def load(cls, model_path: str | PathLike[str] | None = None, backend: str = "auto") -> "Watchdog":
        """Load the shipped model, or the one at ``model_path``. Never raises: see ``error``.

        Args:
            model_path: an ONNX file written by ``tools/train_watchdog.py``.
            backend: "onnx", "numpy", or "auto" (onnxruntime where it works, else numpy).
        """
        path = default_path() if model_path is None else Path(model_path)
        try:
            return cls(open_backend(path, backend))
        except Exception as error:  # any failure, even inside onnxruntime, must leave the chat usable
            return cls(None, f"the model {path.name} could not be loaded ({type(error).__name__}: {error})")

    @classmethod
    def off(cls, reason: str = "turned off") -> "Watchdog":
        """A Watchdog that lets everything pass."""
        return cls(None, reason)

    def judge(self, prompt: str | Prompt) -> Verdict:
        """Judge one prompt; a plain string is one typed segment. Never raises and never changes the prompt."""
        if self.backend is None:
            return Verdict.passing(f"the Watchdog is off: {self.error}")
        try:
            if isinstance(prompt, str):
                prompt = Prompt((Segment(prompt),))
            return _judge(self.backend, prompt)
        except Exception as error:  # the contract: a failure here never stands between the person and the model
            return Verdict.passing(f"the Watchdog failed ({type(error).__name__}: {error}); the prompt passes")


def _judge(backend: Backend, prompt: Prompt) -> Verdict:
    typed = prompt.typed
    if not typed.strip():
        return Verdict.passing("no typed text")
    views = build_views(prompt)
    scored = _score(backend, views)
    if scored.features.words < 2:
        return Verdict.passing("fewer than two different words of the person's own name nothing to forget")
    if views.shortened:  # once more without what surrounds the first and the last paragraph
        edges = build_views(prompt, edges=True)
        other = _score(backend, edges)
        if other.probabilities[0] < scored.probabilities[0]:
            views, scored = edges, other
    probabilities, pointing = scored.probabilities, points_back(typed)
    if pointing:
        none = min(float(probabilities[0]), 1 - FLOOR)
        probabilities = np.array([{"none": none, "unspecified": 1 - none}.get(kind, 0.0) for kind in KINDS])
    datum = personal_datum(typed) or statement_about_somebody(typed)
    if datum and probabilities[0] > 1 - FLOOR:
        probabilities = np.array([{"none": 1 - FLOOR, "personal": FLOOR}.get(kind, 0.0) for kind in KINDS])
    request = 1 - float(probabilities[0])
    zone = "propose" if request >= PROPOSE else "ask" if request >= ASK else "pass"
    kind, span = "none", None
    if zone != "pass":
        kind = KINDS[1 + int(probabilities[1:].argmax())]
        span = None if pointing else datum or _span(views.topic, scored, typed)
    target = typed[span[0] : span[1]] if span else None
    named = {name: float(value) for name, value in zip(KINDS, probabilities, strict=True)}
    reasons = _reasons(prompt, views, request, zone)
    if pointing:
        reasons.append("it only points back: what to forget stands in the chat")
    if datum:
        reasons.append("it is nothing but a command about what is personal")
    return Verdict(kind, named, zone, span, target, tuple(reasons))


class _Scored(NamedTuple):
    probabilities: np.ndarray  # float64 [5]
    features: Features  # of the topic view; of the intent view where that one decides already
    first: np.ndarray
    last: np.ndarray


def _score(backend: Backend, views: Views) -> _Scored:
    """Probabilities of the kinds; the intent view decides whether there is a request, the topic view which."""
    intent = None
    if views.intent.text != views.topic.text:
        # Words inside quotes say what a request is about, never that there is one: without them there must be one too.
        intent = _run(backend, views.intent)
        if 1 - intent.probabilities[0] < ASK:
            return intent
    topic = _run(backend, views.topic)
    if intent is None or intent.probabilities[0] <= topic.probabilities[0]:
        return topic
    none, rest = intent.probabilities[0], topic.probabilities[1:].sum()
    shares = topic.probabilities[1:] / rest if rest > 0 else np.full(len(KINDS) - 1, 1 / (len(KINDS) - 1))
    return topic._replace(probabilities=np.concatenate([[none], (1 - none) * shares]))


def _run(backend: Backend, view: View) -> _Scored:
    features = encode(view.text)
    probabilities, first, last = backend.run(features)
    probabilities = probabilities.astype(np.float64)
    if not np.isfinite(probabilities).all():
        raise ValueError("the model gave no finite probabilities")
    return _Scored(probabilities / probabilities.sum(), features, first, last)


def _span(view: View, scored: _Scored, typed: str) -> tuple[int, int] | None:
    """The best (first token, last token) pair as offsets in the typed text, in linear time."""
    features, first, last = scored.features, scored.first, scored.last
    visible = view.origin[np.minimum(features.starts, len(view.origin) - 1)] >= 0
    first = np.where(visible, first, -np.inf)
    last = np.where(visible, last, -np.inf)
    best, pair = -np.inf, None
    sentence = _sentence_starts(view.text, features)
    for end in range(len(last)):
        begin = max(sentence[end], end + 1 - MAX_TARGET_TOKENS)
        start = begin + int(first[begin : end + 1].argmax())
        score = first[start] + last[end]
        if score > best:
            best, pair = score, (start, end)
    if pair is None or not np.isfinite(best):
        return None
    start = int(view.origin[features.starts[pair[0]]])
    end = int(view.origin[features.ends[pair[1]] - 1]) + 1
    found = trim(typed, start, end)
    # A request that only points back ("forget that") names nothing; what it means is in the chat, not in the prompt.
    return None if found and typed[found[0] : found[1]].casefold() in POINTERS else found


def _sentence_starts(text: str, features: Features) -> list[int]:
    """For each token the first token of its sentence: a target does not reach over the end of a sentence.

    A full stop after a short word ("Dr.", "J.") ends no sentence.
    """
    found, start = [], 0
    for index, (begin, end) in enumerate(zip(features.starts, features.ends, strict=True)):
        found.append(start)
        mark = text[begin:end]
        spaced = text[end : end + 1].isspace()
        if (
            mark[:1] in ("。", "！", "？", "।", "\n")
            or (spaced and mark[:1] in "!?")
            or (spaced and mark == "." and index and features.ends[index - 1] - features.starts[index - 1] > 3)
        ):
            start = index + 1
    return found


_PAIRS = {'"': '"', "'": "'", "“": "”", "«": "»", "„": "“", "「": "」", "`": "`", "‘": "’"}


def trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Leave out white space, end punctuation and enclosing quotation marks around a span."""
    while start < end and (text[start].isspace() or text[start] in ",.;:!?-–—。，、：；！？।"):
        start += 1
    while start < end and (text[end - 1].isspace() or text[end - 1] in ",.;:!?–—。，、：；！？।"):
        end -= 1
    if end - start > 2 and _PAIRS.get(text[start]) == text[end - 1]:
        start, end = start + 1, end - 1
    return (start, end) if start < end else None


def _reasons(prompt: Prompt, views: Views, request: float, zone: str) -> list[str]:
    limits = {"pass": f"below {ASK:g}", "ask": f"from {ASK:g} to {PROPOSE:g}", "propose": f"at least {PROPOSE:g}"}
    reasons = [f"a request to forget with probability {request:.3f} ({limits[zone]}: {zone})"]
    reasons.append(f"scored the typed text: {_shorten(views.intent.text)}")
    for segment in prompt.segments:
        if segment.source != "typed":
            reasons.append(f"not scored, {segment.source}: {len(segment.text)} characters")
    for region in views.regions:
        reasons.append(f"not the person's own words ({region.how}): characters {region.start} to {region.end}")
    if views.shortened:
        reasons.append("a long text: only its head and its tail were scored")
    return reasons


def _shorten(text: str) -> str:
    for mark, words in ((MASK, "[quoted]"), (CUT, "[...]"), (PASTE, "[not typed]")):
        text = text.replace(mark, words)
    text = " ".join(text.split())
    return text if len(text) <= 120 else f"{text[:80]} ... {text[-30:]}"
