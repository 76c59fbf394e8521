"""Helpers of the ledger's tests: adapters, imprints and records of repairs, and a store that is used like a session would."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_repair.adapters import BaseIdentity, encode
from edge_repair.ledger import Ledger, Repair
from edge_repair.stamp.delta import Delta


def make_adapter(base: BaseIdentity, ids, seed: int = 0) -> bytes:
    """An adapter for these repairs; its numbers depend on the set of ids, as those of a joint solve would."""
    generator = np.random.default_rng([seed, *sorted(hash_of(identifier) for identifier in ids)])
    a = generator.standard_normal((2, 64)).astype(np.float32)
    return encode(Delta({"blk.1.ffn_down.weight": (a, generator.standard_normal((32, 2)).astype(np.float32))}), base, ids)


def hash_of(identifier: str) -> int:
    return int.from_bytes(identifier.encode()[:8], "big")


def make_imprint(identifier: str) -> bytes:
    return np.random.default_rng(hash_of(identifier)).standard_normal(32).tobytes()


def make_repair(base: BaseIdentity, identifier: str, status: str = "committed", **changes) -> Repair:
    fields = {
        "kind": "personal", "scope": "subject", "label": "", "created": 1.5,
        "figures": {"leak": 0.0, "timing_ms": {"solve": 12}}, "base": base.fingerprint,
    }
    return Repair(id=identifier, status=status, **(fields | changes))


@dataclass
class Home:
    """A store with helpers that play the session: they compute the combined adapter of what is active afterwards."""

    folder: Path
    base: BaseIdentity

    def open(self, **options) -> Ledger:
        return Ledger.open(self.folder, self.base, **options)

    def active(self, ledger: Ledger) -> list[str]:
        return [repair.id for repair in ledger.repairs() if repair.status == "committed"]

    def add(self, ledger: Ledger, identifier: str, **changes) -> Repair:
        with ledger.writing() as transaction:
            adapter = make_adapter(self.base, [*self.active(ledger), identifier])
            return transaction.add(make_repair(self.base, identifier, **changes), make_imprint(identifier), adapter)

    def switch(self, ledger: Ledger, identifier: str, active: bool) -> Repair:
        with ledger.writing() as transaction:
            ids = [i for i in self.active(ledger) if i != identifier] + [identifier] * active
            return transaction.switch(identifier, active, make_adapter(self.base, ids) if ids else None)

    def state(self, ledger: Ledger) -> tuple:
        """Everything that the ledger says, down to the bytes of the files it hands out."""
        adapter = ledger.adapter()
        return (
            tuple((repair.id, repair.status, repair.label) for repair in ledger.repairs()),
            tuple(ledger.active_imprints().items()),
            adapter and (adapter.repair_ids, adapter.path.read_bytes()),
        )
