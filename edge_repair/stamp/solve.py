"""The joint solve: all active repairs at once, from the untouched base.

Every repair's detector is solved with the others' probes among its negatives; later tokens of a refusal that several
repairs share are one gate for all of them. The result depends on the set of repairs, not on their order, and the
delta without one of them is exactly the delta of the others.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from typing import Mapping, Protocol

import numpy as np

from edge_repair.stamp.delta import Delta
from edge_repair.stamp.detector import OPEN, OPENS, Background, Crowd, discriminant, position_detector, thresholds
from edge_repair.stamp.gate import NEURONS, Gate, OldNeurons, delta_of, idle_neurons
from edge_repair.stamp.imprint import Imprint, Step
from edge_repair.stamp.statistics import LayerStatistics, Moments, Statistics


class Neurons(Protocol):
    """What the base has where gates will stand."""

    def __call__(self, layer: int, numbers: np.ndarray) -> OldNeurons: ...

    def norms(self, layer: int) -> np.ndarray: ...


# A dangerous topic is known by few of its requests and separated from many that only sound like it. What all dangerous
# and all harmless requests have in common does most of the work there (docs/log.md); a few of the topic's own negatives
# may then lie above the floor, since they are hard on purpose.
DANGER_ROUNDS, DANGER_ODD, DANGER_STEP = 0, 0.07, (0.4, 0.6)
DANGER_TEXT_WEIGHT = 1.0  # beside the weight of two more classes; recall is the same as at 0.1, and text is left alone
# Weight of what is dangerous in general, where it is sent, ridge. A topic is its own requests, and what else is dangerous
# a little like them; examples of many sorts say little beside it.
OF_A_TOPIC, IN_GENERAL = (4.0, 0.35, 1.0), (24.0, 1.0, 0.3)
CLEAR = 1.9  # standard deviations above the mean of harmless look-alikes, from which a request is dangerous in general
SHARP_STEP = (0.4, 0.44)  # there more requests lie near the step than elsewhere, and a gate that opens halfway refuses nothing
LEAST_OWN, LEAST_OTHERS = 8, 24  # other questions of the subject, and questions about others, from which a read-out of the subject stands
READ_STEP = (0.38, 0.62)  # where a gate that also reads of whom opens, in the room: earlier, since others' questions are kept out twice
ALWAYS = (0.2, 0.5)  # the step of a gate that reads the position alone, which is 1 where a reply begins
TEXT_WEIGHT = 0.1  # of text in a request's detector: the position read-out already keeps it out
SAME = 0.8  # cosine from which another repair's row means what this one's probes mean, and is no negative: measured on
# SmolLM2, other subjects reach 0.7 and held-out wordings of one's own have a median of 0.87


def solve(imprints: Mapping[str, Imprint], statistics: Statistics, neurons: Neurons, opened: Collection[str] = ()) -> Delta:
    """Solve all repairs together.

    Args:
        imprints: repair id to imprint; only the set matters, not the order.
        statistics: of the base model, holding every layer that an imprint chose.
        neurons: gives the base's rows and columns of neurons of a layer, and the norms of all its columns, ``[f]``.
        opened: ids whose gate opens wherever a reply begins, whatever is asked: for a prompt of which it is known otherwise
            that it asks for what is to go.

    Returns:
        The delta, with ``diagnostics["repairs"]`` (layer, margin, step for each id) and ``["gates"]``.
        Empty when there are no imprints.
    """
    by_layer: dict[int, list[str]] = defaultdict(list)
    for name in sorted(imprints):
        by_layer[imprints[name].layer].append(name)
    factors, told, gate_count = {}, {}, 0
    for layer, names in sorted(by_layer.items()):
        gates, notes = _gates(layer, names, imprints, statistics.layers[layer], opened)
        numbers = idle_neurons(statistics.layers[layer].use * neurons.norms(layer), NEURONS * len(gates))
        factors |= delta_of(layer, gates, neurons(layer, numbers)).factors
        told |= notes
        gate_count += len(gates)
    return Delta(factors, {"repairs": told, "gates": gate_count})


def opening_gates(imprints: Mapping[str, Imprint], statistics: Statistics) -> dict[str, Gate]:
    """Repair id to the gate that opens its reply, as ``solve`` makes it of all these repairs together."""
    found = {}
    for layer in sorted({imprint.layer for imprint in imprints.values()}):
        names = [name for name in sorted(imprints) if imprints[name].layer == layer]
        found |= {name: gate for name, (gate, _) in zip(names, _openings(layer, names, imprints, statistics.layers[layer]))}
    return found


def gates_of(imprints: Mapping[str, Imprint], statistics: Statistics) -> dict[int, list[Gate]]:
    """Layer to all its gates, as ``solve`` makes them of all these repairs together; the openings come first, by name."""
    found = {}
    for layer in sorted({imprint.layer for imprint in imprints.values()}):
        names = [name for name in sorted(imprints) if imprints[name].layer == layer]
        found[layer] = _gates(layer, names, imprints, statistics.layers[layer])[0]
    return found


def _gates(
    layer: int, names: list[str], imprints: Mapping[str, Imprint], known: LayerStatistics, opened: Collection[str] = ()
) -> tuple[list[Gate], dict]:
    """The gates of one layer: an opening for each repair, then one for each later step, shared ones once."""
    text = Background(known.second, known.mean)
    everyone = sorted(imprints)  # rows of repairs that write at another layer are negatives here all the same
    gates, told = [], {}
    for name, (gate, margin) in zip(names, _openings(layer, names, imprints, known)):
        gates.append(always_open(gate) if name in opened else gate)
        told[name] = {"layer": layer, "margin": round(margin, 4), "opens": [round(gate.low, 4), round(gate.high, 4)]}
    sites = [name for name in names if imprints[name].site]
    if sites:
        shared = _crowd({n: (imprints[n].opening.inputs[layer], imprints[n].near[layer], imprints[n].speech[layer]) for n in everyone}, equal=True)
        gates += [_site_gate(name, layer, imprints, known, text, shared) for name in sites]
    steps = _later_steps(names, imprints)
    for key, members in steps.items():
        others = [step.inputs[layer] for other, group in steps.items() if other != key for _, step in group]
        speech = [imprints[name].speech[layer] for name in everyone]
        gates.append(_later_gate([(imprints[n].strength, s) for n, s in members], layer, np.concatenate([known.openings, *others, *speech]), text))
    return gates, told


def _openings(layer: int, names: list[str], imprints: Mapping[str, Imprint], known: LayerStatistics) -> list[tuple[Gate, float]]:
    """The gates where replies begin, and their margins, in the order of ``names``."""
    everyone = sorted(imprints)
    openings = {name: imprints[name].opening.inputs[layer] for name in everyone}
    starts = np.concatenate([known.openings, *openings.values(), *(imprints[name].near[layer] for name in everyone)])
    here = position_detector(starts, Background(known.second, known.mean), np.zeros((0, known.openings.shape[1])))
    shared = _crowd({name: (openings[name], imprints[name].near[layer]) for name in everyone}, equal=False)
    return [_opening_gate(name, layer, imprints, known, here, shared) for name in names]


def opening_scores(imprint: Imprint, layer: int, known: LayerStatistics) -> tuple[float, np.ndarray]:
    """How well a repair's subject can be told apart at a layer: ``(margin, detector)``, by the rows that it was solved from."""
    rows, negatives, weights = own_rows(imprint, layer, known)
    u, (_, _, margin) = _opening_detector(imprint, rows, negatives, weights, layer, known)
    return margin, u


def _crowd(groups_of: Mapping[str, tuple[np.ndarray, ...]], equal: bool) -> tuple[Crowd, np.ndarray]:
    """Rows of several repairs, and the name that each is of; ``equal``: each group counts alike, else each row."""
    rows = [rows for groups in groups_of.values() for rows in groups]
    names = [name for name, groups in groups_of.items() for rows in groups for _ in rows]
    weights = [np.full(len(part), 1 / max(len(part), 1) if equal else 1.0) for part in rows]
    return Crowd.of(np.concatenate(rows), np.concatenate(weights)), np.array(names)


def _opening_detector(
    imprint: Imprint, rows: np.ndarray, negatives: np.ndarray, weights: np.ndarray, layer: int, known: LayerStatistics,
    step: tuple[float, float] = (OPENS, OPEN), others: Crowd | None = None,
) -> tuple[np.ndarray, tuple[float, float, float]]:
    """The detector where a reply begins, and its ``(low, high, margin)``; ``step`` is used where it is no dangerous topic's."""
    text = Background(known.second, known.mean, DANGER_TEXT_WEIGHT if imprint.danger else TEXT_WEIGHT)
    if imprint.danger and known.dangerous and known.harmless:
        weight, target, ridge = IN_GENERAL if imprint.general else OF_A_TOPIC
        besides = (
            Background(known.dangerous.second, known.dangerous.mean, weight, target),
            Background(known.harmless.second, known.harmless.mean, weight),
        )
        u = discriminant(rows, negatives, text, crowd=others, negative_weights=weights, ridge=ridge, rounds=DANGER_ROUNDS, besides=besides)
        wanted, unseen = rows @ u, imprint.held_out[layer] @ u
        low, high, margin = thresholds(wanted, unseen, _scores(u, negatives, others), DANGER_ODD, SHARP_STEP if imprint.general else DANGER_STEP)
        return u, _clear_of(low, high, known.dangerous, known.harmless, u) if imprint.general else (low, high, margin)
    u = discriminant(rows, negatives, text, crowd=others, negative_weights=weights)
    return u, thresholds(rows @ u, imprint.held_out[layer] @ u, _scores(u, negatives, others), step=step)


def _clear_of(low: float, high: float, dangerous: Moments, harmless: Moments, u: np.ndarray) -> tuple[float, float, float]:
    """A step that begins no lower than most harmless look-alikes score, of which only the moments are known.

    What harm is in general a few examples cannot tell, so their own lowest score is no guide to where it ends, nor to the
    layer: the margin is how far all that is dangerous lies above, in its standard deviations.
    """
    (mean, spread), (harm, harms) = (_scores_of(moments, u) for moments in (harmless, dangerous))
    floor = mean + CLEAR * spread
    higher = max(0.0, floor - low)
    return low + higher, high + higher, (harm - floor) / harms


def _scores_of(moments: Moments, u: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of the scores of rows that are known by their moments."""
    mean = float(moments.mean @ u)
    return mean, float(np.sqrt(max(u @ moments.second @ u - mean * mean, 1e-12)))


def _scores(u: np.ndarray, negatives: np.ndarray, others: Crowd | None) -> np.ndarray:
    return negatives @ u if others is None else np.concatenate([negatives @ u, others.scores(u)])


def always_open(gate: Gate) -> Gate:
    """The same gate, open wherever a reply begins: the read-out of the position takes the place of both detectors."""
    return replace(gate, detector=gate.position, low=ALWAYS[0], high=ALWAYS[1], reader=None)


def own_rows(imprint: Imprint, layer: int, known: LayerStatistics) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probe rows, negatives (ordinary prompts and neighbours, equal weight each as a group) and their weights."""
    return imprint.opening.inputs[layer], *_weighed([known.openings, imprint.near[layer]])


def _weighed(groups: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Rows of all groups, and their weights: each group counts alike, however many rows it has."""
    return np.concatenate(groups), np.concatenate([np.full(len(rows), 1 / max(len(rows), 1)) for rows in groups])


def _opening_gate(
    name: str, layer: int, imprints: Mapping[str, Imprint], known: LayerStatistics, here: np.ndarray, everyone: tuple[Crowd, np.ndarray]
) -> tuple[Gate, float]:
    mine = imprints[name]
    rows, negatives, weights = own_rows(mine, layer, known)
    others = None
    if len(imprints) > 1:
        crowd, whose = everyone
        no_negatives = (whose == name) | means_the_same(crowd.rows, rows, known.openings.mean(0))
        if mine.general:  # what other repairs find dangerous it is to find so, too
            no_negatives |= np.isin(whose, [other for other in imprints if imprints[other].danger])
        others = crowd.without(no_negatives).weighing(1.0)
    reader = _reader(mine, layer, known)
    u, (low, high, margin) = _opening_detector(mine, rows, negatives, weights, layer, known, (OPENS, OPEN) if reader is None else READ_STEP, others)
    return Gate(u, here, low, high, mine.opening.columns[layer] * mine.strength, reader), margin


def _reader(imprint: Imprint, layer: int, known: LayerStatistics) -> np.ndarray | None:
    """A read-out of the subject: 1 where it is asked about anything, 0 where another is asked the same, inside answers, and in text.

    None where too little else of the subject was asked. What is asked is hard to tell apart at an answer's start, of whom
    is not; a gate that opens a little on somebody else's question writes next to nothing then.
    """
    near = imprint.near[layer]
    others, own = np.split(near, [len(near) - imprint.own])
    if len(own) < LEAST_OWN or len(others) < LEAST_OTHERS:
        return None
    inside = np.concatenate([imprint.opening.inputs[layer], own])
    return position_detector(inside, Background(known.second, known.mean), np.concatenate([others, imprint.speech[layer], known.openings]))


def _site_gate(
    name: str, layer: int, imprints: Mapping[str, Imprint], known: LayerStatistics, text: Background, everyone: tuple[Crowd, np.ndarray]
) -> Gate:
    """The gate where a value is about to be said: it stays closed in text, in others' answers and before the value."""
    mine, site = imprints[name], imprints[name].site
    negatives, weights = _weighed([known.openings, mine.near[layer], mine.speech[layer], site.aside[layer]])
    crowd, whose = everyone
    rows = site.inputs[layer]
    # Another repair of the same subject holds the untouched answer to this question among what must stay as it is.
    others = crowd.without((whose == name) | means_the_same(crowd.rows, rows, mine.speech[layer].mean(0)))
    u = discriminant(rows, negatives, text, crowd=others, negative_weights=weights)
    low, high, _ = thresholds(rows @ u, site.held_out[layer] @ u, _scores(u, negatives, others))
    return Gate(u, u, low, high, site.columns[layer] * mine.strength)


def means_the_same(others: np.ndarray, mine: np.ndarray, center: np.ndarray) -> np.ndarray:
    """Which rows ``[m, d]`` are as near to one of mine as another wording of it would be; boolean ``[m]``."""
    other, own = (rows - center for rows in (others, mine))
    cosines = other @ own.T / (np.linalg.norm(other, axis=1)[:, None] * np.linalg.norm(own, axis=1) + 1e-9)
    return cosines.max(1) > SAME


def _later_steps(names: list[str], imprints: Mapping[str, Imprint]) -> dict[str, list[tuple[str, Step]]]:
    steps: dict[str, list[tuple[str, Step]]] = defaultdict(list)
    for name in names:
        for number, step in enumerate(imprints[name].steps):
            if not step.opening and not step.site:
                steps[step.shared or f"{name}/{number}"].append((name, step))
    return dict(sorted(steps.items()))


def _later_gate(members: list[tuple[float, Step]], layer: int, others: np.ndarray, text: Background) -> Gate:
    inside = np.concatenate([step.inputs[layer] for _, step in members])
    at = position_detector(inside, text, others)
    low, high, _ = thresholds(inside @ at, np.zeros(0), others @ at)
    column = np.mean([strength * step.columns[layer] for strength, step in members], axis=0)
    return Gate(at, at, low, high, column)
