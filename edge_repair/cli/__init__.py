"""The ``edge-repair`` command: one small file a command, imported when it is used.

JSON goes to stdout, everything for people to stderr (answers of the model excepted). An error is one line and a stable
exit code: that of the ``EdgeRepairError``; 2 for wrong options; 70 for a defect of ours; 130 for Ctrl-C.
"""

import errno
import os
import sys
import traceback
from importlib import import_module

import click

from edge_repair import __version__
from edge_repair.cli.options import State
from edge_repair.cli.terminal import emit, printable
from edge_repair.errors import EdgeRepairError, StoreError, UsageError

COMMANDS = ("demo", "chat", "ask", "forget", "plan", "repairs", "bake", "certify", "models", "doctor", "eval")
DEFECT = 70
INTERRUPTED = 130
# A disk that takes no more can show anywhere: in the store, in a cache, in the folder for temporary files.
_NO_ROOM = (errno.ENOSPC, errno.EROFS, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))


class _Commands(click.Group):
    """Finds a command in the module of its name."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        return import_module(f"edge_repair.cli.{name}").command if name in COMMANDS else None


@click.group(cls=_Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="edge-repair", message="%(prog)s %(version)s")
@click.pass_context
def group(context: click.Context) -> None:
    """Make a local GGUF model forget, in the chat, offline, and undo it to the last bit.

    Start with "edge-repair demo", then "edge-repair chat".
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def run(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code; never raises."""
    state = State()
    try:
        # Not group.main: that one turns Ctrl-C and closed pipes into its own messages and codes.
        given = sys.argv[1:] if arguments is None else list(arguments)
        with group.make_context("edge-repair", given, obj=state) as context:
            code = group.invoke(context)
        sys.stdout.flush()  # a reader that has gone shows here, and not at the interpreter's end
        return code or 0
    except click.exceptions.Exit as end:
        return end.exit_code
    except EdgeRepairError as problem:
        return _failed(state, str(problem), problem.exit_code)
    except click.ClickException as problem:
        state.as_json = state.as_json or "--json" in given  # an option that is not known ends the reading of all others
        where = getattr(problem, "ctx", None)
        path = where.command_path if where else "edge-repair"
        return _failed(state, f"{problem.format_message().rstrip('.')}; see '{path} --help'", UsageError.exit_code)
    except (KeyboardInterrupt, click.Abort):
        return _failed(state, "interrupted", INTERRUPTED)
    except BrokenPipeError:  # the reader of our output has gone, as in "edge-repair models | head -1"
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as problem:
        if problem.errno not in _NO_ROOM:
            return _unforeseen(state, problem)
        where = f" ({problem.filename})" if problem.filename else ""
        what = f"{problem.strerror}{where}; nothing was changed. Make room, or set --store, EDGE_REPAIR_MODELS or TMPDIR elsewhere"
        return _failed(state, what, StoreError.exit_code)
    except Exception as problem:  # noqa: BLE001 - the last resort, so that nobody meets a traceback unasked
        return _unforeseen(state, problem)


def _unforeseen(state: State, problem: Exception) -> int:
    hint = "" if state.debug else " (a defect of edge_repair; --debug shows the traceback)"
    return _failed(state, f"unexpected {type(problem).__name__}: {problem}{hint}", DEFECT)


def _failed(state: State, message: str, code: int) -> int:
    if state.debug:
        traceback.print_exc()
    line = printable(" ".join(message.split()))
    print(f"edge-repair: error: {line}", file=sys.stderr)
    if state.as_json:
        emit({"error": line, "exit_code": code})
    return code


def main() -> None:
    """Entry point of the console script."""
    sys.exit(run())
