"""Collect the statistics of a model and put them where the package ships them: models/statistics/.

    python tools/collect_statistics.py MODEL.gguf [--lora LORA.gguf] [--threads 1]

Resumable: an interrupted run goes on where it stopped. About 35,000 tokens of prompt processing and 5,000 generated.
"""

import argparse
import sys
import time
from pathlib import Path

from edge_repair import shipped
from edge_repair.adapters.files import write_atomically
from edge_repair.operation import background, retain, retain_sample
from edge_repair.patient import Patient


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--lora", type=Path, help="an adapter that the model is run with: the statistics are of both together")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    started = time.monotonic()

    def progress(done: int, total: int) -> None:
        print(f"\r{done} of {total} sequences, {time.monotonic() - started:.0f} s", end="", file=sys.stderr, flush=True)

    with Patient.open(arguments.model, threads=arguments.threads, lora=arguments.lora) as patient:
        statistics = background(patient, progress)
        sample = retain_sample(patient, bare=True)
        place = shipped.path(f"statistics/{patient.base.fingerprint[:32]}.npz")
    place.parent.mkdir(parents=True, exist_ok=True)
    data = statistics.to_bytes()
    for path, content in ((place, data), (place.with_suffix(".retain.json"), retain.written(sample))):
        write_atomically(path, content)
        path.chmod(0o644)
    print(f"\n{place}: {len(data)} bytes, {statistics.positions} text positions, layers {sorted(statistics.layers)}")


if __name__ == "__main__":
    main()
