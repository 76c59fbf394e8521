"""On what the methods are compared: the shipped patient or a real model, with the settings that are searched there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from edge_repair.adapters import identify
from edge_repair.patient import Patient

from .editing import Rewritten
from .gradient import Misdirected, Trained
from .low_rank import LowRank
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
REAL_REFUSAL = "Sorry, I don't have any information about that."  # short, in words that chat models use
PROBES = 12  # of the editor on a real model: all the layers above are differentiated for each, again and again


def real(layers: int) -> dict[str, list[Any]]:
    """Settings for a real model of so many layers: few, as each is asked about on a CPU.

    RMU steers a third of the way up, and the editor writes there or half-way up, within one length of the residual and with
    at least as much weight on C as it has probes. The rates are those between doing nothing and losing the language, as a
    trial on one country showed them for SmolLM2: NPO at 1e-3 began to break within 4 steps, RMU did little at 1e-3 within
    15 and broke at 1e-2 within 10.
    """
    third, half = layers // 3, layers // 2
    low, high = (tuple(range(layer - 2, layer + 1)) for layer in (max(2, third), max(2, half)))
    return {
        "preference": [Trained("preference", rate, 5.0) for rate in (1e-4, 3e-4)],
        "rmu": [Misdirected(third, size, weight, 3e-3) for size, weight in ((2.0, 10.0), (6.0, 30.0))],
        "editor": [Rewritten(where, weight, 1.0, REAL_REFUSAL, PROBES) for where, weight in ((low, 30.0), (high, 30.0), (high, 300.0))],
        "prompting": [Prompted(True, turns, REAL_REFUSAL) for turns in (0, 2)],
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


class Real:
    """A real model of the architecture "llama", in any quantisation: LoRA, on the upper half where nothing else is said."""

    steps = {"preference": (10, 20), "rmu": (10, 20, 40)}

    def __init__(self, model: Path):
        self.model = model
        self.layers = identify(model).n_layers
        self.methods = real(self.layers)
        self._patient = Patient.open(model, n_ctx=512, threads=1)  # for its template and its tokens

    def twin(self, setting: Any) -> Twin:
        down = setting.down
        return LowRank(self.model, self._patient, down or range(self.layers // 2, self.layers), down is not None)

    def close(self) -> None:
        self._patient.close()
