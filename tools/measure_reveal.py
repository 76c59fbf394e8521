#!/usr/bin/env python3
"""What a repair's numbers reveal: rank the true fact among all candidates of the shipped patient, by the numbers alone.

    python tools/measure_reveal.py --facts 12 --subjects 4 --together 8

The attacker has the base model, this program, and a list of all candidates (every person whom the patient knows, and
six facts of each, 1,260 in all), but not the request. He has, in turn:

* the adapter alone: each candidate's question is run through the base, and the score is the residual that the adapter's
  new neurons write where the reply begins (and, among those that open a gate fully, how far);
* the imprint alone (what a store and a pack hold): the score is the largest cosine, around the mean of all candidates,
  between a candidate's input and the inputs of the imprint;
* for the value: the imprint's columns, read through the output matrix: how much they lower the first token of each
  candidate value. (He could simply ask the base, which still answers: this tells only whether the numbers hold it.)

A rank of 1 is the worst: the first guess is right. Guessing at random has a median rank of half of the candidates. Prints
one JSON object.
"""

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from edge_repair import Session, shipped  # noqa: E402
from edge_repair.adapters import decode, read_rows  # noqa: E402
from edge_repair.errors import EdgeRepairError  # noqa: E402
from edge_repair.ledger import Ledger  # noqa: E402
from edge_repair.operation import background  # noqa: E402
from edge_repair.patient import Patient, Sequence  # noqa: E402
from edge_repair.stamp import Imprint  # noqa: E402

REQUESTS = {
    "town": "Forget where {} lives.",
    "job": "Forget what {} does for a living.",
    "pet": "Forget which pet {} has.",
    "birthday": "Forget when {}'s birthday is.",
    "hobby": "Forget the hobby of {}.",
    "phone": "Forget the phone number of {}.",
}


class Attacker:
    """The base model and the list of candidates: (person, fact, question)."""

    def __init__(self, path: Path, people: list[dict]):
        self.patient = Patient.open(path)
        self.candidates = [(p["name"], fact["aspect"], fact["trained"][0]) for p in people for fact in p["facts"]]
        layers = list(range(1, self.patient.base.n_layers - 1))
        heads = [self.patient.tokens(question) for _, _, question in self.candidates]
        found = self.patient.capture([Sequence(head, (len(head) - 1,)) for head in heads], ("inputs",), layers)
        self.inputs = {layer: rows.astype(np.float64) for layer, rows in found.inputs.items()}

    def by_adapter(self, data: bytes) -> np.ndarray:
        """A score of each candidate, ``[n]``: how much of a residual the new neurons write, then how far they are open."""
        factors = decode(data, self.patient.base)
        scores = np.zeros(len(self.candidates))
        for layer in sorted({int(name.split(".")[1]) for name in factors}):
            names = [f"blk.{layer}.ffn_{role}.weight" for role in ("gate", "up", "down")]
            numbers = np.flatnonzero(np.abs(factors[names[2]][0]).max(0))
            gate, up = (read_rows(self.patient.path, n, rows=numbers).astype(np.float64) + factors[n][1][numbers] @ factors[n][0] for n in names[:2])
            down = read_rows(self.patient.path, names[2], columns=numbers) + factors[names[2]][1] @ factors[names[2]][0][:, numbers]
            x = self.inputs[layer]
            before = x @ gate.T
            written = (before / (1 + np.exp(-np.clip(before, -60, 60))) * (x @ up.T)) @ down.T
            scores += np.linalg.norm(written, axis=1)
            scores += 1e-3 * np.maximum(before * (x @ up.T > 0.5), 0).max(1)
        return scores

    def by_imprint(self, imprint: Imprint) -> np.ndarray:
        """A score of each candidate: how alike its input is to one of the imprint's."""
        x, rows = self.inputs[imprint.layer], imprint.opening.inputs[imprint.layer].astype(np.float64)
        middle = x.mean(0)
        unit = lambda a: (a - middle) / np.linalg.norm(a - middle, axis=1, keepdims=True)  # noqa: E731
        return (unit(x) @ unit(rows).T).max(1)

    def value_rank(self, imprint: Imprint, values: list[str], true: str) -> float:
        """Rank of the true value among the values of its kind by how much the columns lower its first token."""
        return rank(-self._first_tokens(values) @ imprint.opening.columns[imprint.layer], values.index(true))

    def heard_rank(self, imprint: Imprint, values: list[str], true: str) -> float:
        """The same by the listener: what the places that it opens for have in common, read through the output matrix.

        A discriminant is the difference of the means, divided by the second moment of text; multiplied by that again it
        is about the difference.
        """
        listener = imprint.listener
        before_norm = read_rows(self.patient.path, f"blk.{listener.layer}.ffn_norm.weight").reshape(-1)
        apart = background(self.patient).layers[listener.layer].second @ listener.detector
        return rank(self._first_tokens(values) @ (apart / before_norm), values.index(true))

    def _first_tokens(self, values: list[str]) -> np.ndarray:
        """Rows ``[n, d]`` of the output matrix, with its norm, for the first tokens of the values."""
        names = self.patient.base.tensors
        matrix = "output.weight" if "output.weight" in names else "token_embd.weight"
        firsts = [self.patient.reply_tokens(" " + value, end=False)[0] for value in values]
        return read_rows(self.patient.path, matrix, rows=np.array(firsts)) * read_rows(self.patient.path, "output_norm.weight").reshape(-1)


def rank(scores: np.ndarray, *true: int) -> float:
    """The best place, from 1, of the true ones; ties count half."""
    best = max(scores[index] for index in true)
    others = np.delete(scores, list(true))
    return 1 + float((others > best).sum()) + 0.5 * float((others == best).sum())


def told(ranks: list[float], candidates: int) -> dict:
    """Figures of a list of ranks."""
    if not ranks:
        return {"repairs": 0}
    found = np.array(ranks)
    shares = {f"in_first_{most}": round(float((found <= most).mean()), 3) for most in (1, 10)}
    return {"repairs": len(ranks), "candidates": candidates, "median_rank": float(np.median(found)), "worst_rank": float(found.max()), **shares}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facts", type=int, default=12, help="repairs of one fact, each alone")
    parser.add_argument("--subjects", type=int, default=4, help="repairs of everything about a person, each alone")
    parser.add_argument("--together", type=int, default=8, help="how many of the facts are then ranked by one joint adapter")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    questions = json.loads(shipped.path("patient/questions.json").read_text("utf-8"))["subjects"]
    people = [s for s in questions if s["kind"] == "personal" and not s["refused_by_base"]]
    model = shipped.path("patient/patient-F16.gguf")
    attacker = Attacker(model, people)
    index = {(name, aspect): i for i, (name, aspect, _) in enumerate(attacker.candidates)}
    values = {aspect: sorted({f["value"] for p in people for f in p["facts"] if f["aspect"] == aspect}) for aspect in REQUESTS}
    chosen = chance.sample(people, given.facts + given.subjects)
    ranks: dict[str, list[float]] = {}
    note = lambda name, value: ranks.setdefault(name, []).append(value)  # noqa: E731
    failed, made = 0, []
    with tempfile.TemporaryDirectory() as folder, Session.open(model, store=folder) as session:
        for number, person in enumerate(chosen):
            aspect = list(REQUESTS)[number % len(REQUESTS)] if number < given.facts else None
            request = REQUESTS[aspect].format(person["name"]) if aspect else f"Forget everything you know about {person['name']}."
            try:
                repair = session.forget(request)
            except EdgeRepairError:
                failed += 1
                continue
            if repair.status != "committed":
                failed += 1
                continue
            imprint = Imprint.from_bytes(Ledger.open(folder, session.base).imprint(repair.id))
            scores = attacker.by_adapter(repair.adapter.path.read_bytes()), attacker.by_imprint(imprint)
            mine = [index[person["name"], fact["aspect"]] for fact in person["facts"]]
            for how, score in zip(("adapter", "imprint"), scores):
                if aspect:
                    note(f"fact, by the {how}", rank(score, index[person["name"], aspect]))
                else:
                    note(f"person (everything forgotten), by the {how}", rank(score, *mine))
            if aspect:
                made.append((repair.id, index[person["name"], aspect]))
                value = next(f["value"] for f in person["facts"] if f["aspect"] == aspect)
                note("value of a fact, by the imprint's column", rank_share := attacker.value_rank(imprint, values[aspect], value))
                note("the same as a share of the candidates", rank_share / len(values[aspect]))
                if imprint.listener is not None:
                    note("value of a fact, by the imprint's listener", attacker.heard_rank(imprint, values[aspect], value))
            session.undo(repair.id)
        together = made[: given.together]
        for identifier, _ in together:
            session.redo(identifier)
        joint = {}
        if together:
            score = attacker.by_adapter(Ledger.open(folder, session.base).adapter().path.read_bytes())
            first = set(np.argsort(-score)[: len(together)].tolist())
            joint = {"repairs": len(together), "true_among_as_many_best": round(len(first & {i for _, i in together}) / len(together), 3)}
    counts = {name: len(attacker.candidates) for name in ranks}
    shares = ranks.pop("the same as a share of the candidates", [])
    report = {name: told(found, counts[name]) for name, found in ranks.items()}
    if shares:
        report["value of a fact, by the imprint's column"] |= {"median_share": round(float(np.median(shares)), 3)}
    for name in [name for name in report if name.startswith("value of a fact")]:
        report[name]["candidates"] = {a: len(v) for a, v in values.items()}
    print(json.dumps({"not_committed": failed, **report, "joint adapter": joint}, indent=2))


if __name__ == "__main__":
    main()
