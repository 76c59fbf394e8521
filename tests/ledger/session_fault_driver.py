"""Run as a program with ``faults.so`` preloaded: a forget, an undo and a rebuild of a real session of the shipped patient.

Usage: ``LD_PRELOAD=faults.so python session_fault_driver.py SCRATCH CHANGES MODES STRIDE`` (lists with commas, or ``all``).
At every STRIDE-th file operation below the store, one fault or death: afterwards the live session, if it lives, and a
fresh one must say of the store the old or the new state, and the patient's logits must be, bit for bit, those of that
state. Prints the counts as JSON.

The forget is a whole ``carry_out``; what it computes before it first touches the store (reference, target, search) was
recorded once and is played back, its trial adapter attached, so that some thousand of them fit into minutes. What is
killed is a forked child, the patient in it.
"""

import json
import os
import shutil
import sys
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from fault_driver import FAULTS, MODES
from quick_repairs import adapter_of, imprint_of, procedure_of, put_into, record_of

import edge_repair.session.carrying as room
from edge_repair import Session, shipped
from edge_repair.adapters import full_sha256
from edge_repair.errors import EdgeRepairError
from edge_repair.ledger import Ledger
from edge_repair.operation.search import Search
from edge_repair.patient import Patient
from edge_repair.stamp import Imprint
from edge_repair.surgeon import DefaultSurgeon
from edge_repair.watchdog import Watchdog

NEW = "ffff0000"


class Stage:
    """The patient, a template of a store, the questions asked of it, and the recorded half of a forget."""

    def __init__(self, scratch: Path):
        model = shipped.path("patient/patient-F16.gguf")
        subjects = json.loads(shipped.path("patient/questions.json").read_text("utf-8"))["subjects"]
        people = [s for s in subjects if s["kind"] == "personal" and not s["refused_by_base"]]
        self.scratch, self.template, self.store = scratch, scratch / "template", scratch / "store"
        self.patient = Patient.open(model, threads=1)
        self.watchdog, self.surgeon = Watchdog.load(), DefaultSurgeon()
        self.questions = [person["facts"][0]["trained"][0] for person in people[:4]]
        imprints = {name: imprint_of(self.patient, procedure_of(person)) for name, person in zip(("one", "two"), people)}
        put_into(self.template, self.patient, {"one": imprints["one"]})
        self._undone(imprints["two"])
        self.procedure = procedure_of(people[3])
        self._record()

    def _undone(self, imprint) -> None:
        """A second repair that is undone, so that there is something beside what changes."""
        ledger = Ledger.open(self.template, self.patient.base)
        one = Imprint.from_bytes(ledger.imprint("one"))
        with ledger.writing() as transaction:
            transaction.bind(full_sha256(self.patient.path, ledger.cache))
            transaction.add(record_of(self.patient, "two"), imprint.to_bytes(), adapter_of(self.patient, {"one": one, "two": imprint}))
        with ledger.writing() as transaction:
            transaction.switch("two", False, adapter_of(self.patient, {"one": one}))

    def _record(self) -> None:
        """Carry the forget out once, as ever, and keep what was computed before the store was touched."""
        kept: dict[str, object] = {}

        def keeping(name: str, function):
            def kept_call(*arguments):
                kept[name] = function(*arguments)
                return kept[name]

            return kept_call

        doors = {"answered": room.answered, "find_target": room.find_target}
        for name, function in doors.items():
            setattr(room, name, keeping(name, function))
        room.Search = type("Kept", (Search,), {"best": keeping("best", Search.best)})
        self.fresh_store()
        session = self.session()
        session._state.reference_of = keeping("reference", session._state.reference_of)
        assert session.carry_out(self.procedure, accept=True).status == "committed"
        best, _ = kept["best"]
        self.reference = kept["reference"]
        for name in doors:
            setattr(room, name, lambda *_, found=kept[name]: found)
        class Played:
            """Attaches the trial that won, as the search did last, and gives back what it found."""

            def __init__(self, *arguments):
                self.put_on = arguments[2]

            def best(self, *_):
                self.put_on(best.imprint, (1, 1))
                return kept["best"]

        room.Search = Played

    def fresh_store(self) -> None:
        shutil.rmtree(self.store, ignore_errors=True)
        shutil.copytree(self.template, self.store)

    def damage(self) -> None:
        """The combined adapter is cut short: the next question makes it anew."""
        for path in (self.store / "adapters").glob("*.gguf"):
            path.write_bytes(path.read_bytes()[:-1])

    def session(self) -> Session:
        """A session of its own on the one patient, as ``Session.open`` makes it."""
        self.patient.attach(None)
        ledger = Ledger.open(self.store, self.patient.base)
        if ledger.repairs():
            ledger.confirm_base(full_sha256(self.patient.path, ledger.cache))
        ledger.new_id = lambda: NEW
        session = Session(self.patient, ledger, self.watchdog, self.surgeon, None)
        if hasattr(self, "reference"):
            session._state.reference_of = lambda *_: self.reference
        session._state.sync()
        return session

    def said(self, session: Session) -> tuple:
        """What the store says of each repair, and what the patient answers: the bytes of its logits."""
        logits = [session.logits(question) for question in self.questions]
        return tuple((r.id, r.status) for r in session.repairs()), np.stack(logits).tobytes()


def forget(stage: Stage, session: Session) -> None:
    session.carry_out(stage.procedure, accept=True)


def undo(stage: Stage, session: Session) -> None:
    session.undo("one")


def redo(stage: Stage, session: Session) -> None:
    session.redo("two")


def rebuild(stage: Stage, session: Session) -> None:
    """A question, after ``Stage.damage``."""
    session.logits(stage.questions[0])


CHANGES = {change.__name__: change for change in (forget, undo, redo, rebuild)}


def run(stage: Stage, change, n: int, mode: str) -> tuple[bool | str | None, int, Session | None]:
    """Make the change with a fault at its n-th operation.

    Returns:
        True when it reported success, else its error, or None when it was killed; how many operations there were; the
        session, if it lives.
    """
    how, error, dies = MODES[mode]
    stage.fresh_store()
    session = stage.session()
    if change is rebuild:
        stage.damage()
    if not dies:
        FAULTS.faults_arm(os.fsencode(stage.store), n, how, error)
        try:
            change(stage, session)
            done = True
        except EdgeRepairError as problem:
            assert "\n" not in str(problem), problem
            done = str(problem)
        finally:
            count = FAULTS.faults_disarm()
        return done, count, session
    child = os.fork()
    if child == 0:
        FAULTS.faults_arm(os.fsencode(stage.store), n, how, error)
        change(stage, session)
        os._exit(0 if FAULTS.faults_disarm() < n else 1)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the child failed by itself"
    return (None if os.WIFSIGNALED(status) else True), (n if os.WIFSIGNALED(status) else n - 1), None


def main(scratch: Path, changes: str, modes: str, stride: int) -> None:
    stage = Stage(scratch)
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for name in CHANGES if changes == "all" else changes.split(","):
        change = CHANGES[name]
        stage.fresh_store()
        old = stage.said(stage.session())
        session = stage.session()
        if change is rebuild:
            stage.damage()
        change(stage, session)
        new = stage.said(session)
        assert (new[0] == old[0] and new[1] == old[1]) if change is rebuild else (new[0] != old[0] and new[1] != old[1])
        for mode in MODES if modes == "all" else modes.split(","):
            tried: dict[str, int] = {}
            n = 1
            while True:
                done, count, session = run(stage, change, n, mode)
                try:
                    seen = []
                    if session is not None:
                        seen.append(("live", stage.said(session)))
                    seen.append(("fresh", stage.said(stage.session())))
                    for who, (states, logits) in seen:
                        expected = {old[0]: old[1], new[0]: new[1]}
                        assert states in expected, f"{who}: neither the old state nor the new one: {states}"
                        assert logits == expected[states], f"{who}: the patient does not answer as the ledger says"
                    assert all(states == seen[-1][1][0] for _, (states, _) in seen), "the live session says otherwise"
                    state = seen[-1][1][0]
                    assert done is not True or state == new[0], "it reported success, but the state is the old one"
                    assert not isinstance(done, str) or "nothing was changed" not in done or state == old[0], "it said that nothing was changed"
                except Exception:
                    raise SystemExit(f"{name}, {mode}, operation {n}:\n{traceback.format_exc()}") from None
                if count < n:
                    assert done is True
                    break
                how = "done" if done is True else "failed" if done else "killed"
                outcome = f"{how}, {'new' if state == new[0] else 'old'} state"
                tried[outcome] = tried.get(outcome, 0) + 1
                n += stride
            counts.setdefault(name, {})[mode] = tried
    print(json.dumps(counts))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
