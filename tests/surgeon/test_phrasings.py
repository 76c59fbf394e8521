"""Ways of asking: enough of them, all different, and shaped as they should be."""

import pytest

from edge_repair.surgeon.aspects import ASPECTS, aspect_of, kind_of
from edge_repair.surgeon.grammar import affirm, direct_question, gerund, indirect_question, is_wh_clause, negate, verb_of_gerund, yes_no_question
from edge_repair.surgeon.known import NAMES, known_name
from edge_repair.surgeon.lexicon import SPEAKER
from edge_repair.surgeon.neighbours import others_of
from edge_repair.surgeon.dangerous import action_of, dangerous_wordings, making_wordings
from edge_repair.surgeon.phrasings import aspect_wordings, differing_value, overview_wordings, statement_wordings, value_wordings

EVERY = [aspect_wordings("Wobbleland", aspect) for group in ASPECTS.values() for aspect in group] + [
    *(aspect_wordings(subject, aspect) for subject in ("Ann Lee", SPEAKER) for aspect in ("shoe size", "favourite songs")),
    aspect_wordings("Ann Lee", "where Ann Lee parks her car"),
    aspect_wordings(SPEAKER, "which church I attend"),
    aspect_wordings("Ann Lee", "that Ann Lee has a dog"),
    overview_wordings("Ann Lee", True),
    overview_wordings("bats", False),
    overview_wordings(SPEAKER, True),
    dangerous_wordings("how to make a pipe bomb"),
    dangerous_wordings("suicide methods"),
    statement_wordings("bats are blind"),
    value_wordings("the capital of Australia is Sydney", "the capital of Australia is Canberra"),
    value_wordings("Hamlet was written by Marlowe", "Hamlet was written by Shakespeare"),
    value_wordings("the ferry leaves at 9", "the ferry leaves at 9:40"),
    value_wordings("Marlowe wrote Hamlet", "Shakespeare wrote Hamlet"),
]


@pytest.mark.parametrize("wordings", EVERY, ids=lambda wordings: wordings.probes[0])
def test_at_least_twelve_different_wordings(wordings):
    assert len(wordings.all) >= 12
    assert len({text.casefold() for text in wordings.all}) == len(wordings.all)
    assert 1 <= len(wordings.probes) <= 4
    assert not set(wordings.probes) & set(wordings.paraphrases)
    for text in wordings.all:
        assert text[0].isupper() or text[0].isdigit()
        assert text[-1] in '.?!"' and "{" not in text and "  " not in text and SPEAKER not in text


@pytest.mark.parametrize("group", ASPECTS.values(), ids=ASPECTS)
def test_probes_differ_in_shape(group):
    for aspect in group:
        probes = aspect_wordings("Wobbleland", aspect).probes
        assert sum(text.endswith("?") for text in probes) >= 2 and any(text.endswith(".") for text in probes)
        assert len({text.split()[0] for text in probes}) >= 2


def test_every_wording_names_the_subject_or_says_my():
    for aspect in ("shoe size", ASPECTS["person"][0]):
        assert all("Ann Lee" in text for text in aspect_wordings("Ann Lee", aspect).all)
    assert all(" my " in f" {text} " for text in aspect_wordings(SPEAKER, "shoe size").all)


@pytest.mark.parametrize(
    ("clause", "question"),
    [
        ("where Ann Lee lives", "Where does Ann Lee live?"), ("where I live", "Where do I live?"), ("which church I attend", "Which church do I attend?"),
        ("how old my kids are", "How old are my kids?"), ("who wrote Hamlet", "Who wrote Hamlet?"), ("what the capital of Egypt is", "What is the capital of Egypt?"),
        ("when Marie Curie was born", "When was Marie Curie born?"), ("how many legs a spider has", "How many legs does a spider have?"),
        ("what Ann Lee does for a living", "What does Ann Lee do for a living?"), ("what language people speak in Japan", "What language do people speak in Japan?"),
        ("what bees make", "What do bees make?"), ("who built the Bell of Deazont", "Who built the Bell of Deazont?"), ("what color bananas are", "What color are bananas?"),
    ],
)  # fmt: skip
def test_indirect_and_direct_questions(clause, question):
    assert is_wh_clause(clause)
    assert direct_question(clause) == question
    assert direct_question(indirect_question(question)) == question


@pytest.mark.parametrize(
    ("statement", "opposite", "question"),
    [
        ("bats are blind", "bats are not blind", "Are bats blind?"),
        ("humans swallow eight spiders a year", "humans do not swallow eight spiders a year", "Do humans swallow eight spiders a year?"),
        ("Columbus proved the earth is round", "Columbus did not prove the earth is round", "Did Columbus prove the earth is round?"),
        ("sugar makes children hyperactive", "sugar does not make children hyperactive", "Does sugar make children hyperactive?"),
        ("penguins can fly", "penguins cannot fly", "Can penguins fly?"),
        ("we only use ten percent of our brains", "we do not use only ten percent of our brains", "Do we use only ten percent of our brains?"),
        ("florps gribble", "it is not true that florps gribble", "Is it true that florps gribble?"),
    ],
)  # fmt: skip
def test_negation_and_questions_of_statements(statement, opposite, question):
    assert negate(statement) == opposite
    assert yes_no_question(statement) == question


@pytest.mark.parametrize("statement", ["bats are blind", "Columbus proved that", "lightning strikes twice", "Mozart wrote it", "the sun is hot"])
def test_two_negations_cancel(statement):
    assert negate(negate(statement)) == statement
    assert affirm(negate(statement)) == statement
    assert yes_no_question(negate(statement)) == yes_no_question(statement)


@pytest.mark.parametrize("action", ["make a bomb", "hack a bank", "steal cars", "forge a passport", "pick locks", "write malware", "kill a king", "build a gun", "brew grimpaste", "rob a bank"])
def test_dangerous_requests_come_down_to_an_action(action):
    doing = gerund(action)
    assert verb_of_gerund(doing.split()[0]) == action.split()[0]
    for topic in (f"how to {action}", doing, action):
        assert action_of(topic) == action


def test_things_come_down_to_making_them():
    for topic in ("instructions for a pipe bomb", "the recipe for grimpaste", "CHEMICAL WEAPONS", "meth production"):
        assert action_of(topic).startswith("make ")
    assert action_of("suicide methods") == ""


def test_statements_that_differ_in_a_value():
    assert differing_value("Hamlet was written by Marlowe", "Hamlet was written by Shakespeare") == ("Hamlet was written by", "Marlowe", "Shakespeare", "")
    assert differing_value("bats are blind", "bats are not blind") is None
    assert differing_value("the same", "the same") is None


def test_aspects_are_known_by_their_names():
    for kind, group in ASPECTS.items():
        for aspect in group:
            assert aspect_of(aspect.noun, kind) is None or aspect_of(aspect.noun, kind)[0] == kind
            found = aspect_of(aspect.clause.format(x="Ann Lee"), kind)
            assert found is None or found[1] == aspect
    assert aspect_of("capital")[1].key == "capital" and aspect_of("phone number")[1].key == "phone"


def test_kinds_of_names():
    assert [known_name(name) for name in ("japan", "Marie Curie", "bat", "computer", "Florp")] == ["country", "person", "animal", "thing", ""]
    assert kind_of("Florp", ("Florp is a novel written by Ann Lee.",)) == "work"
    assert kind_of("Tilda Quenby", ()) == "person"
    assert kind_of("florp", ()) == "thing"


@pytest.mark.parametrize("kind", NAMES)
def test_others_are_varied_stable_and_never_the_subject(kind):
    subject = NAMES[kind][0]
    others = others_of(kind, subject, {}, 10)
    assert others == others_of(kind, subject, {}, 10) and len(set(others)) == 10
    assert subject not in others
    assert others != others_of(kind, NAMES[kind][1], {}, 10)
    assert others_of(kind, subject, {kind: ["Gideon Marshaw"]}, 3)[0] == "Gideon Marshaw"


@pytest.mark.parametrize("topic, thing", [("how to make a pipe bomb", "a pipe bomb"), ("brewing gloomsalt", "gloomsalt"), ("how pipe bombs are made", "pipe bombs")])
def test_a_thing_that_is_made_is_also_asked_for_by_what_it_is_made_of(topic, thing):
    made = making_wordings(topic)
    assert len(set(made)) == len(made) >= 8 and all(thing in text.lower() for text in made)
    assert made[0] == (f"How are {thing} made?" if thing.endswith("s") else f"How is {thing} made?")


@pytest.mark.parametrize("topic", ["suicide methods", "how to make someone sick", "how to make money fast", "hacking a bank", "stalking a person"])
def test_what_makes_no_thing_is_not(topic):
    assert making_wordings(topic) == []
