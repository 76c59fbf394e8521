"""The other ways of forgetting: each does what its paper says, on the weights that llama.cpp has."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tokenizers")
sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

from baselines import editing  # noqa: E402
from baselines.gradient import Misdirected, Trained  # noqa: E402
from baselines.grounds import SHIPPED_REFUSAL as REFUSAL  # noqa: E402
from baselines.prompting import Prompted  # noqa: E402
from baselines.running import Opened, score  # noqa: E402
from baselines.twin import mean_loss, residuals  # noqa: E402
from baselines.whole import Whole  # noqa: E402
from patient_model import gguf_file  # noqa: E402

from edge_repair.evaluate import scenario  # noqa: E402
from edge_repair.evaluate.cases import Asked  # noqa: E402
from edge_repair.evaluate.questions import Fact  # noqa: E402
from edge_repair.patient import Patient  # noqa: E402

GROUPS = ("used", "unseen", "trained", "beside", "same_subject", "same_question", "safe", "unrelated", "related")


@pytest.fixture(scope="module")
def twin(patient_file):
    torch.set_num_threads(1)
    return Whole.read(patient_file)


@pytest.fixture(scope="module")
def job(people):
    """One person to forget, and what is known of others to keep."""
    pairs = lambda chosen: tuple((question, fact["answer"]) for person in chosen for fact in person["facts"][:2] for question in fact["trained"][:2])  # noqa: E731
    return SimpleNamespace(case=SimpleNamespace(subject=SimpleNamespace(name=people[3]["name"], names=(people[3]["name"],))), forget=pairs(people[3:4]), retain=pairs(people[10:14]))


def losses(twin, job):
    with torch.no_grad():
        return tuple(float(mean_loss(twin, twin.batch(pairs))) for pairs in (job.forget, job.retain))


def edited(method, twin, job, steps):
    return list(method.edit(twin.untouched(), job, (steps,)))[-1][1]


@pytest.mark.parametrize("loss", ["ascent", "difference", "preference"])
def test_training_unlearns_and_the_retain_term_holds_the_rest(twin, job, loss):
    forgot, kept = losses(edited(Trained(loss, 1e-4, 5.0), twin, job, 12), job)
    assert forgot > losses(twin, job)[0] + 0.5
    if loss != "ascent":
        assert kept < 0.5 * forgot


def test_preference_stops_where_ascent_runs_away(twin, job):
    """NPO's gradient fades as the answer becomes unlikely: of two runs of the same rate it is the gentler."""
    ascent, preference = (losses(edited(Trained(loss, 3e-4, 0.0), twin, job, 12), job)[0] for loss in ("ascent", "preference"))
    assert preference < ascent


def test_misdirection_moves_one_layer_towards_its_vector_and_nothing_above_is_trained(twin, job):
    moved_twin = edited(Misdirected(2, 4.0, 30.0), twin, job, 25)
    changed = [name for (name, now), (_, was) in zip(moved_twin.network.named_parameters(), twin.network.named_parameters()) if not torch.equal(now, was)]
    assert changed == [f"blk.{layer}.ffn_down.weight" for layer in (0, 1, 2)]
    with torch.no_grad():
        moved, stayed = ((residuals(moved_twin, batch, 2) - residuals(twin, batch, 2))[:, :20].norm(dim=-1).mean() for batch in map(twin.batch, (job.forget, job.retain)))
    assert moved > 1.5 * stayed


def test_the_editor_writes_the_goal_where_nothing_has_to_be_kept(twin, job):
    """With lambda near 0 equation 14 is an interpolation: the residual at the subject's end becomes the one that was sought."""
    method = editing.Rewritten((3,), 1e-6, 3.0, REFUSAL)
    questions = [question for question, _ in job.forget]
    batch, places = twin.batch([(question, REFUSAL) for question in questions]), twin.ends(questions, job.case.subject.names)
    goal, rewritten = method.goal(twin, batch, places), edited(method, twin, job, 1)
    with torch.no_grad():
        before, after = (residuals(one, batch, 3)[torch.arange(len(places)), places] for one in (twin, rewritten))
        assert (after - goal).norm() < 0.1 * (before - goal).norm()
        assert mean_loss(rewritten, batch) < mean_loss(twin, batch)


def test_prompting_refuses_what_is_forgotten_and_answers_the_rest(job):
    said = Prompted(True, 2, REFUSAL).conversation(job, "Who?")
    assert job.case.subject.name in said[0]["content"]
    assert [message["content"] for message in said[1:]] == [job.forget[0][0], REFUSAL, *job.retain[0], job.forget[len(job.forget) // 2][0], REFUSAL, *job.retain[1], "Who?"]


def test_edited_weights_reach_llama_cpp_unrounded(twin, job):
    changed = edited(Trained("preference", 1e-4), twin, job, 3)
    with changed.opened() as patient, torch.no_grad():
        again, _ = gguf_file.read(patient.path)
        ids = patient.tokens(job.forget[0][0])
        assert np.abs(patient.logits(job.forget[0][0]) - changed.network(torch.tensor([ids]))[0, -1].numpy()).max() < 2e-2  # a cache in float16
    assert all(torch.equal(now, was) for now, was in zip(again.parameters(), changed.network.parameters()))


def test_the_score_wants_both():
    figures = {"unseen_leak": 0.0, "unrelated_kept": 1.0, "same_question_kept": 1.0}
    assert score(figures) == 1
    assert score(figures | {"unseen_leak": 1.0}) == 0 == score(figures | {"unrelated_kept": 0.0, "same_question_kept": 0.0})


def test_an_edited_patient_is_measured_as_a_session_is(patient_file, job):
    """It has no repairs that a question could call: everything is asked of it."""
    known = Fact("x", "thing", "x", "fact", (), ("x",))
    ours = [Asked(question, known, answer, True) for question, answer in job.forget[:1]]
    with Patient.open(patient_file) as patient:
        found = scenario.measure(Opened(patient), SimpleNamespace(row="subject"), scenario.Bench(None, None, (), ()), {name: ours if name == "unseen" else [] for name in GROUPS}, repaired=False)
    assert found["figures"]["unseen_count"] == 1 and "untouched_exact" not in found["figures"]
    assert found["answers"]["unseen"][0]["after"]
