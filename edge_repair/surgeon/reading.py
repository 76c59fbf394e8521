"""What a request says, once read: the interface between the part that parses and the part that plans."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from edge_repair.watchdog.verdict import Verdict


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
