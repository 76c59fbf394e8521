#!/bin/sh
# Sets everything up in .venv and runs the main job on a real model: sh tools/demo.sh
# Arguments go to "edge-repair demo". Run again, it starts at once.
set -u
. "$(dirname -- "$0")/environment.sh"

prepare ''
exec "$environment/bin/edge-repair" demo "$@"
