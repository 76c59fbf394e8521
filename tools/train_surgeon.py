"""Trains the taggers that help the rules to read requests (``models/surgeon``). Needs the extra "train".

python tools/train_surgeon.py [--vectors table.npy]        # tagger.onnx, all languages: a few minutes on one core
python tools/train_surgeon.py --encoder FOLDER             # encoder.onnx, English: half an hour; FOLDER holds MiniLM-L6
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
HANDWRITTEN, HANDWRITTEN_ENGLISH = 0.55, 0.7  # share of the training requests that are made from hand-written ones


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", type=Path, metavar="FOLDER", help="train the encoder, from the weights in this folder (see tools/surgeon/encoder.py)")
    parser.add_argument("--samples", type=int, help="default: 80000, of the encoder 48000")
    parser.add_argument("--epochs", type=int, help="default: 4, of the encoder 1")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--written", type=Path, nargs="*", default=WRITTEN, help="hand-written requests; only those of the splits dev and train")
    parser.add_argument("--vectors", type=Path, help="beginning of the table, made by tools/surgeon/vectors.py")
    parser.add_argument("--out", type=Path, help="default: tagger.onnx or encoder.onnx in models/surgeon")
    options = parser.parse_args()
    only = "en" if options.encoder else ""
    count, epochs = options.samples or (48_000 if only else 80_000), options.epochs or (1 if only else 4)
    out = options.out or ROOT / "models/surgeon" / ("encoder.onnx" if only else "tagger.onnx")
    import numpy as np
    import torch

    from tools.surgeon.generator import RequestGenerator
    from tools.surgeon.handwritten import FrameGenerator
    from tools.surgeon.written import rows_of

    torch.set_num_threads(1)
    generator, draws = RequestGenerator(options.seed), random.Random(options.seed + 1)
    rows = [row for path in options.written for row in rows_of(path) if row["split"] == "dev" and only in ("", row["language"])]
    written = FrameGenerator(rows, generator)
    samples = [
        written.request_sample()
        if draws.random() < (HANDWRITTEN_ENGLISH if only else HANDWRITTEN)
        else generator.request_sample(only or draws.choices(list(LANGUAGES), list(LANGUAGES.values()))[0])
        for _ in range(count)
    ]
    print(f"{len(samples)} requests, {sum(sample.subjects is not None for sample in samples)} with a known subject", flush=True)
    print(f"{len(written.samples)} of {len(rows)} hand-written ones could be labelled", flush=True)
    about = {"seed": str(options.seed), "samples": str(count), "epochs": str(epochs)}
    if options.encoder:
        from tools.surgeon import encoder

        trained = encoder.train(samples, options.encoder, epochs, options.seed)
        tensors, pieces = encoder.with_fewer_pieces(encoder.tensors_of(trained), encoder.vocabulary_of(options.encoder), [sample.text for sample in samples])
        encoder.write(out, tensors, about | {"vocabulary": "\n".join(pieces)})
    else:
        from tools.surgeon import network

        trained, used = network.train(samples, epochs, options.seed, np.load(options.vectors) if options.vectors else None)
        network.write(out, network.tensors_of(trained, used), about)
    data = out.read_bytes()
    print(f"{out.name}: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
