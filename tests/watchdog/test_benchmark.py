"""The forget-intent benchmark is what its datasheet says; the generator never produces its test prompts."""

from collections import Counter

import pytest

from edge_repair.watchdog import KINDS, SOURCES
from tools.watchdog.benchmark import beside_paste, read_injections, read_prompts
from tools.watchdog.dataset import folded, generated, token_span
from tools.watchdog.generator import LANGUAGES, Generator, negated
from tools.watchdog.templates import load_phrasebooks, parse


@pytest.fixture(scope="module")
def prompts():
    return read_prompts()


def test_size_languages_labels_and_splits(prompts):
    assert len(prompts) >= 1000
    assert set(KINDS) == {item.label for item in prompts}
    assert {*LANGUAGES, "it"} == {item.language for item in prompts}  # some Italian to train on, none to measure
    assert {"train", "dev", "dev2", "test", "fresh", "blind"} == {item.split for item in prompts}
    for language in LANGUAGES:
        counts = Counter(item.label for item in prompts if item.language == language and item.split == "test")
        assert set(counts) == set(KINDS)


def test_ids_and_texts_are_unique_across_splits(prompts):
    assert len({item.id for item in prompts}) == len(prompts)
    assert len({folded(item.text) for item in prompts}) == len(prompts)


def test_targets_lie_in_the_text(prompts):
    for item in prompts:
        named = item.label != "none" and item.note != "no target"  # "forget that" names nothing
        assert named == (item.start >= 0), item.id
        if item.start >= 0:
            target = item.text[item.start : item.end]
            assert target and target == target.strip(), item.id


def test_injections_carry_their_provenance():
    items = read_injections()
    marked = [item for item in items if item.provenance != "unquoted"]
    assert len(marked) >= 300
    assert {item.label for item in items} == {"none"}
    for item in items:
        sources = {segment.source for segment in item.prompt.segments}
        assert sources <= set(SOURCES)
        if item.provenance in SOURCES:
            assert item.provenance in sources
        else:
            assert sources == {"typed"}


def test_requests_beside_a_paste_keep_their_text(prompts):
    items = [item for item in prompts if item.label != "none"][:20]
    sizes = set()
    for way, item in beside_paste(items):
        original = next(other for other in items if other.id == item.id)
        assert original.text in item.prompt.typed
        sizes.add(sum(len(segment.text) for segment in item.prompt.segments) // 1000)
        assert (len(item.prompt.segments) == 1) == way.startswith("unmarked")
    assert min(sizes) <= 2 and max(sizes) >= 95


def test_generated_prompts_are_labelled():
    generator = Generator(3)
    for language in LANGUAGES:
        for _ in range(400):
            sample = generator.sample(language)
            assert sample.label in KINDS and sample.text
            assert not set("\x02\x03⟦⟧{}") & set(sample.text.replace("{}", "")), sample.text
            if sample.start >= 0:
                assert sample.label != "none" and sample.start < sample.end <= len(sample.text)
            else:
                assert sample.label in ("none", "unspecified") and sample.end < 0


def test_requests_that_only_point_back_are_generated_without_a_target():
    generator = Generator(8)
    for language in LANGUAGES:
        samples = [generator.sample(language) for _ in range(1500)]
        bare = [sample for sample in samples if sample.label == "unspecified" and sample.start < 0]
        assert 0.003 < len(bare) / len(samples) < 0.05, language


@pytest.mark.parametrize(
    ("claim", "short", "expected"),
    [
        ("bats are blind", False, "bats are not blind"),
        ("bats are blind", True, "bats aren't blind"),
        ("the moon is not real", True, None),
        ("vaccines cause autism", True, None),
    ],
)
def test_claims_are_negated_at_their_verb(claim, short, expected):
    assert negated(claim, short) == expected


def test_training_never_draws_a_forbidden_prompt():
    drawn = [folded(sample.text) for sample in generated(Generator(4), ["en"] * 300, set())]
    forbidden = set(drawn[::2])
    again = generated(Generator(4), ["en"] * 300, forbidden)
    assert len(again) == 300
    assert not forbidden & {folded(sample.text) for sample in again}


def test_a_seed_gives_one_data_set():
    first, second, other = Generator(5), Generator(5), Generator(6)
    texts = [[generator.sample("en").text for _ in range(50)] for generator in (first, second, other)]
    assert texts[0] == texts[1] != texts[2]


def test_templates_expand_to_every_choice():
    assert parse("a (b|c) (d)") == ["a ", ("choice", [["b"], ["c"]]), " ", "(", "d", ")"]
    with pytest.raises(ValueError, match="unbalanced"):
        parse("a (b|c")


def test_every_section_that_is_named_exists():
    given = set("THGCMNWEVX") | {"X_up", "forgetting", "random", "harm_ing"}

    def names(parts):
        for part in parts:
            if isinstance(part, tuple) and part[0] == "name":
                yield part[1]
            elif isinstance(part, tuple):
                for alternative in part[1]:
                    yield from names(alternative)

    for book in load_phrasebooks().values():
        known = set(book.sections) | set(book.fallback.sections if book.fallback else ()) | given
        for templates in book.sections.values():
            for template in templates:
                assert set(names(template)) <= known


def test_token_span_covers_the_target():
    from edge_repair.watchdog import Prompt, Segment
    from edge_repair.watchdog.features import encode
    from edge_repair.watchdog.regions import build_views

    text = 'Please forget "the old price list", thanks'
    view = build_views(Prompt((Segment(text),))).topic
    features = encode(view.text)
    first, last = token_span(features, view, 15, 33)
    assert text[features.starts[first] : features.ends[last]] == "the old price list"
    assert token_span(features, view, -1, -1) == (-1, -1)
