"""What the ledger keeps and gives back, against a plain model of it."""

import os
import shutil
import sqlite3
import stat
from dataclasses import replace

import numpy as np
import pytest
from ledger_home import Home, make_adapter, make_imprint, make_repair
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from edge_repair.adapters import validate
from edge_repair.errors import AdapterError, ModelError, RepairNotFoundError, StoreError, UsageError
from edge_repair.ledger import Ledger, database


def test_nothing_is_made_before_the_first_repair(home):
    with home.open() as ledger:
        assert ledger.repairs() == [] and ledger.adapter() is None and ledger.active_imprints() == {}
        assert ledger.find("anything") == [] and not ledger.adapter_is_stale and ledger.writable
        ledger.purge_all()
    assert not home.folder.exists()


def test_the_environment_names_the_store(tiny_base, tmp_path, monkeypatch):
    monkeypatch.setenv("EDGE_REPAIR_STORE", str(tmp_path / "elsewhere"))
    assert Ledger.open(None, tiny_base).folder == tmp_path / "elsewhere"
    monkeypatch.delenv("EDGE_REPAIR_STORE")
    assert Ledger.open(None, tiny_base).folder.name == "edge_repair"


class LedgerMachine(RuleBasedStateMachine):
    """Any sequence of adds, undos, redos, failures, purges and reopenings agrees with a dictionary."""

    home: Home  # set by the test

    @initialize()
    def begin(self):
        shutil.rmtree(self.home.folder, ignore_errors=True)
        self.ledger = self.home.open()
        self.expected: dict[str, str] = {}
        self.count = 0

    def fresh(self) -> str:
        self.count += 1
        return f"{'abc'[self.count % 3]}{self.count:03}"

    def some(self, data, *statuses) -> str:
        return data.draw(st.sampled_from([i for i, status in self.expected.items() if status in statuses]))

    def any_with(*statuses):
        return precondition(lambda self: any(status in statuses for status in self.expected.values()))

    @rule()
    def add(self):
        identifier = self.fresh()
        repair = self.home.add(self.ledger, identifier)
        self.expected[identifier] = "committed"
        assert repair.adapter == self.ledger.adapter()

    @rule(status=st.sampled_from(["declined", "rolled_back"]))
    def record(self, status):
        identifier = self.fresh()
        with self.ledger.writing() as transaction:
            transaction.record(make_repair(self.home.base, identifier, status))
        self.expected[identifier] = status

    @rule(data=st.data(), active=st.booleans())
    @any_with("committed", "undone")
    def switch(self, data, active):
        identifier = self.some(data, "committed", "undone")
        repair = self.home.switch(self.ledger, identifier, active)
        self.expected[identifier] = "committed" if active else "undone"
        assert repair.status == self.expected[identifier] and repair.adapter == self.ledger.adapter()

    @rule(data=st.data())
    @any_with("undone", "declined", "rolled_back")
    def purge(self, data):
        identifier = self.some(data, "undone", "declined", "rolled_back")
        self.ledger.purge(identifier)
        del self.expected[identifier]
        with pytest.raises(RepairNotFoundError):
            self.ledger.get(identifier)

    @rule(data=st.data())
    @any_with("committed")
    def purge_of_an_active_one_is_refused(self, data):
        with pytest.raises(UsageError):
            self.ledger.purge(self.some(data, "committed"))

    @rule(data=st.data())
    @any_with("committed", "undone")
    def a_change_that_fails_at_the_end(self, data):
        identifier = self.some(data, "committed", "undone")
        with pytest.raises(ZeroDivisionError), self.ledger.writing() as transaction:
            ids = [i for i in self.home.active(self.ledger) if i != identifier] + [identifier]
            transaction.switch(identifier, True, make_adapter(self.home.base, ids))
            raise ZeroDivisionError

    @rule()
    def rebuild(self):
        with self.ledger.writing() as transaction:
            ids = self.home.active(self.ledger)
            transaction.replace_adapter(make_adapter(self.home.base, ids, seed=self.count) if ids else None)

    @rule()
    def reopen(self):
        self.ledger = self.home.open()

    @rule()
    def move(self):
        """The store is copied to another place (another machine), and the first copy is lost."""
        copy = self.home.folder.with_name("copy")
        if self.home.folder.exists():
            shutil.copytree(self.home.folder, copy)
            shutil.rmtree(self.home.folder)
            copy.rename(self.home.folder)

    @invariant()
    def agrees(self):
        if not hasattr(self, "ledger"):
            return
        repairs = self.ledger.repairs()
        assert [(repair.id, repair.status) for repair in repairs] == list(self.expected.items())
        active = [identifier for identifier, status in self.expected.items() if status == "committed"]
        imprints = self.ledger.active_imprints()
        assert list(imprints) == active
        assert all(imprint == make_imprint(identifier) for identifier, imprint in imprints.items())
        adapter = self.ledger.adapter()
        assert (adapter is None) == (not active) and not self.ledger.adapter_is_stale
        if adapter:
            assert set(adapter.repair_ids) == set(active)
            assert adapter == validate(adapter.path, self.home.base)
        for identifier, status in self.expected.items():
            assert self.ledger.get(identifier).id == identifier
            if status in ("committed", "undone"):
                assert self.ledger.imprint(identifier) == make_imprint(identifier)
            else:
                with pytest.raises(UsageError):
                    self.ledger.imprint(identifier)


def test_any_sequence_of_changes(home):
    machine = type("Machine", (LedgerMachine,), {"home": home})
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)),
    )


def test_fields_come_back(home):
    ledger = home.open()
    figures = {"leak": 0.0, "kept": np.float32(0.5), "n": np.int64(3), "by_layer": np.arange(2.0), "bad": float("nan")}
    home.add(ledger, "r1", label="the first", kind="harmful", scope="fact", created=-3.25, figures=figures)
    found = ledger.get("r1")
    assert (found.label, found.kind, found.scope, found.created) == ("the first", "harmful", "fact", -3.25)
    assert found.figures == {"leak": 0.0, "kept": 0.5, "n": 3, "by_layer": [0.0, 1.0], "bad": None}
    assert (found.procedure, found.outcome, found.adapter) == (None, None, None)
    assert ledger.label("r1", "renamed ✓").label == "renamed ✓"
    for label in ("two\nlines", "x" * 201, "\x1b[31m"):
        with pytest.raises(UsageError):
            ledger.label("r1", label)


def test_order_does_not_depend_on_the_clock(home):
    ledger = home.open()
    for number, created in enumerate((3e9, -1.0, 0.0, 1e300, 5.0)):
        home.add(ledger, f"r{number}", created=created)
    assert [repair.id for repair in ledger.repairs()] == list(ledger.active_imprints()) == [f"r{n}" for n in range(5)]


def test_prefixes(home, other_base):
    ledger = home.open()
    for identifier in ("abc1", "abc2", "abd", "abc"):
        home.add(ledger, identifier)
    assert ledger.get("abc1").id == "abc1" and ledger.get("abd").id == ledger.get("abd"[:3]).id == "abd"
    assert ledger.get("abc").id == "abc"  # exact, although it begins others
    for identifier in ("ab", "", "x", "a\nb"):
        with pytest.raises(RepairNotFoundError) as refusal:
            ledger.get(identifier)
        assert "\n" not in str(refusal.value)
    assert ledger.new_id() != ledger.new_id()


def test_models_do_not_see_each_others_repairs(home, other_base):
    ledger, other = home.open(), Ledger.open(home.folder, other_base)
    home.add(ledger, "mine")
    theirs = Home(home.folder, other_base)
    theirs.add(other, "theirs")
    assert [repair.id for repair in ledger.repairs()] == ["mine"] and [r.id for r in other.repairs()] == ["theirs"]
    assert ledger.adapter().repair_ids == ("mine",) and other.adapter().repair_ids == ("theirs",)
    with pytest.raises(RepairNotFoundError) as refusal:
        other.get("mine")
    assert "Tiny" in str(refusal.value) and "Another" in str(refusal.value)
    with pytest.raises(RepairNotFoundError), other.writing() as transaction:
        transaction.switch("mine", False, None)
    before = home.state(ledger)
    other.purge_all()
    assert other.repairs() == [] and home.state(ledger) == before


def test_an_adapter_must_be_that_of_the_active_repairs(home, other_base):
    ledger = home.open()
    home.add(ledger, "one")
    before = home.state(ledger)
    wrong = [
        make_adapter(home.base, ["one"]),
        make_adapter(home.base, ["two"]),
        make_adapter(home.base, ["one", "two", "three"]),
        make_adapter(other_base, ["one", "two"]),
        make_adapter(home.base, ["one", "two"])[:-1],
        b"",
    ]
    for adapter in wrong:
        with pytest.raises(AdapterError), ledger.writing() as transaction:
            transaction.add(make_repair(home.base, "two"), b"imprint", adapter)
        assert home.state(ledger) == before
    for adapter in (None, make_adapter(home.base, [])):
        with pytest.raises(AdapterError), ledger.writing() as transaction:
            transaction.replace_adapter(adapter)
    with pytest.raises(AdapterError), ledger.writing() as transaction:
        transaction.switch("one", False, make_adapter(home.base, []))
    assert home.state(ledger) == before


def test_a_failed_step_that_is_swallowed_spoils_the_change(home):
    ledger = home.open()
    home.add(ledger, "one")
    before = home.state(ledger)
    with pytest.raises(StoreError), ledger.writing() as transaction:
        transaction.switch("one", False, None)
        try:
            transaction.add(make_repair(home.base, "two"), b"", b"")
        except AdapterError:
            pass
    assert home.state(ledger) == before


def test_misuse_is_refused(home, other_base):
    ledger = home.open()
    home.add(ledger, "one")
    with ledger.writing() as transaction:
        transaction.record(make_repair(home.base, "no", "declined"))
    before = home.state(ledger)
    adapter = make_adapter(home.base, ["one", "two"])
    defects = [
        make_repair(home.base, "two", "undone"),
        make_repair(other_base, "two"),
        make_repair(home.base, "two", kind="the kind of Ann"),
        make_repair(home.base, "Ann Lee"),
        make_repair(home.base, "two", created=float("nan")),
        make_repair(home.base, "two", figures={"answer": "Ann lives at 3 Elm Street"}),
        make_repair(home.base, "two", figures={"where does Ann live": 0.0}),
        make_repair(home.base, "two", figures={"deep": [{"a": [b"x"]}]}),
    ]
    for repair in defects:
        with pytest.raises(ValueError), ledger.writing() as transaction:
            transaction.add(repair, b"", adapter)
    with pytest.raises(ValueError), ledger.writing() as transaction:
        transaction.record(make_repair(home.base, "two"))
    with pytest.raises(StoreError), ledger.writing() as transaction:
        transaction.add(make_repair(home.base, "one"), b"", make_adapter(home.base, ["one"]))
    with pytest.raises(UsageError), ledger.writing() as transaction:
        transaction.switch("no", True, adapter)
    with pytest.raises(RuntimeError), ledger.writing(), ledger.writing():
        pass
    assert home.state(ledger) == before


def test_private_files(home):
    home.add(home.open(), "one")
    assert stat.S_IMODE(home.folder.stat().st_mode) == 0o700
    kinds = set()
    for path in home.folder.rglob("*"):
        kinds.add(path.name if path.parent == home.folder else path.suffix)
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert kinds == {"ledger.sqlite", "key", "adapters", "imprints", ".gguf", ".imprint"}


def test_a_damaged_or_missing_adapter_is_computed_again_from_the_imprints(home):
    ledger = home.open()
    home.add(ledger, "one")
    path, good = ledger.adapter().path, ledger.adapter().path.read_bytes()
    another = make_adapter(home.base, ["one"], seed=5)
    for damage in (good[:-1], good[:40] + b"\xff" + good[41:], b"", another, None):
        path.unlink() if damage is None else path.write_bytes(damage)
        assert ledger.adapter_is_stale
        with pytest.raises(AdapterError) as refusal:
            ledger.adapter()
        assert "\n" not in str(refusal.value)
        assert ledger.active_imprints() == {"one": make_imprint("one")}
        with ledger.writing() as transaction:
            transaction.replace_adapter(make_adapter(home.base, ["one"]))
        assert ledger.adapter().path.read_bytes() == good and not ledger.adapter_is_stale


def test_a_damaged_imprint_is_named(home):
    ledger = home.open()
    home.add(ledger, "one")
    home.add(ledger, "two")
    (path,) = [p for p in (home.folder / "imprints").iterdir() if p.read_bytes() == make_imprint("two")]
    path.write_bytes(b"other")
    with pytest.raises(StoreError, match="two"):
        ledger.active_imprints()
    home.switch(ledger, "two", False)
    assert list(ledger.active_imprints()) == ["one"]
    with pytest.raises(StoreError, match="two"):
        ledger.imprint("two")
    with pytest.raises(RepairNotFoundError):
        ledger.imprint("three")


def test_the_adapter_before_stays_for_a_reader_and_older_ones_go(home):
    ledger = home.open()
    paths = [home.add(ledger, f"r{number}").adapter.path for number in range(4)]
    assert [path.exists() for path in paths] == [False, False, True, True]
    assert validate(paths[2], home.base).repair_ids == ("r0", "r1", "r2")


def test_files_of_a_dead_writer_are_removed_by_the_next_one(home):
    ledger = home.open()
    home.add(ledger, "one")
    orphans = [
        home.folder / "adapters" / ("0" * 64 + ".gguf"),
        home.folder / "imprints" / ("1" * 64 + ".imprint"),
        home.folder / "imprints" / ("1" * 64 + ".imprint.ab12.temporary"),
        home.folder / "key.ab12.temporary",
    ]
    other = home.folder / "adapters" / "somebody's own file"
    for path in (*orphans, other):
        path.write_bytes(b"x")
    home.open()
    assert not any(path.exists() for path in orphans) and other.exists()


def test_the_base_file_is_confirmed(home):
    ledger = home.open()
    ledger.confirm_base("ab" * 32)
    ledger.confirm_base("ab" * 32)
    with pytest.raises(ModelError):
        home.open().confirm_base("cd" * 32)


# ---- stores that cannot be trusted -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "ledger.sqlite-journal", "key", "adapters", "imprints", "cache"])
@pytest.mark.parametrize("what", ["a link to a file", "a link to a folder", "a pipe", "a device"])
def test_links_pipes_and_devices_in_a_store_are_refused(home, tmp_path, name, what):
    """What they lead to is left alone, and nothing waits for what never comes."""
    home.add(home.open(), "one")
    path, victim = home.folder / name, tmp_path / "somebody's"
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    if what == "a link to a folder":
        victim.mkdir()
        (victim / "a.temporary").write_bytes(b"mine")
    elif what == "a link to a file":
        victim.write_bytes(b"precious" * 1000)
    if what == "a pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero" if what == "a device" else victim)
    with pytest.raises(StoreError, match=name) as refusal:
        home.open()
    assert "\n" not in str(refusal.value)
    assert not victim.is_file() or victim.read_bytes() == b"precious" * 1000
    assert not victim.is_dir() or [entry.name for entry in victim.iterdir()] == ["a.temporary"]


def test_the_store_itself_may_be_a_link(home, tmp_path):
    home.add(home.open(), "one")
    (tmp_path / "link").symlink_to(home.folder)
    there = Home(tmp_path / "link", home.base)
    there.add(there.open(), "two")
    assert list(home.open().active_imprints()) == ["one", "two"]


def test_pipes_among_imprints_and_adapters_are_no_imprints_and_adapters(home):
    home.add(home.open(), "one")
    for path in [*(home.folder / "adapters").iterdir(), *(home.folder / "imprints").iterdir()]:
        path.unlink()
        os.mkfifo(path)
    ledger = home.open()
    with pytest.raises(AdapterError):
        ledger.adapter()
    with pytest.raises(StoreError, match="one"):
        ledger.active_imprints()


def test_what_dead_processes_left_in_the_cache_is_removed(home):
    home.add(home.open(), "one")
    old, young = (home.folder / "cache" / "sha256" / f"x.json.{n}.temporary" for n in (1, 2))
    old.parent.mkdir(parents=True)
    for path in (old, young):
        path.write_bytes(b"x")
    for moment in (0, 4e9):  # long ago, or written while the clock was wrong
        old.write_bytes(b"x")
        os.utime(old, (moment, moment))
        home.open()
        assert not old.exists() and young.exists()


def _sql(home, *statements):
    with sqlite3.connect(home.folder / "ledger.sqlite") as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


HOSTILE_SQL = {
    "a trigger": ["CREATE TRIGGER t AFTER UPDATE ON repairs BEGIN DELETE FROM repairs; END"],
    "a view": ["CREATE VIEW v AS SELECT 1"],
    "another table": ["CREATE TABLE more (x)"],
    "a table replaced": ["DROP TABLE bases", "CREATE TABLE bases (fingerprint TEXT)"],
    "no bookkeeping": ["DROP TABLE migrations"],
    "a newer version": ["INSERT INTO migrations VALUES ('m999_future')"],
}


@pytest.mark.parametrize("name", HOSTILE_SQL)
def test_stores_with_another_schema_are_refused(home, name):
    ledger = home.open()
    home.add(ledger, "one")
    _sql(home, *HOSTILE_SQL[name])
    for attempt in (home.open, ledger.repairs, ledger.adapter, lambda: home.add(ledger, "two")):
        with pytest.raises(StoreError) as refusal:
            attempt()
        assert "\n" not in str(refusal.value) and str(home.folder) in str(refusal.value)


HOSTILE_ROWS = {
    "status": "'deleted'",
    "kind": "'per sonal'",
    "scope": "NULL || x'00'",
    "id": "'../../etc/passwd'",
    "label": "'two' || char(10) || 'lines'",
    "created": "'yesterday'",
    "figures": "'[1, 2'",
    "figures ": "'{\"a\": \"text\"}'",
    "figures  ": "'[]'",
    "figures   ": "x'ff'",
}


@pytest.mark.parametrize("column", HOSTILE_ROWS)
def test_records_that_are_no_repairs_are_refused(home, column):
    ledger = home.open()
    home.add(ledger, "one")
    value = HOSTILE_ROWS[column] if column != "scope" else "'a b'"
    _sql(home, f"UPDATE repairs SET {column.strip()} = {value}")
    with pytest.raises(StoreError) as refusal:
        ledger.repairs()
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("value", ["'../../../etc/passwd'", "'" + "0" * 64 + "'", "x'00'", "7", "NULL"])
def test_references_out_of_the_store_are_refused(home, value):
    ledger = home.open()
    home.add(ledger, "one")
    _sql(home, f"UPDATE repairs SET imprint = {value}", f"UPDATE bases SET adapter = {value}")
    with pytest.raises(StoreError):
        ledger.active_imprints()
    with pytest.raises(AdapterError):
        ledger.adapter()
    home.open()


def test_an_adapter_of_other_repairs_in_the_store_is_refused(home):
    """The hash in the database fits the file, but the file is another's: somebody changed both."""
    ledger = home.open()
    path = home.add(ledger, "one").adapter.path
    home.switch(ledger, "one", False)
    home.add(ledger, "two")
    _sql(home, f"UPDATE bases SET adapter = '{path.stem}'")
    with pytest.raises(AdapterError):
        ledger.adapter()


def test_a_file_that_is_no_database(home, tmp_path):
    home.folder.mkdir()
    for content in (b"this is not a database, but it is long enough to have a header" * 40, b"SQLite format 3\0" + bytes(84)):
        (home.folder / "ledger.sqlite").write_bytes(content)
        with pytest.raises(StoreError) as refusal:
            home.open()
        assert "\n" not in str(refusal.value)
    (home.folder / "ledger.sqlite").write_bytes(b"")
    assert home.open().repairs() == []  # a process died right after making it
    home.add(home.open(), "one")
    (tmp_path / "file").write_bytes(b"")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StoreError):
            ledger = Ledger.open(place, home.base)
            Home(place, home.base).add(ledger, "one")


def test_a_damaged_database_never_gives_a_wrong_imprint_or_adapter(home):
    """Bytes overwritten all over: refused in words, or what is handed out is what was put in.

    SQLite's pages carry no checksum, so a changed letter of a label is not noticed; changed weights are.
    """
    ledger = home.open()
    for identifier in ("one", "two", "three"):
        home.add(ledger, identifier)
    home.switch(ledger, "two", False)
    path, adapter = home.folder / "ledger.sqlite", ledger.adapter().path.read_bytes()
    good = path.read_bytes()
    imprints = {make_imprint(identifier) for identifier in ("one", "two", "three")}
    generator = np.random.default_rng(0)
    refused = 0
    for _ in range(400):
        damaged = bytearray(good)
        at = int(generator.integers(0, len(good)))
        damaged[at : at + 8] = generator.bytes(min(8, len(good) - at))
        path.write_bytes(damaged)
        try:
            _, found, handed_out = home.state(home.open())
            assert {imprint for _, imprint in found} <= imprints
            assert handed_out is None or handed_out[1] == adapter
        except (StoreError, AdapterError) as refusal:
            refused += 1
            assert "\n" not in str(refusal)
    assert refused > 20
    path.write_bytes(good)
    assert [status for _, status, _ in home.state(home.open())[0]] == ["committed", "undone", "committed"]


def test_a_later_migration_is_applied_to_an_older_store(home, monkeypatch):
    ledger = home.open()
    home.add(ledger, "one")
    before = home.state(ledger)
    monkeypatch.setattr(
        database, "MIGRATIONS", (*database.MIGRATIONS, ("m002_more", ("ALTER TABLE repairs ADD COLUMN more TEXT",)))
    )
    assert home.state(home.open()) == before
    with sqlite3.connect(home.folder / "ledger.sqlite") as connection:
        assert [n for (n,) in connection.execute("SELECT name FROM migrations")] == ["m001_initial", "m002_more"]
    connection.close()
    monkeypatch.undo()
    with pytest.raises(StoreError, match="newer"):
        home.open()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_as_a_user_sees_it(home):
    ledger = home.open()
    home.add(ledger, "one")
    before = home.state(ledger)
    home.folder.chmod(0o500)
    try:
        with home.open() as reader:
            assert home.state(reader) == before and not reader.writable
            with pytest.raises(StoreError, match="read"), reader.writing():
                pass
    finally:
        home.folder.chmod(0o700)


def test_replace_keeps_what_redo_needs(home):
    ledger = home.open()
    home.add(ledger, "one")
    for _ in range(5):
        home.switch(ledger, "one", False)
        assert ledger.adapter() is None
        home.switch(ledger, "one", True)
        assert ledger.active_imprints() == {"one": make_imprint("one")}
    assert replace(ledger.get("one"), figures={}) == replace(make_repair(home.base, "one"), figures={})


def test_repairs_with_one_imprint_share_its_file_and_purging_one_leaves_it(home):
    """Imprints are named by what they hold: the same procedure carried out twice gives one file for both."""
    ledger = home.open()
    for identifier in ("one", "two"):
        with ledger.writing() as transaction:
            adapter = make_adapter(home.base, [*home.active(ledger), identifier])
            transaction.add(make_repair(home.base, identifier), make_imprint("the same"), adapter)
    files = list((home.folder / "imprints").iterdir())
    assert len(files) == 1
    home.switch(ledger, "one", False)
    ledger.purge("one")
    assert list((home.folder / "imprints").iterdir()) == files and ledger.active_imprints() == {"two": make_imprint("the same")}
    home.switch(ledger, "two", False)
    ledger.purge("two")
    assert list((home.folder / "imprints").iterdir()) == []
