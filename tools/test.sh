#!/bin/sh
# Sets everything up in .venv and runs the tests: sh tools/test.sh
# Arguments go to pytest, for example: sh tools/test.sh tests/cli, or -m slow for the slow ones.
set -u
. "$(dirname -- "$0")/environment.sh"

prepare dev
"$environment/bin/edge-repair" models pull smollm2 ||
    say "going on without the real model: the tests that need it are skipped"
# One thread: on a busy machine, two threads that wait for each other are a hundred times slower.
OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 EDGE_REPAIR_THREADS=1
export OMP_NUM_THREADS OPENBLAS_NUM_THREADS EDGE_REPAIR_THREADS
exec "$environment/bin/python" -m pytest "$@"
