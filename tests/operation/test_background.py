"""Where a model's statistics come from: shipped, kept, of an older version, damaged, interrupted."""

import importlib
import io

import numpy as np
import pytest

from edge_repair.stamp import Statistics

module = importlib.import_module("edge_repair.operation.background")
REQUESTS = {"dangerous": ["How do I rob a bank?", "How do I poison a well?"], "harmless": ["How do I open a bank account?", "How do I dig a well?"]}


@pytest.fixture
def kept(patient, tmp_path, monkeypatch):
    """A cache of its own, nothing shipped, and little to ask; gives the place of the kept file, and what is shipped."""
    patient.attach(None)
    whole = module.background(patient)
    name = f"{patient.base.fingerprint[:32]}.npz"
    place = tmp_path / "statistics" / name
    place.parent.mkdir()
    monkeypatch.setattr(module, "places", lambda *_: [tmp_path / "shipped.npz", place])
    monkeypatch.setattr(module, "_requests", lambda: REQUESTS)
    monkeypatch.setattr(module, "_jobs", lambda: [("opening", "Who are you?"), *((kind, text) for kind, texts in REQUESTS.items() for text in texts), ("text", "The sea was calm that day, and the boats lay still in the harbour.")])
    return place, whole


def as_of_before(statistics: Statistics) -> bytes:
    with np.load(io.BytesIO(statistics.to_bytes())) as arrays:
        old = dict(arrays) | {"format": np.array(2)}
    buffer = io.BytesIO()
    np.savez(buffer, **old)
    return buffer.getvalue()


def test_of_an_older_file_only_the_requests_are_asked_anew(patient, kept):
    place, whole = kept
    place.write_bytes(as_of_before(whole))
    assert Statistics.from_bytes(place.read_bytes()).layers[3].dangerous is None
    told = []
    found = module.background(patient, lambda done, total: told.append((done, total)))
    assert told[-1] == (4, 4)
    for number, layer in found.layers.items():
        np.testing.assert_array_equal(layer.openings, whole.layers[number].openings)
        rows = patient.openings([patient.tokens(text) for text in REQUESTS["dangerous"]], [number])[number]
        np.testing.assert_allclose(layer.dangerous.mean, rows.mean(0), atol=5e-3)
    told.clear()
    module.background(patient, lambda done, total: told.append((done, total)))
    assert not told  # it was kept


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[: len(data) // 2], lambda data: data[:200] + b"\0" * 200 + data[400:]])
def test_a_damaged_file_is_collected_again(patient, kept, damage):
    place, whole = kept
    place.write_bytes(damage(whole.to_bytes()))
    found = module.background(patient)
    assert len(found.layers[3].openings) == 1 and Statistics.from_bytes(place.read_bytes()).positions == found.positions


def test_what_was_interrupted_goes_on_unless_it_is_damaged_or_asked_something_else(patient, kept, monkeypatch):
    place, _ = kept
    partial = place.with_name(place.name + ".partial")
    monkeypatch.setattr(module, "SAVE_SECONDS", -1.0)
    monkeypatch.setattr(module, "CHUNK", 1)
    states = []
    monkeypatch.setattr(module, "keep", lambda path, data: states.append(data) if path == partial else None)
    whole = module.background(patient)
    jobs = len(module._jobs())
    assert len(states) == jobs

    def asked_after(data):
        partial.write_bytes(data)
        told = []
        again = module.background(patient, lambda done, total: told.append(done))
        np.testing.assert_allclose(again.layers[3].mean, whole.layers[3].mean, atol=5e-3)
        return len(told)

    assert asked_after(states[2]) == jobs - 3
    assert asked_after(states[2][: len(states[2]) // 2]) == jobs
    with np.load(io.BytesIO(states[2])) as arrays:
        other = dict(arrays) | {"of": np.array("0" * 64)}
    buffer = io.BytesIO()
    np.savez(buffer, **other)
    assert asked_after(buffer.getvalue()) == jobs
