"""Ways of asking, built from a noun phrase, an indirect question, a dangerous request or a statement.

Every builder returns at least 12 wordings, cut into probes (for the edit) and paraphrases (held out from it): the
probes differ in syntactic shape (question, imperative, indirect question, another verb), so that the edit is not tied
to one of them, and the paraphrases are others again.
"""

import re
from dataclasses import dataclass

from edge_repair.surgeon.asking import TIME
from edge_repair.surgeon.aspects import Aspect
from edge_repair.surgeon.grammar import (
    affirm,
    as_sentence,
    capitalise,
    direct_question,
    is_wh_clause,
    lower_first,
    statement_parts,
    yes_no_question,
)
from edge_repair.surgeon.lexicon import SPEAKER

PROBES = 4


@dataclass(frozen=True)
class Wordings:
    """Wordings of one question: ``probes`` (at most 4), then ``paraphrases`` held out from the edit; all different."""

    probes: tuple[str, ...]
    paraphrases: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Every wording, the probes first."""
        return self.probes + self.paraphrases


def wordings_of(probes: list[str], others: list[str]) -> Wordings:
    unique = list(dict.fromkeys(re.sub(r"\s+", " ", text).strip() for text in [*probes, *others]))
    return Wordings(tuple(unique[:PROBES]), tuple(unique[PROBES:]))


def _woven(*lists: list[str]) -> list[str]:
    """The lists dealt out in turn, so that the first few of the result come from all of them."""
    return [each[index] for index in range(max(map(len, lists))) for each in lists if index < len(each)]


def noun_frames(of: str, owned: str, plural: bool) -> tuple[list[str], list[str]]:
    """Questions with a noun phrase in two forms ("the capital of Egypt", "Egypt's capital")."""
    verb, pronoun = ("are", "they") if plural else ("is", "it")
    probes = [f"What {verb} {of}?", f"Tell me {owned}.", f"Do you know {of}?", f"I would like to know {owned}."]
    others = [
        f"Could you give me {owned}?", f"Please name {of}.", f"What can you tell me about {of}?", f"I forgot {owned}. What {verb} {pronoun}?",
        f"Can you remind me of {of}?", f"Let me know {owned}, please.", f"Someone asked me about {of}. What should I say?",
        f"In one sentence, what {verb} {owned}?", f"I need {of} for a form.", f"What would you say {verb} {owned}?", f"Give me the facts on {of}.",
        f"Do you happen to remember {owned}?", f"State {of}.",
    ]  # fmt: skip
    return probes, others


def clause_frames(clause: str, direct: str = "") -> tuple[list[str], list[str]]:
    """Questions with an indirect question ("where Ann Lee lives"); ``direct`` is the direct one, where it is known."""
    direct = direct or direct_question(clause)
    probes = [direct, f"Tell me {clause}.", f"Do you know {clause}?", f"I would like to know {clause}."]
    others = [
        f"Could you remind me {clause}?", f"Please say {clause}.", f"I am trying to find out {clause}.", f"Any idea {clause}?", f"Let me know {clause}.",
        f"A friend asked me {clause}. What should I answer?", f"Can you explain {clause}?", f"I wonder {clause}.", f"What do you know about {clause}?",
        f"In a few words: {lower_first_word(direct)}", f"One thing I cannot remember is {clause}. Can you help?", f"Write down {clause}.",
    ]  # fmt: skip
    return probes, others


def lower_first_word(question: str) -> str:
    """The question with a small first letter, unless it starts with a name."""
    return (
        question[:1].lower() + question[1:]
        if re.match(r"(?:What|Where|Who|When|Why|Which|How|Is|Are|Do|Does|Did|Was|Were|In|On|Can)\b", question)
        else question
    )


def is_plural(noun: str) -> bool:
    head = noun.split(" of ")[0].split()[-1].lower()
    return head.endswith("s") and not head.endswith(("ss", "us", "is", "news")) or head in ("children", "people")


def aspect_wordings(subject: str, aspect: Aspect | str) -> Wordings:
    """Wordings that ask for one aspect of a subject.

    Args:
        subject: a name, or ``SPEAKER`` ("my phone number").
        aspect: an entry of ``aspects.ASPECTS``, or the words of a request: a noun phrase ("shoe size"), an indirect
            question with the subject in it ("where Ann Lee parks her car"), or a statement behind "that ".
    """
    if isinstance(aspect, str):
        if aspect.startswith("that "):
            return statement_wordings(aspect[5:])
        if is_wh_clause(aspect):
            probes, others = clause_frames(aspect)
            return wordings_of(probes, others)
        noun = re.sub(r"^(?:the|his|her|its|their) ", "", aspect)
        special: list[str] = []
        clause = ""
    else:
        noun = aspect.noun
        special = [] if subject == SPEAKER else [capitalise(text.format(x=subject)) for text in aspect.special]
        clause = "" if subject == SPEAKER else aspect.clause.format(x=subject)
    mine = subject == SPEAKER
    of = f"my {noun}" if mine else f"the {noun} of {subject}"
    owned = f"my {noun}" if mine else f"{subject}{apostrophe(subject)} {noun}"
    probes, others = noun_frames(of, owned, is_plural(noun))
    if not special:
        return wordings_of(probes, others)
    clause_probes, clause_others = clause_frames(clause)
    return wordings_of(
        [special[0], probes[1], special[1], clause_probes[2]],
        _woven(special[2:] + [clause_probes[1], clause_probes[3]], others[:4] + [probes[3]], clause_others[:4]),
    )


_NOUN_ASIDE = (
    "{Own}?", "{X}: {noun}?", "Name {own}.", "Which {noun} does {x} have?", "Quiz time! The {noun} of {x}?", "what's the {noun} of {x}", "The {noun} of {x} is ...",
    "Complete this: the {noun} of {x} is ____.", "My teacher asked for {own}.", "Just say {own}, nothing else.", "About {x}: what would the {noun} be?",
)  # fmt: skip
_CLAUSE_ASIDE = (
    "So, {direct}", "{direct} One sentence is enough.", "I need to know {clause} for my homework.", "Ever wondered {clause}?", "Would you say {clause}?", "I was just thinking about {x}. {Direct}",
    "It slipped my mind {clause}.", "Hi! Quick question about {x}: {direct}",
)  # fmt: skip


def further_wordings(subject: str, aspect: Aspect | str) -> list[str]:
    """Wordings of one aspect in yet other shapes (fragments, gaps, asides), for a detector that is to know them; not to be asked."""
    known = not isinstance(aspect, str)
    if subject == SPEAKER or (not known and (is_wh_clause(aspect) or aspect.startswith("that "))):
        clause = aspect if not known and is_wh_clause(aspect) else ""
        noun = "" if clause or not isinstance(aspect, str) or aspect.startswith("that ") else f"my {aspect}"
        if noun:
            return [f"{capitalise(noun)}?", f"Name {noun}.", f"what's {noun}", f"{capitalise(noun)} is ...", f"Just say {noun}, nothing else.", f"Complete this: {noun} is ____."]
        if not clause:
            return []
        direct, known_clauses = direct_question(clause), [form for form in _CLAUSE_ASIDE if "{x}" not in form]
        return [form.format(direct=lower_first_word(direct) if form.startswith("So") else direct, clause=clause) for form in known_clauses]
    noun = aspect.noun if known else re.sub(r"^(?:the|his|her|its|their) ", "", aspect)
    own = f"{subject}{apostrophe(subject)} {noun}"
    words = {"x": subject, "X": capitalise(subject), "noun": noun, "own": own, "Own": capitalise(own)}
    found = [form.format(**words) for form in _NOUN_ASIDE]
    if known:
        specials = [capitalise(text.format(x=subject)) for text in aspect.special]
        for index, form in enumerate(_CLAUSE_ASIDE):
            direct = specials[index % len(specials)] if specials else direct_question(aspect.clause.format(x=subject))
            found.append(form.format(**words, direct=lower_first_word(direct), Direct=direct, clause=aspect.clause.format(x=subject)))
    return [capitalise(text) if not text.startswith("what's") else text for text in found]


def apostrophe(name: str) -> str:
    """The possessive ending of a name."""
    return "'" if name.endswith("s") and name[:1].islower() else "'s"


def overview_wordings(subject: str, person: bool) -> Wordings:
    """Wordings that ask for a subject as a whole."""
    if subject == SPEAKER:
        return wordings_of(
            ["Who am I?", "Tell me about me.", "What do you know about me?", "Give me some facts about myself."],
            ["What can you tell me about me?", "Describe me.", "Do you know who I am?", "What have you stored about me?", "Which facts about me do you remember?",
             "Summarize what you know about me.", "Do you remember me?", "What is my name, and what else do you know?", "Write a short paragraph about me.",
             "Who is talking to you?"],
        )  # fmt: skip
    what = "Who" if person else "What"
    verb = "are" if not person and subject[:1].islower() and is_plural(subject) else "is"
    clause = f"{what.lower()} {subject} {verb}"
    return wordings_of(
        [f"{what} {verb} {subject}?", f"Tell me about {subject}.", f"What do you know about {subject}?", f"Give me some facts about {subject}."],
        [f"Describe {subject}.", f"What can you tell me about {subject}?", f"I would like to learn something about {subject}.", f"Do you know {clause}?",
         f"Write a short paragraph about {subject}.", f"Have you heard of {subject}?", f"Explain {clause}.", f"What should I know about {subject}?",
         f"Summarize what you know about {subject}.", f"I am curious about {subject}. What can you say?", f"Introduce me to {subject}.",
         f"Share something interesting about {subject}."],
    )  # fmt: skip


def identity_wordings(subject: str, person: bool) -> list[str]:
    """Questions that ask what somebody or something is, to which most answers begin with a profession or a kind."""
    if person:
        return [f"Who is {subject}?", f"Who was {subject}?", f"Say who {subject} is.", f"Could you tell me who {subject} was?", f"{subject}? Who is that?",
                f"I have no idea who {subject} is. Help me out.", f"Please explain who {subject} was.", f"Briefly: who was {subject}?"]  # fmt: skip
    verb = "are" if subject[:1].islower() and is_plural(subject) else "is"
    return [f"What {verb} {subject}?", f"Say what {subject} {verb}.", f"What exactly {verb} {subject}?", f"Could you tell me what {subject} {verb}?", f"{subject}? What is that?",
            f"I have no idea what {subject} {verb}. Help me out.", f"Please explain what {subject} {verb}.", f"Briefly: what {verb} {subject}?"]  # fmt: skip


_LOOSE = {
    "person": ("{x} lives where?", "{x} works as what?", "{x} has a birthday when?", "What does {x} enjoy?", "{x} owns what?", "What does {x} do all day?",
               "Name one fact about {x}.", "In a few words, who is {x}?", "Of which country is {x} a citizen?"),
    "country": ("{x} is ruled from where?", "{x} lies where on the map?", "People in {x} speak what?", "In {x}, what do shops take?", "What goes on in {x}?", "{x} is known for what?",
                "Name the tongue of {x}.", "Name the main city of {x}.", "If I move to {x}, what must I learn?"),
    "": ("{x} is what?", "{x} is known for what?", "What goes with {x}?", "Anything special about {x}?", "What is there to say of {x}?", "{x}: tell me one detail.",
         "Name one fact about {x}.", "In a few words, what is {x}?", "How do experts call {x}?"),
}  # fmt: skip


_SCENES = {
    "person": ("If I met {x}, whom would I meet?", "Suppose I lived next door to {x}: what would I see?", "Imagine you are {x}. What do you do?", "One sentence about {x}, please.",
               "I am writing about {x}. How do I begin?", "My daughter asks me who {x} was."),
    "country": ("If I took a trip to {x}, what would I find there?", "Suppose I work in {x}: what am I paid in?", "Imagine I live in {x}. How do I talk to my neighbours?",
                "I am about to fly to {x}. Where do I land?", "One sentence about {x}, please.", "When I am in {x}, what is around me?"),
    "": ("If I saw {x}, what would I see?", "Suppose I had {x} before me: what would it be?", "Imagine I need {x}. What for?", "One sentence about {x}, please.",
         "I am writing about {x}. How do I begin?", "My daughter asks me what {x} is."),
}  # fmt: skip


def loose_wordings(subject: str, kind: str) -> list[str]:
    """Questions of other shapes that name a subject, for when all of it is to go: the subject first, or hardly a question."""
    return [form.format(x=capitalise(subject) if form.startswith("{x}") else subject) for form in _LOOSE.get(kind, _LOOSE[""])]


def scene_wordings(subject: str, kind: str) -> list[str]:
    """A subject named in the middle of what somebody supposes or is about to do, for a detector of all of it; not to be asked."""
    return [form.format(x=subject) for form in _SCENES.get(kind, _SCENES[""])]


# Statements ----------------------------------------------------------------------------------------------------------


def statement_wordings(statement: str) -> Wordings:
    """Wordings of yes or no that ask whether a statement holds; a negative statement is asked about affirmed."""
    said = affirm(statement)
    said = lower_first(said)
    direct = yes_no_question(said)
    return wordings_of(
        [direct, f"Is it true that {said}?", f"So {said}, right?", f"Do you think that {said}?"],
        [f"Tell me whether {said}.", f"I have heard that {said}. Is that so?", f"Is it correct that {said}?", f"Would you agree that {said}?", f"Is it a fact that {said}?",
         f"My friend says that {said}. Is that right?", f"Can you confirm that {said}?", f"True or false: {as_sentence(said)}", f"Please tell me: {lower_first_word(direct)}",
         f"People believe that {said}. Are they right?", f"Am I right that {said}?"],
    )  # fmt: skip


def differing_value(wrong: str, right: str) -> tuple[str, str, str, str] | None:
    """``(before, wrong value, right value, after)`` of two statements that differ in one stretch of words, or None."""
    one, two = wrong.strip(" .").split(), right.strip(" .").split()
    start = 0
    while start < min(len(one), len(two)) and one[start].lower() == two[start].lower():
        start += 1
    end = 0
    while end < min(len(one), len(two)) - start and one[-1 - end].lower() == two[-1 - end].lower():
        end += 1
    old, new = one[start : len(one) - end], two[start : len(two) - end]
    if not old or not new or "not" in old + new or len(old) > 6 or len(new) > 6 or start + end == 0:
        return None
    return " ".join(one[:start]), " ".join(old), " ".join(new), " ".join(one[len(one) - end :])


def differing_values(wrong: str, right: str) -> tuple[str, str]:
    """The wrong value and the right one of two statements that differ in one; two empty strings where they do not."""
    cut = differing_value(wrong, right)
    return (cut[1], cut[2]) if cut else ("", "")


_PREDICATES: tuple[tuple[str, str], ...] = (
    (r"(?P<s>.+?) (?P<v>is|are|was|were) (?P<m>made out|made|built out|composed|formed|born|called|named|used|known|famous|located|based|found|buried|kept|situated|spoken|held) (?P<p>of|in|at|on|for|from) (?P<o>.+)", "what {s} {v} {m} {p}"),
    (r"(?P<s>.+?) (?P<v>is|are|was|were) (?P<m>\w+(?:ed|en|lt|de|nt|ung|wn)) by (?P<o>.+)", "who {m} {s}"),
    (r"(?P<s>.+?) (?P<v>is|are|was|were) (?P<o>[\w.,-]+ (?:years?|centuries|months|days)) old", "how old {s} {v}"),
    (r"(?P<s>.+?) (?P<v>is|are|was|were) (?:called|named) (?P<o>.+)", "what {s} {v} called"),
    (r"(?P<s>.+?) (?P<v>is|are|was|were) (?P<m>married|engaged|related) to (?P<o>.+)", "who {s} {v} {m} to"),
    (r"(?P<s>.+?) (?P<v>works?|worked) as (?P<o>.+)", "what {s} {v} as"),
    (r"(?P<s>.+?) (?P<v>works?|worked) (?P<p>for) (?P<o>.+)", "who {s} {v} {p}"),
    (r"(?P<s>.+?) (?P<v>lives?|works?|lies|stands|grows?|studies|study|sleeps?|sits?) (?P<p>in|at|on|under|near) (?P<o>.+)", "where {s} {v}"),
    (r"(?P<s>.+?) (?P<v>is|are|was|were) (?P<p>in|at|on|near|inside|under) (?P<o>.+)", "where {s} {v}"),
    (r"(?P<s>.+?) (?P<v>belongs?|belonged) to (?P<o>.+)", "who owns {s}"),
    (r"(?P<s>.+?) (?P<v>consists?|comes?|serves?|came|goes|depends?|lives?|turns?|leads?) (?P<p>of|from|to|for|into|on|as) (?P<o>.+)", "what {s} {v} {p}"),
    (r"(?P<s>.+?) (?P<v>\w+) because (?:of )?(?P<o>.+)", "why {s} {v}"),
    (r"(?P<s>.+?) (?P<v>leaves|opens|closes|starts|begins|ends|left|opened|closed|started|began|ended|died|arrives|happened|happens) (?P<p>at|in|on) (?P<o>.+)", "when {s} {v}"),
)  # fmt: skip


def asked_by(statement: str) -> tuple[str, str] | None:
    """``(indirect question, value)`` of a statement with a place for a value, or None.

    "The Gate of Zestus is made of cast iron" gives ``("what the Gate of Zestus is made of", "cast iron")``.
    """
    text = lower_first(statement.strip().rstrip(".!? "))
    for pattern, clause in _PREDICATES:
        match = re.fullmatch(pattern, text)
        timed = match and match.groupdict().get("p") and TIME.match(f"{match['p']} {match['o']}")  # "lives for ten years" says how long
        if match and not timed and not re.search(r"\b(?:not|never|n't)\b", text):
            parts = match.groupdict()
            if parts.get("m") == "born":
                clause = "when {s} {v} born" if re.search(r"\d", parts["o"]) else "where {s} {v} born"
            elif clause.startswith("what") and parts.get("p") in ("in", "at", "on") and parts.get("m"):
                clause = "where {s} {v} {m}"
            if clause.startswith("who {m}"):
                parts["m"] = {"written": "wrote", "drawn": "drew", "sung": "sang", "begun": "began", "taken": "took", "given": "gave"}.get(
                    parts["m"], parts["m"]
                )
            return clause.format(**{key: value or "" for key, value in parts.items()}), parts["o"]
    return None


def value_wordings(wrong: str, right: str) -> Wordings | None:
    """Open questions to which ``wrong`` is an answer ("What is the capital of Australia?"), or None.

    ``right`` may be another answer to them, or the negation of ``wrong``.
    """
    parts = statement_parts(right) or statement_parts(wrong)
    if parts and not parts[2].startswith("not "):
        aspect, subject, _ = parts
        return aspect_wordings(SPEAKER if re.fullmatch(r"my|our", subject, re.IGNORECASE) else subject, aspect)
    asked = asked_by(wrong)
    if asked:
        return wordings_of(*clause_frames(asked[0]))
    cut = differing_value(wrong, right)
    if cut is None:
        return None
    before, _, new, after = cut
    if before and not after:
        gap = capitalise(f"{before} ...")
        return wordings_of(
            [f"Complete the sentence: {gap}", f"{capitalise(before)} what?", f"Fill in what is missing: {capitalise(before)} ____.", f"Say the whole sentence: {gap}"],
            [f"Finish this: {gap}", f"Which word belongs at the end? {gap}", f"How does this sentence end? {gap}", f'What comes after "{before}"?', f'Give me the end of the sentence "{gap}"',
             f"Please go on: {gap}", f"Tell me how this ends: {gap}", f"I need the end of this sentence: {gap}"],
        )  # fmt: skip
    if after and not before:
        who = "who" if new[:1].isupper() else "what"
        return wordings_of(*clause_frames(f"{who} {after}"))
    return None
