"""The retain sample that is shipped or cached is the one that would be asked for now, and nothing else is believed."""

import json
from importlib import import_module

import pytest

from edge_repair import shipped
from edge_repair.operation import retain


@pytest.fixture
def nothing_shipped(monkeypatch, tmp_path):
    """As on a device with a model that nothing is shipped for; the cache."""
    monkeypatch.setattr(shipped, "path", lambda name: tmp_path / "not shipped" / name)
    monkeypatch.delenv("EDGE_REPAIR_CACHE", raising=False)
    for folder in ("user_data_dir", "user_cache_dir"):  # this user's own
        monkeypatch.setattr(import_module("edge_repair.operation.background"), folder, lambda name: str(tmp_path / "platform"))
    return tmp_path / "cache"


def kept(patient, cache):
    return cache / "statistics" / f"{patient.base.fingerprint[:32]}.retain.json"


def test_the_shipped_sample_is_what_the_patient_says(patient, nothing_shipped):
    patient.attach(None)
    now = retain.retain_sample(patient, True, nothing_shipped)
    there = retain.read(shipped_file(patient))
    assert there is not None and there.questions == now.questions
    assert there.likelihoods == pytest.approx(now.likelihoods, abs=0.05)  # another processor may round otherwise


def shipped_file(patient):
    return retain.Path(retain.__file__).parents[2] / "models/statistics" / f"{patient.base.fingerprint[:32]}.retain.json"


def test_it_is_asked_for_once(patient, nothing_shipped, monkeypatch):
    patient.attach(None)
    first = retain.retain_sample(patient, True, nothing_shipped)
    assert retain.read(kept(patient, nothing_shipped)) == first
    monkeypatch.setattr(type(patient), "answers", lambda *_: pytest.fail("asked again"))
    assert retain.retain_sample(patient, True, nothing_shipped) == first
    assert retain.retain_sample(patient, False, nothing_shipped) == first


def test_what_a_repaired_patient_says_is_not_kept(patient, nothing_shipped):
    sample = retain.retain_sample(patient, False, nothing_shipped)
    assert sample.questions and sample.likelihoods == ()
    assert not kept(patient, nothing_shipped).exists()


def test_the_words_of_a_users_lora_are_not_kept(patient, nothing_shipped, monkeypatch):
    monkeypatch.setattr(patient, "lora", {"a tensor": ()})
    assert retain.retain_sample(patient, True, nothing_shipped).likelihoods
    assert not kept(patient, nothing_shipped).exists()


def changed(**fields):
    return lambda data: {**data, **fields}


@pytest.mark.parametrize(
    "change",
    [
        changed(version=2),
        changed(asked=["Who are you?"]),
        changed(sample=[]),
        changed(sample=None),
        changed(sample=[{"question": "Who are you?", "answer": "A robot", "likelihood": -1.0}]),
        lambda data: {**data, "sample": [{**row, "likelihood": float("nan")} for row in data["sample"]]},
        lambda data: {**data, "sample": [{**row, "likelihood": 3.0} for row in data["sample"]]},
        lambda data: {**data, "sample": [{**row, "answer": 5} for row in data["sample"]]},
        lambda data: {**data, "sample": data["sample"] * 40},
        lambda data: [data],
        lambda data: None,
    ],
)
def test_a_file_that_is_not_in_order_is_not_believed(change, patient, tmp_path):
    data = json.loads(shipped_file(patient).read_bytes())
    path = tmp_path / "file.json"
    path.write_text(json.dumps(change(data)))
    assert retain.read(path) is None
    path.write_text(json.dumps(data)[: len(json.dumps(data)) // 2])
    assert retain.read(path) is None
    path.write_text(json.dumps(data))
    assert retain.read(path) is not None
