#!/usr/bin/env python3
"""Make one archive that installs edge_repair without a network and without a compiler, on machines like this one.

In it: the wheels of edge_repair (with its shipped models) and of all that it needs, SmolLM2 where it has been pulled, the
docs, and install.sh. Machines like this one: same operating system, same architecture, same minor version of Python, a C
library at least as new; the installer checks the first three and says what is missing.
"""

import argparse
import io
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

INSTALLER = """\
#!/bin/sh
# Installs edge_repair into .venv in this folder, without a network: sh install.sh
set -eu
cd "$(dirname -- "$0")"
python=${{PYTHON:-python3}}

stop() {{ printf '%s\\n' "edge-repair setup: stopped: $1" >&2; exit 1; }}

command -v "$python" >/dev/null 2>&1 || stop "there is no $python; Python {version} is needed"
found=$("$python" -c 'import sys, sysconfig; print("%d.%d" % sys.version_info[:2], sysconfig.get_platform())')
[ "$found" = "{version} {platform}" ] || stop "this archive is for Python {version} on {platform}, and $python is $found"
"$python" -m venv .venv || stop "this Python cannot make virtual environments (on Debian: python3-venv)"
.venv/bin/python -m pip install --no-index --find-links wheels --disable-pip-version-check edge_repair
for model in models/*.gguf; do
    [ -f "$model" ] || continue
    place=$(.venv/bin/python -c 'from edge_repair.catalogue.known import models_folder; print(models_folder())')
    mkdir -p "$place"
    # Under another name until it is whole: the model's name in the cache means that it is.
    [ -f "$place/${{model##*/}}" ] || {{ cp "$model" "$place/copying.part" && mv "$place/copying.part" "$place/${{model##*/}}"; }}
done
.venv/bin/edge-repair --version
printf '%s\\n' "Next: .venv/bin/edge-repair demo"
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder of the archive (default: dist/)")
    parser.add_argument("--wheelhouse", type=Path, default=ROOT / "wheelhouse", help="folder of the wheels, made when missing")
    parser.add_argument("--without-model", action="store_true", help="leave SmolLM2 out")
    arguments = parser.parse_args()

    # Also when the folder is there: edge_repair itself may have changed. What is up to date is not built again.
    for stale in arguments.wheelhouse.glob("edge_repair-*.whl"):
        stale.unlink()
    subprocess.run([sys.executable, ROOT / "tools" / "make_wheelhouse.py", arguments.wheelhouse], check=True)

    sys.path.insert(0, str(ROOT))
    from edge_repair import __version__
    from edge_repair.catalogue.known import DEFAULT

    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    platform = sysconfig.get_platform()
    name = f"edge_repair-{__version__}-{platform}-py{version}"
    arguments.out.mkdir(parents=True, exist_ok=True)
    archive = arguments.out / f"{name}.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=1) as bundle:  # nearly all of it is compressed already
        for wheel in sorted(arguments.wheelhouse.glob("*.whl")):
            bundle.add(wheel, f"{name}/wheels/{wheel.name}")
        pages = [path for path in sorted((ROOT / "docs").rglob("*")) if path.suffix in (".md", ".png")]
        for text in (ROOT / "README.md", ROOT / "LICENSE", *pages):
            bundle.add(text, f"{name}/{text.relative_to(ROOT)}")
        if DEFAULT.is_pulled and not arguments.without_model:
            bundle.add(DEFAULT.path, f"{name}/models/{DEFAULT.path.name}")
        installer = INSTALLER.format(version=version, platform=platform).encode()
        entry = tarfile.TarInfo(f"{name}/install.sh")
        entry.size, entry.mode = len(installer), 0o755
        bundle.addfile(entry, io.BytesIO(installer))
    model = "with" if DEFAULT.is_pulled and not arguments.without_model else "without"
    print(f"{archive} ({archive.stat().st_size / 1e6:.0f} MB, {model} {DEFAULT.title})")


if __name__ == "__main__":
    main()
