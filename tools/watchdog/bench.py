"""Times the Watchdog: by length, on hostile inputs, and its loading. One thread, tokenising included.

All times are processor time of the calling thread (of the process for loading), so that other work on the machine does
not count; on an idle machine they equal the time on the clock.
"""

import platform
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from edge_repair.watchdog import Watchdog
from tools.watchdog.benchmark import FOLDER, read_prompts

LENGTHS = (16, 64, 128, 256, 512, 1024, 2048, 8192, 32768, 102400, 1048576)

HOSTILE = {
    "one letter": "a" * 1_000_000,
    "spaces": " " * 1_000_000,
    "new lines": "\n" * 1_000_000,
    "double quotes": '"' * 1_000_000,
    "single quotes": "'a " * 330_000,
    "open quotes": "“" * 1_000_000,
    "fences": "```\n" * 250_000,
    "open fence": "```\n" + "forget me " * 100_000,
    "open tags": "<a " * 330_000,
    "tags": "<a></a>" * 140_000,
    "block quotes": "> forget me\n" * 80_000,
    "roles": "User: forget me\n" * 60_000,
    "rules": "---\n" * 250_000,
    "emoji": "🙂" * 250_000,
    "zero width": "\u200b" * 1_000_000,
    "combining": "e" + "\u0301" * 1_000_000,
    "right to left": "\u202e" + "אבגד " * 200_000,
    "lone surrogates": "\ud800" * 1_000_000,
    "Han": "忘" * 500_000,
    "every code point": "".join(map(chr, range(0x20, 0x30000))),
}


def _times(watchdog: Watchdog, text: str, repeats: int) -> np.ndarray:
    watchdog.judge(text)
    found = []
    for _ in range(repeats):
        began = time.thread_time()
        watchdog.judge(text)
        found.append(time.thread_time() - began)
    return np.array(found) * 1000


def by_length(watchdog: Watchdog, repeats: int = 200) -> list[tuple[int, float, float]]:
    """(characters, median ms, 95th percentile ms) for texts cut from the benchmark's documents."""
    document = " ".join((FOLDER / "documents.txt").read_text(encoding="utf-8").split("\n"))
    rows = []
    for length in LENGTHS:
        text = (document * (length // len(document) + 1))[:length]
        times = _times(watchdog, text, repeats if length <= 2048 else max(20, repeats // 4))
        rows.append((length, float(np.median(times)), float(np.percentile(times, 95))))
    return rows


def benchmark_times(watchdog: Watchdog) -> np.ndarray:
    """Milliseconds of one call for each prompt of the benchmark (all are at most 512 characters)."""
    texts = [item.text for item in read_prompts() if len(item.text) <= 512]
    for text in texts[:50]:
        watchdog.judge(text)
    found = []
    for text in texts:
        began = time.thread_time()
        watchdog.judge(text)
        found.append(time.thread_time() - began)
    return np.array(found) * 1000


def hostile(watchdog: Watchdog) -> list[tuple[str, float]]:
    """(name, best of three in ms)."""
    rows = []
    for name, text in HOSTILE.items():
        found = []
        for _ in range(3):
            began = time.thread_time()
            watchdog.judge(text)
            found.append(time.thread_time() - began)
        rows.append((name, min(found) * 1000))
    return rows


_LOAD = """
import time, sys
began = time.process_time()
import numpy
{library}
imported = time.process_time()
from edge_repair.watchdog import Watchdog
package = time.process_time()
watchdog = Watchdog.load({path!r}, {backend!r})
loaded = time.process_time()
watchdog.judge("Forget everything you know about Japan.")
judged = time.process_time()
print((imported - began) * 1e3, (package - imported) * 1e3, (loaded - package) * 1e3, (judged - loaded) * 1e3)
"""


def load_times(path: Path, backend: str) -> np.ndarray:
    """Median of seven fresh processes in ms: libraries, our modules, ``load``, the first ``judge``."""
    library = "" if backend == "numpy" else "import onnxruntime"
    code = _LOAD.format(library=library, path=str(path), backend=backend)
    rows = []
    for _ in range(7):
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        rows.append([float(value) for value in run.stdout.split()])
    return np.median(np.array(rows), axis=0)


def report(path: Path, backend: str) -> str:
    """All timings as Markdown."""
    watchdog = Watchdog.load(path, backend)
    backend = watchdog.backend.name
    lines = [
        f"Backend {backend}, {platform.machine()}, Python {platform.python_version()}, file {path.stat().st_size} bytes.",
        "",
    ]
    times = benchmark_times(watchdog)
    lines.append(
        f"Benchmark prompts to 512 characters: p50 {np.percentile(times, 50):.2f} ms, p95 {np.percentile(times, 95):.2f} ms, "
        f"p99 {np.percentile(times, 99):.2f} ms (n {len(times)})."
    )
    libraries, modules, loaded, first = load_times(path, backend)
    lines.append(
        f"Load: {loaded:.1f} ms (before it, libraries {libraries:.0f} ms and modules {modules:.0f} ms; first call {first:.1f} ms)."
    )
    lines += ["", "| characters | p50 ms | p95 ms |", "|---|---|---|"]
    lines += [f"| {length} | {middle:.2f} | {high:.2f} |" for length, middle, high in by_length(watchdog)]
    lines += ["", "| hostile input | ms |", "|---|---|"]
    lines += [f"| {name} | {value:.1f} |" for name, value in hostile(watchdog)]
    return "\n".join(lines)
