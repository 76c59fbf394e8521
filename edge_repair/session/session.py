"""What a person can do with a model and its store: ask, plan, repair, undo, examine, take elsewhere.

The session knows all rooms and does no arithmetic. Whatever happens in a repair, an error, Ctrl-C, a kill, the patient
and the ledger are left in the old state or in the new one.
"""

import json
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge_repair import shipped
from edge_repair.adapters import BaseIdentity, full_sha256
from edge_repair.errors import EdgeRepairError, UsageError
from edge_repair.ledger import Ledger, Repair
from edge_repair.operation import Examination, Rooms, examine
from edge_repair.operation.trial import Clock, since
from edge_repair.patient import Patient
from edge_repair.patient.template import Message
from edge_repair.session.carrying import carry_out, check_writable, switch
from edge_repair.session.planning import Way, planned
from edge_repair.session.state import Progress, State
from edge_repair.surgeon import DefaultSurgeon, LanguageReader, Procedure
from edge_repair.surgeon.reading import Reading
from edge_repair.watchdog import SOURCES, Prompt, Verdict, Watchdog

if TYPE_CHECKING:
    from edge_repair.sharing import Pack


@dataclass(frozen=True)
class Reply:
    """What ``ask`` gives back: an answer, or, for a request to forget, the procedures it would take (and no answer).

    There is one procedure for each subject that the request names; ``proposal`` is the first of ``proposals``, or None.
    ``repairs`` are the ids of those that the answer was given with.
    """

    text: str
    verdict: Verdict
    proposals: tuple[Procedure, ...] = ()
    repairs: tuple[str, ...] = ()

    @property
    def proposal(self) -> Procedure | None:
        return self.proposals[0] if self.proposals else None


class Session:
    """A patient with its store of repairs. Thread-safe; use as a context manager.

    Args of ``open``: see there. Everything else is for the rooms.
    """

    def __init__(self, patient: Patient, ledger: Ledger, watchdog: Watchdog, surgeon: DefaultSurgeon, progress: Progress | None, routed: bool = True):
        self._patient, self._ledger, self._watchdog, self._surgeon = patient, ledger, watchdog, surgeon
        self._state = State(patient, ledger, progress, routed)
        self._planned: list[tuple[Procedure, int]] = []  # the last plans, and the milliseconds each took
        self._reading: Patient | None = None  # reads the requests, where a surgeon model was given
        self.notes: list[str] = []  # what the person should know of the last planning

    @classmethod
    def open(
        cls,
        model: str | Path | None = None,
        store: str | Path | None = None,
        *,
        threads: int | None = None,
        lora: str | Path | None = None,
        keep_text: bool = False,
        surgeon: str | Path | None = None,
        routed: bool = True,
        progress: Progress | None = None,
    ) -> "Session":
        """Open a model with the repairs that its store holds.

        Args:
            model: path or short name; None: ``EDGE_REPAIR_MODEL``, the pulled model, the shipped patient, in this order.
            store: folder of the ledger; None: ``EDGE_REPAIR_STORE``, else the platform's data folder.
            threads: for llama.cpp; None: one less than the cores.
            lora: a LoRA adapter the user runs this model with. Repairs are of the model with it, and others of it without.
            keep_text: keep the words of requests in the store (off by default: a log that forgets).
            surgeon: an instruct model (path or short name) that reads the requests, checked and with the default to fall
                back on; None: the default alone. See ``surgeon.language``.
            routed: attach to each conversation only the repairs that it calls; one that calls none is answered by the
                untouched model, bit for bit (of one fact, its answer is heard where it may tell it, see ``stream``). False: all repairs, together, to all conversations, as any llama.cpp
                program has them that loads the adapter. A store can be opened either way; a repair is verified in the way
                that it was made in. See ``routing``.
            progress: told stages.

        Raises:
            ModelError, StoreError, AdapterError, RuntimeMismatchError.
        """
        from edge_repair.catalogue import resolve

        patient = Patient.open(resolve(model), threads=threads, lora=lora)
        try:
            ledger = Ledger.open(store, patient.base, keep_text=keep_text)
            if ledger.repairs():
                ledger.confirm_base(full_sha256(patient.path, ledger.cache))
            session = cls(patient, ledger, Watchdog.load(), DefaultSurgeon(names=_known_names(patient.base)), progress, routed)
            session._state.sync()
            if surgeon is not None:
                session._let_read(resolve(surgeon), threads)
        except BaseException:
            patient.close()
            raise
        return session

    def _let_read(self, path: Path, threads: int | None) -> None:
        """Let a language model read the requests from now on; the patient itself may be it."""
        self._reading = self._patient if path == self._patient.path else Patient.open(path, threads=threads)
        self._surgeon.reader = LanguageReader(self._reading.written, self._surgeon.reader, self.notes.append)

    def close(self) -> None:
        """Free the model."""
        with self._state.lock:
            for patient in (self._reading, self._patient):
                if patient is not None:
                    patient.close()
            self._ledger.close()

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def model(self) -> Path:
        """The model file."""
        return self._patient.path

    @property
    def base(self) -> BaseIdentity:
        """Identity of the model file; of the file with the LoRA, where the session was opened with one."""
        return self._patient.base

    @property
    def routed(self) -> bool:
        """Whether each conversation carries only the repairs that it calls; can be set."""
        return self._state.routed

    @routed.setter
    def routed(self, value: bool) -> None:
        with self._state.lock:
            self._state.routed = value
            self._state.sync(force=True)

    # Talking: each sees the repairs of the ledger, whichever process made them

    def judge(self, prompt: str | Prompt) -> Verdict:
        """What the Watchdog makes of a prompt."""
        return self._watchdog.judge(prompt)

    def readings(self, request: str | Prompt, history: Sequence[str] = ()) -> tuple[Reading, ...]:
        """What a request names, without asking the model. Raises UsageError as ``plan`` does."""
        return self._surgeon.reader.read(_text(request, ("typed",)), self.judge(request), history)

    def ask(self, prompt: str | Prompt, max_tokens: int = 256) -> Reply:
        """Answer one prompt, a conversation of its own, greedily. Never edits: a request comes back as a proposal."""
        verdict = self.judge(prompt)
        if verdict.zone != "pass":
            try:
                return Reply("", verdict, tuple(self.plans(prompt)))
            except EdgeRepairError:
                pass  # nothing that can be forgotten: it is a prompt like any other
        with self._state.synced() as patient:
            text = _text(prompt)
            answer, repairs = patient.reply(text, max_tokens)
            return Reply(answer, verdict, repairs=repairs)

    def stream(self, messages: Sequence[Message], max_tokens: int = 512) -> Iterator[str]:
        """Answer a conversation greedily, piece by piece.

        Routed, an answer that must be heard before it is known whether it may be given comes in one piece, when all of it is there.

        Raises:
            InterruptedAnswerError: while the pieces are read, when another thread repairs or undoes meanwhile; routed, also
                when something is asked meanwhile that calls other repairs.
        """
        with self._state.synced() as patient:
            pieces = patient.stream(messages, max_tokens)
        yield from pieces

    def answers(self, prompts: Sequence[str], max_tokens: int = 48) -> list[str]:
        """Greedy answers, each prompt a conversation of its own, many at once."""
        with self._state.synced() as patient:
            return patient.answers(prompts, max_tokens)

    def sample(self, prompt: str, k: int, temperature: float = 1.0, seed: int = 0, max_tokens: int = 48) -> list[str]:
        """k sampled answers; routed, what surely asks for something forgotten has the greedy one k times. Raises UsageError for k or temperature below 0."""
        if k < 0 or not temperature >= 0:
            raise UsageError("a number of samples and a temperature are at least 0")
        if temperature == 0:
            return self.answers([prompt], max_tokens) * k
        with self._state.synced() as patient:
            return patient.samples(prompt, k, temperature, seed, max_tokens)

    def continuations(self, prompts_and_starts: Sequence[tuple[str, str]], max_tokens: int = 48) -> list[str]:
        """How replies go on whose beginnings are forced; routed, one that would tell what is forgotten begins anew instead."""
        with self._state.synced() as patient:
            return patient.continuations(prompts_and_starts, max_tokens)

    def carried(self, conversations: Sequence[str | Sequence[Message]]) -> list[tuple[str, ...]]:
        """For each conversation the ids of the repairs whose gates open for it.

        It is answered with these, but for repairs of one fact: where it is doubtful whether the last turn asks for it, the
        answer without the repair is heard first, and given unless it says that fact. See ``untouched``, and docs/method.md.
        """
        with self._state.synced() as patient:
            return patient.carried(conversations)

    def untouched(self, conversations: Sequence[str | Sequence[Message]]) -> list[bool]:
        """For each conversation whether the untouched model answers it whatever it says, bit for bit."""
        with self._state.synced() as patient:
            return patient.untouched(conversations)

    def logits(self, prompt: str | Sequence[Message]) -> np.ndarray:
        """Next-token logits after a prompt, float32 ``[vocabulary]``, bit for bit repeatable."""
        with self._state.synced() as patient:
            return patient.logits(prompt)

    def log_likelihood(self, prompt: str, answer: str) -> float:
        """Log-probability of an answer in nats, with the end of the turn."""
        with self._state.synced() as patient:
            return patient.log_likelihoods([(prompt, answer)])[0]

    def token_log_probabilities(self, text: str) -> np.ndarray:
        """Next-token log-probabilities at every position of plain text, float64 ``[n, vocabulary]``."""
        with self._state.synced() as patient:
            return patient.text_log_probabilities(text)

    # Repairs

    def plan(self, request: str | Prompt, history: Sequence[str] = ()) -> Procedure:
        """Turn a request that names one subject into a procedure; touches nothing.

        Args:
            request: in plain words.
            history: the last turns of the conversation, oldest first: what "forget that" means.

        Raises:
            UsageError: empty, too vague, several subjects at once (see ``plans``), or what an active repair changes already.
            NothingToForgetError: the model knows nothing of it.
        """
        return self._plan(self._surgeon.plan, request, history)[0]

    def plans(self, request: str | Prompt, history: Sequence[str] = ()) -> list[Procedure]:
        """One procedure for each subject that a request names and the model knows; otherwise as ``plan``."""
        return self._plan(self._surgeon.plans, request, history)

    def _plan(self, way: Way, request: str | Prompt, history: Sequence[str]) -> list[Procedure]:
        text = _text(request, ("typed",))  # what was pasted or loaded is no request
        if not text.strip():
            raise UsageError('the request is empty; say what to forget, for example: "forget the capital of Egypt"')
        started, verdict = time.monotonic(), self.judge(request)
        self.notes.clear()
        procedures = planned(self._state, self._surgeon, way, text, verdict, history)
        if verdict.zone == "pass":
            self.notes.append("by its words alone this would not be taken for a request to forget; look at the plan before it is carried out")
        self.notes += self._surgeon.left_out if way == self._surgeon.plans else []
        self._planned = [(procedure, since(started) // len(procedures)) for procedure in procedures]
        return procedures

    def forget(self, request: str | Prompt, procedure: Procedure | None = None, label: str = "") -> Repair:
        """Plan (unless a procedure is given) and carry out, without asking. See ``carry_out``."""
        return self.carry_out(procedure or self.plan(request), label)

    def carry_out(self, procedure: Procedure, label: str = "", *, accept: bool = False) -> Repair:
        """Carry a procedure out as a transaction: capture, solve, attach, verify, then keep or roll back.

        Recipes are tried mildest first until one meets the limits with nothing left to wish for; once one meets them, a
        still better one is looked for a few seconds more.

        Args:
            procedure: from ``plan``, or edited.
            label: what to call the repair in lists; the only text that is stored.
            accept: keep the best recipe even though it missed a limit.

        Returns:
            The repair, ``status`` "committed" or "rolled_back"; ``figures`` holds what was measured.

        Raises:
            NoTargetError: nothing turns this model. StoreError: the store cannot be written. Nothing was changed.
        """
        clock = Clock(next(({"plan": milliseconds} for planned, milliseconds in self._planned if planned is procedure), None))
        with self._state.bared():
            return carry_out(self._state, self._surgeon, procedure, label, accept, clock)

    def check_writable(self) -> None:
        """Raise StoreError where a repair could not be kept; ``carry_out`` would, after everything has been planned."""
        check_writable(self._ledger)

    def decline(self, procedure: Procedure) -> Repair:
        """Note that a proposal was declined; nothing of it is kept."""
        return Repair(self._ledger.new_id(), "declined", procedure.kind, procedure.scope, "", time.time(), {}, self.base.fingerprint, procedure)

    def purge(self, identifier: str) -> Repair:
        """Remove an undone repair for good, its bytes too; there is no redo. Returns what it was.

        Raises:
            RepairNotFoundError: there is none. UsageError: it is active. StoreError: it could not be removed.
        """
        with self._state.lock:
            repair = self._ledger.get(identifier)
            self._ledger.purge(repair.id)
        return repair

    def repairs(self) -> list[Repair]:
        """All repairs of this model in the store, in order."""
        return self._ledger.repairs()

    def repair(self, identifier: str) -> Repair:
        """One repair by its id or the beginning of it. Raises RepairNotFoundError."""
        return self._ledger.get(identifier)

    def verify(self) -> Examination:
        """Examine the active repairs again, for instance after an update of llama.cpp or of the file; changes nothing.

        Asks a repair's questions again where the store keeps its words, and checks its numbers where it does not.
        """
        with self._state.lock, tempfile.TemporaryDirectory(prefix="edge-repair-") as fresh:
            rooms = Rooms(
                patient=self._patient,
                base=self.base,
                confirm_file=lambda: self._ledger.confirm_base(full_sha256(self._patient.path, Path(fresh))),
                imprints=self._state.stored_imprints,
                stored_adapter=lambda: adapter.path.read_bytes() if (adapter := self._ledger.adapter()) else b"",
                solve=self._state.solved,
                attach=self._state.attach_bytes,
                reference=lambda neighbours: self._state.reference_of(Procedure("unspecified", "verification", neighbours=tuple(neighbours))),
                statistics=self._state.statistics,
                procedure=lambda name: self._ledger.get(name).procedure,
            )
            try:
                return examine(rooms)
            finally:
                self._state.sync(force=True)

    def undo(self, identifier: str) -> Repair:
        """Take a repair back; the others stay exactly as they would be without it. Raises RepairNotFoundError."""
        return switch(self._state, identifier, False)

    def redo(self, identifier: str) -> Repair:
        """Bring back a repair that was undone. Raises RepairNotFoundError."""
        return switch(self._state, identifier, True)

    # Files for elsewhere

    def bake(self, out: str | Path, *, precision: str = "f16", procedures: Sequence[Procedure] = ()) -> dict:
        """Write the model with its active repairs merged in, for any llama.cpp program; see ``baking.bake``."""
        from edge_repair.baking import bake

        with self._state.bared() as patient:
            return bake(patient, self._ledger, self._state.reference_of, Path(out), precision, procedures, self._state.progress)

    def certify(self, out: str | Path, *, baked: str | Path | None = None, procedures: Sequence[Procedure] = ()) -> dict:
        """Examine the active repairs, and a baked file, and write ``OUT.json`` and ``OUT.md``; see ``baking.examine``."""
        from edge_repair.baking import examine, write_certificate

        with self._state.bared() as patient:
            report = examine(patient, self._ledger, self._state.reference_of, procedures, baked and Path(baked), self._state.progress)
        write_certificate(report, Path(out))
        return report

    def export_repairs(self, out: str | Path, identifiers: Sequence[str] = ()) -> list[Repair]:
        """Write repairs (all active ones, unless ids are given) as a pack of numbers; see ``sharing.give``."""
        from edge_repair.sharing import give

        with self._state.lock:
            return give(self._ledger, self._patient.path, Path(out), identifiers)

    def read_pack(self, path: str | Path) -> "Pack":
        """Read and check a pack of repairs; nothing is changed. Raises PackError."""
        from edge_repair.sharing import read

        return read(path, self.base, full_sha256(self._patient.path, self._ledger.cache))

    def import_pack(self, pack: "Pack", *, procedures: Sequence[Procedure] = (), accept: bool = False) -> list[Repair]:
        """Make the repairs of a pack active here, all or none, if they do no harm; see ``sharing.take_over``."""
        from edge_repair.sharing import take_over

        with self._state.bared() as patient:
            doors = {"solved": self._state.solved, "attach": self._state.attach_bytes, "refer": self._state.reference_of, "statistics": self._state.statistics}
            return take_over(pack, patient, self._ledger, **doors, procedures=procedures, accept=accept)


def _known_names(base: BaseIdentity) -> dict[str, list[str]]:
    """Names by kind that a model of this name, in any quantisation, is known to know, where a list of them is shipped."""
    listed = shipped.path(f"names/{re.sub('[^a-z0-9]+', '-', base.name.lower())}.json")
    return json.loads(listed.read_text("utf-8")) if listed.is_file() else {}


def _text(prompt: str | Prompt, sources: Sequence[str] = SOURCES) -> str:
    return prompt if isinstance(prompt, str) else "\n".join(segment.text for segment in prompt.segments if segment.source in sources)
