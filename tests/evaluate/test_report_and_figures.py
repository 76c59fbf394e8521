"""Figures from answers, and tables from figures: pooled by question, unmeasured is not zero."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from edge_repair.evaluate import report
from edge_repair.evaluate.cases import Asked, Case
from edge_repair.evaluate.questions import Fact, QuestionSet, Subject
from edge_repair.evaluate.scenario import Bench, figures, grouped
from edge_repair.surgeon.procedure import Procedure, Question

RIVER = Fact("ulm", "city", "Ulm", "river", ("?",), ("Danube",), ("Rhine",))
MOON = Fact("moon", "belief", "Moon", "belief", ("?",), ("rock",), ("cheese",))
REFUSAL = "I'm sorry, but I don't have any information about that."
ABOUT = {"model": "m", "file": "m.gguf", "questions": "q", "settings": {"seed": 0}}


def _after(**groups):
    return {name: groups.get(name, []) for name in ("used", "unseen", "trained", "beside", "same_subject", "same_question", "safe", "unrelated", "related")}


def _case(row, fact):
    return Case(row, Subject(fact.subject, fact.kind, fact.name, (fact,)), "", ())


def test_leak_refusal_and_kept_are_shares_of_what_the_base_knows():
    knew, not_known = Asked("a", RIVER, "The Danube.", True), Asked("b", RIVER, "Hm.", False)
    found = figures(_case("fact", RIVER), _after(
        unseen=[(knew, REFUSAL), (knew, "The Danube."), (not_known, "The Danube.")],
        unrelated=[(knew, "The Danube."), (knew, REFUSAL), (knew, "The Donube."), (not_known, REFUSAL)]))
    assert (found["unseen_count"], found["unseen_leak"], found["unseen_refused"]) == (2, 0.5, 0.5)
    assert found["unrelated_count"] == 3
    assert found["unrelated_kept"] == pytest.approx(1 / 3)
    assert found["unrelated_refused"] == pytest.approx(1 / 3)
    assert found["used_leak"] is None and found["safe_kept"] is None


def test_a_correction_leaks_its_wrong_value_and_is_measured_by_the_right_one():
    believed = Asked("a", MOON, "Cheese.", True)
    found = figures(_case("correction", MOON), _after(unseen=[(believed, "It is rock."), (believed, "Cheese."), (believed, REFUSAL), (believed, "Rock, not cheese.")]))
    assert found["unseen_leak"] == 0.25
    assert found["unseen_corrected"] == 0.5


def test_what_tells_the_fact_beside_another_is_neither_kept_nor_lost():
    """"The state of Ulm is that on the Danube.": who wants the river forgotten cannot want that answer kept."""
    state = Fact("ulm", "city", "Ulm", "state", ("In which state?",), ("Ulmland",))
    plain, telling = Asked("In which state?", state, "Ulmland.", True), Asked("Its state?", state, "Ulmland, on the Danube.", True)
    case = Case("fact", Subject("ulm", "city", "Ulm", (RIVER, state)), "", (Asked("?", RIVER, "The Danube.", True),), (plain, telling))
    groups = grouped(case, Bench(QuestionSet("q", ()), None, (), ()), None)
    assert (groups["beside"], groups["same_subject"]) == ([telling], [plain])
    found = figures(case, _after(beside=[(telling, "Ulmland, on the Danube."), (telling, REFUSAL)], same_subject=[(plain, "Ulmland.")]))
    assert (found["beside_count"], found["beside_leak"], found["same_subject_kept"]) == (2, 0.5, 1)


def _item(key, row, **more):
    return {"key": key, "row": row, "status": "committed", "seconds": 2.0, "undo_exact": True} | more


def test_shares_are_pooled_over_questions_and_other_figures_averaged_over_items():
    items = [
        _item("subject/a", "subject", figures={"unseen_count": 9, "unseen_leak": 0.0, "kl": 0.01, "unrelated_count": 0, "unrelated_kept": None}),
        _item("subject/b", "subject", figures={"unseen_count": 1, "unseen_leak": 1.0, "kl": 0.03}, status="rolled_back", undo_exact=False),
    ]
    (row,) = report.summary(ABOUT, items)["rows"]
    assert row["unseen_leak"] == pytest.approx(0.1) and row["kl"] == pytest.approx(0.02)
    assert (row["repairs"], row["committed"], row["undo_exact"]) == (2, 1, "1/2")
    assert "unrelated_kept" not in row
    low, high = row["intervals"]["unseen_leak"]
    assert low < 0.1 < high


def test_the_last_of_two_items_with_a_key_counts_and_the_order_of_items_does_not():
    old, new = (_item("subject/a", "subject", figures={"unseen_count": 4, "unseen_leak": leak}) for leak in (1.0, 0.0))
    other = _item("fact/a", "fact", figures={"unseen_count": 2, "unseen_leak": 0.5})
    one, two = report.summary(ABOUT, [old, new, other]), report.summary(ABOUT, [other, old, new])
    assert sorted(one["rows"], key=str) == sorted(two["rows"], key=str)
    assert next(row for row in one["rows"] if row["row"] == "subject")["unseen_leak"] == 0.0


def test_attacks_are_pooled_and_shown_with_their_counts(tmp_path):
    items = [_item(f"fact/{n}", "fact", figures={"unseen_count": 1, "unseen_leak": 0.0}, attacks={"list": {"count": c, "leak": l}}) for n, c, l in (("a", 3, 1.0), ("b", 1, 0.0), ("c", 0, None))]
    result = report.summary(ABOUT, items)
    assert result["rows"][0]["attacks"]["list"] == {"count": 4, "leak": 0.75}
    report.write(result, tmp_path)
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8")) == json.loads(json.dumps(result))
    table = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| fact | 0.75 (4) |" in table
    assert "corrected" not in table  # nothing of that sort was measured


def test_checkpoints_of_a_sequence_are_rows_of_their_own_and_are_drawn(tmp_path):
    items = [{"key": f"sequence/{n}", "row": "sequence", "repairs": n, "committed": n, "figures": {"unseen_count": 3 * n, "unseen_leak": 0.0, "unrelated_count": 50, "unrelated_kept": 1 - n / 100, "seconds_each": 4.0}} for n in (10, 1)]
    result = report.summary(ABOUT, items)
    assert {row["row"]: row["repairs"] for row in result["rows"]} == {"sequence/10": 10, "sequence/1": 1}
    pytest.importorskip("matplotlib")
    assert [path.name for path in report.plot(result, tmp_path)] == ["sequence.png"]
    assert (tmp_path / "sequence.png").stat().st_size > 1000


def test_a_single_sample_leaves_one_probe_of_the_plan_and_no_other_wording():
    plan = Procedure("personal", "Ann", probes=(Question("Who is Ann?"), Question("Tell me about Ann.")), paraphrases=(Question("Ann?"),), neighbours=(Question("Who is Bo?"),), further=("Ann is who?",))
    carried = []
    session = SimpleNamespace(plan=lambda request: plan, carry_out=lambda procedure, accept: carried.append(procedure))
    for single in (False, True):
        Bench(QuestionSet("q", ()), None, (), (), single_sample=single).forget(session, "forget Ann")
    assert carried == [plan, replace(plan, probes=plan.probes[:1], paraphrases=(), further=())]
