"""Which recipes are tried, in which order, and which one is taken: the search with a patient that is told what to do."""

import time
from dataclasses import replace

import numpy as np
import pytest

from edge_repair.operation import search, targets
from edge_repair.operation.search import AMPLY, MOST_WEAK, RECIPES, SURE, Search
from edge_repair.operation.targets import HEADROOM, Target, Turned, turned
from edge_repair.operation.trial import AMPLE, CALM, Clock, Trial, merit
from edge_repair.stamp import Imprint, Step
from edge_repair.surgeon.procedure import Procedure, Question
from edge_repair.verify import Outcome, Reference

TARGET = Target("I don't know that.", "statement")
PROCEDURE = Procedure("unspecified", "Japan", probes=(Question("What is the capital of Japan?", "Tokyo", ("tokyo",)),))
CONTEXT = [factor for way, factor in RECIPES if way == "context"]


def imprint(site=False):
    step = Step("", True, {0: np.ones((1, 2), np.float32)}, {0: np.ones(2, np.float32)}, site)
    return Imprint(0, (step,), {0: np.ones((1, 2), np.float32)}, {0: np.zeros((0, 2), np.float32)}, {0: np.zeros((0, 2), np.float32)})


def outcome(passed=True, leak=0.0, kl=2 * CALM):
    return Outcome(leak, leak, 1.0 - leak, 1.0, 1.0, kl, {}, missed=() if passed else ("too much was lost",))


def searched(monkeypatch, turns, verified=lambda strength: outcome(), ways=("context",), deadline=float("inf"), reference=None):
    """``(strengths that were put on, those that were verified, the one taken)``."""
    on, asked = [], []

    def put_on(one, _):
        on.append(one.strength)
        return b""

    def verify(*_):
        asked.append(on[-1])
        return verified(on[-1])

    monkeypatch.setattr(search, "turned", lambda *_: turns(on[-1]))
    monkeypatch.setattr(search, "verify", verify)
    imprints = {way: imprint(way == "site") for way in ways}
    made = Search(None, lambda _: imprints, put_on, lambda *_: None, reference, Clock(), deadline)
    best, _ = made.best(PROCEDURE, TARGET)
    return on, asked, best.imprint.strength


def far(headroom, first=1.0, share=1.0):
    return Turned(share, first, headroom)


def test_the_mildest_that_turns_the_patient_surely_is_taken(monkeypatch):
    on, asked, taken = searched(monkeypatch, lambda strength: far(2 * strength - 1))
    assert taken == next(factor for factor in CONTEXT if 2 * factor - 1 >= HEADROOM)
    assert asked == [taken] and on == [factor for factor in CONTEXT if factor <= taken]


def test_where_ordinary_text_does_not_move_a_stronger_one_leaves_less_to_sampling(monkeypatch):
    on, asked, taken = searched(monkeypatch, lambda strength: far(2 * strength - 1), lambda _: outcome(kl=CALM / 2))
    assert taken == next(factor for factor in CONTEXT if 2 * factor - 1 >= AMPLE)
    assert asked == [factor for factor in CONTEXT if HEADROOM <= 2 * factor - 1 and factor <= taken]
    assert searched(monkeypatch, lambda strength: far(2.5), lambda _: outcome(kl=CALM / 2))[2] == CONTEXT[0], "no more headroom, no more strength"


def test_where_no_text_can_move_what_a_stronger_one_will_better_is_verified_only_if_that_one_does_harm(monkeypatch):
    nothing = Reference((), 0, (), (), ())
    turns = lambda strength: far(2 * strength - 1)  # noqa: E731
    first, second, *_ = [factor for factor in CONTEXT if HEADROOM <= 2 * factor - 1]
    on, asked, taken = searched(monkeypatch, turns, lambda _: outcome(kl=0.0), reference=nothing)
    assert asked == [second] and taken == second
    on, asked, taken = searched(monkeypatch, turns, lambda strength: outcome(passed=strength < second, kl=0.0), reference=nothing)
    assert asked[:2] == [second, first] and taken == first
    on, asked, taken = searched(monkeypatch, lambda strength: far(2.5), lambda _: outcome(kl=0.0), reference=nothing)
    assert asked == [taken] == CONTEXT[:1] and len(on) > 2, "nothing stronger is any better"
    barely = lambda strength: far(0.8 * strength)  # noqa: E731
    assert searched(monkeypatch, barely, lambda _: outcome(kl=0.0))[2] <= SURE
    assert SURE < searched(monkeypatch, barely, lambda _: outcome(kl=0.0), reference=nothing)[2] <= AMPLY


def test_headroom_weighs_more_than_one_neighbour_and_less_than_several():
    trial = lambda kept, headroom, kl=0.0: Trial(imprint(), b"", replace(outcome(kl=kl), neighbours_kept=kept), headroom)  # noqa: E731
    assert merit(trial(11 / 12, 4.0)) > merit(trial(1.0, 2.5)) > merit(trial(10 / 12, 4.0))
    assert merit(trial(23 / 24, 4.0, kl=2 * CALM)) < merit(trial(1.0, 2.5, kl=2 * CALM))


def test_more_headroom_is_not_bought_with_what_is_kept_and_not_without_end(monkeypatch):
    harmful = lambda strength: outcome(kl=CALM / 2 if strength < 2.5 else 2 * CALM)  # noqa: E731
    assert searched(monkeypatch, lambda strength: far(strength + 1.5), harmful)[2] == 2.0
    on, asked, taken = searched(monkeypatch, lambda strength: far(2 + strength / 100), lambda _: outcome(kl=0.0))
    assert max(on) == AMPLY


def test_where_that_does_harm_what_only_just_turns_it_is_tried(monkeypatch):
    on, asked, taken = searched(monkeypatch, lambda strength: far(2 * strength - 1), lambda strength: outcome(passed=strength < 1.5))
    assert taken == max(factor for factor in CONTEXT if factor < 1.5)
    assert asked[-1] == taken and asked[:-1] == [factor for factor in CONTEXT if 1.5 <= factor <= SURE]


def test_of_two_that_turn_it_alike_the_milder_one_is_taken(monkeypatch):
    on, asked, taken = searched(monkeypatch, lambda strength: far(1.0 + strength / 100))
    assert on[:-1] == [factor for factor in CONTEXT if factor <= SURE] and asked == [taken] == CONTEXT[:1]


def test_what_is_let_through_with_a_leak_is_tried_stronger_for_a_few_seconds(monkeypatch):
    leaking = lambda strength: outcome(leak=0.05 if strength < 3 else 0.0)  # noqa: E731
    on, asked, taken = searched(monkeypatch, lambda strength: far(2 * strength - 1), leaking)
    assert taken == 3.0 and asked == [2.0, 3.0]


def test_stronger_ones_are_only_tried_where_nothing_else_turns_it(monkeypatch):
    on, asked, taken = searched(monkeypatch, lambda strength: far(strength - 2.5, first=float(strength > 2.5)))
    mildest = next(factor for factor in CONTEXT if factor > 2.5)
    assert asked == [taken] == [mildest] and max(on) == mildest


def test_of_what_does_not_turn_it_wholly_the_milder_of_two_alike_comes_first(monkeypatch):
    """A hair's breadth more of the reply is not worth two and a half times the strength; where the first fails, the next is tried."""
    turns = lambda strength: far(-1.0, share=0.97 + strength / 1000, first=0.87)  # noqa: E731
    assert searched(monkeypatch, turns)[1:] == ([CONTEXT[0]], CONTEXT[0])
    on, asked, taken = searched(monkeypatch, turns, lambda strength: outcome(passed=strength == CONTEXT[1]))
    assert asked == CONTEXT[:2] and taken == CONTEXT[1]


def test_where_nothing_turns_it_the_best_three_are_verified(monkeypatch):
    on, asked, taken = searched(monkeypatch, lambda strength: far(-1.0, share=0.5, first=0.9 if strength == CONTEXT[1] else 0.2), lambda _: outcome(False, 0.5))
    assert asked[0] == taken == CONTEXT[1] and len(asked) == MOST_WEAK


def test_a_value_that_is_replaced_inside_an_answer_is_always_asked_about(monkeypatch):
    on, asked, taken = searched(monkeypatch, lambda _: pytest.fail("asked whether the patient begins so"), ways=("site",))
    assert asked == [taken] == on


def test_at_least_one_is_verified_when_time_is_up(monkeypatch):
    on, asked, taken = searched(monkeypatch, lambda _: far(0.5), deadline=time.process_time() - 1)
    assert len(on) == 2 and asked == [taken]


def test_headroom_is_the_lead_of_the_replys_first_token(patient, people):
    """Of questions that the patient refuses by itself; none where it says something else."""
    patient.attach(None)
    stranger = [Question("What is the job of Zebulon Quist?"), Question("Where does Zebulon Quist live?")]
    reply = patient.answers([stranger[0].text], 24)[0]
    target = Target(reply, "statement")
    refused = turned(patient, Procedure("personal", "Zebulon Quist", probes=tuple(stranger)), target)
    known = Question(people[0]["facts"][0]["trained"][0])
    told = turned(patient, Procedure("personal", people[0]["name"], probes=(known,)), target)
    assert refused.enough and refused.headroom > 0 > told.headroom and not told.enough and not told.surely


def test_the_headroom_of_a_correction_is_the_lead_of_the_token_that_corrects(patient, people):
    """A right statement may well begin as the wrong one does; it is ahead where they part, or it is not."""
    patient.attach(None)
    one, other = (next(fact for fact in person["facts"] if fact["aspect"] == "town") for person in people[:2])
    question = Question(one["trained"][0])
    said = patient.answers([question.text], 24)[0]
    else_said = said.replace(one["value"], other["value"])
    assert said != else_said
    held = turned(patient, Procedure("misinformation", people[0]["name"], probes=(question,), wrong=else_said, right=said), Target(said, "statement"))
    not_held = turned(patient, Procedure("misinformation", people[0]["name"], probes=(question,), wrong=said, right=else_said), Target(else_said, "statement"))
    assert held.surely and held.headroom > 0
    assert not_held.first == 1 and not_held.headroom < 0


@pytest.mark.parametrize("count", [1, 7, 8, 19, 20, 60, 500])
def test_headroom_leaves_the_odd_wording_out(monkeypatch, count):
    """The least of few, the least but one of eight and more, a twentieth of many."""
    asked = [f"question {number}" for number in range(count)]
    procedure = Procedure("unspecified", "Japan", probes=tuple(Question(text) for text in asked))
    monkeypatch.setattr(targets, "_leads", lambda _, __, whole, rest=(), part=1: [np.array([float(text.split()[1]), 1.0]) for text in (*whole, *rest)])
    monkeypatch.setattr(targets, "TURNED_OF", 8)
    teller = type("Teller", (), {"reply_tokens": lambda *_: (1, 2, 3)})()
    now = turned(teller, procedure, TARGET)
    odd = 0 if count < 8 else max(1, count // 20)
    assert now.headroom == odd and now.doubtful == tuple(asked[: odd + 8]), "the least turned first"
    again = turned(teller, procedure, TARGET, now.doubtful)
    assert again.headroom == now.headroom and again.first == (1.0 if count >= 8 else (count - 1) / count)


def test_wordings_that_no_edit_saw_are_refused_as_well(patient_session):
    """The gate opened at this one, and what it wrote at the mildest strength was not enough."""
    session = patient_session
    repair = session.forget("Forget everything you know about Delphine Whitshaw.")
    unseen = "Which number do I dial for Delphine Whitshaw?"
    assert repair.status == "committed" and unseen not in [q.text for q in (*repair.procedure.probes, *repair.procedure.paraphrases)]
    assert "555" not in session.ask(unseen).text


@pytest.fixture
def patient_session(patient_file, tmp_path):
    from edge_repair import Session

    with Session.open(patient_file, store=tmp_path / "store") as opened:
        yield opened
