"""What every method is given, ours included: the same repairs, the same questions to forget, the same scoring."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import click

from edge_repair import Session
from edge_repair.evaluate import cases, scenario
from edge_repair.evaluate.answers import WAY, BaseAnswers, alone, append_line, read_lines
from edge_repair.evaluate.questions import QuestionSet
from edge_repair.surgeon import Procedure

Pairs = tuple[tuple[str, str], ...]  # questions and answers
RETAINED = 200  # questions with answers that the methods may train on


@dataclass(frozen=True)
class Job:
    """One repair.

    Attributes:
        case, groups: what is asked afterwards, by ``edge_repair.evaluate``.
        procedure: the plan of our own Surgeon.
        forget: its questions, probes and paraphrases, with what the untouched model says to them.
        retain: neighbours of the plan, and other questions with answers; none of them is asked afterwards.
    """

    case: cases.Case
    groups: dict[str, list[cases.Asked]]
    procedure: Procedure
    forget: Pairs
    retain: Pairs


def prepare(
    model: Path, questions: QuestionSet, folder: Path, counts: tuple[int, int], retain: int, nearby: int, seed: int, row: str = "subject"
) -> tuple[scenario.Bench, list[Job], list[Job]]:
    """Choose repairs; returns the bench, and the jobs for validation and for the figures, of different subjects.

    Args:
        folder: what the untouched model said, and our plans, are kept there.
        counts: how many of either sort.
        retain, nearby: how many unrelated questions, and questions of the same sort about others, are asked afterwards.
        row: sort of repair, "subject" (everything about one) or "fact".
    """
    from importlib import resources

    passages = resources.files("edge_repair.evaluate").joinpath("passages.txt").read_text(encoding="utf-8").split("\n\n")
    folder.mkdir(parents=True, exist_ok=True)
    with Session.open(model, store=folder / "planning", threads=1) as session:
        base = BaseAnswers(partial(alone, session), folder / "base.jsonl")
        pool = cases.retain_pool([questions], base, retain, seed)
        bench = scenario.prepare(session, questions, base, pool, passages, seed, False)
        jobs = [_job(case, bench, _planned(session, case, folder)) for case in cases.choose(questions, row, base, sum(counts), seed, nearby)]
    return bench, jobs[: counts[0]], jobs[counts[0] :]


def claim(out: Path, about: dict) -> None:
    """Make the folder ours, or refuse it: answers, plans and settings in it are of one model and one set of questions."""
    about = {"way of asking": WAY} | about
    path = out / "about.json"
    if path.exists():
        before = json.loads(path.read_text(encoding="utf-8"))
        different = [key for key in about if before.get(key) != about[key]]
        if different:
            raise click.UsageError(f"{out} holds a run with other {different[0]}; give another folder with --out")
    out.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(about) + "\n", encoding="utf-8")


def _planned(session: Session, case: cases.Case, folder: Path) -> Procedure:
    """Our plan, made once and kept: on a real model it takes a minute."""
    kept = {line["key"]: line["procedure"] for line in read_lines(folder / "plans.jsonl")}
    if case.key in kept:
        return Procedure.from_json(kept[case.key])
    procedure = session.plan(case.request)
    append_line(folder / "plans.jsonl", {"key": case.key, "procedure": procedure.to_json()})
    return procedure


def _job(case: cases.Case, bench: scenario.Bench, procedure: Procedure) -> Job:
    groups = scenario.grouped(case, bench, SimpleNamespace(procedure=procedure))
    asked = {one.question for group in groups.values() for one in group}
    used = {one.fact.id for group in groups.values() for one in group}
    free = [fact.questions[0] for fact in bench.questions.facts() if fact.id not in used and fact.row == "fact"]
    random.Random(f"{bench.seed}/{case.key}").shuffle(free)
    kept = [q.text for q in procedure.neighbours if q.text not in asked] + free[:RETAINED]
    forget = [q.text for q in (*procedure.probes, *procedure.paraphrases)]
    return Job(case, groups, procedure, tuple(zip(forget, bench.base(forget))), tuple(zip(kept, bench.base(kept))))


def batches(pairs: Pairs, size: int, seed: str) -> Iterator[Pairs]:
    """Endless batches, every pair once an epoch."""
    draw, order = random.Random(seed), list(pairs)
    while True:
        draw.shuffle(order)
        for start in range(0, len(order), size):
            yield tuple(order[start : start + size])
