"""Everything that can be said of a model's repairs without saying what they are: hashes, figures, checks passed.

One report serves ``bake`` (which keeps a merged file only if the report is good) and ``certify`` (which writes it down).
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edge_repair import __version__, calibration
from edge_repair.adapters import AdapterFile, decode, full_sha256, identify, read_header
from edge_repair.adapters.files import in_passing
from edge_repair.baking import checks
from edge_repair.baking.merge import BAKED, BAKED_FROM, together
from edge_repair.errors import BakeError, StoreError, UsageError
from edge_repair.ledger import Ledger, Repair
from edge_repair.patient import Patient
from edge_repair.patient.binding import check
from edge_repair.stamp import Imprint
from edge_repair.surgeon.procedure import Procedure
from edge_repair.verify import Outcome, Reference, answered

PROMPTS, TEXTS, TEXT_CHARACTERS = 16, 2, 400  # of a vocabulary of 150,000 a text of 100 tokens is 60 MB
UNDONE_PROMPTS = 8
BAKED_CONTEXT = 2048  # tokens
READINGS = 20  # of a store that others change
# A baked file is near the adapter when it is as near as the same weights without any edit are in another precision,
# with room: on SmolLM2 Q4_1 that noise is 0.0013 nats after prompts and 0.0018 in text.
MOST_KL = 0.02
MOST_ERROR = 0.05  # of what a gate writes; F16 gives 0.0008, Q8_0 0.03

Refer = Callable[[Procedure], Reference]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Active:
    """The active repairs at one moment, all of that moment, whatever other processes do to the store afterwards."""

    adapter: AdapterFile
    data: bytes
    repairs: tuple[Repair, ...]
    imprints: Mapping[str, Imprint]


def active_repairs(ledger: Ledger) -> Active:
    """Read them again until adapter, records and imprints are of the same state.

    Raises:
        UsageError: no repair is active. StoreError: other processes never leave them alone.
    """
    for _ in range(READINGS):
        adapter = ledger.adapter()
        if adapter is None or adapter.path is None:
            raise UsageError("no repair is active for this model in this store; see: edge-repair repairs list")
        repairs = tuple(repair for repair in ledger.repairs() if repair.status == "committed")
        imprints = ledger.active_imprints()
        try:
            data = adapter.path.read_bytes()
        except FileNotFoundError:
            continue
        if set(adapter.repair_ids) == {repair.id for repair in repairs} == set(imprints) and hashlib.sha256(data).hexdigest() == adapter.sha256:
            return Active(adapter, data, repairs, {name: Imprint.from_bytes(one) for name, one in imprints.items()})
    raise StoreError(f"{ledger.folder}: other programs change the repairs without a pause; end them and try again")


def examine(
    patient: Patient,
    ledger: Ledger,
    refer: Refer,
    procedures: Sequence[Procedure] = (),
    baked: Path | None = None,
    progress: Progress | None = None,
    active: Active | None = None,
) -> dict[str, Any]:
    """Measure the active repairs on the live patient, and a baked file against them. The patient is left without them.

    Args:
        patient: with nothing of ours attached, or anything: it is attached and detached here.
        ledger: of this patient; its combined adapter must be in good order.
        refer: what a patient says before a repair, for a procedure; called with nothing attached.
        procedures: whose questions are asked too, besides those whose text the store kept.
        baked: a merged file to be compared with model and adapter.
        active: the repairs that were merged; None: those that are active now.

    Returns:
        Plain data for JSON; ``passed`` and ``missed`` give the result. Nothing in it tells what was forgotten.

    Raises:
        UsageError: no repair is active. ModelError, AdapterError: a file is not what it should be.
    """
    tell = progress or (lambda stage, done, total: None)
    active = active or active_repairs(ledger)
    adapter, repairs = active.adapter, active.repairs
    asked = [(repair.id, repair.procedure) for repair in repairs if repair.procedure] + [(None, procedure) for procedure in procedures]
    every = calibration.prompts()
    prompts = every[:: max(1, len(every) // PROMPTS)][:PROMPTS]
    texts = [text[:TEXT_CHARACTERS] for text in calibration.texts()[:TEXTS]]

    tell("asking the model without its repairs", 0, 0)
    patient.attach(None)
    bare = checks.Said.of(patient, prompts, texts)
    exact = [patient.logits(prompt) for prompt in prompts[:UNDONE_PROMPTS]]
    understood = [(name, answered(procedure, patient)) for name, procedure in asked]
    references = [refer(procedure) for _, procedure in understood]
    tell("asking it with them", 0, 0)
    with in_passing(active.data) as path:
        patient.attach(path)
    repaired = checks.Said.of(patient, prompts, texts)
    with_adapter = [checks.questions_asked(p, patient, reference) for (_, p), reference in zip(understood, references)]
    patient.attach(None)
    undone = sum(np.array_equal(before, patient.logits(prompt)) for before, prompt in zip(exact, prompts))

    missed = [] if undone == len(exact) else [f"undo gave {undone} of {len(exact)} prompts back bit for bit"]
    report: dict[str, Any] = {
        "format": 1,
        "made_with": {"edge_repair": __version__, "llama-cpp-python": check()},
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "model": {
            "name": patient.base.name,
            "architecture": patient.base.architecture,
            "sha256": full_sha256(patient.path, ledger.cache),
            "bytes": patient.path.stat().st_size,
        },
        "adapter": {"sha256": adapter.sha256, "bytes": adapter.bytes, "rank": adapter.rank, "layers": list(adapter.layers)},
        "repairs": [{"id": r.id, "kind": r.kind, "scope": r.scope, "figures": r.figures} for r in repairs],
        "drift_of_ordinary_answers": asdict(checks.distance(bare, repaired)),
        "undo": {"prompts": len(exact), "equal_bit_for_bit": int(undone)},
        "baked": None,
    }
    found: list[Outcome | None] = [None] * len(understood)
    if baked is not None:
        tell("asking the baked model", 0, 0)
        factors = decode(active.data, patient.base)
        _refuse_another(patient, ledger, baked)
        with Patient.open(baked, n_ctx=BAKED_CONTEXT) as merged:
            apart = checks.distance(repaired, checks.Said.of(merged, prompts, texts))
            found = [checks.questions_asked(p, merged, reference) for (_, p), reference in zip(understood, references)]
        inside = checks.written(patient.base, patient.path, together(patient.lora, factors), factors, baked, active.imprints)
        report["baked"] = {"sha256": _sha256(baked), "bytes": baked.stat().st_size, "from_adapter": asdict(apart), "written": asdict(inside)}
        missed += _missed(apart, inside)
    report["checks"] = []
    for (name, procedure), one, other in zip(understood, with_adapter, found):
        missed += _missed_questions(procedure, one, other)
        report["checks"].append(
            {
                "repair": name,
                "questions_from": "text kept in the store" if name else "a procedure that was given",
                "with_adapter": checks.figures(one),
                "baked": other and checks.figures(other),
            }
        )
    return report | {"missed": missed, "passed": not missed}


def _sha256(path: Path) -> str:
    """Of a file that may be a temporary one, so that no cache is asked."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(4 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _refuse_another(patient: Patient, ledger: Ledger, baked: Path) -> None:
    metadata, base = read_header(baked).metadata, identify(baked)
    if metadata.get(BAKED) is not True or {n: t.shape for n, t in base.tensors.items()} != {n: t.shape for n, t in patient.base.tensors.items()}:
        raise BakeError(f"{baked.name} was not baked from {patient.base.name}; bake it again")
    if metadata.get(BAKED_FROM) not in (full_sha256(patient.path, ledger.cache), read_header(patient.path).metadata.get(BAKED_FROM)):
        raise BakeError(f"{baked.name} was baked from another file than {patient.path.name}; bake it again")


def _missed(apart: checks.Distance, inside: checks.Written) -> list[str]:
    """What of a baked file is too far from the adapter; written so that NaN is."""
    limits: Mapping[str, tuple[float, float]] = {
        "KL after prompts": (apart.kl_prompts, MOST_KL),
        "KL in text": (apart.kl_text, MOST_KL),
        "error of what the gates write": (inside.largest_error, MOST_ERROR),
    }
    return [f"{name} is {value:.4f}, over {most}" for name, (value, most) in limits.items() if not value <= most]


def _missed_questions(procedure: Procedure, with_adapter: Outcome, baked: Outcome | None) -> list[str]:
    """The limits that the adapter misses; of a baked model those that it misses by more than a question more than the adapter.

    One question of a dozen is within what a rounding does to greedy text.
    """
    if baked is None:
        return list(with_adapter.missed)
    asked = 1 / max(len(procedure.probes) + len(procedure.paraphrases), 1) + 1e-9
    near = 1 / max(len(procedure.neighbours), 1) + 1e-9
    worse = baked.leak > with_adapter.leak + asked or baked.refused < with_adapter.refused - asked
    worse = worse or baked.neighbours_kept < with_adapter.neighbours_kept - near
    return list(baked.missed) if worse else []
