"""Peels a phrase to what it names: wrappers ("everything you know about") off, lists apart, what is no target refused."""

import re

from edge_repair.errors import UsageError
from edge_repair.surgeon import lexicon as lex
from edge_repair.surgeon.grammar import cut_question_word, is_statement, is_wh_clause
from edge_repair.surgeon.known import known_name
from edge_repair.wording import words
from edge_repair.wording_lists import FUNCTION_WORDS

_WRAPPER = re.compile(r"^(?:" + "|".join(f"(?:{w})" for w in lex.WRAPPERS) + r") +(?=\S)", re.IGNORECASE)
_WHO_IS = re.compile(r"^(?:who|what) (?:on earth |the hell |exactly )?(?P<s>[^,]+?) (?:is|are|was|were)$", re.IGNORECASE)
_WHO_IS_DIRECT = re.compile(r"^(?:who|what) (?:is|are|was|were) (?P<s>(?!the\b|my\b|your\b).+)$", re.IGNORECASE)
HOW_TO = re.compile(
    r"^(?:how (?:to|you can|one can|you|people|one|someone can|I can) |ways? (?:to|of) |methods? (?:to|of|for) |the steps to |instructions (?:for|on|to) )",
    re.IGNORECASE,
)
POSSESSIVE = re.compile(r"^(?P<s>.+?)(?:'s|(?<=s)') (?P<a>[\w-]+(?:[ '][\w-]+){0,4})$")
_NO_VERB_AT_THE_END = r"(?!.*\b(?:is|are|was|were|do|does|did|has|have|had|\w+s|\w+ed|met|went|\w+ (?:in|at|on|for|from|with|to))$)[\w' -]+$"  # no "who his wife and his kids are"
_NEVER_SPLIT = re.compile(
    r"\b(?:romeo and juliet|pride and prejudice|crime and punishment|war and peace|trinidad and tobago|antigua and barbuda|bosnia and herzegovina|hansel and gretel|tom and jerry|adam and eve|bonnie and clyde|"
    r"dungeons and dragons|simon and garfunkel|sense and sensibility|beauty and the beast|saint kitts and nevis|sao tome and principe|rick and morty|law and order|rock and roll|black and white|salt and pepper|lilo and stitch|jekyll and hyde|"
    r"harry potter and\b.*|hall and oates|ben and jerry'?s?|johnson and johnson|procter and gamble|fast and (?:the )?furious|guns and roses|angels and demons)\b",
    re.IGNORECASE,
)

_LINKS = frozenset("of the and a an in to on for at by with from de la".split())


def is_title(phrase: str) -> bool:
    """Whether every longer word is capitalised, as in the title of a work ("Lord of the Rings", "Schindler's List")."""
    if not re.match(r"(?:the )?[A-Z]", phrase):
        return False
    longer = [word for word in re.findall(r"[A-Za-z][\w']*", re.sub(r"^the ", "", phrase)) if word.lower() not in _LINKS]
    return len(longer) > 1 and all(word[0].isupper() for word in longer) and not phrase.isupper()


def refuse_what_is_no_target(phrase: str, of: str = "") -> None:
    bare = re.sub(r" (?:that |which )?(?:you|u) (?:know|speak|have|learned|learnt|remember)$", "", phrase.strip(), flags=re.IGNORECASE)
    empty = phrase.islower() and all(word in FUNCTION_WORDS and word not in ("me", "myself", "us", "i") for word in words(phrase))
    if lex.TOO_BROAD.match(phrase.strip()) or (bare and lex.TOO_BROAD.match(bare)):
        raise UsageError(
            f'"{of or phrase}" is too much to forget at once: a repair that broad would break the model; name one subject, for example "forget everything about Japan"'
        )
    if empty or lex.TOO_VAGUE.match(phrase) or lex.PRONOUN_ONLY.match(phrase):
        raise UsageError(f'"{of or phrase}" does not say what to forget; name it, for example "forget the capital of Egypt"')


def peel(phrase: str) -> tuple[bool, str]:
    """Whether the phrase asked for the whole of something, and the phrase without "everything you know about"."""
    whole = False
    phrase = re.sub(r"^(?:the )?(?:fact|facts|information|knowledge) that (?=\S)", "that ", phrase, flags=re.IGNORECASE)
    for _ in range(3):
        match = _WRAPPER.match(phrase)
        if not match or not phrase[match.end() :].strip():
            break
        if match.group().strip().lower() in ("notes on", "notes for", "stuff for"):
            break
        whole = whole or not re.match(r"(?:about|of|on|regarding|that)\b", match.group(), re.IGNORECASE)
        phrase = phrase[match.end() :].strip(" \"',:")
    who = _WHO_IS.match(phrase) or _WHO_IS_DIRECT.match(phrase)
    if (
        who
        and len(cut_question_word(phrase)[0].split()) < 2
        and not re.match(r"(?:the|my|our) .*\b(?:of|in)\b", who["s"])
        and "'s " not in who["s"]
        and not re.match(r"(?:my|our)\b", who["s"])
    ):
        return True, who["s"]
    phrase = re.sub(r"^(?:who|that) (?:is|are) ", "", phrase) if whole else phrase
    return whole, re.sub(
        r"(?:,? (?:completely|entirely|altogether|at all|as a (?:person|subject|topic|whole)|and all that|and everything (?:about|around|related to) (?:it|him|her|them)|and anything (?:about|related to) (?:it|him|her|them)))+$",
        "",
        phrase,
    ).strip(' ,"')


_BETWEEN = re.compile(r",? (?:and )?then |,? and (?:also |about )?|, (?:and )?|,? as well as | plus | & ")


def _cut(phrase: str) -> list[str]:
    return [part.strip(" ,") for part in _BETWEEN.split(phrase) if part.strip(" ,")]


def _all_named(phrase: str) -> bool:
    """Whether each part of a list says by itself of whom it is: "where Ann Lee lives, what Bob Ray does, and Eve Orr's pet"."""
    parts = _cut(phrase)
    name = r"[A-Z][\w'-]* [A-Z][\w-]+"
    return len(parts) > 1 and all(re.match(rf"{name}'s? [a-z]", part) or is_wh_clause(part) and re.search(rf"{name} [a-z]", part) for part in parts)


def listed(phrase: str) -> list[str]:
    """The parts of "Japan, Egypt and Peru" or "both my address and my phone number"; one part when it lists nothing."""
    phrase = re.sub(r"^both ", "", phrase, flags=re.IGNORECASE)
    if (
        _NEVER_SPLIT.search(phrase)
        or is_wh_clause(phrase)
        and not _all_named(phrase)
        and not re.search(rf",? and (?:also |too )?(?:(?:where|who|when|how|what|which)\b|(?:his|her|their|its|my|our) {_NO_VERB_AT_THE_END})", phrase)
        or HOW_TO.match(phrase)
    ):
        return [phrase]
    parts = _cut(phrase)
    if (
        len(parts) < 2
        or len(parts) > 6
        or (", born" in phrase)
        or re.search(r", (?:who|which|the|a|an|she|he|it|they|my)\b", phrase)
        and " and " not in phrase
    ):
        return [phrase]
    if " and " not in phrase and any(is_wh_clause(part) or is_statement(part) and not POSSESSIVE.match(part) for part in parts[1:]):
        return [phrase]  # "my rent, what I pay is nobody's business"
    names = [bool(re.match(r"[A-Z]", part)) or known_name(part) for part in parts]
    clauses = [is_wh_clause(part) or bool(re.match(r"(?:my|our|the|his|her|their|its)\b", part, re.IGNORECASE)) for part in parts]
    possessed = [bool(POSSESSIVE.match(part)) for part in parts]
    if all(n or c or p for n, c, p in zip(names, clauses, possessed)) and not (
        clauses[0] and re.search(r"\b(?:of|in)\b", parts[0]) and not any(clauses[1:]) and names[1] and re.match(r"the\b", parts[0])
    ):
        if (
            all(names)
            and not all(known_name(p) or " " in p for p in parts)
            and re.search(r"\b(?:film|movie|book|novel|show|song|band|duo)\b", phrase)
        ):
            return [phrase]
        return parts
    return [phrase]
