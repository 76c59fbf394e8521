"""Small GGUF files that look like models."""

from pathlib import Path

import numpy as np
from gguf_files import gguf, matrix, string, uint32


def write_gguf(path: Path, architecture: str = "llama", template: str = "{{ messages }}", **numbers: int) -> Path:
    """Write a GGUF with one small F16 tensor; in the keys of ``numbers``, dots are written as two underscores."""
    numbers = {f"{architecture}__block_count": 1} | numbers
    entries = [string("general.architecture", architecture)]
    if template:
        entries.append(string("tokenizer.chat_template", template))
    entries += [uint32(key.replace("__", "."), value) for key, value in numbers.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gguf(entries, [matrix("blk.0.ffn_down.weight", np.zeros((4, 32)), "<f2")]))
    return path
