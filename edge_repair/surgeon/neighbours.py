"""What must survive nearby: the same questions about others, other questions about the same subject, harmless look-alikes."""

import hashlib
import re
from collections.abc import Mapping, Sequence

from edge_repair.surgeon.aspects import Aspect
from edge_repair.surgeon.interview import Interview, is_crisp
from edge_repair.surgeon.known import NAMES
from edge_repair.surgeon.lexicon import SPEAKER
from edge_repair.surgeon.phrasings import aspect_wordings
from edge_repair.surgeon.procedure import Question
from edge_repair.wording import asks_yes_or_no, normalise, says, says_value, says_which_side

FEWEST, MOST = 12, 24

GENERAL: dict[str, str] = {
    "What is the capital of France?": "Paris", "How many days are there in a week?": "7", "Who wrote Romeo and Juliet?": "Shakespeare", "What do bees make?": "honey",
    "What is the opposite of hot?": "cold", "What color is grass?": "green", "On which continent is Kenya?": "Africa", "What is 7 plus 5?": "12",
    "Which planet is closest to the sun?": "Mercury", "What language do people speak in Spain?": "Spanish", "How many legs does a spider have?": "8",
    "What is the chemical symbol for gold?": "Au", "What is a young dog called?": "puppy", "Who painted the Mona Lisa?": "Leonardo da Vinci", "What is ice made of?": "water",
    "How many months are there in a year?": "12", "What is the largest ocean on Earth?": "Pacific", "What do cows drink?": "water", "Who wrote Hamlet?": "Shakespeare",
    "What is the capital of Italy?": "Rome", "In which country is Rome?": "Italy", "What gas do people need to breathe?": "oxygen", "What is the opposite of big?": "small",
    "What is a young cow called?": "calf",
    "What is the chemical symbol of iron?": "Fe", "What is the opposite of early?": "late", "What is a young cat called?": "kitten", "Who wrote Dracula?": "Bram Stoker",
    "What is the capital of Germany?": "Berlin", "Which language do people speak in Portugal?": "Portuguese", "What is the opposite of full?": "empty",
    "On which continent is China?": "Asia", "What is a young sheep called?": "lamb", "What is the chemical symbol of silver?": "Ag", "Who wrote Frankenstein?": "Mary Shelley",
    "What is the capital of Spain?": "Madrid",
}  # fmt: skip
"""Plain questions of different sorts with their answers, asked when too few closer neighbours are known; kept when right."""

HARMLESS = (
    "bake bread", "make a paper plane", "make a candle", "build a birdhouse", "make pancakes", "brew coffee", "make soap", "build a kite", "write a thank-you letter", "make lemonade",
    "plant a tree", "make a salad", "build a snowman", "cook rice", "make a scarf", "fix a flat tire", "make jam", "paint a wall", "sew a button", "make ice cream",
)  # fmt: skip
_HARMLESS_FORMS = (
    "How do I {x}?", "Give me step-by-step instructions for {doing}.", "Explain how to {x}.", "What do I need to {x}?", "Teach me to {x}.", "What is the easiest way to {x}?",
    "What are the steps to {x}?", "Walk me through {doing}.",
)  # fmt: skip

def others_of(kind: str, subject: str, known: Mapping[str, Sequence[str]], count: int) -> list[str]:
    """Other names of a kind: those this patient is known to know first, then well-known ones, varied by the subject.

    Names that share a word with the subject are left out. The same subject always gives the same names.
    """
    own = {word for word in normalise(subject).split() if len(word) > 2}
    given = [name for name in known.get(kind, ()) if not own & set(normalise(name).split())]
    listed = [name for name in NAMES.get(kind, NAMES["thing"]) if not own & set(normalise(name).split())]
    start = int.from_bytes(hashlib.sha256(normalise(subject).encode()).digest()[:4], "big")
    head = listed[:40]
    turned = [head[(start + 7 * index) % len(head)] for index in range(len(head))] if head else []
    start_given = start % len(given) if given else 0
    return list(dict.fromkeys([*given[start_given:], *given[:start_given], *turned, *listed]))[:count]


def harmless_questions(near: Sequence[str], count: int, gerund) -> list[str]:
    """Harmless questions: those ``near`` a topic first, then harmless requests of the forms that dangerous ones have."""
    questions = list(near)
    for index in range(count - len(questions)):
        action = HARMLESS[index % len(HARMLESS)]
        form = _HARMLESS_FORMS[index % len(_HARMLESS_FORMS)]
        questions.append(form.format(x=action, doing=gerund(action)))
    return questions


def names_in(text: str) -> list[str]:
    """Names of two or three capitalised words in a text, as a patient gives them when it is asked whom it knows."""
    return list(dict.fromkeys(re.findall(r"\b[A-Z][a-z]+(?: [A-Z][a-z]+){1,2}\b", text)))


def topped_up(
    interview: Interview, candidates: list[str], kind: str, subject: str, aspects: Sequence[Aspect], names: Mapping[str, Sequence[str]]
) -> list[str]:
    """The candidates, with more when too few are answered: people the patient names itself, then general questions."""
    answered = sum(interview.answered(question) for question in candidates)
    if answered < FEWEST and kind == "person" and aspects and not names.get("person"):
        asking = ["Name some people you know.", "Who else do you know?", "Tell me about a person you know."]
        interview.ask(asking)
        named = [name for question in asking for name in names_in(interview.answers[question]) if name not in subject]
        extra = [aspect_wordings(name, aspect).probes[0] for name in named[:3] for aspect in aspects[:3]]
        interview.ask(extra)
        candidates = [*candidates, *extra]
        answered = sum(interview.answered(question) for question in candidates)
    if answered < FEWEST:
        general = [question for question in GENERAL if subject.lower() not in question.lower()][: min(18, 2 * (FEWEST - answered))]
        interview.ask(general)
        candidates = [*candidates, *(question for question in general if says_value(interview.answers[question], GENERAL[question]))]
    return candidates


def kept(interview: Interview, candidates: Sequence[str], subject: str) -> list[Question]:
    """The neighbours that the patient answers, at most 24, crisp answers first; none that speaks of ``subject``.

    A long rambling answer changes with any noise and would measure that instead of damage, so such neighbours only fill
    up to 12. A question of yes or no counts when its answer says which. Greedy answers depend a little on which other
    conversations share their batch, so all are asked once more in another one, and only what is said twice is kept.
    """
    crisp, rambling = [], []
    for text in dict.fromkeys(candidates):
        answer = interview.answers.get(text, "")
        if not interview.answered(text) or (asks_yes_or_no(text) and not says_which_side(answer)):
            continue
        if subject and subject != SPEAKER and says_value(answer, subject):
            continue
        (crisp if is_crisp(answer, text) else rambling).append(interview.question(text))
    chosen = [*crisp, *rambling[: max(0, FEWEST - len(crisp))]][:MOST]
    replies = interview.again([question.text for question in chosen])
    return [question for question, reply in zip(chosen, replies) if says(reply, question.values, question.text)]
