"""The evaluation callback in C: loaded where it has been built (``native/capture``), never required.

Looked for in ``EDGE_REPAIR_CAPTURE`` (the library's path; "off" for none at all) and in ``native/capture/build/`` of a checkout.
"""

import ctypes
import os
from functools import lru_cache
from pathlib import Path

import numpy as np

from edge_repair.patient.binding import Tensor, library
from edge_repair.patient.capture import KINDS, Captured, PythonCapture, Wanted

BUILT = Path(__file__).resolve().parents[2] / "native" / "capture" / "build" / "edge_repair_capture.so"


class Slot(ctypes.Structure):
    """``struct slot`` of capture.c."""

    _fields_ = [
        ("kind", ctypes.c_int32),
        ("layer", ctypes.c_int32),
        ("width", ctypes.c_int64),
        ("seen", ctypes.c_int64),
        ("kept", ctypes.c_int64),
        ("rows", ctypes.POINTER(ctypes.c_float)),
    ]


class State(ctypes.Structure):
    """``struct capture`` of capture.c."""

    _fields_ = [
        ("read", ctypes.c_void_p),
        ("slots", ctypes.POINTER(Slot)),
        ("wanted", ctypes.POINTER(ctypes.c_int32)),
        ("n_slots", ctypes.c_int32),
        ("n_wanted", ctypes.c_int32),
        ("n_tokens", ctypes.c_int32),
        ("n_ubatch", ctypes.c_int32),
        ("stop", ctypes.c_int32),
        ("events", ctypes.c_int32),
        ("problem", ctypes.c_char * 128),
    ]


def _layout() -> list[int]:
    """What ``edge_repair_capture_layout`` must hold."""
    places = [getattr(Tensor, field).offset for field in ("type", "ne", "nb", "src", "name")]
    return [ctypes.sizeof(Tensor), *places, ctypes.sizeof(Slot), ctypes.sizeof(State), State.problem.offset]


def location() -> Path | None:
    """Where the library is to be loaded from; None when it has not been built or is switched off."""
    named = os.environ.get("EDGE_REPAIR_CAPTURE", "")
    if named:
        return None if named == "off" else Path(named)
    return BUILT if BUILT.is_file() else None


@lru_cache(maxsize=4)
def load(path: Path) -> tuple[ctypes.CDLL | None, str]:
    """Load the library at a path.

    Returns:
        (the library, "") or (None, why it cannot be used): it was built for another llama-cpp-python, or is none.
    """
    try:
        native = ctypes.CDLL(str(path))
        expected = _layout()
        found = list((ctypes.c_size_t * len(expected)).in_dll(native, "edge_repair_capture_layout"))
        native.edge_repair_capture_release.argtypes, native.edge_repair_capture_release.restype = [ctypes.POINTER(State)], None
        native.edge_repair_capture_node  # noqa: B018 - raises when it is missing
    except (OSError, ValueError, AttributeError) as error:
        return None, str(error)
    return (native, "") if found == expected else (None, "it was built for another version of llama-cpp-python or of edge_repair")


class NativeCapture:
    """Does what ``PythonCapture`` does, with the callback in C.

    Args:
        native: from ``load``.
        n_ubatch: tokens of a micro-batch of the context.

    Attributes:
        callback, user_data: for the context's parameters; this object must outlive the context.
    """

    def __init__(self, native: ctypes.CDLL, n_ubatch: int):
        self._native = native
        read = ctypes.cast(library().ggml.ggml_backend_tensor_get, ctypes.c_void_p)
        self._state = State(read=read, n_ubatch=n_ubatch)
        self.callback = ctypes.cast(native.edge_repair_capture_node, library().llama.ggml_backend_sched_eval_callback)
        self.user_data = ctypes.addressof(self._state)

    def begin(self, wanted: Wanted, tokens: list[int], n_tokens: int) -> None:
        """Read these activations of these tokens (numbers in the batch, ascending) of the next batch."""
        pairs = [(kind, layer) for kind in wanted.kinds for layer in wanted.layers]
        slots = (Slot * len(pairs))(*(Slot(kind=KINDS.index(kind), layer=layer) for kind, layer in pairs))
        state = self._state
        state.slots, state.n_slots = slots, len(slots)
        state.wanted, state.n_wanted = (ctypes.c_int32 * len(tokens))(*tokens), len(tokens)
        state.n_tokens, state.stop, state.events = n_tokens, wanted.stop, 0

    def take(self) -> Captured:
        """Stop reading, and return what was read; layers that the model does not have are missing.

        Raises:
            RuntimeError: reading failed; the message says where.
        """
        state, captured = self._state, {}
        problem, state.problem = state.problem.decode(), b""
        for i in range(0 if problem else state.n_slots):
            slot = state.slots[i]
            if slot.seen:
                shape = (slot.kept, slot.width)
                rows = np.ctypeslib.as_array(slot.rows, shape).copy() if slot.kept else np.empty(shape, np.float32)
                captured.setdefault(KINDS[slot.kind], {})[slot.layer] = rows
        self._native.edge_repair_capture_release(state)
        state.n_slots = 0
        if problem:
            raise RuntimeError(problem)
        return captured


def open_capture(n_ubatch: int) -> NativeCapture | PythonCapture:
    """The callback of a context: in C where it is built and fits, else in Python."""
    path = location()
    native = load(path)[0] if path else None
    return NativeCapture(native, n_ubatch) if native else PythonCapture(n_ubatch)
