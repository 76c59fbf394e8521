"""Statements inside a correcting sentence: the one it claims, and the pair of wrong and right that it contrasts."""

import re

from edge_repair.surgeon import lexicon as lex
from edge_repair.surgeon.grammar import affirm, clause_of, is_plural, is_statement, negate, third_person, verb_of_gerund
from edge_repair.surgeon.objects import clean_object
from edge_repair.surgeon.slots import be, fill, share_words

FALSE = (
    r"(?:false|wrong|untrue|not true|no longer true|no longer so|not so|not the case|no longer the case|incorrect|a myth|myth|a lie|bogus|nonsense|rubbish|baloney|hogwash|bunk|drivel|garbage|humbug|twaddle|fake|a fairy tale|not correct|not right|a misconception|a hoax|just a myth|an urban legend|"
    r"mistaken|made up|outdated|obsolete|debunked|inaccurate|disproved|disproven)"
)
LEADS = re.compile(
    r"^(?:no[,:]? |well,? |hey,? |sorry,? |but |and |so |listen[,:]? |please |correction(?: needed)?[:,]? |update[:,] |note[:,]? |for the record[:,]? |fyi[,:]? |(?:the )?(?:right|correct|true|truth|fact|reality|new)(?: (?:answer|statement|version))? ?[:=]+ ?|"
    r"(?:please )?(?:correct|fix|update) (?:yourself|your (?:weights|knowledge|facts|memory|answer|records|belief)|that|this|it)(?: for good)?[:,.]? |"
    r"(?:in fact|actually|really|in truth|in reality|the truth is(?: that)?|the fact is(?: that)?|as a matter of fact|everybody knows(?: that)?|i (?:want|need) you to (?:know|learn|remember|say) (?:that )?|remember (?:that )?|(?:please )?(?:learn|teach yourself|get used to the fact|note|understand) (?:that )?|you should (?:know|say) (?:that )?)[:,]? ?)+",
    re.IGNORECASE,
)
_ITS = re.compile(
    r"^(?:no,? |well,? |sorry,? |and |but )*(?:(?:in fact|actually|really|in truth|in reality|the truth is(?: that)?|the fact is(?: that)?|correct is),? )*"
    r"(?:(?:it|that|he|she|they|the (?:right|correct|true|real|actual) (?:answer|one|value|name|capital|city|date|year|word|author|number|person))(?:'s| is| was| are|'re| were)(?: actually| really| in fact| rather| of course)? |should be |say |(?:make|set|change) it(?: to)? )(?P<r>[^,;]+?)(?:,? (?:instead|not .+|as (?:everybody|everyone) knows))?$",
    re.IGNORECASE,
)
_THEY_DO_NOT = re.compile(
    r"^(?:but |and |no,? |actually,? |in fact,? )*(?:he|she|it|they|that|this|we|you|i) (?:\w+n't|did not|do not|does not|is not|are not|was not|never did)$",
    re.IGNORECASE,
)
_X_BEING_Y = re.compile(r"^(?P<s>.+?) (?:being|having) (?P<p>.+)$", re.IGNORECASE)
_NO_CAUSE = r"(?! (?:my|our|your|his|her|their|this|that|these|those|it|him|them|me|us|you|what|privacy|gdpr|safety|security|legal|the law|a law)\b)"
_CAUSE = re.compile(rf"\bbecause of{_NO_CAUSE}", re.IGNORECASE)
_HIDDEN_CAUSE = "\ue000"  # of the private use area: in no word, and no rule cuts there
_BUT = re.compile(r"(?:,? but(?: rather| instead| of course)*|[,;:]+(?: rather| instead| but| and| though)*| -+),? ", re.IGNORECASE)
_NOT = re.compile(
    r"(?:(?:,| and| -+|;)+ ?(?:and )?(?:certainly |definitely |clearly |really )?(?:not|no longer)|,? (?:rather than|instead of|as opposed to|in place of)) ",
    re.IGNORECASE,
)
_NO_SUBJECT = re.compile(r"(?:it|he|she|that|this|there|they)\b", re.IGNORECASE)
_IMPERATIVE = re.compile(rf"(?:please |kindly )*(?:don't|do not|never|{lex.FORGET_VERBS}) ", re.IGNORECASE)
AFTERTHOUGHT = re.compile(
    r",? (?:for the (?:\w+ )?time|once and for all|full stop|period|believe me|as (?:any|every|each)\w* (?:\w+ ){1,3}\w+|whatever you (?:say|think)|remember that|remember|mind you|you know|okay|ok|please|got it|understood|by the way|so .+|(?:please |now )?(?:correct|fix|change|learn) (?:that|this|it)\b.*|and please .+|please .+)$",
    re.IGNORECASE,
)


def clean_claim(text: str) -> str:
    """``clean_object`` for a statement: a reason that belongs to it ("glows because of moss") is not cut off."""
    return clean_object(_CAUSE.sub(_HIDDEN_CAUSE, text)).replace(_HIDDEN_CAUSE, "because of")


def trim(text: str) -> str:
    """A statement cut free of what follows it ("..., it's nonsense", "... any more", "... is false")."""
    text = _CAUSE.sub(_HIDDEN_CAUSE, text)
    text = re.sub(
        r",? (?:it's|its (?:a|an|the|not|so|nonsense|wrong|false|just|simply|plain)\b|that'?s|this is|which is|because|since|so (?:please|unlearn|erase|delete|drop|stop|remove|quit|stop|forget|fix)|please|and (?:that|this|it) is|but (?:it|that|this)(?:'s| is)|they (?:are|aren't|do|don't)|he (?:is|did)|she (?:is|did))\b.*$",
        "",
        text,
        flags=re.IGNORECASE,
    )
    shorter = re.sub(
        rf",? (?:is|are|was|were) (?:just |simply |totally |completely |plain |all |such |complete |utter |pure |a popular |a common )*{FALSE}\b.*$",
        "",
        text,
        flags=re.IGNORECASE,
    )
    text = shorter if is_statement(shorter) else text
    return clean_object(text).replace(_HIDDEN_CAUSE, "because of")


def statement_in(body: str, claimed: bool = False) -> str:
    """The statement a claim phrase holds: itself, "X being Y" turned round, or empty.

    Args:
        body: what stands behind "stop saying", "the myth", ...
        claimed: "that" stood before it, so that it is a statement even where no verb of it is known.
    """
    quoted = re.match(r"^\s*\"([^\"]+)\"", body)
    body = quoted.group(1).strip(" .") if quoted else trim(body)
    body = re.sub(r"^(?:that|how(?! to\b)) ", "", body, flags=re.IGNORECASE)
    spoken = re.match(r"^(?P<s>.+?),? I(?:'ll|'m|'ve|'d| will| am| have| would| get)\b.*$", body)  # "... bats are blind I'll scream"
    body = spoken["s"] if spoken and is_statement(spoken["s"]) else body
    being = _X_BEING_Y.match(body)
    if being and not re.search(r"\bhuman beings?\b", body):
        subject = being["s"]
        if " having " in f" {body} ":
            return f"{subject} {'have' if is_plural(subject) else 'has'} {being['p']}"
        predicate = re.split(rf" (?:is|are|was|were) (?:just |plain |utter |pure |simply )*{FALSE}\b", being["p"])[0]
        return f"{subject} {be(subject)} {predicate}"
    doing = re.match(r"^(?P<s>(?:the |a |an )?(?!the |a |an |my |your )[\w'-]+(?: [\w'-]+){0,2}?) (?P<g>\w{2,}ing) (?P<p>.+)$", body)
    if doing and not is_statement(body):
        subject, verb = doing["s"], verb_of_gerund(doing["g"])
        return f"{subject} {verb if is_plural(subject) else third_person(verb)} {doing['p']}"
    if re.match(r"^(?:it|that|this|so|you|i|how to)\b", body, re.IGNORECASE) and not re.match(
        r"^(?:it|you|i) (?!is$)\w+ \w+", body, re.IGNORECASE
    ):
        return ""
    if re.match(r"^(?:how to|my|our|where|who|what|which|when)\b", body, re.IGNORECASE) and not clause_of(body):
        return ""
    if re.match(r"^(?:how to|where|who|what|which|when)\b", body, re.IGNORECASE):
        return ""
    return body if is_statement(body) or (claimed and len(body.split()) >= 3 and not re.match(r"(?:my|our)\b", body, re.IGNORECASE)) else ""


def contrast(body: str, right_by_default: bool) -> tuple[str, str]:
    """``(wrong, right)`` of "X is R, not W", "X is not W but R", or a lone statement (right when so told)."""
    body = AFTERTHOUGHT.sub("", body.strip(" ,.!?"))
    said = re.match(
        r"^(?P<r>.+?)[,;:-]+ (?:and |but |yet |while )?(?:you|u) (?:always |keep |still |just )*(?:say|said|saying|claim|claiming|think|told me|tell people)(?: (?:that )?(?:it(?:'s| is| was)|they (?:are|were)))?(?: so| otherwise)?(?P<w>.*)$",
        body,
        re.IGNORECASE,
    )
    stated = clean_claim(re.sub(r"^[^:]{1,60}: ", "", said["r"])) if said else ""
    cut = clause_of(stated) if stated else None
    if said and cut and not _NO_SUBJECT.match(cut.subject) and not _IMPERATIVE.match(stated):  # "it sank in 1912, you say 1921"
        right, value = stated, clean_claim(said["w"])
        if cut.negative and not value:
            return affirm(right), right
        wrong = fill(right, value) if value and len(value.split()) <= 4 and not cut.negative else ""
        if wrong and wrong.lower() != right.lower():
            return wrong, right
    for gap in _BUT.finditer(body):
        cut = clause_of(body[: gap.start()])
        if cut is None or not cut.negative or not cut.rest or _NO_SUBJECT.match(cut.subject):
            continue
        wrong = affirm(clean_claim(body[: gap.start()]))
        right = fill(wrong, clean_claim(body[gap.end() :]))
        if right and not (clause_of(right) or cut).negative:
            return wrong, right
    for gap in _NOT.finditer(body):
        right = clean_claim(re.sub(r"^[^:]{1,60}: ", "", body[: gap.start()]))
        cut = clause_of(right)
        if (
            cut is None
            or cut.negative
            or _IMPERATIVE.match(right)
            or re.match(r"(?:the )?other way (?:a?round)|vice versa", body[gap.end() :], re.IGNORECASE)
        ):
            continue
        wrong = fill(right, clean_claim(body[gap.end() :]))
        return (wrong if wrong and wrong.lower() != right.lower() else negate(right)), right
    if right_by_default and is_statement(trim(body)):
        return "", trim(body)
    return "", ""


def right_from(sentence: str, wrong: str) -> str:
    """The right statement that a sentence beside the wrong one gives, or an empty string."""
    sentence = AFTERTHOUGHT.sub("", sentence.strip(" .!?\"'"))
    short = re.match(
        r"^(?P<s>(?!it\b|that\b|this\b|you\b|he\b|she\b|they\b)\S.{0,60}?) (?P<v>is|are|was|were|does|do|did|can|has|have)$",
        sentence,
        re.IGNORECASE,
    )
    cut = clause_of(wrong) if short and wrong else None
    if short and cut:  # "Ottawa is."
        return f"{short['s']} {cut.verb} {cut.rest}".strip()
    if not wrong or not sentence or _THEY_DO_NOT.match(sentence):
        return ""
    match = _ITS.match(sentence)
    if match:
        value = clean_claim(match["r"])
        if not value or re.match(rf"^(?:\w+ |just |simply |a |an |the |not |time|up to|important|\w+ing\b)*{FALSE}", value, re.IGNORECASE):
            return ""
        if re.match(r"(?:(?:about |high )?time|up to|important|enough|over|annoying|me\b|you\b)", value, re.IGNORECASE):
            return ""
        pronoun = re.match(r"^(?:no,? |well,? |sorry,? |and |but |in fact,? |actually,? )*(?:it|he|she|they)\b", sentence, re.IGNORECASE)
        return fill(wrong, f"it is {value}" if pronoun else value)
    body = LEADS.sub("", sentence)
    body = re.sub(rf"^(?:please |now )*(?:{lex.FORGET_VERBS})\b.*$", "", body, flags=re.IGNORECASE)
    if re.match(r"^(?:it|he|she|they) \w+ ", body, re.IGNORECASE):
        return fill(wrong, clean_claim(body))
    own = re.match(r"we\b", body, re.IGNORECASE) and re.match(r"we\b", wrong, re.IGNORECASE)
    if not own and re.match(r"^(?:you|i|please|stop|can|could|would|it|that|this|fix|we)\b", body, re.IGNORECASE) or not is_statement(body):
        return ""
    right = contrast(body, right_by_default=True)[1] or body
    return right if share_words(wrong, right) else ""
