"""One small evaluation of the shipped patient, from the request to undo, and taken up again."""

import json

import pytest

from edge_repair.catalogue.known import shipped_patient
from edge_repair.errors import UsageError
from edge_repair.evaluate import run
from edge_repair.evaluate.questions import load

pytestmark = pytest.mark.skipif(not shipped_patient().is_file(), reason="the shipped patient is not in this checkout")
PLAN = run.Settings(rows=("subject",), repairs=1, seed=3, retain=12, with_attacks=True, controls=1, checkpoints=(2,))


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    out = tmp_path_factory.mktemp("evaluation")
    questions = load("patient")
    return out, questions, run.evaluate(shipped_patient(), questions, [questions], PLAN, out, threads=1)


def test_every_part_was_measured_and_undo_gave_the_base_back(measured):
    out, _, result = measured
    items = {item["key"]: item for item in map(json.loads, (out / "items.jsonl").read_text(encoding="utf-8").splitlines())}
    (subject,) = (item for key, item in items.items() if key.startswith("subject/"))
    assert subject["undo_exact"] is True
    assert subject["figures"]["unseen_count"] > 0 and subject["figures"]["unrelated_count"] > 0
    assert {"list", "long_context", "multi_turn", "leak@32"} <= set(subject["attacks"])
    assert items["sequence/2"]["undo_exact"] is True and items["sequence/2"]["figures"]["unseen_count"] > 0
    if subject["status"] == "committed":
        assert f"control/{subject['key']}" in items
    assert {row["row"] for row in result["rows"]} >= {"no edit, in batches", "subject", "sequence/2"}


def test_a_finished_run_measures_nothing_again(measured):
    out, questions, result = measured
    before = (out / "items.jsonl").read_bytes()
    assert run.evaluate(shipped_patient(), questions, [questions], PLAN, out, threads=1)["rows"] == result["rows"]
    assert (out / "items.jsonl").read_bytes() == before


def test_a_folder_of_another_run_is_not_mixed_up(measured):
    out, questions, _ = measured
    with pytest.raises(UsageError, match="other settings"):
        run.evaluate(shipped_patient(), questions, [questions], run.Settings(seed=4), out, threads=1)


def test_results_of_something_else_are_not_written_over(tmp_path):
    (tmp_path / "report.md").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="another folder"):
        run.evaluate(shipped_patient(), load("patient"), [], PLAN, tmp_path, threads=1)
    assert (tmp_path / "report.md").read_text(encoding="utf-8") == "mine" and not (tmp_path / "settings.json").exists()


def test_a_run_with_a_lora_is_another_run(measured, tmp_path):
    """What the untouched model says depends on the LoRA that it is run with."""
    out, questions, _ = measured
    lora = tmp_path / "mine.gguf"
    lora.write_bytes(b"not looked into")
    with pytest.raises(UsageError, match="other model"):
        run.evaluate(shipped_patient(), questions, [questions], PLAN, out, threads=1, lora=lora)
