"""Templates of phrasings: ``(a|b)`` is a choice, ``{name}`` another section. Parsed once, expanded many times.

A section file has ``[section]`` headings with one template a line; ``#`` starts a comment line. A parenthesis without
a bar is itself. A repeated line is drawn more often.
"""

import random
import re
from pathlib import Path

FOLDER = Path(__file__).parent / "phrasings"
_NAME = re.compile(r"\{([a-zA-Z_0-9]+)\}")


def read_sections(path: Path) -> dict[str, list[str]]:
    """The sections of one file as lists of template lines."""
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        heading = re.fullmatch(r"\[([a-zA-Z_0-9]+)\]", line.strip())
        if heading:
            current = sections.setdefault(heading.group(1), [])
        else:
            current.append(line.rstrip("\n"))
    return sections


def parse(template: str) -> list:
    """A template as a list of parts: text, ``("name", section)`` or ``("choice", [alternatives])``."""
    parts, place = _parse(template, 0, False)
    if place != len(template):
        raise ValueError(f"unbalanced parenthesis in template: {template}")
    return parts


def _parse(text: str, place: int, inside: bool):
    alternatives: list[list] = [[]]
    literal = ""

    def flush() -> None:
        nonlocal literal
        if literal:
            at = 0
            for match in _NAME.finditer(literal):
                if match.start() > at:
                    alternatives[-1].append(literal[at : match.start()])
                alternatives[-1].append(("name", match.group(1)))
                at = match.end()
            if at < len(literal):
                alternatives[-1].append(literal[at:])
            literal = ""

    while place < len(text):
        sign = text[place]
        if sign == "(":
            flush()
            inner, place = _parse(text, place + 1, True)
            alternatives[-1].extend(inner)
        elif sign == ")" and inside:
            flush()
            if len(alternatives) == 1:
                return ["(", *alternatives[0], ")"], place + 1
            return [("choice", alternatives)], place + 1
        elif sign == "|" and inside:
            flush()
            alternatives.append([])
            place += 1
        else:
            literal += sign
            place += 1
    flush()
    if inside:
        raise ValueError(f"unbalanced parenthesis in template: {text}")
    return alternatives[0], place


class Phrasebook:
    """The sections of one language, and a way to draw from them."""

    def __init__(self, *paths: Path, fallback: "Phrasebook | None" = None) -> None:
        self.sections: dict[str, list[list]] = {}
        for path in paths:
            for name, lines in read_sections(path).items():
                self.sections.setdefault(name, []).extend(parse(line) for line in lines)
        self.fallback = fallback

    def draw(self, name: str, rng: random.Random, given: dict | None = None) -> str:
        """Expand a random template of a section; ``given`` maps names to functions that give their text."""
        given = given or {}
        if name in given:
            return given[name]()
        if name not in self.sections:
            if self.fallback is None:
                raise KeyError(f"no section [{name}]")
            return self.fallback.draw(name, rng, given)
        return self._expand(rng.choice(self.sections[name]), rng, given)

    def _expand(self, parts: list, rng: random.Random, given: dict) -> str:
        texts = []
        for part in parts:
            if isinstance(part, str):
                texts.append(part)
            elif part[0] == "name":
                texts.append(self.draw(part[1], rng, given))
            else:
                texts.append(self._expand(rng.choice(part[1]), rng, given))
        return "".join(texts)


def load_phrasebooks() -> dict[str, Phrasebook]:
    """All languages, keyed by ISO 639-1 code; names of people come from English where a language has none."""
    english = Phrasebook(*sorted(FOLDER.glob("en_*.txt")))
    books = {"en": english}
    for language in ("zh", "es", "de", "fr", "hi"):
        books[language] = Phrasebook(*sorted(FOLDER.glob(f"{language}*.txt")), fallback=english)
    return books
