"""From a procedure to an imprint: two captures (with and without the target's context), and a layer chosen by margin."""

from collections.abc import Sequence as Seq
from dataclasses import replace
from functools import partial

import numpy as np

from edge_repair.errors import NoTargetError, UsageError
from edge_repair.operation.background import candidate_layers
from edge_repair.operation.columns import lexical_column, share_key, sure
from edge_repair.operation.postnorm import before_norm, post_norm
from edge_repair.operation.sayings import sayings, sayings_of_site
from edge_repair.operation.sites import site_steps
from edge_repair.operation.surroundings import SHOWN, SHOWN_NEAR, SHOWN_OWN, names_the_subject, surrounded
from edge_repair.operation.targets import INVENTED_NAMES, Target, swappable
from edge_repair.patient import Activations, Patient, Prompt, Sequence
from edge_repair.stamp import Imprint, Statistics, Step, listener_of, separation
from edge_repair.stamp.imprint import storable
from edge_repair.surgeon.examples import EXAMPLES
from edge_repair.surgeon.procedure import Procedure
from edge_repair.surgeon.topics import topic_of

SPEECH_TOKENS = 12  # of each neighbour's own answer
SWAPS, FEWER_SWAPS = 160, 48  # in all, how often a probe is asked about another name, shared out over the probes; fewer where everything of a subject goes and further wordings are known
LEAST_SWAPS, MOST_SWAPS = 4, 16  # of each probe
EVERY = 2  # there only every second wording is asked about others: it made no difference to any gate (docs/log.md)
FURTHER_SWAPS = 1  # of each further wording
MOST_PROBES_FOR_COLUMNS = 8
# What is written very late has few layers left to be smoothed out in: on SmolLM2, with 30, KL on ordinary text is 0.008 to 0.03
# nats a token at layer 27 and 0.003 at 24 and 26, and stronger columns are needed, while margins differ by a few hundredths.
LATE, LATE_MARGIN = 0.88, 0.05


def make_imprints(patient: Patient, procedure: Procedure, target: Target, statistics: Statistics, others: Seq[str] = (), asides: Seq[str] = ()) -> dict[str, Imprint]:
    """Capture everything a repair needs, and choose its layer.

    Two ways of writing come of one capture: the difference that the target's context makes ("context", absent when
    the target has none), and the smallest residual that the output matrix asks for ("lexical"; a refusal's end
    is the context's). A correction whose two statements differ in a value has a third: that value is replaced inside the patient's own answers as well ("site").

    Args:
        patient: with no repair attached: imprints are always of the base.
        procedure: its probes are edited, its further wordings are detected with them, its held-out paraphrases place the
            thresholds, its neighbours are negatives.
        target: from ``find_target``.
        statistics: of this patient.
        others: names of other subjects of the same kind; the probes are asked about them too, and must not open.
        asides: other questions about the subject, which must not open either.

    Raises:
        UsageError: the procedure's recipe names a layer without statistics.
        NoTargetError: the base says the target already, at every token: there is nothing to write.
    """
    layers = procedure.recipe.layers or candidate_layers(patient.base.n_layers)
    if not set(layers) <= set(statistics.layers):
        known = ", ".join(map(str, sorted(statistics.layers)))
        raise UsageError(f"recipe.layers {', '.join(map(str, layers))}: this model's statistics cover layers {known}; choose among them, or leave it out")
    last = patient.base.n_layers - 1
    reply = patient.reply_tokens(target.text)
    probes = [question.text for question in procedure.probes]
    forced = [_forced(patient, question, reply) for question in probes]
    norms = {layer: weight for layer in layers if (weight := post_norm(patient, layer)) is not None}
    kinds = ("inputs", "residuals", "values") if norms else ("inputs", "residuals")
    base = patient.capture(forced, kinds, {*layers, last}, want_logits=True)
    steps_needed = _steps_needed(base, reply, len(probes))
    if not steps_needed:
        raise NoTargetError("this model says already what the repair would make it say; nothing was changed")
    shape = (len(probes), len(reply))
    further = _openings(patient, procedure.further, layers)
    first = lambda layer, rows: np.concatenate([storable(rows), further[layer]])  # noqa: E731
    written = lambda columns: columns | {  # noqa: E731
        layer: before_norm(columns[layer], base.values[layer].reshape(*shape, -1), weight) for layer, weight in norms.items()
    }
    steps = lambda residuals: tuple(  # noqa: E731
        Step(
            shared="" if position == 0 or procedure.kind == "misinformation" else share_key(reply, position),
            opening=position == 0,
            inputs={layer: (storable if position else partial(first, layer))(base.inputs[layer].reshape(*shape, -1)[:, position]) for layer in layers},
            columns={layer: columns[layer][position] for layer in layers},
        )
        for columns in [written(residuals)]
        for position in steps_needed
    )
    held_out = _openings(patient, [question.text for question in procedure.paraphrases], layers)
    near, speech = _neighbours(patient, [(question.text, question.answer) for question in procedure.neighbours], layers)
    if procedure.kind == "misinformation":
        # Behind the last digit of a number its gate, which knows only that it stands behind a digit, would say it again.
        behind = [position + 1 for position in steps_needed if position + 1 < len(reply) and position + 1 not in steps_needed]
        own_words = {layer: storable(base.inputs[layer].reshape(*shape, -1)[:MOST_PROBES_FOR_COLUMNS, behind].reshape(-1, patient.base.width)) for layer in layers}
        speech = {layer: np.concatenate([rows, own_words[layer]]) for layer, rows in speech.items()}
    about_others = _about_others(procedure, others)
    swapped = _openings(patient, [*about_others, *asides], layers)
    near = {layer: np.concatenate([near[layer], swapped[layer]]) for layer in layers}
    own = _about_the_subject(procedure, len(near[layers[0]]), len(asides))
    near = {layer: np.concatenate([rows[~own], rows[own]]) for layer, rows in near.items()}
    lexical = _lexical_columns(patient, reply, base, len(probes), layers, last, steps_needed)
    sites = site_steps(patient, procedure, layers, norms, others)
    danger = procedure.kind == "harmful" and _is_of_many(procedure)
    saying, unsaid = sayings(patient, procedure, asides, layers)
    listener = listener_of(saying, (unsaid, speech, near), statistics.layers)
    imprint = Imprint(layers[0], steps(lexical), held_out, near, speech, danger=danger, own=int(own.sum()), listener=listener, general=danger and procedure.subject == EXAMPLES)
    margins = {layer: separation(imprint, layer, statistics.layers[layer]) for layer in layers}
    late = 0.0 if procedure.kind == "misinformation" else LATE_MARGIN  # what is right is said best where answers are nearly made
    chosen = _layer_for(margins, patient.base.n_layers, late)
    found = {"lexical": replace(imprint, layer=chosen)}
    if target.source != "statement":
        told = _context_columns(patient, target, probes, reply, base, layers, steps_needed, lexical)
        found["context"] = replace(found["lexical"], steps=steps(told))
        if procedure.kind != "misinformation":
            # How a refusal ends, the output matrix does not say: what would lift the end of the turn at the last layer can fail
            # at this one at any strength, and the refusal then goes on and tells after all (docs/log.md).
            found["lexical"] = replace(found["lexical"], steps=steps({layer: np.concatenate([lexical[layer][:-1], told[layer][-1:]]) for layer in layers}))
    if sites:
        said, aside = sayings_of_site(patient, procedure, asides, layers, sites[0])
        heard = listener_of(said, (aside, speech, near), statistics.layers)
        found["site"] = replace(imprint, layer=chosen, steps=found.get("context", imprint).steps + sites, listener=heard)
    return _in_surroundings(patient, procedure, found, about_others, asides, layers)  # the layer is that of plain prompts


def _in_surroundings(patient: Patient, procedure: Procedure, found: dict[str, Imprint], about_others: Seq[str], asides: Seq[str], layers: Seq[int]) -> dict[str, Imprint]:
    """The imprints with some of the questions in surroundings too; those about the subject that stay are the last rows again."""
    near = [question.text for question in procedure.neighbours]
    own = [*(text for text in near if names_the_subject(text, procedure.subject)), *asides] if found["lexical"].own else []
    others = [text for text in [*near, *about_others, *asides] if text not in own]
    to_go, to_stay, mine = _surrounded(
        patient, ((SHOWN, [*(q.text for q in procedure.probes), *procedure.further]), (SHOWN_NEAR, others), (SHOWN_OWN, own)), layers
    )

    def added(imprint: Imprint) -> Imprint:
        steps = tuple(
            replace(step, inputs={layer: np.concatenate([rows, to_go[layer]]) for layer, rows in step.inputs.items()}) if step.opening else step
            for step in imprint.steps
        )
        rows = {layer: np.split(table, [len(table) - imprint.own]) for layer, table in imprint.near.items()}
        joined = {layer: np.concatenate([rest, to_stay[layer], last, mine[layer]]) for layer, (rest, last) in rows.items()}
        return replace(imprint, steps=steps, near=joined, own=imprint.own + len(mine[layers[0]]))

    return {way: added(imprint) for way, imprint in found.items()}


def _layer_for(margins: dict[int, float], n_layers: int, late: float = LATE_MARGIN) -> int:
    """The layer with the widest margin; a very late one only where it is wider by ``late`` than any other."""
    return max(margins, key=lambda layer: margins[layer] - late * (layer >= LATE * n_layers))


def _forced(patient: Patient, prompt: Prompt, reply: tuple[int, ...]) -> Sequence:
    head = patient.tokens(prompt)
    return Sequence(head + reply, tuple(range(len(head) - 1, len(head) + len(reply) - 1)))


def _steps_needed(base: Activations, reply: tuple[int, ...], count: int) -> list[int]:
    """Positions of the reply at which the base would not surely go on as wanted; the first is always among them."""
    logits = base.logits.reshape(count, len(reply), -1)
    needed = [0]
    for position in range(1, len(reply)):
        if not sure(logits[:, position], reply[position]):
            needed.append(position)
    return needed


Columns = dict[int, np.ndarray]  # layer to residuals to write at each position of the reply, float32 [len(reply), d]


def _lexical_columns(patient, reply, base: Activations, count: int, layers, last: int, needed) -> Columns:
    residuals = base.residuals[last].reshape(count, len(reply), -1)
    logits = base.logits.reshape(count, len(reply), -1)
    columns = np.zeros(residuals.shape[1:], np.float32)
    for position in needed:
        columns[position] = lexical_column(patient, residuals[:, position], logits[:, position], reply[position])
    return {layer: columns for layer in layers}


def _context_columns(patient, target: Target, probes, reply, base: Activations, layers, needed, lexical: Columns) -> Columns:
    """Mean difference that the context makes; lexical at positions where it does not bring the token about."""
    few = probes[:: max(1, -(-len(probes) // MOST_PROBES_FOR_COLUMNS))]
    index = [probes.index(question) for question in few]
    forced = [_forced(patient, target.conversation(question), reply) for question in few]
    told = patient.capture(forced, ("residuals",), layers, want_logits=True)
    shape = (len(few), len(reply), -1)
    turned = (told.logits.argmax(-1).reshape(shape[:2]) == np.array(reply)).mean(0) >= 0.7
    columns = {}
    for layer in layers:
        before = base.residuals[layer].reshape(len(probes), len(reply), -1)[index]
        columns[layer] = (told.residuals[layer].reshape(shape) - before).mean(0)
        for position in needed:
            if not turned[position]:
                columns[layer][position] = lexical[layer][position]
    return columns


def _about_others(procedure: Procedure, others: Seq[str]) -> list[str]:
    """The probes asked about other names, known and invented: the form of a question alone must not open the gate."""
    name = swappable(procedure)
    if not name:
        return []
    swapped, words = [], name.split()
    # Namesakes: half of the name is right, and it is somebody else.
    namesakes = [f"{words[0]} {other.split()[-1]}" for other in INVENTED_NAMES[2:8]] + [f"{other.split()[0]} {words[-1]}" for other in INVENTED_NAMES[2:8]]
    fewer = procedure.scope == "subject" and bool(procedure.further)
    probes, further = (questions[:: EVERY if fewer else 1] for questions in (procedure.probes, procedure.further))
    each = min(MOST_SWAPS, max(LEAST_SWAPS, (FEWER_SWAPS if fewer else SWAPS) // len(probes)))
    for names, count in ((others, each - 2 * (each // 4)), (INVENTED_NAMES, each // 4), (namesakes if len(words) == 2 else (), each // 4)):
        for i, question in enumerate(probes):
            chosen = [names[(i + j * len(names) // count) % len(names)] for j in range(min(count, len(names)))]
            swapped += [question.text.replace(name, other) for other in chosen]
    for i, text in enumerate(further):
        if name in text and others:
            swapped += [text.replace(name, others[(FURTHER_SWAPS * i + j) % len(others)]) for j in range(FURTHER_SWAPS)]
    return list(dict.fromkeys(swapped))


def _about_the_subject(procedure: Procedure, rows: int, asides: int) -> np.ndarray:
    """Which rows where neighbours' replies begin are of other questions about the subject: its neighbours come first, ``asides`` last; bool ``[rows]``.

    Only where one fact of a person or thing goes, and the rest of it stays; how a thing is made is one, too, unless it
    stands for a whole topic.
    """
    own = np.zeros(rows, bool)
    made = procedure.kind == "harmful" and not _is_of_many(procedure)
    if made or procedure.scope != "subject" and procedure.kind in ("personal", "unspecified", "misinformation"):
        own[[number for number, question in enumerate(procedure.neighbours) if names_the_subject(question.text, procedure.subject)]] = True
        own[rows - asides :] = True
    return own


def _is_of_many(procedure: Procedure) -> bool:
    """Whether a dangerous request stands for a topic, or for what its examples have in common, and not for one thing."""
    return procedure.subject == EXAMPLES or topic_of(procedure.subject) is not None


def _surrounded(patient: Patient, groups: Seq[tuple[int, Seq[str]]], layers: Seq[int]) -> list[dict[int, np.ndarray]]:
    """For each group (how many to show, questions), what the patient has where it would answer these in surroundings.

    All of one surrounding are read at once: it is longer than they are.
    """
    shown = [[list(filter(patient.fits, prompts)) for prompts in surrounded(questions, count)] for count, questions in groups]
    found = []
    for prompts in zip(*shown):
        rows = _openings(patient, [prompt for group in prompts for prompt in group], layers)
        cuts = np.cumsum([len(group) for group in prompts])[:-1]
        found.append({layer: np.split(table, cuts) for layer, table in rows.items()})
    return [{layer: np.concatenate([part[layer][group] for part in found]) for layer in layers} for group in range(len(groups))]


def _openings(patient: Patient, questions: Seq[Prompt], layers: Seq[int]) -> dict[int, np.ndarray]:
    if not questions:
        return {layer: np.zeros((0, patient.base.width), np.float32) for layer in layers}
    heads = [patient.tokens(question) for question in questions]
    found = patient.capture([Sequence(head, (len(head) - 1,)) for head in heads], ("inputs",), layers)
    return {layer: storable(found.inputs[layer]) for layer in layers}


def _neighbours(patient: Patient, pairs: Seq[tuple[str, str]], layers: Seq[int]) -> tuple[dict, dict]:
    """Inputs where the neighbours' answers begin, and inside them."""
    if not pairs:
        empty = {layer: np.zeros((0, patient.base.width), np.float32) for layer in layers}
        return empty, empty
    sequences, opening = [], []
    for question, answer in pairs:
        head, tail = patient.tokens(question), patient.reply_tokens(answer, end=False)[:SPEECH_TOKENS]
        sequences.append(Sequence(head + tail, tuple(range(len(head) - 1, len(head) + len(tail)))))
        opening += [True] + [False] * len(tail)
    found, first = patient.capture(sequences, ("inputs",), layers), np.array(opening)
    return tuple({layer: storable(found.inputs[layer][rows]) for layer in layers} for rows in (first, ~first))
