#!/bin/sh
# edge_repair on an emulated aarch64 processor, without a board:
#
#     sh native/aarch64/emulate.sh FOLDER                    the main job on the shipped patient, see main_job.py
#     sh native/aarch64/emulate.sh FOLDER doctor -m patient  any other command of edge_repair
#
# For Debian on another processor, with: sudo apt install qemu-user g++-aarch64-linux-gnu
# What is made (Debian's arm64 Python, aarch64 wheels, llama.cpp cross-compiled once) stays in FOLDER, nothing is installed
# into the system, no rights are needed, and a second call goes on where the first was stopped.
#
# Settings: PYTHON (python3; one with pip), QEMU (qemu-aarch64), CPU (cortex-a72, the one of a Raspberry Pi 4),
# EDGE_REPAIR_JOBS (compilers at once, 1), and pip's own.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
python=${PYTHON:-python3} qemu=${QEMU:-qemu-aarch64} cpu=${CPU:-cortex-a72}

say() { printf '%s\n' "aarch64: $*" >&2; }

stop() {
    say "stopped: $*"
    exit 1
}

[ $# -ge 1 ] || stop "which folder? sh $0 FOLDER [command of edge_repair]"
mkdir -p "$1"
folder=$(CDPATH='' cd -- "$1" && pwd)
shift
for tool in "$qemu" aarch64-linux-gnu-g++ apt-get dpkg-deb "$python"; do
    command -v "$tool" >/dev/null 2>&1 || stop "there is no $tool; on Debian: sudo apt install qemu-user g++-aarch64-linux-gnu"
done

# Debian's arm64 Python and what it needs, of the release that runs here, so that its C library is the cross compiler's.
debian() {
    [ -f "$folder/debian/complete" ] && return
    say "Debian's arm64 Python"
    mkdir -p "$folder/apt/state/lists/partial" "$folder/apt/cache/archives/partial"
    set -- -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State="$folder/apt/state" -o Dir::Cache="$folder/apt/cache" \
        -o Dir::State::status=/dev/null -o Debug::NoLocking=1 -o APT::Sandbox::User=root -qq
    apt-get "$@" update
    apt-get "$@" --no-install-recommends --yes --download-only install python3 libstdc++6 ca-certificates
    for package in "$folder"/apt/cache/archives/*.deb; do dpkg-deb --extract "$package" "$folder/debian"; done
    touch "$folder/debian/complete"
}

# What edge_repair needs, as aarch64 wheels; onnxruntime is left out, see docs/devices.md.
packages() {
    [ -f "$folder/site/complete" ] && return
    version=$(readlink "$folder/debian/usr/bin/python3")
    version=${version#python}
    say "aarch64 wheels for Python $version"
    "$python" - "$root/pyproject.toml" >"$folder/requirements.txt" <<'PYTHON'
import re, sys
listed = re.search(r"^dependencies = \[(.*?)^\]", open(sys.argv[1], encoding="utf-8").read(), re.S | re.M).group(1)
wanted = [name for name in re.findall(r'^\s+"([^";]+)', listed, re.M) if not name.startswith(("llama-cpp-python", "onnxruntime"))]
print("\n".join([*wanted, "diskcache", "typing_extensions"]))  # the last two: llama-cpp-python's own
PYTHON
    set -- --platform manylinux2014_aarch64 --platform manylinux_2_17_aarch64 --platform manylinux_2_28_aarch64
    "$python" -m pip install --quiet --disable-pip-version-check --upgrade --target "$folder/site" "$@" --python-version "$version" \
        --only-binary=:all: --requirement "$folder/requirements.txt"
    touch "$folder/site/complete"
}

# llama.cpp, by the cross compiler. The wheel's name says this machine's processor, so it is unpacked and not installed.
llama_cpp() {
    [ -f "$folder/site/llama_cpp/complete" ] && return
    wanted=$(sed -n 's/^ *"llama-cpp-python>=\([0-9.]*\).*/\1/p' "$root/pyproject.toml")
    if ! ls "$folder/wheel/llama_cpp_python-$wanted-"*.whl >/dev/null 2>&1; then
        say "compiling llama.cpp $wanted for aarch64; once, some minutes"
        options="-DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc"
        options="$options -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ -DLLAVA_BUILD=OFF -DGGML_NATIVE=OFF -DGGML_OPENMP=OFF"
        options="$options '-DCMAKE_PROJECT_llama.cpp_INCLUDE=$root/native/llama/without_common.cmake'"
        CMAKE_ARGS="$options ${CMAKE_ARGS:-}" CMAKE_BUILD_PARALLEL_LEVEL="${EDGE_REPAIR_JOBS:-1}" FORCE_CMAKE=1 \
            "$python" -m pip wheel --verbose --no-deps --no-cache-dir --disable-pip-version-check --wheel-dir "$folder/wheel" \
            "llama-cpp-python==$wanted" >"$folder/wheel.log" 2>&1 || stop "pip could not build it; see $folder/wheel.log"
    fi
    "$python" -m zipfile -e "$folder/wheel/llama_cpp_python-$wanted-"*.whl "$folder/site"
    touch "$folder/site/llama_cpp/complete"
}

# An aarch64 Python with edge_repair, for any use: FOLDER/python. One thread: the emulator would give others to the same cores.
launcher() {
    cat >"$folder/python" <<LAUNCHER
#!/bin/sh
export PYTHONPATH="$root:$folder/site" OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 EDGE_REPAIR_THREADS=1
export EDGE_REPAIR_STORE="\${EDGE_REPAIR_STORE:-$folder/store}"
exec "$qemu" -cpu "\${CPU:-$cpu}" -L "$folder/debian" "$folder/debian/usr/bin/python3" "\$@"
LAUNCHER
    chmod +x "$folder/python"
}

debian
packages
llama_cpp
launcher
if [ $# -gt 0 ]; then
    cd "$root"
    exec "$folder/python" -m edge_repair "$@"
fi
exec "$python" "$root/native/aarch64/main_job.py" run "$folder/$cpu" "$folder/python"
