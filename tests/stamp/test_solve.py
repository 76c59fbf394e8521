"""The joint solve: only the set of repairs matters, and what is stored solves to the same."""

from dataclasses import replace

import numpy as np
import pytest

from edge_repair.errors import StoreError
from edge_repair.stamp import Imprint, Statistics, opening_scores, solve
from edge_repair.stamp.imprint import storable
from edge_repair.stamp.solve import gates_of, opening_gates
from synthetic_imprints import LAYERS, imprint, neurons, statistics, with_site
from test_hostile_imprints import members, npy, packed

KNOWN, START = statistics()
*_, READ = neurons()
IMPRINTS = {f"repair{i}": imprint(i, START, layer=LAYERS[i % 2]) for i in range(6)}
IMPRINTS["repair6"] = with_site(imprint(6, START), 6)


def same(one, other):
    return one.factors.keys() == other.factors.keys() and all(
        np.array_equal(x, y) for name in one.factors for x, y in zip(one.factors[name], other.factors[name])
    )


def test_order_does_not_matter():
    backwards = dict(reversed(IMPRINTS.items()))
    assert same(solve(IMPRINTS, KNOWN, READ), solve(backwards, KNOWN, READ))


@pytest.mark.parametrize("undone", sorted(IMPRINTS))
def test_without_one_repair_it_is_exactly_that_of_the_others(undone):
    left = {name: i for name, i in IMPRINTS.items() if name != undone}
    again = {name: Imprint.from_bytes(i.to_bytes()) for name, i in left.items()}
    assert same(solve(left, KNOWN, READ), solve(again, KNOWN, READ))
    assert not same(solve(left, KNOWN, READ), solve(IMPRINTS, KNOWN, READ))


def test_a_fact_of_one_subject_leaves_the_same_question_about_others_alone():
    """What is asked and of whom are two directions; the reader of the second keeps the gate from writing for strangers."""
    random = np.random.default_rng(5)
    width = START.shape[-1]
    aspect, subject = random.standard_normal((2, width)) * 2
    noise = lambda count: 0.6 * random.standard_normal((count, width))  # noqa: E731
    strangers = lambda count: START + aspect + 2 * random.standard_normal((count, width)) + noise(count)  # noqa: E731
    tables = lambda rows: {layer: storable(rows) for layer in LAYERS}  # noqa: E731
    own, others = START + subject + noise(20), strangers(60)
    made = imprint(3, START)
    opening = replace(made.steps[0], inputs=tables(START + aspect + subject + noise(8)))
    known = replace(made, steps=(opening, *made.steps[1:]), near=tables(np.concatenate([others, own])), held_out=tables(START + aspect + subject + noise(5)), own=len(own))
    written = {}
    unseen, wordings = strangers(400), START + aspect + subject + noise(50)
    for name, one in {"with": known, "without": replace(known, own=0)}.items():
        (gate,) = opening_gates({"fact": one}, KNOWN).values()
        written[name] = np.abs(gate.opening(unseen))
        assert np.median(gate.opening(wordings)) > 0.7
    assert np.quantile(written["with"], 0.99) < 0.6 * np.quantile(written["without"], 0.99)


def test_a_gate_that_reads_of_whom_writes_nothing_inside_answers_about_the_subject():
    random = np.random.default_rng(7)
    width = START.shape[-1]
    aspect, subject, said = random.standard_normal((3, width)) * 2
    noise = lambda count: 0.6 * random.standard_normal((count, width))  # noqa: E731
    tables = lambda rows: {layer: storable(rows) for layer in LAYERS}  # noqa: E731
    inside = lambda count: said + aspect + subject + noise(count)  # noqa: E731  an answer about it holds both
    made = imprint(3, START)
    opening = replace(made.steps[0], inputs=tables(START + aspect + subject + noise(8)))
    near = np.concatenate([START + aspect + 2 * random.standard_normal((60, width)) + noise(60), START + subject + noise(20)])
    known = replace(made, steps=(opening, *made.steps[1:]), near=tables(near), held_out=tables(START + aspect + subject + noise(5)), own=20)
    unseen, written = inside(200), []
    for speech in (inside(40), noise(40)):
        (gate,) = opening_gates({"fact": replace(known, speech=tables(speech))}, KNOWN).values()
        written.append(np.abs(gate.opening(unseen)).mean())
    assert written[0] < 0.5 * written[1]


def test_imprints_of_before_and_those_with_few_questions_of_their_subject_have_no_reader():
    one = IMPRINTS["repair0"]
    few = replace(one, own=4)
    assert same(solve({"a": one}, KNOWN, READ), solve({"a": few}, KNOWN, READ))
    assert Imprint.from_bytes(few.to_bytes()).own == 4
    parts = members(few.to_bytes())
    older = {name: data for name, data in parts.items() if name != "own.npy"} | {"format.npy": npy(np.array(3))}
    assert Imprint.from_bytes(packed(older)).own == 0


def test_no_repairs_no_edit():
    assert solve({}, KNOWN, READ).factors == {}


def test_every_repair_opens_on_its_own_probes_and_on_no_others():
    from edge_repair.stamp.solve import _gates

    names = sorted(IMPRINTS)
    for layer in LAYERS:
        here = [name for name in names if IMPRINTS[name].layer == layer]
        gates, _ = _gates(layer, here, IMPRINTS, KNOWN.layers[layer])
        for gate, name in zip(gates, here):
            assert gate.opening(IMPRINTS[name].held_out[layer]).min() > 0.8
            for other in names:
                if other != name:
                    assert abs(gate.opening(IMPRINTS[other].opening.inputs[layer])).max() < 0.1
            assert abs(gate.opening(KNOWN.layers[layer].openings)).max() < 0.1


def test_a_step_that_repairs_share_is_one_gate():
    apart = {name: Imprint(i.layer, (i.steps[0], type(i.steps[1])("", False, i.steps[1].inputs, i.steps[1].columns)), i.held_out, i.near, i.speech) for name, i in IMPRINTS.items()}
    assert solve(IMPRINTS, KNOWN, READ).diagnostics["gates"] == len(IMPRINTS) + len(LAYERS) + 1  # one shared step a layer, one site
    assert solve(apart, KNOWN, READ).diagnostics["gates"] == 2 * len(IMPRINTS)


def test_a_site_opens_where_the_value_comes_and_nowhere_else():
    one, layer = IMPRINTS["repair6"], IMPRINTS["repair6"].layer
    known = KNOWN.layers[layer]
    openings = sum(other.layer == layer for other in IMPRINTS.values())
    gate = gates_of(IMPRINTS, KNOWN)[layer][openings]
    assert gate.opening(one.site.inputs[layer]).min() > 0.8 and gate.opening(one.site.held_out[layer]).min() > 0.6
    elsewhere = [one.site.aside[layer], one.near[layer], one.speech[layer], known.openings, one.opening.inputs[layer]]
    elsewhere += [other.opening.inputs[layer] for name, other in IMPRINTS.items() if name != "repair6"]
    assert abs(gate.opening(np.concatenate(elsewhere))).max() < 0.25  # 32 dimensions and seven repairs leave little room


def test_what_another_repair_keeps_of_the_same_answer_closes_no_site():
    """A later repair of the same subject has the untouched answer to this question among what must stay."""
    one, layer = IMPRINTS["repair6"], IMPRINTS["repair6"].layer
    other = imprint(4, -one.opening.inputs[layer].mean(0), layer=layer)
    keeps = replace(other, speech={n: np.concatenate([rows, one.site.inputs[layer]]) for n, rows in other.speech.items()})
    opened = [gates_of({"a": one, "b": beside}, KNOWN)[layer][2].opening(one.site.inputs[layer]) for beside in (other, keeps)]
    np.testing.assert_allclose(*opened, atol=0.1)


def test_imprints_survive_the_store_to_the_bit():
    for one in (IMPRINTS["repair0"], IMPRINTS["repair6"]):
        again = Imprint.from_bytes(one.to_bytes())
        assert again.to_bytes() == one.to_bytes() and (again.site is None) == (one.site is None)


@pytest.mark.parametrize("damage", [b"", b"PK", b"nonsense" * 20])
def test_what_is_no_imprint_is_refused(damage):
    with pytest.raises(StoreError):
        Imprint.from_bytes(damage)


def test_statistics_survive_the_store():
    again = Statistics.from_bytes(KNOWN.to_bytes())
    assert again.to_bytes() == Statistics.from_bytes(again.to_bytes()).to_bytes()
    for layer in LAYERS:
        np.testing.assert_allclose(again.layers[layer].second, KNOWN.layers[layer].second, atol=2e-3)


def test_a_separable_subject_has_a_margin():
    margin, _ = opening_scores(IMPRINTS["repair0"], 3, KNOWN.layers[3])
    assert margin > 0.5
