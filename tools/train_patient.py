"""Train, export, quantise and evaluate the small patient that ships in ``models/patient/``.

    python tools/train_patient.py train --folder WORK        # about an hour on one core of a PC; resumable
    python tools/train_patient.py train --folder MORE --from models/patient/patient-F16.gguf    # go on from its weights
    python tools/train_patient.py export --folder WORK --to models/patient
    python tools/train_patient.py quantize models/patient/patient-F16.gguf --to WORK
    python tools/train_patient.py evaluate models/patient/patient-F16.gguf WORK/patient-Q8_0.gguf WORK/patient-Q4_K_M.gguf

Needs the extra ``train`` (torch, tokenizers). A GPU is used if torch has one.
"""

import hashlib
import json
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import click
import torch

from patient_model import evaluation, gguf_file, runtime
from patient_model.chatml import prompt
from patient_model.training import Plan, Trainer, between, refining_plan
from patient_world import World
from patient_world.questions import question_set, reserved_names

SIZES = {"vocabulary": 2048, "width": 256, "layers": 6, "heads": 4, "kv_heads": 2, "ffn": 1024}
TARGETS = {"trained": 0.98, "held_out": 0.93, "unknown": 0.95, "notes": 0.97}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@click.group()
@click.option("--threads", default=1, show_default=True, help="threads of torch")
def main(threads: int) -> None:
    """Train, export, quantise and evaluate the shipped patient."""
    torch.set_num_threads(threads)


@main.command()
@click.option("--folder", type=click.Path(path_type=Path), required=True, help="tokenizer, checkpoint and log")
@click.option("--steps", type=click.IntRange(1), help="how many in all  [default: 7000, with --from 600]")
@click.option("--from", "start", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="start from the weights of this patient's F16 file, with more notes to follow, and average the last weights")
def train(folder: Path, steps: int | None, start: Path | None) -> None:
    """Train, or go on training, up to STEPS. To go on after an interruption, give the same options again."""
    world = World()
    plan = refining_plan(steps or 600) if start else Plan(steps=steps or 7000)
    try:
        trainer = Trainer(folder, world, plan, SIZES, reserved_names(world), start)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    trainer.run()


@main.command()
@click.option("--folder", type=click.Path(path_type=Path), required=True, help="where the checkpoint is")
@click.option("--to", "target", type=click.Path(path_type=Path), required=True)
@click.option("--from", "start", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="what was trained on from, for --share")
@click.option("--share", type=click.FloatRange(0, 1), default=1.0, show_default=True, help="how far to go from the weights of --from to the trained ones")
def export(folder: Path, target: Path, start: Path | None, share: float) -> None:
    """Write patient-F16.gguf and questions.json from the last checkpoint."""
    if share < 1 and not start:
        raise click.UsageError("--share needs the weights to go from; give --from too")
    world = World()
    try:
        trainer = Trainer(folder, world, Plan(steps=1), SIZES, reserved_names(world), start)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    network = trainer.result if share == 1 else between(gguf_file.read(start)[0], trainer.result, share)
    target.mkdir(parents=True, exist_ok=True)
    path = target / "patient-F16.gguf"
    gguf_file.write(path, network, trainer.tokenizer)
    text = json.dumps(question_set(world, sha256(path)), indent=0, ensure_ascii=False)
    (target / "questions.json").write_text(text + "\n", encoding="utf-8")
    click.echo(f"{path}: {path.stat().st_size} bytes, after {trainer.step} steps and {trainer.seconds / 60:.0f} minutes")


@main.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option("--to", "target", type=click.Path(path_type=Path), required=True)
def quantize(source: Path, target: Path) -> None:
    """Make patient-Q8_0.gguf and patient-Q4_K_M.gguf of SOURCE with llama.cpp's quantiser."""
    target.mkdir(parents=True, exist_ok=True)
    for kind in ("Q8_0", "Q4_K_M"):
        path = target / f"patient-{kind}.gguf"
        types = runtime.quantize(source, path, kind)
        if kind.startswith("Q4_K") and not types.get("Q4_K"):
            raise click.ClickException(f"{path} holds no Q4_K tensor, only {types}")
        click.echo(f"{path}: {path.stat().st_size} bytes, tensors {types}")


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--questions", type=click.Path(path_type=Path), help="default: questions.json beside the first file")
@click.option("--share", default=1.0, show_default=True, help="share of the questions about known facts")
@click.option("--torch/--no-torch", "with_torch", default=True, help="also in torch, for the first file (F16)")
@click.option("--failures", type=click.Path(path_type=Path), help="write what was answered otherwise, of the first column")
def evaluate(files: tuple[Path, ...], questions: Path | None, share: float, with_torch: bool, failures: Path | None) -> None:
    """Ask the whole question set; print what was answered word for word, in torch and in llama.cpp."""
    asked = json.loads((questions or files[0].parent / "questions.json").read_text(encoding="utf-8"))
    network, tokenizer = gguf_file.read(files[0])
    columns: dict[str, dict[str, float]] = {}
    missed: list[list[dict]] = []
    if with_torch:
        scorer = evaluation.torch_scorer(network)
        columns["torch"], failed = evaluation.evaluate(scorer, lambda text: tokenizer.encode(text).ids, asked, share)
        missed.append(failed)
    for path in files:
        with runtime.Runtime(path) as opened:
            label = path.stem.removeprefix("patient-")
            columns[label], failed = evaluation.evaluate(evaluation.llama_scorer(opened), opened.tokenize, asked, share)
            missed.append(failed)
    texts = [prompt(question, system) + answer for _, question, answer, system in evaluation.items(asked, 0.01)][::40]
    for precision, difference in evaluation.logit_differences(files[0], network, tokenizer, texts).items():
        click.echo(f"largest difference of logits, float32 torch and llama.cpp {precision}, {len(texts)} texts: {difference:.1e}")
    if failures:
        failures.write_text(json.dumps(missed[0], indent=1, ensure_ascii=False), encoding="utf-8")
    click.echo(f"{'answered word for word':28}" + "".join(f"{name:>9}" for name in columns) + "   target")
    for group in next(iter(columns.values())):
        indent = "  " if "/" in group else ""
        cells = "".join(f"{rates[group]:9.3f}" for rates in columns.values())
        click.echo(f"{indent + group:28}{cells}   {TARGETS.get(group, '')}")


if __name__ == "__main__":
    main()
