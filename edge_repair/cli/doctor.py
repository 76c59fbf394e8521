"""``edge-repair doctor``: is everything here that a repair needs?"""

from dataclasses import asdict

import click

from edge_repair.cli.options import Settings, settings
from edge_repair.cli.terminal import emit, say

FAILED = 1


@click.command()
@settings
def command(settings: Settings) -> int:
    """Check Python, compiler, llama-cpp-python, threads, model, memory, store, onnxruntime and the Watchdog.

    One line a check, with the fix for what is wrong. Exit code 1 when there is a problem; a warning is none.
    """
    from edge_repair.cli.checks import PROBLEM, run_all

    found = run_all(settings)
    marks = {"ok": "ok     ", "warning": "warning", "problem": "PROBLEM"}
    for check in found:
        fix = f"  ->  {check.fix}" if check.fix else ""
        say(f"{marks[check.state]}  {check.name}: {' '.join(check.found.split())}{fix}")
    healthy = all(check.state != PROBLEM for check in found)
    if settings.as_json:
        emit({"healthy": healthy, "checks": [asdict(check) for check in found]})
    return 0 if healthy else FAILED
