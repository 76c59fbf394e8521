"""Many sequences through one context at once: capture, log-probabilities, and greedy or sampled replies.

What all sequences begin with (system turn, history) is computed once and shared in the KV cache. Rows of a
batch keep their order because the context uses one unified cache.
"""

from collections import defaultdict
from typing import Callable, Iterable, Iterator

import numpy as np

from edge_repair.patient.activations import Activations, Sequence
from edge_repair.patient.capture import Wanted
from edge_repair.patient.context import Context
from edge_repair.patient.vocabulary import Vocabulary

Chooser = Callable[[int, np.ndarray], int]  # (index of the sequence, logits) -> token


def common_prefix(sequences: Iterable[tuple[int, ...]]) -> int:
    """Length of what all sequences begin with."""
    pool = list(sequences)
    first, last = min(pool), max(pool)  # lexicographic extremes differ earliest
    length = next((i for i, (a, b) in enumerate(zip(first, last)) if a != b), min(len(first), len(last)))
    return length


def _groups(context: Context, costs: list[int], prefix: int, batch_costs: list[int]) -> Iterator[list[int]]:
    """Split indices, in order, into groups that fit the batch, the cells and the sequence numbers of a context."""
    group: list[int] = []
    cells = batch = 0
    for i, (cost, batch_cost) in enumerate(zip(costs, batch_costs)):
        full = len(group) == context.n_sequences - 1
        if group and (full or prefix + cells + cost > context.n_ctx or batch + batch_cost > context.n_batch):
            yield group
            group, cells, batch = [], 0, 0
        group.append(i)
        cells, batch = cells + cost, batch + batch_cost
    if group:
        yield group


def _decode_prefix(context: Context, tokens: tuple[int, ...], capture: Wanted | None = None) -> None:
    context.clear()
    for start in range(0, len(tokens), context.n_batch):
        part = tokens[start : start + context.n_batch]
        context.decode([(token, start + i, 0, False) for i, token in enumerate(part)], capture)


def run(
    context: Context,
    sequences: list[Sequence],
    kinds: Iterable[str] = (),
    layers: Iterable[int] = (),
    want_logits: bool | Callable[[int, int, np.ndarray], float] = False,
    progress: Callable[[int, int], None] | None = None,
) -> Activations:
    """Run sequences and return the rows at their wanted positions.

    Args:
        context: a context made with ``capturing=True`` when kinds are asked for.
        sequences: at least one; each wants at least one position.
        kinds, layers: which activations, of which layers.
        want_logits: also return the logits at each wanted position; a function (index of the sequence, number of the
            position among its wanted ones, logits) -> number returns that number instead, since the logits of a batch
            can be hundreds of megabytes.

    Raises:
        ModelError: a sequence does not fit the context, or decoding failed.
    """
    kinds = tuple(kinds)
    # Without logits nothing is computed beyond the last activation that is wanted, for the shared prefix neither.
    capture = Wanted(kinds, frozenset(layers), stop=not want_logits) if kinds else None
    prefix = min(common_prefix(s.tokens for s in sequences), min(s.positions[0] for s in sequences))
    rows: dict[str, dict[int, list[np.ndarray]]] = defaultdict(lambda: defaultdict(list))
    logits: list[np.ndarray | float] = []
    reduce = want_logits if callable(want_logits) else lambda index, number, row: row.copy()
    costs = [len(s.tokens) - prefix for s in sequences]
    _decode_prefix(context, sequences[0].tokens[:prefix], capture if capture and capture.stop else None)
    done = 0
    for group in _groups(context, costs, prefix, costs):
        batch, wanted, of = [], [], []
        for number, index in enumerate(group, start=1):
            context.share(number)
            sequence, outputs, start = sequences[index], set(sequences[index].positions), len(wanted)
            for position in range(prefix, len(sequence.tokens)):
                if position in outputs:
                    of.append((index, len(wanted) - start))
                    wanted.append(len(batch))
                batch.append((sequence.tokens[position], position, number, position in outputs))
        for kind, by_layer in context.decode(batch, capture).items():
            for layer, caught in by_layer.items():
                rows[kind][layer].append(caught)
        if want_logits:
            logits += [reduce(*which, context.logits(row)) for which, row in zip(of, wanted)]
        context.drop_others()
        done += len(group)
        if progress:
            progress(done, len(sequences))
    joined = {kind: {layer: np.concatenate(parts) for layer, parts in by_layer.items()} for kind, by_layer in rows.items()}
    return Activations(
        **joined,
        logits=np.asarray(logits) if want_logits else None,
        counts=tuple(len(s.positions) for s in sequences),
    )


def generate(
    context: Context,
    vocabulary: Vocabulary,
    prompts: list[tuple[int, ...]],
    max_tokens: int,
    choose: Chooser,
    progress: Callable[[int, int], None] | None = None,
) -> list[list[int]]:
    """Let each prompt be continued, each in a conversation of its own, until it ends or has ``max_tokens``.

    Returns:
        The new tokens of each prompt, without the end token.
    """
    replies: list[list[int]] = [[] for _ in prompts]
    prefix = min(common_prefix(prompts), min(map(len, prompts)) - 1)
    _decode_prefix(context, prompts[0][:prefix])
    lengths = [len(p) - prefix for p in prompts]
    done = 0
    for group in _groups(context, [n + max_tokens for n in lengths], prefix, lengths):
        batch, last = [], {}
        for number, index in enumerate(group, start=1):
            context.share(number)
            for position in range(prefix, len(prompts[index])):
                batch.append((prompts[index][position], position, number, position == len(prompts[index]) - 1))
            last[index] = (number, len(batch) - 1)
        context.decode(batch)
        position_of = {index: len(prompts[index]) for index in group}
        while last:
            batch, following = [], {}
            for index, (number, row) in last.items():
                token = choose(index, context.logits(row))
                if vocabulary.ends(token):
                    continue
                replies[index].append(token)
                if len(replies[index]) < max_tokens:
                    following[index] = (number, len(batch))
                    batch.append((token, position_of[index], number, True))
                    position_of[index] += 1
            last = following
            if batch:
                context.decode(batch)
        context.drop_others()
        done += len(group)
        if progress:
            progress(done, len(prompts))
    return replies


def greedy(_index: int, logits: np.ndarray) -> int:
    """The most likely token."""
    return int(logits.argmax())


def sampler(temperature: float, seed: int) -> Chooser:
    """Seeded sampling at a temperature, from the whole distribution (no top-k, no top-p)."""
    random = np.random.default_rng(seed)

    def choose(_index: int, logits: np.ndarray) -> int:
        noise = random.gumbel(size=logits.shape)  # arg max of logits / T + Gumbel noise is a sample of softmax
        return int((logits / temperature + noise).argmax())

    return choose


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Natural log-probabilities over the last axis, float64."""
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
