"""Between patient, stamp and surgeon: which target turns this model, what to capture, and the model's statistics."""

from edge_repair.operation.background import background
from edge_repair.operation.examination import Examination, RepairFinding, Rooms, examine
from edge_repair.operation.imprinting import make_imprints
from edge_repair.operation.neurons import NeuronReader
from edge_repair.operation.retain import RetainSample, retain_sample
from edge_repair.operation.targets import Target, find_target, turned

__all__ = [
    "Examination", "NeuronReader", "RepairFinding", "RetainSample", "Rooms", "Target",
    "background", "examine", "find_target", "make_imprints", "retain_sample", "turned",
]
