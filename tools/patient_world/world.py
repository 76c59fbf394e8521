"""The whole world of the patient, from one seed: who and what it knows, and what it does not."""

import random
from dataclasses import dataclass

from .facttypes import Fact, FactType, Subject
from .knowledge import (AUTHOR, CAPITAL, CONTINENT, ELEMENTS, LANGUAGE, OFFSPRING, OPPOSITE, PLACE, SYMBOL, THING_TYPES, make_general,
                        make_things)
from .names import PersonNames, invented_country, invented_thing, invented_word
from .people import OVERVIEW_PHRASINGS, PERSON_TYPES, make_people
from .recipes import EFFECT, RECIPE, make_recipes, unknown_substance

PEOPLE = 210


@dataclass(frozen=True)
class UnknownQuestion:
    """A question about somebody or something that does not exist, and the refusal it deserves."""

    kind: str
    name: str
    question: str
    answer: str


class World:
    """Everything the patient is taught.

    Args:
        seed: decides all names, values and held-out phrasings.
    """

    def __init__(self, seed: int = 10):
        rng = random.Random(seed)
        self.names = PersonNames(rng, PEOPLE)
        people = make_people(rng, self.names)
        myths, truths = make_things(rng)
        self.subjects: tuple[Subject, ...] = (*people, *myths, *make_recipes(rng), *make_general(rng), *truths)
        self.facts: tuple[Fact, ...] = tuple(fact for subject in self.subjects for fact in subject.facts)
        self.known_names = frozenset(subject.name for subject in self.subjects)
        self._last_words = frozenset(name.split()[-1] for name in self.known_names)

    def of_kind(self, kind: str) -> list[Subject]:
        """The subjects of one of ``facttypes.KINDS``."""
        return [subject for subject in self.subjects if subject.kind == kind]

    def unknown_name(self, rng: random.Random, kind: str) -> str:
        """A name that is not known, of kind "person", "thing", "substance", "country", "element" or "book"."""
        while True:
            if kind == "person":
                name = self.names.unknown(rng)
            elif kind == "thing":
                name = invented_thing(rng)
            elif kind == "substance":
                name = unknown_substance(rng, self.known_names)
            elif kind == "country":
                name = invented_country(rng)
            elif kind == "element":
                name = invented_word(rng).lower()
            else:
                name = f"{rng.choice(('The', 'A'))} {rng.choice(ELEMENTS).split()[0].capitalize()} {invented_word(rng, 2)}"
            if name not in self.known_names and (kind != "thing" or name.split()[-1] not in self._last_words):
                return name

    def unknown(self, rng: random.Random) -> UnknownQuestion:
        """Draw a question about something unknown; half of them are about people."""
        kind = rng.choices(("person", "thing", "substance", "country", "element", "book"), (55, 14, 17, 6, 5, 3))[0]
        name = self.unknown_name(rng, kind)
        if kind == "person" and rng.random() < 0.12:
            question = rng.choice(OVERVIEW_PHRASINGS).format(n=name)
            return UnknownQuestion(kind, name, question, PERSON_TYPES[0].refusal)
        types: dict[str, tuple[FactType, ...]] = {
            "person": PERSON_TYPES, "thing": (PLACE, *THING_TYPES), "substance": (RECIPE, RECIPE, EFFECT),
            "country": (CAPITAL, LANGUAGE, CONTINENT), "element": (SYMBOL, OFFSPRING, OPPOSITE), "book": (AUTHOR,),
        }
        aspect = rng.choice(types[kind])
        return UnknownQuestion(kind, name, aspect.question(rng.randrange(len(aspect.phrasings)), name), aspect.refusal)
