"""A short run of tools/load_session.py, and that it would find a torn answer."""

import pytest
import tool_loader


@pytest.fixture(scope="module")
def load():
    return tool_loader.tool("load_session")


def test_eight_ask_and_two_repair(load):
    told = load.run(minutes=20 / 60, askers=8, repairers=2, seed=3, megabytes=64)
    assert told["failures"] == [] and told["torn"] == 0, told
    assert told["calls"]["asked"] >= load.LEAST_ASKED and told["states"] >= 3


def test_an_answer_of_no_possible_state_is_found(load, patient_file, people, tmp_path):
    """The control: half an answer, a made-up one, and one of a state that came later are torn; the right one is not."""
    question = people[0]["facts"][0]["trained"][0]
    with load.Patient.open(patient_file) as bare:
        answer = bare.answer(question, load.TOKENS)
    record = load.Record([], [load.Change(load.NOTHING, 0, 0)])
    other = "Sorry, I don't have any information about that."
    for text, whole in ((answer, True), (answer[:-4], True), (other, True), (answer[:-4], False), (answer[:-4] + "Sorr", False)):
        record.answers.append((question, text, 1.0, 2.0, whole))
    wrong, states = load.torn(record, patient_file, tmp_path)
    assert len(wrong) == 3 and states == 1


def test_which_states_are_possible(load):
    change = load.Change
    changes = [change("base", 0, 0), change("a", 10, 12), change("b", 20, 22), change("c", 21, 23)]
    for asked, answered, states in (
        (1, 2, {"base"}), (1, 11, {"base", "a"}), (11, 13, {"base", "a"}), (13, 14, {"a"}),
        (13, 21, {"a", "b", "c"}), (22.5, 22.6, {"a", "b", "c"} - {"a"}), (30, 31, {"b", "c"}),
    ):  # fmt: skip
        assert load.possible(changes, asked, answered) == states, (asked, answered)
