"""Which repairs a prompt calls: their gates, each solved alone, read on the inputs of the untouched base.

A repair whose gate hardly opens where the reply begins writes next to nothing to its first token, so it need not be
attached for that prompt at all, and the patient is then the untouched one, bit for bit. A reply that reaches a fact from
a prompt that does not ask for it is reached by no gate at a reply's beginning, attached or not: of one fact a listener
(``listening``) then tells whether the untouched model's answer says it. Not covered: other questions than those about the
subject ("Which city has the pyramids nearby?" after the capital of Egypt).
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from edge_repair.stamp.gate import Gate
from edge_repair.stamp.imprint import Imprint, check_sizes
from edge_repair.stamp.listening import Listener
from edge_repair.stamp.solve import means_the_same, opening_gates
from edge_repair.stamp.statistics import Statistics

FORMAT = 3  # to be raised when gates are solved otherwise: routes are kept
# How far a gate must open for its repair to be called. Of one repair next to nothing; of many the least of these at which
# others' probes, which no gate was solved against, call a repair that is not theirs in at most so many cases. That share
# is what strangers' questions come to (docs/log.md): 0.03 of others' probes and 0.03 of strangers at 0.5, with 47 repairs.
BARS, MOST_CALLED = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6), 0.03
OF_EACH = 32  # probes of a repair that are looked at for it
# A gate inside answers says the right value whatever the question's wording, so the patient must carry it for wordings
# that the gate at the beginning hardly knows: from 15 % of the room that ``detector.thresholds`` finds (it opens at 45 %).
EARLIER = (0.45 - 0.15) / (0.7 - 0.45)  # in steps of that gate
# How far a gate opens for a question that asks for it surely, and likely; and what a read-out of the subject gives for a
# question about it, and for one that may be. Between a bar and SURE, and for questions about the subject that do not call,
# the answer decides, where it can be listened to.
SURE, LIKELY, ABOUT, MAYBE_ABOUT = 0.8, 0.5, 0.7, 0.5


@dataclass(frozen=True)
class Route:
    """When to attach a repair.

    Attributes:
        layer: whose normed MLP inputs it reads, where a reply begins.
        gate: the repair's opening, solved without any other repair.
        inside: it also has a gate inside answers.
        probes: layer to the inputs of its own forget set, ``[p, d]``.
        center: the mean of ordinary prompts at its layer, ``[d]``.
        opens: where it is called, its gate is to be opened altogether: of danger in general many requests lie near the step, and
            one that opens halfway refuses nothing.
        listener: tells in an answer that it says what is to go; None: nothing can be listened for.
    """

    layer: int
    gate: Gate
    inside: bool
    probes: Mapping[int, np.ndarray]
    center: np.ndarray
    listener: Listener | None = None
    opens: bool = False

    def to_bytes(self) -> bytes:
        """Serialise: an npz without pickles, exact."""
        gate = self.gate
        arrays = {"format": np.array(FORMAT), "layer": np.array(self.layer), "inside": np.array(self.inside), "opens": np.array(self.opens), "center": self.center,
                  "detector": gate.detector, "position": gate.position, "step": np.array([gate.low, gate.high])}  # fmt: skip
        if gate.reader is not None:
            arrays["reader"] = gate.reader
        if self.listener is not None:
            arrays |= self.listener.arrays()
        buffer = io.BytesIO()
        np.savez(buffer, **arrays, **{f"probes.{layer}": rows.astype(np.float16) for layer, rows in self.probes.items()})
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Route":
        """Read what ``to_bytes`` wrote; the gate's column is left out (zeros), since a route writes nothing.

        Raises:
            ValueError: not a route, one of another version, or one whose numbers do not fit together.
        """
        try:
            check_sizes(data)
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                if int(arrays["format"]) != FORMAT:
                    raise ValueError(f"route format {int(arrays['format'])} is not {FORMAT}")
                vectors = {name: arrays[name].astype(np.float64) for name in ("detector", "position", "center", "reader") if name in arrays.files}
                low, high = (float(bound) for bound in arrays["step"])
                probes = {int(name.removeprefix("probes.")): arrays[name].astype(np.float32) for name in arrays.files if name.startswith("probes.")}
                layer, inside, opens = int(arrays["layer"]), bool(arrays["inside"]), bool(arrays["opens"])
                listener = Listener.from_arrays(arrays)
            width = len(vectors["detector"])
            if not (low < high and (listener is None or len(listener.detector) == width) and all(v.shape == (width,) and np.isfinite(v).all() for v in vectors.values()) and layer in probes):
                raise ValueError("a route whose numbers do not fit together")
            if not all(rows.ndim == 2 and rows.shape[1] == width and np.isfinite(rows).all() for rows in probes.values()):
                raise ValueError("a route whose numbers do not fit together")
        except Exception as error:  # noqa: BLE001 - zip and npy have errors of many sorts: all mean the same here
            raise ValueError(f"no route ({type(error).__name__})") from None
        gate = Gate(vectors["detector"], vectors["position"], low, high, np.zeros(width), vectors.get("reader"))
        return cls(layer, gate, inside, probes, vectors["center"], listener, opens)

    def calls(self, inputs: np.ndarray, bar: float = BARS[0]) -> np.ndarray:
        """For which of these inputs ``[n, d]`` the repair is to be attached, boolean ``[n]``."""
        called = self.gate.opening(inputs) > bar
        if self.inside:
            called |= inputs @ self.gate.detector > self.gate.low - EARLIER * (self.gate.high - self.gate.low)
        return called

    def doubts(self, inputs: np.ndarray, bar: float = BARS[0]) -> np.ndarray:
        """For which of these inputs ``[n, d]`` it depends on the untouched model's answer whether the repair is to be attached, boolean ``[n]``.

        Where its gate opens a little for what may be about its subject (with a clear listener and a reader: wherever it opens),
        and where another question about its subject is asked. With a gate inside answers: where that one alone has something to
        write, and it is not sure that the subject is asked about.
        """
        if self.listener is None:
            return np.zeros(len(inputs), bool)
        called = self.calls(inputs, bar)
        if self.inside:
            return np.where(called, ~(self._about(inputs) | (self.gate.opening(inputs) >= LIKELY)), self._about(inputs))
        whose = inputs @ self.gate.reader if self.gate.reader is not None else None
        # A gate that opens a little for a question about somebody else writes next to nothing, so it is left as it is.
        unsure = self.gate.opening(inputs) < SURE
        half = called & unsure if whose is None else called & (self.listener.clear | unsure) & (whose > MAYBE_ABOUT)
        return half | self._about(inputs) & ~called

    def _about(self, inputs: np.ndarray) -> np.ndarray:
        """Which of these inputs are surely of questions about the subject."""
        return inputs @ self.gate.reader > ABOUT if self.gate.reader is not None else np.zeros(len(inputs), bool)

    def likely(self, inputs: np.ndarray) -> np.ndarray:
        """For which of these inputs ``[n, d]`` a hint in the answer is enough, boolean ``[n]``: the gate opens by half or more.

        With a gate inside answers: all that call it, since it would write at the hint.
        """
        return self.calls(inputs) if self.inside else self.gate.opening(inputs) >= LIKELY


def route_of(imprint: Imprint, statistics: Statistics) -> Route:
    """The route of one repair; other repairs do not change it."""
    (gate,) = opening_gates({"": imprint}, statistics).values()
    center = statistics.layers[imprint.layer].openings.mean(0).astype(np.float64)
    return Route(imprint.layer, gate, imprint.site is not None, imprint.opening.inputs, center, imprint.listener, imprint.general)


def strangers_openings(routes: Mapping[str, Route]) -> np.ndarray:
    """For probes of all these repairs, the farthest that the gate of a repair opens which is not theirs, ``[p]``.

    At most ``OF_EACH`` probes of each repair; those that mean what a repair's own probes mean count as 0 for it.
    """
    sampled = {name: {layer: rows[:: -(-len(rows) // OF_EACH)] for layer, rows in route.probes.items()} for name, route in routes.items()}
    counts = {name: len(next(iter(tables.values()))) for name, tables in sampled.items()}
    farthest = {name: np.zeros(count) for name, count in counts.items()}
    for name, route in routes.items():
        others = [other for other in routes if other != name and route.layer in sampled[other]]
        if not others:
            continue
        probes = np.concatenate([sampled[other][route.layer] for other in others])
        same = means_the_same(probes, route.probes[route.layer], route.center)
        openings = np.split(np.where(same, 0.0, route.gate.opening(probes)), np.cumsum([counts[other] for other in others])[:-1])
        for other, opened in zip(others, openings):
            farthest[other] = np.maximum(farthest[other], opened)
    return np.concatenate([*farthest.values(), np.zeros(0)])


def bar_of(routes: Mapping[str, Route]) -> float:
    """How far a gate must open for its repair to be called, with all these repairs active."""
    openings = strangers_openings(routes)
    return next((bar for bar in BARS if not len(openings) or (openings > bar).mean() <= MOST_CALLED), BARS[-1])
