"""A real model in torch (``memory.network``), whose changes are a LoRA that llama.cpp attaches to the quantised file itself.

So the file that is asked has not been dequantised and quantised again, which alone would change its answers. The system turn
that the chat template puts first is computed once for a batch, and what enters the first changed layer once for a conversation.
"""

import contextlib
import copy
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from memory import adapter
from memory.material import padded
from memory.network import MATRICES, Llama, Rows
from patient_model import batches

from edge_repair.patient import Patient
from edge_repair.patient.batching import common_prefix

from .twin import Batch, Pairs, name_in

ANSWER_TOKENS = 24  # of an answer that is learned or unlearned; its content comes early, and what the model says is cut off anyway
RANK = 8


class LowRank:
    """A ``Twin`` (see there).

    Args:
        model: a GGUF of the architecture "llama".
        patient: the same file in llama.cpp, which renders and tokenises; nothing else is asked of it.
        layers: that are changed.
        down: whether ``ffn_down`` alone is changed, or all seven matrices.
    """

    size = 4

    def __init__(self, model: Path, patient: Patient, layers: range, down: bool):
        self.model, self.patient = model, patient
        self.network = Llama(model, layers, RANK, 2.0 * RANK, matrices=("ffn_down",) if down else MATRICES)
        self.width, self.layers, self.first = self.network.shape.width, self.network.shape.layers, layers.start
        shared = patient.tokens("Who?")
        self._prefix = shared[: common_prefix([shared, patient.tokens("How?")])]
        self._entering: dict[tuple[int, ...], torch.Tensor] = {}
        self._prefix_entering = self._lower(torch.zeros(1, 1, dtype=torch.long)).prefix

    @torch.no_grad()
    def _lower(self, own: torch.Tensor) -> Rows:
        """Token ids ``[n, length]`` through the layers that nothing changes."""
        return self.network.through(self.network.embed(torch.tensor(self._prefix), own), 0, self.first)

    def batch(self, pairs: Pairs) -> Batch:
        rows = []
        for question, answer in pairs:
            before, after = self._own(question), list(self.patient.reply_tokens(answer))[:ANSWER_TOKENS]
            rows.append((before + after[:-1], [batches.IGNORE] * (len(before) - 1) + after))
        return Batch(*batches.padded(rows))

    def _own(self, question: str) -> list[int]:
        """Tokens of a prompt after the shared beginning."""
        tokens = self.patient.tokens(question)
        if tokens[: len(self._prefix)] != self._prefix:
            raise ValueError(f"the chat template begins {question!r} in another way than other questions")
        return list(tokens[len(self._prefix) :])

    def ends(self, questions: Sequence[str], names: Sequence[str]) -> torch.Tensor:
        return torch.tensor([self._end(question, name_in(question, names)) for question in questions])

    def _end(self, question: str, name: str) -> int:
        pieces = [self.patient.vocabulary.piece(token) for token in self._own(question)]
        text = b"".join(pieces)
        end = text.index(name.encode(), text.index(question.strip().encode())) + len(name.encode())
        return next(i for i in range(len(pieces)) if len(b"".join(pieces[: i + 1])) >= end)

    def parameters(self, down: range | None = None) -> list[torch.nn.Parameter]:
        if down is not None and (down != self.network.lora_layers or self.network.lora_matrices != ("ffn_down",)):
            raise ValueError(f"this twin was not made to change ffn_down of layers {list(down)}")
        return list(self.network.lora.parameters())

    @torch.no_grad()
    def entering(self, batch: Batch) -> Rows:
        keys = [tuple(tokens[real].tolist()) for tokens, real in zip(batch.tokens, batch.real)]
        missing = [key for key in dict.fromkeys(keys) if key not in self._entering]
        if missing:
            own, _ = padded([torch.tensor(key) for key in missing])
            for key, x in zip(missing, self._lower(own).own):
                self._entering[key] = x[: len(key)].clone()
        return Rows(self._prefix_entering, padded([self._entering[key] for key in keys])[0])

    def through(self, rows: Rows, first: int, last: int) -> Rows:
        return self.network.through(rows, first, last)

    def keys(self, batch: Batch, layer: int) -> Rows:
        caught: list[torch.Tensor] = []
        self.network.seen = lambda i, name, x: caught.append(x) if (i, name) == (layer, "ffn_down") else None
        self.through(self.entering(batch), self.first, layer + 1)
        self.network.seen = None
        n, length = batch.tokens.shape
        p = len(self._prefix)
        return Rows(caught[0][:p], caught[0][p:].view(n, length, -1))

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        return self.network.logits(self.network.final(x))

    def change(self, layer: int, a: torch.Tensor, b: torch.Tensor) -> None:
        self.network.set_factors(layer, "ffn_down", *balanced(a, b))

    def untouched(self) -> "LowRank":
        """The same weights without the LoRA; what was computed below it is shared."""
        bare = copy.copy(self)
        bare.network = self.network.bare()
        return bare

    @contextlib.contextmanager
    def opened(self) -> Iterator[Patient]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "edit.gguf"
            adapter.write(path, self.network.factors())
            with Patient.open(self.model, threads=1, lora=path) as patient:
                yield patient


def balanced(a: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Other factors of the same product, from its singular values: an adapter is float16.

    Keys of one subject are much alike, so the factors of a closed form are long and nearly cancel; rounded as they are they
    would lose what is left of them, and short ones would fall below float16's smallest numbers.

    Args:
        a, b: ``[r, in]`` and ``[out, r]``.
    """
    (left, small_left), (right, small_right) = torch.linalg.qr(b), torch.linalg.qr(a.T)
    u, values, v = torch.linalg.svd(small_left @ small_right.T)
    root = values.sqrt()
    return (right @ (v.T * root)).T, left @ (u * root)
