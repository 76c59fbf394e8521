"""Tries recipes on the live patient, mildest first, until one is good enough."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from edge_repair.operation.targets import Target, turned
from edge_repair.operation.trial import AMPLE, CALM, Clock, Trial, is_clean, merit
from edge_repair.patient import Patient
from edge_repair.stamp import Imprint
from edge_repair.surgeon.procedure import Procedure
from edge_repair.verify import Examined, Reference, verify, with_failures_as_probes

# How residuals are written, and how strongly; mildest first.
RECIPES = (
    ("site", 1.0), ("site", 1.6), ("site", 2.5),
    ("context", 1.0), ("context", 1.4), ("lexical", 1.0), ("context", 2.0), ("lexical", 1.5), ("context", 3.0), ("lexical", 2.5), ("context", 5.0),
)  # fmt: skip
SURE = 2.0  # strength beyond which no headroom is looked for, only what turns the patient at all, where ordinary text pays for it
AMPLY = 3.0  # the same, for more headroom than is needed
HALF_A_NAT, A_LITTLE = 0.5, 0.1  # recipes whose headroom, or whose shares of turned tokens together, differ by less count alike
MOST_WEAK = 3  # recipes that did not turn the patient surely and are verified all the same
POLISH_SECONDS = 8.0  # of work, for a still better recipe once one meets the limits; one that leaves nothing to wish for ends the search


@dataclass(frozen=True)
class Search:
    """One repair's search on the live patient.

    Attributes:
        patient: carries what the last trial put on it when the search ends.
        capture: makes the imprints of a procedure by way of writing, from the bare patient.
        put_on: solves an imprint together with the active repairs and attaches it; given (trial, of how many) to
            show; returns the adapter's bytes.
        examined: the patient to verify a trial on, which is attached: given the procedure, its imprint and its adapter's bytes.
        reference: of the patient before the repair; without texts where ordinary text cannot move (routed).
        clock: gets the time of the stages.
        deadline: a ``time.process_time()``: of work, since a busy machine must not change the result.
    """

    patient: Patient
    capture: Callable[[Procedure], dict[str, Imprint]]
    put_on: Callable[[Imprint, tuple[int, int]], bytes]
    examined: Callable[[Procedure, Imprint, bytes], Examined]
    reference: Reference
    clock: Clock
    deadline: float

    def best(self, procedure: Procedure, target: Target) -> tuple[Trial, Procedure]:
        """The best trial, verified, and the procedure it was made by: paraphrases that failed have become its probes."""
        while True:
            found = max(self._trials(procedure, target), key=merit)
            harder = with_failures_as_probes(procedure, found.outcome)
            if found.outcome.passed or harder is None or self._late():
                return found, procedure
            procedure = harder  # what leaked is edited too, and the rest goes on being held out

    def _late(self) -> bool:
        return time.process_time() > self.deadline

    def _trials(self, procedure: Procedure, target: Target) -> list[Trial]:
        """Capture, then try recipes until some meet the limits; at least one comes back."""
        imprints, strength = self.capture(procedure), procedure.recipe.strength
        recipes = [(way, factor) for way, factor in RECIPES if way in imprints and strength is None]
        recipes = recipes or [("context" if "context" in imprints else "lexical", strength)]
        marked = [replace(imprints[way], strength=factor) for way, factor in recipes]
        tried: list[Trial] = []
        doubtful: dict[str, tuple[str, ...]] = {}  # by way of writing
        polished = float("inf")
        waiting: tuple[Imprint, float] | None = None  # turns the patient surely, and is verified only if the next one is not the better
        weak: list[tuple[bool, float, int]] = []  # (turned at all, how far, minus which) of trials not worth a verification yet
        for number, imprint in enumerate(marked):
            passed = waiting is not None or any(trial.outcome.passed for trial in tried)
            if imprint.strength > (AMPLY if self._calm else SURE) and not passed and any(enough for enough, _, _ in weak):
                break  # what turns it already is milder
            clean = waiting[1] if waiting else max((trial.headroom for trial in tried if is_clean(trial.outcome)), default=None)
            if imprint.strength > AMPLY and clean is not None:
                break  # what is wanted now is headroom, and no more than is worth that strength
            adapter = self.put_on(imprint, (number, len(marked)))
            with self.clock.stage("verify"):
                now = None if imprint.site else turned(self.patient, procedure, target, doubtful.get(recipes[number][0], ()))
            if clean is not None and now is not None and now.headroom < clean + HALF_A_NAT:
                pass  # no more headroom than a recipe that left nothing else to wish for
            elif now is not None and now.surely and not tried and waiting is None and self._calm and now.headroom < AMPLE:
                waiting, polished = (imprint, now.headroom), time.process_time() + POLISH_SECONDS
                doubtful[recipes[number][0]] = now.doubtful
                continue
            elif now is None or now.surely:
                tried.append(self._verified(imprint, adapter, procedure, target, float("inf") if now is None else now.headroom))
                if waiting and not is_clean(tried[-1].outcome):
                    tried.append(self._again(waiting[0], len(marked), procedure, target, waiting[1]))
                waiting = None
                if tried[-1].outcome.passed:
                    polished = min(polished, time.process_time() + POLISH_SECONDS)
                    # The first that leaves nothing to wish for may move text already; a later one by another way need not.
                    if is_clean(tried[-1].outcome) and (tried[-1].ample >= AMPLE or (clean is None and not tried[-1].ample)):
                        break
            else:
                if now.enough and procedure.kind != "misinformation":
                    doubtful[recipes[number][0]] = now.doubtful
                weak.append((now.enough, now.headroom // HALF_A_NAT if now.enough else (now.share + now.first) // A_LITTLE, -number))
            if self._late() or time.process_time() > polished:
                break
        if waiting:
            tried.append(self._again(waiting[0], len(marked), procedure, target, waiting[1]))
        # What turns the patient surely may do harm: then what only just turns it, the surest first, the milder of two alike.
        for enough, _, number in sorted(weak, reverse=True)[:MOST_WEAK]:
            if tried and (self._late() or any(trial.outcome.passed for trial in tried)):
                break
            tried.append(self._again(marked[-number], len(marked), procedure, target))
        return tried + self._stronger(tried, marked, procedure, target)

    def _stronger(self, tried: list[Trial], marked: list[Imprint], procedure: Procedure, target: Target) -> list[Trial]:
        """One odd wording that still tells, where the limits are met: strengths beyond ``SURE`` that leave ordinary text alone."""
        if not any(trial.outcome.passed for trial in tried) or any(trial.outcome.passed and not trial.outcome.leak for trial in tried):
            return []
        found: list[Trial] = []
        for imprint in marked:
            if SURE < imprint.strength <= AMPLY and all(trial.imprint is not imprint for trial in tried) and not self._late():
                trial = self._again(imprint, len(marked), procedure, target)
                found += [trial] if trial.outcome.kl <= CALM else []
                if is_clean(trial.outcome):
                    break
        return found

    @property
    def _calm(self) -> bool:
        """There is no ordinary text that a strength could move."""
        return self.reference is not None and not self.reference.texts

    def _again(self, imprint: Imprint, count: int, procedure: Procedure, target: Target, headroom: float = 0.0) -> Trial:
        return self._verified(imprint, self.put_on(imprint, (count, count)), procedure, target, headroom)

    def _verified(self, imprint: Imprint, adapter: bytes, procedure: Procedure, target: Target, headroom: float = 0.0) -> Trial:
        with self.clock.stage("verify"):
            return Trial(imprint, adapter, verify(procedure, target.text, self.examined(procedure, imprint, adapter), self.reference), headroom)
