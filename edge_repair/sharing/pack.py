"""The pack: imprints of repairs in one flat file, bound to a model by its full hash.

    8 bytes   "EDGEPACK"
    4 bytes   version, 4 bytes length of the header (both little-endian)
    header    JSON in one canonical form: which model, and for each repair its kind, figures, and the sizes of its arrays
    arrays    one after the other, little-endian: inputs in half, columns in single precision
    32 bytes  SHA-256 of all before

Nothing is compressed, so nothing can unfold; all sizes follow from the header and must add up to the length of the file
before anything is allocated. The header is written again from what was read and must come out the same. The hash finds
damage; it does not say who made the file, so every number is checked as well.

Not covered: what the numbers themselves reveal of what was forgotten (docs/security.md).
"""

import hashlib
import json
import math
import os
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edge_repair.adapters import BaseIdentity
from edge_repair.errors import PackError
from edge_repair.ledger import Repair
from edge_repair.ledger.repair import numbers_only
from edge_repair.stamp import Imprint, Step
from edge_repair.surgeon.procedure import KINDS, SCOPES

MAGIC, VERSION, OLDEST = b"EDGEPACK", 3, 2
MAX_BYTES, MAX_HEADER = 256 << 20, 1 << 20
MAX_REPAIRS, MAX_STEPS, MAX_ROWS, MAX_LAYERS = 1000, 64, 4096, 16
MAX_COLUMN = 1e5  # of a residual's elements; real ones are below 100
MAX_STRENGTH = 100.0
_START = struct.Struct("<8sII")
_IDENTIFIER = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_HASH = re.compile(r"[0-9a-f]{64}")
_SHARED = re.compile(r"([0-9a-f]{24})?")
_INPUTS, _COLUMNS = np.dtype("<f2"), np.dtype("<f4")


@dataclass(frozen=True)
class Packed:
    """One repair of a pack: its id, two words of our own vocabulary, numbers about it, and its imprint."""

    id: str
    kind: str
    scope: str
    figures: dict[str, Any]
    imprint: Imprint


@dataclass(frozen=True)
class Pack:
    """A checked pack. ``sha256`` is that of the model file, ``fingerprint`` that of the model (with its LoRA, if any)."""

    fingerprint: str
    sha256: str
    repairs: tuple[Packed, ...]


def encode(repairs: Sequence[tuple[Repair, Imprint]], base: BaseIdentity, sha256: str) -> bytes:
    """Write repairs as a pack; equal arguments give equal bytes.

    Args:
        repairs: records with their imprints; of the records only id, kind, scope and figures are taken, never the label.
        base: the model that they are of.
        sha256: of its file.
    """
    entries = [_entry(Packed(repair.id, repair.kind, repair.scope, numbers_only(repair.figures), imprint)) for repair, imprint in repairs]
    header = _canonical({"base": {"fingerprint": base.fingerprint, "sha256": sha256, "width": base.width}, "repairs": entries})
    arrays = b"".join(array.tobytes() for _, imprint in repairs for array in arrays_of(imprint))
    body = _START.pack(MAGIC, VERSION, len(header)) + header + arrays
    return body + hashlib.sha256(body).digest()


def arrays_of(imprint: Imprint) -> Iterator[np.ndarray]:
    """The arrays of an imprint in the order of the file: two imprints are equal when these are, and ``_entry``."""
    for layer in layers_of(imprint):
        for step in imprint.steps:
            yield step.inputs[layer].astype(_INPUTS)
            yield step.columns[layer].astype(_COLUMNS)
            if step.site:
                yield step.held_out[layer].astype(_INPUTS)
                yield step.aside[layer].astype(_INPUTS)
        for table in (imprint.held_out, imprint.near, imprint.speech):
            yield table[layer].astype(_INPUTS)


def same(one: Imprint, other: Imprint) -> bool:
    """Whether two imprints are the same numbers."""
    entries = [_entry(Packed("", "", "", {}, imprint)) for imprint in (one, other)]
    return entries[0] == entries[1] and all(np.array_equal(a, b) for a, b in zip(arrays_of(one), arrays_of(other)))


def read(path: str | os.PathLike, base: BaseIdentity, sha256: str) -> Pack:
    """Read and check a pack's file; see ``decode``.

    Raises:
        PackError: it cannot be read, or is refused.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as problem:
        raise PackError(f"{path}: cannot be read ({getattr(problem, 'strerror', None) or problem}). Check the path.") from None
    try:
        return decode(data, base, sha256)
    except PackError as problem:
        raise PackError(f"{Path(path).name}: {problem}") from None


def decode(data: bytes, base: BaseIdentity, sha256: str) -> Pack:
    """Check a pack in full and return what it holds.

    Args:
        base: the model here.
        sha256: of its file.

    Raises:
        PackError: damaged, hostile, of another version, or made for another model; one line.
    """
    if not _START.size + 32 < len(data) <= MAX_BYTES:
        raise _refusal("is too short or too long to be one")
    magic, version, length = _START.unpack_from(data)
    if magic != MAGIC:
        raise _refusal("is not one")
    if not OLDEST <= version <= VERSION:
        raise _refusal(f"has version {version}, and this program reads {VERSION}; update edge_repair")
    if hashlib.sha256(memoryview(data)[:-32]).digest() != data[-32:]:
        raise _refusal("was damaged: its checksum does not match")
    if length > min(MAX_HEADER, len(data) - _START.size - 32):
        raise _refusal("has a header longer than itself")
    raw = data[_START.size : _START.size + length]
    try:
        header = json.loads(raw.decode("ascii"))
        if not isinstance(header, dict) or _canonical(header) != raw:
            raise ValueError("not canonical")
        made_for, entries = _checked_header(header)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as problem:
        raise _refusal(f"has a header that is none ({type(problem).__name__})") from None
    if made_for["fingerprint"] != base.fingerprint or made_for["width"] != base.width:
        raise _refusal(f"was made for another model ({made_for['fingerprint'][:12]}) than {base.name} ({base.fingerprint[:12]}); choose that model with -m")
    if made_for["sha256"] != sha256:
        raise _refusal(f"was made for a file of {base.name} that differs ({made_for['sha256'][:12]}, here {sha256[:12]}); compare the two downloads")
    start = _START.size + length
    if start + sum(_bytes(entry, base.width) for entry in entries) + 32 != len(data):
        raise _refusal("is longer or shorter than its arrays")
    repairs = []
    for entry in entries:
        imprint, start = _imprint(data, start, entry, base)
        repairs.append(Packed(entry["id"], entry["kind"], entry["scope"], entry["figures"], imprint))
    return Pack(made_for["fingerprint"], made_for["sha256"], tuple(repairs))


def _refusal(what: str) -> PackError:
    return PackError(f"the pack {what}. Nothing was changed.")


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def layers_of(imprint: Imprint) -> list[int]:
    """The layers that every table of an imprint has."""
    tables = [imprint.held_out, imprint.near, imprint.speech, *(t for step in imprint.steps for t in (step.inputs, step.columns))]
    tables += [table for step in imprint.steps if step.site for table in (step.held_out, step.aside)]
    return sorted(set.intersection(*(set(table) for table in tables)))


def _entry(repair: Packed) -> dict[str, Any]:
    imprint = repair.imprint
    layer = layers_of(imprint)[0]
    return {
        "id": repair.id,
        "kind": repair.kind,
        "scope": repair.scope,
        "figures": repair.figures,
        "layer": imprint.layer,
        "layers": layers_of(imprint),
        "strength": imprint.strength,
        "danger": imprint.danger,
        "general": imprint.general,
        "steps": [_step_entry(step, layer) for step in imprint.steps],
        "held_out": len(imprint.held_out[layer]),
        "near": len(imprint.near[layer]),
        "own": imprint.own,
        "speech": len(imprint.speech[layer]),
    }


def _step_entry(step: Step, layer: int) -> dict[str, Any]:
    kept = {name: len(getattr(step, name)[layer]) if step.site else 0 for name in ("held_out", "aside")}
    return {"shared": step.shared, "opening": step.opening, "site": step.site, "rows": len(step.inputs[layer])} | kept


def _checked_header(header: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Every field of the header; raises ValueError, TypeError or KeyError for what is not as it should be."""
    made_for, entries = header["base"], header["repairs"]
    _require(set(header) == {"base", "repairs"} and set(made_for) == {"fingerprint", "sha256", "width"})
    _require(all(isinstance(made_for[name], str) and _HASH.fullmatch(made_for[name]) for name in ("fingerprint", "sha256")))
    _count(made_for["width"], 1, 1 << 20)
    _require(isinstance(entries, list) and 1 <= len(entries) <= MAX_REPAIRS)
    for entry in entries:
        entry.setdefault("own", 0)  # packs of before
        entry.setdefault("general", False)
        _require(set(entry) == {"id", "kind", "scope", "figures", "layer", "layers", "strength", "danger", "general", "steps", "held_out", "near", "own", "speech"})
        _require(isinstance(entry["id"], str) and bool(_IDENTIFIER.fullmatch(entry["id"])))
        _require(entry["kind"] in KINDS and entry["scope"] in SCOPES)
        entry["figures"] = numbers_only(entry["figures"]) if isinstance(entry["figures"], dict) else _require(False)
        layers, steps, strength = entry["layers"], entry["steps"], entry["strength"]
        _require(isinstance(layers, list) and 1 <= len(layers) <= MAX_LAYERS)
        for layer in layers:
            _count(layer, 0, 512)
        _require(layers == sorted(set(layers)) and type(entry["layer"]) is int and entry["layer"] in layers)
        _require(type(entry["danger"]) is bool and type(entry["general"]) is bool)
        _require(type(strength) in (int, float) and math.isfinite(strength) and 0 < strength <= MAX_STRENGTH)
        _require(isinstance(steps, list) and 1 <= len(steps) <= MAX_STEPS)
        for number, step in enumerate(steps):
            _require(set(step) == {"shared", "opening", "site", "rows", "held_out", "aside"})
            _require(step["opening"] is (number == 0) and type(step["site"]) is bool and not (step["opening"] and step["site"]))
            _require(isinstance(step["shared"], str) and bool(_SHARED.fullmatch(step["shared"])) and not (step["opening"] and step["shared"]))
            _count(step["rows"], 1, MAX_ROWS)
            for name in ("held_out", "aside"):
                _count(step[name], 0, MAX_ROWS if step["site"] else 0)
        _require(sum(step["site"] for step in steps) <= 1)
        for name in ("held_out", "near", "speech"):
            _count(entry[name], 0, MAX_ROWS)
        _count(entry["own"], 0, entry["near"])
    _require(len({entry["id"] for entry in entries}) == len(entries))
    return made_for, entries


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError("not as it should be")


def _count(value: Any, least: int, most: int) -> None:
    _require(type(value) is int and least <= value <= most)


def _bytes(entry: Mapping[str, Any], width: int) -> int:
    rows = sum(step[name] for step in entry["steps"] for name in ("rows", "held_out", "aside")) + sum(entry[name] for name in ("held_out", "near", "speech"))
    return len(entry["layers"]) * width * (rows * _INPUTS.itemsize + len(entry["steps"]) * _COLUMNS.itemsize)


def _imprint(data: bytes, start: int, entry: Mapping[str, Any], base: BaseIdentity) -> tuple[Imprint, int]:
    """Cut one imprint out of the arrays, every number checked; returns it and where the next one starts."""
    width = base.width
    tables: dict[str, dict[int, np.ndarray]] = {name: {} for name in ("held_out", "near", "speech")}
    inputs: list[dict[int, np.ndarray]] = [{} for _ in entry["steps"]]
    columns: list[dict[int, np.ndarray]] = [{} for _ in entry["steps"]]
    sites: list[dict[str, dict[int, np.ndarray]]] = [{"held_out": {}, "aside": {}} for _ in entry["steps"]]

    def take(dtype: np.dtype, *shape: int) -> np.ndarray:
        nonlocal start
        count = math.prod(shape)
        array = np.frombuffer(data, dtype, count, start).reshape(shape).astype(np.float32)
        start += count * dtype.itemsize
        most = np.abs(array).max(initial=0.0)
        if not most <= (MAX_COLUMN if dtype is _COLUMNS else np.inf) or not math.isfinite(most):
            raise _refusal("holds numbers that are not finite, or beyond all measure")
        return array

    for layer in entry["layers"]:
        if layer >= base.n_layers:
            raise _refusal(f"writes at layer {layer}, and the model has {base.n_layers}")
        for number, step in enumerate(entry["steps"]):
            inputs[number][layer] = take(_INPUTS, step["rows"], width)
            columns[number][layer] = take(_COLUMNS, width)
            if step["site"]:
                for name, table in sites[number].items():
                    table[layer] = take(_INPUTS, step[name], width)
        for name in tables:
            tables[name][layer] = take(_INPUTS, entry[name], width)
    steps = tuple(Step(s["shared"], s["opening"], inputs[i], columns[i], s["site"], **sites[i]) for i, s in enumerate(entry["steps"]))
    return Imprint(entry["layer"], steps, tables["held_out"], tables["near"], tables["speech"], float(entry["strength"]), entry["danger"], entry["own"], general=entry["general"]), start
