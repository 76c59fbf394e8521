"""The JSON form of a procedure: round trip, and nothing hostile gets through as anything but a UsageError."""

import copy
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_repair.errors import UsageError
from edge_repair.surgeon.procedure import KINDS, SCOPES, SOURCES, Limits, Procedure, Question, Recipe
from edge_repair.surgeon.validation import MOST_QUESTIONS, MOST_VALUES

WORDS = st.text(st.characters(blacklist_categories=("Cc", "Cs")), min_size=1, max_size=40).filter(str.strip)
QUESTIONS = st.builds(Question, text=WORDS, answer=st.just("") | WORDS, values=st.lists(WORDS, max_size=4).map(tuple), aspect=st.just("") | WORDS)
SHARES = st.floats(0, 1)
RECIPES = st.builds(
    Recipe,
    form=st.sampled_from(["auto", "gate", "linear"]),
    layers=st.none() | st.lists(st.integers(0, 200), min_size=1, max_size=6, unique=True).map(tuple),
    positions=st.none() | st.integers(1, 64),
    rank=st.none() | st.integers(1, 256),
    strength=st.none() | st.floats(0.01, 10),
    source=st.sampled_from(SOURCES),
    budget_seconds=st.floats(1, 3600),
)
PROCEDURES = st.builds(
    Procedure,
    kind=st.sampled_from([kind for kind in KINDS if kind != "misinformation"]),
    subject=WORDS,
    scope=st.sampled_from(SCOPES),
    aspect=st.just("") | WORDS,
    probes=st.lists(QUESTIONS, min_size=1, max_size=3).map(tuple),
    paraphrases=st.lists(QUESTIONS, max_size=3).map(tuple),
    neighbours=st.lists(QUESTIONS, max_size=3).map(tuple),
    recipe=RECIPES,
    limits=st.builds(Limits, leak=SHARES, refused=SHARES, neighbours_kept=SHARES, retain_kept=SHARES, kl=st.floats(0, 100)),
)
PLAIN = Procedure("unspecified", "Egypt", "fact", "capital", probes=(Question("What is the capital of Egypt?", "Cairo.", ("Cairo",), "capital"),)).to_json()


@given(PROCEDURES)
def test_round_trip_through_json_text(procedure):
    assert Procedure.from_json(json.loads(json.dumps(procedure.to_json()))) == procedure


@given(PROCEDURES, WORDS, WORDS)
def test_a_correction_survives_the_round_trip_and_needs_both_statements(procedure, wrong, right):
    correction = replace(procedure, kind="misinformation", wrong=wrong, right=right)
    assert Procedure.from_json(json.loads(json.dumps(correction.to_json()))) == correction
    for lacking in (replace(correction, wrong=""), replace(correction, right=""), replace(correction, kind="personal")):
        with pytest.raises(UsageError):
            Procedure.from_json(lacking.to_json())


def test_what_may_be_left_out_has_its_default():
    least = {"version": 1, "kind": "unspecified", "subject": "Egypt", "probes": [{"text": "What is Egypt?"}]}
    assert Procedure.from_json(least) == Procedure("unspecified", "Egypt", probes=(Question("What is Egypt?"),))


def _changed(path, value):
    data = copy.deepcopy(json.loads(json.dumps(PLAIN)))
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("version",), 2, "version"), (("version",), True, "version"), (("version",), "1", "version"),
        (("kind",), "none", "kind"), (("kind",), ["harmful"], "kind"), (("scope",), "all", "scope"),
        (("subject",), "", "subject"), (("subject",), "  ", "subject"), (("subject",), "x" * 501, "subject"), (("subject",), 7, "subject"),
        (("subject",), "a\x00b", "subject"), (("subject",), "\ud800", "subject"), (("right",), "A statement.", "right"),
        (("kind",), "misinformation", "right"), (("probes",), [], "probes"), (("probes",), {}, "probes"), (("probes",), ["text"], r"probes\[0\]"),
        (("probes",), [{"text": "x"}] * (MOST_QUESTIONS + 1), "probes"), (("probes", 0, "text"), "", r"probes\[0\]\.text"),
        (("probes", 0, "text"), "x" * 2001, r"probes\[0\]\.text"), (("probes", 0, "answer"), None, r"probes\[0\]\.answer"),
        (("probes", 0, "values"), "Cairo", r"probes\[0\]\.values"), (("probes", 0, "values"), ["x"] * (MOST_VALUES + 1), r"probes\[0\]\.values"),
        (("probes", 0, "values"), ["ok", 3], r"probes\[0\]\.values\[1\]"), (("probes", 0, "extra"), 1, r"probes\[0\]\..?'extra'"),
        (("extra",), 1, "extra"), (("recipe",), None, "recipe"), (("recipe", "form"), "full", r"recipe\.form"),
        (("recipe", "layers"), [], r"recipe\.layers"), (("recipe", "layers"), [1, 1], r"recipe\.layers"), (("recipe", "layers"), [-1], r"recipe\.layers\[0\]"),
        (("recipe", "layers"), [True], r"recipe\.layers\[0\]"), (("recipe", "rank"), 0, r"recipe\.rank"), (("recipe", "rank"), 10**9, r"recipe\.rank"),
        (("recipe", "positions"), 1.5, r"recipe\.positions"), (("recipe", "strength"), float("nan"), r"recipe\.strength"),
        (("recipe", "strength"), float("inf"), r"recipe\.strength"), (("recipe", "strength"), 10**400, r"recipe\.strength"),
        (("recipe", "source"), "elsewhere", r"recipe\.source"), (("recipe", "budget_seconds"), 0, r"recipe\.budget_seconds"),
        (("limits", "leak"), -0.1, r"limits\.leak"), (("limits", "leak"), 1.1, r"limits\.leak"), (("limits", "kl"), "0.1", r"limits\.kl"),
        (("limits", "kept"), 1, "kept"),
    ],
)  # fmt: skip
def test_an_error_names_the_field(path, value, named):
    with pytest.raises(UsageError, match=named) as caught:
        Procedure.from_json(_changed(path, value))
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


@pytest.mark.parametrize("field", ["version", "kind", "subject", "probes"])
def test_what_is_missing_is_named(field):
    data = {key: value for key, value in PLAIN.items() if key != field}
    with pytest.raises(UsageError, match=f"'{field}' is missing"):
        Procedure.from_json(data)


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4), max_leaves=20)


@given(JSON)
def test_hostile_json_is_a_usage_error(data):
    with pytest.raises(UsageError):
        Procedure.from_json(data)


def _paths(data, at=()):
    yield at
    if isinstance(data, dict):
        for key in data:
            yield from _paths(data[key], (*at, key))
    if isinstance(data, list):
        for index in range(len(data)):
            yield from _paths(data[index], (*at, index))


@settings(max_examples=300)
@given(st.data(), JSON)
def test_any_field_replaced_by_anything_is_accepted_whole_or_refused(data, value):
    path = data.draw(st.sampled_from([path for path in _paths(json.loads(json.dumps(PLAIN))) if path]))
    try:
        procedure = Procedure.from_json(_changed(path, value))
    except UsageError:
        return
    assert Procedure.from_json(procedure.to_json()) == procedure
