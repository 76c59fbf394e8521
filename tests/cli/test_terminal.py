"""Progress and questions on a terminal, seen as the terminal sees them."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from edge_repair.cli.terminal import Stages, printable

ROOT = Path(__file__).resolve().parents[2]
JOB = """
from edge_repair.cli.terminal import showing
with showing() as stages:
    stages("open", 0, 0)
    for turn in range(2):
        stages("[b]solving[/b]", turn, 3)
        stages("verifying", turn, 3)
    {end}
"""


def on_terminal(program: str) -> str:
    """What a program writes to a terminal on stderr."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stderr=follower, stdout=subprocess.DEVNULL, env=os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    )
    os.close(follower)
    written = b""
    while True:
        try:
            piece = os.read(leader, 4096)
        except OSError:
            break
        if not piece:
            break
        written += piece
    process.wait()
    os.close(leader)
    return written.decode()


def test_one_bar_a_stage_and_its_name_as_it_is():
    written = on_terminal(JOB.format(end=""))
    last = written.rsplit("opening the model", 1)[1]
    assert last.count("verifying") == 1 and last.count("[b]solving[/b]") == 1
    assert "\x1b[?25h" in written, "the cursor is shown again"


def test_a_job_that_fails_shows_the_cursor_again():
    assert "\x1b[?25h" in on_terminal(JOB.format(end="raise SystemExit"))


def test_elsewhere_one_line_a_stage(capsys):
    stages = Stages()
    for done in range(3):
        stages("capturing", done, 3)
    stages("solving", 0, 0)
    assert capsys.readouterr().err == "... capturing\n... solving\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain \u00e4\u65e5\n\ttab", "plain \u00e4\u65e5\n\ttab"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("a\x07\x08\x7f\x9b\rb", "ab"),
        ("\u202eright to left\u2066", "right to left"),
        ("\U0001f469\u200d\U0001f52c", "\U0001f469\u200d\U0001f52c"),
        ("\ud800", ""),
    ],
)
def test_nothing_that_could_steer_the_terminal_is_printed(text, shown):
    assert printable(text) == shown
