#!/usr/bin/env python3
"""The main job by the command line on the shipped patient, by any Python, emulated ones too; and two runs compared.

    python native/aarch64/main_job.py run FOLDER PYTHON [ARGUMENT ...]      PYTHON with its arguments runs edge_repair
    python native/aarch64/main_job.py compare FOLDER FOLDER

``run`` calls doctor, ask, forget, ask, repairs undo and ask, in that order, and looks at answers and logits before the
repair, with it, and after its undo. It stops with exit code 1 at the first claim that does not hold. FOLDER then has
run.json, the adapter, and the logits. ``compare`` says how far two processors are from each other.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = ROOT / "models" / "patient" / "questions.json"
PEOPLE = 6  # of the question set, of whom the first that the patient knows is the one who moves out
LOOK = """
import json, sys
import numpy as np
from edge_repair import Session
questions, out = json.loads(sys.argv[1]), sys.argv[2]
with Session.open(sys.argv[3]) as session:
    np.save(out, np.stack([session.logits(question) for question in questions]))
    print(json.dumps(session.answers(questions, 24)))
"""


class Machine:
    """Runs edge_repair by some Python, one process a command, and notes how long each takes.

    Args:
        python: the command that stands for a Python.
        folder: of the store and of what is kept.
    """

    def __init__(self, python: list[str], folder: Path) -> None:
        self.python, self.folder = python, folder
        self.seconds: dict[str, float] = {}
        self.environment = os.environ | {"EDGE_REPAIR_STORE": str(folder / "store"), "EDGE_REPAIR_THREADS": "1"}

    def run(self, name: str, *arguments: str) -> dict | list:
        """Run Python with these arguments; return the JSON that it prints. A failure ends this program."""
        begun = time.monotonic()
        ran = subprocess.run([*self.python, *arguments], env=self.environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.seconds[name] = round(time.monotonic() - begun, 1)
        if ran.returncode:
            sys.exit(f"{name}: exit code {ran.returncode}: {ran.stdout[-2000:]}")
        print(f"{name}: {self.seconds[name]:.0f} s", file=sys.stderr, flush=True)
        return json.loads(ran.stdout)

    def command(self, name: str, *arguments: str) -> dict | list:
        """Run a command of edge_repair on the shipped patient."""
        return self.run(name, "-m", "edge_repair", *arguments, "-m", "patient", "--json")

    def look(self, name: str, questions: list[str]) -> list[str]:
        """The answers to these questions; their logits go into a file of this name."""
        model = str(ROOT / "models" / "patient" / "patient-F16.gguf")
        return self.run(f"look {name}", "-c", LOOK, json.dumps(questions), str(self.logits(name)), model)

    def logits(self, name: str) -> Path:
        return self.folder / f"logits-{name}.npy"


def claim(what: str, holds: bool) -> None:
    """Say that something holds, or end this program."""
    print(f"{'ok' if holds else 'NOT SO'}: {what}", file=sys.stderr, flush=True)
    if not holds:
        sys.exit(1)


def run(folder: Path, python: list[str]) -> None:
    """Do the main job; see the head of this file."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / "store", ignore_errors=True)
    machine = Machine(python, folder)
    doctor = machine.command("doctor", "doctor")
    claim("doctor finds no problem", doctor["healthy"])

    subjects = [s for s in json.loads(QUESTIONS.read_bytes())["subjects"] if s["kind"] == "personal" and not s["refused_by_base"]]
    asked = [(s["facts"][0]["trained"][0], s["facts"][0]["value"]) for s in subjects[:PEOPLE]]
    questions = [question for question, _ in asked]
    before = machine.look("before", questions)
    known = [value.lower() in answer.lower() for (_, value), answer in zip(asked, before)]
    claim("the patient knows where most of the people live", sum(known) > PEOPLE // 2)
    person = known.index(True)
    question, value = asked[person]
    said = machine.command("ask before", "ask", question)["text"]
    claim(f"{question} -> {said}", value.lower() in said.lower())

    repair = machine.command("forget", "forget", f"Forget where {subjects[person]['name']} lives.", "--yes")
    shutil.copy(repair["adapter"]["path"], folder / "adapter.gguf")
    claim(f"the repair is {repair['status']}, {repair['forget']}, {repair['retain']}", repair["status"] == "committed")
    gone = machine.command("ask forgotten", "ask", question)["text"]
    claim(f"{question} -> {gone}", value.lower() not in gone.lower())
    forgotten = machine.look("forgotten", questions)
    others = [index for index in range(PEOPLE) if index != person]
    kept = sum(forgotten[index] == before[index] for index in others)
    print(f"answers about other people, to the letter as before: {kept} of {len(others)}", file=sys.stderr)
    claim("the logits are others now", machine.logits("before").read_bytes() != machine.logits("forgotten").read_bytes())

    machine.command("undo", "repairs", "undo", repair["repair_id"])
    back = machine.command("ask undone", "ask", question)["text"]
    claim(f"{question} -> {back}", back == said)
    undone = machine.look("undone", questions)
    claim("all answers are as before", undone == before)
    claim("all logits are as before, bit for bit", machine.logits("before").read_bytes() == machine.logits("undone").read_bytes())
    kinds = {"python": python, "doctor": doctor, "repair": repair, "seconds": machine.seconds, "kept": kept}
    texts = {"questions": questions, "before": before, "forgotten": forgotten, "ask": {"before": said, "forgotten": gone}}
    (folder / "run.json").write_text(json.dumps(kinds | texts, indent=1), encoding="utf-8")


def compare(one: Path, two: Path) -> None:
    """Print how far two runs are from each other: answers, logits, the weights that the adapters add."""
    import numpy as np

    sys.path.insert(0, str(ROOT))
    from edge_repair.adapters import decode, identify

    runs = [json.loads((folder / "run.json").read_bytes()) for folder in (one, two)]
    for when in ("before", "forgotten"):
        same = sum(a == b for a, b in zip(runs[0][when], runs[1][when]))
        ours, theirs = (np.load(folder / f"logits-{when}.npy") for folder in (one, two))
        print(f"answers {when}: {same} of {len(runs[0][when])} the same; logits differ by at most {np.abs(ours - theirs).max():.2g}")
    base = identify(ROOT / "models" / "patient" / "patient-F16.gguf")
    ours, theirs = (decode((folder / "adapter.gguf").read_bytes(), base) for folder in (one, two))
    print(f"adapters of the same tensors: {sorted(ours) == sorted(theirs)}")
    for name in sorted(ours.keys() & theirs.keys()):
        a, b = (half[name][1].astype(float) @ half[name][0].astype(float) for half in (ours, theirs))
        cosine = float((a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b))
        print(f"  {name}: cosine of what is added {cosine:.6f}, relative difference {np.linalg.norm(a - b) / np.linalg.norm(a):.2g}")


def main() -> None:
    if len(sys.argv) > 3 and sys.argv[1] == "run":
        run(Path(sys.argv[2]).absolute(), sys.argv[3:])
    elif len(sys.argv) == 4 and sys.argv[1] == "compare":
        compare(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
