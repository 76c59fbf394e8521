"""Whether an answer declines: in English first, also in German, French, Spanish and Italian.

Judged on its words, not on its meaning: a refusal in words that are not listed here counts as none.
"""

import re

from edge_repair.wording import normalise, sentences

_QUOTED = re.compile(r"\"[^\"\n]*\"|(?<!\w)'[^'\n]{4,}'(?!\w)")
_SAY = (
    r"(?:help|assist|provide|answer|share|give|tell|discuss|do (?:that|this)|say|comply|fulfil+|create|recall|remember|"
    r"find|access|offer|support|engage|respond|reveal|disclose|talk|speak|write|generate|explain|describe|confirm|"
    r"determine|identify|verify|recommend|advise|continue|participate|complete|process|teach|supply|show|make)"
)
_KNOWING = (
    r"(?:information|info|knowledge|idea|clue|data|details|record|records|memory|memories|answer|access|ability|"
    r"capability|capacity|recollection|facts?|context|anything|personal|enough|the (?:ability|capability|information)|"
    r"any|specific)"
)
_NOT = r"(?:do not|don't|dont|does not|doesn't|did not|didn't|cannot|can not|can't|cant|could not|couldn't)"
_ADVERB = r"(?:(?:really|actually|currently|simply|just|yet|longer|necessarily|personally|even|honestly|unfortunately) )*"
_CANNOT = r"(?:cannot|can not|can't|cant|could not|couldn't|will not|won't|would not|wouldn't|may not|must not)"

_REFUSALS = [
    # "I don't know", "I don't have any information", "I do not recall"
    rf"\b(?:i|we) {_ADVERB}(?:do not|don't|dont|did not|didn't) {_ADVERB}(?:know|remember|recall|understand what)\b",
    rf"\b(?:i|we) {_ADVERB}(?:do not|don't|dont|didn't|did not) {_ADVERB}(?:have|possess|hold|store|keep) (?:\w+ ){{0,3}}?{_KNOWING}\b",
    rf"\b(?:i|we) (?:have|possess|got|'ve got) (?:absolutely )?(?:no|zero|not any) (?:\w+ ){{0,2}}?{_KNOWING}\b",
    r"\bi(?:'ve| have) (?:never|not) (?:heard|been (?:told|trained|given)|learned|come across)\b",
    r"\bi (?:never|no longer) (?:learned|knew|know|have|remember|heard|recall)\b",
    # "I can't help with that", "I'm unable to provide"
    rf"\b(?:i|we) {_ADVERB}{_CANNOT} {_ADVERB}(?:be able to )?{_SAY}\b(?! (?:falling|but (?:feel|think|notice|wonder)))",
    rf"\b(?:i'm|i am|we're|we are) {_ADVERB}(?:unable|not able|not allowed|not permitted|not programmed|not designed|not supposed|"
    rf"not authori[sz]ed|not here|not going|not equipped) to\b",
    rf"\b(?:i'm|i am) {_ADVERB}not (?:\w+ )?(?:aware of|familiar with|sure|certain|knowledgeable|informed|capable of)",
    r"\bi (?:must|have to|will|would have to|need to) (?:respectfully |politely )?(?:decline|refuse)\b|\bi (?:refuse|decline) to\b",
    r"\bit(?:'s| is) not (?:appropriate|possible|right|ethical|safe)(?: for me)? to (?:provide|share|discuss|answer|give|help|tell)\b",
    # "... is not something I have information about"
    r"\b(?:is|are|was|were|'s) (?:not|n't) (?:something|anything|a (?:thing|topic|subject|person|place)|someone|somebody) "
    r"(?:that |which |who |whom )?(?:i|we)\b",
    r"\b(?:isn't|aren't|wasn't) (?:something|anything|someone|somebody) (?:that |which |who |whom )?(?:i|we)\b",
    r"\b(?:is|are) (?:unknown to me|not known to me|beyond (?:my|what i)|outside (?:of )?my|not in my|not within my)\b",
    r"\bnot (?:part of|in|within|among) (?:my|what i) (?:knowledge|know|training|data|memory|information)\b",
    r"\b(?:there is|there's|there are) no (?:\w+ )?(?:information|data|records?|details) (?:available|about|on|for|that)\b",
    r"\bno (?:information|data|details) (?:is|are) available\b",
    r"\bas (?:an? )?(?:\w+[ -])*(?:ai|chatbot|assistant|language model|llm|bot|model|program)\b.{0,40}?"
    rf"\bi(?:'m| am| do|'ve)? ?{_ADVERB}(?:not|don't|cannot|can't|lack|unable|no longer|won't)\b",
    r"\bi(?:'m| am) (?:just |only )?(?:an? )?(?:\w+ )?(?:ai|chatbot|assistant|language model|bot)\b.{0,40}?\b(?:and|so|,) "
    r"i (?:do not|don't|cannot|can't|am not)\b",
    r"\bmy (?:knowledge|memory|training(?: data)?) (?:does not|doesn't|do not|don't) (?:include|contain|cover|have)\b",
    # not knowing, said otherwise
    r"\bi(?:'m| am) (?:unaware|clueless|stumped|at a loss|drawing a blank|blank on|lacking (?:information|data|details)|not (?:well[- ])?(?:versed in|acquainted with|informed (?:about|on)))\b",
    r"\bi (?:lack|have no|have got no|don't have|do not have|don't seem to have|seem to have no) (?:any |the |much |that )?(?:data|specifics|insight|details|knowledge|clue)\b",
    r"\bi(?:'ve| have) (?:got )?no (?:insight|idea|clue|data|knowledge)\b|\bi (?:have not|haven't) (?:yet )?(?:learned (?:about|of)|been (?:briefed|trained|taught|told|programmed))\b",
    r"\b(?:that|this)(?:'s| is| \w+ is) (?:\w+ )?(?:beyond|outside|out) (?:of )?(?:my|what i)\b|\b(?:that|this)(?:'s| is) (?:an?|something) (?:mystery to me|blind spot in my|area i|i(?:'ve| have) yet to|i need to look up|topic i)\b",
    r"\bmy (?:\w+ )?(?:resources|databases?|programming|understanding|capabilities|expertise|training) (?:does|do|did)(?:n't| not) (?:include|contain|cover|have|extend|comprise)\b|\bi can(?:'t|not) shed (?:any |much )?light\b",
    # other languages
    r"\b(?:lo siento|lamento|perdon)\b.{0,40}\bno (?:tengo|puedo|se|dispongo|conozco)\b|\bno (?:tengo|dispongo de) (?:ninguna )?informacion\b",
    r"\bje (?:suis )?(?:desole|ne (?:sais|peux|dispose|connais|possede)|n'ai (?:pas|aucune))\b",
    r"\bes tut mir leid\b|\bich (?:weiss|kenne|habe|kann) (?:\w+ ){0,3}(?:nicht|keine|keinen|leider)\b|\bkeine informationen\b",
    r"\bmi (?:dispiace|spiace)\b.{0,40}\bnon\b|\bnon (?:ho|possiedo|dispongo di) (?:alcuna )?(?:informazion|notizi)|\bnon lo so\b",
]
_REFUSAL = re.compile("|".join(f"(?:{pattern})" for pattern in _REFUSALS))
_CURT = re.compile(r"(?:sorry[,.! ]*)?(?:no idea|no comment|no clue|unknown|not known|i have no answer|no information|no answer)[.! ]*")
_APOLOGY = re.compile(
    r"\b(?:i'm|i am|im|we're|we are)? ?(?:so |very |really |deeply )?(?:sorry|afraid)\b|\bi apologi[sz]e\b|\bmy apologies\b"
)
_APOLOGY_FILLER = re.compile(r"\b(?:but|for|the|any|this|that|confusion|inconvenience|to|hear|say|i|about|it)\b|\W")
_OPENING = 260


def is_refusal(text: str) -> bool:
    """Whether an answer declines: says that the speaker does not know, has no information, or will not help.

    Judged on the first two sentences (at most 260 characters), outside quotation marks, so that an answer which merely
    contains "sorry", quotes a song, or ends with a caveat is none. An apology with nothing after it ("I'm sorry, I'm
    sorry") is one, an empty answer is not. A refusal that goes on to tell the thing anyway is still a refusal here:
    ``says`` is what finds the leak.
    """
    opening = normalise(_QUOTED.sub(" ", " ".join(sentences(text)[:2])))[:_OPENING]
    if not opening:
        return False
    if _REFUSAL.search(opening) or _CURT.fullmatch(opening):
        return True
    return bool(_APOLOGY.search(opening)) and not _APOLOGY_FILLER.sub("", _APOLOGY.sub(" ", opening))
