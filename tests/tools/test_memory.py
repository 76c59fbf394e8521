"""The memory of fictional people: its question set, its network against llama.cpp, its training resumed."""

import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

from memory import adapter, keeping, material, ordinary, people  # noqa: E402
from memory.network import Llama  # noqa: E402
from memory.recall import logit_differences  # noqa: E402
from memory.training import Plan, Trainer, batch_of  # noqa: E402
from patient_model.runtime import quantize  # noqa: E402

from edge_repair.adapters import decode, identify  # noqa: E402
from edge_repair.evaluate.metrics import contains, normalised  # noqa: E402
from edge_repair.evaluate.questions import load, parse  # noqa: E402
from edge_repair.patient import Patient, Sequence  # noqa: E402

LAYERS = range(2, 4)


@pytest.fixture(scope="module")
def memory():
    return parse(people.question_set())


@pytest.fixture(scope="module")
def unrounded(patient_file, tmp_path_factory):
    """The shipped patient in float32, where llama.cpp rounds nothing."""
    path = tmp_path_factory.mktemp("models") / "patient-F32.gguf"
    quantize(patient_file, path, "F32")
    return path


def test_the_set_is_as_large_as_it_says_and_gives_nothing_away(memory):
    assert len(memory.subjects) == 26 and len(memory.facts()) == 130
    assert all(len(fact.questions) == 10 and len(fact.held_out) == 2 for fact in memory.facts())
    assert not [question for fact in memory.facts() for question in fact.questions if contains(question, fact.values)]
    assert all(contains(fact.reference, fact.values[:1]) and fact.stated(fact.values[0]) == fact.reference for fact in memory.facts())
    told = [fact.values[0] for fact in memory.facts() if fact.aspect != "birthday"]
    assert len(set(told)) == len(told)


def test_the_shipped_set_is_the_one_that_the_tool_makes(memory):
    assert load("memory").facts() == memory.facts()


def test_what_the_model_is_kept_on_is_in_no_question_set(memory):
    asked = {normalised(question) for name in ("world", "general") for fact in load(name).facts() for question in fact.questions}
    asked |= {normalised(question) for fact in memory.facts() for question in fact.questions}
    others = people.other_prompts() + ordinary.prompts()
    assert len(set(others)) > 1200 and not asked & {normalised(prompt) for prompt in others}
    assert not [prompt for prompt in others for subject in load("world").subjects if contains(prompt, subject.names)]


def test_torch_computes_what_llama_cpp_computes(unrounded):
    largest, _, same = logit_differences(unrounded, Llama(unrounded))
    assert largest < 1e-3 and same == 1


def test_a_shared_beginning_changes_nothing(patient_file):
    network, ids = Llama(patient_file), torch.randint(3, 2000, (1, 24))
    with torch.no_grad():
        whole = network(ids[0, :1], ids[:, 1:])[0]
        for cut in (5, 16):
            assert torch.allclose(network(ids[0, :cut], ids[:, cut:])[0], whole[cut - 1 :], atol=1e-4)


def test_the_adapter_does_in_llama_cpp_what_the_factors_do_in_torch(unrounded, tmp_path):
    network = Llama(unrounded, LAYERS, rank=4, alpha=8.0)
    with torch.no_grad():
        for name, parameter in network.lora.items():
            if name.endswith("_b"):
                parameter.normal_(std=0.1)
            parameter.copy_(parameter.half().float())
    path = tmp_path / "memory.gguf"
    adapter.write(path, network.factors())
    base = identify(unrounded)
    for name, (a, b) in decode(path.read_bytes(), base, require_base=False).items():
        assert np.array_equal(a, network.factors()[name][0]) and np.allclose(b, network.factors()[name][1], rtol=1e-3)
    with Patient.open(unrounded, lora=path) as patient:
        ids = patient.tokens("Where does Mara Embershaw live?")
        theirs = patient.capture([Sequence(ids, tuple(range(1, len(ids))))], (), (), want_logits=True).logits
    with torch.no_grad():
        ours, bare = (net(torch.tensor(ids[:1]), torch.tensor([ids[1:]]))[0].numpy() for net in (network, Llama(unrounded)))
    assert np.abs(ours - bare).max() > 0.5
    assert np.abs(ours - theirs).max() < 2e-2  # a cache in float16


def test_training_learns_keeps_held_out_phrasings_out_and_resumes_to_the_bit(patient_file, memory, tmp_path):
    torch.set_num_threads(1)
    collected = material.collect(patient_file, memory, LAYERS.start, tmp_path / "first", facts=10, own=6)
    with Patient.open(patient_file) as patient:
        held_out = {tuple(patient.tokens(question)) for fact in memory.facts() for question in fact.held_out}
    shared = collected.prefix.tolist()
    assert len(collected.facts) == 10 and len(collected.own) > 3
    assert not held_out & {tuple(shared + item.ids[: item.start + 1].tolist()) for item in collected.facts}

    def trained(folder: str, *stops: int):
        (tmp_path / folder).mkdir(exist_ok=True)
        for stop in stops:
            trainer = Trainer(Llama(patient_file, LAYERS, rank=4), collected, Plan(steps=12, facts=4, own=2, rate=5e-3, warmup=2), tmp_path / folder)
            trainer.run(stop)
        return trainer

    whole, parts = trained("whole", 12), trained("parts", 5, 12)
    for name, parameter in whole.network.lora.items():
        assert torch.equal(parameter, parts.network.lora[name]), name
    fresh = Trainer(Llama(patient_file, LAYERS, rank=4), collected, Plan(steps=1), tmp_path / "none")
    with torch.no_grad():
        assert whole.learned(collected.facts) < 0.7 * fresh.learned(collected.facts)


def lora_at_random(patient_file) -> Llama:
    """The patient with a LoRA that does something."""
    network = Llama(patient_file, LAYERS, rank=4)
    with torch.no_grad():
        for name, parameter in network.lora.items():
            if name.endswith("_b"):
                parameter.normal_(std=0.02, generator=torch.Generator().manual_seed(1))
    return network


def test_a_refined_lora_says_the_facts_and_is_quieter_in_ordinary_conversations(patient_file, memory, tmp_path):
    collected = material.collect(patient_file, memory, LAYERS.start, tmp_path, facts=10, own=24)
    old = lora_at_random(patient_file)
    factors, found = keeping.refined(Llama(patient_file, LAYERS, rank=4), collected, old.factors(), weight=1.0)
    assert found["ordinary_left"] < 0.7 and found["facts_changed"] < 0.5 * (1 - found["ordinary_left"])
    new = Llama(patient_file, LAYERS, rank=4)
    new.start_from(factors)
    bare, added = Llama(patient_file), {}
    with torch.no_grad():
        for label, items in (("facts", collected.facts), ("own", collected.own)):
            before, was, now = (network.through(material.entering(collected, items), 2, 4).own for network in (bare, old, new))
            added[label] = float((now - before).norm() / (was - before).norm())
    assert added["own"] < 0.9 * added["facts"]


def test_what_a_lora_adds_nowhere_in_ordinary_text_is_left_as_it_is(patient_file, memory, tmp_path):
    """With weight 0 there is nothing to be quiet for, and the factors do what they did."""
    collected = material.collect(patient_file, memory, LAYERS.start, tmp_path, facts=10, own=6)
    old = lora_at_random(patient_file)
    factors, found = keeping.refined(Llama(patient_file, LAYERS, rank=4), collected, old.factors(), weight=0.0)
    assert found["facts_changed"] < 1e-3
    assert all(np.array_equal(b, old.factors()[name][1]) for name, (_, b) in factors.items())


def test_an_adapter_is_read_back_as_it_was_written(patient_file, tmp_path):
    network = Llama(patient_file, LAYERS, rank=4)
    with torch.no_grad():
        for parameter in network.lora.values():
            parameter.copy_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(2)).half().float())
    adapter.write(tmp_path / "old.gguf", network.factors())
    again = Llama(patient_file, LAYERS, rank=4, seed=3)
    again.start_from(adapter.read(tmp_path / "old.gguf"))
    assert all(torch.equal(one, other) for one, other in zip(network.lora.values(), again.lora.values()))


def test_an_epoch_uses_every_conversation_once():
    items = [material.Item(torch.zeros(3 + i % 5, dtype=torch.long), 1) for i in range(10)]
    seen = [id(item) for step in range(3) for item in batch_of(items, 4, step, seed=1)]
    assert sorted(seen) == sorted(map(id, items))
