"""Many sequences through one context at once: capture, log-probabilities, and greedy or sampled replies.

What sequences begin with in common is computed once. What all of them share (system turn, history) stays in the KV cache;
what some of a batch share ("What is the capital of ...") is computed once within the batch.

Every row attends to every used cell of the cache, its own or not: a batch over many conversations spends as much on
other people's cells as on weights. So few are in the cache at a time, and a finished reply makes room for the next prompt.
Rows of a batch keep their order because the context uses one unified cache.
"""

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Callable, Iterable, Iterator

import numpy as np

from edge_repair.patient.activations import Activations, Sequence
from edge_repair.patient.capture import Wanted
from edge_repair.patient.context import Context
from edge_repair.patient.vocabulary import Vocabulary

Chooser = Callable[[int, np.ndarray], int]  # (index of the sequence, logits) -> token
BLOCK = 256  # llama.cpp attends to the used part of the cache in blocks of this many cells
LEAST_RUN, LEAST_REPLIES = 128, 384  # cells beyond the shared prefix that a batch, or the replies under way, may always use


def common_prefix(sequences: Iterable[tuple[int, ...]]) -> int:
    """Length of what all sequences begin with."""
    pool = list(sequences)
    return shared_length(min(pool), max(pool))  # lexicographic extremes differ earliest


def shared_length(first: tuple[int, ...], last: tuple[int, ...]) -> int:
    """Length of what two sequences begin with."""
    return next((i for i, (a, b) in enumerate(zip(first, last)) if a != b), min(len(first), len(last)))


def _room(context: Context, prefix: int, least: int) -> int:
    """Cells beyond the prefix that are used at a time: up to the end of a block."""
    return min(-(-(prefix + least) // BLOCK) * BLOCK, context.n_ctx) - prefix


def _decode_prefix(context: Context, tokens: tuple[int, ...], capture: Wanted | None = None) -> None:
    context.clear()
    for start in range(0, len(tokens), context.n_batch):
        part = tokens[start : start + context.n_batch]
        context.decode([(token, start + i, (0,), False) for i, token in enumerate(part)], capture)


class _Tree:
    """Sequences of one batch as a prefix tree: a token that several of them share is one row, owned by all.

    Attributes:
        rows: ``[token, position, owners, wants output]`` in the order of the batch.
        places: for each sequence that was added: its index, and its row at each position that it wants.
    """

    def __init__(self, prefix: int) -> None:
        self.prefix = prefix
        self.rows: list[list] = []
        self.places: list[tuple[int, list[int]]] = []
        self._path: list[int] = []  # row of each token beyond the prefix of the sequence added last
        self._last: tuple[int, ...] = ()

    def cost(self, sequence: Sequence) -> int:
        """Rows that adding it would take."""
        return len(sequence.tokens) - self._shared(sequence)

    def _shared(self, sequence: Sequence) -> int:
        return max(self.prefix, shared_length(sequence.tokens, self._last)) if self._last else self.prefix

    def add(self, index: int, sequence: Sequence) -> None:
        """Add one; to share much, add them in lexicographic order."""
        number, shared = len(self.places) + 1, self._shared(sequence)
        path = self._path[: shared - self.prefix]
        for row in path:
            self.rows[row][2] += (number,)
        for position in range(shared, len(sequence.tokens)):
            path.append(len(self.rows))
            self.rows.append([sequence.tokens[position], position, (number,), False])
        places = [path[position - self.prefix] for position in sequence.positions]
        for row in places:
            self.rows[row][3] = True
        self.places.append((index, places))
        self._path, self._last = path, sequence.tokens


def _trees(context: Context, sequences: list[Sequence], prefix: int) -> Iterator[_Tree]:
    room, tree = _room(context, prefix, LEAST_RUN), _Tree(prefix)
    for index in sorted(range(len(sequences)), key=lambda i: sequences[i].tokens):
        full = len(tree.places) == context.n_sequences - 1 or len(tree.rows) + tree.cost(sequences[index]) > min(room, context.n_batch)
        if tree.places and full:
            yield tree
            tree = _Tree(prefix)
        tree.add(index, sequences[index])
    yield tree


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
    found: dict[str, dict[int, dict[int, np.ndarray]]] = defaultdict(lambda: defaultdict(dict))  # by sequence at last
    logits: dict[int, list[np.ndarray | float]] = {}
    reduce = want_logits if callable(want_logits) else lambda index, number, row: row.copy()
    _decode_prefix(context, sequences[0].tokens[:prefix], capture if capture and capture.stop else None)
    done = 0
    for tree in _trees(context, sequences, prefix):
        for number in range(1, len(tree.places) + 1):
            context.share(number)
        captured = context.decode(tree.rows, capture)
        wanted = {row: i for i, row in enumerate(row for row, what in enumerate(tree.rows) if what[3])}
        for index, places in tree.places:
            for kind, by_layer in captured.items():
                for layer, caught in by_layer.items():
                    found[kind][layer][index] = caught[[wanted[row] for row in places]]
            if want_logits:
                logits[index] = [reduce(index, number, context.logits(row)) for number, row in enumerate(places)]
        context.drop_others()
        done += len(tree.places)
        if progress:
            progress(done, len(sequences))
    everyone = range(len(sequences))
    joined = {kind: {layer: np.concatenate([of[i] for i in everyone]) for layer, of in by_layer.items()} for kind, by_layer in found.items()}
    return Activations(
        **joined,
        logits=np.asarray([row for i in everyone for row in logits[i]]) if want_logits else None,
        counts=tuple(len(s.positions) for s in sequences),
    )


@dataclass
class _Reply:
    """A reply under way: its prompt's index, its sequence number, where its next token goes, and that token."""

    index: int
    number: int
    position: int
    token: int = -1


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
    room = _room(context, prefix, LEAST_REPLIES)
    costs = [len(prompt) - prefix + max_tokens for prompt in prompts]
    _decode_prefix(context, prompts[0][:prefix])
    waiting, numbers = deque(range(len(prompts))), set(range(1, context.n_sequences))
    running: list[_Reply] = []
    while waiting or running:
        batch = [(reply.token, reply.position, (reply.number,), True) for reply in running]
        outputs = list(range(len(batch)))
        for reply in running:
            reply.position += 1
        used = sum(costs[reply.index] for reply in running)
        while waiting and numbers:
            prompt = prompts[waiting[0]]
            if running and (used + costs[waiting[0]] > room or len(batch) + len(prompt) - prefix > context.n_batch):
                break
            reply = _Reply(waiting.popleft(), numbers.pop(), len(prompt))
            used += costs[reply.index]
            context.share(reply.number)
            batch += [(prompt[position], position, (reply.number,), position == len(prompt) - 1) for position in range(prefix, len(prompt))]
            outputs.append(len(batch) - 1)
            running.append(reply)
        context.decode(batch)
        going: list[_Reply] = []
        for reply, row in zip(running, outputs):
            reply.token = choose(reply.index, context.logits(row))
            if not vocabulary.ends(reply.token):
                replies[reply.index].append(reply.token)
                if len(replies[reply.index]) < max_tokens:
                    going.append(reply)
                    continue
            context.drop(reply.number)
            numbers.add(reply.number)
        if progress and len(going) < len(running):
            progress(len(prompts) - len(waiting) - len(going), len(prompts))
        running = going
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
