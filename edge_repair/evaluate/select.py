"""Which question set a word on the command line means, what is measured with it, and what must survive beside it."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from edge_repair.errors import UsageError
from edge_repair.evaluate import conversion
from edge_repair.evaluate.questions import CORRECTED_KINDS, HARMFUL_KINDS, QuestionSet, load

CONVERTED = {"xstest": conversion.xstest, "xstest_general": conversion.xstest_general, "topics_xstest": conversion.topics_xstest, "truthfulqa": conversion.truthfulqa, "known_1000": conversion.known_1000, "tofu": conversion.tofu}
CONVERTED |= {f"tofu_{part}": partial(conversion.tofu, part=part) for part in ("forget05", "forget10", "real")}


def named(name: str, data: Path | None = None) -> QuestionSet:
    """Return a shipped set, a converted public one (its folder given as ``data``), or the set in a file.

    Raises:
        UsageError: a public set without its folder, or nothing of that name.
    """
    if name in CONVERTED:
        if data is None:
            raise UsageError(f"--questions {name} needs the folder of the public data: --data FOLDER")
        return CONVERTED[name](data)
    return load(name)


def default_rows(questions: QuestionSet) -> tuple[str, ...]:
    """The sorts of repair that a set has subjects for. Raises UsageError when there are none."""
    facts = questions.facts()
    rows = []
    if any(fact.row == "fact" and fact.kind not in (*CORRECTED_KINDS, *HARMFUL_KINDS) for fact in facts):
        rows += ["subject", "fact"]
    rows += [row for row in ("correction", "harmful") if any(fact.row == row for fact in facts)]
    if not rows:
        raise UsageError(f"question set {questions.name} has nothing to repair; it only asks. Give another with --questions")
    return tuple(rows)


def retained(questions: QuestionSet, data: Path | None = None, names: Sequence[str] = ()) -> list[QuestionSet]:
    """Sets that unrelated questions are drawn from: those of these names, or else the set of a patient asks about itself, all others about the world.

    A memory is asked about its other people too, and a patient that knows TOFU's authors about those who stay.
    """
    if names:
        return [named(name, data) for name in names]
    if questions.name.startswith("tofu") and data is not None:
        return [conversion.tofu_retain(data)]
    world = [] if questions.name == "patient" else [load("general"), load("world")]
    return [questions] * (questions.name in ("patient", "memory")) + world
