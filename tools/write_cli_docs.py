#!/usr/bin/env python3
"""Write docs/cli.md: the --help of every command, in one page. A test says when the page is stale."""

from collections.abc import Iterator
from pathlib import Path

import click

from edge_repair.cli import group

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cli.md"
WIDTH = 100
HEAD = """\
# The commands

Written by `tools/write_cli_docs.py` from the `--help` of every command.

Answers of the model and the object of `--json` go to stdout, everything else to stderr. An error is one line,
`edge-repair: error: ...`, and an exit code (with `--json` also an object with `error` and `exit_code`):

| code | meaning |
|---|---|
| 0 | done |
| 1 | `demo` or `doctor`: something did not hold, or is wrong; `forget`, `repairs import`: it was declined |
"""


def commands(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """The path and the help text of a command and of all below it."""
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            with click.Context(below, info_name=name, parent=context, terminal_width=WIDTH) as inner:
                yield from commands(below, inner)


def page() -> str:
    """The whole page."""
    from edge_repair import errors
    from edge_repair.cli import DEFECT, INTERRUPTED

    lines = [HEAD.rstrip("\n")]
    found = [value for value in vars(errors).values() if isinstance(value, type) and value is not errors.EdgeRepairError]
    for error in sorted(found, key=lambda error: error.exit_code):
        first = " ".join((error.__doc__ or "").split(";")[0].split()).rstrip(".")
        lines.append(f"| {error.exit_code} | `{error.__name__}`: {first} |")
    lines.append(f"| {DEFECT} | a defect of edge_repair; `--debug` shows the traceback |")
    lines.append(f"| {INTERRUPTED} | Ctrl-C |")
    with click.Context(group, info_name="edge-repair", terminal_width=WIDTH, **group.context_settings) as context:
        for path, text in commands(group, context):
            lines += ["", f"## {path}", "", "```text", *(line.rstrip() for line in text.splitlines()), "```"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
