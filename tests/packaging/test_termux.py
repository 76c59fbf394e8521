"""The Termux recipes and installer, as far as they can be tested without a phone."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TERMUX = ROOT / "native" / "termux"
RECIPES = sorted(TERMUX.glob("*/build.sh"))
TERMUX_PREFIX = "/data/data/com.termux/files/usr"
pytestmark = pytest.mark.skipif(not TERMUX.is_dir(), reason="needs a checkout")


def project() -> str:
    return (ROOT / "pyproject.toml").read_text("utf-8")


def fields(recipe: Path) -> dict[str, str]:
    """The variables that a recipe sets, as the builder's shell sees them."""
    program = 'set -eu; . "$0"; for name in $(compgen -v TERMUX_PKG_); do printf "%s=%s\\n" "$name" "${!name}"; done'
    ran = subprocess.run(["bash", "-c", program, str(recipe)], capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    assert ran.returncode == 0, ran.stderr
    return dict(line.split("=", 1) for line in ran.stdout.splitlines())


def test_both_recipes_are_there():
    assert [recipe.parent.name for recipe in RECIPES] == ["edge-repair", "python-llama-cpp"]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.parent.name)
def test_a_recipe_has_the_fields_that_the_builder_needs(recipe):
    found = fields(recipe)
    for name in ("DESCRIPTION", "LICENSE", "MAINTAINER", "VERSION", "DEPENDS"):
        assert found.get(f"TERMUX_PKG_{name}"), name
    assert found.get("TERMUX_PKG_SRCURL") or found.get("TERMUX_PKG_SKIP_SRC_EXTRACT") == "true"
    assert set(found["TERMUX_PKG_EXCLUDED_ARCHES"].split(", ")) == {"arm", "i686"}, "64 bits only"
    assert "python-numpy" in found["TERMUX_PKG_DEPENDS"], "numpy has no wheels for Android"
    text = recipe.read_text("utf-8")
    assert "cross-pip install --no-build-isolation --no-deps" in text
    known = r"TERMUX_PKG_(?:HOMEPAGE|DESCRIPTION|LICENSE|LICENSE_FILE|MAINTAINER|VERSION|SRCURL|SRCDIR|GIT_BRANCH|DEPENDS|EXCLUDED_ARCHES|"
    known += r"BUILD_IN_SRC|PLATFORM_INDEPENDENT|SKIP_SRC_EXTRACT|PYTHON_COMMON_BUILD_DEPS|PYTHON_RUNTIME_DEPS)"
    assert all(re.fullmatch(known, name) for name in found), found


def test_versions_and_requirements_are_those_of_the_project():
    ours, llama = (fields(recipe) for recipe in RECIPES)
    assert f'version = "{ours["TERMUX_PKG_VERSION"]}"' in project()
    lower = re.search(r'"llama-cpp-python>=([0-9.]+)', project()).group(1)
    assert llama["TERMUX_PKG_VERSION"] == lower
    assert f"llama_cpp=llama-cpp-python=={lower}\n" in (TERMUX / "install.sh").read_text("utf-8")
    dependencies = re.search(r"^dependencies = \[(.*?)^\]", project(), re.S | re.M).group(1)
    named = ours["TERMUX_PKG_PYTHON_RUNTIME_DEPS"] + ours["TERMUX_PKG_DEPENDS"].replace("python-llama-cpp", "llama-cpp-python")
    for requirement in re.findall(r'^\s+"([a-z0-9-]+)', dependencies, re.M):
        assert requirement in named, f"{requirement} is missing from the recipe"
    for stated in re.findall(r"'([a-z0-9]+>=[0-9.]+)'", ours["TERMUX_PKG_PYTHON_RUNTIME_DEPS"]):
        assert f'"{stated}"' in dependencies, f"the project asks for another {stated}"


def test_openmp_is_off_everywhere():
    for script in (TERMUX / "install.sh", TERMUX / "python-llama-cpp" / "build.sh"):
        assert "-DGGML_OPENMP=OFF" in script.read_text("utf-8")


def phone(tmp_path: Path, machine: str = "aarch64", fails: str = "", prefix: str = TERMUX_PREFIX, bits: int = 0):
    """Run the installer in a copy of the checkout, with stand-ins for the commands of a phone that note their calls."""
    checkout, calls = tmp_path / "it's a checkout", tmp_path / "calls"
    (checkout / "native" / "termux").mkdir(parents=True)
    (checkout / "native" / "termux" / "install.sh").write_text((TERMUX / "install.sh").read_text("utf-8"))
    (checkout / ".venv" / "bin").mkdir(parents=True)
    standin = f'#!/bin/sh\necho "$(basename "$0") $* [$CMAKE_ARGS]" >>{calls}\ncase "$*" in *calcsize*) exit {bits} ;; esac\n'
    standin += f'case "$0 $*" in *"{fails or "nothing fails"}"*) exit 1 ;; esac\n'
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    for place in (bin_folder / "pkg", bin_folder / "python", checkout / ".venv/bin/python", checkout / ".venv/bin/edge-repair"):
        place.write_text(standin)
        place.chmod(0o755)
    (bin_folder / "uname").write_text(f"#!/bin/sh\necho {machine}\n")
    (bin_folder / "uname").chmod(0o755)
    environment = {"PATH": f"{bin_folder}:{os.environ['PATH']}", "PREFIX": prefix, "CMAKE_ARGS": ""}
    command = ["sh", str(checkout / "native" / "termux" / "install.sh")]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    return ran, calls.read_text().splitlines() if calls.exists() else []


def test_the_steps_of_the_installer(tmp_path):
    ran, calls = phone(tmp_path)
    assert ran.returncode == 0, ran.stderr
    steps = [
        "pkg install -y python python-pip python-numpy python-onnxruntime clang",
        "python -c import struct",
        "python -m venv --system-site-packages .venv",
        "python -m pip install --disable-pip-version-check setuptools>=77",
        "python -m pip install --disable-pip-version-check --no-build-isolation llama-cpp-python==",
        "python -m pip install --disable-pip-version-check --no-build-isolation --editable .",
        "edge-repair doctor",
    ]
    assert len(calls) == len(steps) and all(call.startswith(step) for call, step in zip(calls, steps)), calls
    include = f"-DCMAKE_PROJECT_llama.cpp_INCLUDE={tmp_path}/it's a checkout/native/llama/without_common.cmake"
    assert shlex.split(calls[4].partition("[")[2].rpartition("]")[0]) == ["-DGGML_OPENMP=OFF", "-DLLAVA_BUILD=OFF", include]


@pytest.mark.parametrize(
    ("arguments", "said", "most_calls"),
    [
        ({"machine": "armv7l"}, "32 bits (armv7l)", 0),
        ({"machine": "armv8l"}, "32 bits (armv8l)", 0),
        ({"prefix": "/usr"}, "not Termux", 0),
        ({"bits": 1}, "this Termux has 32 bits", 2),
        ({"fails": "pkg install"}, "this failed: pkg install", 1),
        ({"fails": "llama-cpp-python"}, "this failed: pip", 5),
        ({"fails": "doctor"}, "this failed: .venv/bin/edge-repair doctor", 7),
    ],
)
def test_what_cannot_work_stops_with_a_reason(tmp_path, arguments, said, most_calls):
    ran, calls = phone(tmp_path, **arguments)
    assert ran.returncode == 1 and said in ran.stderr and len(calls) == most_calls
    assert "ready" not in ran.stderr


ANDROID = {"ANDROID_DATA": "/data", "ANDROID_ROOT": "/system", "PREFIX": TERMUX_PREFIX, "SHELL": f"{TERMUX_PREFIX}/bin/sh"}


def as_on_android(program: str, home: Path) -> str:
    """Run a program in a process whose ``sys.platform`` is "android", as Termux's Python says."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("EDGE_REPAIR_STORE", "EDGE_REPAIR_MODELS", "XDG"))}
    environment = kept | ANDROID | {"HOME": str(home)}
    command = [sys.executable, "-c", f"import sys; sys.platform = 'android'\n{program}"]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_llama_cpp_is_imported_under_the_name_android(tmp_path):
    """Its loader refuses that name; the binding shows another while it imports, and puts it back."""
    refused = as_on_android("try:\n import llama_cpp\nexcept RuntimeError as error: print(error)", tmp_path)
    assert "Unsupported platform" in refused
    program = "from edge_repair.patient.binding import check; print(check(), sys.platform)"
    assert re.fullmatch(r"[0-9.]+ android", as_on_android(program, tmp_path))


def test_user_state_is_under_the_home_of_termux(tmp_path):
    program = "from edge_repair.catalogue.known import models_folder; from edge_repair.ledger.ledger import _default_store\n"
    program += "print(models_folder(), _default_store())"
    assert all(Path(place).is_relative_to(tmp_path) for place in as_on_android(program, tmp_path).split())


def test_a_missing_compiler_or_onnxruntime_names_the_packages_of_termux(tmp_path):
    program = "from edge_repair.cli.checks import _onnx, how_to_get_a_compiler; sys.modules['onnxruntime'] = None\n"
    program += "print(how_to_get_a_compiler(), '|', _onnx('onnxruntime', None).fix)"
    assert as_on_android(program, tmp_path) == "pkg install clang cmake ninja | pkg install python-onnxruntime (not needed)"


def test_the_main_job_under_the_name_android_and_without_onnxruntime(tmp_path, people):
    """Forget, persist, undo to the bit, with the numpy Watchdog: all that a phone does except the phone."""
    name = people[0]["name"]
    program = f"""
sys.modules["onnxruntime"] = None
import numpy as np
from edge_repair import Session
from edge_repair.shipped import path
asked = "Where does {name} live?"
with Session.open(path("patient/patient-F16.gguf")) as session:
    before = session.logits(asked)
    assert session._watchdog.backend.name == "numpy"
    verdict = session.judge("Forget where {name} lives.")
    repair = session.forget("Forget where {name} lives.")
with Session.open(path("patient/patient-F16.gguf")) as session:
    changed = not np.array_equal(before, session.logits(asked))
    session.undo(repair.id)
    print(sys.platform, verdict.zone, repair.status, changed, np.array_equal(before, session.logits(asked)))
"""
    assert as_on_android(program, tmp_path) == "android propose committed True True"


def test_shellcheck_finds_nothing():
    """The lint of shell programs, where it is installed; a recipe's variables are read by the builder that sources it."""
    if not shutil.which("shellcheck"):
        pytest.skip("needs shellcheck")
    scripts = (TERMUX / "install.sh", ROOT / "native" / "aarch64" / "emulate.sh")
    for command in (["shellcheck", *scripts], ["shellcheck", "--shell=bash", "--exclude=SC2034,SC2086", *RECIPES]):
        ran = subprocess.run(command, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stdout


def test_doctor_knows_the_oldest_versions_that_the_project_asks_for():
    from edge_repair.cli import checks

    for package, oldest in (("llama-cpp-python", checks.OLDEST_LLAMA), ("jinja2", checks.OLDEST_JINJA)):
        assert re.search(rf'"{package}>=([0-9.]+)', project()).group(1) == ".".join(map(str, oldest))
