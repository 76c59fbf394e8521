"""What a request says, once read: the interface between the part that parses and the part that plans."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from edge_repair.surgeon.grammar import capitalise
from edge_repair.watchdog.verdict import Verdict

_NO_NAME = frozenset("the a an my our your his her their its this that these those all any some every what how who where when why which".split())


@dataclass(frozen=True)
class Reading:
    """One thing that a request asks to forget or to correct.

    Attributes:
        kind: one of ``procedure.KINDS``.
        scope: "subject" (all of it), "aspect" (one side of it) or "fact" (one answer).
        subject: who or what, in the words of the request; ``lexicon.SPEAKER`` for the person who types; for a dangerous
            request the thing that is asked for, "how to" included.
        aspect: what of the subject, as a noun phrase ("capital") or an indirect question ("where Ann Lee lives");
            several are joined by " and ". Empty for scope "subject".
        wrong: for a correction, the statement that must not be made any more.
        right: for a correction, the statement to be made instead.
        certain: False where the kind was guessed for want of evidence, so that a verdict of the Watchdog may decide it.
    """

    kind: str
    scope: str
    subject: str
    aspect: str = ""
    wrong: str = ""
    right: str = ""
    certain: bool = False

    @property
    def statement(self) -> str:
        """What is to be forgotten, where that is a statement ("that Ann Lee lives in Kiel"), without its "that"; else empty."""
        return self.aspect.removeprefix("that ") if self.aspect.startswith("that ") else ""


def in_capitals(reading: Reading) -> Reading | None:
    """The reading with a name that was typed in small letters ("ann lee") as names are written; None where it is none such."""
    words = reading.subject.split()
    if reading.kind == "harmful" or reading.wrong or not 2 <= len(words) <= 3 or not all(re.fullmatch(r"[a-z][a-z'-]+", word) for word in words):
        return None
    if words[0] in _NO_NAME:
        return None
    name = " ".join(map(capitalise, words))
    return replace(reading, subject=name, aspect=reading.aspect.replace(reading.subject, name))


class Reader(Protocol):
    """Reads a request. The default one (``requests.RuleReader``) needs no model."""

    def read(self, request: str, verdict: Verdict | None = None, history: Sequence[str] = ()) -> tuple[Reading, ...]:
        """Everything a request names, in its order; at least one reading.

        Args:
            request: what the person typed.
            verdict: the Watchdog's, whose kind and target are suggestions.
            history: the last turns of the chat, oldest first, both sides: what "that" may stand for.

        Raises:
            UsageError: the request is empty, names nothing, or names too much; says what to name.
        """
        ...
