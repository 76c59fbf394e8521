"""What a gate writes: the smallest residual that the output matrix asks for, and which tokens need none."""

import hashlib

import numpy as np

from edge_repair.adapters import read_rows
from edge_repair.patient import Patient

SURE = 1.0  # logits by which the base must prefer a reply token for the step to need no gate
LEXICAL_MARGIN = 6.0  # logits that a lexical column adds beyond the gap


def sure(logits: np.ndarray, token: int) -> bool:
    """Whether the base says a token by itself on nearly all rows, ``[n, vocabulary]``."""
    rivals = logits.copy()
    wanted = rivals[:, token].copy()
    rivals[:, token] = -np.inf
    return bool(np.quantile(wanted - rivals.max(-1), 0.1) >= SURE)


def share_key(reply: tuple[int, ...], position: int) -> str:
    """Names a token of a reply by what the model sees of it, so that equal refusals of several repairs share a gate."""
    seen = ",".join(map(str, reply[: position + 1]))
    return hashlib.sha256(seen.encode()).hexdigest()[:24]


def lexical_column(patient: Patient, residuals: np.ndarray, logits: np.ndarray, token: int) -> np.ndarray:
    """The smallest residual that lifts a token above the base's own choice, read from the output matrix.

    logits = W (g * r / rms(r)), so r + v raises token t over b by about v . (g * (W_t - W_b)) / rms(r).
    """
    names = patient.base.tensors
    matrix = "output.weight" if "output.weight" in names else "token_embd.weight"
    others = logits.copy()
    others[:, token] = -np.inf
    rivals = others.argmax(-1)
    rows = read_rows(patient.path, matrix, rows=np.array([token, *rivals]))
    norm = read_rows(patient.path, "output_norm.weight").reshape(-1)
    directions = norm * (rows[0] - rows[1:])
    gaps = others.max(-1) - logits[:, token] + LEXICAL_MARGIN
    sizes = np.sqrt(np.square(residuals, dtype=np.float64).mean(-1))
    scaled = directions * (gaps * sizes / np.square(directions).sum(-1))[:, None]
    return scaled.mean(0).astype(np.float32)
