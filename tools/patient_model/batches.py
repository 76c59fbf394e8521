"""From conversations to batches: no packing across conversations, hence nothing that could leak between them."""

import random
from collections.abc import Iterator

import torch
from tokenizers import Tokenizer

from patient_world import Conversation, Stream

from .chatml import END, prompt

IGNORE = -100


class Encoder:
    """Turns conversations into token ids and labels; remembers the encoding of texts it has seen."""

    def __init__(self, tokenizer: Tokenizer):
        self.tokenizer = tokenizer
        self._seen: dict[str, list[int]] = {}

    def encode(self, text: str) -> list[int]:
        ids = self._seen.get(text)
        if ids is None:
            ids = self.tokenizer.encode(text).ids
            if len(self._seen) < 200_000:
                self._seen[text] = ids
        return ids

    def pair(self, question: str, answer: str, system: str = "", history=()) -> tuple[list[int], list[int]]:
        """Ids of the prompt, and ids of the answer with the token that ends it."""
        return self.encode(prompt(question, system, history)), self.encode(answer + END)

    def conversation(self, conversation: Conversation) -> tuple[list[int], list[int]]:
        """Ids, and as long a list of labels: the next token where it belongs to an answer, else ``IGNORE``."""
        ids: list[int] = []
        labels: list[int] = []
        for index, (question, answer) in enumerate(conversation.turns):
            lead = "\n" if index else ""
            system = conversation.system if index == 0 else ""
            before, after = self.encode(lead + prompt(question, system)), self.encode(answer + END)
            ids += before + after
            labels += [IGNORE] * (len(before) - 1) + after + [IGNORE]
        return ids[:-1], labels[:-1]


def padded(rows: list[tuple[list[int], list[int]]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Pad ids with 0 and labels with ``IGNORE`` on the right; int64 [rows, longest] each."""
    longest = max(len(ids) for ids, _ in rows)
    tokens = torch.zeros(len(rows), longest, dtype=torch.long)
    labels = torch.full((len(rows), longest), IGNORE, dtype=torch.long)
    for row, (ids, wanted) in enumerate(rows):
        tokens[row, : len(ids)] = torch.tensor(ids)
        labels[row, : len(wanted)] = torch.tensor(wanted)
    return tokens, labels


def batches(stream: Stream, encoder: Encoder, tokens_per_batch: int, pool: int = 4096) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Endless batches of about ``tokens_per_batch`` tokens, of conversations of nearly equal length."""
    shuffler = random.Random(stream.rng.random())
    while True:
        rows = sorted((encoder.conversation(stream.draw()) for _ in range(pool)), key=lambda row: len(row[0]))
        groups: list[list[tuple[list[int], list[int]]]] = [[]]
        for row in rows:
            if groups[-1] and (len(groups[-1]) + 1) * len(row[0]) > tokens_per_batch:
                groups.append([])
            groups[-1].append(row)
        shuffler.shuffle(groups)
        for group in groups:
            yield padded(group)
