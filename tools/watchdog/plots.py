"""Draws the curves of ``docs/watchdog.md``."""

from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

from edge_repair.watchdog import Watchdog  # noqa: E402
from edge_repair.watchdog.watchdog import ASK, PROPOSE  # noqa: E402
from tools.watchdog.bench import by_length  # noqa: E402
from tools.watchdog.benchmark import Item  # noqa: E402
from tools.watchdog.evaluate import judge_all, ordinary_scores  # noqa: E402

BLUE, ORANGE, GREY = "#1f5fa8", "#d9822b", "#888888"


def draw(watchdog: Watchdog, items: list[Item], held_out: dict[str, list[str]], folder: Path) -> None:
    """Write ``watchdog-curves.png`` (precision-recall, recall by false positives, calibration) and the times."""
    judged = judge_all(watchdog, items)
    english = np.array([item.language == "en" for item in items])
    truth, scores = judged.truth, judged.scores
    figure, axes = pyplot.subplots(1, 3, figsize=(11, 3.4), dpi=80)
    for name, chosen, colour in (("English", english, BLUE), ("other languages", ~english, ORANGE)):
        if not chosen.any():
            continue
        order = np.argsort(-scores[chosen])
        hits = np.cumsum(truth[chosen][order])
        axes[0].plot(hits / hits[-1], hits / np.arange(1, len(hits) + 1), color=colour, label=name)
    for threshold, mark in ((ASK, "o"), (PROPOSE, "s")):
        fired = scores[english] >= threshold
        hits = (truth[english] & fired).sum()
        axes[0].plot(hits / truth[english].sum(), hits / max(1, fired.sum()), mark, color=BLUE)
    axes[0].set(xlabel="recall", ylabel="precision", ylim=(0.8, 1.005), title="detection (o ask, □ propose)")
    axes[0].legend(frameon=False)
    if held_out:
        public = [text for name in ("clinc150", "banking77") for text in held_out.get(name, [])]
        ordinary = np.sort(ordinary_scores(watchdog, public))[::-1]
        thresholds = np.unique(np.concatenate([ordinary, scores]))
        rates = [(ordinary >= value).mean() for value in thresholds]
        for name, chosen, colour in (("English", english, BLUE), ("other languages", ~english, ORANGE)):
            recalls = [(scores[chosen & truth] >= value).mean() for value in thresholds]
            axes[1].plot(np.maximum(rates, 1 / len(ordinary) / 2), recalls, color=colour, label=name)
        axes[1].axvline(0.001, color=GREY, linewidth=0.8, linestyle="--")
        axes[1].set(
            xscale="log",
            xlabel=f"false positives on {len(ordinary)} ordinary requests",
            ylabel="recall",
            title="recall by false positives",
        )
    which = np.minimum((scores * 10).astype(int), 9)
    points = [
        (scores[which == k].mean(), truth[which == k].mean(), (which == k).sum())
        for k in range(10)
        if (which == k).any()
    ]
    axes[2].plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
    axes[2].scatter(
        [p[0] for p in points], [p[1] for p in points], s=[8 + 2 * np.sqrt(p[2]) ** 1.2 for p in points], color=BLUE
    )
    axes[2].set(xlabel="probability of a request", ylabel="share of requests", title="calibration")
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(folder / "watchdog-curves.png")
    rows = by_length(watchdog)
    figure, axis = pyplot.subplots(figsize=(5, 3.2), dpi=80)
    axis.plot([row[0] for row in rows], [row[1] for row in rows], "o-", color=BLUE, label="median")
    axis.plot([row[0] for row in rows], [row[2] for row in rows], ".--", color=ORANGE, label="95th percentile")
    axis.set(xscale="log", yscale="log", xlabel="characters", ylabel="ms", title="time of one judgement")
    axis.legend(frameon=False)
    axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(folder / "watchdog-time.png")
