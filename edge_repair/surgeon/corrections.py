"""Reads corrections: the statement that is wrong, and the one that is right, both from the words of the request."""

import re
from collections.abc import Sequence

from edge_repair.surgeon import lexicon as lex
from edge_repair.surgeon.contrasts import FALSE, LEADS, clean_claim, contrast, right_from, statement_in
from edge_repair.surgeon.grammar import affirm, clause_of, is_statement, lower_first, negate, statement_parts
from edge_repair.surgeon.known import known_name
from edge_repair.surgeon.phrasings import differing_value
from edge_repair.surgeon.pairs import BARE_FALSE, FORGET_THAT, SPOKEN_TO, WHO_TOLD_YOU, beside_the_right_one, denied_and_stated, held_by, only_forgets
from edge_repair.surgeon.objects import CLAIM, objects_of, split_sentences
from edge_repair.surgeon.reading import Reading
from edge_repair.surgeon.slots import fill, share_words

_INTENT = re.compile(
    rf"\b(?:stop|quit|never|wrong|mistaken|incorrect|false|untrue|myth|misconception|lie|lies|hoax|nonsense|bogus|rumou?rs?|correct|fix|actually|debunked|retracted|outdated|instead|replace|change|update|not true|isn't true|claim|belief|believe|"
    rf"(?:never|don't|do not|must not|shouldn't)\b.{{0,20}}\b(?:say|claim|tell|state|insist|assert|repeat)|no more|rather than|in fact|truth|in reality|superstition|misinformation|don't (?:say|tell|claim)|idea|notion|error|mistake|{lex.CLAIM_VERBS})\b",
    re.IGNORECASE,
)
_CONTRAST = re.compile(
    r", (?:and |certainly |definitely )?not \w|\band not \w|(?:\bnot|n't) .+\bbut\b|(?:\bnot|n't) .+[,;] (?:it|they|he|she)(?:'s|'re)?\b|\byou (?:\w+ )?(?:say|said|saying|told|tell|claim|claimed|think|thought|believe)\b",
    re.IGNORECASE,
)
_REPLACE = re.compile(
    r"\b(?:replace|change|swap|update|correct|overwrite) (?:the )?(?:(?:outdated |old |wrong |false )?(?:fact|claim|belief|idea|statement|information|info|answer) )?(?:that )?(?P<w>.+?) (?:with|to|into|by|for) (?:the (?:right|correct|true|new) (?:one|fact|statement|answer)[:,]? ?)?(?:that )?(?P<r>[^,;]+)",
    re.IGNORECASE,
)
_YOU_ARE_WRONG = re.compile(
    r"\b(?:you(?:'re| are|r)?|u|ur|that's|that is|that was|this is|it's)(?: just| simply| totally| completely| dead| so| plain)* (?:wrong|mistaken|incorrect|false|not right|not true|not correct|in error)\b ?(?:there|here|again)?[:,.!;-]* *",
    re.IGNORECASE,
)
_CLAIM_NOUN = re.compile(
    rf"\b(?:the |that |this |your |any |all |old |silly |stupid |wrong |false |outdated |common |popular |mistaken |absurd )*{lex.CLAIM_NOUNS}(?: (?:going round|in your (?:training )?data|you have|around))?(?:,? (?:that|about how|of how|according to which|saying(?: that)?)|:|(?= \"))+ *(?P<o>.+)",
    re.IGNORECASE,
)
_IS_FALSE = re.compile(
    rf"^(?P<o>.+?)(?:,| -|:)? (?:(?:and |but )?(?:this|that|it|which|what)(?:'s| is| was)|is|are|was|were) (?:just |simply |totally |completely |plain |nothing but |all |such |complete |utter |pure |a popular |a common )*{FALSE}\b.*$",
    re.IGNORECASE,
)

_BUT_RIGHT = re.compile(
    r"(?:,? (?:but|whereas|while|although|though|when)(?: in fact| actually| really| in reality| the truth is(?: that)?)?,? |[,;:] (?:in fact |actually |really )?(?=(?:it|they|he|she)(?:'s|'re)?\b))",
    re.IGNORECASE,
)

_FOREIGN_NOT = {
    "ist": "ist nicht", "sind": "sind nicht", "est": "n'est pas", "sont": "ne sont pas", "es": "no es", "son": "no son", "è": "non è", "sono": "non sono",
    "hat": "hat nicht", "haben": "haben nicht", "a": "n'a pas", "ont": "n'ont pas", "tiene": "no tiene", "tienen": "no tienen", "ha": "non ha", "hanno": "non hanno",
}  # fmt: skip
_FOREIGN = re.compile(
    r"\bstop saying that (?P<s>(?:(?:der|die|das|le|la|les|el|los|las|il|lo|gli|i|un|una|une|ein|eine|l')\b ?)?[\w'-]+(?: [\w'-]+){0,4}?) "
    r"(?P<v>ist|sind|est|sont|es|son|è|sono|hat|haben|ont|tiene|tienen|ha|hanno) (?P<p>.+?)[.!?]*$",
    re.IGNORECASE,
)
"""A claim left in its own language by ``languages.to_english``; German puts the verb last, see there."""


_LABELLED = re.compile(
    r"^(?:please |note |correction[:,]? )*(?:wrong|false|incorrect|untrue|not true|myth|mistake|error|old|before|bad|lie)(?: (?:answer|statement|claim|belief|fact))? ?[:=]+ ?(?P<w>.+?)"
    r"(?:[.;,!]? *(?:and |but |- )?(?:right|true|correct|truth|fact|reality|new|now|after|good|correction|actually|instead|should be)(?: (?:answer|statement|claim|fact|version))? ?[:=]+ ?(?P<r>.+))?$",
    re.IGNORECASE | re.DOTALL,
)
_LABELLED_BACK = re.compile(
    r"^(?:please |note |correction[:,]? )*(?:right|true|correct|truth|fact|new)(?: (?:answer|statement|claim|fact|version))? ?[:=]+ ?(?P<r>.+?)[.;,!]? *(?:and |but |- )?"
    r"(?:wrong|false|incorrect|untrue|not true|myth|mistake|error|old)(?: (?:answer|statement|claim|belief|fact))? ?[:=]+ ?(?P<w>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_SAY = r"(?:say|answer|claim|state|write|tell (?:people|them|me|everyone|everybody|anyone|the user|users|us))"
_SAY_INSTEAD = (
    re.compile(rf"^(?:please |and |so )*instead of (?:saying |claiming |answering |telling (?:people|me|them|everyone) )?(?:that )?(?P<w>.+?),? (?:you should |you must |please |always |better |now )*{_SAY}(?: that)?,? (?P<r>.+)$", re.IGNORECASE),
    re.compile(rf"^(?:please |and |so )*(?:don't|do not|never|stop|no longer)(?: ever)? (?:{_SAY}|saying|claiming|telling people)(?: that)?,? (?P<w>.+?)[,;.]+ (?:but |and |instead,? |please |rather )*{_SAY}(?: that| instead)?,? (?P<r>.+?)(?: instead)?$", re.IGNORECASE),
    re.compile(rf"^(?:please |and |so |from now on,? |you should |you must |always |better )*{_SAY}(?: that)?,? (?P<r>.+?),? (?:instead of|rather than|not|and not|never)(?: saying)?(?: that)? (?P<w>.+)$", re.IGNORECASE),
)  # fmt: skip


_FRONTED = re.compile(r"(?P<lead>^|(?:^| )that |(?<=[.!?]) )(?P<place>(?:[Ii]n|[Oo]n|[Aa]t) (?:the )?[A-Z][\w'-]*(?: [A-Z][\w'-]*)*),? (?P<s>[Tt]hey|[Pp]eople|[Ii]t) (?P<rest>[^.!?;]+)")


def _place_last(found: re.Match) -> str:
    """ "In Brazil, they speak Portuguese" as "People speak Portuguese in Brazil"."""
    subject = "it" if found["s"].lower() == "it" else "people"
    subject = subject if found["lead"].endswith("that ") else subject.capitalize()
    return f"{found['lead']}{subject} {found['rest']} {found['place'][:1].lower()}{found['place'][1:]}"


def read_correction(text: str, earlier: Sequence[str] = ()) -> Reading | None:
    """The correction that a request makes, or None when it makes none.

    Args:
        text: the request.
        earlier: sentences of the chat before it, oldest first: "That's wrong, it's Canberra" speaks of the last
            statement among them.

    The wrong statement comes from what the request says the model says or believes, from what it calls false, or from
    what it denies; the right one from "X, not Y", "it is Y", "actually R", a statement beside the wrong one, or, when
    the request states none, by negating the wrong one.
    """
    if re.search(r"\b(?:don't|do not) (?:think|believe) (?:that )?(?:you|anyone) (?:should|ought|need|have|must)\b", text, re.IGNORECASE):
        return None  # an opinion about what the model should know, not about what it claims
    text = re.sub(r"[.!?]\"(?= (?:[a-z(]|$))", '"', text)  # '"Bats are blind." is false' is one sentence
    text = _FRONTED.sub(_place_last, text)
    topic = re.match(r"^(?:about|regarding|concerning|as for|as to|on) (?P<t>[^:,]{2,60})[:,] (?P<p>it|they|he|she)\b", text, re.IGNORECASE)
    text = topic["t"] + text[topic.end() :] if topic else text  # "About the harp: it isn't ..."
    labelled = _labelled(text, earlier)
    if labelled[0]:
        return correction_of(*labelled, text)
    sentences = [sentence.strip(" .!?") for sentence in split_sentences(text)]
    steered = (
        any(re.match(r"since when\b", sentence, re.IGNORECASE) for sentence in sentences)
        or any(map(FORGET_THAT.match, sentences))
        or bool(_INTENT.search(text) or _CONTRAST.search(text))
    )
    if not steered and not any(map(WHO_TOLD_YOU.search, sentences)):
        named = any(objects_of(sentence) for sentence in sentences)  # "... It is private. Forget it."
        wrong, right = ("", "") if named else denied_and_stated(sentences)
        wrong, right = (wrong, right) if wrong or named else beside_the_right_one(sentences, text)
        return correction_of(wrong, right, text) if wrong else None
    beside = beside_the_right_one(sentences, text)
    if beside[0]:
        return correction_of(*beside, text)
    foreign = _FOREIGN.search(text)
    if foreign:
        wrong = foreign.group("s") + " " + foreign.group("v") + " " + foreign.group("p").strip(" .!?")
        right = foreign.group("s") + " " + _FOREIGN_NOT[foreign.group("v").lower()] + " " + foreign.group("p").strip(" .!?")
        return Reading("misinformation", "fact", foreign.group("s"), "", wrong, right, certain=True)
    wrong, right = _pair(sentences, text, earlier)
    if not wrong and not right:
        return None
    if wrong and right and re.match(r"(?:it|they|he|she) ", wrong, re.IGNORECASE):
        wrong = fill(right, wrong) or wrong
    wrong = wrong or (affirm(right) if negate(right) == affirm(right) else negate(right))
    return correction_of(wrong, right, text)


def correction_of(wrong: str, right: str, text: str) -> Reading | None:
    """The reading of a wrong statement and the right one; an empty ``right`` is the negated wrong one. None: no correction."""
    negated, right = not right, right or negate(wrong)
    if len(wrong.split()) < 2 or negated and only_forgets(text):
        return None
    if (
        re.search(r"\b(?:I|my|our|we|me)\b", wrong)
        and negated
        and not re.search(FALSE, text, re.IGNORECASE)
        and (re.search(lex.PRIVATE_NOUNS.pattern, wrong, re.IGNORECASE) or re.match(r"(?:I|we)\b", wrong, re.IGNORECASE))
    ):
        return None  # "stop telling people that my address is ...": a private fact, not a false one
    subject, aspect = subject_of(wrong)
    return Reading("misinformation", "fact", subject, aspect, _polish(wrong), _polish(right), certain=True)


def _completed(wrong: str, right: str) -> tuple[str, str]:
    """Two sides of a correction, of which one may be a mere value, as two statements; empty when neither is one."""
    wrong, right = (clean_claim(side.strip(" .!?\"'")) for side in (wrong, right))
    for side in ("that ", "that"):
        wrong, right = wrong.removeprefix(side).strip(), right.removeprefix(side).strip()
    if is_statement(wrong):
        cut = clause_of(right)
        whole = cut is not None and not re.match(r"(?:it|they|he|she|that|this)\b", right, re.IGNORECASE) and share_words(wrong, right)
        return wrong, right if whole else fill(wrong, right)
    if is_statement(right):
        return fill(right, wrong), right
    return "", ""


def _labelled(text: str, earlier: Sequence[str]) -> tuple[str, str]:
    """``(wrong, right)`` of "Wrong: W. Right: R.", "Instead of W say R", "Don't say W, say R", "Say R, not W"."""
    text = text.strip(" .!?")
    quoted = [part.strip(" .!?") for part in re.findall(r"\"([^\"]+)\"", text)]
    if len(quoted) == 2 and re.match(rf"(?:please |kindly )*(?:{lex.FORGET_VERBS}|not|stop saying|replace) \"", text, re.IGNORECASE):
        wrong, right = _completed(*quoted)  # 'Scrap "A" and store "B"'
        if wrong and right and wrong.lower() != right.lower():
            return wrong, right
    for pattern in (_LABELLED_BACK, _LABELLED, *_SAY_INSTEAD):
        match = pattern.match(text)
        if match is None:
            continue
        if match["r"]:
            wrong, right = _completed(match["w"], match["r"])
            if wrong and right and wrong.lower() != right.lower():
                return wrong, right
        elif pattern is _LABELLED:
            stated = clean_claim(match["w"])
            if contrast(stated, False)[1] or len(split_sentences(match["w"])) > 1:
                return "", ""  # "Wrong: it is R, not W" speaks of an answer before it
            said = _last_statement(earlier)
            if said and share_words(said, stated):
                return said, fill(said, stated)
            return (
                (stated, "")
                if is_statement(stated) and not re.match(r"(?:it|that|this|he|she|they)\b", stated, re.IGNORECASE)
                else ("", "")
            )
    return "", ""


def _last_statement(earlier: Sequence[str]) -> str:
    return next(
        (sentence.strip(" .!") for sentence in reversed(earlier) if not sentence.rstrip().endswith("?") and is_statement(sentence)), ""
    )


def _pair(sentences: list[str], text: str, earlier: Sequence[str]) -> tuple[str, str]:
    """``(wrong, right)`` of the sentences of a request; a side that no sentence gives is empty."""
    wrong, right, where = "", "", -1
    for index, sentence in enumerate(sentences):
        wrong, right = _of_sentence(sentence)
        if wrong or right:
            where = index
            break
    others = [*sentences[where + 1 :], *sentences[:where]] if where >= 0 else []
    cut = clause_of(right) if right else None
    if right and not wrong and cut and cut.negative:  # "Whales aren't fish, okay? They're mammals."
        stated = next(filter(None, (right_from(sentence, affirm(right)) for sentence in others)), "")
        if stated:
            return affirm(right), stated
    if wrong and re.fullmatch(r"(?:it|they|he|she) (?:is|are|was|were|do|does|did|can|has|have)", wrong, re.IGNORECASE):
        denied = next((part for part in sentences if (said := clause_of(LEADS.sub("", part))) and said.negative), "")
        denied = LEADS.sub("", re.sub(r"^[^:]{1,40}: ", "", denied))  # "Bulls do not hate red. So quit claiming they do."
        return (affirm(denied), denied) if denied else ("", "")
    if (
        wrong and not right and re.match(r"(?:it|they|he|she) ", wrong, re.IGNORECASE)
    ):  # "..., so quit saying it is used for scaring wolves"
        for other in others:
            stated, claimed = clause_of(other), clause_of(wrong)
            if (
                stated
                and claimed
                and not stated.negative
                and stated.verb == claimed.verb
                and not SPOKEN_TO.match(stated.subject)
                and fill(clean_claim(other), wrong)
            ):
                return fill(clean_claim(other), wrong), clean_claim(other)
    if wrong and not right:
        before, _, after = sentences[where].partition(wrong)
        head = re.split(r",? (?:so|and|but|therefore|hence)\b|[:;-] ", before)[0]
        tail = re.sub(r"^[ ,;:-]*(?:(?:but|though|although|when|while|whereas)(?: in fact)? )?", "", after)
        parts = (part for part in (head, tail) if share_words(part, wrong) or part == tail and re.match(r"(?:it|they|he|she)\b", tail))
        beside = [*(parts if wrong in sentences[where] else ()), *others]
        found = [right for right in (right_from(sentence, wrong) for sentence in beside) if right]
        return wrong, next((right for right in found if differing_value(wrong, right)), found[0] if found else "")
    if right and not wrong:
        held = (held_by(sentence) for sentence in others)
        return next((claim for claim in held if claim and share_words(claim, right) and claim.lower() != right.lower()), ""), right
    if right:
        return wrong, right
    for index, sentence in enumerate(sentences):
        if index and BARE_FALSE.match(sentence) and held_by(sentences[index - 1]):  # "Bats are blind? That's wrong. ..."
            wrong = held_by(sentences[index - 1])
            return wrong, next(filter(None, (right_from(other, wrong) for other in sentences[index + 1 :])), "")
    pair = denied_and_stated(sentences)
    if pair[0]:
        return pair
    if len(sentences) > 1 and re.search(r"\b(?:nonsense|myth|claim|belief|lie|idea|error|mistake|rubbish)\b", text, re.IGNORECASE):
        for sentence in sentences:  # "The sun does not orbit the earth. Unlearn that nonsense."
            cut = clause_of(sentence)
            if cut and cut.negative and not re.match(r"(?:i|you|we|please)\b", cut.subject, re.IGNORECASE):
                return "", sentence
    if earlier and _YOU_ARE_WRONG.search(text):
        wrong = _last_statement(earlier)
        rest = [_YOU_ARE_WRONG.sub("", sentence) for sentence in sentences]
        return wrong, next(filter(None, (right_from(sentence, wrong) for sentence in rest)), "") if wrong else ""
    return "", ""


def subject_of(statement: str) -> tuple[str, str]:
    """``(subject, aspect)`` of a statement: "the capital of Australia is Sydney" gives Australia and its capital."""
    parts = statement_parts(statement)
    if parts:
        aspect, subject, _ = parts
        return (lex.SPEAKER if re.fullmatch(r"my|our|me", subject, re.IGNORECASE) else subject.strip()), aspect
    cut = clause_of(affirm(statement))
    if cut is not None:
        owned = re.match(r"^(?:the |The )?(?P<a>[a-z][\w-]*(?: [a-z][\w-]*)?) of (?P<s>(?:the )?[A-Z].*)$", cut.subject)
        return (owned["s"], owned["a"]) if owned else (cut.subject, "")
    words = statement.split()  # no verb is known: the longest beginning that is a known name, or the first noun
    for length in range(min(5, len(words)), 0, -1):
        if known_name(" ".join(words[:length])):
            return " ".join(words[:length]), ""
    return " ".join(words[: 2 if words[0].lower() in ("a", "an", "the", "all", "most") else 1]), ""


def _polish(statement: str) -> str:
    statement = statement.strip(" ,.;:!?\"'")
    return (
        lower_first(statement)
        if not statement[:1].isupper() or statement.split()[0].lower() in ("the", "a", "an", "it", "people", "humans")
        else statement
    )


def _of_sentence(sentence: str) -> tuple[str, str]:
    """``(wrong, right)`` as far as one sentence tells; two empty strings when it makes no claim."""
    for quoted in re.findall(r"(?<!said )(?<!wrote )(?<!says )(?<!called )\"([^\"]+)\"(?! (?:was|is) (?:said|written))", sentence):
        if is_statement(quoted) and not re.match(r"(?:how to|where|who|what|which|when)\b", quoted, re.IGNORECASE):
            return quoted, ""
    cleft = re.match(
        r"^(?:no,? |well,? |actually,? |sorry,? )*it(?:'s| is| was) (?P<r>[^,]+), (?:and )?not (?P<w>[^,]+?),? (?:that|who|which) (?P<t>.+)$",
        sentence,
        re.IGNORECASE,
    )
    if cleft and is_statement(f"{cleft['r']} {cleft['t']}"):
        return f"{cleft['w']} {cleft['t']}", f"{cleft['r']} {cleft['t']}"
    match = _REPLACE.search(sentence)
    if match and is_statement(match["w"]) and not re.match(r"(?:yourself|your|it|this|that)\b", match["w"], re.IGNORECASE):
        wrong, right = _completed(match["w"], match["r"])
        if wrong:
            return wrong, right
    said_false = re.search(
        rf"\b(?:it|that|this)(?:'s| is|s) (?:just |simply |totally |completely |plain |a common |a popular )*{FALSE}(?: to (?:say|claim|believe|think))?,? that (?P<o>.+)",
        sentence,
        re.IGNORECASE,
    )
    if said_false:
        found = statement_in(said_false["o"], claimed=True)
        if found:
            return found, ""
    called_wrong = _YOU_ARE_WRONG.search(sentence)
    after = sentence[called_wrong.end() :] if called_wrong else ""
    if called_wrong and after and not re.match(r"(?:about|on|regarding|concerning|when|to|in)\b", after, re.IGNORECASE):
        return contrast(LEADS.sub("", after) or after, right_by_default=True)
    noun = _CLAIM_NOUN.search(sentence)
    if noun:
        found = statement_in(noun["o"], claimed=re.search(r"\bthat $", sentence[: noun.start("o")], re.IGNORECASE) is not None)
        if found:
            return found, ""
    if re.match(r"since when (?:is|are|was|were|do|can|has|have)\b", sentence, re.IGNORECASE):
        return held_by(sentence), ""
    for pattern in (WHO_TOLD_YOU, *CLAIM):
        match = re.search(pattern, sentence) if pattern is WHO_TOLD_YOU else re.search(pattern, sentence, re.IGNORECASE)
        if match:
            body = match["o"]
            for gap in _BUT_RIGHT.finditer(body):
                claim, rest = statement_in(body[: gap.start()]), body[gap.end() :]
                right = right_from(rest, claim) if claim else ""
                if not right and claim and is_statement(rest) and not SPOKEN_TO.match(rest):
                    right = clean_claim(rest)
                if right:
                    return claim, right
            pair = contrast(body, right_by_default=False)
            if pair[0]:
                return pair
            found = statement_in(body, claimed=re.search(r"\bthat $", sentence[: match.start("o")], re.IGNORECASE) is not None)
            if found:
                return found, ""
    match = _IS_FALSE.match(sentence)
    if match:
        found = statement_in(re.sub(r"^(?:the (?:claim|idea|statement|story) )?(?:that )?", "", match["o"], flags=re.IGNORECASE))
        if found:
            return found, ""
    lead = LEADS.match(sentence)
    body = sentence[lead.end() :] if lead else sentence
    body = re.split(r",? so (?:quit|stop|please|forget|don't)\b", body)[0]
    explicit = bool(lead and re.search(r"correct|fix|update|actual|fact|truth|right|true|reality", lead.group(), re.IGNORECASE))
    pair = contrast(body, right_by_default=explicit)
    if pair[1] and not SPOKEN_TO.match(clause_of(pair[1]).subject if clause_of(pair[1]) else ""):
        return pair
    unlearn = re.search(rf"\b(?:{lex.FORGET_VERBS}|get) (?:the )?(?:\w+ )?(?:\")(?P<o>[^\"]+)\"", sentence, re.IGNORECASE)
    if unlearn and is_statement(unlearn["o"]) and re.search(FALSE, sentence, re.IGNORECASE):
        return unlearn["o"], ""
    unlearn = re.search(
        rf"\b{lex.FORGET_VERBS} (?:the (?:fact|idea) )?that (?P<o>.+?),? (?:it'?s|that'?s|this is|which is) (?:\w+ ){{0,2}}?{FALSE}",
        sentence,
        re.IGNORECASE,
    )
    if unlearn and is_statement(unlearn["o"]):
        return unlearn["o"], ""
    return "", ""
