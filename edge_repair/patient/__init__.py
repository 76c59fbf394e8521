"""The patient: the model being repaired. The only room that imports llama_cpp."""

from edge_repair.patient.activations import Activations, Sequence
from edge_repair.patient.patient import Patient, Prompt

__all__ = ["Activations", "Patient", "Prompt", "Sequence"]
