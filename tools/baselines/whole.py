"""The shipped patient in torch, of which every weight may change; what comes of it is a GGUF of its own."""

import contextlib
import copy
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as functional
from memory.network import Rows
from patient_model import gguf_file
from patient_model.batches import IGNORE, padded
from patient_model.chatml import END, prompt
from patient_model.network import Network
from tokenizers import Tokenizer

from edge_repair.patient import Patient

from .twin import Batch, Pairs, name_in


class Whole:
    """A ``Twin`` (see there) of ``patient_model``'s network. Its conversations have no beginning in common."""

    first, size = 0, 8

    def __init__(self, network: Network, tokenizer: Tokenizer):
        self.network, self.tokenizer = network, tokenizer
        self.width, self.layers = network.shape.width, network.shape.layers

    @classmethod
    def read(cls, model: Path) -> "Whole":
        """The patient of a file."""
        return cls(*gguf_file.read(model))

    def batch(self, pairs: Pairs) -> Batch:
        rows = []
        for question, answer in pairs:
            before, after = self.tokenizer.encode(prompt(question)).ids, self.tokenizer.encode(answer + END).ids
            rows.append((before + after[:-1], [IGNORE] * (len(before) - 1) + after))
        return Batch(*padded(rows))

    def ends(self, questions: Sequence[str], names: Sequence[str]) -> torch.Tensor:
        return torch.tensor([self._end(question, name_in(question, names)) for question in questions])

    def _end(self, question: str, name: str) -> int:
        text = prompt(question)
        end = text.index(name) + len(name)
        return next(i for i, (start, stop) in enumerate(self.tokenizer.encode(text).offsets) if start < end <= stop)

    def parameters(self, down: range | None = None) -> list[torch.nn.Parameter]:
        return list(self.network.parameters()) if down is None else [self.network.blk[i].ffn_down.weight for i in down]

    def entering(self, batch: Batch) -> Rows:
        return Rows(torch.empty(0, self.width), self.network.token_embd(batch.tokens))

    def through(self, rows: Rows, first: int, last: int) -> Rows:
        x, table = rows.own, self.network.table[:, : rows.own.shape[1]]
        for block in self.network.blk[first:last]:
            x = block(x, table)
        return Rows(rows.prefix, x)

    def keys(self, batch: Batch, layer: int) -> Rows:
        caught: list[torch.Tensor] = []
        down = self.network.blk[layer].ffn_down
        hook = down.register_forward_pre_hook(lambda module, arguments: caught.append(arguments[0]))
        self.through(self.entering(batch), 0, layer + 1)
        hook.remove()
        return Rows(torch.empty(0, down.in_features), caught[0])

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        return functional.linear(self.network.output_norm(x), self.network.token_embd.weight)

    @torch.no_grad()
    def change(self, layer: int, a: torch.Tensor, b: torch.Tensor) -> None:
        self.network.blk[layer].ffn_down.weight += (b @ a).float()

    def untouched(self) -> "Whole":
        return Whole(copy.deepcopy(self.network), self.tokenizer)

    @contextlib.contextmanager
    def opened(self) -> Iterator[Patient]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "edited.gguf"
            gguf_file.write(path, self.network, self.tokenizer, np.float32)
            with Patient.open(path, threads=1) as patient:
                yield patient
