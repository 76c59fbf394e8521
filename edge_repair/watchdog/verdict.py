"""What goes into the Watchdog and what comes out: prompts with provenance, and verdicts.

Only words that the person typed can express an intent. Everything else (a bracketed paste, a file, the output of a
tool or of a model) is context, whatever it says.
"""

from dataclasses import dataclass
from typing import Literal

Source = Literal["typed", "pasted", "file", "tool"]
Kind = Literal["none", "harmful", "misinformation", "personal", "unspecified"]
Zone = Literal["pass", "ask", "propose"]

SOURCES: tuple[Source, ...] = ("typed", "pasted", "file", "tool")
KINDS: tuple[Kind, ...] = ("none", "harmful", "misinformation", "personal", "unspecified")
ZONES: tuple[Zone, ...] = ("pass", "ask", "propose")


@dataclass(frozen=True)
class Segment:
    """A piece of a prompt and where it came from.

    Quotes, code fences and the like inside typed text are found by the Watchdog; they need no segment of their own.
    """

    text: str
    source: Source = "typed"


@dataclass(frozen=True)
class Prompt:
    """A prompt as its segments, in the order in which they stand in the prompt."""

    segments: tuple[Segment, ...]

    @property
    def typed(self) -> str:
        """The concatenated typed text: the texts of the typed segments, joined by one newline each.

        ``Verdict.span`` counts characters of this string. A prompt given as a plain ``str`` is one typed segment, so
        its typed text is the string itself.
        """
        return "\n".join(segment.text for segment in self.segments if segment.source == "typed")


@dataclass(frozen=True)
class Verdict:
    """What the Watchdog thinks of one prompt.

    Attributes:
        kind: the likeliest kind of request when ``zone`` is "ask" or "propose", else "none".
        probabilities: one calibrated probability for each of ``KINDS``; they sum to 1. ``1 - probabilities["none"]``
            is the probability that the prompt asks the model to unlearn something.
        zone: "pass" (an ordinary prompt), "ask" (ask one clarifying question), "propose" (propose a repair).
        span: ``(start, end)``, offsets in characters (Python string indices, end exclusive) into ``Prompt.typed``,
            of what should be forgotten; None when ``zone`` is "pass" or nothing is named.
        target: exactly ``prompt.typed[start:end]``, or None.
        reasons: why, in words, for ``--explain``: which text was scored, what was masked, which threshold decided.
    """

    kind: Kind
    probabilities: dict[str, float]
    zone: Zone
    span: tuple[int, int] | None
    target: str | None
    reasons: tuple[str, ...]

    @classmethod
    def passing(cls, reason: str) -> "Verdict":
        """The verdict that lets a prompt through: no request seen, or no way to tell, for the given reason."""
        probabilities = {kind: float(kind == "none") for kind in KINDS}
        return cls("none", probabilities, "pass", None, None, (reason,))
