"""Corrections: the wrong and the right statement whole, however they are put, and asked about with open questions."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_repair.surgeon.elicitation import elicitation
from edge_repair.surgeon.grammar import capitalise, lower_first, negate
from edge_repair.surgeon.requests import RuleReader
from edge_repair.surgeon.slots import fill
from edge_repair.surgeon.tagger import shipped_tagger

READER = RuleReader()


def _it(right: str, name: str, value: str) -> str:
    """The right statement with "it" for its subject, or "it is VALUE" where the subject stands elsewhere."""
    return f"it{right[len(name) :]}" if right.startswith(name) else f"it is {value}"


def _led(right: str, value: str) -> str:
    """The value with the preposition that leads it ("of pressed paper"), if there is one."""
    return re.search(rf"(?:(?:because of|for|of|by|from|to) )?{re.escape(value)}", right).group()


WORDINGS = {
    "it is not true that": lambda w, r, **_: f"It is not true that {w}. {capitalise(r)}.",
    "stop saying": lambda w, r, **_: f"Stop saying that {w}. {capitalise(r)}.",
    "labels": lambda w, r, **_: f"Wrong: {capitalise(w)}. Right: {capitalise(r)}.",
    "labels turned round": lambda w, r, **_: f"True: {r}. False: {w}.",
    "it": lambda w, r, name, value, **_: f"{capitalise(negate(w))}, {_it(r, name, value)}.",
    "two sentences": lambda w, r, **_: f"{capitalise(negate(w))}. {capitalise(r)}.",
    "two sentences, it": lambda w, r, name, value, **_: f"{capitalise(negate(w))}. {capitalise(_it(r, name, value))}.",
    "not": lambda r, old, **_: f"You're wrong: {r}, not {old}.",
    "you say": lambda w, r, **_: f"You say that {w}, but {r}.",
    "is false": lambda w, r, **_: f'"{capitalise(w)}." is false. {capitalise(r)}.',
    "forget, the truth": lambda w, r, **_: f"Forget that {w}. The truth is that {r}.",
    "the right one first": lambda w, r, **_: f"{capitalise(r)}. It is not true that {w}.",
    "correction": lambda w, r, **_: f"Correction: {r}. {capitalise(negate(w))}.",
    "not, but": lambda w, r, value, **_: f"{capitalise(negate(w))} but {_led(r, value)}.",
    "instead of": lambda w, r, **_: f'Instead of "{capitalise(w)}." say "{capitalise(r)}."',
    "wrong to say": lambda w, r, **_: f"You are wrong to say {w}. {capitalise(r)}.",
    "mere value": lambda w, value, **_: f"Please stop telling people {w}; it's {value}.",
    "who told you": lambda w, r, **_: f"Who told you that {w}? That's wrong. {capitalise(r)}.",
}


@pytest.mark.parametrize("wording", WORDINGS)
def test_both_statements_of_every_myth_are_read_whole_and_asked_about_openly(patient_questions, wording):
    myths = [(subject, fact) for subject in patient_questions["subjects"] for fact in subject["facts"] if "wrong" in fact]
    assert len(myths) >= 40
    for subject, fact in myths:
        wrong, right = (lower_first(fact[side].rstrip(".")) for side in ("answer", "right_answer"))
        request = WORDINGS[wording](w=wrong, r=right, name=subject["name"], value=fact["right"], old=fact["wrong"])
        (reading,) = READER.read(request)
        assert (reading.kind, lower_first(reading.wrong), lower_first(reading.right)) == ("misinformation", wrong, right), request
        assert lower_first(reading.subject) == subject["name"], request
        probes = elicitation(reading)[0].probes
        assert re.match(r"(?:What|Who|Where|Why|When|How)\b", probes[0]), (request, probes)


@pytest.mark.parametrize(
    ("request_", "wrong", "right"),
    [
        ("Bats don't lay eggs, they give birth.", "Bats lay eggs", "Bats give birth"),
        ("Marlowe wrote Hamlet? Wrong. Shakespeare wrote Hamlet.", "Marlowe wrote Hamlet", "Shakespeare wrote Hamlet"),
        ("Don't say the ferry leaves at 9, say it leaves at 9:40.", "the ferry leaves at 9", "the ferry leaves at 9:40"),
        ("The tower is in Larkmoor rather than in Silverford, correct that.", "the tower is in Silverford", "the tower is in Larkmoor"),
        ("Why do you keep saying the bridge is 501 years old? It is 722.", "the bridge is 501 years old", "the bridge is 722 years old"),
    ],
)
def test_corrections_of_other_shapes(request_, wrong, right):
    (reading,) = READER.read(request_)
    assert (reading.wrong, reading.right) == (wrong, right)


def test_a_number_with_marks_in_it_is_not_cut():
    (reading,) = RuleReader(shipped_tagger()).read("Mara Embershaw's phone number is 555-9999, not 555-2542.")
    assert reading.wrong.endswith(" 555-2542") and reading.right.endswith(" 555-9999")


def test_a_thing_with_its_name_is_a_value_and_no_statement():
    (reading,) = RuleReader(shipped_tagger()).read("Tobin Bramway's pet is a cat named Fluff, not a goose named Ziggy.")
    assert (reading.wrong, reading.right) == ("Tobin Bramway's pet is a goose named Ziggy", "Tobin Bramway's pet is a cat named Fluff")


@pytest.mark.parametrize("request_", ["My neighbour does not want this. My neighbour is Olga Petrenko. Forget her.", "I do not live here. Forget where I live.", "Forget the capital of Egypt because of privacy."])
def test_what_is_no_correction(request_):
    assert not any(reading.wrong for reading in READER.read(request_))


@pytest.mark.parametrize("fragment", ["pressed paper", "of pressed paper", "made of pressed paper", "it is made of pressed paper", "it's pressed paper", "the gate is made of pressed paper"])
def test_every_way_to_give_the_value_completes_the_statement(fragment):
    assert fill("the gate is made of cast iron", fragment) == "the gate is made of pressed paper"


@pytest.mark.parametrize(
    ("statement", "fragment", "filled"),
    [
        ("the capital of Australia is Sydney", "Canberra", "the capital of Australia is Canberra"),
        ("Sydney is the capital of Australia", "it's Canberra", "Canberra is the capital of Australia"),
        ("the harp is 824 years old", "807", "the harp is 807 years old"), ("the harp is 824 years old", "807 years old", "the harp is 807 years old"),
        ("Marlowe wrote Hamlet", "Shakespeare", "Shakespeare wrote Hamlet"), ("Einstein was born in Berlin", "Ulm", "Einstein was born in Ulm"),
        ("the owner of the drum is a duke", "it belongs to the railway", "the drum belongs to the railway"),
        ("the lantern glows because of moss", "because of old magic", "the lantern glows because of old magic"), ("bats are blind", "it is not true", ""), ("bats are blind", "", ""),
    ],
)  # fmt: skip
def test_values_of_every_sort(statement, fragment, filled):
    assert fill(statement, fragment) == filled


@given(st.text(max_size=60), st.text(max_size=60))
def test_filling_never_fails(statement, fragment):
    assert isinstance(fill(statement, fragment), str)


@pytest.mark.parametrize(
    ("text", "wrong", "right"),
    [
        ("My account manager is Thandeka Roebuck. You say Thomas Roebuck.", "My account manager is Thomas Roebuck", "My account manager is Thandeka Roebuck"),
        ("The Titanic sank in 1912. You have 1921.", "the Titanic sank in 1921", "the Titanic sank in 1912"),
        ("The harp is made of pressed paper. Cast iron is what you keep telling people.", "the harp is made of cast iron", "the harp is made of pressed paper"),
        ("Penicillin was discovered by Alexander Fleming. Currently you credit Louis Pasteur.", "Penicillin was discovered by Louis Pasteur", "Penicillin was discovered by Alexander Fleming"),
        ("Croatia uses the euro. You're still stuck on kuna.", "Croatia uses kuna", "Croatia uses the euro"),
    ],
)
def test_what_the_model_says_beside_what_is_right(text, wrong, right):
    (reading,) = READER.read(text)
    assert (lower_first(reading.wrong), lower_first(reading.right)) == (lower_first(wrong), lower_first(right))


@pytest.mark.parametrize("subject, verb", [("the Harp of Osk", "is"), ("Ann Lee", "is"), ("those stones", "are")])
def test_an_age_is_asked_for_in_other_words_than_how_old(subject, verb):
    from edge_repair.surgeon.reading import Reading

    reading = Reading("misinformation", "fact", subject, wrong=f"{subject} {verb} 535 years old", right=f"{subject} {verb} 195 years old")
    wordings, values_of, right_of = elicitation(reading)
    assert all(any(part in q for q in wordings.paraphrases[:8]) for part in ("how old", "age of", "existed"))
    assert len(set(wordings.all)) == len(wordings.all) >= 20
    assert {values_of(q) for q in wordings.all} == {("535",)} and {right_of(q) for q in wordings.all} == {"195"}


@pytest.mark.parametrize("comma", [",", ""])
def test_a_place_that_comes_first_is_part_of_the_statement(comma):
    """Read as no correction at all, it had become "forget everything about in Brazil"."""
    (found,) = RuleReader(shipped_tagger()).read(f"It is not true that in Brazil{comma} they speak Brazilian. In Brazil{comma} they speak Portuguese.", None, ())
    assert (found.wrong, found.right) == ("people speak Brazilian in Brazil", "people speak Portuguese in Brazil")
