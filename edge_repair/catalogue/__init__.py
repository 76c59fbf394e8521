"""Finds, lists and pulls models. It reads files and asks pip; it never loads a model, and copies none."""

from edge_repair.catalogue.known import PULLABLE, SHIPPED, Pullable
from edge_repair.catalogue.pull import pull
from edge_repair.catalogue.resolve import resolve
from edge_repair.catalogue.scan import FoundModel, scan

__all__ = ["PULLABLE", "SHIPPED", "FoundModel", "Pullable", "pull", "resolve", "scan"]
