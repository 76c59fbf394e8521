"""Chooses tokens under a grammar in GBNF, through llama.cpp's own grammar sampler: what is written must fit it.

llama.cpp ends the process when a token is accepted that the grammar does not allow, so only tokens that the sampler
itself left possible are ever accepted. https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md
"""

import ctypes
from typing import Any

import numpy as np

from edge_repair.errors import UsageError
from edge_repair.patient.binding import library

LIKELIEST = 256  # tokens that are tried before all of them
_CANDIDATE = np.dtype([("id", "<i4"), ("logit", "<f4"), ("p", "<f4")])


class GrammarSampler:
    """One text being written under a grammar. Use as a context manager.

    Args:
        model: pointer of the loaded model, whose vocabulary is meant.
        grammar: GBNF with the rule ``root``.

    Raises:
        UsageError: llama.cpp cannot read the grammar.
    """

    def __init__(self, model: Any, grammar: str):
        self._llama = library().llama
        vocabulary = self._llama.llama_model_get_vocab(model)
        self._sampler = self._llama.llama_sampler_init_grammar(vocabulary, grammar.encode(), b"root")
        if not self._sampler:
            raise UsageError(f"llama.cpp cannot read the grammar ({' '.join(library().log)[-200:]}); report this with the request")
        self._size = self._llama.llama_vocab_n_tokens(vocabulary)

    def __enter__(self) -> "GrammarSampler":
        return self

    def __exit__(self, *_: object) -> None:
        if self._sampler:
            self._llama.llama_sampler_free(self._sampler)
            self._sampler = None

    def choose(self, logits: np.ndarray) -> int | None:
        """The most likely token that the grammar allows next; None when it allows none (which a sound grammar never does)."""
        best = int(logits.argmax())
        few = np.argpartition(logits, -LIKELIEST)[-LIKELIEST:] if len(logits) > LIKELIEST else np.arange(self._size)
        for tokens in (
            np.array([best]),
            few,
            np.arange(self._size),
        ):  # each set holds the likeliest: the first one found is the best of all
            allowed = self._allowed(tokens, logits)
            found = int(allowed.argmax())
            if np.isfinite(allowed[found]):
                return int(tokens[found])
        return None

    def accept(self, token: int) -> None:
        """Go on behind a token that ``choose`` gave."""
        self._llama.llama_sampler_accept(self._sampler, token)

    def _allowed(self, tokens: np.ndarray, logits: np.ndarray) -> np.ndarray:
        """The logits of these tokens, minus infinity where the grammar does not allow one."""
        candidates = np.zeros(len(tokens), _CANDIDATE)
        candidates["id"], candidates["logit"] = tokens, logits[tokens]
        pointer = candidates.ctypes.data_as(ctypes.POINTER(self._llama.llama_token_data))
        array = self._llama.llama_token_data_array(data=pointer, size=len(tokens), selected=-1, sorted=False)
        self._llama.llama_sampler_apply(self._sampler, ctypes.byref(array))
        return candidates["logit"][: array.size] if array.size == len(tokens) else np.full(len(tokens), -np.inf)
