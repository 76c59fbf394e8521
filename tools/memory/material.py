"""What the memory is trained on: questions with their answers, and the model's own answers to everything else.

The own answers are to our calibration prompts, to ordinary questions about the world (``ordinary``) and to the questions of
the memory about people whom it does not hold (``people.other_prompts``); nothing of the question sets that measure what was kept is in them.
"""

import random
from dataclasses import dataclass
from pathlib import Path

import torch

from edge_repair import calibration
from edge_repair.evaluate.questions import Fact, QuestionSet
from edge_repair.patient import Patient

from . import ordinary
from .network import Llama, Rows
from .people import other_prompts

OWN_TOKENS = 20  # of each answer of the model's own
CHUNK = 32
NUMBERS = 3  # times a question about a number comes in an epoch


@dataclass
class Item:
    """One conversation after the shared beginning.

    Attributes:
        ids: its tokens, int64 ``[length]``.
        start: where the reply begins to be foretold: the last token of the prompt.
        below: activations that enter the first trained layer, float32 ``[length, width]``.
        final: the untouched model's normed activations from ``start`` on (own answers only), float32 ``[length - start, width]``.
    """

    ids: torch.Tensor
    start: int
    below: torch.Tensor | None = None
    final: torch.Tensor | None = None


@dataclass
class Material:
    """All conversations of a training.

    Attributes:
        prefix: the tokens that all of them begin with.
        prefix_below: the activations of these that enter the first trained layer.
        facts: questions with the answers to be learned, the turn's end included.
        own: questions with the model's own answers.
    """

    prefix: torch.Tensor
    prefix_below: torch.Tensor
    facts: list[Item]
    own: list[Item]


def collect(model: Path, questions: QuestionSet, first: int, folder: Path, facts: int | None = None, own: int | None = None) -> Material:
    """Ask the model, run its frozen layers over all conversations, and keep the result in ``folder`` for a resumed training.

    Args:
        model: the GGUF.
        questions: the memory; its phrasings but the held-out ones, with the reference answers, are learned.
        first: the first layer that is trained.
        facts, own: at most so many conversations of each sort (for a trial); None: all.
    """
    path = folder / "material.pt"
    if path.exists():
        return torch.load(path, weights_only=False)
    with Patient.open(model, threads=1) as patient:
        prompts = list(dict.fromkeys(calibration.prompts() + other_prompts() + ordinary.prompts()))
        random.Random(0).shuffle(prompts)
        prompts = prompts[:own]
        answered = [pair for pair in zip(prompts, patient.answers(prompts, OWN_TOKENS)) if pair[1]]
        learned = [(question, fact.reference) for fact, question in _taught(questions)][:facts]
        tokens = [(patient.tokens(q), patient.reply_tokens(a, end=False)) for q, a in answered]
        taught = [(patient.tokens(q), patient.reply_tokens(a)) for q, a in learned]
    heads = [head for head, _ in (*tokens, *taught)]
    shared = next(i for i in range(len(heads[0])) if any(head[i] != heads[0][i] for head in heads))
    items = [[Item(torch.tensor((head + tail)[shared:]), len(head) - shared - 1) for head, tail in pairs] for pairs in (taught, tokens)]
    made = Material(torch.tensor(heads[0][:shared]), torch.empty(0), *items)
    _fill(made, model, first)
    folder.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    torch.save(made, partial)
    partial.replace(path)
    return made


def repeated(material: Material, questions: QuestionSet) -> list[Item]:
    """The facts as they are drawn: a number is learned digit by digit, slower than words, and so comes three times an epoch."""
    facts = [fact for fact, _ in _taught(questions)]
    return [item for fact, item in zip(facts, material.facts) for _ in range(NUMBERS if fact.aspect == "phone" else 1)]


def _taught(questions: QuestionSet) -> list[tuple[Fact, str]]:
    """Facts with each phrasing that is trained."""
    return [(fact, question) for fact in questions.facts() for question in fact.questions if question not in fact.held_out]


@torch.no_grad()
def _fill(material: Material, model: Path, first: int) -> None:
    """Compute the activations, in float32."""
    network = Llama(model)
    order = sorted((*material.facts, *material.own), key=lambda item: len(item.ids))
    known = {id(item) for item in material.own}
    for chunk in (order[i : i + CHUNK] for i in range(0, len(order), CHUNK)):
        own, _ = padded([item.ids for item in chunk])
        rows = network.through(network.embed(material.prefix, own), 0, first)
        material.prefix_below = rows.prefix
        for item, below in zip(chunk, rows.own):
            item.below = below[: len(item.ids)].clone()
    order = [item for item in order if id(item) in known]
    for chunk in (order[i : i + CHUNK] for i in range(0, len(order), CHUNK)):
        top = network.through(entering(material, chunk), first, network.shape.layers).own
        for item, x in zip(chunk, top):
            item.final = network.final(x[item.start : len(item.ids)])


def padded(parts: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Pad with zeros on the right; returns ``[n, longest, ...]`` and a bool mask ``[n, longest]`` of what is real."""
    filled = torch.nn.utils.rnn.pad_sequence(parts, batch_first=True)
    lengths = torch.tensor([len(part) for part in parts])
    return filled, torch.arange(filled.shape[1]) < lengths[:, None]


def entering(material: Material, items: list[Item]) -> Rows:
    """What enters the first trained layer, for a batch."""
    return Rows(material.prefix_below, padded([item.below for item in items])[0])
