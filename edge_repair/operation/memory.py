"""Gives back the memory that a change has freed: the C library keeps it for later, and on a small board later is not soon.

A repair, an undo or a redo works with arrays of some ten megabytes, of other sizes each time, in whichever thread it is
asked for; glibc keeps what they leave in the heaps of these threads. Measured on the shipped patient: docs/security.md.
"""

import ctypes
import sys
from functools import lru_cache


@lru_cache(maxsize=1)
def _trim():  # type: ignore[no-untyped-def]
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):  # another C library than glibc
        return None


def give_back() -> bool:
    """Return freed memory to the system where the C library offers it; a few milliseconds. True if something was returned."""
    trim = _trim()
    return bool(trim and trim(ctypes.c_size_t(0)))
