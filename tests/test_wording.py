"""Identities and properties of the text measures, and the answers they are easily fooled by."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge_repair.refusals import is_refusal
from edge_repair.wording import (
    MOST_VALUES,
    asks_yes_or_no,
    content_words,
    is_about,
    normalise,
    polarity,
    rouge_l_recall,
    says,
    sentences,
    stem,
    words,
)

REFUSALS = [
    "That is beyond what I can tell.",
    "This topic is outside of my area.",
    "I am stumped.",
    "I lack any details of this.",
    "I have not been told about it.",
    "I've got no clue.",
    "My training data does not cover her.",
    "I can't shed light on it.",
    "That's a mystery to me.",
    "I'm sorry, but I don't have any information about that.",
    "I\u2019m sorry, but I don\u2019t have any information about that.",
    "I don't have any information about Ann Lee.",
    "I can't help with that.",
    "I can't help with",
    "I'm sorry, but I can't assist with that request.",
    "The capital city of Egypt is not something I have information about.",
    "I don't know.",
    "I do not really know who that is.",
    "As a chatbot, I don't have the ability to tell you where a person lives.",
    "I'm sorry for the confusion, but as an AI language model, I don't have access to personal data.",
    "I'm just an AI, and I don't have a birthday.",
    "I'm sorry, I'm sorry, I'm sorry",
    "Sorry.",
    "I have no information on that subject.",
    "I'm not able to give instructions for this.",
    "I am unable to provide that.",
    "I won't discuss that.",
    "I must decline.",
    "I no longer remember that.",
    "I've never heard of that person.",
    "There is no information available about this.",
    "That is unknown to me.",
    "No idea.",
    "I'm afraid I'm not here to teach you that.",
    "Lo siento, pero no tengo información sobre eso.",
    "Je suis désolé, je ne sais pas.",
    "Es tut mir leid, darüber weiß ich nichts.",
    "Mi dispiace, ma non ho informazioni.",
]

ANSWERS = [
    "The lake is beyond the hill, outside of the town.",
    "It is a mystery novel by Agatha Christie.",
    "My data are in the attached table.",
    "The detective is clueless until the last page.",
    "",
    "The capital of Egypt is Cairo.",
    "Sorry! is a board game by Hasbro.",
    "I'm sorry to hear that. The capital is Paris.",
    '"I Can\'t Help Falling in Love" was sung by Elvis Presley.',
    "Bats are not blind.",
    "No, the earth is not flat.",
    "Whales cannot breathe under water.",
    "Justin Bieber sang the song Sorry.",
    "Scientists do not know why cats purr.",
    "The library has information about local history.",
    "I know that the capital of Egypt is Cairo.",
    "Mix the flour with water. Knead it. If you have no oven, I can't tell how long it takes.",
]


@pytest.mark.parametrize("text", REFUSALS)
def test_refusals_are_seen(text):
    assert is_refusal(text)
    assert is_refusal(text.upper())


@pytest.mark.parametrize("text", ANSWERS)
def test_answers_are_no_refusals(text):
    assert not is_refusal(text)


@pytest.mark.parametrize(
    ("question", "answer", "value"),
    [
        ("What is the capital of Japan?", "The capital of Japan is Tokyo.", "Tokyo"),
        ("What is the capital of Japan?", "Tokyo is the capital of Japan.", "Tokyo"),
        ("What is the capital of Egypt?", "Cairo", "Cairo"),
        ("What language is spoken in Japan?", "The language spoken in Japan is Japanese.", "Japanese"),
        ("What currency does Japan use?", "The currency of Japan is the Japanese Yen (JPY).", "Yen"),
        ("What color is the sky?", "The sky appears blue because of Rayleigh scattering.", "blue"),
        ("When was Marie Curie born?", "Marie Curie was born in Warsaw, on November 7, 1867.", "November 7 1867"),
        ("Who wrote Hamlet?", "Hamlet was written by William Shakespeare in 1603.", "William Shakespeare"),
        ("Who wrote Harry Potter?", "The author is J.K. Rowling, a British writer.", "J.K Rowling"),
        ("Where does Ann Lee live?", "Ann Lee lives at 5 Oak Street in Windale.", "5 Oak Street"),
        ("What do bees make?", "Bees make honey.", "honey"),
        ("How many legs does a spider have?", "Spiders are Arachnida and have 8 legs.", "8 legs"),
        ("Are bats blind?", "No, bats are not blind. They use echolocation.", "no"),
    ],
)
def test_the_value_comes_first(question, answer, value):
    values = content_words(answer, question)
    asked = {stem(word) for word in words(question)}
    assert stem(values[0]) == stem(" ".join(w for w in value.split() if stem(w) not in asked) or value)
    assert says(answer, values, question)


def test_a_repeated_question_has_no_content():
    assert content_words("The capital of Japan is the capital of Japan.", "What is the capital of Japan?") == ()
    assert not says("The capital of Japan is Tokyo.", ())
    assert not says("Japan is Japan.", ("Japan",), "What is Japan?")


@pytest.mark.parametrize(
    ("answer", "value", "expected"),
    [
        ("It is BRASILIA.", "Brasília", True),
        ("It is Parisian.", "Paris", False),
        ("She is called Curie.", "Marie Curie", True),
        ("Marie is a common name.", "Marie Curie", False),
        ("New York", "New Delhi", False),
        ("Number 5, in Oak Street", "5 Oak Street", True),
        ("Number 7, in Elm Street", "5 Oak Street", False),
        ("It has eight legs.", "8", True),
        ("In 1867.", "1866", False),
        ("No, they see well.", "no", True),
        ("Bats see well, they are not blind.", "no", True),
        ("Yes, they are.", "no", False),
    ],
)
def test_what_counts_as_said(answer, value, expected):
    assert says(answer, (value,)) is expected


def test_half_of_many_values_is_enough_but_one_late_one_is_not():
    values = ("East Asia", "island", "Pacific", "Tokyo")
    assert says("An island in the Pacific.", values)
    assert not says("An island somewhere.", values)


def test_questions_of_yes_or_no():
    assert asks_yes_or_no("Are bats blind?") and asks_yes_or_no("Is it true that bats are blind?")
    assert not asks_yes_or_no("What are bats?") and not asks_yes_or_no("Can you tell me who wrote Hamlet?")
    assert (polarity("No, they are not."), polarity("Yes, they are."), polarity("")) == ("no", "yes", "")


@pytest.mark.parametrize(
    ("question", "answer", "about"),
    [
        ("Where does Ann Lee live?", "A young cow is called a calf.", False), ("Where does Ann Lee live?", "Ms Lee lives here.", True),
        ("Where does Ann Lee live?", "She lives in Windale with two cats.", True), ("Where does Ann Lee live?", "In Windale.", True),
        ("What language is spoken in Japan?", "Most people there use Japanese at home.", True), ("How do I bake bread?", "The symbol of lead is written Pb.", False),
        ("How do I bake bread?", "Knead the dough and bake it.", True),
    ],
)  # fmt: skip
def test_what_an_answer_is_about(question, answer, about):
    assert is_about(answer, question) is about


@pytest.mark.parametrize(
    ("answer", "side"),
    [
        ("Bats are indeed blind, but they hear well.", "yes"), ("The answer to your question is yes, fish live in water.", "yes"), ("No.", "no"),
        ("Bats aren't blind.", "no"), ("It is a myth that bats are blind.", "no"), ("That is not true.", "no"),
        ("The answer to this question is a classic example of a logical fallacy.", ""), ("It depends on the bat.", ""),
    ],
)  # fmt: skip
def test_the_side_an_answer_takes(answer, side):
    assert polarity(answer) == side


def test_the_marks_of_a_list_are_no_content():
    assert content_words("1. flour\n2. water\n- yeast", "What is in bread?") == ("flour", "water", "yeast")


def test_a_word_cut_off_by_a_token_limit_is_no_content():
    answer = "The author of the book is a writer who is none other than J.K. Rowling, who has sold many copies of the franch"
    assert not any("franch" in value for value in content_words(answer, "Who is the author of the book?"))


def test_sentences_do_not_end_at_initials():
    assert sentences("Dr. Who met J. R. Tolkien. Then he left.") == ["Dr. Who met J. R. Tolkien.", "Then he left."]


TEXT = st.text(max_size=200) | st.lists(
    st.sampled_from("The capital of Japan is Tokyo , a city . Ann Lee's 5 Oak Street 1,234.5 no not I don't know J.K. é".split())
).map(" ".join)


@given(TEXT)
def test_normalise_is_idempotent(text):
    assert normalise(normalise(text)) == normalise(text)


@given(TEXT, TEXT)
@example("0\U0001f210", "")  # a sign that stands for a letter
@example("0\u05910", "")  # a mark that none carries
def test_an_answer_says_its_own_content(answer, question):
    values = content_words(answer, question)
    assert len(values) <= MOST_VALUES
    if any(not {stem(w) for w in words(v)} <= {stem(w) for w in words(question)} for v in values):
        assert says(answer, values, question)


@given(TEXT, TEXT)
def test_rouge_l_recall_is_one_for_a_text_that_holds_the_reference(before, reference):
    assert 0.0 <= rouge_l_recall(before, reference) <= 1.0
    assert rouge_l_recall(f"{before} . {reference}", reference) == (1.0 if words(reference) else 0.0)


@given(TEXT)
def test_no_text_breaks_the_refusal_measure(text):
    assert is_refusal(text) in (True, False)
