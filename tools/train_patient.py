"""Train, export, quantise and evaluate the small patient that ships in ``models/patient/``.

    python tools/train_patient.py train --folder WORK        # hours on a phone, about one on a PC core; resumable
    python tools/train_patient.py export --folder WORK --to models/patient
    python tools/train_patient.py quantize models/patient/patient-F16.gguf --to WORK
    python tools/train_patient.py evaluate models/patient/patient-F16.gguf WORK/patient-Q8_0.gguf WORK/patient-Q4_K_M.gguf

Needs the extra ``train``: torch, tokenizers.
"""

import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import click
import torch

from patient_model.training import Plan, Trainer
from patient_world import World
from patient_world.questions import reserved_names

SIZES = {"vocabulary": 2048, "width": 256, "layers": 6, "heads": 4, "kv_heads": 2, "ffn": 1024}


@click.group()
@click.option("--threads", default=1, show_default=True, help="threads of torch")
def main(threads: int) -> None:
    """Train, export, quantise and evaluate the shipped patient."""
    torch.set_num_threads(threads)


@main.command()
@click.option("--folder", type=click.Path(path_type=Path), required=True, help="tokenizer, checkpoint and log")
@click.option("--steps", default=7000, show_default=True)
def train(folder: Path, steps: int) -> None:
    """Train, or go on training, up to STEPS."""
    world = World()
    Trainer(folder, world, Plan(steps=steps), SIZES, reserved_names(world)).run()


if __name__ == "__main__":
    main()
