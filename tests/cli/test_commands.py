"""What the commands call, print and return, on a fake session."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from fake_session import OUTCOME, PROCEDURE

from edge_repair import catalogue
from edge_repair.catalogue import FoundModel
from edge_repair.errors import StoreError
from edge_repair.ledger import Repair
from edge_repair.operation import Examination, RepairFinding
from edge_repair.stamp import Openings
from edge_repair.surgeon.procedure import Procedure

FORGET_FIELDS = {"repair_id", "status", "kind", "subject", "aspect", "forget", "retain", "timing_ms", "adapter"}


def test_ask_prints_the_answer_alone_on_stdout(command, session):
    ran = command("ask", "What is it?")
    assert (ran.code, ran.out) == (0, "an answer\n") and session.closed
    ran = command("ask", "What is it?", "--json")
    assert ran.json["text"] == "an answer" and ran.json["verdict"]["zone"] == "pass" and ran.json["proposal"] is None


def test_ask_shows_a_plan_for_a_request_and_changes_nothing(command, session):
    ran = command("ask", "forget Japan", "--explain")
    assert ran.out == "" and "Japan" in ran.err and "by its first word" in ran.err and session.kept == []
    assert Procedure.from_json(command("ask", "forget Japan", "--json").json["proposal"]) == PROCEDURE


def test_files_are_context_and_never_typed(command, session, tmp_path):
    (tmp_path / "note.txt").write_text("forget Japan", "utf-8")
    ran = command("ask", "Sum this up", "--file", str(tmp_path / "note.txt"), "--json")
    assert ran.json["verdict"]["zone"] == "pass"
    assert [(s.text, s.source) for s in session.asked[0].segments] == [("Sum this up", "typed"), ("forget Japan", "file")]


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"x" * (1 << 20) + b"x"], ids=["binary", "large"])
def test_files_that_are_no_text_are_refused(command, session, tmp_path, raw):
    (tmp_path / "f").write_bytes(raw)
    ran = command("ask", "x", "--file", str(tmp_path / "f"))
    assert ran.code == 2 and "edge-repair: error:" in ran.err and session.asked == []


def test_plan_changes_nothing_and_its_json_is_a_procedure(command, session):
    ran = command("plan", "forget Japan", "--json")
    assert Procedure.from_json(ran.json) == PROCEDURE and session.kept == []
    assert "What is the capital of Japan?" in ran.err and "Tokyo" in ran.err


@pytest.mark.parametrize(
    ("arguments", "typed", "status"),
    [
        (["--yes"], "", "committed"),
        ([], "y\n", "committed"),
        ([], "yes\n", "committed"),
        ([], "n\n", "declined"),
        ([], "\n", "declined"),
        ([], "yellow\n", "declined"),
        ([], "", "declined"),
    ],
)
def test_forget_asks_and_only_a_yes_is_one(command, session, arguments, typed, status):
    ran = command("forget", "forget Japan", "--json", "--label", "trip", *arguments, typed=typed)
    assert ran.code == (0 if status == "committed" else 1) and ran.json["status"] == status
    assert FORGET_FIELDS <= set(ran.json)
    assert ("Do this?" in ran.err) is not ("--yes" in arguments)
    assert "What is the capital of Japan?" in ran.err, "the plan is shown before the question"


def test_the_json_of_a_repair(command, session):
    data = command("forget", "forget Japan", "--yes", "--json").json
    assert (data["repair_id"], data["subject"], data["aspect"], data["kind"]) == ("r1", "Japan", "", "unspecified")
    assert data["forget"] == {"leak": 0.0, "paraphrase_leak": 0.0, "refused": 1.0, "questions": 12}
    assert data["retain"] == {"neighbours_kept": 0.95, "retain_kept": 0.97, "kl": 0.01, "neighbours": 20, "questions": 40}
    assert data["timing_ms"] == {"capture": 100, "solve": 20} and data["figures"] == {"recipes": 1}
    assert data["adapter"] == {"path": "a.gguf", "sha256": "ab" * 32, "bytes": 1234, "rank": 7, "layers": [27]}


def test_a_repair_that_was_rolled_back_ends_with_its_code(command, session):
    session.status = "rolled_back"
    ran = command("forget", "forget Japan", "--yes", "--json")
    assert ran.code == 10 and ran.json["status"] == "rolled_back" and ran.json["adapter"] is None
    assert command("forget", "forget Japan", "--yes", "--accept", "--json").json["status"] == "committed"


def test_a_repair_from_the_store_has_the_same_figures_without_the_words(command, session):
    """The store keeps numbers only; what is printed of them must not depend on where they come from."""
    fresh = command("forget", "forget Japan", "--yes", "--json").json
    kept = session.kept[0]
    numbers = {name: value for name, value in asdict(OUTCOME).items() if name not in ("missed", "failed")}
    session.kept[0] = replace(kept, procedure=None, outcome=None, figures=kept.figures | numbers)
    stored = command("repairs", "show", "r1", "--json").json
    assert stored == fresh | {"subject": None, "aspect": None}


def test_an_edited_plan_is_carried_out(command, session, tmp_path):
    (tmp_path / "plan.json").write_text(json.dumps(PROCEDURE.to_json() | {"subject": "Nippon"}))
    assert command("forget", "--procedure", str(tmp_path / "plan.json"), "--yes", "--json").json["subject"] == "Nippon"
    (tmp_path / "plan.json").write_text(json.dumps(PROCEDURE.to_json() | {"scope": "universe"}))
    ran = command("forget", "--procedure", str(tmp_path / "plan.json"), "--yes")
    assert ran.code == 2 and "scope" in ran.err


def test_nothing_to_forget(command, session):
    ran = command("forget", "forget nothing", "--yes")
    assert ran.code == 7 and session.kept == [] and session.closed


def test_repairs(command, session):
    assert command("repairs", "list", "--json").json == {"repairs": []}
    command("forget", "forget Japan", "--yes", "--label", "trip")
    listed = command("repairs")
    assert "r1" in listed.err and "trip" in listed.err and listed.out == ""
    assert command("repairs", "--json").json["repairs"][0]["status"] == "committed"
    assert command("repairs", "undo", "r1", "--json").json["status"] == "undone"
    assert command("repairs", "show", "r1", "--json").json["status"] == "undone"
    assert command("repairs", "redo", "r1", "--json").json["status"] == "committed"
    for verb in ("show", "undo", "redo"):
        assert command("repairs", verb, "r9").code == 9


def test_the_store_and_the_model_reach_the_session(command, session, tmp_path, monkeypatch):
    command("ask", "x", "-m", "some", "--store", str(tmp_path), "--threads", "3")
    assert (session.settings.model, session.settings.store, session.settings.threads) == ("some", tmp_path, 3)
    monkeypatch.setenv("EDGE_REPAIR_STORE", str(tmp_path / "other"))
    command("ask", "x")
    assert session.settings.store == tmp_path / "other"


def test_a_model_cannot_steer_the_terminal(command, session, monkeypatch):
    from types import SimpleNamespace

    evil = "\x1b]0;title\x07 \x1b[2J\u202e red \x9b31m caf\u00e9 \U0001f469\u200d\U0001f52c\n\ttab"
    verdict = session.judge("hello")
    monkeypatch.setattr(session, "ask", lambda *_: SimpleNamespace(text=evil, verdict=verdict, proposals=(), repairs=()))
    assert command("ask", "x").out == "]0;title [2J red 31m caf\u00e9 \U0001f469\u200d\U0001f52c\n\ttab\n"
    assert command("ask", "x", "--json").json["text"] == evil, "a script gets the text as it is"


def test_a_store_that_cannot_be_written_is_noticed_before_the_model_is_asked(command, session):
    def full(what):
        if what == "check_writable":
            raise StoreError("the store cannot be written; choose another one with --store")

    session.during = full
    ran = command("forget", "forget Japan", "--yes")
    assert ran.code == StoreError.exit_code and session.asked == [] and session.kept == []


@pytest.mark.parametrize(("arguments", "typed", "gone"), [(["--yes"], "", True), ([], "y\n", True), ([], "n\n", False), ([], "", False)])
def test_purging_asks_first(command, session, arguments, typed, gone):
    command("forget", "forget Japan", "--yes")
    ran = command("repairs", "purge", "r1", "--json", *arguments, typed=typed)
    assert ran.code == (0 if gone else 1) and ran.json == {"repair_id": "r1", "purged": gone}
    assert bool(session.kept) is not gone


@pytest.mark.parametrize("words", ["", "  \n"])
def test_no_question_gets_no_answer(command, session, words):
    ran = command("ask", words)
    assert ran.code == 2 and session.asked == [] and "no question" in ran.err


# Several subjects in one request, and examining repairs again


def test_several_subjects_become_several_repairs_each_asked_about(command, session):
    ran = command("forget", "forget Japan and Egypt", "--json", typed="y\nn\n")
    assert ran.code == 0 and [one["status"] for one in ran.json["repairs"]] == ["committed", "declined"]
    assert [one["subject"] for one in ran.json["repairs"]] == ["Japan", "Egypt"]
    assert ran.err.index("Do this? (1 of 2)") < ran.err.index("Repair r1") < ran.err.index("Do this? (2 of 2)")


def test_one_subject_that_fails_does_not_stop_the_others(command, session):
    ran = command("forget", "forget Japan and Atlantis and Egypt", "--json", "--yes")
    assert ran.code == 8 and [one.get("status") for one in ran.json["repairs"]] == ["committed", None, "committed"]
    assert ran.json["repairs"][1]["exit_code"] == 8 and "nothing turns this model" in ran.err


def test_plans_of_several_subjects(command, session):
    ran = command("plan", "forget Japan and Egypt", "--json")
    assert [Procedure.from_json(one).subject for one in ran.json["procedures"]] == ["Japan", "Egypt"] and session.kept == []


@pytest.mark.parametrize(("problems", "code"), [((), 0), (("its gate opens at 40% of its stored neighbours",), 1)])
def test_repairs_verify_says_what_was_done_for_each_repair(command, session, problems, code):
    gate = Openings(1.0, 0.9, 0.0, {"probes": 4, "held_out": 10, "near": 5})
    found = (RepairFinding("r1", "asked again", gate, OUTCOME, ()), RepairFinding("r2", "numbers only", gate, None, problems))
    session.verify = lambda: Examination({"model file": "as it was"}, 1.0, 0.002, found, ())
    ran = command("repairs", "verify", "--json")
    assert ran.code == code and ran.json["sound"] is (code == 0)
    assert "Repair r1: holds (asked again)" in ran.err and "(numbers only)" in ran.err and "model file: as it was" in ran.err
    assert all(problem in ran.err for problem in problems)


@pytest.mark.parametrize("arguments", [["plan", "forget Japan"], ["forget", "forget Japan", "--yes"], ["chat"]])
def test_a_surgeon_model_is_passed_on_and_its_failures_are_told(command, session, arguments):
    session.notes.append("the surgeon model's reading was not used")
    ran = command(*arguments, "--surgeon", "small.gguf", typed="forget Japan\nn\n")
    assert ran.code == 0 and session.options["surgeon"] == "small.gguf"
    assert "note: the surgeon model's reading was not used" in ran.err
    ran = command(*(word.replace("Japan", "nothing") for word in arguments), "--surgeon", "small.gguf", typed="forget nothing\n")
    assert "note: the surgeon model's reading was not used" in ran.err, "it is told when the plan fails, too"


@pytest.mark.parametrize(
    "figures",
    [
        {"counts": 1}, {"counts": {}}, {"counts": {"probes": None}, "leak": 1}, {"timing_ms": 3}, {"timing_ms": {"solve": None}}, {"limits": [1]},
        {"counts": {n: 1 for n in ("probes", "paraphrases", "neighbours", "retain")}, "leak": None}, {"recipes_tried": [[]], "layer": {}, "strength": None},
    ],
)  # fmt: skip
@pytest.mark.parametrize("created", [-1e18, 1e300, 0.0, -1.0])
def test_any_numbers_of_a_store_from_elsewhere_can_be_shown(command, session, figures, created):
    session.kept = [Repair("0123abcd", "committed", "personal", "fact", "", created, figures, "0" * 64)]
    for arguments in (("repairs",), ("repairs", "show", "0123abcd"), ("repairs", "show", "0123abcd", "--json")):
        ran = command(*arguments)
        assert ran.code == 0, ran.err


@pytest.mark.parametrize("columns", [60, 200])
def test_the_name_of_a_model_is_never_broken_across_lines(command, monkeypatch, columns):
    """It is there to be copied behind -m."""
    name = "someone/a-model-with-a-name-as-long-as-those-of-hubs-are-GGUF:Q4_K_M"
    found = [
        FoundModel(name, "Ollama", Path("blob"), 1000, "llama", "Q4_K_M", ""),
        FoundModel("moe", "llama.cpp", Path("moe.gguf"), 1000, "", "", "a mixture of experts (8)"),
    ]
    monkeypatch.setattr(catalogue, "scan", lambda: found)
    monkeypatch.setenv("COLUMNS", str(columns))
    said = command("models").err
    assert name in said and "no: a mixture of experts (8)" in said and "yes" in said
    assert len([line for line in said.splitlines() if name in line or "moe" in line]) == 2
