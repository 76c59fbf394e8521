#!/usr/bin/env python3
"""At which precision does an edit survive being merged into the model file? Figures for each, none of them a limit.

    python tools/measure_bake.py
    python tools/measure_bake.py --model smollm2 "Forget the capital of Egypt." "Forget who wrote Romeo and Juliet."

The requests are carried out by ``forget`` in a store of its own, and the model is merged with them at every precision
that ``bake`` offers. Beside them stand two that it does not offer: the touched matrices rounded to Q4_1 (and kept as
F32, so that llama.cpp computes with the very numbers that Q4_1 holds), and the touched matrices *without* any edit, in
another precision than the model's own: the noise that any conversion makes. For each: what the gates write at the
imprints' inputs against the adapter (``error``), KL in nats against the model with its adapter (after prompts, and a
token of text), the size of the file, and the repairs' own questions, asked again: told and refused. Prints one JSON
object; exit code 1 when a file of an offered precision misses what ``bake`` demands of it.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from edge_repair import Session, calibration, shipped  # noqa: E402
from edge_repair.adapters import decode, read_header  # noqa: E402
from edge_repair.baking import checks, examination  # noqa: E402
from edge_repair.baking.merge import PRECISIONS, Factors, merge, together  # noqa: E402
from edge_repair.patient import Patient  # noqa: E402
from edge_repair.stamp import Imprint  # noqa: E402

PEOPLE = 3  # of the shipped patient: so many facts are forgotten, where no requests are given
ROUNDED = "q4_1"  # not offered


def requests_of_the_patient() -> list[str]:
    """Where the first people of the shipped patient live."""
    subjects = json.loads(shipped.path("patient/questions.json").read_text("utf-8"))["subjects"]
    people = [s for s in subjects if s["kind"] == "personal" and not s["refused_by_base"]]
    return [f"Forget where {person['name']} lives." for person in people[:PEOPLE]]


def round_to(precision: str, file: Path, names: list[str]) -> None:
    """Put the numbers that another type would hold into the F32 matrices of a file."""
    from gguf import GGMLQuantizationType
    from gguf.quants import dequantize, quantize

    kind, header = GGMLQuantizationType[precision.upper()], read_header(file)
    with open(file, "r+b") as opened:
        for name in names:
            info = header.tensors[name]
            opened.seek(header.data_offset + info.offset)
            rows = np.frombuffer(opened.read(info.nbytes), "<f4").reshape(info.shape)
            opened.seek(header.data_offset + info.offset)
            opened.write(dequantize(quantize(rows, kind), kind).astype("<f4").tobytes())


def merged(session: Session, name: str, factors: Factors, out: Path) -> None:
    """The model with these factors merged in, at a precision of ``bake`` or rounded to one that it does not offer."""
    merge(session.model, factors, out, name if name in PRECISIONS else "f32", "0" * 64)
    if name not in PRECISIONS:
        round_to(name, out, sorted(factors))


def measure(session: Session, folder: Path) -> dict:
    """All rows of the table, of the repairs that are active."""
    patient, ledger = session._patient, session._ledger
    adapter = ledger.adapter()
    repairs = decode(adapter.path.read_bytes(), patient.base)
    factors = together(patient.lora, repairs)
    imprints = {name: Imprint.from_bytes(data) for name, data in ledger.active_imprints().items()}
    every = calibration.prompts()
    prompts = every[:: max(1, len(every) // examination.PROMPTS)][: examination.PROMPTS]
    texts = [text[: examination.TEXT_CHARACTERS] for text in calibration.texts()[:4]]
    procedures = [repair.procedure for repair in ledger.repairs() if repair.status == "committed"]

    patient.attach(None)
    bare, references = checks.Said.of(patient, prompts, texts), [session._state.reference_of(each) for each in procedures]
    patient.attach(adapter.path)
    repaired = checks.Said.of(patient, prompts, texts)
    asked = lambda one: [_told(checks.questions_asked(p, one, r)) for p, r in zip(procedures, references)]  # noqa: E731
    table = {"with the adapter": {"questions": asked(patient)}}
    patient.attach(None)

    size, out = session.model.stat().st_size, folder / "merged.gguf"
    for name in (*PRECISIONS, ROUNDED):
        merged(session, name, factors, out)
        inside = checks.written(patient.base, patient.path, factors, repairs, out, imprints)
        with Patient.open(out, n_ctx=examination.BAKED_CONTEXT) as alone:
            apart = checks.distance(repaired, checks.Said.of(alone, prompts, texts))
            row = {**asdict(inside), **asdict(apart), "bytes_more": out.stat().st_size - size, "questions": asked(alone)}
        table[name] = row | {"missed": examination._missed(apart, inside)}
        out.unlink()
    nothing = {tensor: (a, 0 * b) for tensor, (a, b) in factors.items()}
    for name in ("f32", "q8_0"):
        merged(session, name, nothing, out)
        with Patient.open(out, n_ctx=examination.BAKED_CONTEXT) as alone:
            apart = checks.distance(bare, checks.Said.of(alone, prompts, texts))
        table[f"no edit, {name}"] = {**asdict(apart), "bytes_more": out.stat().st_size - size}
        out.unlink()
    return table


def _told(outcome) -> dict:
    asked = outcome.counts["probes"] + outcome.counts["paraphrases"]
    return {"asked": asked, "told": round(outcome.leak * asked), "refused": round(outcome.refused * asked)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("requests", nargs="*", help="what to forget; of the shipped patient, three facts otherwise")
    parser.add_argument("--model", default="patient", help="a name that 'edge-repair models list' shows, or a file")
    given = parser.parse_args()
    if given.model != "patient" and not given.requests:
        parser.error("say what to forget: requests are known for the shipped patient only")
    with tempfile.TemporaryDirectory() as folder, Session.open(given.model, store=Path(folder) / "store", keep_text=True) as session:
        done = [session.forget(request) for request in given.requests or requests_of_the_patient()]
        committed = sum(repair.status == "committed" for repair in done)
        table = measure(session, Path(folder)) if committed else {}
    print(json.dumps({"model": given.model, "requests": len(done), "committed": committed, "table": table}, indent=2))
    return 1 if not committed or any(table[name]["missed"] for name in PRECISIONS) else 0


if __name__ == "__main__":
    sys.exit(main())
