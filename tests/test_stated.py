"""A statement to be forgotten goes as the question does that it answers: however it is asked for, and whether it is so."""

import pytest

from edge_repair import Session
from edge_repair.errors import NothingToForgetError
from edge_repair.refusals import is_refusal
from edge_repair.wording import says_value


@pytest.fixture(scope="module")
def session(patient_file, tmp_path_factory):
    with Session.open(patient_file, store=tmp_path_factory.mktemp("stated")) as opened:
        yield opened


@pytest.mark.parametrize("number, aspect, states", [(3, "town", "lives in {}"), (7, "job", "is a {}"), (15, "pet", "has a {}"), (0, "pet", "has a {}")])
def test_a_statement_to_be_forgotten_is_told_to_no_wording_and_the_rest_stays(session, people, number, aspect, states):
    name, facts = people[number]["name"], people[number]["facts"]
    fact = next(one for one in facts if one["aspect"] == aspect)
    statement = f"{name} {states.format(fact['value'])}"
    asked, others = [*fact["trained"], *fact["held_out"]], [text for one in facts if one is not fact for text in one["trained"][:3]]
    before = session.answers(others)
    assert sum(says_value(answer, fact["value"]) for answer in session.answers(asked)) >= 8
    repair = session.forget(f"Forget that {statement}.")
    try:
        assert repair.status == "committed" and repair.procedure.kind == "personal" and not repair.procedure.wrong
        assert not any(says_value(answer, fact["value"]) for answer in session.answers(asked))
        assert is_refusal(session.answers([f"Is it true that {statement}?"])[0])
        same = [now == then for now, then in zip(session.answers(others), before)]
        assert sum(same) >= len(others) - 1
    finally:
        session.undo(repair.id)


def test_what_the_patient_does_not_say_is_not_forgotten_and_nothing_else_goes(session, people):
    """Asked whether she is a potter, it says that she is a barber: her job had gone, and her birthday with it."""
    name, job = people[10]["name"], next(fact["value"] for fact in people[10]["facts"] if fact["aspect"] == "job")
    other = next(fact["value"] for person in people for fact in person["facts"] if fact["aspect"] == "job" and fact["value"] != job)
    for statement in (f"{name} is a {other}", f"{name} has no cat"):
        with pytest.raises(NothingToForgetError, match=f"does not say that {name}"):
            session.plan(f"Forget that {statement}.")
