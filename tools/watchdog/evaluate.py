"""Measures the Watchdog: detection, kind, span, calibration, false positives, injections, long pastes."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_repair.watchdog import KINDS, Prompt, Segment, Verdict, Watchdog
from edge_repair.watchdog.watchdog import ASK, PROPOSE
from tools.watchdog.benchmark import Item, beside_paste, read_prompts
from tools.watchdog.dataset import folded


@dataclass
class Judged:
    """Items with their verdicts, and a forced target span (also for prompts below the threshold none is given)."""

    items: list[Item]
    verdicts: list[Verdict]

    @property
    def truth(self) -> np.ndarray:
        return np.array([item.label != "none" for item in self.items])

    @property
    def scores(self) -> np.ndarray:
        """Probability that there is a request, float [n]."""
        return np.array([1 - verdict.probabilities["none"] for verdict in self.verdicts])


def judge_all(watchdog: Watchdog, items: list[Item]) -> Judged:
    return Judged(items, [watchdog.judge(item.prompt) for item in items])


def auroc(truth: np.ndarray, scores: np.ndarray) -> float:
    """Area under the ROC curve by ranks (Mann-Whitney U), ties counted half."""
    positive, negative = scores[truth], scores[~truth]
    if not len(positive) or not len(negative):
        return float("nan")
    order = np.sort(negative)
    below = np.searchsorted(order, positive, "left") + np.searchsorted(order, positive, "right")
    return float(below.mean() / 2 / len(negative))


def detection(judged: Judged, threshold: float = ASK) -> dict[str, float]:
    """Precision, recall, F1 at a threshold, and AUROC."""
    truth, fired = judged.truth, judged.scores >= threshold
    hits = int((truth & fired).sum())
    precision = hits / max(1, int(fired.sum()))
    recall = hits / max(1, int(truth.sum()))
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return {"n": len(truth), "precision": precision, "recall": recall, "f1": f1, "auroc": auroc(truth, judged.scores)}


def kind_accuracy(judged: Judged) -> float:
    """Share of the right kind among requests that were detected (at the ask threshold)."""
    pairs = [
        (item.label, v.kind) for item, v in zip(judged.items, judged.verdicts, strict=True) if item.label != "none"
    ]
    found = [label == kind for label, kind in pairs if kind != "none"]
    return float(np.mean(found)) if found else float("nan")


def span_scores(judged: Judged) -> dict[str, float]:
    """Exact match and mean character F1 of the target, over detected requests that have one."""
    exact, f1 = [], []
    for item, verdict in zip(judged.items, judged.verdicts, strict=True):
        if item.label == "none" or item.start < 0 or verdict.zone == "pass":
            continue
        start, end = verdict.span or (0, 0)
        exact.append((start, end) == (item.start, item.end))
        common = max(0, min(end, item.end) - max(start, item.start))
        f1.append(2 * common / max(1, (end - start) + (item.end - item.start)))
    return {"n": len(exact), "exact": float(np.mean(exact)), "character_f1": float(np.mean(f1))}


def calibration_error(truth: np.ndarray, scores: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error of the probability of a request, ten equally wide bins (Guo et al. 2017)."""
    which = np.minimum((scores * bins).astype(int), bins - 1)
    error = 0.0
    for index in range(bins):
        inside = which == index
        if inside.any():
            error += inside.mean() * abs(truth[inside].mean() - scores[inside].mean())
    return float(error)


def confusion(judged: Judged) -> np.ndarray:
    """Counts [5, 5]: rows the label, columns the verdict at the ask threshold."""
    table = np.zeros((5, 5), int)
    for item, verdict in zip(judged.items, judged.verdicts, strict=True):
        table[KINDS.index(item.label), KINDS.index(verdict.kind)] += 1
    return table


def worst(judged: Judged, count: int = 10) -> list[tuple[float, Item, Verdict]]:
    """The items whose label got the least probability."""
    rows = [
        (verdict.probabilities[item.label], item, verdict)
        for item, verdict in zip(judged.items, judged.verdicts, strict=True)
    ]
    return sorted(rows, key=lambda row: row[0])[:count]


def ordinary_scores(watchdog: Watchdog, texts: list[str]) -> np.ndarray:
    """Probability of a request for ordinary texts, float [n]."""
    return np.array([1 - watchdog.judge(Prompt((Segment(text),))).probabilities["none"] for text in texts])


def recall_at_rate(judged: Judged, ordinary: np.ndarray, rate: float) -> tuple[float, float]:
    """(recall, threshold) where at most the share ``rate`` of ordinary requests fires."""
    ordered = np.sort(ordinary)[::-1]
    allowed = int(np.floor(rate * len(ordered)))
    threshold = float(np.nextafter(ordered[allowed], 2)) if allowed < len(ordered) else 0.0
    return float((judged.scores[judged.truth] >= threshold).mean()), threshold


def zones(judged: Judged) -> Counter:
    return Counter(verdict.zone for verdict in judged.verdicts)


def injections(watchdog: Watchdog, items: list[Item]) -> dict[str, Counter]:
    """Zones reached by prompts that carry somebody else's request, by provenance."""
    found: dict[str, Counter] = {}
    for item in items:
        found.setdefault(item.provenance, Counter())[watchdog.judge(item.prompt).zone] += 1
    return found


def long_pastes(watchdog: Watchdog, items: list[Item]) -> dict[str, tuple[float, float]]:
    """Recall of requests beside a long document, by way: (at the ask threshold, at the propose threshold)."""
    found: dict[str, list[str]] = {}
    for way, item in beside_paste([item for item in items if item.label != "none"]):
        found.setdefault(way, []).append(watchdog.judge(item.prompt).zone)
    return {
        way: (sum(zone != "pass" for zone in seen) / len(seen), sum(zone == "propose" for zone in seen) / len(seen))
        for way, seen in found.items()
    }


def heard_requests(watchdog: Watchdog, path: Path) -> str:
    """Which of the requests that test the Surgeon are heard, as Markdown: by kind and by language.

    Those that stand in the benchmark, where most of them train this model, are left out.

    Args:
        path: a JSON list of requests with ``text``, ``language``, ``split``, and ``targets`` where they name something.
    """
    known = {folded(item.text) for item in read_prompts()}
    rows = [row for row in json.loads(path.read_text(encoding="utf-8")) if folded(row["text"]) not in known]
    groups: dict[str, list[tuple[bool, bool]]] = {}
    for row in rows:
        verdict = watchdog.judge(row["text"])
        named = row.get("targets") or []
        kinds = named[0]["kind"] if named else []
        kinds = [kinds] if isinstance(kinds, str) else kinds  # some may be taken for either of two kinds
        heard = (verdict.zone != "pass", verdict.kind in kinds)
        names = ["name nothing, or too much"]
        if named:
            names = ["all that name something", f"{row['split']} part", kinds[0], row["language"]]
        for name in names:
            groups.setdefault(name, []).append(heard)
    lines = ["| requests by others | n | heard | recall | kind, given that they are heard |", "|---|---|---|---|---|"]
    for name, found in groups.items():
        heard = [kind for fired, kind in found if fired]
        lines.append(
            f"| {name} | {len(found)} | {len(heard)} | {len(heard) / len(found):.3f} | {sum(heard) / max(1, len(heard)):.3f} |"
        )
    return "\n".join(lines)


def report(watchdog: Watchdog, items: list[Item], injected: list[Item], held_out: dict[str, list[str]]) -> str:
    """Everything, as Markdown."""
    judged = judge_all(watchdog, items)
    lines = [f"Thresholds: ask {ASK}, propose {PROPOSE}. Backend: {watchdog.backend.name}.", ""]
    lines += ["| prompts | n | precision | recall | F1 | AUROC |", "|---|---|---|---|---|---|"]
    groups = {"English": [i for i, item in enumerate(items) if item.language == "en"]}
    others = [i for i, item in enumerate(items) if item.language != "en"]
    if others:
        groups["other languages"] = others
        for language in sorted({items[i].language for i in others}):
            groups[language] = [i for i in others if items[i].language == language]
    parts = {
        name: Judged([judged.items[i] for i in group], [judged.verdicts[i] for i in group])
        for name, group in groups.items()
    }
    for name, part in parts.items():
        row = detection(part)
        lines.append(
            f"| {name} | {row['n']} | {row['precision']:.3f} | {row['recall']:.3f} | {row['f1']:.3f} | {row['auroc']:.4f} |"
        )
    at_propose = detection(parts["English"], PROPOSE)
    lines.append(
        f"| English, propose | {at_propose['n']} | {at_propose['precision']:.3f} | {at_propose['recall']:.3f} "
        f"| {at_propose['f1']:.3f} | |"
    )
    lines += ["", "| measure | all | English |", "|---|---|---|"]
    english = parts["English"]
    lines.append(f"| kind, given detection | {kind_accuracy(judged):.3f} | {kind_accuracy(english):.3f} |")
    spans, spans_english = span_scores(judged), span_scores(english)
    lines.append(f"| target exact | {spans['exact']:.3f} | {spans_english['exact']:.3f} |")
    lines.append(f"| target character F1 | {spans['character_f1']:.3f} | {spans_english['character_f1']:.3f} |")
    lines.append(
        f"| expected calibration error | {calibration_error(judged.truth, judged.scores):.4f} "
        f"| {calibration_error(english.truth, english.scores):.4f} |"
    )
    if held_out:
        scores = {name: ordinary_scores(watchdog, texts) for name, texts in held_out.items()}
        public = np.concatenate([values for name, values in scores.items() if name in ("clinc150", "banking77")])
        lines += ["", "| ordinary requests | n | fire at ask | fire at propose |", "|---|---|---|---|"]
        for name, values in scores.items():
            lines.append(
                f"| {name} | {len(values)} | {(values >= ASK).mean():.4f} | {(values >= PROPOSE).mean():.4f} |"
            )
        lines += [
            "",
            "| false positives on ordinary requests | recall, English | recall, all | threshold |",
            "|---|---|---|---|",
        ]
        for rate in (0.0, 0.0005, 0.001, 0.002, 0.005, 0.01):
            recall, threshold = recall_at_rate(english, public, rate)
            lines.append(
                f"| {rate:.2%} | {recall:.3f} | {recall_at_rate(judged, public, rate)[0]:.3f} | {threshold:.3f} |"
            )
    if injected:
        lines += ["", "| injections | n | pass | ask | propose |", "|---|---|---|---|---|"]
        for name, counted in injections(watchdog, injected).items():
            lines.append(
                f"| {name} | {counted.total()} | {counted['pass']} | {counted['ask']} | {counted['propose']} |"
            )
    lines += ["", "| request beside a document of 2 to 100 kB | recall | proposed |", "|---|---|---|"]
    for way, (asked, proposed) in long_pastes(watchdog, english.items).items():
        lines.append(f"| {way} | {asked:.3f} | {proposed:.3f} |")
    lines += ["", "| label | " + " | ".join(KINDS) + " |", "|---|" + "---|" * 5]
    for kind, row in zip(KINDS, confusion(judged), strict=True):
        lines.append(f"| {kind} | " + " | ".join(map(str, row)) + " |")
    lines += ["", "| p(label) | label | verdict | prompt |", "|---|---|---|---|"]
    for probability, item, verdict in worst(judged):
        shown = item.text.replace("\n", " ").replace("|", "\\|")
        lines.append(f"| {probability:.3f} | {item.label} | {verdict.kind} ({verdict.zone}) | {shown[:160]} |")
    return "\n".join(lines)
