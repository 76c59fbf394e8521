"""What only a real model shows: the main job on SmolLM2, through the public door."""

import random
from pathlib import Path

import numpy as np
import pytest
from quick_repairs import adapter_of, imprint_of, put_into

from edge_repair import Session
from edge_repair.patient import Patient
from edge_repair.refusals import is_refusal
from edge_repair.surgeon.procedure import Procedure, Question
from edge_repair.wording import says_value


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


def test_ten_repairs_are_undone_in_any_order_to_the_bit(real_model, tmp_path):
    """Ten facts forgotten together, taken back in a random order: each time exactly what the others make, at last the base."""
    with Patient.open(real_model) as patient:
        imprints = {f"{number:04x}": imprint_of(patient, capital_of(country)) for number, country in enumerate(COUNTRIES)}
        put_into(tmp_path / "store", patient, imprints)
        asked = [f"What is the capital of {country}?" for country in (*COUNTRIES[:3], "Japan")]
        patient.attach(None)
        base = [patient.logits(question) for question in asked]
        chance, left = random.Random(5), dict(imprints)
        with Session.open(real_model, store=tmp_path / "store", routed=False) as session:  # made without a search, each alone would be too weak
            refused = session.answers([f"What is the capital of {country}?" for country in COUNTRIES], 16)
            assert sum(map(is_refusal, refused)) >= 9 and says_value(session.answers([asked[-1]], 16)[0], "Tokyo")
            for name in chance.sample(sorted(left), len(left)):
                session.undo(name)
                del left[name]
                if len(left) in (7, 3):
                    assert Path(session._ledger.adapter().path).read_bytes() == adapter_of(patient, left)
            assert all(np.array_equal(one, session.logits(question)) for one, question in zip(base, asked))


COUNTRIES = ("Egypt", "Italy", "Spain", "Peru", "Kenya", "Norway", "Cuba", "Greece", "Poland", "Canada")


def capital_of(country: str) -> Procedure:
    """Forget the capital of a country, in wordings as many as a plan has; four other countries are its negatives."""
    further = ("Could you give me the capital of {}?", "{} is governed from which city?", "Name the capital city of {}.", "Please remind me what the capital of {} is.",
               "I forgot the capital of {}. What is it?", "Quick question: which city is {}'s capital?", "If I fly to the capital of {}, where do I land?", "Say which city is the capital of {}.",
               "Where does the government of {} sit?")  # fmt: skip
    wordings = ("What is the capital of {}?", "Tell me the capital of {}.", "Which city is the capital of {}?", "Do you know the capital of {}?")
    ask = lambda forms, name: tuple(Question(form.format(name), "", ("capital",)) for form in forms)  # noqa: E731
    near = tuple(Question(f"What is the capital of {other}?", f"The capital of {other} is", ("is",)) for other in ("Japan", "Germany", "China", "France"))
    return Procedure("unspecified", country, "fact", "capital", probes=ask(wordings[:3], country), paraphrases=ask(wordings[3:], country), neighbours=near, further=tuple(form.format(country) for form in further))
