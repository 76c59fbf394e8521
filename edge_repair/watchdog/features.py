"""Hashed features of a text, in numpy alone: no vocabulary, no regular expression, linear in the length.

A text becomes tokens (words, single Chinese or Japanese characters, runs of one punctuation mark). Each token is a
row of hashed slots (the word, its shape, its character trigrams) for the convolutional part of the model; the whole
text is a set of hashed word n-grams and character n-grams for the linear part. Letters are folded (case, accents,
full width, digits to 0), invisible characters are dropped, so neither hides a request.

Hashing: Weinberger et al., "Feature Hashing for Large Scale Multitask Learning" (2009). Subword slots follow
Bojanowski et al., "Enriching Word Vectors with Subword Information" (2017).

Not covered: look-alike letters of other scripts (a Cyrillic "о" in "fоrget"), and languages that are written without
spaces other than with Han or kana characters.
"""

import unicodedata
from typing import NamedTuple

import numpy as np

TOKEN_BUCKETS = 1 << 15  # rows of the token table; row 0 is the zero row of empty slots
NGRAM_BUCKETS = 1 << 17  # rows of the linear table; row 0 likewise
SLOTS = 16  # word, shape, 14 subwords
HEAD_TOKENS = TAIL_TOKENS = 128  # what is kept of a longer text; the model's cost is bounded by their sum

MASK, CUT, PASTE = "\ue000", "\ue001", "\ue002"  # stand for: quoted text, left-out text, a segment that is not typed

_DROP, _SPACE, _WORD, _SINGLE, _MARK = 1, 2, 3, 4, 5
_TABLE_SIZE = 0x30000  # planes 0 to 2: every letter; higher code points count as marks
_fold = np.zeros(_TABLE_SIZE, np.uint32)
_class = np.zeros(_TABLE_SIZE, np.uint8)  # 0: not looked up yet
_POWERS = np.array([pow(0x01000193, k, 1 << 32) for k in range(64)], np.uint32)
_BOUNDARY_LEFT, _BOUNDARY_RIGHT = np.uint32(2), np.uint32(3)
_SIXTEEN, _THIRTEEN, _FIRST_FACTOR, _SECOND_FACTOR = map(np.uint32, (16, 13, 0x85EBCA6B, 0xC2B2AE35))


class Features(NamedTuple):
    """Inputs of the model for one text of T tokens and M distinct n-grams.

    slots: int32 [T, SLOTS], rows of the token table (0: empty). weights: float32 [T, SLOTS].
    ngrams: int32 [M], rows of the linear table. values: float32 [M].
    starts, ends: int64 [T], where each token lies in the text (characters, end exclusive).
    words: how many different words are among the tokens; two Han or kana characters count as one, rounded up.
    """

    slots: np.ndarray
    weights: np.ndarray
    ngrams: np.ndarray
    values: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    words: int


def _look_up(code: int) -> tuple[int, int]:
    """The folded code point and the class of one code point."""
    character = chr(code)
    if character in "'’ʼ`´":
        return ord("'"), _MARK
    category = unicodedata.category(character)
    if category in ("Cf", "Cs", "Cc") and character not in "\t\n\r\v\f\x85":
        return 0, _DROP
    if character in "\n\r\u2028\u2029":
        return ord("\n"), _MARK
    if character.isspace():
        return ord(" "), _SPACE
    if 0x300 <= code < 0x370 or 0xFE00 <= code < 0xFE10:  # combining accents, variation selectors
        return 0, _DROP
    plain = unicodedata.normalize("NFKD", character)
    folded = plain[0].lower()[0] if plain else character
    if folded.isnumeric():
        return ord("0"), _WORD
    if 0x2E80 <= code < 0x2FE0 or 0x3040 <= code < 0xA000 or 0xF900 <= code < 0xFB00 or code >= 0x20000:
        return ord(folded), _SINGLE  # Han and kana
    if category[0] == "L" or category[0] == "M" or folded.isalnum():
        return ord(folded), _WORD
    return ord(folded), _MARK


def _classify(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Folded code points and classes of an array of code points (uint32 [n])."""
    inside = np.minimum(codes, _TABLE_SIZE - 1)
    if not _class[inside].all():
        for code in np.unique(inside[_class[inside] == 0]):
            _fold[code], _class[code] = _look_up(int(code))
    classes = _class[inside]
    if codes.size and int(codes.max()) >= _TABLE_SIZE:
        classes = np.where(codes >= _TABLE_SIZE, np.uint8(_MARK), classes)
    return _fold[inside], classes


def _mix(hashes: np.ndarray) -> np.ndarray:
    """Finaliser of MurmurHash3 (32 bits): spreads nearby values over all buckets. A new array; the rest is in place."""
    hashes = hashes ^ (hashes >> _SIXTEEN)
    hashes *= _FIRST_FACTOR
    hashes ^= hashes >> _THIRTEEN
    hashes *= _SECOND_FACTOR
    hashes ^= hashes >> _SIXTEEN
    return hashes


def _bucket(hashes: np.ndarray, buckets: int) -> np.ndarray:
    """Rows 1 to buckets - 1 for 32-bit hashes; row 0 is kept for "nothing"."""
    return (hashes % np.uint32(buckets - 1)).astype(np.int32) + 1


def tokenise(text: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Split a text into tokens.

    Returns:
        (folded code points uint32 [n] and classes uint8 [n] of the kept characters, their places in the text
        int64 [n], the first character of each token as an index into these int64 [T]).
    """
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    folded, classes = _classify(codes)
    kept = classes != _DROP
    quotes = folded[1:-1] == ord("'")
    if quotes.any():  # "don't" is one word, written as "dont"
        kept[1:-1] &= ~(quotes & (classes[:-2] == _WORD) & (classes[2:] == _WORD))
    places = kept.nonzero()[0]
    folded, classes = folded[places], classes[places]
    starts = np.empty(len(places), bool)
    starts[:1] = True
    starts[1:] = (
        (classes[1:] != classes[:-1])
        | (classes[1:] == _SINGLE)
        | ((classes[1:] == _MARK) & (folded[1:] != folded[:-1]))
    )
    kept = classes != _SPACE
    starts &= kept
    # Dropping the spaces keeps token starts where they were: each token begins with a kept character.
    first = starts[kept].nonzero()[0]
    return folded[kept], classes[kept], places[kept], first


def _limit(folded, classes, places, first):
    """Keep the first and last tokens of a long text, with one CUT mark between them."""
    head_end, tail_start = first[HEAD_TOKENS], first[-TAIL_TOKENS]
    folded = np.concatenate([folded[:head_end], [np.uint32(ord(CUT))], folded[tail_start:]])
    classes = np.concatenate([classes[:head_end], [np.uint8(_MARK)], classes[tail_start:]])
    places = np.concatenate([places[:head_end], [places[head_end]], places[tail_start:]])
    first = np.concatenate([first[:HEAD_TOKENS], [head_end], first[-TAIL_TOKENS:] - tail_start + head_end + 1])
    return folded, classes, places, first


def encode(text: str) -> Features:
    """Features of one text. Any string is accepted; an empty one gives one token with empty slots."""
    folded, classes, places, first = tokenise(text)
    if len(first) > HEAD_TOKENS + TAIL_TOKENS + 1:
        folded, classes, places, first = _limit(folded, classes, places, first)
    count = len(first)
    if count == 0:
        nothing = np.zeros(1, np.int64)
        return Features(
            np.zeros((1, SLOTS), np.int32), np.zeros((1, SLOTS), np.float32),
            np.zeros(1, np.int32), np.zeros(1, np.float32), nothing, nothing, 0,
        )  # fmt: skip
    size = len(folded)
    lengths = np.empty(count, np.int64)
    np.subtract(first[1:], first[:-1], out=lengths[:-1])
    lengths[-1] = size - first[-1]
    token_of = np.arange(count).repeat(lengths)
    position = np.arange(size) - first[token_of]
    last = first + lengths - 1
    kinds = classes[first]
    words = np.add.reduceat(_mix(folded + np.uint32(77)) * _POWERS[np.minimum(position, 63)], first)
    words = _mix(words.astype(np.uint32, copy=False))
    ends = places[last] + 1

    left, right = np.empty(size, np.uint32), np.empty(size, np.uint32)
    left[1:], right[:-1] = folded[:-1], folded[1:]
    left[first], right[last] = _BOUNDARY_LEFT, _BOUNDARY_RIGHT
    trigrams = _mix((left * np.uint32(0x9E3779B1) + folded) * np.uint32(0x85EBCA77) + right)
    slots = np.zeros((count, SLOTS), np.int32)
    slots[:, 0] = _bucket(words, TOKEN_BUCKETS)
    slots[:, 1] = _bucket(_shapes(text, places, first, lengths, kinds), TOKEN_BUCKETS)
    subwords = (classes == _WORD) & (position < SLOTS - 2)
    slots[token_of[subwords], position[subwords] + 2] = _bucket(trigrams[subwords], TOKEN_BUCKETS)
    singles = (kinds == _SINGLE).nonzero()[0]
    if singles.size:  # the neighbours of a Han character play the part of its subwords
        own = words[singles]
        previous = np.where(singles > 0, words[singles - 1], _BOUNDARY_LEFT)
        following = np.where(singles < count - 1, words[(singles + 1) % count], _BOUNDARY_RIGHT)
        slots[singles, 2] = _bucket(_mix(previous * np.uint32(31) + own), TOKEN_BUCKETS)
        slots[singles, 3] = _bucket(_mix(own * np.uint32(31) + following), TOKEN_BUCKETS)
        slots[singles, 4] = _bucket(_mix((previous * np.uint32(31) + own) * np.uint32(33) + following), TOKEN_BUCKETS)
    weights = (slots > 0).astype(np.float32)
    subword_count = np.maximum(weights[:, 2:].sum(axis=1, keepdims=True), 1)
    weights[:, 2:] /= subword_count
    ngrams = _ngrams(folded, position, words)
    values = np.full(len(ngrams), 1 / np.sqrt(len(ngrams)), np.float32)
    different = len(set(words[kinds == _WORD].tolist())) + (singles.size + 1) // 2
    return Features(slots, weights, ngrams, values, places[first], ends, different)


def _shapes(text: str, places, first, lengths, kinds) -> np.ndarray:
    """A hash of how each token looks (capitals, mark or word, first tokens of a line), uint32 [T]."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    begin = codes[places[first]]
    second = codes[places[np.minimum(first + 1, first + lengths - 1)]]
    upper = ((begin >= 65) & (begin <= 90)).astype(np.uint32)
    capitals = upper & ((second >= 65) & (second <= 90)) & (lengths > 1)
    code = kinds + 8 * upper + 16 * capitals
    code[0] += 32
    code[1:] += np.uint32(32) * (begin[:-1] == ord("\n"))
    code[1:2] += 64
    code[2:] += 128
    return _mix(code + np.uint32(0xABCDEF))


def _ngrams(folded: np.ndarray, position: np.ndarray, words: np.ndarray) -> np.ndarray:
    """Distinct rows of the linear table: word 1- to 3-grams, character 3- to 5-grams over the text. int32 [M]."""
    found, pairs = [words + np.uint32(1)], words[:0]
    if len(words) > 1:
        pairs = _mix(words[:-1] * np.uint32(31) + words[1:])
        found.append(pairs[:-1] * np.uint32(33) + words[2:])
        found.append(words[:-2] * np.uint32(37) + words[2:])  # a gap of one word
    size = len(folded) + len(words) + 1  # one blank before each token and at the end
    stream = np.full(size, np.uint32(32))
    places = np.arange(len(folded)) + (position == 0).cumsum()
    stream[places] = folded
    rolling = stream
    for length in range(2, 6):
        rolling = rolling[:-1] * np.uint32(0x01000193) + stream[length - 1 :]
        if length > 2:
            found.append(rolling + np.uint32(length))
        if len(rolling) < 2:
            break
    rows = _bucket(np.concatenate([pairs, _mix(np.concatenate(found))]), NGRAM_BUCKETS)
    rows.sort()  # np.unique, without its overhead
    first = np.empty(len(rows), bool)
    first[:1] = True
    np.not_equal(rows[1:], rows[:-1], out=first[1:])
    return rows[first]
