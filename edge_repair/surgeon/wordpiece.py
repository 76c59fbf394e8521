"""Cuts a text into word pieces, as the encoder of the tagger was trained to read them.

Greedy longest match first over a vocabulary (Wu et al. 2016, arXiv 1609.08144), on lower-case letters without accents;
punctuation marks and Han characters stand alone (the uncased tokenizer of Devlin et al. 2019, arXiv 1810.04805). Every piece
knows where it stands in the text, and how it is written there: the letters' case is lost to the vocabulary, and names
live on it.
"""

import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

FIRST, LAST, UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
LONGEST_WORD = 100  # characters; a longer one is one unknown piece
HEAD = TAIL = 127  # pieces that are kept of a longer text
SMALL, CAPITAL, CAPITALS = 0, 1, 2  # how a piece is written


class Pieces(NamedTuple):
    """A text of T pieces.

    ids: int64 [T + 2], numbers in the vocabulary, with those of ``FIRST`` and ``LAST`` around them.
    letters: int64 [T + 2], ``SMALL``, ``CAPITAL`` (the first letter) or ``CAPITALS``.
    starts, ends: int64 [T], where each piece lies in the text (characters, end exclusive).
    """

    ids: np.ndarray
    letters: np.ndarray
    starts: np.ndarray
    ends: np.ndarray


def _is_single(character: str) -> bool:
    """Whether a character is a word of its own: punctuation, other ASCII marks, Han."""
    code = ord(character)
    if 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126:
        return True
    return unicodedata.category(character)[0] == "P" or 0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x2FA1F


def _words(text: str) -> list[list[tuple[str, int]]]:
    """The words of a text: folded characters, each with its place."""
    words: list[list[tuple[str, int]]] = [[]]
    for place, character in enumerate(text):
        if character.isspace():
            words.append([])
            continue
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn") or character == "\ufffd":
            continue
        folded = [(part, place) for part in unicodedata.normalize("NFD", "'" if character == "’" else character.lower()) if unicodedata.category(part) != "Mn"]
        if len(folded) == 1 and _is_single(folded[0][0]):
            words += [folded, []]
        else:
            words[-1] += folded
    return [word for word in words if word]


def _cut(word: list[tuple[str, int]], vocabulary: Mapping[str, int]) -> list[tuple[int, int, int]]:
    """``(number, start, end)`` of the pieces of one word; one unknown piece where it cannot be cut."""
    spelled, found, at = "".join(character for character, _ in word), [], 0
    while at < len(word) <= LONGEST_WORD:
        for end in range(len(word), at, -1):
            number = vocabulary.get(("##" if at else "") + spelled[at:end])
            if number is not None:
                found.append((number, word[at][1], word[end - 1][1] + 1))
                at = end
                break
        else:
            break
    return found if found and at == len(word) else [(vocabulary[UNKNOWN], word[0][1], word[-1][1] + 1)]


def pieces_of(text: str, vocabulary: Mapping[str, int]) -> Pieces:
    """Cut a text; any string is accepted. Of a longer one the first and the last ``HEAD`` and ``TAIL`` pieces are kept."""
    found = [piece for word in _words(text) for piece in _cut(word, vocabulary)]
    if len(found) > HEAD + TAIL:
        found = found[:HEAD] + found[-TAIL:]
    written = [text[start:end] for _, start, end in found]
    letters = [CAPITALS if len(piece) > 1 and piece.isupper() else CAPITAL if piece[:1].isupper() else SMALL for piece in written]
    places = np.array([(start, end) for _, start, end in found], np.int64).reshape(-1, 2)
    return Pieces(
        np.array([vocabulary[FIRST], *(number for number, _, _ in found), vocabulary[LAST]], np.int64),
        np.array([SMALL, *letters, SMALL], np.int64),
        places[:, 0],
        places[:, 1],
    )
