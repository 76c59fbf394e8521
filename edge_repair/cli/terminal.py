"""What is written to the terminal and read from it. Text from models and files is made harmless first."""

import json
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

STAGES = {
    "open": "opening the model",
    "statistics": "statistics of this model (once)",
    "download": "downloading",
    "extract": "unpacking and checking",
}


def printable(text: str) -> str:
    """The text without control characters (newline and tab stay): a model must not steer the terminal.

    Format characters that turn the direction of writing go too; joiners, which emoji and some scripts need, stay.
    """
    kept = "\n\t\u200c\u200d"
    return "".join(c for c in text if c in kept or unicodedata.category(c) not in ("Cc", "Cf", "Cs"))


def say(text: str = "", end: str = "\n") -> None:
    """A line for people, on stderr."""
    print(printable(text), end=end, file=sys.stderr, flush=True)


def emit(data: Any) -> None:
    """The one JSON object of a command, on stdout."""
    print(json.dumps(data, ensure_ascii=False, indent=2, default=str), flush=True)


def console() -> "Console":
    """A rich console on stderr, which prints text as it is."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def confirm(question: str) -> bool:
    """Ask on stderr and read a line; only a clear yes is one, and the end of input is a no."""
    say(f"{question} [y/N] ", end="")
    if sys.stdin.isatty():
        _drop_what_was_typed_ahead()
    answer = sys.stdin.readline()
    if not sys.stdin.isatty():
        say(answer.strip())  # so that a log of a script shows what was answered
    return answer.strip().casefold() in ("y", "yes")


def _drop_what_was_typed_ahead() -> None:
    """An answer given before the question was there (the tail of a paste, say) is none."""
    try:
        import termios
    except ImportError:
        return
    termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


class Stages:
    """Shows the progress of a long job, stage by stage: bars on a terminal, one line a stage elsewhere."""

    def __init__(self) -> None:
        self._bars: Any = None
        self._tasks: dict[str, Any] = {}
        self._current = ""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Report ``done`` of ``total`` (0: unknown) in a stage; this is the ``progress`` of a session."""
        if sys.stderr.isatty():
            self._bar(stage, done, total)
        elif stage != self._current:
            say(f"... {STAGES.get(stage, stage)}")
        self._current = stage

    def _bar(self, stage: str, done: int, total: int) -> None:
        if self._bars is None:
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (TextColumn("  {task.description:<34}", markup=False), BarColumn(24), TimeElapsedColumn())
            self._bars = Progress(*columns, console=console(), transient=False)
            self._bars.start()
        if stage != self._current and self._current:
            self._fill(self._current)
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(STAGES.get(stage, stage), total=total or None)
        self._bars.update(self._tasks[stage], completed=done, total=total or None)

    def _fill(self, stage: str) -> None:
        """A stage that another one follows is over, whatever it last reported."""
        self._bars.update(self._tasks[stage], completed=1, total=1)

    def end(self, finished: bool = True) -> None:
        """Take the bars down, the last one full unless its stage did not finish; the next report starts new ones."""
        if self._bars is not None:
            if finished:
                self._fill(self._current)
            self._bars.stop()
        self._bars, self._tasks, self._current = None, {}, ""


@contextmanager
def showing() -> Iterator[Stages]:
    """Stages that are taken down at the end, whatever happens."""
    stages, finished = Stages(), False
    try:
        yield stages
        finished = True
    finally:
        stages.end(finished)
