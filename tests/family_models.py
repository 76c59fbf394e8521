"""Tiny random models of every architecture family that edge_repair claims: complete GGUF files that llama.cpp runs.

A vocabulary of single bytes, a ChatML template, 4 blocks, width 256 (K-quants need multiples of 256), hidden width 512.
"""

import math
from pathlib import Path

import numpy as np
from gguf_files import BOOL, INT32, ARRAY, entry, float32, gguf, matrix, string, strings, uint32

FAMILIES = ("llama", "qwen2", "qwen3", "gemma", "gemma2", "gemma3", "phi3", "smollm3")
TYPES = ("F16", "Q8_0", "Q4_K_M")
WIDTH, FFN, LAYERS, HEADS, KV_HEADS, HEAD = 256, 512, 4, 4, 2, 64
CONTEXT = 512
SLIDING_WINDOW = 16  # tokens, of the Gemmas; shorter than a prompt, so that it matters
CHATML = "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")


def _vocabulary() -> list[str]:
    """Each byte as byte-level BPE writes it: printable ones as themselves, the others from U+0100 on; then the special tokens."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte if byte in plain else next(others)) for byte in range(256)] + list(SPECIAL)


def _shapes(family: str) -> dict[str, tuple[int, ...]]:
    vocabulary, queries, keys = 256 + len(SPECIAL), HEADS * HEAD, KV_HEADS * HEAD
    shapes: dict[str, tuple[int, ...]] = {"token_embd.weight": (vocabulary, WIDTH), "output_norm.weight": (WIDTH,)}
    if family in ("llama", "qwen2", "phi3"):  # the others are written with tied embeddings
        shapes["output.weight"] = (vocabulary, WIDTH)
    for layer in range(LAYERS):
        own: dict[str, tuple[int, ...]] = {"attn_norm": (WIDTH,), "ffn_norm": (WIDTH,), "attn_output": (WIDTH, queries), "ffn_down": (WIDTH, FFN)}
        if family == "phi3":
            own |= {"attn_qkv": (queries + 2 * keys, WIDTH), "ffn_up": (2 * FFN, WIDTH)}
        else:
            own |= {"attn_q": (queries, WIDTH), "attn_k": (keys, WIDTH), "attn_v": (keys, WIDTH), "ffn_gate": (FFN, WIDTH), "ffn_up": (FFN, WIDTH)}
        if family in ("qwen3", "gemma3"):
            own |= {"attn_q_norm": (HEAD,), "attn_k_norm": (HEAD,)}
        if family in ("gemma2", "gemma3"):
            own |= {"post_attention_norm": (WIDTH,), "post_ffw_norm": (WIDTH,)}
        shapes |= {f"blk.{layer}.{name}.weight": shape for name, shape in own.items()}
        if family == "qwen2":
            shapes |= {f"blk.{layer}.attn_{part}.bias": (size,) for part, size in (("q", queries), ("k", keys), ("v", keys))}
    return shapes


def family_model(path: Path, family: str, *, seed: int = 0, extra: tuple[bytes, ...] = ()) -> Path:
    """Write the F16 model of a family; norms vary around 1, so that leaving one out shows."""
    generator = np.random.default_rng(seed)
    tensors = []
    for name, shape in _shapes(family).items():
        if len(shape) == 1:
            values = 0.1 * generator.standard_normal(shape) + (0 if name.endswith("bias") else 1)
        else:
            size = 1 / math.sqrt(shape[1])
            if name == "token_embd.weight":  # small, so that tied ones do not just say what they read; Gemma multiplies them by sqrt(WIDTH)
                size = 0.3 / (math.sqrt(WIDTH) if family.startswith("gemma") else 1)
            values = size * generator.standard_normal(shape)
        tensors.append(matrix(name, values, "<f2" if len(shape) == 2 else "<f4"))
    tokens = _vocabulary()
    kinds = [1] * 256 + [3] * len(SPECIAL)  # ordinary, control
    numbers = {
        "block_count": LAYERS,
        "context_length": CONTEXT,
        "embedding_length": WIDTH,
        "feed_forward_length": FFN,
        "attention.head_count": HEADS,
        "attention.head_count_kv": KV_HEADS,
        "attention.key_length": HEAD,
        "attention.value_length": HEAD,
        "rope.dimension_count": HEAD,
    }
    if family in ("gemma2", "gemma3"):
        numbers["attention.sliding_window"] = SLIDING_WINDOW
    entries = [
        string("general.architecture", family),
        string("general.type", "model"),
        string("general.name", "Tiny random"),  # llama.cpp takes a name with "phi3" in it for one of a known vocabulary
        uint32("general.file_type", 1),
        *(uint32(f"{family}.{key}", value) for key, value in numbers.items()),
        float32(f"{family}.attention.layer_norm_rms_epsilon", 1e-6),
        string("tokenizer.ggml.model", "gpt2"),
        string("tokenizer.ggml.pre", "default"),
        strings("tokenizer.ggml.tokens", tokens),
        entry("tokenizer.ggml.token_type", ARRAY, np.array([INT32], "<u4").tobytes() + np.array([len(kinds)], "<u8").tobytes() + np.array(kinds, "<i4").tobytes()),
        strings("tokenizer.ggml.merges", ["a b"]),
        uint32("tokenizer.ggml.eos_token_id", 258),
        entry("tokenizer.ggml.add_bos_token", BOOL, b"\0"),
        string("tokenizer.chat_template", CHATML),
        *extra,
    ]
    path.write_bytes(gguf(entries, tensors))
    return path


def quantised(source: Path, target: Path, kind: str) -> Path:
    """The model as llama.cpp's own quantiser makes it; "F16" is the source itself."""
    from edge_repair.patient.binding import library

    if kind == "F16":
        return source
    llama = library().llama
    params = llama.llama_model_quantize_default_params()
    params.ftype, params.nthread = getattr(llama, f"LLAMA_FTYPE_MOSTLY_{kind}"), 1
    assert llama.llama_model_quantize(str(source).encode(), str(target).encode(), params) == 0
    return target
