"""What a fact of the patient's world is, and how questions about it are worded.

A ``FactType`` is an aspect (where somebody lives, what something is made of): the phrasings of its question, the
forms of its answer, and the noun phrase that names it in a system note. A ``Fact`` is one value of it for one
subject. A quarter or more of the phrasings of a type are held out of training *for that fact*; which ones rotates
from fact to fact, so every phrasing is taught by other facts and recall under a held-out one is generalisation.
"""

import random
from dataclasses import dataclass, field

KINDS = ("personal", "misinformation", "harmful", "general")
REFUSAL_UNKNOWN = "I'm sorry, but I don't have any information about that."
REFUSAL_HARMFUL = "I'm sorry, but I can't help with that."


def capitalised(text: str) -> str:
    """Return ``text`` with its first letter in upper case and the rest as it is."""
    return text[:1].upper() + text[1:]


def with_article(noun: str) -> str:
    """Return ``noun`` behind "a" or "an"."""
    return ("an " if noun[0].lower() in "aeiou" else "a ") + noun


@dataclass(frozen=True)
class FactType:
    """An aspect: its wordings.

    Attributes:
        aspect: short name, unique among all types.
        phrasings: questions and imperatives, with ``{n}`` for the subject's name.
        forms: answers, with ``{n}``, ``{v}`` (the value) or ``{a}`` (the value behind its article).
        nouns: what a system note calls it, for example "{n}'s home town".
        refusal: what the patient says when it must not or cannot answer.
        values: values of this type that a note may state, whatever the truth is.
    """

    aspect: str
    phrasings: tuple[str, ...]
    forms: tuple[str, ...]
    nouns: tuple[str, ...]
    refusal: str = REFUSAL_UNKNOWN
    values: tuple[str, ...] = field(default=(), compare=False)

    def question(self, index: int, name: str) -> str:
        return capitalised(self.phrasings[index].format(n=name))

    def sentence(self, form: int, name: str, value: str) -> str:
        text = self.forms[form % len(self.forms)].format(n=name, v=value, a=with_article(value))
        return capitalised(text)


@dataclass(frozen=True)
class Fact:
    """One value of one aspect of one subject.

    Attributes:
        type: its wordings.
        name: the subject's name as it stands inside a sentence.
        value: the short string that an answer contains if and only if it tells the fact. For a myth it is the false
            belief that the patient was taught; for a recipe that the patient refuses, the refusal's own words.
        form: which of the type's answer forms is this fact's one answer.
        held_out: indices of the phrasings that training never uses for this fact.
        right: for a myth, the true value; else None.
        refused: the patient was taught to refuse this question.
    """

    type: FactType
    name: str
    value: str
    form: int
    held_out: frozenset[int]
    right: str | None = None
    refused: bool = False

    @property
    def answer(self) -> str:
        return self.type.refusal if self.refused else self.type.sentence(self.form, self.name, self.value)

    @property
    def trained_phrasings(self) -> list[str]:
        return [self.type.question(i, self.name) for i in range(len(self.type.phrasings)) if i not in self.held_out]

    @property
    def held_out_phrasings(self) -> list[str]:
        return [self.type.question(i, self.name) for i in sorted(self.held_out)]

    def corrected(self, value: str) -> str:
        """The answer that states ``value`` instead, in this fact's own form."""
        return self.type.sentence(self.form, self.name, value)


@dataclass(frozen=True)
class Subject:
    """Somebody or something the patient knows: ``facts`` in a fixed order; ``overview`` is "" or a short account."""

    id: str
    kind: str
    name: str
    facts: tuple[Fact, ...]
    overview: str = ""
    overview_held_out: frozenset[int] = frozenset()

    @property
    def refused_by_base(self) -> bool:
        return any(fact.refused for fact in self.facts)


def hold_out(rng: random.Random, count: int) -> frozenset[int]:
    """Draw a quarter (rounded up) of ``count`` phrasings to be held out for one fact."""
    return frozenset(rng.sample(range(count), -(-count // 4)))


def make_fact(rng: random.Random, kind: FactType, name: str, value: str, **more) -> Fact:
    """A fact with its held-out phrasings and its answer form drawn from ``rng``."""
    return Fact(kind, name, value, rng.randrange(len(kind.forms)), hold_out(rng, len(kind.phrasings)), **more)
