"""``bake``: a merged model file that is kept only if it does what model and adapter do."""

import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge_repair.adapters import decode, full_sha256
from edge_repair.adapters.files import TEMPORARY, flush_folder, remove_quietly
from edge_repair.baking.examination import Progress, Refer, active_repairs, examine
from edge_repair.baking.merge import PRECISIONS, merge, together
from edge_repair.errors import BakeError, UsageError
from edge_repair.ledger import Ledger
from edge_repair.patient import Patient
from edge_repair.surgeon.procedure import Procedure


def bake(
    patient: Patient,
    ledger: Ledger,
    refer: Refer,
    out: Path,
    precision: str = "f16",
    procedures: Sequence[Procedure] = (),
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write the patient with its active repairs (and the user's own LoRA) merged in; see ``examine`` for what comes back.

    The file is written beside ``out`` under a temporary name, checked, flushed, and only then renamed: ``out`` never
    holds anything but a good file. What a killed one left there is removed by the next one of that name. The patient is
    left without its repairs. What is merged are the repairs that are active when it begins, whatever other processes do.

    Raises:
        UsageError: no repair is active, ``out`` is there already, or the precision is none.
        BakeError: the merged model is too far from model and adapter, and was removed again; says by what.
        OSError: it could not be written.
    """
    if precision not in PRECISIONS:
        raise UsageError(f"precision {precision} is not one of {', '.join(PRECISIONS)}")
    if os.path.lexists(out):
        raise UsageError(f"{out} is there already; give another name, or remove it first")
    if not out.parent.is_dir():
        raise UsageError(f"{out.parent} is not a folder; make it first")
    active = active_repairs(ledger)
    tell = progress or (lambda stage, done, total: None)
    factors = together(patient.lora, decode(active.data, patient.base))
    sha256 = full_sha256(patient.path, ledger.cache)
    _remove_left(out)
    temporary = out.with_name(f".{out.name}.{os.getpid()}-{secrets.token_hex(4)}{TEMPORARY}")
    try:
        merge(patient.path, factors, temporary, precision, sha256, lambda done, total: tell("merging", done, total))
        report = examine(patient, ledger, refer, procedures, temporary, progress, active)
        if not report["passed"]:
            raise BakeError(f"the merged model was not kept: {'; '.join(report['missed'])}. Try --precision f32")
        if os.path.lexists(out):
            raise UsageError(f"{out} appeared meanwhile; nothing was overwritten, give another name")
        os.rename(temporary, out)
    finally:
        remove_quietly(temporary)
    flush_folder(out.parent)
    return report


def _remove_left(out: Path) -> None:
    """Remove what processes that are no more left beside ``out``: half of a model file is of no use to anybody."""
    form = re.compile(re.escape(f".{out.name}.") + r"(\d{1,9})-[0-9a-f]{8}" + re.escape(TEMPORARY))
    for name in os.listdir(out.parent) if os.name == "posix" else ():
        found = form.fullmatch(name)
        if found and not _lives(int(found[1])):
            remove_quietly(out.with_name(name))


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True
