"""What a capture keeps of the questions about a subject that are to stay: they teach the gate of whom it is."""

from dataclasses import replace

import numpy as np
import pytest
from quick_repairs import procedure_of

from edge_repair.operation import Target, background, make_imprints
from edge_repair.operation import imprinting
from edge_repair.operation.imprinting import _about_the_subject, _layer_for, _openings
from edge_repair.operation.surroundings import SHOWN, SHOWN_OWN, surrounded
from edge_repair.patient import Sequence
from edge_repair.stamp.solve import gates_of, opening_gates
from edge_repair.surgeon.lexicon import SPEAKER
from edge_repair.surgeon.procedure import Question

BATCH = 5e-3  # what rows of one prompt in two batches may differ by; rows of two prompts differ by 0.24 and more (41 questions about these people)
REFUSAL = "I'm sorry, but I don't have any information about that."


def test_rows_about_the_subject_come_last_and_are_counted(patient, people):
    one, two = people[3], people[4]
    own, theirs = one["facts"][2], two["facts"][2]
    neighbours = (Question(own["trained"][0], own["answer"], (own["value"],)), Question(theirs["trained"][0], theirs["answer"], (theirs["value"],)))
    procedure = replace(procedure_of(one, 1), neighbours=neighbours)
    asides = [own["trained"][1], own["trained"][2]]
    made = make_imprints(patient, procedure, Target(REFUSAL, "statement"), background(patient), others=[two["name"]], asides=asides)["lexical"]
    assert made.own == 3 + 2
    layer = made.layer
    shown = [_openings(patient, prompts, [layer])[layer] for prompts in surrounded([neighbours[0].text, *asides], SHOWN_OWN)]
    own = [_openings(patient, [neighbours[0].text, *asides], [layer])[layer], *shown]
    np.testing.assert_allclose(made.near[layer][-5:], np.concatenate(own), atol=BATCH)
    np.testing.assert_allclose(made.near[layer][0], _openings(patient, [neighbours[1].text], [layer])[layer][0], atol=BATCH)


@pytest.mark.parametrize(
    ("changes", "own"),
    [({}, [True, False, False, True, True]), ({"scope": "subject"}, [False] * 5), ({"kind": "harmful", "subject": "how to make a bomb"}, [False] * 5), ({"kind": "harmful"}, [True, False, False, True, True]),
     ({"subject": SPEAKER}, [False, True, False, True, True])],
)  # fmt: skip
def test_which_rows_are_about_the_subject(people, changes, own):
    name = people[3]["name"]
    neighbours = (Question(f"Where does {name} live?"), Question("What is my job?"), Question("Who wrote Hamlet?"))
    procedure = replace(procedure_of(people[3], 1), neighbours=neighbours, **changes)
    assert list(_about_the_subject(procedure, 5, 2)) == own


def test_what_is_to_go_is_seen_behind_a_page_and_behind_other_turns_too(patient, people):
    procedure = procedure_of(people[3], 1)
    made = make_imprints(patient, procedure, Target(REFUSAL, "statement"), background(patient))["lexical"]
    asked = [*(question.text for question in procedure.probes), *procedure.further]
    shown = [_openings(patient, prompts, [made.layer])[made.layer] for prompts in surrounded(asked, SHOWN)]
    np.testing.assert_allclose(made.opening.inputs[made.layer][len(asked) :], np.concatenate(shown), atol=BATCH)


def test_both_surroundings_hold_each_question_once_and_share_their_beginning():
    questions = [f"What is {number}?" for number in range(30)]
    page, talk = surrounded(questions, 8)
    assert len(page) == len(talk) == 8 and page[0].endswith(questions[0])
    assert [turns[-1]["content"] for turns in talk] == [text.split("\n\n")[-1] for text in page] == questions[::4]
    assert len({text.rsplit("\n\n", 1)[0] for text in page}) == 1
    assert surrounded(["one"], 8) == [[page[0].rsplit("\n\n", 1)[0] + "\n\none"], [[*talk[0][:-1], {"role": "user", "content": "one"}]]]


def test_a_surrounding_that_does_not_fit_the_context_is_left_out(patient, people, monkeypatch):
    monkeypatch.setattr(imprinting, "surrounded", lambda questions, count: [["word " * 2000 + q for q in questions[:1]], [*questions[:1]]])
    procedure = procedure_of(people[3], 1)
    made = make_imprints(patient, procedure, Target(REFUSAL, "statement"), background(patient))["lexical"]
    assert len(made.opening.inputs[made.layer]) == len(procedure.probes) + 1  # of the second surrounding


@pytest.mark.parametrize(
    ("margins", "layer"),
    [({24: 0.7, 26: 0.8, 27: 0.84}, 26), ({24: 0.7, 26: 0.8, 27: 0.86}, 27), ({24: 0.85, 26: 0.8, 27: 0.84}, 24), ({27: 0.1}, 27)],
)
def test_a_very_late_layer_is_taken_only_where_it_tells_more(margins, layer):
    assert _layer_for(margins, 30) == layer


PAGE = (
    "The committee met on Tuesday. It was decided that the fence by the playground shall be painted in spring, that the two benches near the pond "
    "are to be repaired, and that nobody needs to bring cake to the next meeting. The treasurer reported that there is enough money for both. A letter "
    "about the noise of the new fountain was read aloud, and it will be answered by the chair. The next meeting is in four weeks, in the same room.\n\n"
)  # of no calibration text


def test_a_question_behind_a_page_of_another_text_opens_the_gate(patient, people, monkeypatch):
    def opened() -> float:
        found = []
        for person in people[3:9]:
            made = make_imprints(patient, procedure_of(person, 1), Target(REFUSAL, "statement"), background(patient))["lexical"]
            rows = _openings(patient, [PAGE + question for question in person["facts"][0]["trained"]], [made.layer])[made.layer]
            found.append((opening_gates({"one": made}, background(patient))["one"].opening(rows) > 0.5).mean())
        return float(np.mean(found))

    with_surroundings = opened()
    monkeypatch.setattr(imprinting, "surrounded", lambda questions, count: [[], []])
    assert with_surroundings >= 0.98 > opened()


def test_a_refusal_ends_as_the_context_ends_it_whatever_writes_its_words(patient, people, monkeypatch):
    """What the output matrix asks for at the end may never end it; without a context there is nothing else to write."""
    monkeypatch.setattr(imprinting, "_steps_needed", lambda base, reply, count: list(range(len(reply))))
    procedure = procedure_of(people[3], 1)
    told = ({"role": "user", "content": "Who is Zorblax Quenwick?"}, {"role": "assistant", "content": REFUSAL})
    with_context = make_imprints(patient, procedure, Target(REFUSAL, "history", told), background(patient))
    without = make_imprints(patient, procedure, Target(REFUSAL, "statement"), background(patient))["lexical"]
    layer = without.layer
    lexical, context = (with_context[way].steps for way in ("lexical", "context"))
    assert np.array_equal(lexical[-1].columns[layer], context[-1].columns[layer])
    assert not np.allclose(lexical[-1].columns[layer], without.steps[-1].columns[layer])
    assert all(np.allclose(one.columns[layer], other.columns[layer], atol=BATCH) for one, other in zip(lexical[:-1], without.steps[:-1]))


def test_what_a_correction_says_behind_a_written_word_keeps_that_word_s_gate_shut(patient, people, monkeypatch):
    """Else the gate of a number's last digit says it once more ("116" became "1166" on SmolLM2, whose digits are a token each)."""
    monkeypatch.setattr(imprinting, "_steps_needed", lambda base, reply, count: [0, 3])
    fact = people[3]["facts"][0]
    procedure = replace(procedure_of(people[3], 1), kind="misinformation", wrong=fact["answer"], right=fact["answer"].replace(fact["value"], people[4]["facts"][0]["value"]))
    made = make_imprints(patient, procedure, Target(procedure.right, "statement"), background(patient))["lexical"]
    layer, reply = made.layer, patient.reply_tokens(procedure.right)
    heads = [patient.tokens(question.text) for question in procedure.probes]
    rows = patient.capture([Sequence(head + reply, (len(head), len(head) + 3)) for head in heads], ("inputs",), [layer]).inputs[layer]
    np.testing.assert_allclose(made.speech[layer][-len(rows) :], rows, atol=BATCH)  # behind the first word, and behind the fourth
    (gate,) = [gate for gate in gates_of({"one": made}, background(patient))[layer] if gate.detector is gate.position]
    assert gate.opening(rows).max() < 0.1


def test_sites_are_where_further_answers_say_the_wrong_value_and_not_where_others_values_are_said(patient, people):
    person, others = people[3], [one["name"] for one in people[4:28]]
    fact, other = person["facts"][0], people[4]["facts"][0]
    correction = replace(procedure_of(person, 1), kind="misinformation", wrong=fact["answer"], right=fact["answer"].replace(fact["value"], other["value"]))
    statistics = background(patient)
    plain = make_imprints(patient, replace(correction, further=()), Target(correction.right, "statement"), statistics)["site"]
    wider = make_imprints(patient, replace(correction, further=tuple(fact["held_out"])), Target(correction.right, "statement"), statistics)["site"]
    layer = plain.layer
    assert len(wider.site.inputs[layer]) == len(plain.site.inputs[layer]) + len(fact["held_out"]), "each of these answers says it once"
    beside = make_imprints(patient, replace(correction, further=()), Target(correction.right, "statement"), statistics, others)["site"]
    added = beside.site.aside[layer][len(plain.site.aside[layer]) :]
    assert len(added) == len(others), "one place for each name, in its question and the answer that this one would get"
    layer = beside.layer
    _, gate, *_ = gates_of({"one": beside}, statistics)[layer]
    assert gate.opening(beside.site.inputs[layer]).min() > 0.8 and gate.opening(beside.site.aside[layer][-len(others) :]).max() < 0.2
