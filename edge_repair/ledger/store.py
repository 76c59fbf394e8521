"""The folder of a store: connections for reading, transactions for writing, and tidying up after both."""

import os
import secrets
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_repair.adapters import BaseIdentity
from edge_repair.adapters.files import TEMPORARY, make_folder, open_plain, remove_quietly, write_atomically
from edge_repair.errors import StoreError
from edge_repair.ledger import database
from edge_repair.ledger.objects import Derived, Objects

WAIT_SECONDS = 30.0
_KEY_BYTES = 32
_ABANDONED_SECONDS = 3600.0
_ENTRIES = {name: stat.S_ISREG for name in ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "ledger.sqlite-journal", "key")}
_ENTRIES |= {name: stat.S_ISDIR for name in ("adapters", "imprints", "routes", "cache")}


class Store:
    """One folder. Nothing is held open between calls, so it can be copied or removed while no call is under way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.adapters = Objects(folder / "adapters", ".gguf")
        self.imprints = Objects(folder / "imprints", ".imprint")
        self.routes = Derived(folder / "routes", ".route")  # of imprints
        self._database = folder / "ledger.sqlite"
        self._writers: set[int] = set()  # threads that are inside ``transaction``

    @property
    def writable(self) -> bool:
        """Whether the store (or, before it exists, the folder above it) can be written as far as one can tell."""
        place = self.folder
        while not os.path.exists(place) and place != place.parent:
            place = place.parent
        return os.access(place, os.W_OK) and (not os.path.exists(self._database) or os.access(self._database, os.W_OK))

    def check(self) -> None:
        """Check the whole database, finish what a dead process left undone, and bring an older store up to date.

        Raises:
            StoreError: damaged, hostile, made by a newer version, or unreadable.
        """
        with database.in_words(self.folder):
            if os.path.exists(self.folder) and not os.path.isdir(self.folder):
                raise NotADirectoryError(20, "Not a directory")
            self._check_entries()
        pending = False
        with self.reading() as connection:
            if connection is None:
                return
            with database.in_words(self.folder):
                if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                    raise sqlite3.DatabaseError("malformed")
                pending = len(database.applied(connection)) < len(database.MIGRATIONS)
        if pending:
            with self.transaction(None, WAIT_SECONDS):
                pass
        elif self.writable:
            self.collect(wait_seconds=0.0)

    def _check_entries(self) -> None:
        """Refuse links, pipes and devices in the store: it may come from elsewhere, and others' files are none of ours.

        The folder of the store itself may be a link.
        """
        for name, is_right in _ENTRIES.items():
            try:
                mode = os.lstat(self.folder / name).st_mode
            except (FileNotFoundError, NotADirectoryError):
                continue
            if not is_right(mode):
                what = "a link" if stat.S_ISLNK(mode) else "something else"
                raise StoreError(f"{name} in the store is {what}, not a plain {'folder' if is_right is stat.S_ISDIR else 'file'}. Put it right, or choose another store.")

    def key(self) -> bytes | None:
        """The key of the hashes of subjects; None before the first repair, or when it was lost."""
        try:
            with open_plain(self.folder / "key") as file:
                key = file.read(_KEY_BYTES + 1)
        except OSError:
            return None
        return key if len(key) == _KEY_BYTES else None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """A connection that sees one committed state, whatever is written meanwhile; None while there is no database.

        Raises:
            StoreError: the database cannot be read.
        """
        connection = None
        with database.in_words(self.folder):
            if os.path.exists(self._database):
                connection = self._connect_for_reading()
                if not database.applied(connection):
                    connection.close()
                    connection = None
        try:
            with database.in_words(self.folder):
                yield connection
        finally:
            if connection is not None:
                _close(connection)

    def _connect_for_reading(self) -> sqlite3.Connection:
        problem: sqlite3.OperationalError | None = None
        if self.writable:
            try:
                return self._begin_reading(read_only=False)
            except sqlite3.OperationalError as refusal:
                if "locked" in str(refusal):
                    raise
                problem = refusal
        # SQLite wants to write its index beside the file even to read. Without that, only the main file can be read,
        # which is the whole truth if the log is empty; and it is emptied after every transaction.
        log = self._database.with_name(self._database.name + "-wal")
        if log.exists() and log.stat().st_size:
            raise problem or StoreError(
                "the store can only be read, and a process died while writing it. Open it once where it can be written."
            )
        return self._begin_reading(read_only=True)

    def _begin_reading(self, read_only: bool) -> sqlite3.Connection:
        connection = database.connect(self._database, WAIT_SECONDS, read_only)
        try:
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here on, one state is seen
            return connection
        except BaseException:
            _close(connection)
            raise

    @contextmanager
    def transaction(self, base: BaseIdentity | None, wait_seconds: float) -> Iterator[sqlite3.Connection]:
        """Be the only writer until the block ends, then commit; when the block raises, nothing has changed.

        Args:
            base: made known to the store, if it is not yet.
            wait_seconds: how long to wait for another writer.

        Raises:
            StoreError: the store cannot be written, or another process went on writing.
            RuntimeError: this thread is already inside such a block.
        """
        thread = threading.get_ident()
        if thread in self._writers:
            raise RuntimeError("this thread is already writing to the ledger")
        self._writers.add(thread)
        connection = None
        try:
            with database.in_words(self.folder):
                connection = self._begin_writing(base, wait_seconds)
            yield connection
            with database.in_words(self.folder):
                connection.execute("COMMIT")
        except BaseException:
            if connection is not None:
                _close(connection)  # which rolls back
                self.collect(wait_seconds=0.0)
            raise
        else:
            # The state has changed. What follows is tidying: if it fails, the next writer does it.
            _close(connection)
            self.collect(wait_seconds=0.0)
        finally:
            self._writers.discard(thread)

    def _begin_writing(self, base: BaseIdentity | None, wait_seconds: float) -> sqlite3.Connection:
        if not self.writable:
            raise OSError(30, "Read-only file system")
        make_folder(self.folder)
        database.create(self._database)
        connection = database.connect(self._database, wait_seconds)
        try:
            database.set_journal(connection, wait_seconds)
            connection.execute("BEGIN IMMEDIATE")
            database.migrate(connection)
            if self.key() is None:
                write_atomically(self.folder / "key", secrets.token_bytes(_KEY_BYTES))
            if base is not None:
                row = (base.fingerprint, base.name)
                connection.execute("INSERT OR IGNORE INTO bases (fingerprint, name) VALUES (?, ?)", row)
            return connection
        except BaseException:
            _close(connection)
            raise

    def collect(self, wait_seconds: float) -> bool:
        """Remove files that nothing refers to and empty the log, as the only writer, if that can be had in time.

        Returns:
            True when nothing that was deleted is left in any file of the store.
        """
        deadline = time.monotonic() + wait_seconds
        try:
            connection = database.connect(self._database, wait_seconds)
        except database.ERRORS:
            return False
        try:
            connection.execute("BEGIN IMMEDIATE")
            clean = True
            if database.applied(connection):
                imprints = {name for (name,) in connection.execute("SELECT imprint FROM repairs")}
                rows = connection.execute("SELECT adapter, previous_adapter FROM bases")
                adapters = {name for row in rows for name in row}
                clean = self.imprints.collect(imprints) & self.routes.collect(imprints) & self.adapters.collect(adapters)
            for name in os.listdir(self.folder):
                if name.startswith("key.") and name.endswith(TEMPORARY):
                    remove_quietly(self.folder / name)
            self._collect_cache()
            connection.execute("COMMIT")
            connection.execute("PRAGMA busy_timeout=100")
            while not database.checkpoint(connection):
                if time.monotonic() >= deadline:
                    return False
            return clean
        except (*database.ERRORS, OSError, StoreError):
            return False
        finally:
            _close(connection)

    def _collect_cache(self) -> None:
        """Remove what dead processes left in the cache; what is written there needs no lock, so a young file is left alone."""
        for path in (self.folder / "cache").glob(f"*/*{TEMPORARY}"):
            try:
                if abs(time.time() - path.lstat().st_mtime) > _ABANDONED_SECONDS:
                    path.unlink()
            except OSError:
                pass


def _close(connection: sqlite3.Connection) -> None:
    """Close, which rolls back what is not committed; nothing is left to do if that fails."""
    try:
        connection.close()
    except database.ERRORS:
        pass
