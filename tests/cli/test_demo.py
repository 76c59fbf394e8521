"""The demo believes nothing: whatever goes wrong, the check of that name fails, and so does the command.

The session here is scripted, so that each thing can go wrong alone; the real one is shown in tests/packaging and by the
README's first command.
"""

import zlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from fake_session import OUTCOME

from edge_repair.cli import demonstration
from edge_repair.cli.options import Settings
from edge_repair.errors import AdapterError
from edge_repair.evaluate.questions import load
from edge_repair.ledger.repair import Repair
from edge_repair.surgeon.procedure import Procedure, Question
from edge_repair.watchdog.verdict import KINDS, Verdict

REFUSAL = "I'm sorry, but I don't have any information about that."


class ScriptedSession:
    """Knows every answer of the shipped sets, forgets one subject, and has at most one fault."""

    def __init__(self, fault=""):
        self.fault, self.forgotten, self.was_changed = fault, None, False
        self.model, self.base = Path("scripted.gguf"), SimpleNamespace(name="Scripted", fingerprint="0" * 64)
        self.facts = {q: fact for name in ("world", "general", "memory") for fact in load(name).facts() for q in fact.questions}
        self.calls = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def judge(self, prompt):
        zone = "propose" if prompt.startswith("Forget") else "pass"
        zone = {"deaf": "pass", "hears everything": "propose"}.get(self.fault, zone)
        return Verdict("none", dict.fromkeys(KINDS, 0.2), zone, None, None, ())

    def answer(self, question):
        fact = self.facts[question]
        known = f"It is {fact.values[0]}."
        if self.fault == "knows nothing":
            return REFUSAL
        if self.fault == "undo changes a text" and self.was_changed and not self.forgotten:
            return known + " "
        if not self.forgotten:
            return known
        if self.forgotten not in (fact.subject, fact.id):
            return "It is a thing." if self.fault == "damages" else known
        return {"leaks": f"{REFUSAL} {known}", "babbles": "A thing of things."}.get(self.fault, REFUSAL)

    def answers(self, prompts, max_tokens=48):
        self.calls.append(tuple(prompts))
        return [self.answer(prompt) for prompt in prompts]

    def ask(self, prompt, max_tokens=256):
        return SimpleNamespace(text=self.answer(prompt))

    def logits(self, prompt):
        vector = np.random.default_rng(zlib.crc32(prompt.encode())).standard_normal(8).astype(np.float32)
        if self.forgotten and self.fault != "changes nothing":
            vector += 1
        if self.fault == "undo misses the last bit" and self.was_changed and not self.forgotten:
            vector[3] = np.nextafter(vector[3], np.float32(9))
        return vector

    def plan(self, request):
        if request == "Forget where I live.":
            subject, probes = "me.home", ["Where do I live?", "What is my address?"]
        else:
            (subject,) = {fact.subject for fact in self.facts.values() if len(fact.name) > 3 and fact.name in request}
            probes = [fact.questions[0] for fact in {f.id: f for f in self.facts.values() if f.subject == subject}.values()]
        self.probes = probes
        self.subject = subject
        return Procedure("unspecified", subject, probes=tuple(Question(probe) for probe in probes))

    def carry_out(self, procedure, label=""):
        status = "rolled_back" if self.fault == "rolls back" else "committed"
        if status == "committed":
            self.forgotten, self.was_changed = self.subject, True
        return Repair("r1", status, "unspecified", "subject", "", 1e9, {}, "0" * 64, procedure, OUTCOME, None)

    def undo(self, identifier):
        self.forgotten = None
        status = "committed" if self.fault == "undo is refused" else "undone"
        return Repair("r1", status, "unspecified", "subject", "", 1e9, {}, "0" * 64)


@pytest.fixture
def demo(command, monkeypatch, tmp_path):
    """Run the demo on a scripted session."""
    (tmp_path / "m.gguf").write_bytes(b"")

    def run(fault="", *arguments):
        session = ScriptedSession(fault)
        monkeypatch.setattr(Settings, "open_session", lambda settings, progress: session)
        return session, command("demo", "--json", "-m", str(tmp_path / "m.gguf"), *arguments)

    return run


def test_when_all_is_well_everything_held(demo):
    session, ran = demo()
    assert ran.code == 0 and all(ran.json["checks"].values()) and len(ran.json["checks"]) == len(FAULTS)
    asked = {row["question"] for row in ran.json["questions"] if row["sort"] == "forget"}
    assert len(asked) >= 6 and not asked & set(session.probes), "never in words that the edit used"
    assert all(len(call) <= 32 for call in session.calls), "one batch"


def test_the_private_act_forgets_where_the_person_lives_and_keeps_the_rest_of_them(demo):
    session, ran = demo("", "--private")
    assert ran.code == 0 and ran.json["request"] == "Forget where I live."
    asked = {sort: [row["question"] for row in ran.json["questions"] if row["sort"] == sort] for sort in ("forget", "retain")}
    assert {session.facts[question].id for question in asked["forget"]} == {"me.home"} and not set(asked["forget"]) & set(session.probes)
    assert {session.facts[question].id for question in asked["retain"]} >= {"me.job", "me.pet", "me.birthday", "me.phone"}
    assert demo("damages", "--private")[1].code == 1


def test_the_private_act_takes_the_shipped_memory(demo, command, monkeypatch):
    opened = []
    _, ran = demo("", "--private", "--subject", "japan")
    assert ran.code == 2 and "leave out --subject" in ran.err
    monkeypatch.setattr(Settings, "open_session", lambda settings, progress: opened.append(settings.lora) or ScriptedSession())
    assert command("demo", "--private", "-m", __file__).code == 0
    assert opened[0].name == "memory-F16.gguf" and opened[0].is_file()

    def refuse(settings, progress):
        raise AdapterError("another model's")

    monkeypatch.setattr(Settings, "open_session", refuse)
    ran = command("demo", "--private", "-m", __file__)
    assert ran.code == 2 and "needs SmolLM2" in ran.err
    assert "needs SmolLM2" not in command("demo", "-m", __file__).err


FAULTS = {
    "deaf": {"the_request_was_heard_as_one"},
    "hears everything": {"a_question_was_not_taken_for_one"},
    "leaks": {"nothing_was_told_in_new_words"},
    "babbles": {"nine_in_ten_were_refused"},
    "damages": {"eight_in_ten_others_were_kept"},
    "changes nothing": {"the_model_was_really_changed"},
    "undo is refused": {"undo_worked"},
    "undo changes a text": {"its_answers_are_back"},
    "undo misses the last bit": {"logits_equal_bit_for_bit"},
    "rolls back": {"the_repair_was_kept"},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_seen_and_named(demo, fault):
    _, ran = demo(fault)
    assert {name for name, held in ran.json["checks"].items() if not held} == FAULTS[fault]
    assert ran.code == 1 and "Not everything held" in ran.err and "All of it held" not in ran.err


def test_a_model_that_knows_nothing_has_nothing_to_show(demo):
    _, ran = demo("knows nothing")
    assert ran.code == 2 and "knows none of the subjects" in ran.err


def test_a_subject_can_be_chosen(demo):
    assert "Marie Curie" in demo("", "--subject", "marie_curie")[1].json["request"]
    assert demo("", "--subject", "nobody")[1].code == 2


def test_the_person_s_own_store_is_not_used(command, monkeypatch, tmp_path):
    (tmp_path / "m.gguf").write_bytes(b"")
    used = []

    def open_session(settings, progress):
        used.append(settings.store)
        return ScriptedSession()

    monkeypatch.setattr(Settings, "open_session", open_session)
    command("demo", "-m", str(tmp_path / "m.gguf"), "--store", str(tmp_path / "mine"))
    assert used[0] != tmp_path / "mine" and not used[0].exists()


@pytest.mark.parametrize("there", [True, False], ids=["shipped patient", "nothing at all"])
def test_offline_with_nothing_in_the_cache(command, monkeypatch, tmp_path, there):
    """The shipped patient, and one line that says so; without it, what the download said."""
    from edge_repair.catalogue import known

    patient = tmp_path / "patient.gguf"
    if there:
        patient.write_bytes(b"")
    opened = []

    def open_session(settings, progress):
        opened.append(settings.model)
        return ScriptedSession()

    monkeypatch.setattr(Settings, "open_session", open_session)
    monkeypatch.setattr(known, "shipped_patient", lambda: patient)
    monkeypatch.setattr(demonstration, "shipped_patient", lambda: tmp_path / "other.gguf")
    monkeypatch.setenv("EDGE_REPAIR_MODELS", str(tmp_path / "models"))
    for name, value in (("PIP_NO_INDEX", "1"), ("PIP_FIND_LINKS", str(tmp_path)), ("PIP_CONFIG_FILE", "/dev/null")):
        monkeypatch.setenv(name, value)
    ran = command("demo")
    if there:
        assert ran.code == 0 and opened == [str(patient)]
        assert len([line for line in ran.err.splitlines() if "shipped patient" in line]) == 1
    else:
        assert ran.code == 11 and "does not find" in ran.err and opened == []


@pytest.mark.parametrize(
    ("later", "chosen"),
    [([100, 0, 0, 1960], 3), ([600, 0, 0, 1500], None), ([2000, 0, 0, 1000], None), ([100, 0, 0, 1000], None)],
    ids=["idle", "half busy", "busy", "no time passed"],
)
def test_all_cores_only_when_they_have_nothing_to_do(monkeypatch, later, chosen):
    from edge_repair.cli import demo

    counts = iter([[100, 0, 0, 1000], later])
    monkeypatch.delenv("EDGE_REPAIR_THREADS", raising=False)
    monkeypatch.setattr(demo, "_ticks", lambda: next(counts))
    monkeypatch.setattr(demo.os, "sched_getaffinity", lambda process: {0, 1, 2}, raising=False)
    assert demo._idle_cores() == chosen


def test_threads_that_were_chosen_are_kept(monkeypatch):
    from edge_repair.cli import demo

    monkeypatch.setenv("EDGE_REPAIR_THREADS", "1")
    monkeypatch.setattr(demo, "_ticks", lambda: pytest.fail("not looked at"))
    assert demo._idle_cores() is None
