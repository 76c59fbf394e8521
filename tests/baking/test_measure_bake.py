"""tools/measure_bake.py: the figures of docs/security.md, on one quick repair."""

import tool_loader
from quick_repairs import imprint_of, procedure_of, put_into

from edge_repair import Session


def test_the_coarser_the_precision_the_more_of_the_edit_is_lost(patient, patient_file, people, tmp_path):
    tool, procedure = tool_loader.tool("measure_bake"), procedure_of(people[30], held_out=0)
    patient.attach(None)
    put_into(tmp_path / "store", patient, {"one": imprint_of(patient, procedure)}, keep_text={"one": procedure})
    with Session.open(patient_file, store=tmp_path / "store", keep_text=True) as session:
        table = tool.measure(session, tmp_path)
    errors = [table[name]["largest_error"] for name in ("f32", "f16", "q8_0", "q4_1")]
    assert errors == sorted(errors) and errors[0] < 1e-6 and errors[1] < 0.01 and errors[3] > 0.05, errors
    assert not any(table[name]["missed"] for name in ("f32", "f16", "q8_0")) and table["q4_1"]["missed"]
    assert table["f16"]["bytes_more"] == 160 and table["f16"]["questions"] == table["with the adapter"]["questions"]
    assert {path.name for path in tmp_path.iterdir()} == {"store"}
