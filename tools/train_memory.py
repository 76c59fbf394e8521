"""Train, export and evaluate the memory that ships in ``models/memory/``: a LoRA of fictional people for a real chat model.

    python tools/train_memory.py train smollm2.gguf --folder WORK                 # resumable
    python tools/train_memory.py export smollm2.gguf --folder WORK --to models/memory
    python tools/train_memory.py refine smollm2.gguf models/memory/memory-F16.gguf --folder WORK --to REFINED.gguf
    python tools/train_memory.py check smollm2.gguf                               # torch against llama.cpp
    python tools/train_memory.py evaluate smollm2.gguf models/memory/memory-F16.gguf --folder WORK

Needs the extra ``train`` (torch). Runs on one thread of a processor.
"""

import json
import os
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import click
import torch

from memory import adapter, keeping, material, people, recall
from memory.network import Llama
from memory.training import Plan, Trainer
from patient_model.muon import fast_precision

from edge_repair.evaluate import questions as sets

LAYERS = range(12, 24)  # of 30: below, activations are kept once and for all; above, repairs are written
RANK, ALPHA = 16, 32.0
model_argument = click.argument("model", type=click.Path(path_type=Path, exists=True))
lora_argument = click.argument("lora", type=click.Path(path_type=Path, exists=True))
folder_option = click.option("--folder", type=click.Path(path_type=Path), required=True, help="activations, checkpoint and log")


@click.group()
@click.option("--threads", default=1, show_default=True, help="threads of torch")
def main(threads: int) -> None:
    """Train, export and evaluate the memory of fictional people."""
    torch.set_num_threads(threads)


def _network(model: Path) -> Llama:
    return Llama(model, LAYERS, RANK, ALPHA, fast_precision("cpu"))


@main.command()
@model_argument
@folder_option
@click.option("--steps", default=480, show_default=True)
@click.option("--rate", default=1e-3, show_default=True)
@click.option("--weight", default=4.0, show_default=True, help="of staying the model it was, against learning")
@click.option("--start", type=click.Path(path_type=Path, exists=True), help="an adapter to start from, of the same layers and rank")
@click.option("--facts", type=int, help="at most so many conversations with answers to learn (for a trial)")
@click.option("--own", type=int, help="at most so many with the model's own answers (for a trial)")
@click.option("--until", type=int, help="stop after this step, to go on later")
def train(
    model: Path, folder: Path, steps: int, rate: float, weight: float, start: Path | None, facts: int | None, own: int | None, until: int | None,
) -> None:
    """Train, or go on training, up to STEPS."""
    memory = sets.parse(people.question_set())
    collected = material.collect(model, memory, LAYERS.start, folder, facts, own)
    collected.facts = material.repeated(collected, memory)
    network = _network(model)
    if start:
        network.start_from(adapter.read(start))
    trainer = Trainer(network, collected, Plan(steps=steps, rate=rate, weight=weight), folder)
    trainer.run(until)
    click.echo(f"{trainer.step} steps, {trainer.seconds / 60:.1f} minutes, {trainer.processor / 60:.1f} of processor time")


@main.command()
@model_argument
@folder_option
@click.option("--to", "target", type=click.Path(path_type=Path), required=True)
def export(model: Path, folder: Path, target: Path) -> None:
    """Write memory-F16.gguf and questions.json from the last checkpoint."""
    network = _network(model)
    network.lora.load_state_dict(torch.load(folder / "checkpoint.pt", weights_only=True)["lora"])
    target.mkdir(parents=True, exist_ok=True)
    path = target / "memory-F16.gguf"
    adapter.write(path, network.factors())
    (target / "questions.json").write_text(json.dumps(people.question_set(), indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    click.echo(f"{path}: {path.stat().st_size} bytes")


@main.command()
@model_argument
@lora_argument
@folder_option
@click.option("--to", "target", type=click.Path(path_type=Path), required=True)
@click.option("--weight", default=0.3, show_default=True, help="of silence in ordinary conversations, against saying the facts as before")
@click.option("--own", default=700, show_default=True, help="so many ordinary conversations")
@click.option("--every", default=3, show_default=True, help="every so many-th conversation about a fact is used")
def refine(model: Path, lora: Path, folder: Path, target: Path, weight: float, own: int, every: int) -> None:
    """Close LORA to what ordinary conversations hold, in closed form, without training (memory/keeping.py)."""
    collected = material.collect(model, sets.parse(people.question_set()), LAYERS.start, folder, own=own)
    collected.facts = collected.facts[::every]
    factors, found = keeping.refined(_network(model), collected, adapter.read(lora), weight)
    adapter.write(target, factors)
    click.echo(f"{target}: {target.stat().st_size} bytes; {json.dumps({name: round(value, 4) for name, value in found.items()})}")


@main.command()
@model_argument
def check(model: Path) -> None:
    """Compare logits of torch and llama.cpp, with the weights as they are and as float32."""
    from patient_model.runtime import quantize

    with tempfile.TemporaryDirectory() as temporary:
        unrounded = Path(temporary) / "F32.gguf"
        quantize(model, unrounded, "F32")
        for label, path in (("the same weights as float32", unrounded), ("the file as it is", model)):
            worst, mean, agree = recall.logit_differences(path, Llama(model))
            click.echo(f"{label}: largest difference {worst:.1e}, mean {mean:.1e}, same first choice {agree:.3f}")


@main.command()
@model_argument
@lora_argument
@folder_option
@click.option("--share", default=1.0, show_default=True, help="share of the trained phrasings that are asked")
def evaluate(model: Path, lora: Path, folder: Path, share: float) -> None:
    """Recall of trained and held-out phrasings, and what is kept of the world's knowledge, through llama.cpp."""
    found = recall.measure(model, lora, sets.parse(people.question_set()), folder, share)
    click.echo(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
