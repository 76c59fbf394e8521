"""Reading activations out of a running graph: the evaluation callback in Python. Its twin in C is in ``native/capture``.

llama.cpp asks the callback about every node of a graph, computes up to the next one that it wants, and hands that over.
A batch is computed as one graph for each micro-batch of ``n_ubatch`` tokens.

Not covered: graphs that are split over several devices. There, ending a graph early ends the part on one device only,
which costs time and changes no result.
"""

import ctypes
from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

import numpy as np

from edge_repair.patient.binding import library, tensor_at

INPUTS, KEYS, VALUES, RESIDUALS = KINDS = ("inputs", "keys", "values", "residuals")
Captured = dict[str, dict[int, np.ndarray]]  # kind to layer to float32 [wanted tokens, width], in batch order


@dataclass(frozen=True)
class Wanted:
    """Which activations to read.

    Attributes:
        kinds: of ``KINDS``.
        layers: of which layers.
        stop: end each graph after the last of them. What comes later (later layers' part of the KV cache, the logits) is
            then not computed: the cache must be cleared before anything else is asked of it.
    """

    kinds: tuple[str, ...]
    layers: frozenset[int]
    stop: bool = False


class Slot:
    """One kind of activation of one layer, while a batch runs."""

    def __init__(self) -> None:
        self.seen = 0  # tokens of the batch whose micro-batches have passed
        self.parts: list[np.ndarray] = []


class PythonCapture:
    """The callback for one context.

    Args:
        n_ubatch: tokens of a micro-batch of the context.

    Attributes:
        callback, user_data: for the context's parameters; this object must outlive the context.
    """

    def __init__(self, n_ubatch: int):
        self._ggml, self._n_ubatch = library().ggml, n_ubatch
        self.callback = library().llama.ggml_backend_sched_eval_callback(self._on_node)
        self.user_data = None
        self._slots: dict[tuple[str, int], Slot] = {}
        self._error: BaseException | None = None

    def begin(self, wanted: Wanted, tokens: list[int], n_tokens: int) -> None:
        """Read these activations of these tokens (numbers in the batch, ascending) of the next batch."""
        self._slots = {(kind, layer): Slot() for kind in wanted.kinds for layer in wanted.layers}
        self._tokens, self._n_tokens = tokens, n_tokens
        self._stop, self._events = wanted.stop, 0

    def take(self) -> Captured:
        """Stop reading, and return what was read; layers that the model does not have are missing.

        Raises:
            Exception: whatever went wrong in the callback, which cannot raise through C.
        """
        slots, self._slots = self._slots, {}
        error, self._error = self._error, None
        if error is not None:
            raise error
        captured: Captured = {}
        for (kind, layer), slot in slots.items():
            if slot.parts:
                captured.setdefault(kind, {})[layer] = slot.parts[0] if len(slot.parts) == 1 else np.concatenate(slot.parts)
        return captured

    def _sources_of(self, node: Any) -> list[tuple[str, int, int]]:
        """Which activations a graph node shows: ``(kind, layer, address of the tensor to read)``.

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
        if not self._slots or self._error is not None:
            return not ask
        try:
            found = [(slot, at) for kind, layer, at in self._sources_of(tensor_at(pointer)) if (slot := self._slots.get((kind, layer)))]
            if ask:
                return bool(found)
            for slot, at in found:
                self._read(slot, at)
                self._events += 1
            return not (self._stop and self._events % len(self._slots) == 0)
        except BaseException as error:  # noqa: BLE001 - raised again by take; an exception here would vanish in C
            self._error = error
            return not ask

    def _read(self, slot: Slot, pointer: int) -> None:
        tensor = tensor_at(pointer)
        if tensor.type != 0 or tensor.nb[0] != 4:
            raise TypeError(f"tensor {tensor.name.decode()} is not float32")
        tokens = min(self._n_ubatch, self._n_tokens - slot.seen)
        chosen = self._tokens[bisect_left(self._tokens, slot.seen) : bisect_left(self._tokens, slot.seen + tokens)]
        width, rows = tensor.ne[0], tensor.ne[1]
        # The last layer is computed for output rows only, and those are the wanted ones.
        if rows != tokens and rows != len(chosen):
            raise ValueError(f"tensor {tensor.name.decode()} has an unexpected number of rows")
        numbers = [token - slot.seen for token in chosen] if rows == tokens else range(rows)
        part = np.empty((len(chosen), width), np.float32)
        address, read = part.ctypes.data, self._ggml.ggml_backend_tensor_get
        for i, number in enumerate(numbers):
            read(pointer, address + i * width * 4, number * tensor.nb[1], width * 4)
        slot.parts.append(part)
        slot.seen += tokens
