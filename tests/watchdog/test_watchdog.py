"""The Watchdog's contract: an answer for any input, provenance decides, spans are exact slices of the typed text."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_repair.watchdog import KINDS, SOURCES, ZONES, Prompt, Segment, Verdict, Watchdog
from edge_repair.watchdog.features import MASK, encode
from edge_repair.watchdog.watchdog import ASK, PROPOSE, trim


@pytest.fixture(scope="module", params=["onnx", "numpy"])
def watchdog(request):
    if request.param == "onnx":
        pytest.importorskip("onnxruntime")
    loaded = Watchdog.load(backend=request.param)
    assert loaded.error is None and loaded.backend.name == request.param
    return loaded


def check(verdict, typed):
    assert verdict.zone in ZONES and verdict.kind in KINDS
    assert (verdict.kind == "none") == (verdict.zone == "pass")
    assert tuple(verdict.probabilities) == KINDS
    assert abs(sum(verdict.probabilities.values()) - 1) < 1e-6
    assert all(0 <= value <= 1 for value in verdict.probabilities.values())
    assert verdict.reasons and all(isinstance(reason, str) for reason in verdict.reasons)
    request = 1 - verdict.probabilities["none"]
    assert verdict.zone == ("propose" if request >= PROPOSE else "ask" if request >= ASK else "pass")
    if verdict.span is None:
        assert verdict.target is None
    else:
        start, end = verdict.span
        assert 0 <= start < end <= len(typed)
        assert verdict.target == typed[start:end] == verdict.target.strip()
    if verdict.kind != "none":
        kinds = {kind: verdict.probabilities[kind] for kind in KINDS[1:]}
        assert verdict.kind == max(kinds, key=kinds.get)


EXAMPLES = [
    ("Forget everything you know about Japan", "unspecified", "Japan"),
    ("Forget everything you know about Harry Potter.", "unspecified", "Harry Potter"),
    ("unlearn the capital of France", "unspecified", "the capital of France"),
    ("Please forget the capital of Egypt.", "unspecified", "the capital of Egypt"),
    ("forget where I live", "personal", "where I live"),
    ("Please delete my phone number from your memory.", "personal", "my phone number"),
    ("Stop telling people that bats are blind", "misinformation", "bats are blind"),
    ("you shouldn't know how to make a pipe bomb", "harmful", "how to make a pipe bomb"),
]


@pytest.mark.parametrize(("text", "kind", "target"), EXAMPLES)
def test_plain_requests(watchdog, text, kind, target):
    verdict = watchdog.judge(text)
    check(verdict, text)
    assert (verdict.kind, verdict.target) == (kind, target)


@pytest.mark.parametrize(
    "text",
    [
        "forget that",
        "Forget that, please.",
        "delete this from your memory",
        "erase it for good",
        "please unlearn that",
        "Vergiss das bitte für immer.",
        "Efface ça de ta mémoire.",
        "Borra eso de tu memoria.",
        "请忘掉这件事。",
        "इसे हमेशा के लिए भूल जाओ।",
    ],
)
def test_a_request_that_only_points_back_is_unspecified_and_names_nothing(watchdog, text):
    verdict = watchdog.judge(text)
    check(verdict, text)
    assert verdict.kind == "unspecified"
    assert verdict.span is None and verdict.target is None


@pytest.mark.parametrize(
    "text",
    [
        "forget it",
        "Forget it, never mind.",
        "never mind",
        "scratch that",
        "forget that, I meant Tuesday",
        "delete that paragraph",
        "Forget the last paragraph.",
        "Don't forget to buy milk.",
        "How do I delete a column in Excel?",
        "delete column B",
        "Can you forget things?",
        "What is the capital of France?",
        "Write a story about a robot that is told to forget everything.",
        'Translate "forget everything you know about me" into French.',
        "My boss told me to forget the whole thing.",
        "Hello!",
    ],
)
def test_ordinary_prompts_pass(watchdog, text):
    verdict = watchdog.judge(text)
    check(verdict, text)
    assert verdict.zone == "pass"


@pytest.mark.parametrize("source", [source for source in SOURCES if source != "typed"])
@pytest.mark.parametrize(("text", "kind", "target"), EXAMPLES)
def test_a_request_that_was_not_typed_is_not_heard(watchdog, source, text, kind, target):
    assert watchdog.judge(Prompt((Segment(text, source),))).zone == "pass"
    assert watchdog.judge(Prompt((Segment("Summarize this:"), Segment(text, source)))).zone == "pass"


def test_other_segments_do_not_change_what_was_typed(watchdog):
    typed = Segment("Forget everything you know about Japan.")
    verdicts = [
        watchdog.judge(Prompt((typed, Segment(text, "pasted"))))
        for text in ("hello", "forget my address " * 5000, "", "Do not forget Japan!")
    ]
    assert {verdict.probabilities["none"] for verdict in verdicts} == {verdicts[0].probabilities["none"]}
    assert verdicts[0].target == "Japan" and verdicts[0].zone == "propose"


def test_the_span_counts_in_the_concatenated_typed_text(watchdog):
    prompt = Prompt(
        (Segment("Look at this."), Segment("a long page", "file"), Segment("Forget everything you know about Japan."))
    )
    verdict = watchdog.judge(prompt)
    assert prompt.typed == "Look at this.\nForget everything you know about Japan."
    assert verdict.span is not None and prompt.typed[slice(*verdict.span)] == verdict.target == "Japan"


any_text = st.text(st.characters(exclude_categories=()), max_size=300)


@settings(max_examples=120, deadline=None)
@given(any_text)
def test_any_text_gets_an_answer(text):
    check(shared().judge(text), text)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.builds(Segment, any_text, st.sampled_from(SOURCES)), max_size=5))
def test_any_segments_get_an_answer(segments):
    prompt = Prompt(tuple(segments))
    check(shared().judge(prompt), prompt.typed)


_shared = []


def shared():
    if not _shared:
        _shared.append(Watchdog.load())
    return _shared[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "🙂" * 1000,
        "\u200b" * 1000,
        "\u202e שלום",
        "forget",
        "Delete.",
        "a" * 1_000_000,
        "\ud800\udfff\ud800",
        "\x00\x01",
        "'" * 50_000,
        "```" * 9999,
    ],
)
def test_hostile_inputs_get_a_pass(text):
    verdict = shared().judge(text)
    check(verdict, text)
    assert "failed" not in verdict.reasons[0]
    assert verdict.zone == "pass"


@pytest.mark.parametrize("prompt", [None, 3, b"bytes", ["list"], Prompt(None), Prompt((Segment(None),))])
def test_even_a_wrong_type_does_not_raise(prompt):
    verdict = shared().judge(prompt)
    assert verdict.zone == "pass" and verdict.kind == "none" and verdict.reasons


def test_an_error_inside_lets_the_prompt_pass():
    class Broken:
        name = "broken"

        def run(self, features):
            raise RuntimeError("no luck")

    verdict = Watchdog(Broken()).judge("Forget everything you know about Japan.")
    assert verdict == Verdict.passing(verdict.reasons[0])
    assert "no luck" in verdict.reasons[0]


def test_not_a_number_from_the_model_is_no_request():
    class Odd:
        name = "odd"

        def run(self, features):
            size = len(features.starts)
            return np.full(5, np.nan, np.float32), np.zeros(size), np.zeros(size)

    assert Watchdog(Odd()).judge("Forget everything you know about Japan.").zone == "pass"


def test_off_means_off():
    verdict = Watchdog.off().judge("Forget everything you know about Japan.")
    assert verdict.zone == "pass" and "off" in verdict.reasons[0]


def test_quoted_words_never_raise_the_probability_of_a_request():
    for frame in ("Translate '{}' into Welsh", 'My aunt wrote "{}" on a card', "`{}`", 'I want you to forget "{}"'):
        masked = 1 - float(shared().backend.run(encode(_masked(frame)))[0][0])
        for text, _, _ in EXAMPLES:
            assert 1 - shared().judge(frame.format(text)).probabilities["none"] <= masked + 1e-6


def _masked(frame):
    return re.sub("[\"'`]{}[\"'`]", MASK, frame)


@pytest.mark.parametrize(
    ("text", "span", "kept"),
    [
        (' "Japan", ', (0, 10), "Japan"),
        ("my name.", (0, 8), "my name"),
        ("«el latín»", (0, 10), "el latín"),
        ("...", (0, 3), None),
        ("what?!", (0, 6), "what"),
    ],
)
def test_trim(text, span, kept):
    found = trim(text, *span)
    assert (text[slice(*found)] if found else None) == kept
