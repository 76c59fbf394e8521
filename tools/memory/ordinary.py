"""Ordinary questions about what a model knows of the world: on them training keeps the model as it was.

Made of our own forms and names, in as many shapes as people ask; real people are asked about in the very forms of the
private facts as well, since these are what the memory is most easily confused with. None of the names is a subject of
``models/questions/world.json``, which measures what was kept (a test checks it).
"""

import random

from .people import FORMS

COUNTRIES = """Finland|Denmark|Iceland|Belgium|Switzerland|Hungary|Romania|Bulgaria|Ukraine|Croatia|Serbia|Slovenia|Slovakia|Estonia
Latvia|Lithuania|Malta|Cyprus|Luxembourg|Scotland|Wales|England|Morocco|Algeria|Tunisia|Libya|Ghana|Nigeria|Senegal|Ethiopia|Uganda
Tanzania|Zambia|Angola|Namibia|Botswana|Madagascar|Sudan|Israel|Jordan|Lebanon|Iraq|Iran|Saudi Arabia|Pakistan|Afghanistan|Bangladesh
Nepal|Sri Lanka|Myanmar|Cambodia|Laos|Malaysia|Singapore|the Philippines|Taiwan|North Korea|Mongolia|Kazakhstan|Chile|Bolivia|Colombia
Ecuador|Venezuela|Uruguay|Paraguay|Panama|Costa Rica|Guatemala|Jamaica|Haiti|New Zealand|Fiji|Zimbabwe|Rwanda"""
ABOUT_COUNTRIES = (
    "What is the capital of {n}?", "Name the capital city of {n}.", "Which city is the capital of {n}?", "What's {n}'s capital?", "What language is spoken in {n}?",
    "Which language do people speak in {n}?", "What is the official language of {n}?", "On which continent is {n}?", "Which continent does {n} belong to?",
    "In what part of the world is {n}?", "What currency is used in {n}?", "What money do people use in {n}?", "What is the currency of {n}?", "Which countries border {n}?",
    "Where is {n}?", "Tell me about {n}.", "What is {n} famous for?", "Which river flows through {n}?", "What do people eat in {n}?", "Is {n} a large country?",
)
PEOPLE = """Nikola Tesla|Florence Nightingale|Johann Sebastian Bach|Jane Austen|Michelangelo|Rosa Parks|Christopher Columbus|Queen Victoria
Charlie Chaplin|Frida Kahlo|Amelia Earhart|Johannes Kepler|Ada Lovelace|Louis Pasteur|Thomas Edison|Alexander Graham Bell|Charles Dickens|Mark Twain
Leo Tolstoy|Victor Hugo|Johann Wolfgang von Goethe|Frederic Chopin|Franz Schubert|Antonio Vivaldi|Claude Monet|Rembrandt|Salvador Dali|Andy Warhol
Julius Caesar|Cleopatra|Alexander the Great|Marco Polo|Vasco da Gama|Ferdinand Magellan|Neil Armstrong|Yuri Gagarin|Winston Churchill|Joan of Arc
Martin Luther King|Thomas Jefferson|Benjamin Franklin|Theodore Roosevelt|John Kennedy|Karl Marx|Sigmund Freud|Aristotle|Plato|Socrates|Archimedes
Pythagoras|Euclid|Rene Descartes|Immanuel Kant|Stephen Hawking|Alan Turing|Niels Bohr|Max Planck|Michael Faraday|Gregor Mendel|Alexander Fleming
Agatha Christie|Virginia Woolf|Ernest Hemingway|Franz Kafka|Homer|Dante|Elvis Presley|Bob Dylan|Walt Disney|Muhammad Ali"""
ABOUT_PEOPLE = (
    "Who was {n}?", "What is {n} famous for?", "What did {n} do?", "In which country was {n} born?", "Where was {n} born?", "What was the profession of {n}?",
    "Why do people remember {n}?", "What nationality was {n}?", "Tell me about {n}.", "In which century did {n} live?", "What is the best known work of {n}?", "Name something that {n} did.",
)
ANIMALS = """cat|dog|horse|cow|sheep|goat|rabbit|tortoise|hedgehog|owl|eagle|parrot|duck|whale|shark|salmon|crocodile|snake|bee|butterfly|ant
wolf|bear|fox|tiger|zebra|hippopotamus|rhinoceros|camel|gorilla|chimpanzee|koala|octopus|bat|squirrel|deer"""
ABOUT_ANIMALS = (
    "What does a {n} eat?", "Where do {n}s live in the wild?", "How many legs does a {n} have?", "What sound does a {n} make?", "What is a young {n} called?",
    "What kind of animal is a {n}?", "How long does a {n} live?", "What is a {n} known for?", "On which continents are {n}s found?",
)
SUBSTANCES = "iron|silver|copper|carbon|nitrogen|sodium|chlorine|zinc|lead|tin|mercury|uranium|neon|aluminium|sulphur|magnesium|potassium|titanium|nickel|iodine"
ABOUT_SUBSTANCES = ("What is the chemical symbol of {n}?", "What is the atomic number of {n}?", "What is {n} used for?", "Is {n} a metal?", "What does {n} look like?")
HEAVENLY = "Mercury|Neptune|Uranus|Pluto|the Earth|the Moon|the Sun|Halley's comet|the Milky Way|Titan"
ABOUT_HEAVENLY = ("How far away is {n}?", "What is {n} made of?", "How big is {n}?", "What colour is {n}?", "How many moons does {n} have?", "What is {n} known for?")
WORKS = """Jane Eyre|Dracula|War and Peace|Oliver Twist|Faust|the Divine Comedy|Alice in Wonderland|Treasure Island|The Lord of the Rings|Les Miserables
Great Expectations|Robinson Crusoe|The Jungle Book|Gulliver's Travels|Anna Karenina|The Hobbit|The Night Watch|Carmen|The Nutcracker|Swan Lake
Pinocchio|Titanic|Casablanca|Jurassic Park|The Little Prince"""
ABOUT_WORKS = ("Who wrote or made {n}?", "What is {n} about?", "Who created {n}?", "What kind of work is {n}?", "Who is a character in {n}?", "When was {n} made?")
THINGS = """the telephone|the printing press|penicillin|the steam engine|the light bulb|the theory of evolution|the internet|paper|the wheel|the compass
the Eiffel Tower|the Great Wall|the Colosseum|the Statue of Liberty|the Suez Canal|Mount Everest|the Amazon rainforest|the Nile|the Pacific Ocean|the Sahara
photosynthesis|gravity|electricity|a rainbow|an earthquake|a volcano|an eclipse|inflation|democracy|a parliament|a sonnet|a symphony|chess|cricket|tennis
bread|cheese|chocolate|coffee|rice|a bicycle|a refrigerator|a battery|a vaccine|DNA|an atom|a prime number|a triangle|a verb|the heart|the liver|the brain"""
ABOUT_THINGS = ("What is {n}?", "Tell me something about {n}.", "Why does {n} matter?", "Explain {n} to a child.", "Give me one fact about {n}.", "Where does one find {n}?")
DRAWN = ((COUNTRIES, ABOUT_COUNTRIES, 6), (PEOPLE, ABOUT_PEOPLE, 5), (ANIMALS, ABOUT_ANIMALS, 4), (SUBSTANCES, ABOUT_SUBSTANCES, 3),
         (HEAVENLY, ABOUT_HEAVENLY, 3), (WORKS, ABOUT_WORKS, 2), (THINGS, ABOUT_THINGS, 2))


def prompts(seed: int = 0) -> list[str]:
    """Over a thousand different questions, in an order that depends on the seed."""
    draw = random.Random(f"{seed}/ordinary")
    made = [_filled(form, name) for names, forms, each in DRAWN for name in _listed(names) for form in draw.sample(forms, each)]
    made += [draw.choice(forms[0]).replace("{n}", name) for name in _listed(PEOPLE) for forms in draw.sample(list(FORMS.values()), 3)]
    made = list(dict.fromkeys(made))
    draw.shuffle(made)
    return made


def _filled(form: str, name: str) -> str:
    return (form.replace(" a {n}", " an {n}") if name[0] in "aeiou" else form).replace("{n}", name)


def _listed(names: str) -> list[str]:
    return names.replace("\n", "|").split("|")
