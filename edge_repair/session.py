"""Conducts a repair through the rooms, and keeps the patient in the state that the ledger says.

The session knows all rooms and does no arithmetic. Whatever happens in a repair, an error, Ctrl-C, a kill, the patient
and the ledger are left in the old state or in the new one.
"""

import json
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge_repair import calibration, shipped
from edge_repair.adapters import AdapterFile, BaseIdentity, encode, full_sha256, validate
from edge_repair.adapters.files import in_passing
from edge_repair.errors import AdapterError, EdgeRepairError, StoreError, UsageError
from edge_repair.ledger import Ledger, Repair
from edge_repair.operation import Examination, Rooms, Target, background, examine, find_target, make_imprints
from edge_repair.operation.memory import give_back
from edge_repair.operation.neurons import NeuronReader
from edge_repair.operation.search import Search
from edge_repair.operation.trial import Clock, figures_of, since
from edge_repair.patient import Patient
from edge_repair.patient.template import Message
from edge_repair.stamp import Imprint, Statistics, solve
from edge_repair.surgeon import DefaultSurgeon, LanguageReader, Procedure, Question
from edge_repair.surgeon.reading import Reading
from edge_repair.verify import Reference, answered, refer
from edge_repair.watchdog import SOURCES, Prompt, Verdict, Watchdog
from edge_repair.wording import is_refusal

if TYPE_CHECKING:
    from edge_repair.sharing import Pack

Progress = Callable[[str, int, int], None]  # (stage, done, total); total 0: not known
ANSWER_TOKENS = 24
RETAIN_PROMPTS = 12
RETAIN_TOKENS = 16
KL_TEXTS = 2
KL_CHARACTERS = 400


@dataclass(frozen=True)
class Reply:
    """What ``ask`` gives back: an answer, or, for a request to forget, the procedures it would take (and no answer).

    There is one procedure for each subject that the request names; ``proposal`` is the first of ``proposals``, or None.
    """

    text: str
    verdict: Verdict
    proposals: tuple[Procedure, ...] = ()

    @property
    def proposal(self) -> Procedure | None:
        return self.proposals[0] if self.proposals else None


class Session:
    """A patient with its store of repairs. Thread-safe; use as a context manager.

    Args of ``open``: see there. Everything else is for the rooms.
    """

    def __init__(self, patient: Patient, ledger: Ledger, watchdog: Watchdog, surgeon: DefaultSurgeon, progress: Progress | None):
        self._patient, self._ledger, self._watchdog, self._surgeon = patient, ledger, watchdog, surgeon
        self._progress = progress or (lambda stage, done, total: None)
        self._neurons = NeuronReader(patient)
        self._lock = threading.RLock()
        self._statistics: Statistics | None = None
        self._retain: list[Question] | None = None
        self._planned: list[tuple[Procedure, int]] = []  # the last plans, and the milliseconds each took
        self._reading: Patient | None = None  # reads the requests, where a surgeon model was given
        self.notes: list[str] = []  # what the person should know of the last planning
        self._attached: str | None = None  # what the patient carries: an adapter's sha256, None for no repair

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
            session = cls(patient, ledger, Watchdog.load(), DefaultSurgeon(names=_known_names(patient.base)), progress)
            session._sync()
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
        with self._lock:
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
        with self._synced() as patient:
            return Reply(patient.answer(_text(prompt), max_tokens), verdict)

    def stream(self, messages: Sequence[Message], max_tokens: int = 512) -> Iterator[str]:
        """Answer a conversation greedily, piece by piece.

        Raises:
            InterruptedAnswerError: while the pieces are read, when another thread repairs or undoes meanwhile.
        """
        with self._synced() as patient:
            pieces = patient.stream(messages, max_tokens)
        yield from pieces

    def answers(self, prompts: Sequence[str], max_tokens: int = 48) -> list[str]:
        """Greedy answers, each prompt a conversation of its own, many at once."""
        with self._synced() as patient:
            return patient.answers(prompts, max_tokens)

    def sample(self, prompt: str, k: int, temperature: float = 1.0, seed: int = 0, max_tokens: int = 48) -> list[str]:
        """k sampled answers."""
        with self._synced() as patient:
            return patient.samples(prompt, k, temperature, seed, max_tokens)

    def continuations(self, prompts_and_starts: Sequence[tuple[str, str]], max_tokens: int = 48) -> list[str]:
        """How replies go on whose beginnings are forced."""
        with self._synced() as patient:
            return patient.continuations(prompts_and_starts, max_tokens)

    def logits(self, prompt: str | Sequence[Message]) -> np.ndarray:
        """Next-token logits after a prompt, float32 ``[vocabulary]``, bit for bit repeatable."""
        with self._synced() as patient:
            return patient.logits(prompt)

    def log_likelihood(self, prompt: str, answer: str) -> float:
        """Log-probability of an answer in nats, with the end of the turn."""
        with self._synced() as patient:
            return patient.log_likelihoods([(prompt, answer)])[0]

    def token_log_probabilities(self, text: str) -> np.ndarray:
        """Next-token log-probabilities at every position of plain text, float64 ``[n, vocabulary]``."""
        with self._synced() as patient:
            return patient.text_log_probabilities(text)

    # Repairs

    def plan(self, request: str | Prompt, history: Sequence[str] = ()) -> Procedure:
        """Turn a request that names one subject into a procedure; touches nothing.

        Args:
            request: in plain words.
            history: the last turns of the conversation, oldest first: what "forget that" means.

        Raises:
            UsageError: empty, too vague, or several subjects at once (see ``plans``).
            NothingToForgetError: the model knows nothing of it.
        """
        return self._plan(self._surgeon.plan, request, history)[0]

    def plans(self, request: str | Prompt, history: Sequence[str] = ()) -> list[Procedure]:
        """One procedure for each subject that a request names and the model knows; otherwise as ``plan``."""
        return self._plan(self._surgeon.plans, request, history)

    def _plan(self, way: Callable, request: str | Prompt, history: Sequence[str]) -> list[Procedure]:
        text = _text(request, ("typed",))  # what was pasted or loaded is no request
        if not text.strip():
            raise UsageError('the request is empty; say what to forget, for example: "forget the capital of Egypt"')
        started = time.monotonic()
        self.notes.clear()
        with self._synced() as patient:
            planned = way(text, self.judge(request), lambda questions: patient.answers(questions, ANSWER_TOKENS), self._progress, history)
        procedures = planned if isinstance(planned, list) else [planned]
        self.notes += self._surgeon.left_out if isinstance(planned, list) else []
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
        recipe = procedure.recipe
        if recipe.form == "linear" or recipe.positions is not None or recipe.rank is not None:
            raise UsageError("recipe.form linear, recipe.positions and recipe.rank cannot be carried out yet; leave them out of the procedure")
        clock = Clock(next(({"plan": milliseconds} for planned, milliseconds in self._planned if planned is procedure), None))
        with self._bared():
            if not self._ledger.writable:
                raise StoreError(f"{self._ledger.folder} cannot be written; choose another store with --store")
            return self._operate(procedure, label, accept, clock)

    def _operate(self, procedure: Procedure, label: str, accept: bool, clock: Clock) -> Repair:
        active = {name: Imprint.from_bytes(data) for name, data in self._ledger.active_imprints().items()}
        identifier = self._ledger.new_id()
        with clock.stage("reference"):
            procedure = answered(procedure, self._patient)
            reference = self._reference_of(procedure)
        self._attach(None)  # imprints are of the base
        with clock.stage("statistics"):
            self._background()
        with clock.stage("target"):
            self._progress("finding a target", 0, 0)
            target = find_target(self._patient, procedure)
        search = Search(
            self._patient,
            lambda procedure: self._imprints(procedure, target, clock),
            lambda imprint, count: self._put_on(identifier, imprint, active, clock, count),
            reference,
            clock,
            time.process_time() + procedure.recipe.budget_seconds,
        )
        best, procedure = search.best(procedure, target)
        figures = {**figures_of(best, target, clock), "limits": asdict(procedure.limits)}
        repair = Repair(
            id=identifier,
            status="committed" if best.outcome.passed or accept else "rolled_back",
            kind=procedure.kind,
            scope=procedure.scope,
            label=label,
            created=time.time(),
            figures=figures,
            base=self.base.fingerprint,
            procedure=procedure,
            outcome=best.outcome,
        )
        with clock.stage("commit"):
            sha256 = full_sha256(self._patient.path, self._ledger.cache)  # of gigabytes, once: before others have to wait
        with clock.stage("commit"), self._ledger.writing() as transaction:
            transaction.bind(sha256)
            if repair.status == "rolled_back":
                written = transaction.record(repair)
            else:
                adapter = best.adapter
                if set(self._ledger.active_imprints()) != set(active):  # another process repaired meanwhile
                    adapter = self._solved({**self._stored_imprints(), identifier: best.imprint})
                written = transaction.add(repair, best.imprint.to_bytes(), adapter)
        return replace(written, procedure=procedure, outcome=best.outcome, figures=figures)

    def _imprints(self, procedure: Procedure, target: Target, clock: Clock) -> dict[str, Imprint]:
        with clock.stage("capture"):
            self._progress("capturing", 0, 0)
            self._attach(None)
            return make_imprints(self._patient, procedure, target, self._background(), self._surgeon.others(procedure), self._surgeon.asides(procedure))

    def _put_on(self, identifier: str, imprint: Imprint, active: Mapping[str, Imprint], clock: Clock, count: tuple[int, int]) -> bytes:
        """Solve a trial together with the active repairs and attach it; returns the adapter's bytes."""
        self._progress("trying strengths", *count)
        clock.trials += 1
        with clock.stage("solve"):
            adapter = self._solved({**active, identifier: imprint})
        with clock.stage("attach"):
            self._attach_bytes(adapter)
        return adapter

    def decline(self, procedure: Procedure) -> Repair:
        """Note that a proposal was declined; nothing of it is kept."""
        return Repair(self._ledger.new_id(), "declined", procedure.kind, procedure.scope, "", time.time(), {}, self.base.fingerprint, procedure)

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
        with self._lock, tempfile.TemporaryDirectory(prefix="edge-repair-") as fresh:
            rooms = Rooms(
                patient=self._patient,
                base=self.base,
                confirm_file=lambda: self._ledger.confirm_base(full_sha256(self._patient.path, Path(fresh))),
                imprints=self._stored_imprints,
                stored_adapter=lambda: adapter.path.read_bytes() if (adapter := self._ledger.adapter()) else b"",
                solve=self._solved,
                attach=lambda data: self._attach(None) if data is None else self._attach_bytes(data),
                reference=lambda neighbours: self._reference_of(Procedure("unspecified", "verification", neighbours=tuple(neighbours))),
                statistics=self._background,
                procedure=lambda name: self._ledger.get(name).procedure,
            )
            try:
                return examine(rooms)
            finally:
                self._sync(force=True)

    def undo(self, identifier: str) -> Repair:
        """Take a repair back; the others stay exactly as they would be without it. Raises RepairNotFoundError."""
        return self._switch(identifier, False)

    def redo(self, identifier: str) -> Repair:
        """Bring back a repair that was undone. Raises RepairNotFoundError."""
        return self._switch(identifier, True)

    def _switch(self, identifier: str, active: bool) -> Repair:
        with self._lock:
            repair = self._ledger.get(identifier)
            if repair.status not in ("committed", "undone"):
                raise UsageError(f"repair {repair.id} was {repair.status.replace('_', ' ')}, so there is nothing to {'redo' if active else 'undo'}")
            if (repair.status == "committed") == active:
                raise UsageError(f"repair {repair.id} is {'active' if active else 'undone'} already; see: edge-repair repairs list")
            with self._ledger.writing() as transaction:
                imprints = self._stored_imprints()
                if active:
                    imprints[repair.id] = Imprint.from_bytes(self._ledger.imprint(repair.id))
                else:
                    imprints.pop(repair.id, None)  # gone already when another process undid it meanwhile
                switched = transaction.switch(repair.id, active, self._solved(imprints) if imprints else None)
            if self._attached != (switched.adapter.sha256 if switched.adapter else None):
                self._attach(switched.adapter)
            give_back()
            return switched

    # Files for elsewhere

    def bake(self, out: str | Path, *, precision: str = "f16", procedures: Sequence[Procedure] = ()) -> dict:
        """Write the model with its active repairs merged in, for any llama.cpp program; see ``baking.bake``."""
        from edge_repair.baking import bake

        with self._bared() as patient:
            return bake(patient, self._ledger, self._reference_of, Path(out), precision, procedures, self._progress)

    def certify(self, out: str | Path, *, baked: str | Path | None = None, procedures: Sequence[Procedure] = ()) -> dict:
        """Examine the active repairs, and a baked file, and write ``OUT.json`` and ``OUT.md``; see ``baking.examine``."""
        from edge_repair.baking import examine, write_certificate

        with self._bared() as patient:
            report = examine(patient, self._ledger, self._reference_of, procedures, baked and Path(baked), self._progress)
        write_certificate(report, Path(out))
        return report

    def export_repairs(self, out: str | Path, identifiers: Sequence[str] = ()) -> list[Repair]:
        """Write repairs (all active ones, unless ids are given) as a pack of numbers; see ``sharing.give``."""
        from edge_repair.sharing import give

        with self._lock:
            return give(self._ledger, self._patient.path, Path(out), identifiers)

    def read_pack(self, path: str | Path) -> "Pack":
        """Read and check a pack of repairs; nothing is changed. Raises PackError."""
        from edge_repair.sharing import read

        return read(path, self.base, full_sha256(self._patient.path, self._ledger.cache))

    def import_pack(self, pack: "Pack", *, procedures: Sequence[Procedure] = (), accept: bool = False) -> list[Repair]:
        """Make the repairs of a pack active here, all or none, if they do no harm; see ``sharing.take_over``."""
        from edge_repair.sharing import take_over

        with self._bared() as patient:
            doors = {"solved": self._solved, "attach": self._attach_bytes, "refer": self._reference_of, "statistics": self._background}
            return take_over(pack, patient, self._ledger, **doors, procedures=procedures, accept=accept)

    # The state of the patient

    @contextmanager
    def _bared(self) -> Iterator[Patient]:
        """The patient, to be attached to and detached from at will; afterwards it is again what the ledger says."""
        with self._lock:
            self._sync()
            try:
                yield self._patient
            finally:
                self._sync(force=True)
                give_back()

    @contextmanager
    def _synced(self) -> Iterator[Patient]:
        with self._lock:
            self._sync()
            yield self._patient

    def _sync(self, force: bool = False) -> None:
        """Bring the patient to the state of the ledger; another process may have changed it.

        A combined adapter that was lost or damaged is solved again from the imprints; where it cannot be written, it is
        attached all the same.
        """
        try:
            adapter = self._ledger.adapter()
        except AdapterError:
            imprints = self._stored_imprints()
            mark = "+".join(sorted(imprints))
            if not force and self._attached == mark:
                return
            try:
                with self._ledger.writing() as transaction:
                    imprints = self._stored_imprints()  # nobody changes them now
                    adapter = transaction.replace_adapter(self._solved(imprints) if imprints else None)
            except StoreError:
                self._attach_bytes(self._solved(imprints))
                self._attached = mark
                return
        if force or self._attached != (adapter.sha256 if adapter else None):
            self._attach(adapter)

    def _attach(self, adapter: AdapterFile | None) -> None:
        self._attached = "unknown"  # until it is through
        self._patient.attach(adapter.path if adapter else None)
        self._attached = adapter.sha256 if adapter else None

    def _attach_bytes(self, data: bytes) -> None:
        """Attach an adapter that is in no store; llama.cpp reads it whole, so that the file can go at once."""
        with in_passing(data) as path:
            self._attach(replace(validate(data, self.base), path=path))

    def _stored_imprints(self) -> dict[str, Imprint]:
        return {name: Imprint.from_bytes(data) for name, data in self._ledger.active_imprints().items()}

    def _solved(self, imprints: Mapping[str, Imprint]) -> bytes:
        delta = solve(imprints, self._background(), self._neurons)
        return encode(delta, self.base, sorted(imprints))

    def _background(self) -> Statistics:
        if self._statistics is None:
            tell = lambda done, total: self._progress("learning the model's habits (once)", done, total)  # noqa: E731
            self._statistics = background(self._patient, tell, self._ledger.cache)
        return self._statistics

    def _reference_of(self, procedure: Procedure) -> Reference:
        """What the patient says now, with the repairs it has; the retain sample is asked for once a session."""
        if self._retain is None:
            prompts = calibration.prompts()
            chosen = prompts[:: max(1, len(prompts) // RETAIN_PROMPTS)][:RETAIN_PROMPTS]
            answers = self._patient.answers(chosen, RETAIN_TOKENS)
            self._retain = [Question(q, a) for q, a in zip(chosen, answers) if a and not is_refusal(a)]
        texts = [text[:KL_CHARACTERS] for text in calibration.texts()[:KL_TEXTS]]
        return refer(self._patient, procedure.neighbours, self._retain, texts)


def _known_names(base: BaseIdentity) -> dict[str, list[str]]:
    """Names by kind that a model of this name, in any quantisation, is known to know, where a list of them is shipped."""
    listed = shipped.path(f"names/{re.sub('[^a-z0-9]+', '-', base.name.lower())}.json")
    return json.loads(listed.read_text("utf-8")) if listed.is_file() else {}


def _text(prompt: str | Prompt, sources: Sequence[str] = SOURCES) -> str:
    return prompt if isinstance(prompt, str) else "\n".join(segment.text for segment in prompt.segments if segment.source in sources)
