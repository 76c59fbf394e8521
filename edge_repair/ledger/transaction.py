"""The steps of one change of the ledger."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from edge_repair.adapters import AdapterFile, BaseIdentity, validate
from edge_repair.errors import AdapterError, ModelError, RepairNotFoundError, StoreError, UsageError
from edge_repair.ledger import database
from edge_repair.ledger.repair import COLUMNS, Repair, from_row, to_row
from edge_repair.ledger.store import Store


class Transaction:
    """The steps of one change; see ``Ledger.writing``. A step that raises spoils the whole, even if that is swallowed."""

    def __init__(self, store: Store, base: BaseIdentity, keep_text: bool, connection: sqlite3.Connection) -> None:
        self._store = store
        self._base = base
        self._keep_text = keep_text
        self._connection = connection
        self.broken = False

    def bind(self, sha256: str) -> None:
        """Remember the full hash of the base file, or compare it with the one that is remembered already.

        Raises:
            ModelError: the file was altered since, although its fingerprint is the same.
        """
        with self._step():
            bind(self._connection, self._base, sha256)

    def add(self, repair: Repair, imprint: bytes, adapter: bytes) -> Repair:
        """Add an active repair: its record, its imprint, and the combined adapter that includes it.

        Args:
            repair: with status ``"committed"``. The keyed hash of ``repair.procedure.subject`` is stored if it has one.
            imprint: the repair in numbers, opaque here.
            adapter: bytes of ``adapters.encode`` for all repairs that are active afterwards.

        Returns:
            The repair, with ``adapter`` set.

        Raises:
            AdapterError: the adapter is not one for this base and these repairs.
            UsageError: the label cannot be stored.
            StoreError: the store cannot be written, or the id is used already.
        """
        return self.add_all([(repair, imprint)], adapter)[0]

    def add_all(self, repairs: Sequence[tuple[Repair, bytes]], adapter: bytes) -> list[Repair]:
        """Add several active repairs with their imprints, and one combined adapter that includes all; see ``add``."""
        with self._step():
            for repair, imprint in repairs:
                if repair.status != "committed":
                    raise ValueError(f"a repair that is added is committed, not {repair.status}")
                self._insert(repair, self._store.imprints.put(imprint))
            described = self._set_adapter(adapter)
            return [replace(repair, adapter=described) for repair, _ in repairs]

    def record(self, repair: Repair) -> Repair:
        """Add a repair that was not made (``"rolled_back"`` or ``"declined"``): no imprint, no change of the model."""
        with self._step():
            if repair.status not in ("rolled_back", "declined"):
                raise ValueError(f"a repair that is only recorded is not {repair.status}")
            self._insert(repair, None)
            return repair

    def switch(self, identifier: str, active: bool, adapter: bytes | None) -> Repair:
        """Undo (``active=False``) or redo a repair, with the combined adapter of the repairs that are active then.

        Nothing that a later redo needs is removed. Switching to the state it has already only replaces the adapter.

        Args:
            adapter: None when no repair is active any more.

        Raises:
            RepairNotFoundError: no such repair of this base.
            UsageError: it was declined or rolled back, so there is nothing to switch.
            AdapterError: the adapter is not one for this base and these repairs.
        """
        with self._step():
            row = self._connection.execute(
                "SELECT imprint FROM repairs WHERE id = ? AND base = ?", (identifier, self._base.fingerprint)
            ).fetchone()
            if row is None:
                raise RepairNotFoundError(f"There is no repair {identifier}. See 'edge-repair repairs list'.")
            if row[0] is None:
                raise UsageError(f"Repair {identifier} was never made, so it can be neither undone nor redone.")
            status = "committed" if active else "undone"
            self._connection.execute("UPDATE repairs SET status = ? WHERE id = ?", (status, identifier))
            described = self._set_adapter(adapter)
            query = f"SELECT {', '.join(COLUMNS)} FROM repairs WHERE id = ?"
            row = self._connection.execute(query, (identifier,)).fetchone()
            return replace(from_row(dict(zip(COLUMNS, row))), adapter=described)

    def replace_adapter(self, adapter: bytes | None) -> AdapterFile | None:
        """Put another combined adapter of the same active repairs in place: a rebuild.

        Raises:
            AdapterError: the adapter is not one for this base and these repairs.
        """
        with self._step():
            return self._set_adapter(adapter)

    @contextmanager
    def _step(self) -> Iterator[None]:
        try:
            with database.in_words(self._store.folder):
                yield
        except BaseException:
            self.broken = True
            raise

    def _insert(self, repair: Repair, imprint: str | None) -> None:
        if repair.base != self._base.fingerprint:
            raise ValueError("the repair is for another base than the ledger")
        key = self._store.key()
        if key is None:
            raise FileNotFoundError(2, "the key is missing")
        row = to_row(repair, key, self._keep_text) | {"imprint": imprint}
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        try:
            self._connection.execute(f"INSERT INTO repairs ({names}) VALUES ({marks})", tuple(row.values()))
        except sqlite3.IntegrityError:
            raise StoreError(f"the store holds a repair {repair.id} already. Try again.") from None

    def _set_adapter(self, adapter: bytes | None) -> AdapterFile | None:
        active = active_ids(self._connection, self._base)
        described = sha256 = None
        if adapter is not None:
            described = validate(adapter, self._base)
            sha256 = described.sha256
        if set(described.repair_ids if described else ()) != set(active) or bool(active) != bool(described):
            raise AdapterError("The combined adapter is not that of the active repairs; nothing was changed. Try again.")
        if adapter is not None:
            self._store.adapters.put(adapter)
            described = replace(described, path=self._store.adapters.path(sha256))
        # One earlier adapter stays, for a reader that has just been given its path.
        self._connection.execute(
            "UPDATE bases SET previous_adapter = CASE WHEN adapter IS ? THEN previous_adapter ELSE adapter END, "
            "adapter = ? WHERE fingerprint = ?",
            (sha256, sha256, self._base.fingerprint),
        )
        return described


def bind(connection: sqlite3.Connection, base: BaseIdentity, sha256: str) -> None:
    """See ``Transaction.bind``."""
    query = "SELECT sha256 FROM bases WHERE fingerprint = ?"
    (known,) = connection.execute(query, (base.fingerprint,)).fetchone()
    if known is None:
        connection.execute("UPDATE bases SET sha256 = ? WHERE fingerprint = ?", (sha256, base.fingerprint))
    elif known != sha256:
        raise altered(base, sha256, known)


def altered(base: BaseIdentity, sha256: str, known: str) -> ModelError:
    """The error about a base file that is no longer what it was."""
    return ModelError(
        f"{base.name}: the model file was altered since it was first repaired "
        f"(SHA-256 {sha256[:12]}, was {str(known)[:12]}). Download the model again, or use another store."
    )


def active_ids(connection: sqlite3.Connection, base: BaseIdentity) -> list[str]:
    """The ids of a base's active repairs, in order of creation."""
    query = "SELECT id FROM repairs WHERE base = ? AND status = 'committed' ORDER BY sequence"
    return [identifier for (identifier,) in connection.execute(query, (base.fingerprint,))]
