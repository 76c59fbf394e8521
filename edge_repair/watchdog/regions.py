"""Finds the parts of typed text that are not the person's own words: quotes, code, transcripts, letters, web pages.

Provenance comes before learning: no classifier can tell "a request followed by a quoted document" from "a document
that ends in an injected request", so what is marked as quoted is taken out before anything is scored:

* the *intent view* has every region replaced by one mark: quoted words can never raise the probability of a request;
* the *topic view* keeps short quotes, which often name the target (``Get "the moon is cheese" out of your system``).

Long text is cut to its head and its tail, where people put requests beside a paste; the cost is bounded by that.

Not covered: text pasted into the typed segment without any mark (the trained part of the Watchdog has to tell), and
a request in the middle of more than ``HEAD + TAIL`` characters.
"""

import re
from typing import NamedTuple

import numpy as np

from edge_repair.watchdog.features import CUT, MASK, PASTE
from edge_repair.watchdog.verdict import Prompt

HEAD = TAIL = 700  # characters of a longer text that are looked at
EDGE = 350  # characters of its first and last paragraph, looked at once more without what surrounds them
LONG_CHARACTERS, LONG_WORDS = 80, 12  # a quote beyond either is a document, not the name of a target


class Region(NamedTuple):
    """A quoted part of a text: offsets, what marks it, and whether it is hidden from the topic view as well."""

    start: int
    end: int
    how: str
    long: bool


class View(NamedTuple):
    """A text to score. ``origin`` (int64 [len(text)]) gives each character's offset in the typed text, -1 for marks."""

    text: str
    origin: np.ndarray


class Views(NamedTuple):
    """Both views of a prompt, the regions found (offsets in the typed text) and whether the middle was left out."""

    intent: View
    topic: View
    regions: tuple[Region, ...]
    shortened: bool


_OPENERS = {"“": "”", "„": "“”", "«": "»", "‹": "›", "「": "」", "『": "』", "《": "》", "‘": "’"}
_MARKS = re.compile(r"```+|~~~+|\"\"\"|'''|<<<|\n[ \t]*\n|[\"`“„«‹「『《‘']")
_PARAGRAPH_END = re.compile(r"\S[^\S\n]*(?=\n)")
_PARAGRAPH_START = re.compile(r"(?<=\n)(?=[^\S\n]*\S)")
_ROLE = (
    r"user|human|assistant|ai|bot|chatbot|system|customer|agent|support|me|you|model|gpt|prompt|response|answer|"
    r"usuario|asistente|cliente|utilisateur|assistante|client|benutzer|nutzer|assistent|kunde|kundin|"
    r"用户|助手|客户|客服|系统|उपयोगकर्ता|सहायक|ग्राहक"
)
_ROLE_LINE = re.compile(rf"^[ \t]*[\[(*#>-]{{0,3}}(?:{_ROLE})[\])*]{{0,3}}[ \t]?[:：]", re.I | re.M)
_LABEL_LINE = re.compile(r"^[ \t]*[^\W\d_][\w .'-]{0,24}[ \t]?[:：][ \t]*\S", re.M)
_QUOTED_LINE = re.compile(r"^[ \t]{0,3}>.*$", re.M)
_MAIL_HEADER = re.compile(
    r"^[ \t]*(?:from|subject|sent|von|betreff|de|asunto|objet|发件人|主题|प्रेषक|विषय)[ \t]?[:：][ \t]*\S",
    re.I | re.M,
)
_RULE_LINE = re.compile(r"^[ \t]*(?:[-=*_#~]{3,}|[-=*_#~]{2,}[^\n]{1,40}?[-=*_#~]{2,})[ \t]*$", re.M)
_TAG = re.compile(r"<[a-zA-Z!/][^<>\n]{0,200}>")
_CLOSING_TAG = re.compile(r"</[a-zA-Z]")


def _quotes(text: str) -> list[Region]:
    """Fences, code spans and quotation marks, in one pass over the marks; unclosed quotation marks mark nothing."""
    regions: list[Region] = []
    opened: tuple[int, str, str] | None = None  # where, with which mark, closed by what
    for mark in _MARKS.finditer(text):
        sign, place = mark.group(), mark.start()
        fence = sign[:3] in ("```", "~~~", '"""', "'''", "<<<")
        if opened is not None:
            start, how, closing = opened
            if fence and how[:3] in ("```", "~~~", '"""', "'''") and sign[:3] == closing:
                regions.append(Region(start, mark.end(), how[:3], True))
                opened = None
            elif how == sign == closing and (sign != "'" or _closes(text, place)):
                regions.append(_quote(text, start, mark.end(), how))
                opened = None
            elif sign.startswith("\n") and how in "\"'`":
                opened = None  # straight marks do not reach over a blank line
            if opened is not None or (regions and regions[-1].end == mark.end()):
                continue
        if fence:
            if sign == "<<<":
                end = text.find(">>>", mark.end())
                if end > 0:
                    regions.append(Region(place, end + 3, sign, True))
                continue
            opened = (place, sign, sign[:3])
        elif sign in _OPENERS:
            if regions and place < regions[-1].end:
                continue
            ends = [at for at in (text.find(closing, place + 1) for closing in _OPENERS[sign]) if at > 0]
            if ends and (sign != "‘" or _opens(text, place)):
                regions.append(_quote(text, place, min(ends) + 1, sign))
        elif not sign.startswith("\n") and (sign != "'" or _opens(text, place)):
            opened = (place, sign, sign)
    if opened is not None and opened[1][:3] in ("```", "~~~", '"""', "'''"):  # a fence that is never closed
        regions.append(Region(opened[0], len(text), opened[1][:3], True))
    return regions


def _opens(text: str, place: int) -> bool:
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    return not before.isalnum() and bool(after) and not after.isspace()


def _closes(text: str, place: int) -> bool:
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    return not before.isspace() and not after.isalnum()


def _quote(text: str, start: int, end: int, how: str) -> Region:
    inside = text[start:end]
    long = len(inside) > LONG_CHARACTERS or inside.count(" ") > LONG_WORDS or "\n" in inside
    return Region(start, end, how, long)


def find_regions(text: str) -> list[Region]:
    """Every quoted region of a text of bounded length, sorted, overlaps merged (long wins). Linear in the length."""
    regions = _quotes(text)
    regions += [Region(line.start(), line.end(), "block quote", True) for line in _QUOTED_LINE.finditer(text)]
    for pattern, how, long in ((_ROLE_LINE, "transcript", True), (_LABEL_LINE, "labelled lines", False)):
        lines = list(pattern.finditer(text))
        if len(lines) >= 2:
            end = text.find("\n", lines[-1].end())
            regions.append(Region(lines[0].start(), len(text) if end < 0 else end, how, long))
    headers = list(_MAIL_HEADER.finditer(text))
    if len(headers) >= 2:
        regions.append(Region(headers[0].start(), len(text), "letter", True))
    rules = list(_RULE_LINE.finditer(text))
    if len(rules) >= 2:
        regions.append(Region(rules[0].start(), rules[-1].end(), "ruled off", True))
    if _CLOSING_TAG.search(text):
        tags = list(_TAG.finditer(text))
        if tags:
            regions.append(Region(tags[0].start(), tags[-1].end(), "markup", True))
    merged: list[Region] = []
    for region in sorted(regions):
        if merged and region.start < merged[-1].end:
            last = merged.pop()
            region = Region(last.start, max(last.end, region.end), last.how, last.long or region.long)
        if region.end > region.start:
            merged.append(region)
    return merged


def _assemble(text: str, offset: int, regions: list[Region], pieces: list, origins: list) -> None:
    """Append ``text`` to a view, each of the regions replaced by one mark."""
    place = 0
    for region in [*regions, None]:
        end = len(text) if region is None else region.start
        pieces.append(text[place:end])
        origins.append(np.arange(offset + place, offset + end))
        if region is not None:
            pieces.append(MASK)
            origins.append(np.full(1, -1))
            place = region.end


def _ends(text: str, edges: bool) -> tuple[str, str]:
    """What is looked at of a long text: its head and its tail, or only its first and its last paragraph."""
    if not edges:
        return text[:HEAD], text[len(text) - TAIL :]
    head, tail = text[:EDGE], text[len(text) - EDGE :]
    first = _PARAGRAPH_END.search(head)
    last = list(_PARAGRAPH_START.finditer(tail))
    return head[: first.end()] if first else head, tail[last[-1].start() :] if last else tail


def build_views(prompt: Prompt, edges: bool = False) -> Views:
    """The two views of a prompt; ``PASTE`` stands where a segment was not typed.

    ``edges``: of a long text only the first and the last paragraph, in which a request beside a document stands out.
    """
    chunks: list[tuple[str, int]] = []  # text, its offset in the typed text (-1 for a mark)
    offset = 0
    for segment in prompt.segments:
        if segment.source != "typed":
            if not (chunks and chunks[-1][0] == PASTE):
                chunks.append((PASTE, -1))
            continue
        chunks.append((segment.text, offset))
        offset += len(segment.text) + 1
    intent: tuple[list, list] = ([], [])
    topic: tuple[list, list] = ([], [])
    found: list[Region] = []
    shortened = False
    for index, (text, start) in enumerate(chunks):
        if start < 0:
            parts = [(text, -1, False)]
        elif len(text) > HEAD + TAIL:
            shortened = True
            head, end = _ends(text, edges)
            tail = len(text) - len(end)
            across = _quote_across(head, end)
            if across:
                opening, closing = across
                found += [Region(start + opening, start + tail + closing, "quote across a long text", True)]
                parts = [
                    (head[:opening], start, False),
                    (MASK, -1, False),
                    (end[closing:], start + tail + closing, False),
                ]
            else:
                parts = [(head, start, False), (CUT, -1, False), (end, start + tail, _in_fence(text, tail))]
        else:
            parts = [(text, start, False)]
        if index and start >= 0 and chunks[index - 1][1] >= 0:
            parts.insert(0, ("\n", start - 1, False))
        for part, at, fenced in parts:
            if at < 0:
                for pieces, origins in (intent, topic):
                    pieces.append(part)
                    origins.append(np.full(1, -1))
                continue
            regions = _tail_regions(part) if fenced else find_regions(part)
            _assemble(part, at, regions, *intent)
            _assemble(part, at, [region for region in regions if region.long], *topic)
            found += [region._replace(start=region.start + at, end=region.end + at) for region in regions]
    views = [View("".join(pieces), np.concatenate([np.zeros(0, int), *origins])) for pieces, origins in (intent, topic)]
    return Views(views[0], views[1], tuple(found), shortened)


def _quote_across(head: str, tail: str) -> tuple[int, int] | None:
    """A quote that opens in the head and closes in the tail: (where it opens in head, where it ends in tail)."""
    for opener, closer in (('"', '"'), ("“", "”"), ("«", "»"), ("„", "“")):
        place = head.rfind(opener)
        if place < 0 or (opener == closer and head.count(opener) % 2 == 0) or closer in head[place + 1 :]:
            continue
        before, end = head[:place].rstrip(" "), tail.rfind(closer)
        if end >= 0 and (not before or before[-1] in ":：\n,(" or place == len(before)):
            return place, end + 1
    return None


def _in_fence(text: str, place: int) -> bool:
    """Whether a fence that opened before ``place`` is still open there. Counted at the speed of ``str.count``."""
    backticks = text.count("\n```", 0, place) + text.startswith("```")
    return backticks % 2 == 1 or text.count('"""', 0, place) % 2 == 1


def _tail_regions(text: str) -> list[Region]:
    """Regions of a tail that begins inside a fence."""
    ends = [at for at in (text.find("```"), text.find('"""')) if at >= 0]
    if not ends:
        return [Region(0, len(text), "fence", True)]
    end = min(ends) + 3
    rest = [region._replace(start=region.start + end, end=region.end + end) for region in find_regions(text[end:])]
    return [Region(0, end, "fence", True), *rest]
