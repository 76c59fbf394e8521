"""The Watchdog hears every request to forget, and ignores everything else. See ``docs/watchdog.md``."""

from edge_repair.watchdog.verdict import KINDS, SOURCES, ZONES, Prompt, Segment, Verdict
from edge_repair.watchdog.watchdog import Watchdog

__all__ = ["KINDS", "SOURCES", "ZONES", "Prompt", "Segment", "Verdict", "Watchdog"]
