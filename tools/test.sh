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
# Two processes where there are two cores; each loads the models for itself. EDGE_REPAIR_TEST_PROCESSES says otherwise.
cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
[ "$cores" -gt 1 ] && processes=2 || processes=0
exec "$environment/bin/python" -m pytest -n "${EDGE_REPAIR_TEST_PROCESSES:-$processes}" --dist loadfile "$@"
