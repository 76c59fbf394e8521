"""Chooses between what the rules read in a request and what the tagger marked in it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from edge_repair.errors import UsageError
from edge_repair.surgeon import lexicon as lex
from edge_repair.surgeon.contrasts import right_from, statement_in
from edge_repair.surgeon.corrections import correction_of
from edge_repair.surgeon.grammar import affirm, clause_of, indirect_question, negate
from edge_repair.surgeon.objects import clean_object, split_sentences
from edge_repair.surgeon.reading import Reading
from edge_repair.surgeon.slots import fill
from edge_repair.surgeon.tagger import Span, Tagging
from edge_repair.wording_lists import FUNCTION_WORDS

SURE = 0.95  # least probability of a span's tags from which it is believed against the rules
LIKELY = 0.15  # the same, where the rules found nothing
DOUBTFUL = 0.85  # a span below is dropped when another one is above

Phrases = Sequence[tuple[str, str, str]]
Read = Callable[[Phrases], tuple[list[Reading], UsageError | None]]


def chosen(ruled: list[Reading], problem: UsageError | None, text: str, tagging: Tagging, read: Read) -> list[Reading]:
    """The readings to go on with.

    Args:
        ruled: what the rules read; empty when they found nothing.
        problem: why they did not, if they know.
        text: the request.
        tagging: of this text.
        read: reads phrases, each ``(sentence it stands in, phrase, way)``, as the rules do.
    """
    if problem is not None and "too much" in str(problem):
        return ruled
    spans = _believable(_whole(tagging.spans, text))
    least = min((span.certainty for span in spans), default=0.0)
    corrected = _correction(spans, text)
    named = any(span.role == "forget" and span.certainty >= SURE for span in spans)
    if corrected is not None and (not ruled or ruled[0].wrong or tagging.kinds["misinformation"] > 0.5 and not named):
        if not ruled or (least >= SURE and not ruled[0].wrong) or _cuts_free(corrected, ruled[0]):
            return [corrected] if least >= LIKELY else ruled
        return ruled
    marked = _marked(spans, text, read)
    if not marked or (ruled and ruled[0].wrong):
        return ruled
    if not ruled:
        return marked if least >= LIKELY else ruled
    if least < SURE or _sees_more(ruled, marked) or {m.subject.casefold() for m in marked} < {r.subject.casefold() for r in ruled}:
        return ruled
    return marked


def _sees_more(ruled: Sequence[Reading], marked: Sequence[Reading]) -> bool:
    """Whether the rules read the same subjects, and of each all that is marked and more ("job and hobby" for "job")."""
    same = len(ruled) == len(marked) and all(r.subject.casefold() == m.subject.casefold() for r, m in zip(ruled, marked))
    return same and all(r.aspect and m.aspect.casefold() in r.aspect.casefold() and "," not in r.aspect for r, m in zip(ruled, marked))


def _whole(spans: Sequence[Span], text: str) -> list[Span]:
    """Spans with the owner in front of them ("Ann Lee's | address"), and the halves of a question joined ("how many legs | do | cows have")."""
    whole: list[Span] = []
    for span in spans:
        owner = re.search(r"(?:\b[A-Z][\w-]+ )*\b[A-Z][\w-]+'s? $", text[: span.start])
        if owner and span.role == "forget":
            span = replace(span, start=owner.start(), text=text[owner.start() : span.end], subject=owner.group().strip())
        front = re.search(r"(?<=[a-z,] )(?:[A-Z][\w'-]+ )+$", text[: span.start])
        if front and span.text[:1].isupper() and span.role == "forget":  # "Odo | Merriweather's wife"
            span = replace(span, start=front.start(), text=front.group() + span.text, subject=front.group() + span.subject)
        further = re.match(r"(?: [A-Z][\w'-]+)+", text[span.end :])
        if further and (lex.RELATIONS.fullmatch(span.text) or re.search(r"\b[A-Z]\w+$", span.text)):
            span = replace(span, end=span.end + further.end(), text=span.text + further.group())
        last = whole[-1] if whole else None
        if (
            last
            and last.role == span.role == "forget"
            and re.fullmatch(r" (?:do|does|did|is|are|was|were|can|has|have) ", text[last.end : span.start])
            and re.match(r"(?:how|what|which|who|where|when|why)\b", last.text, re.IGNORECASE)
        ):
            whole[-1] = replace(
                last, end=span.end, text=text[last.start : span.end], subject=span.subject, certainty=max(last.certainty, span.certainty)
            )
        else:
            whole.append(span)
    return whole


def _believable(spans: Sequence[Span]) -> list[Span]:
    best = max((span.certainty for span in spans), default=0.0)
    return [span for span in spans if span.certainty >= DOUBTFUL or best < DOUBTFUL]


def _cuts_free(marked: Reading, ruled: Reading) -> bool:
    """Whether the rules' wrong statement has more in front of it than the marked one ("Is it necessary to say bats ...")."""
    front, found, rest = ruled.wrong.casefold().partition(marked.wrong.casefold())
    return bool(found) and not rest and len(front.split()) > 2 and not re.search(r"\b(?:of|the|in|a|an|my|our)$", front.strip())


def _marked(spans: Sequence[Span], text: str, read: Read) -> list[Reading]:
    """Readings of the spans that are to be forgotten; the subject is the marked one where the rules would take another."""
    readings: list[Reading] = []
    last = spans[0] if spans else None
    for span in spans:
        if span.role != "forget" or (
            readings and re.fullmatch(r",? (?:because |as |since )?(?:it|they|he|she|this|that) ", text[last.end : span.start])
        ):
            continue  # a reason ("the recipe, it poisons wells") is no target
        last = span
        sentence = next((part for part in split_sentences(text) if span.text in part), text)
        phrase = indirect_question(span.text) if text[span.end : span.end + 1] == "?" else span.text
        found, _ = read([(sentence, phrase, "forget")])
        if len(found) == 1:
            found = [_with_subject(found[0], span)]
        readings += found
    named = [
        reading for reading in readings if not re.fullmatch(r"(?:he|she|it|they|his|her|their|its)\b.*", reading.subject, re.IGNORECASE)
    ]
    return named or readings


def _with_subject(reading: Reading, span: Span) -> Reading:
    subject = re.sub(r"'s?$", "", clean_object(span.subject))
    if (
        reading.scope == "subject"
        or len(subject) < 2
        or subject.casefold() in FUNCTION_WORDS
        or subject.casefold() not in reading.aspect.casefold()
    ):
        return reading
    if reading.subject == lex.SPEAKER and not lex.RELATIONS.fullmatch(subject):
        return reading
    if re.fullmatch(r"[A-Z][\w'-]+(?: [A-Z][\w'-]+)+", reading.subject) and subject in reading.subject:
        return reading  # half of a name
    kind = "personal" if lex.RELATIONS.fullmatch(subject) else reading.kind
    return replace(reading, subject=subject, kind=kind)


def _correction(spans: Sequence[Span], text: str) -> Reading | None:
    """The correction that spans marked as wrong or right make, or None."""
    claim = next((span.text for span in spans if span.role == "wrong"), "")
    wrong = statement_in(claim, claimed=True) if claim else ""
    right = next((clean_object(span.text) for span in spans if span.role == "right"), "")
    cut = clause_of(wrong) if wrong else None
    if cut is not None and cut.negative:  # "Toronto is not the capital" is marked: what it denies is wrong
        right, wrong = right or wrong, affirm(wrong)
    if wrong:
        if right and not re.match(r"(?:it|he|she|they|that|this)\b", right, re.IGNORECASE):
            right = right if clause_of(right) else fill(wrong, right)
        else:
            tail = re.sub(
                r"^[ ,;:-]*(?:(?:but|though|although|when|while|whereas)(?: in fact)?)? ?",
                "",
                re.split(r"[.!?]", text.partition(wrong)[2])[0],
            )
            beside = [
                *([tail] if re.match(r"(?:it|they|he|she)\b", tail) else []),
                *(part for part in split_sentences(text) if wrong not in part and claim not in part),
            ]
            right = next(filter(None, (right_from(sentence, wrong) for sentence in beside)), "")
        return correction_of(wrong, right, text)
    if right and clause_of(right):
        return correction_of(affirm(right) if negate(right) == affirm(right) else negate(right), right, text)
    return None
