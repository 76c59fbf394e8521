"""Carries out hand-written requests on a model, one by one, each undone before the next: how often a repair meets its limits.

    python tools/measure_requests.py MODEL.gguf --world shipped --out WORK [--split dev] [--rounds 9] [--take 40] [--lora LORA.gguf]

MODEL is a path or a short name. Requests are those of tests/surgeon/requests.json whose "world" is the one named ("shipped":
about what the shipped patient knows; "real"). Resumable: WORK/requests.jsonl has one line a request. What cannot be planned
counts as handled where it should not be (unclear, too broad) and is told apart from a refusal of what could be.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from edge_repair import Session  # noqa: E402
from edge_repair.catalogue import resolve  # noqa: E402
from edge_repair.errors import EdgeRepairError, NoTargetError, NothingToForgetError, UsageError  # noqa: E402
from tools.surgeon.written import rows_of  # noqa: E402


def carried_out(session: Session, row: dict) -> dict:
    """One request from its words to the undo of what came of it."""
    found: dict = {"text": row["text"], "error": row.get("error", ""), "repairs": []}
    try:
        procedures = session.plans(row["text"])
    except NothingToForgetError as problem:
        return found | {"end": "nothing to forget", "said": str(problem)}
    except UsageError as problem:
        return found | {"end": "too broad" if "too much" in str(problem) else "asked back", "said": str(problem)}
    for procedure in procedures:
        try:
            repair = session.carry_out(procedure)
        except NoTargetError as problem:
            found["repairs"].append({"status": "no target", "subject": procedure.subject, "said": str(problem)})
            continue
        figures = repair.figures
        found["repairs"].append({
            "status": repair.status, "kind": repair.kind, "scope": repair.scope, "subject": procedure.subject,
            "recipes": figures["recipes_tried"], "timing_ms": figures["timing_ms"], "missed": list(repair.outcome.missed),
        })  # fmt: skip
        if repair.status == "committed":
            session.undo(repair.id)
    return found | {"end": "carried out"}


def report(found: list[dict]) -> str:
    """The shares in words."""
    wrong = [one for one in found if one["error"]]
    handled = [one for one in wrong if one["end"] == ("too broad" if one["error"] == "broad" else "asked back")]
    plain = [one for one in found if not one["error"]]
    repairs = [repair for one in plain for repair in one["repairs"]]
    made = [repair for repair in repairs if repair["status"] == "committed"]
    lines = [f"{len(plain)} requests that name something: " + ", ".join(f"{count} {end}" for end, count in Counter(one["end"] for one in plain).items())]
    if repairs:
        lines.append(f"{len(repairs)} repairs: {len(made)} met their limits ({len(made) / len(repairs):.3f})")
        for name in ("kind", "scope"):
            by = defaultdict(list)
            for repair in repairs:
                by[repair.get(name, "no target")].append(repair["status"] == "committed")
            lines.append(f"  by {name}: " + ", ".join(f"{key} {sum(part)} of {len(part)}" for key, part in sorted(by.items())))
    if made:
        stages: dict[str, list[int]] = defaultdict(list)
        for repair in made:
            for stage, milliseconds in repair["timing_ms"].items():
                stages[stage].append(milliseconds)
        lines.append("seconds: " + ", ".join(f"{stage} {sum(part) / len(made) / 1000:.2f}" for stage, part in stages.items()))
        recipes = Counter(repair["recipes"] for repair in made)
        lines.append("recipes tried: " + ", ".join(f"{number} by {count}" for number, count in sorted(recipes.items())))
    if wrong:
        lines.append(f"{len(wrong)} that are unclear or too broad: {len(handled)} handled so ({len(handled) / len(wrong):.3f})")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--world", choices=("shipped", "real"), required=True)
    parser.add_argument("--split", choices=("dev", "held_out"))
    parser.add_argument("--rounds", type=int, nargs="*", help="only the requests of these rounds")
    parser.add_argument("--take", type=int, default=10**6, help="so many, drawn by --seed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lora", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    rows = [row for row in rows_of(ROOT / "tests/surgeon/requests.json") if row["world"] == options.world or row.get("error")]
    rows = [row for row in rows if options.split in (None, row["split"]) and (options.rounds is None or row.get("round") in options.rounds)]
    random.Random(options.seed).shuffle(rows)
    options.out.mkdir(parents=True, exist_ok=True)
    place = options.out / "requests.jsonl"
    found = [json.loads(line) for line in place.read_text(encoding="utf-8").splitlines()] if place.exists() else []
    done = {one["text"] for one in found}
    with Session.open(resolve(options.model), options.out / "store", lora=options.lora) as session, place.open("a", encoding="utf-8") as file:
        for number, row in enumerate(rows[: options.take], 1):
            if row["text"] in done:
                continue
            started = time.monotonic()
            try:
                found.append(carried_out(session, row))
            except EdgeRepairError as problem:
                found.append({"text": row["text"], "error": row.get("error", ""), "repairs": [], "end": type(problem).__name__, "said": str(problem)})
            file.write(json.dumps(found[-1], ensure_ascii=False) + "\n")
            file.flush()
            print(f"{number} of {min(len(rows), options.take)}, {time.monotonic() - started:.1f} s: {found[-1]['end']}", file=sys.stderr, flush=True)
    print(report(found))


if __name__ == "__main__":
    main()
