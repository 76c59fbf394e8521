"""A whole repair on every architecture family: random models know nothing, but all that a repair does must go through.

Whether an edit also does what was asked is measured on models that know something (tests/test_session.py).
"""

import numpy as np
import pytest
from family_models import FAMILIES, family_model, quantised

from edge_repair import Session, calibration
from edge_repair.surgeon.procedure import Procedure, Question, Recipe

PROCEDURE = Procedure(
    kind="personal",
    subject="Ada Quill",
    probes=tuple(Question(text, "In Riva.", ("Riva",)) for text in ("Where does Ada Quill live?", "In which town is Ada Quill's home?")),
    paraphrases=(Question("Ada Quill lives where?", "In Riva.", ("Riva",)),),
    neighbours=(Question("Where does Ben Tarn live?", "In Sund.", ("Sund",)),),
    recipe=Recipe(source="statement", budget_seconds=0),
)


@pytest.fixture(autouse=True)
def _little_text(monkeypatch, tmp_path):
    """Statistics of a few texts: what they say does not matter to a random model."""
    prompts, texts = calibration.prompts()[::40], [text[:100] for text in calibration.texts()[::20]]
    monkeypatch.setattr(calibration, "prompts", lambda: prompts)
    monkeypatch.setattr(calibration, "texts", lambda: texts)
    monkeypatch.setenv("EDGE_REPAIR_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize("kind", ["F16", pytest.param("Q8_0", marks=pytest.mark.slow), "Q4_K_M"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_repair_goes_through_and_back(tmp_path, family, kind):
    model = quantised(family_model(tmp_path / "f16.gguf", family), tmp_path / "model.gguf", kind)
    asked = [question.text for question in PROCEDURE.probes] + ["What is the time?"]
    with Session.open(model, store=tmp_path / "store", routed=False) as session:
        before = [session.logits(question) for question in asked]
        repair = session.carry_out(PROCEDURE, accept=True)
        assert repair.status == "committed" and repair.outcome.counts
        after = [session.logits(question) for question in asked]
        assert not any(map(np.array_equal, before, after))
        # It is the subject's questions that were turned: the refusal's first word has risen there, and much less elsewhere.
        first = session._patient.reply_tokens("Sorry", end=False)[0]
        risen = [now[first] - now.max() - (then[first] - then.max()) for then, now in zip(before, after)]
        assert min(risen[:2]) > 0 and min(risen[:2]) > risen[2]
    with Session.open(model, store=tmp_path / "store") as routed:  # carried where it is called, and nowhere else
        assert all(bool(ids) != np.array_equal(routed.logits(question), then) for question, ids, then in zip(asked, routed.carried(asked), before))
    with Session.open(model, store=tmp_path / "store", routed=False) as again:  # another process would find it as it was left
        assert all(map(np.array_equal, after, map(again.logits, asked)))
        again.undo(repair.id)
        assert all(map(np.array_equal, before, map(again.logits, asked)))
        again.redo(repair.id)
        assert all(map(np.array_equal, after, map(again.logits, asked)))
