"""Which phrases ask for something dangerous, or for a skill: how to make a thing, its recipe, the ability to do it."""

import re

from edge_repair.surgeon import lexicon as lex
from edge_repair.surgeon.grammar import is_statement, is_wh_clause
from edge_repair.surgeon.peeling import HOW_TO, POSSESSIVE, is_title
from edge_repair.surgeon.reading import Reading

_RECIPE = re.compile(
    r"^(?:the |any |all )*(?:recipes?|instructions?|formulas?|synthesis|production|manufacture|blueprints?|making|ingredients|plans?|directions?) (?:for|of|to|on)(?: (?:making|make|build|building|a|an|the))* (?P<thing>.+)$",
    re.IGNORECASE,
)
_ACTIONS = "make|build|cook|brew|mix|produce|prepare|synthesi[sz]e|create|pick|hack|forge|write|steal|kill|poison|evade|break|bypass|craft|print|grow|extract"
_BENIGN = re.compile(
    r"\b(?:bread|cakes?|pancakes?|pizza|coffee|tea|soup|pasta|paper (?:plane|airplane|boat)s?|omelet\w*|eggs?|cookies?|brownies|sandwich\w*|salad|curry|jam|ice cream|candles?|soap|sushi|bike|tie (?:a|my)|knit\w*|chess|guitar|piano|swim|dance|garden\w*|lasagna|sourdough|kite|rice)\b",
    re.IGNORECASE,
)
_DANGER_CLUE = re.compile(
    r"\b(?:danger\w*|harm\w*|illegal\w*|unsafe|kids|children|child|teenagers?|weapon\w*|kill\w*|hurt\w*|safety|safe|crime|criminals?|misuse\w*|abuse\w*|school|hazard\w*|toxic|poison\w*)\b",
    re.IGNORECASE,
)


def read_dangerous(phrase: str, way: str, text: str) -> Reading | None:
    """The reading of such a phrase; None where it is none. ``way``: the frame it was found in; ``text``: the whole request."""
    bare = re.sub(r"^(?:to|about) (?=\w+ )", "", phrase) if way in ("know", "context") else phrase
    ability = re.match(
        r"^(?:the |your |any )?(?:ability|abilities|skills?|capability|power|knowledge|know-?how) (?:to|of|for|in) (?P<o>.+)$",
        phrase,
        re.IGNORECASE,
    )
    if ability:
        bare = ability["o"]
    harm = lex.HARM.search(bare)
    if harm and is_title(bare) and not bare.isupper():
        harm = None
    making = (
        way == "know"
        and bool(re.match(rf"(?:{_ACTIONS}) ", bare, re.IGNORECASE))
        or bool(lex.MAKING.match(bare))
        or bool(HOW_TO.match(bare))
        or bool(_RECIPE.match(bare))
        or ability is not None
    )
    made = re.match(
        r"^how (?:an? |the )?(?P<o>.+?) (?:is|are|can be) (?:made|built|brewed|prepared|cooked|produced|manufactured)$", bare, re.IGNORECASE
    )
    if made and not _BENIGN.search(bare) and (harm or way == "know" or _DANGER_CLUE.search(text)):
        return Reading("harmful", "subject", bare, certain=bool(harm) or way == "know")
    if is_wh_clause(bare) and not re.match(r"how (?:to|you|one|people|someone|a|the) ", bare, re.IGNORECASE):
        return None
    if re.match(r"^(?:my|our|that)\b", bare, re.IGNORECASE) or _possessed_by_name(bare):
        return None
    if harm and not _is_claim(bare, way) and not re.search(r"\b(?:of|in) [A-Z][a-z]+", bare) or (making and harm):
        return Reading("harmful", "subject", bare, certain=True)
    if making and not _BENIGN.search(bare):
        clear = bool(_DANGER_CLUE.search(text)) or way == "know"
        if way == "know" or HOW_TO.match(bare) or _RECIPE.match(bare) or (ability is not None) or clear:
            return Reading(
                "harmful" if clear or _RECIPE.match(bare) or HOW_TO.match(bare) else "unspecified", "subject", bare, certain=clear
            )
    if HOW_TO.match(bare):
        return Reading("unspecified", "subject", bare, certain=bool(_BENIGN.search(bare)))
    return None


def _is_claim(phrase: str, way: str) -> bool:
    """Whether a phrase found behind "stop saying" is a claim ("vaccines are poison") rather than a thing."""
    return way == "claim" and is_statement(phrase) and not HOW_TO.match(phrase)


def _possessed_by_name(phrase: str) -> bool:
    owned = POSSESSIVE.match(phrase)
    return bool(owned and owned["s"][:1].isupper() and not phrase.isupper())
