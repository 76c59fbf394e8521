"""A llama.cpp context of a loaded model: decoding token batches, greedy answers, and capture by callback.

Two contexts share one model's weights: one talks to the person, one asks many questions at once and captures.
"""

import ctypes
from collections import defaultdict
from typing import Any, Iterable

import numpy as np

from edge_repair.errors import ModelError
from edge_repair.patient.binding import library, tensor_at

INPUTS, KEYS, VALUES, RESIDUALS = "inputs", "keys", "values", "residuals"
CAPTURES = (INPUTS, KEYS, VALUES, RESIDUALS)


class Context:
    """One ``llama_context``.

    Args:
        model: the pointer that llama.cpp gave for the loaded model.
        n_ctx: token cells of the KV cache, shared by all sequences of the context.
        n_sequences: how many conversations may be in it at once.
        n_threads: threads for decoding.
        capturing: install the evaluation callback, so that ``capture_into`` works.

    Raises:
        ModelError: llama.cpp cannot make the context (too little memory, usually).
    """

    def __init__(self, model: Any, *, n_ctx: int, n_sequences: int, n_threads: int, capturing: bool):
        lib = library()
        self._llama, self._ggml = lib.llama, lib.ggml
        params = self._llama.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_ubatch = n_ctx, min(n_ctx, 2048), min(n_ctx, 512)
        # Flash attention sums in half precision, by another path for large batches: the same prompt then differs
        # by a whole logit between one conversation and many. Without it both agree to the bit, mostly.
        params.flash_attn_type = self._llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
        params.n_seq_max, params.kv_unified = n_sequences, True
        params.n_threads = params.n_threads_batch = n_threads
        self.n_batch, self.n_sequences, self.n_ctx = params.n_batch, n_sequences, n_ctx
        self.n_vocab = self._llama.llama_vocab_n_tokens(self._llama.llama_model_get_vocab(model))
        self._wanted: dict[str, set[int]] | None = None
        self._caught: dict[str, dict[int, list[np.ndarray]]] = {}
        self._error: BaseException | None = None
        if capturing:  # the reference must outlive the context
            self._callback = self._llama.ggml_backend_sched_eval_callback(self._on_node)
            params.cb_eval = self._callback
        self.pointer = self._llama.llama_init_from_model(model, params)
        if not self.pointer:
            raise ModelError(f"llama.cpp cannot open a context of {n_ctx} tokens ({' '.join(lib.log)[-200:]}); close other programs or use a smaller model")
        self._memory = self._llama.llama_get_memory(self.pointer)
        self._batch = self._llama.llama_batch_init(self.n_batch, 0, 1)
        self.adapters: list[Any] = []

    # Decoding

    def clear(self) -> None:
        """Forget everything in the KV cache."""
        self._llama.llama_memory_clear(self._memory, True)

    def drop_tail(self, start: int) -> None:
        """Remove positions from ``start`` on of sequence 0; what comes before can be reused."""
        self._llama.llama_memory_seq_rm(self._memory, 0, start, -1)

    def share(self, sequence: int) -> None:
        """Let a sequence see all that sequence 0 holds (cells are shared, not copied)."""
        self._llama.llama_memory_seq_cp(self._memory, 0, sequence, -1, -1)

    def drop_others(self) -> None:
        """Remove all sequences but number 0."""
        for sequence in range(1, self.n_sequences):
            self._llama.llama_memory_seq_rm(self._memory, sequence, -1, -1)

    def decode(self, rows: list[tuple[int, int, int, bool]]) -> None:
        """Run one batch.

        Args:
            rows: ``(token, position, sequence, wants_output)``; at most ``n_batch`` of them.

        Raises:
            ModelError: llama.cpp failed, or the callback did (its error is the cause).
        """
        batch = self._batch
        batch.n_tokens = len(rows)
        for i, (token, position, sequence, wants_output) in enumerate(rows):
            batch.token[i], batch.pos[i], batch.n_seq_id[i] = token, position, 1
            batch.seq_id[i][0], batch.logits[i] = sequence, wants_output
        status = self._llama.llama_decode(self.pointer, batch)
        if self._error is not None:  # the callback never raises through C: it is raised here
            error, self._error = self._error, None
            raise ModelError(f"reading the activations failed ({error}); run: edge-repair doctor") from error
        if status == 1:
            raise ModelError(f"the conversation is longer than the context of {self.n_ctx} tokens; start a new one or ask for less")
        if status != 0:
            raise ModelError(f"llama.cpp failed to decode (status {status}); run: edge-repair doctor")

    def logits(self, row: int) -> np.ndarray:
        """The logits of one output row of the last batch, float32 ``[vocabulary]``, a view: copy it to keep it."""
        return np.ctypeslib.as_array(self._llama.llama_get_logits_ith(self.pointer, row), (self.n_vocab,))

    # Capture

    def capture_into(self, kinds: Iterable[str], layers: Iterable[int]) -> None:
        """From now on keep these activations of these layers (all rows of each batch), until ``captured``."""
        chosen = set(layers)
        self._wanted = {kind: chosen for kind in kinds}
        self._caught = defaultdict(lambda: defaultdict(list))

    def captured(self) -> dict[str, dict[int, np.ndarray]]:
        """Stop capturing; return kind to layer to float32 ``[rows, width]``, in batch order."""
        caught, self._caught, self._wanted = self._caught, {}, None
        return {kind: {layer: np.concatenate(parts) for layer, parts in layers.items()} for kind, layers in caught.items()}

    def _sources_of(self, node: Any) -> list[tuple[str, int, int]]:
        """Which wanted activations a graph node shows: ``(kind, layer, address of the tensor to read)``.

        Found by the weights that a node multiplies, not by the node's own name, so that it holds for every
        dense architecture; only the residual has nothing but its name.
        """
        name = node.name
        if name.startswith(b"l_out-"):
            return [(RESIDUALS, int(name[6:]), ctypes.addressof(node))]
        if not node.src[0] or not node.src[1]:
            return []
        weight = tensor_at(node.src[0]).name
        if not weight.startswith(b"blk.") or not weight.endswith(b".weight"):
            return []
        _, layer, role, _ = weight.split(b".", 3)
        if role == b"ffn_down":
            return [(KEYS, int(layer), node.src[1]), (VALUES, int(layer), ctypes.addressof(node))]
        if role == b"ffn_up":  # present in every gated MLP, fused (phi3) or not
            return [(INPUTS, int(layer), node.src[1])]
        return []

    def _on_node(self, pointer: int, ask: bool, _user_data: Any) -> bool:
        try:
            if self._wanted is None:
                return False if ask else True
            found = [(kind, layer, at) for kind, layer, at in self._sources_of(tensor_at(pointer)) if layer in self._wanted.get(kind, ())]
            if ask:
                return bool(found)
            for kind, layer, at in found:
                self._caught[kind][layer].append(self._read(at))
            return True
        except BaseException as error:  # noqa: BLE001 - raised again by decode; an exception here would vanish in C
            self._error = error
            self._wanted = None
            return False if ask else True

    def _read(self, pointer: int) -> np.ndarray:
        tensor = tensor_at(pointer)
        width, rows = tensor.ne[0], tensor.ne[1]
        if tensor.type != 0 or tensor.nb[0] != 4:
            raise TypeError(f"tensor {tensor.name.decode()} is not contiguous float32")
        out = np.empty((rows, width), np.float32)
        if tensor.nb[1] == width * 4:
            self._ggml.ggml_backend_tensor_get(pointer, out.ctypes.data, 0, out.nbytes)
        else:
            for i in range(rows):
                self._ggml.ggml_backend_tensor_get(pointer, out[i].ctypes.data, i * tensor.nb[1], width * 4)
        return out

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
        self.clear()

    def close(self) -> None:
        """Free the batch and the context; adapters must already be detached."""
        if self.pointer:
            self._llama.llama_batch_free(self._batch)
            self._llama.llama_free(self.pointer)
            self.pointer = None
