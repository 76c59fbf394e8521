"""Trains, measures and times the Watchdog. See ``docs/watchdog.md``.

python tools/train_watchdog.py train --data FOLDER      # needs the extra "train"; some ten minutes on one core
python tools/train_watchdog.py calibrate                # only the shares and the bias, on both dev splits
python tools/train_watchdog.py evaluate --data FOLDER   # the tables of docs/watchdog.md, as Markdown
python tools/train_watchdog.py requests                 # how many of the Surgeon's test requests are heard
python tools/train_watchdog.py bench                    # time by length, hostile inputs, load time
python tools/train_watchdog.py plot --data FOLDER       # the curves, needs the extra "plot"
"""

import argparse
import os
import sys
from pathlib import Path

for library in ("OMP", "OPENBLAS", "MKL"):  # one thread: sums in one order, so that a seed gives one file
    os.environ[f"{library}_NUM_THREADS"] = "1"

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from edge_repair.watchdog import Watchdog  # noqa: E402
from edge_repair.watchdog.weights import default_path  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("train", "calibrate", "evaluate", "requests", "bench", "plot"))
    parser.add_argument(
        "--data", type=Path, help="folder with public data sets (CLINC150, banking77, TruthfulQA, TOFU)"
    )
    parser.add_argument("--model", type=Path, default=default_path(), help="the ONNX file")
    parser.add_argument("--samples", type=int, default=60_000, help="generated prompts for each round")
    parser.add_argument("--rounds", type=int, default=4, help="how often new prompts are drawn")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--split", default="test", help="of the benchmark: dev, dev2, test, fresh or blind")
    parser.add_argument("--prompts", type=Path, help="evaluate on another file of the benchmark's form")
    parser.add_argument("--backend", default="auto", choices=("auto", "onnx", "numpy"))
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="folder for the plots")
    arguments = parser.parse_args()
    if arguments.command == "train":
        from tools.watchdog import fit

        fit.train(arguments.model, arguments.data, arguments.samples, arguments.rounds, arguments.seed)
        return
    if arguments.command == "calibrate":
        from tools.watchdog import fit

        fit.calibrate(arguments.model)
        return
    watchdog = Watchdog.load(arguments.model, arguments.backend)
    if watchdog.error:
        sys.exit(f"train_watchdog: {watchdog.error}")
    if arguments.command == "bench":
        from tools.watchdog import bench

        print(bench.report(arguments.model, arguments.backend))
        return
    if arguments.command == "requests":
        from tools.watchdog.evaluate import heard_requests

        print(heard_requests(watchdog, ROOT / "tests" / "surgeon" / "requests.json"))
        return
    from tools.watchdog.benchmark import read_injections, read_prompts
    from tools.watchdog.public import read_public

    items = read_prompts(None, arguments.prompts) if arguments.prompts else read_prompts(arguments.split)
    injected = read_injections() if arguments.split == "test" and not arguments.prompts else []
    held_out = read_public(arguments.data).held_out
    if arguments.command == "evaluate":
        from tools.watchdog.evaluate import report

        print(report(watchdog, items, injected, held_out))
    else:
        from tools.watchdog import plots

        plots.draw(watchdog, items, held_out, arguments.out)


if __name__ == "__main__":
    main()
