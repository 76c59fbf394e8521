"""Nothing is lost: a fault or a death at every single file operation of every change leaves the old or the new state."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).parent
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
pytestmark = pytest.mark.skipif(
    not COMPILER or not sys.platform.startswith("linux"), reason="needs Linux and a C compiler to intercept libc"
)


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("faults") / "faults.so"
    source = HERE / "faults.c"
    subprocess.run([COMPILER, "-O1", "-shared", "-fPIC", "-o", str(path), str(source), "-ldl"], check=True)
    return path


def drive(library: Path, *arguments: str, driver: str = "fault_driver.py") -> str:
    # Flushing is what takes the time; in memory the same calls are made.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as scratch:
        places = [str(HERE.parents[1]), str(HERE), os.environ.get("PYTHONPATH", "")]
        child = subprocess.run(
            [sys.executable, str(HERE / driver), scratch, *arguments],
            env=os.environ | {"LD_PRELOAD": str(library), "PYTHONPATH": os.pathsep.join(places)},
            capture_output=True,
            text=True,
        )
    assert child.returncode == 0, child.stderr[-4000:]
    return child.stdout


def check(counts: dict, modes: int) -> int:
    total = 0
    for change, by_mode in counts.items():
        assert len(by_mode) == modes, change
        for mode, outcomes in by_mode.items():
            assert sum(outcomes.values()) > 40, (change, mode, outcomes)
            assert outcomes.get("failed, old state", 0) > 10, (change, mode, outcomes)
            assert any("new state" in outcome for outcome in outcomes), (change, mode, outcomes)
            assert "done, old state" not in outcomes
            total += sum(outcomes.values())
    return total


def test_a_fault_at_every_operation_of_an_undo_and_a_rebuild(library):
    counts = json.loads(drive(library, "faults", "undo,rebuild", "input/output error once,killed half-way"))
    assert list(counts) == ["undo", "rebuild"] and check(counts, 2) > 200


def test_a_fault_at_every_operation_of_a_first_repair(library):
    counts = json.loads(drive(library, "faults", "add_first", "disk full from then on,killed after"))
    assert list(counts) == ["add_first"] and check(counts, 2) > 120


@pytest.mark.slow
def test_every_fault_at_every_operation_of_every_change(library):
    counts = json.loads(drive(library, "faults", "all", "all"))
    total = check(counts, 5)
    print(f"{total} cases")
    assert len(counts) == 9 and total > 2000


@pytest.mark.parametrize(
    ("changes", "modes", "stride", "least"),
    [
        ("forget,undo,rebuild", "input/output error once,killed half-way", "24", 12),
        pytest.param("all", "all", "1", 1000, marks=pytest.mark.slow),
    ],
    ids=["some", "all"],
)
def test_after_a_fault_the_model_answers_as_the_ledger_says(library, changes, modes, stride, least):
    """A real session of the shipped patient: store and logits are both the old ones or both the new ones."""
    counts = json.loads(drive(library, changes, modes, stride, driver="session_fault_driver.py"))
    assert len(counts) == (4 if changes == "all" else 3)
    outcomes = Counter()
    for by_mode in counts.values():
        for tried in by_mode.values():
            outcomes.update(tried)
    print(f"{sum(outcomes.values())} cases: {dict(outcomes)}")
    assert "done, old state" not in outcomes and sum(outcomes.values()) >= least, outcomes
    assert outcomes["killed, old state"] and outcomes["killed, new state"] and outcomes["failed, old state"], outcomes


def test_files_are_on_the_disk_before_the_commit_that_refers_to_them(library):
    """What a loss of power needs: each file flushed, renamed, its folder flushed; then the log written and flushed."""
    operations = drive(library, "order").splitlines()
    wanted = [
        "write .*imprint.*temporary",
        "fsync .*imprint.*temporary",
        "rename .*imprint.*temporary",
        "fsync imprints",
        "write .*gguf.*temporary",
        "fsync .*gguf.*temporary",
        "rename .*gguf.*temporary",
        "fsync adapters",
        "write ledger.sqlite-wal",
        "fsync ledger.sqlite-wal",
    ]
    at = 0
    for pattern in wanted:
        found = [n for n in range(at, len(operations)) if re.fullmatch(pattern, operations[n])]
        assert found, f"no {pattern} after operation {at}"
        at = found[0] + 1
    first_rename = next(n for n, line in enumerate(operations) if line.startswith("rename"))
    begun = next(n for n, line in enumerate(operations) if line.startswith("write ledger.sqlite-wal"))
    assert first_rename < begun, "the log was written before the files that it refers to"


def test_a_read_only_disk(library):
    """Reading works as far as the truth can be known, every change is refused in words, and nothing is changed."""
    counts = json.loads(drive(library, "read_only"))
    assert counts["old state"] > 30 and counts["new state"] >= 1 and sum(counts.values()) > 60
    assert counts["refused"] < sum(counts.values()) / 3
