"""Which model is meant: -m, then EDGE_REPAIR_MODEL, then the pulled one, then the shipped patient."""

import dataclasses
import importlib

import pytest
from small_models import write_gguf

from edge_repair.catalogue import known
from edge_repair.catalogue.resolve import resolve
from edge_repair.errors import ModelError

module = importlib.import_module("edge_repair.catalogue.resolve")  # the package has the function under this name


@pytest.fixture
def machine(home, monkeypatch):
    """A machine with everything on it: a path, a model named by the environment, a pulled one, the shipped one."""
    shipped = write_gguf(home / "shipped.gguf")
    monkeypatch.setattr(module, "shipped_patient", lambda: shipped)
    pulled = write_gguf(known.DEFAULT.path)
    small = dataclasses.replace(known.DEFAULT, bytes=pulled.stat().st_size)
    monkeypatch.setattr(module, "DEFAULT", small)
    monkeypatch.setitem(known.PULLABLE, "smollm2", small)
    chosen = write_gguf(home / "chosen.gguf")
    monkeypatch.setenv("EDGE_REPAIR_MODEL", str(chosen))
    return {"path": write_gguf(home / "m.gguf"), "chosen": chosen, "pulled": pulled, "shipped": shipped}


def test_the_order(machine, monkeypatch, capsys):
    assert resolve(machine["path"]) == machine["path"]
    assert resolve(None) == machine["chosen"]
    monkeypatch.setenv("EDGE_REPAIR_MODEL", "")
    assert resolve(None) == resolve("smollm2") == machine["pulled"]
    assert resolve("patient") == machine["shipped"]
    assert capsys.readouterr().err == ""
    machine["pulled"].unlink()
    assert resolve(None) == machine["shipped"]
    assert len(capsys.readouterr().err.splitlines()) == 1, "one line says that the shipped patient is used"
    machine["shipped"].unlink()
    with pytest.raises(ModelError, match="models pull smollm2"):
        resolve(None)


def test_a_half_written_model_is_not_the_pulled_one(machine, monkeypatch):
    monkeypatch.delenv("EDGE_REPAIR_MODEL")
    machine["pulled"].write_bytes(machine["pulled"].read_bytes()[:-1])
    assert resolve(None, lambda line: None) == machine["shipped"]
    with pytest.raises(ModelError, match="has not been pulled yet"):
        resolve("smollm2")


@pytest.mark.parametrize("name", ["", "  ", "missing.gguf", "./missing", "nosuchname", "folder", "no/such/folder", "a\0b"])
def test_what_cannot_be_found_is_one_line_and_says_what_to_do(home, name):
    (home.parent / "here" / "folder").mkdir()
    with pytest.raises(ModelError) as error:
        resolve(name)
    assert "\n" not in str(error.value) and "edge-repair models" in str(error.value) or "-m" in str(error.value)
