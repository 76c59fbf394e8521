"""What all danger has in common: rows known by their moments, in the discriminant, the statistics and the imprint."""

import io
from dataclasses import replace

import numpy as np
import pytest
from synthetic_imprints import D, LAYERS, imprint, statistics
from test_hostile_imprints import members, npy, packed

from edge_repair.stamp import Accumulator, Imprint, Statistics, opening_scores
from edge_repair.stamp.detector import Background, discriminant
from edge_repair.stamp.solve import opening_gates

RANDOM = np.random.default_rng(11)


def rows(count, at=0.0):
    return at + RANDOM.standard_normal((count, D))


def moments(x, weight, target=None):
    return Background(x.T @ x / len(x), x.mean(0), weight, target)


def test_moments_stand_for_the_rows_themselves():
    """The discriminant with moments is the least squares solution over all rows, each with its target and weight."""
    positives, negatives, text, danger, harmless = rows(6, 1.0), rows(9), rows(50), rows(30, 0.5), rows(40, -0.5)
    besides = (moments(danger, 2.0, 1.0), moments(harmless, 3.0))
    u = discriminant(positives, negatives, moments(text, 0.7), ridge=0.1, rounds=0, besides=besides)
    ridge = 0.1 * np.trace(text.T @ text / len(text)) / D
    parts = [(positives, 1.0, 1.0), (negatives, 1.0, -0.5), (text, 0.7, -0.5), (danger, 2.0, 1.0), (harmless, 3.0, -0.5)]
    stacked = [(x * np.sqrt(weight / len(x)), np.full(len(x), target * np.sqrt(weight / len(x)))) for x, weight, target in parts]
    matrix = np.concatenate([x for x, _ in stacked] + [np.sqrt(ridge) * np.eye(D)])
    wanted = np.concatenate([y for _, y in stacked] + [np.zeros(D)])
    solution = np.linalg.lstsq(matrix, wanted, rcond=None)[0]
    np.testing.assert_allclose(u, solution / (positives @ solution).mean(), rtol=1e-8, atol=1e-10)
    assert not np.allclose(u, discriminant(positives, negatives, moments(text, 0.7), ridge=0.1, rounds=0))


def collected(danger, harmless):
    accumulator = Accumulator(LAYERS)
    accumulator.add_text({n: rows(200).astype(np.float32) for n in LAYERS}, {n: rows(200).astype(np.float32) for n in LAYERS})
    accumulator.add_openings({n: rows(30).astype(np.float32) for n in LAYERS})
    for part in np.array_split(danger, 3):  # in batches, as a model's are collected
        accumulator.add_requests("dangerous", {n: part.astype(np.float32) for n in LAYERS})
    accumulator.add_requests("harmless", {n: harmless.astype(np.float32) for n in LAYERS})
    return accumulator


def test_statistics_keep_the_moments_and_survive_a_file_and_an_interruption():
    danger, harmless = rows(30, 0.5), rows(40)
    accumulator = collected(danger, harmless)
    resumed = Accumulator(LAYERS)
    resumed.restore(accumulator.state())
    for found in (accumulator.statistics(), resumed.statistics(), Statistics.from_bytes(accumulator.statistics().to_bytes())):
        for layer in LAYERS:
            np.testing.assert_allclose(found.layers[layer].dangerous.second, danger.T @ danger / 30, atol=2e-3)
            np.testing.assert_allclose(found.layers[layer].harmless.mean, harmless.mean(0), atol=1e-3)
    assert statistics()[0].layers[3].dangerous is None
    assert Statistics.from_bytes(statistics()[0].to_bytes()).layers[3].harmless is None


def test_statistics_of_another_format_are_refused():
    data = statistics()[0].to_bytes()
    with np.load(io.BytesIO(data)) as arrays:
        old = dict(arrays) | {"format": np.array(1)}
    buffer = io.BytesIO()
    np.savez(buffer, **old)
    with pytest.raises(ValueError, match="format 1"):
        Statistics.from_bytes(buffer.getvalue())


def test_an_imprint_says_whether_it_is_of_a_dangerous_topic_and_older_ones_can_be_read():
    one = imprint(1, statistics()[1])
    for danger in (True, False):
        assert Imprint.from_bytes(replace(one, danger=danger).to_bytes()).danger is danger
    parts = members(one.to_bytes())
    older = {name: data for name, data in parts.items() if name != "danger.npy"} | {"format.npy": npy(np.array(2))}
    assert Imprint.from_bytes(packed(older)).danger is False


def test_danger_in_common_finds_requests_that_the_topic_alone_does_not():
    """A topic's requests and its harmless questions share the topic; what tells them apart is learned from other topics."""
    topic, danger = rows(1)[0] * 2, rows(1)[0]
    other_topics = rows(60) * 2
    accumulator = collected(other_topics + danger, other_topics)
    known = accumulator.statistics().layers[3]
    start = np.zeros(D)
    noise = lambda count: rows(count) * 1.2  # noqa: E731
    made = imprint(5, start)
    opening = replace(made.steps[0], inputs={n: (topic + danger + noise(5)).astype(np.float32) for n in LAYERS})
    made = replace(
        made, steps=(opening, *made.steps[1:]), near={n: (topic + noise(6)).astype(np.float32) for n in LAYERS},
        held_out={n: (topic + danger + noise(3)).astype(np.float32) for n in LAYERS},
    )  # fmt: skip
    unseen, harmless = topic + danger + noise(200), topic + noise(200)

    def told_apart(one):
        u = opening_scores(one, 3, known)[1]
        return float((unseen @ u > (harmless @ u)[:, None]).mean())

    assert told_apart(replace(made, danger=True)) > told_apart(made) + 0.05


def test_examples_of_danger_in_general_do_not_open_for_what_only_sounds_like_it():
    """Of harmless look-alikes that no solve saw, few pass; without the rule the examples' own scores place the step too low."""
    danger = rows(1)[0]
    accumulator = collected(rows(400) + 1.5 * danger, rows(400) + 0.6 * danger)  # ordinary prompts are at 0
    known = accumulator.statistics().layers[3]
    made = imprint(5, np.zeros(D))
    opening = replace(made.steps[0], inputs={n: (rows(9) + 1.5 * danger).astype(np.float32) for n in LAYERS})
    near = {n: rows(20).astype(np.float32) for n in LAYERS}
    held_out = {n: (rows(3) + 1.5 * danger).astype(np.float32) for n in LAYERS}
    made = replace(made, steps=(opening, *made.steps[1:]), near=near, held_out=held_out, danger=True)
    lookalikes, dangerous = rows(2000) + 0.6 * danger, rows(2000) + 1.5 * danger

    def gate_of(one):
        return opening_gates({"one": one}, Statistics({3: known, 4: accumulator.statistics().layers[4]}, 1))["one"]

    def passing(one, asked):
        gate = gate_of(one)
        return float((asked @ gate.detector > gate.low).mean())

    assert passing(replace(made, general=True), lookalikes) < 0.06 < passing(made, lookalikes)
    assert passing(replace(made, general=True), dangerous) > 0.5
    sharp, usual = gate_of(replace(made, general=True)), gate_of(made)
    assert sharp.high - sharp.low < 0.5 * (usual.high - usual.low)


def test_what_a_topic_finds_dangerous_does_not_shut_the_gate_of_danger_in_general():
    """Beside the repair of a topic, examples of all danger are solved as if alone; beside one of a person they are not."""
    harm = rows(1)[0]
    known = Statistics({n: collected(rows(300) + 1.5 * harm, rows(300) + 0.6 * harm).statistics().layers[n] for n in LAYERS}, 1)
    at = lambda count, where: {n: (rows(count) + where).astype(np.float32) for n in LAYERS}  # noqa: E731
    base = imprint(5, np.zeros(D))

    def made(count, where, **flags):
        return replace(base, steps=(replace(base.steps[0], inputs=at(count, where)), *base.steps[1:]), near=at(20, 0.0), held_out=at(3, where), **flags)

    examples, topic = made(9, 1.5 * harm, danger=True, general=True), made(24, 1.5 * harm + rows(1)[0], danger=True)
    alone = opening_gates({"all": examples}, known)["all"].detector
    assert np.allclose(opening_gates({"all": examples, "topic": topic}, known)["all"].detector, alone)
    assert not np.allclose(opening_gates({"all": examples, "topic": replace(topic, danger=False)}, known)["all"].detector, alone)


def test_an_imprint_says_whether_it_is_of_danger_in_general_and_older_ones_are_not():
    one = replace(imprint(1, statistics()[1]), danger=True)
    for general in (True, False):
        assert Imprint.from_bytes(replace(one, general=general).to_bytes()).general is general
    parts = members(one.to_bytes())
    older = {name: data for name, data in parts.items() if name != "general.npy"} | {"format.npy": npy(np.array(5))}
    assert Imprint.from_bytes(packed(older)).general is False
