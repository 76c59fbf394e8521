"""A request that gives examples: "Refuse requests like these:", and a list of them, one a line.

What they have in common is not asked of the person and not named: the detector finds it, with the help of what all
dangerous and all harmless requests have in common for this model (``stamp.solve``).
"""

import math
import re
from collections.abc import Sequence

from edge_repair.surgeon.lookalikes import lookalikes
from edge_repair.surgeon.topics import topics
from edge_repair.wording import stem, words

EXAMPLES = "requests like these"  # the subject of such a procedure
LEAST, MOST = 3, 64
HELD_OUT = 4  # one in so many is not edited with, from twice as many on
_LEAD = re.compile(
    r"^(?!i\b|we\b)(?!.*\bforget\b).*?(?:\b(?:refuse|decline|reject|block|suppress)\b|\b(?:do not|don't|never|stop|no longer|should not|shouldn't|must not|not to)\b.*\b(?:answer|help|respond|repl|compl|react)\w*)"
    r".*\b(?:like|such as|similar to|of (?:this|the) (?:kind|sort)|following|these)\b.*:?$",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^(?:[-*\u2022\u2013>]+\s*|\(?\d{1,3}[.)]\s+)")


def examples_in(request: str) -> tuple[str, ...]:
    """The examples of a request that is a list of them, each once; empty where it is none."""
    lines = [line.strip() for line in request.splitlines() if line.strip()]
    if len(lines) <= LEAST or not _LEAD.search(lines[0]):
        return ()
    found = tuple(dict.fromkeys(_BULLET.sub("", line).strip("\"'\u201c\u201d ") for line in lines[1:]))
    found = tuple(text for text in found if len(words(text)) > 1)[:MOST]
    return found if len(found) >= LEAST else ()


def request_of(examples: Sequence[str]) -> str:
    """The request that gives these examples."""
    return "Refuse requests like these:\n" + "\n".join(f"- {' '.join(text.split())}" for text in examples)


def harmless_like(examples: Sequence[str], count: int) -> list[str]:
    """Harmless questions of all topics and harmless look-alikes, those first that share the rarer words of the examples."""
    pool = [*(question for topic in topics() for question in topic.harmless), *(harmless for _, harmless in lookalikes())]
    holding: dict[str, int] = {}
    of_each = {question: {stem(word) for word in words(question)} for question in pool}
    for stems in of_each.values():
        for one in stems:
            holding[one] = holding.get(one, 0) + 1
    wanted = {stem(word) for text in examples for word in words(text)}
    likeness = lambda question: -math.fsum(1 / holding[one] for one in of_each[question] & wanted)  # noqa: E731
    return sorted(dict.fromkeys(pool), key=likeness)[:count]
