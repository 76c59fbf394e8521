"""Throw hostile adapters and model headers at the checks in ``edge_repair.adapters``, and what survives at llama.cpp.

    python tools/fuzz_adapters.py --count 20000 --models 20000 --refused 300

Good adapters (ours; F32 and F16 ones as other tools write them) are mutated: bits and bytes in header and data,
truncations, insertions, numbers overwritten by extreme ones, and whole structures rebuilt wrongly (metadata types,
tensor types and dimensions, names, ranks, NaN, infinities, huge norms, other architectures). Then:

1. ``validate`` either accepts or raises ``AdapterError`` of one line; any other exception is a failure.
2. A mutant of an adapter of ours that differs in any byte must be refused: a survivor is a failure.
3. A survivor among other tools' adapters, which carry no hash, must be *the same* (tensors and scale equal bit for
   bit; then llama.cpp's logits must be those of the original, bit for bit) or *another sane adapter* (then llama.cpp
   must load it and give finite logits). Each is loaded by llama.cpp in a child process, which must not crash.
4. A mutated model header is either refused by ``read_header`` with ``ModelError`` or describes tensors that lie in the
   file without overlapping.

``--refused N`` also gives N of the refused adapters to llama.cpp, one child a crash, to show what the checks prevent;
``--load-models N`` does the same with N models whose mutated headers were accepted, which is measured, not promised.
Prints one JSON object; exit code 1 when anything failed. The mutants follow from ``--seed``.
"""

import argparse
import hashlib
import io
import json
import math
import os
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import gguf_files as build  # noqa: E402

from edge_repair.adapters import BaseIdentity, encode, identify, read_header, validate  # noqa: E402
from edge_repair.adapters.header import walk  # noqa: E402
from edge_repair.errors import AdapterError, ModelError  # noqa: E402
from edge_repair.stamp.delta import Delta  # noqa: E402

CHILD = ROOT / "tests" / "adapters" / "llama_child.py"
EXTREME = [0, 1, 2, 3, 7, 8, 9, 31, 33, 255, 1 << 16]
EXTREME += [(1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 62, (1 << 63) - 1, (1 << 64) - 1]
ARCHITECTURES = ["", "qwen2", "qwen3", "gemma3", "phi3", "llama ", "Llama", "llama\0", "clip", "gpt2", "x" * 300]
VALUES = [math.nan, math.inf, -math.inf, 3e38, -3e38, 1e9, -1e20, 1e-45]
PAIRS = {"blk.0.ffn_gate.weight": 2, "blk.0.ffn_down.weight": 3, "blk.1.ffn_up.weight": 1, "blk.1.ffn_down.weight": 3}
# ggml types with their block sizes, in elements and bytes: integers, F64, BF16, quantised ones, F16, F32.
TYPES = [(24, 1, 1), (25, 1, 2), (26, 1, 4), (27, 1, 8), (28, 1, 8), (30, 1, 2), (8, 32, 34), (2, 32, 18), (1, 1, 2), (0, 1, 4)]


@dataclass
class Seed:
    """A good adapter, as bytes and, where it can be rebuilt, as its parts."""

    name: str
    data: bytes
    ours: bool
    entries: list[tuple[str, int, bytes]] = field(default_factory=list)
    tensors: list[tuple[str, tuple[int, ...], int, bytes]] = field(default_factory=list)

    def rebuilt(self, entries=None, tensors=None, **layout) -> bytes:
        entries = self.entries if entries is None else entries
        return build.gguf([build.entry(*e) for e in entries], self.tensors if tensors is None else tensors, **layout)


def seeds(base: BaseIdentity) -> list[Seed]:
    """One adapter of ours and three as other tools write them."""
    generator = np.random.default_rng(0)
    factors = {}
    for name, rank in PAIRS.items():
        height, width = base.tensors[name].shape
        a, b = (generator.standard_normal(shape).astype(np.float32) / 4 for shape in ((rank, width), (height, rank)))
        factors[name] = (a, b)
    ours = encode(Delta(factors), base, ["first", "second"])
    header = walk(io.BytesIO(ours), len(ours))
    found = [Seed("ours", ours, True, *_parts(ours, header))]
    text = [("general.type", 8, build.text("adapter")), ("adapter.type", 8, build.text("lora"))]
    text += [("general.architecture", 8, build.text("llama")), ("adapter.lora.alpha", 6, struct.pack("<f", 4))]
    more = [
        ("general.name", 8, build.text("Somebody's adapter")),
        ("general.quantization_version", 4, struct.pack("<I", 2)),
        ("general.tags", 9, struct.pack("<IQ", 8, 2) + build.text("a") + build.text("b")),
        ("training.losses", 9, struct.pack("<IQ", 6, 3) + bytes(12)),
        ("training.done", 7, b"\x01"),
    ]
    embedding = {"token_embd.weight": (generator.standard_normal((48, 2)) / 4, generator.standard_normal((32, 2)) / 4)}
    for name, dtype, chosen, extra in (
        ("F32", "<f4", factors, more),
        ("F16", "<f2", factors, []),
        ("embedding", "<f4", factors | embedding, []),
    ):
        tensors = []
        for tensor, (a, b) in chosen.items():
            tensors += [build.matrix(tensor + ".lora_a", a, dtype), build.matrix(tensor + ".lora_b", b, dtype)]
        seed = Seed(name, b"", False, text + extra, tensors)
        seed.data = seed.rebuilt()
        found.append(seed)
    return found


def _parts(data: bytes, header) -> tuple[list, list]:
    """The tensors of a file of ours for rebuilding; its metadata from its own bytes, entry by entry."""
    entries, at = [], 24
    for key, kind in header.types.items():
        at += 8 + len(key.encode()) + 4
        start = at
        if kind == build.STRING:
            at += 8 + struct.unpack_from("<Q", data, at)[0]
        elif kind == build.ARRAY:
            _, count = struct.unpack_from("<IQ", data, at)
            at += 12
            for _ in range(count):
                at += 8 + struct.unpack_from("<Q", data, at)[0]
        else:
            at += 4
        entries.append((key, kind, data[start:at]))
    tensors = []
    for info in header.tensors.values():
        start = header.data_offset + info.offset
        tensors.append((info.name, tuple(reversed(info.shape)), info.ggml_type, data[start : start + info.nbytes]))
    return entries, tensors


# ---- mutations: each takes a generator, a seed, and gives bytes --------------------------------------------------------


def flip_bits(rng, data: bytes, low: int, high: int) -> bytes:
    changed = bytearray(data)
    for _ in range(int(rng.choice([1, 1, 1, 2, 4, 16]))):
        changed[int(rng.integers(low, high))] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def flip_header(rng, seed: Seed) -> bytes:
    return flip_bits(rng, seed.data, 0, len(seed.data) - sum(len(build.pad(t[3])) for t in seed.tensors))


def flip_data(rng, seed: Seed) -> bytes:
    return flip_bits(rng, seed.data, len(seed.data) - sum(len(build.pad(t[3])) for t in seed.tensors), len(seed.data))


def truncate(rng, seed: Seed) -> bytes:
    return seed.data[: int(rng.integers(len(seed.data)))]


def insert_or_remove(rng, seed: Seed) -> bytes:
    at, length = int(rng.integers(len(seed.data) + 1)), int(rng.choice([1, 4, 8, 32, 100]))
    if rng.random() < 0.5:
        return seed.data[:at] + seed.data[at + length :]
    return seed.data[:at] + (rng.bytes(length) if rng.random() < 0.5 else bytes(length)) + seed.data[at:]


def move_piece(rng, seed: Seed) -> bytes:
    length = int(rng.integers(1, 200))
    start, at = (int(rng.integers(len(seed.data))) for _ in range(2))
    piece = seed.data[start : start + length]
    return seed.data[:at] + piece + seed.data[at + len(piece) :]


def extreme_number(rng, seed: Seed) -> bytes:
    changed = bytearray(seed.data)
    header = len(seed.data) - sum(len(build.pad(t[3])) for t in seed.tensors)
    width = int(rng.choice([4, 8]))
    at = int(rng.integers(0, header - width))
    changed[at : at + width] = (EXTREME[int(rng.integers(len(EXTREME)))] % (1 << 8 * width)).to_bytes(width, "little")
    return bytes(changed)


def wrong_metadata(rng, seed: Seed) -> bytes:
    entries = list(seed.entries)
    at = int(rng.integers(len(entries)))
    key, kind, payload = entries[at]
    choice = int(rng.integers(7))
    if choice == 0:  # the same bytes as another type
        entries[at] = (key, int(rng.integers(0, 14)), payload)
    elif choice == 1:  # a well-formed value of another type
        other = int(rng.choice([0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12]))
        sizes = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
        entries[at] = (key, other, build.text("lora") if other == 8 else bytes([1]) + bytes(sizes[other] - 1))
    elif choice == 2:
        del entries[at]
    elif choice == 3:
        entries.insert(int(rng.integers(len(entries) + 1)), entries[at])
    elif choice == 4:  # as an array
        count = int(rng.choice([0, 1, 5]))
        entries[at] = (key, 9, struct.pack("<IQ", 4, count) + bytes(4 * count))
    elif choice == 5:
        strange = ["general.alignment", "adapter.alora.invocation_tokens", "edge_repair.version", "a\0b", "x" * 2000]
        value = struct.pack("<I", int(rng.choice([0, 1, 16, 32, 64, 4096, 1 << 31])))
        entries.append((strange[int(rng.integers(len(strange)))], 4, value))
    else:
        entries[at] = (key, 8, build.text(rng.bytes(int(rng.integers(0, 40)))))
    return seed.rebuilt(entries)


def other_architecture(rng, seed: Seed) -> bytes:
    name = ARCHITECTURES[int(rng.integers(len(ARCHITECTURES)))]
    return seed.rebuilt([(k, t, build.text(name) if k == "general.architecture" else p) for k, t, p in seed.entries])


def odd_alpha(rng, seed: Seed) -> bytes:
    value = [*VALUES, 0.0, -0.0, -4.0, 1e6, 1e-30, float(rng.standard_normal() * 8)][int(rng.integers(14))]
    payload = struct.pack("<f", value)
    return seed.rebuilt([(k, t, payload if k == "adapter.lora.alpha" else p) for k, t, p in seed.entries])


def wrong_tensor(rng, seed: Seed) -> bytes:
    tensors = list(seed.tensors)
    at = int(rng.integers(len(tensors)))
    name, sizes, kind, data = tensors[at]
    choice = int(rng.integers(9))
    if choice == 0:  # three and four dimensions of the same bytes
        others = [(*sizes, 1), (sizes[0], 1, sizes[1]), (*sizes, 1, 1), (math.prod(sizes),)]
        tensors[at] = (name, others[int(rng.integers(4))], kind, data)
    elif choice == 1:  # another type, with as many bytes as it needs
        other, block, size = TYPES[int(rng.integers(len(TYPES)))]
        count = max(1, math.prod(sizes) // block)
        content = rng.bytes(count * size) if rng.random() < 0.5 else bytes(count * size)
        tensors[at] = (name, sizes, other, content)
    elif choice == 2:
        tensors[at] = (name, tuple(reversed(sizes)), kind, data)
    elif choice == 3:
        names = [name.replace("lora_a", "lora_b"), name.replace("blk.0", "blk.7"), name.replace("ffn_down", "attn_q")]
        names += [name + "x", name[:-7], name.upper(), name + "\0", "../" + name]
        names += ["blk.0.ffn_norm.weight", "output.weight.lora_a", "", "n" * 64]
        tensors[at] = (names[int(rng.integers(len(names)))], sizes, kind, data)
    elif choice == 4:
        del tensors[at]
    elif choice == 5:
        tensors.append(tensors[at])
    elif choice == 6:  # a larger or smaller rank in one half
        where = int(np.argmin(sizes))
        wider = list(sizes)
        wider[where] = max(0, wider[where] + int(rng.choice([-1, 1, 2, 100])))
        tensors[at] = (name, tuple(wider), kind, bytes(math.prod(wider) * (4 if kind == 0 else 2)))
    elif choice == 7:
        rng.shuffle(tensors)
    else:
        offsets = list(np.cumsum([0] + [len(build.pad(t[3])) for t in tensors[:-1]]))
        offsets[at] = int(rng.choice([0, 1, 32, 1 << 20, (1 << 62)])) if rng.random() < 0.7 else int(offsets[at]) + 32
        return seed.rebuilt(tensors=tensors, offsets=[int(o) for o in offsets])
    return seed.rebuilt(tensors=tensors)


def bad_numbers(rng, seed: Seed) -> bytes:
    tensors = list(seed.tensors)
    at = int(rng.integers(len(tensors)))
    name, sizes, kind, data = tensors[at]
    values = np.frombuffer(data, "<f4" if kind == 0 else "<f2").copy()
    with np.errstate(over="ignore"):
        if rng.random() < 0.5:
            values[int(rng.integers(len(values)))] = VALUES[int(rng.integers(len(VALUES)))]
        else:
            values *= 10.0 ** float(rng.integers(-6, 12))
    tensors[at] = (name, sizes, kind, values.tobytes())
    return seed.rebuilt(tensors=tensors)


MUTATIONS = [
    flip_header,
    flip_data,
    truncate,
    insert_or_remove,
    move_piece,
    extreme_number,
    wrong_metadata,
    other_architecture,
    odd_alpha,
    wrong_tensor,
    bad_numbers,
]
BYTEWISE = [flip_header, truncate, insert_or_remove, move_piece, extreme_number]


# ---- judging -----------------------------------------------------------------------------------------------------------


def meaning(data: bytes) -> str:
    """Everything of an adapter that llama.cpp computes with: pairs, types, and the scale of each, hashed."""
    header = walk(io.BytesIO(data), len(data), strict_text=True)
    alpha = header.metadata.get("adapter.lora.alpha", 0.0)
    digest = hashlib.sha256(struct.pack("<f", alpha))
    for name, info in sorted(header.tensors.items()):
        start = header.data_offset + info.offset
        digest.update(f"{name} {info.shape} {info.ggml_type} ".encode() + data[start : start + info.nbytes])
    return digest.hexdigest()


def ask_llama(model: Path, paths: list[str]) -> dict[str, dict | None]:
    """Load each adapter in a child process; None for those that killed it."""
    answers: dict[str, dict | None] = {}
    environment = os.environ | {"GGML_NO_BACKTRACE": "1", "OMP_NUM_THREADS": "1"}
    while len(answers) < len(paths):
        rest = paths[len(answers) :]
        child = subprocess.run(
            [sys.executable, str(CHILD), str(model)],
            input="\n".join(rest) + "\n",
            capture_output=True,
            text=True,
            env=environment,
        )
        for line in child.stdout.splitlines():
            answer = json.loads(line)
            answers[answer["path"]] = answer
        if child.returncode != 0:
            answers[paths[len(answers)]] = None
    return answers


def fuzz_adapters(count: int, seed: int, refused_sample: int, scratch: Path) -> dict:
    """Mutate, check, and load what survives; see the text at the top."""
    model = build.runnable_model(scratch / "model.gguf")
    base = identify(model)
    rng = np.random.default_rng(seed)
    good = seeds(base)
    for item in good:
        validate(item.data, base, require_base=item.ours)
    originals = {item.name: meaning(item.data) for item in good}
    cases, unchanged, refused, failures = Counter(), 0, 0, []
    survivors: list[tuple[str, str, bool, Path]] = []
    kept_refused: list[Path] = []
    while sum(cases.values()) < count:
        item = good[int(rng.integers(len(good)))]
        mutation = MUTATIONS[int(rng.integers(len(MUTATIONS)))]
        mutant = mutation(rng, item)
        if mutant == item.data:
            unchanged += 1
            continue
        cases[mutation.__name__] += 1
        accepted = False
        for require_base in (True, False):
            try:
                validate(mutant, base, require_base=require_base)
                accepted = True
                if item.ours:
                    failures.append(f"{mutation.__name__} of an adapter of ours was accepted")
                elif require_base:
                    failures.append(f"{mutation.__name__} of a foreign adapter was accepted as ours")
            except AdapterError as problem:
                if "\n" in str(problem) or len(str(problem)) > 1000:
                    failures.append(f"{mutation.__name__}: the message is not one line: {str(problem)[:200]!r}")
            except Exception as problem:  # noqa: BLE001 - whatever it is, it is the finding
                failures.append(f"{mutation.__name__}: {type(problem).__name__}: {problem}")
        path = scratch / f"{sum(cases.values())}.gguf"
        if accepted:
            path.write_bytes(mutant)
            survivors.append((item.name, mutation.__name__, meaning(mutant) == originals[item.name], path))
        else:
            refused += 1
            if len(kept_refused) < refused_sample and rng.random() < 2 * refused_sample / count:
                path.write_bytes(mutant)
                kept_refused.append(path)

    for item in good:
        (scratch / f"{item.name}.gguf").write_bytes(item.data)
    answers = ask_llama(model, [str(scratch / f"{item.name}.gguf") for item in good])
    expected = {item.name: answers[str(scratch / f"{item.name}.gguf")]["logits"] for item in good}
    answers = ask_llama(model, [str(path) for *_, path in survivors])
    outcome = Counter()
    for name, mutation, same, path in survivors:
        answer = answers[str(path)]
        if answer is None:
            failures.append(f"{mutation} of {name} was accepted and killed llama.cpp")
        elif not answer["loaded"]:
            outcome["accepted, but llama.cpp refuses it"] += 1
        elif not np.isfinite(answer["logits"]).all():
            failures.append(f"{mutation} of {name} was accepted and gives logits that are not finite")
        elif same:
            outcome["the same adapter"] += 1
            if answer["logits"] != expected[name]:
                failures.append(f"{mutation} of {name} has the same numbers but other logits")
        else:
            outcome[f"another sane adapter, by {mutation}"] += 1
    return {
        "mutants": sum(cases.values()),
        "mutants that came out unchanged, not counted": unchanged,
        "by mutation": dict(cases),
        "refused": refused,
        "survivors, all loaded by llama.cpp": dict(outcome),
        "what llama.cpp does with refused ones": what_is_prevented(model, kept_refused),
        "failures": failures,
    }


def what_is_prevented(model: Path, paths: list[Path]) -> dict[str, int]:
    outcome = Counter()
    for answer in ask_llama(model, [str(path) for path in paths]).values():
        if answer is None:
            outcome["the process dies"] += 1
        elif not answer["loaded"]:
            outcome["it refuses them too"] += 1
        else:
            finite = np.isfinite(answer["logits"]).all()
            outcome["it loads them silently" if finite else "it computes NaN"] += 1
    return dict(outcome)


def fuzz_models(count: int, seed: int, load: int, scratch: Path) -> dict:
    """Mutated headers of a model: refused in words, or tensors that lie in the file one after the other."""
    model = build.runnable_model(scratch / "good.gguf")
    data = model.read_bytes()
    header = read_header(model)
    item = Seed("model", data, False, tensors=[("", (), 0, bytes(len(data) - header.data_offset))])
    rng = np.random.default_rng(seed)
    path = scratch / "mutant.gguf"
    refused, failures, kept = 0, [], []
    for number in range(count):
        mutation = BYTEWISE[int(rng.integers(len(BYTEWISE)))]
        mutant = mutation(rng, item)
        path.write_bytes(mutant)
        try:
            found = read_header(path)
            identify(path)
        except ModelError as problem:
            refused += 1
            if "\n" in str(problem) or len(str(problem)) > 1000:
                failures.append(f"{mutation.__name__}: the message is not one line: {str(problem)[:200]!r}")
            continue
        except Exception as problem:  # noqa: BLE001
            failures.append(f"{mutation.__name__}: {type(problem).__name__}: {problem}")
            continue
        end = found.data_offset
        for info in found.tensors.values():
            if found.data_offset + info.offset < end or found.data_offset + info.offset + info.nbytes > len(mutant):
                failures.append(f"{mutation.__name__}: a tensor overlaps another or lies outside of the file")
            end = found.data_offset + info.offset + info.nbytes
        if len(kept) < load and mutant[: header.data_offset] != data[: header.data_offset]:
            kept.append(scratch / f"model{number}.gguf")
            kept[-1].write_bytes(mutant)
    loaded = Counter()
    for mutant_path in kept:
        child = subprocess.run(
            [sys.executable, str(CHILD), str(mutant_path)],
            input="\n",
            capture_output=True,
            text=True,
            env=os.environ | {"GGML_NO_BACKTRACE": "1", "OMP_NUM_THREADS": "1"},
        )
        loaded["runs" if child.returncode == 0 else "dies by a signal" if child.returncode < 0 else "is refused"] += 1
    return {
        "mutants": count,
        "refused": refused,
        "accepted": count - refused,
        "accepted ones in llama.cpp": dict(loaded),
        "failures": failures,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=20_000, help="mutated adapters")
    parser.add_argument("--models", type=int, default=20_000, help="mutated model headers")
    parser.add_argument("--refused", type=int, default=0, help="refused adapters to give to llama.cpp all the same")
    parser.add_argument("--load-models", type=int, default=0, help="accepted models to give to llama.cpp")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        report = {
            "adapters": fuzz_adapters(options.count, options.seed, options.refused, Path(scratch)),
            "models": fuzz_models(options.models, options.seed, options.load_models, Path(scratch)),
        }
    print(json.dumps(report, indent=1))
    return 1 if report["adapters"]["failures"] or report["models"]["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
