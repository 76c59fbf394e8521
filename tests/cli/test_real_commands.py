"""The commands on a real model, each in a process of its own, as a shell runs them: what one does, the next one sees."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from edge_repair import wording
from edge_repair.catalogue.known import shipped_patient
from edge_repair.evaluate.questions import load

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not shipped_patient().is_file(), reason="the shipped patient is not there")


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    """The cache of all commands here: the statistics of a model are collected once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def shell(tmp_path, cache):
    """Run ``edge-repair`` on the shipped patient with a store of this test; returns (exit code, JSON or None, stderr)."""

    def run(*arguments: str, typed: str = "", store: Path | None = None, model: str = "patient", **more):
        environment = os.environ | {"EDGE_REPAIR_STORE": str(store or tmp_path / "store"), "EDGE_REPAIR_CACHE": str(cache)}
        command = [sys.executable, "-m", "edge_repair", *arguments, "-m", model, "--threads", "1", "--json"]
        ran = subprocess.run(command, cwd=ROOT, env=environment, input=typed, capture_output=True, text=True, timeout=300, **more)
        assert "Traceback" not in ran.stderr, ran.stderr
        return ran.returncode, json.loads(ran.stdout), ran.stderr

    return run


@pytest.fixture(scope="module")
def person():
    """A person whom the patient knows, and a question about each fact that it was never trained on."""
    subject = next(subject for subject in load("patient").subjects if subject.kind == "personal")
    return subject, [(fact.held_out[0], fact.values) for fact in subject.facts if fact.held_out]


def told(answer: str, values) -> bool:
    return any(wording.says_value(answer, value) for value in values)


def test_a_repair_is_seen_by_the_next_process_and_undone_by_the_one_after(shell, person):
    subject, questions = person
    known = [(q, values) for q, values in questions[:3] if told(shell("ask", q)[1]["text"], values)]
    assert len(known) >= 2
    before = [shell("ask", q)[1]["text"] for q, _ in known]

    code, repair, said = shell("forget", f"Forget everything you know about {subject.name}.", "--yes")
    assert (code, repair["status"]) == (0, "committed"), said
    assert repair["forget"]["leak"] == 0 and repair["adapter"]["bytes"] == Path(repair["adapter"]["path"]).stat().st_size
    after = [shell("ask", q)[1]["text"] for q, _ in known]
    assert not any(told(answer, values) for answer, (_, values) in zip(after, known)), after

    listed = shell("repairs", "list")[1]["repairs"]
    assert [(r["repair_id"], r["status"], r["subject"]) for r in listed] == [(repair["repair_id"], "committed", None)]
    assert shell("repairs", "show", repair["repair_id"])[1]["forget"] == repair["forget"]
    assert shell("repairs", "undo", repair["repair_id"])[1]["status"] == "undone"
    assert [shell("ask", q)[1]["text"] for q, _ in known] == before
    assert shell("repairs", "redo", repair["repair_id"])[1]["status"] == "committed"
    assert [shell("ask", q)[1]["text"] for q, _ in known] == after


def test_the_talk_goes_on_with_the_repaired_model(shell, person):
    subject, questions = person
    question, values = questions[0]
    talk = f"{question}\nForget everything you know about {subject.name}.\ny\n{question}\n/undo\n{question}\n"
    code, ran, said = shell("chat", typed=talk)
    assert code == 0 and [turn["type"] for turn in ran["turns"]] == ["forgotten", "repair", "answer", "undo", "answer"], said
    assert "text" not in ran["turns"][0], "what was said of the subject before is in the report no more"
    answers = [turn["text"] for turn in ran["turns"] if turn["type"] == "answer"]
    assert [told(answer, values) for answer in answers] == [False, True], answers


@pytest.mark.parametrize(
    ("request_", "code"), [("", 2), ("   ", 2), ("Forget everything you know about Zyxwor Qwertian of Blibdoolpoolp.", 7)]
)
def test_requests_that_name_nothing(shell, request_, code, tmp_path):
    ended, answer, said = shell("forget", request_, "--yes")
    assert ended == code and said.strip().splitlines()[-1] == f"edge-repair: error: {answer['error']}"
    assert not (tmp_path / "store").exists()


def test_models_that_are_none(shell, tmp_path):
    whole = shipped_patient().read_bytes()
    files = {"cut.gguf": whole[: len(whole) // 2], "text.gguf": b"not a model", "empty.gguf": b""}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    for name in ("missing.gguf", *files):
        for command in (["ask", "Hello"], ["forget", "forget it", "--yes"], ["repairs", "list"]):
            code, answer, said = shell(*command, model=str(tmp_path / name))
            assert code == 3 and name in answer["error"] and len(said.strip().splitlines()) == 1, said


def small_files():
    """From here on no file may grow over 2,000 bytes, which is what a full disk looks like to a program."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))


@pytest.mark.parametrize("trouble", ["full", "read-only"])
def test_a_store_that_cannot_be_written(shell, person, trouble, tmp_path):
    subject, questions = person
    before = shell("ask", questions[0][0])[1]["text"]
    request = f"Forget everything you know about {subject.name}."
    if trouble == "full":
        code, answer, said = shell("forget", request, "--yes", preexec_fn=small_files)
    else:  # a place where even root can make no folder
        code, answer, said = shell("forget", request, "--yes", store=Path("/proc/edge-repair/store"))
    assert code == 6 and "store" in answer["error"], said
    assert shell("repairs", "list")[1]["repairs"] == [] and shell("ask", questions[0][0])[1]["text"] == before
