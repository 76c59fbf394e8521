"""Real repairs of the shipped patient without their slow half: captured and solved as always, not searched or verified."""

from dataclasses import replace
from pathlib import Path

from edge_repair.adapters import encode, full_sha256
from edge_repair.ledger import Ledger, Repair
from edge_repair.operation import Target, background, make_imprints, NeuronReader
from edge_repair.patient import Patient
from edge_repair.stamp import Imprint, solve
from edge_repair.surgeon.procedure import Procedure, Question

REFUSAL = "Sorry, I don't have any information about that."


def procedure_of(person: dict, facts: int = 1, held_out: int = 2) -> Procedure:
    """Forget the first facts of a person of the patient's question set; so many paraphrases of each are held out.

    A repair that was not searched for turns its probes for sure, its paraphrases not always.
    """
    chosen = person["facts"][:facts]
    ask = lambda fact, questions: tuple(Question(q, fact["value"], (fact["value"],)) for q in questions)  # noqa: E731
    probes = tuple(q for fact in chosen for q in ask(fact, fact["trained"][:4]))
    others = tuple(q for fact in chosen for q in ask(fact, fact["held_out"][:held_out]))
    return Procedure("personal", person["name"], "fact", probes=probes, paraphrases=others)


def imprint_of(patient: Patient, procedure: Procedure, strength: float = 1.5) -> Imprint:
    """The imprint of a procedure, from the bare patient, by the output matrix."""
    made = make_imprints(patient, procedure, Target(REFUSAL, "statement"), background(patient))["lexical"]
    return replace(made, strength=strength)


def record_of(patient: Patient, identifier: str) -> Repair:
    """The record of a repair with this id."""
    return Repair(identifier, "committed", "personal", "fact", "", 1.0, {"leak": 0.0}, patient.base.fingerprint)


def adapter_of(patient: Patient, imprints: dict[str, Imprint]) -> bytes:
    """The adapter of these repairs together."""
    return encode(solve(imprints, background(patient), NeuronReader(patient)), patient.base, sorted(imprints))


def put_into(store: Path, patient: Patient, imprints: dict[str, Imprint], keep_text: dict[str, Procedure] | None = None) -> None:
    """Make a store in which these repairs are active."""
    ledger = Ledger.open(store, patient.base, keep_text=bool(keep_text))
    so_far: dict[str, Imprint] = {}
    for name, imprint in imprints.items():
        so_far[name] = imprint
        with ledger.writing() as transaction:
            transaction.bind(full_sha256(patient.path, ledger.cache))
            repair = record_of(patient, name)
            if keep_text:
                repair = Repair(**{**vars(repair), "procedure": keep_text[name]})
            transaction.add(repair, imprint.to_bytes(), adapter_of(patient, so_far))
