"""Nothing on disk tells what was forgotten: planted secrets are looked for in every byte of store, temp and cache."""

import hmac
import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from ledger_home import make_adapter, make_imprint, make_repair
from traces import told

from edge_repair.adapters import full_sha256
from edge_repair.ledger import subject_hash
from edge_repair.surgeon.procedure import Procedure, Question
from edge_repair.verify import Outcome

SUBJECT = "Zanthippe Quorlinsky"
SECRETS = ["Zanthippe", "Quorlinsky", "Flumbert Lane", "Grimoldby", "axolotl-breeder", "Where does she sleep", "Xyloph"]
PROCEDURE = Procedure(
    kind="misinformation",
    subject=SUBJECT,
    scope="fact",
    aspect="axolotl-breeder",
    wrong="Xyloph is blue",
    right="Xyloph is green",
    probes=(Question("Where does she sleep?", "At 12 Flumbert Lane, Grimoldby.", ("Flumbert Lane", "Grimoldby")),),
    paraphrases=(Question("Quorlinsky's home?", "Grimoldby"),),
    neighbours=(Question("Who breeds axolotls?", "axolotl-breeder Zanthippe"),),
)
OUTCOME = Outcome(0.0, 0.0, 1.0, 1.0, 1.0, 0.01, {"forget": 3}, ("said Grimoldby once",), ("Does she sleep in Grimoldby?",))


@pytest.fixture
def folders(home, tmp_path, monkeypatch):
    """Store, temp and cache folders, all below the test's own."""
    places = {name: tmp_path / name for name in ("temp", "cache", "data", "config")}
    for place in places.values():
        place.mkdir()
    for variable in ("TMPDIR", "TEMP", "TMP", "SQLITE_TMPDIR"):
        monkeypatch.setenv(variable, str(places["temp"]))
    for variable in ("CACHE", "DATA", "CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{variable}_HOME", str(places.get(variable.lower(), places["data"])))
    monkeypatch.setattr("tempfile.tempdir", None)
    return [home.folder, *places.values()]


def live_through_everything(home, **options) -> None:
    """Repairs that are made, undone, redone, declined, rolled back, rebuilt, failed, found and relabelled."""
    ledger = home.open(**options)
    for identifier in ("one", "two", "three"):
        home.add(ledger, identifier, procedure=PROCEDURE, outcome=OUTCOME)
    home.switch(ledger, "one", False)
    home.switch(ledger, "two", False)
    home.switch(ledger, "two", True)
    for identifier, status in (("no", "declined"), ("back", "rolled_back")):
        with ledger.writing() as transaction:
            transaction.record(make_repair(home.base, identifier, status, procedure=PROCEDURE, outcome=OUTCOME))
    with pytest.raises(ZeroDivisionError), ledger.writing() as transaction:
        ids = [*home.active(ledger), "four"]
        repair = make_repair(home.base, "four", procedure=PROCEDURE, outcome=OUTCOME)
        transaction.add(repair, make_imprint("four"), make_adapter(home.base, ids))
        raise ZeroDivisionError
    with ledger.writing() as transaction:
        transaction.replace_adapter(make_adapter(home.base, home.active(ledger), seed=3))
    assert [repair.id for repair in ledger.find(SUBJECT)] == ["one", "two", "three", "no", "back"]
    full_sha256(home.folder / "key")


def test_by_default_no_word_of_it_is_on_disk(home, folders):
    live_through_everything(home)
    assert told(SECRETS, *folders) == set()
    assert home.open().repairs()[0].procedure is None


def test_the_search_finds_what_is_kept_on_request(home, folders):
    """The control: with ``keep_text`` every secret is found, so the search above can find them."""
    live_through_everything(home, keep_text=True)
    assert {secret for secret, _ in told(SECRETS, *folders)} == set(SECRETS)
    assert {file for _, file in told(SECRETS, *folders)} == {"ledger.sqlite"}


def test_purged_text_is_in_no_freed_page(home, folders):
    live_through_everything(home, keep_text=True)
    ledger = home.open(keep_text=True)
    home.switch(ledger, "two", False)
    for identifier in ("one", "two", "no", "back"):
        ledger.purge(identifier)
    home.switch(ledger, "three", False)
    assert {secret for secret, _ in told(SECRETS, *folders)} == set(SECRETS)  # of the third
    ledger.purge("three")
    assert told(SECRETS, *folders) == set()
    assert ledger.repairs() == [] and not list((home.folder / "imprints").iterdir())
    assert not list((home.folder / "adapters").iterdir())


def test_everything_purged_at_once(home, folders):
    live_through_everything(home, keep_text=True)
    with home.open() as ledger:
        ledger.purge_all()
        assert ledger.repairs() == [] and ledger.adapter() is None
    assert told(SECRETS, *folders) == set()
    assert {path.name for path in home.folder.rglob("*") if path.is_file()} == {"ledger.sqlite", "key"}


def test_a_label_that_was_changed_is_gone(home, folders):
    ledger = home.open()
    home.add(ledger, "one", label="Quorlinsky")
    assert told(SECRETS, *folders) == {("Quorlinsky", "ledger.sqlite")}
    ledger.label("one", "x")
    assert told(SECRETS, *folders) == set()


def test_text_that_is_kept_comes_back(home):
    pytest.importorskip("edge_repair.surgeon.validation")
    home.add(home.open(keep_text=True), "one", procedure=PROCEDURE, outcome=OUTCOME)
    found = home.open().get("one")
    assert (found.procedure, found.outcome) == (PROCEDURE, OUTCOME)


def test_text_that_cannot_be_read_never_stands_in_the_way(home):
    """Kept by another version, or tampered with: it is left out, and the repair can still be undone."""
    home.add(home.open(keep_text=True), "one", outcome=OUTCOME)
    good = {**OUTCOME.__dict__, "missed": list(OUTCOME.missed), "failed": list(OUTCOME.failed)}
    assert home.open().get("one").outcome == OUTCOME
    outcomes = [good | c for c in ({"leak": "x"}, {"more": 1}, {"counts": []}, {"missed": [1]}, {"failed": "x"}, {"counts": {"a": "b"}})]
    stored = [json.dumps({"procedure": None, "outcome": outcome}) for outcome in [*outcomes, [], 1]]
    for words in [*stored, "{}", "[", "[" * 100_000, b"\x00\xff", 7]:
        with sqlite3.connect(home.folder / "ledger.sqlite") as connection:
            connection.execute("UPDATE repairs SET words = ?", (words,))
        connection.close()
        found = home.open().get("one")
        assert (found.procedure, found.outcome, found.status) == (None, None, "committed")
    home.switch(home.open(), "one", False)


def test_the_same_request_is_recognised_by_a_keyed_hash(home, tmp_path):
    ledger = home.open()
    home.add(ledger, "one", procedure=PROCEDURE)
    home.add(ledger, "two", procedure=Procedure(kind="personal", subject="Straße 7"))
    for spelling in ("zanthippe  QUORLINSKY", " Zanthippe\tQuorlinsky. ", "Ｚanthippe Quorlinsky"):
        assert [repair.id for repair in ledger.find(spelling)] == ["one"]
    assert [repair.id for repair in ledger.find("STRASSE 7")] == ["two"]
    assert ledger.find("Zanthippe") == [] == ledger.find("")
    key = (home.folder / "key").read_bytes()
    assert len(key) == 32
    assert subject_hash(key, SUBJECT) == hmac.new(key, b"zanthippe quorlinsky", "sha256").digest()
    # Another store hashes the same subject differently; a lost key makes old hashes silent, and nothing else.
    (home.folder / "key").unlink()
    assert ledger.find(SUBJECT) == []
    home.add(ledger, "three", procedure=PROCEDURE)
    assert [repair.id for repair in ledger.find(SUBJECT)] == ["three"]
    assert (home.folder / "key").read_bytes() != key and len(ledger.repairs()) == 3


def test_a_copy_of_the_store_is_whole(home, tmp_path):
    """Copied to another machine: no path of the first one is in it, and it says the same."""
    live_through_everything(home)
    before = home.state(home.open())
    for path in home.folder.rglob("*"):
        assert not path.is_file() or str(home.folder).encode() not in path.read_bytes()
    shutil.copytree(home.folder, tmp_path / "copy")
    shutil.rmtree(home.folder)
    (tmp_path / "copy").rename(home.folder)
    ledger = home.open()
    assert home.state(ledger) == before and len(ledger.find(SUBJECT)) == 5


def test_the_database_is_set_up_as_the_promises_need(home):
    home.add(home.open(), "one")
    connection = sqlite3.connect(home.folder / "ledger.sqlite")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
