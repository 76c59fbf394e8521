"""Reads the weights that gates replace: of the model file, with what the user's own LoRA makes of them."""

from collections.abc import Callable

import numpy as np

from edge_repair.adapters import BaseIdentity, read_rows
from edge_repair.patient import Patient
from edge_repair.stamp import OldNeurons


def neuron_reader(patient: Patient) -> Callable[[int, np.ndarray], OldNeurons]:
    """Return a function (layer, neuron numbers) -> ``OldNeurons``, dequantised from the base file.

    A gate takes the place of these weights, so a user's LoRA that changes them must be taken out with them: otherwise
    its part would stay and be added to the gate.
    """
    base = patient.base

    def read_weights(name: str, rows: np.ndarray | None = None, columns: np.ndarray | None = None) -> np.ndarray:
        found = read_rows(patient.path, name, rows, columns)
        if name in patient.lora:
            a, b = patient.lora[name]
            found = found + (b if rows is None else b[rows]) @ (a if columns is None else a[:, columns])
        return found

    def read(layer: int, numbers: np.ndarray) -> OldNeurons:
        down = read_weights(f"blk.{layer}.ffn_down.weight", columns=numbers)
        if is_fused(base, layer):
            name = f"blk.{layer}.ffn_up.weight"
            return OldNeurons(numbers, read_weights(name, rows=numbers), read_weights(name, rows=numbers + base.ffn), down, base.ffn, True)
        gate, up = (read_weights(f"blk.{layer}.ffn_{role}.weight", rows=numbers) for role in ("gate", "up"))
        return OldNeurons(numbers, gate, up, down, base.ffn)

    return read


def is_fused(base: BaseIdentity, layer: int) -> bool:
    """Whether gate and up rows live in one tensor (phi3)."""
    return f"blk.{layer}.ffn_gate.weight" not in base.tensors
