"""Requests written by hand, from either of their two forms, and what counts as the same reading of one.

One form is that of ``tests/surgeon/requests.json`` (a list of rows with "targets" or "error"). The other is JSON lines
of prompts with "text", "language", "label", "target", and for requests "targets" or "error"; prompts that are no
requests (label "none") are left out, and requests without any target count as unclear.

The same reading are, and nothing beyond: letters of either case, accents, quotation marks, final stops; an article, and
"my", "our", "his", "her", "their" or a title ("Mrs.") in front; articles anywhere in a statement; "aren't" and "are not",
"can't" and "cannot", "it's" and "it is"; "never" and "not", "do strike" and "strike"; misspelt words and the same put
right as the reader does it ("u", "isnt"); "how one makes", "how to make" and "make" of a dangerous request; "what the
capital of Peru is" and "capital"; several facts of one subject as several targets or as one; the subject of a correction
as its author has it, or as the grammar of the wrong statement has it; words of another language, or what the reader's
own dictionary (``surgeon/languages.py``) makes of them.
"""

import json
import re
from pathlib import Path

from edge_repair.surgeon.corrections import subject_of
from edge_repair.surgeon.grammar import clause_of, verb_base
from edge_repair.surgeon.languages import english_words
from edge_repair.surgeon.requests import correct_typos
from edge_repair.wording import normalise

_FRONT = re.compile(
    r"^(?:(?:the|a|an|my|our|your|his|her|their|its|der|die|das|den|dem|des|le|la|les|l'|el|los|las|il|lo|gli|mein|meine[nmrs]?|mon|ma|mes|mi|mis|mr|mrs|ms|miss|dr|prof|frau|herrn?|madame|monsieur|senora?)\b\.? *)+(?=\S)"
)
_ABLE = re.compile(r"^(?:how (?:to|you|one|people|i|we|you can|one can|somebody|someone)|ways? (?:to|of)|to) (?=\w)")


def rows_of(path: Path) -> list[dict]:
    """The requests of a file of either form, each with "text", "split", and "targets" or "error".

    Raises:
        OSError, ValueError: the file cannot be read, or a line of it is no JSON.
    """
    text = path.read_text(encoding="utf-8")
    if text.lstrip().startswith("["):
        return json.loads(text)
    return [row_of(prompt) for prompt in map(json.loads, filter(str.strip, text.splitlines())) if prompt["label"] != "none"]


def row_of(prompt: dict) -> dict:
    """A prompt of the second form in the first."""
    split = "dev" if prompt.get("split") in ("dev", "train") else "held_out"
    row = {"text": prompt["text"], "split": split, "world": "real", "language": prompt["language"]}
    if prompt.get("id", "").startswith("voice-"):
        row["round"] = int(prompt["id"].split("-")[1]) + 8  # the first of these hands wrote round 9 of the requests
    if prompt.get("error") or not prompt.get("targets"):
        return row | {"error": prompt.get("error") or "unclear"}
    targets: list[dict] = []
    for target in prompt["targets"]:
        target = {key: value for key, value in target.items() if value and not (key == "aspect" and target.get("wrong"))}
        last = targets[-1] if targets else {}
        if target.get("aspect") and last.get("aspect") and last["subject"] == target["subject"]:
            last["aspect"] += f" and {target['aspect']}"
        else:
            targets.append(target)
    if prompt.get("target"):
        targets[0]["target"] = prompt["target"]
    return row | {"targets": targets}


def plain(text: str) -> str:
    """A subject or an aspect without what makes no difference."""
    words = re.sub(r"\b(\w+)n't\b", r"\1 not", normalise(correct_typos(text)).strip(" .,?!\"'。？！").replace("can't", "cannot"))
    return re.sub(r"\s+", " ", _FRONT.sub("", words)).removesuffix("'s").strip(" .,?!\"'")


def statement(text: str) -> str:
    """A statement without what makes no difference."""
    text = re.sub(r"(?<=\w)['’](s|re)(?= )", lambda match: " is" if match[1] == "s" else " are", correct_typos(text.strip(" .?!\"'")))
    cut = clause_of(text)
    if cut is not None:
        words = cut.verb.lower().split()
        be = cut.auxiliary or words[0] in ("is", "are", "was", "were")
        verb = words[-1] if be else verb_base(words[-1])
        past = not be and (cut.past or words[0] == "did")
        text = f"{cut.subject} {verb}{' in the past' if past else ''}{' not' if cut.negative else ''} {cut.rest}"
    text = normalise(text.replace("can't", "cannot"))
    return re.sub(r"\s+", " ", re.sub(r"[^\w\s%]|\b(?:the|a|an)\b", " ", text)).strip()


def same(side: str, found: str, expected: str | list[str], target: dict, language: str = "en") -> bool:
    """Whether a side ("subject", "aspect", "wrong", "right") of a reading is the expected one."""
    options = expected if isinstance(expected, list) else [expected]
    if side in ("wrong", "right"):
        return statement(found) in [statement(option) for option in options]
    if side == "subject" and target.get("wrong"):
        wrong = target["wrong"] if isinstance(target["wrong"], list) else [target["wrong"]]
        options = [*options, *(subject_of(text)[0] for text in wrong), *(cut.subject for text in wrong if (cut := clause_of(text)))]
    options = [*options, *(english_words(option, language) for option in options)]
    shapes = [plain]
    if side == "subject" and "harmful" in target["kind"]:
        shapes.append(lambda text: _ABLE.sub("", plain(text)))
    if side == "aspect":
        shapes.append(lambda text: re.sub(r"^(?:what|who) (?:the )?(\w[\w' -]*?) (?:of|in) .* (?:is|are|was|were)$", r"\1", plain(text)))
    return any(shape(found) == shape(option) for shape in shapes for option in options)
