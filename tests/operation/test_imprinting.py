"""What a capture keeps of the questions about a subject that are to stay: they teach the gate of whom it is."""

from dataclasses import replace

import numpy as np
import pytest
from quick_repairs import procedure_of

from edge_repair.operation import Target, background, make_imprints
from edge_repair.operation.imprinting import _about_the_subject, _openings
from edge_repair.surgeon.lexicon import SPEAKER
from edge_repair.surgeon.procedure import Question

REFUSAL = "I'm sorry, but I don't have any information about that."


def test_rows_about_the_subject_come_last_and_are_counted(patient, people):
    one, two = people[3], people[4]
    own, theirs = one["facts"][2], two["facts"][2]
    neighbours = (Question(own["trained"][0], own["answer"], (own["value"],)), Question(theirs["trained"][0], theirs["answer"], (theirs["value"],)))
    procedure = replace(procedure_of(one, 1), neighbours=neighbours)
    asides = [own["trained"][1], own["trained"][2]]
    made = make_imprints(patient, procedure, Target(REFUSAL, "statement"), background(patient), others=[two["name"]], asides=asides)["lexical"]
    assert made.own == 3
    layer = made.layer
    np.testing.assert_array_equal(made.near[layer][-3:], _openings(patient, [neighbours[0].text, *asides], [layer])[layer])
    np.testing.assert_array_equal(made.near[layer][0], _openings(patient, [neighbours[1].text], [layer])[layer][0])


@pytest.mark.parametrize(
    ("changes", "own"),
    [({}, [True, False, False, True, True]), ({"scope": "subject"}, [False] * 5), ({"kind": "harmful"}, [False] * 5),
     ({"subject": SPEAKER}, [False, True, False, True, True])],
)  # fmt: skip
def test_which_rows_are_about_the_subject(people, changes, own):
    name = people[3]["name"]
    neighbours = (Question(f"Where does {name} live?"), Question("What is my job?"), Question("Who wrote Hamlet?"))
    procedure = replace(procedure_of(people[3], 1), neighbours=neighbours, **changes)
    assert list(_about_the_subject(procedure, 5, 2)) == own
