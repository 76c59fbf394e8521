"""The patient as it is talked to: each conversation is answered with the repairs that are meant for it."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_repair.errors import RepairNotFoundError
from edge_repair.patient.patient import Prompt
from edge_repair.stamp import Imprint
from edge_repair.surgeon import Procedure
from edge_repair.verify import Reference

if TYPE_CHECKING:
    from edge_repair.session.state import State


class Voice:
    """Everything that can be asked of a patient; the arguments are those of ``Patient``.

    Where all repairs are carried together this is the patient itself. Where they are routed, prompts that call the same
    repairs are asked together, with these and no others attached.
    """

    def __init__(self, state: "State"):
        self._state, self._patient = state, state.patient

    def _asked(self, prompts: Sequence[Prompt], ask: Callable[[list[int]], list[Any]]) -> list[Any]:
        """What ``ask`` gives for the numbers of prompts, asked in groups that call the same repairs; in order of the prompts."""
        try:
            return self._asked_once(prompts, ask)
        except RepairNotFoundError:  # another process purged one since the last look
            self._state.sync()
            return self._asked_once(prompts, ask)

    def _asked_once(self, prompts: Sequence[Prompt], ask: Callable[[list[int]], list[Any]]) -> list[Any]:
        if not self._state.routed:
            return ask(list(range(len(prompts))))
        groups: dict[frozenset[str], list[int]] = {}
        for number, called in enumerate(self._state.router.called(prompts)):
            groups.setdefault(called, []).append(number)
        found: dict[int, Any] = {}
        for called, numbers in sorted(groups.items(), key=lambda group: sorted(group[0])):
            self._state.put_on(called)
            found.update(zip(numbers, ask(numbers)))
        return [found[number] for number in range(len(prompts))]

    def _turn_to(self, prompt: Prompt) -> None:
        self._asked([prompt], lambda numbers: numbers)

    def carried(self, prompts: Sequence[Prompt]) -> list[tuple[str, ...]]:
        """The ids of the repairs that the patient has for each prompt."""
        if self._state.routed:
            return [tuple(sorted(called)) for called in self._state.router.called(prompts)]
        return [tuple(repair.id for repair in self._state.ledger.repairs() if repair.status == "committed")] * len(prompts)

    def answer(self, prompt: Prompt, max_tokens: int = 256) -> str:
        self._turn_to(prompt)
        return self._patient.answer(prompt, max_tokens)

    def stream(self, messages: Prompt, max_tokens: int = 512) -> Iterator[str]:
        """As ``Patient.stream``. Routed, an answer is also interrupted by a question from another thread that calls other repairs."""
        self._turn_to(messages)
        return self._patient.stream(messages, max_tokens)

    def answers(self, prompts: Sequence[Prompt], max_tokens: int = 48) -> list[str]:
        return self._asked(prompts, lambda numbers: self._patient.answers([prompts[number] for number in numbers], max_tokens))

    def samples(self, prompt: Prompt, count: int, temperature: float = 1.0, seed: int = 0, max_tokens: int = 48) -> list[str]:
        self._turn_to(prompt)
        return self._patient.samples(prompt, count, temperature, seed, max_tokens)

    def continuations(self, pairs: Sequence[tuple[Prompt, str]], max_tokens: int = 48) -> list[str]:
        return self._asked([prompt for prompt, _ in pairs], lambda numbers: self._patient.continuations([pairs[number] for number in numbers], max_tokens))

    def logits(self, prompt: Prompt) -> np.ndarray:
        self._turn_to(prompt)
        return self._patient.logits(prompt)

    def log_likelihoods(self, pairs: Sequence[tuple[Prompt, str]]) -> list[float]:
        return self._asked([prompt for prompt, _ in pairs], lambda numbers: self._patient.log_likelihoods([pairs[number] for number in numbers]))

    def text_log_probabilities(self, text: str) -> np.ndarray:
        """Routed, plain text calls no repair: nobody is asked anything."""
        if self._state.routed:
            self._state.put_on(frozenset())
        return self._patient.text_log_probabilities(text)


class AsCalled:
    """The patient as it will be asked once a trial, which is attached, is routed: what does not call it is asked without it.

    What it says there is known: it is the reference.
    """

    def __init__(self, state: "State", procedure: Procedure, imprint: Imprint, adapter: bytes, reference: Reference):
        self._state, self._patient, self._adapter, self._reference = state, state.patient, adapter, reference
        self._imprint, layer = imprint, imprint.layer
        captured = [(procedure.probes, imprint.opening.inputs[layer]), (procedure.paraphrases, imprint.held_out[layer])]
        captured += [] if imprint.own else [(procedure.neighbours, imprint.near[layer])]  # else they are in another order
        self._captured = {question.text: row for questions, rows in captured for question, row in zip(questions, rows)}

    def _calls(self, prompts: Sequence[str]) -> np.ndarray:
        return self._state.router.calls_trial(self._imprint, prompts, self._captured)

    def answers(self, prompts: Sequence[str], max_tokens: int) -> list[str]:
        if not prompts:
            return []
        called = self._calls(prompts)
        with_it, without = ([prompt for prompt, which in zip(prompts, called) if bool(which) is wanted] for wanted in (True, False))
        found = dict(zip(with_it, self._patient.answers(with_it, max_tokens)))
        if without:
            self._state.attach(None)
            try:
                found.update(zip(without, self._patient.answers(without, max_tokens)))
            finally:
                self._state.attach_bytes(self._adapter)
        return [found[prompt] for prompt in prompts]

    def mean_log_likelihoods(self, pairs: Sequence[tuple[str, str]], most_tokens: int) -> list[float]:
        known = dict(zip(((question.text, question.answer) for question in self._reference.kept), self._reference.likelihoods))
        if not pairs:
            return []
        called = self._calls([prompt for prompt, _ in pairs])
        asked = [pair for pair, which in zip(pairs, called) if which or pair not in known]
        found = known | dict(zip(asked, self._patient.mean_log_likelihoods(asked, most_tokens)))
        return [found[pair] for pair in pairs]

    def text_log_probabilities(self, text: str) -> np.ndarray:
        """Plain text calls nothing."""
        return self._reference.log_probabilities[self._reference.texts.index(text)]
