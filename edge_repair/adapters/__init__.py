"""GGUF bytes: reading headers, telling models apart, writing and checking LoRA adapters. Knows nothing of llama.cpp."""

from edge_repair.adapters.base import BaseIdentity, full_sha256, identify, read_rows, with_lora
from edge_repair.adapters.header import ArrayInfo, Header, TensorInfo, read_header
from edge_repair.adapters.lora import AdapterFile, decode, encode, validate, write

__all__ = [
    "AdapterFile",
    "ArrayInfo",
    "BaseIdentity",
    "Header",
    "TensorInfo",
    "decode",
    "encode",
    "full_sha256",
    "identify",
    "read_header",
    "read_rows",
    "validate",
    "with_lora",
    "write",
]
