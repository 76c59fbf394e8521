"""Trains the tagger that helps the rules to read requests (``models/surgeon/tagger.onnx``). Needs the extra "train".

python tools/train_surgeon.py [--samples 80000] [--epochs 4] [--seed 0] [--out FILE]     # a few minutes on one core
"""

import argparse
import hashlib
import random
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

LANGUAGES = {"en": 0.5, "de": 0.1, "fr": 0.1, "es": 0.1, "zh": 0.1, "hi": 0.1}  # a phrasebook of Italian is missing
WRITTEN = [ROOT / "tests/surgeon/requests.json", ROOT / "tools/watchdog/benchmark/voices2.jsonl"]
HANDWRITTEN = 0.55  # share of the training requests that are made from hand-written ones


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=80_000)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--written", type=Path, nargs="*", default=WRITTEN, help="hand-written requests; only those of the splits dev and train")
    parser.add_argument("--vectors", type=Path, help="beginning of the table, made by tools/surgeon/vectors.py")
    parser.add_argument("--out", type=Path, default=ROOT / "models/surgeon/tagger.onnx")
    options = parser.parse_args()
    import numpy as np
    import torch

    from tools.surgeon import network
    from tools.surgeon.generator import RequestGenerator
    from tools.surgeon.handwritten import FrameGenerator
    from tools.surgeon.written import rows_of

    torch.set_num_threads(1)
    generator, draws = RequestGenerator(options.seed), random.Random(options.seed + 1)
    rows = [row for path in options.written for row in rows_of(path) if row["split"] == "dev"]
    written = FrameGenerator(rows, generator)
    samples = [
        written.request_sample()
        if draws.random() < HANDWRITTEN
        else generator.request_sample(draws.choices(list(LANGUAGES), list(LANGUAGES.values()))[0])
        for _ in range(options.samples)
    ]
    print(f"{len(samples)} requests, {sum(sample.subjects is not None for sample in samples)} with a known subject", flush=True)
    print(f"{len(written.samples)} of {len(rows)} hand-written ones could be labelled", flush=True)
    trained, used = network.train(samples, options.epochs, options.seed, np.load(options.vectors) if options.vectors else None)
    about = {"seed": str(options.seed), "samples": str(options.samples), "epochs": str(options.epochs)}
    network.write(options.out, network.tensors_of(trained, used), about)
    data = options.out.read_bytes()
    print(f"{options.out.name}: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
