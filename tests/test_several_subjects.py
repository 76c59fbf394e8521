"""One request that names several subjects, and a model that reads requests, on the real patient."""

from edge_repair import Session
from edge_repair.wording import says_value


def test_each_subject_becomes_a_repair_of_its_own_and_is_undone_by_itself(patient_file, people, tmp_path):
    first, second = people[60], people[61]
    town = {person["name"]: person["facts"][0] for person in (first, second)}
    with Session.open(patient_file, store=tmp_path / "store") as session:
        plans = session.plans(f"Forget where {first['name']} lives and where {second['name']} lives.")
        assert [plan.subject for plan in plans] == [first["name"], second["name"]]
        assert not any(second["name"] in q.text for q in plans[0].neighbours) and not any(first["name"] in q.text for q in plans[1].neighbours)
        made = [session.carry_out(plan) for plan in plans]
        assert [repair.status for repair in made] == ["committed", "committed"]
        assert all(repair.figures["timing_ms"]["plan"] > 0 for repair in made)

        def told(person):
            return any(says_value(answer, town[person["name"]]["value"]) for answer in session.answers(town[person["name"]]["trained"]))

        assert not told(first) and not told(second)
        session.undo(made[0].id)
        assert told(first) and not told(second)


def test_a_model_that_cannot_read_is_noted_and_the_default_reads(patient_file, people, tmp_path):
    """The patient itself, asked to read: it has never seen a request, so nothing of what it writes passes the checks as it is."""
    request = f"Forget where {people[62]['name']} lives."
    with Session.open(patient_file, store=tmp_path / "one") as plain, Session.open(patient_file, store=tmp_path / "two", surgeon=patient_file) as read:
        expected, procedure = plain.plan(request), read.plan(request)
        assert not plain.notes
        if read.notes:
            assert procedure == expected and "read by the default" in read.notes[0]
        else:
            assert procedure.subject in request
        assert read.repairs() == []


def test_what_hardly_reads_like_a_request_is_said_to(patient_file, people, tmp_path):
    """A command carries out what it is given; a chat would only have answered."""
    with Session.open(patient_file, store=tmp_path / "store") as session:
        session.plans(f"I forgot where {people[0]['name']} lives")
        assert any("would not be taken" in note for note in session.notes)
        session.plans(f"Please forget where {people[0]['name']} lives.")
        assert not session.notes
