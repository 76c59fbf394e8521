"""The patient as it is talked to: each conversation is answered with the repairs that are meant for it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_repair.errors import RepairNotFoundError
from edge_repair.patient import Patient
from edge_repair.patient.patient import Prompt
from edge_repair.session.routing import NOTHING, Called
from edge_repair.stamp import Imprint, Listener
from edge_repair.surgeon import Procedure
from edge_repair.verify import FORGET_TOKENS, Reference

if TYPE_CHECKING:
    from edge_repair.session.state import State

NO_REPAIR: Called = frozenset()
Worn = tuple[Called, Called, bool]  # of a trial: other repairs, those of them that are opened, and whether the trial is
HEARD_TOKENS = 64  # of an account of somebody, as plans have them


class Voice:
    """Everything that can be asked of a patient; the arguments are those of ``Patient``.

    Where all repairs are carried together this is the patient itself. Where they are routed, prompts that call the same
    repairs are asked together, with these and no others attached. Where it is doubtful whether a prompt asks for what is to
    go, the untouched model answers first, and its answer is given unless it says that. What a repair is attached for is heard
    as well, and asked again with its gate open where it tells after all.
    """

    def __init__(self, state: "State"):
        self._state, self._patient = state, state.patient

    def _tried(self, ask: Callable[[], list[Any]]) -> list[Any]:
        try:
            return ask()
        except RepairNotFoundError:  # another process purged one since the last look
            self._state.sync()
            return ask()

    def _asked(self, prompts: Sequence[Prompt], ask: Callable[[list[int]], list[Any]]) -> list[Any]:
        """What ``ask`` gives for the numbers of prompts, asked in groups whose gates open for the same repairs; in order of the prompts."""
        if not self._state.routed:
            return ask(list(range(len(prompts))))
        return self._tried(lambda: self._in_groups(dict(enumerate((calls.called, calls.opened) for calls in self._state.router.judged(prompts))), ask))

    def _in_groups(self, wanted: Mapping[int, tuple[Called, Called]], ask: Callable[[list[int]], list[Any]]) -> list[Any]:
        """What ``ask`` gives for numbers of prompts, in their order, each with these repairs attached, and those of them opened."""
        found: dict[int, Any] = {}
        for (called, opened), numbers in sorted(_groups(wanted).items(), key=lambda group: [sorted(part) for part in group[0]]):
            self._state.put_on(called, opened)
            found.update(zip(numbers, ask(numbers)))
        return [found[number] for number in wanted]

    def _replied(self, prompts: Sequence[Prompt], *ways: Callable[[list[int]], list[str]]) -> list[tuple[str, Called]]:
        """Answers, with the repairs that each was given with; where it is doubtful what a prompt calls, its answer without them is heard first.

        ``ways`` to ask: the first, the one to ask anew what told, if it is another, and others for what still tells then.
        """
        if not self._state.routed:
            return [(text, NO_REPAIR) for text in ways[0](list(range(len(prompts))))]
        return self._tried(lambda: self._replied_once(prompts, *ways))

    def _replied_once(self, prompts: Sequence[Prompt], ask: Callable[[list[int]], list[str]], *others: Callable[[list[int]], list[str]]) -> list[tuple[str, Called]]:
        router = self._state.router
        judged = router.judged(prompts)
        texts = self._in_groups(dict(enumerate(calls.worn() for calls in judged)), ask)
        found = [(text, calls.sure) for text, calls in zip(texts, judged)]
        telling = {number: NO_REPAIR for number, calls in enumerate(judged) if calls.heard}
        for way in (ask, *others):
            told = router.told([prompts[n] for n in telling], [found[n][0] for n in telling], [judged[n] for n in telling])
            telling = {n: before | names for (n, before), names in zip(telling.items(), told) if names}
            wanted = {n: judged[n].worn(names) for n, names in telling.items()}
            for (number, (called, _)), text in zip(wanted.items(), self._in_groups(wanted, way)):
                found[number] = (text, called)
        return found

    def _turn_to(self, prompt: Prompt) -> None:
        self._asked([prompt], lambda numbers: numbers)

    def carried(self, prompts: Sequence[Prompt]) -> list[tuple[str, ...]]:
        """The ids of the repairs whose gates open for each prompt; the answer to one in doubt may be given without them."""
        if self._state.routed:
            return [tuple(sorted(called)) for called in self._state.router.called(prompts)]
        return [tuple(repair.id for repair in self._state.ledger.repairs() if repair.status == "committed")] * len(prompts)

    def untouched(self, prompts: Sequence[Prompt]) -> list[bool]:
        """Whether each prompt is the untouched model's to answer, whatever it says."""
        if self._state.routed:
            return [not (calls.called or calls.doubted) for calls in self._state.router.judged(prompts)]
        return [not any(repair.status == "committed" for repair in self._state.ledger.repairs())] * len(prompts)

    def reply(self, prompt: Prompt, max_tokens: int = 256) -> tuple[str, tuple[str, ...]]:
        """The whole answer, and the ids of the repairs that it was given with."""
        ((text, called),) = self._replied([prompt], lambda _: [self._patient.answer(prompt, max_tokens)])
        return text, tuple(sorted(called)) if self._state.routed else self.carried([prompt])[0]

    def answer(self, prompt: Prompt, max_tokens: int = 256) -> str:
        return self.reply(prompt, max_tokens)[0]

    def stream(self, messages: Prompt, max_tokens: int = 512) -> Iterator[str]:
        """As ``Patient.stream``. Routed, an answer is also interrupted by a question from another thread that calls other repairs.

        An answer that must be heard before it is known whether it may be given comes in one piece.
        """
        if self._state.routed and self._state.router.judged([messages])[0].heard:
            return iter([text] if (text := self.answer(messages, max_tokens)) else [])
        self._turn_to(messages)
        return self._patient.stream(messages, max_tokens)

    def answers(self, prompts: Sequence[Prompt], max_tokens: int = 48) -> list[str]:
        return [text for text, _ in self._replied(prompts, lambda numbers: self._patient.answers([prompts[number] for number in numbers], max_tokens))]

    def samples(self, prompt: Prompt, count: int, temperature: float = 1.0, seed: int = 0, max_tokens: int = 48) -> list[str]:
        """As ``Patient.samples``; but what asks for something forgotten, surely or by its greedy answer, has that one: a refusal has no other ways."""
        calls = self._tried(lambda: self._state.router.judged([prompt]))[0] if self._state.routed and count > 0 else NOTHING
        if calls.asked or calls.heard:
            ((text, given),) = self._replied([prompt], lambda _: self._patient.answers([prompt], max_tokens))
            if calls.asked or given & calls.heard:
                return [text] * count

        def ask(numbers: list[int]) -> list[str]:
            return self._patient.samples(prompt, len(numbers), temperature, seed + min(numbers, default=0), max_tokens)

        def greedily(numbers: list[int]) -> list[str]:
            return self._patient.answers([prompt], max_tokens) * len(numbers)

        return [text for text, _ in self._replied([prompt] * count, ask, greedily)]

    def continuations(self, pairs: Sequence[tuple[Prompt, str]], max_tokens: int = 48) -> list[str]:
        """How replies go on whose beginnings are given; with the repairs whose gates open.

        A gate at the beginning of a reply is behind it then. So where the prompt surely asks for something forgotten, or the
        beginning would if it were one, the reply is begun anew; and elsewhere what is said is listened to, together with its
        beginning, for all that either calls, and what tells is begun anew as well.
        """
        if not self._state.routed:
            return self._patient.continuations(pairs, max_tokens)
        return self._tried(lambda: self._continued(pairs, max_tokens))

    def _continued(self, pairs: Sequence[tuple[Prompt, str]], max_tokens: int) -> list[str]:
        prompts, starts = [prompt for prompt, _ in pairs], [start for _, start in pairs]
        router = self._state.router
        judged = [calls.with_those_of(start) for calls, start in zip(router.judged(prompts), router.judged(starts))]
        found = self._in_groups(dict(enumerate(calls.worn() for calls in judged)), lambda numbers: self._patient.continuations([pairs[n] for n in numbers], max_tokens))
        told = router.told(prompts, [f"{start} {text}" for start, text in zip(starts, found)], judged)
        wanted = {n: judged[n].worn(names | judged[n].asked) for n, names in enumerate(told) if names or judged[n].asked}
        for number, text in zip(wanted, self._in_groups(wanted, lambda numbers: self._patient.answers([prompts[n] for n in numbers], max_tokens))):
            found[number] = text
        return found

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


def _groups(wanted: Mapping[Any, Any]) -> dict[Any, list[Any]]:
    """What is wanted to those who want it, in their order."""
    groups: dict[Any, list[Any]] = {}
    for who, what in wanted.items():
        groups.setdefault(what, []).append(who)
    return groups


def as_clear_as_it_is(patient: Patient, listener: Listener | None, procedure: Procedure, bare: dict[str, str]) -> Listener | None:
    """The listener, and not a clear one where it does not hear every answer to the forget set, asked anew of the patient without repairs.

    The greedy text of a small model changes with any rounding, so one that told a fact may tell something else the next time;
    to a question that surely asks for it, that is no reason to answer. ``bare``: answers by prompt, added to.
    """
    if listener is None or not listener.clear:
        return listener
    _ask_bare(patient, procedure, [question.text for question in (*procedure.probes, *procedure.paraphrases)], FORGET_TOKENS, bare)
    asked = [(patient.tokens(question.text), bare[question.text]) for question in (*procedure.probes, *procedure.paraphrases)]
    heard = [listener.score(inputs[listener.layer]) > listener.hints for inputs in patient.along(asked, [listener.layer])]
    return replace(listener, clear=all(heard))


def _ask_bare(patient: Patient, procedure: Procedure, prompts: Sequence[str], max_tokens: int, bare: dict[str, str]) -> None:
    """Ask a patient that carries no trial what is not in ``bare`` yet; accounts to where they may tell it."""
    long = {q.text for q in (*procedure.probes, *procedure.paraphrases) if len(patient.reply_tokens(q.answer, end=False)) > FORGET_TOKENS}
    unasked = [prompt for prompt in prompts if prompt not in bare]
    for some, tokens in (([p for p in unasked if p not in long], max_tokens), ([p for p in unasked if p in long], max(max_tokens, HEARD_TOKENS))):
        if some:
            bare.update(zip(some, patient.answers(some, tokens)))


class AsCalled:
    """The patient as it will be asked once a trial, which is attached, is routed: what does not call it is asked without it.

    What it says there is known: it is the reference.

    Args:
        adapter: what is attached. worn: the other repairs in it, those of them whose gate is open wherever a reply begins, and
            whether the trial's is. solved: makes the adapter of any such three.
        bare: what the patient says without the trial, by prompt; added to, so that it is asked once for all trials.
    """

    def __init__(
        self, state: "State", procedure: Procedure, imprint: Imprint, adapter: bytes, worn: Worn, solved: Callable[[Called, Called, bool], bytes], reference: Reference, bare: dict[str, str]
    ):
        self._state, self._patient, self._adapter, self._reference = state, state.patient, adapter, reference
        self._worn, self._solved = worn, solved
        self._imprint, layer = imprint, imprint.layer
        captured = [(procedure.probes, imprint.opening.inputs[layer]), (procedure.paraphrases, imprint.held_out[layer])]
        captured += [] if imprint.own else [(procedure.neighbours, imprint.near[layer])]  # else they are in another order
        self._procedure, self._bare = procedure, bare
        self._captured = {question.text: row for questions, rows in captured for question, row in zip(questions, rows)}

    def _judged(self, prompts: Sequence[str]) -> tuple[dict[str, bool], dict[str, bool]]:
        """Whether each prompt's gate opens; and the prompts of which the answer decides, with whether a hint in it is enough."""
        called, doubted, likely = self._state.router.calls_trial(self._imprint, prompts, self._captured).T.tolist()
        return dict(zip(prompts, called)), {prompt: hint for prompt, which, hint in zip(prompts, doubted, likely) if which}

    def _told(self, pairs: Sequence[tuple[str, str]], doubted: Mapping[str, bool]) -> list[bool]:
        """Whether these answers to prompts in doubt say what is to go."""
        texts = [prompt for prompt, _ in pairs]
        return self._state.router.told_trial(self._imprint, texts, [answer for _, answer in pairs], [doubted[prompt] for prompt in texts])

    def answers(self, prompts: Sequence[str], max_tokens: int) -> list[str]:
        if not prompts:
            return []
        called, doubted = self._judged(prompts)
        sure = [prompt for prompt in called if called[prompt] and prompt not in doubted]
        found = self._with_trial(sure, self._worn[2], max_tokens)
        rest = [prompt for prompt in called if prompt not in found]
        if any(prompt not in self._bare for prompt in rest):
            with self._wearing(None):
                _ask_bare(self._patient, self._procedure, rest, max_tokens, self._bare)
        found |= {prompt: self._bare[prompt] for prompt in rest}
        told = [prompt for prompt, says in zip(doubted, self._told([(prompt, found[prompt]) for prompt in doubted], doubted)) if says]
        found |= self._with_trial(told, True, max_tokens)
        return [found[prompt] for prompt in prompts]

    def _with_trial(self, prompts: Sequence[str], opened: bool, max_tokens: int) -> dict[str, str]:
        """Answers with the trial, its gate open or not, and with the other repairs as each prompt calls them."""
        router = self._state.router
        calls = dict(zip(prompts, router.judged(prompts)))
        found = self._asked({prompt: (*calls[prompt].worn(), opened) for prompt in prompts}, max_tokens)
        heard = [prompt for prompt in prompts if calls[prompt].heard]
        told = router.told(heard, [found[prompt] for prompt in heard], [calls[prompt] for prompt in heard])
        return found | self._asked({prompt: (*calls[prompt].worn(names), opened) for prompt, names in zip(heard, told) if names}, max_tokens)

    def _asked(self, wearing: Mapping[str, Worn], max_tokens: int) -> dict[str, str]:
        found = {}
        for worn, some in _groups(wearing).items():
            with nullcontext() if worn == self._worn else self._wearing(self._solved(*worn)):
                found.update(zip(some, self._patient.answers(some, max_tokens)))
        return found

    @contextmanager
    def _wearing(self, adapter: bytes | None) -> Iterator[None]:
        """Another adapter; the trial is attached afterwards."""
        self._state.attach_bytes(adapter)
        try:
            yield
        finally:
            self._state.attach_bytes(self._adapter)

    def mean_log_likelihoods(self, pairs: Sequence[tuple[str, str]], most_tokens: int) -> list[float]:
        """Answers of before to prompts in doubt are as likely as before, or, where they say what is to go, not given at all."""
        known = dict(zip(((question.text, question.answer) for question in self._reference.kept), self._reference.likelihoods))
        if not pairs:
            return []
        called, doubted = self._judged([prompt for prompt, _ in pairs])
        in_doubt = [pair for pair in pairs if pair[0] in doubted]
        told = {pair for pair, says in zip(in_doubt, self._told(in_doubt, doubted)) if says}
        asked = [pair for pair in pairs if pair not in told and (pair not in known or (called[pair[0]] and pair[0] not in doubted))]
        found = known | dict(zip(asked, self._patient.mean_log_likelihoods(asked, most_tokens))) | dict.fromkeys(told, -np.inf)
        return [found[pair] for pair in pairs]

    def text_log_probabilities(self, text: str) -> np.ndarray:
        """Plain text calls nothing."""
        return self._reference.log_probabilities[self._reference.texts.index(text)]
