#!/usr/bin/env python3
"""How long a repair lasts: on other quantisations of the base, merged into the file, and under further training.

    python tools/measure_durability.py --out WORK                      # the shipped patient; resumable
    python tools/measure_durability.py --out WORK --method preference  # the same training after a baseline's forgetting

Each repair is made on the F16 file and then asked about, as ``edge-repair eval`` asks, (1) there; (2) with its adapter on
Q8_0 and Q4_K_M made of the same weights (bound to them by this program: a session refuses an adapter of another file);
(3) in the file that ``bake`` writes, as F16 and quantised again; (4) after steps of training the baked file on people of
another invented world in the same forms, which never mention the subject: does what was forgotten come back?

Needs the extras ``bench`` and ``train`` (torch, tokenizers). Writes ``items.jsonl`` and ``report.md`` into the folder.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import click
import numpy as np
import torch

from baselines import grounds, jobs, running
from baselines.twin import mean_loss
from baselines.whole import Whole
from patient_model import gguf_file
from patient_model.network import Network
from patient_model.runtime import quantize
from patient_world import World
from tokenizers import Tokenizer

from edge_repair import Session, adapters, shipped
from edge_repair.evaluate import report, scenario
from edge_repair.evaluate.answers import append_line, read_lines
from edge_repair.evaluate.questions import load
from edge_repair.patient import Patient
from edge_repair.stamp.delta import Delta

KINDS = ("Q8_0", "Q4_K_M")
STEPS = (0, 1, 3, 10, 30, 100)
BATCH, RATE = 16, 1e-4
SEARCHED = 2  # repairs that tools/run_baselines.py searches settings on, which are not measured
COLUMNS = (("leak, used", "used_leak"), ("leak, unseen", "unseen_leak"), ("refused, unseen", "unseen_refused"), ("same question kept", "same_question_kept"),
           ("unrelated kept", "unrelated_kept"), ("refused wrongly", "unrelated_refused"))


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--repairs", default=4, show_default=True)
@click.option("--row", default="subject", show_default=True, type=click.Choice(["subject", "fact"]))
@click.option("--method", "methods", multiple=True, type=click.Choice(["ours", "preference", "difference", "editor"]), help="default: ours")
@click.option("--searched", type=click.Path(path_type=Path, exists=True), help="folder of tools/run_baselines.py, whose chosen settings the other methods use")
@click.option("--retain", default=60, show_default=True, help="unrelated questions asked each time")
@click.option("--seed", default=0, show_default=True)
def main(out: Path, repairs: int, row: str, methods: tuple[str, ...], searched: Path | None, retain: int, seed: int) -> None:
    """Measure how long repairs of the shipped patient last."""
    torch.set_num_threads(1)
    model = shipped.path("patient/patient-F16.gguf")
    out.mkdir(parents=True, exist_ok=True)
    jobs.claim(out, {"fingerprint": adapters.identify(model).fingerprint, "row": row, "retain": retain, "seed": seed})
    bench, _, chosen = jobs.prepare(model, load("patient"), out, (SEARCHED, repairs), retain, 12, seed, row)
    items = {item["key"]: item for item in read_lines(out / "items.jsonl")}
    for kind in KINDS:
        if not (out / f"{kind}.gguf").exists():
            quantize(model, out / f"{kind}.gguf", kind)
    for job in chosen:
        for method in methods or ("ours",):
            wanted = f"{method}: after {STEPS[-1]} steps/{job.case.key}"
            if wanted in items:
                continue
            click.echo(f"{method}: {job.case.key}")
            with tempfile.TemporaryDirectory() as folder:
                made = lasting(model, job, bench, out, Path(folder)) if method == "ours" else relearned(*trained(method, model, job, searched), job, bench, Path(folder))
                for stage, item in made:
                    item |= {"key": f"{method}: {stage}/{job.case.key}", "row": f"{method}: {stage}"}
                    items[item["key"]] = item
                    append_line(out / "items.jsonl", item)
    table = _table(list(items.values()))
    (out / "report.md").write_text(table, encoding="utf-8")
    click.echo(table)


def lasting(model: Path, job: jobs.Job, bench: scenario.Bench, quantised: Path, folder: Path) -> Iterator[tuple[str, dict]]:
    """One repair of ours; yields (stage, item). One that was rolled back has nothing that could last."""
    baked = folder / "baked.gguf"
    with Session.open(model, store=folder / "store", threads=1) as session:
        repair = session.carry_out(job.procedure)
        yield "as made", {"status": repair.status, **scenario.measure(session, job.case, bench, job.groups)}
        if repair.status != "committed":
            return
        session.bake(baked)
        delta = Delta(adapters.decode(repair.adapter.path.read_bytes(), session.base))
    for kind in KINDS:
        path = quantised / f"{kind}.gguf"
        file = adapters.write(adapters.encode(delta, adapters.identify(path), [repair.id]), folder / f"{kind}-adapter.gguf")
        yield f"adapter on {kind}", asked(path, job, bench, file.path)
    yield "merged, F16", asked(baked, job, bench)
    for kind in KINDS:
        quantize(baked, folder / f"baked-{kind}.gguf", kind)
        yield f"merged, {kind}", asked(folder / f"baked-{kind}.gguf", job, bench)
    yield from relearned(*gguf_file.read(baked), job, bench, folder)


def trained(method: str, model: Path, job: jobs.Job, searched: Path | None) -> tuple[Network, Tokenizer]:
    """The patient after another method's forgetting, with the setting that ``tools/run_baselines.py`` chose."""
    if searched is None or not (searched / f"search-{method}.jsonl").exists():
        raise click.UsageError(f"--method {method} needs --searched, a folder in which tools/run_baselines.py --method {method} was run")
    setting, steps = running.chosen(method, grounds.SHIPPED, searched)
    twin = list(setting.edit(Whole.read(model), job, (steps,)))[-1][1]
    return twin.network, twin.tokenizer


def asked(path: Path, job: jobs.Job, bench: scenario.Bench, adapter: Path | None = None) -> dict:
    """The questions of a repair asked of a file, with an adapter or none."""
    with Patient.open(path, threads=1, lora=adapter) as patient:
        return scenario.measure(running.Opened(patient), job.case, bench, job.groups, repaired=False)


def relearned(network: Network, tokenizer: Tokenizer, job: jobs.Job, bench: scenario.Bench, folder: Path) -> Iterator[tuple[str, dict]]:
    """Train on strangers, all weights, and ask after some steps; yields (stage, item)."""
    twin = Whole(network, tokenizer).untouched()
    network = twin.network
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.0)
    feed = jobs.batches(strangers(job), BATCH, "strangers")
    path = folder / "relearned.gguf"
    for step in range(max(STEPS) + 1):
        if step in STEPS:
            gguf_file.write(path, network, tokenizer, np.float32)
            yield f"after {step} steps", asked(path, job, bench)
        loss = mean_loss(twin, twin.batch(next(feed)))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


def strangers(job: jobs.Job, seed: int = 11) -> jobs.Pairs:
    """Facts about the people of another world, in the trained phrasings; nobody with the subject's name."""
    people = [person for person in World(seed).of_kind("personal") if person.name != job.case.subject.name]
    return tuple((question, fact.answer) for person in people for fact in person.facts for question in fact.trained_phrasings)


def _table(items: list[dict]) -> str:
    """One line a stage, shares pooled over questions."""
    lines = ["| state | repairs | " + " | ".join(title for title, _ in COLUMNS) + " |", "|" + "---|" * (len(COLUMNS) + 2)]
    for row in report.summary({}, items)["rows"]:
        cells = [f"{row[key]:.3f}" if row.get(key) is not None else "-" for _, key in COLUMNS]
        lines.append(f"| {row['row']} | {row['repairs']} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
