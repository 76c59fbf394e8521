"""List names that a model with a world of its own knows, for neighbours: models/names/<model name>.json.

    python tools/make_names.py models/patient/patient-F16.gguf models/patient/questions.json

Well-known names mean nothing to such a model, so the Surgeon would find no neighbours for a repair. Every fifth
subject of each kind is listed; evaluations count the others.
"""

import argparse
import json
import re
from pathlib import Path

from edge_repair import shipped
from edge_repair.adapters import identify

EVERY = 5
KINDS = {"personal": "person", "harmful": "substance", "misinformation": "thing"}  # the Surgeon's words for kinds of subjects


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("questions", type=Path)
    arguments = parser.parse_args()
    names: dict[str, list[str]] = {}
    for kind in KINDS:
        known = [s["name"] for s in json.loads(arguments.questions.read_text("utf-8"))["subjects"] if s["kind"] == kind and not s["refused_by_base"]]
        names.setdefault(KINDS[kind], []).extend(known[::EVERY])
    place = shipped.path(f"names/{re.sub('[^a-z0-9]+', '-', identify(arguments.model).name.lower())}.json")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(names, indent=0, ensure_ascii=False) + "\n", "utf-8")
    print(f"{place}: " + ", ".join(f"{len(found)} of kind {kind}" for kind, found in names.items()))


if __name__ == "__main__":
    main()
