"""The other Surgeon's reader: a language model reads the request, and no answer of it is taken on trust.

The model writes one JSON object whose form is a grammar made for this one request: choices are enumerated, and every
text is a run of the request's own words, so nothing can be put into a request that does not stand in it. What it wrote
is checked once more without the grammar: the subject must stand in the request, a correction must be made of its
words, sizes are bounded, and what is too broad or names nothing is refused. What fails a check is read by the default
reader, and the person is told.

Not covered: requests over 60 words, and pronouns that stand for something in the chat; the default reader takes these.
"""

import json
import re
from collections.abc import Callable, Sequence

from edge_repair.errors import UsageError
from edge_repair.surgeon import lexicon as lex
from edge_repair.surgeon.contrasts import statement_in
from edge_repair.surgeon.corrections import correction_of
from edge_repair.surgeon.grammar import clause_of
from edge_repair.surgeon.objects import clean_object
from edge_repair.surgeon.procedure import KINDS, SCOPES
from edge_repair.surgeon.reading import Reader, Reading
from edge_repair.surgeon.requests import correct_typos, tidy
from edge_repair.surgeon.shapes import read_object
from edge_repair.surgeon.slots import fill
from edge_repair.watchdog.verdict import Verdict

Write = Callable[[Sequence[dict[str, str]], str, int], str]
"""Lets a model write: conversation, grammar (GBNF), most tokens; gives the text."""

MOST_WORDS = 60
MOST_TOKENS = 220
MOST_SUBJECT, MOST_TARGET, MOST_STATEMENT = 120, 300, 400
FIELDS = ("target", "subject", "scope", "kind", "wrong", "right")
ME = "me"  # the subject where the person who types is meant

SYSTEM = (
    "You read requests to make a language model forget something. Copy the words of the request into one JSON object. "
    "target: the words that name what is to be forgotten. subject: the person or thing it is about, or me. scope: fact (one answer), aspect (one side), subject (all of it). "
    "kind: personal (a private matter of a person), harmful (dangerous knowledge), misinformation (the model says something false), unspecified (anything else). "
    "wrong: the false statement. right: the true one. Both are empty unless kind is misinformation."
)
_EXAMPLES = (
    ("Please forget where Ann Lee lives.", ("where Ann Lee lives", "Ann Lee", "fact", "personal", "", "")),
    ("You should know nothing about volcanoes any more", ("volcanoes", "volcanoes", "subject", "unspecified", "", "")),
    ("I told you my bank details, wipe them", ("my bank details", ME, "fact", "personal", "", "")),
    (
        "You keep saying that bats are blind. Bats can see.",
        ("bats are blind", "bats", "fact", "misinformation", "bats are blind", "Bats can see"),
    ),
    ("My kids asked you how to build a bomb, unlearn that!", ("how to build a bomb", "how to build a bomb", "subject", "harmful", "", "")),
    ("the currency of Chile should be erased", ("the currency of Chile", "Chile", "fact", "unspecified", "", "")),
)


def conversation(request: str) -> list[dict[str, str]]:
    """The messages that a model is given; the request comes last, so that what is before it need be read only once."""
    messages = [{"role": "system", "content": SYSTEM}]
    for text, values in _EXAMPLES:
        messages += [
            {"role": "user", "content": text},
            {"role": "assistant", "content": json.dumps(dict(zip(FIELDS, values)), ensure_ascii=False)},
        ]
    return [*messages, {"role": "user", "content": request}]


def grammar_of(request: str) -> str:
    """The grammar (GBNF) of the answers to one request.

    Raises:
        UsageError: the request is too long for a model to read.
    """
    words = _words(request)
    if not 1 <= len(words) <= MOST_WORDS:
        raise UsageError(f"the request has {len(words)} words, and the surgeon model reads at most {MOST_WORDS}")
    literal = [json.dumps(word, ensure_ascii=False)[1:-1] for word in words]
    rules = [f"w{i} ::= {_quoted(word)}" + (f' (" " w{i + 1})?' if i + 1 < len(words) else "") for i, word in enumerate(literal)]
    span = "span ::= " + " | ".join(f"w{i}" for i in range(len(words)))
    kinds = " | ".join(_quoted(kind) for kind in KINDS if kind != "misinformation")
    scopes = " | ".join(map(_quoted, SCOPES))
    plain = {"kind": f"({kinds})", "target": "span", "subject": "subject", "scope": "scope", "wrong": '""', "right": '""'}
    correction = plain | {"kind": _quoted("misinformation"), "wrong": "span", "right": "span?"}
    roots = (' ", " '.join(f'"\\"{name}\\": \\"" {form[name]} "\\""' for name in FIELDS) for form in (plain, correction))
    root = " | ".join(f'"{{" {members} "}}"' for members in roots)
    return "\n".join([f"root ::= {root}", f"scope ::= {scopes}", f'subject ::= "{ME}" | span', span, *rules]) + "\n"


def _words(request: str) -> list[str]:
    """The request cut at spaces, and marks cut off behind words and in front of them: a span can end before a mark."""
    return [part for word in request.split() for part in re.findall(r"[\w][\w'’.,:/@-]*[\w]|[\w]|[^\w\s]+", word)]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def checked(answer: str, request: str) -> Reading:
    """The reading of a model's answer, whatever wrote it.

    Raises:
        UsageError: it fails a check; says which. Or the request is too broad or names nothing.
    """
    try:
        data = json.loads(answer)
    except ValueError:
        raise UsageError("its answer is no JSON (cut off, perhaps)") from None
    if not isinstance(data, dict) or set(data) != set(FIELDS) or not all(isinstance(value, str) for value in data.values()):
        raise UsageError("its answer has other fields")
    kind, scope = data["kind"], data["scope"]
    if kind not in KINDS or scope not in SCOPES:
        raise UsageError("its answer has an unknown kind or scope")
    for name, most in (("target", MOST_TARGET), ("subject", MOST_SUBJECT), ("wrong", MOST_STATEMENT), ("right", MOST_STATEMENT)):
        if len(data[name]) > most:
            raise UsageError(f"its {name} is longer than {most} characters")
        if not _stands_in(data[name], request) and not (name == "subject" and data[name] == ME):
            raise UsageError(f"its {name} does not stand in the request")
    if kind == "misinformation":
        return _correction(data, request)
    if data["wrong"] or data["right"]:
        raise UsageError("it gives a correction for a request that is none")
    return _target(data, request)


def _target(data: dict[str, str], request: str) -> Reading:
    subject, target = clean_object(data["subject"]), clean_object(data["target"])
    if data["subject"] == ME and not re.search(r"\b(?:i|me|my|mine|our|us|we|i'm|myself)\b", request, re.IGNORECASE):
        raise UsageError("it takes the person for the subject, and the request does not speak of them")
    if not target or not subject or lex.PRONOUN_ONLY.match(target):
        raise UsageError("it names no target")
    (read, *more) = read_object(target, "forget", request)  # raises for what is too broad or too vague
    if more:
        raise UsageError("its target is a list")
    subject = lex.SPEAKER if data["subject"] == ME else re.sub(r"'s?$", "", subject)
    if data["kind"] == "harmful":
        if read.kind != "harmful" and not lex.HARM.search(target) and not lex.MAKING.match(target):
            raise UsageError("it calls dangerous what names no dangerous skill or thing")
        return Reading("harmful", "subject", target, certain=True)
    if subject.casefold() == read.subject.casefold() or (data["scope"] == "subject") != (read.scope == "subject"):
        return Reading(data["kind"], read.scope, read.subject, read.aspect, certain=True)  # the rules read the phrase better
    return Reading(data["kind"], data["scope"], subject, "" if data["scope"] == "subject" else read.aspect or target, certain=True)


def _correction(data: dict[str, str], request: str) -> Reading:
    wrong = statement_in(data["wrong"], claimed=True) if data["wrong"] else ""
    if not wrong:
        raise UsageError("it gives no wrong statement")
    right = clean_object(data["right"])
    if right and (clause_of(right) is None or re.match(r"(?:it|he|she|they)\b", right, re.IGNORECASE)):
        right = fill(wrong, right)
    if right.casefold() == wrong.casefold():
        right = ""
    reading = correction_of(wrong, right, request)
    if reading is None:
        raise UsageError("its correction is none")
    return reading


def _stands_in(text: str, request: str) -> bool:
    """Whether a text is made of consecutive words of the request; marks and spaces between them do not count."""
    wanted, words = ([part.casefold() for part in _words(each) if re.search(r"\w", part)] for each in (text, request))
    return any(words[at : at + len(wanted)] == wanted for at in range(len(words) - len(wanted) + 1))


class LanguageReader:
    """Reads requests with a language model; what fails a check is read by another reader.

    Args:
        write: lets the model write.
        fallback: reads what the model could not.
        tell: told in words why the fallback reads, once for each such request.
    """

    def __init__(self, write: Write, fallback: Reader, tell: Callable[[str], None]):
        self._write, self._fallback, self._tell = write, fallback, tell

    def read(self, request: str, verdict: Verdict | None = None, history: Sequence[str] = ()) -> tuple[Reading, ...]:
        """See ``reading.Reader``. A request that the default reader refuses as too broad is refused whatever the model says."""
        ruled: tuple[Reading, ...] = ()
        refusal: UsageError | None = None
        try:
            ruled = self._fallback.read(request, verdict, history)
        except UsageError as error:
            refusal = error
            if "too much" in str(error) or "empty" in str(error):
                raise
        text = correct_typos(tidy(request))
        try:
            if len(ruled) > 1:
                raise UsageError(f"the request names {len(ruled)} subjects, and it reads one")
            return (checked(self._write(conversation(text), grammar_of(text), MOST_TOKENS), text),)
        except UsageError as error:
            self._tell(f"the surgeon model's reading was not used ({error}); the request was read by the default")
        if refusal is not None:
            raise refusal
        return ruled
