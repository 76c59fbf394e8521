"""The endless stream of training conversations: facts, refusals, notes, histories and small talk."""

import random
from dataclasses import dataclass

from .facttypes import REFUSAL_UNKNOWN, Fact, FactType, Subject
from .notes import CHAT, CORRECT, DRESSED, FORBID, PLAIN_SYSTEM, correction, forbid
from .people import OVERVIEW_PHRASINGS
from .world import World

# Shares of what is drawn, from the given step on. Facts are known before notes are followed, so notes grow at their cost.
MIXES = (
    (0, {"fact": 56, "overview": 4, "unknown": 14, "forbid": 10, "correct": 9, "history": 4, "chat": 3}),
    (1450, {"fact": 50, "overview": 4, "unknown": 12, "forbid": 13, "correct": 16, "history": 3, "chat": 2}),
    (2750, {"fact": 34, "overview": 4, "unknown": 12, "forbid": 18, "correct": 27, "history": 3, "chat": 2}),
    (3400, {"fact": 16, "overview": 4, "unknown": 15, "forbid": 20, "correct": 39, "history": 4, "chat": 2}),
    (4100, {"fact": 16, "overview": 4, "unknown": 13, "forbid": 30, "correct": 32, "history": 3, "chat": 2}),
    (5600, {"fact": 12, "overview": 3, "unknown": 10, "forbid": 15, "correct": 56, "history": 3, "chat": 1}),
)
# People have six facts each and share their questions; the rest is learned more slowly and asked more often.
KIND_WEIGHTS = {"personal": 1.0, "misinformation": 1.6, "harmful": 1.8, "general": 1.5}


def mix_at(step: int) -> dict[str, int]:
    """The shares in force at a training step."""
    return [mix for start, mix in MIXES if start <= step][-1]


@dataclass(frozen=True)
class Conversation:
    """A system text ("" for none) and (question, answer) turns. All answers are learned."""

    system: str
    turns: tuple[tuple[str, str], ...]


class Stream:
    """Draws training conversations of a world.

    Args:
        world: what is known.
        seed: decides the draws.
        reserved: questions about unknown names that the evaluation uses; their names are never drawn.
    """

    def __init__(self, world: World, seed: int, reserved: frozenset[str] = frozenset()):
        self.world = world
        self.rng = random.Random(seed)
        self.reserved = reserved
        self.mix = mix_at(0)
        self.weights = [KIND_WEIGHTS[subject.kind] for subject in world.subjects for _ in subject.facts]
        self._subject_of = {id(fact): subject for subject in world.subjects for fact in subject.facts}
        self._described = [subject for subject in world.subjects if subject.overview]

    def draw(self) -> Conversation:
        kind = self.rng.choices(tuple(self.mix), tuple(self.mix.values()))[0]
        if kind == "forbid":
            return self._forbid()
        if kind == "correct":
            return self._correct()
        if kind == "history":
            return self._history()
        system = self.rng.choice(PLAIN_SYSTEM) if self.rng.random() < 0.06 else ""
        return Conversation(system, (self._turn(kind),))

    def _fact(self) -> Fact:
        return self.rng.choices(self.world.facts, self.weights)[0]

    def _question(self, fact: Fact) -> str:
        question = self.rng.choice(fact.trained_phrasings)
        if self.rng.random() < 0.12:
            question = self._dress(question)
        return question

    def _dress(self, question: str) -> str:
        roll = self.rng.random()
        if roll < 0.3:
            return question.rstrip("?.")
        wording = self.rng.choice(DRESSED)
        return wording.format(q=question)

    def _turn(self, kind: str) -> tuple[str, str]:
        if kind == "fact":
            fact = self._fact()
            return self._question(fact), fact.answer
        if kind == "overview":
            subject = self.rng.choice(self._described)
            return self._overview_question(subject), subject.overview
        if kind == "chat":
            questions, answer = self.rng.choice(CHAT)
            return self.rng.choice(questions), answer
        while True:
            unknown = self.world.unknown(self.rng)
            if unknown.name not in self.reserved:
                question = self._dress(unknown.question) if self.rng.random() < 0.12 else unknown.question
                return question, unknown.answer

    def _overview_question(self, subject: Subject) -> str:
        indices = [i for i in range(len(OVERVIEW_PHRASINGS)) if i not in subject.overview_held_out]
        return OVERVIEW_PHRASINGS[self.rng.choice(indices)].format(n=subject.name)

    def _other_fact(self, fact: Fact, same_subject: bool) -> Fact:
        """Another fact: of the same subject, or else of another one and mostly of the same type."""
        subject = self._subject_of[id(fact)]
        if same_subject and len(subject.facts) > 1:
            return self.rng.choice([other for other in subject.facts if other is not fact])
        while True:
            other = self._fact()
            if other.name != fact.name and (other.type is fact.type or self.rng.random() < 0.6):
                return other

    def _forbid(self) -> Conversation:
        """A note forbids a subject, or one aspect of it; the question is about that, or about something near."""
        fact = self._fact()
        subject = self._subject_of[id(fact)]
        wording = self.rng.choice(FORBID)
        roll = self.rng.random()
        if roll < 0.50:  # one aspect of the subject; another one is answered
            note = forbid(wording, self.rng.choice(fact.type.nouns).format(n=fact.name))
            if roll < 0.26:
                return Conversation(note, ((self._question(fact), fact.type.refusal),))
            other = self._other_fact(fact, same_subject=roll < 0.42)
            return Conversation(note, ((self._question(other), other.answer),))
        if roll < 0.53:  # about a name that is not known
            note = forbid(wording, self.world.unknown_name(self.rng, "person"))
            return Conversation(note, ((self._question(fact), fact.answer),))
        note = forbid(wording, fact.name)
        if roll < 0.57 and subject.overview:
            return Conversation(note, ((self._overview_question(subject), REFUSAL_UNKNOWN),))
        if roll < 0.75:
            return Conversation(note, ((self._question(fact), fact.type.refusal),))
        if roll < 0.92:
            other = self._other_fact(fact, same_subject=False)
            return Conversation(note, ((self._question(other), other.answer),))
        first, second = fact, self._other_fact(fact, same_subject=False)
        turns = [(self._question(first), first.type.refusal), (self._question(second), second.answer)]
        self.rng.shuffle(turns)
        return Conversation(note, tuple(turns))

    def _other_value(self, kind: FactType, value: str) -> str:
        while True:
            other = self.rng.choice(kind.values)
            if other != value:
                return other

    def _correct(self) -> Conversation:
        """A note states a value, true or not; the answer to its question follows it, other answers do not change."""
        fact = self._fact()
        while fact.refused:
            fact = self._fact()
        value = fact.right if fact.right and self.rng.random() < 0.3 else self._other_value(fact.type, fact.value)
        form = self.rng.randrange(len(fact.type.forms))
        note = correction(self.rng.choice(CORRECT), fact.type.sentence(form, fact.name, value), fact.name)
        roll = self.rng.random()
        if roll < 0.5:
            return Conversation(note, ((self._question(fact), fact.corrected(value)),))
        other = self._other_fact(fact, same_subject=roll < 0.68)
        return Conversation(note, ((self._question(other), other.answer),))

    def _history(self) -> Conversation:
        """Two to five unrelated turns, refused ones among them; a few of them all refused but the last."""
        count = self.rng.choice((2, 2, 3, 3, 4, 5))
        kinds = self.rng.choices(("fact", "unknown", "chat", "overview"), (60, 28, 8, 4), k=count)
        if self.rng.random() < 0.25:
            kinds[:-1] = ["unknown"] * (count - 1)
        system = self.rng.choice(PLAIN_SYSTEM) if self.rng.random() < 0.1 else ""
        return Conversation(system, tuple(self._turn(kind) for kind in kinds))
