"""Reads the weights that gates replace: of the model file, with what the user's own LoRA makes of them."""

import numpy as np

from edge_repair.adapters import BaseIdentity, read_rows
from edge_repair.patient import Patient
from edge_repair.stamp import OldNeurons


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
        down = self._weights(f"blk.{layer}.ffn_down.weight", columns=numbers)
        if is_fused(base, layer):
            name = f"blk.{layer}.ffn_up.weight"
            return OldNeurons(numbers, self._weights(name, rows=numbers), self._weights(name, rows=numbers + base.ffn), down, base.ffn, True)
        gate, up = (self._weights(f"blk.{layer}.ffn_{role}.weight", rows=numbers) for role in ("gate", "up"))
        return OldNeurons(numbers, gate, up, down, base.ffn)

    def norms(self, layer: int) -> np.ndarray:
        """Euclidean norms of the columns of ``ffn_down``, ``[f]``; read once, however often it is solved."""
        if layer not in self._norms:
            self._norms[layer] = np.linalg.norm(self._weights(f"blk.{layer}.ffn_down.weight"), axis=0)
        return self._norms[layer]

    def _weights(self, name: str, rows: np.ndarray | None = None, columns: np.ndarray | None = None) -> np.ndarray:
        found = read_rows(self._patient.path, name, rows, columns)
        if name in self._patient.lora:
            a, b = self._patient.lora[name]
            found = found + (b if rows is None else b[rows]) @ (a if columns is None else a[:, columns])
        return found


def is_fused(base: BaseIdentity, layer: int) -> bool:
    """Whether gate and up rows live in one tensor (phi3)."""
    return f"blk.{layer}.ffn_gate.weight" not in base.tensors
