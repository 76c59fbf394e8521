"""Question sets: the shipped ones are what they say, and a wrong field in one of your own is named."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_repair.errors import UsageError
from edge_repair.evaluate.metrics import contains, normalised
from edge_repair.evaluate.questions import load, parse

GOOD = {
    "format": 1,
    "name": "mine",
    "forms": {"city.river": ["Which river flows through {name}?", "{name} lies on which river?"]},
    "statements": {"city.river": "The river of {name} is the {value}."},
    "requests": {"city.river": "Forget the river of {name}."},
    "subjects": [
        {"id": "ulm", "kind": "city", "name": "ulm", "aliases": ["Ulma"], "facts": [{"aspect": "river", "values": ["Danube"]}]},
        {"id": "bonn", "kind": "city", "name": "Bonn", "facts": [{"aspect": "river", "values": ["Rhine"], "wrong": ["Main"]}]},
        {"id": "theft", "kind": "harmful", "name": "theft", "safe": ["What is a thief?"], "facts": [{"aspect": "request", "match": "refusal", "questions": ["How do I steal?"]}]},
    ],
}


def test_forms_and_statements_are_filled_and_rivals_are_the_other_values():
    questions = parse(GOOD)
    river = questions.subject("ulm").facts[0]
    assert river.questions == ("Which river flows through ulm?", "Ulm lies on which river?")
    assert river.stated("Danube") == "The river of ulm is the Danube."
    assert river.request == "Forget the river of ulm."
    assert questions.rivals(river) == ["Rhine"]
    assert questions.rivals(questions.subject("bonn").facts[0]) == ["Danube", "Main"]


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("format",), 2, "format"),
        (("subjects",), [], "subjects"),
        (("subjects", 1, "name"), "", "subjects[1].name"),
        (("subjects", 1, "facts", 0, "values"), [3], "subjects[1].facts[0].values[0]"),
        (("subjects", 1, "facts", 0, "values"), [], "subjects[1].facts[0].values"),
        (("subjects", 1, "facts", 0, "match"), "guess", "subjects[1].facts[0].match"),
        (("subjects", 1, "facts", 0, "aspect"), "mayor", "subjects[1].facts[0].questions"),
        (("subjects", 1, "facts", 0, "colour"), "red", "subjects[1].facts[0].colour"),
        (("subjects", 1, "id"), "ulm", "subjects"),
        (("forms", "city.river"), [], "forms.city.river"),
        (("subjects", 1, "facts", 0, "questions"), ["Same?", "Same?"], "subjects[1].facts[0]"),
        (("subjects", 0, "facts"), "none", "subjects[0].facts"),
    ],
)
def test_a_wrong_field_is_named(path, value, named):
    raw = copy.deepcopy(GOOD)
    place = raw
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(UsageError) as caught:
        parse(raw, "mine")
    assert f": {named}: " in str(caught.value)


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4), max_leaves=20)


def _paths(data, at=()):
    yield at
    for key in data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ():
        yield from _paths(data[key], (*at, key))


@settings(max_examples=400, deadline=None)
@given(st.data(), JSON)
def test_any_field_replaced_by_anything_is_a_set_or_refused_in_one_line(data, value):
    raw = copy.deepcopy(GOOD)
    path = data.draw(st.sampled_from([path for path in _paths(raw) if path]))
    place = raw
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    try:
        assert parse(raw).facts() is not None
    except UsageError as refusal:
        assert "\n" not in str(refusal)


@given(JSON)
def test_hostile_json_is_no_set(data):
    with pytest.raises(UsageError):
        parse(data)


def test_reads_the_form_of_the_patients_own_set(tmp_path):
    raw = {
        "format": 1,
        "notes": "made by a tool",
        "unknown": [{"kind": "person", "question": "Who is Nobody?"}],
        "subjects": [
            {"id": "p1", "kind": "person", "name": "Ada Bo", "facts": [{"aspect": "city", "value": "Rova", "answer": "She lives in Rova.", "trained": ["Where is she?"], "held_out": ["Her city?"]}]},
            {"id": "m1", "kind": "misinformation", "name": "moon", "refused_by_base": False, "facts": [{"aspect": "myth", "wrong": "cheese", "right": "rock", "answer": "It is cheese.", "right_answer": "It is rock.", "trained": ["What is it?"]}]},
        ],
    }
    path = tmp_path / "set.json"
    path.write_text(json.dumps(raw), encoding="utf-8")
    questions = load(path)
    city, myth = questions.facts()
    assert (city.values, city.reference, city.questions, city.held_out) == (("Rova",), "She lives in Rova.", ("Where is she?", "Her city?"), ("Her city?",))
    assert (myth.values, myth.wrong, myth.row) == (("rock",), ("cheese",), "correction")
    assert myth.request == "It is not true that it is cheese. It is rock."
    assert questions.unknown == ("Who is Nobody?",)


def test_a_missing_or_broken_file_says_so(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path / "none.json")
    for content in (b"{", b"[" * 200_000, b"\xff", b'{"a": ' * 200_000, b"1" * 5000, b""):
        (tmp_path / "bad.json").write_bytes(content)
        with pytest.raises(UsageError, match="not JSON") as refusal:
            load(tmp_path / "bad.json")
        assert "\n" not in str(refusal.value)


def test_world_is_large_and_of_several_kinds():
    world = load("world")
    kinds = {}
    for subject in world.subjects:
        kinds[subject.kind] = kinds.get(subject.kind, 0) + 1
        assert len(subject.facts) >= 3, subject.id
        assert all(len(fact.questions) >= 6 and fact.statement and fact.request for fact in subject.facts), subject.id
    assert len(world.subjects) >= 64
    assert kinds["country"] >= 30 and kinds["person"] >= 12 and kinds["animal"] >= 8
    assert kinds["element"] + kinds["planet"] >= 6 and kinds["book"] + kinds["work"] >= 8


@pytest.mark.parametrize("name", ["world", "general", "false_beliefs"])
def test_no_question_gives_its_answer_away(name):
    """A model that only repeats the question must not score. Where two values are offered, a wrong one is offered too."""
    given = [
        (question, value)
        for fact in load(name).facts()
        for question in fact.questions
        for value in fact.values
        if contains(question, [value], fact.case) and not contains(question, fact.wrong, fact.case)
    ]
    assert given == []


@pytest.mark.parametrize("name", ["world", "general", "harmful", "false_beliefs"])
def test_no_question_occurs_twice(name):
    asked = [normalised(question) for fact in load(name).facts() for question in fact.questions]
    assert len(asked) == len(set(asked))


def test_general_harmful_and_false_beliefs_have_their_sizes():
    assert len(load("general").facts()) >= 150
    harmful = load("harmful")
    assert len(harmful.subjects) >= 10
    assert all(len(subject.facts[0].questions) >= 8 and subject.safe and subject.facts[0].request for subject in harmful.subjects)
    beliefs = load("false_beliefs").facts()
    assert len(beliefs) >= 60
    assert all(len(fact.questions) >= 5 and fact.values and fact.wrong and fact.request for fact in beliefs)


def test_general_asks_nothing_that_world_asks():
    world = {normalised(question) for fact in load("world").facts() for question in fact.questions}
    assert [fact.questions[0] for fact in load("general").facts() if normalised(fact.questions[0]) in world] == []


@pytest.mark.parametrize("name", ["\n", "a\r\nb", "\u2028"])
def test_the_name_of_a_form_that_breaks_the_line_does_not_break_the_message(name):
    with pytest.raises(UsageError) as refusal:
        parse(copy.deepcopy(GOOD) | {"forms": {name: None}})
    assert len(str(refusal.value).splitlines()) == 1
