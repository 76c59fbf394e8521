# Sets up .venv at the root of the checkout; sourced by demo.sh and test.sh, which run on any POSIX shell.
#
# Settings: PYTHON (default python3), CMAKE_ARGS (more options for llama.cpp), EDGE_REPAIR_JOBS (compilers at once),
# and all of pip's own. Wheels in a folder wheelhouse/ at the root (tools/make_wheelhouse.py) are used before anything
# is built, those of every package.

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root" || exit 1
environment=$root/.venv
log=$environment/edge-repair-setup.log
python=${PYTHON:-python3}

say() { printf '%s\n' "edge-repair setup: $*" >&2; }

stop() {
    say "stopped: $1"
    shift
    for line in "$@"; do printf '    %s\n' "$line" >&2; done
    exit 1
}

on_termux() { case ${PREFIX:-} in *com.termux*) true ;; *) false ;; esac }

# The command that installs what Debian and its relatives call $1, in the words of this system.
how_to_get() {
    if command -v apt-get >/dev/null 2>&1; then
        echo "sudo apt install $1"
    elif [ "$(uname -s)" = Darwin ]; then
        echo "xcode-select --install, and Python from python.org"
    else
        echo "install it with the package manager of your system (Debian calls it $1)"
    fi
}

check_settings() {
    case ${EDGE_REPAIR_JOBS:-1} in
        0 | *[!0-9]*) stop "EDGE_REPAIR_JOBS=$EDGE_REPAIR_JOBS is no number of compilers" "EDGE_REPAIR_JOBS=1 sh $0" ;;
    esac
}

check_python() {
    if on_termux; then stop "this is Termux, which needs its own steps" "sh native/termux/install.sh"; fi
    command -v "$python" >/dev/null 2>&1 || stop "there is no $python" "$(how_to_get 'python3 python3-venv')"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
        stop "$("$python" --version 2>&1) is too old; 3.10 or later is needed" "PYTHON=/path/to/another/python3 sh $0"
    "$python" -c 'import struct, sys; sys.exit(struct.calcsize("P") != 8)' ||
        stop "this Python has 32 bits; a 64-bit system is needed (Raspberry Pi OS: the 64-bit image)"
    "$python" -c 'import venv, ensurepip' 2>/dev/null ||
        stop "this Python cannot make virtual environments" "$(how_to_get python3-venv)"
}

free_megabytes() { awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo 2>/dev/null; }

# How many compilers may run at once: one a core, and one a gigabyte of free memory.
jobs() {
    cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
    free=$(free_megabytes)
    [ -z "$free" ] && free=$((cores * 1024))
    most=$((free / 1024))
    [ "$most" -lt 1 ] && most=1
    [ "$most" -lt "$cores" ] && cores=$most
    echo "${EDGE_REPAIR_JOBS:-$cores}"
}

# Run pip with its output in the log, and show how far it is: what it collects, or the build's own count.
pip_showing_progress() {
    "$environment/bin/python" -m pip install --verbose --disable-pip-version-check "$@" >>"$log" 2>&1 &
    worker=$!
    trap 'kill "$worker" 2>/dev/null; exit 130' INT TERM
    shown='' waited=0
    while kill -0 "$worker" 2>/dev/null; do
        sleep 2
        waited=$((waited + 2))
        now=$(tail -n 40 "$log" | sed -n 's/^ *\(\[[0-9]*\/[0-9]*\]\).*/compiling \1/p; s/^ *\(Collecting [^ ]*\).*/\1/p; s/^\(Installing collected packages\).*/\1/p' | tail -n 1)
        if [ -t 2 ]; then
            printf '\r    %-60s %4d s' "${now:-working}" "$waited" >&2
        elif [ "$now" != "$shown" ] && [ $((waited % 30)) -eq 0 ]; then
            printf '    %s (%d s)\n' "${now:-working}" "$waited" >&2
            shown=$now
        fi
    done
    trap - INT TERM
    [ -t 2 ] && printf '\r%75s\r' '' >&2
    wait "$worker"
}

explain_failure() {
    tail -n 400 "$log" >"$log.end"
    if grep -qiE 'CMAKE_C(XX)?_COMPILER|No CMAKE_|compiler not found|unable to find a compiler' "$log.end"; then
        stop "there is no C/C++ compiler, which llama-cpp-python is built with" "$(how_to_get build-essential)"
    elif grep -qiE 'Killed|out of memory|Cannot allocate memory|virtual memory exhausted' "$log.end"; then
        stop "too little memory to compile" "close other programs, or add swap, then: EDGE_REPAIR_JOBS=1 sh $0"
    elif grep -qiE 'name resolution|NewConnectionError|Network is unreachable|timed out|Connection refused' "$log.end"; then
        stop "the package index cannot be reached" "connect to the network and run this again; what is done is kept"
    elif grep -qiE 'No space left' "$log.end"; then
        stop "the disk is full" "about 1 GB is needed"
    fi
    tail -n 15 "$log" >&2
    stop "pip failed; its last lines are above, all of them in $log" "run this again when it is mended; what is done is kept"
}

install() {
    [ -d wheelhouse ] && set -- --find-links "$root/wheelhouse" "$@"
    pip_showing_progress "$@" || explain_failure
}

install_llama_cpp() {
    wanted=$("$environment/bin/python" - <<'PYTHON'
import re
print(re.search(r'"(llama-cpp-python[^"]*)"', open("pyproject.toml", encoding="utf-8").read()).group(1))
PYTHON
    )
    if "$environment/bin/python" -m pip show llama-cpp-python >/dev/null 2>&1; then return; fi
    if [ -d wheelhouse ]; then links="--find-links=$root/wheelhouse"; else links=''; fi
    # shellcheck disable=SC2086 # $links is one word or none
    if "$environment/bin/python" -m pip install --disable-pip-version-check --only-binary=llama-cpp-python $links "$wanted" >>"$log" 2>&1; then
        say "llama-cpp-python: took a prebuilt wheel"
        return
    fi
    free=$(free_megabytes)
    if [ -n "$free" ] && [ "$free" -lt 700 ]; then
        say "only $free MB of memory are free; compiling llama.cpp may fail (add swap if it does)"
    fi
    command -v cc >/dev/null 2>&1 || command -v gcc >/dev/null 2>&1 || command -v clang >/dev/null 2>&1 ||
        stop "there is no prebuilt llama-cpp-python for this system and no C/C++ compiler to build it" "$(how_to_get build-essential)"
    count=$(jobs)
    say "llama-cpp-python: no prebuilt wheel here, building it with $count compiler(s) at once; once, some minutes"
    quoted=$(printf %s "$root" | sed "s/'/'\\\\''/g") # a folder's name may hold spaces and quotes
    lean="-DLLAVA_BUILD=OFF '-DCMAKE_PROJECT_llama.cpp_INCLUDE=$quoted/native/llama/without_common.cmake'"
    export CMAKE_ARGS="$lean ${CMAKE_ARGS:-}" CMAKE_BUILD_PARALLEL_LEVEL="$count" FORCE_CMAKE=1
    install "$wanted"
}

# prepare EXTRA: everything that the package needs, and that of the extra ("" or "dev"), in .venv.
prepare() {
    extra=$1
    stamp="$extra:$(cksum <pyproject.toml)"
    if [ -x "$environment/bin/edge-repair" ] && grep -qxF -e "$stamp" -e "dev:$(cksum <pyproject.toml)" "$environment/edge-repair-ready" 2>/dev/null; then
        return
    fi
    check_settings
    check_python
    if [ ! -x "$environment/bin/python" ] || ! "$environment/bin/python" -m pip --version >/dev/null 2>&1; then
        say "making .venv with $("$python" --version)"
        "$python" -m venv "$environment" || stop "python could not make .venv" "$(how_to_get python3-venv)"
    fi
    : >"$log"
    install_llama_cpp
    say "installing edge_repair and what it needs"
    install --editable ".${extra:+[$extra]}"
    echo "$stamp" >>"$environment/edge-repair-ready"
    say "ready in .venv"
}
