"""Compare other ways of forgetting with ours: the same repairs, questions and scoring.

    python tools/run_baselines.py --out WORK                             # the shipped patient, all methods; resumable
    python tools/run_baselines.py --out WORK --method preference --repairs 8
    python tools/run_baselines.py --model smollm2.gguf --questions world --out WORK

A model that is named stays the file it is: it is edited by a LoRA (``baselines/low_rank.py``), with few settings to search.

Needs the extras ``bench`` and ``train`` (torch, tokenizers). Each method's settings are searched on repairs of their own
(``--validation``), not on those that are reported. Writes ``items.jsonl`` and ``report.md`` into the folder.
"""

import contextlib
import json
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import click
import torch

from baselines import grounds, jobs, running

from edge_repair import shipped
from edge_repair.adapters import identify
from edge_repair.catalogue import resolve
from edge_repair.evaluate import report, scenario
from edge_repair.evaluate.answers import append_line, read_lines
from edge_repair.evaluate.metrics import mean
from edge_repair.evaluate.questions import load

COLUMNS = (
    ("leak, used", "used_leak"), ("leak, unseen", "unseen_leak"), ("refused, unseen", "unseen_refused"), ("same question kept", "same_question_kept"),
    ("unrelated kept", "unrelated_kept"), ("refused wrongly", "unrelated_refused"), ("KL", "kl"), ("s", "seconds"), ("processor s", "processor_seconds"), ("MB more", "peak_megabytes"),
)


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--model", help="a GGUF of the architecture llama, or its short name; default: the shipped patient, of which all weights are trained")
@click.option("--questions", "name", help="question set; default: patient, for a model that is named: world")
@click.option("--method", "methods", multiple=True, type=click.Choice(["ours", *grounds.SHIPPED]), help="default: all that there are for the model")
@click.option("--repairs", default=8, show_default=True)
@click.option("--validation", default=2, show_default=True, help="repairs that settings are searched on")
@click.option("--retain", default=60, show_default=True, help="unrelated questions asked after each repair")
@click.option("--seed", default=0, show_default=True)
def main(out: Path, model: str | None, name: str | None, methods: tuple[str, ...], repairs: int, validation: int, retain: int, seed: int) -> None:
    """Run the methods on whole subjects."""
    torch.set_num_threads(1)
    ground: grounds.Ground = grounds.Real(resolve(model)) if model else grounds.Shipped(shipped.path("patient/patient-F16.gguf"))
    name = name or ("world" if model else "patient")
    with contextlib.closing(ground):
        absent = [method for method in methods if method != "ours" and method not in ground.methods]
        if absent:
            raise click.UsageError(f"{absent[0]} is compared on the shipped patient only; leave out --model, or choose {', '.join(ground.methods)}")
        jobs.claim(out, {"fingerprint": identify(ground.model).fingerprint, "edited": type(ground).__name__, "questions": name, "validation": validation, "retain": retain, "seed": seed})
        bench, searched, measured = jobs.prepare(ground.model, load(name), out, (validation, repairs), retain, 12, seed)
        items = {item["key"]: item for item in read_lines(out / "items.jsonl")}
        for method in methods or ("ours", *ground.methods):
            _run(method, ground, bench, searched, [job for job in measured if f"{method}/{job.case.key}" not in items], items, out)
    table = _table(list(items.values()))
    (out / "report.md").write_text(table, encoding="utf-8")
    click.echo(table)


def _run(method: str, ground: grounds.Ground, bench: scenario.Bench, searched: list[jobs.Job], missing: list[jobs.Job], items: dict[str, dict], out: Path) -> None:
    """Search a method's settings, and measure it on the repairs that are missing; adds to ``items`` and to the folder."""
    if missing and method != "ours":
        setting, steps = running.search(method, ground, searched, bench, out, click.echo)
        click.echo(f"{method}: chosen {setting}, {steps} steps")
    for job in missing:
        click.echo(f"{method}: {job.case.key}")
        item = running.ours(ground.model, job, bench) if method == "ours" else list(running.outcomes(method, setting, (steps,), ground, job, bench))[-1]
        items[item["key"]] = item
        append_line(out / "items.jsonl", item)


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
