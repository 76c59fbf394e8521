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
            found = max(_Round(self, procedure, target).trials(), key=merit)
            harder = with_failures_as_probes(procedure, found.outcome)
            if found.outcome.passed or harder is None or self.late:
                return found, procedure
            procedure = harder  # what leaked is edited too, and the rest goes on being held out

    @property
    def late(self) -> bool:
        """The work that was granted is done."""
        return time.process_time() > self.deadline

    @property
    def calm(self) -> bool:
        """There is no ordinary text that a strength could move."""
        return self.reference is not None and not self.reference.texts

    def verified(self, imprint: Imprint, adapter: bytes, procedure: Procedure, target: Target, headroom: float) -> Trial:
        """A trial of what is attached."""
        with self.clock.stage("verify"):
            return Trial(imprint, adapter, verify(procedure, target.text, self.examined(procedure, imprint, adapter), self.reference), headroom)


class _Round:
    """The recipes of one procedure, mildest first: which are worth a verification, and when enough have been tried.

    Attributes:
        marked: an imprint for each recipe, with its strength.
        tried: what was verified.
        weak: ``(turned at all, how far, minus which)`` of recipes that did not turn the patient surely, so are not worth a verification yet.
        waiting: one that turns the patient surely, with its headroom; verified only if the next one is not the better.
    """

    def __init__(self, search: Search, procedure: Procedure, target: Target):
        self._search, self._procedure, self._target = search, procedure, target
        imprints, strength = search.capture(procedure), procedure.recipe.strength
        recipes = [(way, factor) for way, factor in RECIPES if way in imprints and strength is None]
        recipes = recipes or [("context" if "context" in imprints else "lexical", strength)]
        self._ways = [way for way, _ in recipes]
        self.marked = [replace(imprints[way], strength=factor) for way, factor in recipes]
        self.tried: list[Trial] = []
        self.weak: list[tuple[bool, float, int]] = []
        self.waiting: tuple[Imprint, float] | None = None
        self._doubtful: dict[str, tuple[str, ...]] = {}  # by way of writing
        self._until = float("inf")  # a ``time.process_time()``

    def trials(self) -> list[Trial]:
        """Try recipes until some meet the limits; at least one comes back."""
        for number in range(len(self.marked)):
            if self._too_strong(self.marked[number].strength):
                break
            if self._ends_with(number) or self._search.late or time.process_time() > self._until:
                break
        self._settle()
        self._only_just()
        self._stronger()
        return self.tried

    @property
    def _passed(self) -> bool:
        return any(trial.outcome.passed for trial in self.tried)

    @property
    def _clean(self) -> float | None:
        """The greatest headroom of those that leave nothing else to wish for; None: there is none."""
        if self.waiting:
            return self.waiting[1]
        return max((trial.headroom for trial in self.tried if is_clean(trial.outcome)), default=None)

    def _too_strong(self, strength: float) -> bool:
        if strength > (AMPLY if self._search.calm else SURE) and not self.waiting and not self._passed and any(enough for enough, _, _ in self.weak):
            return True  # what turns it already is milder
        return strength > AMPLY and self._clean is not None  # what is wanted now is headroom, and no more than is worth that strength

    def _ends_with(self, number: int) -> bool:
        """Try one recipe; True when there is nothing left to wish for."""
        search, imprint, clean = self._search, self.marked[number], self._clean
        adapter = search.put_on(imprint, (number, len(self.marked)))
        with search.clock.stage("verify"):
            now = None if imprint.site else turned(search.patient, self._procedure, self._target, self._doubtful.get(self._ways[number], ()))
        if now is not None and clean is not None and now.headroom < clean + HALF_A_NAT:
            return False  # no more headroom than a recipe that left nothing else to wish for
        if now is not None and not now.surely:
            if now.enough:
                self._doubtful[self._ways[number]] = now.doubtful
            self.weak.append((now.enough, now.headroom // HALF_A_NAT if now.enough else (now.share + now.first) // A_LITTLE, -number))
            return False
        if now is not None and not self.tried and self.waiting is None and search.calm and now.headroom < AMPLE:
            self.waiting, self._until = (imprint, now.headroom), time.process_time() + POLISH_SECONDS
            self._doubtful[self._ways[number]] = now.doubtful
            return False
        found = search.verified(imprint, adapter, self._procedure, self._target, float("inf") if now is None else now.headroom)
        self.tried.append(found)
        if is_clean(found.outcome):
            self.waiting = None
        self._settle()
        if self.tried[-1].outcome.passed:
            self._until = min(self._until, time.process_time() + POLISH_SECONDS)
        # The first that leaves nothing to wish for may move text already; a later one by another way need not.
        return is_clean(self.tried[-1].outcome) and (self.tried[-1].ample >= AMPLE or (clean is None and not self.tried[-1].ample))

    def _settle(self) -> None:
        """Verify the one that waits."""
        if self.waiting:
            imprint, headroom = self.waiting
            self.waiting = None
            self._again(imprint, headroom)

    def _only_just(self) -> None:
        """What turns the patient surely may do harm: then what only just turns it, the surest first, the milder of two alike."""
        for _, _, number in sorted(self.weak, reverse=True)[:MOST_WEAK]:
            if self.tried and (self._search.late or self._passed):
                break
            self._again(self.marked[-number])

    def _stronger(self) -> None:
        """One odd wording that still tells, where the limits are met: strengths beyond ``SURE`` that leave ordinary text alone."""
        if not self._passed or any(trial.outcome.passed and not trial.outcome.leak for trial in self.tried):
            return
        known = [trial.imprint for trial in self.tried]
        for imprint in self.marked:
            if SURE < imprint.strength <= AMPLY and all(one is not imprint for one in known) and not self._search.late:
                found = self._again(imprint)
                if found.outcome.kl > CALM:
                    self.tried.pop()
                if is_clean(found.outcome):
                    break

    def _again(self, imprint: Imprint, headroom: float = 0.0) -> Trial:
        adapter = self._search.put_on(imprint, (len(self.marked), len(self.marked)))
        self.tried.append(self._search.verified(imprint, adapter, self._procedure, self._target, headroom))
        return self.tried[-1]
