"""Procedures and repairs in words, and as the JSON that scripts read."""

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from edge_repair.cli.terminal import console, printable, say

if TYPE_CHECKING:
    from edge_repair.ledger.repair import Repair
    from edge_repair.session import Session
    from edge_repair.surgeon.procedure import Procedure

KINDS = {
    "harmful": "dangerous content",
    "misinformation": "a false belief",
    "personal": "something personal",
    "unspecified": "what it knows",
}
SCOPES = {"fact": "this one fact", "aspect": "this aspect of it", "subject": "everything about it"}
SHOWN_QUESTIONS = 6
_SHARES = ("leak", "paraphrase_leak", "refused", "neighbours_kept", "retain_kept", "kl")
_COUNTS = ("probes", "paraphrases", "neighbours", "retain")
_FIGURES = ("leak", "paraphrase_leak", "refused", "neighbours_kept", "retain_kept", "kl", "counts", "missed", "failed", "timing_ms", "limits")


def show_notes(session: "Session") -> None:
    """Say on stderr what the session noted while it planned: that the default reader read, say."""
    for note in session.notes:
        say(f"note: {note}")


def show_procedure(procedure: "Procedure") -> None:
    """Preview a plan on stderr: what goes, what must stay, and what is asked to check it."""
    what = procedure.subject + (f" ({procedure.aspect})" if procedure.aspect else "")
    say(f"Forget {KINDS[procedure.kind]}: {what}, {SCOPES[procedure.scope]}")
    if procedure.right:
        say(f"  instead of: {procedure.wrong or '(what it says now)'}")
        say(f"  say:        {procedure.right}")
    for question in procedure.probes[:SHOWN_QUESTIONS]:
        say(f"  {question.text}  ->  {_short(question.answer)}")
    if len(procedure.probes) > SHOWN_QUESTIONS:
        say(f"  ... and {len(procedure.probes) - SHOWN_QUESTIONS} more questions like these")
    say(f"  checked on up to {len(procedure.paraphrases)} questions that the edit does not see: those that are answered so far")
    if procedure.neighbours:
        say(f"  {len(procedure.neighbours)} answers nearby must stay, like: {procedure.neighbours[0].text}")


def _short(text: str, length: int = 70) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 3] + "..."


def percent(share: float) -> str:
    """A share in words."""
    return f"{100 * share:.0f} %"


def show_repair(repair: "Repair") -> None:
    """Say on stderr how one repair went."""
    say(f"Repair {repair.id}{f' ({repair.label})' if repair.label else ''}: {repair.status.replace('_', ' ')}")
    made = _when(repair.created)
    say(f"  asked to forget:      {KINDS.get(repair.kind, repair.kind)}, {SCOPES.get(repair.scope, repair.scope)}; {made}")
    measured = _measured(repair)
    if measured:
        counts = measured["counts"]
        asked = counts["probes"] + counts["paraphrases"]
        unseen = f", {counts['paraphrases']} of them never seen by the edit" if counts["paraphrases"] else ", none of them kept from the edit"
        say(f"  still told:           {percent(measured['leak'])} of {asked} questions about it{unseen}")
        say(f"  refused or corrected: {percent(measured['refused'])}")
        say(f"  neighbours kept:      {percent(measured['neighbours_kept'])} of {counts['neighbours']}")
        drift = f"drift on ordinary text {measured['kl']:.4f} nats per token" if measured["kl"] else "ordinary text untouched"
        say(f"  other things kept:    {percent(measured['retain_kept'])} of {counts['retain']}, {drift}")
    tried = repair.figures.get("recipes_tried")
    if tried:
        found = f", the one taken: layer {repair.figures.get('layer')}, strength {repair.figures.get('strength')}"
        say(f"  recipes tried:        {tried}{found}")
    for missed in _missed(repair):
        say(f"  missed: {missed}")
    for question in repair.outcome.failed[:SHOWN_QUESTIONS] if repair.outcome else ():
        say(f"  not turned: {question}")
    timing = _timing(repair)
    if timing:
        parts = ", ".join(f"{stage} {milliseconds / 1000:.1f} s" for stage, milliseconds in timing.items())
        say(f"  time: {parts}")
    if repair.adapter is not None:
        adapter = repair.adapter
        layers = ", ".join(map(str, adapter.layers))
        say(f"  adapter: rank {adapter.rank}, layers {layers}, {adapter.bytes / 1e6:.2f} MB, {adapter.path}")


def show_switched(repair: "Repair") -> None:
    """Say on stderr that a repair was undone or made again."""
    say(f"Repair {repair.id} is {'active again' if repair.status == 'committed' else repair.status}.")


def _missed(repair: "Repair") -> list[str]:
    """Which limits were missed, in words; from the store, the same words made of its numbers."""
    from edge_repair.verify import missed_in

    return list(repair.outcome.missed) if repair.outcome else missed_in(repair.figures, repair.kind)


def _measured(repair: "Repair") -> dict[str, Any]:
    """The figures of the outcome; from the store, which keeps no outcome by default, the same numbers."""
    if repair.outcome is not None:
        return asdict(repair.outcome)
    counts = repair.figures.get("counts")
    named = [counts.get(name) for name in _COUNTS] if isinstance(counts, dict) else [None]
    shares = [repair.figures.get(name) for name in _SHARES]
    # A store or a pack from elsewhere can hold any numbers under any names.
    return repair.figures if all(isinstance(number, (int, float)) for number in (*named, *shares)) else {}


def _timing(repair: "Repair") -> dict[str, float]:
    timing = repair.figures.get("timing_ms")
    return {stage: number for stage, number in timing.items() if isinstance(number, (int, float))} if isinstance(timing, dict) else {}


def _when(moment: float) -> str:
    """A time in words; a clock may have been anywhere."""
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))
    except (ValueError, OverflowError, OSError):
        return "at no time of a calendar"


def repair_json(repair: "Repair") -> dict[str, Any]:
    """What ``--json`` prints of a repair. Figures are shares (0 to 1), KL in nats per token, times in milliseconds."""
    procedure, adapter, measured = repair.procedure, repair.adapter, _measured(repair)
    data: dict[str, Any] = {
        "repair_id": repair.id,
        "status": repair.status,
        "kind": repair.kind,
        "scope": repair.scope,
        "label": repair.label,
        "created": repair.created,
        "subject": procedure.subject if procedure else None,
        "aspect": procedure.aspect if procedure else None,
        "forget": None,
        "retain": None,
        "missed": _missed(repair),
        "failed": list(repair.outcome.failed) if repair.outcome else [],
        "timing_ms": _timing(repair),
        "figures": {name: value for name, value in repair.figures.items() if name not in _FIGURES},
        "adapter": None,
    }
    if measured:
        counts = measured["counts"]
        data["forget"] = {name: measured[name] for name in ("leak", "paraphrase_leak", "refused")}
        data["forget"]["questions"] = counts["probes"] + counts["paraphrases"]
        data["retain"] = {name: measured[name] for name in ("neighbours_kept", "retain_kept", "kl")}
        data["retain"] |= {"neighbours": counts["neighbours"], "questions": counts["retain"]}
    if adapter is not None:
        data["adapter"] = {
            "path": str(adapter.path),
            "sha256": adapter.sha256,
            "bytes": adapter.bytes,
            "rank": adapter.rank,
            "layers": list(adapter.layers),
        }
    return data


def show_repairs(repairs: "list[Repair]") -> None:
    """A table of repairs on stderr."""
    from rich.table import Table

    if not repairs:
        say("No repairs for this model in this store.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("id", "status", "kind", "scope", "label", "created"):
        table.add_column(heading)
    for repair in repairs:
        created = _when(repair.created)
        table.add_row(repair.id, repair.status, repair.kind, repair.scope, printable(repair.label), created)
    console().print(table)


def show_examination(report: dict[str, Any]) -> None:
    """Say on stderr what was found of the active repairs, and of a baked file."""
    undo, drift, baked = report["undo"], report["drift_of_ordinary_answers"], report["baked"]
    say(f"{len(report['repairs'])} active repairs of {report['model']['name']}: {'passed' if report['passed'] else 'NOT passed'}")
    say(f"  undo:                 {undo['equal_bit_for_bit']} of {undo['prompts']} prompts as before, bit for bit")
    say(f"  ordinary answers:     {drift['kl_prompts']:.5f} nats away after {drift['prompts']} prompts, {drift['kl_text']:.5f} a token of text")
    if baked:
        apart, inside = baked["from_adapter"], baked["written"]
        say(f"  baked file:           {apart['kl_prompts']:.5f} nats from model and adapter, {apart['kl_text']:.5f} a token of text")
        say(f"  its gates:            largest error {percent(inside['largest_error'])} at {inside['inputs']} inputs of the repairs")
        say(f"  its SHA-256:          {baked['sha256']}")
    for entry in report["checks"]:
        for where in ("with_adapter", "baked"):
            if entry[where]:
                told, refused = percent(entry[where]["leak"]), percent(entry[where]["refused"])
                say(f"  {entry['repair'] or 'the procedure'}, {where.replace('_', ' ')}: still told {told}, refused or corrected {refused}")
    if not report["checks"]:
        say("  no question about what was forgotten was asked: no text was kept, and no procedure was given")
    for missed in report["missed"]:
        say(f"  missed: {missed}")
