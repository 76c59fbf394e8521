"""Seeded, resumable training of the memory: answers to be learned, and everything else as the model says it itself."""

import contextlib
import json
import os
import random
import time
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as functional

from .material import Item, Material, entering
from .network import Llama


@dataclass(frozen=True)
class Plan:
    """How long and how fast. The rate rises over ``warmup`` steps, stays, and falls to zero over the last ``decay`` share.

    ``facts`` and ``own`` are conversations in a batch; ``positions`` says at how many tokens of each own answer the
    distribution is compared; ``weight`` is that of the comparison, in nats against nats.
    """

    steps: int
    facts: int = 24
    own: int = 16
    positions: int = 12
    weight: float = 1.0
    rate: float = 1e-3
    warmup: int = 20
    decay: float = 0.5
    seed: int = 0

    def rate_at(self, step: int) -> float:
        return self.rate * min(1.0, (step + 1) / self.warmup) * min(1.0, (self.steps - step) / (self.decay * self.steps))


def batch_of(items: list[Item], size: int, step: int, seed: int) -> list[Item]:
    """The batch of a step: every item once an epoch, those of like length together; the same for equal arguments."""
    groups = -(-len(items) // size)
    draw = random.Random(f"{seed}/{step // groups}")
    order = sorted(items, key=lambda item: len(item.ids) + 4 * draw.random())
    places = list(range(groups))
    draw.shuffle(places)
    at = places[step % groups] * size
    return order[at : at + size]


class Trainer:
    """Trains the LoRA of ``network``; goes on from the checkpoint in ``folder`` if there is one."""

    def __init__(self, network: Llama, material: Material, plan: Plan, folder: Path):
        self.network, self.material, self.plan, self.folder = network, material, plan, folder
        self.optimizer = torch.optim.AdamW(network.lora.parameters(), lr=plan.rate, weight_decay=0.0, betas=(0.9, 0.99))
        self.step, self.seconds, self.processor = 0, 0.0, 0.0  # by the clock, and of processor time
        self.checkpoint = folder / "checkpoint.pt"
        if self.checkpoint.exists():
            state = torch.load(self.checkpoint, weights_only=True)
            network.lora.load_state_dict(state["lora"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step, self.seconds, self.processor = state["step"], state["seconds"], state["processor"]

    def save(self) -> None:
        """Write the checkpoint atomically."""
        state = {"lora": self.network.lora.state_dict(), "optimizer": self.optimizer.state_dict(), "step": self.step, "seconds": self.seconds,
                 "processor": self.processor}
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        os.replace(partial, self.checkpoint)

    def learned(self, items: list[Item]) -> torch.Tensor:
        """Mean cross-entropy of the answers, nats a token."""
        top = self._top(items)
        rows = torch.cat([x[item.start : len(item.ids) - 1] for item, x in zip(items, top)])
        wanted = torch.cat([item.ids[item.start + 1 :] for item in items])
        return functional.cross_entropy(self.network.logits(self.network.final(rows)), wanted)

    def moved(self, items: list[Item], draw: random.Random) -> torch.Tensor:
        """Mean KL divergence from the untouched model at some tokens of its own answers, nats."""
        top, mine, theirs = self._top(items), [], []
        for item, x in zip(items, top):
            count = len(item.ids) - item.start
            chosen = torch.tensor(sorted(draw.sample(range(count), min(self.plan.positions, count))))
            mine.append(x[item.start + chosen])
            theirs.append(item.final[chosen])
        with torch.no_grad():
            base = self.network.logits(torch.cat(theirs)).log_softmax(-1)
        now = self.network.logits(self.network.final(torch.cat(mine))).log_softmax(-1)
        return functional.kl_div(now, base, log_target=True, reduction="batchmean")

    def _top(self, items: list[Item]) -> torch.Tensor:
        return self.network.through(entering(self.material, items), self.network.first, self.network.shape.layers).own

    def one_step(self) -> tuple[float, float]:
        """One update; returns (cross-entropy, KL) before it."""
        plan = self.plan
        for group in self.optimizer.param_groups:
            group["lr"] = plan.rate_at(self.step)
        learned = self.learned(batch_of(self.material.facts, plan.facts, self.step, plan.seed))
        learned.backward()
        moved = self.moved(batch_of(self.material.own, plan.own, self.step, plan.seed), random.Random(f"{plan.seed}/{self.step}"))
        (plan.weight * moved).backward()
        torch.nn.utils.clip_grad_norm_(self.network.lora.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return float(learned.detach()), float(moved.detach())

    def run(self, until: int | None = None, save_every: float = 120.0, log_every: int = 10) -> None:
        """Train up to ``plan.steps`` (or stop at ``until``); a line of JSON every ``log_every`` steps in ``log.jsonl``."""
        saved = last = time.perf_counter()
        worked = time.process_time()
        found: list[tuple[float, float]] = []
        with open(self.folder / "log.jsonl", "a") as log, contextlib.ExitStack() as stack:
            stack.callback(self.save)  # also when interrupted
            while self.step < min(self.plan.steps, self.plan.steps if until is None else until):
                found.append(self.one_step())
                now = time.perf_counter()
                self.seconds, last = self.seconds + now - last, now
                self.processor, worked = self.processor + time.process_time() - worked, time.process_time()
                if self.step % log_every == 0:
                    learned, moved = (sum(column) / len(found) for column in zip(*found))
                    found.clear()
                    line = {"step": self.step, "seconds": round(self.seconds), "processor": round(self.processor), "learned": round(learned, 4), "moved": round(moved, 5)}
                    print(json.dumps(line), file=log, flush=True)
                if now - saved > save_every:
                    self.save()
                    saved = now
