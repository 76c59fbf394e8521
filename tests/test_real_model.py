"""What only a real model shows: the main job on SmolLM2, through the public door."""

import numpy as np
import pytest

from edge_repair import Session
from edge_repair.wording import is_refusal, says_value


@pytest.fixture(scope="module")
def session(real_model, tmp_path_factory):
    with Session.open(real_model, store=tmp_path_factory.mktemp("store")) as opened:
        yield opened


def test_the_main_job(session):
    """Forget one fact in plain words: refused in phrasings never used, neighbours stay, undo is the base to the bit."""
    asked = ["In Egypt, which city is the capital?", "What's the capital city of Egypt called?", "Quick question: capital of Egypt?", "I need to know the capital of Egypt for school.", "Which city is Egypt ruled from, its capital?"]
    unseen = [question for question, answer in zip(asked, session.answers(asked)) if says_value(answer, "Cairo")]
    assert len(unseen) >= 2  # else nothing would be shown
    neighbours = {"What is the capital of Japan?": "Tokyo", "What is the capital of Germany?": "Berlin"}
    before = [session.logits(question) for question in (*unseen, *neighbours)]

    repair = session.forget("Please forget the capital of Egypt.")
    assert repair.status == "committed", repair.outcome
    used = {question.text for question in (*repair.procedure.probes, *repair.procedure.paraphrases)}
    assert not used & set(unseen)
    answers = session.answers(unseen)
    assert not any(says_value(answer, "Cairo") for answer in answers)
    assert all(map(is_refusal, answers))
    for answer, value in zip(session.answers(list(neighbours)), neighbours.values()):
        assert says_value(answer, value)
    assert repair.outcome.kl < 0.02  # nats a token on ordinary text; a rounding alone is about 0.002

    session.undo(repair.id)
    assert all(np.array_equal(one, session.logits(question)) for one, question in zip(before, (*unseen, *neighbours)))


def test_a_false_belief_is_corrected(session):
    """The reply says the right thing, also where the question was never used."""
    repair = session.forget("Stop saying that bats are blind. Bats are not blind.")
    assert repair.kind == "misinformation" and repair.status == "committed", repair.outcome
    answer = session.answers(["So bats are blind, aren't they?"])[0]
    session.undo(repair.id)
    assert "not blind" in answer
