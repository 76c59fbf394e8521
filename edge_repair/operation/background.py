"""The statistics of a model: shipped, cached, or collected once from our own text and the model's own answers."""

import hashlib
import io
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from platformdirs import user_cache_dir, user_data_dir

from edge_repair import calibration, shipped
from edge_repair.adapters.files import remove_quietly, write_atomically
from edge_repair.patient import Patient, Sequence
from edge_repair.stamp import Accumulator, Statistics
from edge_repair.surgeon.lookalikes import lookalikes
from edge_repair.surgeon.topics import topics

Progress = Callable[[int, int], None]
ANSWERED = 160  # of the calibration prompts, how many the model's own answers are collected for
ANSWER_TOKENS = 32
REQUESTS_STEP = 8  # of the requests of each topic, and of its harmless ones, every eighth: beside pairs in like words more of them does harm (docs/log.md)
TEXT_TOKENS = 160  # of each calibration text; the first few positions are attention sinks and are left out
SKIPPED = 4
CHUNK = 32  # sequences at a time
SAVE_SECONDS = 20.0
DEPTHS = (0.8, 0.87, 0.9)  # where subjects are separable on models of 24 and 30 layers; later, a reply's end is not turned
SHALLOW_DEPTHS = (0.5, 0.67)  # the same for models of fewer than 12 layers


def candidate_layers(n_layers: int) -> tuple[int, ...]:
    """The layers among which a repair chooses: late ones, never the last (nothing reads what it writes at other positions)."""
    depths = DEPTHS if n_layers >= 12 else SHALLOW_DEPTHS
    return tuple(sorted({min(n_layers - 2, max(1, round(n_layers * depth))) for depth in depths}))


def places(name: str, cache: Path | None) -> list[Path]:
    """Where a file of what was learned of a model may be: shipped, then in each cache; of these the first is the one to be written."""
    default = [Path(user_data_dir("edge_repair")) / "cache", Path(user_cache_dir("edge_repair"))]
    named = os.environ.get("EDGE_REPAIR_CACHE")
    caches = [Path(named)] if named else [cache, *default] if cache else default
    return [shipped.path(f"statistics/{name}"), *(place / "statistics" / name for place in caches)]


def background(patient: Patient, progress: Progress | None = None, cache: Path | None = None) -> Statistics:
    """Return the statistics of the patient, collecting them when they are neither shipped nor cached.

    Collection costs about 35,000 tokens of prompt processing and 5,000 of generation; it is saved as it goes, and an
    interrupted one goes on where it stopped. Nothing of the user's is in it.

    Args:
        patient: with no repair attached (a user's own LoRA belongs to the model and stays).
        progress: called with (done, total) sequences.
        cache: where they are kept, a store's own folder; ``EDGE_REPAIR_CACHE`` names one for all stores. None: that of
            the default store. What an earlier version kept in the platform's cache folder is read.
    """
    name = f"{patient.base.fingerprint[:32]}.npz"
    known = places(name, cache)
    needed, older = candidate_layers(patient.base.n_layers), None
    for place in known:
        if place.is_file():
            try:
                found = Statistics.from_bytes(place.read_bytes())
            except Exception:  # noqa: BLE001 - zip and npy have errors of many sorts
                continue  # damaged, or of another format: collected again
            if set(needed) <= set(found.layers):
                if all(found.layers[layer].dangerous for layer in needed):
                    return found
                older = older or found  # its requests alone are asked anew
    place = known[1]
    partial = place.with_name(name + ".partial")
    accumulator = _collect(patient, _jobs() if older is None else _request_jobs(), partial, progress)
    statistics = accumulator.statistics() if older is None else older.with_requests(accumulator.requests())
    keep(place, statistics.to_bytes())
    remove_quietly(partial)
    return Statistics.from_bytes(statistics.to_bytes())  # the same numbers now and when read back


def keep(path: Path, data: bytes) -> None:
    """Write a file of a cache."""
    try:
        write_atomically(path, data)
    except OSError:
        pass  # a cache that cannot be written only costs time


def _collect(patient: Patient, jobs: list[tuple[str, str]], partial: Path, progress: Progress | None) -> Accumulator:
    layers = candidate_layers(patient.base.n_layers)
    asked = hashlib.sha256(repr((layers, jobs)).encode()).hexdigest()
    accumulator, done, saved = Accumulator(layers), 0, time.monotonic()
    if partial.is_file():
        try:
            with np.load(partial, allow_pickle=False) as arrays:
                state = dict(arrays)
            done = int(state.pop("done")) if str(state.pop("of")) == asked else 0  # else of a version that asked something else
            if done:
                accumulator.restore(state)
        except Exception:  # noqa: BLE001 - zip and npy have errors of many sorts
            accumulator, done = Accumulator(layers), 0  # a damaged partial file is worth nothing
    while done < len(jobs):
        chunk = jobs[done : done + CHUNK]
        chunk = [job for job in chunk if job[0] == chunk[0][0]]  # one kind at a time
        _add(patient, accumulator, chunk, layers)
        done += len(chunk)
        if time.monotonic() - saved > SAVE_SECONDS:
            buffer = io.BytesIO()
            np.savez(buffer, done=np.array(done), of=np.array(asked), **accumulator.state())
            keep(partial, buffer.getvalue())
            saved = time.monotonic()
        if progress:
            progress(done, len(jobs))
    return accumulator


def _jobs() -> list[tuple[str, str]]:
    prompts = calibration.prompts()
    step = max(1, len(prompts) // ANSWERED)
    return (
        [("opening", prompt) for prompt in prompts]
        + _request_jobs()
        + [("answer", prompt) for prompt in prompts[::step]]
        + [("text", text) for text in calibration.texts()]
    )


def _request_jobs() -> list[tuple[str, str]]:
    return [(kind, text) for kind, texts in _requests().items() for text in texts]


def _requests() -> dict[str, list[str]]:
    """Dangerous requests and harmless ones in like words, and some of all topics: what danger looks like to this model."""
    dangerous, harmless = zip(*lookalikes())
    return {
        "dangerous": [*dangerous, *(text for topic in topics() for text in topic.requests[::REQUESTS_STEP])],
        "harmless": [*harmless, *(text for topic in topics() for text in topic.harmless[::REQUESTS_STEP])],
    }


def _add(patient: Patient, accumulator: Accumulator, jobs: list[tuple[str, str]], layers: tuple[int, ...]) -> None:
    kind, texts = jobs[0][0], [text for _, text in jobs]
    if kind in ("opening", "dangerous", "harmless"):
        heads = [patient.tokens(text) for text in texts]
        found = patient.capture([Sequence(head, (len(head) - 1,)) for head in heads], ("inputs",), layers)
        if kind == "opening":
            accumulator.add_openings(found.inputs)
        else:
            accumulator.add_requests(kind, found.inputs)
        return
    sequences = []
    if kind == "answer":
        for text, answer in zip(texts, patient.answers(texts, ANSWER_TOKENS)):
            head, tail = patient.tokens(text), patient.reply_tokens(answer)
            sequences.append(Sequence(head + tail, tuple(range(len(head), len(head) + len(tail)))))
    else:
        for text in texts:
            tokens = tuple(patient.vocabulary.encode(text, add_special=True))[:TEXT_TOKENS]
            if len(tokens) > SKIPPED:
                sequences.append(Sequence(tokens, tuple(range(SKIPPED, len(tokens)))))
    if sequences:
        found = patient.capture(sequences, ("inputs", "keys"), layers)
        accumulator.add_text(found.inputs, found.keys)
