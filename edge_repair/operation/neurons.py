"""Reads the weights that gates replace out of the model file."""

from collections.abc import Callable

import numpy as np

from edge_repair.adapters import BaseIdentity, read_rows
from edge_repair.patient import Patient
from edge_repair.stamp import OldNeurons


def neuron_reader(patient: Patient) -> Callable[[int, np.ndarray], OldNeurons]:
    """Return a function (layer, neuron numbers) -> ``OldNeurons``, dequantised from the base file."""
    path, base = patient.path, patient.base

    def read(layer: int, numbers: np.ndarray) -> OldNeurons:
        down = read_rows(path, f"blk.{layer}.ffn_down.weight", columns=numbers)
        if is_fused(base, layer):
            name = f"blk.{layer}.ffn_up.weight"
            return OldNeurons(numbers, read_rows(path, name, rows=numbers), read_rows(path, name, rows=numbers + base.ffn), down, base.ffn, True)
        gate, up = (read_rows(path, f"blk.{layer}.ffn_{role}.weight", rows=numbers) for role in ("gate", "up"))
        return OldNeurons(numbers, gate, up, down, base.ffn)

    return read


def is_fused(base: BaseIdentity, layer: int) -> bool:
    """Whether gate and up rows live in one tensor (phi3)."""
    return f"blk.{layer}.ffn_gate.weight" not in base.tensors
