"""Writes the report of an examination down, for machines (JSON) and for people (Markdown)."""

import json
from pathlib import Path
from typing import Any

from edge_repair.adapters.files import write_atomically

NOT_PROMISED = (
    "The base file still holds what was forgotten. An adapter hides it; a baked file hides it without an adapter, and"
    " somebody who studies or trains that file may find it again.",
    "What was checked is what stands here, on the questions that were at hand. Other questions may still tell something.",
    "The figures are as the program measured them; nobody else has signed them.",
)


def write_certificate(report: dict[str, Any], out: Path) -> tuple[Path, Path]:
    """Write ``OUT.json`` and ``OUT.md`` (an ending ``.json`` or ``.md`` of ``out`` is taken off first), mode 0600.

    Returns:
        The two paths.

    Raises:
        OSError: they could not be written.
    """
    stem = out.with_suffix("") if out.suffix in (".json", ".md") else out
    paths = stem.with_name(stem.name + ".json"), stem.with_name(stem.name + ".md")
    told = report | {"not_promised": list(NOT_PROMISED)}
    write_atomically(paths[0], (json.dumps(told, indent=2) + "\n").encode())
    write_atomically(paths[1], markdown(report).encode())
    return paths


def markdown(report: dict[str, Any]) -> str:
    """The report as a page."""
    model, adapter, baked = report["model"], report["adapter"], report["baked"]
    drift, undo = report["drift_of_ordinary_answers"], report["undo"]
    lines = [
        "# Certificate of repairs",
        "",
        f"Made {report['created']} with edge_repair {report['made_with']['edge_repair']} and"
        f" llama-cpp-python {report['made_with']['llama-cpp-python']}. Result: **{'passed' if report['passed'] else 'not passed'}**.",
        *(f"- missed: {line}" for line in report["missed"]),
        "",
        "| what | |",
        "|---|---|",
        f"| model | {_cell(model['name'])} ({model['architecture']}), {model['bytes']} bytes |",
        f"| its SHA-256 | `{model['sha256']}` |",
        f"| adapter of all active repairs | rank {adapter['rank']}, layers {', '.join(map(str, adapter['layers']))}, {adapter['bytes']} bytes |",
        f"| its SHA-256 | `{adapter['sha256']}` |",
        f"| active repairs | {len(report['repairs'])}: {', '.join(repair['id'] for repair in report['repairs'])} |",
        f"| undo | {undo['equal_bit_for_bit']} of {undo['prompts']} prompts give the untouched model's logits, bit for bit |",
        f"| drift of ordinary answers | {drift['kl_prompts']:.5f} nats after {drift['prompts']} prompts, {drift['kl_text']:.5f} a token of text |",
    ]
    if baked:
        apart, inside = baked["from_adapter"], baked["written"]
        lines += [
            f"| baked file | {baked['bytes']} bytes |",
            f"| its SHA-256 | `{baked['sha256']}` |",
            f"| baked file against model with adapter | {apart['kl_prompts']:.5f} nats after {apart['prompts']} prompts,"
            f" {apart['kl_text']:.5f} a token of text; first token the same after {100 * apart['same_first']:.0f} % |",
            f"| what its gates write at the repairs' {inside['inputs']} inputs | median error {inside['median_error']:.5f}, largest {inside['largest_error']:.5f} |",
        ]
    if report["checks"]:
        lines += [
            "",
            "| questions asked again | of | still told | refused or corrected | neighbours kept | others kept | KL in text |",
            "|---|---|---|---|---|---|---|",
        ]
        for entry in report["checks"]:
            name = entry["repair"] or entry["questions_from"]
            for where in ("with_adapter", "baked"):
                if entry[where]:
                    lines.append(_row(f"{name}, {where.replace('_', ' ')}", entry[where]))
    else:
        lines += ["", "No question was asked about what was forgotten: no text was kept, and no procedure was given."]
    lines += ["", "Not promised:", "", *(f"- {line}" for line in NOT_PROMISED)]
    return "\n".join(lines) + "\n"


def _row(name: str, figures: dict[str, Any]) -> str:
    counts = figures["counts"]
    shares = [f"{figures[key]:.2f}" for key in ("leak", "refused", "neighbours_kept", "retain_kept")]
    return f"| {name} | {counts['probes'] + counts['paraphrases']} | {' | '.join(shares)} | {figures['kl']:.4f} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
