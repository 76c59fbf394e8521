"""Pairs of sentences that correct: one denies, asks or points back, and another says what is right."""

import re

from edge_repair.surgeon import lexicon as lex
from edge_repair.surgeon.contrasts import AFTERTHOUGHT, FALSE, LEADS, clean_claim, right_from, statement_in
from edge_repair.surgeon.grammar import affirm, clause_of, is_statement
from edge_repair.surgeon.phrasings import differing_value
from edge_repair.surgeon.slots import fill, share_words
from edge_repair.wording import sentences as sentences_of

_VALUE_IS_WRONG = re.compile(
    rf"^(?:and |but )*(?P<v>(?!that\b|this\b|it\b|you\b|what\b|which\b|the (?:claim|idea|myth|statement|answer)\b)\S+(?: \S+){{0,2}}) (?:is|was) (?:just |simply |plain )*{FALSE}$",
    re.IGNORECASE,
)
WHO_TOLD_YOU = re.compile(
    r"\b(?:who (?:on earth |the hell )?(?:told|taught) you|where did you (?:get|hear|read|learn)(?: the idea)?|why (?:do|would|are) you (?:still |keep |always )*(?:say|think|claim|believe|tell people|saying|claiming|telling people|insist)|"
    r"how can you (?:say|think|claim|believe)|what makes you (?:say|think|believe))(?: that)? (?P<o>.+)",
    re.IGNORECASE,
)
BARE_FALSE = re.compile(
    rf"^(?:no,? |sorry,? |but |well,? |and )*(?:(?:that|this|it|which|what you say|you)(?:'s|'re| is| was| are)? )?(?:just |simply |totally |completely |plain |all |utter |pure |complete |a |so |plainly |dead )*{FALSE}(?: (?:again|there|here))?$",
    re.IGNORECASE,
)
FORGET_THAT = re.compile(
    rf"^(?:please |can you |could you |you should |you must |just |now |and |so )*{lex.FORGET_VERBS} (?:(?:the|that|this) (?:fact|idea|claim) )?that (?P<o>.+)$",
    re.IGNORECASE,
)

_FORGET_A_FACT = re.compile(
    rf"^(?:(?:please|can you|could you|would you|will you|you (?:should|must)|i want you to|i would like you to|just|now|and|so),? )*{lex.FORGET_VERBS} (?:(?:the fact )?that |(?=(?:(?-i:[A-Z])|i\b|we\b|my\b|our\b)))\S+ \S",
    re.IGNORECASE,
)


def only_forgets(text: str) -> bool:
    """Whether a request is for a statement to be forgotten, and nothing in it says that it is wrong: then its contrary is not to be said either."""
    return _FORGET_A_FACT.match(text.strip()) is not None and len(sentences_of(text)) == 1 and re.search(rf"\b{FALSE}\b", text, re.IGNORECASE) is None


_SHORT_NO = re.compile(
    r"^(?:and |but )*(?P<s>(?!it\b|that\b|this\b|he\b|she\b|they\b|i\b|you\b|we\b)\S+(?: \S+){0,3}?) (?:isn't|aren't|wasn't|weren't|doesn't|don't|didn't|can't|hasn't|haven't|(?:is|are|was|were|does|do|did|has|have) not|never (?:was|did|were|is))$",
    re.IGNORECASE,
)
_ECHO = re.compile(r"^(?P<r>[^\s,]+(?: [^\s,]+){0,3}),? (?:and |but )?not (?P<w>\S+(?: \S+){0,3})$", re.IGNORECASE)
_ASKED_VALUE = re.compile(
    r"^(?P<w>[^?.!,]{1,40})\?+ (?:no way|no|nope|wrong|hardly|never|nonsense|false|come on|please|not at all|rubbish)[.!,:]* (?P<r>.+?)[.!]*$",
    re.IGNORECASE,
)
_SAYING = (
    r"(?:say|says|said|saying|have|had|put|puts|putting|give|gave|giving|list|listed|listing|claim|claimed|claiming|write|wrote|writing|answer|answered|use|used|using|credit|credited|crediting|"
    r"call|called|calling|think|thought|thinking|believe|believed|tell (?:people|me|us|everyone|them)|told (?:people|me|us|everyone|them)|telling (?:people|me|us|everyone|them)|insist on|insisted on|show|showed|quote|quoted|stuck (?:on|at|with))"
)
_YOU_SAID = re.compile(
    rf"^(?:and |but |yet |though |whereas |while |currently |now |still |instead |so far |at present |at the moment )*(?:you|u|ya|your model|your answer|your data)(?:'ve|'re|'d| have| are| were| had)?(?: (?:still|keep|kept|always|currently|once|now|wrongly|just|also|only|constantly|are|will))* "
    rf"{_SAYING}(?: that| it'?s| it is| it was| it as| it| they'?re| he'?s| she'?s| him| her| them| as)* (?P<v>[^,;:]{{1,60}}?)(?: (?:instead|every time|all the time|again|always|to people|in your answers?)\b.*)?$",
    re.IGNORECASE,
)
_IS_WHAT_YOU_SAID = re.compile(
    rf"^(?:and |but )*(?P<v>\S+(?: \S+){{0,4}}?) (?:is|was) (?:what|how) (?:you|u|i|we)(?:'ve|'re| have| are| keep| kept| always| still)* (?:{_SAYING}|get|got|getting|hear|heard|hearing|read|see|saw)\b.*$",
    re.IGNORECASE,
)
SPOKEN_TO = re.compile(r"(?:.*\b)?(?:i|you|we|it|that|this|please|nobody|no one|anyone|they|he|she)\b", re.IGNORECASE)


def held_by(sentence: str) -> str:
    """The statement that a sentence holds and may be denied beside it: behind "forget that", "who told you that", or denied itself."""
    asked = re.match(
        r"^since when (?P<v>is|are|was|were|do|does|did|can|has|have) (?P<s>(?:the |a |an )?\S+) (?P<r>.+)$", sentence, re.IGNORECASE
    )
    if asked:  # "Since when are frogs reptiles?"
        return f"{asked['s']} {asked['v']} {asked['r']}".replace(" do ", " ") if asked["v"].lower() not in ("does", "did") else ""
    for pattern in (FORGET_THAT, WHO_TOLD_YOU):
        match = pattern.search(sentence)
        if match:
            return statement_in(match["o"], claimed=True)
    cut = clause_of(sentence)
    if cut is None or re.match(r"(?:i|you|we|it|that|this|please|they|he|she)\b", cut.subject, re.IGNORECASE):
        return ""
    return affirm(sentence) if cut.negative else clean_claim(sentence)


def beside_the_right_one(sentences: list[str], text: str) -> tuple[str, str]:
    """``(wrong, right)`` where one sentence states what is right and another gives the wrong value in few words, or ("", "").

    "Goethe wrote Faust. Shakespeare didn't.", "Toronto? No way. The capital of Canada is Ottawa.", "Brazil speaks
    Portuguese. Spanish is wrong.", "The Titanic sank in 1912. You have 1921.", "Hamlet is Danish! Danish, not Swedish!", "The drum belongs to a duke. Forget that
    it belongs to the abbey."
    """
    asked = _ASKED_VALUE.match(text)
    parts = [
        part
        for sentence in sentences
        for part in ([sentence] if not _SHORT_NO.match(sentence.rpartition(", ")[2]) else sentence.rpartition(", ")[::2])
    ]
    stated = [clean_claim(LEADS.sub("", part)) for part in parts if part]
    stated = [
        part
        for part in stated
        if (cut := clause_of(part))
        and not cut.negative
        and cut.rest
        and not re.match(r"(?:i|you|please|it|that|this)\b", cut.subject, re.IGNORECASE)
    ]
    for right in stated:
        values = [asked["w"]] if asked and right.casefold() in asked["r"].casefold() and not is_statement(asked["w"]) else []
        for part in parts:
            denied = re.match(
                r"^(?:no,? )*(?:they|it|he|she)(?:'re|'s| is| are| was| were) not (?P<w>(?!true\b|correct\b|right\b|so\b|the case\b|a fact\b)[^,]+)$",
                part,
                re.IGNORECASE,
            )
            if denied:
                values.append(denied["w"])
            said = _YOU_SAID.match(part) or _IS_WHAT_YOU_SAID.match(part)
            if said and not is_statement(said["v"]):
                values.append(said["v"])
            short, echo, value = _SHORT_NO.match(part), _ECHO.match(part), _VALUE_IS_WRONG.match(part)
            if short and clause_of(right):
                cut = clause_of(right)
                return f"{short['s']} {cut.verb} {cut.rest}", right
            if echo and not is_statement(part) and echo["r"].casefold() in right.casefold():
                values.append(echo["w"])
            if value and not is_statement(value["v"]):
                values.append(value["v"])
        for value in values:
            wrong = fill(right, value)
            cut = differing_value(wrong, right) if wrong else None
            if cut and cut[2][:1].islower() and cut[1][:1].isupper():  # it began a sentence: "Cast iron is what you say"
                wrong = fill(right, value[:1].lower() + value[1:])
            if wrong and wrong.casefold() != right.casefold() and is_statement(wrong):
                return wrong, right
    return _forget_that(sentences)


def _forget_that(sentences: list[str]) -> tuple[str, str]:
    """``(wrong, right)`` of "The drum belongs to a duke. Forget that it belongs to the abbey.", or with the drum named twice."""
    for sentence in sentences:
        match = FORGET_THAT.match(sentence)
        if match is None:
            continue
        if not re.match(r"(?:it|they|he|she) ", match["o"], re.IGNORECASE):
            wrong = statement_in(match["o"])
            cut = clause_of(wrong) if wrong else None
            if cut is None or re.search(r"\b(?:i|my|our|me|we)\b", wrong, re.IGNORECASE):
                continue
            for other in sentences:
                stated = clause_of(LEADS.sub("", other)) if other != sentence else None
                same = (
                    stated
                    and not stated.negative
                    and stated.verb.casefold() == cut.verb.casefold()
                    and stated.subject.casefold() == cut.subject.casefold()
                )
                if same and stated.rest.casefold() != cut.rest.casefold():
                    return wrong, clean_claim(LEADS.sub("", other))
            continue
        for other in sentences:
            right = clean_claim(LEADS.sub("", re.sub(r"^(?:[^,:]{1,30}): ", "", other)))
            cut = clause_of(right)
            if other != sentence and cut and not cut.negative and not SPOKEN_TO.match(cut.subject):
                wrong = fill(right, clean_claim(match["o"]))
                if wrong and wrong.lower() != right.lower():
                    return wrong, right
    return "", ""


def denied_and_stated(sentences: list[str]) -> tuple[str, str]:
    """``(wrong, right)`` of two sentences that say with the same verb of the same subject what it is not and what it is."""
    sentences = [AFTERTHOUGHT.sub("", sentence) for sentence in sentences]
    cuts = [clause_of(sentence) for sentence in sentences]
    for index, denied in enumerate(cuts):
        if denied is None or not denied.negative or not denied.rest or SPOKEN_TO.match(denied.subject):
            continue
        wrong = affirm(sentences[index])
        following = sentences[index + 1] if index + 1 < len(sentences) else ""
        if re.match(
            r"(?:no,? |but |well,? )*(?:it|they|he|she)(?:'s|'re)\b|(?:please )?(?:make|set|change) it\b|\S.{0,60}? (?:is|are|was|were|does|do|did)$",
            following,
            re.IGNORECASE,
        ):
            right = right_from(following, wrong)
            if right:
                return wrong, right
        affirmed = clause_of(wrong)
        if affirmed is None:
            continue
        verb = affirmed.verb.lower()
        for other, stated in enumerate(cuts):
            if other == index or stated is None or stated.negative:
                continue
            same = re.fullmatch(r"it|they|he|she", LEADS.sub("", stated.subject), re.IGNORECASE) and other == index + 1
            body = LEADS.sub("", sentences[other])
            same = same or share_words(denied.subject, stated.subject) or share_words(denied.rest, stated.rest)
            told = (
                stated.verb.lower() == verb
                or other == index + 1
                and re.match(r"(?:it|they|he|she)(?:'s|'re| is| are| was| were) ", body, re.IGNORECASE)
            )
            right = fill(wrong, clean_claim(body)) if same and told else ""
            if right and right.lower() != wrong.lower():
                return wrong, right
    return "", ""
