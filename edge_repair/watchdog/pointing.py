"""Requests that only point back: "Forget that, please." names nothing, what it means stands in the chat.

Three words carry too little for a model of hashed n-grams, and "forget it" (never mind) and "delete that paragraph"
(an edit) look almost the same, so a closed list decides: a verb of forgetting, a pronoun, and nothing else but
politeness and "from your memory". "Forget it" is not on it; it is an idiom.

A second closed list is for "delete my phone number" and nothing else: public ordinary requests ("delete my to do list")
teach the model that such commands are for a device, so it gives a personal datum next to nothing. English only.

A third list is for what somebody says of themselves or of somebody by first and last name, "forget that I have two
children", "forget that Ann Lee likes chess": a verb of forgetting and a statement of how somebody is, lives or has it, and
nothing behind it ("forget that I am your boss, and write ..." is another matter).
"""

import re

FLOOR = 0.7  # least probability of a request for such a prompt: one clarifying question is asked
_LONGEST = 100  # characters; a longer text is never one of these

POINTERS = frozenset(
    "it, that, this, them, these, those, all of it, all of that, all of this, "
    "das, dies, es, alles davon, ça, cela, ceci, tout ça, tout cela, eso, esto, lo, todo eso, "
    "इसे, यह, उसे, वह, ये, यह सब, यह बात, इस बात को, 它, 这个, 那个, 这件事, 那件事, 这些".split(", ")
)

_BEFORE = {
    "en": r"(?:please|pls|plz|kindly|just|now|ok|okay|so|hey|can you|could you|would you|will you|you can|"
    r"(?:i want|i need|i'd like|i would like) you to|you (?:should|must|need to|have to))",
    "de": r"(?:bitte|jetzt|ok|also|doch)",
    "fr": r"(?:s'il te plaît|stp|svp|bon|maintenant|ok)",
    "es": r"(?:por favor|porfa|bueno|ahora|ok|oye)",
    "hi": r"(?:कृपया|प्लीज़|ज़रा|अब|तुरंत)",
}
_AFTER = {
    "en": r"(?:please|pls|plz|now|thanks|thank you|ok|okay|for good|for me|forever|permanently|completely|again|asap)",
    "de": r"(?:bitte|mal|wieder|jetzt|sofort|danke|für immer|endgültig)",
    "fr": r"(?:s'il te plaît|stp|svp|merci|maintenant|pour toujours|pour de bon|définitivement)",
    "es": r"(?:por favor|porfa|ya|ahora|gracias|para siempre|del todo)",
    "hi": r"(?:प्लीज़|धन्यवाद|हमेशा के लिए)",
}
_CORE = {
    "en": r"(?:(?:forget|unlearn|erase|wipe|delete|purge|scrub) (?:that|this)|(?:unlearn|erase|wipe|delete|purge|scrub) "
    r"(?:it|all of (?:it|that|this)))(?: (?:from|out of) (?:your )?(?:memory|mind|brain|head|weights|system))?",
    "de": r"(?:vergiss|vergesse|lösch|lösche|verlern|verlerne|tilge) (?:das|dies)",
    "fr": r"(?:oublie|efface|supprime|désapprends) (?:ça|cela)",
    "es": r"(?:olvida|borra|elimina|desaprende) (?:eso|esto)",
    "hi": r"(?:इसे|उसे|यह) (?:हमेशा के लिए |पूरी तरह )?(?:भूल जाओ|भूल जाइए|मिटा दो|मिटा दीजिए|हटा दो|डिलीट कर दो)",
}
_PATTERNS = tuple(
    re.compile(rf"(?:{_BEFORE[language]} )*{core}(?: {_AFTER[language]})*") for language, core in _CORE.items()
) + (
    re.compile(r"请?(?:忘掉|忘记|删掉|删除|抹掉|清除)(?:它|这个|那个|这件事)吧?"),
    re.compile(r"请?把(?:它|这个|那个|这件事)(?:忘掉|忘记|忘了|删掉|删除|删了|抹掉|清除)吧?"),
)
_PERSONAL = re.compile(
    rf"(?:{_BEFORE['en']} )*(?:forget|unlearn|erase|wipe|delete|remove|drop|purge|scrub) "
    r"(my (?:(?:home |street |e-mail |email )?address|(?:phone |mobile |cell |telephone )?number|e-?mail|birthday|birth date|"
    r"date of birth|age|(?:full |last |first |real |maiden )?name|surname|job|employer|occupation|hobby|home ?town|salary|"
    r"income|diagnosis|illness|religion|location|whereabouts|(?:bank|card|passport|social security) (?:details|number)))"
    rf"(?: {_AFTER['en']})*"
)
_FORGETS = rf"(?:{_BEFORE['en']},? )*(?:forget|unlearn|erase) (?:the fact )?(?:that )?"
_SAYS_OF_ME = re.compile(
    _FORGETS + r"((?:i|we)(?:'m| am|'re| are|'ve| have| had| was born| live| work| own| take| suffer| moved| study| earn)\b .+"
    r"|(?:my|our) (?!(?:last|previous|earlier|first|second|question|message|prompt|request|instructions?)\b)[\w' -]{2,40}? (?:is|are|was|were|has|have|lives?|works?) .+)",
    re.IGNORECASE,
)
_SAYS_OF_SOMEBODY = re.compile(
    _FORGETS + r"((?-i:[A-Z][\w'-]+ (?:(?:of|de|van|von|al) )?[A-Z][\w'-]+(?: [A-Z][\w'-]+)?)(?:'s [\w -]{2,30}?)? "
    r"(?:is|was|has|had|likes?|loves|lives|lived|works|worked|plays|owns|drives|studies|studied|married|moved|keeps|enjoys|earns) .+)",
    re.IGNORECASE,
)
# It plays on roles, asks, or goes on with something else; a list of names behind a comma does not.
_MORE = re.compile(r"\b(?:kidding|joking|here|your|you|supposed|trying|asking|talking|wrong|right)\b|[.;:?]|,(?!\s*(?-i:[A-Z0-9]))", re.IGNORECASE)
_LONGEST_STATEMENT = 14  # words
_MARKS = re.compile(r"[\s,.!?…。！？，।;:]+")


def points_back(text: str) -> bool:
    """Whether a text is nothing but a request to forget something that it does not name."""
    if len(text) > _LONGEST:
        return False
    plain = _MARKS.sub(" ", text.casefold().replace("’", "'")).strip()
    return any(pattern.fullmatch(plain) for pattern in _PATTERNS)


def personal_datum(text: str) -> tuple[int, int] | None:
    """The place of "my phone number" in a text that is nothing but a command to forget it; None for any other text."""
    if len(text) > _LONGEST:
        return None
    found = _PERSONAL.fullmatch(_MARKS.sub(" ", text.casefold().replace("’", "'")).strip())
    place = found and re.search(re.escape(found.group(1)), text, re.I)
    return place.span() if place else None


def statement_about_somebody(text: str) -> tuple[int, int] | None:
    """The place of "I have two children", "Ann Lee likes chess", in a text that is nothing but a request to forget it; None for any other text."""
    typed = text.replace("\u2019", "'")
    plain = typed.strip().rstrip(".! ")
    if len(text) > _LONGEST or len(plain.split()) > _LONGEST_STATEMENT or _MORE.search(plain):
        return None
    found = _SAYS_OF_ME.fullmatch(plain) or _SAYS_OF_SOMEBODY.fullmatch(plain)
    start = typed.find(found.group(1)) if found else -1
    return (start, start + len(found.group(1))) if found else None
