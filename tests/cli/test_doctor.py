"""Each check finds what it is there to find, and says how to mend it."""

import sys
from importlib import metadata
from types import SimpleNamespace

import pytest
from gguf_files import tiny_model, uint32

from edge_repair import errors
from edge_repair.cli import checks
from edge_repair.cli.options import Settings
from edge_repair.ledger.ledger import Ledger
from edge_repair.patient import binding
from edge_repair.watchdog import Verdict, Watchdog


@pytest.fixture
def model(tmp_path):
    return tiny_model(tmp_path / "tiny.gguf")


@pytest.fixture
def doctor(model, tmp_path):
    """The checks by name, on a tiny model; keywords change the settings."""

    def run(**changes):
        plain = {"model": str(model), "store": tmp_path / "store", "threads": None, "lora": None, "as_json": False}
        return {check.name: check for check in checks.run_all(Settings(**(plain | changes)))}

    return run


@pytest.fixture
def watchdog(monkeypatch):
    """A Watchdog in good health, wherever its model is."""
    probabilities = {"none": 0.01, "harmful": 0.0, "misinformation": 0.0, "personal": 0.99, "unspecified": 0.0}
    verdict = Verdict("personal", probabilities, "propose", (0, 1), "P", ())
    monkeypatch.setattr(Watchdog, "load", lambda: SimpleNamespace(error=None, backend=SimpleNamespace(name="numpy"), judge=lambda prompt: verdict))


def test_in_good_health_there_is_nothing_to_mend(doctor, watchdog, monkeypatch):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    found = doctor(threads=1)
    assert [check.name for check in found.values()] == [name for name, _ in checks.CHECKS]
    assert {name for name, check in found.items() if check.state != "ok"} == set(), found
    assert not any(check.fix for check in found.values())
    assert "in numpy" in found["Watchdog"].found


def test_the_command(command, model, watchdog, tmp_path):
    ran = command("doctor", "-m", str(model), "--json", "--threads", "1")
    assert ran.code == 0 and ran.json["healthy"] and len(ran.err.splitlines()) == len(checks.CHECKS)
    (tmp_path / "broken.gguf").write_bytes(model.read_bytes()[:-100])
    ran = command("doctor", "-m", str(tmp_path / "broken.gguf"), "--json")
    assert ran.code == 1 and not ran.json["healthy"] and "truncated" in ran.err and "->" in ran.err


PROBLEMS = {
    "old Python": ("Python", "problem", "3.10", lambda m: m.setattr(sys, "version_info", (3, 9, 0))),
    "32 bits": ("Python", "problem", "64-bit", lambda m: m.setattr(checks, "struct", SimpleNamespace(calcsize=lambda kind: 4))),
    "no compiler": ("compiler", "warning", "", lambda m: m.setenv("PATH", "")),
    "old llama": ("llama-cpp-python", "problem", "0.3.36", lambda m: m.setattr(metadata, "version", _old("llama-cpp-python", "0.2.71"))),
    "old jinja2": ("jinja2", "problem", "3.1.6", lambda m: m.setattr(metadata, "version", _old("jinja2", "3.1.5"))),
    "no jinja2": ("jinja2", "problem", "3.1.6", lambda m: m.setattr(metadata, "version", _old("jinja2", ""))),
    "other layout": ("llama-cpp-python", "problem", "0.3.36", lambda m: m.setattr(binding, "check", _mismatch)),
    "capture built for another": ("capture", "warning", "native/capture", lambda m: m.setenv("EDGE_REPAIR_CAPTURE", __file__)),
    "busy waiting": ("threads", "warning", "unset OMP_WAIT_POLICY", lambda m: m.setenv("OMP_WAIT_POLICY", "active")),
    "too many threads": ("threads", "warning", "--threads", lambda m: m.setenv("EDGE_REPAIR_THREADS", "5000")),
    "little memory": ("memory", "problem", "smaller", lambda m: m.setattr(checks, "memory_available", lambda: 1 << 20)),
    "unknown memory": ("memory", "warning", "", lambda m: m.setattr(checks, "memory_available", lambda: None)),
    "full disk": ("store", "problem", "room", lambda m: m.setattr(checks.shutil, "disk_usage", lambda path: SimpleNamespace(free=1 << 20))),
    "read-only": ("store", "problem", "--store", lambda m: m.setattr(Ledger, "writable", False)),
    "no onnxruntime": ("onnxruntime", "warning", "not needed", lambda m: m.setitem(sys.modules, "onnxruntime", None)),
    "no Watchdog": ("Watchdog", "problem", "edge-repair forget", lambda m: m.setattr(Watchdog, "load", _off)),
    "deaf Watchdog": ("Watchdog", "problem", "again", lambda m: m.setattr(Watchdog, "load", _deaf)),
}


def _old(package, version):
    """``metadata.version`` where one package has another version, or, for "", is missing."""
    actual = metadata.version

    def found(name):
        if name == package and not version:
            raise metadata.PackageNotFoundError(name)
        return version if name == package else actual(name)

    return found


def _mismatch():
    raise errors.RuntimeMismatchError("another layout; install 0.3.36")


def _off():
    return SimpleNamespace(error="its file is damaged")


def _deaf():
    return SimpleNamespace(error=None, judge=lambda prompt: Verdict.passing("deaf"))


@pytest.mark.parametrize("case", PROBLEMS)
def test_each_problem_is_found_and_only_that_one(doctor, watchdog, monkeypatch, case):
    name, state, fix, cause = PROBLEMS[case]
    before = doctor()
    with monkeypatch.context() as changed:
        cause(changed)
        after = doctor()
    assert before[name].state == "ok" and after[name].state == state
    assert fix in after[name].fix and after[name].fix
    assert {n for n in after if after[n].state != before[n].state} == {name}


@pytest.mark.parametrize(
    ("entries", "reason"), [([uint32("llama.expert_count", 4)], "mixture of experts"), ([uint32("split.count", 2)], "one part")]
)
def test_a_model_that_cannot_be_repaired(doctor, tmp_path, entries, reason):
    found = doctor(model=str(tiny_model(tmp_path / "m.gguf", extra=entries)))["model"]
    assert found.state == "problem" and reason in found.found and "edge-repair models" in found.fix


def test_without_a_model_what_needs_one_is_not_blamed(doctor):
    found = doctor(model="missing.gguf")
    assert found["model"].state == "problem" and found["memory"].state == found["store"].state == "warning"


def test_a_store_that_others_can_read(doctor, tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "store").chmod(0o755)
    found = doctor()["store"]
    assert found.state == "warning" and "chmod" in found.fix
    (tmp_path / "store").chmod(0o700)
    assert doctor()["store"].state == "ok"


def test_a_store_that_is_no_folder(doctor, tmp_path):
    (tmp_path / "store").write_text("a file")
    assert doctor()["store"].state == "problem"


def test_memory_counts_the_cache_of_grouped_heads(tmp_path):
    """2 contexts x K and V x layers x tokens x heads x size x 2 bytes: a quarter of the heads, a quarter of the cache."""

    def needed(heads: int) -> int:
        entries = [uint32("llama.attention.head_count", 8), uint32("llama.attention.head_count_kv", heads)]
        return checks.memory_needed(tiny_model(tmp_path / f"{heads}.gguf", width=64, extra=entries))

    assert needed(8) - needed(2) == 2 * 2 * 2 * checks.CONTEXT_TOKENS * (8 - 2) * 8 * 2


def test_an_accident_in_one_check_is_a_problem_and_the_others_go_on(doctor, monkeypatch):
    def accident(name, settings):
        raise ZeroDivisionError("odd")

    monkeypatch.setattr(checks, "CHECKS", (("first", accident), ("Python", checks._python)))
    found = doctor()
    assert (found["first"].state, found["Python"].state) == ("problem", "ok")
    assert "ZeroDivisionError" in found["first"].found
