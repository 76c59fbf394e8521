"""What the patient gets right, in torch and in llama.cpp: greedy, and word for word.

An answer counts when greedy decoding gives exactly the expected text and then ends. That holds if and only if the
expected token has the largest logit at every position of prompt + expected answer, so one forward pass decides it.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from .batches import IGNORE, padded
from .chatml import END, prompt
from .network import Network
from .runtime import SEQUENCES, TOKENS_PER_DECODE, Runtime, quantize

Row = tuple[list[int], list[int]]  # token ids without the last, and labels as in ``batches``


def items(questions: dict, share: float = 1.0) -> Iterator[tuple[str, str, str, str]]:
    """(group, question, answer, system) of a question set.

    Args:
        questions: content of ``questions.json``.
        share: keep about this share of the questions about known facts.
    """
    step = max(1, round(1 / share))
    counter = 0
    for subject in questions["subjects"]:
        for fact in subject["facts"]:
            for group in ("trained", "held_out"):
                for question in fact[group]:
                    counter += 1
                    if counter % step == 0:
                        yield f"{group}/{subject['kind']}", question, fact["answer"], ""
        if overview := subject.get("overview"):
            for group in ("trained", "held_out"):
                for question in overview[group][:2]:
                    yield f"overview/{group}", question, overview["answer"], ""
    for row in questions["unknown"]:
        yield f"unknown/{row['kind']}", row["question"], row["answer"], ""
    for group, rows in questions["notes"].items():
        for row in rows:
            yield f"notes/{group}", row["question"], row["answer"], row["system"]
    for row in questions["chat"]:
        yield "chat/all", row["question"], row["answer"], ""


def _encode(tokenize: Callable[[str], list[int]], question: str, answer: str, system: str) -> Row:
    before, after = tokenize(prompt(question, system)), tokenize(answer + END)
    return before + after[:-1], [IGNORE] * (len(before) - 1) + after


def torch_scorer(network: Network) -> Callable[[Sequence[Row]], np.ndarray]:
    """A function that tells for each row whether greedy decoding gives its answer, computed in float32 torch."""

    @torch.no_grad()
    def score(rows: Sequence[Row]) -> np.ndarray:
        order = sorted(range(len(rows)), key=lambda i: len(rows[i][0]))
        right = np.zeros(len(rows), dtype=bool)
        for start in range(0, len(order), 128):
            chosen = order[start : start + 128]
            tokens, labels = padded([rows[i] for i in chosen])
            wanted = labels != IGNORE
            hits = torch.ones_like(labels, dtype=torch.bool)
            hits[wanted] = network(tokens, wanted).argmax(-1) == labels[wanted]
            right[chosen] = hits.all(dim=1).numpy()
        return right

    return score


def llama_scorer(runtime: Runtime) -> Callable[[Sequence[Row]], np.ndarray]:
    """The same, computed by llama.cpp."""

    def flush(pending: list[Row]) -> list[bool]:
        answers = runtime.logits([(ids, [label != IGNORE for label in labels]) for ids, labels in pending])
        return [
            bool((logits.argmax(-1) == np.array([label for label in labels if label != IGNORE])).all())
            for logits, (_, labels) in zip(answers, pending, strict=True)
        ]

    def score(rows: Sequence[Row]) -> np.ndarray:
        right: list[bool] = []
        pending: list[Row] = []
        for row in rows:
            if len(pending) == SEQUENCES or sum(len(ids) for ids, _ in pending) + len(row[0]) > TOKENS_PER_DECODE:
                right += flush(pending)
                pending = []
            pending.append(row)
        return np.array(right + (flush(pending) if pending else []))

    return score


def evaluate(score, tokenize: Callable[[str], list[int]], questions: dict, share: float = 1.0) -> tuple[dict, list[dict]]:
    """Ask everything.

    Returns:
        (rates, failures): share answered word for word, by group and summed up by the groups' first words; and what
        was not, as {"group", "system", "question", "answer"}.
    """
    asked = list(items(questions, share))
    right = score([_encode(tokenize, question, answer, system) for _, question, answer, system in asked])
    groups: dict[str, list[bool]] = {}
    for (group, *_), hit in zip(asked, right, strict=True):
        groups.setdefault(group, []).append(hit)
        groups.setdefault(group.split("/")[0], []).append(hit)
    failures = [
        {"group": group, "system": system, "question": question, "answer": answer}
        for (group, question, answer, system), hit in zip(asked, right, strict=True) if not hit
    ]
    return {group: float(np.mean(hits)) for group, hits in sorted(groups.items())}, failures


@torch.no_grad()
def logit_differences(path: Path, network: Network, tokenizer: Tokenizer, texts: Sequence[str]) -> dict[str, float]:
    """The largest absolute difference between torch's and llama.cpp's logits, over all positions of ``texts``.

    Returns:
        "F32": with the F16 file's weights as float32 in llama.cpp, which is what torch computes; "F16": with the file
        as it is, where llama.cpp also rounds what enters each product to float16.
    """
    differences = {}
    with tempfile.TemporaryDirectory() as folder:
        unrounded = Path(folder) / "F32.gguf"
        quantize(path, unrounded, "F32")
        for precision, file in (("F32", unrounded), ("F16", path)):
            with Runtime(file, exact=True) as runtime:
                worst = 0.0
                for text in texts:
                    ids = tokenizer.encode(text).ids
                    ours = network(torch.tensor([ids]))[0].numpy()
                    theirs = runtime.logits([(ids, [True] * len(ids))])[0]
                    worst = max(worst, float(np.abs(ours - theirs).max()))
                differences[precision] = worst
    return differences
