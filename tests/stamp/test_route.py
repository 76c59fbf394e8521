"""Which repairs a prompt calls, and how the bar for that is found on the other repairs' probes."""

from dataclasses import replace

import numpy as np
import pytest

from edge_repair.stamp import Route, bar_of, route_of
from edge_repair.stamp import route as route_module
from edge_repair.stamp.route import BARS, MOST_CALLED, strangers_openings
from edge_repair.stamp.solve import means_the_same
from synthetic_imprints import LAYERS, imprint, statistics, with_site
from test_hostile_imprints import members, npy, packed

KNOWN, START = statistics()


def opened(monkeypatch, *shares):
    """Two hundred probes of strangers; so large a share of half of them opens some gate so far."""
    openings, at = np.zeros(200), 0
    for share, opening in shares:
        openings[at : at + round(100 * share)] = opening
        at += round(100 * share)
    monkeypatch.setattr(route_module, "strangers_openings", lambda _: openings)
    return openings


def test_one_repair_needs_next_to_nothing():
    one = route_of(imprint(0, START, layer=LAYERS[0]), KNOWN)
    assert bar_of({"a": one}) == bar_of({}) == BARS[0]


@pytest.mark.parametrize("shares, bar", [(((0.5, 0.01),), BARS[0]), (((0.06, 0.25),), BARS[0]), (((0.07, 0.25),), 0.3), (((0.07, 0.25), (0.05, 0.45)), 0.3), (((0.9, 0.45),), 0.5), (((0.9, 0.95),), BARS[-1])])
def test_the_bar_is_the_least_at_which_few_of_the_others_probes_call(shares, bar, monkeypatch):
    """What nothing keeps out gets the highest bar, not none."""
    openings = opened(monkeypatch, *shares)
    assert bar_of({}) == bar
    if bar != BARS[-1]:
        assert (openings > bar).mean() <= MOST_CALLED


def test_strangers_are_all_other_repairs_probes_at_the_farthest_gate():
    routes = {str(number): route_of(imprint(number, START, layer=LAYERS[number % 2]), KNOWN) for number in range(5)}
    found = strangers_openings(routes)
    one_by_one = []
    for other, probed in routes.items():
        gates = [route for name, route in routes.items() if name != other]
        one_by_one.append(np.max([np.where(means_the_same(probed.probes[g.layer], g.probes[g.layer], g.center), 0, g.gate.opening(probed.probes[g.layer])) for g in gates], axis=0))
    np.testing.assert_allclose(found, np.maximum(np.concatenate(one_by_one), 0))


def test_a_higher_bar_never_calls_more_and_the_own_probes_call():
    one = imprint(0, START, layer=LAYERS[0])
    route = route_of(one, KNOWN)
    rows = np.concatenate([one.opening.inputs[LAYERS[0]], one.near[LAYERS[0]], KNOWN.layers[LAYERS[0]].openings])
    called = [route.calls(rows, bar) for bar in BARS]
    assert all((less | more == less).all() for less, more in zip(called, called[1:]))
    own = len(one.opening.inputs[LAYERS[0]])
    assert called[0][:own].all() and not called[0][own:].any()


def test_probes_that_mean_the_same_do_not_count_as_strangers():
    route = route_of(imprint(0, START, layer=LAYERS[0]), KNOWN)
    assert not strangers_openings({"one": route, "its twin": route}).any()


def test_a_correction_is_called_earlier_than_its_gate_opens():
    plain, site = imprint(0, START, layer=LAYERS[0]), with_site(imprint(0, START, layer=LAYERS[0]), 0)
    gate = route_of(plain, KNOWN).gate
    half_way = START
    own = plain.opening.inputs[LAYERS[0]].mean(0)
    scores = {share: float((half_way + share * (own - half_way)) @ gate.detector) for share in np.linspace(0, 1, 201)}
    share = next(share for share, score in scores.items() if score > gate.low - 0.8 * (gate.high - gate.low))
    row = (half_way + share * (own - half_way))[None]
    assert route_of(site, KNOWN).calls(row).all() and not route_of(plain, KNOWN).calls(row).any()


def test_routes_survive_the_store_to_the_bit():
    for one in (imprint(0, START, layer=LAYERS[0]), with_site(imprint(1, START), 1), replace(imprint(2, START), danger=True, general=True)):
        route = route_of(one, KNOWN)
        again = Route.from_bytes(route.to_bytes())
        rows = np.concatenate([one.opening.inputs[route.layer], one.near[route.layer]])
        assert np.array_equal(again.gate.opening(rows), route.gate.opening(rows)) and again.inside == route.inside
        assert again.opens is route.opens is one.general
        assert again.to_bytes() == route.to_bytes()


@pytest.mark.parametrize("damage", [lambda d: b"", lambda d: d[:-40], lambda d: b"PK" * 30, lambda d: imprint(0, START).to_bytes(),
                                    lambda d: packed({**members(d), "step.npy": npy(np.array([1.0, 0.0]))}),
                                    lambda d: packed({**members(d), "detector.npy": npy(np.full(len(START), np.nan))}),
                                    lambda d: packed({**members(d), "format.npy": npy(np.array(99))})])  # fmt: skip
def test_what_is_no_route_is_refused(damage):
    with pytest.raises(ValueError):
        Route.from_bytes(damage(route_of(imprint(0, START, layer=LAYERS[0]), KNOWN).to_bytes()))
