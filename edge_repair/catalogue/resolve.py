"""From what the user said (or did not say) to the model file that is meant."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from edge_repair.catalogue.known import DEFAULT, PULLABLE, SHIPPED, shipped_patient
from edge_repair.catalogue.scan import scan
from edge_repair.errors import ModelError


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def resolve(name_or_path: str | os.PathLike | None = None, say: Callable[[str], None] = _say) -> Path:
    """Return the model file to use.

    In this order: ``name_or_path``; the environment variable ``EDGE_REPAIR_MODEL``; the pulled SmolLM2; the small
    shipped patient, which one line says. A name is a path, ``smollm2``, ``patient``, or a name that
    ``edge-repair models`` shows. The file's content is not looked at here.

    Args:
        name_or_path: what ``-m`` was given, or None.
        say: gets the one line about the shipped patient; by default it goes to stderr.

    Raises:
        ModelError: no such file or name, or nothing to use at all.
    """
    chosen = name_or_path if name_or_path is not None else os.environ.get("EDGE_REPAIR_MODEL") or None
    if chosen is not None:
        return _named(os.fspath(chosen))
    if DEFAULT.is_pulled:
        return DEFAULT.path
    if shipped_patient().is_file():
        say(
            f"No model chosen and {DEFAULT.name} not pulled: using the small patient that is shipped (invented facts "
            f"only). A real model: 'edge-repair models pull {DEFAULT.name}', or -m with the path of a GGUF."
        )
        return shipped_patient()
    raise ModelError(f"no model: run 'edge-repair models pull {DEFAULT.name}', or give the path of a GGUF with -m")


def _named(name: str) -> Path:
    if not name.strip():
        raise ModelError("the name of the model is empty; give a path or a name with -m, see 'edge-repair models'")
    if name in PULLABLE:
        if not PULLABLE[name].is_pulled:
            raise ModelError(f"{name} has not been pulled yet; run 'edge-repair models pull {name}'")
        return PULLABLE[name].path
    if name == SHIPPED:
        if not shipped_patient().is_file():
            raise ModelError(f"the shipped patient is missing ({shipped_patient().name}); install edge_repair again")
        return shipped_patient()
    path = Path(name).expanduser()
    if path.is_file():
        return path
    if path.is_dir():
        raise ModelError(f"{name} is a folder; give the path of a GGUF file in it with -m")
    if path.suffix.lower() == ".gguf" or len(path.parts) > 1 and path.parent.is_dir():
        raise ModelError(f"there is no file {name}; see 'edge-repair models' for what is on this machine")
    models = scan()
    # Ollama's people leave the tag away where it is "latest".
    found = [model for model in models if model.name == name] or [model for model in models if model.name == f"{name}:latest"]
    if found:
        return found[0].path
    raise ModelError(f"there is no model named {name}; see 'edge-repair models' for the names, or give a path")
