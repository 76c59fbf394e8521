"""Reads the weights that gates replace: of the model file, with what the user's own LoRA makes of them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from edge_repair.adapters import BaseIdentity, read_rows
from edge_repair.patient import Patient
from edge_repair.stamp import OldNeurons

Factors = Mapping[str, tuple[np.ndarray, np.ndarray]]  # tensor to (A [r, in], B [out, r]) of a LoRA


class NeuronReader:
    """Gives the solve what the base has where gates will stand, dequantised from the base file.

    A gate takes the place of these weights, so a user's LoRA that changes them must be taken out with them: otherwise
    its part would stay and be added to the gate.
    """

    def __init__(self, patient: Patient):
        self._patient, self._norms = patient, {}

    def __call__(self, layer: int, numbers: np.ndarray) -> OldNeurons:
        """Rows and columns of some neurons of a layer."""
        base = self._patient.base
        gate, up, down = neurons_of(base, self._patient.path, self._patient.lora, layer, numbers)
        return OldNeurons(numbers, gate, up, down, base.ffn, is_fused(base, layer))

    def norms(self, layer: int) -> np.ndarray:
        """Euclidean norms of the columns of ``ffn_down``, ``[f]``; read once, however often it is solved."""
        if layer not in self._norms:
            self._norms[layer] = np.linalg.norm(_weights(self._patient.path, self._patient.lora, f"blk.{layer}.ffn_down.weight"), axis=0)
        return self._norms[layer]


def neurons_of(
    base: BaseIdentity, path: Path, factors: Factors, layer: int, numbers: np.ndarray, dtype: type = np.float32
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gate rows ``[m, d]``, up rows ``[m, d]`` and down columns ``[d, m]`` of neurons in a file, with what a LoRA's factors add."""
    down = _weights(path, factors, f"blk.{layer}.ffn_down.weight", columns=numbers, dtype=dtype)
    up = f"blk.{layer}.ffn_up.weight"
    if is_fused(base, layer):
        return _weights(path, factors, up, numbers, dtype=dtype), _weights(path, factors, up, numbers + base.ffn, dtype=dtype), down
    gate = f"blk.{layer}.ffn_gate.weight"
    return _weights(path, factors, gate, numbers, dtype=dtype), _weights(path, factors, up, numbers, dtype=dtype), down


def _weights(
    path: Path, factors: Factors, name: str, rows: np.ndarray | None = None, columns: np.ndarray | None = None, dtype: type = np.float32
) -> np.ndarray:
    found = read_rows(path, name, rows, columns).astype(dtype)
    if name in factors:
        a, b = (half.astype(dtype) for half in factors[name])
        found = found + (b if rows is None else b[rows]) @ (a if columns is None else a[:, columns])
    return found


def is_fused(base: BaseIdentity, layer: int) -> bool:
    """Whether gate and up rows live in one tensor (phi3)."""
    return f"blk.{layer}.ffn_gate.weight" not in base.tensors
