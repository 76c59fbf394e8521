"""The one place that touches llama_cpp: import, layout checks, logging, and the ggml tensor as a ctypes struct.

llama-cpp-python changed the layout of its structures several times. ``check`` compares what the library
reports with what this module assumes, before anything is read through a pointer.

Not covered: GPU back ends were never tried; reads go through ``ggml_backend_tensor_get``, which is right for them.
"""

import ctypes
import os
import sys
from collections import deque
from contextlib import contextmanager
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Iterator

from edge_repair.errors import RuntimeMismatchError

# Waiting threads that spin make two busy threads a hundred times slower on a busy machine; it must be set
# before the library is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GGML_NO_BACKTRACE", "1")

CHECKED_VERSION = "0.3.36"
TENSOR_OBJECT_OVERHEAD = 32  # ggml_tensor_overhead() is the size of the struct plus this


class Tensor(ctypes.Structure):
    """``struct ggml_tensor`` (ggml.h), as far as a capture needs it."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("buffer", ctypes.c_void_p),
        ("ne", ctypes.c_int64 * 4),
        ("nb", ctypes.c_size_t * 4),
        ("op", ctypes.c_int),
        ("op_params", ctypes.c_int32 * 16),
        ("flags", ctypes.c_int32),
        ("src", ctypes.c_void_p * 10),
        ("view_src", ctypes.c_void_p),
        ("view_offs", ctypes.c_size_t),
        ("data", ctypes.c_void_p),
        ("name", ctypes.c_char * 64),
        ("extra", ctypes.c_void_p),
        ("padding", ctypes.c_char * 8),
    ]


def tensor_at(pointer: int) -> Tensor:
    """View the ggml tensor at an address; valid only inside the evaluation callback."""
    return Tensor.from_address(pointer)


@contextmanager
def _platform_that_the_loader_knows() -> Iterator[None]:
    """Termux's Python says ``android``; llama_cpp's loader refuses that name although the files are plain ELF."""
    actual = sys.platform
    if actual == "android":
        sys.platform = "linux"
    try:
        yield
    finally:
        sys.platform = actual


@lru_cache(maxsize=1)
def library() -> SimpleNamespace:
    """Import llama_cpp once, quietly.

    Returns:
        A namespace with ``llama`` (the binding module), ``ggml`` (the ctypes library) and ``log`` (the last lines
        that llama.cpp printed, for error messages).

    Raises:
        RuntimeMismatchError: llama_cpp is not installed, or its shared library cannot be loaded.
    """
    try:
        with _platform_that_the_loader_knows():
            import llama_cpp
            from llama_cpp import _ggml
    except Exception as error:  # ImportError, OSError, RuntimeError: all mean the same to the user
        raise RuntimeMismatchError(
            f"llama-cpp-python cannot be loaded ({error}); install it with: pip install llama-cpp-python=={CHECKED_VERSION}"
        ) from error
    ggml = _ggml.libggml
    ggml.ggml_backend_tensor_get.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t]
    ggml.ggml_backend_tensor_get.restype = None
    ggml.ggml_tensor_overhead.restype = ctypes.c_size_t
    lines: deque[str] = deque(maxlen=20)

    def remember(_level: int, text: bytes, _user_data: Any) -> None:
        lines.append(text.decode("utf-8", "replace").strip())

    callback = llama_cpp.llama_log_callback(remember)
    llama_cpp.llama_log_set(callback, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    return SimpleNamespace(llama=llama_cpp, ggml=ggml, log=lines, keep=callback)


@lru_cache(maxsize=1)
def check() -> str:
    """Compare the library's layout with ours.

    Returns:
        The version of llama-cpp-python.

    Raises:
        RuntimeMismatchError: something differs; the message names it and the version to install.
    """
    lib = library()
    version = getattr(lib.llama, "__version__", "unknown")
    context, model = lib.llama.llama_context_default_params(), lib.llama.llama_model_default_params()
    facts = {
        "n_batch": (context.n_batch, 2048),
        "n_ubatch": (context.n_ubatch, 512),
        "type_k": (context.type_k, 1),
        "yarn_ext_factor": (context.yarn_ext_factor, -1.0),
        "vocab_only": (model.vocab_only, False),
        "ggml_tensor size": (lib.ggml.ggml_tensor_overhead() - TENSOR_OBJECT_OVERHEAD, ctypes.sizeof(Tensor)),
    }
    wrong = [f"{name} is {found}, expected {expected}" for name, (found, expected) in facts.items() if found != expected]
    missing = [name for name in ("llama_set_adapters_lora", "llama_adapter_lora_init") if not hasattr(lib.llama, name)]
    wrong += [f"{name} is missing" for name in missing]
    if wrong:
        raise RuntimeMismatchError(
            f"llama-cpp-python {version} has another memory layout ({'; '.join(wrong)}); "
            f"install the version this was checked with: pip install llama-cpp-python=={CHECKED_VERSION}"
        )
    return version


def model_parameters() -> Any:
    """Parameters to load a model with: weights stay in the mapped file.

    The extra buffer types repack weights into anonymous memory (717 MB more for a 1B Q4_0 model), and their AMX
    path ended with a general protection fault on a virtual machine whose processor lists AMX.
    """
    params = library().llama.llama_model_default_params()
    params.use_extra_bufts = False
    return params


def default_threads(*, many: bool = False) -> int:
    """``EDGE_REPAIR_THREADS``, else one less than the usable cores (the person needs one too), at least 1.

    Args:
        many: for many tokens at once, of a prompt or of many conversations: both of two cores. Threads wait asleep
            (``OMP_WAIT_POLICY=passive``), which costs single tokens more than a second core gains on a small model.
    """
    wanted = os.environ.get("EDGE_REPAIR_THREADS", "")
    if wanted.isdigit() and int(wanted) > 0:
        return int(wanted)
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    return max(usable - 1, min(2, usable) if many else 1)
