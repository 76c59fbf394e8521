"""What ``demo`` acts: chosen from a question set by what the model knows, and every claim checked on its answers."""

from typing import TYPE_CHECKING, Any

import numpy as np

from edge_repair import wording
from edge_repair.catalogue.known import shipped_patient
from edge_repair.cli.report import percent, repair_json, show_procedure, show_repair
from edge_repair.cli.terminal import Stages, say
from edge_repair.errors import UsageError
from edge_repair.evaluate.metrics import knows
from edge_repair.evaluate.questions import Fact, Subject, load
from edge_repair.refusals import is_refusal

if TYPE_CHECKING:
    from edge_repair.ledger.repair import Repair
    from edge_repair.session import Session

FAVOURITES = ("japan", "egypt", "germany", "brazil")
ABOUT, NEIGHBOURS, OTHERS = 12, 7, 7  # questions asked at most; all of them fit into one batch
SHOWN = 4
SPEAKER = "me"  # id of the person who types in the memory's set
KEPT = 0.8  # with so few questions, one more or less is a tenth and more; docs/evaluation.md has the share over many
ENOUGH = 2  # questions of a sort that the model must know, or there is nothing to show
COMPARED = 2  # prompts of each sort whose logits are compared
ASKED_AGAIN = 1
ANSWER_TOKENS = 24
CHOOSING_TOKENS = 16  # enough to see whether a question is answered right
Asked = dict[str, Fact]


class Demonstration:
    """One subject forgotten and brought back.

    Args:
        session: on a store that is empty.
        stages: shows progress.
        subject: id of a subject in the set, or None.
        private: the model has the shipped memory, and one fact of the person who types is to go.

    Attributes:
        checks: what was claimed, and whether it held.
        rows: every question with its answers before and after.
    """

    def __init__(self, session: "Session", stages: Stages, subject: str | None, private: bool = False) -> None:
        self.session, self.stages, self.wanted, self.private = session, stages, subject, private
        own = session.model == shipped_patient()
        self.questions = load("memory" if private else "patient" if own else "world")
        self.general = () if own else load("general").facts()
        self.checks: dict[str, bool] = {}
        self.rows: list[dict[str, Any]] = []
        self.request = ""
        self.repair: Repair | None = None

    def act(self) -> None:
        """Go through the whole job.

        Raises:
            UsageError: the model knows too little for it.
            EdgeRepairError: whatever a repair can raise.
        """
        about, near, right = self._choose()
        first = next(question for question in about if question in right)
        self._talk(first)

        self.request = about[first].request if self.private else f"Forget everything you know about {about[first].name}."
        self.checks["the_request_was_heard_as_one"] = self.session.judge(self.request).zone == "propose"
        self.checks["a_question_was_not_taken_for_one"] = self.session.judge(first).zone == "pass"
        say(f"\nYou:   {self.request}")
        procedure = self.session.plan(self.request)
        self.stages.end()
        show_procedure(procedure)
        used = {wording.normalise(q.text) for q in (*procedure.probes, *procedure.neighbours)}
        unseen = [q for q in about if q in right and wording.normalise(q) not in used]
        others = [q for q in near if q in right and wording.normalise(q) not in used]
        if len(unseen) < ENOUGH or len(others) < ENOUGH:
            raise UsageError(f"this model knows too little around {about[first].name}; choose another --subject")
        alone = _spread(unseen, COMPARED)
        compared = alone + _spread(others, COMPARED)
        logits = {question: self.session.logits(question) for question in compared}
        before = {question: self._ask(question) for question in alone[:ASKED_AGAIN]}

        self.repair = self.session.carry_out(procedure)
        self.stages.end()
        show_repair(self.repair)
        self.checks["the_repair_was_kept"] = self.repair.status == "committed"
        if self.repair.status != "committed":
            return
        self._judge(unseen, others, about | near, right)
        moved = [not np.array_equal(logits[question], self.session.logits(question)) for question in before]
        self.checks["the_model_was_really_changed"] = all(moved)

        say("\nYou:   /undo")
        self.checks["undo_worked"] = self.session.undo(self.repair.id).status == "undone"
        self._talk(first)
        self.checks["its_answers_are_back"] = all(self._ask(question) == answer for question, answer in before.items())
        same = [np.array_equal(old, self.session.logits(question)) for question, old in logits.items()]
        self.checks["logits_equal_bit_for_bit"] = all(same)
        say(f"  next-token logits equal to the untouched model's, bit for bit: {sum(same)} of {len(same)} prompts")

    def summary(self) -> dict[str, Any]:
        """The demonstration as JSON data."""
        base = self.session.base
        return {
            "model": {"name": base.name, "path": str(self.session.model), "fingerprint": base.fingerprint},
            "request": self.request,
            "repair": repair_json(self.repair) if self.repair else None,
            "checks": self.checks,
            "questions": self.rows,
        }

    def _choose(self) -> tuple[Asked, Asked, dict[str, str]]:
        """Questions about the subject to forget, questions about other things, and the right answers of the model."""
        if self.private:
            candidates = [self.questions.subject(SPEAKER)]
        elif self.wanted:
            candidates = [self.questions.subject(self.wanted)]
        else:
            by_id = {subject.id: subject for subject in self.questions.subjects}
            people = [subject for subject in self.questions.subjects if subject.kind in ("person", "personal")]
            candidates = [by_id[name] for name in FAVOURITES if name in by_id] or people[: len(FAVOURITES)]
        for subject in candidates:
            about, near = self._about(subject), self._near(subject)
            said = self._answers([*about, *near], CHOOSING_TOKENS)
            right = {question: said[question] for question, fact in (about | near).items() if knows(fact, said[question])}
            if len({question if self.private else about[question].aspect for question in right if question in about}) >= ENOUGH:
                return about, near, right
        raise UsageError("this model knows none of the subjects of the demo; choose another model with -m")

    def _about(self, subject: Subject) -> Asked:
        """Some phrasings of each fact; of those a trained patient was never trained on, where the set says which.

        Of the person who types one fact goes, in all its phrasings.
        """
        if self.private:
            fact = subject.facts[0]
            return dict.fromkeys((*fact.held_out, *(question for question in fact.questions if question not in fact.held_out)), fact)
        each = max(1, ABOUT // len(subject.facts))
        return {question: fact for fact in subject.facts for question in (fact.held_out or fact.questions)[:each]}

    def _near(self, subject: Subject) -> Asked:
        """Questions about others of that kind, one each, and about quite other things."""
        kin = [other for other in self.questions.subjects if other.kind == subject.kind and other.id != subject.id]
        kin = kin[:: max(1, len(kin) // NEIGHBOURS)][:NEIGHBOURS]
        facts = [other.facts[number % len(other.facts)] for number, other in enumerate(kin)]
        if self.private:  # what else it knows of the same person comes first
            facts = [*subject.facts[1:], *facts[: NEIGHBOURS - len(subject.facts) + 1]]
        far = [fact for fact in self.general or self.questions.facts() if fact.kind != subject.kind and fact.match == "contains"]
        facts += far[:: max(1, len(far) // OTHERS)][:OTHERS]
        return {(fact.held_out or fact.questions)[0]: fact for fact in facts}

    def _answers(self, questions: list[str], most: int = ANSWER_TOKENS) -> dict[str, str]:
        return dict(zip(questions, self.session.answers(questions, most)))

    def _ask(self, question: str) -> str:
        """One answer alone: equal models give equal texts, whatever else is asked."""
        return self.session.ask(question, ANSWER_TOKENS).text

    def _judge(self, unseen: list[str], others: list[str], facts: Asked, before: dict[str, str]) -> None:
        """Ask again; count what is told, refused and kept; show some of it."""
        after = self._answers([*unseen, *others])
        leaks = [q for q in unseen if knows(facts[q], after[q])]
        refused = [q for q in unseen if is_refusal(after[q])]
        kept = [q for q in others if knows(facts[q], after[q])]
        say(f"\nAsked in words that the edit never saw ({len(unseen)} questions that it could answer before):")
        self._show(unseen, after)
        say(f"  told: {len(leaks)} of {len(unseen)}; refused: {len(refused)}")
        say(f"\nAsked about other things ({len(others)} questions that it could answer before):")
        self._show(kept, after)
        say(f"  still right: {len(kept)} of {len(others)} ({percent(len(kept) / len(others))})")
        for question in [question for question in others if question not in kept]:
            say(f"  lost:  {question}\n         {' '.join(after[question].split())}")
        self.checks["nothing_was_told_in_new_words"] = not leaks
        self.checks["nine_in_ten_were_refused"] = len(refused) >= 0.9 * len(unseen)
        self.checks["eight_in_ten_others_were_kept"] = len(kept) >= KEPT * len(others)
        for sort, questions in (("forget", unseen), ("retain", others)):
            self.rows += [{"question": q, "sort": sort, "before": before[q], "after": after[q]} for q in questions]

    def _talk(self, question: str) -> None:
        say(f"\nYou:   {question}")
        say(f"Model: {self._ask(question)}")

    def _show(self, questions: list[str], after: dict[str, str]) -> None:
        for question in _spread(questions, SHOWN):
            say(f"  You:   {question}")
            say(f"  Model: {' '.join(after[question].split())}")


def _spread(questions: list[str], count: int) -> list[str]:
    """At most ``count`` of the questions, from all over the list."""
    return questions[:: max(1, -(-len(questions) // count))]
