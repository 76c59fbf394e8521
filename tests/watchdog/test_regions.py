"""Regions: what is marked as somebody else's words never reaches the intent view; time stays bounded by the input."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_repair.watchdog import Prompt, Segment
from edge_repair.watchdog.features import CUT, MASK, PASTE
from edge_repair.watchdog.regions import HEAD, TAIL, build_views, find_regions

REQUEST = "forget my secret"
MARKED = [
    'Translate "{}" into French',
    "What does '{}' mean?",
    "Explain “{}” please",
    "Erkläre „{}“ bitte",
    "Que veut dire « {} » ?",
    "「{}」是什么意思",
    "Run `{}` for me",
    "Look:\n```\n{}\n```\nthanks",
    "Look:\n```\n{}",
    "Look:\n~~~\n{}\n~~~",
    'Summarize:\n"""\n{}\n"""',
    "Reply to\n> {}\n> and more",
    "Rate this.\nUser: {}\nAssistant: done",
    "What is this? <p>{}</p>",
    "Summarize <<<{}>>> now",
    "Is it a scam?\nFrom: a@example.org\nSubject: hello\n\n{}",
    "Shorten.\n---\n{}\n---",
]


def views(text):
    return build_views(Prompt((Segment(text),)))


@pytest.mark.parametrize("template", MARKED)
def test_marked_words_are_not_in_the_intent_view(template):
    found = views(template.format(REQUEST))
    assert REQUEST not in found.intent.text
    assert MASK in found.intent.text
    assert found.regions


@pytest.mark.parametrize(
    "text",
    [
        "my parents' house and the dogs' bed",
        "I don't know, it's Ann's",
        "5' 10\" tall",
        'an unclosed " quote',
        "a < b > c",
    ],
)
def test_apostrophes_and_lone_marks_are_no_quotes(text):
    assert views(text).intent.text == text


def test_short_quotes_stay_in_the_topic_view_and_long_ones_do_not():
    short = 'Get "the moon is cheese" out of your system'
    assert views(short).topic.text == short
    long = f'Summarize "{"word " * 40}"'
    assert "word" not in views(long).topic.text


@pytest.mark.parametrize("source", ["pasted", "file", "tool"])
def test_only_typed_segments_are_seen(source):
    prompt = Prompt((Segment("Read this"), Segment(REQUEST, source), Segment("and that")))
    found = build_views(prompt)
    assert REQUEST not in found.intent.text + found.topic.text
    assert found.intent.text == f"Read this{PASTE}and that"


@given(st.lists(st.tuples(st.text(max_size=60), st.sampled_from(["typed", "pasted"])), max_size=4))
def test_origins_point_at_the_typed_text(parts):
    prompt = Prompt(tuple(Segment(text, source) for text, source in parts))
    for view in build_views(prompt)[:2]:
        assert len(view.origin) == len(view.text)
        for character, origin in zip(view.text, view.origin, strict=True):
            assert origin == -1 or prompt.typed[origin] == character


@given(st.text(alphabet="ab \n\"'`<>-:“”„«»~>#U", max_size=300))
def test_regions_are_sorted_disjoint_and_inside(text):
    place = 0
    for region in find_regions(text):
        assert place <= region.start < region.end <= len(text)
        place = region.end


def test_long_text_keeps_head_and_tail_only():
    text = "head " + "x" * 10_000 + " tail"
    found = views(text)
    assert found.shortened
    assert found.intent.text.startswith("head") and found.intent.text.endswith("tail") and CUT in found.intent.text
    assert len(found.intent.text) == HEAD + TAIL + 1


def test_the_tail_inside_an_open_fence_is_masked():
    text = "Explain:\n```\n" + "line\n" * 2000 + REQUEST
    assert REQUEST not in views(text).intent.text
    closed = "Explain:\n```\n" + "line\n" * 2000 + "```\n" + REQUEST
    assert REQUEST in views(closed).intent.text


@pytest.mark.parametrize("marks", ['""', "“”", "«»"])
@pytest.mark.parametrize("edges", [False, True])
def test_a_quote_across_a_long_text_is_masked(marks, edges):
    document = "A line of text.\n" * 300
    text = f"Summarize this: {marks[0]}{document}\n{REQUEST}{marks[1]}\nThank you."
    found = build_views(Prompt((Segment(text),)), edges)
    assert REQUEST not in found.intent.text + found.topic.text
    assert "Summarize this:" in found.intent.text and "Thank you." in found.intent.text


def test_the_edges_of_a_long_text_are_its_first_and_last_paragraph():
    document = "A line of text that says little.\n" * 300
    for text in (f"{REQUEST}\n\n{document}", f"{document}\n\n{REQUEST}  \n"):
        found = build_views(Prompt((Segment(text),)), edges=True)
        assert REQUEST in found.intent.text
        assert len(found.intent.text) < 100
