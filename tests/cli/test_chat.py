"""The talk, driven by piped lines: answers, repairs in the flow of talk, commands, Ctrl-C."""

import pytest

from edge_repair.cli.talk import Talk
from edge_repair.errors import ModelError, StoreError


def kinds(ran) -> list[str]:
    return [turn["type"] for turn in ran.json["turns"]]


def test_answers_stream_to_stdout_and_the_talk_has_a_memory(command, session):
    ran = command("chat", typed="Hello\nAnd you?\n/quit\nnot read\n")
    assert (ran.code, ran.out) == (0, "answer to: Hello\nanswer to: And you?\n") and session.closed
    assert [message["content"] for message in session.asked[-1]] == ["Hello", "answer to: Hello", "And you?"]


def test_the_end_of_input_ends_the_talk(command, session):
    assert command("chat", typed="Hello").code == 0
    assert command("chat", typed="").code == 0


def test_a_request_is_previewed_confirmed_and_carried_out_and_the_talk_goes_on(command, session):
    ran = command("chat", "--json", typed="What of Japan?\nHello\nforget Japan\ny\nAnd now?\n")
    assert kinds(ran) == ["forgotten", "answer", "repair", "answer"]
    assert ran.json["turns"][2]["repair"]["status"] == "committed"
    assert ran.err.index("What is the capital of Japan?") < ran.err.index("Do this?") < ran.err.index("Repair r1")
    assert [m["content"] for m in session.asked[-1]] == ["Hello", "answer to: Hello", "And now?"], "Japan is gone from it"


def test_several_subjects_are_proposed_one_after_the_other(command, session):
    ran = command("chat", "--json", typed="Egypt?\nforget Japan and Egypt\ny\ny\nAnd now?\n")
    assert [turn["repair"]["subject"] for turn in ran.json["turns"] if turn["type"] == "repair"] == ["Japan", "Egypt"]
    assert "(1 of 2)" in ran.err and "(2 of 2)" in ran.err
    assert [m["content"] for m in session.asked[-1]] == ["And now?"], "Egypt is gone from it"


@pytest.mark.parametrize("answer", ["n\n", "\n", "maybe\n", ""])
def test_without_a_yes_nothing_is_done(command, session, answer):
    ran = command("chat", "--json", typed="forget Japan\n" + answer)
    assert [turn["repair"]["status"] for turn in ran.json["turns"]] == ["declined"]
    assert [repair.status for repair in session.kept] == ["declined"]


def test_the_last_turns_say_what_that_is(command, session):
    """The plan gets questions and answers, oldest first."""
    command("chat", typed="One\nTwo\nThree\nFour\nforget that\nn\n")
    assert session.history == [text for n in ("One", "Two", "Three", "Four") for text in (n, f"answer to: {n}")]


def test_an_unclear_request_is_asked_about_first(command, session):
    ran = command("chat", "--json", typed="maybe forget Japan\ny\ny\nmaybe forget Japan\nn\n")
    assert kinds(ran) == ["repair", "answer"]
    assert "Do you want the model to forget" in ran.err


def test_a_file_goes_with_the_next_prompt_and_is_no_request(command, session, tmp_path):
    (tmp_path / "a b.txt").write_text("forget Japan")
    ran = command("chat", "--json", typed=f"/file {tmp_path / 'a b.txt'}\nSum it up\nAnd?\n/file nosuch\n")
    assert kinds(ran) == ["answer", "answer", "error"] and session.kept == []
    assert ran.json["turns"][0]["prompt"] == "Sum it up\nforget Japan" and ran.json["turns"][1]["prompt"] == "And?"


def test_what_a_repair_answered_goes_with_it(command, session):
    """Else the model would read off the screen what it no longer says, or says again."""
    talk = "forget Japan\ny\nWhere is Japan?\nHello!\n/undo\nAnd now?\nWhere is Japan, then?\n/redo\nAnd now?\n"
    ran = command("chat", "--json", typed=talk)
    assert ran.err.count("1 earlier turn") == 2
    heard = [[message["content"] for message in messages if message["role"] == "user"] for messages in session.asked if isinstance(messages, list)]
    assert heard[-3:] == [["Hello!", "And now?"], ["Hello!", "And now?", "Where is Japan, then?"], ["Hello!", "And now?", "And now?"]]


def test_undo_redo_and_the_list(command, session):
    talk = "forget Japan\ny\n/undo\n/repairs\n/redo\n/undo r1\n/undo\n/redo r7\n/nosuch\n/help\n"
    ran = command("chat", "--json", typed=talk)
    assert kinds(ran) == ["repair", "undo", "redo", "undo", "error"]
    assert [repair.status for repair in session.kept] == ["undone"]
    for said in ("There is nothing to undo.", "There is no command /nosuch", "/file PATH", "unspecified"):
        assert said in ran.err


def test_one_repair_is_shown_and_an_unknown_one_is_named_in_the_chats_words(command, session):
    ran = command("chat", "--json", typed="forget Japan\ny\n/repairs r1\n/repairs show r1\n/repairs r7\n/undo r7\n")
    assert kinds(ran) == ["repair", "error", "error"]
    assert ran.err.count("still told") == 3, "after the repair, and shown twice"
    assert ran.err.count("there is no repair r7; /repairs lists them") == 2 and "edge-repair repairs" not in ran.err


def test_what_the_model_does_not_know_may_stand_in_the_talk_only(command, session):
    ran = command("chat", "--json", typed="My sister is Mara.\nforget nothing about Mara\nforget nothing about Mara\n")
    assert kinds(ran) == ["forgotten", "dropped", "error"] and ran.json["turns"][2]["exit_code"] == 7
    assert session.kept == [] and "Mara" not in str(ran.json)


def test_a_fact_that_was_told_in_other_words_goes_too(command, session):
    """No word of the request stands in what told it; what else was said stays, for the model too."""
    ran = command("chat", "--json", typed="I live at 12 Elm Row.\nI like tea.\nforget nothing about my address\nAnd now?\n")
    assert kinds(ran) == ["forgotten", "answer", "dropped", "answer"]
    assert [m["content"] for m in session.asked[-1] if m["role"] == "user"] == ["I like tea.", "And now?"]
    assert "Elm" not in str(ran.json)


@pytest.mark.parametrize("error", [ModelError("too long; start a new one"), StoreError("the store is full; make room")])
def test_an_error_is_said_and_the_talk_goes_on(command, session, error):
    def fail_once(what, failed=[]):
        if what in ("stream", "carry_out") and not failed:
            failed.append(what)
            raise error

    session.during = fail_once
    ran = command("chat", "--json", typed="Hello\nHello again\n")
    assert kinds(ran) == ["error", "answer"] and f"edge-repair: error: {error}" in ran.err


def test_control_c_stops_an_answer_and_what_was_said_stays(command, session):
    pieces = []

    def interrupt(what):
        pieces.append(what)
        if len(pieces) == 2:
            raise KeyboardInterrupt

    session.during = interrupt
    ran = command("chat", "--json", typed="Hello\nGo on\n")
    assert ran.code == 0 and kinds(ran) == ["answer", "answer"]
    assert ran.json["turns"][0]["stopped"] and ran.json["turns"][0]["text"] == "answer"
    assert [m["content"] for m in session.asked[-1]] == ["Hello", "answer", "Go on"]


@pytest.mark.parametrize(("when", "what"), [("plan", "planning"), ("carry_out", "the repair")])
def test_control_c_in_a_repair_says_in_what_state_the_model_is(command, session, when, what):
    def interrupt(now):
        if now == when:
            raise KeyboardInterrupt

    session.during = interrupt
    ran = command("chat", "--json", typed="forget Japan\ny\nHello\n")
    stopped = ran.json["turns"][0]
    assert stopped == {"type": "stopped", "what": what, "unchanged": True}
    assert f"(stopped {what}: the model is as it was before)" in ran.err
    assert ran.code == 0 and kinds(ran)[-1] == "answer", "the talk goes on"


def test_control_c_that_came_too_late_says_so(command, session):
    def interrupt(now):
        if now == "carry_out":
            session._repair(session.plan("x"), "committed")
            raise KeyboardInterrupt

    session.during = interrupt
    ran = command("chat", "--json", typed="forget Japan\ny\n")
    assert ran.json["turns"][0]["unchanged"] is False and "/repairs shows it" in ran.err


def test_ctrl_c_at_a_question_is_a_no(monkeypatch, capsys):
    def interrupted(_question):
        raise KeyboardInterrupt

    monkeypatch.setattr("edge_repair.cli.talk.confirm", interrupted)
    assert Talk._confirmed("Do this?") is False
