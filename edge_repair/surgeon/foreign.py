"""Readings of what the tagger marked in a request in German, French, Spanish, Italian, Chinese or Hindi.

The spans, the subject in them, scope and kind are the tagger's; here a span is parted into subject and aspect by the
small words that join them in its language, and a claim is denied or affirmed by the word for "not". Aspects and names
that the dictionary knows come out in English, since questions are put in English; everything else stays as it is typed.
"""

import re
from collections.abc import Sequence

from edge_repair.errors import UsageError
from edge_repair.surgeon import lexicon as lex
from edge_repair.surgeon.languages import english_words
from edge_repair.surgeon.reading import Reading
from edge_repair.surgeon.tagger import Span, Tagging

_OWN = {
    "de": r"(?:mein(?:e[nmrs]?)?|unser(?:e[nmrs]?)?)\b",
    "fr": r"(?:mon|ma|mes|notre|nos)\b",
    "es": r"(?:mis?|nuestr[oa]s?)\b",
    "it": r"(?:(?:il |la |i |le )?(?:mi[oae]|miei|nostr[oaei]))\b",
    "zh": r"(?:我的|我们的|我|咱)",
    "hi": r"(?:मेर[ाीे]|हमार[ाीे]|अपन[ाीे])(?= )",
}
_CLAUSE = {
    "de": r"(?:wo|wer|wen|wem|was|wann|wie|welche\w*|warum|woher|wohin|womit|ob|dass|mit wem|bei welche\w*|auf welche\w*)\b",
    "fr": r"(?:où|qui|quand|comment|ce qu[ei']|combien|quel\w*|pourquoi|qu[e']|avec qui|dans quel\w*|pour qui)\b|qu'",
    "es": r"(?:d[oó]nde|qui[eé]n\w*|cu[aá]ndo|c[oó]mo|qu[eé]|cu[aá]nt\w+|cu[aá]l\w*|(?:en|a|por|con|de) qu(?:é|ién)\w*|lo que)\b",
    "it": r"(?:dove|chi|quando|come|cosa|che cosa|quant\w+|quale|perch[eé]|che)\b",
}
_JOIN_FRONT = {
    "de": r"(?<![^\W_])(?:von|vom|der|die|das|des|dem|den|für|zu|zum|zur|in|im|aus|über|ihre?[mnrs]?|seine?[mnrs]?)\b|['’]s?\b|s\b(?= )",
    "fr": r"(?<![^\W_])(?:de la|de l['’]|des|du|de|d['’]|la|le|les|l['’]|pour|sur|à|son|sa|ses)(?:\b|(?<=['’]))",
    "es": r"(?<![^\W_])(?:de la|de los|de las|del|de|el|la|los|las|lo|para|sobre|en|su|sus)\b",
    "it": r"(?<![^\W_])(?:della|dello|dell['’]|degli|delle|del|dei|di|il|lo|la|gli|le|i|per|su)(?:\b|(?<=['’]))",
    "zh": r"[的之]",
    "hi": r"(?:का|की|के|को|से|में|पर)(?= |$)",
}
_ARTICLE = {
    "de": r"(?:die|das|der|den|dem|des)\b ",
    "fr": r"(?:le|la|les)\b |l['’]",
    "es": r"(?:el|la|los|las)\b ",
    "it": r"(?:il|lo|la|gli|le|i)\b |l['’]",
}
_NOT = {
    "de": r" (?:nicht|nie|niemals)\b",
    "fr": r" (?:pas|plus|jamais)\b",
    "es": r" (?:no|nunca|jamás)\b",
    "it": r" (?:non|mai)\b",
    "zh": r"(?:并不|并没有|没有|并非|不是|不|没)",
    "hi": r" (?:नहीं|कभी नहीं|न)(?= |$)",
}
_VERBS = {
    "de": r"(?:ist|sind|war|waren|hat|haben|hatte|kann|können|wird|werden|gibt|darf|muss|soll|macht|machen|kommt|kommen|liegt|heißt|stammt|lebt|leben|gehört|hilft|helfen|enthält|verursacht|verhindert|[a-zäöüß]{3,}(?:t|en|te|ten))",
    "fr": r"(?:est|sont|était|étaient|a|ont|avait|fait|font|peut|peuvent|rend|rendent|vient|viennent|va|vont|cause|causent|donne|donnent|provoque|guérit|vit|vivent|boit|mange|mangent|existe|[a-zé]{3,}(?:e|ent|ait|aient|it))",
    "es": r"(?:es|son|era|eran|fue|fueron|está|están|tiene|tienen|ha|han|puede|pueden|hace|hacen|causa|causan|cura|curan|viene|vienen|vive|viven|da|dan|provoca|duermen|entierran|[a-záéíóú]{3,}(?:an|en|a|e|ó|aron|ieron))",
    "it": r"(?:è|sono|era|erano|ha|hanno|può|possono|fa|fanno|causa|causano|viene|vengono|vive|vivono|[a-zàèéìòù]{3,}(?:ano|ono|a|e))",
    "zh": r"(?:就是|是|只有|会|能|可以|有|要|在|致|补|叫|属于|等于|需要)",
}


_MEMORY = {
    "de": r" (?:aus|ausm|in|im)\b ?(?:deinem|dem|ihrem|deinen|mehr)? ?(?:gedächtnis|kopf|wissen|speicher|hirn|modell|system|gehirn)\b.*$",
    "fr": r" (?:de|dans) (?:ta|ton|tes|votre|vos|la) (?:mémoire|connaissances?|tête|cerveau|neurones|caboche)\b.*$| (?:stp|svp)$",
    "es": r" (?:de|en) (?:tus?|sus?|la) (?:memoria|cabeza|cerebro|conocimientos?|repertorio)\b.*$| (?:nunca|jamás|porfa)(?: m[aá]s)?$",
    "it": r" (?:dalla|nella) (?:tua )?(?:memoria|testa|mente)\b.*$",
}
"""What follows a target without being part of it."""
_POINTING = {
    "de": r"das|es|dies(?:es)?|das da|das eben|alles das|das alles|was ich .*(?:gesagt|erzählt|geschrieben) habe",
    "fr": r"ça|cela|ceci|tout ça|ce que je (?:viens de|t'ai|vous ai) .*",
    "es": r"eso|esto|aquello|todo eso|lo que (?:te )?(?:acabo|dije|conté|conte|he dicho).*",
    "it": r"ciò|questo|quello|tutto questo|quello che (?:ti )?ho (?:detto|scritto).*",
    "zh": r"这个?|那个?|刚才?说的.*|上面.*|刚刚.*|这些|那些|那件事|这件事",
    "hi": r"यह|ये|वह|वो|इसे|उसे|ये सब|यह सब|जो (?:मैंने )?अभी .*|वो बात|ये बात|यह बात",
}
_TOO_MUCH = {
    "de": r"(?:alles(?:,? was du weißt)?|(?:die |das )?(?:ganze|gesamte|komplette)[ns]? (?:welt|geschichte|geografie|geographie|mathematik|wissen|sprache)|dein (?:ganzes )?wissen|(?:die )?(?:deutsche sprache|mathematik|geschichte|geografie|geographie)|deutsch|alle (?:länder|sprachen|fakten|menschen|wörter)\b.*)",
    "fr": r"(?:tout(?: ce que tu sais)?|(?:toute? )?(?:l'histoire|la géographie|le français|la langue française|les mathématiques|les maths|le monde entier|la culture générale)(?:,.*)?|tou(?:te)?s (?:les|tes) (?:pays|langues|connaissances|faits|mots)\b.*)",
    "es": r"(?:todo(?: lo que sabes)?|(?:toda )?(?:la historia|la geografía|la lengua española|el español|el castellano|las matemáticas|el mundo entero)(?: mundial| universal)?(?:,.*)?|tod[oa]s (?:los|las|tus) (?:países|idiomas|lenguas|conocimientos|datos|palabras)\b.*)",
    "it": r"(?:tutto(?: quello che sai)?|(?:tutta )?(?:la storia|la geografia|la lingua italiana|l'italiano|la matematica|il mondo intero)|tutt[ie] (?:i|gli|le) (?:paesi|lingue|fatti|parole)\b.*)",
    "zh": r"(?:一切|所有(?:的)?(?:知识|东西|国家|语言|事情)?|你知道的一切|全部知识|(?:全部|整个)?(?:世界|历史|数学|中文|汉语|地理)|所有事)",
    "hi": r"(?:सब कुछ|सब|सारा ज्ञान|(?:सारा |पूरा )?(?:इतिहास|गणित|भूगोल)|हिंदी(?: भाषा)?|पूरी दुनिया|सारे देश|सारी भाषाएँ)",
}
_ALL_OF = r"(?:alles (?:über|zu|von|was)|tout (?:sur|ce qui)|todo (?:lo )?(?:relativo|sobre|de|lo de)|tutto (?:su|ciò|quello)|一切|全部|के बारे में सब|से जुड़ी हर)"
_WIDE = frozenset("family;childhood;career;private life;love life;medical history;music;films;books;politics;finances;history".split(";"))
_AND = {"de": r" und ", "fr": r" et ", "es": r" [ye] ", "it": r" ed? ", "zh": r"[和、跟与]", "hi": r" और "}
_BUT = {"de": r",? sondern ", "fr": r",? mais (?:bien )?", "es": r",? sino (?:que )?", "it": r",? (?:ma|bensì) ", "zh": r"，?而是", "hi": r",? बल्कि "}


def foreign_readings(tagging: Tagging, spans: Sequence[Span], text: str, code: str) -> list[Reading]:
    """Readings of the spans; empty when nothing can be made of them.

    Args:
        tagging: of this text.
        spans: those of its spans that are believed.
        text: the request.
        code: its language, one of "de", "fr", "es", "it", "zh", "hi".
    """
    if any(span.role != "forget" for span in spans) and (tagging.kinds.get("misinformation", 0) > 0.5 or all(s.role != "forget" for s in spans)):
        corrected = _correction(tagging, spans, text, code)
        if corrected is not None:
            return [corrected]
    readings: list[Reading] = []
    for span in spans:
        if span.role == "forget":
            readings += _of_span(span, tagging, code, text[: span.start])
    return readings


def _of_span(span: Span, tagging: Tagging, code: str, before: str) -> list[Reading]:
    phrase = re.sub(_MEMORY.get(code, "$^"), "", span.text.strip(" ,.;:!?。，、！？\"'"), flags=re.IGNORECASE)
    if re.fullmatch(_POINTING[code], phrase, re.IGNORECASE):
        return []
    if re.fullmatch(_TOO_MUCH[code], phrase, re.IGNORECASE):
        raise UsageError(f'"{phrase}" is too much to forget at once: a repair that broad would break the model; name one subject')
    kind = max(span.kinds, key=lambda name: span.kinds[name])
    scope = max(span.scopes, key=lambda name: span.scopes[name])
    if kind == "misinformation":
        kind = "unspecified"
    if kind == "harmful":
        return [Reading("harmful", "subject", phrase, certain=True)]
    own = re.match(_OWN[code], phrase, re.IGNORECASE)
    subject = span.subject.strip(" ,.;:!?。，、！？\"'")
    if span.speaker > 0.5 or own and not subject:
        aspect = english_words(phrase[own.end() :].strip() if own and not _is_clause(phrase, code) else phrase, code)
        return [Reading("personal", "aspect" if scope == "aspect" or aspect in _WIDE else "fact", lex.SPEAKER, aspect, certain=True)]
    scope = "aspect" if scope == "fact" and re.search(rf"{_ALL_OF}[^.!?]*$", before, re.IGNORECASE) else scope
    if scope == "subject" or not subject and not tagging.subject:
        subject = subject if subject and len(subject) * 2 > len(phrase) else phrase
        return [Reading(kind, "subject", english_words(subject, code), certain=True)]
    subject = _snapped(phrase, subject, code)
    outside = not subject
    subject = subject or tagging.subject
    if _is_clause(phrase, code):
        aspect = phrase
    else:
        aspect = re.sub(rf"^(?:ihre?[mnrs]?|seine?[mnrs]?|son|sa|ses|sus?|他的|她的|उसक[ाीे]|उनक[ाीे]) ?", "", phrase) if outside else _without(phrase, subject, code)
    if not aspect:
        return [Reading(kind, "subject", english_words(subject, code), certain=True)]
    if not _is_clause(phrase, code):
        parts = [re.sub(rf"^(?:{_ARTICLE[code]})" if code in _ARTICLE else "^$", "", part, flags=re.IGNORECASE) for part in re.split(_AND[code], aspect)]
        aspect = " and ".join(english_words(part, code) for part in parts if part)
        scope = "aspect" if aspect in _WIDE else scope
    return [Reading(kind, scope, english_words(subject, code), english_words(aspect, code), certain=True)]


def _snapped(phrase: str, subject: str, code: str) -> str:
    """A subject brought to the border that the small words of its language set: "रुक्मिणी | खरबंदा का ...", "Mme Perrine | Lagadec"."""
    at = phrase.find(subject)
    if not subject or at < 0:
        return subject
    rest = phrase[at + len(subject) :]
    if code == "hi":
        further = re.match(r"(?: [^ ]+){1,4}?(?= (?:का|की|के|को|ने|से) )", rest) if not re.match(r" (?:का|की|के|को|ने|से|कहाँ|कब|कितन|किस|कौन|क्या)", rest) else None
    elif code == "zh":
        further = re.match(r"[\u4e00-\u9fff·]{1,3}(?=的)", rest) if at == 0 and not rest.startswith("的") else None
    else:
        further = re.match(r"(?:[ -][A-ZÄÖÜÉÈ][\w'’-]+)+", rest) if subject[:1].isupper() or " " in subject else None
    subject += further.group() if further else ""
    if code == "hi" and at:
        before = re.search(r"(?:^|(?<= (?:का|की|के|को) ))(?:[^ ]+ )+$", phrase[:at])
        subject = before.group() + subject if before and len(before.group().split()) < 3 else subject
    return subject


def _is_clause(phrase: str, code: str) -> bool:
    return code in _CLAUSE and re.match(_CLAUSE[code], phrase, re.IGNORECASE) is not None


def _without(phrase: str, subject: str, code: str) -> str:
    """The phrase without its subject and the small words that join them."""
    before, _, after = phrase.partition(subject)
    for _ in range(3):
        before = re.sub(rf"(?:{_JOIN_FRONT[code]})\s*$" if code not in ("zh", "hi") else rf"{_JOIN_FRONT[code]}\s*$", "", before.strip(), flags=re.IGNORECASE).strip()
        after = re.sub(rf"^\s*(?:{_JOIN_FRONT[code]})", "", after.strip(), flags=re.IGNORECASE).strip()
    if code in _ARTICLE:
        before = re.sub(rf"^(?:{_ARTICLE[code]})", "", before, flags=re.IGNORECASE)
    if code == "zh" and re.search(r"[谁哪几何]|什么", before):
        before = phrase.partition(subject)[0]
    return f"{before} {after}".strip(" ,") if code != "zh" else before + after


def _correction(tagging: Tagging, spans: Sequence[Span], text: str, code: str) -> Reading | None:
    wrong = right = denied = subject = ""
    for span in spans:
        words = span.text.strip(" ,.;:!?。，、！？\"'")
        subject = subject or span.subject
        if span.role == "wrong" and not wrong:
            wrong = words
        elif span.role == "right":
            if not denied and is_denied(words, code):
                denied = words
            elif not right:
                right = words
    subject = subject or tagging.subject
    subject = subject if code == "zh" else _snapped(wrong or denied or right, subject, code)
    if denied and re.search(_BUT[code], denied):  # "ne vient pas de Paris mais de Vienne"
        denied, _, value = (part or "" for part in re.split(f"({_BUT[code]})", denied, maxsplit=1))
        right = right or _put(affirmed(denied, code), value, subject, code)
    if right and not wrong and not denied:
        tail = re.match(r",? (?:und |et |y |e )?(?:nicht|pas|no|non|不是|而不是) ?(?P<w>[^.,;!?。，！？]+)", text.partition(right)[2])
        wrong = _put(right, tail["w"], subject, code) if tail else ""
    if wrong and is_denied(wrong, code) and not denied and not right:
        right = affirmed(wrong, code)
    if wrong:
        wrong = _with_verb(_verb_second(wrong), subject) if code == "de" else wrong
        wrong = wrong if len(wrong) > len(subject) + 1 or not subject else ""
    if wrong and subject and subject.casefold() not in wrong.casefold() and (right or denied):
        whole = right if right and subject.casefold() in right.casefold() else denied
        wrong = _put(whole, wrong, subject, code) if whole else wrong
        denied = "" if whole == denied else denied
    if not wrong and denied:
        wrong = affirmed(denied, code)
    if not wrong and right:
        wrong = affirmed(right, code) if is_denied(right, code) else negated(right, code)
    if not wrong:
        return None
    if right and subject and subject.casefold() not in right.casefold():
        right = _put(wrong, right, subject, code)
    right = right or denied or negated(wrong, code)
    if right == wrong:
        return None
    subject = subject or wrong.split()[0]
    return Reading("misinformation", "fact", english_words(subject, code), "", wrong, right, certain=True)


def is_denied(statement: str, code: str) -> bool:
    """Whether a statement denies something."""
    return bool(re.search(_NOT[code], f" {statement}", re.IGNORECASE)) or code == "de" and bool(re.search(r"\bkeine?[mnrs]?\b", statement, re.IGNORECASE))


def affirmed(statement: str, code: str) -> str:
    """A statement that denies without its "not"."""
    if code == "de":
        statement = re.sub(r"\bkein(e[mnrs]?)?\b", r"ein\1", statement, count=1) if re.search(r"\bkeine?[mnrs]?\b", statement) else statement
    if code == "fr":
        statement = re.sub(r"\bn['’]|\bne ", "", statement, count=1)
    if code == "zh":
        shorter = re.sub(r"(?:并)?不是", "是", statement, count=1)
        return shorter if shorter != statement else re.sub(r"并不|并没有|没有|并非|不|没", "", statement, count=1)
    return re.sub(_NOT[code], "", f" {statement}", count=1, flags=re.IGNORECASE).strip()


def negated(statement: str, code: str) -> str:
    """The opposite of a statement."""
    if is_denied(statement, code):
        return affirmed(statement, code)
    if code == "hi":
        verb = re.search(r" (?:है|हैं|था|थी|थे|हो|हूँ|होता है|होती है|होते हैं|गया|दिया)$", statement)
        return f"{statement[: verb.start()]} नहीं{statement[verb.start() :]}" if verb else f"{statement} नहीं"
    place = None
    for match in re.finditer(_VERBS[code] if code == "zh" else rf"(?<= ){_VERBS[code]}\b", statement):
        if match.start() and (code == "zh" or len(match.group()) < 4 or not re.search(rf"\b(?:{_ARTICLE[code]})$", statement[: match.start()])):
            place = match
            break
    if place is None:
        return {"de": "es stimmt nicht, dass ", "fr": "il est faux que ", "es": "es falso que ", "it": "è falso che ", "zh": "并非"}[code] + statement
    before, verb, after = statement[: place.start()], place.group(), statement[place.end() :]
    if code == "de":
        return f"{before}{verb} nicht{after}"
    if code == "fr":
        return f"{before}{'n' + chr(39) if verb[0] in 'aeéiouh' else 'ne '}{verb} pas{after}"
    if code in ("es", "it"):
        return f"{before}{'no' if code == 'es' else 'non'} {verb}{after}"
    return before + {"有": "没有", "只有": "不只有"}.get(verb, "不" + verb) + after


def _verb_second(statement: str) -> str:
    """ "Sydney die Hauptstadt von Australien ist" with its verb where a main clause has it."""
    match = re.match(r"^(?P<s>(?:(?:der|die|das|ein|eine|den|unser|mein)\w* )?[\w-]+) (?P<p>.+) (?P<v>ist|sind|war|waren|hat|haben|kann|können|wird|werden)$", statement, re.IGNORECASE)
    return f"{match['s']} {match['v']} {match['p']}" if match and not re.match(rf"{_VERBS['de']} ", match["p"]) else statement


def _with_verb(statement: str, subject: str) -> str:
    """ "Fledermäuse blind" with the verb that it lacks."""
    rest = statement.removeprefix(subject).strip() if subject and statement.startswith(subject) else ""
    if not rest or len(rest.split()) > 3 or re.search(rf"\b{_VERBS['de']}\b", rest):
        return statement
    plural = re.search(r"(?:e|en|er|s)$", subject) and not re.match(r"(?:der|die|das|ein|eine) ", subject)
    return f"{subject} {'sind' if plural else 'ist'} {rest}"


def _put(statement: str, value: str, subject: str, code: str) -> str:
    """A statement with another value: a number for its number, a predicate behind its subject, a word for its last words."""
    statement = affirmed(statement, code) if is_denied(statement, code) and not is_denied(value, code) else statement
    numbers, new = re.findall(r"\d+(?:[.,]\d+)*", statement), re.findall(r"\d+(?:[.,]\d+)*", value)
    if len(numbers) == 1 and len(new) == 1:
        return statement.replace(numbers[0], new[0])
    at = statement.casefold().find(subject.casefold())
    head, tail = statement[: at + len(subject)], statement[at + len(subject) :]
    gap = "" if code == "zh" else " "
    if code == "hi":
        ends = re.search(r" (?:है|हैं|था|थी|थे)$", tail)
        value = value if re.search(r"(?:है|हैं|था|थी|थे|होता|होती)$", value) else value + (ends.group() if ends else "")
        return f"{head} {value}"
    verb = re.search(_VERBS[code] if code == "zh" else rf"(?<= ){_VERBS[code]}\b", tail)
    starts = re.match(_VERBS[code], value)
    if starts or not verb:
        return f"{head}{gap}{value}"
    return f"{head}{tail[: verb.end()]}{gap}{value}"
