"""A machine on which no other program has left models."""

from pathlib import Path

import pytest

from edge_repair.catalogue import places


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """An empty home, model cache and current folder."""
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("EDGE_REPAIR_MODELS", str(tmp_path / "models"))
    for name in ("LLAMA_CACHE", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "OLLAMA_MODELS", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(places, "OLLAMA_SERVICE", tmp_path / "usr-share-ollama" / "models")
    monkeypatch.chdir(here)
    monkeypatch.setattr(places, "shipped_patient", lambda: tmp_path / "no-shipped-patient.gguf")
    return home
