"""Reads a line from a terminal and tells what was typed from what was pasted, through bracketed paste.

A terminal in this mode (``CSI ? 2004 h``) sends a paste between ``CSI 200 ~`` and ``CSI 201 ~``. To see these marks, the
terminal must be raw, so the usual editing keys are done here. ``Editor`` is the state machine, without any terminal;
``read_prompt`` connects it to one.

A pasted text can hold the closing mark itself, to pass the rest of it off as typed. Terminals filter that; for those that
do not, everything that arrives without a pause after a paste began counts as pasted too. What arrives without a pause
after the line's end is thrown away: nobody types that fast, and a paste must not answer the question that comes next.

Not covered: terminals without bracketed paste, where a paste looks typed; lines shown over several rows (a long line
scrolls sideways); dead keys that a terminal does not compose itself.
"""

import codecs
import os
import sys

from edge_repair.cli.terminal import printable
from edge_repair.watchdog.verdict import Prompt, Segment

ENABLE_PASTE, DISABLE_PASTE = "\x1b[?2004h", "\x1b[?2004l"
PASTE_START, PASTE_END = "200~", "201~"
SILENCE_SECONDS = 0.02
MAX_BURST = 1 << 22


class EndOfInput(Exception):
    """Ctrl-D on an empty line."""


Line = list[tuple[str, bool]]  # characters, each with whether it was pasted


class Editor:
    """One line being edited, with a cursor; ``history`` holds the lines before it."""

    def __init__(self, history: list[Line] | None = None) -> None:
        self.characters: Line = []
        self.cursor = 0
        self.done = False
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._escape: str | None = None  # what came after ESC, while a sequence is incomplete
        self._pasting = False
        self._history = history or []
        self._recalled = len(self._history)

    def feed(self, burst: bytes) -> None:
        """Take all that arrived without a pause.

        Raises:
            KeyboardInterrupt: Ctrl-C.
            EndOfInput: Ctrl-D on an empty line.
        """
        pasted_in_this_burst = self._pasting
        for character in self._decoder.decode(burst):
            if self.done:
                return
            if self._escape is not None:
                self._escape += character
                self._sequence()
            elif character == "\x1b":
                self._escape = ""
            elif self._pasting:
                self._insert(character, pasted=True)
            elif ord(character) >= 32 and character != "\x7f" or character == "\t":
                self._insert(character, pasted=pasted_in_this_burst)
            else:
                self._control(character)
            pasted_in_this_burst = pasted_in_this_burst or self._pasting

    def _insert(self, character: str, pasted: bool) -> None:
        self.characters.insert(self.cursor, (character, pasted))
        self.cursor += 1

    def _sequence(self) -> None:
        """Act on an escape sequence as soon as it is complete."""
        sequence = self._escape or ""
        if sequence in ("[", "O") or sequence.startswith("[") and len(sequence) < 32 and not "@" <= sequence[-1] <= "~":
            return
        self._escape = None
        if sequence == "[" + PASTE_START:
            self._pasting = True
        elif sequence == "[" + PASTE_END:
            self._pasting = False
        elif self._pasting:
            for character in "\x1b" + sequence:
                self._insert(character, pasted=True)
        elif sequence[0] in "[O":
            self._key(sequence[1:])

    def _key(self, name: str) -> None:
        if name == "D":
            self.cursor = max(0, self.cursor - 1)
        elif name == "C":
            self.cursor = min(len(self.characters), self.cursor + 1)
        elif name in ("H", "1~", "7~"):
            self.cursor = 0
        elif name in ("F", "4~", "8~"):
            self.cursor = len(self.characters)
        elif name == "3~":
            del self.characters[self.cursor : self.cursor + 1]
        elif name in ("A", "B"):
            self._recall(-1 if name == "A" else 1)

    def _recall(self, step: int) -> None:
        self._recalled = min(max(0, self._recalled + step), len(self._history))
        self.characters = list(self._history[self._recalled]) if self._recalled < len(self._history) else []
        self.cursor = len(self.characters)

    def _control(self, character: str) -> None:
        if character in "\r\n":
            self.done = True
        elif character == "\x03":
            raise KeyboardInterrupt
        elif character == "\x04":
            if not self.characters:
                raise EndOfInput
            del self.characters[self.cursor : self.cursor + 1]
        elif character in "\x7f\x08":
            if self.cursor:
                self.cursor -= 1
                del self.characters[self.cursor]
        elif character == "\x01":
            self.cursor = 0
        elif character == "\x05":
            self.cursor = len(self.characters)
        elif character == "\x15":
            del self.characters[: self.cursor]
            self.cursor = 0
        elif character == "\x0b":
            del self.characters[self.cursor :]
        elif character == "\x17":
            end = self.cursor
            while self.cursor and self.characters[self.cursor - 1][0].isspace():
                self.cursor -= 1
            while self.cursor and not self.characters[self.cursor - 1][0].isspace():
                self.cursor -= 1
            del self.characters[self.cursor : end]

    def prompt(self) -> Prompt:
        """What stands in the line: one segment for each run of typed or of pasted characters."""
        segments: list[Segment] = []
        run, source = "", False
        for character, pasted in self.characters:
            if pasted != source and run:
                segments.append(_segment(run, source))
                run = ""
            run, source = run + character, pasted
        if run:
            segments.append(_segment(run, source))
        return Prompt(tuple(segments))

    def shown(self, width: int) -> tuple[str, int]:
        """The part of the line around the cursor that fits into ``width`` cells, and the cursor's cell in it."""
        from rich.cells import cell_len

        cells = [_visible(character) for character, _ in self.characters]
        start = end = self.cursor
        used = 0
        while start > 0 and used + cell_len(cells[start - 1]) < width:
            start -= 1
            used += cell_len(cells[start])
        column = used
        while end < len(cells) and used + cell_len(cells[end]) < width:
            used += cell_len(cells[end])
            end += 1
        return "".join(cells[start:end]), column


def _segment(text: str, pasted: bool) -> Segment:
    return Segment(text.replace("\r\n", "\n").replace("\r", "\n"), "pasted" if pasted else "typed")


def _visible(character: str) -> str:
    """A character as it is shown: line ends and tabs take one cell, what could steer the terminal takes none."""
    return {"\n": "\u21b5", "\r": "", "\t": " "}.get(character, printable(character))


def can_edit() -> bool:
    """True when stdin and stderr are a terminal on which lines can be edited."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()) or os.environ.get("TERM", "dumb") == "dumb":
        return False
    try:
        import termios  # noqa: F401 - not there on Windows
    except ImportError:
        return False
    return True


def read_prompt(label: str, history: list[Line]) -> Prompt:
    """Read one prompt; without a terminal, one line of stdin, which counts as typed.

    Raises:
        KeyboardInterrupt: Ctrl-C.
        EndOfInput: Ctrl-D, or the end of stdin.
    """
    if not can_edit():
        print(label, end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not sys.stdin.isatty():
            print(printable(line.rstrip("\n")), file=sys.stderr, flush=True)
        if not line:
            raise EndOfInput
        return Prompt((Segment(line.rstrip("\n")),))
    editor = _edit(label, history)
    if editor.characters:
        history.append(editor.characters)
    return editor.prompt()


def _edit(label: str, history: list[Line]) -> Editor:
    import select
    import shutil
    import termios
    import tty

    descriptor, editor = sys.stdin.fileno(), Editor(history)
    before = termios.tcgetattr(descriptor)
    try:
        tty.setraw(descriptor)
        sys.stderr.write(ENABLE_PASTE)
        while not editor.done:
            text, column = editor.shown(max(8, shutil.get_terminal_size().columns - len(label)))
            sys.stderr.write(f"\r{label}{text}\x1b[K\r\x1b[{len(label) + column}C")
            sys.stderr.flush()
            burst = os.read(descriptor, 1 << 16)
            while burst and len(burst) < MAX_BURST and select.select([descriptor], [], [], SILENCE_SECONDS)[0]:
                more = os.read(descriptor, 1 << 16)
                if not more:
                    break
                burst += more
            if not burst:
                raise EndOfInput
            editor.feed(burst)
    finally:
        sys.stderr.write(DISABLE_PASTE + "\r\n")
        sys.stderr.flush()
        termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)
    return editor
