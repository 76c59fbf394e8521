"""Items to a summary, and a summary to JSON, a Markdown table and, with the ``plot`` extra, PNG files."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge_repair.errors import UsageError
from edge_repair.evaluate.metrics import interval, mean

POOLED = {  # figure: the count that it is a share of
    **{f"{group}_{what}": f"{group}_count" for group in ("used", "unseen", "trained") for what in ("leak", "refused", "exact", "corrected")},
    **{f"{group}_{what}": f"{group}_count" for group in ("same_subject", "same_question", "safe", "unrelated", "related") for what in ("kept", "refused", "untouched")},
    "unrelated_same_text": "unrelated_count",
    "beside_leak": "beside_count",
}
AVERAGED = ("used_rouge", "unseen_rouge", "same_subject_rouge", "same_question_rouge", "unrelated_rouge", "untouched_exact", "kl", "seconds_each", "seconds_last")
COLUMNS = (
    ("row", "row"), ("repairs", "repairs"), ("committed", "committed"), ("leak, used", "used_leak"), ("leak, unseen", "unseen_leak"),
    ("refused, unseen", "unseen_refused"), ("corrected, unseen", "unseen_corrected"), ("leak, beside", "beside_leak"), ("same subject kept", "same_subject_kept"),
    ("same question kept", "same_question_kept"), ("safe answered", "safe_kept"), ("unrelated kept", "unrelated_kept"),
    ("refused wrongly", "unrelated_refused"), ("unrelated untouched", "unrelated_untouched"), ("untouched exact", "untouched_exact"), ("related kept", "related_kept"), ("KL", "kl"), ("s", "seconds"), ("processor s", "processor_seconds"), ("undo exact", "undo_exact"),
)


def summary(about: dict[str, Any], items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return ``{"about": ..., "rows": [...]}``: one row a sort of item, a sequence's checkpoints one each.

    Shares are pooled: every question weighs the same, and ``intervals`` holds Wilson's 95 % intervals. ROUGE-L, KL and
    times are means over items. Repairs that were rolled back or declined are in all figures; ``committed`` says how
    many were not.
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    for item in {item["key"]: item for item in items}.values():
        groups.setdefault(item["key"] if item["row"] == "sequence" else item["row"], []).append(item)
        if "otherwise" in item:  # the same repairs, carried the other way
            groups[f"{item['key']}, {'together' if item.get('routed') else 'routed'}"] = [{**{name: value for name, value in item.items() if name != "undo_exact"}, "figures": item["otherwise"]}]
    return {"about": about, "rows": [_row(name, group) for name, group in groups.items()]}


def _row(name: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    figures = [item["figures"] for item in items]
    row: dict[str, Any] = {"row": name, "repairs": items[0].get("repairs", len(items)), "intervals": {}}
    row["committed"] = sum(item.get("committed", item.get("status") == "committed") for item in items) if any("status" in i or "committed" in i for i in items) else None
    for figure, counted in POOLED.items():
        pairs = [(one[figure], one.get(counted, 0)) for one in figures if one.get(figure) is not None]
        total = sum(count for _, count in pairs)
        if total:
            row[figure] = sum(value * count for value, count in pairs) / total
            row["intervals"][figure] = interval(round(row[figure] * total), total)
            row[counted] = total
    for figure in AVERAGED:
        value = mean(one.get(figure) for one in figures)
        if value is not None:
            row[figure] = value
    row["seconds"] = mean(item.get("seconds", item["figures"].get("seconds_each")) for item in items)
    row["processor_seconds"] = mean(item.get("processor_seconds") for item in items)
    exact = [item["undo_exact"] for item in items if "undo_exact" in item]
    if exact:
        row["undo_exact"] = f"{sum(exact)}/{len(exact)}"
    attacks: dict[str, Any] = {}
    for name_ in sorted({key for item in items for key in item.get("attacks", {})}):
        pairs = [(one["leak"], one["count"]) for item in items if (one := item.get("attacks", {}).get(name_)) and one["count"]]
        total = sum(count for _, count in pairs)
        attacks[name_] = {"count": total, "leak": sum(leak * count for leak, count in pairs) / total if total else None}
    if attacks:
        row["attacks"] = attacks
    return row


def markdown(report: dict[str, Any]) -> str:
    """The summary as Markdown tables: one line a row, then the attacks."""
    about = report["about"]
    columns = [(title, key) for title, key in COLUMNS if any(row.get(key) is not None for row in report["rows"])]
    lines = [f"{about['model']} ({about['file']}), question set {about['questions']}, seed {about['settings']['seed']}", "",
             "| " + " | ".join(title for title, _ in columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(_cell(row.get(key)) for _, key in columns) + " |" for row in report["rows"]]
    attacked = [row for row in report["rows"] if row.get("attacks")]
    if attacked:
        names = sorted({name for row in attacked for name in row["attacks"]})
        lines += ["", "Leak under attack, as a share of what the base gives away under the same attack (in brackets: how many):", "",
                  "| row | " + " | ".join(names) + " |", "|" + "---|" * (len(names) + 1)]
        for row in attacked:
            cells = [f"{_cell(one['leak'])} ({one['count']})" for name in names for one in [row["attacks"].get(name, {"leak": None, "count": 0})]]
            lines.append(f"| {row['row']} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4f}" if 0 < abs(value) < 0.005 else f"{value:.2f}"
    return str(value)


def write(report: dict[str, Any], out: Path) -> None:
    """Write ``report.json`` and ``report.md``, each whole or not at all."""
    for name, text in (("report.json", json.dumps(report, indent=1, ensure_ascii=False) + "\n"), ("report.md", markdown(report))):
        temporary = out / f"{name}.temporary"
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, out / name)


def check_can_plot() -> Any:
    """``matplotlib.pyplot``, drawing to files. Raises UsageError where it is not installed."""
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError:
        raise UsageError("plots need matplotlib; install edge_repair[plot], or leave --plot out") from None
    return pyplot


def plot(report: dict[str, Any], out: Path) -> list[Path]:
    """Draw ``rows.png`` (what is gone and what stayed, a row each) and, for a sequence, ``sequence.png``.

    Raises:
        UsageError: matplotlib is not installed.
    """
    pyplot = check_can_plot()
    made = []
    shown = (("unseen_leak", "leak, unseen"), ("same_subject_kept", "same subject kept"), ("same_question_kept", "same question kept"), ("unrelated_kept", "unrelated kept"))
    colours = ("tab:red", "tab:orange", "tab:green", "tab:blue")  # of a figure, whichever others a row has
    rows = [row for row in report["rows"] if not row["row"].startswith("sequence/")]
    if rows:
        figure, axes = pyplot.subplots(figsize=(1.5 + 1.6 * len(rows), 4))
        for number, (key, label) in enumerate(shown):
            having = [(place + (number - 1.5) * 0.2, row) for place, row in enumerate(rows) if row.get(key) is not None]
            if having:
                places, values = [place for place, _ in having], [row[key] for _, row in having]
                ends = [row.get("intervals", {}).get(key) or (row[key], row[key]) for _, row in having]  # Wilson's, 95 %
                reach = [[max(0.0, value - low) for value, (low, _) in zip(values, ends)], [max(0.0, high - value) for value, (_, high) in zip(values, ends)]]
                axes.bar(places, values, 0.19, label=label, color=colours[number], yerr=reach, error_kw={"elinewidth": 0.8, "capsize": 2})
        axes.set_xticks(range(len(rows)), [row["row"] for row in rows])
        axes.set_xlim(-0.6, len(rows) - 0.4)
        axes.set_ylim(0, 1.02)
        axes.set_ylabel("share of questions")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.16), ncols=4, fontsize="small", frameon=False)
        made.append(_save(figure, out / "rows.png"))
    points = sorted((row for row in report["rows"] if row["row"].startswith("sequence/")), key=lambda row: row["repairs"])
    if points:
        figure, axes = pyplot.subplots(figsize=(6, 4))
        for number, (key, label) in enumerate((("unseen_leak", "leak, unseen"), ("unseen_refused", "refused, unseen"), ("unrelated_kept", "unrelated kept"), ("related_kept", "related kept"))):
            for way in sorted({row["row"].partition(", ")[2] for row in points}):  # "" is the way of the session
                pairs = [(row["repairs"], row[key]) for row in points if row.get(key) is not None and row["row"].partition(", ")[2] == way]
                if pairs:
                    axes.plot(*zip(*pairs), marker="o", color=f"C{number}", linestyle="--" if way else "-", label=f"{label} ({way})" if way else label)
        axes.set_xlabel("repairs, one after another")
        axes.set_ylabel("share of questions")
        axes.set_ylim(-0.02, 1.02)
        axes.legend(frameon=False)
        made.append(_save(figure, out / "sequence.png"))
    return made


def _save(figure: Any, path: Path) -> Path:
    figure.savefig(path, dpi=150, bbox_inches="tight")
    return path
