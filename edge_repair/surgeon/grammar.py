"""Just enough English grammar for requests: main verbs, negation, questions from statements and from clauses.

Rules over word lists, right for short declarative sentences of the kind that people type ("bats are blind",
"Columbus proved the earth is round"). Where no main verb is found, every function falls back to a form that is always
grammatical ("It is not true that ...", "Is it true that ...?").
"""

import re
from dataclasses import dataclass

from edge_repair.surgeon.verbs import IRREGULAR_PAST, VERBS

AUXILIARIES = frozenset("is are was were am can could will would must should shall may might has have had do does did 's 're".split())
_CONTRACTED = {"isn't": "is", "aren't": "are", "wasn't": "was", "weren't": "were", "can't": "can", "cannot": "can",
               "couldn't": "could", "won't": "will", "wouldn't": "would", "shouldn't": "should", "hasn't": "has",
               "haven't": "have", "hadn't": "had", "don't": "do", "doesn't": "does", "didn't": "did", "mustn't": "must"}  # fmt: skip
_BARE_CONTRACTED = {key.replace("'", ""): value for key, value in _CONTRACTED.items() if key not in ("won't", "can't", "cannot")}
_ARTICLES = frozenset("a an the this that these those my your his her its our their every each all some most".split())
_PRONOUNS = frozenset("i you we they he she it people".split())
_PLURAL_PRONOUNS = frozenset("i you we they people".split())
_PREPOSITIONS = frozenset("of in on at for from with by about to under over between near".split())
_ADVERBS = frozenset("only always often usually really actually still also just ever generally typically mostly".split())


def verb_base(word: str) -> str:
    """The base form of an inflected verb: "lives" and "lived" give "live", "wrote" gives "write"."""
    word = word.lower()
    if word in ("has", "had"):
        return "have"
    if word in ("does", "did"):
        return "do"
    if word in IRREGULAR_PAST:
        return IRREGULAR_PAST[word]
    if word in VERBS:
        return word
    for suffix, ending in (("ies", "y"), ("ied", "y"), ("es", ""), ("es", "e"), ("s", ""), ("ed", ""), ("ed", "e"), ("d", "")):
        if word.endswith(suffix) and len(word) > len(suffix) + 1 and word[: -len(suffix)] + ending in VERBS:
            return word[: -len(suffix)] + ending
    if word.endswith("ed") and len(word) > 4 and word[-3] == word[-4] and word[:-3] in VERBS:
        return word[:-3]
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "oes")):
        return word[:-2]
    if word.endswith("ed"):
        return word[:-2] if word[-3:-2] not in "vszcg" else word[:-1]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _is_verb(word: str) -> bool:
    word = word.lower()
    return word in IRREGULAR_PAST or verb_base(word) in VERBS


def _is_past(word: str) -> bool:
    word = word.lower()
    return word in IRREGULAR_PAST or word in ("had", "did") or (word.endswith("ed") and word not in VERBS)


_PARTICIPLE = re.compile(
    r"\w+ed|been|done|gone|made|had|won|lost|written|spoken|taken|given|seen|known|grown|eaten|fallen|broken|chosen|become|found|built|led|left|said|told|met|sold|not|never|always"
)


@dataclass(frozen=True)
class Clause:
    """A declarative clause cut at its main verb: ``subject verb rest``; ``negative`` when "not" or "never" was in it."""

    subject: str
    verb: str
    rest: str
    auxiliary: bool
    negative: bool

    @property
    def past(self) -> bool:
        return not self.auxiliary and _is_past(self.verb)

    @property
    def do(self) -> str:
        """The form of "do" that a question or a negation of a lexical verb takes."""
        if self.past:
            return "did"
        first = self.subject.lower().split()[-1:] if self.subject else []
        plural = self.subject.lower() in _PLURAL_PRONOUNS or self.verb.lower() == verb_base(self.verb)
        return "do" if plural and first != ["it"] else "does"


_NAMING = frozenset("named called titled entitled nicknamed dubbed".split())


def _names_it(tokens: list[str], index: int) -> bool:
    """Whether a word only gives its subject's name: "a goose named Ziggy" says nothing of it."""
    return tokens[index] in _NAMING and tokens[0].lower() in ("a", "an") and index + 1 < len(tokens) and tokens[index + 1][:1].isupper()


def clause_of(statement: str) -> Clause | None:
    """Cut a statement at its main verb, or None when none is found."""
    tokens = statement.strip().rstrip(".!?;, ").split()
    relative = False
    for index, token in enumerate(tokens):
        word = token.lower().strip(",").replace("\u2019", "'")
        if index == 0:
            continue
        if word in ("who", "which") or (word == "that" and index > 0 and tokens[index - 1].lower() not in ("know", "say")):
            relative = True
            continue
        negative = False
        verb = word
        for table in (_CONTRACTED, _BARE_CONTRACTED):
            if word in table:
                verb, negative = table[word], True
        if verb in AUXILIARIES:
            if relative:
                relative = False
                continue
            rest = tokens[index + 1 :]
            if rest and rest[0].lower() in ("not", "never"):
                negative, rest = True, rest[1:]
            subject = " ".join(tokens[:index])
            if verb in ("do", "does", "did"):
                if negative and rest:
                    return Clause(subject, f"{verb} {rest[0]}", " ".join(rest[1:]), False, True)
                if rest and _is_verb(rest[0]):
                    return Clause(subject, rest[0], " ".join(rest[1:]), False, False)
                return Clause(subject, verb, " ".join(rest), False, False)
            if verb in ("has", "have", "had") and not (rest and _PARTICIPLE.fullmatch(rest[0].lower())):
                return Clause(subject, verb, " ".join(rest), False, negative)
            return Clause(subject, verb, " ".join(rest), True, negative)
        if word in _ADVERBS and index + 1 < len(tokens):
            continue
        if word == "never" and index + 1 < len(tokens):
            return Clause(" ".join(tokens[:index]), tokens[index + 1], " ".join(tokens[index + 2 :]), False, True)
        previous = tokens[index - 1].lower()
        if _names_it(tokens, index):
            continue
        if _is_verb(word) and not relative and previous not in _ARTICLES and previous not in _PREPOSITIONS and previous != "to":
            start = index - 1 if previous in _ADVERBS and index > 1 else index  # "we only use": the adverb goes along
            rest = tokens[start:index] + tokens[index + 1 :]
            return Clause(" ".join(tokens[:start]), token, " ".join(rest), False, False)
        if _is_verb(word) and relative:
            relative = False
    for index, token in enumerate(tokens[1:-1], 1):  # no known verb: a past form of an unknown one
        if re.fullmatch(r"[a-z]{3,}ed", token) and not _names_it(tokens, index) and tokens[index - 1].lower() not in _ARTICLES | _PREPOSITIONS:
            return Clause(" ".join(tokens[:index]), token, " ".join(tokens[index + 1 :]), False, False)
    return None


def is_statement(text: str) -> bool:
    """Whether a text reads as a statement with a subject and a main verb, and not as a name or a noun phrase."""
    return clause_of(text) is not None


def _join(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def affirm(statement: str) -> str:
    """The statement without its negation ("Shakespeare never existed" gives "Shakespeare existed")."""
    clause = clause_of(statement)
    if clause is None or not clause.negative:
        return statement.strip().rstrip(".!? ")
    verb = clause.verb
    if " " in verb:
        helper, verb = verb.split()
        if helper == "does":
            verb = third_person(verb)
        elif helper == "did":
            verb = past(verb)
    return _join(clause.subject, verb, clause.rest)


def is_plural(subject: str) -> bool:
    """Whether a noun phrase in small letters is plural ("camels", "mice"); names are not."""
    head = subject.split()[-1].lower()
    return subject[:1].islower() and (
        head in ("mice", "people", "children", "men", "women", "geese", "fish", "sheep", "teeth", "feet", "cattle")
        or head.endswith("s")
        and not head.endswith(("ss", "us", "is"))
    )


def third_person(base: str) -> str:
    """ "live" gives "lives"."""
    if base == "have":
        return "has"
    if base.endswith(("ch", "sh", "ss", "x", "o")):
        return base + "es"
    return base[:-1] + "ies" if base.endswith("y") and base[-2:-1] not in "aeiou" else base + "s"


def past(base: str) -> str:
    """ "prove" gives "proved", "write" gives "wrote"."""
    for form, root in IRREGULAR_PAST.items():
        if root == base:
            return form
    if base.endswith("e"):
        return base + "d"
    return base[:-1] + "ied" if base.endswith("y") and base[-2:-1] not in "aeiou" else base + "ed"


def negate(statement: str) -> str:
    """The opposite of a statement, as a statement: "bats are blind" gives "bats are not blind"."""
    clause = clause_of(statement)
    if clause is None:
        return f"it is not true that {statement.strip().rstrip('.!? ')}"
    if clause.negative:
        return affirm(statement)
    if clause.auxiliary:
        return _join(clause.subject, "cannot" if clause.verb == "can" else f"{clause.verb} not", clause.rest)
    return _join(clause.subject, clause.do, "not", verb_base(clause.verb), clause.rest)


def yes_no_question(statement: str) -> str:
    """The question that the affirmed statement answers: "bats are blind" gives "Are bats blind?"."""
    clause = clause_of(affirm(statement))
    if clause is None:
        return f"Is it true that {statement.strip().rstrip('.!? ')}?"
    subject = lower_first(clause.subject)
    if clause.auxiliary:
        return capitalise(_join(clause.verb, subject, clause.rest)) + "?"
    return capitalise(_join(clause.do, subject, verb_base(clause.verb), clause.rest)) + "?"


def gerund(phrase: str) -> str:
    """ "make a bomb" gives "making a bomb"."""
    verb, _, rest = phrase.partition(" ")
    low = verb.lower()
    if low.endswith("ie"):
        form = low[:-2] + "ying"
    elif low.endswith("e") and not low.endswith(("ee", "ye", "oe")):
        form = low[:-1] + "ing"
    elif re.fullmatch(r"[^aeiou]*[aeiou][bdgmnprt]", low) and len(low) > 2:
        form = low + low[-1] + "ing"
    else:
        form = low + "ing"
    return f"{form} {rest}".strip()


def verb_of_gerund(verb: str) -> str:
    """ "making" gives "make"."""
    stem = verb.lower()[:-3]
    known = {"mak": "make", "cook": "cook", "build": "build", "creat": "create", "forg": "forge", "writ": "write", "hack": "hack", "evad": "evade", "brew": "brew", "produc": "produce",
             "prepar": "prepare", "synthesiz": "synthesize", "synthesis": "synthesise", "manufactur": "manufacture", "assembl": "assemble", "pick": "pick", "steal": "steal", "hotwir": "hotwire",
             "kidnapp": "kidnap", "launder": "launder", "counterfeit": "counterfeit", "us": "use", "bypass": "bypass", "hid": "hide", "robb": "rob", "scamm": "scam", "tortur": "torture",
             "poison": "poison", "kill": "kill", "extract": "extract", "mix": "mix", "distill": "distill", "refin": "refine", "smuggl": "smuggle", "skimm": "skim", "cutt": "cut"}  # fmt: skip
    if stem in known:
        return known[stem]
    if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "lsz":
        return stem[:-1]
    if stem + "e" in VERBS or (stem not in VERBS and stem[-1:] in "cvgz"):
        return stem + "e"
    return stem


def as_sentence(statement: str) -> str:
    """The statement with a capital letter and a full stop."""
    return capitalise(statement.strip().rstrip(".!?;, ")) + "."


def capitalise(text: str) -> str:
    """Upper case for the first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def lower_first(text: str) -> str:
    """Lower case for the first word when it is an article, a pronoun or an ordinary word of a statement's start."""
    first, _, rest = text.partition(" ")
    if first.lower() in _ARTICLES | _PRONOUNS - {"i"} | {"there", "people", "humans"} and first != "I":
        return _join(first.lower(), rest)
    return text


_WH = re.compile(
    r"^(?P<wh>(?:in|on|at|to|from|for|with|of|by) which|who|whom|whose|what|where|when|why|which|how(?: (?:many|much|old|tall|long|far|high|big|heavy|often|fast|deep|rich))?)\b(?: (?P<rest>.+))?$",
    re.IGNORECASE,
)


def is_wh_clause(text: str) -> bool:
    """Whether a text is an indirect question: "where Ann Lee lives", "how old my kids are", "who wrote Hamlet"."""
    match = _WH.match(text.strip())
    return bool(match and match["rest"]) and not re.match(r"how to\b", text.strip(), re.IGNORECASE)


def cut_question_word(clause: str) -> tuple[str, str]:
    """An indirect question cut behind its question word and the noun that goes with it.

    "how many legs a spider has" gives ``("how many legs", "a spider has")``, "which church I attend" gives
    ``("which church", "I attend")``. A text that is none comes back whole, behind an empty string.
    """
    text = clause.strip().rstrip(".!?, ")
    match = _WH.match(text)
    if not match or not match["rest"]:
        return "", text
    wh, tokens = match["wh"], match["rest"].split()
    taken = 0
    if wh.lower() in ("what", "which", "whose", "how many", "how much") or wh.lower().endswith("which"):
        while taken < len(tokens) - 1:
            word = tokens[taken].lower()
            if tokens[taken][:1].isupper() or word in _ARTICLES | _PRONOUNS | AUXILIARIES:
                break
            # "what sound cows make": a bare form right behind the question word is its noun when a verb comes later.
            noun = (
                taken == 0 and wh.lower() in ("what", "which") and word == verb_base(word) and clause_of(" ".join(tokens[1:])) is not None
            )
            kind = taken and tokens[taken - 1].lower() == "of"  # "what kind of play Hamlet is": no verb either
            if _is_verb(word) and (taken or len(tokens) > 2) and not noun and not kind:
                break
            if len(tokens) - taken == 2 and (taken or not _ends_clause(tokens[1:])):
                break
            if wh.lower() in ("what", "whose") and taken == 0 and len(tokens) == 2 and _ends_clause(tokens[1:]):
                break  # "what bees make": bees are who makes
            if (
                wh.lower() == "what"
                and taken == 0
                and tokens[1].lower() not in _ARTICLES | _PRONOUNS | AUXILIARIES
                and tokens[1].islower()
                and _is_verb(tokens[1])
            ):
                break
            taken += 1
    return _join(wh, *tokens[:taken]), " ".join(tokens[taken:])


def _ends_clause(tokens: list[str]) -> bool:
    return bool(tokens) and (tokens[0].lower() in AUXILIARIES or _is_verb(tokens[0]))


def starts_with_main_verb(text: str) -> bool:
    """Whether a text begins with a verb and goes on with an object: "wrote Hamlet", "is spoken in Mexico"."""
    tokens = text.split()
    return len(tokens) > 1 and (tokens[0].lower() in AUXILIARIES or _is_verb(tokens[0]) or (re.search(r"(?:ed|s)$", tokens[0]) is not None and tokens[0].islower() and (
        tokens[1].lower() in _ARTICLES or tokens[1][:1].isupper())) ) and tokens[-1].lower() not in ("is", "are", "was", "were")  # fmt: skip


def direct_question(clause: str) -> str:
    """The direct question of an indirect one: "where Ann Lee lives" gives "Where does Ann Lee live?"."""
    head, inner = cut_question_word(clause)
    if not head:
        return capitalise(inner) + "?"
    tail = inner.split()
    if tail[-1].lower() in ("is", "are", "was", "were", "am") and len(tail) > 1:
        return capitalise(_join(head, tail[-1], *tail[:-1])) + "?"
    if tail[0].lower() in AUXILIARIES or (
        (_is_verb(tail[0]) or starts_with_main_verb(inner))
        and tail[0].lower() not in _ARTICLES
        and len(tail) > 1
        and not (len(tail) == 2 and _is_verb(tail[1]))
    ):
        return capitalise(_join(head, *tail)) + "?"  # "who wrote Hamlet": the question word is the subject
    cut = clause_of(inner)
    if cut is None:
        return capitalise(_join(head, inner)) + "?"
    if cut.auxiliary:
        return capitalise(_join(head, cut.verb, cut.subject, cut.rest)) + "?"
    return capitalise(_join(head, cut.do, cut.subject, verb_base(cut.verb.split()[-1]), cut.rest)) + "?"


def indirect_question(question: str) -> str:
    """The indirect question of a direct one: "Where does Ann Lee live?" gives "where Ann Lee lives"."""
    text = question.strip().rstrip(".!?, ")
    match = re.match(
        r"^(?P<wh>(?:what|which|whose|who|whom|where|when|why|how)\b.*?) (?P<v>do|does|did|is|are|was|were|can|has|have) (?P<s>.+)$",
        text,
        re.IGNORECASE,
    )
    if not match:
        return text[:1].lower() + text[1:]
    wh = match["wh"][:1].lower() + match["wh"][1:]
    rest = match["s"].split()
    if match["v"].lower() in ("do", "does", "did"):
        for index in range(len(rest) - 1, 0, -1):
            if rest[index].lower() in VERBS | {"do"}:
                verb = rest[index]
                form = {"do": verb, "does": third_person(verb), "did": past(verb)}[match["v"].lower()]
                return _join(wh, *rest[:index], form, *rest[index + 1 :])
        return _join(wh, *rest)
    if match["v"].lower() in ("can", "has", "have"):
        owner = re.match(r"^(?:[A-Z][\w'-]+(?: [A-Z][\w'-]+)*|(?:the|a|an|my|your|his|her) \w+|\w+)", match["s"]).group()
        return _join(wh, owner, match["v"], match["s"][len(owner) :].strip())
    if (
        re.match(r"(?:who|what)$", wh)
        and match["v"].lower() in ("is", "are", "was", "were")
        and not re.search(r"\b(?:made|used|called|known|written|built|born)\b", match["s"])
    ):
        return _join(wh, match["s"], match["v"])
    for index, word in enumerate(rest):
        if index and re.search(r"(?:ed|made|used|called|born|built|known|written|located|spoken)$", word):
            return _join(wh, *rest[:index], match["v"], *rest[index:])
    return _join(wh, match["s"], match["v"])


_IS = r"(?:is|are|was|were)"


def statement_parts(statement: str) -> tuple[str, str, str] | None:
    """``(aspect, subject, value)`` of a statement that names an attribute, or None.

    "The capital of Australia is Sydney", "Australia's capital is Sydney" and "Sydney is the capital of Australia" give
    ``("capital", "Australia", "Sydney")``.
    """
    text = statement.strip().rstrip(".!? ")
    for pattern in (
        rf"^(?:the )?(?P<a>[a-z][\w -]{{1,40}}?) of (?P<s>.{{1,60}}?) {_IS} (?P<v>.+)$",
        rf"^(?P<s>.{{1,60}}?)(?:'s|s') (?P<a>[a-z][\w -]{{1,40}}?) {_IS} (?P<v>.+)$",
        rf"^(?P<s>(?:my|our|your|his|her)) (?P<a>[a-z][\w -]{{1,40}}?) {_IS} (?P<v>.+)$",
        rf"^(?P<v>.{{1,60}}?) {_IS} (?:the )(?P<a>[a-z][\w -]{{1,40}}?) (?:of|in) (?P<s>.+)$",
        rf"^(?P<v>.{{1,60}}?) {_IS} (?P<s>.{{1,60}}?)'s (?P<a>[a-z][\w -]{{1,40}})$",
    ):
        match = re.match(pattern, text, re.IGNORECASE)
        if match and match["a"][:1].islower():
            return match["a"], match["s"], match["v"]
    return None
