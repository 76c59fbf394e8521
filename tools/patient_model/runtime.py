"""The patient in llama.cpp: quantising, and logits of many short sequences at once."""

import ctypes
from collections.abc import Sequence
from pathlib import Path

import gguf
import llama_cpp
import numpy as np

TOKENS_PER_DECODE = 1024
SEQUENCES = 64


@llama_cpp.llama_log_callback
def _quiet(level, text, user_data):
    pass


def silence() -> None:
    """Keep llama.cpp's log off the terminal."""
    llama_cpp.llama_log_set(_quiet, ctypes.c_void_p(0))


def quantize(source: Path, target: Path, kind: str) -> dict[str, int]:
    """Quantise a GGUF with llama.cpp's own quantiser.

    Args:
        source: the F16 file.
        target: where to write.
        kind: "F32", "Q8_0", "Q4_K_M" or another name of ``llama_cpp.LLAMA_FTYPE_MOSTLY_*``.

    Returns:
        How many tensors of each type the new file has.
    """
    silence()
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = llama_cpp.LLAMA_FTYPE_ALL_F32 if kind == "F32" else getattr(llama_cpp, f"LLAMA_FTYPE_MOSTLY_{kind}")
    params.nthread = 1
    params.allow_requantize = kind == "F32"  # which loses nothing
    failed = llama_cpp.llama_model_quantize(str(source).encode(), str(target).encode(), params)
    if failed:
        raise RuntimeError(f"llama.cpp could not quantise {source.name} to {kind}")
    types = [tensor.tensor_type.name for tensor in gguf.GGUFReader(target).tensors]
    return {name: types.count(name) for name in sorted(set(types))}


class Runtime:
    """A GGUF opened in llama.cpp with one thread. A context manager; sequences do not see one another.

    Args:
        path: the file.
        exact: a float32 cache and no flash attention, to compare with torch; else llama.cpp's defaults.
    """

    def __init__(self, path: Path, exact: bool = False):
        silence()
        llama_cpp.llama_backend_init()
        settings = llama_cpp.llama_model_default_params()
        settings.use_extra_bufts = False  # llama.cpp's AMX kernels crashed on quantised tensors of this size
        self.model = llama_cpp.llama_model_load_from_file(str(path).encode(), settings)
        if not self.model:
            raise RuntimeError(f"llama.cpp could not load {path}")
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = params.n_batch = TOKENS_PER_DECODE
        params.n_ubatch, params.n_seq_max, params.kv_unified = 512, SEQUENCES, True
        if exact:
            params.type_k = params.type_v = gguf.GGMLQuantizationType.F32
            params.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        params.n_threads = params.n_threads_batch = 1
        self.context = llama_cpp.llama_init_from_model(self.model, params)
        self.vocab = llama_cpp.llama_model_get_vocab(self.model)
        self.size = llama_cpp.llama_vocab_n_tokens(self.vocab)
        self.batch = llama_cpp.llama_batch_init(TOKENS_PER_DECODE, 0, 1)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        llama_cpp.llama_batch_free(self.batch)
        llama_cpp.llama_free(self.context)
        llama_cpp.llama_model_free(self.model)

    def tokenize(self, text: str) -> list[int]:
        """Token ids of ``text``; special tokens in it are recognised, and nothing is added."""
        raw = text.encode()
        ids = (llama_cpp.llama_token * (len(raw) + 8))()
        count = llama_cpp.llama_tokenize(self.vocab, raw, len(raw), ids, len(ids), False, True)
        return list(ids[:count])

    def logits(self, rows: Sequence[tuple[Sequence[int], Sequence[bool]]]) -> list[np.ndarray]:
        """Logits of token sequences.

        Args:
            rows: (token ids, where logits are wanted), at most ``SEQUENCES`` of them and ``TOKENS_PER_DECODE`` tokens.

        Returns:
            for each row float32 [number wanted, vocabulary].
        """
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)
        batch, place = self.batch, 0
        for sequence, (ids, wanted) in enumerate(rows):
            for position, (token, want) in enumerate(zip(ids, wanted, strict=True)):
                batch.token[place], batch.pos[place], batch.n_seq_id[place] = token, position, 1
                batch.seq_id[place][0], batch.logits[place] = sequence, bool(want)
                place += 1
        batch.n_tokens = place
        if llama_cpp.llama_decode(self.context, batch):
            raise RuntimeError("llama.cpp could not decode the batch")
        counts = [sum(map(bool, wanted)) for _, wanted in rows]
        raw = np.ctypeslib.as_array(llama_cpp.llama_get_logits(self.context), shape=(sum(counts), self.size)).copy()
        return np.split(raw, np.cumsum(counts)[:-1])
