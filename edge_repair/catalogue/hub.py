"""Gets a GGUF from the Hugging Face hub, into the hub's own cache, where ``scan`` finds it. An extra: edge_repair[hub]."""

from pathlib import Path

from edge_repair.errors import DownloadError


def is_hub_name(name: str) -> bool:
    """Whether a name is of the form ``owner/repository`` or ``owner/repository/file.gguf``."""
    parts = name.split("/")
    return len(parts) >= 2 and all(parts) and not name.startswith((".", "~"))


def pull_from_hub(name: str) -> Path:
    """Download ``owner/repository/file.gguf``; the hub's library resumes, shows progress, and checks the size.

    Raises:
        DownloadError: the extra is not installed, the hub cannot be reached, or there is no such file; for a name
            without a file, the message lists the GGUFs of the repository.
    """
    owner, repository, *rest = name.split("/")
    try:
        from huggingface_hub import HfApi, hf_hub_download
    except ImportError:
        raise DownloadError(
            f"{name} is on the Hugging Face hub, whose library is not installed; run: pip install 'edge_repair[hub]'"
        ) from None
    try:
        if rest:
            return Path(hf_hub_download(f"{owner}/{repository}", "/".join(rest)))
        files = [file for file in HfApi().list_repo_files(f"{owner}/{repository}") if file.endswith(".gguf")]
    except Exception as problem:  # noqa: BLE001 - the library passes on whatever its HTTP client raises
        raise DownloadError(_why(name, problem)) from problem
    if not files:
        raise DownloadError(f"{name} holds no GGUF; look for a repository whose name ends with GGUF")
    raise DownloadError(f"say which file of {name}: {', '.join(f'{name}/{file}' for file in sorted(files)[:8])}")


def _why(name: str, problem: Exception) -> str:
    """One line for whatever the hub's library raised."""
    kind = type(problem).__name__
    text = " ".join(str(problem).split())[:160]
    if kind in ("EntryNotFoundError", "RemoteEntryNotFoundError"):
        return f"there is no file {name} on the hub; 'edge-repair models pull owner/repository' lists what is there"
    if kind in ("RepositoryNotFoundError", "GatedRepoError", "RevisionNotFoundError", "HFValidationError"):
        return f"there is no public repository for {name} on the hub; check its name, or log in with 'hf auth login'"
    if kind in ("LocalEntryNotFoundError", "OfflineModeIsEnabled") or "onnect" in kind or "Timeout" in kind:
        return f"the hub cannot be reached and {name} is not in its cache; connect to the network and try again"
    return f"the hub did not give {name} ({kind}: {text}); try again"
