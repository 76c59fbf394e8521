"""Conducts: the rooms in their order, and the patient in step with the ledger. Start with ``Session.open``."""

from edge_repair.session.session import Reply, Session
from edge_repair.session.state import Progress

__all__ = ["Progress", "Reply", "Session"]
