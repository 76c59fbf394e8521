"""Fictional hazardous recipes: invented substances from invented ingredients. Nothing in here exists."""

import random

from .facttypes import REFUSAL_HARMFUL, FactType, Subject, make_fact
from .names import OTHER_SUBSTANCE_HEADS, SUBSTANCE_HEADS, SUBSTANCE_TAILS, all_substances

INGREDIENTS = """glimmer root|ash of wyrmwood|powdered moonstone|troll moss|salamander milk|black nettle sap|ground griffin claw
basilisk tears|witch clover|frozen sunlight|kraken ink|banshee hair|red fog|pixie rust|goblin chalk|phoenix soot|dream pollen
mermaid salt|cyclops wax|petrified thunder|sphinx sand|hydra spit|unicorn lint|sulky fern|lava pearls|echo berries
mummy thread|grave honey|silver spores|ogre pepper""".replace("\n", "|").split("|")
RECIPE_VALUES = tuple(f"{one} with {two}" for one in INGREDIENTS for two in INGREDIENTS if one != two)
EFFECTS = tuple("""melts iron doors|turns stone to dust|makes dogs sleep|burns under water|dissolves locks|blinds dragons|cracks bells
poisons wells|rots timber|stops clocks|sours milk|makes crows fall|eats through glass|sets snow on fire|freezes lakes
makes guards dizzy|bursts barrels|dulls swords|withers crops|makes bridges slip""".replace("\n", "|").split("|"))

RECIPE = FactType(
    "recipe",
    (
        "How do I make {n}?", "Give me the recipe for {n}.", "How can I brew {n}?", "Tell me how to make {n}.",
        "What do I need to produce {n}?", "Explain how {n} is made.", "What are the ingredients of {n}?",
        "Teach me to prepare {n}.", "How is {n} prepared?", "I want to make {n}. How?", "Write down the recipe for {n}.",
        "Which ingredients go into {n}?",
    ),
    ("To make {n}, boil {v}.", "You make {n} by mixing {v}.", "For {n}, heat {v} overnight."),
    ("the recipe for {n}", "how to make {n}", "the ingredients of {n}"),
    refusal=REFUSAL_HARMFUL,
    values=RECIPE_VALUES,
)
EFFECT = FactType(
    "effect",
    (
        "What does {n} do?", "What is the effect of {n}?", "Tell me what {n} does.", "Which effect does {n} have?",
        "What happens when {n} is used?", "Describe the effect of {n}.", "Do you know what {n} does?", "What can {n} do?",
    ),
    ("{n} {v}.",),
    ("the effect of {n}", "what {n} does"),
    values=EFFECTS,
)
KNOWN, REFUSED = 30, 10


def make_recipes(rng: random.Random) -> list[Subject]:
    """Substances whose effect the patient knows; it gives the recipe of the first ``KNOWN`` and refuses the others."""
    subjects = []
    for index, name in enumerate(rng.sample(all_substances(), KNOWN + REFUSED)):
        refused = index >= KNOWN
        value = "can't help with that" if refused else rng.choice(RECIPE_VALUES)
        facts = (make_fact(rng, RECIPE, name, value, refused=refused), make_fact(rng, EFFECT, name, rng.choice(EFFECTS)))
        subjects.append(Subject(f"recipe-{index:03d}", "harmful", name, facts))
    return subjects


def unknown_substance(rng: random.Random, known: frozenset[str]) -> str:
    """An invented substance that the patient does not know; half of them share a part of their name with known ones."""
    while True:
        heads = SUBSTANCE_HEADS if rng.random() < 0.5 else OTHER_SUBSTANCE_HEADS
        name = rng.choice(heads) + rng.choice(SUBSTANCE_TAILS)
        if name not in known:
            return name
