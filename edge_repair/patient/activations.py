"""What a capture returns: rows of activations, chosen positions only."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Sequence:
    """One token sequence to run, and the positions whose activations are wanted.

    Attributes:
        tokens: token ids, prompt and teacher-forced reply together.
        positions: indices into ``tokens``, ascending; a row of the result for each.
    """

    tokens: tuple[int, ...]
    positions: tuple[int, ...]


@dataclass(frozen=True)
class Activations:
    """Rows for all wanted positions of all sequences, in order: sequence by sequence, position by position.

    Attributes:
        inputs: layer to the normed input of its MLP, float32 ``[n, d]`` (what ffn_gate and ffn_up multiply).
        keys: layer to the MLP key, float32 ``[n, ffn]`` (what ffn_down multiplies).
        values: layer to the MLP value, float32 ``[n, d]`` (what ffn_down returns, without any adapter's part).
        residuals: layer to the residual stream after the layer, float32 ``[n, d]``.
        logits: float32 ``[n, vocabulary]`` when asked for, else None.
        counts: how many rows belong to each sequence.
    """

    inputs: dict[int, np.ndarray] = field(default_factory=dict)
    keys: dict[int, np.ndarray] = field(default_factory=dict)
    values: dict[int, np.ndarray] = field(default_factory=dict)
    residuals: dict[int, np.ndarray] = field(default_factory=dict)
    logits: np.ndarray | None = None
    counts: tuple[int, ...] = ()
