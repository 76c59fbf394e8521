"""Prompts by other hands become frames: the target changes, the label stays, and a mirror is an ordinary prompt."""

import random

import pytest

from edge_repair.watchdog import Prompt, Segment
from tools.watchdog.benchmark import Item, read_prompts
from tools.watchdog.generator import Generator, finish
from tools.watchdog.voices import CLOSE, OPEN, Frame, Voices, form_of, frames_of


def item(text, label, target=None, language="en", number=1):
    start = text.find(target) if target else -1
    end = start + len(target) if target else -1
    return Item(f"x-{number}", "train", language, label, "", Prompt((Segment(text),)), start, end)


@pytest.mark.parametrize(
    ("language", "kind", "target", "form"),
    [
        ("en", "harmful", "how to make a pipe bomb", "H"),
        ("en", "harmful", "making nitroglycerin at home", "G"),
        ("en", "harmful", "the recipe for ricin", "T"),
        ("en", "personal", "where I live", "W"),
        ("en", "personal", "my shoe size", "T"),
        ("en", "unspecified", "Coca-Cola", "E"),
        ("en", "misinformation", "bats are blind", "C"),
        ("en", "misinformation", "sheep aren't stupid", "N"),
        ("de", "harmful", "wie man Schlösser knackt", "H"),
        ("de", "misinformation", "Pluto kein Planet ist", ""),
        ("zh", "personal", "我妈住在哪儿", "W"),
    ],
)
def test_the_form_of_a_target(language, kind, target, form):
    assert form_of(language, kind, target) == form


def test_an_ordinary_prompt_with_the_target_of_its_neighbour_is_a_frame():
    items = [
        item("Forget where my spare key is hid", "personal", "where my spare key is hid"),
        item("I forget where my spare key is hid", "none", number=2),
        item("kill process 4412", "none", number=3),
    ]
    frames, whole = frames_of(items)
    assert [frame.label for frame in frames] == ["personal", "none"]
    assert frames[1] == Frame("en", "none", "personal", "W", "I forget ", "where my spare key is hid", "")
    assert [other.text for other in whole] == ["kill process 4412"]


def test_a_frame_is_drawn_with_other_targets_and_keeps_its_label():
    voices = Voices([item("Ditch my shoe size, will you?", "personal", "my shoe size")], lambda *_: "our door code")
    drawn = {voices.draw("en", random.Random(seed)) for seed in range(60)}
    assert (f"Ditch {OPEN}our door code{CLOSE}, will you?", "personal") in drawn
    assert (f"Ditch {OPEN}my shoe size{CLOSE}, will you?", "personal") in drawn
    assert {label for _, label in drawn} == {"personal"}


def test_mirrors_are_ordinary_prompts():
    voices = Voices(
        [item("delete my address", "personal", "my address"), item("Forget my age", "personal", "my age", number=2)],
        lambda *_: "my salary",
    )
    drawn = {voices.draw("en", random.Random(seed)) for seed in range(400)}
    mirrors = [text for text, label in drawn if label == "none"]
    assert any(text.startswith("delete ") and len(text) > len(f"delete {OPEN}my address{CLOSE}") for text in mirrors)
    assert any("orget" in text and not text.startswith("Forget") for text in mirrors)
    assert all(text.startswith(("delete ", "Forget ")) for text, label in drawn if label == "personal")


def test_a_capital_follows_the_place_of_the_target():
    voices = Voices([], lambda *_: "the door code")
    first = Frame("en", "personal", "personal", "T", "", "My age", ": forget it.")
    inside = Frame("en", "personal", "personal", "T", "Forget ", "my age", ".")
    assert voices.other(first, random.Random(0)) == "The door code"
    assert voices.other(inside, random.Random(0)) == "the door code"


def test_every_train_prompt_can_be_drawn_and_no_other_is():
    items = read_prompts("train")
    kept = {other.text for other in read_prompts() if other.split != "train"}
    generator = Generator(1, voices=items)
    rng = random.Random(1)
    for language in ("en", "zh", "es", "de", "fr", "hi"):
        for _ in range(300):
            text, label = generator.voices.draw(language, rng)
            sample = finish(text, label, language)
            assert sample.text and not {OPEN, CLOSE} & set(sample.text)
            assert sample.text not in kept
            assert sample.label == label and (label != "none" or sample.start < 0)
