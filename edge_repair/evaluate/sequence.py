"""Many repairs one after another on one model: what all of them together leak, and what they cost the rest."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from edge_repair.errors import EdgeRepairError
from edge_repair.evaluate.answers import BaseAnswers, said
from edge_repair.evaluate.cases import LEAST_KNOWN, Asked, Case, ask, is_related
from edge_repair.evaluate.metrics import knows, mean, normalised, share
from edge_repair.evaluate.questions import CORRECTED_KINDS, HARMFUL_KINDS, QuestionSet
from edge_repair.evaluate.scenario import Bench
from edge_repair.refusals import is_refusal
from edge_repair.wording import rouge_l_recall

CHECKPOINTS = (1, 10, 50, 100)
ASKED_OF_EACH = 3  # phrasings of each forgotten fact that are asked at a checkpoint


def choose(questions: QuestionSet, base: BaseAnswers, count: int, seed: int) -> Iterator[Case]:
    """Yield up to ``count`` single facts to forget, in an order that depends on the seed; several may share a subject."""
    facts = [fact for fact in questions.facts() if fact.request and fact.row == "fact" and fact.kind not in (*CORRECTED_KINDS, *HARMFUL_KINDS)]
    random.Random(f"{seed}/sequence").shuffle(facts)
    made = 0
    for fact in facts:
        if made == count:
            return
        asked = ask(base, [fact])
        if sum(one.counts for one in asked) >= min(LEAST_KNOWN, len(asked)):
            made += 1
            yield Case("fact", questions.subject(fact.subject), fact.request, tuple(asked))


def run(
    session: Any, cases: Sequence[Case], bench: Bench, checkpoints: Sequence[int] = CHECKPOINTS,
    progress: Callable[[int, int], None] | None = None, finished: Callable[[dict[str, Any]], None] | None = None,
) -> list[dict[str, Any]]:
    """Forget case after case, measure at the checkpoints, then undo all in a random order.

    Returns one item a checkpoint (also passed to ``finished`` at once) with the figures over everything forgotten so
    far, rolled-back repairs included; the last has ``undo_exact``, the comparison of logits after the last undo. Beside
    ``figures``, of the way that the session carries its repairs (all together, or routed), stand the ``otherwise`` of the
    same repairs carried the other way.
    """
    prompts = [cases[0].forget[0].question, bench.retain[0].question] if bench.retain else [cases[0].forget[0].question]
    logits = [session.logits(prompt) for prompt in prompts]
    done: list[tuple[Case, set[str]]] = []
    committed: list[str] = []
    times: list[float] = []
    items: list[dict[str, Any]] = []
    wanted = sorted({point for point in checkpoints if point <= len(cases)} or {len(cases)})
    for number, case in enumerate(cases[: wanted[-1]], 1):
        started = time.perf_counter()
        seen: set[str] = set()
        try:
            repair = bench.forget(session, case.request)
            seen = {normalised(question.text) for question in (*repair.procedure.probes, *repair.procedure.paraphrases)}
            if repair.status == "committed":
                committed.append(repair.id)
        except EdgeRepairError:
            pass  # counted: what it should have forgotten is asked at every checkpoint
        times.append(time.perf_counter() - started)
        done.append((case, seen))
        if progress:
            progress(number, wanted[-1])
        if number in wanted:
            figures = _figures(session, done, bench) | {"seconds_each": mean(times), "seconds_last": times[-1]}
            session.routed, way = not session.routed, session.routed
            try:
                otherwise = _figures(session, done, bench)
            finally:
                session.routed = way
            items.append({"key": f"sequence/{number}", "row": "sequence", "repairs": number, "committed": len(committed), "routed": session.routed,
                          "figures": figures, "otherwise": otherwise})
            if finished and number != wanted[-1]:
                finished(items[-1])
    random.Random(f"{bench.seed}/undo").shuffle(committed)
    for identity in committed:
        session.undo(identity)
    items[-1]["undo_exact"] = all(np.array_equal(session.logits(prompt), was) for prompt, was in zip(prompts, logits))
    if finished:
        finished(items[-1])
    return items


def _figures(session: Any, done: Sequence[tuple[Case, set[str]]], bench: Bench) -> dict[str, Any]:
    forgotten = {fact.id for case, _ in done for fact in case.facts}
    unseen = [one for case, seen in done for one in [one for one in case.forget if one.counts and normalised(one.question) not in seen][:ASKED_OF_EACH]]
    rest = [one for one in bench.retain if one.fact.id not in forgotten]
    related = [any(is_related(case, one, bench.questions) for case, _ in done) for one in rest]
    now = said(session, [one.question for one in (*unseen, *rest)], [one.base for one in (*unseen, *rest)], f"{bench.seed}/{len(done)}/{session.routed}")
    after, kept = now.answers[: len(unseen)], list(zip(rest, now.answers[len(unseen) :]))
    apart = [pair for pair, near in zip(kept, related) if not near]
    near = [pair for pair, is_near in zip(kept, related) if is_near]
    return {
        "unseen_count": len(unseen),
        "unseen_leak": share(knows(one.fact, answer) for one, answer in zip(unseen, after)),
        "unseen_refused": share(is_refusal(answer) for answer in after),
        "unrelated_count": len(apart),
        "unrelated_kept": _kept(apart),
        "unrelated_rouge": mean(rouge_l_recall(answer, one.base) for one, answer in apart),
        "unrelated_refused": share(is_refusal(answer) for one, answer in apart if not is_refusal(one.base)),
        "unrelated_untouched": share(which for which, is_near in zip(now.untouched[len(unseen) :], related) if not is_near),
        "untouched_exact": now.exact,
        "related_count": len(near),
        "related_kept": _kept(near),
        "kl": bench.kl(session),
    }


def _kept(pairs: Sequence[tuple[Asked, str]]) -> float | None:
    return share(knows(one.fact, answer) for one, answer in pairs)
