"""The default Surgeon: from a request to a repair procedure, with no model but the patient itself."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from edge_repair.errors import NothingToForgetError, UsageError
from edge_repair.surgeon import neighbours as near
from edge_repair.surgeon.asked import with_what_was_asked
from edge_repair.surgeon.aspects import kind_of
from edge_repair.surgeon.dangerous import making_wordings
from edge_repair.surgeon.examples import examples_in
from edge_repair.surgeon.interview import Ask, Interview, Progress
from edge_repair.surgeon.known import known_name
from edge_repair.surgeon.parts import asides
from edge_repair.surgeon.procedure import Procedure
from edge_repair.surgeon.reading import Reader, Reading, in_capitals
from edge_repair.surgeon.requests import RuleReader
from edge_repair.surgeon.scenarios import plan_correction, plan_dangerous, plan_examples, plan_fact, plan_subject
from edge_repair.surgeon.tagger import shipped_tagger
from edge_repair.watchdog.verdict import Verdict


class DefaultSurgeon:
    """Reads a request, asks the patient what it knows, and plans the repair.

    Args:
        reader: what parses the request; None: ``RuleReader`` with the shipped tagger.
        names: names by kind of subject ("person", "thing", ...; see ``known.NAMES``) that this patient is known to
            know, for neighbours; for a patient with a world of its own, where well-known names mean nothing.
    """

    def __init__(self, reader: Reader | None = None, names: Mapping[str, Sequence[str]] | None = None):
        self.reader = reader or RuleReader(shipped_tagger())
        self.names = dict(names or {})
        self.left_out: list[str] = []  # of the last ``plans``: why a subject that was named has no procedure

    def plan(
        self, request: str, verdict: Verdict | None, ask: Ask, progress: Progress | None = None, history: Sequence[str] = ()
    ) -> Procedure:
        """The procedure for a request that names one subject.

        Args:
            request: what the person typed.
            verdict: the Watchdog's, or None; its kind and target are only suggestions.
            ask: puts questions to the patient.
            progress: told about the questions.
            history: the last turns of the chat, oldest first: for "forget that", and for the wordings that somebody used.

        Raises:
            UsageError: empty, too vague, too broad, or several subjects at once (``plans`` takes those).
            NothingToForgetError: the patient answers none of the questions about it.
        """
        if examples := examples_in(request):
            return plan_examples(examples, Interview(ask, progress), self.names)
        readings = self.reader.read(request, verdict, history)
        if len(readings) > 1:
            listed = ", ".join(reading.subject for reading in readings)
            raise UsageError(f"this names {len(readings)} subjects ({listed}); ask for one at a time")
        return self.plan_reading(readings[0], ask, progress, history)

    def plans(
        self, request: str, verdict: Verdict | None, ask: Ask, progress: Progress | None = None, history: Sequence[str] = ()
    ) -> list[Procedure]:
        """One procedure for each subject that a request names and the patient knows.

        Raises:
            UsageError: as ``plan``, but several subjects are allowed.
            NothingToForgetError: the patient knows none of them.
        """
        procedures, unknown = [], None
        self.left_out = []
        if examples := examples_in(request):
            return [plan_examples(examples, Interview(ask, progress), self.names)]
        for reading in self.reader.read(request, verdict, history):
            try:
                procedures.append(self.plan_reading(reading, ask, progress, history))
            except NothingToForgetError as error:
                unknown = unknown or error
                self.left_out.append(str(error))
        if not procedures:
            raise unknown or UsageError("the request does not say what to forget")
        subjects = {procedure.subject.casefold() for procedure in procedures}
        return [_without_neighbours_about(subjects - {procedure.subject.casefold()}, procedure) for procedure in procedures]

    def others(self, procedure: Procedure, count: int = 40) -> list[str]:
        """Names of other subjects of the same kind, for asking the probes about them."""
        kind = "person" if procedure.kind == "personal" else kind_of(procedure.subject)
        if procedure.kind == "harmful" and making_wordings(procedure.subject):
            kind = "substance"  # those this patient is known to know, then things
        return near.others_of(kind, procedure.subject, self.names, count)

    def asides(self, procedure: Procedure) -> list[str]:
        """Questions about the same subject that must be answered as before, besides the neighbours; see ``parts.asides``."""
        return asides(procedure)

    def plan_reading(self, reading: Reading, ask: Ask, progress: Progress | None = None, history: Sequence[str] = ()) -> Procedure:
        """The procedure for one reading of a request; see ``plan`` for the errors."""
        interview = Interview(ask, progress)
        return with_what_was_asked(self._planned_in_either_case(reading, interview), interview, history)

    def _planned_in_either_case(self, reading: Reading, interview: Interview) -> Procedure:
        try:
            return self._planned(reading, interview)
        except NothingToForgetError:
            named = in_capitals(reading)
            if named is None:
                raise
            try:
                return self._planned(named, interview)
            except NothingToForgetError:
                pass
            raise  # in the person's own letters

    def _planned(self, reading: Reading, interview: Interview) -> Procedure:
        if reading.wrong:
            return plan_correction(reading, interview, self.names)
        if reading.kind == "harmful":
            return plan_dangerous(reading, interview, self.names)
        if reading.scope == "subject" and not reading.aspect:
            if re.match(r"(?:how to|ways? to|recipes? for|the recipe for|\w+ing )", reading.subject, re.IGNORECASE) and not known_name(
                reading.subject
            ):
                return plan_dangerous(reading, interview, self.names)  # a skill ("how to make pancakes"): the same forms fit
            return plan_subject(reading, interview, self.names)
        return plan_fact(reading, interview, self.names)


def _without_neighbours_about(subjects: set[str], procedure: Procedure) -> Procedure:
    """The procedure without the neighbours that another subject of the same request, to be forgotten too, stands in."""
    kept = (q for q in procedure.neighbours if not any(subject in q.text.casefold() for subject in subjects))
    return replace(procedure, neighbours=tuple(kept)) if subjects else procedure
