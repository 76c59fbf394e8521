"""Compare other ways of forgetting with ours on the shipped patient: the same repairs, questions and scoring.

    python tools/run_baselines.py --out WORK                             # all methods; resumable
    python tools/run_baselines.py --out WORK --method preference --repairs 8

Needs the extras ``bench`` and ``train`` (torch, tokenizers). Each method's settings are searched on repairs of their own
(``--validation``), not on those that are reported. Writes ``items.jsonl`` and ``report.md`` into the folder.
"""

import json
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import click
import torch

from baselines import grounds, jobs, running

from edge_repair import shipped
from edge_repair.evaluate import report
from edge_repair.evaluate.answers import append_line, read_lines
from edge_repair.evaluate.metrics import mean
from edge_repair.evaluate.questions import load

COLUMNS = (
    ("leak, used", "used_leak"), ("leak, unseen", "unseen_leak"), ("refused, unseen", "unseen_refused"), ("same question kept", "same_question_kept"),
    ("unrelated kept", "unrelated_kept"), ("refused wrongly", "unrelated_refused"), ("KL", "kl"), ("s", "seconds"), ("processor s", "processor_seconds"), ("MB more", "peak_megabytes"),
)


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--method", "methods", multiple=True, type=click.Choice(["ours", *grounds.SHIPPED]), help="default: all")
@click.option("--repairs", default=8, show_default=True)
@click.option("--validation", default=2, show_default=True, help="repairs that settings are searched on")
@click.option("--retain", default=60, show_default=True, help="unrelated questions asked after each repair")
@click.option("--seed", default=0, show_default=True)
def main(out: Path, methods: tuple[str, ...], repairs: int, validation: int, retain: int, seed: int) -> None:
    """Run the methods on whole people of the shipped patient."""
    torch.set_num_threads(1)
    ground = grounds.Shipped(shipped.path("patient/patient-F16.gguf"))
    bench, searched, measured = jobs.prepare(ground.model, load("patient"), out, (validation, repairs), retain, 12, seed)
    items = {item["key"]: item for item in read_lines(out / "items.jsonl")}
    for method in methods or ("ours", *grounds.SHIPPED):
        missing = [job for job in measured if f"{method}/{job.case.key}" not in items]
        if missing and method != "ours":
            setting, steps = running.search(method, ground, searched, bench, out, click.echo)
            click.echo(f"{method}: chosen {setting}, {steps} steps")
        for job in missing:
            click.echo(f"{method}: {job.case.key}")
            item = running.ours(ground.model, job, bench) if method == "ours" else list(running.outcomes(method, setting, (steps,), ground, job, bench))[-1]
            items[item["key"]] = item
            append_line(out / "items.jsonl", item)
    table = _table(list(items.values()))
    (out / "report.md").write_text(table, encoding="utf-8")
    click.echo(table)


def _table(items: list[dict]) -> str:
    """One line a method, shares pooled over questions as ``edge-repair eval`` does."""
    lines = ["| method | repairs | " + " | ".join(title for title, _ in COLUMNS) + " | setting |", "|" + "---|" * (len(COLUMNS) + 3)]
    for row in report.summary({}, items)["rows"]:
        mine = [item for item in items if item["row"] == row["row"]]
        row["peak_megabytes"] = mean(item.get("peak_megabytes") for item in mine)
        cells = [f"{row[key]:.4f}" if key == "kl" else f"{row[key]:.3g}" if row.get(key) is not None else "-" for _, key in COLUMNS]
        setting = json.dumps({**mine[0].get("setting", {}), "steps": mine[0].get("steps")}) if "setting" in mine[0] else ""
        lines.append(f"| {row['row']} | {len(mine)} | " + " | ".join(cells) + f" | {setting} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
