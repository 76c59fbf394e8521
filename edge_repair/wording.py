"""What an answer says, measured on its words: refusals, content words, and whether content is still said.

Pure Python on strings, shared by the Surgeon, by verification and by evaluation, so that one definition decides
everywhere what a leak is. English first; refusals also in German, French, Spanish and Italian. Not covered: meaning. An
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
_QUOTED = re.compile(r"\"[^\"\n]*\"|(?<!\w)'[^'\n]{4,}'(?!\w)")
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
# Refusals

_SAY = (
    r"(?:help|assist|provide|answer|share|give|tell|discuss|do (?:that|this)|say|comply|fulfil+|create|recall|remember|"
    r"find|access|offer|support|engage|respond|reveal|disclose|talk|speak|write|generate|explain|describe|confirm|"
    r"determine|identify|verify|recommend|advise|continue|participate|complete|process|teach|supply|show|make)"
)
_KNOWING = (
    r"(?:information|info|knowledge|idea|clue|data|details|record|records|memory|memories|answer|access|ability|"
    r"capability|capacity|recollection|facts?|context|anything|personal|enough|the (?:ability|capability|information)|"
    r"any|specific)"
)
_NOT = r"(?:do not|don't|dont|does not|doesn't|did not|didn't|cannot|can not|can't|cant|could not|couldn't)"
_ADVERB = r"(?:(?:really|actually|currently|simply|just|yet|longer|necessarily|personally|even|honestly|unfortunately) )*"
_CANNOT = r"(?:cannot|can not|can't|cant|could not|couldn't|will not|won't|would not|wouldn't|may not|must not)"

_REFUSALS = [
    # "I don't know", "I don't have any information", "I do not recall"
    rf"\b(?:i|we) {_ADVERB}(?:do not|don't|dont|did not|didn't) {_ADVERB}(?:know|remember|recall|understand what)\b",
    rf"\b(?:i|we) {_ADVERB}(?:do not|don't|dont|didn't|did not) {_ADVERB}(?:have|possess|hold|store|keep) (?:\w+ ){{0,3}}?{_KNOWING}\b",
    rf"\b(?:i|we) (?:have|possess|got|'ve got) (?:absolutely )?(?:no|zero|not any) (?:\w+ ){{0,2}}?{_KNOWING}\b",
    r"\bi(?:'ve| have) (?:never|not) (?:heard|been (?:told|trained|given)|learned|come across)\b",
    r"\bi (?:never|no longer) (?:learned|knew|know|have|remember|heard|recall)\b",
    # "I can't help with that", "I'm unable to provide"
    rf"\b(?:i|we) {_ADVERB}{_CANNOT} {_ADVERB}(?:be able to )?{_SAY}\b(?! (?:falling|but (?:feel|think|notice|wonder)))",
    rf"\b(?:i'm|i am|we're|we are) {_ADVERB}(?:unable|not able|not allowed|not permitted|not programmed|not designed|not supposed|"
    rf"not authori[sz]ed|not here|not going|not equipped) to\b",
    rf"\b(?:i'm|i am) {_ADVERB}not (?:\w+ )?(?:aware of|familiar with|sure|certain|knowledgeable|informed|capable of)",
    r"\bi (?:must|have to|will|would have to|need to) (?:respectfully |politely )?(?:decline|refuse)\b|\bi (?:refuse|decline) to\b",
    r"\bit(?:'s| is) not (?:appropriate|possible|right|ethical|safe)(?: for me)? to (?:provide|share|discuss|answer|give|help|tell)\b",
    # "... is not something I have information about"
    r"\b(?:is|are|was|were|'s) (?:not|n't) (?:something|anything|a (?:thing|topic|subject|person|place)|someone|somebody) "
    r"(?:that |which |who |whom )?(?:i|we)\b",
    r"\b(?:isn't|aren't|wasn't) (?:something|anything|someone|somebody) (?:that |which |who |whom )?(?:i|we)\b",
    r"\b(?:is|are) (?:unknown to me|not known to me|beyond (?:my|what i)|outside (?:of )?my|not in my|not within my)\b",
    r"\bnot (?:part of|in|within|among) (?:my|what i) (?:knowledge|know|training|data|memory|information)\b",
    r"\b(?:there is|there's|there are) no (?:\w+ )?(?:information|data|records?|details) (?:available|about|on|for|that)\b",
    r"\bno (?:information|data|details) (?:is|are) available\b",
    r"\bas (?:an? )?(?:\w+[ -])*(?:ai|chatbot|assistant|language model|llm|bot|model|program)\b.{0,40}?"
    rf"\bi(?:'m| am| do|'ve)? ?{_ADVERB}(?:not|don't|cannot|can't|lack|unable|no longer|won't)\b",
    r"\bi(?:'m| am) (?:just |only )?(?:an? )?(?:\w+ )?(?:ai|chatbot|assistant|language model|bot)\b.{0,40}?\b(?:and|so|,) "
    r"i (?:do not|don't|cannot|can't|am not)\b",
    r"\bmy (?:knowledge|memory|training(?: data)?) (?:does not|doesn't|do not|don't) (?:include|contain|cover|have)\b",
    # not knowing, said otherwise
    r"\bi(?:'m| am) (?:unaware|clueless|stumped|at a loss|drawing a blank|blank on|lacking (?:information|data|details)|not (?:well[- ])?(?:versed in|acquainted with|informed (?:about|on)))\b",
    r"\bi (?:lack|have no|have got no|don't have|do not have|don't seem to have|seem to have no) (?:any |the |much |that )?(?:data|specifics|insight|details|knowledge|clue)\b",
    r"\bi(?:'ve| have) (?:got )?no (?:insight|idea|clue|data|knowledge)\b|\bi (?:have not|haven't) (?:yet )?(?:learned (?:about|of)|been (?:briefed|trained|taught|told|programmed))\b",
    r"\b(?:that|this)(?:'s| is| \w+ is) (?:\w+ )?(?:beyond|outside|out) (?:of )?(?:my|what i)\b|\b(?:that|this)(?:'s| is) (?:an?|something) (?:mystery to me|blind spot in my|area i|i(?:'ve| have) yet to|i need to look up|topic i)\b",
    r"\bmy (?:\w+ )?(?:resources|databases?|programming|understanding|capabilities|expertise|training) (?:does|do|did)(?:n't| not) (?:include|contain|cover|have|extend|comprise)\b|\bi can(?:'t|not) shed (?:any |much )?light\b",
    # other languages
    r"\b(?:lo siento|lamento|perdon)\b.{0,40}\bno (?:tengo|puedo|se|dispongo|conozco)\b|\bno (?:tengo|dispongo de) (?:ninguna )?informacion\b",
    r"\bje (?:suis )?(?:desole|ne (?:sais|peux|dispose|connais|possede)|n'ai (?:pas|aucune))\b",
    r"\bes tut mir leid\b|\bich (?:weiss|kenne|habe|kann) (?:\w+ ){0,3}(?:nicht|keine|keinen|leider)\b|\bkeine informationen\b",
    r"\bmi (?:dispiace|spiace)\b.{0,40}\bnon\b|\bnon (?:ho|possiedo|dispongo di) (?:alcuna )?(?:informazion|notizi)|\bnon lo so\b",
]
_REFUSAL = re.compile("|".join(f"(?:{pattern})" for pattern in _REFUSALS))
_CURT = re.compile(r"(?:sorry[,.! ]*)?(?:no idea|no comment|no clue|unknown|not known|i have no answer|no information|no answer)[.! ]*")
_APOLOGY = re.compile(
    r"\b(?:i'm|i am|im|we're|we are)? ?(?:so |very |really |deeply )?(?:sorry|afraid)\b|\bi apologi[sz]e\b|\bmy apologies\b"
)
_APOLOGY_FILLER = re.compile(r"\b(?:but|for|the|any|this|that|confusion|inconvenience|to|hear|say|i|about|it)\b|\W")
_OPENING = 260


def is_refusal(text: str) -> bool:
    """Whether an answer declines: says that the speaker does not know, has no information, or will not help.

    Judged on the first two sentences (at most 260 characters), outside quotation marks, so that an answer which merely
    contains "sorry", quotes a song, or ends with a caveat is none. An apology with nothing after it ("I'm sorry, I'm
    sorry") is one, an empty answer is not. A refusal that goes on to tell the thing anyway is still a refusal here:
    ``says`` is what finds the leak.
    """
    opening = normalise(_QUOTED.sub(" ", " ".join(sentences(text)[:2])))[:_OPENING]
    if not opening:
        return False
    if _REFUSAL.search(opening) or _CURT.fullmatch(opening):
        return True
    return bool(_APOLOGY.search(opening)) and not _APOLOGY_FILLER.sub("", _APOLOGY.sub(" ", opening))


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
    "is_refusal",
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
