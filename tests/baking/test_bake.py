"""Baking and certifying the shipped patient: near the adapter, without any, telling nothing, kept only if good."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from quick_repairs import imprint_of, procedure_of, put_into

from edge_repair import Session
from edge_repair.adapters import decode, read_header
from edge_repair.baking import checks, examination
from edge_repair.baking.certificate import markdown
from edge_repair.baking.merge import merge
from edge_repair.errors import BakeError, UsageError
from edge_repair.patient import Patient
from edge_repair.refusals import is_refusal
from edge_repair.stamp import Imprint
from edge_repair.wording import says_value

bake_module = sys.modules["edge_repair.baking.bake"]  # the package gives the function of that name
CHILD = Path(__file__).resolve().parents[1] / "adapters" / "llama_child.py"


@pytest.fixture(scope="module")
def forgotten(people):
    """Two people of whom one fact is forgotten."""
    return people[30:32]


@pytest.fixture(scope="module")
def store(patient, forgotten, tmp_path_factory):
    folder = tmp_path_factory.mktemp("baking") / "store"
    patient.attach(None)
    put_into(folder, patient, {f"one{i}": imprint_of(patient, procedure_of(person)) for i, person in enumerate(forgotten)})
    return folder


@pytest.fixture(scope="module")
def session(patient_file, store):
    with Session.open(patient_file, store=store) as opened:
        yield opened


@pytest.fixture(scope="module")
def baked(session, forgotten, tmp_path_factory):
    """The baked file and the report of it."""
    out = tmp_path_factory.mktemp("baked") / "baked.gguf"
    return out, session.bake(out, procedures=[procedure_of(forgotten[0], held_out=0)])


def test_the_baked_model_forgets_without_an_adapter_and_keeps_the_rest(session, baked, forgotten, people, patient_file):
    out, report = baked
    assert report["passed"] and report["baked"]["from_adapter"]["kl_prompts"] < 1e-4
    questions = [fact["trained"][0] for person in forgotten for fact in person["facts"][:1]]
    others = [(f["trained"][0], f["value"]) for person in people[34:44] for f in person["facts"][:1]]
    with Patient.open(patient_file) as base, Patient.open(out) as alone:
        kept = [(q, v) for (q, v), a in zip(others, base.answers([q for q, _ in others])) if says_value(a, v)]
        assert len(kept) >= 7
        assert all(map(is_refusal, alone.answers(questions)))
        assert all(says_value(a, v) for (_, v), a in zip(kept, alone.answers([q for q, _ in kept])))
        for question in questions:  # merging rounds to halves, which is little beside what the repair does
            repaired = session.logits(question)
            assert np.abs(repaired - alone.logits(question)).max() < 0.1 * np.abs(repaired - base.logits(question)).max()
    assert report["checks"][0]["baked"]["leak"] == 0 == report["checks"][0]["with_adapter"]["leak"]


def test_another_llama_cpp_program_reads_it(baked):
    """A process that knows nothing of this package loads the file and decodes."""
    ran = subprocess.run([sys.executable, str(CHILD), str(baked[0])], input="\n", capture_output=True, text=True, timeout=120)
    answer = json.loads(ran.stdout)
    assert ran.returncode == 0 and answer["loaded"] and np.isfinite(answer["logits"]).all()


def test_only_the_layers_of_the_repairs_changed(session, baked, patient_file):
    changed = {f"blk.{layer}.ffn_{role}.weight" for layer in session._ledger.adapter().layers for role in ("gate", "up", "down")}
    old, new = read_header(patient_file), read_header(baked[0])
    before, after = patient_file.read_bytes(), baked[0].read_bytes()
    differ = set()
    for (name, one), two in zip(old.tensors.items(), new.tensors.values()):
        a, b = old.data_offset + one.offset, new.data_offset + two.offset
        if before[a : a + one.nbytes] != after[b : b + two.nbytes]:
            differ.add(name)
    assert differ == changed


def test_the_patient_is_as_the_ledger_says_afterwards(session, forgotten, baked):
    assert is_refusal(session.answers([forgotten[0]["facts"][0]["trained"][0]])[0])


def test_nothing_is_written_over_and_nothing_without_repairs(session, baked, patient_file, tmp_path):
    for out in (baked[0], patient_file, tmp_path / "no" / "folder.gguf"):
        with pytest.raises(UsageError):
            session.bake(out)
    with pytest.raises(UsageError):
        session.bake(tmp_path / "x.gguf", precision="q4_1")
    with Session.open(patient_file, store=tmp_path / "empty") as bare, pytest.raises(UsageError, match="no repair is active"):
        bare.bake(tmp_path / "x.gguf")
    assert list(tmp_path.iterdir()) == []


def test_a_merge_that_lost_the_edit_is_not_kept(session, tmp_path, monkeypatch):
    """The control of the verification: a file merged with half of the edit, or with none, is refused and removed."""
    real = bake_module.merge
    for share in (0.0, 0.5):
        weaker = lambda source, factors, *rest, share=share: real(source, {n: (a, share * b) for n, (a, b) in factors.items()}, *rest)  # noqa: E731
        monkeypatch.setattr(bake_module, "merge", weaker)
        with pytest.raises(BakeError, match="what the gates write"):
            session.bake(tmp_path / "x.gguf")
        assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(bake_module, "merge", real)
    monkeypatch.setattr(examination, "MOST_KL", -1.0)
    with pytest.raises(BakeError, match="KL"):
        session.bake(tmp_path / "x.gguf")
    assert list(tmp_path.iterdir()) == []


def test_inputs_at_which_the_adapter_writes_next_to_nothing_do_not_refuse_a_good_file(session, patient, tmp_path):
    """A rounding is a large part of next to nothing: Q8_0 was refused for one wording that did not open its gate."""
    ledger, out = session._ledger, tmp_path / "x.gguf"
    repairs = decode(ledger.adapter().path.read_bytes(), session.base)
    merge(session.model, repairs, out, "q8_0", "0" * 64)
    imprints = {}
    for name, data in ledger.active_imprints().items():
        one = Imprint.from_bytes(data)
        closed = np.concatenate([one.opening.inputs[one.layer], one.near[one.layer][:8]])
        steps = tuple(replace(step, inputs={one.layer: closed}) if step is one.opening else step for step in one.steps)
        imprints[name] = replace(one, steps=steps)
    found = checks.written(session.base, session.model, repairs, repairs, out, imprints)
    assert found.median_error <= found.largest_error < examination.MOST_ERROR


@pytest.mark.parametrize("stage", ["merging", "asking the model without its repairs", "asking it with them", "asking the baked model"])
def test_repairs_that_another_process_changes_meanwhile_are_baked_as_they_were(patient_file, store, tmp_path, stage):
    """What was merged and what it is compared with are of one state: an undo between them ended in a KeyError."""
    shutil.copytree(store, tmp_path / "store")
    left = []

    def undo_one(now, *_):
        if now == stage and left:
            other = Session.open(patient_file, store=tmp_path / "store")
            for name in left:
                other.undo(name)
            other.close()
            left.clear()

    with Session.open(patient_file, store=tmp_path / "store", progress=undo_one) as session:
        before, left[:] = session._ledger.adapter(), ["one0", "one1"]
        report = session.bake(tmp_path / "x.gguf")
        assert report["passed"] and report["adapter"]["sha256"] == before.sha256 and len(report["repairs"]) == 2
        assert not left and session._ledger.adapter() is None


def test_a_disk_that_is_full_leaves_nothing(session, tmp_path, monkeypatch):
    def full(*arguments):
        arguments[2].write_bytes(b"begun")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bake_module, "merge", full)
    with pytest.raises(OSError):
        session.bake(tmp_path / "x.gguf")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_bake_left_is_removed_by_the_next_one(session, tmp_path):
    """Killed while it merges, and while it checks; another name's file, and one that is being written, are left alone."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    mine, others = tmp_path / f".x.gguf.{gone.pid}-0123abcd.temporary", [tmp_path / f".x.gguf.{os.getpid()}-0123abcd.temporary", tmp_path / f".y.gguf.{gone.pid}-0123abcd.temporary"]
    for path in (mine, *others):
        path.write_bytes(b"half")
    session.bake(tmp_path / "x.gguf")
    assert {path.name for path in tmp_path.iterdir()} == {"x.gguf", *(path.name for path in others)}


def test_the_certificate_says_what_was_checked_and_no_secret(session, baked, forgotten, tmp_path):
    report = session.certify(tmp_path / "report.json", baked=baked[0], procedures=[procedure_of(person, held_out=0) for person in forgotten])
    written, page = json.loads((tmp_path / "report.json").read_text()), (tmp_path / "report.md").read_text()
    assert report["passed"] and written["passed"] and "passed" in page
    assert written["baked"]["sha256"] in page and written["model"]["sha256"] in page and written["undo"]["equal_bit_for_bit"] == 8
    assert len(written["checks"]) == 2 and all(check["baked"]["counts"]["probes"] >= 2 for check in written["checks"])
    secrets = [word for person in forgotten for word in (person["name"], *person["name"].split(), person["facts"][0]["value"])]
    for text in (json.dumps(written), page, baked[0].read_bytes()[: read_header(baked[0]).metadata_end].decode("latin-1")[-400:]):
        assert not any(secret.casefold() in text.casefold() for secret in secrets)


def test_the_certificate_of_a_repair_that_leaks_is_not_passed(session, people, tmp_path):
    """Questions about somebody whom nobody forgot: still told, so the certificate must say so."""
    report = session.certify(tmp_path / "report", procedures=[procedure_of(people[50])])
    assert not report["passed"] and any("leak" in reason for reason in report["missed"])
    assert "**not passed**" in markdown(report)


def test_a_file_that_was_not_baked_from_this_model_is_refused(session, patient_file, tmp_path):
    with pytest.raises(BakeError, match="was not baked"):
        session.certify(tmp_path / "report", baked=patient_file)
    assert list(tmp_path.iterdir()) == []
