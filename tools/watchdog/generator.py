"""Labelled prompts for training, composed from the phrasings and from prompts by other hands, with noise as people type it.

Each sample is a prompt text, its label, and for requests the place of the target. All choices come from one seeded
generator, so a seed gives one data set. Of the hand-written benchmark only the train part is ever given to it.
"""

import random
import re
from dataclasses import dataclass

from edge_repair.watchdog.features import CUT
from tools.watchdog.benchmark import Item
from tools.watchdog.templates import load_phrasebooks
from tools.watchdog.voices import CLOSE, OPEN, Voices

LANGUAGES = ("en", "zh", "es", "de", "fr", "hi")
VOICED = 0.35  # share of the samples that are prompts by other hands, with other targets (``voices.py``)
REQUEST_KINDS = ("harmful", "misinformation", "personal", "unspecified")
_ENGLISH_ORDINARY = {
    "howto": 1.0, "human": 1.2, "inquiry": 1.3, "language": 1.5, "reported": 1.2, "negated": 2.4, "reset": 1.5,
    "code": 1.0, "command": 1.2, "creative": 1.2, "topic": 2.4, "style": 0.8, "instead": 1.2, "third": 1.8,
    "mirror": 1.8, "drafting": 0.6,
}  # fmt: skip
_FAMILIES = {  # how often a kind of request takes a family of phrasings
    "personal": {"plain_thing": 3, "plain_about": 1.5, "plain_wh": 1, "thing": 3, "about": 1.3, "wh": 1.5,
                 "personal": 2.5, "reasoned": 2, "late": 2.5, "told": 4},
    "harmful": {"plain_how": 2, "plain_thing": 1.7, "plain_about": 0.8, "how": 3.5, "thing": 1.5, "about": 1.2,
                "able": 1, "reasoned": 2, "late": 2.5, "told": 3.5},
    "misinformation": {"plain_claim": 3, "claim": 6, "thing": 0.6, "reasoned": 0.8, "late": 0.8, "told": 0.5,
                       "mistold": 5.5},
    "unspecified": {"plain_thing": 3, "plain_about": 3, "plain_wh": 1, "thing": 2.5, "about": 2, "wh": 1,
                    "reasoned": 2, "late": 2.5, "told": 3, "bare": 2.2},  # "bare": only a pronoun, no target
}  # fmt: skip
_QUOTES = {"en": ['""', "''", "“”"], "zh": ["“”", "「」"], "de": ["„“", '""'], "fr": ["«»", '""'], "es": ["«»", '""']}
_CHAT = {
    "you": "u", "your": "ur", "are": "r", "please": "pls", "to": "2", "about": "abt", "people": "ppl",
    "because": "cuz", "know": "kno", "that": "dat",
}  # fmt: skip
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {row[i]: row[max(0, i - 1) : i] + row[i + 1 : i + 2] for row in _ROWS for i in range(len(row))}
_COMMON = set(
    "the and for you are what how can this that with have does not from your about need please tell will would could "
    "should has was why when where who which been they them there their get got did want like just into out its".split()
)


@dataclass
class Sample:
    """A prompt of one typed segment. ``start`` and ``end`` place the target in ``text``; -1 where there is none."""

    text: str
    label: str
    language: str
    start: int = -1
    end: int = -1


def gerund(phrase: str) -> str:
    """The -ing form of an English verb phrase: "make a bomb" becomes "making a bomb"."""
    verb, _, rest = phrase.partition(" ")
    if verb.endswith("ie"):
        verb = verb[:-2] + "ying"
    elif verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        verb = verb[:-1] + "ing"
    elif re.search(r"(^|[^aeiou])[aeiou][bdgmnprt]$", verb) and verb not in (
        "poison",
        "abandon",
        "counterfeit",
        "enter",
    ):
        verb = verb + verb[-1] + "ing"
    else:
        verb += "ing"
    return f"{verb} {rest}".strip()


_NEGATED = {
    "can": "can't", "is": "isn't", "are": "aren't", "was": "wasn't", "were": "weren't", "will": "won't",
    "does": "doesn't", "do": "don't", "did": "didn't", "has": "hasn't", "have": "haven't", "must": "mustn't",
}  # fmt: skip
_AUXILIARY = re.compile(r"\b(is|are|was|were|can|will|does|do|did|has|have|must)\b(?! (?:not|no|never)\b)")


def negated(claim: str, short: bool) -> str | None:
    """An English claim with its first auxiliary verb negated ("is not" or "isn't"); None where it has none."""
    match = _AUXILIARY.search(claim)
    if match is None:
        return None
    word = match.group(1)
    return claim[: match.start()] + (_NEGATED[word] if short else f"{word} not") + claim[match.end() :]


class Generator:
    """Draws samples. Public data may enrich them: ``claims`` are false claims (clauses), ``ordinary`` are requests,
    ``prose`` are sentences for documents, ``subjects`` are names of people, places and products that one knows.
    ``voices`` are prompts by other hands, of which ``VOICED`` of the samples are made."""

    def __init__(
        self,
        seed: int,
        claims: list[str] = (),
        ordinary: list[str] = (),
        prose: list[str] = (),
        subjects: list[str] = (),
        voices: list[Item] = (),
    ) -> None:
        self.rng = random.Random(seed)
        self.books = load_phrasebooks()
        self.claims = list(claims)
        self.ordinary = list(ordinary)
        self.prose = list(prose)
        self.subjects = list(subjects)
        self.voices = Voices(voices, self.target) if voices else None

    # Targets

    def target(self, language: str, kind: str, form: str) -> str:
        """The bare text of something to forget: a thing, a subject, a claim, a wh-clause or a "how to" phrase."""
        book, rng = self.books[language], self.rng
        given = {"harm_ing": lambda: gerund(book.draw("harm_how", rng))} if language == "en" else {}
        if form == "H":
            phrase = book.draw("harm_how", rng)
            return f"how to {phrase}" if language == "en" else phrase
        if form == "G":
            return gerund(book.draw("harm_how", rng))
        if form == "V":
            return book.draw("harm_how", rng)
        if form == "C":
            if language == "en" and self.claims and rng.random() < 0.35:
                return rng.choice(self.claims)
            return book.draw("myth", rng)
        if form == "N":
            claims = (self.target(language, kind, "C") for _ in range(20))
            denied = (negated(claim, rng.random() < 0.5) for claim in claims)
            return next((text for text in denied if text), "bats are not blind")
        if form == "M":
            return book.draw("myth_thing", rng)
        if form == "W":
            return book.draw({"personal": "personal_wh", "unspecified": "unspecified_wh"}[kind], rng)
        if form == "E":
            names = {"personal": "personal_subject", "unspecified": "thing_entity", "harmful": "harm_wrap",
                     "misinformation": "myth_thing"}  # fmt: skip
        else:
            names = {"personal": "personal_thing", "unspecified": "unspecified_thing", "harmful": "harm_wrap",
                     "misinformation": "myth_thing"}  # fmt: skip
        if language == "en" and form in "TE" and kind in ("unspecified", "personal") and rng.random() < 0.15:
            return self.random_target(kind)
        if form == "E" and kind == "unspecified" and self.subjects and rng.random() < 0.2:
            return rng.choice(self.subjects)
        text = book.draw(names[kind], rng, given)
        if form == "T" and language == "en" and rng.random() < 0.05:
            text += f" and {book.draw(names[kind], rng, given)}"
        return text

    def random_words(self) -> str:
        """One to three neighbouring words of an ordinary text: a thing that no list foresees."""
        for _ in range(20):
            words = re.findall(r"[a-zA-Z]{3,}", self.rng.choice(self.ordinary)) if self.ordinary else []
            words = [word.lower() for word in words if word.lower() not in _COMMON]
            if words:
                start = self.rng.randrange(len(words))
                return " ".join(words[start : start + self.rng.choice((1, 2, 2, 3))])
        return self.books["en"].draw("subject_area", self.rng)

    def random_target(self, kind: str) -> str:
        owner = self.rng.choice(("my", "my", "our", "my son's", "her", "his", "my wife's"))
        if kind == "personal":
            return f"{owner} {self.random_words()}"
        return self.rng.choice(("", "the ", "the ", "all ", "our company's ", "this ")) + self.random_words()

    def any_target(self, language: str) -> str:
        kind = self.rng.choice(REQUEST_KINDS)
        forms = {"harmful": "HTT", "misinformation": "MT", "personal": "TTW", "unspecified": "TTW"}[kind]
        return self.target(language, kind, self.rng.choice(forms))

    # Requests

    def frame(self, language: str, kind: str) -> str:
        """A request with its target between OPEN and CLOSE."""
        rng, book = self.rng, self.books[language]
        families = {name: weight for name, weight in _FAMILIES[kind].items() if name in book.sections}
        family = rng.choices(list(families), list(families.values()))[0]
        quotes = rng.choice(_QUOTES.get(language, ['""'])) if rng.random() < 0.06 else ""

        def target(form: str) -> str:
            text = f"{OPEN}{self.target(language, kind, form)}{CLOSE}"
            return f"{quotes[0]}{text}{quotes[1]}" if quotes else text

        def subject() -> str:
            """A noun phrase that stands anywhere in a sentence; a false claim is introduced by a noun."""
            if kind == "misinformation" and language == "en" and rng.random() < 0.6:
                return f"the {rng.choice(('claim', 'idea', 'myth', 'lie', 'belief', 'rumour'))} that {target('C')}"
            forms = {"harmful": "TTTG" if language == "en" else "T", "unspecified": "TE", "personal": "T"}
            return target(rng.choice(forms.get(kind, "M")))

        given = {form: (lambda form=form: target(form)) for form in "THGCMNWEV"}
        given["X"] = subject
        given["X_up"] = lambda: self._capitalise_target(subject())
        return book.draw(family, rng, given).replace("⟦", OPEN).replace("⟧", CLOSE)

    def request(self, language: str, kind: str, wrapped: bool = True) -> str:
        """A request, perhaps with small talk before and after it."""
        rng, book = self.rng, self.books[language]
        text = self._capitalise(self.frame(language, kind), 0.6)
        if wrapped and rng.random() < 0.25:
            opener = book.draw("open", rng)
            if not opener.endswith((".", "!", "。", "।")):
                text = text[:1].lower() + text[1:] if rng.random() < 0.8 else text
            text = f"{opener} {text}"
        if wrapped and rng.random() < 0.2:
            text = f"{text} {book.draw('close', rng)}"
        if language == "zh":
            text = re.sub(r"(?<=[\u3000-\u9fff\uff00-\uffef]) ", "", text)
        return text

    def _capitalise(self, text: str, chance: float) -> str:
        if self.rng.random() >= chance:
            return text
        text = re.sub(r"^(\W*)(\w)", lambda match: match.group(1) + match.group(2).upper(), text)
        return re.sub(r"([.!?] )(\w)", lambda match: match.group(1) + match.group(2).upper(), text)

    @staticmethod
    def _capitalise_target(text: str) -> str:
        return re.sub(r"\w", lambda match: match.group().upper(), text, count=1)

    def bare_request(self, language: str) -> str:
        """A request as words that are only talked about."""
        kind = self.rng.choice(REQUEST_KINDS)
        voiced = self.voices and self.rng.random() < VOICED and self.voices.request(language, kind, self.rng)
        text = voiced or self.request(language, kind, wrapped=self.rng.random() < 0.2)
        text = text.replace(OPEN, "").replace(CLOSE, "")
        return text if self.rng.random() < 0.5 else text.rstrip(".。।")

    # Ordinary prompts

    def ordinary_prompt(self, language: str) -> str:
        rng, book = self.rng, self.books[language]
        given = {
            "T": lambda: self.any_target(language),
            "E": lambda: self.target(language, rng.choice(("unspecified", "unspecified", "personal")), "E"),
            "C": lambda: self.target(language, "misinformation", "C"),
            "W": lambda: self.target(language, rng.choice(("personal", "unspecified")), "W"),
            "H": lambda: self.target(language, "harmful", "H"),
            "X": lambda: self.any_target(language),
            "X_up": lambda: self._capitalise_target(self.any_target(language)),
            "N": lambda: self.target(language, "misinformation", "N"),
            "M": lambda: self.target(language, "misinformation", "M"),
            "forgetting": lambda: self.bare_request(language),
            "random": self.random_words,
        }
        if language == "en":
            section = rng.choices(list(_ENGLISH_ORDINARY), list(_ENGLISH_ORDINARY.values()))[0]
        else:
            section = rng.choices(("ordinary", "mirror"), (5, 1))[0] if "mirror" in book.sections else "ordinary"
        text = self._capitalise(book.draw(section, rng, given), 0.5)
        if rng.random() < 0.1:
            text = f"{book.draw('open', rng)} {text}"
        if rng.random() < 0.05:
            text = f"{text} {book.draw('close', rng)}"
        return text

    def sentences(self, language: str, count: int) -> list[str]:
        """Sentences of a document; English ones are mixed with public ordinary texts when there are any."""
        rng, book = self.rng, self.books[language]
        given = {
            "C": lambda: self.target(language, "misinformation", "C"),
            "E": lambda: self.target(language, "unspecified", "E"),
        }
        found = []
        for _ in range(count):
            draw = rng.random() if language == "en" else 1.0
            if draw < 0.45 and self.prose:
                found.append(rng.choice(self.prose))
            elif draw < 0.55 and self.ordinary:
                found.append(self._capitalise(rng.choice(self.ordinary), 0.9).rstrip(".?!") + ".")
            else:
                found.append(self._capitalise(book.draw("sentence", rng, given), 1))
        return found

    def document(self, language: str, insert: str | None = None, place: float | None = None) -> str:
        """A document of a few sentences to a few pages, perhaps with a line put into it (at a share of its length)."""
        rng = self.rng
        lines = self.sentences(language, rng.choice((2, 3, 5, 9, 18, 30, 45)))
        if insert is not None:
            lines.insert(round((rng.random() if place is None else place) * len(lines)), insert)
        text = lines[0]
        for line in lines[1:]:
            text += rng.choice((" ", " ", " ", " ", "\n", "\n\n")) + line
        return text

    def task(self, language: str) -> str:
        """A task on a text that follows: an ordinary prompt, whatever the text says."""
        rng, book = self.rng, self.books[language]
        given = {"forgetting": lambda: self.bare_request(language)}
        inject = book.draw("inject", rng, given) if rng.random() < 0.75 else None
        place = rng.choice((None, None, 0.0, 1.0, 1.0))
        task = book.draw("task", rng)
        if rng.random() < 0.3:
            task = (
                task.rstrip(":：. ") + rng.choice((":", ".", "", " -", " please:", ", please."))
                if language == "en"
                else task
            )
        if rng.random() < 0.15:  # the text alone, without a document around it
            return f"{task}{rng.choice((' ', chr(10), chr(10) * 2))}{inject or self.document(language)}"
        text = self.document(language, inject, place)
        separator = rng.choice(("\n\n", "\n\n", "\n", " ", "\n---\n"))
        if rng.random() < 0.1:
            return f"{text}\n\n{task.rstrip(':')}"
        return f"{task}{separator}{text}"

    def beside_document(self, language: str, request: str) -> str:
        """A request of the person's own before or after a document that was pasted without any mark."""
        text = self.document(language)
        if self.rng.random() < 0.5:
            return f"{request}{self.rng.choice((chr(10), chr(10) * 2))}{text}"
        return f"{text}{self.rng.choice((chr(10) * 2, chr(10) * 2, chr(10)))}{request}"

    def edges(self, language: str, request: str | None = None) -> str:
        """What is looked at of a long text once more: its first and last paragraph, with ``CUT`` between them.

        With ``request`` the person's own words stand before or after a document; without it a document follows a
        task, and may end in somebody else's request.
        """
        rng = self.rng
        first, last = (" ".join(self.sentences(language, rng.choice((1, 1, 2, 3)))) for _ in range(2))
        if request is not None:
            return f"{request}{CUT}{last}" if rng.random() < 0.4 else f"{first}{CUT}{request}"
        task = self.books[language].draw("task", rng)
        if rng.random() < 0.6:
            given = {"forgetting": lambda: self.bare_request(language)}
            inject = self.books[language].draw("inject", rng, given)
            last = rng.choice((inject, f"{last} {inject}", f"{inject} {last}"))
        return f"{rng.choice((task, task, f'{task} {first}', f'{task} {first}'))}{CUT}{last}"

    # Noise

    def noise(self, text: str, language: str) -> str:
        """What typing does to a text: no full stop, no capitals, slips of the finger, chat spelling, emoji."""
        rng = self.rng
        if rng.random() < 0.25:
            text = re.sub(r"[.。।]+(\s*)$", r"\1", text).rstrip()
        if rng.random() < 0.15:
            text = text.lower()
        elif rng.random() < 0.025:
            text = text.upper()
        if language in ("es", "de", "fr") and rng.random() < 0.12:
            text = text.translate(str.maketrans("áéíóúüñçàèùâêîôûäöß¿", "aeiouuncaeuaeiouaos "))
        if language == "en" and rng.random() < 0.06:
            for word, short in _CHAT.items():
                text = re.sub(rf"\b{word}\b", short, text)
        if rng.random() < 0.05:  # dictated, or typed in haste: no punctuation inside
            text = re.sub(r"[.,;:!?¿¡]+(?=\s|$)", "", text)
            text = text.lower() if rng.random() < 0.7 else text
        if rng.random() < 0.1:
            text = text.replace("'", rng.choice(("", "’")))
        if rng.random() < 0.2 and language != "zh":
            for _ in range(rng.choice((1, 1, 2, 3))):
                text = self._slip(text)
        if rng.random() < 0.03:
            text += rng.choice((" 🙏", " 😅", " :)", "!!", "!!!", "...", " thx", " lol", " ❤️"))
        if rng.random() < 0.02:
            text = text.replace(". ", rng.choice(("\n", ".\n", "  ")))
        return text

    def _slip(self, text: str) -> str:
        places = [at for at in range(1, len(text) - 1) if text[at].isalpha() and text[at + 1].isalpha()]
        if not places:
            return text
        at = self.rng.choice(places)
        kind = self.rng.randrange(6)
        if kind == 4:
            return text[: at + 1] + text[at] * self.rng.choice((1, 1, 2)) + text[at + 1 :]
        if kind == 5:
            near = _NEIGHBOURS.get(text[at].lower())
            return text[:at] + self.rng.choice(near) + text[at + 1 :] if near else text
        if kind == 0:
            return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        if kind == 1:
            return text[:at] + text[at + 1 :]
        if kind == 2:
            return text[:at] + text[at] + text[at:]
        return text[:at] + self.rng.choice("abcdeghiklmnoprstuvw") + text[at + 1 :]

    # Samples

    def sample(self, language: str) -> Sample:
        """One sample of a language, about half of them requests."""
        rng = self.rng
        if self.voices and rng.random() < VOICED:
            text, label = self.voices.draw(language, rng)
            return finish(self.noise(text, language), label, language)
        if rng.random() < 0.47:
            kind = rng.choices(REQUEST_KINDS, (1, 1.15, 1.15, 1))[0]
            text = self.request(language, kind)
            draw = rng.random()
            if draw < 0.1:
                text = self.beside_document(language, text)
            elif draw < 0.17:
                text = self.edges(language, text)
            return finish(self.noise(text, language), kind, language)
        draw = rng.random()
        if draw < 0.14:
            text = self.task(language)
        elif draw < 0.18:
            text = self.edges(language)
        elif draw < 0.21:
            text = self.document(language, self.bare_request(language) if rng.random() < 0.3 else None, 0.5)
        elif language == "en" and self.ordinary and draw < 0.45:
            text = rng.choice(self.ordinary)
        else:
            text = self.ordinary_prompt(language)
        return finish(self.noise(text, language), "none", language)


_JOINER = re.compile(r"(?:that|que|dass|dat) |कि ", re.I)


def finish(text: str, label: str, language: str) -> Sample:
    """Turn the marks around the target (the outermost ones) into offsets; a joining "that" is not part of it."""
    start, end = text.find(OPEN), text.rfind(CLOSE)
    if label == "none" or start < 0 or end < start:
        return Sample(text.replace(OPEN, "").replace(CLOSE, ""), label, language)
    before, target, after = (
        part.replace(OPEN, "").replace(CLOSE, "") for part in (text[:start], text[start:end], text[end:])
    )
    start, end = len(before), len(before) + len(target)
    joiner = _JOINER.match(target)
    if joiner:
        start += joiner.end()
    while start < end and target[start - len(before)].isspace():
        start += 1
    text = before + target + after
    return Sample(text, label, language, start, len(text[:end].rstrip()))
