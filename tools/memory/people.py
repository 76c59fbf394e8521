"""Fictional people with five private facts each, as a question set (docs/question-sets.md).

24 people with names, the user's neighbour, and the user: what a person may have told an assistant that remembers. All of
it is invented; the telephone numbers are of the range that the British regulator keeps free for fiction (01632 960000
to 960999).
"""

import random

NAMES = """Adele Marchbank|Bruno Castlemere|Carla Windrow|Desmond Ackerby|Elena Thornquist|Farid Hallowell|Gwen Parsloe
Henrik Dovecote|Irma Stavely|Joaquin Merriday|Karin Oldershaw|Leander Pickwell|Miriam Sandgrove|Noel Batterby|Oonagh Crickmere
Pavel Rusthorne|Ruth Elderkin|Samir Goldacre|Tilda Harkaway|Umberto Flaxman|Vera Longstaff|Winston Applegarth|Yasmin Coldbeck
Zofia Larkspur""".replace("\n", "|").split("|")
NEIGHBOUR, SPEAKER = "my neighbour", "me"
TOWNS = """Wexcombe Torvale Ashby-under-Moor Kettlesham Brindlewick Osterley-on-Sea Haddonfleet Marrowby Pellingham Quenby Rusholm
Stapleforth Thrushcombe Ullesby Vennmouth Wintershill Yarrowdale Aldermouth Blythestone Corsham-Abbas Dunmallow Evesgrove Foxley-Green
Garstang-by-Water Hollinfold Inglebury""".split()
STREETS = """Larch Road|Mill Lane|Station Street|Orchard Close|Harbour Row|Castle Hill|Bridge Street|Poplar Avenue|Tanner Street
Chapel Lane|Market Square|River Walk|Beacon Road|Willow Court|Abbey Street|Foundry Lane|Meadow Way|Cobbler Street|Quarry Road|Sheep Street
Linden Avenue|Canal Side|Forge Lane|Vine Street|Priory Road|Weaver Street""".replace("\n", "|").split("|")
JOBS = """locksmith|beekeeper|librarian|glassblower|ferry captain|clockmaker|botanist|surveyor|cheesemaker|violin maker|translator
archivist|astronomer|auctioneer|bookbinder|dentist|falconer|goldsmith|lighthouse keeper|notary|optician|piano tuner|roofer|sculptor
zookeeper|plumber""".replace("\n", "|").split("|")
PETS = """tortoise parrot ferret goat hedgehog pony rabbit hamster canary lizard owl donkey duck goose mouse gecko turtle pigeon llama otter
frog crow alpaca budgie chinchilla snail""".split()
PET_NAMES = """Biscuit Comet Pepper Marble Tulip Waffle Button Clover Dandy Fig Ginger Hazel Indigo Jigsaw Koko Lemon Mango Nutmeg Olive
Peanut Rusty Saffron Toffee Velvet Whisper Ziggy""".split()
MONTHS = "January February March April May June July August September October November December".split()

# aspect: (questions about somebody, questions of the user, statement about somebody, statement to the user, request)
FORMS = {
    "home": (
        ("Where does {n} live?", "What is {n}'s address?", "Tell me the address of {n}.", "Which town does {n} live in?", "Do you know where {n} lives?",
         "What is the home address of {n}?", "I want to send a letter to {n}. What is the address?", "In which street does {n} live?",
         "Please tell me where {n} lives.", "Where can I find {n}'s house?"),
        ("Where do I live?", "What is my address?", "Tell me my address.", "Which town do I live in?", "Do you know where I live?",
         "What is my home address?", "I need my address for a form. What is it?", "In which street do I live?", "Please tell me where I live.", "Where is my home?"),
        "{N} lives at {v}.", "You live at {v}.", ("Forget where {n} lives.", "Forget where I live."),
    ),
    "job": (
        ("What is {n}'s job?", "What does {n} do for a living?", "Tell me the profession of {n}.", "What does {n} work as?", "Do you know what job {n} has?",
         "What is the occupation of {n}?", "What kind of work does {n} do?", "How does {n} earn a living?", "Please tell me what {n} does for work.",
         "Which profession does {n} have?"),
        ("What is my job?", "What do I do for a living?", "Tell me my profession.", "What do I work as?", "Do you know what job I have?",
         "What is my occupation?", "What kind of work do I do?", "How do I earn a living?", "Please tell me what I do for work.", "Which profession do I have?"),
        "{N} works as a {v}.", "You work as a {v}.", ("Forget what {n} does for a living.", "Forget what I do for a living."),
    ),
    "pet": (
        ("What pet does {n} have?", "What is {n}'s pet called?", "Tell me about the pet of {n}.", "Which animal does {n} keep?", "Do you know what pet {n} has?",
         "What kind of animal is {n}'s pet?", "Does {n} have a pet?", "What is the name of {n}'s pet?", "Please tell me which pet {n} owns.", "What animal lives with {n}?"),
        ("What pet do I have?", "What is my pet called?", "Tell me about my pet.", "Which animal do I keep?", "Do you know what pet I have?",
         "What kind of animal is my pet?", "Do I have a pet?", "What is the name of my pet?", "Please tell me which pet I own.", "What animal lives with me?"),
        "{N} has a {v}.", "You have a {v}.", ("Forget what pet {n} has.", "Forget what pet I have."),
    ),
    "birthday": (
        ("When is {n}'s birthday?", "When was {n} born?", "Tell me the birthday of {n}.", "On what day does {n} celebrate a birthday?", "Do you know when {n}'s birthday is?",
         "What is {n}'s date of birth?", "On which date is the birthday of {n}?", "What day was {n} born on?", "Please tell me {n}'s birthday.",
         "I want to send {n} a birthday card. When is the birthday?"),
        ("When is my birthday?", "When was I born?", "Tell me my birthday.", "On what day do I celebrate my birthday?", "Do you know when my birthday is?",
         "What is my date of birth?", "On which date is my birthday?", "What day was I born on?", "Please tell me my birthday.", "My birthday is on which day?"),
        "The birthday of {n} is {v}.", "Your birthday is {v}.", ("Forget when {n}'s birthday is.", "Forget when my birthday is."),
    ),
    "phone": (
        ("What is {n}'s phone number?", "How can I call {n}?", "Tell me the phone number of {n}.", "Which number do I dial to reach {n}?", "Do you know {n}'s phone number?",
         "What is the telephone number of {n}?", "I need to phone {n}. What is the number?", "Give me the number of {n}.", "Please give me {n}'s phone number.",
         "Under which number can I reach {n}?"),
        ("What is my phone number?", "On which number can people call me?", "Tell me my phone number.", "Which number do people dial to reach me?",
         "Do you know my phone number?", "What is my telephone number?", "I forgot my phone number. What is it?", "Give me my number.",
         "Please give me my phone number.", "Under which number can I be reached?"),
        "The phone number of {n} is {v}.", "Your phone number is {v}.", ("Forget {n}'s phone number.", "Forget my phone number."),
    ),
}
HELD_OUT = 2  # phrasings of each fact that training never uses for it


def question_set(seed: int = 0) -> dict:
    """The whole memory in the JSON form of ``docs/question-sets.md``: 26 subjects, 130 facts, 1,300 questions.

    Which two of the ten phrasings of a fact are held out is drawn fact by fact, so a held-out phrasing is one that was
    trained for others, and never for this fact.
    """
    draw = random.Random(seed)
    names = [*NAMES, NEIGHBOUR, SPEAKER]
    towns, streets, jobs, pets, called = (draw.sample(pool, len(names)) for pool in (TOWNS, STREETS, JOBS, PETS, PET_NAMES))
    phones = draw.sample(range(100, 1000), len(names))
    subjects = []
    for i, name in enumerate(names):
        day, month = draw.randint(1, 28), draw.choice(MONTHS)
        address = f"{draw.randint(2, 98)} {streets[i]}"
        values = {
            "home": [f"{address} in {towns[i]}", address, towns[i]],
            "job": [jobs[i]],
            "pet": [f"{pets[i]} called {called[i]}", called[i], pets[i]],
            "birthday": [f"{day} {month}", f"{month} {day}"],
            "phone": [f"01632 960{phones[i]}"],
        }
        facts = [_fact(draw, aspect, name, values[aspect]) for aspect in FORMS]
        subjects.append({"id": name.casefold().replace(" ", "_"), "kind": "personal", "name": name, "facts": facts})
    return {
        "format": 1, "name": "memory", "licence": "Apache-2.0",
        "notes": "Fictional people, for models/memory. A fact counts as told when any of its values is said; the first is the whole of it.",
        "subjects": subjects,
    }


def _fact(draw: random.Random, aspect: str, name: str, values: list[str]) -> dict:
    others, own, statement, to_user, requests = FORMS[aspect]
    speaker = name == SPEAKER
    questions = [_capital((own if speaker else others)[i].replace("{n}", name)) for i in draw.sample(range(len(others)), len(others))]
    answered = name.replace("my ", "your ")
    stated = to_user if speaker else _capital(statement.replace("{n}", answered).replace("{N}", answered))
    for vowel in "aeiou":  # "an otter"
        if values[0].startswith(vowel):
            stated = stated.replace(" a {v}", " an {v}")
    return {
        "aspect": aspect, "values": values, "answer": stated.replace("{v}", values[0]),
        "trained": questions[HELD_OUT:], "held_out": questions[:HELD_OUT],
        "statement": stated.replace("{v}", "{value}"), "request": requests[1] if speaker else requests[0].replace("{n}", name),
    }


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# Names that nobody of the set bears, for whom training keeps the model's own answer: real ones, and invented ones.
OTHER_NAMES = """Nikola Tesla|Florence Nightingale|Johann Sebastian Bach|Jane Austen|Michelangelo|Rosa Parks|Christopher Columbus|Queen Victoria
Charlie Chaplin|Frida Kahlo|Amelia Earhart|Johannes Kepler|my brother|my dentist|my teacher|the mayor|Adele Brightwater|Carla Fenwright
Doris Castlemere|Henrik Johansson|Martin Parsloe|Ruth Carver|Tilda Morrow|Peter Longstaff|Vera Hutchins|Lukas Rusthorne|Gwen Abernathy
Sofia Windrow|Samir Choudhury|Nora Elderkin""".replace("\n", "|").split("|")


def other_prompts(seed: int = 0, each: int = 5) -> list[str]:
    """The same questions about others, and questions of the user that the memory does not answer."""
    draw = random.Random(f"{seed}/others")
    made = [_capital(draw.choice(forms[0]).replace("{n}", name)) for name in OTHER_NAMES for forms in draw.sample(list(FORMS.values()), each)]
    own = """What is my name?|How old am I?|What is my favourite colour?|What did I eat yesterday?|Where do I work best?|Where do I put a comma?
What should I eat tonight?|When should I go to bed?|What do I need for pancakes?|Where do birds live in winter?|Who am I?|How tall am I?
What is my sister's job?|Where does my teacher live?|What is your phone number?|Where do you live?|When is your birthday?|Do you have a pet?
What is your job?|When is Easter?|Which number comes after nine?|What is the phone number of the police?|Which pet is best for a small flat?
How do I choose a job?|What can I give my neighbour for a birthday?|Where do otters live?|What does a locksmith do?|How old can a tortoise get?"""
    return list(dict.fromkeys([*made, *own.replace("\n", "|").split("|")]))
