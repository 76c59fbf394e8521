"""Searches a method's settings on some repairs, and measures the best on others, as ``edge-repair eval`` measures ours."""

import contextlib
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from edge_repair import Session
from edge_repair.evaluate import scenario
from edge_repair.evaluate.answers import append_line, read_lines
from edge_repair.evaluate.metrics import mean
from edge_repair.patient import Patient

from .grounds import Ground
from .jobs import Job


class Opened:
    """A patient asked as ``edge_repair.evaluate`` asks a session; ``dress`` says what is sent for a question."""

    def __init__(self, patient: Patient, dress: Any = None):
        self._patient, self._dress = patient, dress or (lambda question: question)

    def answers(self, prompts: list[str], max_tokens: int) -> list[str]:
        return self._patient.answers([self._dress(prompt) for prompt in prompts], max_tokens)

    def token_log_probabilities(self, text: str) -> np.ndarray:
        return self._patient.text_log_probabilities(text)


@contextlib.contextmanager
def watched(figures: dict[str, Any]) -> Iterator[None]:
    """Add seconds, processor seconds and, on Linux, the megabytes that the process grew to beyond what it had."""
    before = _resident()
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from here
    started, worked = time.perf_counter(), time.process_time()
    yield
    figures |= {"seconds": time.perf_counter() - started, "processor_seconds": time.process_time() - worked}
    peak = _resident("VmHWM")
    if before is not None and peak is not None:
        figures["peak_megabytes"] = (peak - before) / 1024


def _resident(field: str = "VmRSS") -> int | None:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
    return None


def outcomes(method: str, setting: Any, steps: tuple[int, ...], ground: Ground, job: Job, bench: scenario.Bench) -> Iterator[dict[str, Any]]:
    """Carry a repair out with one setting; an item for each number of steps, in the form of ``edge_repair.evaluate``."""
    about = {"key": f"{method}/{job.case.key}", "row": method, "subject": job.case.subject.id, "setting": asdict(setting)}
    if method == "prompting":
        with Patient.open(ground.model, threads=1) as patient:
            opened = Opened(patient, lambda question: setting.conversation(job, question))
            yield about | {"steps": 1, "seconds": 0.0, "processor_seconds": 0.0} | scenario.measure(opened, job.case, bench, job.groups, repaired=False)
        return
    edits = setting.edit(ground.twin(setting), job, steps)
    cost: dict[str, float] = {}
    while True:
        figures: dict[str, Any] = {}
        with watched(figures):
            made = next(edits, None)
        if made is None:
            return
        step, edited = made
        for name, value in figures.items():
            cost[name] = max(cost.get(name, 0.0), value) if name == "peak_megabytes" else cost.get(name, 0.0) + value
        with edited.opened() as patient:
            yield about | {"steps": step} | cost | scenario.measure(Opened(patient), job.case, bench, job.groups, repaired=False)


def ours(model: Path, job: Job, bench: scenario.Bench) -> dict[str, Any]:
    """The same repair by this project, as a user gets it (one that missed its limits is rolled back, and counts)."""
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, Session.open(model, store=folder, threads=1) as session:
        with watched(figures):
            repair = session.carry_out(job.procedure)
        about = {"key": f"ours/{job.case.key}", "row": "ours", "subject": job.case.subject.id, "status": repair.status}
        return about | figures | scenario.measure(session, job.case, bench, job.groups)


def score(figures: dict[str, Any]) -> float:
    """Harmonic mean of what was forgotten (unseen phrasings) and what was kept (unrelated, and the same question about others)."""
    gone = 1 - figures["unseen_leak"]
    kept = mean([figures["unrelated_kept"], figures["same_question_kept"]]) or 0.0
    return 2 * gone * kept / (gone + kept) if gone + kept else 0.0


def search(method: str, ground: Ground, jobs: list[Job], bench: scenario.Bench, out: Path, tell: Any) -> tuple[Any, int]:
    """Try every setting on the validation repairs; returns the one with the best mean score, and its number of steps."""
    done = {(line["setting"], line["job"]) for line in _searched(method, out)}
    steps = ground.steps.get(method, (1,))
    for number, setting in enumerate(ground.methods[method]):
        for job in jobs:
            if (number, job.case.key) in done:
                continue
            tell(f"{method}: {setting}, {job.case.key}")
            for item in outcomes(method, setting, steps, ground, job, bench):
                short = {name: item["figures"][name] for name in ("unseen_leak", "unseen_refused", "unrelated_kept", "same_question_kept", "kl")}
                append_line(_path(method, out), {"setting": number, "steps": item["steps"], "job": job.case.key, "score": score(item["figures"]), "last": item["steps"] == steps[-1], **short})
    return chosen(method, ground.methods, out)


def chosen(method: str, methods: dict[str, list[Any]], out: Path) -> tuple[Any, int]:
    """The setting with the best mean score of those that were searched into this folder, and its number of steps."""
    scores: dict[tuple[int, int], list[float]] = {}
    for line in _searched(method, out):
        scores.setdefault((line["setting"], line["steps"]), []).append(line["score"])
    number, step = max(scores, key=lambda key: mean(scores[key]) or 0.0)
    return methods[method][number], step


def _searched(method: str, out: Path) -> list[dict[str, Any]]:
    """What a search has found so far: the lines of every setting and repair that was gone through to the last step."""
    lines = read_lines(_path(method, out))
    done = {(line["setting"], line["job"]) for line in lines if line["last"]}
    return [line for line in lines if (line["setting"], line["job"]) in done]


def _path(method: str, out: Path) -> Path:
    return out / f"search-{method}.jsonl"
