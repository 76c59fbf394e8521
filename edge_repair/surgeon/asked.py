"""What was asked in the conversation before: the very wording that told somebody what they want forgotten must not tell it any more.

Plans have wordings of their own; what a person types is seldom among them, and it is the first thing that they try again.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from edge_repair.surgeon.interview import LONG, Interview
from edge_repair.surgeon.procedure import Procedure, Question
from edge_repair.surgeon.told import speaks_of
from edge_repair.wording import content_words, rouge_l_recall, says, says_value

MOST_ASKED = 4  # questions of the conversation, the last ones
LONGEST = 200  # characters of one
_ASKS = re.compile(
    r"\?\s*$|^(?:please |now |and |so |ok(?:ay)?,? |hey,? )*(?:who|what|when|where|which|whose|why|how|is|are|was|were|do|does|did|can|could|"
    r"would|will|has|have|had|tell|give|name|list|describe|explain|say|show|write|remind|let)\b",
    re.IGNORECASE,
)


def with_what_was_asked(procedure: Procedure, interview: Interview, history: Sequence[str]) -> Procedure:
    """The procedure with questions of the conversation among its probes: those about its subject to which the patient tells what is to go.

    They are put to the patient anew, each alone: what only the turns before it made clear ("And what do they eat there?") is
    not answered then, and left out. Of a whole subject whatever names it counts, of the rest what tells the content of a
    probe's answer, as everywhere; of yes and no there is no content.
    """
    taken = {question.text for question in procedure.probes}
    asked = [text for turn in history if (text := turn.strip()) not in taken and len(text) <= LONGEST and _ASKS.search(text)]
    asked = [text for text in dict.fromkeys(reversed(asked)) if speaks_of(text, procedure.subject)][:MOST_ASKED]
    if not asked:
        return procedure
    interview.ask(asked, LONG)
    told = [question for text in asked if (question := _telling(procedure, interview, text))]
    if not told:
        return procedure
    texts = {question.text for question in told}
    rest = {part: tuple(q for q in getattr(procedure, part) if q.text not in texts) for part in ("paraphrases", "neighbours")}
    return replace(procedure, probes=procedure.probes + tuple(told), further=tuple(text for text in procedure.further if text not in texts), **rest)


def _telling(procedure: Procedure, interview: Interview, text: str) -> Question | None:
    """The question, if the patient's answer to it tells what is to go."""
    if not interview.answered(text, about=False):
        return None
    answer = interview.answers[text]
    if (procedure.scope == "subject" or procedure.kind == "harmful") and not procedure.wrong:
        return interview.question(text)
    if procedure.wrong and rouge_l_recall(answer, procedure.wrong) <= rouge_l_recall(answer, procedure.right):
        return None  # it says what is right, which often has all words of what is wrong, and a "not"
    for probe in procedure.probes:
        if probe.values and not set(probe.values) & {"yes", "no"} and says(answer, probe.values, probe.text):
            first = [value for value in probe.values[:1] if says_value(answer, value)]
            rest = () if procedure.wrong else content_words(answer, text)
            return Question(text, answer, tuple(dict.fromkeys([*first, *rest])) or probe.values, probe.aspect)
    return None
