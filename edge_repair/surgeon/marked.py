"""Readings of what the tagger marked in an English request: its spans, read by the rules' shapes and by its own judgement."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from edge_repair.errors import UsageError
from edge_repair.surgeon import lexicon as lex
from edge_repair.surgeon.contrasts import contrast, right_from, statement_in
from edge_repair.surgeon.corrections import correction_of
from edge_repair.surgeon.grammar import AUXILIARIES, affirm, clause_of, indirect_question, is_plural, is_wh_clause, negate
from edge_repair.surgeon.objects import clean_object, split_sentences
from edge_repair.surgeon.reading import Reading
from edge_repair.surgeon.slots import PREPOSITIONS, be, fill
from edge_repair.surgeon.tagger import Span, Tagging
from edge_repair.wording import words as words_of
from edge_repair.wording_lists import FUNCTION_WORDS

Phrases = Sequence[tuple[str, str, str]]
Read = Callable[[Phrases], tuple[list[Reading], UsageError | None]]

CLEAR = 0.7  # probability from which the tagger's scope, kind and speaker are believed
_PRONOUN = re.compile(r"(?:it|they|he|she|that|this|these|those)\b", re.IGNORECASE)
_OWNER = re.compile(r"^(?:his|her|their|its)\b ?", re.IGNORECASE)
_LINK = re.compile(r"^(?:'s?|’s?|of|in|on|for|about|the|a|an|from|by|with|behind|at)\b ?|^[\s,'’]+|[\s,]+$| (?:of|in|on|for|about|from|by|with|behind|at)(?: the| a| an| my| our)?(?: certain| minor| late)?$", re.IGNORECASE)
_NAMED = re.compile(r"[A-Z][\w'.-]*(?: (?:(?:of|the|de|van|von|da|al|del) )?[A-Z][\w'.-]*)*")


def marked_readings(tagging: Tagging, spans: Sequence[Span], text: str, read: Read) -> list[Reading]:
    """Readings of the spans that are to be forgotten.

    Args:
        tagging: of this text.
        spans: those of its spans that are believed.
        text: the request.
        read: reads phrases, each ``(sentence it stands in, phrase, way)``, as the rules do.
    """
    readings: list[Reading] = []
    last = spans[0] if spans else None
    for span in spans:
        if span.role != "forget" or (readings and re.fullmatch(r",? (?:because |as |since )?(?:it|they|he|she|this|that) ", text[last.end : span.start])):
            continue  # a reason ("the recipe, it poisons wells") is no target
        last = span
        sentence = next((part for part in split_sentences(text) if span.text in part), text)
        phrase = indirect_question(span.text) if text[span.end : span.end + 1] == "?" else span.text
        verb = _LAST_VERB.match(text[span.end :])
        if verb and is_wh_clause(phrase):  # the mark stops in front of it: "what my dog's name [is]"
            phrase += verb.group()
        phrase = re.sub(r"^(?:The|A|An|My|Our|His|Her|Their)(?= )", lambda match: match.group().lower(), phrase)
        found, _ = read([(sentence, phrase, "forget")])
        readings += [_judged(found[0], span, tagging, phrase, text)] if len(found) == 1 else found
    named = [reading for reading in readings if not re.fullmatch(r"(?:he|she|it|they|his|her|their|its)\b.*", reading.subject, re.IGNORECASE)]
    return named or readings


_LAST_VERB = re.compile(r" (?:is|are|was|were)(?=\s*(?:[.!?,;]|$))")
_ALL_OF = re.compile(r"\b(?:everything|anything|all|whatever)\b[^.!?]{0,40}\b(?:about|on|to|of|regarding|concerning) (?:the )?$", re.IGNORECASE)


def _judged(reading: Reading, span: Span, tagging: Tagging, phrase: str, text: str) -> Reading:
    """A reading by the rules' shapes, with subject, scope and kind as the tagger has them where it is clear and they are not."""
    reading = _with_subject(reading, span, tagging, phrase)
    relation = re.match(rf"^{lex.RELATIONS.pattern} (?P<n>[A-Z][\w'-]+(?: [A-Z][\w'-]+)+)$", reading.subject)
    if relation:  # "my tenant Rosalba Quenneville": the name says it
        reading = replace(reading, subject=relation["n"])
    if reading.scope == "fact" and _ALL_OF.search(text[: span.start]) and not is_wh_clause(phrase):
        reading = replace(reading, scope="aspect")
    whole = re.search(rf"\b{re.escape(reading.subject)} (?!I\b)[A-Z][\w-]+", text) if re.fullmatch(r"[A-Z][\w-]+", reading.subject) and reading.kind == "personal" else None
    if whole:  # "one of the doctors, Imogen Tredwell, ... Imogen's burnout"
        reading = replace(reading, subject=re.sub(r"['’]s?$", "", whole.group()))
    if re.search(r" stuff$", reading.aspect):
        reading = replace(reading, aspect=reading.aspect.removesuffix(" stuff"), scope="aspect")
    if not is_wh_clause(reading.aspect):
        reading = replace(reading, aspect=re.sub(r",? [\w-]*\d[\w-]*$", "", reading.aspect) or reading.aspect)
    kind = max(span.kinds, key=lambda name: span.kinds[name]) if span.kinds else reading.kind
    if reading.kind != kind and span.kinds.get(kind, 0) >= CLEAR and kind != "misinformation" and not (reading.certain and reading.kind == "personal" and not re.match(r"our\b", phrase)):
        if kind == "harmful" and reading.scope != "subject":
            return Reading("harmful", "subject", phrase, certain=True)
        if kind != "harmful" and reading.kind == "harmful" and span.kinds[kind] < 0.9:
            return reading
        reading = replace(reading, kind=kind)
    return reading


def _with_subject(reading: Reading, span: Span, tagging: Tagging, phrase: str) -> Reading:
    subject = _named(span.subject)
    scope = max(span.scopes, key=lambda name: span.scopes[name]) if span.scopes else ""
    clear = span.scopes.get(scope, 0) >= CLEAR
    if reading.kind == "harmful" or reading.wrong:
        return reading
    named = bool(subject) and _NAMED.fullmatch(subject) is not None
    if span.speaker >= CLEAR and reading.subject != lex.SPEAKER and not named and not re.search(r"\b(?:my|our) [\w-]+(?: [A-Z]\w+)*['’]s\b", phrase) and not lex.RELATIONS.search(reading.subject):
        return Reading("personal", scope if clear and scope != "subject" else "fact", lex.SPEAKER, _bare(phrase), certain=True)
    owner = _OWNER.match(phrase)
    if owner and tagging.subject and (reading.scope == "subject" or _OWNER.match(reading.subject)):
        return replace(reading, scope="aspect" if scope == "aspect" else "fact", subject=_named(tagging.subject), aspect=phrase[owner.end() :])
    if len(subject) < 2 or subject.casefold() in FUNCTION_WORDS:
        return reading
    if reading.scope == "subject":
        if clear and scope != "subject" and subject.casefold() != reading.subject.casefold() and subject.casefold() in phrase.casefold():
            aspect = phrase if is_wh_clause(phrase) else _without(phrase, subject)
            return replace(reading, scope=scope, subject=subject, aspect=aspect) if aspect else reading
        if clear and scope == "subject" and reading.kind == "personal" and subject.casefold() in phrase.casefold() and _NAMED.fullmatch(subject):
            return replace(reading, subject=subject)
        return reading
    if reading.subject != lex.SPEAKER and clear and scope == "subject" and span.scopes[scope] >= 0.9 and subject.casefold() == phrase.casefold():
        return replace(reading, scope="subject", subject=subject, aspect="")
    if clear and scope in ("fact", "aspect"):
        reading = replace(reading, scope=scope)
    if reading.subject == lex.SPEAKER and subject.startswith("our ") and span.kinds.get("unspecified", 0) >= CLEAR and subject != phrase:
        return replace(reading, kind="unspecified", subject=subject, aspect=_without(phrase, subject), certain=True)
    if subject.casefold() == phrase.casefold() or reading.subject == lex.SPEAKER and not (named or lex.RELATIONS.search(subject) or re.search(rf"{re.escape(subject)}['’]s", phrase)):
        return reading
    inside = subject.casefold() in reading.aspect.casefold() or subject.casefold() in phrase.casefold()
    if not inside:
        return reading
    if re.fullmatch(r"[A-Z][\w'-]+(?: [A-Z][\w'-]+)+", reading.subject) and subject in reading.subject:
        return reading  # half of a name
    kind = "personal" if lex.RELATIONS.fullmatch(subject) else reading.kind
    aspect = phrase if is_wh_clause(phrase) else reading.aspect if is_wh_clause(reading.aspect) or reading.subject.casefold() == subject.casefold() else _without(phrase, subject) or reading.aspect
    return replace(reading, subject=subject, aspect=aspect, kind=kind)


def _bare(phrase: str) -> str:
    return phrase if is_wh_clause(phrase) else re.sub(r"^(?:all |any )?(?:my|our) ", "", phrase, flags=re.IGNORECASE)


def _named(subject: str) -> str:
    """A subject without what the marks ran into: the next sentence, an owner's mark, "brother" before a whole name."""
    subject = re.sub(r"['’]s?$", "", clean_object(re.split(r"[.!?,;:]", subject)[0]))
    kin = re.match(r"^(?:(?:my|our) )?(?:late |old |poor )?[a-z-]+ (?P<n>[A-Z][\w'-]+(?: [A-Z][\w'-]+)+)$", subject)
    return kin["n"] if kin and lex.RELATIONS.match(f"my {subject.removeprefix('my ')}") else subject


def _without(phrase: str, subject: str) -> str:
    """What is left of a noun phrase when its subject and the words that join them are taken out."""
    at = phrase.casefold().find(subject.casefold())
    sides = [phrase[:at].strip(), phrase[at + len(subject) :].strip()]
    for index, side in enumerate(sides):
        before = None
        while side != before:
            before = side
            side = _LINK.sub("", side).strip()
        sides[index] = side
    return re.sub(r"^our ", "", " ".join(filter(None, sides)))


def marked_correction(tagging: Tagging, spans: Sequence[Span], text: str) -> Reading | None:
    """The correction that spans marked as wrong or right make, or None."""
    claims = [
        replace(span, role="wrong") if span.role == "right" and re.search(r"\b(?:not|never|than|instead of) (?:(?:by|in|of|at|on|from|for) )?$", text[: span.start]) else span
        for span in spans
        if span.role in ("wrong", "right") and any(word not in FUNCTION_WORDS for word in words_of(span.text))
    ]
    alone = claims[0] if len(claims) == 1 else None
    told = alone and (alone.certainty > 0.8 or re.search(rf"\b(?:{lex.FORGET_VERBS}|{lex.CLAIM_NOUNS})(?: that)? [\"']?$", text[: alone.start], re.IGNORECASE))
    if alone and alone.role == "wrong" and told and _denial(alone.text) and not _PRONOUN.match(alone.text):
        return correction_of(clean_object(alone.text), "", text)  # "the idea that lightning never strikes twice"
    for span in claims:
        pair = contrast(span.text, False) if span.role == "right" and re.search(r"\bnot\b", span.text) else ("", "")
        if pair[0] and pair[1] and not _denial(pair[1]):
            return correction_of(*pair, text)
    for span in claims:  # "the tomato was not considered poisonous | because of its seeds but because of lead plates"
        if span.role == "right" and _denial(span.text):
            pair = contrast(re.split(r"[.!?]", text[span.start :])[0], False)
            if pair[0] and pair[1] and not _denial(pair[1]):
                return correction_of(*pair, text)
    stated = [(span, _stated(span, tagging, text)) for span in claims]
    whose = next((cut.subject for _, words in stated if words and (cut := clause_of(words))), "") or _named(tagging.subject)
    stated = [(span, words or _predicate(span, whose, text)) for span, words in stated]
    denied = next((words for _, words in stated if words and _denial(words)), "")
    others = [(span, words) for span, words in stated if words and not _denial(words)]
    wrong = next((words for span, words in others if span.role == "wrong"), "")
    right = next((words for span, words in others if span.role == "right"), "")
    if wrong and not right:  # two statements about one thing: the first is what is said, the second what is so
        right = next((words for _, words in others if words != wrong and _same_subject(words, wrong)), "")
    fragments = {role: [clean_object(span.text) for span, words in stated if not words and span.role == role] for role in ("wrong", "right")}
    if denied and wrong and not right:
        if affirm(denied).casefold() != wrong.casefold() and not _same_subject(denied, wrong):
            denied = ""
    elif denied and right and not wrong and _affirmed(denied).casefold() == right.casefold():
        return correction_of(denied, right, text)  # what is wrong is itself a denial
    if not wrong and denied:
        wrong = _affirmed(denied)
    if not wrong and right:
        wrong = next(filter(None, (fill(right, value) or _with_other_end(right, value) for value in fragments["wrong"])), "")
        return correction_of(wrong or (_affirmed(right) if _denial(right) else negate(right)), right, text) if wrong or not fragments["wrong"] else None
    if not wrong:
        return _about_a_value(spans, tagging, text) or _doubted(text, tagging)
    if wrong not in text and any(re.match(r"(?:was|were) ", span.text) for span in claims if span.role == "right"):
        wrong = re.sub(r" (is|are) ", lambda match: " was " if match[1] == "is" else " were ", wrong, count=1)
    if not right:
        values = [*fragments["right"], *(value for value in fragments["wrong"] if value.casefold() not in wrong.casefold())]
        right = next(filter(None, (fill(wrong, value) or _with_other_end(wrong, value) for value in values)), "") or _beside(wrong, spans, text) or denied
    return correction_of(wrong, right, text)


def _with_other_end(statement: str, end: str) -> str:
    """ "chameleons change colour for mood" with "to match the wallpaper"."""
    led = re.match(rf"^(?P<s>.+?) (?:to|{PREPOSITIONS}) .+$", statement)
    return f"{led['s']} {end}" if led and clause_of(led["s"]) and re.match(rf"(?:to|{PREPOSITIONS})\b", end) else ""


def _denial(statement: str) -> bool:
    cut = clause_of(statement)
    return cut is not None and (cut.negative or bool(re.match(r"no ", cut.rest)) and not cut.auxiliary)


def _affirmed(denied: str) -> str:
    cut = clause_of(denied)
    if cut is not None and not cut.negative and cut.rest.startswith("no "):  # "Vikings wore no horned helmets"
        return f"{cut.subject} {cut.verb} {cut.rest[3:]}"
    return affirm(denied)


def _same_subject(one: str, two: str) -> bool:
    cuts = [clause_of(one), clause_of(two)]
    return all(cuts) and _plain(cuts[0].subject) == _plain(cuts[1].subject)


def _plain(words: str) -> str:
    return re.sub(r"^(?:the|a|an) ", "", words.casefold())


_HELD = re.compile(
    r"^(?:you |u )?(?:still |always |keep )*(?:(?:place|put|locate|situate|places|puts)(?:ing)? (?P<s>[\w' -]+?) (?P<p>(?:in|on|at|near) .+)|"
    r"(?:treat|regard|define|describe|list|count|class|classify|portray|present|depict)(?:ing)? (?P<t>[\w'\" -]+?) as (?P<q>.+))$",
    re.IGNORECASE,
)


def _predicate(span: Span, subject: str, text: str) -> str:
    """A span without a subject ("was deaf", "it | flows to the sea") with the one that the others have."""
    body = clean_object(span.text)
    first = body.split(" ")[0].lower()
    behind = re.search(r"\b(?:it|they|he|she) $", text[: span.start], re.IGNORECASE)
    if behind and subject.strip() and (behind.group().strip().lower() == "they") != is_plural(subject) and is_plural(subject):
        return ""  # "toads give you warts? It frightens ..." does not speak of toads
    if not subject or _PRONOUN.match(subject) or len(body.split()) < 2 or not (first in AUXILIARIES or behind):
        return ""
    return f"{subject} {body}"


def _told(span: Span, tagging: Tagging) -> str:
    """The words of a span, with what a pronoun in front stands for in its place."""
    subject = span.subject if not _PRONOUN.match(span.subject) else ""
    subject = subject or (tagging.subject if not _PRONOUN.match(tagging.subject) else "")
    pronoun = re.match(r"(?:They|they|It|it|He|he|She|she)(?= (?!'s|'re)\w)", span.text)
    if pronoun and subject and span.text.endswith(f", {subject}"):  # "It can't be seen from the moon, the Great Wall"
        return subject + span.text[pronoun.end() : -len(subject) - 2]
    if pronoun and subject and subject.casefold() not in span.text.casefold():
        return _named(subject) + span.text[pronoun.end() :]
    return span.text


def _stated(span: Span, tagging: Tagging, text: str) -> str:
    """The statement that a span holds, in one of the forms that people give it, or an empty string for a mere value."""
    body = re.sub(r"^(?:that|how) ", "", clean_object(_told(span, tagging)), flags=re.IGNORECASE)
    held = _HELD.match(body)
    if held:  # "you place Timbuktu in Chad", "you define usufruct as ownership"
        subject = held["s"] or held["t"]
        return f"{subject} {be(subject)} {held['p'] or held['q']}"
    cut = clause_of(body)
    if body.split(" ")[0].lower() in AUXILIARIES or re.match(rf"{PREPOSITIONS}\b", body, re.IGNORECASE):
        return ""
    short = re.match(r"^(?P<s>[^,]+?)['’]s (?P<p>(?:not |never )?\S.*)$", body) if cut is None else None
    if short:  # "The Sun's yellow": a claim, so the mark is a verb
        return f"{short['s']} is {short['p']}"
    if cut is not None and not _PRONOUN.match(body) and len(cut.rest) > 1:
        return body
    cleft = re.match(r"^it (?:is|was)(?:n't| not) (?P<s>.+?) (?:who|that|which) (?P<p>.+)$", body, re.IGNORECASE)
    if cleft:  # "It isn't Mary Shelley who wrote Dracula"
        return negate(f"{cleft['s']} {cleft['p']}")
    equal = re.match(r"^(?P<s>[\w' -]+?) (?:as|=|==) (?P<p>(?:an?|the)? ?[\w' -]+)$", body)
    if equal and cut is None:
        return f"{equal['s']} {be(equal['s'])} {equal['p']}"
    small = re.match(r"^(?P<p>an? .+)$", body[len(span.subject) :].strip()) if span.subject and body.startswith(span.subject) and cut is None else None
    thing = re.match(r"^(?P<s>[\w'-]+) (?P<p>an? [\w' -]+)$", body) if cut is None else None
    if small or thing:  # "you consider glass a slow liquid"
        subject, predicate = (span.subject, small["p"]) if small else (thing["s"], thing["p"])
        return f"{subject} {be(subject)} {predicate}"
    if _PRONOUN.match(body) and cut is not None:
        return ""
    found = statement_in(body) if span.role == "wrong" else ""
    if found and not _PRONOUN.match(found):
        return found
    sentence = next((part for part in re.split(r"(?<=[.!?;:])\s+|, (?=(?:but|it|they|he|she)\b)", text) if span.text in part), "")
    head = clean_object(sentence[: sentence.find(span.text) + len(span.text)]) if sentence and span.role == "wrong" else ""
    around = clause_of(head) if head and head != span.text else None
    if around is not None and around.negative and not re.match(r"(?:you|i|we|please|that|this)\b", around.subject, re.IGNORECASE) and not _PRONOUN.match(head):
        return head  # "Beethoven was not | blind"
    return found


_ITS = re.compile(r"^(?:no,? |but |and |actually,? |in fact,? )*(?:it|they|he|she)(?:'s|'re| is| are| was| were) (?!should|must|so\b|time|not\b|wrong|false|nonsense)\S+(?: \S+){0,5}$", re.IGNORECASE)
_SHORT_DENIAL = re.compile(
    r"^(?:no[,.]? |but |and |well,? )*(?:(?:they|he|she|it|that|this|which) (?:[a-z]+n't|(?:did|do|does|is|are|was|were|has|have|had|can|could|will|would) not|never (?:did|was|were|do|does|is|are|has|have))|nope|no way|wrong|nonsense|baloney|rubbish|not true|false|bollocks|hogwash)$",
    re.IGNORECASE,
)


def _doubted(text: str, tagging: Tagging) -> Reading | None:
    """ "Einstein failed mathematics? He did not." without any mark on it."""
    if tagging.kinds.get("misinformation", 0) < CLEAR:
        return None
    sentences = [part.strip(" .!?") for part in split_sentences(text)]
    for claim, answer in zip(sentences, sentences[1:]):
        body = re.sub(r",? (?:really|hm|huh|eh|right)$", "", re.sub(r"^(?:the )?(?:idea|claim|myth|notion) that ", "", claim, flags=re.IGNORECASE))
        wrong = statement_in(body)
        if wrong and _SHORT_DENIAL.match(answer.split(",")[0]) and not re.match(r"(?:you|i|we|my|this|that|it)\b", wrong, re.IGNORECASE):
            return correction_of(wrong, "", text)
    return None


def _about_a_value(spans: Sequence[Span], tagging: Tagging, text: str) -> Reading | None:
    """ "You are wrong about the boiling point of ethanol: it is 78 degrees." says what is right of what is marked."""
    if tagging.kinds.get("misinformation", 0) < CLEAR:
        return None
    for span in spans:
        said = re.match(r"[.,:;!]? ?(?:it|he|she|they)(?:'s| is| was|'re| are| were) (?P<v>[^.,;!?]+)", text[span.end :], re.IGNORECASE)
        if said and clause_of(span.text) is None and not re.match(r"(?:not|wrong|false|nonsense|a lie|time|private|confidential|none)\b", said["v"]):
            verb = re.search(r"'s|is|was|'re|are|were", said.group()).group().replace("'s", "is").replace("'re", "are")
            right = f"{span.text} {verb} {said['v'].strip()}"
            return correction_of(negate(right), right, text)
    return None


def _beside(wrong: str, spans: Sequence[Span], text: str) -> str:
    """The right statement that a sentence beside the claim gives ("... It's red in there as well.")."""
    claims = [span.text for span in spans if span.role in ("wrong", "right")]
    after = text.partition(claims[0])[2]
    tail = re.sub(r"^[ ,;:-]*(?:(?:but|though|although|when|while|whereas)(?: in fact)?)? ?", "", re.split(r"[.!?]", after)[0])
    parts = [
        *([tail] if re.match(r"(?:it|they|he|she)\b", tail) else []),
        *(part for part in split_sentences(text) if wrong not in part and all(claim not in part for claim in claims)),
    ]
    cut = clause_of(wrong)
    for part in parts:  # "Raymond Gosling took it.", "An accident in a bakery caused it."
        body = clean_object(part)
        said = clause_of(body)
        if cut and said and not said.negative and re.fullmatch(r"(?:it|them)", said.rest) and re.match(r"(?:[A-Z]|an? |the )", said.subject) and not re.match(r"(?:i|you|we|please|that|this|it|he|she|they|don'?t|do|never)\b", said.subject, re.IGNORECASE):
            return f"{said.subject} {said.verb} {cut.rest if said.verb.casefold() == cut.verb.casefold() and not cut.auxiliary else cut.subject}"
    short = (part for part in parts if _ITS.match(part.strip(" .!?")))
    return next(filter(None, (right_from(sentence, wrong) for sentence in short)), "")
