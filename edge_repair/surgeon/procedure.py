"""The repair procedure: what to forget, with which probes, neighbours, layers, target and limits.

A Procedure is data. It can be read, checked, stored, edited and replayed; it knows nothing of weights.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from edge_repair.errors import UsageError

VERSION = 1
KINDS = ("harmful", "misinformation", "personal", "unspecified")
SCOPES = ("fact", "aspect", "subject")
SOURCES = ("auto", "history", "system_note", "own_refusal", "statement")


@dataclass(frozen=True)
class Question:
    """One question put to the patient.

    ``answer`` is what the base patient says to it now (greedy); ``values`` are the words of that answer that
    carry its content (not in the question, not function words): what must not be said any more when the question
    belongs to the forget set, and must still be said when it is a neighbour.
    """

    text: str
    answer: str = ""
    values: tuple[str, ...] = ()
    aspect: str = ""


@dataclass(frozen=True)
class Limits:
    """What the outcome must meet, as shares of the questions asked (0 to 1); ``kl`` in nats per token."""

    leak: float = 0.1
    refused: float = 0.9
    neighbours_kept: float = 0.9
    retain_kept: float = 0.9
    kl: float = 0.1


@dataclass(frozen=True)
class Recipe:
    """How the edit is made. ``None`` or "auto" means: found by measuring on the patient."""

    form: str = "auto"  # "gate", "linear" or "auto"
    layers: tuple[int, ...] | None = None
    positions: int | None = None
    rank: int | None = None
    strength: float | None = None
    source: str = "auto"
    budget_seconds: float = 180.0


@dataclass(frozen=True)
class Procedure:
    """A request turned into a plan. See ``docs/procedure.md`` for the JSON form of every field.

    ``further`` are wordings that belong to the forget set but are neither asked nor verified: they only show the
    detector what else means the same.
    """

    kind: str
    subject: str
    scope: str = "subject"
    aspect: str = ""
    wrong: str = ""
    right: str = ""
    probes: tuple[Question, ...] = ()
    paraphrases: tuple[Question, ...] = ()
    neighbours: tuple[Question, ...] = ()
    further: tuple[str, ...] = ()
    recipe: Recipe = field(default_factory=Recipe)
    limits: Limits = field(default_factory=Limits)
    version: int = VERSION

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data; ``from_json(to_json(p)) == p``."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Any) -> "Procedure":
        """Build a Procedure from JSON data, checking every field.

        Raises:
            UsageError: a field is missing, unknown, of the wrong type or out of range; the message names it.
        """
        from edge_repair.surgeon.validation import procedure_from_json

        return procedure_from_json(data)


__all__ = ["KINDS", "SCOPES", "SOURCES", "VERSION", "Limits", "Procedure", "Question", "Recipe", "UsageError"]
