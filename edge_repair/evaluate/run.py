"""A whole evaluation of one model with one question set: seeded, with progress, taken up again where it stopped."""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

from edge_repair import Session, adapters
from edge_repair.errors import UsageError
from edge_repair.evaluate import cases as choosing
from edge_repair.evaluate import control, report, scenario, sequence
from edge_repair.evaluate.answers import WAY, BaseAnswers, alone, append_line, read_lines
from edge_repair.evaluate.questions import QuestionSet

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Settings:
    """What is measured. Two runs with equal settings on the same file and version give the same items.

    Attributes:
        rows: any of ``cases.ROWS``, as far as the question set has such subjects.
        repairs: at most so many repairs a row, each alone.
        seed: of every choice and of sampling.
        retain: at most so many unrelated questions that the base answers.
        with_attacks: ask under attack as well (``attacks``); roughly doubles the time.
        with_control: measure a random edit of equal norm beside each of the first ``controls`` repairs of a row.
        checkpoints: numbers of repairs in a row, one after another, at which a sequence is measured; empty for none.
        accept: keep a repair that missed a limit of its procedure, to see what the edit does rather than the limits.
        single_sample: edit with the first probe of each plan alone, no other wording of it, as the paper's single sample.
        routed: each conversation carries only the repairs that it calls (``Session.open``).
    """

    rows: tuple[str, ...] = ("subject", "fact")
    repairs: int = 10
    seed: int = 0
    retain: int = 100
    with_attacks: bool = False
    controls: int = 3
    checkpoints: tuple[int, ...] = ()
    accept: bool = False
    single_sample: bool = False
    routed: bool = True


QUICK = {"repairs": 2, "retain": 40, "controls": 1}


def evaluate(
    model: Path, questions: QuestionSet, retain_sets: list[QuestionSet], settings: Settings, out: Path,
    threads: int | None = None, other_quantisation: Path | None = None, progress: Progress | None = None, lora: Path | None = None,
) -> dict[str, Any]:
    """Measure, writing each finished item to ``out`` at once, and return the report (see ``report.summary``).

    Args:
        model: the GGUF. Its repairs of daily use are not touched: the run has a store of its own below ``out``.
        questions: what is forgotten.
        retain_sets: where unrelated questions are drawn from.
        out: folder for ``settings.json``, ``base.jsonl``, ``items.jsonl``, ``report.json`` and ``report.md``.
        progress: called with a stage in words, steps done, and steps in all.
        lora: an adapter that the model is run with; the untouched model is then the model with it.

    Raises:
        UsageError: ``out`` holds a run of another model, question set or settings, or nothing could be measured.
    """
    tell = progress or (lambda stage, done, total: None)
    about = _claim(out, model, questions, retain_sets, settings, lora)
    items = {item["key"]: item for item in read_lines(out / "items.jsonl")}

    def finished(item: dict[str, Any]) -> None:
        items[item["key"]] = item
        append_line(out / "items.jsonl", item)

    for left in (out / "store").glob("*"):  # of a run that was interrupted with a repair active
        if left.name != "cache":  # numbers about the model, the same in every run
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    with Session.open(model, store=out / "store", threads=threads, lora=lora, routed=settings.routed) as session:
        tell("asking the untouched model", 0, 1)
        base = BaseAnswers(partial(alone, session), out / "base.jsonl")
        retain = choosing.retain_pool(retain_sets, base, settings.retain, settings.seed)
        passages = resources.files("edge_repair.evaluate").joinpath("passages.txt").read_text(encoding="utf-8").split("\n\n")
        bench = scenario.prepare(session, questions, base, retain, passages, settings.seed, settings.with_attacks, settings.accept, settings.single_sample)
        if "no edit" not in items:
            finished(control.no_edit(session, retain))
        for row in settings.rows:
            for number, case in enumerate(choosing.choose(questions, row, base, settings.repairs, settings.seed)):
                tell(case.key, number, settings.repairs)
                beside = _control(model, case, bench, settings.seed, threads, finished, lora) if number < settings.controls else None
                if case.key not in items or (beside and items[case.key]["status"] == "committed" and f"control/{case.key}" not in items):
                    finished(scenario.run(session, case, bench, beside))
        if settings.checkpoints and f"sequence/{max(settings.checkpoints)}" not in items:
            chosen = list(sequence.choose(questions, base, max(settings.checkpoints), settings.seed))
            if chosen:
                sequence.run(session, chosen, bench, settings.checkpoints, lambda done, total: tell("sequence", done, total), finished)
    if other_quantisation is not None and f"quantisation/{other_quantisation.name}" not in items:
        finished(control.other_quantisation(other_quantisation, retain, threads, lora))
    if items.keys() <= {"no edit"}:
        raise UsageError(
            f"nothing of question set {questions.name} could be measured in row {', '.join(settings.rows)}: it has none of that sort, or this model answers too little of it; "
            "try another row, another set or a larger model"
        )
    result = report.summary(about, list(items.values()))
    report.write(result, out)
    tell("done", 1, 1)
    return result


def _control(model: Path, case: choosing.Case, bench: scenario.Bench, seed: int, threads: int | None, finished: Callable[[dict[str, Any]], None], lora: Path | None):
    def watch(repair: Any, groups: dict[str, list[choosing.Asked]]) -> None:
        finished(control.random_edit(model, Path(repair.adapter.path), case, bench, groups, seed, threads, lora))

    return watch


def _claim(out: Path, model: Path, questions: QuestionSet, retain_sets: list[QuestionSet], settings: Settings, lora: Path | None) -> dict[str, Any]:
    """Make the folder ours, or check that what is in it was measured with the same model, questions and settings."""
    identity = adapters.with_lora(adapters.identify(model), lora) if lora else adapters.identify(model)
    digest = hashlib.sha256(repr([asdict(one) for one in (questions, *retain_sets)]).encode()).hexdigest()
    about = {"model": identity.name, "file": model.name, "fingerprint": identity.fingerprint, "questions": questions.name,
             "questions_sha256": digest, "way of asking": WAY, "settings": json.loads(json.dumps(asdict(settings)))}
    out.mkdir(parents=True, exist_ok=True)
    path = out / "settings.json"
    if path.exists():
        before = json.loads(path.read_text(encoding="utf-8"))
        different = [key for key in about if before.get(key) != about[key]]
        if different:
            named = {"questions_sha256": "questions, or other ones that are unrelated"}.get(different[0], different[0])
            raise UsageError(f"{out} holds a run with other {named}; give another folder with --out")
    else:
        if any((out / name).exists() for name in ("items.jsonl", "report.json", "report.md")):
            raise UsageError(f"{out} holds results whose settings.json is missing, and they would be written over; give another folder with --out")
        path.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    return about
