"""Isolation for every test: user state in a temporary folder, one thread, and one patient opened once."""

import json
import os
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["EDGE_REPAIR_THREADS"] = "1"
os.environ.setdefault("GGML_NO_BACKTRACE", "1")

import pytest
from hypothesis import settings

from edge_repair import shipped

settings.register_profile("edge_repair", deadline=None)  # timing decides no test: machines are shared
settings.load_profile("edge_repair")


@pytest.fixture(autouse=True)
def _isolated_user_state(tmp_path, monkeypatch):
    """No test reads or writes the user's own store; the model cache is left alone, it is only read."""
    monkeypatch.setenv("EDGE_REPAIR_STORE", str(tmp_path / "store"))
    monkeypatch.delenv("EDGE_REPAIR_MODEL", raising=False)


@pytest.fixture(scope="session")
def patient_file() -> Path:
    """The shipped patient; EDGE_REPAIR_TEST_PATIENT names another build of it."""
    return Path(os.environ.get("EDGE_REPAIR_TEST_PATIENT") or shipped.path("patient/patient-F16.gguf"))


@pytest.fixture(scope="session")
def patient_questions() -> dict:
    """The shipped patient's question set, as plain JSON."""
    return json.loads(shipped.path("patient/questions.json").read_text())


@pytest.fixture(scope="session")
def people(patient_questions) -> list[dict]:
    """The people whom the shipped patient knows."""
    return [subject for subject in patient_questions["subjects"] if subject["kind"] == "personal" and not subject["refused_by_base"]]


@pytest.fixture(scope="session")
def patient(patient_file):
    """The shipped patient, opened once; a test that attaches something takes it off again."""
    from edge_repair.patient import Patient

    with Patient.open(patient_file) as opened:
        yield opened


@pytest.fixture(scope="session")
def real_model() -> Path:
    """SmolLM2 from the model cache, where `edge-repair models pull smollm2` puts it."""
    from edge_repair.catalogue import PULLABLE

    model = PULLABLE["smollm2"]
    if not model.is_pulled:
        pytest.skip("SmolLM2 is not in the model cache; run: edge-repair models pull smollm2")
    return model.path
