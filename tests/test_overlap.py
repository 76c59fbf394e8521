"""A repair that another one stands in the way of is refused by name before anything is changed; others go well together."""

from dataclasses import replace

import pytest

from edge_repair import Session
from edge_repair.errors import NothingToForgetError, StoreError, UsageError
from edge_repair.session import overlap
from edge_repair.wording import says_value

PAPER = "The Gate of Zestus is not made of cast iron. It is made of pressed paper."
GLASS = "The Gate of Zestus is not made of pressed paper. It is made of blue glass."
WHERE = "What is the Gate of Zestus made of?"


@pytest.fixture
def session(patient_file, tmp_path):
    with Session.open(patient_file, store=tmp_path / "store") as opened:
        yield opened


def test_a_correction_is_taken_back_before_it_is_corrected(session):
    first = session.forget(PAPER)
    assert first.status == "committed" and "pressed paper" in session.ask(WHERE).text
    logits = session.logits(WHERE)
    with pytest.raises(UsageError, match=rf"repair {first.id} already changes .* /undo {first.id}"):
        session.plan(GLASS)
    assert (session.logits(WHERE) == logits).all() and [one.id for one in session.repairs()] == [first.id]
    session.undo(first.id)
    assert session.forget(GLASS.replace("pressed paper", "cast iron")).status == "committed"
    assert "blue glass" in session.ask(WHERE).text


def test_a_fact_is_not_corrected_while_it_is_forgotten_nor_the_other_way_round(session, people):
    name, facts = people[1]["name"], {fact["aspect"]: fact["value"] for fact in people[1]["facts"]}
    town, other = facts["town"], "Eldermoor"
    assert other != town
    forgotten = session.forget(f"forget where {name} lives")
    with pytest.raises(UsageError, match=f"repair {forgotten.id} already changes"):
        session.plan(f"{name} lives in {other}, not in {town}.")
    session.undo(forgotten.id)
    corrected = session.forget(f"{name} lives in {other}, not in {town}.")
    assert corrected.status == "committed" and other in session.ask(f"Where does {name} live?").text
    with pytest.raises(UsageError, match=f"repair {corrected.id} already changes"):
        session.plan(f"forget where {name} lives")


def test_what_is_forgotten_already_is_not_planned_from_what_is_left(session, people):
    """The address of somebody whose town is forgotten was "a barber", and that was forgotten next."""
    name = people[10]["name"]
    first = session.forget(f"Forget the town of {name}.")
    assert first.status == "committed"
    for request in (f"Forget the town of {name}.", f"Forget where {name} lives."):
        with pytest.raises(NothingToForgetError, match=first.id):
            session.plan(request)
    job = session.plan(f"Forget the job of {name}.")
    assert len(job.probes) > overlap.LITTLE  # another of its facts is planned as ever
    session.undo(first.id)
    assert len(session.plan(f"Forget the town of {name}.").probes) > overlap.LITTLE


def test_where_some_of_it_is_still_told_the_whole_is_planned(session, people, monkeypatch):
    name, facts = people[10]["name"], {fact["aspect"]: fact["value"] for fact in people[10]["facts"]}
    plan = session.plan(f"Forget the town of {name}.")
    first = session.carry_out(replace(plan, probes=plan.probes[:1], paraphrases=(), further=()), accept=True)
    told = [q.text for q in plan.probes if says_value(session.ask(q.text).text, facts["town"])]
    assert first.status == "committed" and told and plan.probes[0].text not in told
    monkeypatch.setattr(overlap, "LITTLE", 99)
    monkeypatch.setattr(overlap, "MANY", 0.1)
    again = session.plan(f"Forget the town of {name}.")
    assert [q.text for q in again.probes] == [q.text for q in plan.probes]
    assert session.carry_out(again).status == "committed"
    assert not any(says_value(session.ask(q.text).text, facts["town"]) for q in (*plan.probes, *plan.paraphrases))


def test_another_fact_of_the_same_subject_stands_in_nobodys_way(session, people):
    name, facts = people[2]["name"], {fact["aspect"]: fact["value"] for fact in people[2]["facts"]}
    corrected = session.forget(f"{name} lives in Eldermoor, not in {facts['town']}.")
    forgotten = session.plan(f"forget the pet of {name}")  # whether both can be had is for the verification to say
    assert corrected.status == "committed" and facts["pet"].split()[0] in " ".join(question.answer for question in forgotten.probes)


@pytest.mark.parametrize("number", [10, 13])
@pytest.mark.parametrize("first", ["forgotten", "corrected"])
def test_a_fact_is_corrected_beside_one_that_is_forgotten(session, people, number, first):
    """The second is verified with the other repair where a question calls that one, and without it where not, as it will be asked."""
    one, other = people[number], people[number + 20]
    facts, wanted = ({fact["aspect"]: fact for fact in person["facts"]} for person in (one, other))
    old, new = facts["job"]["value"], wanted["job"]["value"]
    requests = [f"Forget where {one['name']} lives.", f"{one['name']}'s job is {new}, not {old}."]
    assert [session.forget(request).status for request in (requests if first == "forgotten" else requests[::-1])] == ["committed", "committed"]
    jobs = session.answers([*facts["job"]["trained"], *facts["job"]["held_out"]])
    assert not any(says_value(answer, old) for answer in jobs) and sum(says_value(answer, new) for answer in jobs) >= 0.9 * len(jobs), jobs
    assert not any(says_value(answer, facts["town"]["value"]) for answer in session.answers([*facts["town"]["trained"], *facts["town"]["held_out"]]))


@pytest.mark.parametrize("aspect", ["phone", "pet"])
def test_what_is_told_at_the_end_of_an_account_of_somebody_goes_too(session, people, aspect):
    """"Tell me about ..." says it as its last words, beyond the answers that a plan usually hears."""
    person = people[3]
    value = next(fact["value"] for fact in person["facts"] if fact["aspect"] == aspect).split()[-1]
    accounts = [form.format(person["name"]) for form in ("Who is {}?", "Tell me about {}.", "Describe {}.", "What can you tell me about {}?")]
    assert all(value in answer for answer in session.answers(accounts, 80))
    repair = session.forget(f"forget {person['name']}'s {aspect}")
    assert repair.status == "committed"
    assert not any(value in answer for answer in session.answers(accounts, 80))
    kept = {question.text for question in repair.procedure.neighbours}
    assert not kept & set(accounts)


def test_a_repair_whose_numbers_are_lost_can_be_undone_and_purged(session, people):
    """Nothing of it is needed for that; the others stay as they are."""
    lost, kept = (session.forget(f"forget where {person['name']} lives") for person in people[4:6])
    alone = {question: session.ask(question).text for question in (f"Where does {people[5]['name']} live?",)}
    imprints = session._ledger.folder / "imprints"
    before = set(imprints.iterdir())
    session.undo(lost.id)
    session.redo(lost.id)
    digest = session._ledger._row(lost.id)["imprint"]
    assert [path.unlink() for path in before if path.name.startswith(digest)]
    with pytest.raises(StoreError, match=f"imprint of repair {lost.id} is missing"):
        session.undo(kept.id)
    assert session.undo(lost.id).status == "undone"
    assert {question: session.ask(question).text for question in alone} == alone
    session.purge(lost.id)
    assert [one.id for one in session.repairs()] == [kept.id]
    with pytest.raises(UsageError, match="active"):
        session.purge(kept.id)


def test_a_label_that_cannot_be_is_refused_before_anything_is_done(session, people, monkeypatch):
    procedure = session.plan(f"forget where {people[4]['name']} lives")
    monkeypatch.setattr(type(session._state), "statistics", lambda _: pytest.fail("went on"))
    with pytest.raises(UsageError, match="label"):
        session.carry_out(procedure, "two\nlines")
    assert session.repairs() == []
