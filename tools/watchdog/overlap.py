"""How close is the test split to what the generator writes?

    python -m tools.watchdog.overlap

For each test prompt the most similar of 40,000 generated prompts, by the Jaccard index of their sets of word and
character n-grams. Exact repeats are kept out of training; near ones show how much of a figure is recall of phrasings.
"""

import numpy as np
from scipy.sparse import csr_matrix

from edge_repair.watchdog import Watchdog
from edge_repair.watchdog.features import NGRAM_BUCKETS, encode
from tools.watchdog.benchmark import read_prompts
from tools.watchdog.dataset import LANGUAGE_SHARES, folded, generated
from tools.watchdog.evaluate import Judged, detection, judge_all
from tools.watchdog.generator import Generator


def sets_of(texts: list[str]) -> csr_matrix:
    """Sets of n-grams as rows of ones, [n, NGRAM_BUCKETS]."""
    rows = [encode(text).ngrams for text in texts]
    starts = np.cumsum([0] + [len(row) for row in rows])
    return csr_matrix((np.ones(starts[-1], np.float32), np.concatenate(rows), starts), shape=(len(rows), NGRAM_BUCKETS))


def nearest(texts: list[str], others: list[str]) -> np.ndarray:
    """The highest Jaccard index of each text with any of the others, float [n]."""
    first, second = sets_of(texts), sets_of(others)
    sizes, other_sizes = first.getnnz(axis=1), second.getnnz(axis=1)
    best = np.zeros(len(texts))
    for start in range(0, len(others), 2000):
        common = (first @ second[start : start + 2000].T).toarray()
        union = sizes[:, None] + other_sizes[None, start : start + 2000] - common
        best = np.maximum(best, (common / union).max(axis=1))
    return best


def main(count: int = 40_000) -> None:
    items = read_prompts("test")
    forbidden = {folded(item.text) for item in items}
    languages = [name for name, share in LANGUAGE_SHARES.items() for _ in range(int(share * count))]
    near = nearest(
        [item.text for item in items], [sample.text for sample in generated(Generator(99), languages, forbidden)]
    )
    judged = judge_all(Watchdog.load(), items)
    english = np.array([item.language == "en" for item in items])
    for name, chosen in (("English", english), ("other languages", ~english)):
        for limit in (0.3, 0.4, 0.5, 0.7, 1.01):
            kept = np.flatnonzero(chosen & (near < limit))
            row = detection(Judged([judged.items[i] for i in kept], [judged.verdicts[i] for i in kept]))
            print(f"{name}, similarity below {limit:g}: n {row['n']}, precision {row['precision']:.3f}, "
                  f"recall {row['recall']:.3f}, F1 {row['f1']:.3f}, AUROC {row['auroc']:.4f}")  # fmt: skip


if __name__ == "__main__":
    main()
