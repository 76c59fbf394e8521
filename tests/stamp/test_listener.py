"""Listeners on made-up numbers: what they tell apart, when there is none, and what a gate that is always open changes."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic_imprints import D, LAYERS, imprint, neurons, places, statistics

from edge_repair.errors import StoreError
from edge_repair.stamp import Imprint, Route, listener_of, route_of, solve
from edge_repair.stamp.imprint import storable
from edge_repair.stamp.listening import HINTS, SAYS
from edge_repair.stamp.route import ABOUT, MAYBE_ABOUT, SURE
from edge_repair.stamp.solve import always_open, opening_gates

STATISTICS, START = statistics()


def rows(count, at, seed):
    return storable(at + 0.3 * np.random.default_rng(seed).standard_normal((count, D)))


def listener(saying, unsaid):
    return listener_of(saying, (unsaid,), STATISTICS.layers)


def about_one_of_many(seed):
    """An imprint whose gate also reads of whom: enough other questions of its subject, and about others; with a listener."""
    plain = imprint(seed, START)
    subject = plain.opening.inputs[LAYERS[0]].mean(0) - START
    near = {n: np.concatenate([rows(30, START - subject, seed), rows(12, START + 0.6 * subject + np.eye(D)[seed] * 4, seed + 1)]) for n in LAYERS}
    return replace(plain, near=near, own=12, listener=listener(*places(0)[:2]))


def test_it_tells_places_that_it_was_not_solved_from():
    saying, unsaid, place, elsewhere = places(0)
    found = listener(saying, unsaid)
    assert all(found.score(rows(1, place, 900 + i)) > SAYS for i in range(20))
    assert all(found.score(rows(20, elsewhere, 950 + i)) < HINTS for i in range(20))
    answer = np.concatenate([rows(20, elsewhere, 7), rows(1, place, 8)])
    assert found.score(answer) == pytest.approx(found.score(answer[-1:]))  # one place of an answer is enough


def test_the_layer_where_they_differ_is_taken():
    for layer in LAYERS:
        assert listener(*places(0, where=(layer,))[:2]).layer == layer


@pytest.mark.parametrize("changes", [{"where": ()}, {"count": 2}, {"others": 5}])
def test_there_is_none_where_nothing_can_be_told_apart_or_too_little_is_known(changes):
    assert listener(*places(0, **changes)[:2]) is None


def test_there_is_none_without_such_places():
    assert listener({}, {}) is None


def test_it_is_clear_only_if_no_place_that_was_left_out_is_missed():
    saying, unsaid, _, elsewhere = places(0)
    assert listener(saying, unsaid).clear
    odd = listener({n: np.concatenate([table, rows(1, elsewhere, 99)]) for n, table in saying.items()}, unsaid)
    assert odd is not None and not odd.clear
    few = listener({n: table[:4] for n, table in saying.items()}, unsaid)
    assert few is not None and not few.clear


def test_an_imprint_and_its_route_keep_it_to_the_bit():
    one = about_one_of_many(3)
    for clear in (True, False):
        one = replace(one, listener=replace(one.listener, clear=clear))
        for kept in (Imprint.from_bytes(one.to_bytes()).listener, Route.from_bytes(route_of(one, STATISTICS).to_bytes()).listener):
            assert np.array_equal(kept.detector, one.listener.detector)
            assert (kept.layer, kept.hints, kept.says, kept.clear) == (one.listener.layer, HINTS, SAYS, clear)
    deaf = imprint(1, START)
    assert Imprint.from_bytes(deaf.to_bytes()).listener is None and Route.from_bytes(route_of(deaf, STATISTICS).to_bytes()).listener is None


@pytest.mark.parametrize("damage", [{"detector": np.zeros(D - 1)}, {"detector": np.full(D, np.nan)}, {"hints": 0.7}, {"layer": -1}, {"layer": np.inf}, {"says": np.nan}])
def test_one_that_does_not_fit_is_refused(damage):
    bad = replace(about_one_of_many(3), listener=replace(about_one_of_many(3).listener, **damage))
    with pytest.raises(StoreError):
        Imprint.from_bytes(bad.to_bytes())
    with pytest.raises(ValueError):
        Route.from_bytes(route_of(bad, STATISTICS).to_bytes())


def test_of_a_correction_what_its_gate_inside_answers_alone_would_change_is_heard_first():
    one = about_one_of_many(3)
    plain = replace(route_of(one, STATISTICS), inside=True)
    probes, own = one.opening.inputs[3], one.near[3][-one.own :]
    assert not plain.doubts(probes).any() and plain.likely(probes).all(), "what asks for it is corrected at once"
    assert plain.doubts(own[~plain.calls(own)]).all(), "another question about the subject may be answered with it"
    middle = np.concatenate([(1 - part) * probes[:1] + part * (one.near[3][: -one.own].mean(0))[None] for part in np.linspace(0, 1, 201)])
    reached = middle[plain.calls(middle) & (plain.gate.opening(middle) < 0.5) & (middle @ plain.gate.reader < ABOUT)]
    assert len(reached) and plain.doubts(reached).all() and plain.likely(reached).all()
    assert not replace(plain, listener=None).doubts(middle).any()


def test_what_is_half_open_or_about_the_subject_is_doubted_and_what_is_sure_is_not():
    one = about_one_of_many(3)
    clear = route_of(one, STATISTICS)
    route = replace(clear, listener=replace(clear.listener, clear=False))
    assert clear.listener.clear and clear.doubts(one.opening.inputs[3]).all()
    probes, own, others = one.opening.inputs[3], one.near[3][-one.own :], one.near[3][: -one.own]
    assert route.calls(probes).all() and np.array_equal(route.doubts(probes), route.gate.opening(probes) < SURE) and not route.doubts(probes).all()
    assert (own @ route.gate.reader > ABOUT).all() and not route.calls(own).any() and route.doubts(own).all()
    assert route.doubts(np.concatenate([others, STATISTICS.layers[3].openings])).mean() < 0.05
    middle = [(1 - part) * probes[:1] + part * own[:1] for part in np.linspace(0, 1, 41)]
    half = [row for row in middle if 0.1 < route.gate.opening(row)[0] < 0.7]
    assert half and all(route.calls(row)[0] and route.doubts(row)[0] == (row[0] @ route.gate.reader > MAYBE_ABOUT) for row in half)
    assert route.likely(probes).all() and not route.likely(own).any()
    deaf = replace(route, listener=None)
    assert not any(deaf.doubts(table).any() for table in (probes, own, others, *half))


def test_a_gate_that_is_always_open_writes_at_every_beginning_and_hardly_in_text():
    gate = always_open(opening_gates({"a": imprint(1, START)}, STATISTICS)["a"])
    beginnings = STATISTICS.layers[3].openings
    assert gate.opening(beginnings).min() > 0.5
    text = np.random.default_rng(0).standard_normal((400, D)).astype(np.float32)
    assert np.abs(gate.opening(text)).mean() < 0.05


def test_opening_one_repair_changes_no_other_gate():
    imprints = {"a": imprint(1, START), "b": imprint(2, START, layer=4)}
    usual, opened = (solve(imprints, STATISTICS, neurons()[3], names).factors for names in ((), ("a",)))
    assert usual.keys() == opened.keys()
    for name in usual:
        same = all(np.array_equal(x, y) for x, y in zip(usual[name], opened[name]))
        assert same == (name != "blk.3.ffn_gate.weight")
    both, none = (solve(imprints, STATISTICS, neurons()[3], names).factors for names in (("b", "a"), ("nobody",)))
    assert not np.array_equal(both["blk.4.ffn_gate.weight"][0], usual["blk.4.ffn_gate.weight"][0])
    assert all(np.array_equal(x, y) for name in usual for x, y in zip(usual[name], none[name]))
