#!/usr/bin/env python3
"""Throw hostile packs of repairs at ``edge_repair.sharing``: nothing altered may pass, nothing may crash or hang.

    python tools/fuzz_packs.py --count 20000 --seed 7

Two kinds of mutants of a good pack. *Damaged*: bits and bytes changed, pieces cut, repeated, moved: each must be
refused, since the checksum no longer holds. *Forged*: headers and numbers changed and the checksum computed anew, as an
enemy would: fields of other types, missing, doubled, nested, enormous; other models; sizes that do not add up, and ones
that do; NaN, infinities, huge and constant numbers. Each must be refused with one line, or be a sound pack: then it must
be possible to solve it together with a repair that is here, or that is refused with one line, and what is solved is an
adapter that passes ``validate``. Any other exception, 5 seconds for one mutant, or 256 MiB for all, is a failure.
Prints one JSON object; exit code 1 when anything failed.
"""

import argparse
import hashlib
import json
import math
import random
import resource
import struct
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "stamp")]

import synthetic_imprints as synthetic  # noqa: E402
from gguf_files import tiny_model  # noqa: E402

from edge_repair import adapters  # noqa: E402
from edge_repair.errors import PackError  # noqa: E402
from edge_repair.ledger import Repair  # noqa: E402
from edge_repair.sharing import pack as packs  # noqa: E402
from edge_repair.sharing.taking import combine  # noqa: E402
from edge_repair.stamp import solve  # noqa: E402

SHA256 = "cd" * 32
VALUES = [math.nan, math.inf, -math.inf, 65504.0, -65504.0, 3e38, 1e5, 1e30, 0.0, 1e-40]
ODD = [None, True, False, -1, 0, 1, 2, 63, 64, 65, 1 << 31, 1 << 63, 10**400, 1.5, -0.0, "", "a", "\u0000", "\ud800", "../../x", [], {}, [[]], "ab" * 32, "x" * 5000]
MOST_SECONDS, MOST_BYTES = 5.0, 256 << 20


class World:
    """A small model with statistics, a repair that is here, and a good pack of two others."""

    def __init__(self, folder: Path):
        self.base = adapters.identify(tiny_model(folder / "m.gguf", width=synthetic.D, ffn=synthetic.F, layers=6))
        self.statistics, start = synthetic.statistics()
        *_, self.read = synthetic.neurons()
        key = hashlib.sha256(b"a shared step").hexdigest()[:24]
        made = [synthetic.imprint(seed, start, layer, shared=key) for seed, layer in ((1, 3), (2, 4), (3, 3))]
        made[2] = synthetic.with_site(made[2], 3)
        self.imprints = made[1:]
        self.here = {"here": made[0]}
        records = [Repair(f"new{i}", "committed", "personal", "fact", "", 0.0, {"leak": 0.0, "counts": {"probes": 6}}, self.base.fingerprint) for i in (1, 2)]
        self.good = packs.encode(list(zip(records, self.imprints)), self.base, SHA256)

    def solved(self, imprints) -> bytes:
        return adapters.encode(solve(imprints, self.statistics, self.read), self.base, sorted(imprints))

    def judge(self, data: bytes) -> str:
        """What becomes of a pack: "refused", "refused by the solve" or "solved"; anything else raises."""
        try:
            pack = packs.decode(data, self.base, SHA256)
        except PackError as problem:
            assert "\n" not in str(problem) and len(str(problem)) < 400, str(problem)[:500]
            return "refused"
        assert 1 <= len(pack.repairs) <= packs.MAX_REPAIRS
        try:
            adapter, gates = combine(self.here | {p.id: p.imprint for p in pack.repairs}, self.statistics, self.solved)
        except PackError as problem:
            assert "\n" not in str(problem) and len(str(problem)) < 600, str(problem)[:700]
            return "refused by the solve"
        adapters.validate(adapter, self.base)
        return "solved"


def damaged(good: bytes, chance: random.Random) -> bytes:
    """A mutant whose checksum was not made good."""
    data = bytearray(good)
    kind = chance.randrange(6)
    place = chance.choice([chance.randrange(len(data)), chance.randrange(min(len(data), 600))])
    if kind == 0:
        data[place] ^= 1 << chance.randrange(8)
    elif kind == 1:
        data[place] = (data[place] + chance.randrange(1, 256)) % 256
    elif kind == 2:
        del data[place:]
    elif kind == 3:
        data[place:place] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 40)))
    elif kind == 4:
        del data[place : place + chance.randrange(1, 400)]
    else:
        piece = data[place : place + 64]
        other = chance.randrange(len(data))
        data[other : other + len(piece)] = piece
    return bytes(data)


def forged(good: bytes, chance: random.Random) -> bytes:
    """A mutant with a checksum of its own, as somebody would make who knows the format."""
    length = struct.unpack_from("<I", good, 12)[0]
    header, arrays = json.loads(good[16 : 16 + length]), bytearray(good[16 + length : -32])
    raw = None
    kind = chance.randrange(8)
    if kind <= 2:
        _spoil(header, chance)
    elif kind == 3:  # sizes that lie, or that add up to the same length
        entry = chance.choice(header["repairs"])
        for _ in range(chance.randrange(1, 3)):
            where = chance.choice([entry, chance.choice(entry["steps"])])
            name = chance.choice([n for n in where if type(where[n]) is int])
            where[name] = chance.choice([0, 1, where[name] - 1, where[name] + 1, packs.MAX_ROWS, 1 << 40])
        if chance.random() < 0.5:
            arrays = arrays * chance.randrange(1, 3) + bytes(chance.randrange(3) * 64)
    elif kind <= 6:
        _spoil_numbers(arrays, chance)
    else:
        text = json.dumps(header, sort_keys=True, separators=(",", ":"))
        raw = chance.choice(
            [text.replace(",", ", ", 1), text.replace('"repairs"', '"repairs":[],"repairs"', 1), "[" * 5000, text[:-1], "null", text.replace("1.0", "1.00", 1), text + " ", "{}", text.replace("personal", "p\\u0065rsonal", 1)]
        ).encode()
    raw = raw or json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    body = struct.pack("<8sII", packs.MAGIC, packs.VERSION, len(raw)) + raw + bytes(arrays)
    return body + hashlib.sha256(body).digest()


def _spoil(value, chance: random.Random) -> None:
    """Change one place somewhere in nested JSON."""
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = chance.choice(keys)
        if isinstance(value[key], (dict, list)) and value[key] and chance.random() < 0.8:
            value = value[key]
            continue
        action = chance.randrange(4)
        if action == 0:
            del value[key]
        elif action == 1 and isinstance(value, dict):
            value[chance.choice(["more", "", "layer", key + "x" if isinstance(key, str) else "y"])] = chance.choice(ODD)
        elif action == 2 and isinstance(value, list):
            value.append(value[key])
        else:
            value[key] = chance.choice(ODD)
        return


def _spoil_numbers(arrays: bytearray, chance: random.Random) -> None:
    kind = chance.randrange(5)
    for _ in range(chance.choice([1, 1, 3, 50])):
        place = chance.randrange(0, len(arrays) - 4, 2)
        if kind == 0:
            arrays[place] ^= 1 << chance.randrange(8)
        elif kind == 1:
            arrays[place : place + 2] = np.float16(np.clip(chance.choice(VALUES), -65504, 65504)).tobytes()
        elif kind == 2:
            arrays[place : place + 4] = struct.pack("<f", chance.choice(VALUES[:6]))
        elif kind == 3:  # a run of the same number: rows that are all alike, or nothing at all
            run = chance.randrange(1, 400)
            arrays[place : place + 2 * run] = (np.float16(chance.choice([0, 1, -65504, 1e-7])).tobytes() * run)[: len(arrays) - place]
        else:
            arrays[place : place + 64] = chance.randbytes(min(64, len(arrays) - place))


def run(count: int, seed: int) -> dict:
    """Judge ``count`` mutants; returns counts, and the failures in words."""
    chance, results, failures = random.Random(seed), Counter(), []
    slowest, before = 0.0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        assert world.judge(world.good) == "solved"
        for number in range(count):
            kind = "damaged" if number % 4 == 0 else "forged"
            data = (damaged if kind == "damaged" else forged)(world.good, chance)
            if data == world.good:
                continue
            started = time.process_time()
            try:
                result = world.judge(data)
            except Exception:  # noqa: BLE001 - the very thing that is looked for
                result = "failed"
                failures.append(f"{kind} {number}: {traceback.format_exc()[-600:]}")
            slowest = max(slowest, time.process_time() - started)
            if kind == "damaged" and result not in ("refused", "failed"):
                failures.append(f"damaged {number} was {result}")
            results[f"{kind}, {result}"] += 1
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    grown *= 1 if sys.platform == "darwin" else 1024
    if grown > MOST_BYTES:
        failures.append(f"memory grew by {grown >> 20} MiB")
    if slowest > MOST_SECONDS:
        failures.append(f"one mutant took {slowest:.1f} s")
    return {"seed": seed, "results": dict(sorted(results.items())), "slowest_seconds": round(slowest, 3), "memory_mib": grown >> 20, "failures": failures}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    told = run(given.count, given.seed)
    print(json.dumps(told, indent=2))
    return 1 if told["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
