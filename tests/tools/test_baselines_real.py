"""The other ways of forgetting on a model that stays the file it is, edited by a LoRA; the shipped patient stands for it."""

import sys
from pathlib import Path
from types import SimpleNamespace

import click
import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tokenizers")
sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

from baselines import editing, jobs, low_rank, running  # noqa: E402
from baselines.gradient import Misdirected, Trained  # noqa: E402
from baselines.grounds import REAL_REFUSAL, Real  # noqa: E402
from baselines.twin import mean_loss, residuals  # noqa: E402
from baselines.whole import Whole  # noqa: E402
from patient_model.batches import IGNORE  # noqa: E402
from patient_model.runtime import quantize  # noqa: E402

from edge_repair.patient import Sequence  # noqa: E402
from edge_repair.surgeon import Procedure, Question  # noqa: E402


@pytest.fixture(scope="module")
def ground(patient_file, tmp_path_factory):
    """The patient in float32, where llama.cpp rounds nothing."""
    torch.set_num_threads(1)
    path = tmp_path_factory.mktemp("models") / "patient-F32.gguf"
    quantize(patient_file, path, "F32")
    opened = Real(path)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def job(people):
    """One person to forget, and what is known of others to keep."""
    pairs = lambda chosen: tuple((question, fact["answer"]) for person in chosen for fact in person["facts"][:2] for question in fact["trained"][:2])  # noqa: E731
    subject = SimpleNamespace(id="someone", name=people[3]["name"], names=(people[3]["name"],))
    return SimpleNamespace(case=SimpleNamespace(subject=subject, key="subject/someone"), forget=pairs(people[3:4]), retain=pairs(people[10:14]), groups={})


def edited(ground, setting, job, steps=1):
    return list(setting.edit(ground.twin(setting), job, (steps,)))[-1][1]


def test_conversations_are_those_of_the_template_and_long_answers_are_cut(ground, job):
    twin, patient = ground.twin(Trained("preference", 1e-4)), ground._patient
    question, answer = job.forget[0]
    batch = twin.batch([(question, answer), (question, answer * 5)])
    for row, said in enumerate((patient.reply_tokens(answer), patient.reply_tokens(answer * 5)[: low_rank.ANSWER_TOKENS])):
        whole = twin._prefix + tuple(batch.tokens[row][batch.real[row]].tolist())
        assert whole == patient.tokens(question) + said[:-1]
        assert tuple(batch.labels[row][batch.wanted[row]].tolist()) == said
    assert int(batch.wanted[1].sum()) == low_rank.ANSWER_TOKENS and int(batch.labels[0, 0]) == IGNORE


def test_the_subject_ends_where_its_last_token_is(ground, job):
    twin, name = ground.twin(Misdirected(2, 2.0, 1.0)), job.case.subject.name
    questions = [question for question, _ in job.forget]
    for question, end in zip(questions, twin.ends(questions, ("nobody", name)).tolist()):
        said = ground._patient.vocabulary.decode(twin._own(question)[: end + 1])
        assert said.endswith(name) and not ground._patient.vocabulary.decode(twin._own(question)[:end]).endswith(name)


def test_both_twins_of_a_model_compute_the_same(ground, job):
    whole, low = Whole.read(ground.model), ground.twin(Misdirected(2, 2.0, 1.0))
    places = [twin.ends([job.forget[0][0]], job.case.subject.names) for twin in (whole, low)]
    shared = len(low._prefix)
    with torch.no_grad():
        one, other = (twin.batch(job.forget) for twin in (whole, low))
        assert torch.allclose(mean_loss(whole, one), mean_loss(low, other), atol=1e-4)
        assert torch.allclose(residuals(whole, one, 2)[:, shared:][other.real], residuals(low, other, 2)[other.real], atol=1e-3)
        assert torch.allclose(editing.moment(whole, job.retain, 2), editing.moment(low, job.retain, 2), atol=1e-5)
    assert places[0] == places[1] + shared


def test_preference_optimisation_makes_the_answers_unlikely_in_llama_cpp_through_upper_layers_alone(ground, job):
    twin = edited(ground, Trained("preference", 3e-3), job, 8)
    assert {int(name.split(".")[1]) for name in twin.network.factors()} == {3, 4, 5}
    with torch.no_grad():
        forgot, kept = ([float(mean_loss(one, one.batch(pairs))) for one in (twin.untouched(), twin)] for pairs in (job.forget, job.retain))
    assert forgot[1] > forgot[0] + 0.5 and kept[1] < 0.5 * forgot[1]
    with twin.opened() as patient:
        before, after = (sum(one.log_likelihoods(job.forget)) for one in (ground._patient, patient))
    assert after < before - 5


def test_misdirection_trains_three_matrices_and_computes_nothing_above(ground, job, monkeypatch):
    setting, reached = Misdirected(2, 4.0, 30.0, 1e-2), []
    twin = ground.twin(setting)
    through = type(twin.network).through
    monkeypatch.setattr(type(twin.network), "through", lambda self, rows, first, last: reached.append(last) or through(self, rows, first, last))
    list(setting.edit(twin, job, (25,)))
    assert max(reached) == 3
    assert {name for name, (_, b) in twin.network.factors().items() if np.abs(b).max() > 0} == {f"blk.{layer}.ffn_down.weight" for layer in (0, 1, 2)} == set(twin.network.factors())
    with torch.no_grad():
        moved, stayed = ((residuals(twin, batch, 2) - residuals(twin.untouched(), batch, 2))[batch.real].norm(dim=-1).mean() for batch in map(twin.batch, (job.forget, job.retain)))
    assert moved > 1.5 * stayed
    with pytest.raises(ValueError, match="not made to change"):
        twin.parameters(range(3, 5))


def test_the_editor_writes_the_closed_form_exactly(ground, job):
    """dW = R K^T (lambda C + K K^T)^-1 by the definition, with an inverse, against the LoRA that was made."""
    setting = editing.Rewritten((3,), 3.0, 3.0, REAL_REFUSAL)
    questions = [question for question, _ in job.forget]
    bare = ground.twin(setting)
    batch, places, rows = bare.batch([(question, REAL_REFUSAL) for question in questions]), bare.ends(questions, job.case.subject.names), torch.arange(len(questions))
    with torch.no_grad():
        keys, residual = bare.keys(batch, 3).own[rows, places].double(), residuals(bare, batch, 3)[rows, places]
    wanted = (setting.goal(bare, batch, places) - residual).double()
    with torch.no_grad():
        common = 3.0 * editing.moment(bare, job.retain, 3)
    system = common + keys.T @ keys + 1e-6 * common.diagonal().mean() * torch.eye(len(common), dtype=torch.float64)
    expected = wanted.T @ keys @ torch.linalg.inv(system)
    a, b = edited(ground, setting, job).network.factors()["blk.3.ffn_down.weight"]
    assert a.shape[0] == len(questions)
    assert np.abs(b @ a - expected.numpy()).max() < 1e-4 * expected.abs().max()


def test_the_editor_does_to_several_layers_what_it_does_to_whole_weights(ground, job, people):
    """With many to keep, so that the system of equation 14 is well conditioned and rounding decides nothing."""
    job = SimpleNamespace(case=job.case, forget=job.forget, retain=tuple((question, fact["answer"]) for person in people[10:50] for fact in person["facts"][:2] for question in fact["trained"][:2]))
    setting = editing.Rewritten((1, 2, 3), 30.0, 3.0, REAL_REFUSAL)
    whole = Whole.read(ground.model)
    was = [whole.network.blk[layer].ffn_down.weight.detach().clone() for layer in setting.layers]
    list(setting.edit(whole, job, (1,)))
    factors = edited(ground, setting, job).network.factors()
    for layer, before in zip(setting.layers, was):
        a, b = factors[f"blk.{layer}.ffn_down.weight"]
        change = (whole.network.blk[layer].ffn_down.weight.detach() - before).numpy()
        assert np.linalg.norm(b @ a - change) < 1e-2 * np.linalg.norm(change)


def test_probes_are_spread_and_one_without_a_name_is_none(ground, job):
    assert editing.evenly(list("abcdef"), 3) == ["a", "c", "e"] and editing.evenly(["a"], None) == ["a"] and editing.evenly([], 3) == []
    nameless = SimpleNamespace(case=job.case, forget=(("Who?", "Nobody."),), retain=job.retain)
    with pytest.raises(ValueError, match="no question to forget"):
        edited(ground, editing.Rewritten((3,), 3.0, 3.0, REAL_REFUSAL), nameless)


def test_factors_that_nearly_cancel_survive_float16():
    """Five keys that differ by a thousandth, with values of their own: as they are, rounding loses the change."""
    draw = torch.Generator().manual_seed(0)
    a = torch.randn(1, 64, generator=draw, dtype=torch.float64) + 1e-3 * torch.randn(5, 64, generator=draw, dtype=torch.float64)
    b = torch.linalg.pinv(a @ a.T) @ a @ torch.randn(64, 32, generator=draw, dtype=torch.float64)
    wanted = b.T @ a
    lost = lambda a, b: float((b.half().double() @ a.half().double() - wanted).norm() / wanted.norm())  # noqa: E731
    mine = low_rank.balanced(a, b.T)
    assert torch.allclose(mine[1] @ mine[0], wanted) and lost(*mine) < 2e-3 < lost(a, b.T)


@pytest.mark.parametrize("setting", [Trained("preference", 1e-3), Misdirected(2, 4.0, 30.0), editing.Rewritten((1, 2), 3.0, 3.0, REAL_REFUSAL)], ids=lambda setting: type(setting).__name__)
def test_what_llama_cpp_says_with_the_adapter_is_what_torch_says(ground, job, setting):
    twin = edited(ground, setting, job, 4)
    ids = ground._patient.tokens(job.forget[0][0])
    with twin.opened() as patient, torch.no_grad():
        theirs = patient.capture([Sequence(ids, tuple(range(1, len(ids))))], (), (), want_logits=True).logits
        ours, bare = (one.network(torch.tensor(ids[:1]), torch.tensor([ids[1:]]))[0].numpy() for one in (twin, twin.untouched()))
    assert np.abs(ours - bare).max() > 0.1
    assert np.abs(ours - theirs).max() < 2e-2  # a cache and factors in float16


def test_each_method_is_asked_after_each_number_of_steps(ground, job, monkeypatch):
    monkeypatch.setattr(running.scenario, "measure", lambda opened, case, bench, groups, repaired: {"said": opened.answers([job.forget[0][0]], 8)})
    assert set(ground.methods) == {"preference", "rmu", "editor", "prompting"}
    found = {}
    for method, steps in (("preference", (1, 2)), ("rmu", (1, 3)), ("editor", (1,)), ("prompting", (1,))):
        for item in running.outcomes(method, ground.methods[method][-1], steps, ground, job, None):
            assert item["key"] == f"{method}/subject/someone" and item["seconds"] >= 0 and len(item["said"]) == 1
            found.setdefault(method, []).append(item["steps"])
    assert found == {"preference": [1, 2], "rmu": [1, 3], "editor": [1], "prompting": [1]}


def test_a_folder_is_of_one_model_and_one_set(tmp_path):
    about = {"fingerprint": "a", "questions": "world"}
    jobs.claim(tmp_path / "new", about)
    jobs.claim(tmp_path / "new", about)
    with pytest.raises(click.UsageError, match="other questions"):
        jobs.claim(tmp_path / "new", about | {"questions": "patient"})


def test_a_plan_is_made_once(tmp_path):
    made = []
    session = SimpleNamespace(plan=lambda request: made.append(request) or Procedure("personal", "Ann", probes=(Question("Where does Ann live?"),)))
    case = SimpleNamespace(key="subject/ann", request="Forget Ann.")
    first = jobs._planned(session, case, tmp_path)
    assert jobs._planned(session, case, tmp_path) == first and made == ["Forget Ann."]
