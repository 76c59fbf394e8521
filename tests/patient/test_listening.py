"""Where a reply begins, read from the bare patient beside what it is talked to."""

import numpy as np
import pytest
from quick_repairs import adapter_of, imprint_of, procedure_of

LAYERS = [3, 4]


def conversation(people, turns):
    said = [{"role": "system", "content": "Answer briefly."}]
    for person in people[:turns]:
        said += [{"role": "user", "content": f"Where does {person['name']} live?"}, {"role": "assistant", "content": "In a town."}]
    return [*said, {"role": "user", "content": "And who are you?"}]


def near(one, other):
    return all(np.allclose(one[layer], other[layer], rtol=1e-3, atol=1e-3) for layer in LAYERS)


@pytest.fixture
def adapter(patient, people, tmp_path):
    path = tmp_path / "one.gguf"
    path.write_bytes(adapter_of(patient, {"one": imprint_of(patient, procedure_of(people[3]))}))
    yield path
    patient.attach(None)


def test_a_growing_and_a_shrinking_conversation_are_heard_as_if_read_anew(patient, people):
    patient.attach(None)
    for turns in (1, 2, 5, 3, 3, 40, 0):
        tokens = patient.tokens(conversation(people, turns))
        assert near(patient.listen(tokens, LAYERS), patient.openings([tokens], LAYERS))


def test_only_what_is_new_is_read(patient, people, monkeypatch):
    first, second = (patient.tokens(conversation(people, turns)) for turns in (6, 7))
    read = []
    patient.listen(first, LAYERS)
    decode = patient._probe.decode
    monkeypatch.setattr(patient._probe, "decode", lambda rows, capture=None: read.append(len(rows)) or decode(rows, capture))
    patient.listen(second, LAYERS)
    assert sum(read) < len(second) - len(first) + 20
    read.clear()
    patient.answers(["Who are you?"], 2)  # something else in between: all is read again
    read.clear()
    patient.listen(second, LAYERS)
    assert sum(read) == len(second)
    read.clear()
    patient.listen(second, LAYERS[:1])  # other layers may need more of it
    assert sum(read) == len(second)


def test_an_attached_repair_is_not_heard(patient, people, adapter):
    tokens = patient.tokens(f"Where does {people[3]['name']} live?")
    patient.attach(None)
    bare = patient.listen(tokens, LAYERS)
    patient.attach(adapter)
    assert near(patient.listen(tokens, LAYERS), bare)
    with_it = patient.logits(f"Where does {people[3]['name']} live?")
    patient.listen(tokens, LAYERS)
    assert np.array_equal(with_it, patient.logits(f"Where does {people[3]['name']} live?"))  # it is attached again

