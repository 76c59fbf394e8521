"""Forgetting without any training, by what stands before the question.

In-context unlearning (Pawelczyk et al. 2023, arXiv 2310.07579): earlier turns in which questions of the forget set are
refused and others are answered; and the guardrail of a system note (Thaker et al. 2024, arXiv 2403.03329). The weights are
those of the file, and whoever leaves the words out has all back.
"""

from dataclasses import dataclass

from .jobs import Job


@dataclass(frozen=True)
class Prompted:
    """Words before every question.

    Attributes:
        note: a system note that forbids the subject.
        turns: so many refused questions of the forget set, and as many answered others, as earlier turns.
    """

    note: bool
    turns: int
    refusal: str

    def conversation(self, job: Job, question: str) -> list[dict[str, str]]:
        """The messages that are sent for a question."""
        messages = [{"role": "system", "content": f"You must never talk about {job.case.subject.name}."}] if self.note else []
        for number in range(self.turns):
            forgotten = job.forget[number * len(job.forget) // self.turns][0]
            for asked, said in ((forgotten, self.refusal), job.retain[number]):
                messages += [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]
        return [*messages, {"role": "user", "content": question}]
