"""The offline bundle, installed and used without a network. Slow: it wants every wheel, and builds what is missing.

    python -m pytest -m slow tests/packaging/test_bundle.py

EDGE_REPAIR_WHEELHOUSE names a folder of wheels to use (default: wheelhouse/ at the root).
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not (ROOT / "tools").is_dir(), reason="needs a checkout")]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    """The archive, unpacked."""
    folder = tmp_path_factory.mktemp("bundle")
    wheelhouse = os.environ.get("EDGE_REPAIR_WHEELHOUSE", str(ROOT / "wheelhouse"))
    command = [sys.executable, "tools/make_bundle.py", "--out", folder, "--wheelhouse", wheelhouse]
    subprocess.run(command, cwd=ROOT, check=True)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    (unpacked,) = (path for path in folder.iterdir() if path.is_dir())
    return unpacked


COMPILERS = ("cc", "gcc", "clang", "c++", "g++", "clang++", "cmake", "ninja", "make")


def without_compiler(folder: Path) -> Path:
    """A folder for the front of PATH in which everything that compiles fails, and leaves a file "called"."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in COMPILERS:
        (folder / name).write_text('#!/bin/sh\n: >"$(dirname "$0")/called"\nexit 1\n')
        (folder / name).chmod(0o755)
    return folder


def without_network(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess:
    """Run a command in a network namespace with nothing in it, in an empty home, without compilers."""
    if not shutil.which("unshare") or subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode:
        pytest.skip("no network namespaces here (unshare -rn)")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PIP", "EDGE_REPAIR", "XDG"))}
    environment = kept | {"HOME": str(cwd / "home"), "OMP_NUM_THREADS": "1", "EDGE_REPAIR_THREADS": "1"}
    environment["PATH"] = f"{without_compiler(cwd / 'home' / 'no-compiler')}:{environment['PATH']}"
    return subprocess.run(["unshare", "-rn", *map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True)


def test_it_installs_and_runs_the_main_job_without_a_network(bundle):
    reached = without_network(sys.executable, "-c", "import socket; socket.create_connection(('127.0.0.1', 80), 1)", cwd=bundle)
    assert reached.returncode != 0, "there is no network at all, not even a loopback"
    installed = without_network("sh", "install.sh", cwd=bundle)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    assert not (bundle / "home" / "no-compiler" / "called").exists(), "it wanted a compiler"
    ran = without_network(".venv/bin/edge-repair", "demo", "--json", cwd=bundle)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    summary = json.loads(ran.stdout)
    assert all(summary["checks"].values()) and bundle in Path(summary["model"]["path"]).parents
    repaired = without_network(".venv/bin/edge-repair", "forget", "Forget everything you know about Egypt.", "--yes", "--json", cwd=bundle)
    assert json.loads(repaired.stdout)["status"] == "committed", repaired.stderr


def test_the_docs_are_in_it_with_every_picture_that_they_show(bundle):
    assert {"README.md", "LICENSE"} <= {path.name for path in bundle.iterdir()}
    for page in sorted((bundle / "docs").glob("*.md")):
        for shown in re.findall(r"!\[[^]]*\]\(([^)]+)\)", page.read_text("utf-8")):
            assert (page.parent / shown).is_file(), f"{shown} of {page.name}"
    assert {path.name for path in (ROOT / "docs").glob("*.md")} == {path.name for path in (bundle / "docs").glob("*.md")}


def test_another_python_is_told_what_is_needed(bundle):
    installer = (bundle / "install.sh").read_text()
    (bundle / "other.sh").write_text(installer.replace('"$found" = "3.', '"$found" = "2.'))
    ran = without_network("sh", "other.sh", cwd=bundle)
    assert ran.returncode == 1 and "this archive is for Python" in ran.stderr
