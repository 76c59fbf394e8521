"""Models are found where other programs keep them, and judged by their headers."""

import json
import os

import pytest
from small_models import write_gguf

from edge_repair.adapters.base import identify
from edge_repair.catalogue import places
from edge_repair.catalogue.resolve import resolve
from edge_repair.catalogue.scan import examine, scan
from edge_repair.errors import ModelError
from edge_repair.patient.patient import DENSE_ARCHITECTURES, _refuse_what_cannot_be_repaired


def names() -> dict[str, str]:
    return {model.name: model.place for model in scan()}


def test_an_empty_machine_has_no_models(home):
    assert scan() == []


@pytest.mark.parametrize(
    ("variable", "folder", "file", "place"),
    [
        ("", ".cache/llama.cpp", "ggml-org_m.gguf", "llama.cpp"),
        ("LLAMA_CACHE", "elsewhere", "m.gguf", "llama.cpp"),
        ("LLAMA_CACHE", "elsewhere", "models--o--n/snapshots/abc/m.gguf", "llama.cpp"),
        ("XDG_CACHE_HOME", "elsewhere", "llama.cpp/m.gguf", "llama.cpp"),
        ("", ".cache/huggingface/hub", "models--o--n/snapshots/abc/sub/m.gguf", "Hugging Face"),
        ("HF_HOME", "elsewhere", "hub/models--o--n/snapshots/abc/m.gguf", "Hugging Face"),
        ("HF_HUB_CACHE", "elsewhere", "models--o--n/snapshots/abc/m.gguf", "Hugging Face"),
        ("HUGGINGFACE_HUB_CACHE", "elsewhere", "models--o--n/snapshots/abc/m.gguf", "Hugging Face"),
        ("XDG_CACHE_HOME", "elsewhere", "huggingface/hub/models--o--n/snapshots/abc/m.gguf", "Hugging Face"),
        ("", ".lmstudio/models", "owner/repository/m.gguf", "LM Studio"),
        ("", ".cache/lm-studio/models", "owner/repository/m.gguf", "LM Studio"),
    ],
)
def test_each_cache_is_looked_into(home, monkeypatch, variable, folder, file, place):
    if variable:
        monkeypatch.setenv(variable, str(home / folder))
    path = write_gguf(home / folder / file)
    (model,) = scan()
    assert (model.name, model.place, model.path) == (path.stem, place, path)
    assert model.repairable and model.quantisation == "F16" and model.bytes == path.stat().st_size
    assert resolve(model.name) == path


def test_llama_cpp_s_cache_of_a_mac(home, monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    write_gguf(home / "Library/Caches/llama.cpp/m.gguf")
    assert names() == {"m": "llama.cpp"}


@pytest.mark.parametrize("settings", [".lmstudio/settings.json", ".cache/lm-studio/settings.json"])
def test_the_folder_that_was_chosen_in_lm_studio(home, settings):
    path = write_gguf(home / "big disk" / "owner" / "repository" / "m.gguf")
    (home / settings).parent.mkdir(parents=True)
    for damaged in ("", "[]", "{}", '{"downloadsFolder": 1}', '{"downloadsFolder": ""}', '{"downloadsFolder": "a\\u0000b"}'):
        (home / settings).write_text(damaged)
        assert scan() == []
    (home / settings).write_text(json.dumps({"downloadsFolder": str(home / "big disk")}))
    (model,) = scan()
    assert (model.place, model.path) == ("LM Studio", path)


def test_projectors_and_other_files_are_no_models(home):
    write_gguf(home / ".lmstudio/models/o/r/mmproj-m.gguf")
    (home / ".lmstudio/models/o/r/readme.md").write_text("GGUF")
    assert scan() == []


def test_ollama_blobs_get_the_names_of_their_manifests(home):
    folder = home / ".ollama" / "models"
    for digest in ("a" * 64, "b" * 64, "c" * 64, "e" * 64):
        write_gguf(folder / "blobs" / f"sha256-{digest}")
    (folder / "blobs" / f"sha256-{'d' * 64}").write_text('{"not": "a model"}')
    stored = (("registry.ollama.ai/library/tiny/1b", "a"), ("registry.ollama.ai/someone/other/latest", "b"), ("hf.co/o/n/Q4_0", "e"))
    for place, digit in stored:
        digest = digit * 64
        manifest = folder / "manifests" / place
        manifest.parent.mkdir(parents=True)
        layer = {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}"}
        licence = {"mediaType": "application/vnd.ollama.image.license", "digest": f"sha256:{'d' * 64}"}
        manifest.write_text(json.dumps({"layers": [licence, layer]}))
    for number, damaged in enumerate((b"\x00", b"[]", b'{"layers": [1]}', b'{"layers": null}')):
        manifest = folder / "manifests" / "registry.ollama.ai" / "library" / "damaged" / str(number)
        manifest.parent.mkdir(exist_ok=True)
        manifest.write_bytes(damaged)
    as_listed_there = ["tiny:1b", "someone/other:latest", "hf.co/o/n:Q4_0", "sha256-" + "c" * 12]
    assert names() == dict.fromkeys(as_listed_there, "Ollama")
    assert resolve("someone/other:latest") == resolve("someone/other") == folder / "blobs" / f"sha256-{'b' * 64}"
    assert resolve("hf.co/o/n:Q4_0").name == f"sha256-{'e' * 64}"
    with pytest.raises(ModelError):
        resolve("tiny")  # it has a tag that is not "latest"


def test_models_of_ollama_s_service_are_found_unless_another_folder_was_chosen(home, monkeypatch):
    path = write_gguf(places.OLLAMA_SERVICE / "blobs" / f"sha256-{'a' * 64}")
    assert [model.path for model in scan()] == [path]
    monkeypatch.setenv("OLLAMA_MODELS", str(home / "elsewhere"))
    assert scan() == []


def test_a_file_is_listed_once_and_a_second_file_of_that_name_by_its_path(home):
    blob = write_gguf(home / ".cache/huggingface/hub/models--o--n/blobs/0")
    link = home / ".cache/huggingface/hub/models--o--n/snapshots/abc/m.gguf"
    link.parent.mkdir(parents=True)
    link.symlink_to(blob)
    (home / ".cache/llama.cpp").mkdir()
    (home / ".cache/llama.cpp/again.gguf").symlink_to(blob)
    second = write_gguf(home / ".lmstudio/models/o/r/again.gguf")
    assert names() == {"again": "llama.cpp", str(second): "LM Studio"}
    assert resolve(str(second)) == second


REFUSED = {
    "moe": ({"llama__expert_count": 8}, "a mixture of experts (8)"),
    "base": ({"template": ""}, "no chat template"),
    "blank": ({"template": " \n"}, "no chat template"),
    "mamba": ({"architecture": "mamba"}, "the architecture mamba is not supported"),
    "part": ({"split__count": 3}, "one part of 3"),
    "hollow": ({"llama__block_count": 0}, "damaged"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_repaired_says_why(home, case):
    arguments, reason = REFUSED[case]
    write_gguf(home.parent / "here" / "m.gguf", **arguments)
    (model,) = scan()
    assert not model.repairable and model.obstacle.startswith(reason)
    assert json.loads(json.dumps(model.to_json()))["obstacle"] == model.obstacle


@pytest.mark.parametrize("architecture", [*DENSE_ARCHITECTURES, "mamba", "qwen2moe"])
@pytest.mark.parametrize("case", [*REFUSED, "good"])
def test_the_list_says_no_exactly_where_the_patient_says_no(home, case, architecture):
    """Two places know these rules, because a list must not load models: they may not drift apart."""
    arguments = {"architecture": architecture} | REFUSED.get(case, ({}, ""))[0]
    if case in ("moe", "hollow"):
        key, value = ("expert_count", 4) if case == "moe" else ("block_count", 0)
        arguments = {"architecture": architecture, f"{architecture}__{key}": value}
    path = write_gguf(home / "m.gguf", **arguments)
    try:
        _refuse_what_cannot_be_repaired(identify(path), path)
        refused = False
    except ModelError:
        refused = True
    assert examine("m", "here", path).repairable is not refused


def test_damaged_files_are_listed_with_what_is_wrong(home):
    here = home.parent / "here"
    whole = write_gguf(here / "m.gguf").read_bytes()
    (here / "cut.gguf").write_bytes(whole[:-100])
    (here / "other.gguf").write_bytes(b"not a model")
    (here / "empty.gguf").write_bytes(b"")
    found = {model.name: model for model in scan()}
    assert found["m.gguf"].repairable
    assert "truncated" in found["cut.gguf"].obstacle
    assert found["other.gguf"].obstacle == found["empty.gguf"].obstacle == "is not a GGUF file"
    assert all("\n" not in model.obstacle and str(home) not in model.obstacle for model in found.values())


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_listed_as_such(home):
    path = write_gguf(home.parent / "here" / "m.gguf")
    path.chmod(0)
    (model,) = scan()
    assert "cannot be read" in model.obstacle
