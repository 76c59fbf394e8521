"""Asks the patient, remembers what it said, and judges which answers show knowledge."""

import re
from collections.abc import Callable, Iterable, Sequence

from edge_repair.refusals import is_refusal
from edge_repair.surgeon.procedure import Question
from edge_repair.wording import content_words, derived_from, is_about, says_value, sentences, words

Ask = Callable[..., list[str]]
"""Puts each question to the patient in a conversation of its own, greedily, and returns the answers in order.

Called with the questions alone, or with the questions and how many tokens an answer may have, where it is to be heard to its end.
"""
AGREED = 0.4  # share of the answers that must say a value; what fewer say is one of many things told at length
LONG = 64  # tokens of an answer that tells all sorts of things

Progress = Callable[[str, int, int], None]
"""Told a stage in words, how many questions were answered, and how many there will be in all (0: not known yet)."""

STAGE = "asking the patient"


class Interview:
    """One planning's questions and answers. ``ask`` puts no question twice."""

    def __init__(self, ask: Ask, progress: Progress | None = None):
        self._ask, self._progress = ask, progress
        self.answers: dict[str, str] = {}

    def ask(self, questions: Iterable[str], most_tokens: int | None = None) -> None:
        """Put the questions that were not put yet, in one batch."""
        fresh = [question for question in dict.fromkeys(questions) if question not in self.answers]
        if not fresh:
            return
        if self._progress:
            self._progress(STAGE, len(self.answers), len(self.answers) + len(fresh))
        replies = self._ask(fresh) if most_tokens is None else self._ask(fresh, most_tokens)
        if len(replies) != len(fresh):
            raise ValueError(f"{len(fresh)} questions were asked and {len(replies)} answers came back")
        self.answers.update(zip(fresh, (reply.strip() for reply in replies)))
        if self._progress:
            self._progress(STAGE, len(self.answers), len(self.answers))

    def again(self, questions: Sequence[str]) -> list[str]:
        """Ask a second time, in another batch and in reverse order; what was said first stays in ``answers``."""
        if not questions:
            return []
        return [reply.strip() for reply in self._ask(list(reversed(questions)))][::-1]

    def answered(self, question: str, about: bool = True) -> bool:
        """Whether the patient gave a real answer: no refusal, about what was asked, with content beyond the question's words.

        Args:
            about: False for requests whose answer need not name their subject again ("Take two ounces of ...").
        """
        answer = self.answers.get(question, "")
        return (
            bool(answer) and not is_refusal(answer) and (not about or is_about(answer, question)) and bool(content_words(answer, question))
        )

    def tells(self, question: str, value: str) -> bool:
        """Whether the patient's answer says a value, and is no refusal."""
        answer = self.answers.get(question, "")
        return says_value(answer, value) and not is_refusal(answer)

    def question(self, text: str, aspect: str = "", values: tuple[str, ...] | None = None) -> Question:
        """The question with its answer and the content of that answer (or the given values)."""
        answer = self.answers[text]
        return Question(text, answer, content_words(answer, text) if values is None else values, aspect)


def shared_value(interview: Interview, questions: Sequence[str], exclude: Sequence[str] = ()) -> str:
    """The value that most answers to wordings of one question agree on; "" when none is said by two of them and ``AGREED`` of all.

    Args:
        exclude: answers about other subjects: what all of them say too is not specific.
    """
    votes: dict[str, tuple[int, float]] = {}
    firsts = [content_words(interview.answers[question], question)[:1] for question in questions if interview.answered(question)]
    texts = [interview.answers[question] for question in questions if interview.answered(question)]
    language = any(re.search(r"language|speak|spoken|tongue|nationality|from", question) for question in questions)
    asked = {word for question in questions for word in words(question)}
    for question in questions:
        if not interview.answered(question):
            continue
        for rank, value in enumerate(content_words(interview.answers[question], question)[:5]):
            if value in votes or set(words(value)) <= asked or value in ("yes", "no"):
                continue
            if not language and any(derived_from(value, word) for word in asked):
                continue  # "Japanese" says nothing about the food of Japan
            if len(exclude) >= 2 and all(says_value(answer, value) for answer in exclude):
                continue
            if value.islower() and sum((value,) == first for first in firsts) < 2:
                continue  # an ordinary word deep in two answers ("beautiful") is no agreement
            votes[value] = (sum(says_value(text, value) for text in texts), -rank)
    best = max(votes, key=lambda value: votes[value], default="")
    return best if best and votes[best][0] >= max(2, AGREED * len(texts)) else ""


def is_crisp(answer: str, question: str) -> bool:
    """Whether an answer comes to its point: the best guess for its value stands in a first sentence of at most 16 words."""
    opening = (sentences(answer) or [""])[0]
    values = content_words(answer, question)
    return bool(values) and len(words(opening)) <= 16 and says_value(opening, values[0])


def with_first(value: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """The values with ``value`` in front, once."""
    if not value:
        return values
    mine = set(words(value))
    return (value, *(other for other in values if not set(words(other)) <= mine and not mine <= set(words(other))))
