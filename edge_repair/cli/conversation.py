"""The turns of one chat, and taking out those that hold what was forgotten."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from edge_repair import wording
from edge_repair.surgeon.told import tells as told_of

if TYPE_CHECKING:
    from edge_repair.surgeon.procedure import Procedure
    from edge_repair.surgeon.reading import Reading


STATED = 0.9  # ROUGE-L recall of a statement from which a text states it


class Conversation:
    """Messages in the form that chat templates take; user and assistant in turn."""

    def __init__(self) -> None:
        self.messages: list[dict[str, str]] = []
        self.dropped: list[str] = []  # what the last dropping took out, for those who kept it elsewhere

    def asking(self, text: str) -> list[dict[str, str]]:
        """The messages with one more question, for the model; not kept until ``add``."""
        return [*self.messages, {"role": "user", "content": text}]

    def add(self, question: str, answer: str) -> None:
        """Keep a question with its answer."""
        self.messages += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]

    @property
    def questions(self) -> list[str]:
        """What was asked, in order."""
        return [message["content"] for message in self.messages[::2]]

    def drop_answers(self, which: Iterable[bool]) -> int:
        """Take out the exchanges that are marked, one mark for each of ``questions``; return how many went."""
        marks = iter(list(which))
        return self._drop(lambda _: next(marks))

    def drop_mentions(self, phrase: str) -> int:
        """Take out every exchange that mentions all words of a phrase; return how many went."""
        wanted = wording.content_stems(phrase)
        return self._drop(lambda text: bool(wanted) and wanted <= wording.content_stems(text))

    def drop_forgotten(self, procedure: "Procedure") -> int:
        """Take out every exchange that tells what a repair made forgotten; return how many went.

        A model that has forgotten an address must not read it off the screen. When the whole subject went, its mere
        mention counts; else what counts as a leak everywhere, that the text says the content of a forgotten answer, and
        what tells the fact with another answer ("I live in Kiel now"). Of a correction also what states the wrong thing.
        """
        subject = wording.content_stems(procedure.subject) if procedure.scope == "subject" else set()
        questions = [q for q in (*procedure.probes, *procedure.paraphrases) if not set(q.values) & {"yes", "no"}]

        def tells(text: str) -> bool:
            mentioned = bool(subject) and subject <= wording.content_stems(text)
            told = procedure.aspect and not procedure.wrong and told_of(text, procedure.subject, procedure.aspect, procedure.scope)
            return mentioned or bool(told) or _states(text, procedure) or any(wording.says(text, q.values, q.text) for q in questions)

        return self._drop(tells)

    def drop_told(self, readings: Iterable["Reading"]) -> int:
        """Take out every exchange that tells what a request names; return how many went."""
        readings = list(readings)
        return self._drop(lambda text: any(told_of(text, r.subject, r.aspect, r.scope) for r in readings if not r.wrong))

    def _drop(self, tells: Callable[[str], bool]) -> int:
        self.dropped = []
        pairs = [self.messages[at : at + 2] for at in range(0, len(self.messages), 2)]
        kept = []
        for pair in pairs:
            if tells("\n".join(message["content"] for message in pair)):
                self.dropped += [message["content"] for message in pair]
            else:
                kept.append(pair)
        self.messages = [message for pair in kept for message in pair]
        return len(pairs) - len(kept)


def _states(text: str, procedure: "Procedure") -> bool:
    """Whether a text says what is to be corrected, and not what is right (which often has all words of it, and a "not")."""
    if not procedure.wrong:
        return False
    wrong, right = (wording.rouge_l_recall(text, statement) for statement in (procedure.wrong, procedure.right))
    return wrong >= STATED > right
