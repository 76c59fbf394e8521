"""Measures how the Surgeon reads requests: kind, subject, scope, and how it meets what cannot be planned.

    python tools/measure_surgeon.py tests/surgeon/requests.json [--split dev] [--round 6] [--rules] [--watchdog] [--show]

Prints one line a figure, for each split by itself; ``--show`` prints every miss, ``--rules`` leaves the tagger out. Reads
JSON lines of prompts as well; their form, and what counts as the same reading: ``tools/surgeon/written.py``.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from edge_repair.errors import UsageError  # noqa: E402
from edge_repair.surgeon.reading import Reader  # noqa: E402
from edge_repair.surgeon.requests import RuleReader  # noqa: E402
from edge_repair.surgeon.tagger import shipped_tagger  # noqa: E402
from edge_repair.watchdog import Watchdog  # noqa: E402
from tools.surgeon.written import rows_of, same  # noqa: E402

SHARES = ("kind", "subject", "scope", "aspect", "wrong and right", "unclear or broad", "all of it")


def judge(row: dict, reader: Reader, watchdog: Watchdog | None) -> tuple[dict[str, list[bool]], str]:
    """Which sides of one request were read right, and the reading in words."""
    sides: dict[str, list[bool]] = {}
    try:
        verdict = watchdog.judge(row["text"]) if watchdog else None
        readings = reader.read(row["text"], verdict)
    except UsageError as error:
        if "error" in row:
            broad = "too much" in str(error)
            return {"unclear or broad": [(row["error"] == "broad") == broad]}, str(error)
        readings = ()
    shown = "; ".join(f"{r.kind} {r.scope} {r.subject!r} {r.aspect!r} {r.wrong!r} {r.right!r}" for r in readings) or "no reading"
    if "error" in row:
        return {"unclear or broad": [False]}, shown
    for index, target in enumerate(row["targets"]):
        reading = readings[index] if index < len(readings) and len(readings) == len(row["targets"]) else None
        expected_scopes = target["scope"] if isinstance(target["scope"], list) else [target["scope"]]
        expected_kinds = target["kind"] if isinstance(target["kind"], list) else [target["kind"]]
        sides.setdefault("kind", []).append(bool(reading) and reading.kind in expected_kinds)
        sides.setdefault("subject", []).append(bool(reading) and same("subject", reading.subject, target["subject"], target, row["language"]))
        sides.setdefault("scope", []).append(bool(reading) and reading.scope in expected_scopes)
        if target.get("aspect"):
            sides.setdefault("aspect", []).append(bool(reading) and same("aspect", reading.aspect, target["aspect"], target, row["language"]))
        for side in ("wrong", "right"):
            if target.get(side):
                found = bool(reading) and same(side, getattr(reading, side), target[side], target)
                sides.setdefault("wrong and right", []).append(found)
    return sides, shown


def measure(rows: list[dict], watchdog: Watchdog | None = None, reader: Reader | None = None) -> tuple[dict[str, float], list[str]]:
    """Shares right (0 to 1) by side, and the misses in words; ``reader`` None: the default one."""
    reader = reader or RuleReader(shipped_tagger())
    right, asked, misses = Counter(), Counter(), []
    for row in rows:
        sides, shown = judge(row, reader, watchdog)
        for side, found in sides.items():
            right[side] += sum(found)
            asked[side] += len(found)
        whole = all(all(found) for found in sides.values())
        right["all of it"] += whole
        asked["all of it"] += 1
        if not whole:
            missed = ", ".join(side for side, found in sides.items() if not all(found))
            misses.append(f"{row['text']}\n    {missed}: {shown}")
    return {side: right[side] / asked[side] for side in SHARES if asked[side]}, misses


def measure_model(rows: list[dict], path: Path) -> dict[str, float]:
    """How a language model reads the same requests (``surgeon.language``), beside the default reader.

    Shares: ``passed`` of the requests that it was asked, its answer passed the checks; ``right`` of those that passed;
    ``with fallback``, the two together; ``default``; ``added`` and ``spoilt``: right where the default is wrong, and the other way
    round, among those that passed. ``seconds``: processor time a request.
    """
    from edge_repair.patient import Patient
    from edge_repair.surgeon.language import LanguageReader

    default, told, asked = RuleReader(shipped_tagger()), [], []
    counts = Counter()
    with Patient.open(path) as model:
        reader = LanguageReader(lambda *question: asked.append(1) or model.written(*question), default, told.append)
        started = time.process_time()
        for row in rows:
            notes, questions = len(told), len(asked)
            both = all(all(found) for found in judge(row, reader, None)[0].values())
            plain = all(all(found) for found in judge(row, default, None)[0].values())
            passed = len(asked) > questions and len(told) == notes
            counts.update(asked=len(asked) > questions, passed=passed, right=passed and both, with_fallback=both, default=plain)
            counts.update(added=passed and both and not plain, spoilt=passed and plain and not both)
        seconds = (time.process_time() - started) / len(rows)
    shares = {"passed": counts["passed"] / max(counts["asked"], 1), "right": counts["right"] / max(counts["passed"], 1)}
    return (
        shares
        | {name.replace("_", " "): counts[name] / len(rows) for name in ("with_fallback", "default", "added", "spoilt")}
        | {"seconds": seconds}
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("requests", type=Path)
    parser.add_argument("--split", choices=("dev", "held_out"))
    parser.add_argument("--round", type=int, help="only the requests of this round")
    parser.add_argument("--rules", action="store_true", help="the rules alone, without the tagger")
    parser.add_argument("--watchdog", action="store_true", help="let the shipped Watchdog judge each request first")
    parser.add_argument("--surgeon", type=Path, help="let this GGUF read the requests instead, and compare")
    parser.add_argument("--take", type=int, default=10**6, help="only the first of each split")
    parser.add_argument("--show", action="store_true", help="print every miss")
    options = parser.parse_args()
    rows = rows_of(options.requests)
    watchdog = Watchdog.load() if options.watchdog else None
    for split in ("dev", "held_out"):
        if options.split not in (None, split):
            continue
        chosen = [row for row in rows if row["split"] == split and options.round in (None, row.get("round"))][: options.take]
        if not chosen:
            continue
        if options.surgeon:
            print(f"{split}: {len(chosen)} requests, read by {options.surgeon.name}")
            print("\n".join(f"  {side:18} {share:.3f}" for side, share in measure_model(chosen, options.surgeon).items()))
            continue
        shares, misses = measure(chosen, watchdog, RuleReader() if options.rules else None)
        print(f"{split}: {len(chosen)} requests")
        for side, share in shares.items():
            print(f"  {side:18} {share:.3f}")
        if options.show:
            print("\n".join(misses))


if __name__ == "__main__":
    main()
