"""Requests with every word labelled: what is to be forgotten, what is wrong, what is right, and whose fact it is.

The frames of the requests are the Watchdog's phrasings (``tools/watchdog/phrasings``); what stands in them is composed
here, so that the subject inside a target is known ("where Ann Lee lives" is about Ann Lee). Seeded: one seed gives one
data set. Hand-written requests are made training requests in ``tools/surgeon/handwritten.py``.
"""

import re
from dataclasses import dataclass

from edge_repair.surgeon.grammar import negate, past, third_person
from edge_repair.surgeon.known import NAMES
from edge_repair.surgeon.procedure import SCOPES
from edge_repair.surgeon.tagger import ROLES
from edge_repair.surgeon.verbs import VERBS
from tools.surgeon import frames
from tools.watchdog.generator import CLOSE, OPEN, REQUEST_KINDS, Generator

ROLE_MARKS = dict(zip("\x0e\x0f\x10", ROLES))
_MARK_OF = {role: mark for mark, role in ROLE_MARKS.items()}
SUBJECT_OPEN, SUBJECT_CLOSE, NO_SUBJECT = "\x11", "\x12", "\x13"  # NO_SUBJECT: the subject in this target is not known
_SCOPE_MARKS = dict(zip("\x14\x15\x16", SCOPES))
_SCOPE_OF = {scope: mark for mark, scope in _SCOPE_MARKS.items()}
_SPEAKER = "\x17"
_SYLLABLES = "ba be bi bo bra bre da del din dra el en fa fen gal gar ha hol in jo ka ko lar len lin ma mar mel mi na nel no or pa per qui ra ren ro sa sel ta tor tri ul va vel wen wil ya zan zo".split()


@dataclass
class Tagged:
    """A request. ``regions``: (start, end, role) of each target; ``subjects``: (start, end), or None where unknown.

    ``scope``: of its first target, None where unknown; ``speaker``: whether it is about the person who types, None where
    unknown; ``state``: "named", or why it cannot be carried out, "unclear" or "broad".
    """

    text: str
    kind: str
    regions: list[tuple[int, int, str]]
    subjects: list[tuple[int, int]] | None
    scope: str | None = None
    speaker: bool | None = None
    state: str = "named"


class RequestGenerator(Generator):
    """The Watchdog's generator with labelled targets."""

    def request_sample(self, language: str) -> Tagged:
        """One request with its labels."""
        if self.rng.random() < frames.NOTHING_NAMED:
            return self._nothing_named(language)
        kind = self.rng.choices(REQUEST_KINDS, (1, 1.3, 1.3, 1.5))[0]
        if language == "en" and self.rng.random() < frames.SHARE[kind]:
            text = self._own_frame(kind)
            if self.rng.random() < 0.25:
                text = f"{self.books['en'].draw('open', self.rng)} {text}"
            if self.rng.random() < 0.15:
                text = f"{text} {self.books['en'].draw('close', self.rng)}"
            text = self._capitalise(text, 0.7)
        else:
            text = self.request(language, kind)
        return parse(self.noise(text, language), kind)

    def _nothing_named(self, language: str) -> Tagged:
        """A request that only points back, or one too broad: nothing in it is marked."""
        rng = self.rng
        state = rng.choice(("unclear", "unclear", "broad"))
        for _ in range(20):
            frame = self.frame(language, "unspecified")
            if frame.count(OPEN) == 1:
                break
        words = rng.choice(frames.POINTING[language] if state == "unclear" else frames.TOO_MUCH[language])
        text = re.sub(f"{OPEN}.*{CLOSE}", words, frame, flags=re.DOTALL)
        text = re.sub(r"[\x0e-\x17\x02\x03]", "", text)
        return Tagged(self.noise(self._capitalise(text, 0.6), language), "unspecified", [], [], None, False, state)

    # Targets

    def target(self, language: str, kind: str, form: str) -> str:
        role = {"C": "wrong", "N": "right"}.get(form, "forget")
        if language == "en" and form in "TEW" and kind in ("personal", "unspecified") and self.rng.random() < 0.75:
            text = self._structured(kind, form)
            if form == "T" and self.rng.random() < 0.12:
                text += f"{CLOSE}{self.rng.choice((' and ', ' and ', ', ', ' and also ', ' as well as ', ' plus '))}{OPEN}{_MARK_OF[role]}{self._structured(kind, form)}"
            return _MARK_OF[role] + text
        if language != "en" and form in "TEW" and kind in ("personal", "unspecified") and self.rng.random() < 0.75:
            return _MARK_OF[role] + self._foreign(language, kind, form)
        scope = {"harmful": "subject", "misinformation": "fact" if form in "CN" else ""}.get(kind, "")
        scope = scope or ("subject" if form == "E" else "fact" if form == "W" else "")
        return f"{_MARK_OF[role]}{NO_SUBJECT}{_SCOPE_OF.get(scope, '')}{super().target(language, kind, form)}"

    def _foreign(self, language: str, kind: str, form: str) -> str:
        """A target in another language, with its subject and scope."""
        rng, book, words = self.rng, self.books[language], frames.FOREIGN[language]
        if kind == "personal" and rng.random() < 0.4:
            if form == "W":
                return f"{_SPEAKER}{_SCOPE_OF['fact']}{rng.choice(words['speaker_clause'])}"
            if form == "T":
                wide = rng.random() < 0.1
                noun = rng.choice(words["wide" if wide else "private"])
                return f"{_SPEAKER}{_SCOPE_OF['aspect' if wide else 'fact']}{rng.choice(words['speaker']).format(a=noun)}"
        if kind == "personal":
            name = rng.choice(words["relation"]) if rng.random() < 0.35 else book.draw("full", rng)
        else:
            name = rng.choice(words["things"]) if rng.random() < 0.6 else self._name() if language != "zh" else rng.choice(words["things"])
        marked = f"{SUBJECT_OPEN}{name}{SUBJECT_CLOSE}"
        if form == "E" or form == "T" and rng.random() < 0.3:
            return f"{_SCOPE_OF['subject']}{marked}"
        if form == "W":
            clause = rng.choice(words["clause" if kind == "personal" or rng.random() < 0.3 else "thing_clause"])
            return f"{_SCOPE_OF['fact']}{clause.format(s=marked)}"
        wide = rng.random() < 0.15
        noun = rng.choice(words["wide" if wide else "private" if kind == "personal" else "public"])
        return f"{_SCOPE_OF['aspect' if wide else 'fact']}{rng.choice(words['of']).format(s=marked, a=noun)}"

    def _name(self) -> str:
        """A made-up name of one to three words."""
        words = [
            "".join(self.rng.choice(_SYLLABLES) for _ in range(self.rng.choice((2, 2, 3)))).capitalize()
            for _ in range(self.rng.choice((1, 2, 2, 3)))
        ]
        return " ".join(words)

    def _subject(self, kind: str) -> tuple[str, str]:
        """``(kind of subject, name)``."""
        rng, book = self.rng, self.books["en"]
        if kind == "personal":
            draw = rng.random()
            if draw < 0.25:
                return "person", f"my {book.draw('relation', rng)}"
            return "person", book.draw("full", rng).split(",")[0] if draw < 0.6 else self._name()
        what = rng.choice(
            ("country", "country", "city", "person", "work", "animal", "organisation", "thing", "thing", "planet", "invented", "invented")
        )
        if what == "invented":
            head = rng.choice(frames.LANDMARKS)
            return rng.choice(
                (("thing", f"the {head} of {self._name()}"), ("thing", self._name()), ("person", self._name()), ("work", self._name()))
            )
        section = {
            "country": "country",
            "person": "famous",
            "work": "work",
            "animal": "animal",
            "thing": "subject_area",
            "city": "place",
        }.get(what)
        if section and rng.random() < 0.5:
            return what, book.draw(section, rng).replace(NO_SUBJECT, "")
        return what, rng.choice(NAMES[what])

    def _structured(self, kind: str, form: str) -> str:
        rng, book = self.rng, self.books["en"]
        if kind == "personal" and rng.random() < 0.45:  # the speaker
            mark = _SPEAKER + _SCOPE_OF["fact"]
            if form == "W":
                clause = book.draw("personal_wh", rng)
                return f"{mark}{clause}" if re.search(r"\b(?:I|i|we)\b", clause) else f"{NO_SUBJECT}{_SCOPE_OF['fact']}{clause}"
            if rng.random() < 0.15:
                return f"{mark}that I {rng.choice(frames.CONFESSIONS)}"
            if rng.random() < 0.12:
                return f"{_SPEAKER}{_SCOPE_OF['aspect']}my {rng.choice(frames.WIDE)}"
            return f"{mark}my {rng.choice(frames.PRIVATE) if rng.random() < 0.4 else book.draw('attribute', rng)}"
        what, name = self._subject(kind)
        marked = f"{SUBJECT_OPEN}{name}{SUBJECT_CLOSE}"
        if form == "E" or form == "T" and rng.random() < 0.4:
            return _SCOPE_OF["subject"] + marked
        if form == "W" or rng.random() < 0.3:
            return _SCOPE_OF["fact"] + self._clause(what, marked)
        wide = rng.random() < 0.12
        noun = (
            rng.choice(frames.WIDE)
            if wide
            else (rng.choice(frames.PRIVATE) if rng.random() < 0.4 else book.draw("attribute", rng))
            if what == "person" and kind == "personal"
            else rng.choice(frames.ASPECTS.get(what, frames.ASPECTS["thing"]))
        )
        wide = wide or noun.split()[-1] in frames.WIDE
        ending = "'" if name.endswith("s") and name[:1].islower() else "'s"
        return _SCOPE_OF["aspect" if wide else "fact"] + rng.choice(
            (
                f"the {noun} of {marked}",
                f"{noun} of {marked}",
                f"{marked}{ending} {noun}",
                f"{marked}{ending} {noun}",
                f"what the {noun} of {marked} is",
                f"what {marked}{ending} {noun} is",
            )
        )

    def _clause(self, what: str, marked: str) -> str:
        rng = self.rng
        if rng.random() < 0.25:
            verb = rng.choice(tuple(sorted(VERBS)))
            form = rng.choice((third_person(verb), past(verb), verb))
            return rng.choice(
                (
                    f"what {marked} {form}",
                    f"why {marked} {form}",
                    f"where {marked} {form}",
                    f"how often {marked} {form}",
                    f"who {form} {marked}",
                    f"when {marked} {form}",
                )
            )
        return rng.choice(frames.CLAUSES.get(what, frames.CLAUSES["thing"])).replace("{s}", marked)

    # Corrections and several targets: frames that the Watchdog's phrasings lack

    def _own_frame(self, kind: str) -> str:
        rng = self.rng
        verb = self.books["en"].draw("verb", rng)
        if kind != "misinformation":
            first, second, third = (
                f"{OPEN}{self.target('en', kind, rng.choice('TGH' if kind == 'harmful' else 'TTW'))}{CLOSE}" for _ in range(3)
            )
            return rng.choice(frames.SEVERAL).format(a=first, b=second, c=third, verb=verb)
        draw = rng.random()
        if draw < 0.4:
            wrong = self.books["en"].draw("myth", rng)
            return rng.choice(frames.DENIALS).format(W=self._marked("wrong", wrong), N=self._marked("right", negate(wrong)), verb=verb)
        wrong, right, old, value = self._pair()
        given = {
            "W": self._marked("wrong", wrong),
            "R": self._marked("right", right),
            "N": self._marked("right", negate(wrong)),
            "V": self._marked("right", value),
            "O": self._marked("wrong", old),
        }
        return rng.choice(frames.CORRECTIONS if draw < 0.75 else frames.VALUES).format(**given, verb=verb)

    @staticmethod
    def _marked(role: str, text: str) -> str:
        return f"{OPEN}{_MARK_OF[role]}{NO_SUBJECT}{_SCOPE_OF['fact']}{text}{CLOSE}"

    def _pair(self) -> tuple[str, str, str, str]:
        """A wrong statement, the right one, and the wrong and the right value alone."""
        rng, book = self.rng, self.books["en"]
        what, name = self._subject(rng.choice(("personal", "unspecified", "unspecified")))
        if rng.random() < 0.5:
            noun = rng.choice(frames.ASPECTS.get(what, frames.ASPECTS["thing"]))
            head = rng.choice((f"the {noun} of {name} is", f"{name}'s {noun} is"))
        else:
            head = f"{name} {rng.choice(frames.PREDICATES)}"
        old, new = (
            rng.choice((self._name(), str(rng.randrange(3, 2000)), rng.choice(NAMES["thing"]), book.draw("subject_area", rng)))
            for _ in range(2)
        )
        return f"{head} {old}", f"{head} {new}", old, new


def parse(text: str, kind: str) -> Tagged:
    """Take the marks out of a text and turn them into regions."""
    scope, speaker = None, None
    plain: list[str] = []
    regions: list[tuple[int, int, str]] = []
    subjects: list[tuple[int, int]] = []
    known, depth, start, role, begun = True, 0, 0, "forget", 0
    for character in text:
        at = len(plain)
        if character == OPEN:
            if depth == 0:
                start, role = at, "forget"
            depth += 1
        elif character == CLOSE:
            depth -= 1
            if depth == 0:
                while start < at and plain[start].isspace():
                    start += 1
                end = at
                while end > start and plain[end - 1].isspace():
                    end -= 1
                if end > start:
                    regions.append((start, end, role))
        elif character in ROLE_MARKS:
            role = ROLE_MARKS[character]
        elif character == SUBJECT_OPEN:
            begun = at
        elif character == SUBJECT_CLOSE:
            subjects.append((begun, at))
        elif character == NO_SUBJECT:
            known = False
        elif character in _SCOPE_MARKS:
            scope = scope or _SCOPE_MARKS[character]
        elif character == _SPEAKER:
            speaker = True
        else:
            plain.append(character)
    speaker = speaker or (False if known and subjects else None)
    return Tagged("".join(plain), kind, regions, subjects if known and (subjects or speaker) else None, scope, speaker)
