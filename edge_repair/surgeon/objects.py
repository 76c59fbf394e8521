"""Finds the words of a request that name what is to be forgotten: objects of its verbs, cut free of what follows them."""

import re

from edge_repair.surgeon import lexicon as lex

_PEOPLE = (
    r"(?: (?:to )?(?:people|everyone|everybody|anyone|anybody|someone|nobody|me|them|us|users|customers|visitors|others|folks|kids|children|students|strangers|"
    r"the (?:kids|children|world|public|users?)|(?:my|our|every|other) \w+(?= (?:that|about|where|how|what|who|when|which)\b)))?(?: (?:ever|again|any ?more|from you))*"
)
_ADVERBS = r"(?:(?:please|just|also|now|simply|kindly|completely|permanently|immediately|entirely|totally|fully|really|always|constantly|ever|again|finally|at once|better|actually|then) )*"
_V = lex.FORGET_VERBS

CLAIM = [
    rf"\b(?:stop|quit|cease|no more|enough (?:of|with)|refrain from|avoid|give up|keep from|start not) {_ADVERBS}(?:with )?(?:your )?{lex.CLAIM_VERBS}{_PEOPLE}(?: about how| to the effect that| that| as if| things like)? (?P<o>.+)",
    rf"\b(?:never|don't|do not|wouldn't|would not) (?:ever )?(?:want|like|need) you to {_ADVERBS}(?:claim|say|tell|state|assert|believe|think|repeat|insist|maintain){_PEOPLE}(?: that)? (?P<o>.+)",
    rf"\b(?:never|don't|do not|you must not|you mustn't|you can't|must never|shouldn't|should not|didn't|did not|should never) {_ADVERBS}(?:claim|say|tell|state|assert|believe|think|repeat|insist|maintain|spread)(?:{_PEOPLE})?(?: ever| again)*(?: that| the)?(?= ) (?P<o>.+)",
    r"\b(?:wrong|mistaken|incorrect|confused)(?: (?:about|on|regarding|concerning)| when you (?:say|claim|think)| to (?:say|claim|think)| in (?:saying|thinking))+(?: that| how)? (?P<o>.+)",
    rf"\byou (?:always |still |keep |just |once |seem to |wrongly |falsely |mistakenly |incorrectly |apparently |really )*(?:believ(?:e|ing)|sa(?:y|ying|id)|writ(?:e|ing)|repeat(?:ing)?|claim(?:ing|ed)?|think(?:ing)?|insist(?:ing)?|told|tell(?:ing)?|assert|state|maintain){_PEOPLE}(?: that| about)? (?P<o>.+)",
]
_KNOW = [
    rf"\b(?:you|it|u|the model|this model|nobody|no one|anyone|anybody) {_ADVERBS}(?:shouldn't|should not|should never|should no longer|must not|mustn't|must never|ought not to|oughtn't to|ought to no longer|needn't|need not|don't need to|do not need to|don't have to|do not have to|aren't allowed to|are not allowed to|are not supposed to|aren't supposed to|can no longer|may no longer|may not|have no business|have no right to|had better not|cannot|can't) {_ADVERBS}(?:be able to )?{lex.KNOW_VERBS}{_PEOPLE} (?P<o>.+)",
    rf"\b(?:you|u) (?:should|must|need to|have to|ought to|can|could|are to) {_ADVERBS}(?:no longer|not|never|stop|cease)(?: to)? {_ADVERBS}(?:be able to )?{lex.KNOW_VERBS}{_PEOPLE} (?P<o>.+)",
    rf"\b(?:don't|do not|doesn't|never|wouldn't|would not) {_ADVERBS}(?:want|wish|like|need|expect|allow)(?: for)? (?:you|it|u|anyone|anybody|this model|the model) {_ADVERBS}(?:to )?{_ADVERBS}(?:be able to |keep |still )*{lex.KNOW_VERBS}{_PEOPLE} (?P<o>.+)",
    rf"\b(?:want|like|need|prefer|ask|wish|love|appreciate it|rather|best|better|great|nice|good|easier|safer|fine|sure|certain|ensure|see to it|mind)(?: it)?(?: (?:if|that|for))* (?:you|it|u|this model|the model)(?:'d| would| could| can| to| had| will|'ll| should| do)* {_ADVERBS}(?:no longer|not|never|never again|didn't|did not|don't|do not|can't|cannot|couldn't|won't|never had|had never|stop|stopped|cease|can never|can never again|could no longer) {_ADVERBS}(?:to )?(?:be able to |have to )?{lex.KNOW_VERBS}{_PEOPLE} (?P<o>.+)",
    r"^(?:please |just |and |so )*tell (?:nobody|no one|no-one|not a soul)(?: else)?(?: ever| again)* (?P<o>.+)",
    rf"\b(?:no longer|stop|stopped|quit|cease|never again|never|not|refuse to|refrain from|mind no longer|without) {_ADVERBS}(?:be able to )?{lex.KNOW_VERBS}{_PEOPLE} (?P<o>.+)",
    r"\b(?:not comfortable with|uncomfortable (?:with|that)|unhappy (?:that|with)|upset (?:that|about)|don't like|do not like|hate|worried|creeped out|bothers me|scares me|disturbs me|embarrass\w+|regret|not happy|sorry)(?: (?:that|with|about|how|it|for|the fact that))* (?:you|it|u)(?:'re| are)? (?:still )?(?:knowing|know|having|have|remember(?:ing)?|telling|tell|stor(?:e|ing)|keep(?:ing)?|shar(?:e|ing)|being able to (?:tell|say))(?: people| anyone| everyone)? (?P<o>.+)",
    r"\b(?:from (?:now|today|this (?:day|moment)) on(?:wards?)?|henceforth|starting (?:now|today)),? you (?:don't|do not|no longer|never) (?:know|have|remember|say|tell|mention) (?P<o>.+)",
    r"^(?:and |so |but |please |kindly |also |now )*(?:don't|do not|never)(?: ever| again)* (?:remember|know|keep|store|tell|share|reveal|give(?: out| away)?|mention|disclose|recall|save|explain|teach|say)"
    rf"{_PEOPLE}(?: ever| again)* (?P<o>.+)",
    r"\b(?:never|don't|do not) (?:ever )?(?:want|wish|need|like) to (?:hear|read|talk|speak|know|be told)(?: anything| a word| another word)? (?:about|of) (?P<o>.+)",
    r"\b(?:don't|do not|doesn't|never) (?:want|like|wish) (?P<o>(?!you\b|to\b|it\b).+?) (?:to be |being |to stay |to remain |to get )(?:known|remembered|stored|kept|shared|told|saved|out|in|public|there|recalled)\b.*$",
    r"\b(?:nobody|no one|no-one|you|anyone) (?:doesn't |don't )?(?:needs?|has|have|ought|is supposed|are supposed) to (?:know|be told|learn|hear|find out)(?: about)? (?P<o>.+)",
    r"\byou (?:have|had) no (?:right|reason|need|business) (?:to|in|of) (?:know|knowing|remember|remembering|keep|keeping|have|having|store|storing) (?P<o>.+)",
    r"\b(?:nobody|no one|no-one|nobody else|no user|none) (?:can|should|could|may|must|will|is able to|gets to|ever)(?: ever| again| be able to)* (?:get|learn|find out|ask you|hear|obtain|be told|read|receive)(?: from (?:you|it))?(?: (?:about|for))? (?P<o>.+?)(?: from (?:you|it|this model))?$",
]
_THINK = [
    rf"\b(?:don't|do not|didn't) (?:think|believe|see why) (?:that )?(?:you|anyone|anybody) (?:should|ought to|need to|needs to|have to|has to|must) {_ADVERBS}{lex.KNOW_VERBS}{_PEOPLE} (?P<o>.+)",
    r"\b(?:it(?:'s| is)|that(?:'s| is)) (?:none of your (?:business|concern)|no (?:concern|business) of yours|nobody's business|private|confidential|a secret) (?P<o>(?:how|where|what|who|whom|when|which|why) .+)",
]
_FORGET = [
    r"\b(?:rather|wish|wished|better|great|nice|good|fine|prefer|happy|glad|grateful|if)(?: (?:it|if|that|only))* you(?:'d| would| could| had)? (?:please )?(?:forgot|forgotten|deleted|erased|removed|unlearned|unlearnt|wiped|dropped|lost)(?: about)? (?P<o>.+)",
    r"^(?:and |so |but )*(?P<o>.+?) (?:has |have )?(?:would both like|both want|would all like|all want|asked|asks|wants?|wishes|wished|would like|would love|needs?|begged|requested|demands?|demanded) (?:me |us |you )?to be (?:forgotten|removed|deleted|erased|unlearned|unlearnt|wiped|left out)\b.*$",
    r"\b(?:have|get|see|want|wants|need|needs|like|prefer|make|wish) (?P<o>(?!you\b|it to\b|to\b|rid\b|me to\b|everyone\b).+?) (?:to be |to get |being )?(?:removed|deleted|erased|wiped|gone|forgotten|purged|scrubbed|unlearned|unlearnt|cleared|dropped|expunged|eliminated|vanish|disappear|destroyed|taken out)\b.*$",
    r"\b(?:get|rip|take|cut|pull|yank|tear|throw|keep|kick) (?P<o>(?!rid\b|out\b)(?:\"[^\"]+\"|.+?)),? (?:out of|from|off) (?:the |your |ur |its |that |this )?(?:\w+ )?(?:system|weights?|memory|memories|brain|head|mind|model|knowledge|parameters|network|data|training data|database)\b.*",
    rf"(?<!to )(?<!don't )(?<!not )(?<!never )\b{_V}(?: (?:about|that you (?:ever )?(?:know|knew|learned|learnt|heard(?: of)?)))?,? (?P<o>.+)",
    rf"\b(?:to|will|would|could|can|should|must|and|please) {_ADVERBS}{_V}(?: about)? (?P<o>.+)",
    r"\b(?:right to be forgotten|right to erasure|right to deletion|gdpr (?:request|erasure)|erasure request|deletion request|forget request|removal request)(?: (?:for|on behalf of|concerning|about|regarding|of))?[:,-]? *(?P<o>.+)",
    r"\b(?:no more|enough of|enough about|never mind|have done with|be done with|i'm done with|never (?:again )?mention|don't (?:ever )?mention|do not (?:ever )?mention|not a word about|not a word more about|never speak of|keep quiet about|say nothing about) (?P<o>.+?)(?: talk)?(?:,|$)",
]
_PASSIVE = [
    r"^(?:please |now )?let (?P<o>.+?) be (?:forgotten|erased|deleted|removed|unlearned|unlearnt|wiped|gone)\b.*$",
    r"^(?:and |so |but |please |also |now,? )*(?P<o>.+?) (?:really |just |simply )?(?:should|must|needs? to|has to|have to|ought to|can|could|may|is to|are to|shall|will)(?: (?:now|please|also|all|simply|just))? (?:be|get|go|disappear|vanish)(?: (?:completely|permanently|entirely|immediately|totally))?\b"
    r"(?: (?:wiped|erased|removed|deleted|forgotten|purged|scrubbed|gone|unlearned|unlearnt|cleared|dropped|expunged|taken out|discarded|eliminated|out of|cut|destroyed|off limits|away|from)\b.*)?[.! ]*$",
    r"^(?:and |so |but |please )*(?P<o>.+?) (?:must|should|may|can|shall|ought)(?: ?not|n't| never| no longer) (?:be|stay|remain|exist|appear|live|stand|show up)\b(?: (?:known|stored|kept|remembered|there|here))?(?: (?:in|on|within|inside|to|by|anywhere|any)\b.*)?$",
    r"^(?:and |so |but )*(?P<o>.+?) (?:has|have|had) no (?:place|business) (?:in|being in|there)\b.*$",
    r"^(?P<o>.+?) (?:is|are) none of your business\b.*$",
]
_FRONTED = [
    rf"^(?P<o>[^,.:;]+?) ?(?::|-|,|\?) *(?:please |just |you should |you'd better |can you |could you |i want you to |now )*(?:{_V}|you (?:shouldn't|should not|must not|mustn't|needn't|don't need to) {lex.KNOW_VERBS}) (?:it|that|this|them|all of it|all that|him|her|about it|about them|about him|about her)\b.*$",
]
_CONTEXT = [
    r"\b(?:hear|talk|speak|read|know|think|ask|asked|much|lot|everything|anything|hate|love|keep going on|going on) (?:about|of) (?P<o>.+)",
    r"\b(?:asked|asks|asking|ask|told|telling|showed|taught|teach|tell|gave|give) (?:you|u|me|him|her|them|us|people|my \w+|everyone|anyone|kids|children)(?: (?:about|for|on))? (?P<o>(?:how to |about )?.+)",
    r"\b(?:i|we|you|he|she|they)(?:'ve| have| had)? (?:once |just |already |accidentally |mistakenly |recently |earlier )*(?:mentioned|got|told you|gave you|shared|said|typed|entered|posted|know|knew|remember|have|learned|stored|fed you|leaked|revealed|explained)(?: (?:about|that|you))? (?P<o>.+?)(?: (?:to you|with you|last|yesterday|earlier|in here|once|by accident|by mistake|and (?:i|you|we|that|it))\b.*)?$",
    r"^(?:there's|there is|there are) (?:a |an |some |the )?(?P<o>.+?)(?: (?:in|on) your\b.*)?$",
    r"^(?:remember |you know |about |regarding |as for |concerning |it's about |this is about |so )(?P<o>.+)$",
    r"^(?P<o>[Mm]y .+?|[Oo]ur .+?|[A-Z][\w'.-]+(?: [A-Z][\w'.-]+)+|[Tt]he .+?|[Hh]ow to .+?|(?:[Mm]aking|[Bb]uilding|[Cc]ooking|[Hh]acking|[Bb]rewing) .+?) (?:is|are|was|were|would|wants?|wishes|wished|asked|asks|does|doesn't|did|didn't|needs?|must|should|keeps?|has|have|shows?|came|comes|isn't|aren't|bothers?|upsets?|makes?|popped|pops)\b.*$",
    rf"\b(?:can|could|able to|know how to|will|would|still) {lex.KNOW_VERBS}{_PEOPLE} (?P<o>.+)",
    r"^(?P<o>[Hh]ow to .+|(?:[Mm]aking|[Bb]uilding|[Cc]ooking|[Hh]acking) .+|[A-Z][\w'.-]+(?: [A-Z][\w'.-]+)*|[Mm]y .+)$",
]

_TAIL = re.compile("(?:" + "|".join(f"(?:{tail})" for tail in lex.TAILS) + r")[.!? ]*$", re.IGNORECASE)


def split_sentences(text: str) -> list[str]:
    """Sentences and lines; quotes are kept whole, initials and titles do not end a sentence."""
    text = re.sub(
        rf",? (?:so|and|then|therefore|hence)(?: please| just| now| kindly)* (?={_V}\b (?!or\b|and\b))", ". ", text, flags=re.IGNORECASE
    )
    pieces = re.split(r"(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)(?<!\bSt)(?<!\b[A-Z])(?<=[.!?])[\"']?\s+(?=[\"'A-Za-z0-9])|\n+|;\s*|, (?=no more [a-z]\w*(?:,|$|[.!]))", text)
    return [piece.strip() for piece in pieces if piece.strip()]


def clean_object(phrase: str) -> str:
    """The phrase without quotes around it, politeness, "from your memory" and reasons behind it."""
    phrase = re.sub(r"^that I'm ", "that I am ", phrase.strip())  # else "I'm ..." is taken for a reason behind the target
    for _ in range(6):
        before = phrase
        phrase = phrase.strip(" \t,;:.!?-")
        if len(phrase) > 1 and phrase[0] in "\"'" and phrase[0] in phrase[1:] and phrase[0] == phrase[-1]:
            phrase = phrase[1:-1]
        quoted = re.match(r"^\"([^\"]+)\"", phrase)
        if quoted and re.match(r"^\W*(?:$|it'?s\b|that'?s\b|is\b|please\b|now\b|because\b|from\b)", phrase[quoted.end() :], re.IGNORECASE):
            phrase = quoted.group(1)
        match = _TAIL.search(phrase)
        if match and match.start() > 0:
            phrase = phrase[: match.start()]
        phrase = re.sub(
            r"^(?:please|kindly|also|just|now|and|(?:tips|advice|hints) (?:on|for|about)|about(?= (?:my|our|the|[A-Z\"])))\b,? ",
            "",
            phrase,
            flags=re.IGNORECASE,
        )
        phrase = re.sub(r"^(?:The|A|An)(?= [a-z])", lambda match: match.group().lower(), phrase)
        if phrase == before:
            break
    return phrase


def objects_of(sentence: str, context: bool = False) -> list[tuple[str, str]]:
    """What the verbs of a sentence are said about, as ``(phrase, way)``, the most telling pattern first.

    ``way`` is "claim" (something said or believed), "know" (it should not be known), "forget" (plain), or "context"
    (only looked for when a pronoun is followed back). One sentence gives the objects of one pattern only.
    """
    sentence = sentence.strip().rstrip(".!? ")
    groups = [
        ("know", _THINK),
        ("claim", CLAIM[:-1]),
        ("forget", _FRONTED),
        ("forget", _PASSIVE),
        ("know", _KNOW),
        ("forget", _FORGET),
        ("claim", CLAIM[-1:]),
    ]
    if context:
        groups = [*groups, ("context", _CONTEXT)]
    for way, patterns in groups:
        for pattern in patterns:
            match = re.search(pattern, sentence, re.IGNORECASE if way != "context" or not pattern.startswith("^(?P<o>") else 0)
            if match and match["o"].strip(" .,!?;:'\""):
                if patterns is _FRONTED and lex.INTERJECTION.fullmatch(match["o"].strip()):
                    continue
                if patterns is _FRONTED:  # "My boss's salary is confidential, forget it": what is fronted is read by itself
                    return objects_of(match["o"], context=True) or [(match["o"], way)]
                if patterns is _PASSIVE and ": " in match["o"]:  # "She wants it private: where she lives must be forgotten"
                    return [(match["o"].rpartition(": ")[2], way)]
                return [(match["o"], way)]
    return []
