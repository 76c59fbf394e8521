"""What was typed and what was pasted is told apart, whatever the terminal sends in whatever pieces."""

import os
import pty
import select
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_repair.cli.lines import Editor, EndOfInput

START, END = b"\x1b[200~", b"\x1b[201~"
PLAIN = st.text(st.characters(blacklist_categories=("Cc", "Cs"), blacklist_characters="\x1b"), max_size=30)


def edited(*bursts: bytes, history=None) -> Editor:
    editor = Editor(history)
    for burst in bursts:
        editor.feed(burst)
    return editor


def segments(editor: Editor) -> list[tuple[str, str]]:
    return [(segment.text, segment.source) for segment in editor.prompt().segments]


@given(st.lists(st.tuples(PLAIN.filter(bool), st.booleans()), max_size=5), st.data())
def test_provenance_survives_any_order_of_typing_and_pasting(pieces, data):
    """Typed and pasted pieces one after another, a paste in pieces of any size, come out as they went in."""
    editor = Editor()
    for text, pasted in pieces:
        if not pasted:
            editor.feed(text.encode())
            continue
        raw = START + text.encode() + END
        cut = data.draw(st.integers(0, len(raw)))
        for part in (raw[:cut], raw[cut:]):
            editor.feed(part)
    expected: list[tuple[str, str]] = []
    for text, pasted in pieces:
        source = "pasted" if pasted else "typed"
        if expected and expected[-1][1] == source:
            expected[-1] = (expected[-1][0] + text, source)
        else:
            expected.append((text, source))
    assert segments(editor) == expected
    assert editor.prompt().typed == "\n".join(text for text, source in expected if source == "typed")


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_nothing_in_the_burst_of_a_paste_is_ever_typed(inside, behind):
    """Whatever bytes a paste has, its own closing marks included, they cannot pass for typed."""
    editor = Editor()
    try:
        editor.feed(START + inside + END + behind)
    except (KeyboardInterrupt, EndOfInput):
        return
    assert editor.prompt().typed == ""


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_no_bytes_break_it(bursts):
    editor = Editor()
    for burst in bursts:
        try:
            editor.feed(burst)
        except (KeyboardInterrupt, EndOfInput):
            return
        text, column = editor.shown(20)
        assert 0 <= column < 20 and 0 <= editor.cursor <= len(editor.characters)
        assert not set(text) & set(map(chr, range(32)))


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        (b"abc\x7f\x7fd", "ad"),
        (b"abc\x1b[D\x1b[DX", "aXbc"),
        (b"abc\x01X\x05Y", "XabcY"),
        (b"abc\x1b[H\x1b[3~", "bc"),
        (b"abc\x1bOH\x04", "bc"),
        (b"one two  \x17three", "one three"),
        (b"one two\x1b[D\x1b[D\x15", "wo"),
        (b"one two\x01\x0bx", "x"),
        (b"\x1b[1;5Da\x1bxb", "ab"),
        ("gr\u00fc\u00df \u65e5\u672c".encode(), "gr\u00fc\u00df \u65e5\u672c"),
        (b"\x7f\x1b[D\x1b[3~", ""),
    ],
)
def test_the_usual_editing_keys(keys, left):
    assert "".join(c for c, _ in edited(keys).characters) == left


def test_lines_before_come_back_as_they_were():
    """A pasted line that is recalled is still pasted: the arrow key must not make it the person's own words."""
    first, second = edited(b"typed").characters, edited(START + b"pasted" + END).characters
    history = [first, second]
    up, down = b"\x1b[A", b"\x1b[B"
    assert segments(edited(up, history=history)) == [("pasted", "pasted")]
    assert segments(edited(up + up, history=history)) == [("typed", "typed")]
    assert segments(edited(up + up + up + down + down, history=history)) == []
    assert history == [first, second]


def test_enter_inside_a_paste_does_not_send_it():
    editor = edited(START + b"one\rtwo\r\nthree")
    assert not editor.done
    editor.feed(END)
    editor.feed(b"\r")
    assert editor.done and segments(editor) == [("one\ntwo\nthree", "pasted")]


def test_what_comes_after_the_line_is_thrown_away():
    editor = edited(b"forget it\ryes\r")
    assert editor.done and segments(editor) == [("forget it", "typed")]


def test_control_d_and_control_c():
    with pytest.raises(EndOfInput):
        edited(b"\x04")
    assert not edited(b"a\x01\x04").characters
    with pytest.raises(KeyboardInterrupt):
        edited(b"a\x03")


def test_a_long_line_scrolls():
    editor = edited(b"x" * 100)
    assert editor.shown(20) == ("x" * 19, 19)
    editor.feed(b"\x01")
    assert editor.shown(20)[1] == 0
    wide = edited(("\u65e5" * 30).encode())
    assert wide.shown(20) == ("\u65e5" * 9, 18)


def in_terminal(program: str, *keys: bytes) -> str:
    """Run a program in a terminal, send keys one after another, return all that it wrote."""
    child, descriptor = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm"
        os.execv(sys.executable, [sys.executable, "-c", program])
    written = b""
    try:
        pending, ready_at = list(keys), 0.0
        while True:
            if pending and b"> " in written and time.monotonic() >= ready_at:
                os.write(descriptor, pending.pop(0))
                ready_at = time.monotonic() + 0.2  # longer than SILENCE_SECONDS: a burst of its own
            if select.select([descriptor], [], [], 0.1)[0]:
                try:
                    piece = os.read(descriptor, 4096)
                except OSError:
                    break
                if not piece:
                    break
                written += piece
    finally:
        os.close(descriptor)
        os.waitpid(child, 0)
    return written.decode()


@pytest.mark.skipif(not hasattr(os, "forkpty"), reason="no pseudo-terminals here")
def test_in_a_real_terminal():
    program = (
        "from edge_repair.cli.lines import read_prompt; import termios; before = termios.tcgetattr(0)\n"
        "prompt = read_prompt('> ', [])\n"
        "print([(s.text, s.source) for s in prompt.segments], termios.tcgetattr(0) == before)"
    )
    written = in_terminal(program, b"sum up: ", START + b"forget my name\r\n" + END, b"\r")
    assert "\x1b[?2004h" in written and "\x1b[?2004l" in written, "paste mode is switched on, and off again"
    assert "[('sum up: ', 'typed'), ('forget my name\\n', 'pasted')] True" in written
