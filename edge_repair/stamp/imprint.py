"""One repair in numbers: all that a joint solve needs of it, without a word of text."""

import io
import math
import zipfile
from dataclasses import dataclass, field

import numpy as np

from edge_repair.errors import StoreError
from edge_repair.stamp.listening import Listener

FORMAT, BEFORE_GENERAL, BEFORE_LISTENER, BEFORE_OWN, BEFORE_DANGER = 6, 5, 4, 3, 2
MOST_BYTES = 256 << 20  # unpacked; real ones have a few


@dataclass(frozen=True)
class Step:
    """One token of the reply that the repair must bring about, where the base would say another.

    Attributes:
        shared: steps of the same name in several repairs are one gate (the later tokens of one refusal sentence);
            an empty name is a gate of this repair alone.
        opening: True for the first token of the reply, where the request's own detector decides.
        inputs: layer to normed MLP inputs at this place for the probes, float32 ``[n, d]``.
        columns: layer to the residual to write, float32 ``[d]``.
        site: True for the place inside an answer where its value is about to be said: a detector of its own decides.
        held_out, aside: of a site: layer to inputs at the sites of held-out paraphrases, which place the threshold,
            and before the sites, where the gate must stay closed, ``[h, d]`` and ``[k, d]``.
    """

    shared: str
    opening: bool
    inputs: dict[int, np.ndarray]
    columns: dict[int, np.ndarray]
    site: bool = False
    held_out: dict[int, np.ndarray] = field(default_factory=dict)
    aside: dict[int, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Imprint:
    """A repair in numbers; every array is float16-exact, so that storing it changes nothing.

    Attributes:
        layer: the layer chosen for this repair.
        steps: what to write, in order.
        held_out: layer to inputs where replies to held-out paraphrases begin, ``[h, d]``: they place thresholds.
        near: layer to inputs where replies to neighbours begin, ``[m, d]``: they must not open the gate.
        speech: layer to inputs inside the neighbours' own answers, and of a correction behind its own written words, ``[k, d]``: neither.
        strength: factor on all columns.
        danger: True for a dangerous topic: what is dangerous and harmless in general (statistics) then shapes its detector.
        general: True where the probes are examples of what is dangerous in general, and not of one topic.
        own: so many of the last rows of ``near`` are other questions about the same subject; 0: none, or not known.
        listener: tells in the base's answers that they say what is to go; None: nothing can be listened for. It is no part of the
            solve: it decides where a repair is attached (``route``).
    """

    layer: int
    steps: tuple[Step, ...]
    held_out: dict[int, np.ndarray]
    near: dict[int, np.ndarray]
    speech: dict[int, np.ndarray]
    strength: float = 1.0
    danger: bool = False
    own: int = 0
    listener: Listener | None = None
    general: bool = False

    @property
    def opening(self) -> Step:
        """The step at which the reply begins."""
        return next(step for step in self.steps if step.opening)

    @property
    def site(self) -> Step | None:
        """The step inside answers, if there is one."""
        return next((step for step in self.steps if step.site), None)

    def to_bytes(self) -> bytes:
        """Serialise: a compressed npz without pickles."""
        arrays: dict[str, np.ndarray] = {
            "format": np.array(FORMAT),
            "layer": np.array(self.layer),
            "strength": np.array(self.strength),
            "danger": np.array(self.danger),
            "general": np.array(self.general),
            "own": np.array(self.own),
            "opening": np.array([step.opening for step in self.steps]),
            "site": np.array([step.site for step in self.steps]),
            "shared": np.array([step.shared for step in self.steps], dtype="U64"),
        }
        for name in ("held_out", "near", "speech"):
            arrays |= {f"{name}.{layer}": rows.astype(np.float16) for layer, rows in getattr(self, name).items()}
        if self.listener is not None:
            arrays |= self.listener.arrays()
        for i, step in enumerate(self.steps):
            arrays |= {f"inputs.{i}.{layer}": rows.astype(np.float16) for layer, rows in step.inputs.items()}
            arrays |= {f"columns.{i}.{layer}": column.astype(np.float32) for layer, column in step.columns.items()}
            for name in ("held_out", "aside"):
                arrays |= {f"{name}.{i}.{layer}": rows.astype(np.float16) for layer, rows in getattr(step, name).items()}
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Imprint":
        """Read what ``to_bytes`` wrote.

        Nothing is unpacked before its size is known and found sane: a store may come from elsewhere.

        Raises:
            StoreError: not an imprint, or one whose numbers do not fit together.
        """
        try:
            check_sizes(data)
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                version = int(arrays["format"])
                if version not in (FORMAT, BEFORE_GENERAL, BEFORE_LISTENER, BEFORE_OWN, BEFORE_DANGER):
                    raise ValueError(f"imprint format {version} is not {FORMAT}")
                tables: dict[str, dict[int, np.ndarray]] = {}
                for name in arrays.files:
                    head, _, layer = name.rpartition(".")
                    if head:
                        tables.setdefault(head, {})[int(layer)] = arrays[name].astype(np.float32)
                steps = tuple(
                    Step(str(shared), bool(opening), tables[f"inputs.{i}"], tables[f"columns.{i}"], bool(site),
                         tables.get(f"held_out.{i}", {}), tables.get(f"aside.{i}", {}))
                    for i, (shared, opening, site) in enumerate(zip(arrays["shared"], arrays["opening"], arrays["site"]))
                )  # fmt: skip
                imprint = cls(int(arrays["layer"]), steps, tables["held_out"], tables["near"], tables["speech"], float(arrays["strength"]),
                              version > BEFORE_DANGER and bool(arrays["danger"]), int(arrays["own"]) if version > BEFORE_OWN else 0, Listener.from_arrays(arrays),
                              version > BEFORE_GENERAL and bool(arrays["general"]))
            imprint._check()
        except Exception as error:  # noqa: BLE001 - zip, deflate and npy have errors of many sorts: all mean the same here
            raise StoreError(f"an imprint in the store is none ({type(error).__name__}). Restore the store from a copy, or purge that repair.") from None
        return imprint

    def _check(self) -> None:
        width = self.opening.columns[self.layer].shape[0]
        sites = [table for step in self.steps if step.site for table in (step.held_out, step.aside)]
        for table in (self.held_out, self.near, self.speech, *(step.inputs for step in self.steps), *sites):
            if table[self.layer].ndim != 2 or table[self.layer].shape[1] != width:
                raise ValueError("an imprint whose numbers do not fit together")
        if self.listener is not None and len(self.listener.detector) != width:
            raise ValueError("an imprint whose numbers do not fit together")
        if not 0 <= self.own <= len(self.near[self.layer]):
            raise ValueError("an imprint whose numbers do not fit together")
        if any(step.columns[self.layer].shape != (width,) for step in self.steps):
            raise ValueError("an imprint whose numbers do not fit together")
        tables = (self.held_out, self.near, self.speech, *(t for step in self.steps for t in (step.inputs, step.columns, step.held_out, step.aside)))
        if not all(np.isfinite(rows).all() for table in tables for rows in table.values()) or not math.isfinite(self.strength):
            raise ValueError("an imprint whose numbers are not finite")


def check_sizes(data: bytes) -> None:
    """Compare what each array's header claims with the directory of the archive, and the whole with a limit."""
    total = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            total += member.file_size
            if total > MOST_BYTES:
                raise ValueError(f"unpacks to more than {MOST_BYTES >> 20} MiB")
            with archive.open(member) as file:
                version = np.lib.format.read_magic(file)
                read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
                shape, _, dtype = read(file)
                if dtype.hasobject or math.prod(shape) * dtype.itemsize != member.file_size - file.tell():
                    raise ValueError(f"the array {member.filename} is not as long as it claims")


def storable(rows: np.ndarray) -> np.ndarray:
    """Round to what ``to_bytes`` keeps, so that a solve from memory equals one from the store."""
    return rows.astype(np.float16).astype(np.float32)
