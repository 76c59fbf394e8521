"""How requests are read: the hand-written set, what must be refused, and properties that hold for any text."""

import json
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_repair import shipped
from edge_repair.errors import UsageError
from edge_repair.surgeon.choosing import _breaks_a_name
from edge_repair.surgeon.lexicon import SPEAKER
from edge_repair.surgeon.procedure import KINDS, SCOPES
from edge_repair.surgeon.requests import MOST_TARGETS, RuleReader
from edge_repair.surgeon.tagger import shipped_tagger
from edge_repair.watchdog import Verdict

ROOT = Path(__file__).parents[2]
ROWS = json.loads((ROOT / "tests/surgeon/requests.json").read_text(encoding="utf-8"))
BY_OTHERS = {10: 0.5, 11: 0.26, 12: 0.19, 13: 0.33, 14: 0.07, 15: 0.24, 16: 0.4}  # rounds by other authors than that of the rules, and what is read right of them at least
READER = RuleReader()
TAGGED = RuleReader(shipped_tagger())


@pytest.fixture(scope="module")
def measure():
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import measure_surgeon
    finally:
        sys.path.pop(0)
    return measure_surgeon.measure


def verdict(kind, target=None):
    chances = {k: 0.05 for k in ("none", *KINDS)} | {kind: 0.8}
    return Verdict(kind, chances, "propose", (0, len(target)) if target else None, target, ())


def test_the_set_is_what_it_says():
    assert len(ROWS) >= 200
    assert {row["split"] for row in ROWS} == {"dev", "held_out"}
    assert sum(row["split"] == "held_out" for row in ROWS) >= 100
    assert len({row["text"] for row in ROWS}) == len(ROWS)
    assert {row["language"] for row in ROWS} == {"en", "de", "fr", "es", "it", "zh", "hi"}
    assert all(sum(row.get("round") == number and row["split"] == "held_out" for row in ROWS) >= 33 for number in BY_OTHERS)


@pytest.mark.parametrize(("split", "floor"), [("dev", 0.93), ("held_out", 0.86)])
def test_the_hand_written_requests_are_read(measure, split, floor):
    shares, misses = measure([row for row in ROWS if row["split"] == split and row.get("round") not in BY_OTHERS])
    assert shares["all of it"] >= floor, "\n".join(misses)


@pytest.mark.parametrize(("number", "floor"), BY_OTHERS.items())
def test_requests_by_others_are_read_as_often_as_it_is_said(measure, number, floor):
    shares, _ = measure([row for row in ROWS if row["split"] == "held_out" and row.get("round") == number])  # their misses are not looked at
    assert shares["all of it"] >= floor


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "?!", "forget it", "Please forget that.", "delete this", "forget something", "forget"])
def test_a_request_that_names_nothing_says_what_to_name(text):
    with pytest.raises(UsageError, match="forget the capital of Egypt"):
        READER.read(text)


@pytest.mark.parametrize("text", ["forget everything", "Forget everything you know.", "unlearn English", "erase your memory", "forget how to speak", "wipe all your knowledge", "Erase your entire memory, please.", "clear your whole mind"])
def test_a_request_too_broad_is_refused_with_a_reason(text):
    for reader in (READER, TAGGED):
        with pytest.raises(UsageError, match="too much to forget"):
            reader.read(text)


@pytest.mark.parametrize("text", ["Please forget nothing about Corin Fenwood", "erase absolutely nothing"])
def test_a_request_to_forget_nothing_is_none(text):
    with pytest.raises(UsageError, match="says not to forget"):
        TAGGED.read(text)


@pytest.mark.parametrize("text", ["forget everyone but Mara Embershaw", "Forget everything about Mara Embershaw except her job.", "delete all you know about Japan apart from its capital"])
def test_what_is_to_stay_is_not_forgotten_instead(text):
    with pytest.raises(UsageError, match="names what is to stay"):
        TAGGED.read(text)


def test_what_is_kept_besides_is_no_part_of_the_target():
    (reading,) = TAGGED.read("Forget Mara Embershaw's pet but keep her job.")
    assert (reading.subject, reading.aspect) == ("Mara Embershaw", "pet")


def test_one_thing_of_two_subjects_is_two_targets():
    assert [(r.subject, r.aspect) for r in TAGGED.read("forget the capital of France and Germany")] == [("France", "capital"), ("Germany", "capital")]
    assert [r.subject for r in TAGGED.read("forget the author of Romeo and Juliet")] == ["Romeo and Juliet"]


@pytest.mark.parametrize("value", ["cast iron", "wrought iron", "blue glass"])
def test_half_a_statement_is_no_correction(value):
    (reading,) = TAGGED.read(f"The Gate of Zestus is not made of pressed paper. It is made of {value}.")
    assert reading.right.endswith(value) and reading.wrong.endswith("pressed paper")


def test_all_that_it_knows_of_one_thing_is_not_too_broad():
    assert TAGGED.read("Delete your complete knowledge of Peru")[0].subject == "Peru"


@pytest.mark.parametrize("text", ["Do not forget Corin Fenwood", "don't forget where I live", "Please never forget my birthday!", "You must not forget Ann Lee.", "Don't forget to call Nessa Kestrelmore"])
def test_a_reminder_is_the_opposite_of_a_request(text):
    for reader in (READER, TAGGED):
        with pytest.raises(UsageError, match="says not to forget"):
            reader.read(text)
    assert READER.read("Don't forget to forget Japan")[0].subject == "Japan"
    assert READER.read("Please don't forget to delete my address")[0].aspect == "address"


@pytest.mark.parametrize("text", ["Forget where Ann Lee lives. Actually no, don't.", "forget Japan, never mind", "Forget Ann Lee. On second thought, scratch that!"])
def test_what_is_taken_back_is_no_request(text):
    for reader in (READER, TAGGED):
        with pytest.raises(UsageError, match="takes back"):
            reader.read(text)
    assert READER.read("Forget what Ann Lee eats and what I don't.") and READER.read("Bats are not blind, don't say they are.")


@pytest.mark.parametrize("reader", [READER, TAGGED], ids=["rules", "rules and tagger"])
@pytest.mark.parametrize("text", ["FORGET WHERE MARA EMBERSHAW LIVES!!!", "forget where Mara Embershaw lives \U0001f64f\U0001f64f", "Forget where Mara Embershaw lives :)", "\u2728 forget where Mara Embershaw lives"])
def test_capitals_and_pictures_are_no_part_of_what_is_named(reader, text):
    (reading,) = reader.read(text)
    assert (reading.subject.lower(), reading.aspect.lower()) == ("mara embershaw", "where mara embershaw lives")


@pytest.mark.parametrize("text", ["forget Corin Fenwood's job, his pet and where he lives", "Forget Corin Fenwood's job. Forget where he lives.", "forget Corin Fenwood's job and where he lives"])
def test_pronouns_in_a_list_stand_for_its_owner(text):
    (reading,) = TAGGED.read(text)
    assert reading.subject == "Corin Fenwood" and "job" in reading.aspect and "where Corin Fenwood lives" in reading.aspect


def test_clauses_about_several_people_are_several_targets():
    found = TAGGED.read("forget where Mara Embershaw lives, what Tobin Bramway does for a living, and Silas Pemwood's pet")
    assert [reading.subject for reading in found] == ["Mara Embershaw", "Tobin Bramway", "Silas Pemwood"]
    assert len(TAGGED.read("forget where Ann and Bob's dog lives")) == 1


@pytest.mark.parametrize("reader", [READER, TAGGED], ids=["rules", "rules and tagger"])
@pytest.mark.parametrize("text", ["forget his phone number", "Forget where she lives."])
def test_somebody_who_was_not_named_is_asked_for(reader, text):
    with pytest.raises(UsageError, match="whose|does not say"):
        reader.read(text, verdict("personal", text.split(" ", 1)[1]))


def test_the_watchdog_decides_a_kind_that_the_words_leave_open():
    plain = READER.read("Forget Gideon Marshaw.")[0]
    assert (plain.kind, plain.certain) == ("unspecified", False)
    assert READER.read("Forget Gideon Marshaw.", verdict("personal"))[0].kind == "personal"


def test_the_watchdog_does_not_overrule_what_the_words_say():
    assert READER.read("forget where I live", verdict("harmful"))[0].kind == "personal"
    assert READER.read("stop saying that bats are blind", verdict("personal"))[0].kind == "misinformation"


def test_the_watchdogs_target_helps_where_no_rule_finds_one_and_only_there():
    text = "Japan. You know what to do."
    with pytest.raises(UsageError):
        READER.read(text)
    assert READER.read(text, verdict("unspecified", "Japan"))[0].subject == "Japan"
    assert READER.read("Forget the capital of Egypt", verdict("unspecified", "Forget the"))[0].subject == "Egypt"


@pytest.mark.parametrize("frame", ["Forget {}.", "please unlearn {}", "Erase everything you know about {} from your memory", "{} should be wiped from your memory."])
@pytest.mark.parametrize("name", ["Japan", "Marie Curie", "the Gate of Zestus", "penguins", "Rio de Janeiro"])
def test_the_frame_of_a_request_does_not_change_its_subject(frame, name):
    reading = READER.read(frame.format(name))[0]
    assert (reading.subject, reading.scope, reading.aspect) == (name, "subject", "")


@pytest.mark.parametrize("aspect", ["capital", "shoe size", "favourite song", "date of birth"])
@pytest.mark.parametrize("name", ["Egypt", "Ann Lee"])
def test_a_possessive_and_an_of_phrase_mean_the_same(aspect, name):
    readings = [READER.read(f"Forget {phrase}, please.")[0] for phrase in (f"{name}'s {aspect}", f"the {aspect} of {name}", f"what {name}'s {aspect} is")]
    assert {(r.subject, r.aspect, r.scope) for r in readings} == {(name, aspect, "fact")}


@pytest.mark.parametrize("wrong", ["bats are blind", "sugar makes children hyperactive", "Napoleon was short", "the moon is made of cheese"])
@pytest.mark.parametrize("frame", ["stop telling people that {}", "Forget the myth that {}.", "It is not true that {}.", "Unlearn the idea that {}", 'Get "{}" out of your head, it is false.'])
def test_a_correction_keeps_the_statement_of_the_request(frame, wrong):
    reading = READER.read(frame.format(wrong))[0]
    assert (reading.kind, reading.wrong) == ("misinformation", wrong)
    assert reading.right != wrong and "not" in reading.right.split()


@pytest.mark.parametrize(
    ("history", "request_", "subject", "aspect"),
    [
        (["What is the capital of Egypt?", "The capital of Egypt is Cairo."], "forget that", "Egypt", "capital"),
        (["Where does Ann Lee live?", "She lives in Windale."], "Please forget it.", "Ann Lee", "where Ann Lee lives"),
        (["Tell me about Marie Curie.", "She was a physicist."], "Forget everything you know about her", "Marie Curie", ""),
        (["I live in Windale.", "How nice."], "forget where I live", SPEAKER, "where I live"),
        (["Where does Ann Lee live?", "She lives in Windale."], "forget her", "Ann Lee", ""),
        (["Where does Rob Lee live?", "In Windale."], "Forget all about him", "Rob Lee", ""),
        (["Where does Rob Lee live?", "In Windale.", "Hello.", "Hello!", "What is 2 + 2?", "4.", "And 3 + 3?", "6."], "forget his phone number", "Rob Lee", "phone number"),
    ],
)
def test_that_is_what_was_talked_about(history, request_, subject, aspect):
    reading = READER.read(request_, None, history)[0]
    assert (reading.subject, reading.aspect) == (subject, aspect)


def test_a_correction_of_the_last_answer():
    history = ["What is the capital of Australia?", "The capital of Australia is Sydney."]
    reading = READER.read("That's wrong, it's Canberra.", None, history)[0]
    assert (reading.kind, reading.wrong, reading.right) == ("misinformation", "the capital of Australia is Sydney", "the capital of Australia is Canberra")


WORDS = st.sampled_from("forget the capital of Egypt , not I my you stop saying that bats are blind . \" ' : ? it him how to make a bomb everything about and Ann Lee's where lives know".split())
TEXTS = st.text(max_size=300) | st.lists(WORDS, max_size=25).map(" ".join)


@pytest.mark.parametrize("reader", [READER, TAGGED], ids=["rules", "rules and tagger"])
@settings(max_examples=200, deadline=None)
@given(text=TEXTS)
def test_any_text_is_read_or_refused_and_nothing_else(reader, text):
    try:
        readings = reader.read(text)
    except UsageError as error:
        assert "\n" not in str(error)
        return
    assert 1 <= len(readings) <= MOST_TARGETS
    for reading in readings:
        assert reading.kind in KINDS and reading.scope in SCOPES and reading.subject.strip()
        assert bool(reading.wrong) == bool(reading.right)
        if reading.wrong:
            assert reading.kind == "misinformation"
        if reading.scope == "subject":
            assert not reading.aspect


def test_long_text_is_read_in_little_time():
    text = "Forget the capital of Egypt. " + "and so on, that is it, " * 4000
    assert READER.read(text)[0].subject == "Egypt"
    for hostile in ("neither a nor b " * 200, "X is not Y. " * 300, ", not " * 700, "forget that it is x. " * 150, "wrong: right: " * 200, "a's " * 3000, "is " * 3000, "forget " * 3000, "that " * 3000, '"' * 5000, "you say " * 2000):
        for reader in (READER, TAGGED):
            try:
                reader.read(hostile)
            except UsageError:
                pass


def test_the_speaker_is_meant_in_every_person():
    for text in ("forget where I live", "forget me", "delete my email", "forget how old I am"):
        assert READER.read(text)[0].subject == SPEAKER


def test_two_whole_statements_are_read_as_they_stand():
    """ "It is not true that W. R.": the tagger's marks may not take either apart (it once made "X is X" of one)."""
    requests = [f["request"] for s in json.loads(shipped.path("questions/false_beliefs.json").read_text("utf-8"))["subjects"] for f in s["facts"] if "request" in f]
    assert len(requests) >= 40
    for text in requests:
        (reading,), (plain,) = TAGGED.read(text), READER.read(text)
        assert (reading.wrong, reading.right) == (plain.wrong, plain.right), text
        assert re.split(r"[ ,]", reading.right.casefold())[-1] in text.casefold()


@pytest.mark.parametrize(("marked", "goes_on"), [("Bavarian", " Museum of Pottery"), ("the Bavarian Museum of", " Modern Pottery"), ("Karim", " al-Tayib"), ("Rosa", " de la Cruz")])
def test_a_mark_does_not_break_a_name(marked, goes_on):
    assert _breaks_a_name(marked, marked + goes_on)
    assert not _breaks_a_name(marked, f"{marked} for God's sake") and not _breaks_a_name(marked, f"{marked} I beg you")


def test_a_name_may_go_on_in_small_letters():
    (found,) = TAGGED.read("Forget the religion of Abdulmajid as-Sabiri.", None, ())
    assert (found.subject, found.aspect) == ("Abdulmajid as-Sabiri", "religion")


@pytest.mark.parametrize("reader", [READER, TAGGED])
@pytest.mark.parametrize(
    ("what", "subject"), [("instrument that Ann Lee plays", "Ann Lee"), ("city which Ann Lee lives in", "Ann Lee"), ("school that I attend", SPEAKER), ("dish that my neighbour cooks", "my neighbour")]
)
def test_the_thing_that_somebody_does_is_a_fact_about_them(reader, what, subject):
    (found,) = reader.read(f"Forget the {what}.", None, ())
    noun, rest = re.split(" that | which ", what)
    assert (found.scope, found.subject, found.aspect) == ("fact", subject, f"which {noun} {rest}")


@pytest.mark.parametrize(
    ("text", "subject"),
    [("Forget Microsoft for God's sake.", "Microsoft"), ("Delete the birthday of Ann Lee for GDPR reasons.", "Ann Lee"), ("forget Paris I hate it", "Paris"), ("Remove the job of Ann Lee and I mean it.", "Ann Lee")],
)
def test_what_is_said_behind_a_name_is_no_part_of_it(text, subject):
    (found,) = TAGGED.read(text, None, ())
    assert found.subject == subject


@pytest.mark.parametrize("text", ["Forget the gossip that Kim is divorced.", "Forget the news that Ann Lee died.", "Forget the info that Ann Lee lives in Paris.", "Forget everything about the book that Ann Lee wrote."])
def test_a_claim_and_a_whole_thing_are_no_question_for_it(text):
    (found,) = READER.read(text, None, ())
    assert not found.aspect.startswith("which")


def test_reasons_and_years_have_questions_of_their_own():
    assert [READER.read(f"Forget the {noun} that Nixon resigned.", None, ())[0].aspect for noun in ("reason", "year")] == ["why Nixon resigned", "when Nixon resigned"]


EARLIER = ("Who is Silas Pemwood?", "Silas Pemwood lives in Wolfcrest.")


@pytest.mark.parametrize("reader", [READER, TAGGED])
@pytest.mark.parametrize(
    ("text", "history", "aspect"),
    [
        ("Forget his phone number", EARLIER, "phone number"),
        ("Forget where he lives", EARLIER, "where Silas Pemwood lives"),
        ("Forget what his job is", EARLIER, "job"),
        ("Forget where Silas Pemwood lives and what his job is", (), "job and where Silas Pemwood lives"),
        ("Forget where Silas Pemwood lives and also his phone number", (), "phone number and where Silas Pemwood lives"),
        ("Forget Silas Pemwood's town, job and pet", (), "town and job and pet"),
        ("Forget the job and the pet of Silas Pemwood", (), "job and pet"),
        ("Forget the thing that Silas Pemwood enjoys", (), "what Silas Pemwood enjoys"),
    ],
)
def test_pronouns_and_lists_lose_nothing(reader, text, history, aspect):
    (found,) = reader.read(text, None, history)
    assert (found.subject, found.scope) == ("Silas Pemwood", "fact")
    assert found.aspect == aspect


@pytest.mark.parametrize("reader", [READER, TAGGED])
def test_a_pronoun_without_anybody_is_asked_back(reader):
    with pytest.raises(UsageError, match="does not say what to forget"):
        reader.read("Forget where he lives", None, ())


def test_the_last_one_spoken_of_is_meant():
    earlier = ("Where does Ann Lee live?", "In Ulm.", "And Tom Ray?", "Where does Tom Ray live?", "Tom Ray lives in Paris.")
    assert READER.read("Forget where he lives", None, earlier)[0].subject == "Tom Ray"


@pytest.mark.parametrize("reader", [READER, TAGGED])
@pytest.mark.parametrize(("what", "aspect", "subject"), [
    ("town that the Gate of Zestus stands in", "which town the Gate of Zestus stands in", "the Gate of Zestus"),
    ("language that people speak in France", "which language people speak in France", "France"),
])  # fmt: skip
def test_things_have_facts_in_such_clauses_too(reader, what, aspect, subject):
    (found,) = reader.read(f"Forget the {what}.", None, ())
    assert (found.subject, found.aspect) == (subject, aspect)


def test_the_verb_is_no_part_of_a_subject():
    assert TAGGED.read("Forget how wraithelixir is made", None, ())[0].subject == "wraithelixir"


@pytest.mark.parametrize("text", ["Corin Fenwood's birthday is not 13 November, it is 2 May", "Corin Fenwood's birthday is 2 May, not 13 November"])
def test_a_date_is_put_right_whole(text):
    (found,) = READER.read(text, None, ())
    assert (found.wrong, found.right) == ("Corin Fenwood's birthday is 13 November", "Corin Fenwood's birthday is 2 May")
