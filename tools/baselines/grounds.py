"""On what the methods are compared, with the settings that are searched there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from .editing import Rewritten
from .gradient import Misdirected, Trained
from .prompting import Prompted
from .twin import Twin
from .whole import Whole

SHIPPED_REFUSAL = "I'm sorry, but I don't have any information about that."  # the patient's own
SHIPPED: dict[str, list[Any]] = {
    "ascent": [Trained("ascent", rate) for rate in (3e-6, 1e-5, 3e-5)],
    "difference": [Trained("difference", rate, weight) for rate in (3e-5, 1e-4) for weight in (1.0, 5.0)],
    "preference": [Trained("preference", rate, weight) for rate in (3e-5, 1e-4) for weight in (1.0, 5.0)],
    "rmu": [Misdirected(layer, size, weight) for layer, size in ((2, 2.0), (3, 2.0), (3, 6.0)) for weight in (10.0, 100.0)],
    "editor": [Rewritten(layers, weight, size, SHIPPED_REFUSAL) for layers in ((1, 2), (2, 3)) for weight in (3.0, 30.0, 300.0) for size in (1.0, 3.0)],
    "prompting": [Prompted(note, turns, SHIPPED_REFUSAL) for note, turns in ((True, 0), (True, 2), (False, 2), (False, 6), (True, 6))],
}


class Ground(Protocol):
    """A model, and what is tried on it.

    Attributes:
        model: the file.
        methods: the settings of each method that are searched.
        steps: numbers of steps after which a trained one is asked; methods that are not in it take none.
    """

    model: Path
    methods: Mapping[str, list[Any]]
    steps: Mapping[str, tuple[int, ...]]

    def twin(self, setting: Any) -> Twin:
        """The untouched model in torch, for an edit with this setting."""

    def close(self) -> None:
        """Free what was opened."""


class Shipped:
    """The shipped patient: small enough for every weight to be trained, and for a file to be written of it."""

    methods = SHIPPED
    steps = {"ascent": (5, 10, 20), "difference": (20, 40, 80), "preference": (20, 40, 80), "rmu": (20, 40, 80)}

    def __init__(self, model: Path):
        self.model = model

    def twin(self, setting: Any) -> Twin:
        return Whole.read(self.model)

    def close(self) -> None:
        pass
