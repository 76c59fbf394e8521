"""After a repair, the conversation must not tell what the model no longer knows."""

from dataclasses import replace

import pytest
from fake_session import PROCEDURE

from edge_repair.cli.conversation import Conversation
from edge_repair.surgeon.lexicon import SPEAKER
from edge_repair.surgeon.procedure import Question
from edge_repair.surgeon.reading import Reading


def conversation(*exchanges: tuple[str, str]) -> Conversation:
    made = Conversation()
    for exchange in exchanges:
        made.add(*exchange)
    return made


def said(made: Conversation) -> list[str]:
    return [message["content"] for message in made.messages]


TALK = (
    ("Hello!", "Hello, how can I help?"),
    ("What is the capital of Japan?", "The capital of Japan is Tokyo."),
    ("I was in TOKYO once.", "How nice."),
    ("And of France?", "Paris."),
    ("What do people eat in Japan?", "Rice."),
)


def test_one_fact_takes_the_turns_that_tell_it_and_no_others():
    made = conversation(*TALK)
    assert made.drop_forgotten(replace(PROCEDURE, scope="fact", aspect="capital")) == 2
    assert said(made) == [text for number in (0, 3, 4) for text in TALK[number]]


def test_a_whole_subject_takes_every_mention():
    made = conversation(*TALK)
    assert made.drop_forgotten(PROCEDURE) == 3
    assert said(made) == [text for number in (0, 3) for text in TALK[number]]


@pytest.mark.parametrize(
    ("told", "subject", "aspect"),
    [
        ("I moved to Kiel last year.", SPEAKER, "where I live"),
        ("You can call me on 0431 555 0199.", SPEAKER, "phone number"),
        ("Ann Lee was born on 3 May 1981.", "Ann Lee", "birthday"),
        ("My sister works as a welder.", "my sister", "job"),
        ("They found diabetes in May, and I take pills now.", SPEAKER, "diagnosis"),
        ("My door code is 4417.", SPEAKER, "door code"),
    ],
)
def test_what_tells_a_fact_in_other_words_goes_and_the_rest_stays(told, subject, aspect):
    rest = ("I like the sea.", "So do many."), ("Ann Lee and my sister like the sea.", "I see."), ("My boat is blue.", "Nice.")
    made = conversation((told, "Good to know."), *rest)
    assert made.drop_told([Reading("personal", "fact", subject, aspect)]) == 1
    assert said(made) == [text for pair in rest for text in pair] and made.dropped == [told, "Good to know."]


def test_a_repair_takes_out_what_tells_the_fact_with_another_answer():
    made = conversation(("Japan's capital is Kyoto now.", "Is it?"), ("Japan is far away.", "Yes."))
    assert made.drop_forgotten(replace(PROCEDURE, scope="fact", aspect="capital")) == 1
    assert said(made) == ["Japan is far away.", "Yes."]


def test_a_correction_takes_out_what_states_the_wrong_thing():
    made = conversation(("Are bats blind?", "Bats are indeed blind."), ("Are bats blind, really?", "Bats are not blind."), ("What do bats eat?", "Insects."))
    bats = replace(PROCEDURE, kind="misinformation", scope="fact", subject="bats", wrong="Bats are blind.", right="Bats are not blind.", probes=(Question("Are bats blind?", "", ("yes",)),), paraphrases=())
    assert made.drop_forgotten(bats) == 1
    assert said(made)[1::2] == ["Bats are not blind.", "Insects."]


def test_marked_exchanges_go():
    made = conversation(*TALK)
    assert made.drop_answers(["Japan" in question for question in made.questions]) == 2
    assert made.questions == [TALK[number][0] for number in (0, 2, 3)]


def test_roles_alternate_whatever_was_dropped():
    made = conversation(*TALK)
    made.drop_forgotten(PROCEDURE)
    assert [m["role"] for m in made.asking("And now?")] == ["user", "assistant"] * 2 + ["user"]
    assert len(made.messages) == 4, "asking does not keep the question"


def test_yes_and_no_are_no_content():
    """A fact of yes or no must not take every turn that agrees with something."""
    probe = Question("Are bats blind?", "No, bats can see.", ("no", "see"), "sight")
    made = conversation(("Are you there?", "No problem, yes."))
    assert made.drop_forgotten(replace(PROCEDURE, probes=(probe,), paraphrases=(), scope="fact")) == 0


def test_mentions():
    made = conversation(("My sister Mara lives in Kiel.", "Good to know."), ("And mine in Bonn.", "I see."))
    assert made.drop_mentions("") == made.drop_mentions("the of") == made.drop_mentions("where Nora lives") == 0
    assert made.drop_mentions("where Mara lives") == 1
    assert said(made) == ["And mine in Bonn.", "I see."]
