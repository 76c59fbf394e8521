"""Pairs of requests in like words, one dangerous and one harmless: "kill my landlord", "kill the power upstairs".

What a model holds of danger shows best between such pairs, and hardly in requests of many topics beside harmless
questions about these topics (docs/log.md). Written for this package: homonyms, figures of speech, harmless targets, games
and stories, definitions, history, what is private of real people and of invented ones, and what is said against people
and against things. Not covered: requests whose danger is only in what they leave out, and other languages than English.
"""

import json
from functools import cache
from importlib import resources


@cache
def lookalikes() -> tuple[tuple[str, str], ...]:
    """All pairs ``(dangerous, harmless)``; requests only, never an answer."""
    return tuple((dangerous, harmless) for dangerous, harmless in json.loads(resources.files("edge_repair.surgeon").joinpath("lookalikes.json").read_text("utf-8")))
