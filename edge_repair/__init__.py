"""Interactive machine unlearning for local GGUF models: say "forget it" in a chat, and it has forgotten.

The public API is four names; each is imported when first used, so that ``import edge_repair`` costs nothing.
"""

import os
from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# onnxruntime 1.29 and later reports each session to its makers, from the first one on; these turn it off, if they are set
# before it is loaded (the second is the name that the first such version knows).
os.environ["ORT_DISABLE_TELEMETRY"] = os.environ["ORT_TELEMETRY_DISABLED"] = "1"

_PUBLIC = {
    "Session": "edge_repair.session",
    "Watchdog": "edge_repair.watchdog",
    "Procedure": "edge_repair.surgeon",
    "EdgeRepairError": "edge_repair.errors",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'edge_repair' has no attribute {name!r}")
