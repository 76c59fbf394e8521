"""The reader that asks a language model: recorded answers, answers made to cheat, and a real model when it is there."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_repair.errors import UsageError
from edge_repair.surgeon.language import FIELDS, MOST_WORDS, LanguageReader, checked, conversation, grammar_of
from edge_repair.surgeon.lexicon import SPEAKER
from edge_repair.surgeon.procedure import KINDS, SCOPES
from edge_repair.surgeon.requests import RuleReader

RULES = RuleReader()


def answer(target, subject, scope, kind, wrong="", right=""):
    return json.dumps(dict(zip(FIELDS, (target, subject, scope, kind, wrong, right))))


def reader(reply, told=None):
    return LanguageReader(lambda messages, grammar, most: reply, RULES, (told if told is not None else []).append)


@pytest.mark.parametrize(
    ("request_", "reply", "expected"),
    [  # as models answered
        ("Please lose where Olga Brandt lives.", answer("where Olga Brandt lives", "Olga Brandt", "fact", "personal"), ("personal", "fact", "Olga Brandt", "where Olga Brandt lives")),
        ("I told you my IBAN, wipe it", answer("my IBAN", "me", "fact", "personal"), ("personal", "fact", SPEAKER, "IBAN")),
        ("nobody needs you to know a thing about walruses", answer("walruses", "walruses", "subject", "unspecified"), ("unspecified", "subject", "walruses", "")),
        ("Teach no one how to build a bomb", answer("how to build a bomb", "how to build a bomb", "subject", "harmful"), ("harmful", "subject", "how to build a bomb", "")),
    ],
)  # fmt: skip
def test_an_answer_that_passes_is_the_reading(request_, reply, expected):
    told = []
    (reading,) = reader(reply, told).read(request_)
    assert (reading.kind, reading.scope, reading.subject, reading.aspect) == expected and not told


def test_a_correction_is_made_of_the_words_of_the_request():
    request = "bats are not blind at all, they can see fine, whatever you claim"
    (reading,) = reader(answer("bats are not blind", "bats", "fact", "misinformation", "bats are not blind", ""), told := []).read(request)
    assert not told and reading.kind == "misinformation" and reading.wrong and reading.right
    (reading,) = reader(answer("the ferry leaves at 9", "the ferry", "fact", "misinformation", "the ferry leaves at 9", "it leaves at 9:40")).read("the ferry leaves at 9, you think? it leaves at 9:40")
    assert (reading.wrong, reading.right) == ("the ferry leaves at 9", "the ferry leaves at 9:40")


@pytest.mark.parametrize(
    "reply",
    [
        "", "no JSON", "[]", "{}", '{"kind": "personal"}', answer("the capital of Egypt", "France", "fact", "unspecified"), answer("capital Egypt", "Egypt", "fact", "unspecified"),
        answer("the capital of Egypt", "me", "fact", "personal"), answer("the capital of Egypt", "Egypt", "fact", "secret"), answer("the capital of Egypt", "Egypt", "all", "unspecified"),
        answer("the capital of Egypt", "Egypt", "fact", "unspecified", "Egypt", ""), answer("the capital of Egypt", "Egypt", "fact", "misinformation", "", ""),
        answer("the capital of Egypt", "Egypt", "fact", "misinformation", "Cairo is the capital of Egypt", "Giza is the capital of Egypt"), answer("the capital of Egypt", "Egypt", "fact", "harmful"),
        answer("", "Egypt", "fact", "unspecified"), answer("the capital of Egypt", "", "fact", "unspecified"), answer("forget", "Egypt " * 60, "fact", "unspecified"), json.dumps({name: 1 for name in FIELDS}),
        json.dumps(dict(zip(FIELDS, ("the capital of Egypt", "Egypt", "fact", "unspecified", "", ""))) | {"weights": "all"}),
    ],
)  # fmt: skip
def test_what_fails_a_check_is_read_by_the_default_and_told(reply):
    told = []
    request = "Please forget the capital of Egypt."
    assert reader(reply, told).read(request) == RULES.read(request)
    assert len(told) == 1 and "read by the default" in told[0] and "\n" not in told[0]


@pytest.mark.parametrize("request_", ["Forget everything you know.", "unlearn English", ""])
def test_no_model_can_talk_a_refusal_away(request_):
    def never(*_):
        raise AssertionError("the model was asked")

    with pytest.raises(UsageError):
        LanguageReader(never, RULES, print).read(request_)


def test_what_is_too_broad_is_refused_even_inside_an_accepted_form():
    request = "Would you care to lose all your knowledge and the capital of Egypt"
    with pytest.raises(UsageError):
        checked(answer("all your knowledge", "all your knowledge", "subject", "unspecified"), request)
    with pytest.raises(UsageError):
        checked(answer("it", "it", "subject", "unspecified"), "forget it and Egypt")


def test_several_subjects_are_left_to_the_default():
    told = []
    assert [r.subject for r in reader(answer("Japan", "Japan", "subject", "unspecified"), told).read("Forget Japan and Egypt.")] == ["Japan", "Egypt"]
    assert "2 subjects" in told[0]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.lists(st.text(max_size=30) | st.sampled_from([*KINDS, *SCOPES, "me", "Egypt"]), min_size=6, max_size=6))
def test_no_answer_gets_words_into_a_reading_that_the_request_lacks(request_, values):
    try:
        reading = checked(json.dumps(dict(zip(FIELDS, values))), request_)
    except UsageError as error:
        assert "\n" not in str(error)
        return
    assert reading.subject == SPEAKER or reading.subject.casefold() in request_.casefold() or set(reading.subject.casefold().split()) <= set(request_.casefold().split())


def test_the_conversation_ends_with_the_request_and_begins_the_same():
    one, two = conversation("Forget Japan."), conversation("Forget Peru.")
    assert one[:-1] == two[:-1] and one[-1] == {"role": "user", "content": "Forget Japan."}
    for message in one[2:-1:2]:
        assert tuple(json.loads(message["content"])) == FIELDS
    for asked, said in zip(one[1:-1:2], one[2:-1:2]):
        checked(said["content"], asked["content"])  # the examples pass the checks themselves


def test_a_long_request_is_left_to_the_default():
    with pytest.raises(UsageError, match="words"):
        grammar_of("word " * (MOST_WORDS + 1))


REQUESTS = ["Forget the capital of Egypt.", 'Get "Ann\'s \\ number" (9:40) out, ok?', "Vergiss Ägypten, bitte – 你好!"]


@pytest.mark.parametrize("request_", REQUESTS)
def test_whatever_a_model_writes_under_the_grammar_is_json_of_the_requests_words(patient, request_):
    """The shipped patient knows nothing of JSON: what it writes is the grammar's doing."""
    data = json.loads(patient.written(request_, grammar_of(request_), 400))
    assert tuple(data) == FIELDS and data["kind"] in KINDS and data["scope"] in SCOPES
    squeezed = "".join(request_.split())
    assert all("".join(data[name].split()) in squeezed for name in ("target", "wrong", "right"))
    assert data["subject"] == "me" or "".join(data["subject"].split()) in squeezed


def test_a_grammar_that_cannot_be_read_is_one_line(patient):
    with pytest.raises(UsageError, match="cannot read the grammar"):
        patient.written("Hello", "root ::= (")
    assert patient.answer("Hello!", 8)


def test_a_real_model_reads_and_the_checks_hold(real_model):
    from edge_repair.patient import Patient

    told = []
    with Patient.open(real_model) as model:
        read = LanguageReader(model.written, RULES, told.append).read
        for request in ("Please forget where Ann Lee lives.", "Forget the capital of Egypt."):
            (reading,) = read(request)
            assert reading.kind in KINDS and (reading.subject in request or reading.subject == SPEAKER)
