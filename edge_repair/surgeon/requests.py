"""Reads a request to forget by rules: what, of whom, how much of it, and for corrections what is wrong and right.

The order of work: clean the text (quotes, misspelt steering words, four other languages brought into the English form),
find the words that name the target (the object of a verb of forgetting, of "stop saying", of "you should not know", or
the subject of "should be wiped"), follow pronouns back to what they stand for, peel wrappers ("everything you know
about"), and decide from the shape of what is left. Words of the subject are never changed.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from edge_repair.errors import UsageError
from edge_repair.surgeon import lexicon as lex
from edge_repair.surgeon.choosing import BROAD, UNCLEAR, certainly_named, chosen
from edge_repair.surgeon.grammar import clause_of, indirect_question, is_statement, is_wh_clause
from edge_repair.surgeon.known import known_name
from edge_repair.surgeon.languages import language_of, to_english
from edge_repair.surgeon.objects import clean_object, objects_of, split_sentences
from edge_repair.surgeon.reading import Reading
from edge_repair.surgeon.peeling import peel
from edge_repair.surgeon.shapes import read_object
from edge_repair.surgeon.corrections import read_correction
from edge_repair.surgeon.tagger import Tagger
from edge_repair.watchdog.verdict import Verdict

MOST_CHARACTERS = 2000
MOST_TARGETS = 5
MOST_TURNS = 12  # messages of the chat that "his" and "that" are followed back in

_RELATION = lex.RELATIONS.pattern.removesuffix(r"\b")
_HELP = 'name what to forget, for example "forget the capital of Egypt" or "forget everything about Ann Lee"'


_FORGET = r"\b(?:forget|unlearn|delete|erase|remove|wipe|purge|drop|lose)"
_KEEP = re.compile(
    rf"^(?:please,? |and |but |oh,? |hey,? )*(?:don'?t|do not|never|you (?:must|should) (?:not|never)|you (?:mustn'?t|shouldn'?t)) (?:ever |you ever )?(?:forget|unlearn) (?!to\b(?=.*(?:{_FORGET}|\b(?:scrub|clear|stop|correct|never|not))\b))[^.!?;]*[.!]*$",
    re.IGNORECASE,
)
"""A reminder ("don't forget Ann Lee", "don't forget to call her") is the opposite of a request; "don't forget to delete ..." is one."""
_TAKEN_BACK = re.compile(
    r"[.!?;,] *(?:(?:actually|oh|wait|no|hmm|sorry|on second thoughts?|well)[,. ]+)*(?:(?:please )?(?:don'?t|do not)(?: (?:do|forget) (?:it|that))?|never ?mind(?: that| it)?|(?:scratch|cancel) that)[.! ]*$",
    re.IGNORECASE,
)
"""A request that ends with its own refusal ("... Actually no, don't.")."""
_ASKED = re.compile(r"(?:and |so |but |ok(?:ay)?,? |then |well,? )?(?:what|which|who|whom|whose|where|when|why|how)\b", re.IGNORECASE)
_NOTHING = re.compile(rf"{_FORGET} (?:absolutely |please )?nothing\b", re.IGNORECASE)
_ALL_BUT = re.compile(
    rf"{_FORGET}\b[^.!?;,]{{0,30}}\b(?:everything|everyone|everybody|anything|all)\b[^.!?;,]{{0,50}} (?:but|except(?: for)?|besides|apart from|aside from|other than)\b",
    re.IGNORECASE,
)
"""What is named is what stays: carried out as a request it would do the opposite."""
_BUT_KEEP = re.compile(r",? but (?:please |you (?:can|may) )?(?:keep|leave|retain) [^.!?;]*", re.IGNORECASE)
_TOO_MUCH = 'that is too much to forget at once: a repair that broad would break the model; name one subject, for example "forget everything about Japan"'
_BROAD = re.compile(
    r"\b(?:know|remember|recall|retain) nothing(?: at all| whatsoever| any ?more| of (?:this|the) world| about anything)*[.! ]*$|\b(?:be|become|into|yourself|you're|you are) (?:once more |again )?an? (?:blank|clean) slate\b|\bstart (?:over )?from (?:zero|scratch)\b|\bwipe yourself\b|\b(?:reset|erase|delete|empty) yourself\b"
    r"|\b(?:reset|erase|delete|empty|wipe|clear|purge|forget|unlearn) (?:all (?:of )?)?your (?:entire|whole|complete|full) (?:memory|mind|brain|head|knowledge)\b(?! (?:of|about|on)\b)",
    re.IGNORECASE,
)
"""Requests that are about all that the model knows, in one way or another."""


_PICTURES = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff\ufe0f]+|(?<=\\s)[:;]-?[()DPp](?=\\s|$)")
LOUD = 3  # words in capitals, and none in small letters, from which a request is shouted


_NOBODYS = re.compile(r"(?:his|her|their|he|she|they)\b(?! (?:majesty|highness|excellency|honou?r|holiness)\b)", re.IGNORECASE)
"""A subject that is only pointed at, by somebody who was not named."""


def tidy(request: str) -> str:
    """Straight quotes, single spaces, no control characters, no pictures; what is all in capitals is written small."""
    table = {0x2018: "'", 0x2019: "'", 0x201A: "'", 0x201C: '"', 0x201D: '"', 0x201E: '"', 0xAB: '"', 0xBB: '"', 0x60: "'", 0xA0: " "}
    text = request.translate(table)
    text = _PICTURES.sub(" ", "".join(c if c.isprintable() or c == "\n" else " " for c in text))
    if text.isupper() and len(re.findall(r"[A-Z]{2,}", text)) >= LOUD:
        text = text.lower()
    return re.sub(r"[ \t]+", " ", re.sub(r" ?\n\s*", "\n", text)).strip()


def correct_typos(text: str) -> str:
    """The text with misspelt steering words ("forgt", "ur") put right; capitals of a first letter are kept."""

    def fixed(match: re.Match) -> str:
        word = match.group()
        right = lex.TYPOS.get(word.lower())
        if right is None or right == word.lower() or (word.isupper() and len(word) > 1 and word not in ("U", "UR")):
            return word if right is None or not word.isupper() else right.upper()
        if word[:1].isupper() and match.start() > 0 and len(word) > 2:
            return word  # a capital inside a sentence: a name
        return right[:1].upper() + right[1:] if word[:1].isupper() else right

    text = re.sub(r"[\w']+", fixed, text)
    text = re.sub(r"(?<=[a-z]) r (?=(?:not|no|the|a|an|always|never)\b|\w+s\b)", " are ", text)
    text = re.sub(rf"({_RELATION})s (?={lex.PRIVATE_NOUNS.pattern})", lambda match: f"{match.group(1)}'s ", text, flags=re.IGNORECASE)
    text = re.sub(
        r"^(?P<l>.*?)\bneither (?P<a>.+?) nor (?P<b>.+?) (?P<v>should|must|may|can|shall|needs? to|ought to)\b(?! not)",
        r"\g<l>\g<a> and \g<b> \g<v> not",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(r"(?<=\w)['’]s (?=not\b)", " is ", text)
    text = re.sub(r"\bhow 2 (?=[a-z])", "how to ", text, flags=re.IGNORECASE)
    return re.sub(
        rf"\b({lex.FORGET_VERBS}|know|tell|remember) were (?=I\b|i\b|my\b|\w+ \w+ (?:lives|works)\b)",
        r"\1 where ",
        text,
        flags=re.IGNORECASE,
    )


def _shared(reading: Reading, text: str) -> list[Reading]:
    """The reading, and the same of what stands beside its subject: "the capital of France and Germany" asks for two."""
    pair = re.split(r",? and (?:the )?|, (?:the )?", reading.subject) if reading.aspect and not known_name(reading.subject) else []
    if len(pair) > 1 and len(kinds := {known_name(name) for name in pair}) == 1 and "" not in kinds:
        return [replace(reading, subject=name) for name in pair]
    kind = known_name(reading.subject) if reading.aspect else ""
    if not kind:
        return [reading]
    listed = re.search(rf"\b(?:of|in) (?:the )?{re.escape(reading.subject)}((?:,? and (?:the )?|, (?:the )?)[A-Z][\w'-]+(?: [A-Z][\w'-]+)*)+", text)
    names = re.split(r",? and (?:the )?|, (?:the )?", listed.group().split(reading.subject, 1)[1])[1:] if listed else []
    return [reading, *(replace(reading, subject=name) for name in names if known_name(name) == kind)]


class RuleReader:
    """The default reader: rules and word lists. English; German, French, Spanish and Italian requests too.

    Args:
        tagger: marks targets beside the rules, and is believed where it is surer than they are (see ``choosing``);
            None: the rules alone.
    """

    def __init__(self, tagger: Tagger | None = None):
        self.tagger = tagger

    def read(self, request: str, verdict: Verdict | None = None, history: Sequence[str] = ()) -> tuple[Reading, ...]:
        """See ``reading.Reader``. Of a longer text the first 2,000 characters are read; at most 5 targets."""
        earlier = [sentence for turn in history[-MOST_TURNS:] for sentence in split_sentences(tidy(turn)[:MOST_CHARACTERS])]
        text = tidy(request)[:MOST_CHARACTERS].strip()
        if not re.search(r"\w", text):
            raise UsageError(f"the request is empty; {_HELP}")
        code = language_of(text)
        typed, text = text, correct_typos(text) if code == "en" else to_english(text)
        if _KEEP.match(text) or _NOTHING.search(text):
            raise UsageError("the request says not to forget, so there is nothing to do; say what to forget")
        if code == "en" and _TAKEN_BACK.search(text):
            raise UsageError("the request takes back at its end what it asks for, so there is nothing to do; say it again without that")
        if _ALL_BUT.search(text):
            raise UsageError("the request names what is to stay, and a repair needs what is to go; name that, one thing at a time")
        if code == "en" and re.match(rf"[^.!?]*{_FORGET}\b", text, re.IGNORECASE):
            text = _BUT_KEEP.sub("", text, count=1)
        if _BROAD.search(text):
            raise UsageError(_TOO_MUCH)
        ruled, problem = self._ruled(text, verdict, earlier)
        if self.tagger is not None:
            tagging = self.tagger.tag(typed if code != "en" else text)
            ruled = chosen(
                ruled,
                problem,
                text if code == "en" else typed,
                tagging,
                lambda phrases: self._found(self._followed(text, phrases, verdict, earlier), text),
                code,
                re.search(r"\b(?:forget|stop saying|you should not know)\b", text) is not None,
            )
            if tagging.states.get("broad", 0) >= BROAD and not certainly_named(tagging):
                raise UsageError(_TOO_MUCH)
            spoken = any(reading.subject == lex.SPEAKER for reading in ruled)  # "me" names somebody, however short the request
            if tagging.states.get("unclear", 0) >= UNCLEAR and not certainly_named(tagging) and not earlier and not spoken:
                ruled = []
        if not ruled:
            hinted = clean_object(verdict.target) if verdict is not None and verdict.target else ""
            if hinted and not lex.PRONOUN_ONLY.match(hinted) and problem is None:
                ruled, problem = self._found([(hinted, "forget")], text)
        if not ruled:
            raise problem or UsageError(f"the request does not say what to forget; {_HELP}")
        nobodys = [reading for reading in ruled if _NOBODYS.match(reading.subject) and not reading.wrong]
        ruled = [reading for reading in ruled if reading not in nobodys]
        if not ruled:
            raise UsageError(f'it is not clear whose "{nobodys[0].aspect or nobodys[0].subject}" is meant; {_HELP}')
        unique: list[Reading] = []
        for reading in [each for reading in ruled for each in _shared(reading, text)]:
            if all((reading.subject.lower(), reading.aspect.lower()) != (u.subject.lower(), u.aspect.lower()) for u in unique):
                unique.append(_with_verdict(reading, verdict))
        return tuple(_joined(unique)[:MOST_TARGETS])

    def _ruled(self, text: str, verdict: Verdict | None, earlier: Sequence[str]) -> tuple[list[Reading], UsageError | None]:
        """What the rules read, and the first reason why something could not be read."""
        correction = read_correction(text, earlier)
        if correction is not None:
            return [correction], None
        targets = self._targets(text, verdict, earlier)
        return self._found(targets, text)

    @staticmethod
    def _found(targets: Sequence[tuple[str, str]], text: str) -> tuple[list[Reading], UsageError | None]:
        found, problem = [], None
        for phrase, way in targets:
            try:
                found.extend(read_object(phrase, way, text))
            except UsageError as error:
                problem = problem or error
        return found, problem

    def _targets(self, text: str, verdict: Verdict | None, earlier_turns: Sequence[str]) -> list[tuple[str, str]]:
        """The phrases that name targets, each with the way it was found; pronouns are followed back."""
        phrases = [(sentence, phrase, way) for sentence in split_sentences(text) for phrase, way in objects_of(sentence)]
        return self._followed(text, phrases, verdict, earlier_turns)

    def _followed(
        self, text: str, phrases: Sequence[tuple[str, str, str]], verdict: Verdict | None, earlier_turns: Sequence[str]
    ) -> list[tuple[str, str]]:
        """``(phrase, way)`` of each ``(sentence, phrase, way)``, with what "his", "it" and the like stand for in their place."""
        sentences = split_sentences(text)
        # The last question of the chat says best what "that" is, so it is looked at first.
        asked_last = sorted(earlier_turns, key=lambda sentence: sentence.endswith("?"))
        targets: list[tuple[str, str]] = []
        for sentence, phrase, way in phrases:
            before = sentences[: sentences.index(sentence)] if sentence in sentences else []
            cleaned = clean_object(phrase)
            owner = re.match(r"^(?:his|her|their|its)(?= (?!own\b|entirely\b|completely\b)\w)", cleaned, re.IGNORECASE)
            someone = is_wh_clause(cleaned) and re.search(r"^\w+(?: (?!(?:my|our|the)\b)\w+)?? (?P<p>he|she|they|his|her|their)\b", cleaned, re.IGNORECASE)
            if owner or someone:
                names = _names(" ".join([*before, sentence[: sentence.find(phrase)]])) or _named_last(asked_last, re.search(r"\b(?:he|she|his|her)\b", cleaned, re.IGNORECASE) is not None)
                if owner:
                    cleaned = f"{names[0]}'s{cleaned[owner.end() :]}" if names else cleaned
                elif names:
                    name = names[0] if someone["p"].lower() in ("he", "she", "they") else f"{names[0]}'s"
                    cleaned = cleaned[: someone.start("p")] + name + cleaned[someone.end("p") :]
                else:
                    continue  # nobody was named whom that could mean
            whole, bare = peel(cleaned)
            if cleaned and lex.PRONOUN_ONLY.match(bare):
                antecedent = "" if whole or before else _told_last(earlier_turns)
                antecedent = antecedent or self._antecedent([*asked_last, *before], sentence, phrase)
                cleaned = f"everything about {antecedent}" if antecedent and whole and bare != cleaned else antecedent
                if not cleaned and verdict is not None and verdict.target and not lex.PRONOUN_ONLY.match(verdict.target.strip()):
                    cleaned = clean_object(verdict.target)
            if cleaned and (cleaned, way) not in targets:
                targets.append((cleaned, way))
        return targets

    @staticmethod
    def _antecedent(before: list[str], sentence: str, phrase: str) -> str:
        """What a pronoun stands for: the target of the part before it in the sentence, or of the sentences before."""
        head = sentence[: sentence.find(phrase)] if phrase in sentence else ""
        head = re.split(
            rf"(?:[,;:]|\band\b|\bso\b|\bthen\b|-)? *(?:please |just |kindly |can you |could you |now )*(?:{lex.FORGET_VERBS}(?: about| of)?)? *$",
            head,
            flags=re.IGNORECASE,
        )[0]
        person = bool(re.search(r"(?:^(?:him|her|he|she)\b|\b(?:him|her)$)", clean_object(phrase), re.IGNORECASE))
        pieces = [*reversed([part.strip() for part in re.split(r" ?[:;?] ?| - ", head)]), *reversed(before)]
        for piece in pieces:
            piece = piece.strip(" ,;:-.!")
            if len(piece.split()) < 2 and (not piece[:1].isupper() or lex.INTERJECTION.fullmatch(piece)):
                continue
            if not re.search(r"[A-Z][\w'-]+ [A-Z]", piece):
                piece = re.sub(
                    r"^how (?:do|can|could|would|should) (?:i|you|we|one|people|someone|somebody) (?=\w)",
                    "how to ",
                    piece,
                    flags=re.IGNORECASE,
                )
            question = re.match(r"^(?:what|which|who|whom|whose|where|when|why|how)\b(?! to\b).+", piece.rstrip("?"), re.IGNORECASE)
            found = [target for target, _ in objects_of(piece, context=True)]
            candidates = [*_names(piece), *found] if person else [indirect_question(piece)] if question else [*found, *_names(piece)]
            for candidate in candidates:
                cleaned = clean_object(candidate)
                if cleaned and not lex.PRONOUN_ONLY.match(cleaned):
                    return cleaned
        return ""


def _told_last(sentences: Sequence[str]) -> str:
    """What was said to the last question of the chat, as a clause with "that"; empty where it begins as most do, and says itself what is asked.

    "So whereabouts is Ann Lee based these days?" is asked in a form that no rule knows; "Ann Lee lives in Kiel." says it plainly.
    """
    last = max((number for number, sentence in enumerate(sentences) if sentence.endswith("?")), default=None)
    if last is None or _ASKED.match(sentences[last]) or last + 1 >= len(sentences):
        return ""
    said = sentences[last + 1].strip(" .!")
    cut = clause_of(said) if is_statement(said) else None
    return f"that {said}" if cut and cut.subject in _names(f"... {cut.subject}") else ""


def _named_last(sentences: Sequence[str], person: bool) -> list[str]:
    """The names in the last of these sentences that has any; of a person rather than another, where one is meant."""
    found = [names for sentence in reversed(sentences) if (names := _names(sentence))]
    people = [[name for name in names if " " in name and not known_name(name) or known_name(name) == "person"] for names in found] if person else []
    return next((names for names in (*people, *found) if names), [])


def _names(text: str) -> list[str]:
    """Names in a text: capitalised words in a row; a single one only when it does not open the text or is well known."""
    found = re.finditer(r"[A-Z][\w'-]*(?:(?: (?:of|the|de|van|von|da|al|del))* [A-Z][\w'.-]*)*", text)
    names = [
        re.sub(r"(?:'s?|\.)$", "", match.group()) for match in found if " " in match.group() or match.start() > 0 or known_name(match.group())
    ]
    names = [re.sub(r"^(?:I'm|I am|I|Please|My|Our|The|Under|Well|So|And|But|Forget|Unlearn|Delete|Erase|Remove|Wipe) ", "", name) for name in names]
    return [name for name in names if name.lower() not in ("i", "i'm", "i'd", "i've", "i'll", "please", "gdpr")]


def _with_verdict(reading: Reading, verdict: Verdict | None) -> Reading:
    """The Watchdog decides the kind where the words alone leave it open; what they show stands."""
    if verdict is None or reading.certain or reading.kind != "unspecified" or verdict.kind not in ("harmful", "personal"):
        return reading
    fits = (
        reading.scope == "subject"
        if verdict.kind == "harmful"
        else reading.scope == "subject" or bool(lex.PRIVATE_NOUNS.search(reading.aspect))
    )
    return replace(reading, kind=verdict.kind) if fits else reading


def _joined(readings: list[Reading]) -> list[Reading]:
    """Readings of several aspects of one subject made one ("my shoe size and my weight")."""
    joined: list[Reading] = []
    for reading in readings:
        last = joined[-1] if joined else None
        if last and last.subject == reading.subject and last.aspect and reading.aspect and not reading.wrong and not last.wrong:
            first, second = sorted((last.aspect, reading.aspect), key=is_wh_clause)  # "and" in a clause is part of it
            joined[-1:] = [last, reading] if is_wh_clause(first) else [replace(last, aspect=f"{first} and {second}")]
        else:
            joined.append(reading)
    return joined
