"""Exit codes, error lines and JSON are the contract of the command line."""

import errno
import inspect
import json
import os
import subprocess
import sys

import pytest

from edge_repair import cli, errors
from edge_repair.cli.options import Settings

ALL_ERRORS = [value for _, value in inspect.getmembers(errors, inspect.isclass)]


@pytest.mark.parametrize("arguments", [["ask", "--json", "--nosuch", "hi"], ["ask", "--nosuch", "hi", "--json"], ["ask", "--json"]])
def test_a_wrong_option_is_an_object_too_with_json(command, arguments):
    ran = command(*arguments)
    assert ran.code == 2 and json.loads(ran.out)["exit_code"] == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nosuchcommand"], 2, "No such command 'nosuchcommand'"),
        (["ask"], 2, "Missing argument 'PROMPT'; see 'edge-repair ask --help'"),
        (["ask", "x", "--nosuchoption"], 2, "No such option"),
        (["ask", "x", "--threads", "0"], 2, "Invalid value for '--threads'"),
        (["forget"], 2, "either a request in words, --procedure FILE or --examples FILE"),
        (["forget", "x", "--procedure", __file__], 2, "either a request in words, --procedure FILE or --examples FILE"),
        (["forget", "--procedure", __file__], 2, "is not the JSON of a procedure"),
        (["ask", "x", "-m", "missing.gguf"], 3, "there is no file missing.gguf"),
        (["forget", "x", "--yes", "-m", "no such name"], 3, "there is no model named no such name"),
        (["doctor", "-m", "missing.gguf"], 1, "there is no file missing.gguf"),
        (["repairs", "undo"], 2, "Missing argument 'ID'"),
        (["models", "pull", "nosuchmodel"], 11, "there is no model named nosuchmodel"),
    ],
)
def test_what_a_person_did_wrong_is_one_line(command, session, monkeypatch, arguments, code, said):
    monkeypatch.undo()  # the real way of opening a session
    ran = command(*arguments)
    assert ran.code == code and said in ran.err and ran.out == ""
    assert "Traceback" not in ran.err
    if code != 1:
        assert [line for line in ran.err.splitlines() if line.startswith("edge-repair: error: ")] == [ran.err.splitlines()[-1]]


@pytest.mark.parametrize("error", ALL_ERRORS, ids=lambda error: error.__name__)
def test_every_error_ends_with_its_own_code(command, session, monkeypatch, error):
    def fail(*arguments, **options):
        raise error("what is wrong;\nwhat to do \x1b[31mnext")

    monkeypatch.setattr(Settings, "open_session", fail)
    ran = command("ask", "x")
    assert ran.code == error.exit_code != 0
    assert ran.err == "edge-repair: error: what is wrong; what to do [31mnext\n", "one line, which cannot steer the terminal"
    ran = command("ask", "x", "--json")
    assert ran.json == {"error": "what is wrong; what to do [31mnext", "exit_code": error.exit_code}


def test_exit_codes_are_all_different():
    codes = [error.exit_code for error in ALL_ERRORS]
    assert len(set(codes)) == len(codes) and not set(codes) & {0, cli.DEFECT, cli.INTERRUPTED}


@pytest.mark.parametrize(("raised", "code"), [(ValueError("odd"), 70), (KeyboardInterrupt(), 130), (MemoryError(), 70)])
def test_what_nobody_foresaw(command, session, monkeypatch, raised, code):
    def fail(*arguments, **options):
        raise raised

    monkeypatch.setattr(Settings, "open_session", fail)
    ran = command("ask", "x")
    assert ran.code == code and len(ran.err.splitlines()) == 1 and "Traceback" not in ran.err
    assert code != 70 or "--debug" in ran.err
    assert "Traceback" in command("ask", "x", "--debug").err


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, 6), (errno.EROFS, 6), (errno.EFBIG, 6), (errno.EIO, 70)])
def test_a_disk_that_takes_no_more(command, session, monkeypatch, number, code):
    def fail(*arguments, **options):
        raise OSError(number, os.strerror(number), "some/file")

    monkeypatch.setattr(Settings, "open_session", fail)
    ran = command("ask", "x")
    assert ran.code == code and len(ran.err.splitlines()) == 1 and "some/file" in ran.err


def test_help_and_version(command):
    assert command().out == command("--help").out == command("-h").out
    assert command("--version").out.startswith("edge-repair ")
    for name in cli.COMMANDS:
        assert command(name, "--help").code == 0


@pytest.mark.parametrize("name", [*cli.COMMANDS, "repairs list", "repairs show", "repairs undo", "repairs redo", "models list", "models pull"])
def test_every_command_takes_the_common_options(command, name):
    shown = command(*name.split(), "--help").out
    if name not in ("repairs", "models"):
        for option in ("-m, --model", "--store", "--threads", "--json", "--debug"):
            assert option in shown


def test_help_does_not_import_what_is_slow():
    program = "import sys; from edge_repair import cli; cli.run(['--help']); print(sorted(set(sys.modules) & set(sys.argv)))"
    slow = ["numpy", "llama_cpp", "onnxruntime", "rich", "gguf", "jinja2"]
    ran = subprocess.run([sys.executable, "-c", program, *slow], capture_output=True, text=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_a_reader_that_goes_away_is_no_error():
    """``edge-repair | head -1``: the pipe is closed before everything is written."""
    reading, writing = os.pipe()
    os.close(reading)
    for arguments in ([], ["models", "list", "--json"]):
        command = [sys.executable, "-m", "edge_repair", *arguments]
        ran = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True)
        assert (ran.returncode, ran.stderr) == (0, "")
    os.close(writing)


def test_python_dash_m_is_the_same_command():
    ran = subprocess.run([sys.executable, "-m", "edge_repair", "nosuch"], capture_output=True, text=True)
    assert ran.returncode == 2 and ran.stderr.startswith("edge-repair: error: No such command")
