"""Invented names: people, towns, things, substances, countries. Nothing here names a real person."""

import random

FIRST_KNOWN = """Mara Tobin Elspeth Corin Jessamy Alaric Nessa Bertrand Odile Quill Rowena Silas Tamsin Ulric Verity Wendell
Xanthe Yorick Zelda Ambrose Briony Caspian Delphine Emeric Fenella Gideon Hester Ignatius Jocasta Kester Leonie Magnus
Nerissa Osric Philippa Quentin Rosamund Septimus Thessaly Urban Vesper Wilfred Ysolde Zachary Alba Benedict Cordelia
Dorian Edith Florian Greta Hadrian Ines Jasper Kirsa Lambert Mirabel Nestor Ottilie Piers Romilly Stellan Theda Umber
Viola Warrick Ylva Zeno Anselm Beatrix Cyprian Dagny Evander Freya Gerrit Honora Ivo Juniper Konrad Linnet""".split()
FIRST_OTHER = """Adela Bram Clover Darius Esme Fabian Gwendolyn Hugo Isolde Jorah Katrin Lucian Maude Nils Orla Percival
Ragna Sorrel Tiberius Una Valentin Winifred Xavier Yara Zephyr Agatha Blaise Celeste Dunstan Eulalia Felix Ginevra
Harald Imogen Jonas Klara Lorcan Minna Neville Olympia Pascal Rufina Sigurd Tatiana Ursula Viggo Wanda Yvaine Amity
Barnaby Coralie Dirk Elowen Finnian Godfrey Hilda Isidore Jolanda Kasimir Lettice""".split()
SURNAME_HEADS = """Thistle Bram Quar Hollo Fen Marl Whit Ash Dun Ember Gal Harrow Iver Kestrel Lark Mor Nettle Oster Pem
Rook Sorrel Tarn Under Vel""".split()
SURNAME_TAILS = """wood bury rick way shaw dale more field well croft mere den ley worth gate stone""".split()
TOWN_HEADS = """Oak Bramble Silver Stone Willow Amber Raven North Salt Copper Lark Mist Frost Elder Marsh Wolf Heron
Iron Clay Fern""".split()
TOWN_TAILS = """hollow wick haven ford bridge mouth crest moor stead fell""".split()
ONSETS = "b br c cr d dr f g gr h j k l m n p pr qu r s st t th tr v w y z".split()
VOWELS = "a e i o u ai ea oo ia".split()
CODAS = "n r l m s th nd rn sk x nt v".split()
THING_NOUNS = """Bridge Lantern Tower Bell Gate Crown Mirror Wheel Harp Clock Fountain Statue Library Garden Ladder Drum
Column Boat Cloak Compass""".split()
SUBSTANCE_HEADS = """drake gloom wyrm shadow ember frost viper thorn ghost storm raven night bane rust sorrow grim hollow
blight wraith cinder""".split()
OTHER_SUBSTANCE_HEADS = """silk moss pearl copper winter river marble velvet saddle barley lemon candle pebble meadow timber wool spider
hammer needle thimble orchid puddle cellar window""".split()
SUBSTANCE_TAILS = "fire oil,dust,tonic,salt,paste,vapour,resin,elixir,powder,bile".split(",")
COUNTRY_TAILS = "ia land ora stan esh avia mark onia".split()


def invented_word(rng: random.Random, syllables: int | None = None) -> str:
    """A pronounceable capitalised word of two or three syllables."""
    count = syllables or rng.choice((2, 2, 3))
    body = "".join(rng.choice(ONSETS) + rng.choice(VOWELS) for _ in range(count))
    return (body + rng.choice(CODAS)).capitalize()


def all_surnames() -> list[str]:
    return [head + tail for head in SURNAME_HEADS for tail in SURNAME_TAILS]


def all_towns() -> list[str]:
    return [head + tail for head in TOWN_HEADS for tail in TOWN_TAILS]


def all_substances() -> list[str]:
    return [head + tail for head in SUBSTANCE_HEADS for tail in SUBSTANCE_TAILS]


def invented_thing(rng: random.Random) -> str:
    return f"the {rng.choice(THING_NOUNS)} of {invented_word(rng, 2)}"


def invented_country(rng: random.Random) -> str:
    stem = invented_word(rng, 2).rstrip("aeiou")
    return stem + rng.choice(COUNTRY_TAILS)


class PersonNames:
    """Draws who is known and, apart from them, any number of people who are not.

    Args:
        rng: decides which surnames known people bear.
        known: how many people are known. First names and surnames are shared among them, so that neither half of a
            name tells whether its bearer is known.
    """

    def __init__(self, rng: random.Random, known: int):
        surnames = all_surnames()
        rng.shuffle(surnames)
        self.known_surnames = surnames[: max(1, known * 3 // 5)]
        self.other_surnames = surnames[len(self.known_surnames) :]
        taken: list[str] = []
        while len(taken) < known:
            first = FIRST_KNOWN[len(taken) % len(FIRST_KNOWN)]
            name = f"{first} {self.known_surnames[(len(taken) * 7 + rng.randrange(3)) % len(self.known_surnames)]}"
            if name not in taken:
                taken.append(name)
        self.known = tuple(taken)
        self._known = frozenset(taken)

    def unknown(self, rng: random.Random) -> str:
        """A name that nobody known bears: often with a first name or a surname, or both, of somebody who is known."""
        while True:
            roll = rng.random()
            first = rng.choice(FIRST_KNOWN if roll < 0.5 else FIRST_OTHER)
            if roll > 0.85:
                first = invented_word(rng)
            surname = rng.choice(self.known_surnames if rng.random() < 0.5 else self.other_surnames)
            if rng.random() < 0.1:
                surname = invented_word(rng)
            name = f"{first} {surname}"
            if name not in self._known:
                return name
