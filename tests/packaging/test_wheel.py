"""The wheel that users get: what is in it, and that the main job runs from it in an empty environment.

The dependencies are not installed again (llama-cpp-python takes minutes to compile): a ``.pth`` file in the empty
environment points at those of the running one.
"""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from tool_loader import tool

ROOT = Path(__file__).resolve().parents[2]
SHIPPED_PATIENT = ROOT / "models" / "patient" / "patient-F16.gguf"
pytestmark = pytest.mark.skipif(not (ROOT / "pyproject.toml").is_file(), reason="needs a checkout")


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess:
    cleared = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "EDGE_REPAIR_M"))}
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, env=cleared | environment, capture_output=True, text=True, timeout=600
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built from a copy of the checkout, as tools/make_wheelhouse.py does."""
    output = tmp_path_factory.mktemp("wheels")
    source = tool("make_wheelhouse").copy_of_the_project(tmp_path_factory.mktemp("source"))
    options = ("--no-deps", "--no-build-isolation", "-w", output)
    built = run(sys.executable, "-m", "pip", "wheel", ".", *options, cwd=source)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = output.glob("edge_repair-*.whl")
    return path


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory) -> Path:
    """An empty virtual environment with the wheel in it, which reaches the dependencies of the running one."""
    folder = tmp_path_factory.mktemp("environment")
    assert run(sys.executable, "-m", "venv", folder, cwd=folder).returncode == 0
    python = folder / "bin" / "python"
    asked = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder)
    packages = Path(asked.stdout.strip())
    assert packages.is_dir() and folder in packages.parents
    installed = run(python, "-m", "pip", "install", "--no-deps", "--no-index", wheel, cwd=folder)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    reached = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "dependencies-of-the-tests.pth").write_text("\n".join(sorted(reached)) + "\n")
    return folder


def test_the_wheel_holds_every_module_and_every_shipped_file(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "edge_repair").rglob("*.py")}
    shipped = {
        "edge_repair/shipped_models/" + str(path.relative_to(ROOT / "models"))
        for path in (ROOT / "models").rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    data = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "edge_repair").rglob("*")
        if path.suffix in (".txt", ".json", ".jsonl", ".md")
    }
    assert not modules - names, "packages missing from [tool.setuptools] packages in pyproject.toml"
    assert not shipped - names
    assert not data - names, "package data missing from [tool.setuptools.package-data] in pyproject.toml"
    extra = {name for name in names if ".dist-info/" not in name} - modules - shipped - data
    assert not extra


def test_no_shipped_file_is_larger_than_16_megabytes():
    large = [path for path in (ROOT / "models").rglob("*") if path.is_file() and path.stat().st_size > 16_000_000]
    assert not large


def test_the_installed_wheel_is_what_runs(environment):
    """Both ways to start it print the version, from the installed files and not from the checkout."""
    where = run(environment / "bin" / "python", "-c", "import edge_repair; print(edge_repair.__file__)", cwd=environment)
    assert environment in Path(where.stdout.strip()).parents, where.stderr
    for command in ([environment / "bin" / "edge-repair"], [environment / "bin" / "python", "-m", "edge_repair"]):
        shown = run(*command, "--version", cwd=environment)
        assert shown.returncode == 0, shown.stderr
        assert shown.stdout.startswith("edge-repair ")


def test_shipped_files_are_found_from_the_wheel(environment):
    program = "from edge_repair import shipped; print(shipped.path('watchdog').is_dir(), shipped.path('x/y'))"
    shown = run(environment / "bin" / "python", "-c", program, cwd=environment).stdout.split(maxsplit=1)
    assert shown[0] == "True"
    assert environment in Path(shown[1].strip()).parents


@pytest.mark.skipif(not SHIPPED_PATIENT.is_file(), reason="models/patient/patient-F16.gguf is not there")
def test_the_main_job_runs_from_the_wheel(environment, tmp_path):
    """Ask, forget, ask again, undo, on the patient that the wheel ships: the demo checks itself and says so."""
    shown = run(
        environment / "bin" / "edge-repair", "demo", "--json", "-m", "patient", "--threads", "1", cwd=tmp_path,
        EDGE_REPAIR_MODELS=str(tmp_path / "models"), EDGE_REPAIR_STORE=str(tmp_path / "store"),
    )  # fmt: skip
    assert shown.returncode == 0, shown.stdout + shown.stderr
    summary = json.loads(shown.stdout)
    assert environment in Path(summary["model"]["path"]).parents
    assert all(summary["checks"].values()) and len(summary["checks"]) >= 5
