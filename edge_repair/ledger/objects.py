"""Content-addressed files: the name of each is the SHA-256 of its bytes, so that it cannot change unseen."""

import hashlib
import os
import re
from collections.abc import Collection
from pathlib import Path

from edge_repair.adapters.files import TEMPORARY, flush_folder, open_plain, remove_quietly, write_atomically

MAX_IMPRINT = 1 << 30
_NAME = re.compile(r"[0-9a-f]{64}")


class Objects:
    """One folder of such files, all with the same ending."""

    def __init__(self, folder: Path, suffix: str) -> None:
        self.folder = folder
        self.suffix = suffix

    def path(self, sha256: str) -> Path:
        """Where the file of this hash is or would be.

        Raises:
            ValueError: not a SHA-256, so possibly a path that leads elsewhere.
        """
        if not isinstance(sha256, str) or not _NAME.fullmatch(sha256):
            raise ValueError("not a SHA-256")
        return self.folder / (sha256 + self.suffix)

    def put(self, data: bytes) -> str:
        """Store bytes durably and return their hash. What is there already in good order is left as it is.

        Raises:
            OSError: they were not stored.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        if self.get(sha256) == data:
            flush_folder(self.folder)
        else:
            write_atomically(self.path(sha256), data)
        return sha256

    def get(self, sha256: str) -> bytes | None:
        """The bytes of this hash, or None when they are missing, unreadable or altered."""
        data = self._read(sha256)
        return data if data is not None and hashlib.sha256(data).hexdigest() == sha256 else None

    def _read(self, sha256: str) -> bytes | None:
        """Whatever is in the file of this name, or None."""
        try:
            with open_plain(self.path(sha256)) as file:
                return None if os.fstat(file.fileno()).st_size > MAX_IMPRINT else file.read()
        except (OSError, ValueError):
            return None

    def collect(self, keep: Collection[str]) -> bool:
        """Remove the files of all other hashes and temporary files that a dead process left.

        Returns:
            True when nothing that should go is left.
        """
        clean = True
        try:
            names = os.listdir(self.folder)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        for name in names:
            digest = name.removesuffix(self.suffix)
            ours = name.endswith(TEMPORARY) or (name.endswith(self.suffix) and _NAME.fullmatch(digest))
            if ours and digest not in keep:
                remove_quietly(self.folder / name)
                clean = clean and not (self.folder / name).exists()
        return clean


class Derived(Objects):
    """Files named by the SHA-256 of what they were computed from; each begins with the SHA-256 of the rest of it."""

    def keep(self, source: str, data: bytes) -> None:
        """Store what was computed from the object of this hash. Raises OSError, ValueError."""
        write_atomically(self.path(source), hashlib.sha256(data).digest() + data)

    def get(self, sha256: str) -> bytes | None:
        """What was computed from the object of this hash, or None when it is missing, unreadable or altered."""
        found = self._read(sha256)
        if found is None:
            return None
        digest, data = found[:32], found[32:]
        return data if hashlib.sha256(data).digest() == digest else None
