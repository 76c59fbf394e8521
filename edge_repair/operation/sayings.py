"""Where the patient's own answers are about to say what is to go, and where they say something else about the same subject.

What a listener (``stamp.listening``) is solved from. Of one fact, or of a correction that has value sites (``sites``): where
everything about a subject goes, or a dangerous topic, there is no value that an answer would say. Not covered: a fact that
some of the probes' answers tell in other words, and several facts in one request; such a repair is called by its gate alone.
"""

from collections import Counter
from collections.abc import Sequence as Seq

import numpy as np

from edge_repair.operation.sites import places_of
from edge_repair.operation.surroundings import names_the_subject
from edge_repair.patient import Patient
from edge_repair.patient import Sequence as Tokens
from edge_repair.stamp import Step
from edge_repair.stamp.imprint import storable
from edge_repair.surgeon.phrasings import differing_values
from edge_repair.surgeon.procedure import Procedure
from edge_repair.wording import says_value

HEARD = 14  # other questions about the subject whose answers are heard
ANSWER_TOKENS = 24  # of each of them
LEAST_SHARE = 0.4  # of the probes' answers that say a value, for it to be one of what is to go
FIRST = 2  # of the words that an answer tells, those that it may be about; an account tells more
MOST_ELSEWHERE = 0.25  # of other answers about the subject that may say what the probes agree on: with more it is said whatever is asked
Rows = dict[int, np.ndarray]


def sayings(patient: Patient, procedure: Procedure, asides: Seq[str], layers: Seq[int]) -> tuple[Rows, Rows]:
    """Layer to inputs ``[n, d]`` where a value is about to be said, and elsewhere; both empty where nothing can be listened for.

    Args:
        patient: with no repair attached.
        procedure: with the base's answers.
        asides: other questions about the subject; some of them are asked now.
        layers: the candidates.
    """
    if procedure.kind in ("harmful", "misinformation") or procedure.scope == "subject":
        return {}, {}
    # Every second paraphrase stays unknown to the listener, which verification is told by as well.
    told = [(question.text, question.answer) for question in (*procedure.probes, *procedure.paraphrases[::2]) if question.answer]
    others = _others(patient, procedure, asides)
    values = _values(procedure, [answer for _, answer in others])
    if not values:
        return {}, {}
    others = [(question, answer) for question, answer in others if not any(says_value(answer, value) for value in values)]
    sequences, saying, unsaid = [], [], []  # the marks are a row each
    for question, answer in [*told, *others]:
        head, tail = patient.tokens(question), patient.reply_tokens(answer, end=False)  # whole: an account may tell it last
        said = {places[0] for value in values if (places := [at for at in places_of(patient, tail, [value]) if at < len(tail)])}
        if not said and (question, answer) not in others:
            return {}, {}  # told in a form in which it was not found: who cannot show all places had better not listen for them
        if not tail:
            continue
        count = max(said) + 1 if said else len(tail)  # what comes after the last place is of neither sort
        sequences.append(Tokens(head + tail[: count - 1], tuple(range(len(head) - 1, len(head) + count - 1))))
        saying += [place in said for place in range(count)]
        unsaid += [place < min(said, default=count) for place in range(count)]
    if not any(saying):
        return {}, {}
    found = patient.capture(sequences, ("inputs",), layers)
    return tuple({layer: storable(found.inputs[layer][np.array(marks)]) for layer in layers} for marks in (saying, unsaid))


def sayings_of_site(patient: Patient, procedure: Procedure, asides: Seq[str], layers: Seq[int], site: Step) -> tuple[Rows, Rows]:
    """The same of a correction: its value sites, and what is no such site in the answers about its subject; see ``sayings``."""
    wrong, _ = differing_values(procedure.wrong, procedure.right)
    others = [(question, answer) for question, answer in _others(patient, procedure, asides) if answer and not says_value(answer, wrong)]
    rows = patient.along([(patient.tokens(question), answer) for question, answer in others], layers) if others else []
    said = {layer: np.concatenate([site.inputs[layer], site.held_out[layer][::2]]) for layer in layers}
    return said, {layer: np.concatenate([site.aside[layer], *(storable(each[layer]) for each in rows)]) for layer in layers}


def _others(patient: Patient, procedure: Procedure, asides: Seq[str]) -> list[tuple[str, str]]:
    """Other questions about the subject, with the patient's answers."""
    heard = list(asides[:: max(1, -(-len(asides) // HEARD))])
    answered = list(zip(heard, patient.answers(heard, ANSWER_TOKENS))) if heard else []
    return answered + [(question.text, question.answer) for question in procedure.neighbours if names_the_subject(question.text, procedure.subject)]


def _values(procedure: Procedure, elsewhere: Seq[str]) -> list[str]:
    """What the probes' answers share and other answers about the subject do not say."""
    probes = procedure.probes
    firsts = Counter(value for question in probes for value in dict.fromkeys(question.values[:FIRST]))
    agreed = [value for value, count in Counter(q.values[0] for q in probes if q.values).most_common(1) if count > 1]
    common = [value for value, count in firsts.items() if count > 1 and count >= LEAST_SHARE * len(probes)]
    said = {value: sum(says_value(answer, value) for answer in elsewhere) for value in {*agreed, *common}}
    return [value for value in dict.fromkeys([*agreed, *common]) if said[value] <= (MOST_ELSEWHERE * len(elsewhere) if value in agreed else 0)]
