"""A user's own LoRA is part of the model: repairs stand on both, belong to both, and leave it as it was when undone."""

import numpy as np
import pytest
from quick_repairs import imprint_of, procedure_of, put_into

from edge_repair import Session
from edge_repair.adapters import decode, encode, identify, read_rows, with_lora, write
from edge_repair.errors import RepairNotFoundError
from edge_repair.operation import NeuronReader
from edge_repair.operation.background import candidate_layers
from edge_repair.patient import Patient
from edge_repair.refusals import is_refusal
from edge_repair.stamp.delta import Delta


@pytest.fixture(scope="module")
def lora(patient_file, tmp_path_factory):
    """A small random LoRA on the MLPs of the layers where repairs are written."""
    base = identify(patient_file)
    draw = np.random.default_rng(7)
    factors = {}
    for layer in candidate_layers(base.n_layers):
        for role in ("gate", "up", "down"):
            out, width = base.tensors[f"blk.{layer}.ffn_{role}.weight"].shape
            a, b = draw.standard_normal((3, width)), draw.standard_normal((out, 3))
            factors[f"blk.{layer}.ffn_{role}.weight"] = (a.astype(np.float32), (b * 5e-3 / np.sqrt(3)).astype(np.float32))
    return write(encode(Delta(factors), base, ["mine"]), tmp_path_factory.mktemp("lora") / "mine.gguf").path


@pytest.fixture(scope="module")
def with_own(patient_file, lora, tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setenv("EDGE_REPAIR_CACHE", str(tmp_path_factory.mktemp("cache")))  # its statistics are nobody's but this test's
    with Patient.open(patient_file, lora=lora) as patient:
        yield patient
    patch.undo()


def test_the_model_with_a_lora_is_another_model(patient_file, lora, tmp_path):
    base = identify(patient_file)
    again = tmp_path / lora.name
    again.write_bytes(lora.read_bytes())
    other = tmp_path / "other.gguf"
    other.write_bytes(lora.read_bytes() + b"\0")
    assert with_lora(base, lora) == with_lora(base, again) != with_lora(base, other)
    assert with_lora(base, lora) != base
    assert lora.stem in with_lora(base, lora).name


def test_gates_take_the_place_of_the_weights_as_the_lora_leaves_them(patient_file, with_own, lora):
    own = decode(lora.read_bytes(), identify(patient_file), require_base=False)
    layer, numbers = candidate_layers(with_own.base.n_layers)[0], np.array([5, 2, 900])
    old = NeuronReader(with_own)(layer, numbers)
    for role, found in (("gate", old.gate), ("up", old.up), ("down", old.down.T)):
        name = f"blk.{layer}.ffn_{role}.weight"
        change = own[name][1] @ own[name][0]
        whole = read_rows(patient_file, name) + change
        assert np.abs(change).max() > 1e-3
        assert np.allclose(found, whole[:, numbers].T if role == "down" else whole[numbers], atol=1e-6)


def test_a_repair_on_top_of_a_lora_works_and_is_the_loras_own(patient_file, with_own, people, lora, tmp_path):
    store, question = tmp_path / "store", people[0]["facts"][0]["trained"][0]
    untouched = with_own.logits(question)
    put_into(store, with_own, {"one": imprint_of(with_own, procedure_of(people[0]))})
    with Session.open(patient_file, store, lora=lora) as session:
        assert is_refusal(session.answers([question])[0])
        session.undo("one")
        assert np.array_equal(session.logits(question), untouched)
        session.redo("one")
    with Session.open(patient_file, store) as session:
        assert session.repairs() == []
        assert people[0]["facts"][0]["value"] in session.answers([question])[0]
        with pytest.raises(RepairNotFoundError, match=lora.stem):
            session.undo("one")
