"""Files that are either there in full or not at all, and that only their owner can read."""

import errno
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

TEMPORARY = ".temporary"


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that, whatever fails or dies in between, the path holds the old content or all of the new.

    A temporary file in the same folder (mode 0600) is written, flushed to the disk, renamed over ``path``, and the
    folder is flushed, so that the rename survives a loss of power. Missing folders are made with mode 0700.

    Raises:
        OSError: nothing is at ``path`` that was not there before, unless the last flush of the folder failed.
    """
    make_folder(path.parent)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}{TEMPORARY}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, path)
    except BaseException:
        remove_quietly(temporary)
        raise
    flush_folder(path.parent)


def open_plain(path: str | os.PathLike) -> BinaryIO:
    """Open an ordinary file for reading; anything else is refused at once, where ``open`` would wait (a pipe) or never end.

    Raises:
        OSError: missing, unreadable, a folder, a pipe or a device. ValueError: a zero byte in the path.
    """
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    descriptor = os.open(path, flags)
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "is not an ordinary file")
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


@contextmanager
def in_passing(data: bytes) -> Iterator[Path]:
    """A path at which other code of this process can open these bytes while the block lasts.

    On Linux they are in memory only, so that a process that is killed leaves nothing of them; elsewhere they are a file
    (mode 0600) in a private temporary folder, removed at the end.
    """
    descriptor = _in_memory()
    if descriptor is not None:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            yield Path(f"/proc/self/fd/{descriptor}")
        finally:
            os.close(descriptor)
        return
    with tempfile.TemporaryDirectory(prefix="edge-repair-") as folder:
        path = Path(folder) / "passing"
        write_atomically(path, data)
        yield path


def _in_memory() -> int | None:
    """A new file in memory, as its descriptor, where the system has such a thing and a path leads to it."""
    if not hasattr(os, "memfd_create"):
        return None
    try:
        descriptor = os.memfd_create("edge-repair")
    except OSError:  # an old kernel, or one that is told to refuse it
        return None
    if os.path.exists(f"/proc/self/fd/{descriptor}"):
        return descriptor
    os.close(descriptor)
    return None


def make_folder(path: Path) -> None:
    """Make a folder and what is missing above it, each with mode 0700 and flushed; existing ones are left alone."""
    if path.is_dir():
        return
    make_folder(path.parent)
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        if not path.is_dir():
            raise
    flush_folder(path.parent)


def flush_folder(path: Path) -> None:
    """Flush a folder's list of names to the disk, where the platform has such a thing."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_quietly(path: Path) -> None:
    """Remove a file if it is there and can be removed."""
    try:
        os.unlink(path)
    except OSError:
        pass
