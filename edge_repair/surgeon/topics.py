"""What belongs to a dangerous topic besides the words of the request: other requests of the same kind, and harmless ones.

Ten wordings of one verb phrase teach an edit the phrase and not the topic. For the topics that people ask about most,
``topics.json`` adds requests in other words (requests only, never an answer), and harmless questions that share the
words. A topic that is not in it is suppressed for its own words and little beyond.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Topic:
    """One dangerous topic: a pattern that finds it in a request, what it is called, requests of its kind, harmless ones near it."""

    pattern: str
    nouns: tuple[str, ...]
    requests: tuple[str, ...]
    harmless: tuple[str, ...]


@cache
def _table() -> dict:
    return json.loads(resources.files("edge_repair.surgeon").joinpath("topics.json").read_text("utf-8"))


@cache
def topics() -> tuple[Topic, ...]:
    """All topics of the table; the first one whose pattern is found in a request is its topic."""
    return tuple(Topic(t["pattern"], tuple(t["nouns"]), tuple(t["requests"]), tuple(t["harmless"])) for t in _table()["topics"])


def harmless_about(topic: Topic) -> list[str]:
    """Harmless questions that name a topic: about its meaning, its law, its history, and protection from it; and those of the table."""
    return [form.format(n=noun) for form in _table()["guarded"] for noun in topic.nouns] + list(topic.harmless)


def topic_of(request: str) -> Topic | None:
    """The topic that a request names, or None."""
    return next((topic for topic in topics() if re.search(topic.pattern, request, re.IGNORECASE)), None)
