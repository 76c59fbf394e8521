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
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OPTIONS = "-DGGML_NATIVE=OFF -DLLAVA_BUILD=OFF"


def run(*arguments: str | Path, **environment: str) -> None:
    """Run pip, visibly; stop with its exit code when it fails."""
    command = [sys.executable, "-m", "pip", *map(str, arguments)]
    code = subprocess.run(command, cwd=ROOT, env=os.environ | environment).returncode
    if code:
        sys.exit(code)


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
    run("wheel", "--wheel-dir", folder, "--find-links", folder, "--only-binary=llama-cpp-python", requirement, ".")
    names = sorted(path.name for path in folder.glob("*.whl"))
    print(f"{len(names)} wheels in {folder}:", *names, sep="\n  ")


if __name__ == "__main__":
    main()
