"""Run as a program: another process that uses the same store.

Usage: ``python ledger_child.py STORE BASE COMMAND ARGUMENT``.
"""

import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # gguf_files

from ledger_home import Home, make_adapter, make_imprint, make_repair

from edge_repair.adapters import identify


def hold(home: Home, identifier: str) -> None:
    """Begin to add a repair, say so, and commit only when a line comes."""
    ledger = home.open()
    with ledger.writing() as transaction:
        adapter = make_adapter(home.base, [*home.active(ledger), identifier])
        transaction.add(make_repair(home.base, identifier), make_imprint(identifier), adapter)
        print("holding", flush=True)
        sys.stdin.readline()
    print("done", flush=True)


def add_many(home: Home, name: str) -> None:
    """Two threads add ten repairs each, through one ledger."""
    ledger = home.open()

    def work(thread: int) -> None:
        for number in range(10):
            home.add(ledger, f"{name}-{thread}-{number}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("done", flush=True)


def toggle(home: Home, identifier: str) -> None:
    """Undo and redo one repair over and over."""
    ledger = home.open()
    for number in range(60):
        home.switch(ledger, identifier, bool(number % 2))
    print("done", flush=True)


if __name__ == "__main__":
    store, base, command, argument = sys.argv[1:]
    {"hold": hold, "add_many": add_many, "toggle": toggle}[command](Home(Path(store), identify(base)), argument)
