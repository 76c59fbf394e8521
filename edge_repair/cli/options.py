"""The options that every command takes, packed into one object."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from edge_repair.session import Session


@dataclass
class State:
    """What the handler of errors must know of a command that it did not see run."""

    debug: bool = False
    as_json: bool = False


@dataclass(frozen=True)
class Settings:
    """The options of every command.

    Attributes:
        model: path or short name, or None for the default (see ``catalogue.resolve``).
        store: folder of the repairs, or None for the default.
        threads: threads of llama.cpp, or None for the default.
        lora: the user's own LoRA adapter, or None.
        routed: attach to each conversation only the repairs that it calls.
        as_json: one JSON object on stdout.
    """

    model: str | None
    store: Path | None
    threads: int | None
    lora: Path | None
    as_json: bool
    routed: bool = True

    def model_path(self) -> Path:
        """The model file that is meant. Raises ModelError."""
        from edge_repair.catalogue import resolve

        return resolve(self.model)

    def open_session(self, progress: Callable[[str, int, int], None], **options: Any) -> "Session":
        """Open the session that the options describe; see ``Session.open``."""
        path = self.model_path()  # before the imports below, which take a second
        from edge_repair.session import Session

        return Session.open(path, self.store, threads=self.threads, lora=self.lora, routed=self.routed, progress=progress, **options)


def _note(name: str) -> Callable[[click.Context, click.Parameter, bool], bool]:
    """A callback that also tells the state of the whole run, which outlives the command."""

    def note(context: click.Context, parameter: click.Parameter, value: bool) -> bool:
        if isinstance(context.obj, State):
            setattr(context.obj, name, value)
        return value

    return note


_OPTIONS = (
    click.option("-m", "--model", metavar="MODEL", help="Path of a GGUF, or a name that 'edge-repair models' shows."),
    click.option(
        "--store",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="EDGE_REPAIR_STORE",
        help="Folder of the repairs (or EDGE_REPAIR_STORE; default: the platform's data folder).",
    ),
    click.option(
        "--lora",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A LoRA adapter (GGUF) that you run the model with; repairs go on top of it.",
    ),
    click.option(
        "--routed/--together",
        default=True,
        envvar="EDGE_REPAIR_ROUTED",
        help="Attach to each conversation only the repairs that it calls (default; what calls none is answered by the untouched model), or all of them together, as in any other llama.cpp program.",
    ),
    click.option("--threads", type=click.IntRange(1, 256), help="Threads of llama.cpp (default: the cores less one; of two cores both, for many questions at once)."),
    click.option(
        "--json", "as_json", is_flag=True, is_eager=True, callback=_note("as_json"), help="Print one JSON object."
    ),
    click.option(
        "--debug", is_flag=True, is_eager=True, expose_value=False, callback=_note("debug"), help="Show tracebacks."
    ),
)


surgeon_option = click.option(
    "--surgeon", metavar="MODEL", help="An instruct GGUF (path or short name) that reads the request, checked; where it fails, the default reads."
)


def procedures_option(help_text: str) -> Callable[..., Any]:
    """``--procedure FILE``, repeatable; the command gets ``procedure_files``."""
    return click.option(
        "--procedure",
        "procedure_files",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        multiple=True,
        help=f"{help_text} Repeatable.",
    )


def settings(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the common options; it gets them as a ``Settings``, its first argument."""

    @wraps(function)
    def packed(model, store, threads, lora, as_json, routed, **arguments):  # type: ignore[no-untyped-def]
        return function(Settings(model, store, threads, lora, as_json, routed), **arguments)

    for option in reversed(_OPTIONS):
        packed = option(packed)
    return packed


class ListsByDefault(click.Group):
    """A group whose ``list`` is what it does when no command is named."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        if not arguments or arguments[0].startswith("-") and arguments[0] not in context.help_option_names:
            arguments = ["list", *arguments]
        return super().parse_args(context, arguments)
