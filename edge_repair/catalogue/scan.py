"""Lists the models that are on this machine already, wherever another program put them, and says which can be repaired."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gguf.constants import GGMLQuantizationType, LlamaFileType

from edge_repair.adapters.header import Header, read_header
from edge_repair.catalogue.places import EVERYWHERE
from edge_repair.errors import ModelError
from edge_repair.patient.patient import DENSE_ARCHITECTURES


@dataclass(frozen=True)
class FoundModel:
    """A GGUF on this machine.

    Attributes:
        name: what ``-m`` takes; unique in one listing.
        place: which program's cache it is in.
        path: the file, where it is.
        bytes: its size.
        architecture: ``general.architecture``, or "".
        quantisation: for example "Q4_K_M", or "".
        obstacle: why it cannot be repaired; "" when it can.
    """

    name: str
    place: str
    path: Path
    bytes: int
    architecture: str
    quantisation: str
    obstacle: str

    @property
    def repairable(self) -> bool:
        """True when the header shows nothing against a repair."""
        return not self.obstacle

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "name": self.name,
            "place": self.place,
            "path": str(self.path),
            "bytes": self.bytes,
            "architecture": self.architecture,
            "quantisation": self.quantisation,
            "repairable": self.repairable,
            "obstacle": self.obstacle,
        }


def scan() -> list[FoundModel]:
    """Look into every known place. Only headers are read; nothing is copied, and what cannot be read is listed as such.

    Returns:
        The models, our own first. A file that two places hold (one by a link) is listed once. Where two files would
        have the same name, the later one's name is its path.
    """
    found: list[FoundModel] = []
    files: set[str] = set()
    names: set[str] = set()
    for place in EVERYWHERE:
        for name, program, path in place():
            real = os.path.realpath(path)
            if real in files:
                continue
            files.add(real)
            name = str(path) if name in names else name
            names.add(name)
            found.append(examine(name, program, path))
    return found


def examine(name: str, place: str, path: Path) -> FoundModel:
    """Read one file's header. Never raises: a damaged file is a model with an obstacle."""
    try:
        size = path.stat().st_size
        header = read_header(path)
    except OSError as problem:
        return FoundModel(name, place, path, 0, "", "", f"cannot be read ({problem.strerror})")
    except ModelError as problem:
        reason = str(problem).removeprefix(f"{path}: ").split(". ")[0]
        return FoundModel(name, place, path, size, "", "", reason)
    architecture = header.metadata.get("general.architecture")
    architecture = architecture[:40] if isinstance(architecture, str) and architecture.isprintable() else ""
    return FoundModel(name, place, path, size, architecture, _quantisation(header), _obstacle(header, architecture))


def _obstacle(header: Header, architecture: str) -> str:
    """Why this file cannot be repaired, or "". The rules are those by which ``patient`` refuses it, in the same order."""
    metadata = header.metadata
    if metadata.get("general.type", "model") != "model":
        return f"a GGUF of type {str(metadata['general.type'])[:20]}, not a model"
    parts = metadata.get("split.count", 1)
    if isinstance(parts, int) and parts > 1:
        return f"one part of {parts}; join them with llama-gguf-split --merge"
    blocks = metadata.get(f"{architecture}.block_count")
    if not isinstance(blocks, int) or blocks < 1:
        return "damaged: it does not say how many layers it has"
    experts = metadata.get(f"{architecture}.expert_count", 0)
    if isinstance(experts, int) and experts > 0:
        return f"a mixture of experts ({experts})"
    template = metadata.get("tokenizer.chat_template")
    if not isinstance(template, str) or not template.strip():
        return "no chat template (a base model)"
    if architecture not in DENSE_ARCHITECTURES:
        return f"the architecture {architecture or '(none)'} is not supported"
    return ""


def _quantisation(header: Header) -> str:
    """The name of the file's quantisation; without one in the metadata, the type of most of its weights."""
    file_type = header.metadata.get("general.file_type")
    try:
        return LlamaFileType(file_type).name.removeprefix("MOSTLY_").removeprefix("ALL_")
    except ValueError:
        pass
    sizes: dict[int, int] = {}
    for tensor in header.tensors.values():
        sizes[tensor.ggml_type] = sizes.get(tensor.ggml_type, 0) + tensor.nbytes
    return GGMLQuantizationType(max(sizes, key=lambda kind: sizes[kind])).name if sizes else ""
