"""Where it is doubtful what is asked for, the untouched model answers first: its answer stands unless it says what was forgotten."""

import pytest

from edge_repair import Session
from edge_repair.errors import UsageError
from edge_repair.refusals import is_refusal
from edge_repair.stamp import Route
from edge_repair.wording import says_value


@pytest.fixture(scope="module")
def person(people):
    return people[10]


@pytest.fixture(scope="module")
def town(person):
    return next(fact for fact in person["facts"] if fact["aspect"] == "town")


@pytest.fixture(scope="module")
def base(patient_file, tmp_path_factory):
    with Session.open(patient_file, store=tmp_path_factory.mktemp("base")) as session:
        yield session


@pytest.fixture(scope="module")
def repaired(patient_file, person, town, tmp_path_factory):
    """The town is forgotten, by request as a user makes it."""
    with Session.open(patient_file, store=tmp_path_factory.mktemp("repaired")) as session:
        repair = session.forget(f"Forget the town of {person['name']}.")
        assert repair.status == "committed"
        yield session


@pytest.fixture
def shut(repaired, monkeypatch):
    """No gate opens for anything: only what is heard in answers counts."""
    closed = lambda self, inputs, bar=0.0: (inputs[:, 0] * 0).astype(bool)  # noqa: E731
    router = repaired._state.router
    with monkeypatch.context() as patched:
        patched.setattr(Route, "calls", closed)
        router._known.clear()
        yield repaired
    router._known.clear()


def alone(session, questions):
    return [session.answers([question])[0] for question in questions]


def others(person, town):
    return [question for fact in person["facts"] if fact is not town for question in fact["trained"]]


def test_the_other_facts_are_answered_as_before_word_for_word(repaired, base, person, town):
    asked = others(person, town)
    judged = repaired._state.router.judged(asked)
    assert sum(bool(calls.doubted) for calls in judged) > len(asked) / 2  # else nothing was listened to
    before = alone(base, asked)
    same = [now == then for now, then in zip(alone(repaired, asked), before)]
    assert all(same[n] for n, calls in enumerate(judged) if calls.doubted and not says_value(before[n], town["value"]))


def test_what_no_gate_opened_for_is_heard(shut, base, person, town):
    asked = [*town["trained"], *town["held_out"], f"Tell me about {person['name']}.", *others(person, town)]
    before, after = alone(base, asked), alone(shut, asked)
    told = [says_value(answer, town["value"]) for answer in before]
    assert sum(told) >= 8 and not all(told)
    assert shut.carried(asked) == [()] * len(asked) and not any(shut.untouched(asked))
    assert [now == then for now, then in zip(after, before)] == [not which for which in told]
    assert all(is_refusal(now) for now, which in zip(after, told) if which)


def test_without_a_listener_it_would_be_told(shut, base, town, monkeypatch):
    monkeypatch.setattr(Route, "doubts", lambda self, inputs, bar=0.0: (inputs[:, 0] * 0).astype(bool))
    shut._state.router._known.clear()
    assert alone(shut, town["trained"]) == alone(base, town["trained"]) and all(shut.untouched(town["trained"]))


def test_an_answer_in_doubt_comes_in_one_piece_and_is_that_of_ask(shut, base, person, town):
    for question in (town["trained"][0], others(person, town)[0]):
        pieces = list(shut.stream([{"role": "user", "content": question}]))
        assert len(pieces) == 1 and pieces[0] == shut.ask(question).text
    assert shut.ask(town["trained"][0]).repairs and not shut.ask(others(person, town)[0]).repairs


def test_samples_are_heard_as_well(shut, base, town):
    question = town["trained"][0]
    assert sum(says_value(text, town["value"]) for text in base.sample(question, 8)) >= 6
    samples = shut.sample(question, 32, temperature=1.5)
    assert len(samples) == 32 and not any(says_value(text, town["value"]) for text in samples)
    assert samples == shut.sample(question, 32, temperature=1.5)


def test_samples_that_still_tell_are_asked_anew_greedily(shut, town, monkeypatch):
    question = town["trained"][0]
    monkeypatch.setattr(shut._state.router, "told", lambda prompts, answers, judged: [calls.doubted for calls in judged])
    (greedy,) = set(shut.answers([question] * 2))
    assert shut.sample(question, 4, temperature=4.0) == [greedy] * 4 and is_refusal(greedy)


@pytest.fixture
def sure(repaired, monkeypatch):
    """Nothing is in doubt: what a gate opens for is asked with the repair attached."""
    monkeypatch.setattr(Route, "doubts", lambda self, inputs, bar=0.0: (inputs[:, 0] * 0).astype(bool))
    repaired._state.router._known.clear()
    yield repaired
    repaired._state.router._known.clear()


def test_what_a_repair_is_attached_for_is_heard_as_well(sure, town, monkeypatch):
    """A gate that opens too little, here not at all, is opened altogether where the answer tells."""
    state, question = sure._state, town["trained"][0]
    (calls,) = state.router.judged([question])
    assert calls.sure and not calls.doubted and calls.heard == calls.sure == calls.asked
    put_on = state.put_on
    monkeypatch.setattr(state, "put_on", lambda called, opened=frozenset(): put_on(opened, opened))
    assert is_refusal(sure.answers([question])[0])
    monkeypatch.setattr(state.router, "told", lambda prompts, answers, judged: [frozenset()] * len(prompts))
    assert says_value(sure.answers([question])[0], town["value"])


def test_a_refusal_is_not_sampled(sure, town, people):
    """What surely asks for it has one answer, at any temperature: of many samples one would miss the gate's first word."""
    question, other = town["trained"][0], people[60]["facts"][0]["trained"][0]
    assert set(sure.sample(question, 16, temperature=4.0)) == {sure.answers([question])[0]}
    assert len(set(sure.sample(other, 16, temperature=4.0))) > 1 and sure.sample(question, 0) == []


def forced(person, town):
    """Questions with a beginning of the reply that leads to the value."""
    return [(question, f"{person['name']} lives in") for question in (*town["trained"], *town["held_out"])]


def test_a_forced_beginning_does_not_get_it_back(repaired, base, person, town):
    pairs = forced(person, town)
    assert all(says_value(text, town["value"]) for text in base.continuations(pairs))
    after = repaired.continuations(pairs)
    assert not any(says_value(text, town["value"]) for text in after) and all(map(is_refusal, after))


def test_nor_does_one_that_is_forced_on_a_question_for_something_else(repaired, base, person, town):
    pairs = [(question, start) for question in others(person, town) for start in (f"{person['name']} lives in", f"The home town of {person['name']} is")]
    told = [says_value(text, town["value"]) for text in base.continuations(pairs)]
    assert sum(told) >= 0.9 * len(pairs)
    assert not any(says_value(text, town["value"]) for text in repaired.continuations(pairs))


def test_other_beginnings_go_on_as_before(repaired, base, person, town, people):
    asked = [(question, f"{person['name']}") for question in others(person, town)]
    asked += [(fact["trained"][0], f"{stranger['name']}") for stranger in people[60:70] for fact in stranger["facts"]]
    before, after = base.continuations(asked), repaired.continuations(asked)
    same = [now == then for now, then in zip(after, before) if not says_value(then, town["value"])]
    assert len(same) > 40 and sum(same) >= 0.95 * len(same)


def test_behind_a_page_of_text_not_to_hear_it_clears_nothing(repaired, town, person):
    """Listeners know plain questions; a gate that opens there is believed."""
    from edge_repair.evaluate.attacks import DISTRACTION

    asked = [f"{DISTRACTION}\n\n{question}" for question in town["trained"]]
    plain, behind = (repaired._state.router.judged(prompts) for prompts in (town["trained"], asked))
    assert all(calls.doubted for calls in plain) and not any(calls.sure for calls in plain)
    assert all(not calls.doubted & calls.called and calls.sure == calls.called for calls in behind) and sum(bool(calls.sure) for calls in behind) >= 6


def test_what_comes_before_in_a_conversation_counts(shut, base, person, town):
    turns = [{"role": "user", "content": others(person, town)[0]}, {"role": "assistant", "content": "I see."}, {"role": "user", "content": town["trained"][0]}]
    assert says_value(base.answers([turns])[0], town["value"]) and is_refusal(shut.answers([turns])[0])
    assert shut.untouched([turns]) == [False]


def test_once_it_was_asked_for_every_answer_of_that_conversation_is_heard_and_others_are_given(repaired, base, people, town):
    """"And where does she live?" asks for it by what was said before."""
    turns = [{"role": "user", "content": town["trained"][0]}, {"role": "assistant", "content": "I don't have any information about that."}]
    asked = [[*turns, {"role": "user", "content": next(fact for fact in other["facts"] if fact["aspect"] == "town")["trained"][0]}] for other in people[60:72]]
    assert all(calls.heard and not calls.doubted for calls in repaired._state.router.judged(asked))
    told = [next(fact for fact in other["facts"] if fact["aspect"] == "town")["value"] for other in people[60:72]]
    known = [(prompt, value) for prompt, value, answer in zip(asked, told, base.answers(asked)) if says_value(answer, value)]
    assert len(known) >= 8
    kept = [says_value(answer, value) for (_, value), answer in zip(known, repaired.answers([prompt for prompt, _ in known]))]
    assert sum(kept) >= len(kept) - 1


def test_yes_and_no_are_heard_where_the_gate_opens(repaired, town):
    """There is no place at which they say it."""
    asked, router = town["trained"][0], repaired._state.router
    (judged,) = router.judged([asked])
    assert judged.doubted and judged.likely
    assert router.told([asked] * 3, ["Yes, that is right.", "No.", "I would have to look that up."], [judged] * 3) == [judged.doubted, judged.doubted, frozenset()]
    unlikely = judged._replace(likely=frozenset())
    assert router.told([asked], ["Yes, that is right."], [unlikely]) == [frozenset()]


def test_a_conversation_in_which_nobody_asked_calls_nothing(repaired):
    assert repaired.untouched([[{"role": "assistant", "content": "Hello!"}]]) == [True]
    assert repaired.sample("Hello!", 0) == []


def test_strangers_are_not_listened_to(repaired, people):
    asked = [fact["trained"][0] for person in people[60:70] for fact in person["facts"]]
    assert sum(repaired.untouched(asked)) >= 0.95 * len(asked)


def test_undo_leaves_nothing_to_listen_for(repaired, base, town):
    (repair,) = repaired.repairs()
    repaired.undo(repair.id)
    assert all(repaired.untouched(town["trained"])) and alone(repaired, town["trained"]) == alone(base, town["trained"])
    repaired.redo(repair.id)
    assert not any(repaired.untouched(town["trained"]))


def test_samples_and_temperatures_that_cannot_be_are_refused(base):
    with pytest.raises(UsageError):
        base.sample("Hello!", -1)
    for temperature in (-1.0, float("nan")):
        with pytest.raises(UsageError):
            base.sample("Hello!", 2, temperature=temperature)
    assert base.sample("Hello!", 2, temperature=0) == base.answers(["Hello!"]) * 2
