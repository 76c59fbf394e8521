"""One repair as the ledger keeps it, and what may be kept of it: numbers, a keyed hash, and a label the user chose."""

import hashlib
import hmac
import json
import math
import re
import unicodedata
from dataclasses import asdict, dataclass
from typing import Any

from edge_repair.adapters import AdapterFile
from edge_repair.errors import StoreError, UsageError
from edge_repair.surgeon.procedure import Procedure
from edge_repair.verify import Outcome

STATUSES = ("committed", "undone", "rolled_back", "declined")
COLUMNS = ("id", "base", "status", "kind", "scope", "label", "created", "figures", "subject", "words")
MAX_LABEL = 200
MAX_JSON = 1 << 20
_IDENTIFIER = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_WORD = re.compile(r"[a-z_]{1,32}")
_FIGURE = re.compile(r"[A-Za-z0-9_.]{1,64}")


@dataclass(frozen=True)
class Repair:
    """One request carried through, or one that was tried.

    Attributes:
        id: 1 to 64 letters, digits, ``_.-``; see ``Ledger.new_id``. It must not be made of the request's words.
        status: ``"committed"`` (active), ``"undone"``, ``"rolled_back"`` or ``"declined"``.
        kind, scope: words of the procedure's own vocabulary.
        label: what the user chose to call it; the only free text that is stored by default.
        created: seconds since 1970 by this machine's clock; the order of repairs does not depend on it.
        figures: measured numbers by name, nested at will; text in it is refused.
        base: fingerprint of the model that was repaired.
        procedure, outcome: only in memory, or from the store when it was written with ``keep_text=True`` by a version
            that wrote them as this one does.
        adapter: the combined adapter that ``Transaction.add`` or ``switch`` committed with this repair; never loaded.
    """

    id: str
    status: str
    kind: str
    scope: str
    label: str
    created: float
    figures: dict[str, Any]
    base: str
    procedure: Procedure | None = None
    outcome: Outcome | None = None
    adapter: AdapterFile | None = None


def to_row(repair: Repair, key: bytes, keep_text: bool) -> dict[str, Any]:
    """The columns of a repair, checked.

    Raises:
        UsageError: the label is too long or has control characters.
        ValueError: another field holds what must not be stored; a defect of the caller, never the user's.
    """
    for name, pattern in (("id", _IDENTIFIER), ("kind", _WORD), ("scope", _WORD)):
        if not pattern.fullmatch(getattr(repair, name)):
            raise ValueError(f"{name} {getattr(repair, name)!r} of a repair is not of the form {pattern.pattern}")
    if repair.status not in STATUSES or not math.isfinite(repair.created):
        raise ValueError(f"repair {repair.id} has status {repair.status!r}, created {repair.created}")
    words = None
    if keep_text and (repair.procedure or repair.outcome):
        procedure = repair.procedure.to_json() if repair.procedure else None
        outcome = asdict(repair.outcome) if repair.outcome else None
        words = json.dumps({"procedure": procedure, "outcome": outcome}, default=float)  # float: numpy's own scalars
    return {
        "id": repair.id,
        "base": repair.base,
        "status": repair.status,
        "kind": repair.kind,
        "scope": repair.scope,
        "label": checked_label(repair.label),
        "created": float(repair.created),
        "figures": json.dumps(numbers_only(repair.figures), allow_nan=False),
        "subject": subject_hash(key, repair.procedure.subject) if repair.procedure else None,
        "words": words,
    }


def from_row(row: dict[str, Any]) -> Repair:
    """A repair from its columns, every one checked: a store may come from elsewhere.

    Raises:
        StoreError: the columns do not hold a repair.
    """
    try:
        texts = ("id", "base", "status", "kind", "scope", "label", "figures")
        if not all(isinstance(row[name], str) for name in texts):
            raise ValueError("a column of another type")
        if row["status"] not in STATUSES or not isinstance(row["created"], float) or not math.isfinite(row["created"]):
            raise ValueError("a status or a time that is none")
        for name, pattern in (("id", _IDENTIFIER), ("kind", _WORD), ("scope", _WORD)):
            if not pattern.fullmatch(row[name]):
                raise ValueError(f"{name} is no word")
        figures = json.loads(row["figures"]) if len(row["figures"]) <= MAX_JSON else None
        if not isinstance(figures, dict):
            raise ValueError("figures that are none")
        procedure, outcome = _words(row["words"])
        return Repair(
            id=row["id"],
            status=row["status"],
            kind=row["kind"],
            scope=row["scope"],
            label=checked_label(row["label"]),
            created=row["created"],
            figures=numbers_only(figures),
            base=row["base"],
            procedure=procedure,
            outcome=outcome,
        )
    except (ValueError, TypeError, RecursionError, UsageError) as problem:
        # The text of the problem may quote the row, which may be anything: only its kind is told.
        raise StoreError(
            f"a record of the store is damaged ({type(problem).__name__}). Restore the store from a copy, or remove it."
        ) from None


def _words(stored: Any) -> tuple[Procedure | None, Outcome | None]:
    """The text kept on request. What this version cannot read is left out: it must never prevent an undo."""
    if not isinstance(stored, str) or len(stored) > MAX_JSON:
        return None, None
    try:
        words = json.loads(stored)
        procedure, outcome = words["procedure"], words["outcome"]
        return (
            Procedure.from_json(procedure) if procedure is not None else None,
            _outcome(outcome) if outcome is not None else None,
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, UsageError):
        return None, None


def checked_label(label: str) -> str:
    """Return the label if it can be stored and shown on one line.

    Raises:
        UsageError: it cannot.
    """
    if len(label) > MAX_LABEL or not all(character.isprintable() for character in label):
        raise UsageError(f"A label is one line of at most {MAX_LABEL} characters. Choose another one.")
    return label


def numbers_only(figures: Any, depth: int = 0) -> Any:
    """Return a copy of nested figures, with numbers as Python's own and what is not finite as None.

    Raises:
        ValueError: there is text in it, or a name that could be a sentence, so that a secret could be stored.
    """
    if depth > 8:
        raise ValueError("figures are nested too deeply")
    if isinstance(figures, dict):
        for name in figures:
            if not isinstance(name, str) or not _FIGURE.fullmatch(name):
                raise ValueError("the name of a figure is not a plain word")
        return {name: numbers_only(value, depth + 1) for name, value in figures.items()}
    if isinstance(figures, (list, tuple)):
        return [numbers_only(value, depth + 1) for value in figures]
    if figures is None or isinstance(figures, (bool, int)):
        return figures
    if isinstance(figures, float):
        return figures if math.isfinite(figures) else None
    if hasattr(figures, "tolist") and not isinstance(figures, (str, bytes)):  # numpy's numbers and arrays
        return numbers_only(figures.tolist(), depth + 1)
    raise ValueError("figures hold something that is not a number")


def subject_hash(key: bytes, subject: str) -> bytes:
    """HMAC-SHA-256 of a subject, the same for the same words in other case, spacing or Unicode form.

    Who has the key, which lies in the store, can test guesses; who has only the database cannot.
    """
    words = unicodedata.normalize("NFKC", subject).casefold().split()
    return hmac.new(key, " ".join(words).strip(" .,;:!?\"'").encode(), hashlib.sha256).digest()


def _outcome(data: Any) -> Outcome:
    if not isinstance(data, dict):
        raise ValueError("an outcome that is none")
    shares = ("leak", "paraphrase_leak", "refused", "neighbours_kept", "retain_kept", "kl")
    lists = ("missed", "failed")
    counts = data["counts"]
    if set(data) != {*shares, *lists, "counts"} or not all(isinstance(data[name], list) for name in lists):
        raise ValueError("an outcome with other fields")
    texts = [text for name in lists for text in data[name]]
    if not all(isinstance(data[name], (int, float)) for name in shares) or not all(isinstance(text, str) for text in texts):
        raise ValueError("an outcome with other types")
    if not all(isinstance(name, str) and isinstance(count, int) for name, count in counts.items()):
        raise ValueError("counts that are none")
    return Outcome(**{name: float(data[name]) for name in shares}, counts=counts, **{name: tuple(data[name]) for name in lists})
