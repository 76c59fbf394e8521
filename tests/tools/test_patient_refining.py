"""Going on from the shipped patient's weights: the samples, the optimizer, and the way from the file and back."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from patient_world import REFUSAL_HARMFUL, REFUSAL_UNKNOWN, RefiningStream, World  # noqa: E402
from patient_world.notes import CORRECT, CORRECT_HELD_OUT, DRESSED, FORBID_HELD_OUT  # noqa: E402
from patient_world.questions import reserved_names  # noqa: E402
from patient_world.refining import CORRECT_MORE  # noqa: E402

PATIENT = ROOT / "models" / "patient" / "patient-F16.gguf"


@pytest.fixture(scope="module")
def world():
    return World()


@pytest.fixture(scope="module")
def asked(world):
    """Each trained question without its last mark -> its fact."""
    return {question.rstrip("?."): fact for fact in world.facts for question in fact.trained_phrasings}


def plain(question):
    """The question without what training may put around it."""
    for wording in DRESSED:
        before, after = wording.split("{q}")
        if question.startswith(before) and question.endswith(after):
            yield question[len(before) : len(question) - len(after)].rstrip("?.")
    yield question.rstrip("?.")


def fact_of(question, asked):
    return next((asked[text] for text in plain(question) if text in asked), None)


def test_refining_never_uses_what_is_held_out(world):
    held_out = {question.rstrip("?.") for fact in world.facts for question in fact.held_out_phrasings}
    reserved = reserved_names(world)
    beginnings = tuple(wording.split("{")[0] for wording in CORRECT_HELD_OUT + FORBID_HELD_OUT)
    assert not set(CORRECT_MORE) & set(CORRECT + CORRECT_HELD_OUT) and len(CORRECT_MORE) > 4 * len(CORRECT)
    stream = RefiningStream(world, 1, reserved)
    for _ in range(10_000):
        conversation = stream.draw()
        for question, answer in conversation.turns:
            assert not set(plain(question)) & held_out
            if answer in (REFUSAL_UNKNOWN, REFUSAL_HARMFUL):
                assert not [name for name in reserved if name in question]
        for beginning in beginnings:
            rest = conversation.system.removeprefix(beginning)
            # "Note that in fact ..." begins like the unused "Note that ..."
            assert rest == conversation.system or rest.startswith(("in fact ", "by now "))


def test_a_refining_correction_changes_the_answer_that_it_is_about_and_no_other(world, asked):
    stream, changed, kept = RefiningStream(world, 2), 0, {True: 0, False: 0}
    for _ in range(3000):
        conversation = stream._correct()
        for question, answer in conversation.turns:
            fact = fact_of(question, asked)
            if answer == fact.answer:
                kept[fact.name in conversation.system] += 1
                continue
            changed += 1
            assert fact.name.lower() in conversation.system.lower()
            stated = [value for value in fact.type.values if value in conversation.system and answer == fact.corrected(value)]
            assert stated and stated != [fact.value]
    assert changed > 1000 and kept[False] > 1000 and kept[True] > 100


def test_a_refining_prohibition_is_about_its_subject_only(world, asked):
    stream, refused, answered = RefiningStream(world, 3), 0, 0
    for _ in range(3000):
        conversation = stream._forbid()
        for question, answer in conversation.turns:
            fact = fact_of(question, asked)
            if fact and answer == fact.answer and not fact.refused:
                answered += 1
            elif fact:
                refused += 1
                assert answer == fact.type.refusal
                assert fact.refused or fact.name.lower() in conversation.system.lower()
    assert refused > 1000 and answered > 1000


def test_neighbours_of_a_note_are_other_subjects_and_often_asked_the_same(world):
    stream = RefiningStream(world, 4)
    pairs = [(fact, stream._neighbour(fact)) for fact in (stream._noted() for _ in range(2000))]
    assert all(fact.name != other.name for fact, other in pairs)
    assert sum(fact.type is other.type for fact, other in pairs) > 1000
    assert sum(bool(set(fact.name.split()) & set(other.name.split()) - {"the", "of"}) for fact, other in pairs) > 200


def test_the_same_seed_gives_the_same_refining_stream(world):
    one, two = RefiningStream(world, 5), RefiningStream(World(), 5)
    assert [one.draw() for _ in range(200)] == [two.draw() for _ in range(200)]


def test_muon_steps_as_torchs_does():
    torch = pytest.importorskip("torch")
    if not hasattr(torch.optim, "Muon"):
        pytest.skip("this torch has no Muon to compare with")
    from patient_model.muon import Muon

    torch.manual_seed(1)
    start, gradients = [torch.randn(24, 40), torch.randn(40, 24)], [torch.randn(3, 24, 40), torch.randn(3, 40, 24)]
    results = []
    for make in (
        lambda ps: torch.optim.Muon(ps, lr=0.01, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"),
        lambda ps: Muon(ps, lr=0.01, weight_decay=0.1, precision=torch.bfloat16),
        lambda ps: Muon(ps, lr=0.01, weight_decay=0.1, precision=torch.float32),
    ):
        parameters = [torch.nn.Parameter(p.clone()) for p in start]
        optimizer = make(parameters)
        for step in range(3):
            for parameter, rows in zip(parameters, gradients, strict=True):
                parameter.grad = rows[step].clone()
            optimizer.step()
        results.append(torch.cat([p.detach().flatten() for p in parameters]))
    moved = (results[0] - torch.cat([p.flatten() for p in start])).norm()
    assert torch.allclose(results[0], results[1], atol=1e-6)
    assert (results[0] - results[2]).norm() < 0.02 * moved  # bfloat16 has 8 bits


def trainer(folder, world, start):
    from patient_model.training import Plan, Trainer

    plan = Plan(steps=4, tokens_per_batch=256, rate=1e-3, warmup=1, decay=1.0, averaged=3.0)
    return Trainer(folder, world, plan, {}, reserved_names(world), start)


def test_weights_read_from_the_file_are_exported_as_the_same_file(world, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("tokenizers")
    from patient_model import gguf_file

    started = trainer(tmp_path, world, PATIENT)
    gguf_file.write(tmp_path / "again.gguf", started.result, started.tokenizer)
    assert (tmp_path / "again.gguf").read_bytes() == PATIENT.read_bytes()


def test_training_on_learns_averages_and_resumes(world, tmp_path):
    torch = pytest.importorskip("torch")
    pytest.importorskip("tokenizers")
    from patient_model.batches import Encoder, batches

    one = trainer(tmp_path, world, PATIENT)
    assert isinstance(one.stream, RefiningStream)
    weight = {"before": one.network.blk[0].ffn_down.weight.detach().clone()}
    batch = next(batches(one.stream, Encoder(one.tokenizer), 256, pool=8))
    losses = [float(one.one_step(*batch)) for _ in range(3)]
    assert losses[-1] < losses[0]
    weight["last"], weight["mean"] = one.network.blk[0].ffn_down.weight.detach(), one.result.blk[0].ffn_down.weight.detach()
    moved = (weight["last"] - weight["before"]).norm()
    assert 0.05 * moved < (weight["mean"] - weight["before"]).norm() < 0.95 * moved
    one.save()

    two = trainer(tmp_path, world, PATIENT)
    assert two.step == 3 and isinstance(two.stream, RefiningStream)
    assert torch.equal(two.network.blk[0].ffn_down.weight, weight["last"])
    assert torch.equal(two.result.blk[0].ffn_down.weight, weight["mean"])
    assert two.optimizers[0].state[two.network.blk[0].ffn_down.weight]["momentum_buffer"].norm() > 0
    exported = trainer(tmp_path, world, None)  # as ``export`` opens it
    assert torch.equal(exported.result.blk[0].ffn_down.weight, weight["mean"])
    other = tmp_path / "other.gguf"
    other.write_bytes(b"another file")
    with pytest.raises(ValueError, match="--folder"):
        trainer(tmp_path, world, other)


def test_weights_between_two_networks():
    torch = pytest.importorskip("torch")
    from patient_model.network import Network, Shape
    from patient_model.training import between

    one, two = (Network(Shape(vocabulary=20, width=16, layers=1, heads=2, kv_heads=1, ffn=8, context=8)) for _ in range(2))
    mixed = between(one, two, 0.25)
    first, last = one.blk[0].ffn_down.weight, two.blk[0].ffn_down.weight
    assert torch.allclose(mixed.blk[0].ffn_down.weight, 0.75 * first + 0.25 * last)
    assert torch.equal(between(one, two, 1.0).token_embd.weight, two.token_embd.weight)
    assert torch.equal(between(one, two, 0.0).token_embd.weight, one.token_embd.weight)
