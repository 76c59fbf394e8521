#!/data/data/com.termux/files/usr/bin/sh
# Installs edge_repair on a phone or tablet in Termux: sh native/termux/install.sh
#
# numpy and onnxruntime come from Termux's own packages (there are no wheels for Android), the rest into .venv at the root
# of the checkout. llama.cpp is compiled here, once. Not tried on hardware yet; see native/termux/README.md.
set -u

llama_cpp=llama-cpp-python==0.3.36
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)

stop() {
    printf '%s\n' "edge-repair setup: stopped: $1" >&2
    exit 1
}

step() {
    printf '%s\n' "edge-repair setup: $1" >&2
    shift
    "$@" || stop "this failed: $*"
}

case ${PREFIX:-} in
    *com.termux*) ;;
    *) stop "this is not Termux; elsewhere: sh tools/demo.sh" ;;
esac
case $(uname -m) in
    aarch64 | x86_64) ;;
    *) stop "this system has 32 bits ($(uname -m)); a 64-bit one is needed" ;;
esac
cd "$root" || exit 1

step "packages of Termux" pkg install -y python python-pip python-numpy python-onnxruntime clang cmake ninja
# Some phones have a 64-bit kernel under a 32-bit Termux.
python -c 'import struct, sys; sys.exit(struct.calcsize("P") != 8)' || stop "this Termux has 32 bits; install the 64-bit one"
step "making .venv, which sees Termux's numpy and onnxruntime" python -m venv --system-site-packages .venv
pip() { .venv/bin/python -m pip install --disable-pip-version-check "$@"; }
step "what builds Python packages" pip 'setuptools>=77' wheel scikit-build-core
# OpenMP off: its threads wait by spinning, which on unequal cores costs more than it gives. Two compilers at once: more
# do not fit into the memory of most phones.
quoted=$(printf %s "$root" | sed "s/'/'\\\\''/g") # a folder's name may hold spaces and quotes
lean="-DLLAVA_BUILD=OFF '-DCMAKE_PROJECT_llama.cpp_INCLUDE=$quoted/native/llama/without_common.cmake'"
export CMAKE_ARGS="-DGGML_OPENMP=OFF $lean ${CMAKE_ARGS:-}"
export CMAKE_BUILD_PARALLEL_LEVEL="${EDGE_REPAIR_JOBS:-2}"
step "compiling llama.cpp; once, and it takes a while" pip --no-build-isolation "$llama_cpp"
step "edge_repair and what it needs" pip --no-build-isolation --editable .
step "checking" .venv/bin/edge-repair doctor
printf '%s\n' "edge-repair setup: ready. Next: .venv/bin/edge-repair demo" >&2
