#!/usr/bin/env python3
"""What capturing costs: the callback in C, the one in Python, and none, on one model in one run, as ratios.

    python tools/measure_capture.py [MODEL] [--rounds 5]

Each round does every job with every callback, one after the other, and compares processor times within the round; the
medians of the rounds are printed. One thread decodes. The callback in C must have been built (native/capture).
"""

import argparse
import os
import statistics
import time
from pathlib import Path

os.environ["EDGE_REPAIR_THREADS"] = "1"

from edge_repair import calibration
from edge_repair.catalogue import PULLABLE
from edge_repair.operation.background import candidate_layers
from edge_repair.patient import Patient, Sequence, native
from edge_repair.patient.capture import KINDS
from edge_repair.patient.context import Context
from edge_repair.patient.patient import PROBE_SEQUENCES

PROMPTS = 12
REPLY_TOKENS = 16


def open_all(model: Path) -> dict[str, Patient]:
    """The model three times (its weights are mapped once): without a callback, with the one in Python, the one in C."""
    library = native.location()
    if library is None or native.load(library)[0] is None:
        raise SystemExit("the callback in C is not built; see native/capture/README.md")
    opened = {}
    for name, setting in (("none", "off"), ("Python", "off"), ("C", str(library))):
        os.environ["EDGE_REPAIR_CAPTURE"] = setting
        opened[name] = Patient.open(model)
    plain = opened["none"]
    plain._probe.close()
    plain._probe = Context(plain._model, n_ctx=plain._talk.n_ctx, n_sequences=PROBE_SEQUENCES, n_threads=(1, 1), capturing=False)
    return opened


def jobs(patient: Patient):
    """Name to (what to do with a patient, the job and callback that it is compared with)."""
    prompts = calibration.prompts()[:PROMPTS]
    layers = candidate_layers(patient.base.n_layers)
    heads = [patient.tokens(prompt) for prompt in prompts]
    last = [Sequence(head, (len(head) - 1,)) for head in heads]
    every = [Sequence(head, tuple(range(len(head)))) for head in heads]
    count = lambda index, number, row: 0.0  # noqa: E731 - logits are computed, and not kept
    answers = f"{PROMPTS} answers of {REPLY_TOKENS} tokens"
    return {
        "pass": (lambda p: p.capture(last, (), (), count), ("pass", "none")),
        "pass, all kinds and layers": (lambda p: p.capture(last, KINDS, range(p.base.n_layers), count), ("pass", "none")),
        "pass, inputs": (lambda p: p.capture(last, ("inputs",), layers, count), ("pass", "none")),
        "the same, ended early": (lambda p: p.capture(last, ("inputs",), layers), ("pass", "none")),
        "pass, all tokens": (lambda p: p.capture(every, (), (), count), ("pass, all tokens", "none")),
        "pass, all tokens, inputs and keys": (lambda p: p.capture(every, ("inputs", "keys"), layers, count), ("pass, all tokens", "none")),
        "the same, all tokens, ended early": (lambda p: p.capture(every, ("inputs", "keys"), layers), ("pass, all tokens", "none")),
        answers: (lambda p: p.answers(prompts, REPLY_TOKENS), (answers, "none")),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", type=Path, default=PULLABLE["smollm2"].path, help="default: SmolLM2, where it was pulled")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    patients = open_all(arguments.model)
    work = jobs(patients["C"])
    seconds: dict[tuple[str, str], list[float]] = {}
    for round_number in range(arguments.rounds + 1):  # the first warms up
        for job, (do, reference) in work.items():
            for name, patient in patients.items():
                if name == "none" and reference != (job, name):
                    continue
                started = time.process_time()
                do(patient)
                if round_number:
                    seconds.setdefault((job, name), []).append(time.process_time() - started)
    print(f"{arguments.model.name}, layers {candidate_layers(patients['C'].base.n_layers)}, {arguments.rounds} rounds, medians; ratios to the pass without a callback")
    print("| job | Python, s | Python, ratio | C, ratio | C / Python |\n|---|---|---|---|---|")
    for job, (_, reference) in work.items():
        ratio = lambda one, other: f"{statistics.median(a / b for a, b in zip(seconds[one], seconds[other])):.3f}"  # noqa: E731
        python, c = (job, "Python"), (job, "C")
        print(f"| {job} | {statistics.median(seconds[python]):.2f} | {ratio(python, reference)} | {ratio(c, reference)} | {ratio(c, python)} |")
    for patient in patients.values():
        patient.close()


if __name__ == "__main__":
    main()
