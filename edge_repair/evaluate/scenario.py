"""One repair from request to undo, measured: what is gone, what stayed, what it cost, and whether undo is exact.

Everything is kept with the answers themselves, so that a figure can be traced to the sentence behind it, and
computed again when a metric changes.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from edge_repair.errors import EdgeRepairError
from edge_repair.evaluate import attacks
from edge_repair.evaluate.answers import MAX_TOKENS, BaseAnswers, Said, alone, said
from edge_repair.evaluate.cases import Asked, Case, is_related
from edge_repair.evaluate.metrics import exact, gives_away, kl_per_token, knows, mean, normalised, share
from edge_repair.evaluate.questions import QuestionSet
from edge_repair.refusals import is_refusal
from edge_repair.wording import rouge_l_recall

UNDO_PROMPTS = 3  # prompts whose logits must be the base's, bit for bit, after undo


@dataclass
class Bench:
    """What all cases of a run share: the base's answers, the retain pool, texts for the KL, and the base's logits.

    Made by ``prepare`` while the session is in its base state.
    """

    questions: QuestionSet
    base: BaseAnswers
    retain: tuple[Asked, ...]
    passages: tuple[str, ...]
    base_log_probabilities: list[np.ndarray] = field(default_factory=list)
    seed: int = 0
    with_attacks: bool = False
    accept: bool = False
    single_sample: bool = False

    def forget(self, session: Any, request: str) -> Any:
        """Carry the request out; with ``accept`` the best recipe is kept even when it misses a limit, with ``single_sample`` one probe is all that is known."""
        procedure = session.plan(request)
        if self.single_sample:
            procedure = replace(procedure, probes=procedure.probes[:1], paraphrases=(), further=())
        return session.carry_out(procedure, accept=self.accept)

    def kl(self, session: Any) -> float | None:
        """Mean KL(base || now) in nats per token over the passages, weighted by their tokens."""
        total = tokens = 0.0
        for passage, before in zip(self.passages, self.base_log_probabilities):
            total += kl_per_token(before, session.token_log_probabilities(passage)) * len(before)
            tokens += len(before)
        return total / tokens if tokens else None


def prepare(session: Any, questions: QuestionSet, base: BaseAnswers, retain: Sequence[Asked], passages: Sequence[str], seed: int, with_attacks: bool, accept: bool = False, single_sample: bool = False) -> Bench:
    """Collect what must be known of the base. The session must have no active repair."""
    before = [session.token_log_probabilities(passage) for passage in passages]
    return Bench(questions, base, tuple(retain), tuple(passages), before, seed, with_attacks, accept, single_sample)


def run(session: Any, case: Case, bench: Bench, watch: Callable[[Any, Any], None] | None = None) -> dict[str, Any]:
    """Carry one case through and undo it; returns one JSON-able item with ``answers`` and ``figures``.

    A repair that was rolled back or declined is measured like any other: the model is as it was, and the figures say
    so. ``watch(repair, groups)`` is called while the repair is active (the control uses it).
    """
    prompts = list(dict.fromkeys(one.question for one in case.forget))[:UNDO_PROMPTS]
    logits = [session.logits(prompt) for prompt in prompts]
    before = attacked_base(session, case, bench) if bench.with_attacks else {}
    started, worked = time.perf_counter(), time.process_time()
    repair, problem = None, ""
    try:
        repair = bench.forget(session, case.request)
    except EdgeRepairError as error:
        problem = f"{type(error).__name__}: {error}"
    seconds, processor = time.perf_counter() - started, time.process_time() - worked
    groups = grouped(case, bench, repair)
    item = {
        "key": case.key, "row": case.row, "subject": case.subject.id, "request": case.request, "problem": problem,
        "status": getattr(repair, "status", "failed"), "seconds": seconds, "processor_seconds": processor, "repair": described(repair),
    }
    item |= measure(session, case, bench, groups)
    if bench.with_attacks:
        item["attacks"] = attacked(session, case, bench, before)
    if watch is not None and item["status"] == "committed":
        watch(repair, groups)
    if repair is not None and item["status"] == "committed":
        started = time.perf_counter()
        session.undo(repair.id)
        item["undo_seconds"] = time.perf_counter() - started
    item["undo_exact"] = all(np.array_equal(session.logits(prompt), was) for prompt, was in zip(prompts, logits))
    return item


def described(repair: Any) -> dict[str, Any]:
    """The plain figures of a repair: what the Surgeon understood, the adapter's shape, the stages' times."""
    if repair is None:
        return {}
    procedure, adapter = repair.procedure, repair.adapter
    found: dict[str, Any] = {"id": repair.id, "figures": plain(repair.figures)}
    if procedure is not None:
        found |= {"kind": procedure.kind, "scope": procedure.scope, "understood": procedure.subject, "aspect": procedure.aspect,
                  "probes": [question.text for question in procedure.probes], "paraphrases": [question.text for question in procedure.paraphrases]}
    if adapter is not None:
        found |= {"rank": adapter.rank, "layers": list(adapter.layers), "bytes": adapter.bytes}
    return found


def plain(value: Any) -> Any:
    """Numbers, texts, lists and objects as JSON takes them; anything else by its text."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, np.generic):
        return value.item()
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def grouped(case: Case, bench: Bench, repair: Any) -> dict[str, list[Asked]]:
    """All questions of the case by what they show.

    "used": phrasings of the edit. "unseen": phrasings of neither the edit nor, where the set says so, the training of
    the model. "trained": those of the training that the edit did not use. "beside": questions for other facts of the
    subject that the base answers by telling what is forgotten, too. The rest are neighbours of several sorts.
    """
    procedure = getattr(repair, "procedure", None)
    seen = {normalised(text) for text in (*(q.text for q in (*procedure.probes, *procedure.paraphrases)), *procedure.further)} if procedure else set()
    telling = [one for one in case.same_subject if any(gives_away(fact, one.base) for fact in case.facts)]
    groups: dict[str, list[Asked]] = {"used": [], "unseen": [], "trained": [], "beside": telling, "same_subject": [one for one in case.same_subject if one not in telling],
                                      "same_question": [], "safe": list(case.safe), "unrelated": [], "related": []}
    for one in case.forget:
        fresh = "unseen" if not one.fact.held_out or one.question in one.fact.held_out else "trained"
        groups["used" if normalised(one.question) in seen else fresh].append(one)
    own = {(one.fact.id) for one in case.forget} | {one.fact.id for one in case.same_subject}
    taken = {one.question for one in case.same_question}
    for one in (*case.same_question, *bench.retain):
        if one.fact.id in own or (one.question in taken and one not in case.same_question):
            continue
        if is_related(case, one, bench.questions):
            groups["related"].append(one)
        else:
            groups["same_question" if one in case.same_question else "unrelated"].append(one)
    return groups


def measure(session: Any, case: Case, bench: Bench, groups: dict[str, list[Asked]], repaired: bool = True) -> dict[str, Any]:
    """Ask everything now, and compare with the base; returns ``answers`` by group and ``figures``.

    Args:
        repaired: the session knows which questions call a repair of its own, and which are left to the untouched model.
            False for models that were changed in another way: everything is asked.
    """
    asked = [(name, one) for name, group in groups.items() for one in group]
    if repaired:
        now = said(session, [one.question for _, one in asked], [one.base for _, one in asked], f"{bench.seed}/{case.key}", [one.most_tokens for _, one in asked])
    else:
        now = Said([alone(session, [one.question], one.most_tokens)[0] for _, one in asked], [], None)
    after: dict[str, list[tuple[Asked, str]]] = {name: [] for name in groups}
    for (name, one), answer in zip(asked, now.answers):
        after[name].append((one, answer))
    answers = {
        name: [{"question": one.question, "fact": one.fact.id, "base": one.base, "after": answer, "counts": one.counts} for one, answer in pairs]
        for name, pairs in after.items()
    }
    return {"answers": answers, "figures": figures(case, after) | {"kl": bench.kl(session)} | (untouched(asked, now) if repaired else {})}


def untouched(asked: Sequence[tuple[str, Asked]], now: Said) -> dict[str, Any]:
    """For what must stay, the share of questions that call no repair; and whether those asked all the same were answered as by the base."""
    found: dict[str, Any] = {"untouched_exact": now.exact}
    for wanted in ("same_subject", "same_question", "safe", "unrelated"):
        known = [which for (name, one), which in zip(asked, now.untouched) if name == wanted and knows(one.fact, one.base)]
        found[f"{wanted}_untouched"] = share(known) if known else None
    return found


def figures(case: Case, after: dict[str, list[tuple[Asked, str]]]) -> dict[str, Any]:
    """The shares of one case from its answers. None where nothing was asked; ``*_count`` says how much was."""
    found: dict[str, Any] = {}
    for name in ("used", "unseen", "trained"):
        pairs = [(one, answer) for one, answer in after[name] if one.counts]
        found[f"{name}_count"] = len(pairs)
        found[f"{name}_leak"] = share(gives_away(one.fact, answer) for one, answer in pairs)
        found[f"{name}_refused"] = share(is_refusal(answer) for _, answer in pairs)
        found[f"{name}_exact"] = share(exact(answer, one.fact.values) for one, answer in pairs)
        found[f"{name}_rouge"] = mean(rouge_l_recall(answer, one.fact.reference or one.base) for one, answer in pairs)
        if case.row == "correction":
            found[f"{name}_corrected"] = share(knows(one.fact, answer) for one, answer in pairs)
    found["beside_count"] = len(after["beside"])
    found["beside_leak"] = share(any(gives_away(fact, answer) for fact in case.facts) for _, answer in after["beside"])
    for name in ("same_subject", "same_question", "safe", "unrelated", "related"):
        pairs = [(one, answer) for one, answer in after[name] if knows(one.fact, one.base)]
        found[f"{name}_count"] = len(pairs)
        found[f"{name}_kept"] = share(knows(one.fact, answer) for one, answer in pairs)
        found[f"{name}_rouge"] = mean(rouge_l_recall(answer, one.base) for one, answer in pairs)
        found[f"{name}_refused"] = share(is_refusal(answer) for one, answer in pairs if not is_refusal(one.base))
    found["unrelated_same_text"] = share(answer == one.base for one, answer in after["unrelated"])
    return found


def attacked_base(session: Any, case: Case, bench: Bench) -> dict[str, Any]:
    """What the base gives away under the attacks."""
    counted = [one for one in case.forget if one.counts]
    return {"greedy": attacks.greedy(bench.base, _continuing(session), case, bench.questions), "likelihood": attacks.likelihoods(session, case, bench.questions),
            "questions": counted[: attacks.PHRASINGS]}


def attacked(session: Any, case: Case, bench: Bench, before: dict[str, Any]) -> dict[str, Any]:
    """The attacks on the repaired model: for each its share of successes among those that succeed on the base."""
    now = attacks.greedy(lambda prompts: alone(session, prompts), _continuing(session), case, bench.questions)
    found: dict[str, Any] = {}
    for name, base in before["greedy"].items():
        counted = [hit for hit, was in zip(now[name], base) if was]
        found[name] = {"count": len(counted), "leak": share(counted)}
    samples = attacks.sampled(session, before["questions"], bench.seed)
    found[f"leak@{attacks.SAMPLES}"] = {"count": len(samples), "leak": share(one["leak"] for one in samples), "of_samples": mean(one["share"] for one in samples)}
    pairs = [(was, is_) for was, is_ in zip(before["likelihood"], attacks.likelihoods(session, case, bench.questions)) if was["first"]]
    found["likelihood"] = {"count": len(pairs), "leak": share(is_["first"] for _, is_ in pairs), "nats_lost": mean(was["true"] - is_["true"] for was, is_ in pairs)}
    return found


def _continuing(session: Any) -> Callable[[list[tuple[str, str]]], list[str]]:
    return lambda pairs: session.continuations(pairs, max_tokens=MAX_TOKENS)
