#!/usr/bin/env python3
"""Kills real commands at random moments, and runs two at once: the store and the model's answers must stay those of a state.

    python tools/kill_commands.py --kills 100 --seed 1

On the shipped patient, in a folder of its own: ``forget``, ``repairs undo``, ``redo`` and ``import``, and ``bake``, each a
process that is ended by SIGKILL somewhere in the time that it takes, every other time towards its end. After each, the store must open, each repair be as
before or as the command would have left it, no file be there that nobody refers to, nothing be left in the folder for
temporary files, and the model's logits be, bit for bit, those of the adapter that is solved afresh from the active
repairs. A baked file must be whole or not there. Every fifth time two commands run side by side and neither is killed.
Prints one JSON object; exit code 1 when anything failed.
"""

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import numpy as np  # noqa: E402
from quick_repairs import adapter_of, imprint_of, procedure_of, put_into  # noqa: E402

from edge_repair import Session, shipped  # noqa: E402
from edge_repair.adapters.files import in_passing  # noqa: E402
from edge_repair.ledger import Ledger  # noqa: E402
from edge_repair.patient import Patient  # noqa: E402
from edge_repair.surgeon import DefaultSurgeon  # noqa: E402
from edge_repair.watchdog import Watchdog  # noqa: E402

KINDS = ("forget", "undo", "redo", "import", "bake")


class Scene:
    """A store with three repairs, a pack with a fourth, and a procedure for a fifth."""

    def __init__(self, folder: Path, chance: random.Random):
        model = shipped.path("patient/patient-F16.gguf")
        subjects = json.loads(shipped.path("patient/questions.json").read_text("utf-8"))["subjects"]
        people = [s for s in subjects if s["kind"] == "personal" and not s["refused_by_base"]]
        self.folder, self.chance, self.seconds = folder, chance, {}
        self.patient, self.watchdog, self.surgeon = Patient.open(model, threads=1), Watchdog.load(), DefaultSurgeon()
        self.questions = [person["facts"][0]["trained"][0] for person in people[:6]]
        made = {f"repair{i}": imprint_of(self.patient, procedure_of(person)) for i, person in enumerate(people[:4])}
        self.store, self.pack = folder / "store", folder / "pack"
        put_into(self.store, self.patient, dict(list(made.items())[:3]))
        put_into(folder / "elsewhere", self.patient, {"repair3": made["repair3"]})
        with Session.open(model, store=folder / "elsewhere", threads=1) as session:
            session.export_repairs(self.pack)
        (folder / "procedure.json").write_text(json.dumps(procedure_of(people[5]).to_json()))
        for name in ("temporary", "out", "home"):
            (folder / name).mkdir()

    def ledger(self) -> Ledger:
        return Ledger.open(self.store, self.patient.base)

    def states(self) -> dict[str, str]:
        return {repair.id: repair.status for repair in self.ledger().repairs()}

    def session(self) -> Session:
        return Session(self.patient, self.ledger(), self.watchdog, self.surgeon, None)

    def command(self, kind: str) -> list[str] | None:
        """The words of a command that has something to do in the present state, or None."""
        states = self.states()
        of = lambda status: [name for name, now in states.items() if now == status]  # noqa: E731
        if kind in ("undo", "redo"):
            names = of("committed" if kind == "undo" else "undone")
            return ["repairs", kind, self.chance.choice(names)] if names else None
        if kind == "bake":
            return ["bake", str(self.folder / "out" / "baked.gguf")] if of("committed") else None
        if kind == "forget":
            return ["forget", "--procedure", str(self.folder / "procedure.json"), "--yes", "--accept"]
        if "repair3" in states:  # so that it can be taken over again
            if states["repair3"] == "committed":
                self.session().undo("repair3")
            self.ledger().purge("repair3")
        return ["repairs", "import", str(self.pack), "--yes"]

    def start(self, words: list[str]) -> subprocess.Popen:
        kept = {"PYTHONPATH": str(ROOT), "HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "temporary")}
        line = [sys.executable, "-m", "edge_repair", *words, "-m", "patient", "--store", str(self.store), "--threads", "1"]
        return subprocess.Popen(line, env=os.environ | kept, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True)

    def problems(self, before: dict[str, str], words: list[str]) -> list[str]:
        """What is not as promised after a command that ended somehow."""
        after, found = self.states(), []
        changed = {name for name in before | after if before.get(name) != after.get(name)}
        if len(changed) > 1 or changed and words[0] == "bake":
            found.append(f"changed: {sorted(changed)}")
        session = self.session()
        said = [session.logits(question) for question in self.questions]
        active = session._state.stored_imprints()
        self.patient.attach(None)
        if active:
            with in_passing(adapter_of(self.patient, active)) as path:
                self.patient.attach(path)
        if not all(np.array_equal(a, self.patient.logits(question)) for a, question in zip(said, self.questions)):
            found.append("the answers are not those of the active repairs")
        files = {str(path.relative_to(self.store)) for path in self.store.rglob("*") if path.is_file()}
        # Named by what it holds: two repairs of one procedure may have the same imprint, and then share the file.
        imprints = {f"imprints/{hashlib.sha256(self.ledger().imprint(name)).hexdigest()}.imprint" for name, status in after.items() if status in ("committed", "undone")}
        strange = {name for name in files if name.endswith(".temporary") and not name.startswith("cache")}
        if strange or {name for name in files if name.startswith("imprints/")} != imprints:
            found.append(f"files: {sorted(strange) or sorted(files)}")
        left = [str(path) for path in (self.folder / "temporary").rglob("*") if path.is_file()]
        return found + [f"left: {left}"] * bool(left)

    def baked(self) -> str | None:
        """Whether a baked file is there, whole, and remove it."""
        path = self.folder / "out" / "baked.gguf"
        if not path.exists():
            return None
        try:
            Patient.open(path, threads=1).close()
            return "whole"
        except Exception as problem:  # noqa: BLE001 - any at all
            return f"broken: {problem}"
        finally:
            path.unlink()


def run(kills: int, seed: int) -> dict:
    """See the top of this file."""
    chance, outcomes, failures = random.Random(seed), Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        scene = Scene(Path(folder), chance)
        number = 0
        while sum(count for name, count in outcomes.items() if "killed" in name) < kills and len(failures) < 10:
            number += 1
            kind = KINDS[number % len(KINDS)] if len(scene.seconds) < len(KINDS) else chance.choice(KINDS)
            words, before = scene.command(kind), scene.states()
            if words is None:
                continue
            started, process = time.monotonic(), scene.start(words)
            if kind not in scene.seconds:  # the first of its kind ends by itself and tells how long it takes
                error = process.communicate()[1]
                scene.seconds[kind] = time.monotonic() - started
                how = "ended" if process.returncode == 0 else f"failed: {error[-300:]}"
            elif number % 5 == 0:
                beside = scene.command("redo") or scene.command("undo")
                other = scene.start(beside)
                errors = [each.communicate()[1] for each in (process, other)]
                how = "ended beside another"
                # Both may have chosen the same repair: then one is told that it is so already (usage, 2).
                if any(each.returncode not in (0, 2) for each in (process, other)):
                    how = f"failed beside another: {errors}"
                now = scene.states()
                before = {name: now.get(name, status) if name in beside else status for name, status in before.items()}
            else:
                # The store is written to late, so half of the deaths are in the last part of the time, or a little after it.
                time.sleep(scene.seconds[kind] * (chance.random() if chance.random() < 0.5 else chance.uniform(0.7, 1.2)))
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                how = "killed" if process.returncode == -signal.SIGKILL else "ended before"
            found = scene.problems(before, words)
            baked = scene.baked()
            outcomes[f"{kind} {how.split(':')[0]}, {'new state' if scene.states() != before else 'a file' if baked else 'as before'}"] += 1
            found += [baked] if baked and baked != "whole" else []
            found += [how] if how.startswith("failed") else []
            failures += [f"{number} {words[:2]} {how}: {problem}" for problem in found]
        left = [path.name for path in (scene.folder / "out").iterdir()]
        if len(left) > 1:
            failures.append(f"more than the last killed bake left: {left}")
        scene.patient.close()
    return {"kills": kills, "seed": seed, "outcomes": dict(sorted(outcomes.items())), "failures": failures}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    told = run(given.kills, given.seed)
    print(json.dumps(told, indent=2))
    return 1 if told["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
