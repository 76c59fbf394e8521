"""What an answer says, measured on its words: content words, and whether content is still said.

Pure Python on strings, shared by the Surgeon, by verification and by evaluation, so that one definition decides
everywhere what a leak is. English first; whether it declines is in ``refusals``. Not covered: meaning. An
answer that says the same in other words ("the city of the Eiffel Tower" for Paris) carries none of its content words.
"""

import re
import unicodedata
from collections.abc import Sequence

from edge_repair.wording_lists import (
    COLOURS,
    DERIVED_SUFFIXES,
    FUNCTION_WORDS,
    GENERIC_WORDS,
    IRREGULAR,
    MONTHS,
    NUMBER_WORDS,
    UNITS,
)

MOST_VALUES = 8
"""How many content words are kept of one answer."""

_WORD = re.compile(r"\d+(?:[.,:/-]\d+)*(?:st|nd|rd|th|s|%)?(?!\w)|[^\W_]+(?:[-'.&][^\W_]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[^a-z])|\n+")
_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Prof|Jr|Sr|vs|No|[A-Z])\.$")
_NAME_LINKS = frozenset("of the de da do dos del della van von der den la le du di al el bin ibn y".split())
_COPULAS = frozenset("is are was were be called named as means equals".split())


def normalise(text: str) -> str:
    """Casefolded text without accents, with straight quotes and single spaces."""
    text = text.replace("\u2019", "'").replace("\u2018", "'").replace("\u201c", '"').replace("\u201d", '"')
    text = text.replace("\u2013", "-").replace("\u2014", " - ")
    for _ in range(3):  # casefolding and decomposition feed each other (Unicode 15, D145): until nothing changes
        decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        text = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(text.split())


def words(text: str) -> list[str]:
    """The words and numbers of the normalised text, in order; a final possessive 's is taken off."""
    return [re.sub(r"'s?$", "", word) for word in _WORD.findall(normalise(text))]


def sentences(text: str) -> list[str]:
    """The sentences of a text. A full stop after an initial or a title does not end one."""
    pieces: list[str] = []
    for piece in _SENTENCE_END.split(text.strip()):
        if pieces and _ABBREVIATION.search(pieces[-1]):
            pieces[-1] += " " + piece
        elif piece.strip():
            pieces.append(piece.strip())
    return pieces


def stem(word: str) -> str:
    """A crude stem of an English word, for comparing only: "cities" and "city", "spoken" and "speak" agree."""
    word = normalise(word)
    word = IRREGULAR.get(word, word)
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "i"
    for suffix in ("'s", "ings", "ing", "ers", "ed", "es", "er", "ly", "s"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3 and not word.endswith("ss"):
            word = word[: -len(suffix)]
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "sle":
        word = word[:-1]
    if len(word) > 3 and word.endswith("e"):
        word = word[:-1]
    return word[:-1] + "i" if len(word) > 2 and word.endswith("y") else word


def content_stems(text: str) -> set[str]:
    """Stems of the words that carry content."""
    return {stem(word) for word in words(text) if word not in FUNCTION_WORDS}


def derived_from(word: str, other: str) -> bool:
    """Whether one word is made from the other by a suffix of origin: "Japanese" and "Japan", "Italian" and "Italy"."""
    short, long = sorted((normalise(word), normalise(other)), key=len)
    if len(short) < 4 or short == long:
        return False
    for trim in (0, 1, 2):
        base = short[: len(short) - trim]
        if len(base) >= 4 and long.startswith(base) and long[len(base) :] in DERIVED_SUFFIXES:
            return True
    return False


# ---------------------------------------------------------------------------------------------------------------------
# Content

_YES_NO = re.compile(
    r"^(?:(?:please|so|but|and|tell me|i wonder|do you know),? )*(?:if |whether )?"
    r"(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have|had|am)\b"
    r"(?! (?:you|we)\b(?! (?:agree|think|believe|confirm|say that|feel)))"
)
"""Opens a question of yes or no. "Can you tell me ...", "Do you know ..." ask for content, politely."""
_YES = re.compile(r"^(?:yes|yeah|yep|indeed|correct|true|that is (?:true|correct|right)|that's (?:true|correct|right))\b")
_NO = re.compile(r"^(?:no|nope|not|false|incorrect|untrue|wrong|that is (?:false|not|wrong)|that's (?:false|not|wrong)|it is not true)\b")
_SAID_YES = re.compile(r"\banswer\b.{0,40}? is (?:indeed |a clear |a simple |definitely )?yes\b|\bi (?:would |do )?agree\b|\bit is true\b")
_EVASIVE = re.compile(
    r"\bthe (?:answer|question|short answer|idea|concept|statement|truth)\b.{0,60}? (?:is|lies|has been|depends)\b(?! (?:yes|no|true|false|not|correct|wrong|indeed))|\bit depends\b|\bthere is no (?:clear|simple|single)\b"
)
_NEGATION = re.compile(r"\b(?:not|no|never|none|cannot|neither|myth|misconception|false|untrue)\b|n't\b")


def polarity(answer: str) -> str:
    """ "yes", "no" or "" (it takes no side): the side an answer to a yes-or-no question takes in its first sentence."""
    opening = normalise((sentences(answer) or [""])[0])
    if _YES.search(opening) or _SAID_YES.search(opening):
        return "yes"
    if _EVASIVE.search(opening):
        return ""
    if _NO.search(opening) or _NEGATION.search(opening):
        return "no"
    return "yes" if opening else ""


def says_which_side(answer: str) -> bool:
    """Whether an answer says yes or no in so many words, where ``polarity`` takes a plain statement for a yes."""
    opening = normalise((sentences(answer) or [""])[0])
    return any(pattern.search(opening) for pattern in (_YES, _SAID_YES, _NO, _NEGATION))


def asks_yes_or_no(question: str) -> bool:
    """Whether a question is answered by yes or no ("Are bats blind?"), and not by a word of content."""
    return bool(_YES_NO.search(normalise(question))) and " or " not in normalise(question)


def _looked_for(question: str) -> str:
    """What sort of word a question asks for: "number", "name", "language", "colour", or "" when it does not show."""
    question = normalise(question)
    if re.search(r"\bwhat colou?rs?\b|\bwhich colou?rs?\b|\bcolou?r of\b|\bcolou?red\b", question):
        return "colour"
    if re.search(
        r"\b(?:when|how (?:many|much|old|tall|long|far|high|big|heavy|fast)|what (?:year|date|age|time)|which year|birthday|birth date|date of|year of|number of|population)\b",
        question,
    ):
        return "number"
    if re.search(r"\b(?:languages?|speak|spoken|tongue|nationality)\b", question):
        return "language"
    if re.search(
        r"\b(?:who|whom|whose|where|which (?:city|country|town|village|person|language|continent)|what (?:city|country|town|language|continent)|name of|capital|author)\b",
        question,
    ):
        return "name"
    return ""


def _names_and_words(sentence: str) -> list[tuple[list[str], bool, bool]]:
    """The sentence as ``(words, is a name or a number, stands first)``, neighbouring capitalised words joined."""
    units: list[tuple[list[str], bool, bool]] = []
    end, links = -1, []
    for position, match in enumerate(_WORD.finditer(sentence)):
        word = re.sub(r"'s?$", "", match.group().replace("\u2019", "'"))
        plain = normalise(word)
        proper = bool(word[:1].isupper() or word[:1].isdigit()) and plain not in ("i", "i'm", "i'll", "i've")
        gap = sentence[end : match.start()] if end >= 0 else ""
        last = units[-1][0][-1] if units else ""
        together = gap == " " or (gap == ", " and word[:1].isdigit() and last[:1].isdigit())
        together = together or (gap == ". " and len(last.replace(".", "")) <= 2 and last.isupper())  # "J.K. Rowling"
        # "Oak Street 5", "March 14, 1879", "Rio de Janeiro": one name. A first word that is a function word starts none.
        if proper and units and units[-1][1] and together and not (position == 1 and normalise(units[-1][0][0]) in FUNCTION_WORDS):
            units[-1][0].extend([*links, word])
            links = []
        elif not proper and units and units[-1][1] and gap == " " and plain in _NAME_LINKS and len(links) < 2:
            links.append(word)
        else:
            units.extend(([link], False, False) for link in links)
            links = []
            if plain in UNITS and units and units[-1][0][-1][:1].isdigit() and gap == " ":
                units[-1][0].append(word)
            else:
                units.append(([word], proper, position == 0))
        end = match.end()
    return units


def content_words(answer: str, question: str) -> tuple[str, ...]:
    """The words of an answer that carry its content, the best guess for the value that was asked for first.

    Not the words of the question (compared by stem), not function words. Names (joined: "Rio de Janeiro"), numbers with
    their unit and dates come before other words, what fits the question word (when, who, what colour) and what stands
    right behind the verb before the rest; generic words ("popular", "people")
    only when there is nothing else. A word merely derived from one of
    the question ("Japanese", of Japan) is taken when nothing better is there. For a question of yes or no the first
    value is "yes" or "no", as ``polarity`` sees it. At most 8 values; none when the answer only repeats the question.
    """
    # What normalise changes may not cut a word here and none there: a sign that stands for a letter, a mark that no letter carries.
    answer = "".join(c for c in unicodedata.normalize("NFKC", answer) if not unicodedata.combining(c))
    answer = re.sub(r"(?m)^\s*(?:\d{1,2}[.)]|[-*\u2022])\s+", "", answer)  # the marks of a list
    if len(answer.split()) >= 12 and answer.rstrip()[-1:].isalnum():
        answer = answer.rsplit(None, 1)[0]  # cut off by a token limit: half a word is no content
    asked = {stem(word) for word in words(question)}
    asked_words = [word for word in words(question) if word not in FUNCTION_WORDS]
    sought = _looked_for(question)
    scored: dict[str, tuple[float, int, str]] = {}
    order = 0
    pieces = sentences(answer)
    for index, sentence in enumerate(pieces[:4]):
        after_copula, first_after = False, True
        for unit, proper, initial in _names_and_words(sentence):
            order += 1
            plain = [normalise(word) for word in unit]
            if plain[0] in _COPULAS and not proper:
                after_copula = True
                continue
            kept = [w for w, p in zip(unit, plain) if stem(p) not in asked]
            while kept and normalise(kept[0]) in FUNCTION_WORDS:
                kept = kept[1:]
            while kept and normalise(kept[-1]) in FUNCTION_WORDS:
                kept = kept[:-1]
            if not kept:
                continue
            fresh = [w for w in kept if not any(derived_from(w, other) for other in asked_words)]
            derived = not fresh
            kept = fresh or kept
            value = " ".join(kept)
            key = normalise(value)
            number = any(word[:1].isdigit() for word in kept)
            common_opening = initial and len(unit) == 1 and (key in GENERIC_WORDS or not after_copula and len(key) < 3)
            if number:
                mixed = any(word[:1].isupper() and normalise(word) not in MONTHS for word in kept)  # "5 Oak Street"
                score = 3.0 + (1.5 if sought == "number" or (sought == "name" and mixed) else 0.0)
                if len(key) == 1 and sought != "number":
                    score = 0.9  # a lone digit nobody asked for
            elif proper and not common_opening:
                score = 3.0 - (1.0 if initial and len(unit) == 1 else 0.0) + (1.5 if sought in ("name", "language") else 0.0)
                score -= 1.0 if sought == "number" and key not in MONTHS else 0.0
            elif sought == "colour" and key in COLOURS:
                score = 5.0
            elif len(key) < 2:
                continue
            else:
                score = (0.2 if key in GENERIC_WORDS else 1.0) + min(len(key), 12) / 40
            if derived and sought != "language":
                score = min(score, 1.4)
            if after_copula and first_after and index == 0:
                score += 0.8
                first_after = False
            score -= 0.7 * index
            if key not in scored or scored[key][0] < score:
                scored[key] = (score, order, value)
    ranked = sorted(scored.values(), key=lambda item: (-item[0], item[1]))
    telling = [item for item in ranked if normalise(item[2]) not in GENERIC_WORDS]
    ranked = telling or ranked
    values = [value for _, _, value in ranked]
    if asks_yes_or_no(question) and polarity(answer):
        values.insert(0, polarity(answer))
    return tuple(_without_parts(values)[:MOST_VALUES])


def _without_parts(values: Sequence[str]) -> list[str]:
    """The values without those whose words all stand in an earlier one ("Curie" after "Marie Curie")."""
    kept: list[str] = []
    for value in values:
        if not any(set(words(value)) <= set(words(earlier)) for earlier in kept):
            kept.append(value)
    return kept


def is_about(answer: str, question: str) -> bool:
    """Whether an answer speaks of what the question asks about, as far as words show.

    It says a name of the question (capitalised words in its middle), or, when the question holds none, shares a word of
    content with it; or it is short, or opens with a pronoun. "A young cow is called a calf." is not about "Where does
    Ann Lee live?".
    """
    said = words(answer)
    if len(said) <= 3 or (said and said[0] in ("it", "he", "she", "they", "you", "i", "yes", "no", "to", "there")):
        return True
    names = [
        " ".join(unit) for sentence in sentences(question) for unit, proper, initial in _names_and_words(sentence) if proper and not initial
    ]
    if names:
        return any(says_value(answer, name) or any(derived_from(word, part) for word in said for part in words(name)) for name in names)
    asked = {stem(word) for word in words(question) if word not in FUNCTION_WORDS}
    return not asked or bool(asked & {stem(word) for word in said})


def says_value(answer: str, value: str) -> bool:
    """Whether an answer says one value, at word boundaries, whatever the case, the accents and the ending.

    Of a value of two words the last one is enough ("Curie", "Delhi"), of a longer one more than half. "yes" and "no"
    are compared with the side that the answer takes.
    """
    if normalise(value) in ("yes", "no"):
        return polarity(answer) == normalise(value)
    said = words(answer)
    stems = {stem(word) for word in said} | set(said) | {part for word in said for part in word.split("-")}
    stems |= {str(NUMBER_WORDS[word]) for word in said if word in NUMBER_WORDS}
    parts = [part for part in words(value) if part not in FUNCTION_WORDS] or words(value)
    if not parts:
        return False
    present = [
        part in stems or str(NUMBER_WORDS.get(part, "?")) in stems or (stem(part) in stems and not part[:1].isdigit()) for part in parts
    ]
    if len(parts) <= 2:
        return present[-1]
    return sum(present) > len(parts) / 2


def says(answer: str, values: Sequence[str], question: str = "") -> bool:
    """Whether an answer still carries the content that ``values`` name (most important first, see ``content_words``).

    True when the first value is said, or at least half of three or more. Values whose words all stand in the question
    count for nothing, since an answer may repeat them without knowing anything. No values: nothing can be said, False.
    """
    asked = {stem(word) for word in words(question)}
    counted = [v for v in values if normalise(v) in ("yes", "no") or not {stem(word) for word in words(v)} <= asked]
    if not counted:
        return False
    said = [says_value(answer, value) for value in counted]
    return said[0] or (len(said) >= 3 and sum(said) * 2 >= len(said))


def rouge_l_recall(answer: str, reference: str) -> float:
    """ROUGE-L recall (Lin, 2004): longest common subsequence of words over the number of words of the reference.

    0 to 1; 0.0 for an empty reference. Quadratic in the number of words; answers here are short.
    """
    said, wanted = words(answer), words(reference)
    if not wanted:
        return 0.0
    row = [0] * (len(said) + 1)
    for word in wanted:
        diagonal = 0
        for column, other in enumerate(said, 1):
            diagonal, row[column] = row[column], diagonal + 1 if word == other else max(row[column], row[column - 1])
    return row[-1] / len(wanted)


__all__ = [
    "MOST_VALUES",
    "asks_yes_or_no",
    "content_words",
    "derived_from",
    "is_about",
    "normalise",
    "polarity",
    "rouge_l_recall",
    "says",
    "says_value",
    "says_which_side",
    "sentences",
    "stem",
    "words",
]
