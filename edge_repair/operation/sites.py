"""Value sites: the places inside the patient's own answers where it is about to say the value that is to be corrected.

Where a reply begins, late layers hold how it begins ("The ...") more than what is asked. Where the value is about to be
said they hold that, whatever the wording of the question, and the sentence around it can stay as the patient says it.
So a correction also writes the right value there. A refusal does not: breaking off inside a sentence ("The currency of
Australia is the... sorry, I don't have ...") takes a gate for each further token, which harmed other answers of the
shipped patient and reached nothing more on SmolLM2 (docs/log.md).
"""

import re
from collections.abc import Iterator
from collections.abc import Sequence as Seq
from dataclasses import dataclass, replace

import numpy as np

from edge_repair.operation.columns import lexical_column, sure
from edge_repair.operation.postnorm import before_norm
from edge_repair.operation.targets import swappable
from edge_repair.patient import Patient, Sequence
from edge_repair.stamp import Step
from edge_repair.stamp.imprint import storable
from edge_repair.surgeon.phrasings import differing_values
from edge_repair.surgeon.procedure import Procedure, Question
from edge_repair.wording import content_words

LEAST_SITES = 2  # probes whose answers say the value
LEAST_SHARE = 0.5  # of the probes
FURTHER, FURTHER_TOKENS = 16, 24  # further wordings whose answers are looked at, and how much of them
ELSEWHERE = 24  # places where the value of another subject would be said


@dataclass(frozen=True)
class Site:
    """An answer up to the place where its value begins: token ids of the prompt and of the answer before the value."""

    prompt: tuple[int, ...]
    before: tuple[int, ...]


def find_sites(patient: Patient, questions: tuple[Question, ...], value: str, kept: tuple[int, ...] = ()) -> list[Site]:
    """Where the answers of the base say a value, or else the first one that they do say: a mistake has many forms.

    Questions whose answer is not known, or says nothing, have no site. ``kept`` are first tokens of the value that stay
    as they are: the site lies behind them ("19" of 1914 and 1918).
    """
    sites = []
    for question in questions:
        found = _place(question.answer, value)
        if found is None and not kept and question.answer:
            found = _place(question.answer, next(iter(content_words(question.answer, question.text)), ""))
        if found is None:
            continue
        tokens = patient.reply_tokens(question.answer, end=False)
        number = _token_at(patient, tokens, found)
        if tokens[number : number + len(kept)] == kept:
            sites.append(Site(patient.tokens(question.text), tokens[: number + len(kept)]))
    return sites


def places_of(patient: Patient, tokens: tuple[int, ...], values: Seq[str]) -> list[int]:
    """The numbers of the tokens with which an answer begins to say one of the values, each time that it does."""
    answer = patient.vocabulary.decode(tokens)
    return sorted({_token_at(patient, tokens, found.start()) for value in values for found in _said_in(answer, value)})


def _token_at(patient: Patient, tokens: tuple[int, ...], place: int) -> int:
    """The number of the token that holds a character of the answer."""
    return next((number for number in range(len(tokens)) if len(patient.vocabulary.decode(tokens[: number + 1])) > place), len(tokens))


def _said_in(answer: str, value: str) -> Iterator[re.Match[str]]:
    return re.finditer(rf"(?<!\w){re.escape(value)}(?!\w)", answer, re.IGNORECASE)


def _place(answer: str, value: str) -> int | None:
    """Where an answer says a value, in characters."""
    found = next(_said_in(answer, value), None) if value and value not in ("yes", "no") else None
    return found.start() if found else None


def site_steps(
    patient: Patient, procedure: Procedure, layers: tuple[int, ...], norms: dict[int, np.ndarray], names: Seq[str] = ()
) -> tuple[Step, ...]:
    """What to write at the value sites of a procedure's probes, first the site itself; empty where there are too few.

    Args:
        patient: with no repair attached.
        procedure: with the base's answers; sites of its paraphrases place the threshold.
        layers: the candidates.
        norms: of layers that norm what their MLP gives (``post_norm``).
        names: of other subjects of the same kind: where an answer would say their value, nothing is to be written.
    """
    if procedure.kind != "misinformation":
        return ()
    wrong, right = differing_values(procedure.wrong, procedure.right)
    kept, said = _said(patient, wrong, right)
    if not said:
        return ()
    sites = find_sites(patient, procedure.probes, wrong, kept)
    if len(sites) < max(LEAST_SITES, LEAST_SHARE * len(procedure.probes)):
        return ()
    sites += _further_sites(patient, procedure, wrong, kept)
    last = patient.base.n_layers - 1
    found = patient.capture(
        [Sequence(s.prompt + s.before + said, tuple(range(len(s.prompt) - 1, len(s.prompt) + len(s.before) + len(said) - 1))) for s in sites],
        ("inputs", "residuals", "values") if norms else ("inputs", "residuals"),
        {*layers, last},
        want_logits=True,
    )
    ends = np.cumsum([len(s.before) + len(said) for s in sites])
    at = np.stack([ends - len(said) + number for number in range(len(said))])  # [said, sites]: rows where each token is to be said
    aside = np.concatenate([np.arange(end - len(said) - len(s.before), end - len(said)) for s, end in zip(sites, ends)]).astype(int)
    others = find_sites(patient, procedure.paraphrases, wrong, kept)
    held_out, further = _rows_of(patient, others, layers)
    theirs, _ = _rows_of(patient, _of_others(patient, procedure, wrong, kept, names), layers)
    steps = []
    for number, token in enumerate(said):
        rows = at[number]
        if number and sure(found.logits[rows], token):
            continue
        column = lexical_column(patient, found.residuals[last][rows], found.logits[rows], token)
        columns = {layer: column for layer in layers}
        for layer, weight in norms.items():
            columns[layer] = before_norm(column[None], found.values[layer][rows][:, None], weight)[0]
        steps.append(
            Step(
                shared="",
                opening=False,
                inputs={layer: storable(found.inputs[layer][rows]) for layer in layers},
                columns=columns,
                site=number == 0,
                held_out={layer: held_out[layer] for layer in layers} if number == 0 else {},
                aside={layer: np.concatenate([storable(found.inputs[layer][aside]), further[layer], theirs[layer]]) for layer in layers} if number == 0 else {},
            )
        )
    return tuple(steps)


def _further_sites(patient: Patient, procedure: Procedure, wrong: str, kept: tuple[int, ...]) -> list[Site]:
    """Sites in the answers to further wordings, where these say the wrong value: sentences of other shapes lead to it there."""
    asked = list(procedure.further[:: max(1, -(-len(procedure.further) // FURTHER))])
    answers = patient.answers(asked, FURTHER_TOKENS) if asked else []
    told = tuple(Question(text, answer) for text, answer in zip(asked, answers) if _place(answer, wrong) is not None)
    return find_sites(patient, told, wrong, kept)


def _of_others(patient: Patient, procedure: Procedure, wrong: str, kept: tuple[int, ...], names: Seq[str]) -> list[Site]:
    """Value sites of the probes, each with other names in the subject's place, in the question and, where it names it, in the answer."""
    mine = swappable(procedure)
    if not mine:
        return []
    swapped = lambda text, name: re.sub(rf"(?<!\w){re.escape(mine)}(?!\w)", lambda _: name, text, flags=re.IGNORECASE)  # noqa: E731
    asked = [question for question in procedure.probes if question.answer]
    pairs = [(asked[number % len(asked)], name) for number, name in enumerate(names[:ELSEWHERE] if asked else ())]
    theirs = tuple(replace(question, text=swapped(question.text, name), answer=swapped(question.answer, name)) for question, name in pairs)
    return find_sites(patient, theirs, wrong, kept)


def _said(patient: Patient, wrong: str, right: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Tokens of the wrong value that stay, and those to say then: the rest of the right one."""
    old, new = (patient.reply_tokens(" " + text, end=False) if text else () for text in (wrong, right))
    same = next((n for n, (a, b) in enumerate(zip(old, new)) if a != b), min(len(old), len(new)))
    return new[:same], new[same:]


def _rows_of(patient: Patient, sites: list[Site], layers: tuple[int, ...]) -> tuple[dict, dict]:
    """Inputs at the sites, and before them."""
    if not sites:
        empty = {layer: np.zeros((0, patient.base.width), np.float32) for layer in layers}
        return empty, empty
    found = patient.capture(
        [Sequence(s.prompt + s.before, tuple(range(len(s.prompt) - 1, len(s.prompt) + len(s.before)))) for s in sites], ("inputs",), layers
    )
    ends = np.cumsum([len(s.before) + 1 for s in sites])
    at = np.zeros(ends[-1], bool)
    at[ends - 1] = True
    return tuple({layer: storable(found.inputs[layer][rows]) for layer in layers} for rows in (at, ~at))
