"""The checks of ``doctor``. Each looks at one thing and says what it found and how to mend it; none changes anything."""

import os
import platform
import shutil
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from edge_repair.cli.options import Settings
from edge_repair.errors import EdgeRepairError, ModelError

OK, WARNING, PROBLEM = "ok", "warning", "problem"
OLDEST_LLAMA = (0, 3, 36)
# Before 0.2.72 a chat template in a model file could run code (CVE-2024-34359); before llama.cpp's build 8146 a model
# file's header could overflow a buffer (CVE-2026-27940).
VULNERABILITIES = "older ones have known holes that a model file can use (CVE-2024-34359, CVE-2026-27940)"
# A chat template comes out of the model file and runs in Jinja's sandbox; code got out of it before 3.1.6
# (CVE-2024-56326, CVE-2025-27516).
OLDEST_JINJA = (3, 1, 6)
CONTEXT_TOKENS = 4096
FIXED_BYTES = 250 << 20  # Python with numpy and ONNX Runtime, and the compute buffers of two contexts


@dataclass(frozen=True)
class Check:
    """What one check found.

    Attributes:
        name: what was looked at.
        state: ``OK``, ``WARNING`` (works, but) or ``PROBLEM``.
        found: in words.
        fix: what to do; "" when all is well, or when ``found`` says it.
    """

    name: str
    state: str
    found: str
    fix: str = ""


def run_all(settings: Settings) -> list[Check]:
    """Do every check; a check that fails itself is a problem, and the others go on."""
    found = []
    for name, check in CHECKS:
        try:
            found.append(check(name, settings))
        except EdgeRepairError as problem:  # its message says what to do
            other = isinstance(problem, ModelError) and check is not _model
            found.append(Check(name, WARNING, "not checked without a model") if other else Check(name, PROBLEM, str(problem)))
        except Exception as problem:  # noqa: BLE001 - a doctor must not die of what it finds
            found.append(Check(name, PROBLEM, f"{type(problem).__name__}: {problem}", "install edge_repair again"))
    return found


def _python(name: str, settings: Settings) -> Check:
    bits = struct.calcsize("P") * 8
    found = f"{platform.python_version()}, {bits}-bit, {sys.platform} {platform.machine()}"
    if sys.version_info < (3, 10):
        return Check(name, PROBLEM, found, "install Python 3.10 or later")
    if bits != 64:
        return Check(name, PROBLEM, found, "install a 64-bit system and Python; 32-bit is not supported")
    return Check(name, OK, found)


def how_to_get_a_compiler() -> str:
    """The command that installs a C/C++ compiler here."""
    if _on_termux():
        return "pkg install clang cmake ninja"
    if sys.platform == "darwin":
        return "xcode-select --install"
    if shutil.which("apt-get"):
        return "sudo apt install build-essential"
    return "install gcc and g++ (or clang) with the package manager of your system"


def _on_termux() -> bool:
    return sys.platform == "android" or "com.termux" in os.environ.get("PREFIX", "")


def _compiler(name: str, settings: Settings) -> Check:
    compilers = [tool for tool in ("cc", "gcc", "clang") if shutil.which(tool)]
    plus = [tool for tool in ("c++", "g++", "clang++") if shutil.which(tool)]
    if compilers and plus:
        return Check(name, OK, f"{compilers[0]} and {plus[0]}")
    return Check(name, WARNING, "none; only needed to build llama-cpp-python", how_to_get_a_compiler())


def _llama(name: str, settings: Settings) -> Check:
    from edge_repair.patient.binding import check

    try:
        installed = metadata.version("llama-cpp-python")
    except metadata.PackageNotFoundError:
        installed = ""
    numbers = _numbers(installed)
    fix = f"pip install 'llama-cpp-python=={'.'.join(map(str, OLDEST_LLAMA))}'"
    if installed and numbers < OLDEST_LLAMA:
        return Check(name, PROBLEM, f"{installed} is too old; {VULNERABILITIES}", fix)
    try:
        return Check(name, OK, f"{check()}, memory layout as expected")
    except EdgeRepairError as problem:
        return Check(name, PROBLEM, str(problem), fix)


def _numbers(version: str) -> tuple[int, ...]:
    """The first three numbers of a version."""
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())


def _jinja(name: str, settings: Settings) -> Check:
    oldest = ".".join(map(str, OLDEST_JINJA))
    try:
        installed = metadata.version("jinja2")
    except metadata.PackageNotFoundError:
        return Check(name, PROBLEM, "not installed; it renders chat templates", f"pip install 'jinja2>={oldest}'")
    if _numbers(installed) < OLDEST_JINJA:
        found = f"{installed} is too old: a chat template in a model file can leave its sandbox (CVE-2025-27516)"
        return Check(name, PROBLEM, found, f"pip install 'jinja2>={oldest}'")
    return Check(name, OK, installed)


def _capture(name: str, settings: Settings) -> Check:
    from edge_repair.patient.native import load, location

    path = location()
    if path is None:
        return Check(name, OK, "not built or off (not needed); Python does its work")
    why = load(path)[1]
    if why:
        return Check(name, WARNING, f"{path} is not used: {why}; Python does its work", "build it again: native/capture/README.md")
    return Check(name, OK, f"in C, {path}")


def _threads(name: str, settings: Settings) -> Check:
    from edge_repair.patient.binding import default_threads

    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = settings.threads or default_threads()
    policy = os.environ.get("OMP_WAIT_POLICY", "")
    set_by_user = os.environ.get("OMP_NUM_THREADS")
    found = f"{threads} of {usable} cores" + (f", OMP_NUM_THREADS={set_by_user}" if set_by_user else "")
    if threads > usable:
        return Check(name, WARNING, found, f"use --threads {usable}: more threads than cores slow it down a hundredfold")
    if policy.lower() == "active":
        return Check(name, WARNING, f"{found}, OMP_WAIT_POLICY=active", "unset OMP_WAIT_POLICY: waiting threads eat the cores")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if threads > 1 and load > usable - 0.5:
        return Check(name, WARNING, f"{found}, load {load:.1f}", "the machine is busy: use --threads 1")
    return Check(name, OK, found)


def _model(name: str, settings: Settings) -> Check:
    from edge_repair.catalogue.scan import examine

    path = settings.model_path()
    model = examine(path.name, "", path)
    found = f"{path} ({model.architecture or '?'}, {model.quantisation or '?'}, {model.bytes / 1e6:.0f} MB)"
    if not model.repairable:
        return Check(name, PROBLEM, f"{found}: {model.obstacle}", "choose a dense instruct GGUF; see 'edge-repair models'")
    return Check(name, OK, found)


def memory_needed(path: Path) -> int:
    """Bytes that a session on this model takes, about: the file, the KV caches of two contexts in F16, and the rest."""
    from edge_repair.adapters.header import read_header

    numbers = read_header(path).metadata
    family = numbers.get("general.architecture", "")

    def number(key: str, default: int) -> int:
        value = numbers.get(f"{family}.{key}", default)
        return value if isinstance(value, int) else default

    heads = max(1, number("attention.head_count", 1))
    size = number("attention.key_length", number("embedding_length", 0) // heads)
    tokens = min(CONTEXT_TOKENS, number("context_length", CONTEXT_TOKENS))
    cache = 2 * number("block_count", 0) * tokens * number("attention.head_count_kv", heads) * size * 2
    return path.stat().st_size + 2 * cache + FIXED_BYTES


def memory_available() -> int | None:
    """Bytes of memory that programs can still get, or None where the system does not say."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _memory(name: str, settings: Settings) -> Check:
    needed, available = memory_needed(settings.model_path()), memory_available()
    found = f"about {needed >> 20} MB needed"
    if available is None:
        return Check(name, WARNING, f"{found}; this system does not say how much is free", "look yourself")
    found += f", {available >> 20} MB available"
    if available < needed:
        return Check(name, PROBLEM, found, "close other programs, or choose a smaller model or quantisation")
    return Check(name, OK, found)


def _store(name: str, settings: Settings) -> Check:
    from edge_repair.adapters.base import identify
    from edge_repair.ledger.ledger import Ledger

    ledger = Ledger.open(settings.store, identify(settings.model_path()))
    repairs = ledger.repairs()
    active = sum(repair.status == "committed" for repair in repairs)
    found = f"{ledger.folder}, {active} of {len(repairs)} repairs of this model active"
    if not ledger.writable:
        return Check(name, PROBLEM, f"{found}; cannot be written", "choose another folder with --store, or mend its rights")
    existing = next(folder for folder in (ledger.folder, *ledger.folder.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    if free < 50 << 20:
        return Check(name, PROBLEM, f"{found}; {free >> 20} MB of disk free", "make room on that disk")
    if os.name == "posix" and ledger.folder.exists() and ledger.folder.stat().st_mode & 0o077:
        return Check(name, WARNING, f"{found}; others may read it", f"chmod -R go= '{ledger.folder}'")
    return Check(name, OK, found)


def _onnx(name: str, settings: Settings) -> Check:
    try:
        import onnxruntime

        return Check(name, OK, onnxruntime.__version__)
    except Exception as problem:  # noqa: BLE001 - a broken installation raises anything
        how = "pkg install python-onnxruntime" if _on_termux() else "pip install onnxruntime"
        return Check(name, WARNING, f"not there ({type(problem).__name__}); numpy does its work", f"{how} (not needed)")


def _watchdog(name: str, settings: Settings) -> Check:
    from edge_repair.watchdog import Watchdog

    watchdog = Watchdog.load()
    if watchdog.error:
        return Check(name, PROBLEM, f"off: {watchdog.error}", "install edge_repair again; without it, use 'edge-repair forget'")
    verdict = watchdog.judge("Please forget everything you know about my address.")
    if verdict.zone == "pass":
        return Check(name, PROBLEM, "loaded, but deaf to a plain request", "install edge_repair again")
    return Check(name, OK, f"loaded in {watchdog.backend.name}, hears a plain request ({1 - verdict.probabilities['none']:.2f})")


CHECKS: tuple[tuple[str, Callable[[str, Settings], Check]], ...] = (
    ("Python", _python),
    ("compiler", _compiler),
    ("llama-cpp-python", _llama),
    ("jinja2", _jinja),
    ("capture", _capture),
    ("threads", _threads),
    ("model", _model),
    ("memory", _memory),
    ("store", _store),
    ("onnxruntime", _onnx),
    ("Watchdog", _watchdog),
)
