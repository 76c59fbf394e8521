"""Repairs on disk: durable, private, bound to their model. Knows nothing of what an imprint or an adapter means."""

from edge_repair.ledger.ledger import Ledger, Transaction
from edge_repair.ledger.repair import Repair, subject_hash

__all__ = ["Ledger", "Repair", "Transaction", "subject_hash"]
