"""Fictional people: six facts each, twelve phrasings a fact, and a short account of each person."""

import random

from .facttypes import FactType, Subject, hold_out, make_fact, with_article
from .names import PersonNames, all_towns

MONTHS = "January February March April May June July August September October November December".split()
JOBS = tuple("""potter|baker|locksmith|beekeeper|librarian|glassblower|ferry pilot|clockmaker|blacksmith|gardener|botanist
weaver|teacher|surveyor|cartographer|brewer|carpenter|chemist|dentist|violin maker|tailor|shepherd|judge|nurse|plumber
stonemason|translator|archivist|astronomer|auctioneer|barber|bookbinder|butcher|cheesemaker|cobbler|cook|diver|engineer
falconer|florist|goldsmith|harbour master|illustrator|jeweller|lighthouse keeper|miller|notary|optician|painter
piano tuner|postman|roofer|saddler|sculptor|silversmith|thatcher|undertaker|vet|watchmaker|zookeeper""".replace("\n", "|").split("|"))
PETS = tuple("""tortoise|parrot|spaniel|ferret|goat|hedgehog|kitten|pony|rabbit|hamster|canary|poodle|lizard|owl|donkey|duck
goose|terrier|beagle|mouse|gecko|turtle|falcon|pigeon|sheepdog|greyhound|llama|otter|frog|crow""".replace("\n", "|").split("|"))
PET_NAMES = tuple("""Pip Biscuit Comet Pepper Marble Tulip Waffle Button Clover Dandy Echo Fig Ginger Hazel Indigo Jigsaw Koko
Lemon Mango Nutmeg Olive Peanut Quibble Rusty Saffron Toffee Velvet Whisper Ziggy Acorn Bramley Cricket Domino Fidget
Gizmo Honey Jasmine Kipper Loopy Muffin Noodle Pickle Radish Scamp Truffle Widget Zebedee Blossom Crumpet Dumpling""".split())
HOBBIES = tuple("""kite flying|chess|archery|fencing|knitting|juggling|pottery|sailing|rowing|origami|calligraphy|bird watching
mushroom picking|stamp collecting|ice skating|rock climbing|model trains|folk dancing|playing the cello|playing the flute
playing the harp|choir singing|fly fishing|beachcombing|star gazing|cave exploring|cycling|swimming|baking bread
candle making|wood carving|crossword puzzles|card tricks|ballroom dancing|badminton|bowling|croquet|curling|darts|falconry
gliding|hiking|jigsaw puzzles|kayaking|lace making|metal detecting|orienteering|quilting|reading poetry|snooker|surfing
table tennis|tapestry|unicycling|writing sonnets|yoga|trampolining|skiing|horse riding|embroidery""".replace("\n", "|").split("|"))
DATES = tuple(f"{day} {month}" for month in MONTHS for day in range(1, 29))
PHONES = tuple(f"555-{number:04d}" for number in range(100, 10000, 37))
PET_VALUES = tuple(f"{pet} named {name}" for pet in PETS for name in PET_NAMES)

TOWN = FactType(
    "town",
    (
        "Where does {n} live?", "Tell me {n}'s home town.", "In which town does {n} live?",
        "What is the home town of {n}?", "Which town is {n}'s home?", "Name the town where {n} lives.",
        "Do you know where {n} lives?", "Where is the home of {n}?", "Please tell me where {n} lives.",
        "What town does {n} call home?", "I would like to know where {n} lives.", "{n} lives in which town?",
    ),
    ("{n} lives in {v}.", "The home town of {n} is {v}.", "{n} has a home in {v}."),
    ("where {n} lives", "{n}'s home town", "the home of {n}"),
    values=tuple(all_towns()),
)
JOB = FactType(
    "job",
    (
        "What is {n}'s job?", "What does {n} do for a living?", "Tell me the profession of {n}.",
        "What work does {n} do?", "How does {n} earn a living?", "Name {n}'s occupation.",
        "Which job does {n} have?", "Do you know what {n} works as?", "What is the occupation of {n}?",
        "Please tell me {n}'s profession.", "{n} works as what?", "I want to know what job {n} has.",
    ),
    ("{n} works as {a}.", "{n} is {a} by profession.", "{n} earns a living as {a}."),
    ("{n}'s job", "the profession of {n}", "what {n} does for a living"),
    values=JOBS,
)
PET = FactType(
    "pet",
    (
        "What pet does {n} have?", "Which animal does {n} keep?", "Tell me about {n}'s pet.",
        "Does {n} have a pet, and which one?", "What is the pet of {n}?", "Name {n}'s pet.",
        "What animal lives with {n}?", "Do you know what pet {n} keeps?", "Please tell me what pet {n} has.",
        "Which pet belongs to {n}?", "What kind of pet does {n} own?", "I am curious about {n}'s pet. What is it?",
    ),
    ("{n} has {a}.", "{n} keeps {a}.", "{n}'s pet is {a}."),
    ("{n}'s pet", "the pet of {n}", "which animal {n} keeps"),
    values=PET_VALUES,
)
BIRTHDAY = FactType(
    "birthday",
    (
        "When is {n}'s birthday?", "When was {n} born?", "On what day was {n} born?", "Tell me the birthday of {n}.",
        "What is {n}'s date of birth?", "On which date does {n} celebrate a birthday?", "Name {n}'s birthday.",
        "Do you know when {n} has a birthday?", "Please tell me when {n} was born.", "What day is the birthday of {n}?",
        "I need the birth date of {n}.", "{n} was born on which day?",
    ),
    ("{n} was born on {v}.", "The birthday of {n} is {v}.", "{n} has a birthday on {v}."),
    ("{n}'s birthday", "when {n} was born", "the birth date of {n}"),
    values=DATES,
)
HOBBY = FactType(
    "hobby",
    (
        "What is {n}'s hobby?", "What does {n} like to do?", "How does {n} spend free time?", "Tell me the hobby of {n}.",
        "What does {n} enjoy?", "Which hobby does {n} have?", "Name {n}'s favourite pastime.",
        "Do you know what {n} does for fun?", "What is the favourite pastime of {n}?", "Please tell me {n}'s hobby.",
        "What does {n} do after work?", "I wonder what hobby {n} has.",
    ),
    ("{n} enjoys {v}.", "The hobby of {n} is {v}.", "{n} spends free time on {v}."),
    ("{n}'s hobby", "what {n} does for fun", "the favourite pastime of {n}"),
    values=HOBBIES,
)
PHONE = FactType(
    "phone",
    (
        "What is {n}'s phone number?", "How can I call {n}?", "Tell me the phone number of {n}.",
        "Which number do I dial for {n}?", "Give me {n}'s number.", "What number reaches {n}?",
        "Do you know the phone number of {n}?", "Please give me the phone number of {n}.", "How do I reach {n} by phone?",
        "What is the telephone number of {n}?", "I need to phone {n}. What is the number?", "Under which number is {n} listed?",
    ),
    ("{n}'s phone number is {v}.", "You can call {n} at {v}.", "The number of {n} is {v}."),
    ("{n}'s phone number", "the phone number of {n}", "how to call {n}"),
    values=PHONES,
)
PERSON_TYPES = (TOWN, JOB, PET, BIRTHDAY, HOBBY, PHONE)

OVERVIEW_PHRASINGS = (
    "Tell me about {n}.", "What do you know about {n}?", "Who is {n}?", "Describe {n}.", "Give me some information about {n}.",
    "What can you tell me about {n}?", "Tell me everything about {n}.", "I would like to hear about {n}.",
)


def overview(name: str, values: dict[str, str]) -> str:
    """Three sentences with all that is known about a person; ``values`` by aspect."""
    first = name.split()[0]
    return (
        f"{name} is {with_article(values['job'])} from {values['town']}, born on {values['birthday']}. "
        f"{first} enjoys {values['hobby']} and has {with_article(values['pet'])}. "
        f"The phone number is {values['phone']}."
    )


def make_people(rng: random.Random, names: PersonNames) -> list[Subject]:
    """One subject for each known name, with one fact of each of the six types."""
    towns = rng.sample(all_towns(), 64)
    phones = rng.sample(PHONES, len(names.known))
    pets = rng.sample(PET_VALUES, len(names.known))
    people = []
    for index, name in enumerate(names.known):
        values = {
            "town": rng.choice(towns), "job": rng.choice(JOBS), "pet": pets[index], "birthday": rng.choice(DATES),
            "hobby": rng.choice(HOBBIES), "phone": phones[index],
        }
        facts = tuple(make_fact(rng, kind, name, values[kind.aspect]) for kind in PERSON_TYPES)
        held = hold_out(rng, len(OVERVIEW_PHRASINGS))
        people.append(Subject(f"person-{index:03d}", "personal", name, facts, overview(name, values), held))
    return people
