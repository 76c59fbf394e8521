"""Reads corrections: the statement that is wrong, and the one that is right, both from the words of the request."""

import re
from collections.abc import Sequence

from edge_repair.surgeon import lexicon as lex
from edge_repair.surgeon.grammar import (
    affirm,
    clause_of,
    is_plural,
    is_statement,
    lower_first,
    negate,
    past,
    statement_parts,
    third_person,
    verb_of_gerund,
)
from edge_repair.surgeon.known import known_name
from edge_repair.surgeon.objects import _CLAIM, clean_object, split_sentences
from edge_repair.surgeon.reading import Reading

_IS = r"(?:is|are|was|were)"
_FALSE = r"(?:false|wrong|untrue|not true|incorrect|a myth|myth|a lie|bogus|nonsense|rubbish|not correct|not right|a misconception|a hoax|just a myth|an urban legend|mistaken|made up|outdated|obsolete|debunked|inaccurate|disproved|disproven)"
_INTENT = re.compile(
    rf"\b(?:stop|quit|never|wrong|mistaken|incorrect|false|untrue|myth|misconception|lie|lies|hoax|nonsense|bogus|rumou?rs?|correct|fix|actually|debunked|retracted|outdated|instead|replace|change|update|not true|isn't true|claim|belief|believe|"
    rf"(?:never|don't|do not|must not|shouldn't)\b.{{0,20}}\b(?:say|claim|tell|state|insist|assert|repeat)|no more|rather than|in fact|in reality|superstition|misinformation|don't (?:say|tell|claim)|idea|notion|error|mistake|{lex.CLAIM_VERBS})\b",
    re.IGNORECASE,
)
_CONTRAST = re.compile(
    r", (?:and |certainly |definitely )?not \w|\band not \w|(?:\bnot|n't) .+\bbut\b|(?:\bnot|n't) .+[,;] (?:it|they|he|she)(?:'s|'re| is| are| was| were)\b|\byou (?:\w+ )?(?:say|said|saying|told|tell|claim|claimed|think|thought|believe)\b",
    re.IGNORECASE,
)
_DO_NOT_BUT = re.compile(r"^(?P<s>.+?) (?P<d>do|does|did)(?:n't| not) (?P<v>\w+) (?P<w>.+?),? but(?: rather)? (?P<r>.+)$", re.IGNORECASE)
_NOT_BUT = re.compile(
    rf"^(?P<s>.+?) (?P<v>{_IS})(?:n't| not) (?P<w>.+?)(?:,? but(?: rather)?|[,;:] (?:it|they|he|she|that)(?:'s|'re| {_IS})|[,;-]+) (?P<r>.+)$",
    re.IGNORECASE,
)
_X_NOT_Y = re.compile(
    rf"^(?P<s>.+?) (?P<v>{_IS}|lives? in|came from|comes? from|has|have) (?P<r>[^,]+?)(?:,| and| -)+ ?(?:and )?(?:certainly |definitely |clearly )?not (?P<w>.+)$",
    re.IGNORECASE,
)
_VERB_NOT = re.compile(r"^(?P<r>.+?), not (?P<w>.+)$", re.IGNORECASE)
_REPLACE = re.compile(
    r"\b(?:replace|change|swap|update|correct|overwrite) (?:the )?(?:(?:outdated |old |wrong |false )?(?:fact|claim|belief|idea|statement|information|info|answer) )?(?:that )?(?P<w>.+?) (?:with|to|into|by|for) (?:the (?:right|correct|true|new) (?:one|fact|statement|answer)[:,]? ?)?(?:that )?(?P<r>[^,;]+)",
    re.IGNORECASE,
)
_ITS = re.compile(
    r"^(?:no,? |well,? |sorry,? |and |but )*(?:(?:in fact|actually|really|in truth|in reality|the truth is(?: that)?|the fact is(?: that)?|correct is),? )*"
    r"(?:(?:it|that|he|she|they|the (?:right|correct|true|real|actual) (?:answer|one|value|name|capital|city|date|year|word|author|number|person))(?:'s| is| was| are|'re| were)(?: actually| really| in fact| rather| of course)? |should be |say )(?P<r>[^,;]+?)(?:,? (?:instead|not .+|as (?:everybody|everyone) knows))?$",
    re.IGNORECASE,
)
_THEY_DO_NOT = re.compile(
    r"^(?:but |and |no,? |actually,? |in fact,? )*(?:he|she|it|they|that|this|we|you|i) (?:\w+n't|did not|do not|does not|is not|are not|was not|never did)$",
    re.IGNORECASE,
)
_LEADS = re.compile(
    r"^(?:no[,:]? |well,? |hey,? |sorry,? |but |and |so |listen[,:]? |please |correction[:,]? |note[:,]? |for the record[,:]? |fyi[,:]? |(?:please )?(?:correct|fix|update) (?:yourself|your (?:weights|knowledge|facts|memory|answer|records|belief)|that|this|it)(?: for good)?[:,.]? |"
    r"(?:in fact|actually|really|in truth|in reality|the truth is(?: that)?|the fact is(?: that)?|as a matter of fact|everybody knows(?: that)?|i (?:want|need) you to (?:know|learn|remember|say) (?:that )?|remember (?:that )?|learn (?:that )?|you should (?:know|say) (?:that )?)[:,]? ?)+",
    re.IGNORECASE,
)
_YOU_ARE_WRONG = re.compile(
    r"\b(?:you(?:'re| are|r)?|u|ur|that's|that is|that was|this is|it's)(?: just| simply| totally| completely| dead| so| plain)* (?:wrong|mistaken|incorrect|false|not right|not true|not correct|in error)\b ?(?:there|here|again)?[:,.!;-]* *",
    re.IGNORECASE,
)
_X_BEING_Y = re.compile(r"^(?P<s>.+?) (?:being|having) (?P<p>.+)$", re.IGNORECASE)
_CLAIM_NOUN = re.compile(
    rf"\b(?:the |that |this |your |any |all |old |silly |stupid |wrong |false |outdated |common |popular |mistaken |absurd )*{lex.CLAIM_NOUNS}(?: (?:going round|in your (?:training )?data|you have|around))?(?:,? (?:that|about how|of how|according to which|saying(?: that)?)|:|(?= \"))+ *(?P<o>.+)",
    re.IGNORECASE,
)
_IS_FALSE = re.compile(
    rf"^(?P<o>.+?)(?:,| -|:)? (?:(?:and |but )?(?:this|that|it|which|what)(?:'s| is| was)|is|are|was|were) (?:just |simply |totally |completely |plain |nothing but |all |such |complete |utter |pure |a popular |a common )*{_FALSE}\b.*$",
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


def read_correction(text: str, earlier: Sequence[str] = ()) -> Reading | None:
    """The correction that a request makes, or None when it makes none.

    Args:
        text: the request.
        earlier: sentences of the chat before it, oldest first: "That's wrong, it's Canberra" speaks of the last
            statement among them.

    The wrong statement comes from what the request says the model says or believes, or from what it calls false; the
    right one from "X, not Y", "it is Y", "actually R", or, when the request states none, by negating the wrong one.
    """
    if re.search(r"\b(?:don't|do not) (?:think|believe) (?:that )?(?:you|anyone) (?:should|ought|need|have|must)\b", text, re.IGNORECASE):
        return None  # an opinion about what the model should know, not about what it claims
    if not _INTENT.search(text) and not _CONTRAST.search(text):
        return None
    foreign = _FOREIGN.search(text)
    if foreign:
        wrong = foreign.group("s") + " " + foreign.group("v") + " " + foreign.group("p").strip(" .!?")
        right = foreign.group("s") + " " + _FOREIGN_NOT[foreign.group("v").lower()] + " " + foreign.group("p").strip(" .!?")
        return Reading("misinformation", "fact", foreign.group("s"), "", wrong, right, certain=True)
    sentences = [sentence.strip(" .!?") for sentence in split_sentences(text)]
    wrong, right, where = "", "", -1
    for index, sentence in enumerate(sentences):
        wrong, right = _of_sentence(sentence)
        if wrong or right:
            where = index
            break
    if (
        not wrong
        and not right
        and len(sentences) > 1
        and re.search(r"\b(?:nonsense|myth|claim|belief|lie|idea|error|mistake|rubbish)\b", text, re.IGNORECASE)
    ):
        stated = next(
            (
                cut
                for cut in map(clause_of, sentences)
                if cut and cut.negative and not re.match(r"(?:i|you|we|please)\b", cut.subject, re.IGNORECASE)
            ),
            None,
        )
        if stated:  # "The sun does not orbit the earth. Unlearn that nonsense."
            right = next(sentence for sentence in sentences if clause_of(sentence) == stated)
    if not wrong and not right and earlier and _YOU_ARE_WRONG.search(text):
        wrong = next(
            (sentence.strip(" .!") for sentence in reversed(earlier) if not sentence.rstrip().endswith("?") and is_statement(sentence)), ""
        )
        where = 0
        sentences = [_YOU_ARE_WRONG.sub("", sentence) for sentence in ("", *sentences)]
    if not wrong and not right:
        return None
    if where >= 0 and not right:
        for sentence in (*sentences[where + 1 :], *sentences[:where]):
            right = _right_from(sentence, wrong)
            if right:
                break
    negated = False
    if wrong and not right:
        right, negated = negate(wrong), True
    if right and not wrong:
        wrong = affirm(right) if negate(right) == affirm(right) else negate(right)
    if len(wrong.split()) < 2:
        return None
    if (
        re.search(r"\b(?:I|my|our|we|me)\b", wrong)
        and negated
        and not re.search(_FALSE, text, re.IGNORECASE)
        and re.search(lex.PRIVATE_NOUNS.pattern, wrong, re.IGNORECASE)
    ):
        return None  # "stop telling people that my address is ...": a private fact, not a false one
    subject, aspect = subject_of(wrong)
    return Reading("misinformation", "fact", subject, aspect, _polish(wrong), _polish(right), certain=True)


def subject_of(statement: str) -> tuple[str, str]:
    """``(subject, aspect)`` of a statement: "the capital of Australia is Sydney" gives Australia and its capital."""
    parts = statement_parts(statement)
    if parts:
        aspect, subject, _ = parts
        return (lex.SPEAKER if re.fullmatch(r"my|our|me", subject, re.IGNORECASE) else subject.strip()), aspect
    cut = clause_of(affirm(statement))
    if cut is not None:
        return cut.subject, ""
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


def _trim(text: str) -> str:
    """A statement cut free of what follows it ("..., it's nonsense", "... any more", "... is false")."""
    text = re.sub(
        r",? (?:it'?s|that'?s|this is|which is|because|since|so (?:please|unlearn|erase|delete|drop|stop|remove|quit|stop|forget|fix)|please|and (?:that|this|it) is|but (?:it|that|this)(?:'s| is)|they (?:are|aren't|do|don't)|he (?:is|did)|she (?:is|did))\b.*$",
        "",
        text,
        flags=re.IGNORECASE,
    )
    shorter = re.sub(
        rf",? (?:is|are|was|were) (?:just |simply |totally |completely |plain |all |such |complete |utter |pure |a popular |a common )*{_FALSE}\b.*$",
        "",
        text,
        flags=re.IGNORECASE,
    )
    text = shorter if is_statement(shorter) else text
    return clean_object(text)


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
        wrong, right = clean_object(match["w"]), clean_object(match["r"])
        if is_statement(right):
            return wrong, right
        cut = clause_of(wrong)
        parts = statement_parts(wrong)
        if parts and wrong.lower().rstrip().endswith(parts[2].lower()):
            return wrong, wrong[: len(wrong) - len(parts[2])] + right
        if cut and re.search(r"\d", right):
            return wrong, re.sub(r"\d[\d:.,]*$", right, wrong)
        return wrong, ""
    said_false = re.search(
        rf"\b(?:it|that|this)(?:'s| is|s) (?:just |simply |totally |completely |plain |a common |a popular )*{_FALSE}(?: to (?:say|claim|believe|think))?,? that (?P<o>.+)",
        sentence,
        re.IGNORECASE,
    )
    if said_false:
        found = _statement_in(said_false["o"], claimed=True)
        if found:
            return found, ""
    called_wrong = _YOU_ARE_WRONG.search(sentence)
    after = sentence[called_wrong.end() :] if called_wrong else ""
    if called_wrong and after and not re.match(r"(?:about|on|regarding|concerning|when|to|in)\b", after, re.IGNORECASE):
        return _contrast(_LEADS.sub("", after) or after, right_by_default=True)
    noun = _CLAIM_NOUN.search(sentence)
    if noun:
        found = _statement_in(noun["o"], claimed=re.search(r"\bthat $", sentence[: noun.start("o")], re.IGNORECASE) is not None)
        if found:
            return found, ""
    for pattern in _CLAIM:
        match = re.search(pattern, sentence, re.IGNORECASE)
        if match:
            body = match["o"]
            told = re.match(
                r"^(?P<w>.+?),? (?:but|whereas|while|although|though)(?: in fact| actually| really| the truth is(?: that)?)?,? (?P<r>.+)$",
                body,
                re.IGNORECASE,
            )
            if (
                told
                and is_statement(told["w"])
                and is_statement(told["r"])
                and not re.match(r"(?:it|that|this)\b", told["r"], re.IGNORECASE)
            ):
                return _statement_in(told["w"]), clean_object(told["r"])
            told = re.match(
                r"^(?P<w>.+?)[,;:] (?:in fact |actually )?(?P<r>(?:it|they|he|she)(?:'s|'re| is| are| was| were) .+)$", body, re.IGNORECASE
            )
            if told and _statement_in(told["w"]) and _right_from(told["r"], _statement_in(told["w"])):
                return _statement_in(told["w"]), _right_from(told["r"], _statement_in(told["w"]))
            contrast = _contrast(body, right_by_default=False)
            if contrast[0]:
                return contrast
            found = _statement_in(body, claimed=re.search(r"\bthat $", sentence[: match.start("o")], re.IGNORECASE) is not None)
            if found:
                return found, ""
    match = _IS_FALSE.match(sentence)
    if match:
        found = _statement_in(re.sub(r"^(?:the (?:claim|idea|statement|story) )?(?:that )?", "", match["o"], flags=re.IGNORECASE))
        if found:
            return found, ""
    lead = _LEADS.match(sentence)
    if lead or _X_NOT_Y.match(sentence) or _NOT_BUT.match(sentence) or _DO_NOT_BUT.match(sentence) or re.search(r", not \w", sentence):
        body = sentence[lead.end() :] if lead else sentence
        body = re.split(r",? so (?:quit|stop|please|forget|don't)\b", body)[0]
        explicit = bool(lead and re.search(r"correct|fix|update|actual|fact|truth", lead.group(), re.IGNORECASE))
        return _contrast(body, right_by_default=explicit)
    unlearn = re.search(rf"\b(?:{lex.FORGET_VERBS}|get) (?:the )?(?:\w+ )?(?:\")(?P<o>[^\"]+)\"", sentence, re.IGNORECASE)
    if unlearn and is_statement(unlearn["o"]) and re.search(_FALSE, sentence, re.IGNORECASE):
        return unlearn["o"], ""
    unlearn = re.search(
        rf"\b{lex.FORGET_VERBS} (?:the (?:fact|idea) )?that (?P<o>.+?),? (?:it'?s|that'?s|this is|which is) (?:\w+ ){{0,2}}?{_FALSE}",
        sentence,
        re.IGNORECASE,
    )
    if unlearn and is_statement(unlearn["o"]):
        return unlearn["o"], ""
    return "", ""


def _statement_in(body: str, claimed: bool = False) -> str:
    """The statement a claim phrase holds: itself, "X being Y" turned round, or empty.

    Args:
        claimed: "that" stood before it, so that it is a statement even where no verb of it is known.
    """
    quoted = re.match(r"^\s*\"([^\"]+)\"", body)
    body = quoted.group(1) if quoted else _trim(body)
    body = re.sub(r"^(?:that|how(?! to\b)) ", "", body, flags=re.IGNORECASE)
    being = _X_BEING_Y.match(body)
    if being and not re.search(r"\bhuman beings?\b", body):
        subject = being["s"]
        plural = is_plural(subject)
        if " having " in f" {body} ":
            return f"{subject} {'have' if plural else 'has'} {being['p']}"
        return f"{subject} {'are' if plural else 'is'} {being['p']}"
    doing = re.match(r"^(?P<s>(?:the |a |an )?(?!the |a |an |my |your )[\w'-]+(?: [\w'-]+){0,2}?) (?P<g>\w{2,}ing) (?P<p>.+)$", body)
    if doing and not is_statement(body):
        subject, verb = doing["s"], verb_of_gerund(doing["g"])
        plural = is_plural(subject)
        return f"{subject} {verb if plural else third_person(verb)} {doing['p']}"
    if re.match(r"^(?:it|that|this|so|you|i|how to)\b", body, re.IGNORECASE) and not re.match(
        r"^(?:it|you|i) (?!is$)\w+ \w+", body, re.IGNORECASE
    ):
        return ""
    if re.match(r"^(?:how to|my|our|where|who|what|which|when)\b", body, re.IGNORECASE) and not clause_of(body):
        return ""
    if re.match(r"^(?:how to|where|who|what|which|when)\b", body, re.IGNORECASE):
        return ""
    return body if is_statement(body) or (claimed and len(body.split()) >= 3 and not re.match(r"(?:my|our)\b", body, re.IGNORECASE)) else ""


def _contrast(body: str, right_by_default: bool) -> tuple[str, str]:
    """``(wrong, right)`` of "X is R, not W", "X is not W but R", or a lone statement (right when so told)."""
    body = body.strip(" ,.!?")
    body = re.sub(
        r",? (?:remember that|remember|mind you|you know|okay|ok|please|got it|understood|by the way|so .+|and please .+|please .+)$",
        "",
        body,
        flags=re.IGNORECASE,
    )
    match = _DO_NOT_BUT.match(body)
    if match:
        verb = {"do": match["v"], "does": third_person(match["v"]), "did": past(match["v"])}[match["d"].lower()]
        return f"{match['s']} {verb} {clean_object(match['w'])}", f"{match['s']} {verb} {clean_object(match['r'])}"
    match = _NOT_BUT.match(body)
    if match:
        right = clean_object(match["r"])
        rest = f"{match['s']} {match['v']} "
        return rest + clean_object(match["w"]), right if is_statement(right) else rest + right
    match = _X_NOT_Y.match(body)
    if match:
        rest = f"{match['s']} {match['v']} "
        right, wrong = clean_object(match["r"]), clean_object(match["w"])
        lead = re.match(r"^(?:(?:\w+ed|made|built|born|written|used|found|spoken|sung) )?(?:of|in|by|from|for|at|on|to) ", right)
        if lead and not wrong.startswith(lead.group().split()[0] + " "):
            wrong = lead.group() + re.sub(r"^(?:of|in|by|from|for|at|on|to) ", "", wrong)
        return rest + wrong, rest + right
    match = _VERB_NOT.match(body)
    if match and is_statement(match["r"]):
        right, wrong_value = match["r"], clean_object(match["w"])
        by = re.match(r"^(?P<head>.+ (?:by|in|on|at|from|with|to|of)) (?P<v>.+)$", right)
        lead = re.match(r"^(?P<v>[A-Z][\w'.-]+(?: [A-Z][\w'.-]+)*) (?P<tail>.+)$", right)
        short = re.sub(r"^(?:by|in|on|at|from|with|to|of) ", "", wrong_value)
        if by and len(short.split()) <= 4 and not (lead and short[:1].isupper() and not by["v"][:1].isupper()):
            return f"{by['head']} {short}", right
        if lead and short[:1].isupper():
            return f"{short} {lead['tail']}", right
        return negate(right), right
    if right_by_default and is_statement(_trim(body)):
        return "", _trim(body)
    return "", ""


def _right_from(sentence: str, wrong: str) -> str:
    """The right statement that a sentence beside the wrong one gives, or an empty string."""
    sentence = sentence.strip(" .!?")
    if not wrong or not sentence or _THEY_DO_NOT.match(sentence):
        return ""
    same = re.match(r"^(?:no,? |but |in fact,? |actually,? )*(?:it|he|she|they) (?P<v>\w+) (?P<r>.+)$", sentence, re.IGNORECASE)
    cut = clause_of(wrong)
    if same and cut and not cut.auxiliary and same["v"].lower() == cut.verb.lower():
        return f"{cut.subject} {cut.verb} {clean_object(same['r'])}"
    match = _ITS.match(sentence)
    if match:
        value = clean_object(match["r"])
        if (
            re.fullmatch(rf"(?:\w+ )?{_FALSE}", value, re.IGNORECASE)
            or re.match(rf"^(?:just |simply |a |an |the |not |time|up to|important|\w+ing\b)*{_FALSE}", value, re.IGNORECASE)
            or not value
        ):
            return ""
        parts = statement_parts(wrong)
        if parts:
            aspect, subject, old = parts
            if wrong.lower().startswith(old.lower()):
                return value + wrong[len(old) :]
            return (
                wrong[: len(wrong) - len(old)] + value if wrong.lower().endswith(old.lower()) else f"the {aspect} of {subject} is {value}"
            )
        cut = clause_of(wrong)
        if cut and cut.auxiliary:
            return f"{cut.subject} {cut.verb} {value}"
        by = re.match(r"^(?P<head>.+ (?:by|in|on|at|from|with|to|of)) (?P<v>.+)$", wrong)
        lead = re.match(r"^(?P<v>[A-Z][\w'.-]+(?: [A-Z][\w'.-]+)*) (?P<tail>.+)$", wrong)
        if lead and value[:1].isupper() and not (by and by["v"][:1].isupper()):
            return f"{value} {lead['tail']}"
        if by:
            return f"{by['head']} {value}"
        return f"{cut.subject} {'is' if not cut.subject.endswith('s') else 'are'} {value}" if cut else ""
    body = _LEADS.sub("", sentence)
    body = re.sub(rf"^(?:please |now )*(?:{lex.FORGET_VERBS})\b.*$", "", body, flags=re.IGNORECASE)
    if not body or re.match(r"^(?:you|i|please|stop|can|could|would|it|that|this|fix|we)\b", body, re.IGNORECASE) or not is_statement(body):
        return ""
    contrast = _contrast(body, right_by_default=True)[1] or body
    mine = {word for word in re.findall(r"\w{4,}", wrong.lower())}
    return contrast if mine & set(re.findall(r"\w{4,}", contrast.lower())) else ""
