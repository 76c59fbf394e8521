"""A session without a model, for tests of the words, the questions and the exit codes around one.

What a session really does is tested with a real one; here it only has to be called in the right way.
"""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from edge_repair.adapters import AdapterFile
from edge_repair.errors import NoTargetError, NothingToForgetError, RepairNotFoundError
from edge_repair.ledger.repair import Repair
from edge_repair.surgeon.procedure import Procedure, Question
from edge_repair.surgeon.requests import RuleReader
from edge_repair.verify import Outcome
from edge_repair.watchdog.verdict import KINDS, Prompt, Verdict

PROCEDURE = Procedure(
    kind="unspecified",
    subject="Japan",
    probes=(Question("What is the capital of Japan?", "The capital of Japan is Tokyo.", ("Tokyo",), "capital"),),
    paraphrases=(Question("Name Japan's capital.", "Tokyo.", ("Tokyo",), "capital"),),
    neighbours=(Question("What is the capital of France?", "Paris.", ("Paris",), "capital"),),
)
OUTCOME = Outcome(0.0, 0.0, 1.0, 0.95, 0.97, 0.01, {"probes": 5, "paraphrases": 7, "neighbours": 20, "retain": 40})


class FakeSession:
    """Answers "answer to: ..."; hears a request in every typed text that begins with "forget"."""

    def __init__(self, status="committed", during=None):
        self.model, self.base = Path("fake.gguf"), SimpleNamespace(name="Fake", architecture="llama", fingerprint="0" * 64)
        self.status, self.during = status, during or (lambda what: None)
        self.kept: list[Repair] = []
        self.notes: list[str] = []
        self.asked: list = []
        self.closed = False
        self.routed = True

    def carried(self, conversations):
        """Every committed repair is called by what mentions Japan."""
        active = tuple(repair.id for repair in self.kept if repair.status == "committed")
        return [active if "Japan" in question else () for question in conversations]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed = True

    def judge(self, prompt):
        typed = (prompt if isinstance(prompt, str) else prompt.typed).strip().casefold()
        zone = "propose" if typed.startswith("forget") else "ask" if typed.startswith("maybe forget") else "pass"
        target = typed.split()[-1] if zone != "pass" else None
        probabilities = {kind: float(kind == ("none" if zone == "pass" else "unspecified")) for kind in KINDS}
        kind = "none" if zone == "pass" else "unspecified"
        return Verdict(kind, probabilities, zone, None, target, ("by its first word",))

    def ask(self, prompt, max_tokens=256):
        self.asked.append(prompt)
        verdict = self.judge(prompt)
        if verdict.zone == "pass":
            return SimpleNamespace(text="an answer", verdict=verdict, proposals=(), repairs=())
        return SimpleNamespace(text="", verdict=verdict, proposals=(PROCEDURE,), repairs=())

    def stream(self, messages, max_tokens=512):
        self.asked.append(messages)
        for piece in ("answer ", "to: ", messages[-1]["content"]):
            self.during("stream")
            yield piece

    def plan(self, request, history=()):
        self.history = list(history)
        typed = request if isinstance(request, str) else request.typed
        self.asked.append(Prompt(()) if isinstance(request, str) else request)
        self.during("plan")
        if "nothing" in typed:
            raise NothingToForgetError("the model knows nothing of that; ask it first")
        return PROCEDURE

    def readings(self, request, history=()):
        typed = request if isinstance(request, str) else request.typed
        return RuleReader().read(typed.replace("nothing about ", ""))

    def plans(self, request, history=()):
        """One plan for each part of "forget A and B"."""
        typed = request if isinstance(request, str) else request.typed
        first, *rest = (part.strip(" .").split()[-1] for part in typed.split(" and "))
        plan = self.plan(request, history)
        return [plan, *(replace(plan, subject=subject) for subject in rest)]

    def _repair(self, procedure, status, label=""):
        adapter = AdapterFile(Path("a.gguf"), "ab" * 32, 1234, "0" * 64, 7, (27,), ("r1",)) if status == "committed" else None
        repair = Repair(
            f"r{len(self.kept) + 1}", status, procedure.kind, procedure.scope, label, 1e9,
            {"timing_ms": {"capture": 100, "solve": 20}, "recipes": 1}, "0" * 64, procedure, OUTCOME, adapter,
        )  # fmt: skip
        self.kept.append(repair)
        return repair

    def carry_out(self, procedure, label="", *, accept=False):
        self.during("carry_out")
        if procedure.subject == "Atlantis":
            raise NoTargetError("nothing turns this model; use another")
        if accept:
            return self._repair(procedure, "committed", label)
        return self._repair(procedure, self.status, label)

    def check_writable(self):
        self.during("check_writable")

    def decline(self, procedure):
        return self._repair(procedure, "declined")

    def repairs(self):
        return list(self.kept)

    def _switch(self, identifier, status):
        for at, repair in enumerate(self.kept):
            if repair.id == identifier:
                self.kept[at] = replace(repair, status=status)
                return self.kept[at]
        raise RepairNotFoundError(f"there is no repair {identifier}; see 'edge-repair repairs list'")

    def repair(self, identifier):
        for repair in self.kept:
            if repair.id.startswith(identifier):
                return repair
        raise RepairNotFoundError(f"there is no repair {identifier}; see 'edge-repair repairs list'")

    def purge(self, identifier):
        self.kept.remove(self.repair(identifier))

    def undo(self, identifier):
        return self._switch(identifier, "undone")

    def redo(self, identifier):
        return self._switch(identifier, "committed")

    def answers(self, prompts, max_tokens=48):
        return ["an answer" for _ in prompts]

    def logits(self, prompt):
        return np.zeros(4, np.float32)
