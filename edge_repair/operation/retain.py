"""The retain sample: a few ordinary questions with the model's own answers, which every repair must leave as likely.

Asking for it costs as much as the questions of a repair's plan, and it is the same each time. So it is kept beside the
statistics (and shipped with them), for models without a LoRA of the user's: whose words those are nobody can say.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path

from edge_repair import calibration
from edge_repair.operation.background import keep, places
from edge_repair.patient import Patient
from edge_repair.refusals import is_refusal
from edge_repair.surgeon.procedure import Question
from edge_repair.verify import KEPT_TOKENS

PROMPTS = 12
TOKENS = 16  # of each answer
LONGEST = 400  # characters of an answer that is read back
VERSION = 1


@dataclass(frozen=True)
class RetainSample:
    """Questions with the model's answers.

    ``likelihoods`` (mean nats per token) are of the model without repairs; empty where it was asked with some.
    """

    questions: tuple[Question, ...]
    likelihoods: tuple[float, ...]


def prompts() -> list[str]:
    """The questions: spread over the calibration prompts, in a fixed order."""
    everything = calibration.prompts()
    return everything[:: max(1, len(everything) // PROMPTS)][:PROMPTS]


def retain_sample(patient: Patient, bare: bool, cache: Path | None = None) -> RetainSample:
    """The retain sample of a patient: shipped, cached, or asked for now; kept where no repair is attached.

    Args:
        patient: the model.
        bare: whether it has no repair attached.
        cache: as for ``background``.
    """
    name = f"{patient.base.fingerprint[:32]}.retain.json"
    shipped, *folders = places(name, cache)
    for path in (shipped, *folders):
        found = read(path)
        if found is not None:
            return found
    asked = prompts()
    pairs = [(q, a) for q, a in zip(asked, patient.answers(asked, TOKENS)) if a and not is_refusal(a)]
    likelihoods = patient.mean_log_likelihoods(pairs, KEPT_TOKENS) if bare else []
    sample = RetainSample(tuple(Question(*pair) for pair in pairs), tuple(likelihoods))
    if bare and not patient.lora:
        keep(folders[0], written(sample))
    return sample


def written(sample: RetainSample) -> bytes:
    """The sample as a file's bytes."""
    rows = [{"question": q.text, "answer": q.answer, "likelihood": likelihood} for q, likelihood in zip(sample.questions, sample.likelihoods)]
    return json.dumps({"version": VERSION, "asked": prompts(), "sample": rows}, ensure_ascii=False, indent=1).encode()


def read(path: Path) -> RetainSample | None:
    """A sample from a file; None when there is none, when it is damaged, or when it was made of other prompts."""
    try:
        data = json.loads(path.read_bytes())
        rows, asked = data["sample"], prompts()
        if data["version"] != VERSION or data["asked"] != asked or len(rows) > len(asked):
            return None
        questions = tuple(Question(row["question"], row["answer"][:LONGEST]) for row in rows)
        likelihoods = tuple(float(row["likelihood"]) for row in rows)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    sound = bool(rows) and all(q.text in asked for q in questions) and all(math.isfinite(number) and number <= 0 for number in likelihoods)
    return RetainSample(questions, likelihoods) if sound else None
