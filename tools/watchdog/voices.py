"""Prompts by other hands as frames: each is seen with many targets, and each target in many of them.

``benchmark/voices.jsonl`` holds prompts that people (a language model among them) wrote without knowing the phrasings of
this folder. Its train part is drawn here: as it is, or with its target changed for another one of the same kind and
form, and now and then turned into its mirror, an ordinary prompt. Ordinary prompts that repeat the target of a request
beside them are frames as well.
"""

import random
import re
from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

from tools.watchdog.benchmark import Item

OPEN, CLOSE = "\x02", "\x03"
_QUESTION = {
    "en": r"(?:where|who|whom|what|when|which|why|whose|whether|how)\b",
    "de": r"(?:wo|wer|wen|wem|was|wann|wie|wieso|warum|welche[rsnm]?|wohin|woher|wessen|ob|dass)\b",
    "fr": r"(?:où|qui|quand|combien|comment|pourquoi|quel(?:le)?s?|ce que|ce qu'|si|que)\b",
    "es": r"(?:d[oó]nde|qui[eé]n(?:es)?|cu[aá]ndo|cu[aá]nt[oa]s?|c[oó]mo|por qu[eé]|qu[eé]|cu[aá]l(?:es)?|si)\b",
}  # fmt: skip
_INSIDE = {"zh": r"谁|哪|什么|几|多少|怎么|如何|怎样", "hi": r"कहाँ|कहां|कौन|कब|क्या|कितन|कैसे|किस|क्यों|किधर"}
_NEGATION = re.compile(r"\b(?:not|never|no|nobody|none)\b|n['’]t\b|nicht|kein|\bne\b|\bn['’]|\bpas\b|\bno\b|不|没|नहीं", re.I)
_ARTICLE = re.compile(r"(?:the|a|an|my|our|your|his|her|their|this|that|these|those|all|any|some|every)\b", re.I)


class Frame(NamedTuple):
    """A prompt around its target: ``before`` + target + ``after``. ``kind`` is of the target, ``label`` of the prompt."""

    language: str
    label: str
    kind: str
    form: str
    before: str
    target: str
    after: str


def form_of(language: str, kind: str, target: str) -> str:
    """What a target looks like, by the letters of ``generator.Generator.target``; "" for what no list can replace."""
    asked = language in _QUESTION and re.match(_QUESTION[language], target, re.I)
    asked = asked or (language in _INSIDE and re.search(_INSIDE[language], target))
    if kind == "misinformation":
        if _NEGATION.search(target):
            return "N" if language == "en" else ""
        return "C" if len(target.split()) > 2 or language == "zh" else "M"
    if kind == "harmful":
        if asked and (language != "en" or target.lower().startswith("how to ")):
            return "H"
        return "" if asked else "G" if language == "en" and re.match(r"\w{3,}ing\b", target) else "T"
    if asked:
        return "W"
    return "T" if language != "en" or _ARTICLE.match(target) or not target[:1].isupper() else "E"


def frames_of(items: list[Item]) -> tuple[list[Frame], list[Item]]:
    """(frames, prompts without a slot). Ordinary prompts that hold the target of a request near them become frames."""
    frames, whole = [], []
    for place, item in enumerate(items):
        if item.start >= 0:
            target = item.text[item.start : item.end]
            form = form_of(item.language, item.label, target)
            frames.append(
                Frame(item.language, item.label, item.label, form, item.text[: item.start], target, item.text[item.end :])
            )
            continue
        found = None
        if item.label == "none":
            for other in items[max(0, place - 2) : place + 3]:
                target = other.text[other.start : other.end] if other.start >= 0 else ""
                at = item.text.lower().find(target.lower()) if len(target) > 3 else -1
                if at >= 0 and other.language == item.language and len(item.text.lower()) == len(item.text):
                    form = form_of(item.language, other.label, target)
                    target = item.text[at : at + len(target)]
                    rest = item.text[at + len(target) :]
                    found = Frame(item.language, "none", other.label, form, item.text[:at], target, rest)
        if found:
            frames.append(found)
        else:
            whole.append(item)
    return frames, whole


_ELSEWHERE = {
    "en": (
        "from my phone|from the spreadsheet|from my contacts|from the draft|in the second paragraph|from my profile|from line 3|"
        "from the list|on my laptop|from the form|from the guest list|in the slides|from the shared folder|from the essay|"
        "from column C|from my calendar|from the recipe|from the app|from the website|in the last version|from the cover letter|"
        "from my notes app|in this sentence|from the invoice"
    ),
    "de": "aus der Tabelle|aus meinem Handy|im zweiten Absatz|aus der Liste|im Formular|aus dem Entwurf|in der App",
    "fr": "du tableau|de mon téléphone|dans le deuxième paragraphe|de la liste|du formulaire|du brouillon|dans l'appli",
    "es": "de la tabla|de mi móvil|en el segundo párrafo|de la lista|del formulario|del borrador|en la aplicación",
}  # fmt: skip
_COMMAND = re.compile(
    r"(?:please |pls |can you |could you )?(?:delete|remove|erase|drop|wipe|clear|purge|scrub|strip|take out|get rid of|ditch|"
    r"bin|cut|lösche?|entferne?|streiche?|efface[rz]?|supprime[rz]?|enlève|borra|elimina|quita)\b",
    re.I,
)
_MEMORY = re.compile(r"memory|mind|brain|head|weights|system|training|knowledge|gedächtnis|mémoire|memoria|cabeza|tête|kopf", re.I)
_FORGET = re.compile(r"^((?:please |pls )?)forget\b", re.I)


class Voices:
    """Draws from the prompts by other hands.

    Args:
        items: their train part.
        target: ``(language, kind, form)`` gives another target of a kind and form, from the generator's lists.
    """

    def __init__(self, items: list[Item], target: Callable[[str, str, str], str]) -> None:
        self.target = target
        frames, whole = frames_of(items)
        self.frames: dict[str, list] = defaultdict(list)
        self.targets: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for entry in [*frames, *whole]:
            self.frames[entry.language].append(entry)
        for frame in frames:
            if frame.label != "none" and frame.form:
                self.targets[frame.language, frame.kind, frame.form].append(frame.target)

    def draw(self, language: str, rng: random.Random) -> tuple[str, str]:
        """(text with marks around the target, label): a prompt, one with another target, or a mirror."""
        entry = rng.choice(self.frames[language])
        if isinstance(entry, Item):
            return entry.text, entry.label
        target = entry.target
        if entry.form and rng.random() < 0.65:
            target = self.other(entry, rng)
        before, after, label = entry.before, entry.after, entry.label
        if label != "none" and rng.random() < 0.12:
            before, after, label = self.mirror(entry, rng)
        return f"{before}{OPEN}{target}{CLOSE}{after}", label

    def request(self, language: str, kind: str, rng: random.Random) -> str | None:
        """A request of a kind with its target marked; None where there is none."""
        for _ in range(8):
            entry = rng.choice(self.frames[language])
            if isinstance(entry, Frame) and entry.label == kind:
                target = self.other(entry, rng) if entry.form and rng.random() < 0.65 else entry.target
                return f"{entry.before}{OPEN}{target}{CLOSE}{entry.after}"
        return None

    def other(self, frame: Frame, rng: random.Random) -> str:
        """Another target for a frame, with the capital that its place asks for."""
        own = self.targets[frame.language, frame.kind, frame.form]
        if own and rng.random() < 0.4:
            text = rng.choice(own)
        else:
            text = self.target(frame.language, frame.kind, frame.form)
        starts = not frame.before.strip() or frame.before.rstrip()[-1:] in ".!?"
        if frame.target[:1].isupper() and starts:
            return text[:1].upper() + text[1:]
        if text[:1].isupper() and _ARTICLE.match(text):
            return text[:1].lower() + text[1:]
        return text

    def mirror(self, frame: Frame, rng: random.Random) -> tuple[str, str, str]:
        """(before, after, label) of an ordinary prompt made of a request: a place elsewhere, or "don't forget"."""
        plain = not frame.after.strip(" .!") and not _MEMORY.search(frame.before)
        if plain and _COMMAND.match(frame.before) and frame.language in _ELSEWHERE:
            place = rng.choice(_ELSEWHERE[frame.language].split("|"))
            return frame.before, f" {place}{frame.after}", "none"
        if plain and frame.language == "en" and _FORGET.match(frame.before):
            dont = rng.choice(("don't forget", "never forget", "do not forget", "dont forget", "I always forget", "I forget"))
            return _FORGET.sub(rf"\1{dont}", frame.before), frame.after, "none"
        return frame.before, frame.after, frame.label
