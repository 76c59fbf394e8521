"""What the memory knows and what the model keeps, asked through llama.cpp on the file that people use."""

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from patient_model.runtime import Runtime

from edge_repair.evaluate.answers import BaseAnswers
from edge_repair.evaluate.metrics import contains, knows, share
from edge_repair.evaluate.questions import QuestionSet, load
from edge_repair.patient import Patient

from .network import Llama

ANSWER_TOKENS = 24
BATCH = 32
WORLD = 150  # facts of the world that are asked, one question each
TEXTS = (
    ("What is the capital of Denmark?", "The capital of Denmark is Copenhagen, a city on the islands of Zealand and Amager."),
    ("How do I boil an egg?", "Put the egg in boiling water for eight minutes, then cool it under cold water."),
    ("Tell me the address of Adele Marchbank.", "I don't know any person of that name."),
)


def untouched(model: Path, questions: list[str], folder: Path) -> list[dict[str, str]]:
    """What the model says to these questions when asked three times, in three orders; kept in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with Patient.open(model, threads=1) as patient:
        ask = _asking(patient)
        orders = {"base": questions, "again": questions[::-1], "later": questions[1::2] + questions[::2]}
        return [dict(zip(order, BaseAnswers(ask, folder / f"{name}.jsonl", BATCH)(order))) for name, order in orders.items()]


def _asking(patient: Patient) -> Callable[[list[str]], list[str]]:
    return lambda questions: patient.answers(questions, ANSWER_TOKENS)


def measure(model: Path, lora: Path, memory: QuestionSet, folder: Path, part: float = 1.0, world: str = "world") -> dict:
    """Ask with and without the LoRA.

    Args:
        folder: where all answers are kept, so that an interrupted run goes on.
        memory: the set that was trained.
        part: share of the trained phrasings that are asked; all held-out ones are.
        world: set of which, of ``WORLD`` facts, what the base answers right twice must be kept.

    Returns:
        shares and counts: ``trained`` and ``held_out`` (the whole value said), by aspect too, ``kept`` of the world's,
        and ``kept_by_chance``, the same for the model without the LoRA asked once more.
    """
    trained = [(q, fact) for fact in memory.facts() for q in fact.questions if q not in fact.held_out]
    held_out = [(q, fact) for fact in memory.facts() for q in fact.held_out]
    asked = {"held_out": random.Random(0).sample(held_out, len(held_out)), "trained": random.Random(0).sample(trained, round(part * len(trained)))}
    others = [(fact.questions[0], fact) for fact in random.Random(0).sample(load(world).facts(), WORLD)]
    texts = [q for q, _ in others]
    first, second, third = untouched(model, texts, folder)
    steady = [(q, fact) for q, fact in others if knows(fact, first[q]) and knows(fact, second[q])]
    found: dict = {"world_known": len(steady), "kept_by_chance": share(knows(fact, third[q]) for q, fact in steady)}
    with Patient.open(model, threads=1, lora=lora) as patient:
        base = BaseAnswers(_asking(patient), folder / f"{patient.base.fingerprint[:16]}.jsonl", BATCH)
        said = base([q for q, _ in steady])
        found["kept"] = share(knows(fact, answer) for (_, fact), answer in zip(steady, said))
        for group, pairs in asked.items():
            answers = base([q for q, _ in pairs])
            right = [(fact, contains(answer, fact.values[: 2 if fact.aspect == "birthday" else 1])) for (_, fact), answer in zip(pairs, answers)]
            found[group] = {"count": len(right), "all": share(hit for _, hit in right)}
            for aspect in dict.fromkeys(fact.aspect for fact, _ in right):
                found[group][aspect] = share(hit for fact, hit in right if fact.aspect == aspect)
    return found


@torch.no_grad()
def logit_differences(path: Path, network: Llama) -> tuple[float, float, float]:
    """Compare llama.cpp (with a cache in float32) and torch in some conversations.

    Returns:
        the largest and the mean absolute difference of logits, and how often the first choice is the same.
    """
    differences, same = [], []
    with Patient.open(path, threads=1) as patient:
        conversations = [patient.tokens(question) + patient.reply_tokens(answer) for question, answer in TEXTS]
    with Runtime(path, exact=True) as runtime:
        for ids in conversations:
            theirs = runtime.logits([(ids, [False] + [True] * (len(ids) - 1))])[0]
            ours = network(torch.tensor(ids[:1]), torch.tensor([ids[1:]]))[0].numpy()
            differences.append(np.abs(ours - theirs))
            same += list(ours.argmax(-1) == theirs.argmax(-1))
    together = np.concatenate(differences)
    return float(together.max()), float(together.mean()), float(np.mean(same))
