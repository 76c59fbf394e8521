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
from tools.watchdog.benchmark import Item, read_prompts
from tools.watchdog.generator import Sample


def ngram_matrix(features: list[Features]) -> csr_matrix:
    """The linear part's inputs as a sparse matrix [n, NGRAM_BUCKETS]."""
    starts = np.cumsum([0] + [len(item.ngrams) for item in features])
    values = np.concatenate([item.values for item in features])
    columns = np.concatenate([item.ngrams for item in features])
    return csr_matrix((values, columns, starts), shape=(len(features), NGRAM_BUCKETS))


def as_sample(item: Item) -> Sample:
    return Sample(item.text, item.label, item.language, item.start, item.end)


def train(path: Path, data: Path | None, count: int, epochs: int, seed: int, start: Path | None = None) -> None:
    """Train on ``count`` generated prompts, public ordinary requests of the folder ``data`` and the train split.

    ``start``: a model file to go on from; its linear part is kept, the convolutional part is trained further.
    """
    torch.set_num_threads(1)
    requests = public.read_public(data)
    benchmark = [(item.prompt, as_sample(item)) for item in read_prompts("train")]
    forbidden = {dataset.folded(item.text) for item in read_prompts() if item.split != "train"}
    examples = dataset.training_examples(count, seed, requests, benchmark, forbidden)
    print(f"{len(examples.features)} texts, labels {np.bincount(examples.labels).tolist()}", flush=True)
    if start is None:
        fitted = LogisticRegression(C=100, max_iter=80, tol=1e-3)
        fitted.fit(ngram_matrix(examples.features), examples.labels, sample_weight=examples.weights)
        linear, first = (fitted.coef_.T, fitted.intercept_), None
        print("linear part fitted", flush=True)
    else:
        before = read(start)[0]
        linear = (before["ngram_table"].astype(np.float32) * before["ngram_scale"], before["ngram_bias"])
        first = network.from_tensors(before)
    deep = network.train(examples.features, examples.labels, examples.spans, epochs, seed, examples.weights, first)
    used = np.zeros(TOKEN_BUCKETS, bool)
    for item in examples.features:
        used[item.slots] = True
    if start is not None:
        used |= before["token_table"].any(axis=1)
    used[0] = False
    tensors = export.tensors_of(deep, linear, used)
    about = {
        "seed": str(seed), "generated": str(count), "epochs": str(epochs), "kinds": json.dumps(KINDS),
        "data": json.dumps(sorted(public.sources(data))),
        "start": json.dumps(export.metadata_of(start)) if start else "",
    }  # fmt: skip
    export.write(path, tensors, about)
    calibrate(path)


def average(path: Path, others: list[Path]) -> None:
    """Write the mean of models that were trained from one another (Izmailov et al. 2018), calibrated anew."""
    read_files = [read(other)[0] for other in others]
    pairs = {"token_table": "token_scale", "ngram_table": "ngram_scale"}
    tensors = {}
    for name, first in read_files[0].items():
        if name in export.CONSTANTS or name in pairs.values():
            continue
        if name in pairs:
            mean = np.mean([one[name].astype(np.float32) * one[pairs[name]] for one in read_files], axis=0)
            tensors[name], tensors[pairs[name]] = export.quantise(mean)
        else:
            tensors[name] = np.mean([one[name] for one in read_files], axis=0).astype(first.dtype)
    export.write(path, tensors, {"average": json.dumps([export.metadata_of(other) for other in others])})
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
    """Fit the shares of both parts and one bias for "none" on the dev split (Platt scaling), and write them in.

    The parts are mixed ``deep_weight`` to ``1 - deep_weight``; one scale and one bias are fitted by likelihood.
    """
    backend = NumpyBackend(path)
    items = read_prompts("dev")
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
