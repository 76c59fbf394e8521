"""Where answers are about to say what is to go: found in whole answers, once a value, or not listened for at all."""

from dataclasses import replace

import numpy as np
import pytest

from edge_repair.operation.background import candidate_layers
from edge_repair.operation.sayings import ANSWER_TOKENS, sayings
from edge_repair.surgeon.procedure import Procedure, Question


@pytest.fixture
def known(patient, people):
    """A person's phone number: two plain questions, and an account that tells it last; and other questions about the person."""
    patient.attach(None)
    person = people[89]
    phone = next(fact for fact in person["facts"] if fact["aspect"] == "phone")
    asked = [*phone["trained"][:2], f"Tell me about {person['name']}."]
    answers = patient.answers(asked, 64)
    assert all(phone["value"] in answer for answer in answers)
    assert len(patient.reply_tokens(answers[2].split(phone["value"])[0], end=False)) > ANSWER_TOKENS
    probes = tuple(Question(question, answer, (phone["value"],)) for question, answer in zip(asked, answers))
    return Procedure("personal", person["name"], "fact", aspect="phone", probes=probes), [q for fact in person["facts"] if fact is not phone for q in fact["trained"][:3]]


def test_each_answer_has_its_place_wherever_it_stands(patient, known):
    procedure, asides = known
    layers = candidate_layers(patient.base.n_layers)
    saying, unsaid = sayings(patient, procedure, asides, layers)
    assert set(saying) == set(unsaid) == set(layers)
    for layer in layers:
        assert saying[layer].shape == (3, patient.base.width) and len(unsaid[layer]) > 60
        rows = patient.along([(patient.tokens(q.text), q.answer) for q in procedure.probes], [layer])
        for place, found in zip(saying[layer], rows):
            assert np.abs(found[layer] - place).max(1).min() < 0.02  # it is one of the places of that answer


def test_an_answer_that_says_it_in_another_form_leaves_nothing_to_listen_for(patient, known):
    procedure, asides = known
    values = ("Buenos Aires",)
    told = [replace(q, answer="It is Buenos Aires.", values=values) for q in procedure.probes]
    layers = candidate_layers(patient.base.n_layers)
    assert len(sayings(patient, replace(procedure, probes=tuple(told)), asides, layers)[0][layers[0]]) == 3
    told[0] = replace(told[0], answer="Aires, that is it.")  # counts as said; where it begins is not found
    assert sayings(patient, replace(procedure, probes=tuple(told)), asides, layers) == ({}, {})


def test_several_facts_at_once_are_not_listened_for(patient, known, people):
    """Else the one whose value is known would decide about the other."""
    procedure, asides = known
    job = next(fact for fact in people[89]["facts"] if fact["aspect"] == "job")
    asked = job["trained"][:3]
    probes = tuple(Question(question, answer, (job["value"],)) for question, answer in zip(asked, patient.answers(asked)))
    assert sayings(patient, replace(procedure, probes=(*procedure.probes, *probes)), asides, candidate_layers(patient.base.n_layers)) == ({}, {})


def test_whole_subjects_corrections_dangerous_topics_and_what_no_two_answers_share_are_not_listened_for(patient, known):
    procedure, asides = known
    apart = tuple(replace(q, values=(f"value{n}",)) for n, q in enumerate(procedure.probes))
    for deaf in (replace(procedure, scope="subject"), replace(procedure, kind="harmful"), replace(procedure, kind="misinformation"), replace(procedure, probes=apart)):
        assert sayings(patient, deaf, asides, candidate_layers(patient.base.n_layers)) == ({}, {})


def test_what_is_said_of_the_subject_whatever_is_asked_is_no_secret(patient, known):
    procedure, asides = known
    name = procedure.subject.split()[0]
    always = replace(procedure, probes=tuple(replace(q, values=(name,)) for q in procedure.probes))
    assert sayings(patient, always, asides, candidate_layers(patient.base.n_layers)) == ({}, {})
