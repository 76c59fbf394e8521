"""How long a repair lasts: what is measured and on what the model is trained further."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tokenizers")
sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

import measure_durability as durability  # noqa: E402
from baselines import grounds, running  # noqa: E402
from baselines.whole import Whole  # noqa: E402
from patient_model import gguf_file  # noqa: E402

from edge_repair.evaluate.answers import append_line  # noqa: E402
from edge_repair.evaluate.questions import load  # noqa: E402


def job_about(name: str) -> SimpleNamespace:
    return SimpleNamespace(case=SimpleNamespace(subject=SimpleNamespace(name=name)))


def test_training_goes_on_with_strangers_in_the_forms_of_the_known():
    questions = load("patient")
    person = next(subject for subject in questions.subjects if subject.kind == "personal")
    pairs = durability.strangers(job_about(person.name))
    assert len(pairs) > 5000 and not [question for question, _ in pairs if person.name in question]
    told = {fact.reference for subject in questions.subjects for fact in subject.facts}
    assert len({answer for _, answer in pairs} & told) < 0.02 * len(told)
    form = person.facts[0].questions[0].replace(person.name, "{}")
    assert [question for question, _ in pairs if question.startswith(form.split("{}")[0]) and question.endswith(form.split("{}")[1])]


def test_further_training_is_asked_about_step_by_step(patient_file, tmp_path, monkeypatch):
    """The network is trained on copies: what is asked at step 0 is the network that was given."""
    monkeypatch.setattr(durability, "STEPS", (0, 2))
    seen = []
    monkeypatch.setattr(durability, "asked", lambda path, job, bench: seen.append(gguf_file.read(path)[0]) or {})
    network, tokenizer = gguf_file.read(patient_file)
    stages = [stage for stage, _ in durability.relearned(network, tokenizer, job_about("Mara Embershaw"), None, tmp_path)]
    assert stages == ["after 0 steps", "after 2 steps"]
    weights = [one.blk[0].ffn_down.weight for one in (network, *seen)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])
    pairs = durability.strangers(job_about("Mara Embershaw"))[:16]
    with torch.no_grad():
        before, after = (float(durability.mean_loss(twin, twin.batch(pairs))) for twin in (Whole(one, tokenizer) for one in seen))
    assert after < before


def test_the_best_setting_of_a_search_is_the_one_of_finished_runs_with_the_highest_mean(tmp_path):
    for setting, job, score, last in ((0, "a", 0.4, True), (0, "b", 0.6, True), (1, "a", 0.9, False), (2, "a", 0.6, True), (2, "b", 0.7, True)):
        append_line(tmp_path / "search-rmu.jsonl", {"setting": setting, "steps": 20, "job": job, "score": score, "last": last})
    assert running.chosen("rmu", grounds.SHIPPED, tmp_path) == (grounds.SHIPPED["rmu"][2], 20)
