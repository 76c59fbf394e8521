"""The SQLite file: how it is opened, migrated, checked, and how its errors are put into words.

Journal: write-ahead log (WAL). Readers then read the last committed state while a writer writes, and neither waits for
the other; a process that dies leaves nothing to clean up by hand, since locks are the kernel's and the log is replayed
or dropped at the next opening. A rollback journal would block readers during each commit, and would hold, in clear, the
pages as they were before a purge. The log has the same weakness until it is emptied, so it is emptied (``checkpoint``)
after every transaction, before anybody is told that it is done. ``secure_delete`` overwrites what is deleted from the
main file with zeros. Temporary tables stay in memory.

Not covered: what a flash disk, a copying file system or a backup keeps of blocks that were overwritten or freed.
"""

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_repair.errors import StoreError

MIGRATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "m001_initial",
        (
            """CREATE TABLE bases (
                fingerprint TEXT PRIMARY KEY,
                name TEXT NOT NULL,
                sha256 TEXT,
                adapter TEXT,
                previous_adapter TEXT
            )""",
            """CREATE TABLE repairs (
                sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                id TEXT NOT NULL UNIQUE,
                base TEXT NOT NULL,
                status TEXT NOT NULL,
                kind TEXT NOT NULL,
                scope TEXT NOT NULL,
                label TEXT NOT NULL,
                created REAL NOT NULL,
                figures TEXT NOT NULL,
                subject BLOB,
                imprint TEXT,
                words TEXT
            )""",
        ),
    ),
)
# SQLite's message about a damaged schema quotes it, and Python then fails to decode the message.
ERRORS = (sqlite3.Error, UnicodeDecodeError)
_BOOKKEEPING = "CREATE TABLE migrations (name TEXT PRIMARY KEY)"
_SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"


def connect(path: Path, wait_seconds: float, read_only: bool = False) -> sqlite3.Connection:
    """Open the database; ``read_only`` for a disk that cannot be written, where no other process writes either.

    Raises:
        sqlite3.Error: see ``in_words``.
    """
    mode = "mode=ro&immutable=1" if read_only else "mode=rw"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{mode}",
        uri=True,
        timeout=wait_seconds,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        for pragma in (
            "secure_delete=ON",
            "synchronous=FULL",
            "temp_store=MEMORY",
            "trusted_schema=OFF",
            "cell_size_check=ON",
            "mmap_size=0",
        ):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def create(path: Path) -> None:
    """Make an empty, private database file if there is none. The log and its index inherit its permissions."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        pass


def set_journal(connection: sqlite3.Connection, wait_seconds: float) -> None:
    """Switch to the write-ahead log. Where the file system cannot do that, SQLite keeps its rollback journal.

    SQLite does not wait for this switch by itself when another process makes it at the same moment.
    """
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as problem:
            if "locked" not in str(problem) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def migrate(connection: sqlite3.Connection) -> None:
    """Apply the migrations that are missing, inside the caller's transaction."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if not tables:
        connection.execute(_BOOKKEEPING)
    done = applied(connection)
    for name, statements in MIGRATIONS[len(done) :]:
        for statement in statements:
            connection.execute(statement)
        connection.execute("INSERT INTO migrations VALUES (?)", (name,))


def applied(connection: sqlite3.Connection) -> list[str]:
    """Names of the migrations that were applied; none for a database that is still empty.

    Raises:
        StoreError: it was made by a newer version, or is another program's database.
    """
    schema = connection.execute(_SCHEMA).fetchall()
    if not schema:
        return []
    if not any(kind == "table" and name == "migrations" for kind, name, _, _ in schema):
        raise StoreError("the file ledger.sqlite is not a ledger of edge_repair. Choose another store.")
    done = [name for (name,) in connection.execute("SELECT name FROM migrations ORDER BY rowid")]
    known = [name for name, _ in MIGRATIONS]
    if done != known[: len(done)]:
        raise StoreError("the store was written by a newer version of edge_repair. Update edge_repair.")
    if schema != _expected_schema(len(done)):
        # Foreign triggers or views would run inside our own statements.
        raise StoreError("the store holds tables that edge_repair did not make. Restore it from a copy, or remove it.")
    return done


def checkpoint(connection: sqlite3.Connection) -> bool:
    """Move the log into the main file and empty it; False when a reader of another process still needs the log."""
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


@contextmanager
def in_words(folder: Path) -> Iterator[None]:
    """Turn the errors of SQLite and of the disk into a ``StoreError`` of one line."""
    try:
        yield
    except ERRORS as problem:
        reason = "malformed" if isinstance(problem, UnicodeDecodeError) else str(problem)
        if "disk i/o error" in reason.lower() and _is_full(folder):
            reason = "disk is full"
        raise StoreError(f"{folder}: {_explain(reason)}") from None
    except OSError as problem:
        raise StoreError(f"{folder}: {_explain(problem.strerror or str(problem))}") from None
    except StoreError as problem:
        if str(folder) in str(problem):
            raise
        raise StoreError(f"{folder}: {problem}") from None


_EXPLANATIONS = (
    ("locked", "another process is writing to the store. Let it finish, then try again."),
    ("disk is full", "the disk is full, and nothing was changed. Free some space, then try again."),
    ("no space left", "the disk is full, and nothing was changed. Free some space, then try again."),
    ("quota", "the disk quota is used up, and nothing was changed. Free some space, then try again."),
    ("readonly", "the store can only be read. Choose another one with --store, or make it writable."),
    ("read-only", "the store can only be read. Choose another one with --store, or make it writable."),
    ("permission", "there is no permission to use the store. Choose another one with --store."),
    ("not permitted", "there is no permission to use the store. Choose another one with --store."),
    ("not a database", "the file ledger.sqlite is damaged. Restore the store from a copy, or remove it."),
    ("malformed", "the file ledger.sqlite is damaged. Restore the store from a copy, or remove it."),
    ("unable to open", "the file ledger.sqlite cannot be opened. Check the folder, its permissions and the disk."),
    ("not a directory", "is not a folder. Choose another store with --store."),
    ("file exists", "is not a folder. Choose another store with --store."),
)


def _explain(reason: str) -> str:
    for sign, words in _EXPLANATIONS:
        if sign in reason.lower():
            return words
    plain = "".join(character for character in reason[:120] if character.isprintable())
    return f"the store could not be used ({plain}). Check the disk, then try again."


def _is_full(folder: Path) -> bool:
    """Whether the disk of the store has no room left; SQLite calls that an I/O error where it maps its index."""
    try:
        return shutil.disk_usage(folder).free < 1 << 16
    except OSError:
        return False


def _expected_schema(count: int) -> list[tuple]:
    with sqlite3.connect(":memory:", isolation_level=None) as connection:
        connection.execute(_BOOKKEEPING)
        for _, statements in MIGRATIONS[:count]:
            for statement in statements:
                connection.execute(statement)
        schema = connection.execute(_SCHEMA).fetchall()
    connection.close()
    return schema
