"""Models that norm what an MLP gives before it joins the residual stream (gemma2, gemma3): what to write into the MLP.

The stream gets w * y / rms(y), y what ffn_down gives. A gate adds c to y; with c = rms(y) v / w the stream gets
(w * y / rms(y) + v) * rms(y) / rms(y + c): the wanted residual v beside what was there, both smaller by how much c makes
y longer. So of a small v all arrives but what lies along y, and of a large one less and less: the norm bounds it.

Checked against llama.cpp on random models. Not tried on a Gemma that has learned anything.
"""

import numpy as np

from edge_repair.adapters import read_rows
from edge_repair.patient import Patient

LEAST_WEIGHT = 0.01  # of the mean: a channel that the norm all but closes is not written to


def post_norm(patient: Patient, layer: int) -> np.ndarray | None:
    """The weight w of the norm behind a layer's MLP, float32 ``[d]``, or None where there is none."""
    name = f"blk.{layer}.post_ffw_norm.weight"
    return read_rows(patient.path, name).reshape(-1) if name in patient.base.tensors else None


def before_norm(residuals: np.ndarray, values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """What to add to an MLP's value so that residuals come out behind the norm.

    Args:
        residuals: wanted in the stream at each position of a reply, ``[t, d]``.
        values: what the MLP gives there on each probe, ``[n, t, d]``; their sizes are averaged over probes.
        weight: from ``post_norm``.

    Returns:
        float32 ``[t, d]``.
    """
    sizes = np.sqrt(np.square(values, dtype=np.float64).mean(-1)).mean(0)
    size = np.abs(weight)
    inverse = np.where(size > LEAST_WEIGHT * size.mean(), 1 / np.where(size > 0, weight, 1), 0)
    return (residuals * sizes[:, None] * inverse).astype(np.float32)
