"""Examines the repairs that a model has: is every number still what it was, and do they still do what they did.

What can be examined depends on what the store holds. By default it holds no words, so a repair's questions cannot be
asked again: then its numbers are checked (the adapter, solved again from the imprints; at which stored inputs its gate
opens) and what all repairs do together to ordinary text. Where the words were kept (``keep_text``), the procedure's
own verification is run again, against the model without this one repair. Each finding says which of the two it was.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edge_repair.adapters import BaseIdentity, decode
from edge_repair.errors import AdapterError, ModelError
from edge_repair.patient import Patient
from edge_repair.stamp import Imprint, Openings, Statistics, openings
from edge_repair.surgeon.procedure import Procedure, Question
from edge_repair.verify import KEPT_NATS, KEPT_TOKENS, Examined, Outcome, Reference, kl_from, verify

LEAST_OPEN, MOST_NEAR = 0.9, 0.1  # shares of stored inputs: probes at which a gate must open, neighbours at which it may
OPEN_IN_GENERAL = 0.7  # probes, where they are examples of danger in general
PROMPT = "What is the capital of France?"
READINGS = 20  # of a store that other processes change
SAME_FACTORS = 1e-4  # relative to the largest entry: what another machine's linear algebra may differ by


@dataclass(frozen=True)
class RepairFinding:
    """What was found of one active repair.

    Attributes:
        identifier: of the repair.
        how: "asked again" (its words are kept) or "numbers only" (they are not).
        gate: at which stored inputs its gate opens, in the joint solve of all active repairs.
        outcome: of the verification that was run again; None for "numbers only".
        problems: in words; empty when all is well.
    """

    identifier: str
    how: str
    gate: Openings
    outcome: Outcome | None
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Examination:
    """What was found of a model and all its active repairs.

    Attributes:
        checks: name to what was found, in words, of the model file, the adapter, the joint solve, and undoing.
        retain_kept, kl: what all repairs together do to the fixed retain sample (share) and to ordinary text (nats per
            token); None without active repairs.
        repairs: one finding for each active repair.
        problems: in words, of the whole; the repairs have their own.
    """

    checks: dict[str, str]
    retain_kept: float | None
    kl: float | None
    repairs: tuple[RepairFinding, ...]
    problems: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """True when no check found a problem."""
        return not self.problems and not any(finding.problems for finding in self.repairs)


@dataclass(frozen=True)
class Rooms:
    """What an examination needs of the rooms, put together by the session.

    Attributes:
        patient, base: the model.
        confirm_file: reads the whole model file again and compares its hash; raises ModelError.
        imprints: those of the active repairs.
        stored_adapter: the bytes of the combined adapter in the store; raises AdapterError.
        solve: the joint solve of imprints, as the bytes of an adapter.
        attach: make these bytes the adapter; None: no repair at all.
        reference: the patient's answers as it is now, for neighbours, retain sample and texts.
        statistics: of the model.
        procedure: repair id to its procedure, None when its words are not kept.
    """

    patient: Patient
    base: BaseIdentity
    confirm_file: Callable[[], None]
    imprints: Callable[[], Mapping[str, Imprint]]
    stored_adapter: Callable[[], bytes]
    solve: Callable[[Mapping[str, Imprint]], bytes]
    attach: Callable[[bytes | None], None]
    reference: Callable[[Sequence[Question]], Reference]
    statistics: Callable[[], Statistics]
    procedure: Callable[[str], Procedure | None]


def compare_solved(solved: bytes, stored: bytes, base: BaseIdentity) -> tuple[str, str]:
    """``(what was found, the problem or "")`` of an adapter that was solved again, beside the stored one."""
    if solved == stored:
        return "solved again from the imprints: the same to the last bit", ""
    try:
        one, two = decode(solved, base), decode(stored, base)
    except AdapterError as error:
        return "solved again from the imprints: the stored one is refused", str(error)
    if one.keys() != two.keys() or any(a.shape != b.shape for name in one for a, b in zip(one[name], two[name])):
        return (
            "solved again from the imprints: another adapter",
            "the stored adapter is not that of the active repairs; undo and redo one of them",
        )
    far = max(
        float(np.abs(b @ a - d @ c).max() / max(np.abs(b @ a).max(), 1e-30)) for name in one for (a, b), (c, d) in [(one[name], two[name])]
    )
    found = f"solved again from the imprints: the same but for {far:.1e} of the largest entry (another machine's arithmetic)"
    return (
        found,
        "" if far <= SAME_FACTORS else f"the adapter solved again differs by {far:.1e} of its largest entry; undo and redo a repair",
    )


def gate_problems(gate: Openings, general: bool = False) -> list[str]:
    """What is wrong with a gate, in words. One of danger in general (``general``) begins above the weakest of its examples."""
    problems = []
    if gate.probes < (OPEN_IN_GENERAL if general else LEAST_OPEN):
        problems.append(f"its gate opens at {gate.probes:.0%} of its stored probes only")
    if gate.near > MOST_NEAR:
        problems.append(f"its gate opens at {gate.near:.0%} of its stored neighbours")
    return problems


def drift(patient: Examined, reference: Reference) -> tuple[float, float]:
    """``(retain kept, KL in nats per token)`` of the patient as it is, from a reference of the model without repairs."""
    after = patient.mean_log_likelihoods([(q.text, q.answer) for q in reference.kept], KEPT_TOKENS)
    kept = [now >= before - KEPT_NATS for before, now in zip(reference.likelihoods, after)]
    return (sum(kept) / len(kept) if kept else 1.0), kl_from(reference, patient.text_log_probabilities)


def findings(
    imprints: Mapping[str, Imprint], statistics: Statistics, ask_again: Callable[[str], Outcome | None]
) -> tuple[RepairFinding, ...]:
    """One finding for each repair.

    Args:
        imprints: of all active repairs.
        statistics: of the base.
        ask_again: repair id to the outcome of its own verification, or None when its words were not kept.
    """
    found = []
    for name, gate in openings(imprints, statistics).items():
        outcome = ask_again(name)
        problems = [*gate_problems(gate, imprints[name].general), *(outcome.missed if outcome else ())]
        found.append(RepairFinding(name, "asked again" if outcome else "numbers only", gate, outcome, tuple(problems)))
    return tuple(sorted(found, key=lambda finding: list(imprints).index(finding.identifier)))


def _of_one_moment(rooms: Rooms) -> tuple[dict[str, Imprint], bytes | AdapterError]:
    """Imprints, and the stored adapter or what is wrong with it: read again while other processes change the repairs."""
    imprints = rooms.imprints()
    for _ in range(READINGS):
        try:
            stored: bytes | AdapterError = rooms.stored_adapter()
        except AdapterError as error:
            stored = error
        before, imprints = imprints, rooms.imprints()
        if set(before) == set(imprints):
            break
    return imprints, stored


def examine(rooms: Rooms) -> Examination:
    """Run every check that the store allows. The patient is left with whatever adapter was attached last."""
    checks: dict[str, str] = {}
    problems: list[str] = []

    def note(name: str, found: str, problem: str = "") -> None:
        checks[name] = problem or found
        problems.extend([f"{name}: {problem}"] if problem else [])

    try:
        rooms.confirm_file()
        note("model file", "the bytes that the repairs were made for (SHA-256 of the whole file, read again)")
    except ModelError as error:
        note("model file", "", str(error))
    imprints, stored = _of_one_moment(rooms)
    if not imprints:
        return Examination(checks, None, None, (), tuple(problems))
    solved = rooms.solve(imprints)
    if isinstance(stored, AdapterError):
        note("adapter", "", f"{stored} It is solved again at the next use.")
    else:
        note("adapter", "whole, finite, of this model, and of the active repairs")
        note("joint solve", *compare_solved(solved, stored, rooms.base))
    rooms.attach(None)
    before, reference = rooms.patient.logits(PROMPT), rooms.reference(())
    rooms.attach(solved)
    kept, kl = drift(rooms.patient, reference)
    rooms.attach(None)
    same = bool(np.array_equal(before, rooms.patient.logits(PROMPT)))
    note(
        "undo",
        "without the adapter, next-token logits are those of the model, bit for bit",
        "" if same else "taking the adapter off does not give the model's logits back",
    )

    def ask_again(name: str) -> Outcome | None:
        procedure = rooms.procedure(name)
        if procedure is None:
            return None
        others = {other: imprint for other, imprint in imprints.items() if other != name}
        rooms.attach(rooms.solve(others) if others else None)
        without = rooms.reference(procedure.neighbours)
        rooms.attach(solved)
        return verify(procedure, procedure.right, rooms.patient, without)

    return Examination(checks, kept, kl, findings(imprints, rooms.statistics(), ask_again), tuple(problems))
