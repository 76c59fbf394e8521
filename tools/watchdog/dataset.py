"""Training texts as the model sees them: generated prompts, the benchmark's train split and public ordinary requests."""

import csv
import json
import random
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from edge_repair.watchdog.features import Features, encode
from edge_repair.watchdog.regions import View, build_views
from edge_repair.watchdog.verdict import KINDS, Prompt, Segment
from tools.watchdog.generator import Generator, Sample

LANGUAGE_SHARES = {"en": 0.5, "zh": 0.1, "es": 0.1, "de": 0.1, "fr": 0.1, "hi": 0.1}


@dataclass
class PublicData:
    """Public texts, from a folder that is not part of this project. Empty lists where a file is missing."""

    ordinary: list[str] = field(default_factory=list)  # for training
    held_out: dict[str, list[str]] = field(default_factory=dict)  # for the false positive rate only
    claims: list[str] = field(default_factory=list)  # false claims, as targets in training


def read_public(folder: Path | None) -> PublicData:
    """Read CLINC150, banking77, TruthfulQA, TOFU and XSTest where they are; each part is used on one side only.

    Training: CLINC150 train, every even row of banking77, TruthfulQA questions and wrong answers, TOFU questions.
    Held out: CLINC150 validation, every odd row of banking77, XSTest.
    """
    data = PublicData()
    if folder is None:
        return data
    clinc = folder / "watchdog" / "clinc150_train_val.json"
    if clinc.exists():
        parts = json.loads(clinc.read_text(encoding="utf-8"))
        data.ordinary += [text for part in ("train", "oos_train") for text, _ in parts[part]]
        data.held_out["clinc150"] = [text for part in ("val", "oos_val") for text, _ in parts[part]]
    banking = folder / "watchdog" / "banking77_test.csv"
    if banking.exists():
        with banking.open(encoding="utf-8", newline="") as file:
            rows = [row["text"] for row in csv.DictReader(file)]
        data.ordinary += rows[::2]
        data.held_out["banking77"] = rows[1::2]
    truthful = folder / "facts" / "TruthfulQA.csv"
    if truthful.exists():
        with truthful.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                data.ordinary.append(row["Question"])
                for answer in row["Incorrect Answers"].split(";"):
                    data.claims += _claim(answer)
    tofu = folder / "tofu" / "full.jsonl"
    if tofu.exists():
        lines = tofu.read_text(encoding="utf-8").splitlines()
        data.ordinary += [json.loads(line)["question"] for line in lines[::4]]
    xstest = folder / "safety" / "xstest" / "xstest_prompts.csv"
    if xstest.exists():
        with xstest.open(encoding="utf-8", newline="") as file:
            data.held_out["xstest"] = [row["prompt"] for row in csv.DictReader(file)]
    return data


def _claim(answer: str) -> list[str]:
    """A wrong answer as a clause, if it can be one."""
    answer = answer.strip().rstrip(".")
    words = answer.split()
    if not 4 <= len(words) <= 14 or answer.lower().startswith(("yes", "no,", "i ", "it ", "nothing", "there is no")):
        return []
    if not re.search(r"\b(is|are|was|were|can|will|do|does|have|has|cause|causes|make|makes|should|must)\b", answer):
        return []
    first = words[0]
    return [answer if first.isupper() or first[1:] != first[1:].lower() else _lower(answer)]


def _lower(text: str) -> str:
    common = ("The", "A", "An", "If", "You", "People", "All", "Most", "In", "When", "Your", "We", "There", "Some")
    return text[0].lower() + text[1:] if text.split()[0] in common or text.split()[0].endswith("s") else text


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
    for prompt, sample, weight in samples:
        views = build_views(prompt)
        label = KINDS.index(sample.label)
        topic = encode(views.topic.text)
        features.append(topic)
        labels.append(label)
        spans.append(token_span(topic, views.topic, sample.start, sample.end))
        weights.append(weight)
        if views.intent.text != views.topic.text:
            features.append(encode(views.intent.text))
            labels.append(label)
            spans.append((-1, -1))
            weights.append(weight)
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


def training_examples(count: int, seed: int, public: PublicData, benchmark: list) -> Examples:
    """``count`` generated prompts, plus the train split of the benchmark (``benchmark``: (Prompt, Sample) pairs)."""
    generator = Generator(seed, public.claims, public.ordinary)
    rng = random.Random(seed + 1)
    languages = rng.choices(list(LANGUAGE_SHARES), list(LANGUAGE_SHARES.values()), k=count)
    samples = []
    for language in languages:
        sample = generator.sample(language)
        samples.append((prompt_of(sample, rng), sample, 1.0))
    samples += [(Prompt((Segment(text),)), Sample(text, "none", "en"), 1.0) for text in public.ordinary]
    for prompt, sample in benchmark:
        samples += [(prompt, sample, 1.0)] * 3
    return build(samples)
