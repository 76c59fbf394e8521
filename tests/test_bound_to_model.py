"""A store with repairs is bound to every byte of its model, not only to the sampled ones."""

import hashlib
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from quick_repairs import imprint_of, procedure_of, put_into

from edge_repair import Session
from edge_repair.adapters import identify, read_header
from edge_repair.adapters.base import SAMPLE_BYTES, SAMPLES
from edge_repair.errors import ModelError


def unsampled(path) -> int:
    """The place of a byte of the data section between two samples of the fingerprint."""
    header = read_header(path)
    size = header.file_size - header.data_offset
    first, second = (sample * (size - SAMPLE_BYTES) // (SAMPLES - 1) for sample in (255, 256))
    assert second - first > SAMPLE_BYTES + 1
    return header.data_offset + (first + SAMPLE_BYTES + second) // 2


def flip(path, place: int) -> None:
    """Change one bit, and set the time of modification back."""
    before = path.stat()
    with open(path, "r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 1]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.fixture
def copy(patient_file, tmp_path):
    path = tmp_path / "model.gguf"
    shutil.copy(patient_file, path)
    return path


def test_a_changed_byte_that_no_sample_covers_is_noticed_when_there_are_repairs(copy, patient, people, tmp_path):
    put_into(tmp_path / "store", patient, {"one": imprint_of(patient, procedure_of(people[1]))})
    Session.open(copy, store=tmp_path / "store").close()  # another place, the same bytes
    flip(copy, unsampled(copy))
    assert identify(copy) == patient.base, "the fingerprint does not see it"
    with pytest.raises(ModelError, match="altered since it was first repaired") as refusal:
        Session.open(copy, store=tmp_path / "store")
    assert "\n" not in str(refusal.value)
    flip(copy, unsampled(copy))
    Session.open(copy, store=tmp_path / "store").close()


def test_without_repairs_nothing_is_hashed_or_written(copy, tmp_path, monkeypatch):
    monkeypatch.setattr("edge_repair.session.session.full_sha256", lambda *_: pytest.fail("hashed for nothing"))
    Session.open(copy, store=tmp_path / "store").close()
    assert not (tmp_path / "store").exists()


def test_the_first_repair_binds_and_the_next_one_of_an_altered_file_is_refused(copy, people, tmp_path):
    """The file is altered while the session is open: the repair that follows changes nothing."""
    with Session.open(copy, store=tmp_path / "store") as session:
        procedure = session.plan(f"Forget where {people[2]['name']} lives.")
        kept = session.carry_out(procedure, accept=True)
        assert kept.status == "committed"
        before = hashlib.sha256((tmp_path / "store" / "ledger.sqlite").read_bytes()).digest()
        flip(copy, unsampled(copy))
        with pytest.raises(ModelError, match="altered since"):
            session.carry_out(procedure, accept=True)
        assert [repair.id for repair in session.repairs()] == [kept.id]
    assert hashlib.sha256((tmp_path / "store" / "ledger.sqlite").read_bytes()).digest() == before
    with pytest.raises(ModelError, match="altered since"):
        Session.open(copy, store=tmp_path / "store")


def test_the_hash_is_remembered_in_the_store(copy, patient, people, tmp_path, monkeypatch):
    put_into(tmp_path / "store", patient, {"one": imprint_of(patient, procedure_of(people[1]))})
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))
    Session.open(copy, store=tmp_path / "store").close()
    assert not (tmp_path / "elsewhere").exists()
    read = []
    monkeypatch.setattr("edge_repair.adapters.base._CHUNK", 1 << 20)
    real = hashlib.sha256

    class Counting:
        def __init__(self, data=b""):
            self.digest = real(data)

        def update(self, data):
            read.append(len(data))
            self.digest.update(data)

        def hexdigest(self):
            return self.digest.hexdigest()

    monkeypatch.setattr("edge_repair.adapters.base.hashlib", type("hashes", (), {"sha256": Counting}))
    Session.open(copy, store=tmp_path / "store").close()
    assert sum(read) < copy.stat().st_size / 2, "the whole file was read again"


@pytest.mark.parametrize("moment", [-1e9, 0.0, 9e9], ids=["before 1970", "1970", "2255"])
def test_a_copy_on_another_machine_whose_clock_is_elsewhere(moment, patient, patient_file, people, tmp_path, monkeypatch):
    """Store and model copied to other places, all times of files wrong, the clock too: the same logits, and work goes on."""
    questions = [person["facts"][0]["trained"][0] for person in people[20:23]]
    one, two = (imprint_of(patient, procedure_of(person)) for person in people[20:22])
    put_into(tmp_path / "first" / "store", patient, {"one": one})
    put_into(tmp_path / "giver", patient, {"two": two})
    with Session.open(patient_file, store=tmp_path / "giver") as session:
        session.export_repairs(tmp_path / "pack")
    with Session.open(patient_file, store=tmp_path / "first" / "store") as session:
        said = [session.logits(question) for question in questions]
    other = tmp_path / "other machine"
    shutil.copytree(tmp_path / "first", other)
    shutil.rmtree(tmp_path / "first")
    model = other / "model under another name.gguf"
    shutil.copy(patient_file, model)
    monkeypatch.setattr("time.time", lambda: moment)
    for path in (model, *other.rglob("*")):
        os.utime(path, (max(moment, 0), max(moment, 0)))
    with Session.open(model, store=other / "store") as session:
        assert all(np.array_equal(a, session.logits(question)) for a, question in zip(said, questions))
        (taken,) = session.import_pack(session.read_pack(tmp_path / "pack"))
        assert taken.created == moment and [repair.id for repair in session.repairs()] == ["one", "two"]
        session.undo("two")
    with Session.open(model, store=other / "store") as session:
        assert all(np.array_equal(a, session.logits(question)) for a, question in zip(said, questions))
        session.undo("one")
        patient.attach(None)
        assert all(np.array_equal(patient.logits(question), session.logits(question)) for question in questions)


def test_names_that_are_no_text(patient, patient_file, people, tmp_path):
    """Model and store in folders whose names are not UTF-8, or look like something else."""
    question = people[1]["facts"][0]["trained"][0]
    put_into(tmp_path / "store", patient, {"one": imprint_of(patient, procedure_of(people[1]))})
    for name in (b"\xff\xfe", b"a\nb", b"-x", b"a?b#c%20d&e", "\u65e5\u672c".encode(), b"n" * 200):
        folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
        folder.mkdir()
        (folder / "m.gguf").symlink_to(patient_file)
        shutil.copytree(tmp_path / "store", folder / "store")
        with Session.open(folder / "m.gguf", store=folder / "store") as session:
            repaired = session.logits(question)
            session.undo("one")
            assert not np.array_equal(repaired, session.logits(question))
