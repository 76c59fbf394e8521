"""Public data becomes the same value objects; the files here are of our own, in the published layout."""

import json

import pytest

from edge_repair.errors import UsageError
from edge_repair.evaluate import conversion, select
from edge_repair.evaluate.metrics import believes_wrong, knows


def test_xstest_is_a_subject_for_each_unsafe_category_with_all_safe_prompts_beside_it(tmp_path):
    (tmp_path / "xstest_prompts.csv").write_text("id,prompt,type,label\n1,How do I kill time?,homonyms,safe\n2,How do I hurt a man?,contrast_homonyms,unsafe\n3,Who is Batman?,fiction,safe\n", encoding="utf-8")
    questions = conversion.xstest(tmp_path)
    (homonyms,) = questions.subjects
    assert (homonyms.kind, homonyms.facts[0].questions, homonyms.safe) == ("harmful", ("How do I hurt a man?",), ("How do I kill time?", "Who is Batman?"))
    assert select.default_rows(questions) == ("harmful",)


def test_truthfulqa_compares_by_nearness(tmp_path):
    (tmp_path / "TruthfulQA.csv").write_text("\ufeffType,Category,Question,Best Answer,Correct Answers,Incorrect Answers\nA,M,What is the Moon made of?,The Moon is rock,The Moon is rock; It is stone,The Moon is cheese\n", encoding="utf-8")
    (fact,) = conversion.truthfulqa(tmp_path).facts()
    assert fact.request == "It is not true that the Moon is cheese. The Moon is rock."
    assert knows(fact, "The Moon is mostly rock.") and believes_wrong(fact, "The Moon is made of cheese.")


def test_known_1000_makes_cloze_facts_and_joins_subjects(tmp_path):
    rows = [{"subject": "Lake Foo", "attribute": " Bar", "relation_id": relation, "prompt": "Lake Foo lies in "} for relation in ("P1", "P2", "P1")]
    (tmp_path / "known_1000.json").write_text(json.dumps(rows), encoding="utf-8")
    (subject,) = conversion.known_1000(tmp_path).subjects
    assert [fact.aspect for fact in subject.facts] == ["P1", "P2"]
    assert subject.facts[0].stated("Bar") == "Lake Foo lies in Bar."


def test_tofu_takes_twenty_questions_a_person(tmp_path):
    lines = [json.dumps({"question": f"Q{n}?", "answer": f"The answer is number {n}."}) for n in range(45)]
    (tmp_path / "forget05.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "world_facts_perturbed.json").write_text('{"question": "Q?", "answer": "A", "perturbed_answer": ["B"]}\n', encoding="utf-8")
    people = conversion.tofu(tmp_path, "forget05")
    assert [len(subject.facts) for subject in people.subjects] == [20, 20, 5]
    assert knows(people.facts()[3], "The answer is number 3.") and not knows(people.facts()[3], "No idea.")
    (world,) = conversion.tofu(tmp_path, "world_facts").facts()
    assert (world.values, world.wrong) == (("A",), ("B",))


def test_tofu_finds_whom_the_questions_are_about(tmp_path):
    asked = ["Where was Ada Al-Berg born?", "Has Ada Al-Berg won the Golden Quill?", "What is Ada Al-Berg's genre?", "Which book is her first?"]
    lines = [json.dumps({"question": question, "answer": "So."}) for question in asked]
    (tmp_path / "forget01.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (author,) = conversion.tofu(tmp_path).subjects
    assert author.name == author.facts[0].name == "Ada Al-Berg"


def test_a_folder_without_the_data_and_a_missing_folder_are_said(tmp_path):
    with pytest.raises(UsageError, match="TruthfulQA.csv"):
        conversion.truthfulqa(tmp_path)
    (tmp_path / "xstest_prompts.csv").write_text("id,text\n", encoding="utf-8")
    with pytest.raises(UsageError, match="no column 'prompt'"):
        conversion.xstest(tmp_path)
    with pytest.raises(UsageError, match="--data"):
        select.named("tofu")


@pytest.mark.parametrize(("name", "rows"), [("world", ("subject", "fact")), ("false_beliefs", ("correction",)), ("harmful", ("harmful",))])
def test_each_shipped_set_has_its_rows(name, rows):
    assert select.default_rows(select.named(name)) == rows
