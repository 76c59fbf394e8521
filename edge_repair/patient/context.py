"""A llama.cpp context of a loaded model: decoding token batches, and capture by callback.

Two contexts share one model's weights: one talks to the person, one asks many questions at once and captures.
"""

import ctypes
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Sequence as Seq

import numpy as np

from edge_repair.errors import ModelError, UsageError
from edge_repair.patient.binding import library
from edge_repair.patient.capture import Captured, Wanted
from edge_repair.patient.native import open_capture


@contextmanager
def _interrupted_afterwards() -> Iterator[None]:
    """Put Ctrl-C off to the end of the block: an exception cannot leave a callback through C, it would be lost there."""
    before = signal.getsignal(signal.SIGINT) if threading.current_thread() is threading.main_thread() else None
    if not callable(before):  # another thread, where no handler runs, or one that is not Python's
        yield
        return
    came: list[tuple] = []
    signal.signal(signal.SIGINT, lambda *arguments: came.append(arguments))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            before(*came[0])


class Context:
    """One ``llama_context``.

    Args:
        model: the pointer that llama.cpp gave for the loaded model.
        n_ctx: token cells of the KV cache, shared by all sequences of the context.
        n_sequences: how many conversations may be in it at once.
        n_threads: threads for decoding, one token at a time and many.
        capturing: install the evaluation callback, so that ``decode`` can capture.

    Raises:
        ModelError: llama.cpp cannot make the context (too little memory, usually).
    """

    def __init__(self, model: Any, *, n_ctx: int, n_sequences: int, n_threads: tuple[int, int], capturing: bool):
        lib = library()
        self._llama = lib.llama
        params = self._llama.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_ubatch = n_ctx, min(n_ctx, 2048), min(n_ctx, 512)
        # Flash attention sums in half precision, by another path for large batches: the same prompt then differs
        # by a whole logit between one conversation and many. Without it both agree to the bit, mostly.
        params.flash_attn_type = self._llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
        params.n_seq_max, params.kv_unified = n_sequences, True
        params.n_threads, params.n_threads_batch = n_threads
        self.n_batch, self.n_sequences, self.n_ctx = params.n_batch, n_sequences, n_ctx
        self.n_vocab = self._llama.llama_vocab_n_tokens(self._llama.llama_model_get_vocab(model))
        self._last_layer = self._llama.llama_model_n_layer(model) - 1
        self._capture = open_capture(params.n_ubatch) if capturing else None
        if self._capture:
            params.cb_eval, params.cb_eval_user_data = self._capture.callback, self._capture.user_data
        self.pointer = self._llama.llama_init_from_model(model, params)
        if not self.pointer:
            raise ModelError(f"llama.cpp cannot open a context of {n_ctx} tokens ({' '.join(lib.log)[-200:]}); close other programs or use a smaller model")
        self._memory = self._llama.llama_get_memory(self.pointer)
        self._batch = self._llama.llama_batch_init(self.n_batch, 0, n_sequences)
        self.adapters: list[Any] = []

    # Decoding

    def clear(self, *, erase: bool = False) -> None:
        """Forget everything in the KV cache; ``erase`` also overwrites it, which takes milliseconds.

        Cells that nobody owns are masked: their weights in an attention are exactly 0, whatever they hold.
        """
        self._llama.llama_memory_clear(self._memory, erase)

    def drop_tail(self, start: int) -> None:
        """Remove positions from ``start`` on of sequence 0; what comes before can be reused."""
        self._llama.llama_memory_seq_rm(self._memory, 0, start, -1)

    def share(self, sequence: int) -> None:
        """Let a sequence see all that sequence 0 holds (cells are shared, not copied)."""
        self._llama.llama_memory_seq_cp(self._memory, 0, sequence, -1, -1)

    def drop_others(self) -> None:
        """Remove all sequences but number 0."""
        for sequence in range(1, self.n_sequences):
            self.drop(sequence)

    def drop(self, sequence: int) -> None:
        """Remove one sequence; cells that others own too stay."""
        self._llama.llama_memory_seq_rm(self._memory, sequence, -1, -1)

    def decode(self, rows: Seq[Seq], capture: Wanted | None = None) -> Captured:
        """Run one batch.

        Args:
            rows: ``(token, position, sequences that own it, wants output)``; at most ``n_batch`` of them. Sequences that
                share a token must share all before it.
            capture: activations to read at the tokens that want output. When it stops early there are no logits.

        Returns:
            What was captured.

        Raises:
            UsageError: the conversation is too long. ModelError: llama.cpp failed, or the callback did (its error is the cause).
        """
        if len(rows) > self.n_batch:
            raise ModelError(f"{len(rows)} tokens are more than the {self.n_batch} that fit into one batch; ask for less at once")
        # Output rows cost memory (a row of the vocabulary each) and are needed for logits, and for the last layer.
        outputs = capture is None or not capture.stop or self._last_layer in capture.layers
        batch = self._batch
        batch.n_tokens = len(rows)
        for i, (token, position, owners, wants_output) in enumerate(rows):
            batch.token[i], batch.pos[i], batch.n_seq_id[i] = token, position, len(owners)
            batch.logits[i] = wants_output and outputs
            for k, sequence in enumerate(owners):
                batch.seq_id[i][k] = sequence
        if capture:
            self._capture.begin(capture, [i for i, row in enumerate(rows) if row[3]], len(rows))
        with _interrupted_afterwards():
            status = self._llama.llama_decode(self.pointer, batch)
        try:
            captured = self._capture.take() if capture else {}
        except Exception as error:
            raise ModelError(f"reading the activations failed ({error}); run: edge-repair doctor") from error
        if status == 1:
            raise UsageError(f"the conversation is longer than the context of {self.n_ctx} tokens; start a new one or ask for less")
        if status != 0:
            raise ModelError(f"llama.cpp failed to decode (status {status}); run: edge-repair doctor")
        return captured

    def logits(self, row: int) -> np.ndarray:
        """The logits of one output row of the last batch, float32 ``[vocabulary]``, a view: copy it to keep it."""
        return np.ctypeslib.as_array(self._llama.llama_get_logits_ith(self.pointer, row), (self.n_vocab,))

    # Adapters

    def set_adapters(self, adapters: list[Any], scales: list[float]) -> None:
        """Make exactly these loaded adapters active and clear the KV cache: stale cells would bring old answers back."""
        # None at all first: llama.cpp skips the change when the pointers look the same, and a freed adapter's
        # address may come back.
        self._llama.llama_set_adapters_lora(self.pointer, None, 0, None)
        if adapters:
            pointers = (self._llama.llama_adapter_lora_p_ctypes * len(adapters))(*adapters)
            status = self._llama.llama_set_adapters_lora(self.pointer, pointers, len(adapters), (ctypes.c_float * len(scales))(*scales))
            if status != 0:
                raise ModelError(f"llama.cpp does not attach the adapter (status {status}); run: edge-repair doctor")
        self.adapters = list(adapters)
        self.clear(erase=True)

    def close(self) -> None:
        """Free the batch and the context; adapters must already be detached."""
        if self.pointer:
            self._llama.llama_batch_free(self._batch)
            self._llama.llama_free(self.pointer)
            self.pointer = None
