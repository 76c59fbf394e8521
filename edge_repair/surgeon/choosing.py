"""Chooses between what the rules read in a request and what the tagger marked in it."""

import re
from collections.abc import Sequence
from dataclasses import replace

from edge_repair.errors import UsageError
from edge_repair.surgeon import lexicon as lex
from edge_repair.surgeon.foreign import foreign_readings
from edge_repair.surgeon.grammar import clause_of, is_statement, negate
from edge_repair.surgeon.known import known_name
from edge_repair.surgeon.marked import CLEAR, Read, marked_correction, marked_readings
from edge_repair.surgeon.pairs import only_forgets
from edge_repair.surgeon.reading import Reading
from edge_repair.surgeon.tagger import Span, Tagging
from edge_repair.wording import normalise

NAMED = 0.7  # certainty from which a span to be forgotten speaks against a correction
SURE_CLAIM = 0.8  # least probability of the tags of a claim from which it is believed against a correction that the rules read
WITHIN = 0.4  # the same, where what is marked is part of what the rules took
SURE = 0.9  # least probability of a span's tags from which it is believed against the rules
SURE_ABROAD = 0.3  # the same, for other languages than English
SURE_IN_FRAME = 0.6  # the same, where the frame of the request is one that the rules know
LIKELY = 0.15  # the same, where the rules found nothing
DOUBTFUL = 0.85  # a span below is dropped when another one is above


BROAD, UNCLEAR = 0.5, 0.45  # probability from which a request is refused as too broad, or as naming nothing


def certainly_named(tagging: Tagging) -> bool:
    """Whether a span is marked surely enough that the request does name something."""
    return any(span.certainty >= 0.5 for span in tagging.spans)


def chosen(ruled: list[Reading], problem: UsageError | None, text: str, tagging: Tagging, read: Read, code: str = "en", scaffold: bool = False) -> list[Reading]:
    """The readings to go on with.

    Args:
        ruled: what the rules read; empty when they found nothing.
        problem: why they did not, if they know.
        text: the request.
        tagging: of this text.
        read: reads phrases, each ``(sentence it stands in, phrase, way)``, as the rules do.
        code: the language of the request; what the rules cannot read of another language is parted by ``foreign``.
        scaffold: whether the frame of a request in another language was one of those that ``languages`` knows.
    """
    if problem is not None and "too much" in str(problem):
        return ruled
    if code != "en":
        spans = _believable(_whole(tagging.spans, text, code))
        least = min((span.certainty for span in spans), default=0.0)
        found = foreign_readings(tagging, spans, text, code) if spans else []
        return found if found and (not ruled or least >= (SURE_IN_FRAME if scaffold else SURE_ABROAD)) else ruled
    whole = _whole(tagging.spans, text)
    spans = _believable(whole)
    least = min((span.certainty for span in spans), default=0.0)
    misinformed = tagging.kinds.get("misinformation", 0)
    corrected = marked_correction(tagging, [span for span in whole if span.role != "forget" or misinformed > 0.5], text)
    if corrected is not None and (_unfinished(corrected.wrong) or _unfinished(corrected.right)):
        corrected = None  # half of a statement was marked
    if corrected is not None and ruled and not ruled[0].wrong and _only_denies(corrected) and only_forgets(text):
        return ruled
    named = any(span.role == "forget" and span.certainty >= NAMED for span in spans)
    if corrected is not None and not named and (misinformed > 0.5 or not ruled or ruled[0].wrong):
        if ruled and ruled[0].wrong and _stands_in(ruled[0], text) and not _stands_in(corrected, text):
            return ruled
        if ruled and ruled[0].wrong and not _only_denies(ruled[0]) and (_only_denies(corrected) or clause_of(corrected.wrong) is None):
            return ruled  # "built by miners, not an old wizard": what it was not built by is more than a denial
        if ruled and _stands_whole(ruled[0], text) and all(_side(corrected, side) in _side(ruled[0], side) for side in ("wrong", "right")):
            return ruled  # marked is a piece of what is stated
        claimed = min((span.certainty for span in spans if span.role != "forget"), default=0.0)
        if ruled and ruled[0].wrong and not any(span.role == "right" and not _denies(span.text) for span in whole) and claimed >= WITHIN and _is_stray(ruled[0], corrected):
            return [corrected]
        if not ruled or not ruled[0].wrong or claimed >= SURE_CLAIM or _cuts_free(corrected, ruled[0]):
            return [corrected]
        return ruled
    if not ruled and spans and all(span.role != "forget" for span in spans):  # marked as claims, and none can be made of them
        spans = [replace(span, role="forget") for span in spans]
    marked = marked_readings(tagging, spans, text, read)
    ruled = [_kind_of_span(reading, spans) for reading in ruled]
    if not marked or (ruled and ruled[0].wrong):
        return ruled
    if not ruled:
        return marked if least >= LIKELY else ruled
    if len(marked) < len(ruled) or any(span.text.endswith(("'s", "s'")) for span in spans):
        return ruled  # half of a list, an owner without what is owned
    if len(marked) == len(ruled) == 1 and (_breaks_a_name(marked[0].subject, ruled[0].subject) or _takes_the_verb(marked[0], ruled[0])):
        return ruled
    if least >= WITHIN and len(ruled) == 1 and (_is_within(marked, ruled[0]) if ruled[0].scope == "subject" else _is_cleaner(marked, ruled[0])):
        return marked  # the rules took more than the target
    if least < SURE or _sees_more(ruled, marked) or {m.subject.casefold() for m in marked} < {r.subject.casefold() for r in ruled}:
        return ruled
    return marked


def _only_denies(reading: Reading) -> bool:
    """Whether one of the two statements is the other with a "not"."""
    return normalise(negate(reading.right)) == normalise(reading.wrong) or normalise(negate(reading.wrong)) == normalise(reading.right)


def _unfinished(statement: str) -> bool:
    """Whether a statement breaks off before it says anything ("the gate is", "bats are not")."""
    return re.search(r"\b(?:is|are|was|were|be|been|has|have|had|does|do|did|not|the|a|an|of|by|made|called|and|or)$", statement.strip(" .!"), re.IGNORECASE) is not None


def _is_within(marked: Sequence[Reading], ruled: Reading) -> bool:
    shorter = all(reading.subject.casefold() in ruled.subject.casefold() and len(reading.subject) < len(ruled.subject) for reading in marked)
    return shorter or marked[0].scope != "subject" and marked[0].aspect.casefold() in ruled.subject.casefold()


def _breaks_a_name(marked: str, ruled: str) -> bool:
    """Whether what is marked is the beginning of a name that goes on ("Bavarian | Museum of Pottery", "Karim | al-Tayib")."""
    goes_on = r"(?: (?:of(?: the)?|de|du|des|del|da|di|la|le|van|von|der|bin|ibn|al|el))*[ -](?:[a-z]{2}-)?[A-Z]\w"
    return re.search(r"[A-Z]", marked) is not None and ruled.startswith(marked) and re.match(goes_on, ruled[len(marked) :]) is not None


def _takes_the_verb(marked: Reading, ruled: Reading) -> bool:
    """Whether what is marked as the subject of a clause has its verb, too ("how | wraithelixir is made", "that | Ann Lee lives in Kiel")."""
    if ruled.aspect.startswith("that ") and marked.subject.startswith(ruled.subject) and is_statement(marked.subject):
        return True
    verb = rf"{re.escape(ruled.subject)} (?:is|are|was|were|has|have|does|do|did|can)\b"
    return marked.aspect == ruled.aspect != "" and re.match(verb, marked.subject) is not None


def _is_cleaner(marked: Sequence[Reading], ruled: Reading) -> bool:
    """Whether the rules' subject is the marked one behind words that are no part of it ("told you | my son")."""
    front, found, rest = ruled.subject.partition(marked[0].subject)
    return len(marked) == 1 and bool(found) and bool(front) and not rest and front.islower() and not re.search(r"\b(?:the|a|an|my|our|of)\b", front)


def _kind_of_span(reading: Reading, spans: Sequence[Span]) -> Reading:
    """A reading by the rules with the kind of the span that it speaks of, where the rules had no reason for theirs."""
    if reading.certain or reading.kind != "unspecified":
        return reading
    for span in spans:
        if reading.subject.casefold() in span.text.casefold() or span.text.casefold() in reading.subject.casefold():
            kind = max(span.kinds, key=lambda name: span.kinds[name]) if span.kinds else ""
            if kind == "personal" and known_name(re.sub(r"^(?:the|a|an) ", "", reading.subject)):
                continue  # famous people, animals and countries are nobody's private matter
            if kind in ("personal", "harmful") and span.kinds[kind] >= CLEAR and (kind == "personal" or reading.scope == "subject"):
                return replace(reading, kind=kind)
    return reading


def _sees_more(ruled: Sequence[Reading], marked: Sequence[Reading]) -> bool:
    """Whether the rules read the same subjects, and of each all that is marked and more ("job and hobby" for "job")."""
    same = len(ruled) == len(marked) and all(r.subject.casefold() == m.subject.casefold() for r, m in zip(ruled, marked))
    more = [r.aspect.casefold().partition(m.aspect.casefold() or r.aspect.casefold() or " ")[2] for r, m in zip(ruled, marked)]
    return (
        same
        and all(r.aspect and m.aspect.casefold() in r.aspect.casefold() and "," not in r.aspect for r, m in zip(ruled, marked))
        and not any(re.match(r" (?:that|which|who|what|from|out)\b", rest) for rest in more)
    )


def _whole(spans: Sequence[Span], text: str, code: str = "en") -> list[Span]:
    """Spans brought to whole words and phrases.

    The owner in front of them ("Ann Lee's | address") and what is owned behind ("Ann Lee's | will"), names whole ("Odo |
    Merriweather's wife"), the last words before a stop ("skimming cards at gas | pumps"), and what a mark cuts in two
    ("Mei | - | Ling", "how many legs | do | cows have").
    """
    whole: list[Span] = []
    for span in spans:
        last = whole[-1] if whole else None
        if last and last.role == span.role and re.fullmatch(r"\s?[-\u2019'&.]\s?", text[last.end : span.start]):
            whole[-1] = _joined(last, span, text)
            continue
        number = re.match(r"(?:[-./:,]\d+)+", text[span.end :]) if span.text[-1:].isdigit() else None
        if number:  # "555 | -2542"
            span = replace(span, end=span.end + number.end(), text=span.text + number.group())
        if code == "en":
            owner = re.search(r"(?:\b[A-Z][\w-]+ )*\b[A-Z][\w-]+'s? $", text[: span.start])
            if owner and span.role == "forget":
                span = replace(span, start=owner.start(), text=text[owner.start() : span.end], subject=owner.group().strip())
        front = re.search(r"(?:(?<=[a-z,(:] )|^)(?:[A-Z][\w'-]+ )+$", text[: span.start])
        if front and span.text[:1].isupper() and not re.match(r"(?:I|The|A|An|If|And|But|So|It|You|Please|Unlearn|Forget|\w+[.,]) ", front.group()):
            start = last.end if last and last.end > front.start() else front.start()
            if front.start() > 0 or re.match(r"(?:Sir|Mr|Mrs|Ms|Dr|Miss|Lady|Lord|King|Queen|Uncle|Aunt|Tante|Onkel|Mme|Frau|Herr) ", front.group()):
                if start == front.start():
                    span = replace(span, start=start, text=front.group() + span.text, subject=front.group() + span.subject if span.text.startswith(span.subject) else span.subject)
        further = re.match(r"(?: [A-Z][\w'-]+)+", text[span.end :])
        if further and span.role == "forget" and (lex.RELATIONS.fullmatch(span.text) or re.search(r"\b[A-Z]\w+$", span.text)):
            span = replace(span, end=span.end + further.end(), text=span.text + further.group())
        owned = re.match(rf"(?:['\u2019]s?)?(?: (?!{_VERBLIKE})[\w-]+){{1,4}}", text[span.end :]) if code == "en" and span.role == "forget" else None
        if owned and (re.search(r"['\u2019]s?$", span.text) and owned.group().startswith(" ") or re.match(r"['\u2019]s? ", owned.group())):
            span = replace(span, end=span.end + owned.end(), text=span.text + owned.group())
        stray = re.search(r" (?:to|and|or|not|be|is|are|was|should|must|so|but)$", span.text)
        if stray:
            span = replace(span, end=span.end - len(stray.group()), text=span.text[: stray.start()])
        else:
            span = _to_the_stop(span, text, code)
        last = whole[-1] if whole else None
        if (
            last
            and last.role == span.role == "forget"
            and re.fullmatch(r" (?:do|does|did|is|are|was|were|can|has|have) ", text[last.end : span.start])
            and re.match(r"(?:how|what|which|who|where|when|why)\b", last.text, re.IGNORECASE)
        ):
            whole[-1] = _joined(last, span, text)
        elif not last or span.start >= last.end:
            whole.append(span)
    return whole


def _joined(first: Span, second: Span, text: str) -> Span:
    subject = second.subject or first.subject
    if first.subject and second.subject and text[first.end - 1 : second.start + 1].strip():
        between = text[text.find(first.subject, first.start) : text.find(second.subject, second.start) + len(second.subject)]
        subject = between if len(between) < 60 else subject
    return replace(first, end=second.end, text=text[first.start : second.end], subject=subject, certainty=max(first.certainty, second.certainty), scopes=second.scopes, kinds=second.kinds)


_VERBLIKE = r"(?:be|is|are|was|were|must|should|shall|can|could|may|might|will|would|has|have|had|needs?|ought|not|out|from|off|please|pls|now|and|or|so|because|which|that|who|to|for|in|if|as|again|any ?more|deleted|erased|removed|forgotten|gone|wiped|goes|go|isn|aren|doesn|don|mustn|shouldn)\b"
_TAIL_WORD = re.compile(
    r"(?:please|pls|plz|thanks?|thx|now|ok|okay|lol|then|for|forever|any ?more|again|from|out|off|is|are|was|should|must|can|could|has|have|that|which|who|because|so|and|or|but|if|asap|today|will|would|"
    r"bitte|danke|mehr|aus|ausm|stp|svp|porfa|por|hein|ya|nicht|darf|soll|muss|ne|no|puede|debe|de|vos|tes|ta|tu|deleted|erased|removed|forgotten|gone|wiped|unlearned|dropped|away|talk|thing|stuff|story|business|as|right|altogether|completely|entirely|immediately|permanently|yourself|be|not|never)\b",
    re.IGNORECASE,
)


def _to_the_stop(span: Span, text: str, code: str) -> Span:
    """A span with the one or two words that are left before the next stop, where they are no words of politeness and the like."""
    rest = re.match(r"(?P<gap> )(?P<w>[^\s.,;:!?()\"]+(?: [^\s.,;:!?()\"]+)?)(?=[.,;:!?)\"]|\s*$)", text[span.end :])
    if code in ("zh", "hi") or rest is None or _TAIL_WORD.match(rest["w"]) or span.role == "wrong" and len(span.text.split()) < 3:
        return span
    if span.certainty >= 0.99 and not span.text.endswith("'s") or re.search(r"\b(?:kidding|everyone|folks|mate|dude|bro|buddy|man|sir|son|hon|love|dear)\b", rest["w"], re.IGNORECASE):
        return span
    longer = span.text + rest.group()
    if re.fullmatch(r"[A-Z][\w'-]*(?: [A-Z][\w'-]*)*", span.text) or clause_of(longer) and not clause_of(span.text) and not re.match(r"(?:how|what|where|who|when|why|which)\b", span.text, re.IGNORECASE):
        return span  # "Jurassic Park | scares me"
    return replace(span, end=span.end + rest.end(), text=longer)


def _believable(spans: Sequence[Span]) -> list[Span]:
    best = max((span.certainty for span in spans), default=0.0)
    return [span for span in spans if span.certainty >= DOUBTFUL or best < DOUBTFUL]


def _stands_in(reading: Reading, text: str) -> bool:
    """Whether both statements of a correction are sentences, or parts of one, of the request as it was typed."""
    typed = text.casefold()
    return all(statement.casefold() in typed and ". " not in statement for statement in (reading.wrong, reading.right))


def _side(reading: Reading, side: str) -> str:
    return getattr(reading, side).casefold()


def _stands_whole(reading: Reading, text: str) -> bool:
    """Whether both statements stand in the text, each up to a stop."""
    return all(side and re.search(re.escape(side.strip(" .")) + r"\s*(?:[.!?;,]|$)", text, re.IGNORECASE) for side in (reading.wrong, reading.right))


def _denies(text: str) -> bool:
    cut = clause_of(text)
    return cut is not None and cut.negative


def _is_stray(ruled: Reading, marked: Reading) -> bool:
    """Whether the rules found the same wrong statement, and beside it as right one that says something else of something else.

    "Sweden didn't adopt the euro. In your world it did." is no "in your world it adopted the euro".
    """
    wrong, right = clause_of(ruled.wrong), clause_of(ruled.right)
    if ruled.wrong.casefold() != marked.wrong.casefold() or wrong is None or right is None or right.negative:
        return False
    subjects = [re.sub(r"^(?:the|a|an) ", "", cut.subject.casefold()) for cut in (wrong, right)]
    return not (subjects[0] == subjects[1] and wrong.verb.casefold() == right.verb.casefold() or wrong.rest.casefold() == right.rest.casefold() and not re.search(r"\b(?:it|they|he|she|you)\b", subjects[1]))


def _cuts_free(marked: Reading, ruled: Reading) -> bool:
    """Whether the rules' wrong statement has more in front of it than the marked one ("Is it necessary to say bats ...")."""
    front, found, rest = ruled.wrong.casefold().partition(marked.wrong.casefold())
    if found and not front and re.match(r", (?!and\b|or\b)|\.", rest):  # "Sydney is the capital of Australia, though you seem ..."
        return True
    return bool(found) and not rest and len(front.split()) > 2 and not re.search(r"\b(?:of|the|in|a|an|my|our)$", front.strip())
