#!/usr/bin/env python3
"""Many threads on one ``Session``: some ask, some repair, undo and redo; no answer may be torn, no memory may leak.

    python tools/load_session.py --minutes 10 --askers 8 --repairers 2

Every answer is compared afterwards with what the shipped patient says under every adapter that the ledger held (each
is kept, and attached again to a patient of its own). An answer must be the very text of a state that may have been the
current one while it was asked: one that was not certainly replaced before the question, nor certainly made after the
answer. So an answer half before and half after a change, under a trial adapter, or under a state long gone is found.
Half of the answers are streamed; a stream that was broken off by a change must be the beginning of such an answer.
Noted each second: the resident memory, and what of it is in use, that is, not freed (glibc's ``mallinfo2``): what was
freed stays with the process in the heaps of its threads. Of both, the median of the last quarter must not exceed that of
the second by more than ``--megabytes``. Prints one JSON object; exit code 1 when anything failed.
"""

import argparse
import ctypes
import json
import os
import random
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from edge_repair import Session, shipped  # noqa: E402
from edge_repair.errors import InterruptedAnswerError, UsageError  # noqa: E402
from edge_repair.patient import Patient  # noqa: E402

TOKENS = 16
LEAST_ASKED, LEAST_CHANGES = 40, 6  # a run goes on until so much has happened, however slow the machine is
NOTHING = "no repair"


@dataclass
class Change:
    """A state of the ledger that a call brought about: the call began and ended at these moments."""

    state: str
    began: float
    ended: float


@dataclass
class Record:
    """All that the threads note."""

    answers: list[tuple[str, str, float, float, bool]] = field(default_factory=list)  # question, answer, asked, answered, whole
    changes: list[Change] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    calls: Counter = field(default_factory=Counter)
    memory: list[int] = field(default_factory=list)
    in_use: list[int] = field(default_factory=list)


def resident() -> int:
    """Resident memory of this process in bytes."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class _Allocated(ctypes.Structure):
    """``struct mallinfo2`` of glibc."""

    _fields_ = [(name, ctypes.c_size_t) for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()]


def in_use() -> int | None:
    """Bytes that were allocated and not freed, in the heaps of all threads and outside of them; None without glibc 2.33."""
    try:
        ask = ctypes.CDLL(None).mallinfo2
    except AttributeError:
        return None
    ask.restype = _Allocated
    found = ask()
    return found.uordblks + found.hblkhd


def possible(changes: list[Change], asked: float, answered: float) -> set[str]:
    """The states that may have been current somewhere between two moments."""
    begun = [change for change in changes if change.began <= answered]
    over = [change for change in begun if change.ended <= asked]
    # Of the changes that were over before the question, those that another such one certainly followed are gone.
    return {c.state for c in begun if not any(later.began >= c.ended and later is not c for later in over)}


class Load:
    """One run."""

    def __init__(self, session: Session, people: list[dict], keep: Path, seconds: float, seed: int):
        self.session, self.keep = session, keep
        self.ends = time.monotonic() + seconds
        self.over = False
        self.seed = seed
        self.record = Record([], [Change(NOTHING, 0.0, 0.0)])
        self.names = [person["name"] for person in people[:6]]
        self.questions = [fact["trained"][0] for person in people[:8] for fact in person["facts"][:2]]
        self.busy: set[str] = set()
        self.lock = threading.Lock()

    def _done(self, repair, began: float) -> None:
        """Note a change and keep its adapter; the file may be gone when it was replaced already, and is then in no answer."""
        state = NOTHING
        if repair.adapter is not None:
            state = repair.adapter.sha256
            try:
                (self.keep / state).write_bytes(repair.adapter.path.read_bytes())
            except FileNotFoundError:
                self.record.calls["adapter replaced before it could be kept"] += 1
        self.record.changes.append(Change(state, began, time.monotonic()))

    def ask(self, number: int) -> None:
        chance = random.Random(self.seed * 1000 + number)
        while not self.over:
            question, began, whole = chance.choice(self.questions), time.monotonic(), True
            if chance.random() < 0.5:
                answer = self.session.ask(question, TOKENS).text
                self.record.calls["asked"] += 1
            else:  # the same, as a chat does it
                pieces = []
                try:
                    for piece in self.session.stream([{"role": "user", "content": question}], TOKENS):
                        pieces.append(piece)
                except InterruptedAnswerError:
                    whole = False
                answer = "".join(pieces).strip()
                self.record.calls["streamed" if whole else "streams broken off"] += 1
            self.record.answers.append((question, answer, began, time.monotonic(), whole))

    def repair(self, number: int) -> None:
        chance = random.Random(self.seed * 2000 + number)
        while not self.over:
            known = [r for r in self.session.repairs() if r.status in ("committed", "undone")]
            new = [name for name in self.names if name not in self.busy]
            began = time.monotonic()
            if new and (not known or chance.random() < 0.2):
                with self.lock:
                    name = chance.choice(new)
                    if name in self.busy:
                        continue
                    self.busy.add(name)
                procedure = self.session.plan(f"Forget where {name} lives.")
                began = time.monotonic()
                made = self.session.carry_out(procedure, accept=True)
                self._done(made, began)
                self.record.calls["repaired"] += 1
            elif known:
                chosen = chance.choice(known)
                undo = chosen.status == "committed"
                try:
                    done = (self.session.undo if undo else self.session.redo)(chosen.id)
                except UsageError:
                    continue  # the other thread was faster
                self._done(done, began)
                self.record.calls["undone" if undo else "redone"] += 1
            time.sleep(chance.random() * 0.3)

    def run(self, askers: int, repairers: int) -> Record:
        def guarded(work, number):
            try:
                work(number)
            except BaseException:  # noqa: BLE001 - any at all is a failure of the run
                self.record.errors.append(traceback.format_exc()[-1500:])

        work = [(self.ask, number) for number in range(askers)] + [(self.repair, number) for number in range(repairers)]
        threads = [threading.Thread(target=guarded, args=job, daemon=True) for job in work]
        for thread in threads:
            thread.start()
        enough = False
        while not self.over:
            time.sleep(1.0)
            self.record.memory.append(resident())
            self.record.in_use.append(in_use() or 0)
            enough = enough or (self.record.calls["asked"] >= LEAST_ASKED and len(self.record.changes) > LEAST_CHANGES)
            self.over = bool(self.record.errors) or enough and time.monotonic() >= self.ends
        for thread in threads:
            thread.join(300)
            if thread.is_alive():
                self.record.errors.append("a thread did not end")
        return self.record


def torn(record: Record, model: Path, keep: Path) -> tuple[list[str], int]:
    """Answers that no possible state gives, in words; and how many states there were."""
    questions = sorted({question for question, *_ in record.answers})
    says: dict[str, dict[str, str]] = {}
    with Patient.open(model) as patient:
        for state in sorted({change.state for change in record.changes}):
            if state != NOTHING and not (keep / state).exists():
                continue
            patient.attach(None if state == NOTHING else keep / state)
            says[state] = {question: patient.answer(question, TOKENS) for question in questions}
    wrong = []
    for question, answer, asked, answered, whole in record.answers:
        states = possible(record.changes, asked, answered)
        said = [says[state][question] for state in states if state in says]
        if not (answer in said if whole else any(text.startswith(answer) for text in said)):
            wrong.append(f"{question!r}: {answer!r} is what none of {len(states)} possible states says")
    return wrong, len(says)


def _median(bytes_noted: list[int]) -> float:
    """In MiB."""
    return round(sorted(bytes_noted)[len(bytes_noted) // 2] / (1 << 20), 1)


def run(minutes: float, askers: int, repairers: int, seed: int, megabytes: float) -> dict:
    """One run; see the top of this file."""
    model = shipped.path("patient/patient-F16.gguf")
    subjects = json.loads(shipped.path("patient/questions.json").read_text("utf-8"))["subjects"]
    people = [s for s in subjects if s["kind"] == "personal" and not s["refused_by_base"]]
    with tempfile.TemporaryDirectory() as folder:
        keep = Path(folder) / "kept"
        keep.mkdir()
        with Session.open(model, store=Path(folder) / "store", threads=1) as session:
            load = Load(session, people, keep, minutes * 60, seed)
            record = load.run(askers, repairers)
        wrong, states = torn(record, model, keep)
    failures, memory = record.errors + wrong[:20], {}
    for name, noted in (("resident", record.memory), ("in_use", record.in_use)):
        tenth = max(1, len(noted) // 10)
        medians = [sorted(part)[len(part) // 2] / (1 << 20) for part in (noted[i : i + tenth] for i in range(0, len(noted), tenth))]
        early, late = _median(noted[len(noted) // 4 : len(noted) // 2] or noted), _median(noted[-max(1, len(noted) // 4) :])
        memory[name] = {"second_quarter_mib": early, "last_quarter_mib": late, "tenths_mib": [round(value, 1) for value in medians]}
        if late - early > megabytes:
            failures.append(f"memory ({name.replace('_', ' ')}) grew by {late - early:.1f} MiB")
    if states < 3:
        failures.append("too little happened for the run to show anything")
    return {"minutes": minutes, "askers": askers, "repairers": repairers, "calls": dict(record.calls), "states": states, "torn": len(wrong), "memory": memory, "failures": failures}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--askers", type=int, default=8)
    parser.add_argument("--repairers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--megabytes", type=float, default=16, help="by how much the memory may grow")
    given = parser.parse_args()
    told = run(given.minutes, given.askers, given.repairers, given.seed, given.megabytes)
    print(json.dumps(told, indent=2))
    return 1 if told["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
