"""From a request to procedures, with what the active repairs have to do with it."""

from collections.abc import Callable, Sequence

from edge_repair.errors import NothingToForgetError
from edge_repair.session.overlap import already, not_from_remains, refuse_overlap
from edge_repair.session.state import State
from edge_repair.surgeon import DefaultSurgeon, Procedure
from edge_repair.watchdog import Verdict

ANSWER_TOKENS = 24  # of an answer to a question of a plan
Way = Callable[..., Procedure | list[Procedure]]  # of a Surgeon: ``plan`` or ``plans``


def planned(state: State, surgeon: DefaultSurgeon, way: Way, text: str, verdict: Verdict, history: Sequence[str]) -> list[Procedure]:
    """The procedures of a request, as the patient answers now.

    Raises:
        UsageError, NothingToForgetError: as ``way``; also where an active repair must be taken back first, or has made all of it
            forgotten.
    """

    def plan(answers: Callable[..., list[str]]) -> list[Procedure]:
        made = way(text, verdict, lambda questions, most=ANSWER_TOKENS: answers(questions, most), state.progress, history)
        return made if isinstance(made, list) else [made]

    with state.synced() as patient:
        try:
            procedures = plan(patient.answers)
        except NothingToForgetError as error:
            subjects = [reading.subject for reading in surgeon.reader.read(text, verdict, history)]
            raise NothingToForgetError(f"{error}{already(state, subjects)}") from None
    wanted, nothing = [], None
    for procedure in procedures:
        try:
            wanted.append(not_from_remains(state, procedure, plan))
        except NothingToForgetError as error:
            nothing = nothing or error
            surgeon.left_out.append(str(error))
    if nothing and not wanted:
        raise nothing
    for procedure in wanted:
        refuse_overlap(state, procedure)
    return wanted
