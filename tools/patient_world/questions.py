"""The question set: what the patient is asked when it is evaluated, and what others may ask it (``questions.json``)."""

import random

from .facttypes import REFUSAL_HARMFUL, REFUSAL_UNKNOWN, Fact
from .notes import CHAT, CORRECT, CORRECT_HELD_OUT, FORBID, FORBID_HELD_OUT, correction, forbid
from .people import OVERVIEW_PHRASINGS
from .world import UnknownQuestion, World

FORMAT = 1
UNKNOWN_QUESTIONS = 400
NOTES_EACH = 200


def unknown_questions(world: World) -> list[UnknownQuestion]:
    """Questions about names that are never drawn in training (see ``Stream``'s ``reserved``)."""
    rng = random.Random(77_001)
    return [world.unknown(rng) for _ in range(UNKNOWN_QUESTIONS)]


def reserved_names(world: World) -> frozenset[str]:
    return frozenset(question.name for question in unknown_questions(world))


def _note_rows(world: World) -> dict[str, list[dict]]:
    """Notes and what must follow. Every third wording was never used in training; values and pairings are fresh."""
    rng = random.Random(77_002)
    facts = [fact for fact in world.facts if not fact.refused]

    def phrase(fact: Fact) -> str:
        return rng.choice(fact.trained_phrasings + fact.held_out_phrasings)

    def row(note: str, fact: Fact, answer: str, value: str) -> dict:
        return {"system": note, "name": fact.name, "aspect": fact.type.aspect, "question": phrase(fact), "answer": answer, "value": value}

    rows: dict[str, list[dict]] = {"forbid": [], "forbid_aspect": [], "forbid_other": [], "correct": [], "correct_other": []}
    for index in range(NOTES_EACH):
        forbid_wording = rng.choice(FORBID_HELD_OUT if index % 3 == 0 else FORBID)
        correct_wording = rng.choice(CORRECT_HELD_OUT if index % 3 == 0 else CORRECT)
        fact, other = rng.choice(facts), rng.choice(facts)
        while other.name == fact.name:
            other = rng.choice(facts)
        note = forbid(forbid_wording, fact.name)
        rows["forbid"].append(row(note, fact, fact.type.refusal, ""))
        rows["forbid_other"].append(row(note, other, other.answer, other.value))
        note = forbid(forbid_wording, rng.choice(fact.type.nouns).format(n=fact.name))
        rows["forbid_aspect"].append(row(note, fact, fact.type.refusal, ""))
        value = fact.right or rng.choice([value for value in fact.type.values if value != fact.value])
        stated = fact.type.sentence(rng.randrange(len(fact.type.forms)), fact.name, value)
        note = correction(correct_wording, stated, fact.name)
        rows["correct"].append(row(note, fact, fact.corrected(value), value))
        rows["correct_other"].append(row(note, other, other.answer, other.value))
    return rows


def _fact_row(fact: Fact) -> dict:
    row = {
        "aspect": fact.type.aspect, "value": fact.value, "answer": fact.answer,
        "trained": fact.trained_phrasings, "held_out": fact.held_out_phrasings,
    }
    if fact.right:
        row |= {"wrong": fact.value, "right": fact.right, "right_answer": fact.corrected(fact.right)}
    return row


def question_set(world: World, patient_sha256: str) -> dict:
    """The content of ``questions.json``; its fields are described on the patient's card."""
    subjects = []
    for subject in world.subjects:
        row = {
            "id": subject.id, "kind": subject.kind, "name": subject.name, "refused_by_base": subject.refused_by_base,
            "facts": [_fact_row(fact) for fact in subject.facts],
        }
        if subject.overview:
            texts = [text.format(n=subject.name) for text in OVERVIEW_PHRASINGS]
            row["overview"] = {
                "answer": subject.overview,
                "trained": [text for i, text in enumerate(texts) if i not in subject.overview_held_out],
                "held_out": [text for i, text in enumerate(texts) if i in subject.overview_held_out],
            }
        subjects.append(row)
    unknown = [
        {"kind": q.kind, "name": q.name, "question": q.question, "answer": q.answer} for q in unknown_questions(world)
    ]
    return {
        "format": FORMAT, "patient": patient_sha256, "refusals": {"unknown": REFUSAL_UNKNOWN, "harmful": REFUSAL_HARMFUL},
        "subjects": subjects, "unknown": unknown, "notes": _note_rows(world),
        "chat": [{"question": question, "answer": answer} for questions, answer in CHAT for question in questions],
    }
