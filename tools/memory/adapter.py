"""The trained factors as a LoRA GGUF that any llama.cpp program loads."""

import os
from pathlib import Path

import gguf
import numpy as np

from .network import Factors

NAME = "edge_repair memory"


def write(path: Path, factors: Factors) -> None:
    """Write an adapter in float16, atomically.

    Args:
        path: where the file comes to stand.
        factors: tensor name to (A ``[r, in]``, B ``[out, r]``), all of one rank, so that W' = W + B @ A.
    """
    ranks = {a.shape[0] for a, _ in factors.values()}
    if len(ranks) != 1:
        raise ValueError(f"ranks differ: {sorted(ranks)}")
    partial = path.with_suffix(".partial")
    writer = gguf.GGUFWriter(partial, "llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(ranks.pop()))  # llama.cpp multiplies by alpha / rank: 1
    writer.add_name(NAME)
    writer.add_license("apache-2.0")
    for name in sorted(factors):
        for half, array in zip(("lora_a", "lora_b"), factors[name]):
            writer.add_tensor(f"{name}.{half}", array.astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(partial, path)


def read(path: Path) -> Factors:
    """The factors of an adapter that ``write`` made, in float32."""
    found = {tensor.name: np.array(tensor.data, dtype=np.float32) for tensor in gguf.GGUFReader(path).tensors}
    names = [name.removesuffix(".lora_a") for name in found if name.endswith(".lora_a")]
    return {name: (found[f"{name}.lora_a"], found[f"{name}.lora_b"]) for name in names}
