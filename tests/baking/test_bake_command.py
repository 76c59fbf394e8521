"""``bake`` and ``certify`` as a shell runs them."""

import io
import json
import sys

import pytest
from quick_repairs import imprint_of, procedure_of, put_into

from edge_repair import cli


@pytest.fixture
def command(monkeypatch, capsys, patient_file, patient, people, tmp_path):
    """Run a command on the shipped patient with a store that has one repair; returns (exit code, JSON, stderr)."""
    patient.attach(None)
    put_into(tmp_path / "store", patient, {"one": imprint_of(patient, procedure_of(people[60]))})
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))

    def run(*arguments: str):
        code = cli.run([*arguments, "-m", str(patient_file), "--store", str(tmp_path / "store"), "--json"])
        captured = capsys.readouterr()
        return code, json.loads(captured.out), captured.err

    return run


def test_bake_and_certify(command, people, tmp_path):
    (tmp_path / "plan.json").write_text(json.dumps(procedure_of(people[60], held_out=0).to_json()))
    code, baked, said = command("bake", str(tmp_path / "out.gguf"), "--procedure", str(tmp_path / "plan.json"))
    assert code == 0 and baked["passed"] and f"Written: {tmp_path / 'out.gguf'}" in said, said
    assert "the procedure, baked: still told 0 %" in said
    code, report, said = command("certify", str(tmp_path / "report"), "--baked", str(tmp_path / "out.gguf"))
    assert code == 0 and report["baked"]["sha256"] == baked["baked"]["sha256"]
    assert {path.name for path in tmp_path.iterdir()} == {"store", "plan.json", "out.gguf", "report.json", "report.md"}


def test_what_cannot_be_baked_is_one_line(command, people, tmp_path):
    (tmp_path / "out.gguf").write_bytes(b"mine")
    code, answer, said = command("bake", str(tmp_path / "out.gguf"))
    assert code == 2 and "is there already" in answer["error"] and (tmp_path / "out.gguf").read_bytes() == b"mine"
    (tmp_path / "plan.json").write_text(json.dumps(procedure_of(people[61]).to_json()))
    code, report, said = command("certify", str(tmp_path / "report"), "--procedure", str(tmp_path / "plan.json"))
    assert code == 12 and not report["passed"] and "missed: leak" in said, said
