"""Seeded, resumable training of the patient on the endless stream of its world's conversations."""

import contextlib
import copy
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as functional
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from tokenizers import Tokenizer

from patient_world import RefiningStream, Stream, World
from patient_world.stream import mix_at

from . import gguf_file
from .batches import IGNORE, Encoder, batches
from .chatml import prompt, train_tokenizer, turn
from .muon import Muon, fast_precision
from .network import Network, Shape


@dataclass(frozen=True)
class Plan:
    """How long and how fast. The rate rises over ``warmup`` steps, stays, and falls to zero over the last ``decay`` share."""

    steps: int
    tokens_per_batch: int = 3072
    rate: float = 2e-3
    warmup: int = 200
    decay: float = 0.4
    weight_decay: float = 0.05
    seed: int = 10
    averaged: float = 0.0  # over so many last steps weights are averaged (exponentially); 0: not at all

    def rate_at(self, step: int) -> float:
        rise = min(1.0, (step + 1) / self.warmup)
        fall = min(1.0, (self.steps - step) / (self.decay * self.steps))
        return self.rate * rise * max(0.0, fall)


def refining_plan(steps: int) -> Plan:
    """To go on from trained weights: less than half the rate, falling from the start, and the mean of the last weights is the result."""
    return Plan(steps=steps, rate=8e-4, warmup=30, decay=1.0, seed=12, averaged=steps / 12)


@torch.no_grad()
def between(start: Network, trained: Network, share: float) -> Network:
    """A network whose weights lie ``share`` (0 to 1) of the way from ``start``'s to ``trained``'s.

    After a short run at a high rate that is better than either: it keeps what the start was annealed to.
    """
    network = copy.deepcopy(start)
    for weight, wanted in zip(network.parameters(), trained.parameters(), strict=True):
        weight.lerp_(wanted.to(weight.device), share)
    return network


def tokenizer_texts(stream: Stream, count: int = 40_000):
    """Texts to train the tokenizer on: conversations as the patient reads them."""
    for _ in range(count):
        conversation = stream.draw()
        yield turn("system", conversation.system) + "".join(prompt(q) + a for q, a in conversation.turns)


class Trainer:
    """Holds network, optimizers and stream; continues from the last checkpoint in ``folder`` if there is one.

    Args:
        folder: where the tokenizer, the checkpoint and the log are.
        world: what is to be taught; None with ``streams``.
        plan: steps and rates. A changed number of steps is honoured on resuming.
        sizes: changes to ``Shape``'s defaults, and ``vocabulary``.
        reserved: names kept for the evaluation of refusals.
        start: a patient's F16 file to go on from, with ``RefiningStream``; None: from random weights, or as the checkpoint says.
        streams: makes the stream of conversations from a seed, in place of the world's.

    Raises:
        ValueError: the checkpoint in ``folder`` went on from another file than ``start``.
    """

    def __init__(
        self, folder: Path, world: World | None, plan: Plan, sizes: dict, reserved: frozenset[str] = frozenset(), start: Path | None = None,
        streams: Callable[[int], Stream] | None = None,
    ):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.world, self.plan = folder, world, plan
        self._own_world = streams is None
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.precision = fast_precision(self.device)
        torch.manual_seed(plan.seed)
        self.checkpoint = folder / "checkpoint.pt"
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True) if self.checkpoint.exists() else None
        self.started_from = hashlib.sha256(start.read_bytes()).hexdigest() if start else (state or {}).get("started_from", "")
        if state and state.get("started_from", "") != self.started_from:
            raise ValueError(f"{self.checkpoint} did not start from {start}; give another --folder, or remove it")
        path = folder / "tokenizer.json"
        if start and not state:
            self.network, tokenizer = gguf_file.read(start)
            tokenizer.save(str(path))
        if not path.exists():
            texts = tokenizer_texts(streams(plan.seed) if streams else Stream(world, plan.seed))
            train_tokenizer(texts, sizes.get("vocabulary", 2048)).save(str(path))
        self.tokenizer = Tokenizer.from_file(str(path))
        if not start or state:
            self.network = Network(Shape(**{**sizes, "vocabulary": self.tokenizer.get_vocab_size()}))
        self.network = self.network.to(self.device).train()
        self.average = copy.deepcopy(self.network) if plan.averaged else None
        matrices = [p for n, p in self.network.named_parameters() if p.ndim == 2 and "token_embd" not in n]
        others = [p for n, p in self.network.named_parameters() if p.ndim != 2 or "token_embd" in n]
        self.optimizers = [
            Muon(matrices, lr=plan.rate, weight_decay=plan.weight_decay, precision=self.precision),
            torch.optim.AdamW(others, lr=plan.rate, weight_decay=0.0, betas=(0.9, 0.98), fused=True),
        ]
        self.step, self.seconds = 0, 0.0
        if state:
            self.network.load_state_dict(state["network"])
            for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
                optimizer.load_state_dict(saved)
            self.step, self.seconds = state["step"], state["seconds"]
            if "average" in state:
                self.average = copy.deepcopy(self.network)
                self.average.load_state_dict(state["average"])
        kind = RefiningStream if self.started_from else Stream
        seed = plan.seed * 1_000_003 + self.step
        self.stream = streams(seed) if streams else kind(world, seed, reserved)

    @property
    def result(self) -> Network:
        """What is exported: the averaged weights, or, when none are averaged, the last ones."""
        return self.average or self.network

    def save(self) -> None:
        """Write the checkpoint atomically."""
        state = {
            "network": self.network.state_dict(), "optimizers": [o.state_dict() for o in self.optimizers],
            "step": self.step, "seconds": self.seconds, "shape": self.network.shape.as_dict(), "started_from": self.started_from,
        }
        if self.average:
            state["average"] = self.average.state_dict()
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        os.replace(partial, self.checkpoint)

    def one_step(self, tokens: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """One update; returns the mean loss over answer tokens (nats), before it."""
        rate = self.plan.rate_at(self.step)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
        tokens, labels = tokens.to(self.device), labels.to(self.device)
        wanted = labels != IGNORE
        with torch.autocast(self.device, torch.bfloat16, enabled=self.precision is torch.bfloat16):
            logits = self.network(tokens, wanted)
        loss = functional.cross_entropy(logits.float(), labels[wanted])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.step += 1
        if self.average:  # of the few first steps evenly, so that the start does not linger
            share = max(1 / (self.step + 1), 1 / self.plan.averaged)
            with torch.no_grad():
                torch._foreach_lerp_(list(self.average.parameters()), list(self.network.parameters()), share)
        return loss.detach()

    def run(self, save_every: float = 120.0, log_every: int = 50) -> None:
        """Train up to ``plan.steps``, with a progress bar, a log line every ``log_every`` steps and regular checkpoints."""
        if shutil.which("g++") or self.device == "cuda":
            self.network.compile_layers()
        source = batches(self.stream, Encoder(self.tokenizer), self.plan.tokens_per_batch)
        columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"), TimeRemainingColumn()
        saved = last = time.perf_counter()
        losses: list[torch.Tensor] = []
        with Progress(*columns) as progress, open(self.folder / "log.jsonl", "a") as log, contextlib.ExitStack() as stack:
            stack.callback(self.save)  # also when interrupted
            bar = progress.add_task("training", total=self.plan.steps, completed=self.step)
            while self.step < self.plan.steps:
                if self._own_world and not self.started_from:
                    self.stream.mix = mix_at(self.step)
                losses.append(self.one_step(*next(source)))
                now = time.perf_counter()
                self.seconds, last = self.seconds + now - last, now
                progress.update(bar, completed=self.step)
                if self.step % log_every == 0:
                    loss = float(torch.stack(losses).mean())
                    losses.clear()
                    progress.update(bar, description=f"training, loss {loss:.4f}")
                    print(json.dumps({"step": self.step, "seconds": round(self.seconds), "loss": round(loss, 5)}), file=log, flush=True)
                if now - saved > save_every:
                    self.save()
                    saved = now
