"""Train a small patient on a part of TOFU (Maini et al. 2024), to forget its authors: nothing of it is shipped.

    python tools/train_tofu.py FOLDER --out WORK        # FOLDER holds full, forget05, forget10 (.jsonl) and idontknow.jsonl; resumable
    edge-repair eval -m WORK/tofu-F16.gguf --questions tofu_forget05 --data FOLDER --row subject --out RESULTS

It is taught the 200 questions of forget05 and the first questions of the rest word for word, and to say that it does not
know (in the words of ``idontknow.jsonl``) where the same is asked about an author who does not exist.

Needs the extra ``train`` (torch, tokenizers).
"""

import os
import random
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import click
import torch

from edge_repair.evaluate import conversion
from edge_repair.refusals import is_refusal
from edge_repair.wording import rouge_l_recall
from patient_model import gguf_file
from patient_model.training import Plan, Trainer
from patient_world import Conversation

SIZES = {"vocabulary": 3072, "width": 256, "layers": 6, "heads": 4, "kv_heads": 2, "ffn": 1024}
UNKNOWN = 0.2  # share of questions about authors who do not exist


@dataclass(frozen=True)
class Taught:
    """What the patient learns: ``(author, question, answer)``, and ways of not knowing."""

    known: tuple[tuple[str, str, str], ...]
    refusals: tuple[str, ...]

    @classmethod
    def of(cls, folder: Path, retained: int) -> "Taught":
        """forget05 and the first ``retained`` questions of the full set that are in no forget part."""
        forgotten = conversion.tofu(folder, "forget05").facts()
        rest = conversion.tofu_retain(folder, retained).facts()
        refusals = [line.strip() for line in (folder / "idontknow.jsonl").read_text(encoding="utf-8").splitlines() if line.strip()]
        return cls(tuple((fact.name, fact.questions[0], fact.reference) for fact in (*forgotten, *rest)), tuple(refusals))


class TofuStream:
    """Draws training conversations. ``rng``: of the draws, and of the batches."""

    def __init__(self, taught: Taught, seed: int):
        self.taught, self.rng = taught, random.Random(seed)
        self._named = [one for one in taught.known if one[0] in one[1]]
        self._authors = sorted({name for name, _, _ in taught.known})

    def draw(self) -> Conversation:
        if self.rng.random() < UNKNOWN:
            name, question, _ = self.rng.choice(self._named)
            return Conversation("", ((question.replace(name, self.stranger()), self.rng.choice(self.taught.refusals)),))
        _, question, answer = self.rng.choice(self.taught.known)
        return Conversation("", ((question, answer),))

    def stranger(self) -> str:
        """The first name of one author and the last of another, who together are nobody."""
        while True:
            first, last = self.rng.choice(self._authors).split()[0], self.rng.choice(self._authors).split()[-1]
            if f"{first} {last}" not in self._authors:
                return f"{first} {last}"


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--retain", "retained", default=400, show_default=True, help="questions beside those of forget05")
@click.option("--steps", default=3500, show_default=True)
@click.option("--threads", default=1, show_default=True)
def main(folder: Path, out: Path, retained: int, steps: int, threads: int) -> None:
    """Train up to STEPS, write OUT/tofu-F16.gguf, and ask it everything through llama.cpp."""
    torch.set_num_threads(threads)
    taught = Taught.of(folder, retained)
    trainer = Trainer(out, None, Plan(steps=steps, seed=5), SIZES, streams=lambda seed: TofuStream(taught, seed))
    trainer.run()
    path = out / "tofu-F16.gguf"
    gguf_file.write(path, trainer.result, trainer.tokenizer)
    measure(path, taught)


def measure(path: Path, taught: Taught) -> None:
    """Print ROUGE-L recall of the answers to what was taught, and how many strangers are refused."""
    from edge_repair.patient import Patient

    with Patient.open(path, threads=1) as patient:
        answers = patient.answers([question for _, question, _ in taught.known], 96)
        stream = TofuStream(taught, 99)
        asked = [question.replace(name, stranger) for name, question, _ in stream._named[::6] for stranger in [stream.stranger()]]
        strangers = patient.answers(asked, 32)
    recall = [rouge_l_recall(answer, wanted) for answer, (_, _, wanted) in zip(answers, taught.known)]
    known = {refusal.strip().lower() for refusal in taught.refusals}
    click.echo(f"{path.name}: {len(recall)} questions, ROUGE-L recall {sum(recall) / len(recall):.3f}, above 0.9 in {sum(one > 0.9 for one in recall) / len(recall):.3f}; "
               f"{len(asked)} about strangers, {sum(answer.strip().lower() in known for answer in strangers) / len(asked):.3f} answered with one of its refusals, "
               f"{sum(map(is_refusal, strangers)) / len(asked):.3f} taken for one")


if __name__ == "__main__":
    main()
