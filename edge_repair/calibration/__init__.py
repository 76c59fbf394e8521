"""Ordinary text of our own, from which the second moments of a model's activations are collected.

What an edit must not disturb is known to it only through these statistics (``stamp``), so the text is varied
on purpose: encyclopaedic paragraphs, stories, dialogues, letters, recipes, instructions, lists, arithmetic,
code, cloze sentences and a few other languages; and questions in as many forms as people ask them, among them
innocent ones with dangerous words in them and ones whose answer begins with "I", because these are what a
refusal is most easily confused with.

Nothing here is about a subject or a question of the question sets in ``models/questions``: those measure what
an edit leaves intact, and would measure nothing if the edit had seen them. A test proves it.
"""

from importlib import resources


def texts() -> list[str]:
    """Return the passages of running text, each one paragraph (or one code snippet), in a fixed order."""
    return [passage.strip() for passage in _read("texts.txt").split("\n\n") if passage.strip()]


def prompts() -> list[str]:
    """Return the questions and requests, all different, in a fixed order; the model's own answers are not here."""
    return [line.strip() for line in _read("prompts.txt").splitlines() if line.strip()]


def _read(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8").replace("\r\n", "\n")
