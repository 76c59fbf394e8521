"""Text to token ids and back, as the model file defines it."""

import ctypes
from functools import cached_property
from typing import Any, Sequence

from edge_repair.patient.binding import library


class Vocabulary:
    """The tokenizer of a loaded model.

    Attributes:
        size: number of tokens.
    """

    def __init__(self, model: Any):
        self._llama = library().llama
        self._vocab = self._llama.llama_model_get_vocab(model)
        self.size = self._llama.llama_vocab_n_tokens(self._vocab)
        self._buffer = ctypes.create_string_buffer(512)

    def encode(self, text: str, *, add_special: bool = False, parse_special: bool = True) -> list[int]:
        """Token ids of a text; ``parse_special`` reads ``<|im_end|>`` and the like as single tokens."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        tokens = (self._llama.llama_token * room)()
        count = self._llama.llama_tokenize(self._vocab, data, len(data), tokens, room, add_special, parse_special)
        if count < 0:  # never seen: a token covers at least a byte; kept so that a surprise is not silent
            raise ValueError(f"tokenizing needs {-count} tokens for {len(data)} bytes")
        return list(tokens[:count])

    def encode_prompt(self, rendered: str) -> list[int]:
        """Token ids of a rendered template: the begin token is added once, by the template or by the tokenizer."""
        return self.encode(rendered, add_special=not (self.bos and rendered.startswith(self.bos)))

    def is_control(self, token: int) -> bool:
        """Whether a token steers the model instead of standing for characters."""
        llama = self._llama
        return bool(llama.llama_vocab_get_attr(self._vocab, token) & (llama.LLAMA_TOKEN_ATTR_CONTROL | llama.LLAMA_TOKEN_ATTR_UNKNOWN))

    def controls_in(self, text: str) -> set[str]:
        """The control tokens, as strings, that ``encode`` with ``parse_special`` sees in a text."""
        return {self._text_of(token) for token in set(self.encode(text)) if self.is_control(token)} - {""}

    def piece(self, token: int) -> bytes:
        """The bytes of a token; control tokens give none."""
        count = self._llama.llama_token_to_piece(self._vocab, token, self._buffer, len(self._buffer), 0, False)
        return self._buffer.raw[:count] if count > 0 else b""

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of token ids; bytes that are not UTF-8 become U+FFFD."""
        return b"".join(map(self.piece, tokens)).decode("utf-8", "replace")

    def ends(self, token: int) -> bool:
        """Whether a token ends a generation."""
        return bool(self._llama.llama_vocab_is_eog(self._vocab, token))

    def end_of_text(self) -> int:
        """The model's general end token."""
        return self._llama.llama_vocab_eos(self._vocab)

    def _text_of(self, token: int) -> str:
        raw = self._llama.llama_vocab_get_text(self._vocab, token) if token >= 0 else None
        return raw.decode("utf-8", "replace") if raw else ""

    @cached_property
    def bos(self) -> str:
        """The begin token's text, or an empty string."""
        return self._text_of(self._llama.llama_vocab_bos(self._vocab))

    @cached_property
    def eos(self) -> str:
        """The end token's text, or an empty string."""
        return self._text_of(self._llama.llama_vocab_eos(self._vocab))
