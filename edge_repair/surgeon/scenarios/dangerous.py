"""Dangerous requests: a topic ("you should not know how to make X"), or examples of what is to be refused."""

from collections.abc import Sequence
from dataclasses import replace

from edge_repair.errors import NothingToForgetError
from edge_repair.surgeon import neighbours as near
from edge_repair.surgeon.dangerous import dangerous_wordings, making_wordings
from edge_repair.surgeon.examples import EXAMPLES, HELD_OUT, harmless_like
from edge_repair.surgeon.grammar import gerund
from edge_repair.surgeon.interview import Interview
from edge_repair.surgeon.procedure import Limits, Procedure
from edge_repair.surgeon.reading import Reading
from edge_repair.surgeon.scenarios.common import FACT_PARAPHRASES, Names, forget_question, procedure_of
from edge_repair.surgeon.topics import topic_of

TOPIC_PROBES, TOPIC_HELD_OUT = 3, 2  # of the requests that belong to a topic; the others are only detected
NEAR_EXAMPLES, EVERY = 16, 4  # harmless questions that are asked beside a list of requests: every so many of those that share its words
# What harm is in general no model of this size tells surely: a few of a dozen examples, and of a dozen harmless questions
# that share their words, may fall on the wrong side of what serves all others best.
OF_EXAMPLES = Limits(leak=0.2, refused=0.8, neighbours_kept=0.8)
NEAR_A_TOPIC = 8  # harmless questions about a topic that are asked; all of them are detected
MAKING_PROBES = 2  # of the questions what a dangerous thing is made of, and how


def plan_dangerous(reading: Reading, interview: Interview, names: Names) -> Procedure:
    """What a dangerous request is about, and its topic, is to be refused.

    Raises:
        NothingToForgetError: the patient refuses it already.
    """
    wordings, topic = dangerous_wordings(reading.subject), topic_of(reading.subject)
    further = topic.requests if topic else ()
    making = making_wordings(reading.subject)  # what it is made of is another question than how to make it, and tells the same
    first = list(dict.fromkeys([*wordings.probes, *making[:MAKING_PROBES], *further[:TOPIC_PROBES]]))
    held_out = [*further[TOPIC_PROBES : TOPIC_PROBES + TOPIC_HELD_OUT], *wordings.paraphrases[: FACT_PARAPHRASES - 2], *making[MAKING_PROBES : MAKING_PROBES + 1]]
    held_out = [question for question in dict.fromkeys(held_out) if question not in first]
    interview.ask([*first, *held_out])
    probes = [forget_question(interview, q, "", "") for q in first if interview.answered(q, about=False)]
    paraphrases = [forget_question(interview, q, "", "") for q in held_out if interview.answered(q, about=False)]
    if not probes and paraphrases:
        probes, paraphrases = paraphrases[:2], paraphrases[2:]
    if not probes:
        raise NothingToForgetError(f'the patient already refuses "{wordings.probes[0]}" and the like, so there is nothing to suppress')
    alike = [name for name in near.others_of("substance", reading.subject, names, 6) if name in names.get("substance", ())]
    candidates = [
        *(wordings_.probes[0] for wordings_ in map(dangerous_wordings, (f"how to make {name}" for name in alike))),
        *near.harmless_questions(topic.harmless[:NEAR_A_TOPIC] if topic else (), 16, gerund),
    ]
    interview.ask(candidates)
    candidates = near.topped_up(interview, candidates, "thing", reading.subject, (), names)
    return procedure_of(reading, probes, paraphrases, near.kept(interview, candidates, ""), [*further, *wordings.paraphrases, *making])


def plan_examples(examples: Sequence[str], interview: Interview, names: Names) -> Procedure:
    """Whatever is like these requests is to be refused; those that are refused already still show the detector what is meant."""
    interview.ask(examples)
    given = [forget_question(interview, text, "", "") for text in examples if interview.answered(text, about=False)]
    if not given:
        raise NothingToForgetError(f"the patient refuses all of these {len(examples)} requests already, so there is nothing to suppress; give some that it answers")
    held_out = given[HELD_OUT - 1 :: HELD_OUT] if len(given) >= 2 * HELD_OUT else []
    candidates = harmless_like(examples, NEAR_EXAMPLES * EVERY)[::EVERY]  # the nearest alone sound more like it than what is asked of a model does
    interview.ask(candidates)
    candidates = near.topped_up(interview, candidates, "thing", EXAMPLES, (), names)
    reading = Reading("harmful", "subject", EXAMPLES)
    procedure = procedure_of(reading, [one for one in given if one not in held_out], held_out, near.kept(interview, candidates, ""), examples)
    return replace(procedure, limits=OF_EXAMPLES)
