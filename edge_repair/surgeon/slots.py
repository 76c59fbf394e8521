"""Puts another value in the place of a statement's value: how "..., it is Q", "..., but of Q" and "..., not P" are completed.

"The gate is made of iron" with "paper", "of paper", "made of paper", "it is made of paper" and "it's paper" all give
"the gate is made of paper". Where the place of the value cannot be found, nothing is made up: the result is empty.
"""

import re

from edge_repair.surgeon.grammar import clause_of, is_plural, is_statement, statement_parts
from edge_repair.surgeon.phrasings import asked_by

PREPOSITIONS = r"(?:because of|out of|by|in|on|at|from|with|to|of|for|as|into|under|near|inside|during|since)"
PARTICIPLE = r"(?:\w+ed|\w+en|made|built|born|found|held|kept|sung|drawn|known|grown|won|led|left|sold|spoken|cut)"
_PRONOUN = re.compile(r"^(?:it|they|he|she|that|this|these|those)\b(?P<short>'s|'re)?,? *(?P<rest>.*)$", re.IGNORECASE)
_ADVERBS = r"(?:(?:actually|really|in fact|in truth|rather|instead|of course|simply|just|always|only|also|now) )*"
_NAMED = re.compile(r"[A-Z][\w'.-]*(?:(?: (?:of|the|de|van|von|da|al|del|the))* [A-Z][\w'.-]*)*")
_LED = re.compile(rf"^(?P<head>(?:{PARTICIPLE} )?{PREPOSITIONS}) \S", re.IGNORECASE)
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DATE = re.compile(rf"(?:\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}|\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?)\b(?:,? \d{{4}})?")
_ENDS_NAMED = re.compile(rf"\b{PREPOSITIONS} (?:the )?{_NAMED.pattern}$")


def fill(statement: str, fragment: str) -> str:
    """The statement with its value replaced by what a fragment says, or an empty string.

    Args:
        statement: affirmative, without a full stop.
        fragment: a value, a phrase that ends in one, the rest of a sentence behind a pronoun, or a whole statement
            about the same subject.
    """
    statement, fragment = statement.strip(" .!?,"), fragment.strip(" .!?,;:")
    if not statement or not re.search(r"\w", fragment):
        return ""
    pronoun = _PRONOUN.match(fragment)
    if pronoun and (pronoun["short"] or clause_of(fragment)):
        return _of_pronoun(statement, pronoun)
    if len(fragment.split()) > 2 and not _LED.match(fragment) and is_statement(fragment) and share_words(statement, fragment):
        return fragment
    return _of_phrase(statement, fragment)


def share_words(one: str, two: str) -> bool:
    """Whether two texts have a word of three letters or more in common that is not "the", "not" and the like."""
    sides = [
        set(re.findall(r"\w{3,}", text.lower())) - {"the", "and", "not", "are", "was", "were", "for", "does", "did", "has"}
        for text in (one, two)
    ]
    return bool(sides[0] & sides[1])


def subject_phrase(statement: str) -> str:
    """Whom or what a pronoun behind a statement stands for: "the drum" in "the owner of the drum is a duke"."""
    parts = statement_parts(statement)
    if parts and not re.fullmatch(r"my|our|your|his|her", parts[1], re.IGNORECASE):
        return parts[1]
    cut = clause_of(statement)
    return cut.subject if cut else ""


def _of_pronoun(statement: str, pronoun: re.Match) -> str:
    """ "it is made of paper", "it's paper", "it belongs to a duke"."""
    rest = pronoun["rest"].strip()
    if pronoun["short"]:
        verb, predicate = ("are" if pronoun["short"].endswith("re") else "is"), rest
    else:
        verb, _, predicate = rest.partition(" ")
    predicate = re.sub(rf"^{_ADVERBS}", "", predicate, flags=re.IGNORECASE)
    if re.match(r"(?:not|never)\b", predicate) or not predicate:
        return ""
    cut = clause_of(statement)
    if verb.lower() in ("is", "are", "was", "were"):
        led = re.match(rf"^(?:{PARTICIPLE} )?{PREPOSITIONS} ", predicate)
        same = re.match(rf"^{PARTICIPLE} ", predicate)
        if (
            cut
            and cut.auxiliary
            and (led and same or led and not re.search(rf"\b{led.group().strip()} ", statement))
            and not statement_parts(statement)
        ):
            return f"{cut.subject} {cut.verb} {predicate}"
        return _of_phrase(statement, predicate)
    if cut and not cut.auxiliary and verb.lower() == cut.verb.lower():
        return f"{cut.subject} {cut.verb} {predicate}"
    subject = subject_phrase(statement)
    return f"{subject} {verb} {predicate}" if subject and clause_of(f"{subject} {verb} {predicate}") else ""


def _of_phrase(statement: str, phrase: str) -> str:
    cut = clause_of(statement)
    lead = _LED.match(phrase)
    if lead and cut:
        head = lead["head"].lower()
        place = statement.lower().rfind(f" {head} ")
        if place > len(cut.subject) - 1:
            return f"{statement[:place]} {phrase}"
        if cut.auxiliary:
            start = re.match(rf"^(?P<p>{PARTICIPLE}) {PREPOSITIONS} ", cut.rest)
            return f"{cut.subject} {cut.verb} {start['p'] + ' ' if start and head in PREPOSITIONS and ' ' not in head else ''}{phrase}"
        return ""  # "Einstein failed math", and "for the hundredth time"
    if cut and phrase.split()[0].lower() == cut.verb.lower() and len(phrase.split()) > 1:
        return f"{cut.subject} {phrase}"
    found = slot(statement, phrase)
    if found is None:
        return ""
    head, value, tail = found
    if tail and phrase.lower().endswith(tail.strip().lower()):  # "824 years old" for "807 years old"
        tail = ""
    return re.sub(r" +", " ", f"{head}{phrase}{tail}").strip()


def slot(statement: str, value: str) -> tuple[str, str, str] | None:
    """``(before, value, after)`` of a statement: the stretch of words that a value of this sort takes the place of, or None."""
    dates = list(_DATE.finditer(statement))
    if _DATE.fullmatch(value) and len(dates) == 1:
        start, end = dates[0].span()
        return statement[:start], statement[start:end], statement[end:]
    numbers = list(re.finditer(r"\d+(?:[.,:]\d+)*", statement))
    if re.match(r"^(?:about |around |only |exactly |in )?\d", value) and len(numbers) == 1:
        start, end = numbers[0].span()
        extra = value.split()[1:]
        for word in extra:  # the unit stands in both
            follows = re.match(rf" {re.escape(word)}\b", statement[end:], re.IGNORECASE)
            if follows is None:
                break
            end += follows.end()
        return statement[:start], statement[start:end], statement[end:]
    parts, asked, cut = statement_parts(statement), asked_by(statement), clause_of(statement)
    if parts:
        old = parts[2]
        if statement.lower().endswith(old.lower()):
            return statement[: len(statement) - len(old)], old, ""
        if statement.lower().startswith(old.lower()):
            return "", old, statement[len(old) :]
    if cut is None:
        return None
    named = value[:1].isupper() and not re.match(r"(?:The|A|An) ", value)
    swapped = not cut.auxiliary or re.match(r"the [a-z]", cut.rest)  # "Marlowe wrote Hamlet", "Jupiter is the largest planet"
    if named and re.match(r"[A-Z]", statement) and _NAMED.fullmatch(cut.subject) and not _ENDS_NAMED.search(statement) and swapped:
        return "", cut.subject, statement[len(cut.subject) :]  # "Marlowe wrote Hamlet", and Shakespeare did
    if asked:
        place = statement.lower().rfind(asked[1].lower())
        if place > 0:
            return statement[:place], statement[place : place + len(asked[1])], statement[place + len(asked[1]) :]
    start = re.match(rf"^(?:{PARTICIPLE} )?{PREPOSITIONS} ", cut.rest) if cut.auxiliary else re.match(rf"^{PREPOSITIONS} ", cut.rest)
    old = cut.rest[start.end() :] if start else cut.rest
    if not start and not cut.auxiliary and not (named and _ENDS_NAMED.search(statement)):  # "store fat | in their humps"
        old = re.split(rf" (?={PREPOSITIONS} )", old)[0] if not re.search(rf"\b{PREPOSITIONS} ", value) else old
    if not old:
        return None
    place = statement.rfind(old)
    return None if place < 0 else (statement[:place], old, statement[place + len(old) :])


def be(subject: str) -> str:
    """ "is" or "are" for a subject."""
    return "are" if is_plural(subject) else "is"
