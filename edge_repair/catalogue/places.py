"""Where other programs keep their GGUFs. Files are only read where they are."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from edge_repair.catalogue.known import PULLABLE, SHIPPED, models_folder, shipped_patient

Place = tuple[str, str, Path]  # name for -m, which program's cache, file
MAX_FILES = 2000  # of one folder; a cache that holds more is not listed to its end
OLLAMA_SERVICE = Path("/usr/share/ollama/.ollama/models")  # where Ollama's own installer for Linux lets its service keep them


def _folder(variable: str, default: Path) -> Path:
    chosen = os.environ.get(variable)
    return Path(chosen).expanduser() if chosen else default


def _dot_cache() -> Path:
    return _folder("XDG_CACHE_HOME", Path.home() / ".cache")


def _ggufs(folder: Path, pattern: str = "**/*.gguf") -> list[Path]:
    """GGUFs below a folder, sorted; projectors of multimodal models and vocabulary-only test files are not models."""
    found: list[Path] = []
    try:
        for path in folder.glob(pattern):
            if path.is_file() and not path.name.startswith(("mmproj", "ggml-vocab")):
                found.append(path)
                if len(found) == MAX_FILES:
                    break
    except (OSError, ValueError):
        pass  # a folder that may not be read, or cannot be one, holds nothing for us
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
    """What ``llama-cli -hf`` and ``llama-server`` downloaded; their newest versions use Hugging Face's cache instead."""
    caches = Path.home() / "Library" / "Caches" if sys.platform == "darwin" else _dot_cache()
    if os.name == "nt":
        caches = _folder("LOCALAPPDATA", caches)
    for path in _ggufs(_folder("LLAMA_CACHE", caches / "llama.cpp")):
        yield path.stem, "llama.cpp", path


def hugging_face() -> Iterator[Place]:
    """The Hugging Face hub's cache: ``models--owner--name/snapshots/<revision>/<file>``; files are links to blobs."""
    hub = _folder("HF_HOME", _dot_cache() / "huggingface") / "hub"
    folder = _folder("HF_HUB_CACHE", _folder("HUGGINGFACE_HUB_CACHE", hub))  # the second is its older name
    for path in _ggufs(folder, "models--*/snapshots/*/**/*.gguf"):
        yield path.stem, "Hugging Face", path


def lm_studio() -> Iterator[Place]:
    """LM Studio's folders, chosen, new and old: ``<publisher>/<repository>/<file>``."""
    folders: list[Path] = []
    for home in (Path.home() / ".lmstudio", Path.home() / ".cache" / "lm-studio"):
        try:  # the folder that the person chose in its window
            chosen = json.loads((home / "settings.json").read_bytes())["downloadsFolder"]
            folders += [Path(chosen)] if chosen else []
        except (OSError, ValueError, KeyError, TypeError):
            pass
        folders.append(home / "models")
    for folder in folders:
        for path in _ggufs(folder):
            yield path.stem, "LM Studio", path


def ollama() -> Iterator[Place]:
    """Ollama's blobs, in the person's folder and in that of the system's service."""
    chosen = os.environ.get("OLLAMA_MODELS")
    for folder in [Path(chosen).expanduser()] if chosen else [Path.home() / ".ollama" / "models", OLLAMA_SERVICE]:
        yield from _ollama_in(folder)


def _ollama_in(folder: Path) -> Iterator[Place]:
    """Blobs, named by their manifests as ``ollama list`` names them.

    ``manifests/<registry>/<owner>/<model>/<tag>`` names the model layer.
    """
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
                yield _ollama_name(*manifest.parts[-4:]), "Ollama", blob
    for blob in blobs:
        if blob not in named and _is_gguf(blob):
            yield blob.name[:19], "Ollama", blob


def _ollama_name(registry: str, owner: str, model: str, tag: str) -> str:
    """For instance "llama3.2:1b", "someone/model:latest", "hf.co/someone/model:Q4_K_M"."""
    name = f"{model}:{tag}" if owner == "library" else f"{owner}/{model}:{tag}"
    return name if registry == "registry.ollama.ai" else f"{registry}/{owner}/{model}:{tag}"


def _is_gguf(path: Path) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(4) == b"GGUF"
    except OSError:
        return False


EVERYWHERE = (ours, current_folder, llama_cpp, hugging_face, lm_studio, ollama)
