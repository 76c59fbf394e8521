"""Training texts as the model sees them: generated prompts, the benchmark's train split and public ordinary requests."""

import random
from dataclasses import dataclass

import numpy as np

from edge_repair.watchdog.features import Features, encode, tokenise
from edge_repair.watchdog.regions import View, build_views
from edge_repair.watchdog.verdict import KINDS, Prompt, Segment
from tools.watchdog.benchmark import Item
from tools.watchdog.generator import Generator, Sample
from tools.watchdog.public import PublicData

LANGUAGE_SHARES = {"en": 0.45, "zh": 0.11, "es": 0.11, "de": 0.11, "fr": 0.11, "hi": 0.11}


@dataclass
class Examples:
    """Arrays for training: features, labels int64 [n], spans int64 [n, 2] (tokens), weights float32 [n]."""

    features: list[Features]
    labels: np.ndarray
    spans: np.ndarray
    weights: np.ndarray


def token_span(features: Features, view: View, start: int, end: int) -> tuple[int, int]:
    """First and last token that lie in the characters ``start`` to ``end`` of the typed text; (-1, -1) if unseen."""
    inside = np.flatnonzero((view.origin >= start) & (view.origin < end))
    if start < 0 or not inside.size:
        return -1, -1
    tokens = np.flatnonzero((features.ends > inside[0]) & (features.starts <= inside[-1]))
    return (int(tokens[0]), int(tokens[-1])) if tokens.size else (-1, -1)


def build(samples: list[tuple[Prompt, Sample, float]]) -> Examples:
    """Encode both views of each prompt; a view that equals the other one counts once."""
    features, labels, spans, weights = [], [], [], []

    def add(view: View, label: int, span: tuple[int, int] | None, weight: float) -> None:
        encoded = encode(view.text)
        features.append(encoded)
        labels.append(label)
        spans.append(token_span(encoded, view, *span) if span else (-1, -1))
        weights.append(weight)

    for prompt, sample, weight in samples:
        label = KINDS.index(sample.label)
        span = (sample.start, sample.end)
        views = build_views(prompt)
        add(views.topic, label, span, weight)
        if views.intent.text != views.topic.text:
            add(views.intent, label, None, weight)
        if views.shortened:
            edges = build_views(prompt, edges=True).topic
            seen = ((edges.origin >= sample.start) & (edges.origin < sample.end)).any()
            if seen or sample.label == "none":
                add(edges, label, span, weight)
    return Examples(features, np.array(labels), np.array(spans), np.array(weights, np.float32))


def prompt_of(sample: Sample, rng: random.Random) -> Prompt:
    """A prompt of the sample's text; now and then with a pasted or loaded segment before or after it."""
    segments = [Segment(sample.text)]
    if rng.random() < 0.06:
        other = Segment("...", rng.choice(("pasted", "file", "tool")))
        if sample.label == "none" or rng.random() < 0.5:
            segments.append(other)
        else:
            segments.insert(0, other)
    return Prompt(tuple(segments))


def folded(text: str) -> bytes:
    """A text without case, accents, spaces and digits: equal for prompts that differ in nothing else."""
    return bytes(tokenise(text)[0])


def generated(generator: Generator, languages: list[str], forbidden: set[bytes]) -> list[Sample]:
    """One sample for each language given, none of which is (when folded) in ``forbidden``."""
    found = []
    for language in languages:
        sample = generator.sample(language)
        while folded(sample.text) in forbidden:
            sample = generator.sample(language)
        found.append(sample)
    return found


def training_examples(count: int, seed: int, public: PublicData, benchmark: list[Item], forbidden: set[bytes]) -> Examples:
    """``count`` generated prompts, plus the train split of the benchmark, as it is and as frames for other targets.

    ``forbidden``: folded texts of the other splits, which are never drawn.
    """
    generator = Generator(seed, public.claims, public.ordinary, public.prose, public.subjects, benchmark)
    rng = random.Random(seed + 1)
    languages = rng.choices(list(LANGUAGE_SHARES), list(LANGUAGE_SHARES.values()), k=count)
    samples = [(prompt_of(sample, rng), sample, 1.0) for sample in generated(generator, languages, forbidden)]
    samples += [(Prompt((Segment(text),)), Sample(text, "none", "en"), 1.0) for text in public.ordinary]
    for item in benchmark:
        sample = Sample(item.text, item.label, item.language, item.start, item.end)
        samples += [(item.prompt, sample, 1.0)] * 2
    return build(samples)
