#!/usr/bin/env python3
"""Build wheels of edge_repair and of all that it needs into wheelhouse/, for machines like this one.

tools/demo.sh and tools/test.sh take wheels from wheelhouse/ before they build anything; any pip does with --find-links.
llama.cpp is built without the instructions of this very processor (GGML_NATIVE=OFF), so that the wheel runs on others of
the same architecture, more slowly than one built on the spot. It is not built again when a wheel of the wanted version
is in the folder already.

Not covered: other platforms than this one, and tagging the wheel for a wide range of Linux systems (auditwheel): it needs
a C library at least as new as this machine's.
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEAN = ROOT / "native" / "llama" / "without_common.cmake"
OPTIONS = shlex.join(["-DGGML_NATIVE=OFF", "-DLLAVA_BUILD=OFF", f"-DCMAKE_PROJECT_llama.cpp_INCLUDE={LEAN}"])


def run(*arguments: str | Path, **environment: str) -> None:
    """Run pip, visibly; stop with its exit code when it fails."""
    command = [sys.executable, "-m", "pip", *map(str, arguments)]
    code = subprocess.run(command, cwd=ROOT, env=os.environ | environment).returncode
    if code:
        sys.exit(code)


def copy_of_the_project(place: Path) -> Path:
    """Copy what goes into the wheel to a folder below ``place``: a build in the checkout would take up what an older one left."""
    copy = place / "edge_repair"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    for name in ("edge_repair", "models"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "wheelhouse", help="default: wheelhouse/ at the root")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="compilers at once (default: the cores)")
    arguments = parser.parse_args()
    folder = arguments.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)

    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    requirement, version = re.search(r'"(llama-cpp-python>=([0-9.]+)[^"]*)"', project).groups()
    if not list(folder.glob(f"llama_cpp_python-{version}-*.whl")):
        print(f"building llama-cpp-python {version} for any processor of this architecture; some minutes", flush=True)
        # Without pip's cache: it may hold a wheel that was built for this very processor.
        options = ("--no-deps", "--no-cache-dir", "--wheel-dir", folder)
        flags = {"CMAKE_ARGS": f"{OPTIONS} {os.environ.get('CMAKE_ARGS', '')}", "FORCE_CMAKE": "1"}
        run("wheel", *options, f"llama-cpp-python=={version}", CMAKE_BUILD_PARALLEL_LEVEL=str(arguments.jobs), **flags)
    with tempfile.TemporaryDirectory() as place:
        source = copy_of_the_project(Path(place))
        run("wheel", "--wheel-dir", folder, "--find-links", folder, "--only-binary=llama-cpp-python", requirement, source)
    names = sorted(path.name for path in folder.glob("*.whl"))
    print(f"{len(names)} wheels in {folder}:", *names, sep="\n  ")


if __name__ == "__main__":
    main()
