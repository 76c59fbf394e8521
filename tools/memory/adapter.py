"""The trained factors as a LoRA GGUF that any llama.cpp program loads."""

import os
from pathlib import Path

import gguf
import numpy as np

NAME = "edge_repair memory"


def write(path: Path, factors: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
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
