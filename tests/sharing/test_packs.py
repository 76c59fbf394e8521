"""Packs between stores of the shipped patient: taken over, combined in any order, undone; refused where they do not belong."""

import hashlib
import io
import itertools
import json
import struct
import sys
from dataclasses import replace

import numpy as np
import pytest
from quick_repairs import imprint_of, procedure_of, put_into, record_of

from edge_repair import Session, cli
from edge_repair.adapters import full_sha256, identify
from edge_repair.errors import PackError, RepairNotFoundError, UsageError
from edge_repair.refusals import is_refusal
from edge_repair.sharing import decode, encode, taking
from edge_repair.sharing.pack import same


@pytest.fixture(scope="module")
def imprints(patient, people):
    """Three repairs, of one fact of one person each."""
    patient.attach(None)
    return {name: imprint_of(patient, procedure_of(person)) for name, person in zip(("one", "two", "three"), people[76:79])}


@pytest.fixture(scope="module")
def stores(patient, imprints, tmp_path_factory):
    """Three stores with one repair each, as three devices would have them."""
    folder = tmp_path_factory.mktemp("devices")
    for name, imprint in imprints.items():
        put_into(folder / name, patient, {name: imprint})
    return folder


@pytest.fixture(scope="module")
def packs(patient_file, stores, tmp_path_factory):
    """The pack that each of them exports."""
    folder = tmp_path_factory.mktemp("packs")
    for name in ("one", "two", "three"):
        with Session.open(patient_file, store=stores / name) as session:
            assert [repair.id for repair in session.export_repairs(folder / name)] == [name]
    return folder


def test_a_pack_is_what_was_exported(packs, imprints, patient, patient_file):
    sha256 = full_sha256(patient_file)
    for name, imprint in imprints.items():
        pack = decode((packs / name).read_bytes(), patient.base, sha256)
        assert [packed.id for packed in pack.repairs] == [name] and same(pack.repairs[0].imprint, imprint)
        again = [(record_of(patient, name), pack.repairs[0].imprint)]
        assert encode(again, patient.base, sha256) == (packs / name).read_bytes()
        assert (packs / name).stat().st_mode & 0o777 == 0o600


def test_a_pack_of_the_version_before_is_read(packs, imprints, patient, patient_file):
    """It does not say whether a repair is of danger in general; before there was none."""
    data = (packs / "one").read_bytes()
    magic, version, length = struct.unpack_from("<8sII", data)
    header = json.loads(data[16 : 16 + length])
    for entry in header["repairs"]:
        assert entry.pop("general") is False
    raw = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    body = struct.pack("<8sII", magic, version - 1, len(raw)) + raw + data[16 + length : -32]
    before = body + hashlib.sha256(body).digest()
    assert same(decode(before, patient.base, full_sha256(patient_file)).repairs[0].imprint, imprints["one"])


def test_no_word_is_in_a_pack(packs, people):
    for name, person in zip(("one", "two", "three"), people[76:79]):
        data = (packs / name).read_bytes()
        for secret in (*person["name"].split(), person["facts"][0]["value"], "does", "Sorry"):
            assert all(secret.encode(encoding) not in data for encoding in ("utf-8", "utf-16-le"))


def test_packs_combine_in_any_order_to_the_adapter_of_a_store_that_made_all_repairs(packs, imprints, patient, patient_file, people, tmp_path):
    put_into(tmp_path / "all", patient, imprints)
    with Session.open(patient_file, store=tmp_path / "all") as session:
        expected = session._ledger.adapter().sha256
        logits = session.logits("Where does anybody live?")
    for number, order in enumerate(itertools.permutations(imprints)):
        with Session.open(patient_file, store=tmp_path / f"order{number}") as session:
            base = session.logits("Where does anybody live?")
            for name in order:
                assert [repair.id for repair in session.import_pack(session.read_pack(packs / name))] == [name]
            assert session._ledger.adapter().sha256 == expected
            assert np.array_equal(session.logits("Where does anybody live?"), logits)
            assert all(map(is_refusal, session.answers([person["facts"][0]["trained"][0] for person in people[76:79]])))
            for name in order:
                session.undo(name)
            assert np.array_equal(session.logits("Where does anybody live?"), base)


def test_a_repair_taken_over_survives_a_restart_can_be_redone_and_is_not_taken_twice(packs, patient_file, tmp_path, people):
    question = people[76]["facts"][0]["trained"][0]
    with Session.open(patient_file, store=tmp_path / "s") as session:
        (repair,) = session.import_pack(session.read_pack(packs / "one"), procedures=[procedure_of(people[76], held_out=0)])
        assert repair.status == "committed" and repair.figures["imported"]["kl"] < 0.01
        repaired = session.logits(question)
    with Session.open(patient_file, store=tmp_path / "s") as session:
        assert np.array_equal(session.logits(question), repaired)
        assert session.import_pack(session.read_pack(packs / "one")) == []
        session.undo("one")
        assert session.import_pack(session.read_pack(packs / "one")) == [], "what its owner undid stays undone"
        assert [r.status for r in session.repairs()] == ["undone"]
        session.redo("one")
        assert np.array_equal(session.logits(question), repaired)


def test_one_of_several_is_exported_by_its_id(stores, patient_file, patient, imprints, tmp_path):
    put_into(tmp_path / "s", patient, imprints)
    with Session.open(patient_file, store=tmp_path / "s") as session:
        session.undo("two")
        assert [r.id for r in session.export_repairs(tmp_path / "a")] == ["one", "three"]
        assert [r.id for r in session.export_repairs(tmp_path / "b", ["two", "two"])] == ["two"]
        for out, names, error in ((tmp_path / "a", (), UsageError), (tmp_path / "c", ("nosuch",), RepairNotFoundError)):
            with pytest.raises(error):
                session.export_repairs(out, names)
    with Session.open(patient_file, store=tmp_path / "empty") as session, pytest.raises(UsageError):
        session.export_repairs(tmp_path / "d")
    assert not (tmp_path / "c").exists() and not (tmp_path / "d").exists()


def test_a_pack_of_another_model_or_another_file_of_it_is_refused(packs, patient, patient_file, tmp_path):
    data, sha256 = (packs / "one").read_bytes(), full_sha256(patient_file)
    stranger = replace(patient.base, fingerprint="ab" * 32, name="Stranger")
    for base, digest, words in ((stranger, sha256, "another model"), (patient.base, "cd" * 32, "differs")):
        with pytest.raises(PackError, match=words) as refusal:
            decode(data, base, digest)
        assert "\n" not in str(refusal.value)
    assert identify(patient_file) == patient.base


def test_a_pack_that_does_harm_is_not_taken_over(patient, patient_file, imprints, people, tmp_path):
    """Well-formed, but its columns are enormous, or its gate is that of every question."""
    sha256, one = full_sha256(patient_file), imprints["one"]
    enormous = replace(one, steps=tuple(replace(s, columns={n: 100 * c for n, c in s.columns.items()}) for s in one.steps))
    nobody = {n: rows[:0] for n, rows in one.near.items()}
    ordinary = imprint_of(patient, replace(procedure_of(people[76]), probes=tuple(replace(q, text=t) for q, t in zip(procedure_of(people[76]).probes, ("Hello!", "What is a river?", "Name a colour.", "Who are you?")))))
    everything = replace(ordinary, near=nobody, held_out=nobody, strength=5.0)
    for number, imprint in enumerate((enormous, everything)):
        (tmp_path / "pack").write_bytes(encode([(record_of(patient, f"bad{number}"), imprint)], patient.base, sha256))
        with Session.open(patient_file, store=tmp_path / "s") as session:
            base = session.logits("Hello!")
            pack = session.read_pack(tmp_path / "pack")
            with pytest.raises(PackError, match="not taken over|cannot be solved") as refusal:
                session.import_pack(pack)
            assert "\n" not in str(refusal.value)
            assert session.repairs() == [] and np.array_equal(session.logits("Hello!"), base)


@pytest.mark.parametrize("way", ["the words of its refusal", "an opposite of its own"])
def test_a_pack_that_undoes_a_repair_that_is_here_is_not_taken_over(patient, patient_file, imprints, people, tmp_path, way):
    """Well-formed, harmless to everything else, and its gates open where they should: but it cancels what another one writes."""
    one, two = imprints["one"], imprints["two"]

    def turned(step, factor):
        return replace(step, columns={layer: factor * column for layer, column in step.columns.items()})

    if way == "an opposite of its own":
        evil = replace(one, steps=(turned(one.opening, -1), *one.steps[1:]))
    else:  # later tokens that repairs share are one gate for all of them
        evil = replace(two, steps=tuple(step if step.opening else turned(step, -3) for step in two.steps))
    put_into(tmp_path / "s", patient, {"one": one})
    (tmp_path / "pack").write_bytes(encode([(record_of(patient, "evil"), evil)], patient.base, full_sha256(patient_file)))
    question = people[76]["facts"][0]["trained"][0]
    with Session.open(patient_file, store=tmp_path / "s", routed=False) as session:
        before = session.logits(question)
        with pytest.raises(PackError, match="repair one, which is here, would no longer"):
            session.import_pack(session.read_pack(tmp_path / "pack"))
        assert [repair.id for repair in session.repairs()] == ["one"] and np.array_equal(session.logits(question), before)
        session.import_pack(session.read_pack(tmp_path / "pack"), accept=True)
        assert not is_refusal(session.ask(question).text), "the control: it does undo it, and only that is why it was refused"
    if way == "the words of its refusal":  # routed, one repair does not meet what another one writes
        with Session.open(patient_file, store=tmp_path / "s") as session:
            assert session.ask(question).repairs == ("one",) and is_refusal(session.ask(question).text)


def test_where_words_were_kept_the_repairs_here_are_asked_again(packs, patient, patient_file, imprints, people, tmp_path, monkeypatch):
    """Their questions are asked before and after a pack is taken over; one that held and holds no more stands in the way."""
    put_into(tmp_path / "s", patient, {"two": imprints["two"]}, keep_text={"two": procedure_of(people[77], held_out=0)})
    asked, real = [], taking.verify

    def worse(procedure, *rest):
        outcome = real(procedure, *rest)
        asked.append(procedure.subject)
        return replace(outcome, missed=("leak 1.00 is over 0.10",)) if asked.count(people[77]["name"]) == 2 else outcome

    with Session.open(patient_file, store=tmp_path / "s") as session:
        monkeypatch.setattr(taking, "verify", worse)
        with pytest.raises(PackError, match="repair two, which is here: leak"):
            session.import_pack(session.read_pack(packs / "one"))
        monkeypatch.setattr(taking, "verify", real)
        assert [repair.id for repair in session.import_pack(session.read_pack(packs / "one"))] == ["one"]


def test_a_pack_whose_questions_are_not_refused_is_not_taken_over(packs, patient_file, people, tmp_path):
    with Session.open(patient_file, store=tmp_path / "s") as session:
        with pytest.raises(PackError, match="leak"):
            session.import_pack(session.read_pack(packs / "one"), procedures=[procedure_of(people[80])])
        assert session.repairs() == []


def test_another_repair_of_the_same_id_is_not_replaced(patient, patient_file, stores, packs, imprints, tmp_path):
    (tmp_path / "pack").write_bytes(encode([(record_of(patient, "one"), imprints["two"])], patient.base, full_sha256(patient_file)))
    put_into(tmp_path / "s", patient, {"one": imprints["one"]})
    with Session.open(patient_file, store=tmp_path / "s") as session:
        before = session._ledger.adapter().sha256
        with pytest.raises(PackError, match="another one of that id"):
            session.import_pack(session.read_pack(tmp_path / "pack"))
        assert session._ledger.adapter().sha256 == before


def test_repairs_without_numbers_for_a_layer_that_another_one_uses(patient, patient_file, imprints, tmp_path):
    one, two = imprints["one"], imprints["two"]
    other = next(layer for layer in one.near if layer != one.layer)

    def only(imprint, layer):
        cut = lambda table: {layer: table[layer]}  # noqa: E731
        steps = tuple(replace(s, inputs=cut(s.inputs), columns=cut(s.columns)) for s in imprint.steps)
        return replace(imprint, layer=layer, steps=steps, held_out=cut(imprint.held_out), near=cut(imprint.near), speech=cut(imprint.speech))

    put_into(tmp_path / "s", patient, {"one": only(one, one.layer)})
    (tmp_path / "pack").write_bytes(encode([(record_of(patient, "two"), only(two, other))], patient.base, full_sha256(patient_file)))
    with Session.open(patient_file, store=tmp_path / "s") as session, pytest.raises(PackError, match=f"layer {min(other, one.layer)}"):
        session.import_pack(session.read_pack(tmp_path / "pack"))


def test_the_commands(stores, patient_file, tmp_path, monkeypatch, capsys):
    """Export, a no, a yes, and a broken file."""

    def run(*arguments: str, store="one", typed=""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        code = cli.run(["repairs", *arguments, "-m", str(patient_file), "--store", str(tmp_path / store if store != "one" else stores / "one"), "--json"])
        captured = capsys.readouterr()
        return code, json.loads(captured.out), captured.err

    pack = str(tmp_path / "pack")
    code, told, said = run("export", pack)
    assert code == 0 and told["repairs"] == ["one"], said
    code, told, said = run("import", pack, store="other", typed="n\n")
    assert code == 1 and told["repairs"] == [] and "Nothing was changed." in said
    assert not (tmp_path / "other" / "ledger.sqlite").exists()
    code, told, said = run("import", pack, store="other", typed="y\n")
    assert code == 0 and [r["repair_id"] for r in told["repairs"]] == ["one"], said
    code, told, said = run("import", pack, "--yes", store="other")
    assert code == 0 and "0 repairs added, 1 were here already" in said
    (tmp_path / "pack").write_bytes((tmp_path / "pack").read_bytes()[:-1])
    code, told, said = run("import", pack, "--yes", store="third")
    assert code == 13 and "checksum" in told["error"] and len(said.strip().splitlines()) == 1
