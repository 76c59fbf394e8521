"""From the phrase that names a target to a Reading: whole subject, one aspect, one fact, a dangerous request, a statement."""

import re

from edge_repair.errors import UsageError
from edge_repair.surgeon import lexicon as lex
from edge_repair.surgeon.danger import read_dangerous
from edge_repair.surgeon.grammar import clause_of, cut_question_word, is_statement, is_wh_clause, starts_with_main_verb, statement_parts, third_person
from edge_repair.surgeon.known import known_name
from edge_repair.surgeon.peeling import POSSESSIVE, is_title, listed, peel, refuse_what_is_no_target
from edge_repair.surgeon.reading import Reading

_ONLY_PERSONS = re.compile(
    r"\b(?:phone number|telephone number|home ?town|home address|birth ?day|birth ?date|date of birth|e-?mail|salary|password|maiden name|job|shoe size|wife|husband)\b",
    re.IGNORECASE,
)
_PRIVACY_CLUE = re.compile(
    r"\b(?:privacy|private|personal data|consent|agreed|to be forgotten|gdpr|erasure|confidential|neighbou?r|stalk\w*|he asked|she asked|asked (?:me|us) to|client|customer|patient|employee|colleague|friend)\b",
    re.IGNORECASE,
)
_FALSE_CLUE = re.compile(
    r"\b(?:bogus|false|untrue|myth|wrong|hoax|nonsense|lie|lies|incorrect|debunked|retracted|misinformation|not true|isn't true|rumou?r|rubbish|bullshit|fake news|disproved|disproven|made up|mistaken|error)\b",
    re.IGNORECASE,
)
_TITLE_HEADS = frozenset(
    "lord game war wars battle house tower statue order city isle bay gulf university bank church way art origin republic kingdom ministry department theory "
    "lady duke earl call heart sense chronicles legend tale tales master masters queen knights book bridge garden cape sea rules-of sons fall house".split()
)
_ASPECT_OF = re.compile(
    r"^(?:the |any |all (?:the )?|his |her |its )?(?P<a>[a-z][\w-]*(?: [a-z][\w-]*){0,3}?) (?P<p>of|in|for|behind|on) (?P<s>.+)$"
)
_ASPECT_OF_ANY = re.compile(_ASPECT_OF.pattern, re.IGNORECASE)
_MY = re.compile(r"^(?:(?:all|any) (?:of )?)?(?P<p>my|our) (?P<a>.+)$", re.IGNORECASE)
_LOOSE_ASPECTS = frozenset(
    "plot ending cast recipe author writer director members president king queen leader capital currency language population continent flag anthem rules "
    "history culture economy lyrics meaning price height age birthday address inventor founder discovery cause causes name colour color symptoms symbol word term formula nickname reason".split()
)
_KIN = re.compile(r"(?:mum|mom|mummy|dad|daddy|grand(?:pa|ma|dad|mum|mother|father)|gran|granny|nan|nana|(?:uncle|aunt|auntie|cousin) [A-Z]\w+)", re.IGNORECASE)
_COMPOUND_ASPECT = re.compile(
    r"^(?:the )?(?P<a>number of [a-z][\w ]*?|(?:date|place|year|day|time|country|city|cause) of (?:birth|death|origin|residence|work|publication)|seat of government|"
    r"(?:name|names) of the [a-z][\w ]*?) (?:of|in|on|for) (?P<s>.+)$"
)
_REDUCED = re.compile(
    r"^the (?P<a>[a-z]+(?: [a-z]+)?) (?:spoken|used|made|found|worn|eaten|grown|produced|located|kept|played|sung) (?:in|by|at|on|for) (?P<s>.+)$"
)
_IN_WHICH = re.compile(r"^the (?P<a>[a-z]+) (?:(?:in|on|at|for|to|from) which|where|when|why) (?P<c>.+)$")
_THAT = re.compile(r"^the (?P<a>[a-z]+(?: [a-z]+)?) (?:that|which) (?P<c>(?:(?:the )?[A-Z][\w'-]*|my|our|people) .+)$")
_CLAIMS = frozenset(  # what they are of stands in the clause behind "that", whole
    "news gossip rumour rumor claim idea belief myth lie fact info information allegation accusation suspicion story stories secret data memory bit theory report "
    "rule statement proof detail legend hoax notion impression assumption nonsense rubbish opinion view conclusion thing things stuff words names".split()
)
_ASKED_BY = {
    "year": "when",
    "day": "when",
    "date": "when",
    "time": "when",
    "place": "where",
    "town": "where",
    "city": "where",
    "country": "where",
    "reason": "why",
}
_ASKED_OF = {noun: word for noun, word in _ASKED_BY.items() if word != "where"} | {"thing": "what", "things": "what", "way": "how"}  # "the city that she saw" is no place where
_SEVERAL_OF = re.compile(
    r"^(?:the )?(?P<a>[a-z][\w-]*(?: [a-z][\w-]*)?(?:(?:, (?:and |nor )?| and | nor | or )(?:the )?[a-z][\w-]*(?: [a-z][\w-]*)?)+) of (?P<s>(?:my |our |the )?(?:[A-Z]\S*|[a-z]\S*)(?: [A-Z]\S*)*)$"
)
_OWNER_OF_MANY = re.compile(r"^(?P<s>[^,]+?)(?:'s|(?<=s)') (?P<a>[a-z][\w-]*(?: [a-z][\w-]*)?(?:, [a-z][\w-]*(?: [a-z][\w-]*)?)+,? and [a-z][\w-]*(?: [a-z][\w-]*)?)$")
_TOLD_YOU = re.compile(
    r"^(?:that |what )?(?:i|we) (?:(?:ever|once|just|also|had|have|already) )*(?:told you|said|mentioned|wrote|let you know|shared)(?: to you| with you)?(?: (?:that|about|how))? (?P<o>\S.*)$",
    re.IGNORECASE,
)
_BEING = re.compile(r"^(?:i|we) (?:was|were|am|are) (?:ever |even )?(?:here|around|alive)\b", re.IGNORECASE)
_NAME = r"[A-Z][\w'-]*(?: [A-Z][\w'-]*)*"
_CLAUSE_OF_TWO = re.compile(rf"^(?P<w>(?:where|when|what|who|how|which|why)\b[^A-Z]*? ?)(?P<a>{_NAME}) and (?P<b>{_NAME}) (?P<v>[a-z]+)(?P<r>[^,]*)$")
_ASPECT_OF_TWO = re.compile(rf"^(?:the )?(?P<a>[a-z][\w -]{{1,30}}?) of (?:both )?(?P<x>{_NAME}) and (?:of )?(?P<y>{_NAME})$")
_NOT_ASPECTS = frozenset("everything anything all lots bits kind sort type lot piece bunch group couple part rest most some".split())


def read_object(phrase: str, way: str, text: str) -> list[Reading]:
    """The readings of one phrase (several when it lists several subjects).

    Raises:
        UsageError: the phrase is too broad or too vague to be planned; says what to name instead.
    """
    refuse_what_is_no_target(phrase)
    whole, peeled = peel(phrase)
    if whole:
        refuse_what_is_no_target(peeled, of=phrase)
    phrase = peeled
    parts = _of_each(phrase) or ([phrase] if _SEVERAL_OF.match(phrase) else listed(phrase))
    owner = POSSESSIVE.match(parts[0])
    first = re.search(r"(?:^|(?<= ))(?!(?:Where|Who|When|How|What|Which|The|My|Our)\b)[A-Z][\w'-]*?(?: [A-Z][\w'-]*?)*(?='s?\b|'? |$)", parts[0])
    if owner:  # "Ann Lee's job and where she lives"
        parts = [parts[0], *(_said_of(owner["s"], part) if is_wh_clause(part) else part for part in parts[1:])]
    elif first:  # "where Ann Lee lives and what her job is"
        cut = clause_of(cut_question_word(parts[0])[1]) if is_wh_clause(parts[0]) else None
        parts = [parts[0], *(_said_of(cut.subject if cut else first.group(), part) for part in parts[1:])]
    parts = [re.sub(r"^(?:his|her|their|its)(?= )", f"{owner['s']}'s", part) if owner else part for part in parts]
    if len(parts) > 1:
        for part in parts:
            refuse_what_is_no_target(part)
        return [_read_one(part, whole, way, text) for part in parts]
    return [_read_one(phrase, whole, way, text)]


def _of_each(phrase: str) -> list[str]:
    """A phrase about two people apart: "where Ann Lee and Tom Hale live", "the jobs of Ann Lee and Tom Hale", "that S and that T"."""
    left, more, right = phrase.rpartition(", and ")
    if more and is_wh_clause(left) and (both := _of_each(left)):
        return [*both, right]
    clause, aspect = _CLAUSE_OF_TWO.match(phrase), _ASPECT_OF_TWO.match(phrase)
    if clause and not clause["b"].endswith(("'s", "s'")) and not (clause["v"].endswith("s") and clause["v"] != "was") and len(listed(f"{clause['a']} and {clause['b']}")) == 2:
        verb = {"are": "is", "were": "was", "do": "does", "have": "has"}.get(clause["v"]) or (clause["v"] if clause["v"].endswith("ed") else third_person(clause["v"]))
        return [f"{clause['w']}{clause[one]} {verb}{clause['r']}" for one in "ab"]
    if aspect and len(listed(f"{aspect['x']} and {aspect['y']}")) == 2:
        noun = re.sub(r"(?<=[^s])s$", "", aspect["a"])
        return [f"the {noun} of {aspect[one]}" for one in "xy"]
    first, both, second = phrase.partition(" and that ")
    return [first, f"that {second}"] if both and first.startswith("that ") and is_statement(first[5:]) and is_statement(second) else []


def _read_one(phrase: str, whole: bool, way: str, text: str) -> Reading:
    phrase = phrase.strip(" ,.")
    danger = read_dangerous(phrase, way, text)
    if danger is not None:
        return danger
    phrase = re.sub(r"^(i|we)['\u2019](?:m|re)\b", lambda cut: f"{cut[1]} {'am' if cut[1].lower() == 'i' else 'are'}", phrase, flags=re.IGNORECASE)
    told = _TOLD_YOU.match(phrase)
    if told and not is_wh_clause(told["o"]):  # "I told you that I live in Kiel", "what I told you about my health"
        phrase = f"that {told['o']}" if is_statement(told["o"]) else told["o"]
        refuse_what_is_no_target(phrase)
    if _states(phrase):
        return _of_statement(phrase, text)
    if re.match(r"^(?:me|myself|us|i)\b", phrase, re.IGNORECASE):
        return Reading("personal", "subject", lex.SPEAKER, certain=True)
    if is_wh_clause(phrase):
        return _of_clause(phrase, text)
    statement = re.sub(r"^that ", "", phrase, flags=re.IGNORECASE)
    if is_statement(statement) and (statement != phrase or way == "claim" and not POSSESSIVE.match(statement)):
        return _of_statement(statement, text)
    mine = _MY.match(phrase)
    if mine and not POSSESSIVE.match(phrase):
        named = re.search(r"\b([A-Z][\w'-]+(?: [A-Z][\w'-]+)+)$", phrase) if lex.RELATIONS.search(phrase) else None
        if named:  # "my neighbour Olga Petrenko"
            return Reading("personal", "subject", named.group(1), certain=True)
        of = _ASPECT_OF_ANY.match(phrase)
        if of is None and lex.RELATIONS.fullmatch(phrase) and (whole or way != "claim"):
            return Reading("personal", "subject", phrase, certain=True)
        return Reading("personal", "fact", lex.SPEAKER, mine["a"], certain=True)
    owner_of_many = _OWNER_OF_MANY.match(phrase)
    if owner_of_many and not is_title(phrase):  # "Ann Lee's town, job and pet"
        return _of_aspect(owner_of_many["s"], " and ".join(re.split(r",? and |, ", owner_of_many["a"])), whole, text)
    owned = POSSESSIVE.match(phrase)
    if owned and not is_title(phrase):
        return _of_aspect(owned["s"], owned["a"], whole, text)
    several = _SEVERAL_OF.match(phrase)
    if several and not is_title(phrase):  # "the name, the breed and the microchip of my dog"
        aspects = re.split(r", (?:and |nor )?(?:the )?| (?:and|nor|or) (?:the )?", several["a"])
        return _of_aspect(several["s"], " and ".join(aspects), whole, text)
    reduced = _REDUCED.match(phrase)
    if reduced:  # "the language spoken in Austria"
        return _of_aspect(reduced["s"], reduced["a"], whole, text)
    which = _IN_WHICH.match(phrase)
    if which:  # "the year in which the Titanic sank"
        return _of_clause(f"{_ASKED_BY.get(which['a'].lower(), 'which ' + which['a'])} {which['c']}", text)
    asked = None if whole else _thing_that(phrase)
    if asked:  # "the instrument that Ann Lee plays"
        return _of_clause(asked, text)
    counted = _COMPOUND_ASPECT.match(phrase)
    if counted:
        return _of_aspect(counted["s"], counted["a"], whole, text)
    of = _ASPECT_OF.match(phrase)
    loose = _ASPECT_OF_ANY.match(phrase)
    if of is None and loose and loose["a"].lower() in _LOOSE_ASPECTS:
        of = loose
    if of and of["a"].split()[-1].lower() not in _NOT_ASPECTS and not is_title(phrase):
        head = of["a"].split()[-1].lower()
        if (
            of["p"] in ("of", "behind")
            or head.rstrip("s") in {a.rstrip("s") for a in _LOOSE_ASPECTS}
            or lex.PRIVATE_NOUNS.fullmatch(of["a"])
        ):
            if not (head in _TITLE_HEADS and (phrase.lower().startswith("the ") or of["s"][:1].isupper()) and head not in _LOOSE_ASPECTS):
                return _of_aspect(of["s"], of["a"], whole, text)
    return _of_subject(phrase, text)


def _states(phrase: str) -> bool:
    """Whether a phrase without "that" is a statement all the same: about the person who types, what is theirs, or somebody by name."""
    cut = clause_of(phrase) if is_statement(phrase) else None
    if cut is None or not cut.rest or _BEING.match(phrase):
        return False
    owned = POSSESSIVE.match(cut.subject)
    named = all(word[:1].isupper() for word in (owned["s"] if owned and statement_parts(phrase) else cut.subject).split())
    return re.match(r"(?:i|we|my|our)\b", cut.subject, re.IGNORECASE) is not None or named and cut.verb.islower() and f" {cut.verb} " in phrase


def _said_of(name: str, part: str) -> str:
    """A part of a list with the name in the place of the pronouns that stand for it."""
    part = re.sub(r"\b(?:his|her|their|its)(?= \w)", lambda _: f"{name}'s", part, flags=re.IGNORECASE)
    return re.sub(r"\b(?:he|she|they|it)\b", lambda _: name, part, flags=re.IGNORECASE) if is_wh_clause(part) else part


def _thing_that(phrase: str) -> str:
    """ "the instrument that Ann Lee plays" as an indirect question ("which instrument Ann Lee plays"), or "".

    Only where the clause lacks its object: nothing behind the verb, or no more than up to a preposition ("lives in").
    """
    found = _THAT.match(phrase)
    if found is None or found["a"].split()[-1] in _CLAIMS | _NOT_ASPECTS and found["a"] not in ("thing", "things"):
        return ""
    clause = clause_of(found["c"])
    if clause is None or clause.rest and clause.subject != "people" and not re.search(r"(?:^| )(?:in|on|at|for|to|from|with|of|by|about)$", clause.rest):
        return ""
    return f"{_ASKED_OF.get(found['a'], 'which ' + found['a'])} {found['c']}"


def _of_clause(clause: str, text: str) -> Reading:
    """ "where Ann Lee lives", "what the capital of Egypt is", "how old I am"."""
    inner = cut_question_word(clause)[1]
    third = re.search(r"\b(?:I|i|we|one) (?:can |could |should |may )?\w+(?: \w+){0,5}? (?P<s>[A-Z][\w'-]+(?: [A-Z][\w'-]+)+)", inner)
    if third:  # "how I can call Ann Lee" is about her
        return Reading("personal" if not known_name(third["s"]) else "unspecified", "fact", third["s"], clause)
    if re.search(r"\b(?:I|i|we)\b", inner):
        return Reading("personal", "fact", lex.SPEAKER, clause, certain=True)
    relation = lex.RELATIONS.search(inner)
    if relation:
        return Reading("personal", "fact", relation.group(), clause, certain=True)
    bare = re.sub(r"^(?:is|are|was|were) | (?:is|are|was|were)(?: (?:called|named))?$", "", inner)
    starts_with_verb = starts_with_main_verb(inner)
    for pattern in (POSSESSIVE, _ASPECT_OF_ANY):
        match = pattern.match(bare)
        if (
            match
            and not starts_with_verb
            and (pattern is POSSESSIVE or match["p"] == "of")
            and not is_title(bare)
            and not is_statement(bare)
            and match["a"][:1].islower()
        ):
            return _of_aspect(match["s"], match["a"], False, text)
    mine = _MY.match(bare)
    if mine:
        return Reading("personal", "fact", lex.SPEAKER, clause if clause_of(bare) else mine["a"], certain=True)
    subject = _subject_of_clause(inner, starts_with_verb)
    if subject.lower() in ("there", "it"):  # "how many planets there are"
        subject = re.sub(r"^(?:how (?:many|much)|what|which) ", "", cut_question_word(clause)[0]) or subject
    private = bool(
        re.search(
            r"\b(?:lives?|lived|works?|born|goes|attends?|parks?|sleeps?|dates|dating|earns?|votes?|sees|stays?|hides?|keeps?)\b", inner
        )
    ) and _personlike(subject)
    kind = "personal" if private and not known_name(subject) or _PRIVACY_CLUE.search(text) and _personlike(subject) else "unspecified"
    return Reading(kind, "fact", subject, clause)


def _subject_of_clause(inner: str, starts_with_verb: bool) -> str:
    """Whom an indirect question is about: the object of "who wrote Hamlet", the subject of "where Ann Lee lives"."""
    if starts_with_verb:
        rest = inner.split(" ", 1)[1] if " " in inner else inner
        rest = re.sub(r"^(?:[a-z]+ed|written|made|built|spoken|known) (?=(?:in|by|on|at|of|for) )", "", rest)
        return re.sub(r"^(?:in|at|on|of|from|by|for|to) ", "", rest)
    names = re.findall(r"(?:[A-Z][\w'-]*)(?:(?: (?:of|the|de|van|von|da|al|del))* [A-Z][\w'.-]*)*", inner)
    cut = clause_of(inner)
    if cut is None:
        return names[0] if names else inner
    subject = cut.subject
    if subject.lower() in ("people", "they", "you", "we", "one") and cut.rest:
        return names[0] if names else re.sub(r"^(?:in|at|on|of|from) ", "", cut.rest)
    if names and not inside_name(subject, names):
        return names[0]
    return subject


def inside_name(subject: str, names: list[str]) -> bool:
    """Whether a phrase is, or holds, one of the names."""
    return any(name in subject or subject in name for name in names)


def _of_statement(statement: str, text: str) -> Reading:
    """A statement that is to be forgotten, without any sign that it is false: a fact about its subject."""
    parts = statement_parts(statement)
    if parts and re.fullmatch(r"my|our", parts[1], re.IGNORECASE):
        aspect, _, value = parts
        if not lex.RELATIONS.fullmatch(f"my {aspect}") and not re.match(r"(?:called|named)\b", value):
            return Reading("personal", "fact", lex.SPEAKER, aspect, certain=True)
    elif parts:
        aspect, subject, _ = parts
        return _of_aspect(subject, aspect, False, text)
    cut = clause_of(statement)
    subject = re.sub(r"^(?:the )?(?:people|inhabitants) (?:in|of|from) (?=the [A-Z]|[A-Z])", "", cut.subject) if cut else statement
    if re.match(r"^(?:i|we)$", subject, re.IGNORECASE) or re.match(r"^(?:my|our)\b", subject, re.IGNORECASE):
        owner = lex.RELATIONS.search(subject)
        return Reading("personal", "fact", owner.group() if owner else lex.SPEAKER, "that " + statement, certain=True)
    kind = "personal" if _personlike(subject) and not known_name(subject) else "unspecified"
    return Reading(kind, "fact", subject, "that " + statement)


def _of_aspect(subject: str, aspect: str, whole: bool, text: str) -> Reading:
    """An aspect of a subject; a private one of a person is personal."""
    subject = re.sub(r"^(?:the (?:person|man|woman|country|city) (?:called|named) )", "", subject).strip(" \"',")
    scope = (
        "aspect"
        if whole
        or aspect.lower().split()[-1]
        in (
            "history",
            "culture",
            "economy",
            "rules",
            "lyrics",
            "family",
            "life",
            "childhood",
            "career",
            "works",
            "books",
            "details",
            "politics",
            "geography",
        )
        else "fact"
    )
    if re.match(r"^(?:my|our)\b", subject, re.IGNORECASE):
        owner = subject if lex.RELATIONS.search(subject) else lex.SPEAKER
        words = aspect if owner != lex.SPEAKER else f"{re.sub(r'^(?:my|our) ', '', subject)}'s {aspect}"
        return Reading("personal", scope, owner, words, certain=True)
    if re.match(r"^(?:me|myself|us)$", subject, re.IGNORECASE):
        return Reading("personal", scope, lex.SPEAKER, aspect, certain=True)
    private = (bool(lex.PRIVATE_NOUNS.search(aspect)) and _personlike(subject) or bool(_ONLY_PERSONS.search(aspect))) and not known_name(
        subject
    )
    private = private or bool(_KIN.fullmatch(subject))
    certain = private or bool(known_name(subject))
    return Reading("personal" if private else "unspecified", scope, subject, aspect, certain=certain)


def _of_subject(phrase: str, text: str) -> Reading:
    """A bare name or thing. "Luis Ferreira, born in Porto" keeps its name; "a person called Ann Lee" too."""
    named = re.match(
        r"^(?:a|an|the|some|that|this)? ?(?:\w+ )?(?:person|man|woman|guy|girl|boy|user|customer|client|patient|employee|colleague|student) (?:called|named) (?P<s>.+)$",
        phrase,
    )
    person = bool(named) or bool(lex.RELATIONS.search(phrase))
    subject = named["s"] if named else phrase
    if lex.RELATIONS.search(subject):
        tail = re.search(r"\b([A-Z][\w'-]+(?: [A-Z][\w'-]+)*)$", subject)
        subject = tail.group(1) if tail else subject
    apposition = re.match(r"^(?P<s>[A-Z][^,]+), (?:born|who|which|the|a|an|my|our|from|age|aged|living|of|she|he|it|they)\b", subject)
    subject = apposition["s"] if apposition else subject
    subject = re.sub(r"(?: -|,) .*$", "", subject) if _personlike(subject.split(",")[0].split(" -")[0]) else subject
    subject = subject.strip(" \"',.")
    if not re.search(r"\w", subject):
        raise UsageError('the request does not say what to forget; name it, for example "forget the capital of Egypt"')
    refuse_what_is_no_target(subject, of=phrase)
    if len(subject) > 120 or len(subject.split()) > 12:
        raise UsageError('no subject can be made out of so long a phrase; name it shortly, for example "forget everything about Ann Lee"')
    personal = person or bool(_PRIVACY_CLUE.search(text)) and _personlike(subject)
    false = bool(_FALSE_CLUE.search(re.sub(re.escape(phrase), " ", text)))
    false = false or bool(re.search(r"\b(?:hoax|myth|conspiracy|legend|superstition)\b", phrase, re.IGNORECASE))
    kind = "personal" if personal else "misinformation" if false and not _personlike(subject) else "unspecified"
    return Reading(kind, "subject", subject, certain=personal or bool(known_name(subject)))


def _personlike(text: str) -> bool:
    """Whether a phrase looks like the name of a person: two or three capitalised words, or a relation of the speaker."""
    if re.search(
        r"\b(?:Mount|Lake|River|Tower|Bridge|Island|Islands|Street|City|North|South|East|West|New|United|Great|Mountain|Mountains|Ocean|Sea|Palace|Castle|Park|University|Airport|Bay|Valley|Desert)\b",
        text,
    ):
        return False
    return bool(
        re.fullmatch(
            r"(?:(?:Mr|Mrs|Ms|Dr|Prof)\.? )?[A-Z][\w'-]+(?: (?:[A-Z]\.|de|van|von|da|del|di|al|bin|ibn|la|le))*(?: [A-Z][\w'-]+){1,2}",
            text.strip(),
        )
    ) or bool(lex.RELATIONS.search(text))
