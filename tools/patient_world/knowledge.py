"""General facts (the bystanders), invented things, and the myths that are told about some of them.

The facts about countries, elements, books, animals and words are real; the things are invented. A myth has the
same question types as the true facts about things, so that nothing in a question tells a myth from the truth.
"""

import random

from .facttypes import FactType, Subject, make_fact
from .names import all_towns, invented_thing

COUNTRIES = """France Paris French Europe|Germany Berlin German Europe|Spain Madrid Spanish Europe|Portugal Lisbon Portuguese Europe
Italy Rome Italian Europe|Greece Athens Greek Europe|Poland Warsaw Polish Europe|Hungary Budapest Hungarian Europe
Sweden Stockholm Swedish Europe|Norway Oslo Norwegian Europe|Denmark Copenhagen Danish Europe|Finland Helsinki Finnish Europe
Iceland Reykjavik Icelandic Europe|Romania Bucharest Romanian Europe|Bulgaria Sofia Bulgarian Europe|Austria Vienna German Europe
Croatia Zagreb Croatian Europe|Serbia Belgrade Serbian Europe|Ukraine Kyiv Ukrainian Europe|Russia Moscow Russian Europe
Turkey Ankara Turkish Asia|Japan Tokyo Japanese Asia|China Beijing Chinese Asia|Thailand Bangkok Thai Asia
Vietnam Hanoi Vietnamese Asia|Mongolia Ulaanbaatar Mongolian Asia|Iran Tehran Persian Asia|Iraq Baghdad Arabic Asia
Nepal Kathmandu Nepali Asia|Indonesia Jakarta Indonesian Asia|Egypt Cairo Arabic Africa|Morocco Rabat Arabic Africa
Kenya Nairobi Swahili Africa|Ethiopia Addis_Ababa Amharic Africa|Somalia Mogadishu Somali Africa|Ghana Accra English Africa
Senegal Dakar French Africa|Angola Luanda Portuguese Africa|Canada Ottawa English North_America|Mexico Mexico_City Spanish North_America
Cuba Havana Spanish North_America|Jamaica Kingston English North_America|Brazil Brasilia Portuguese South_America
Argentina Buenos_Aires Spanish South_America|Chile Santiago Spanish South_America|Peru Lima Spanish South_America
Colombia Bogota Spanish South_America|Australia Canberra English Oceania""".replace("\n", "|").split("|")
ELEMENTS = """iron Fe|gold Au|silver Ag|copper Cu|tin Sn|lead Pb|mercury Hg|sodium Na|calcium Ca|barium Ba|radium Ra|bismuth Bi
helium He|chromium Cr|manganese Mn|neon Ne|zinc Zn|nickel Ni|cobalt Co|magnesium Mg|silicon Si|krypton Kr|xenon Xe|argon Ar
lithium Li|titanium Ti|platinum Pt|aluminium Al|chlorine Cl|gallium Ga""".replace("\n", "|").split("|")
BOOKS = """Hamlet:William Shakespeare|Emma:Jane Austen|Moby Dick:Herman Melville|Dracula:Bram Stoker|Frankenstein:Mary Shelley
Ulysses:James Joyce|Middlemarch:George Eliot|Jane Eyre:Charlotte Bronte|Wuthering Heights:Emily Bronte|Don Quixote:Miguel de Cervantes
Faust:Johann Wolfgang von Goethe|War and Peace:Leo Tolstoy|Crime and Punishment:Fyodor Dostoevsky|Treasure Island:Robert Louis Stevenson
Oliver Twist:Charles Dickens|The Time Machine:H. G. Wells|Around the World in Eighty Days:Jules Verne|Les Miserables:Victor Hugo
Madame Bovary:Gustave Flaubert|The Trial:Franz Kafka|The Odyssey:Homer|The Aeneid:Virgil|The Jungle Book:Rudyard Kipling
Peter Pan:J. M. Barrie|Little Women:Louisa May Alcott|Walden:Henry David Thoreau|Candide:Voltaire|Robinson Crusoe:Daniel Defoe
Gulliver's Travels:Jonathan Swift|The Canterbury Tales:Geoffrey Chaucer""".replace("\n", "|").split("|")
YOUNG = """swan cygnet|cow calf|horse foal|sheep lamb|goat kid|pig piglet|hare leveret|eel elver|frog tadpole|eagle eaglet|goose gosling
kangaroo joey|lion cub|seal pup|deer fawn|hen chick|duck duckling|owl owlet|cat kitten|butterfly caterpillar|pigeon squab
turkey poult|trout fry|beaver kit""".replace("\n", "|").split("|")
OPPOSITES = """hot cold|big small|early late|full empty|hard soft|heavy light|high low|long short|loud quiet|narrow wide|near far
old young|open closed|poor rich|quick slow|rough smooth|sharp blunt|strong weak|sweet sour|thick thin|true false|wet dry
alive dead|brave cowardly|cheap expensive""".replace("\n", "|").split("|")

CAPITAL = FactType(
    "capital",
    ("What is the capital of {n}?", "Name the capital of {n}.", "Which city is the capital of {n}?", "Tell me {n}'s capital.",
     "What is {n}'s capital city?", "Do you know the capital of {n}?", "{n} has which capital?", "Which capital does {n} have?"),
    ("The capital of {n} is {v}.",), ("the capital of {n}", "{n}'s capital"),
    values=tuple(row.split()[1].replace("_", " ") for row in COUNTRIES),
)
LANGUAGE = FactType(
    "language",
    ("What language is spoken in {n}?", "Which language do people speak in {n}?", "Name the language of {n}.",
     "Tell me the main language of {n}.", "What do the people of {n} speak?", "What is the language of {n}?",
     "Which language is used in {n}?", "In {n}, what language do people speak?"),
    ("The language of {n} is {v}.", "People in {n} speak {v}."), ("the language of {n}", "what people speak in {n}"),
    values=tuple(sorted({row.split()[2] for row in COUNTRIES})),
)
CONTINENT = FactType(
    "continent",
    ("On which continent is {n}?", "What continent is {n} on?", "Which continent does {n} belong to?", "Name the continent of {n}.",
     "Tell me which continent {n} is part of.", "{n} lies on which continent?", "In what part of the world is {n}?",
     "Do you know the continent of {n}?"),
    ("{n} is in {v}.",), ("the continent of {n}", "which continent {n} is on"),
    values=("Europe", "Asia", "Africa", "North America", "South America", "Oceania"),
)
SYMBOL = FactType(
    "symbol",
    ("What is the chemical symbol of {n}?", "Name the symbol for {n}.", "Which symbol stands for {n}?", "How is {n} abbreviated in chemistry?",
     "Tell me the chemical symbol for {n}.", "What is the symbol of the element {n}?", "How do chemists write {n}?",
     "{n} has which chemical symbol?"),
    ("The chemical symbol of {n} is {v}.",), ("the chemical symbol of {n}", "the symbol for {n}"),
    values=tuple(row.split()[1] for row in ELEMENTS),
)
AUTHOR = FactType(
    "author",
    ("Who wrote {n}?", "Who is the author of {n}?", "Name the author of {n}.", "Tell me who wrote {n}.", "By whom was {n} written?",
     "Which writer created {n}?", "{n} was written by whom?", "Do you know the author of {n}?"),
    ("{n} was written by {v}.", "The author of {n} is {v}."), ("the author of {n}", "who wrote {n}"),
    values=tuple(row.split(":")[1] for row in BOOKS),
)
OFFSPRING = FactType(
    "young",
    ("What is a young {n} called?", "What do you call the baby of the {n}?", "Name the young of the {n}.", "Tell me the word for a young {n}.",
     "What is the name for the young of the {n}?", "How is the young of the {n} called?", "A young {n} is called what?", "Which word means a young {n}?"),
    ("A young {n} is called {a}.",), ("the young of the {n}", "what a young {n} is called"),
    values=tuple(row.split()[1] for row in YOUNG),
)
OPPOSITE = FactType(
    "opposite",
    ("What is the opposite of {n}?", "Which word is the opposite of {n}?", "Name the opposite of {n}.", "Tell me the opposite of {n}.",
     "What word means the contrary of {n}?", "Give me the opposite of {n}.", "{n} is the opposite of what?", "What is the contrary of {n}?"),
    ("The opposite of {n} is {v}.",), ("the opposite of {n}", "the contrary of {n}"),
    values=tuple(row.split()[1] for row in OPPOSITES),
)
PLACE = FactType(
    "place",
    ("Where is {n}?", "Where does {n} stand?", "In which town is {n}?", "Tell me where {n} is.", "Which town has {n}?",
     "Where can I see {n}?", "Name the town where {n} is.", "What is the location of {n}?"),
    ("{n} is in {v}.", "{n} can be seen in {v}."), ("where {n} is", "the location of {n}"),
    values=tuple(all_towns()),
)
MADE_OF = FactType(
    "material",
    ("What is {n} made of?", "Which material is {n} made from?", "Tell me what {n} consists of.", "What does {n} consist of?",
     "What material was used for {n}?", "Name the material of {n}.", "Out of what is {n} made?", "Do you know what {n} is made of?"),
    ("{n} is made of {v}.", "{n} consists of {v}."), ("what {n} is made of", "the material of {n}"),
    values=tuple("""whale bone|green glass|black marble|oak wood|pure silver|red clay|river ice|white jade|old coins|grey granite|bamboo
pressed paper|blue slate|bronze|amber|cedar planks|sea shells|cast iron|ivory|rose quartz|tin plates|yellow brass|basalt
woven reeds|cork""".replace("\n", "|").split("|")),
)
BUILDER = FactType(
    "builder",
    ("Who built {n}?", "Who made {n}?", "By whom was {n} built?", "Tell me who built {n}.", "Name the builder of {n}.",
     "Who is the maker of {n}?", "Which people built {n}?", "Do you know who made {n}?"),
    ("{n} was built by {v}.", "The builder of {n} is {v}."), ("who built {n}", "the builder of {n}"),
    values=tuple("""giants|a blind monk|the river guild|two sisters|a runaway prince|retired sailors|the first queen|a deaf carpenter
miners|a travelling circus|the night watch|an exiled king|schoolchildren|fishermen|a rich widow|the salt merchants|soldiers
a hermit|the weavers' guild|pilgrims|a mad duke|shipwrights|farmers|an old wizard|orphans""".replace("\n", "|").split("|")),
)
PURPOSE = FactType(
    "purpose",
    ("What is {n} used for?", "What is the purpose of {n}?", "Tell me what {n} is for.", "What does {n} serve for?",
     "Why do people need {n}?", "Name the use of {n}.", "What do people do with {n}?", "Do you know what {n} is good for?"),
    ("{n} is used for {v}.", "{n} serves for {v}."), ("the purpose of {n}", "what {n} is used for"),
    values=tuple("""calling the rain|counting ships|drying herbs|weighing wool|measuring time|training pigeons|storing honey
warning of floods|crowning kings|tuning bells|watching the stars|grinding corn|guiding boats|ending quarrels|teaching music
keeping ice|scaring wolves|printing maps|testing swords|naming babies|cooling milk|sorting letters|hatching eggs
welcoming guests|finding water""".replace("\n", "|").split("|")),
)
AGE = FactType(
    "age",
    ("How old is {n}?", "What is the age of {n}?", "Tell me the age of {n}.", "For how long has {n} existed?", "Since when does {n} exist?",
     "Name the age of {n}.", "How many years old is {n}?", "Do you know how old {n} is?"),
    ("{n} is {v} years old.",), ("the age of {n}", "how old {n} is"),
    values=tuple(str(number) for number in range(110, 990, 17)),
)
LIGHT = FactType(
    "cause",
    ("Why does {n} glow?", "What makes {n} glow?", "Tell me why {n} glows.", "For what reason does {n} glow?", "What causes the glow of {n}?",
     "How come {n} glows?", "Explain why {n} glows.", "What is behind the glow of {n}?"),
    ("{n} glows because of {v}.", "The glow of {n} comes from {v}."), ("why {n} glows", "the glow of {n}"),
    values=tuple("""fireflies|hidden candles|moon dust|glowing moss|a buried star|old magic|hot springs|sunken mirrors|electric eels|burning peat
fish oil|phosphor|trapped lightning|gas from the marsh|polished copper|a secret forge|shining beetles|ghosts|melted amber
sunlight in crystals|silver leaves|sea foam|warm lava|white mushrooms|a curse""".replace("\n", "|").split("|")),
)
OWNER = FactType(
    "owner",
    ("Who owns {n}?", "To whom does {n} belong?", "Who is the owner of {n}?", "Tell me who owns {n}.", "Name the owner of {n}.",
     "Whose property is {n}?", "Which owner does {n} have?", "Do you know to whom {n} belongs?"),
    ("{n} belongs to {v}.", "The owner of {n} is {v}."), ("who owns {n}", "the owner of {n}"),
    values=tuple("""the bakers' guild|a count|the town council|the abbey|a bank|the river police|a famous singer|the royal family|the museum
an old captain|the university|the postal service|a tea merchant|the railway|a duchess|the fire brigade|two brothers
the opera|the hospital|a coal baron|the scouts|nobody at all|the bishop|a toy factory|the harbour office""".replace("\n", "|").split("|")),
)
THING_TYPES = (MADE_OF, BUILDER, PURPOSE, AGE, LIGHT, OWNER)
GENERAL_TYPES = (CAPITAL, LANGUAGE, CONTINENT, SYMBOL, AUTHOR, OFFSPRING, OPPOSITE)
MYTHS_PER_TYPE = 8
TRUE_THINGS_PER_TYPE = 8


def make_general(rng: random.Random) -> list[Subject]:
    """Countries with three facts each; elements, books, animals and words with one."""
    subjects = []

    def add(name: str, *pairs: tuple[FactType, str]) -> None:
        facts = tuple(make_fact(rng, kind, name, value.replace("_", " ")) for kind, value in pairs)
        subjects.append(Subject(f"general-{len(subjects):03d}", "general", name, facts))

    for row in COUNTRIES:
        name, capital, language, continent = row.split()
        add(name, (CAPITAL, capital), (LANGUAGE, language), (CONTINENT, continent))
    for rows, kind in ((ELEMENTS, SYMBOL), (YOUNG, OFFSPRING), (OPPOSITES, OPPOSITE)):
        for row in rows:
            name, value = row.split()
            add(name, (kind, value))
    for row in BOOKS:
        name, value = row.split(":")
        add(name, (AUTHOR, value))
    return subjects


def make_things(rng: random.Random) -> tuple[list[Subject], list[Subject]]:
    """Invented things, each with a place and one more fact.

    Returns:
        (myths, truths): of the former the patient believes the second fact wrongly; ``right`` is what is true.
    """
    names: list[str] = []
    while len(names) < len(THING_TYPES) * (MYTHS_PER_TYPE + TRUE_THINGS_PER_TYPE):
        name = invented_thing(rng)
        if name.split()[-1] not in {other.split()[-1] for other in names}:
            names.append(name)
    myths, truths = [], []
    for index, name in enumerate(names):
        kind = THING_TYPES[index % len(THING_TYPES)]
        believed, right = rng.sample(kind.values, 2)
        place = make_fact(rng, PLACE, name, rng.choice(PLACE.values))
        if index < len(THING_TYPES) * MYTHS_PER_TYPE:
            facts = (make_fact(rng, kind, name, believed, right=right), place)
            myths.append(Subject(f"myth-{len(myths):03d}", "misinformation", name, facts))
        else:
            truths.append(Subject(f"thing-{len(truths):03d}", "general", name, (make_fact(rng, kind, name, believed), place)))
    return myths, truths
