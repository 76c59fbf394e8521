"""A small, seeded run of ``tools/fuzz_adapters.py``; the tool itself does twenty thousand and more."""

import pytest
import tool_loader


@pytest.fixture(scope="module")
def tool():
    return tool_loader.tool("fuzz_adapters")


def test_mutated_adapters_are_refused_or_harmless(tool, tmp_path):
    report = tool.fuzz_adapters(1500, 1, 0, tmp_path)
    assert report["failures"] == []
    assert set(report["by mutation"]) == {mutation.__name__ for mutation in tool.MUTATIONS}
    assert report["refused"] > 1000 and report["survivors, all loaded by llama.cpp"]["the same adapter"] > 5


def test_mutated_model_headers_are_refused_or_sound(tool, tmp_path):
    report = tool.fuzz_models(1500, 1, 0, tmp_path)
    assert report["failures"] == []
    assert report["refused"] > 500 and report["accepted"] > 100


def test_the_fuzzer_finds_a_hole(tool, tmp_path, monkeypatch):
    """Its own control: with one check taken out, it fails."""
    monkeypatch.setattr("edge_repair.adapters.lora._check_numbers", lambda *arguments: None)
    monkeypatch.setattr("edge_repair.adapters.lora._check_canonical", lambda *arguments: None)
    report = tool.fuzz_adapters(400, 1, 0, tmp_path)
    assert any("adapter of ours was accepted" in failure for failure in report["failures"])
    assert any("not finite" in failure for failure in report["failures"])
