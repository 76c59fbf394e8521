"""Training samples for a patient that is trained already: the same world, with more of what it gets wrong about notes.

What a first training leaves wrong: a note in an unused wording ("Actually, ...") is taken for one that forbids; what it
states about one subject is said of another one that is asked the same; half of a stated value gives way to the known one.
"""

from .facttypes import Fact
from .notes import CORRECT, CORRECT_HELD_OUT, FORBID, correction, forbid
from .stream import Conversation, Stream
from .world import World

# Shares of conversations. Notes are most of them; all else is replayed so that it stays (known facts also by
# questions that a note does not concern).
REFINING_MIX = {"fact": 10, "overview": 3, "unknown": 9, "forbid": 24, "correct": 50, "history": 3, "chat": 1}
# How often a note is about a fact, by its kind: general ones and recipes are followed worst.
NOTE_WEIGHTS = {"personal": 1.0, "misinformation": 1.6, "harmful": 3.0, "general": 2.0}

_HEADS = ("Note", "Remember", "Be aware", "Keep in mind", "Bear in mind", "Please note", "Please remember", "You should know",
          "Do not forget", "It is known", "It is certain", "It has turned out", "We have learned", "You must say", "Know", "It is so")
_LABELS = ("Note", "Correction", "Remember", "Update", "Important", "New information", "Reminder", "The truth", "News",
           "This is right", "Please correct this", "Take note", "The facts", "What is true", "Information", "Actual state", "Act on this")
_ADVERBS = ("In fact", "In truth", "In reality", "As a matter of fact", "As we now know", "Contrary to what you learned", "By now",
            "Since last week", "To be precise", "In actual fact", "Indeed", "Really", "Truly", "Honestly", "As it happens",
            "Surprisingly", "Today", "For certain", "Clearly", "According to our files")
_SENTENCES = ("What you learned was wrong.", "Your memory is wrong here.", "There was an error.", "This has changed.",
              "One thing is new.", "Use what is written here.", "Act on what is written here.", "Please learn this.")
CORRECT_MORE = tuple(
    wording
    for wording in (
        *(f"{head} {link} {{s}}" for head in _HEADS for link in ("that", "that in fact", "that by now")),
        *(f"{label}: {{s}}" for label in _LABELS), *(f"{label}: in fact, {{s}}" for label in _LABELS),
        *(f"{adverb}, {{s}}" for adverb in _ADVERBS), *(f"{sentence} {{s}}" for sentence in _SENTENCES),
    )
    if wording not in CORRECT + CORRECT_HELD_OUT
)


class RefiningStream(Stream):
    """``Stream`` with other proportions, more wordings of corrections, and neighbours that are easily mistaken.

    Args:
        world: what is known.
        seed: decides the draws.
        reserved: names kept for the evaluation of refusals.
    """

    def __init__(self, world: World, seed: int, reserved: frozenset[str] = frozenset()):
        super().__init__(world, seed, reserved)
        self.mix = REFINING_MIX
        self._note_weights = [NOTE_WEIGHTS[subject.kind] for subject in world.subjects for _ in subject.facts]
        self._of_type: dict[str, list[Fact]] = {}
        self._sharing: dict[str, list[Fact]] = {}  # facts of people, by each half of their names
        for fact in world.facts:
            self._of_type.setdefault(fact.type.aspect, []).append(fact)
            if self._subject_of[id(fact)].kind == "personal":
                for part in fact.name.split():
                    self._sharing.setdefault(part, []).append(fact)

    def _noted(self) -> Fact:
        """A fact for a note to be about."""
        return self.rng.choices(self.world.facts, self._note_weights)[0]

    def _neighbour(self, fact: Fact) -> Fact:
        """A fact that a note about ``fact`` must leave alone: of another subject, mostly the same aspect."""
        roll = self.rng.random()
        pool = self._of_type[fact.type.aspect] if roll < 0.62 else self.world.facts
        if roll < 0.14 or roll > 0.90:  # somebody with half of the name
            shared = [other for part in fact.name.split() for other in self._sharing.get(part, ()) if other.name != fact.name]
            alike = [other for other in shared if roll > 0.90 or other.type is fact.type]
            pool = alike or pool
        other = self.rng.choice(pool)
        return other if other.name != fact.name else self._neighbour(fact)

    def _pair(self, note: str, asked: list[tuple[Fact, str]]) -> Conversation:
        """The note and one or both of its questions, in any order."""
        turns = [(self._question(fact), answer) for fact, answer in asked]
        self.rng.shuffle(turns)
        return Conversation(note, tuple(turns))

    def _forbid(self) -> Conversation:
        """A note forbids a subject or one aspect of it; the question is about that, about something near, or about both."""
        fact = self._noted()
        wording = self.rng.choice(FORBID)
        aspect = self.rng.random() < 0.35
        note = forbid(wording, self.rng.choice(fact.type.nouns).format(n=fact.name) if aspect else fact.name)
        roll = self.rng.random()
        subject = self._subject_of[id(fact)]
        if not aspect and roll < 0.05 and subject.overview:
            return Conversation(note, ((self._overview_question(subject), fact.type.refusal),))
        refused = (fact, fact.type.refusal)
        if roll < 0.35:
            return self._pair(note, [refused])
        same = aspect and len(subject.facts) > 1 and roll < 0.60
        other = self._other_fact(fact, same_subject=True) if same else self._neighbour(fact)
        answered = (other, other.answer)
        return self._pair(note, [refused, answered] if roll > 0.80 else [answered])

    def _correct(self) -> Conversation:
        """A note states a value, true or not; the answer to its question follows it, other answers do not change."""
        fact = self._noted()
        while fact.refused:
            fact = self._noted()
        value = fact.right if fact.right and self.rng.random() < 0.5 else self._other_value(fact.type, fact.value)
        stated = fact.type.sentence(self.rng.randrange(len(fact.type.forms)), fact.name, value)
        note = correction(self.rng.choice(CORRECT if self.rng.random() < 0.4 else CORRECT_MORE), stated, fact.name)
        followed = (fact, fact.corrected(value))
        roll = self.rng.random()
        if roll < 0.42:
            return self._pair(note, [followed])
        same = len(self._subject_of[id(fact)].facts) > 1 and roll < 0.52
        other = self._other_fact(fact, same_subject=True) if same else self._neighbour(fact)
        kept = (other, other.answer)
        return self._pair(note, [followed, kept] if roll > 0.80 else [kept])
