"""Questions that bring out a statement which is to be corrected."""

from collections.abc import Callable

from edge_repair.surgeon.grammar import affirm, statement_parts
from edge_repair.surgeon.phrasings import Wordings, asked_by, differing_value, statement_wordings, value_wordings
from edge_repair.surgeon.reading import Reading


def elicitation(reading: Reading) -> tuple[Wordings, Callable[[str], tuple[str, ...]], Callable[[str], str]]:
    """Questions that bring out the wrong statement, what of it each brings out, and what would be right.

    Open questions where the statement has a place for a value ("What is the capital of Australia?"); questions of
    yes or no ("Are bats blind?") where it has none; both where the right statement is only its negation.
    """
    wrong, right = statement_parts(reading.wrong), statement_parts(reading.right)
    cut, asked = differing_value(reading.wrong, reading.right), asked_by(reading.wrong)
    old, new = (cut[1], cut[2]) if cut else ("", "")
    if not cut and wrong and right and wrong[2] != right[2] and "not " not in right[2]:
        old, new = wrong[2], right[2]
    open_wordings = value_wordings(reading.wrong, reading.right)
    if open_wordings and new:
        return open_wordings, lambda question: (old,), lambda question: new
    side = "yes" if affirm(reading.right) == reading.right.strip().rstrip(".!? ") else "no"
    closed = statement_wordings(reading.wrong)
    old = asked[1] if asked else wrong[2] if wrong else ""
    if not open_wordings or not old or side == "yes":
        return closed, lambda question: ("no",) if side == "yes" else ("yes",), lambda question: side
    both = Wordings(
        closed.probes[:2] + open_wordings.probes[:2],
        tuple(q for pair in zip(closed.paraphrases, open_wordings.paraphrases) for q in pair),
    )
    return (
        both,
        lambda question: ("yes",) if question in closed.all else (old,),
        lambda question: side if question in closed.all else "",
    )
