"""Isolation for every test: user state in a temporary folder, one thread, and one patient opened once."""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ.setdefault("GGML_NO_BACKTRACE", "1")

import pytest


@pytest.fixture(autouse=True)
def _isolated_user_state(tmp_path, monkeypatch):
    """No test reads or writes the user's own store; the model cache is left alone, it is only read."""
    monkeypatch.setenv("EDGE_REPAIR_STORE", str(tmp_path / "store"))
    monkeypatch.delenv("EDGE_REPAIR_MODEL", raising=False)
