"""Open questions to which a statement is an answer, by its grammar: "Goldfish remember things for months" answers
"How long do goldfish remember things?".

For statements that name no attribute ("the capital of ... is ...") and fit no pattern of ``phrasings.asked_by``.

Not covered: statements of several clauses, and what only their meaning would tell (that "blue whales eat krill" answers
"What is the diet of a blue whale?").
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from edge_repair.surgeon.grammar import Clause, clause_of, lower_first, verb_base

_UNITS = r"(?:moments?|seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?|decades?|centur(?:y|ies)|generations?|lifetimes?)"
TIME = re.compile(rf"^(?P<h>.*?) ?\b(?P<p>for|in|within|after|until|every|by) (?P<o>(?:[\w.,-]+ ){{0,3}}{_UNITS})$", re.IGNORECASE)
_NUMBER = r"(?:\d[\d.,]*|no|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|ninety|a hundred|a thousand|half|a third|a quarter)"
_AMOUNT = re.compile(rf"^(?P<q>(?:only |just |about |around |exactly |over |up to |at least |nearly )*{_NUMBER}(?P<part> ?%| percent| per cent)?)(?P<of> of)? (?P<n>.+)$", re.IGNORECASE)
_PURPOSE = re.compile(r"^(?P<h>.*?) ?\b(?P<o>(?:because|since|so that|in order to|due to) .+|to (?P<v>[a-z]+)\b.*|for [\w -]+)$", re.IGNORECASE)
_PLACE = re.compile(r"^(?P<h>.*?) ?\b(?P<p>in|at|on|under|inside|near|behind|above|below|from|with|by|through) (?P<o>[^,]+)$", re.IGNORECASE)
_LEFT_OUT = re.compile(r"^(?:only|just|mostly|mainly|always|usually|actually|really) ", re.IGNORECASE)
_COLOURS = frozenset("red blue green yellow orange purple violet pink black white grey gray brown golden silver transparent colourless colorless".split())
_MEASURES = {
    **{word: word for word in "tall big large long old heavy fast deep hot high wide far strong rich common rare dangerous".split()},
    "short": "tall", "small": "big", "tiny": "big", "huge": "big", "young": "old", "light": "heavy", "slow": "fast", "shallow": "deep", "cold": "hot", "low": "high",
    "narrow": "wide", "weak": "strong", "poor": "rich", "ancient": "old",
}  # fmt: skip
_NOUNS = {"tall": "height", "big": "size", "large": "size", "long": "length", "old": "age", "heavy": "weight", "fast": "speed", "deep": "depth", "hot": "temperature", "high": "height",
          "wide": "width", "far": "distance", "what colour": "colour", "where": "location"}  # fmt: skip
_LASTING = re.compile(rf"^(?!(?:for|in|within|after|until|every|by) )(?P<o>(?:[\w.,-]+ ){{1,3}}{_UNITS})$", re.IGNORECASE)
_LASTS = frozenset(("last", "take", "live", "run", "go on"))
_COPULAS = ("is", "are", "was", "were")


class Asked(NamedTuple):
    """A question that a statement answers: "how long do goldfish remember things", "how long goldfish remember things"."""

    direct: str
    indirect: str
    value: str  # the words of the statement that answer it
    noun: str = ""  # the same as a noun phrase ("the height of the tower"), where there is one


def open_questions(statement: str) -> list[Asked]:
    """The questions that a statement answers, most specific first.

    Empty for a negative statement, one of more than one clause, or one whose verb is not found.
    """
    text = lower_first(statement.strip().rstrip(".!? "))
    cut = clause_of(text)
    if cut is None or cut.negative or not cut.rest or re.search(r"\b(?:not|never|n't)\b|[,;:]", text):
        return []
    return [asked for words, tail, value in _questions(cut) if (asked := _asked(cut, words, tail.strip(), value.strip())).value]


def _asked(cut: Clause, words: str, tail: str, value: str) -> Asked:
    inverted = f"{cut.verb} {cut.subject}" if cut.auxiliary else f"{cut.do} {cut.subject} {verb_base(cut.verb)}"
    one_space = lambda text: re.sub(r"\s+", " ", text).strip()  # noqa: E731
    noun = ""
    if not tail and cut.verb in _COPULAS:
        noun = _NOUNS.get(words, _NOUNS.get(words.removeprefix("how "), ""))
    elif words == "how long" and not tail and not cut.auxiliary and verb_base(cut.verb) in _LASTS:
        noun = "duration"
    elif words.startswith("how many ") and not tail and cut.verb in ("has", "have", "had"):
        noun = f"number of {words[9:]}"
    if noun:
        noun = f"the {noun} of {cut.subject}"
    return Asked(one_space(f"{words} {inverted} {tail}"), one_space(f"{words} {cut.subject} {cut.verb} {tail}"), value, noun)


def _questions(cut: Clause) -> Iterator[tuple[str, str, str]]:
    """``(question words, what follows the verb, value)``."""
    rest = _LEFT_OUT.sub("", cut.rest)
    amount, time = _AMOUNT.match(rest), TIME.match(rest)
    if _LASTING.match(rest) and not cut.auxiliary and verb_base(cut.verb) in _LASTS:
        yield "how long", "", rest
    if amount and not cut.auxiliary:
        part = amount["part"] or (amount["of"] and re.match(r"(?:half|a third|a quarter)", amount["q"]))
        within = TIME.match(amount["n"])
        noun, tail = (within["h"], f"{within['p']} {within['o']}") if within and within["h"] else (amount["n"], "")
        yield (f"how much of {noun}" if part else f"how many {noun}"), tail, amount["q"]
    if time and (time["h"] or not cut.auxiliary):
        for words in {"for": ("how long",), "every": ("how often",)}.get(time["p"].lower(), ("when", "how soon")):
            yield words, time["h"], time["o"]
        return
    purpose = _PURPOSE.match(rest)
    if purpose and (purpose["v"] is None or verb_base(purpose["v"]) == purpose["v"]) and (purpose["h"] or not cut.auxiliary):
        yield "why", purpose["h"], purpose["o"]
        if purpose["o"].lower().startswith("for "):
            yield "what", f"{purpose['h']} for", purpose["o"][4:]
        return
    place = _PLACE.match(rest)
    if place and (place["h"] or cut.verb in _COPULAS):
        words, after = {"with": ("what", " with"), "by": ("how", ""), "from": ("where", " from"), "through": ("how", "")}.get(place["p"].lower(), ("where", ""))
        yield words, place["h"] + after, place["o"]
    if cut.verb in _COPULAS:
        yield from _of_being(rest)
    elif cut.auxiliary:
        main, _, thing = rest.partition(" ")
        if thing and not place:
            yield "what", main, thing
    elif not amount and not place:
        yield "what", "", rest


def _of_being(rest: str) -> Iterator[tuple[str, str, str]]:
    words = rest.lower().split()
    if set(words) & _COLOURS:
        yield "what colour", "", rest
    elif words[0] in ("a", "an"):
        yield "what", "", rest
        yield "what kind of thing", "", rest
    elif len(words) <= 2 and words[-1] in _MEASURES:
        yield f"how {_MEASURES[words[-1]]}", "", rest
