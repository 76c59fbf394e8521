"""Where other programs keep their GGUFs. Files are only read where they are."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from edge_repair.catalogue.known import PULLABLE, SHIPPED, models_folder, shipped_patient

Place = tuple[str, str, Path]  # name for -m, which program's cache, file
MAX_FILES = 2000  # of one folder; a cache that holds more is not listed to its end


def _folder(variable: str, default: Path) -> Path:
    chosen = os.environ.get(variable)
    return Path(chosen).expanduser() if chosen else default


def _ggufs(folder: Path, pattern: str = "**/*.gguf") -> list[Path]:
    """GGUFs below a folder, sorted; projectors of multimodal models and vocabulary-only test files are not models."""
    found: list[Path] = []
    try:
        for path in folder.glob(pattern):
            if path.is_file() and not path.name.startswith(("mmproj", "ggml-vocab")):
                found.append(path)
                if len(found) == MAX_FILES:
                    break
    except OSError:
        pass  # a folder that may not be read holds nothing for us
    return sorted(found)


def ours() -> Iterator[Place]:
    """Models with a short name, and other GGUFs that were put into our cache."""
    known = {model.path: name for name, model in PULLABLE.items() if model.is_pulled}
    for path in _ggufs(models_folder(), "*.gguf"):
        yield known.get(path, path.stem), "edge_repair", path
    if shipped_patient().is_file():
        yield SHIPPED, "shipped", shipped_patient()


def current_folder() -> Iterator[Place]:
    """GGUFs in the current folder; their name is their path from here."""
    for path in _ggufs(Path.cwd(), "*.gguf"):
        yield path.name, "current folder", path


def llama_cpp() -> Iterator[Place]:
    """What ``llama-cli -hf`` and ``llama-server`` downloaded."""
    folder = _folder("LLAMA_CACHE", Path.home() / ".cache" / "llama.cpp")
    for path in _ggufs(folder):
        yield path.stem, "llama.cpp", path


def hugging_face() -> Iterator[Place]:
    """The Hugging Face hub's cache: ``models--owner--name/snapshots/<revision>/<file>``; files are links to blobs."""
    home = _folder("HF_HOME", Path.home() / ".cache" / "huggingface")
    for path in _ggufs(_folder("HF_HUB_CACHE", home / "hub"), "models--*/snapshots/*/**/*.gguf"):
        yield path.stem, "Hugging Face", path


def lm_studio() -> Iterator[Place]:
    """LM Studio's folders, new and old: ``<publisher>/<repository>/<file>``."""
    for folder in (Path.home() / ".lmstudio" / "models", Path.home() / ".cache" / "lm-studio" / "models"):
        for path in _ggufs(folder):
            yield path.stem, "LM Studio", path


def ollama() -> Iterator[Place]:
    """Ollama's blobs, named by its manifests: ``manifests/<registry>/<owner>/<model>/<tag>`` names the model layer."""
    folder = _folder("OLLAMA_MODELS", Path.home() / ".ollama" / "models")
    named: set[Path] = set()
    try:
        manifests = sorted(path for path in (folder / "manifests").glob("*/*/*/*") if path.is_file())[:MAX_FILES]
        blobs = sorted((folder / "blobs").glob("sha256-*"))[:MAX_FILES]
    except OSError:
        return
    for manifest in manifests:
        try:
            layers = json.loads(manifest.read_bytes())["layers"]
            digests = [layer["digest"] for layer in layers if layer["mediaType"].endswith("image.model")]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # not a manifest that we understand: its blob is listed without a name below
        for digest in digests:
            blob = folder / "blobs" / str(digest).replace(":", "-").replace("/", "-")
            if blob.is_file():
                named.add(blob)
                owner, model, tag = manifest.parts[-3:]
                yield (f"{model}:{tag}" if owner == "library" else f"{owner}/{model}:{tag}"), "Ollama", blob
    for blob in blobs:
        if blob not in named and _is_gguf(blob):
            yield blob.name[:19], "Ollama", blob


def _is_gguf(path: Path) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(4) == b"GGUF"
    except OSError:
        return False


EVERYWHERE = (ours, current_folder, llama_cpp, hugging_face, lm_studio, ollama)
