"""Whether a text tells what somebody wants forgotten: by the words of the fact, and by how such facts are told.

"I live at 12 Elm Row" holds no word of "my address"; still it tells it. A topic is a way of naming a fact in a request
together with the ways of telling it. Rather too much is taken for told than too little: what is dropped for it is one
exchange of a chat.
"""

import re

from edge_repair import wording
from edge_repair.surgeon.lexicon import SPEAKER

_TOPICS = [
    (r"address|residence|street|home ?town|house|flat|apartment|town|city|where .*\b(?:live|lives|lived|living|stay|stays)\b",
     r"\b(?:live|lives|lived|living|reside|resides|moved to|moving to|address|stay(?:s|ing)? (?:at|in|with)|\d+[a-z]? [A-Z]\w+ (?:street|st|road|rd|avenue|ave|lane|row|close|drive|way|square|court|place)|(?:street|road|avenue|lane) \d+)\b"),
    (r"(?:phone|telephone|mobile|cell|landline|contact)?\s?number|phone|mobile|how to (?:call|reach)", r"\b(?:phone|mobile|number|call (?:me|her|him|them)|reach (?:me|her|him|them))\b|\+?\d[\d ()/-]{5,}\d"),
    (r"e-?mail.*", r"\be-?mail\b|\S@\S"),
    (r"birth ?da(?:y|te)|date of birth|year of birth|when .*\b(?:born|birthday)\b", r"\b(?:born|birthday)\b"),
    (r"age|how old .*", r"\b(?:\d+|\w+teen|\w+ty) years old\b|\baged?\b|\bI(?:'m| am) \d+\b|\bturn(?:s|ed|ing)? \d+|\bborn\b"),
    (r"(?:full |real |first |last |middle |maiden |sur)?name|nickname|what .*\b(?:called|named)\b", r"\b(?:name(?:'s)?|call me|called|named|nickname|maiden|née)\b"),
    (r"job|occupation|profession|work|employer|workplace|career|what .*\bdo(?:es)?\b.*|where .*\bworks?\b", r"\b(?:works?|worked|working|job|profession|employ\w+|career|by trade|for a living|boss|company)\b"),
    (r"salary|income|wages?|pay|pension|earnings|what .*\bearns?\b|how much .*\b(?:earns?|makes?)\b", r"\b(?:earn\w*|salary|paid|pays|wages?|income|pension|make \W?\d)"),
    (r"(?:\w+ )?password|passphrase|(?:\w+ )?(?:code|pin)|combination", r"\b(?:password|passphrase|code|pin|combination)\b"),
    (r"diagnos\w+|illness|disease|health|sickness|condition|medical \w+|medication", r"\b(?:diagnos\w+|illness|ill|sick|disease|cancer|diabet\w+|depress\w+|syndrome|medication|pills|tablets|treatment|hospital|surgery|hiv|therapy)\b"),
    (r"pregnan\w+|due date|that .*\bpregnant\b", r"\b(?:pregnan\w+|expecting|due (?:in|on)|baby)\b"),
    (r"school|class|university|which school .*|where .*\bschool\b.*", r"\b(?:school|class|grade|university|college|kindergarten|studies|studying|attends?)\b"),
    (r"wife|husband|partner|marriage|family|who .*\bmarried\b.*|wedding\w*(?: date)?", r"\b(?:wife|husband|partner|married|marr(?:y|ied)|wedding|fianc\w+|family|spouse)\b"),
    (r"children|kids|son|daughter", r"\b(?:child|children|kids?|sons?|daughters?)\b"),
    (r"pets?|dog|cat", r"\b(?:pet|dog|cat|puppy|kitten|hamster|rabbit|parrot|horse)s?\b"),
    (r"weight|how (?:much|heavy) .*\b(?:weigh|am)\b.*", r"\b(?:weigh\w*|kilos?|kg|pounds|stone)\b"),
    (r"height|how tall .*", r"\b(?:tall|height|cm|feet|foot)\b"),
    (r"religion|faith|church|which church .*", r"\b(?:religio\w+|church|mosque|temple|synagogue|christian|catholic|muslim|jewish|hindu|buddhist|atheist|faith|pray\w*)\b"),
    (r"iban|(?:bank )?account(?: number)?|bank(?: details)?|credit card.*|which bank .*", r"\b(?:iban|account|bank|card)\b|\b[A-Z]{2}\d{2}[ \d]{10,}|\b(?:\d{4}[ -]?){3}\d{4}\b"),
]  # fmt: skip
_MINE = re.compile(r"\b(?:i|i'm|i've|i'd|my|me|mine|we|our|us)\b", re.IGNORECASE)


def tells(text: str, subject: str, aspect: str, scope: str) -> bool:
    """Whether an exchange of a chat tells what a request wants forgotten.

    Args:
        text: what was asked and answered.
        subject: of the request; ``lexicon.SPEAKER`` for the person who types.
        aspect: which fact of it; empty for the whole subject.
        scope: "subject", "aspect" or "fact".
    """
    if not speaks_of(text, subject):
        return False
    if scope == "subject" or not aspect:
        return subject != SPEAKER
    for part in aspect.split(" and "):
        plain = re.sub(r"^(?:the|my|our|his|her|their) ", "", wording.normalise(part))
        for named, told in _TOPICS:
            if re.fullmatch(named, plain):
                if re.search(told, text, re.IGNORECASE):
                    return True
                break
        wanted = wording.content_stems(plain) - wording.content_stems(subject)
        if wanted and wanted <= wording.content_stems(text):
            return True
    return False


def speaks_of(text: str, subject: str) -> bool:
    """Whether a text names a subject; where that is the person who types, whether it speaks of them."""
    if subject == SPEAKER:
        return _MINE.search(text) is not None
    words = wording.content_stems(re.sub(r"^(?:my|our) ", "", subject))
    return bool(words) and words <= wording.content_stems(text)
