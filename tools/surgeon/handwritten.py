"""Training requests from hand-written ones: as they are, and as frames with other targets put into them.

What is known of a request is its reading (subject, aspect, wrong, right); where these words stand in the text is found
here. A target that stands in one piece is exchanged for another of the same form (a noun phrase for a noun phrase, an
indirect question for one, a skill for a skill), unless the text speaks of its subject elsewhere too.
"""

import re
from dataclasses import replace

from edge_repair.surgeon.grammar import is_wh_clause
from tools.surgeon.generator import RequestGenerator, Tagged, parse

OPEN, CLOSE = "\x02", "\x03"
_FOREIGN_WH = {
    "de": r"(?:wo|wer|wen|wem|was|wann|wie|welche\w*|warum|woher|wohin|womit)\b",
    "fr": r"(?:où|qui|quand|comment|ce que|ce qui|combien|quel\w*|pourquoi)\b",
    "es": r"(?:d[oó]nde|qui[eé]n|cu[aá]ndo|c[oó]mo|qu[eé]|cu[aá]nt\w+|cu[aá]l|en qu[eé]|por qu[eé])\b",
    "it": r"(?:dove|chi|quando|come|cosa|che cosa|quant\w+|quale|perch[eé])\b",
    "zh": r".*(?:怎么|怎样|如何|谁|哪|什么|多少|几)",
    "hi": r".*(?:कहाँ|कब|कौन|क्या|कितन|किस|कैसे|किधर)",
}
FIRST_BY_OTHERS, OTHERS = 10, 3.0  # the round from which requests are not by the author of the rules; how often they are taken
_DENIED = r"\b(?:not|never|no|nicht|kein\w*|pas|ne)\b|n['’]t\b|\bn['’]|不|没|नहीं"


def samples_of(row: dict) -> Tagged | None:
    """A row of ``tests/surgeon/requests.json`` with its words labelled, or None where they do not stand in the text."""
    text, targets = row["text"], [{side: _first(value) for side, value in target.items()} for target in row.get("targets", ())]
    if "error" in row:
        return Tagged(text, "unspecified", [], [], None, None, row["error"])
    regions, subjects = [], []
    for target in targets:
        found = _of_correction(text, target) if target.get("wrong") else _of_target(text, target)
        if not found:
            return None
        regions += [region for region in found if all(region[1] <= start or region[0] >= end for start, end, _ in regions)]
        if target["subject"] != "the speaker":
            places = [place for start, end, _ in found if (place := _place(text, target["subject"], start, end))]
            place = places[0] if places else _place(text, target["subject"], 0, len(text))
            subjects += [place] if place else []
    if not regions:
        return None
    speaker = targets[0]["subject"] == "the speaker"
    known = subjects or speaker
    return Tagged(text, targets[0]["kind"], sorted(regions), sorted(subjects) if known else None, targets[0]["scope"], speaker, "named")


def _first(value):
    return value[0] if isinstance(value, list) else value


def _place(text: str, words: str, start: int, end: int) -> tuple[int, int] | None:
    match = re.search(r"(?<!\w)" + re.escape(words) + r"(?!\w)" if words.isascii() else re.escape(words), text[start:end], re.IGNORECASE)
    return (start + match.start(), start + match.end()) if match else None


def _tokens(text: str) -> list[tuple[str, int, int]]:
    return [(m.group().lower(), m.start(), m.end()) for m in re.finditer(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+(?:['’.-]\w+)*|[\u0900-\u097f]+", text)]


def _run(text: str, phrase: str, needed: set[str], taken: list[tuple[int, int, str]] = ()) -> tuple[int, int] | None:
    """The longest run of words that stands both in the text and in the phrase and holds a needed word."""
    words, wanted = _tokens(text), [word for word, _, _ in _tokens(phrase)]
    best: tuple[int, int, int] | None = None
    for at in range(len(words)):
        for into in range(len(wanted)):
            size = 0
            while (
                at + size < len(words)
                and into + size < len(wanted)
                and words[at + size][0] == wanted[into + size]
                and (not size or not re.search(r"[.!?;:]\s", text[words[at + size - 1][2] : words[at + size][1]]))
                and all(words[at + size][2] <= start or words[at + size][1] >= end for start, end, _ in taken)
            ):
                size += 1
            if size and (best is None or size > best[0]) and needed & set(wanted[into : into + size]):
                best = (size, words[at][1], words[at + size - 1][2])
    return best[1:] if best else None


def _of_target(text: str, target: dict) -> list[tuple[int, int, str]]:
    """The region that names what goes: the longest stretch that subject and aspect span without a stop between them."""
    marked = target.get("target")
    if marked and (place := _place(text, marked, 0, len(text))):
        return [(*place, "forget")]
    subject, aspect = target["subject"], target.get("aspect", "")
    if not aspect:
        place = _place(text, subject, 0, len(text))
        return [(*place, "forget")] if place else []
    place = _place(text, aspect, 0, len(text))
    if place is None:
        return []
    start, end = place
    if subject == "the speaker":
        owner = re.search(r"\b(?:my|our|mein\w*|mon|ma|mes|mis?|mi[ao]) $|我的?$|मेर[ाीे] $", text[:start], re.IGNORECASE)
        return [(owner.start() if owner else start, end, "forget")]
    other = _place(text, subject, 0, len(text))
    if other is None or start <= other[0] < end:
        return [(start, end, "forget")]
    first, last = min(start, other[0]), max(end, other[1])
    between = text[min(end, other[1]) : max(start, other[0])]
    if len(between) > 12 or re.search(r"[.!?;:]", between):
        return [(start, end, "forget")]
    article = re.search(r"\b(?:the|The|die|der|das|la|le|el|il) $", text[:first])
    return [(article.start() if article and first == start else first, last, "forget")]


def _of_correction(text: str, target: dict) -> list[tuple[int, int, str]]:
    """The regions of a correction: "wrong" what is claimed, "right" what is so, a denial of the wrong one included."""
    wrong, right, marked = target["wrong"], target.get("right") or "", target.get("target") or ""
    sides = {role: {word for word, _, _ in _tokens(words)} for role, words in (("wrong", wrong), ("right", right))}
    regions: list[tuple[int, int, str]] = []
    for phrase, role in ((marked, ""), (wrong, "wrong"), (right, "right")):
        place = _place(text, phrase, 0, len(text)) if phrase else None
        if place is None or any(start < place[1] and place[0] < end for start, end, _ in regions):
            continue
        if not role:  # the author's own target: a claim, or its denial; one that holds both is cut below
            here = {word for word, _, _ in _tokens(phrase)}
            first = re.split(r"[,;:] | - | but ", phrase)[0]
            if re.search(_DENIED, first, re.IGNORECASE) and {word for word, _, _ in _tokens(first)} & (sides["wrong"] - sides["right"]):
                regions.append((place[0], place[0] + len(first.rstrip()), "right"))  # "Beethoven was not blind, he was deaf"
                continue
            only = {name: here & sides[name] - sides[other] for name, other in (("wrong", "right"), ("right", "wrong"))}
            if only["wrong"] and only["right"] - {"not", "n't", "never", "no", "nicht", "kein", "keine", "pas", "不", "没", "नहीं"}:
                continue
            denied = [bool(re.search(_DENIED, words, re.IGNORECASE)) for words in (phrase, wrong)]
            role = "right" if denied[0] != denied[1] else "wrong"
        regions.append((*place, role))
    for role, other, words in (("wrong", "right", wrong), ("right", "wrong", right)):
        if not any(found == role for _, _, found in regions) or role == "right" and not any(text[s:e].lower() == right.lower() for s, e, _ in regions):
            place = _run(text, words, sides[role] - sides[other] - {"not", "do", "does", "did", "is", "are", "a", "the"}, regions)
            if place:
                regions.append((*place, role))
    return regions


class FrameGenerator:
    """Draws training requests from labelled hand-written ones.

    Args:
        rows: of ``tests/surgeon/requests.json``.
        generator: makes the targets that are put in, and the noise.
    """

    def __init__(self, rows: list[dict], generator: RequestGenerator) -> None:
        self.generator, self.rng = generator, generator.rng
        pairs = [(row, samples_of(row)) for row in rows]
        self.samples = [(row, sample) for row, sample in pairs if sample is not None]
        self.weights = [OTHERS if row.get("round", 0) >= FIRST_BY_OTHERS else 1.0 for row, _ in self.samples]

    def request_sample(self) -> Tagged:
        """One request, in three of five cases with another target where it can be exchanged."""
        row, sample = self.rng.choices(self.samples, self.weights)[0]
        language = row["language"]
        exchanged = self._exchanged(row, sample) if self.rng.random() < 0.6 else None
        sample = exchanged or sample
        marked = _with_marks(sample)
        noisy = parse(self.generator.noise(marked, language if language != "it" else "es"), sample.kind)
        return replace(noisy, scope=sample.scope, speaker=sample.speaker, state=sample.state, subjects=(noisy.subjects or []) if sample.subjects is not None else None)

    def _exchanged(self, row: dict, sample: Tagged) -> Tagged | None:
        if len(sample.regions) != 1 or sample.state != "named" or row["language"] == "it":
            return None
        (start, end, role), language, rng = sample.regions[0], row["language"], self.rng
        if any(place[0] < start or place[1] > end for place in sample.subjects or ()):
            return None
        phrase, kind = sample.text[start:end], sample.kind
        wh = is_wh_clause(phrase) if language == "en" else bool(re.match(_FOREIGN_WH[language], phrase, re.IGNORECASE))
        if role != "forget":
            if language != "en" or not re.search(r" ", phrase):
                return None
            denied = re.search(r"\b(?:not|never)\b|n['’]t\b", phrase) is not None
            if role == "right" and not denied:
                return None
            form = "C" if role == "wrong" else "N"
        elif kind == "harmful":
            form = "H" if wh or re.match(r"how\b", phrase, re.IGNORECASE) else "G" if re.match(r"\w+ing\b", phrase) and language == "en" else "T"
        elif kind == "misinformation":
            return None
        else:
            form = "W" if wh else "E" if sample.scope == "subject" else "T"
        if form == "T" and kind != "harmful" and rng.random() < 0.8:
            form = "T"
        text = self.generator.target(language, kind, form)
        if language == "en" and re.match(r"(?:the|my|a|an)\b", text.lstrip("\x0e\x0f\x10\x11\x13\x14\x15\x16\x17"), re.IGNORECASE) and re.search(r"\b(?:the|my|our|your|that)\s*$", sample.text[:start], re.IGNORECASE):
            return None
        if phrase[:1].isupper() and start == 0:
            text = re.sub(r"\w", lambda match: match.group().upper(), text, count=1)
        return parse(f"{sample.text[:start]}{OPEN}{text}{CLOSE}{sample.text[end:]}", kind)


def _with_marks(sample: Tagged) -> str:
    from tools.surgeon.generator import SUBJECT_CLOSE, SUBJECT_OPEN, _MARK_OF

    marks = [(start, 1, OPEN + _MARK_OF[role]) for start, _, role in sample.regions] + [(end, 0, CLOSE) for _, end, _ in sample.regions]
    for start, end in sample.subjects or ():
        marks += [(start, 2, SUBJECT_OPEN), (end, -1, SUBJECT_CLOSE)]
    text = sample.text
    for place, _, mark in sorted(marks, reverse=True):
        text = text[:place] + mark + text[place:]
    return text
