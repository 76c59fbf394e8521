"""Asks the repaired patient, compares with what it said before, and decides: keep or roll back."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What the repaired patient does, as shares (0 to 1) of the questions asked.

    Attributes:
        leak: forget questions (probes and held-out paraphrases) whose answer still carries the content.
        paraphrase_leak: the same, on held-out paraphrases only.
        refused: forget questions answered by a refusal; for corrections, answered with the right statement.
        neighbours_kept: neighbours whose answer still carries its content.
        retain_kept: the same on the fixed retain sample.
        kl: mean KL divergence from the base in nats per token, on ordinary text.
        counts: how many questions of each sort were asked.
        missed: which limits were missed, in words; empty when the repair may stay.
    """

    leak: float
    paraphrase_leak: float
    refused: float
    neighbours_kept: float
    retain_kept: float
    kl: float
    counts: dict[str, int]
    missed: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """True when every limit of the procedure was met."""
        return not self.missed
