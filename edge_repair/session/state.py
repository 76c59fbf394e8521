"""A patient that is kept in the state which its ledger says, and what is learned of it once a session."""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from edge_repair import calibration
from edge_repair.adapters import AdapterFile, encode, validate
from edge_repair.adapters.files import in_passing
from edge_repair.errors import AdapterError, StoreError
from edge_repair.ledger import Ledger
from edge_repair.operation import RetainSample, retain_sample
from edge_repair.operation import background as statistics_of
from edge_repair.operation.memory import give_back
from edge_repair.operation.neurons import NeuronReader
from edge_repair.patient import Patient
from edge_repair.session.routing import Called, Router
from edge_repair.session.voice import Voice
from edge_repair.stamp import Imprint, Statistics, solve
from edge_repair.surgeon import Procedure
from edge_repair.verify import Reference, refer

Progress = Callable[[str, int, int], None]  # (stage, done, total); total 0: not known
KL_TEXTS = 2
KL_CHARACTERS = 400


class State:
    """The patient and the ledger, in step. Thread-safe: one lock for both.

    Attributes:
        patient, ledger: hands off their adapters but through here.
        lock: hold it over several steps that belong together.
        progress: told stages.
        routed: attach to each conversation the repairs that it calls, instead of all to all of them.
        router: knows which.
    """

    def __init__(self, patient: Patient, ledger: Ledger, progress: Progress | None, routed: bool = True):
        self.patient, self.ledger, self.routed = patient, ledger, routed
        self.progress = progress or (lambda stage, done, total: None)
        self.lock = threading.RLock()
        self._neurons = NeuronReader(patient)
        self._statistics: Statistics | None = None
        self._retain: RetainSample | None = None
        self._attached: str | None = None  # what the patient carries: an adapter's sha256, None for no repair
        self.router = Router(patient, ledger, self.statistics, self.solved)

    @contextmanager
    def bared(self) -> Iterator[Patient]:
        """The patient, to be attached to and detached from at will; afterwards it is again what the ledger says.

        It begins with all active repairs together, also where they are routed: what is examined, merged or taken elsewhere is that.
        """
        with self.lock:
            routed = self.routed
            try:
                self.routed = False
                self.sync()
                self.routed = routed
                yield self.patient
            finally:
                self.routed = routed
                self.sync(force=True)
                give_back()

    def unload(self) -> None:
        """Within ``bared``: no repair at all, and the router knows those that are active."""
        version = self._attached
        self.attach(None)
        if self.routed:
            self.router.follow(version)

    @contextmanager
    def synced(self) -> Iterator[Voice]:
        """The patient as the ledger says, for as long as the block lasts, to be asked through its voice."""
        with self.lock:
            self.sync()
            yield Voice(self)

    def sync(self, force: bool = False) -> None:
        """Bring the patient to the state of the ledger; another process may have changed it.

        A combined adapter that was lost or damaged is solved again from the imprints; where it cannot be written, it is
        attached all the same.
        """
        try:
            adapter = self.ledger.adapter()
        except AdapterError:
            imprints = self.stored_imprints()
            mark = "+".join(sorted(imprints))
            if not force and mark == (self.router.version if self.routed else self._attached):
                return
            try:
                with self.ledger.writing() as transaction:
                    imprints = self.stored_imprints()  # nobody changes them now
                    adapter = transaction.replace_adapter(self.solved(imprints) if imprints else None)
            except StoreError:
                if self.routed:
                    self._route(mark, force)
                else:
                    self.attach_bytes(self.solved(imprints))
                    self._attached = mark
                return
        self.follow(adapter, force)

    def attach(self, adapter: AdapterFile | None) -> None:
        """Attach a validated adapter, instead of the one before; None: no repair."""
        self._attached = "unknown"  # until it is through
        self.patient.attach(adapter.path if adapter else None)
        self._attached = adapter.sha256 if adapter else None

    def follow(self, adapter: AdapterFile | None, force: bool = False) -> None:
        """Attach what the ledger has active now, unless the patient carries it already; routed: be ready for it."""
        if self.routed:
            try:
                self._route(adapter.sha256 if adapter else None, force)
                return
            except StoreError:  # a repair that cannot be routed any more: the combined adapter still has it
                self.routed = False
        if force or self._attached != (adapter.sha256 if adapter else None):
            self.attach(adapter)

    def _route(self, version: str | None, force: bool) -> None:
        if force or (self._attached is not None and version != self.router.version):
            self.attach(None)
        self.router.follow(version)

    def put_on(self, called: Called, opened: Called = frozenset()) -> None:
        """Attach the adapter of these repairs alone, unless the patient carries it already; ``opened``: see ``stamp.solve``."""
        mark = "+".join(f"{name}!" if name in opened else name for name in sorted(called)) or None
        if self._attached != mark:
            self.attach_bytes(self.router.adapter(called, opened) if called else None)
            self._attached = mark

    def attach_bytes(self, data: bytes | None) -> None:
        """Attach an adapter that is in no store, None for no repair; llama.cpp reads it whole, so that the file can go at once."""
        if data is None:
            self.attach(None)
            return
        with in_passing(data) as path:
            self.attach(replace(validate(data, self.patient.base), path=path))

    def stored_imprints(self, without: str = "") -> dict[str, Imprint]:
        """The imprints of the active repairs, by id; ``without``: but for this one."""
        return {name: Imprint.from_bytes(data) for name, data in self.ledger.active_imprints(without).items()}

    def solved(self, imprints: Mapping[str, Imprint], opened: Collection[str] = ()) -> bytes:
        """The adapter file of repairs, solved together; ``opened``: see ``stamp.solve``."""
        delta = solve(imprints, self.statistics(), self._neurons, opened)
        return encode(delta, self.patient.base, sorted(imprints))

    def statistics(self) -> Statistics:
        """The model's second moments, shipped, cached, or collected now."""
        if self._statistics is None:
            tell = lambda done, total: self.progress("learning the model's habits (once)", done, total)  # noqa: E731
            self._statistics = statistics_of(self.patient, tell, self.ledger.cache)
        return self._statistics

    def reference_of(self, procedure: Procedure, with_texts: bool = True) -> Reference:
        """What the patient says now, with the repairs it has, also of ordinary text; the retain sample is looked up once a session."""
        bare = self._attached is None
        if self._retain is None:
            self._retain = retain_sample(self.patient, bare, self.ledger.cache)
        texts = [text[:KL_CHARACTERS] for text in calibration.texts()[:KL_TEXTS]] if with_texts else []
        known = self._retain.likelihoods if bare else ()
        return refer(self.patient, procedure.neighbours, self._retain.questions, texts, known)
