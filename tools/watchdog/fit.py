"""Fits both parts of the model, calibrates their sum and writes the file."""

import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from edge_repair.watchdog.backends import NumpyBackend
from edge_repair.watchdog.features import NGRAM_BUCKETS, TOKEN_BUCKETS, Features, encode
from edge_repair.watchdog.regions import build_views
from edge_repair.watchdog.verdict import KINDS
from edge_repair.watchdog.weights import read
from tools.watchdog import dataset, export, network, public
from tools.watchdog.benchmark import read_prompts


def ngram_matrix(features: list[Features]) -> csr_matrix:
    """The linear part's inputs as a sparse matrix [n, NGRAM_BUCKETS]."""
    starts = np.cumsum([0] + [len(item.ngrams) for item in features])
    values = np.concatenate([item.values for item in features])
    columns = np.concatenate([item.ngrams for item in features])
    return csr_matrix((values, columns, starts), shape=(len(features), NGRAM_BUCKETS))


def train(path: Path, data: Path | None, count: int, rounds: int, seed: int) -> None:
    """Train from nothing; one seed gives one file, byte for byte, on one machine with one set of libraries.

    Args:
        path: where the model is written.
        data: folder with public data sets, or None.
        count: prompts generated for each round; every round has new ones. The linear part is fitted on the first.
        rounds: of the convolutional part, see ``network.train``.
        seed: of everything that is drawn.
    """
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    requests = public.read_public(data)
    benchmark = read_prompts("train")
    forbidden = {dataset.folded(item.text) for item in read_prompts() if item.split != "train"}
    used = np.zeros(TOKEN_BUCKETS, bool)

    def draw(round_: int) -> dataset.Examples:
        examples = dataset.training_examples(count, 1000 * seed + round_, requests, benchmark, forbidden)
        print(f"{len(examples.features)} texts, labels {np.bincount(examples.labels).tolist()}", flush=True)
        for item in examples.features:
            used[item.slots] = True
        return examples

    first = [draw(0)]
    fitted = LogisticRegression(C=100, max_iter=80, tol=1e-3)
    fitted.fit(ngram_matrix(first[0].features), first[0].labels, sample_weight=first[0].weights)
    print("linear part fitted", flush=True)
    deep = network.train(lambda round_: first.pop() if first else draw(round_), rounds, seed)
    used[0] = False
    about = {
        "seed": str(seed), "generated": str(count), "rounds": str(rounds), "kinds": json.dumps(KINDS),
        "data": json.dumps(sorted(public.sources(data))),
    }  # fmt: skip
    export.write(path, export.tensors_of(deep, (fitted.coef_.T, fitted.intercept_), used), about)
    calibrate(path)


def component_logits(backend: NumpyBackend, features: Features) -> tuple[np.ndarray, np.ndarray]:
    """Logits [5] of the deep and of the linear part alone."""
    found = []
    saved = {name: backend.tensors[name] for name in ("deep_share", "linear_share", "calibration_bias")}
    for deep, linear in ((1.0, 0.0), (0.0, 1.0)):
        backend.tensors.update(
            deep_share=np.float32([deep]), linear_share=np.float32([linear]), calibration_bias=np.zeros(5, np.float32)
        )
        found.append(np.log(np.maximum(backend.run(features)[0], 1e-12)))
    backend.tensors.update(saved)
    return found[0], found[1]


def calibrate(path: Path, deep_weight: float = 0.7) -> None:
    """Fit the shares of both parts and one bias for "none" on both dev splits (Platt scaling), and write them in.

    The parts are mixed ``deep_weight`` to ``1 - deep_weight``; one scale and one bias are fitted by likelihood.
    """
    backend = NumpyBackend(path)
    items = read_prompts("dev") + read_prompts("dev2")
    deep, linear = zip(
        *(component_logits(backend, encode(build_views(i.prompt).intent.text)) for i in items), strict=True
    )
    mixed = deep_weight * np.array(deep) + (1 - deep_weight) * np.array(linear)
    labels = np.array([KINDS.index(item.label) for item in items])

    def loss(parameters: np.ndarray) -> float:
        logits = mixed * np.exp(parameters[0])
        logits[:, 0] += parameters[1]
        logits -= logits.max(axis=1, keepdims=True)
        log_probabilities = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        request = np.log(np.maximum(1 - np.exp(log_probabilities[:, 0]), 1e-9))
        truth = labels != 0
        detection = -np.where(truth, request, log_probabilities[:, 0]).mean()
        return detection + 0.02 * parameters[1] ** 2

    scale, bias = minimize(loss, np.zeros(2), method="Nelder-Mead").x
    print(f"scale {np.exp(scale):.3f}, bias of none {bias:.3f}, detection loss {loss(np.array([scale, bias])):.4f}")
    tensors = {name: value for name, value in backend.tensors.items() if name not in export.CONSTANTS}
    share = float(np.exp(scale))
    tensors["deep_share"] = np.float32([deep_weight * share])
    tensors["linear_share"] = np.float32([(1 - deep_weight) * share])
    tensors["calibration_bias"] = np.float32([bias, 0, 0, 0, 0])
    export.write(path, tensors, export.metadata_of(path))
    print(f"{path.name}: {path.stat().st_size} bytes, sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}")
