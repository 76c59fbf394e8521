"""What one recipe came to, how trials compare, and how long the stages took."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from edge_repair.operation.targets import Target
from edge_repair.stamp import Imprint
from edge_repair.verify import Outcome


AMPLE = 4.0  # nats of headroom: at two, one answer in eight sampled at temperature 1 may begin otherwise; at four, one in fifty
CALM = 0.003  # KL, nats a token on ordinary text, up to which more headroom than is needed costs nothing that was measured (docs/log.md)


@dataclass(frozen=True)
class Trial:
    """One recipe carried out on the live patient, not yet committed."""

    imprint: Imprint
    adapter: bytes
    outcome: Outcome
    headroom: float = 0.0  # nats; see ``targets.Turned``

    @property
    def ample(self) -> float:
        """The headroom that counts: up to ``AMPLE``, and none where ordinary text moves for it."""
        return min(self.headroom, AMPLE) if self.outcome.kl <= CALM else 0.0


def merit(trial: Trial) -> tuple[bool, float, float, float, float]:
    """Orders trials: limits met first, then what is forgotten, then what is kept, but for one neighbour in a dozen: that weighs less than headroom."""
    outcome = trial.outcome
    kept = outcome.refused + outcome.neighbours_kept + outcome.retain_kept
    return (outcome.passed, -outcome.leak, round(5 * kept), trial.ample, kept)


def is_clean(outcome: Outcome) -> bool:
    """The limits are met, nothing of the forget set leaked, and all of it was turned."""
    return outcome.passed and outcome.leak == 0 and outcome.refused == 1


def figures_of(trial: Trial, target: Target, clock: "Clock") -> dict[str, Any]:
    """The numbers of a repair that the ledger keeps; no words."""
    outcome = trial.outcome
    return {
        "leak": outcome.leak,
        "paraphrase_leak": outcome.paraphrase_leak,
        "refused": outcome.refused,
        "neighbours_kept": outcome.neighbours_kept,
        "retain_kept": outcome.retain_kept,
        "kl": outcome.kl,
        "counts": outcome.counts,
        "strength": trial.imprint.strength,
        "layer": trial.imprint.layer,
        "agreement": target.agreement,
        "recipes_tried": clock.trials,
        "timing_ms": dict(clock.milliseconds),
    }


class Clock:
    """Milliseconds spent in each stage, and how many recipes were tried; ``before`` are stages that came earlier."""

    def __init__(self, before: Mapping[str, int] | None = None):
        self.milliseconds: dict[str, int] = dict(before or {})
        self.trials = 0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of the block to a stage."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.milliseconds[name] = self.milliseconds.get(name, 0) + since(started)


def since(started: float) -> int:
    """Milliseconds since a ``time.monotonic()``."""
    return round((time.monotonic() - started) * 1000)
