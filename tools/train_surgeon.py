"""Trains the tagger that helps the rules to read requests (``models/surgeon/tagger.onnx``). Needs the extra "train".

python tools/train_surgeon.py [--samples 60000] [--epochs 4] [--seed 0] [--out FILE]     # a few minutes on one core
"""

import argparse
import hashlib
import random
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

LANGUAGES = {"en": 0.8, "de": 0.05, "fr": 0.05, "es": 0.05}  # a phrasebook of Italian is missing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=60_000)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=ROOT / "models/surgeon/tagger.onnx")
    options = parser.parse_args()
    import torch

    from tools.surgeon import network
    from tools.surgeon.generator import RequestGenerator

    torch.set_num_threads(1)
    generator, languages = RequestGenerator(options.seed), random.Random(options.seed + 1)
    drawn = languages.choices(list(LANGUAGES), list(LANGUAGES.values()), k=options.samples)
    samples = [generator.request_sample(language) for language in drawn]
    print(f"{len(samples)} requests, {sum(sample.subjects is not None for sample in samples)} with a known subject", flush=True)
    trained, used = network.train(samples, options.epochs, options.seed)
    about = {"seed": str(options.seed), "samples": str(options.samples), "epochs": str(options.epochs)}
    network.write(options.out, network.tensors_of(trained, used), about)
    data = options.out.read_bytes()
    print(f"{options.out.name}: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
