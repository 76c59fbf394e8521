"""The ledger: which repairs a model has, their order and state, on disk, atomic and private.

A store is a folder with a database (``ledger.sqlite``), a key (``key``), one *imprint* per repair (``imprints/``), what
says when it is called (``routes/``, computed from the imprint) and
the *combined adapter* of the repairs that are active (``adapters/``), for any number of base models. A ledger is the
store as seen by one base model: it reads, returns and changes only that model's repairs.

Every change happens in a transaction: files first (temporary file, flush, rename, flush of the folder), then the
database's own atomic commit, which is the one moment at which the state changes. A process that dies before it leaves
files that nobody refers to, and the next writer removes them. Nothing ever needs a human.
"""

import hashlib
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge_repair.adapters import AdapterFile, BaseIdentity, validate
from edge_repair.adapters.files import remove_quietly
from edge_repair.errors import AdapterError, RepairNotFoundError, StoreError, UsageError
from edge_repair.ledger import database
from edge_repair.ledger.repair import COLUMNS, Repair, checked_label, from_row, subject_hash
from edge_repair.ledger.store import WAIT_SECONDS, Store
from edge_repair.ledger.transaction import Transaction, active_ids, altered, bind


class Ledger:
    """The repairs of one base model in one store. Safe to use from several threads and processes at once.

    A ledger holds no file open between calls, so a store can be copied or removed whenever no call is under way.
    """

    def __init__(self, store: Store, base: BaseIdentity, keep_text: bool) -> None:
        self._store = store
        self.folder = store.folder
        self.base = base
        self.keep_text = keep_text

    @classmethod
    def open(cls, store: str | os.PathLike | None, base: BaseIdentity, keep_text: bool = False) -> "Ledger":
        """Open the store for one base model. Nothing is made on disk before the first repair is written.

        Args:
            store: folder; None takes ``$EDGE_REPAIR_STORE``, else the platform's folder for user data.
            base: the model whose repairs are meant.
            keep_text: store procedures and outcomes too, that is, what was forgotten in plain words.

        Raises:
            StoreError: the store is damaged, hostile, made by a newer version, or cannot be read.
        """
        if store is None:
            store = os.environ.get("EDGE_REPAIR_STORE") or _default_store()
        opened = Store(Path(store).expanduser().absolute())
        opened.check()
        return cls(opened, base, keep_text)

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is open between calls; here for symmetry."""

    @property
    def cache(self) -> Path:
        """Folder of the store for what can be computed again, such as the full hash of the base file."""
        return self.folder / "cache"

    @property
    def writable(self) -> bool:
        """Whether the store (or, before it exists, the folder above it) can be written as far as one can tell."""
        return self._store.writable

    # ---- reading -------------------------------------------------------------------------------------------------

    def repairs(self) -> list[Repair]:
        """All repairs of this base, in the order in which they were made, whatever the clock said."""
        return [from_row(row) for row in self._rows()]

    def get(self, identifier: str) -> Repair:
        """The repair of this id, or the only one whose id begins so.

        Raises:
            RepairNotFoundError: there is none, or more than one, or it belongs to another model, which is then named.
        """
        return from_row(self._row(identifier))

    def find(self, subject: str) -> list[Repair]:
        """Repairs whose subject was this text (case, spacing and Unicode form aside), found by a keyed hash."""
        key = self._store.key()
        if key is None:
            return []
        wanted = subject_hash(key, subject)
        return [from_row(row) for row in self._rows() if row["subject"] == wanted]

    def active_imprints(self, without: str = "") -> dict[str, bytes]:
        """Id to imprint of each active repair, in order of creation: what the joint solve starts from; not of ``without``.

        Raises:
            StoreError: an imprint is missing or altered; the repair is named.
        """
        for attempt in (1, 2):  # between reading the list and the files, another process may have purged a repair
            active = [row for row in self._rows() if row["status"] == "committed" and row["id"] != without]
            found = {row["id"]: self._store.imprints.get(row["imprint"]) for row in active}
            lost = [identifier for identifier, imprint in found.items() if imprint is None]
            if not lost:
                return found
        raise StoreError(
            f"{self.folder}: the imprint of repair {lost[0]} is missing or altered. "
            "Restore the store from a copy, or undo and purge that repair."
        )

    def imprint(self, identifier: str) -> bytes:
        """The imprint of one repair, active or undone: what a redo adds to ``active_imprints``.

        Raises:
            RepairNotFoundError: no such repair of this base.
            UsageError: it was declined or rolled back, so it never had one.
            StoreError: the imprint is missing or altered.
        """
        row = self._row(identifier)
        if row["status"] not in ("committed", "undone"):
            raise UsageError(f"Repair {row['id']} was never made, so it can be neither undone nor redone.")
        imprint = self._store.imprints.get(row["imprint"])
        if imprint is None:
            raise StoreError(
                f"{self.folder}: the imprint of repair {row['id']} is missing or altered. "
                "Restore the store from a copy, or purge that repair."
            )
        return imprint

    def route(self, identifier: str, make: Callable[[bytes], bytes]) -> bytes:
        """What ``make`` computes from a repair's imprint; kept beside it, as long as there is the imprint, if it can be written.

        Raises:
            RepairNotFoundError, UsageError, StoreError: as ``imprint``.
        """
        found = self._store.routes.get(self._row(identifier)["imprint"])
        return found if found is not None else self.renewed_route(identifier, make)

    def renewed_route(self, identifier: str, make: Callable[[bytes], bytes]) -> bytes:
        """As ``route``, but computed in any case."""
        imprint = self.imprint(identifier)
        made, name = make(imprint), hashlib.sha256(imprint).hexdigest()
        try:
            self._store.routes.keep(name, made)
        except OSError:
            pass
        if all(row["imprint"] != name for row in self._rows()):  # purged meanwhile, perhaps before this was written
            remove_quietly(self._store.routes.path(name))
        return made

    def adapter(self) -> AdapterFile | None:
        """The combined adapter of all active repairs, checked in full; None when no repair is active.

        Raises:
            AdapterError: the file is missing, altered, or not that of the active repairs. The imprints still hold
                everything: solve again and call ``Transaction.replace_adapter``.
        """
        problem = ""
        for attempt in (1, 2):  # another process may have committed a new adapter and removed this one meanwhile
            with self._store.reading() as connection:
                if connection is None:
                    return None
                state = _base_row(connection, self.base)
                active = active_ids(connection, self.base)
            if not active:
                return None
            problem = "was never written"
            if state["adapter"] is not None:
                try:
                    found = validate(self._store.adapters.path(state["adapter"]), self.base)
                except AdapterError as refusal:
                    problem = f"is refused ({refusal})"
                    continue
                except ValueError:
                    problem = "has an impossible name"
                    continue
                if found.sha256 != state["adapter"]:
                    problem = "was altered"
                elif set(found.repair_ids) != set(active):
                    problem = "belongs to other repairs"
                else:
                    return found
        raise AdapterError(f"{self.folder}: the combined adapter {problem}. Compute it again from the imprints.")

    @property
    def adapter_is_stale(self) -> bool:
        """True when repairs are active but ``adapter`` cannot give their adapter, so that it must be computed again."""
        try:
            self.adapter()
        except AdapterError:
            return True
        return False

    def new_id(self) -> str:
        """A fresh id: eight random hexadecimal digits, which say nothing of the request."""
        taken = {row["id"] for row in self._rows()}
        while (identifier := secrets.token_hex(4)) in taken:
            pass
        return identifier

    def confirm_base(self, sha256: str) -> None:
        """Remember the full hash of the base file at the first call, and compare with it at every later one.

        Raises:
            ModelError: the file has changed since, although its fingerprint is the same.
        """
        with self._store.reading() as connection:
            known = _base_row(connection, self.base)["sha256"] if connection is not None else None
        if known is None and self.writable:
            with database.in_words(self.folder), self._store.transaction(self.base, WAIT_SECONDS) as connection:
                bind(connection, self.base, sha256)
        elif known is not None and known != sha256:
            raise altered(self.base, sha256, known)

    # ---- writing -------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self, wait_seconds: float = WAIT_SECONDS) -> Iterator[Transaction]:
        """Be the only writer, among all processes and threads, until the block ends; then commit all of it at once.

        When the block or a step in it raises, or the process dies, nothing has happened. Readers go on reading the
        state before. The lock is the kernel's, so it ends with its process.

        Args:
            wait_seconds: how long to wait for another writer.

        Raises:
            StoreError: another process went on writing, or the store is read-only, full or damaged; nothing changed.
        """
        with self._store.transaction(self.base, wait_seconds) as connection:
            transaction = Transaction(self._store, self.base, self.keep_text, connection)
            yield transaction
            if transaction.broken:
                raise StoreError(f"{self.folder}: a step of the change failed, so nothing was changed. Try again.")

    def label(self, identifier: str, label: str) -> Repair:
        """Give a repair another label; the old one is overwritten on disk."""
        label = checked_label(label)
        found = self._row(identifier)["id"]
        with database.in_words(self.folder), self._store.transaction(self.base, WAIT_SECONDS) as connection:
            connection.execute("UPDATE repairs SET label = ? WHERE id = ?", (label, found))
        return self.get(found)

    def purge(self, identifier: str) -> None:
        """Remove a repair that is not active for good: record, imprint, and any earlier adapter. No redo afterwards.

        When it returns, the bytes are gone from every file of the store, freed pages and the log included.

        Raises:
            UsageError: the repair is active; undo it first.
            StoreError: it could not be removed, or another process still holds the old pages open.
        """
        found = self._row(identifier)
        if found["status"] == "committed":
            raise UsageError(f"Repair {found['id']} is active. Undo it first, then purge it.")
        self._purge("AND id = ? AND status != 'committed'", (found["id"],))

    def purge_all(self) -> None:
        """Remove every repair of this base for good, active ones too; the model is then as it was."""
        self._purge("", ())

    def _purge(self, condition: str, arguments: tuple) -> None:
        if not self._rows():
            return
        with database.in_words(self.folder), self._store.transaction(self.base, WAIT_SECONDS) as connection:
            connection.execute(f"DELETE FROM repairs WHERE base = ? {condition}", (self.base.fingerprint, *arguments))
            connection.execute(
                "UPDATE bases SET previous_adapter = NULL, adapter = CASE WHEN EXISTS "
                "(SELECT 1 FROM repairs WHERE base = fingerprint AND status = 'committed') THEN adapter END "
                "WHERE fingerprint = ?",
                (self.base.fingerprint,),
            )
        if not self._store.collect(wait_seconds=WAIT_SECONDS):
            raise StoreError(
                f"{self.folder}: the repair is removed, but another process keeps its old bytes on disk. "
                "End other programs that use the store; the next command that uses it finishes the removal."
            )

    # ---- inside --------------------------------------------------------------------------------------------------

    def _rows(self) -> list[dict[str, Any]]:
        with self._store.reading() as connection:
            if connection is None:
                return []
            names = (*COLUMNS, "imprint")
            query = f"SELECT {', '.join(names)} FROM repairs WHERE base = ? ORDER BY sequence"
            return [dict(zip(names, row)) for row in connection.execute(query, (self.base.fingerprint,))]

    def _row(self, identifier: str) -> dict[str, Any]:
        rows = self._rows()
        found = [row for row in rows if row["id"] == identifier]
        found = found or [row for row in rows if identifier and str(row["id"]).startswith(identifier)]
        if len(found) == 1:
            return found[0]
        shown = "".join(c for c in identifier[:64] if c.isprintable())
        if found:
            raise RepairNotFoundError(f"{len(found)} repairs begin with {shown}. Give more of the id.")
        with self._store.reading() as connection:
            other = connection and connection.execute(
                "SELECT name FROM bases JOIN repairs ON base = fingerprint WHERE id = ?", (identifier,)
            ).fetchone()
        if other:
            raise RepairNotFoundError(
                f"Repair {shown} was made for {str(other[0])[:80]}, and this model is {self.base.name}. "
                "Choose that model with -m."
            )
        raise RepairNotFoundError(f"There is no repair {shown or 'without an id'}. See 'edge-repair repairs list'.")


def _base_row(connection: sqlite3.Connection, base: BaseIdentity) -> dict[str, str | None]:
    query = "SELECT adapter, sha256 FROM bases WHERE fingerprint = ?"
    row = connection.execute(query, (base.fingerprint,)).fetchone() or (None, None)
    return {"adapter": row[0], "sha256": row[1]}


def _default_store() -> str:
    import platformdirs

    return platformdirs.user_data_dir("edge_repair")
