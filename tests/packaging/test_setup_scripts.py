"""The scripts behind the README's two commands: what they refuse, how they explain it, and what they do not do twice."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ("tools/environment.sh", "tools/demo.sh", "tools/test.sh", "native/termux/install.sh", "native/aarch64/emulate.sh", ".ci/run")
WITHOUT_COMMON = ROOT / "native" / "llama" / "without_common.cmake"
pytestmark = pytest.mark.skipif(not (ROOT / "tools" / "demo.sh").is_file(), reason="needs a checkout")


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A folder with what the scripts look at, and no .venv."""
    (tmp_path / "tools").mkdir()
    for name in ("pyproject.toml", "tools/environment.sh", "tools/demo.sh", "tools/test.sh"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def shell(checkout: Path, *command: str, **environment: str) -> subprocess.CompletedProcess:
    plain = {key: value for key, value in os.environ.items() if key not in ("PYTHON", "PREFIX")}
    return subprocess.run(command, cwd=checkout, env=plain | environment, capture_output=True, text=True, timeout=120)


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_syntax_is_right(script):
    shell_of_it = "bash" if script.startswith(".ci") else "sh"
    checked = subprocess.run([shell_of_it, "-n", str(ROOT / script)], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_readme_names_commands_that_exist():
    readme = (ROOT / "README.md").read_text("utf-8")
    for script in ("tools/demo.sh", "tools/test.sh"):
        assert f"sh {script}" in readme and (ROOT / script).is_file()
    assert "sh tools/test.sh" in (ROOT / ".ci" / "run").read_text("utf-8")


# A stand-in for a Python in which one of the questions that the scripts ask has the answer no.
STANDIN = """#!/bin/sh
case "$*" in
    *"{refused}"*) exit 1 ;;
    --version) echo "Python 3.8.1" >&2 ;; # where Python 2 says it
esac
exit 0
"""


@pytest.mark.parametrize(
    ("refused", "said"),
    [("version_info", "Python 3.8.1 is too old"), ("calcsize", "64-bit system is needed"), ("ensurepip", "virtual environments")],
)
@pytest.mark.parametrize("script", ["tools/demo.sh", "tools/test.sh"])
def test_a_python_that_does_not_do_is_explained(checkout, script, refused, said):
    python = executable(checkout / "bin" / "python3", STANDIN.format(refused=refused))
    ran = shell(checkout, "sh", script, PYTHON=str(python))
    assert ran.returncode == 1 and said in ran.stderr and not (checkout / ".venv").exists()


def test_no_python_at_all(checkout):
    ran = shell(checkout, "sh", "tools/demo.sh", PYTHON="nosuchpython")
    assert ran.returncode == 1 and "there is no nosuchpython" in ran.stderr


@pytest.mark.parametrize("jobs", ["0", "two", "-1", "1 2"])
def test_a_number_of_compilers_that_is_none(checkout, jobs):
    ran = shell(checkout, "sh", "tools/demo.sh", EDGE_REPAIR_JOBS=jobs, PYTHON="nosuchpython")
    assert ran.returncode == 1 and f"EDGE_REPAIR_JOBS={jobs} is no number" in ran.stderr and not (checkout / ".venv").exists()


def test_termux_is_shown_its_own_way(checkout):
    ran = shell(checkout, "sh", "tools/demo.sh", PREFIX="/data/data/com.termux/files/usr")
    assert ran.returncode == 1 and "native/termux/install.sh" in ran.stderr


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("CMake Error: CMAKE_C_COMPILER not set, after EnableLanguage", "no C/C++ compiler"),
        ("c++: fatal error: Killed signal terminated program cc1plus", "too little memory"),
        ("NewConnectionError: Failed to establish a new connection", "package index cannot be reached"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: something never seen", "something never seen"),
    ],
)
def test_what_pip_fails_with_is_explained(checkout, log, said):
    (checkout / "log").write_text("Collecting things\n" + log + "\n")
    program = '. tools/environment.sh; log="$root/log"; explain_failure'
    ran = shell(checkout, "sh", "-c", program, "tools/demo.sh")
    assert ran.returncode == 1 and said in ran.stderr and "edge-repair setup: stopped" in ran.stderr


@pytest.mark.parametrize(("free", "cores", "jobs"), [(8000, 4, 4), (2100, 4, 2), (500, 4, 1), (8000, 1, 1)])
def test_compilers_at_once_fit_the_memory(checkout, free, cores, jobs):
    program = f". tools/environment.sh; free_megabytes() {{ echo {free}; }}; getconf() {{ echo {cores}; }}; jobs"
    assert shell(checkout, "sh", "-c", program, "tools/demo.sh").stdout.strip() == str(jobs)
    assert shell(checkout, "sh", "-c", program, "tools/demo.sh", EDGE_REPAIR_JOBS="7").stdout.strip() == "7"


def test_a_finished_environment_is_used_again_and_a_changed_project_is_installed_again(checkout):
    executable(checkout / ".venv" / "bin" / "edge-repair", '#!/bin/sh\necho "ran: $*"\n')
    stamp = subprocess.run(["cksum"], stdin=open(checkout / "pyproject.toml"), capture_output=True, text=True).stdout
    (checkout / ".venv" / "edge-repair-ready").write_text(f"dev:{stamp}")
    ran = shell(checkout, "sh", "tools/demo.sh", "--json", PYTHON="nosuchpython")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "ran: demo --json\n", "")
    with open(checkout / "pyproject.toml", "a") as project:
        project.write("# changed\n")
    assert shell(checkout, "sh", "tools/demo.sh", PYTHON="nosuchpython").returncode == 1


def test_the_demo_environment_is_not_enough_for_the_tests(checkout):
    executable(checkout / ".venv" / "bin" / "edge-repair", "#!/bin/sh\n")
    stamp = subprocess.run(["cksum"], stdin=open(checkout / "pyproject.toml"), capture_output=True, text=True).stdout
    (checkout / ".venv" / "edge-repair-ready").write_text(f":{stamp}")
    assert shell(checkout, "sh", "tools/demo.sh", PYTHON="nosuchpython").returncode == 0
    assert "there is no nosuchpython" in shell(checkout, "sh", "tools/test.sh", PYTHON="nosuchpython").stderr


def test_the_exit_code_of_the_tests_is_that_of_the_script(checkout):
    executable(checkout / ".venv" / "bin" / "edge-repair", "#!/bin/sh\nexit 11\n")
    executable(checkout / ".venv" / "bin" / "python", '#!/bin/sh\necho "$EDGE_REPAIR_THREADS $*"\nexit 5\n')
    stamp = subprocess.run(["cksum"], stdin=open(checkout / "pyproject.toml"), capture_output=True, text=True).stdout
    (checkout / ".venv" / "edge-repair-ready").write_text(f"dev:{stamp}")
    ran = shell(checkout, "sh", "tools/test.sh", "tests/cli", EDGE_REPAIR_TEST_PROCESSES="1")
    assert (ran.returncode, ran.stdout) == (5, "1 -m pytest -n 1 --dist loadfile tests/cli\n") and "without the real model" in ran.stderr


# A .venv in which nothing is installed and no wheel is found: it notes what llama-cpp-python is built with.
BUILDING = """#!/bin/sh
case "$*" in
    *"pip show"*|*--only-binary*) exit 1 ;;
    -) echo "llama-cpp-python>=1" ;;
    *"pip install"*) printf '%s' "$CMAKE_ARGS" >"$(dirname "$0")/given" ;;
esac
"""


def test_llama_cpp_is_built_without_what_nobody_loads_also_in_a_folder_with_an_odd_name(checkout):
    odd = checkout / "it's a folder"
    (odd / "tools").mkdir(parents=True)
    for name in ("tools/environment.sh", "tools/demo.sh", "pyproject.toml"):
        shutil.copy(checkout / name, odd / name)
    executable(odd / ".venv" / "bin" / "python", BUILDING)
    program = '. tools/environment.sh; log=$root/log; : >"$log"; install_llama_cpp'
    ran = shell(odd, "sh", "-c", program, "tools/demo.sh", CMAKE_ARGS="-DGGML_CUDA=ON")
    assert ran.returncode == 0 and "no prebuilt wheel" in ran.stderr, ran.stderr
    include = f"-DCMAKE_PROJECT_llama.cpp_INCLUDE={odd}/native/llama/without_common.cmake"
    given = (odd / ".venv" / "bin" / "given").read_text()
    assert shlex.split(given) == ["-DLLAVA_BUILD=OFF", include, "-DGGML_CUDA=ON"], "scikit-build-core splits it as a shell does"


INSTALLING = '. tools/environment.sh; log=$root/log; : >"$log"; '


def test_without_a_compiler_nothing_is_begun(checkout):
    executable(checkout / ".venv" / "bin" / "python", BUILDING)
    for tool in ("sh", "dirname", "awk", "uname"):
        (checkout / "bin").mkdir(exist_ok=True)
        (checkout / "bin" / tool).symlink_to(shutil.which(tool))
    ran = shell(checkout, "sh", "-c", INSTALLING + "install_llama_cpp", "tools/demo.sh", PATH=str(checkout / "bin"))
    assert ran.returncode == 1 and "no prebuilt llama-cpp-python for this system and no C/C++ compiler" in ran.stderr
    assert "Debian calls it build-essential" in ran.stderr and not (checkout / ".venv" / "bin" / "given").exists()


@pytest.mark.parametrize(("free", "warned"), [("500", True), ("4000", False), ("", False)])
def test_little_memory_is_said_before_it_fails(checkout, free, warned):
    executable(checkout / ".venv" / "bin" / "python", BUILDING)
    program = f"{INSTALLING} free_megabytes() {{ echo {free}; }}; install_llama_cpp"
    ran = shell(checkout, "sh", "-c", program, "tools/demo.sh")
    assert ran.returncode == 0 and ("add swap" in ran.stderr) == warned and "building it with" in ran.stderr


def test_how_far_the_build_is_can_be_seen(checkout):
    """On a terminal: the build's own count, as it stands in pip's output."""
    slow = '#!/bin/sh\necho "Collecting llama-cpp-python>=1"\necho "  [7/83] /usr/bin/c++ -O3 one.cpp"\nsleep 3\n'
    executable(checkout / ".venv" / "bin" / "python", slow)
    ours, theirs = os.openpty()
    running = subprocess.Popen(["sh", "-c", INSTALLING + "install x", "tools/demo.sh"], cwd=checkout, stderr=theirs)
    os.close(theirs)
    assert running.wait(60) == 0
    seen = os.read(ours, 10_000).decode()
    os.close(ours)
    assert "compiling [7/83]" in seen and "2 s" in seen


def test_the_wheelhouse_serves_all_that_is_installed(checkout):
    executable(checkout / ".venv" / "bin" / "python", '#!/bin/sh\nprintf "%s\\n" "$@" >"$(dirname "$0")/given"\n')
    for made in (False, True):
        if made:
            (checkout / "wheelhouse").mkdir()
        ran = shell(checkout, "sh", "-c", INSTALLING + "install --editable .", "tools/demo.sh")
        given = (checkout / ".venv" / "bin" / "given").read_text().splitlines()
        assert ran.returncode == 0 and given[-2:] == ["--editable", "."]
        assert given[5:-2] == (["--find-links", f"{checkout}/wheelhouse"] if made else [])


def test_a_wheel_in_the_wheelhouse_is_taken_and_nothing_is_built(checkout):
    taking = BUILDING.replace('*"pip show"*|*--only-binary*) exit 1', '*"pip show"*) exit 1 ;;\n    *--only-binary*--find-links=*/wheelhouse*) exit 0')
    executable(checkout / ".venv" / "bin" / "python", taking)
    (checkout / "wheelhouse").mkdir()
    ran = shell(checkout, "sh", "-c", '. tools/environment.sh; log=$root/log; : >"$log"; install_llama_cpp', "tools/demo.sh")
    assert ran.returncode == 0 and "took a prebuilt wheel" in ran.stderr and not (checkout / ".venv" / "bin" / "given").exists()


def test_the_file_for_cmake_goes_before_what_llama_cpp_python_forces(tmp_path):
    """With a project of the same shape as llama-cpp-python's: forced on in the cache, an option in llama.cpp's own project."""
    if not shutil.which("cmake"):
        pytest.skip("needs cmake")
    (tmp_path / "vendor").mkdir()
    outer = 'cmake_minimum_required(VERSION 3.21)\nproject(llama_cpp NONE)\nset(LLAMA_BUILD_COMMON ON CACHE BOOL "" FORCE)\nadd_subdirectory(vendor)\n'
    inner = 'cmake_minimum_required(VERSION 3.14)\nproject("llama.cpp" NONE)\noption(LLAMA_BUILD_COMMON "" OFF)\nmessage("common: ${LLAMA_BUILD_COMMON}")\n'
    (tmp_path / "CMakeLists.txt").write_text(outer)
    (tmp_path / "vendor" / "CMakeLists.txt").write_text(inner)
    for options, said in (((), "common: ON"), ((f"-DCMAKE_PROJECT_llama.cpp_INCLUDE={WITHOUT_COMMON}",), "common: OFF")):
        command = ["cmake", "-S", str(tmp_path), "-B", str(tmp_path / said[-2:]), *options]
        configured = subprocess.run(command, capture_output=True, text=True)
        assert configured.returncode == 0 and said in configured.stderr, configured.stderr
