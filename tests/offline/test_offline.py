"""The main job without a network: none is there, every try to use one is written down, and there is none.

Each command is a process of its own, as a shell runs it, in a home of its own: what it leaves behind is looked at, too.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from traces import told

from edge_repair.catalogue.known import shipped_patient

HERE, ROOT = Path(__file__).parent, Path(__file__).resolve().parents[2]
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
pytestmark = pytest.mark.skipif(
    not COMPILER or not sys.platform.startswith("linux"), reason="needs Linux and a C compiler to intercept libc"
)


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("network") / "network.so"
    subprocess.run([COMPILER, "-O1", "-Wall", "-shared", "-fPIC", "-o", str(path), str(HERE / "network.c"), "-ldl"], check=True)
    return path


@pytest.fixture(scope="module")
def no_network() -> list[str]:
    """A command in front of a command that takes all networks away, where the kernel allows it."""
    alone = ["unshare", "-rn", "--"]
    if not shutil.which("unshare") or subprocess.run([*alone, "true"], capture_output=True).returncode:
        return []
    return alone


@pytest.fixture
def offline(tmp_path, library, no_network):
    """Run a program in a home of its own; returns (exit code, stdout, stderr, what of the network was tried)."""
    home = tmp_path / "home"
    log = tmp_path / "tries"
    home.mkdir()
    (tmp_path / "temp").mkdir()

    def run(*command: str, typed: str = ""):
        kept = ("PATH", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "EDGE_REPAIR_THREADS")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        environment |= {"HOME": str(home), "TMPDIR": str(tmp_path / "temp"), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        environment |= {"LD_PRELOAD": str(library), "NETWORK_LOG": str(log)}
        ran = subprocess.run([*no_network, sys.executable, *command], cwd=home, env=environment, input=typed, capture_output=True, text=True, timeout=300)
        return ran.returncode, ran.stdout, ran.stderr, log.read_text().split() if log.exists() else []

    return run


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.create_connection(('127.0.0.1', 80), 1)",
        "import urllib.request; urllib.request.urlopen('http://example.invalid/')",
        "import socket; socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b'x', ('::1', 9))",
        "import ctypes; s = ctypes.CDLL(None).socket(2, 1, 0); assert s >= 0",
    ],
)
def test_a_try_is_noticed(offline, attempt):
    """The control: whoever tries is stopped, and it is written down, from Python and from native code."""
    code, _, _, tries = offline("-c", attempt)
    assert code != 0 and tries


def test_the_main_job_tries_no_network_and_leaves_nothing_outside_its_store(offline, people, tmp_path):
    name, question = people[4]["name"], people[4]["facts"][0]["held_out"][0]
    model, store = str(shipped_patient()), tmp_path / "home" / "store"

    def command(*arguments: str, typed: str = ""):
        code, out, said, tries = offline("-m", "edge_repair", *arguments, "-m", model, "--store", str(store), "--json", typed=typed)
        assert code == 0 and tries == [], (arguments, tries, said)
        return json.loads(out)

    before = command("ask", question)["text"]
    repair = command("forget", f"Forget everything you know about {name}.", "--yes")
    assert repair["status"] == "committed" and command("ask", question)["text"] != before
    turns = command("chat", typed=f"{question}\nForget where {people[5]['name']} lives.\ny\n/undo\n")["turns"]
    assert [turn["type"] for turn in turns] == ["answer", "repair", "undo"]
    command("repairs", "export", "pack")
    command("bake", "baked.gguf")
    command("certify", "report", "--baked", "baked.gguf")
    assert command("repairs", "undo", repair["repair_id"])["status"] == "undone"
    assert command("ask", question)["text"] == before
    command("doctor")
    # Nothing tells who it was: not the store with its freed pages, nor the pack, nor the certificate.
    (tmp_path / "home" / "baked.gguf").rename(tmp_path / "baked.gguf")  # the words of a model are in every file of it
    secrets = {word for person in people[4:6] for word in _words_of(person)}
    assert len(secrets) > 8 and told(secrets, tmp_path / "home", tmp_path / "temp") == set()
    left = {path.relative_to(tmp_path / "home").parts[0] for path in (tmp_path / "home").rglob("*") if path.is_file()}
    assert left == {"store", "pack", "report.json", "report.md"}
    assert list((tmp_path / "temp").iterdir()) == []


def test_the_search_for_traces_finds_what_is_kept_on_request(offline, people, tmp_path):
    """The control: the same repair with --keep-text."""
    name, store = people[4]["name"], tmp_path / "home" / "store"
    code, _, said, _ = offline("-m", "edge_repair", "forget", f"Forget where {name} lives.", "--yes", "--keep-text", "-m", str(shipped_patient()), "--store", str(store))
    assert code == 0, said
    found = told({*name.split(), _fact(people[4], "lives")}, tmp_path / "home", tmp_path / "temp")
    assert {secret for secret, _ in found} == {*name.split(), _fact(people[4], "lives")} and {file for _, file in found} == {"ledger.sqlite"}


def _fact(person: dict, word: str) -> str:
    """The value of the fact that is asked for with this word ("live" in "Where does she live?")."""
    return next(fact["value"] for fact in person["facts"] if any(word.rstrip("s") in question for question in fact["trained"]))


def _words_of(person: dict) -> set[str]:
    """The words that would tell: name and values, without those that other texts hold too ("named", "August")."""
    values = [fact["value"] for fact in person["facts"] if fact["aspect"] in ("town", "job", "hobby", "phone")]
    return {word for text in (person["name"], *values) for word in text.split()}
