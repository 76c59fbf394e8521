"""One writer at a time across processes and threads; readers never wait; a dead writer's lock dies with it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from gguf_files import tiny_model
from ledger_home import Home

from edge_repair.errors import StoreError

HERE = Path(__file__).parent


@pytest.fixture
def child(home, tmp_path, tiny_base):
    """Starts another process on the same store; all of them are gone at the end of the test."""
    path = tiny_model(tmp_path / "tiny.gguf")
    started = []

    def start(command: str, argument: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, str(HERE / "ledger_child.py"), str(home.folder), str(path), command, argument],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), str(HERE), *sys.path])},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_readers_read_the_state_before_while_a_writer_is_busy(home, child):
    ledger = home.open()
    home.add(ledger, "one")
    before = home.state(ledger)
    writer = child("hold", "two")
    assert writer.stdout.readline() == "holding\n"
    assert home.state(ledger) == home.state(home.open()) == before
    assert writer.poll() is None  # it was still inside, and nobody waited for it
    with pytest.raises(StoreError, match="another process"), ledger.writing(wait_seconds=0.1):
        pytest.fail("there are two writers")
    writer.stdin.write("\n")
    writer.stdin.flush()
    assert writer.stdout.readline() == "done\n" and writer.wait() == 0
    assert [repair.id for repair in ledger.repairs()] == ["one", "two"]


def test_a_killed_writer_leaves_no_lock_and_no_change(home, child):
    ledger = home.open()
    home.add(ledger, "one")
    before = home.state(ledger)
    writer = child("hold", "two")
    assert writer.stdout.readline() == "holding\n"
    writer.kill()
    writer.wait()
    assert home.state(home.open()) == before
    home.add(ledger, "three")
    assert [repair.id for repair in ledger.repairs()] == ["one", "three"]
    assert len(list((home.folder / "imprints").iterdir())) == 2


def test_a_reader_at_rest_does_not_hold_up_a_purge(home):
    """Ledgers that are open but not in a call keep no old page alive, so what is purged is gone from the log at once."""
    ledgers = [home.open() for _ in range(3)]
    home.add(ledgers[0], "one", label="a label to be found")
    assert ledgers[1].get("one").label == ledgers[2].get("one").label
    home.switch(ledgers[0], "one", False)
    ledgers[0].purge("one")
    assert not any(b"a label to be found" in path.read_bytes() for path in home.folder.iterdir() if path.is_file())


def test_writers_of_several_processes_and_threads_take_turns(home, child):
    processes = [child("add_many", name) for name in ("a", "b")]
    ledger = home.open()
    while any(process.poll() is None for process in processes):
        adapter = ledger.adapter()  # raises if what is handed out is ever torn
        assert adapter is None or adapter.repair_ids
    assert [process.communicate()[0] for process in processes] == ["done\n"] * 2
    ids = {repair.id for repair in ledger.repairs()}
    assert ids == {f"{name}-{thread}-{number}" for name in "ab" for thread in (0, 1) for number in range(10)}
    assert set(ledger.adapter().repair_ids) == ids == set(ledger.active_imprints())


def test_a_reader_always_sees_one_of_the_states(home, child):
    ledger = home.open()
    home.add(ledger, "one")
    states = {home.state(ledger)}
    home.add(ledger, "two")
    states.add(home.state(ledger))
    both, one = (state[2][0] for state in sorted(states, key=lambda s: -len(s[0])))
    writer = child("toggle", "two")
    seen = []
    while writer.poll() is None:
        adapter = ledger.adapter()
        assert adapter.repair_ids in (both, one)
        assert adapter.path.read_bytes()  # the file is still there, although the writer may have moved on
        imprints = ledger.active_imprints()
        assert list(imprints) in (["one"], ["one", "two"])
        seen.append(adapter.repair_ids)
    assert writer.communicate()[0] == "done\n"
    assert seen and set(seen) <= {both, one}


def test_a_thread_waits_for_another_threads_change(home, tmp_path):
    """Two ledgers in one process: the kernel's locks are per process, SQLite's are not."""
    first, second = home.open(), Home(home.folder, home.base).open()
    home.add(first, "one")
    with first.writing():
        with pytest.raises(StoreError, match="another process"), second.writing(wait_seconds=0.1):
            pytest.fail("there are two writers")
    with second.writing(wait_seconds=0.1):
        pass
