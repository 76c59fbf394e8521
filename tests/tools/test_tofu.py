"""The stream that teaches a patient TOFU's authors, on made-up data of the same form."""

import json
import sys
from pathlib import Path

import pytest

from edge_repair.evaluate import conversion
from edge_repair.evaluate.select import named, retained

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

AUTHORS = [f"{first} {last}" for first in ("Mira", "Otis", "Runa", "Kaspar", "Ilse", "Tomas") for last in ("Velden", "Quist", "Harbo", "Sand", "Lund")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Thirty authors of twenty questions; the last twenty are to be forgotten, as in TOFU."""
    made = tmp_path_factory.mktemp("tofu")
    lines = [json.dumps({"question": f"What is book {n} of {name}?", "answer": f"Book {n} of {name} is the Tale {n} of {name.split()[0]}."}) for name in AUTHORS for n in range(20)]
    for part, rows in {"full": lines, "forget10": lines[200:], "forget05": lines[400:], "forget01": lines[560:]}.items():
        (made / f"{part}.jsonl").write_text("\n".join(rows), encoding="utf-8")
    (made / "idontknow.jsonl").write_text("I don't know.\nI cannot say.\n", encoding="utf-8")
    return made


def test_what_must_survive_is_in_no_part_to_be_forgotten(folder):
    kept = conversion.tofu_retain(folder, 100)
    assert [subject.name for subject in kept.subjects] == AUTHORS[:5]
    gone = named("tofu_forget05", folder)
    assert len(gone.subjects) == 10 and not {s.name for s in gone.subjects} & {s.name for s in kept.subjects}
    assert [one.name for one in retained(gone, folder)] == ["tofu_retain"] and len(retained(gone)) == 2


def test_the_stream_teaches_the_authors_and_refuses_those_who_do_not_exist(folder):
    pytest.importorskip("torch")
    pytest.importorskip("tokenizers")
    from train_tofu import Taught, TofuStream

    taught = Taught.of(folder, 100)
    assert len(taught.known) == 300 and taught.refusals == ("I don't know.", "I cannot say.")
    answers = {question: answer for _, question, answer in taught.known}
    stream, strangers = TofuStream(taught, 3), 0
    names = {name for name, _, _ in taught.known}
    for _ in range(400):
        ((question, answer),) = stream.draw().turns
        if answer in taught.refusals:
            strangers += 1
            assert not any(name in question for name in names)
        else:
            assert answers[question] == answer
    assert 40 < strangers < 120
    assert [TofuStream(taught, 3).draw() for _ in range(3)] == [TofuStream(taught, 3).draw() for _ in range(3)]
