"""Run as a program with ``faults.so`` preloaded: every operation of the ledger, with a fault at every file operation.

Usage: ``LD_PRELOAD=faults.so python fault_driver.py SCRATCH faults CHANGES MODES`` (lists with commas, or ``all``).
For each change, each mode and each n, a fresh copy of a store is changed while the n-th file operation fails or the
process dies at it. Afterwards the store must open and hold exactly the old or the new state, an error must have been a
``StoreError`` of one line, a success must have been one, and the next change must work and leave no file that nobody
refers to. Prints one JSON object with the counts.

``... SCRATCH order`` prints the file operations of an add; ``... SCRATCH read_only`` uses stores on a disk that
refuses every write, one of them left by a process that died at each point of an add.
"""

import ctypes
import errno
import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # gguf_files

from gguf_files import tiny_model
from ledger_home import Home, make_adapter, make_repair

from edge_repair.adapters import BaseIdentity, identify
from edge_repair.errors import StoreError

FAULTS = ctypes.CDLL(None)
FAULTS.faults_arm.argtypes = [ctypes.c_char_p, ctypes.c_long, ctypes.c_int, ctypes.c_int]
FAULTS.faults_disarm.restype = ctypes.c_long
FAULTS.faults_trace.restype = ctypes.c_char_p
READ_ONLY = 6
SECRET = "a label that must go with its repair"
MODES = {
    # name: (mode of faults.c, errno, does the process die)
    "input/output error once": (1, errno.EIO, False),
    "disk full from then on": (2, errno.ENOSPC, False),
    "killed before": (3, 0, True),
    "killed after": (4, 0, True),
    "killed half-way": (5, 0, True),
}


def add_first(home: Home) -> None:
    home.add(home.open(), "new")


def add(home: Home) -> None:
    home.add(home.open(), "new", label="a label")


def undo(home: Home) -> None:
    home.switch(home.open(), "two", False)


def undo_last(home: Home) -> None:
    home.switch(home.open(), "one", False)


def redo(home: Home) -> None:
    home.switch(home.open(), "off", True)


def record(home: Home) -> None:
    with home.open().writing() as transaction:
        transaction.record(make_repair(home.base, "no", "declined"))


def rebuild(home: Home) -> None:
    ledger = home.open()
    with ledger.writing() as transaction:
        transaction.replace_adapter(make_adapter(home.base, home.active(ledger), seed=1))


def label(home: Home) -> None:
    home.open().label("one", "another label")


def purge(home: Home) -> None:
    home.open().purge("off")


def build(home: Home, *identifiers: str) -> None:
    for identifier in identifiers:
        home.add(home.open(), identifier)
    if "off" in identifiers:
        home.open().label("off", SECRET)
        home.switch(home.open(), "off", False)


CHANGES: list[tuple[Callable[[Home], None], tuple[str, ...]]] = [
    (add_first, ()),
    (add, ("one", "two", "off")),
    (undo, ("one", "two", "off")),
    (undo_last, ("one",)),
    (redo, ("one", "off")),
    (record, ("one",)),
    (rebuild, ("one", "two")),
    (label, ("one",)),
    (purge, ("one", "off")),
]


def state(home: Home) -> tuple:
    return home.state(home.open())


def faults(scratch: Path, base: BaseIdentity, changes: str, modes: str) -> None:
    chosen = list(MODES) if modes == "all" else modes.split(",")
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for change, identifiers in CHANGES:
        if changes != "all" and change.__name__ not in changes.split(","):
            continue
        template = Home(scratch / "template", base)
        shutil.rmtree(template.folder, ignore_errors=True)
        build(template, *identifiers)
        old = state(template)
        for mode in chosen:
            n, tried = 0, {}
            while True:
                n += 1
                home = copy_of(template, scratch / "store")
                finished, trace = run(home, change, n, mode)
                try:
                    after = state(home)
                    if n == 1 and mode == chosen[0]:
                        reference = Home(scratch / "reference", base)
                        shutil.rmtree(reference.folder, ignore_errors=True)
                        build(reference, *identifiers)
                        change(reference)
                        new = state(reference)
                        assert new != old
                    assert after in (old, new), "neither the old state nor the new one"
                    assert after == new or not finished, "it reported success, but the state is the old one"
                    if change is purge and after == new:
                        for path in home.folder.rglob("*"):
                            assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path
                    work_goes_on(home)
                except Exception:
                    raise SystemExit(f"{change.__name__}, {mode}, operation {n}:\n{trace}\n{traceback.format_exc()}") from None
                if trace.count("\n") < n:  # there was no n-th operation
                    assert finished
                    break
                outcome = f"{'done' if finished else 'failed'}, {'new' if after == new else 'old'} state"
                tried[outcome] = tried.get(outcome, 0) + 1
            counts.setdefault(change.__name__, {})[mode] = tried
    print(json.dumps(counts))


def copy_of(template: Home, folder: Path) -> Home:
    shutil.rmtree(folder, ignore_errors=True)
    if template.folder.exists():
        shutil.copytree(template.folder, folder)
    return Home(folder, template.base)


def order(scratch: Path, base: BaseIdentity) -> None:
    home = Home(scratch / "store", base)
    build(home, "one")
    FAULTS.faults_arm(os.fsencode(scratch), 0, 0, 0)
    add(home)
    FAULTS.faults_disarm()
    print(FAULTS.faults_trace().decode())


def read_only(scratch: Path, base: BaseIdentity) -> None:
    template = Home(scratch / "template", base)
    build(template, "one", "two", "off")
    old = state(template)
    add(added := copy_of(template, scratch / "added"))
    new = state(added)
    counts = {"old state": 0, "new state": 0, "refused": 0}
    for n in range(1, 200):
        home = copy_of(template, scratch / "store")
        finished, _ = run(home, add, n, "killed before")
        FAULTS.faults_arm(os.fsencode(scratch), 0, READ_ONLY, errno.EROFS)
        try:
            ledger = home.open()
            after = home.state(ledger)
            assert after in (old, new) and not ledger.writable
            counts["old state" if after == old else "new state"] += 1
            for change in (add, undo, purge, label, rebuild):
                try:
                    change(home)
                    raise AssertionError(f"{change.__name__} reported success on a read-only disk")
                except StoreError as problem:
                    assert "read" in str(problem) and "\n" not in str(problem)
        except StoreError as problem:
            assert "died while writing" in str(problem), problem
            counts["refused"] += 1
            after = None
        finally:
            FAULTS.faults_disarm()
        assert after in (None, state(home)), "what was read is not what a writable disk would have given"
        if finished:
            break
    print(json.dumps(counts))


def run(home: Home, change: Callable[[Home], None], n: int, mode: str) -> tuple[bool, str]:
    """Make the change with a fault at its n-th operation; say whether it reported success, and what was done."""
    how, error, dies = MODES[mode]
    if not dies:
        FAULTS.faults_arm(os.fsencode(home.folder.parent), n, how, error)
        try:
            change(home)
            return True, FAULTS.faults_trace().decode()
        except StoreError as problem:
            assert "\n" not in str(problem) and str(problem).endswith("."), problem
            return False, FAULTS.faults_trace().decode()
        finally:
            FAULTS.faults_disarm()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        FAULTS.faults_arm(os.fsencode(home.folder.parent), n, how, error)
        change(home)
        FAULTS.faults_disarm()
        os.write(write, FAULTS.faults_trace()[-8192:])
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        trace = pipe.read().decode()
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False, "\n" * n
    assert status == 0, "the child failed by itself"
    return True, trace


def work_goes_on(home: Home) -> None:
    """The next change works at once, and afterwards no file is left that nobody refers to."""
    ledger = home.open()
    home.add(ledger, "next")
    assert ledger.adapter().repair_ids[-1] == "next"
    with_imprint = [r for r in ledger.repairs() if r.status in ("committed", "undone")]
    names = {str(path.relative_to(home.folder)) for path in home.folder.rglob("*") if path.is_file()}
    adapters = {name for name in names if name.startswith("adapters/") and name.endswith(".gguf")}
    imprints = {name for name in names if name.startswith("imprints/") and name.endswith(".imprint")}
    assert len(imprints) == len(with_imprint) and 1 <= len(adapters) <= 2, names
    assert names == adapters | imprints | {"key", "ledger.sqlite"}, names


if __name__ == "__main__":
    place = Path(sys.argv[1])
    command = {"faults": faults, "order": order, "read_only": read_only}[sys.argv[2]]
    command(place, identify(tiny_model(place / "tiny.gguf")), *sys.argv[3:])
