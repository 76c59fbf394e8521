"""The model being repaired: chat, capture, and adapters that come and go on the live contexts."""

import codecs
import os
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator, Sequence as Seq

import numpy as np

from edge_repair.adapters import BaseIdentity, decode, identify, validate, with_lora
from edge_repair.errors import AdapterError, InterruptedAnswerError, ModelError, UsageError
from edge_repair.patient import batching
from edge_repair.patient.activations import Activations, Sequence
from edge_repair.patient.binding import check, default_threads, library, model_parameters
from edge_repair.patient.capture import INPUTS, Wanted
from edge_repair.patient.context import Context
from edge_repair.patient.grammar import GrammarSampler
from edge_repair.patient.prompting import encode_conversation
from edge_repair.patient.template import ChatTemplate, Message
from edge_repair.patient.vocabulary import Vocabulary

Prompt = str | Seq[Message]  # a question of its own, or a whole conversation
PROBE_SEQUENCES = 33  # conversations asked at once, plus the shared prefix
DENSE_ARCHITECTURES = ("llama", "qwen2", "qwen3", "gemma", "gemma2", "gemma3", "phi3", "smollm3")


def _messages(prompt: Prompt) -> list[Message]:
    return [{"role": "user", "content": prompt}] if isinstance(prompt, str) else list(prompt)


class Patient:
    """A GGUF model in llama.cpp with two contexts on the same weights. Thread-safe: one lock for both.

    Use ``Patient.open``; it is a context manager. ``attach`` replaces the repair adapter; a LoRA that the user
    already has stays beneath it.

    Attributes:
        base: identity of the model file, or of the file with the user's LoRA: statistics and repairs are of both together.
        lora: the factors of the user's LoRA by tensor, (A, B) with W' = W + B @ A; empty without one.
        path: the model file.
    """

    def __init__(self, path: Path, base: BaseIdentity, model: Any, n_ctx: int, threads: int | None):
        self.path, self.base, self._model = path, base, model
        self._llama = library().llama
        self._lock = threading.RLock()
        self.vocabulary = Vocabulary(model)
        self._template = ChatTemplate(base.chat_template or "", self.vocabulary.bos, self.vocabulary.eos)
        self._end_of_turn = self._closing_token()
        many = threads or default_threads(many=True)
        self._talk = Context(model, n_ctx=n_ctx, n_sequences=1, n_threads=(threads or default_threads(), many), capturing=False)
        self._probe = Context(model, n_ctx=n_ctx, n_sequences=PROBE_SEQUENCES, n_threads=(many, many), capturing=True)
        self.lora: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self._own: Any = None  # the user's own LoRA
        self._repair: Any = None
        self._spoken: list[int] = []  # what the talk context's KV cache holds
        self._heard: tuple[frozenset[int], tuple[int, ...]] = (frozenset(), ())  # what ``listen`` left in the probe context's KV cache, up to these layers
        self._probe_bare = False  # the probe context lacks the repair that is attached, for ``openings``
        self._changes = 0  # how often adapters were attached or detached

    # Opening and closing

    @classmethod
    def open(cls, path: str | Path, *, n_ctx: int = 4096, threads: int | None = None, lora: str | Path | None = None) -> "Patient":
        """Load a model.

        Args:
            path: a GGUF file of a dense instruct model.
            n_ctx: tokens of context, cut to what the model was trained for.
            threads: threads for decoding; None: ``EDGE_REPAIR_THREADS``, or ``default_threads``.
            lora: a LoRA adapter that the user runs this model with; repairs go on top of it.

        Raises:
            ModelError: missing, damaged, mixture of experts, no chat template, or an architecture never tried.
            RuntimeMismatchError: llama-cpp-python has another layout.
            AdapterError: the user's LoRA cannot be loaded.
        """
        path = Path(path)
        base = identify(path)
        _refuse_what_cannot_be_repaired(base, path)
        check()
        llama = library().llama
        model = llama.llama_model_load_from_file(os.fsencode(path), model_parameters())
        if not model:
            raise ModelError(f"llama.cpp cannot load {path.name} ({' '.join(library().log)[-200:]}); download it again")
        patient = None
        try:
            n_ctx = min(n_ctx, llama.llama_model_n_ctx_train(model))
            patient = cls(path, base, model, n_ctx, threads)
            patient._check_capture()
            if lora is not None:
                validate(Path(lora), base, require_base=False)
                patient._own = patient._load_adapter(Path(lora))
                patient.lora = decode(Path(lora).read_bytes(), base, require_base=False)
                patient.base = with_lora(base, lora)
                patient._set()
        except BaseException:
            if patient is not None:
                patient.close()
            else:
                llama.llama_model_free(model)
            raise
        return patient

    def _check_capture(self) -> None:
        """Decode one token and read it back: the last check that the layout of ggml is the one we know."""
        layer = self.base.n_layers // 2
        found = self.capture([Sequence((self._end_of_turn,), (0,))], ("inputs", "keys", "values", "residuals"), [layer])
        for kind, width in (("inputs", self.base.width), ("keys", self.base.ffn), ("values", self.base.width), ("residuals", self.base.width)):
            rows = getattr(found, kind).get(layer)
            if rows is None or rows.shape != (1, width) or not np.isfinite(rows).all():
                raise ModelError(f"cannot read the {kind} of {self.base.architecture} models in llama.cpp; a dense llama, qwen, gemma or phi model is needed")

    def close(self) -> None:
        """Detach, free the contexts, the adapters, the model, in this order; anything else can crash."""
        with self._lock:
            if self._model is None:
                return
            for context in (self._talk, self._probe):
                if context.pointer:
                    context.set_adapters([], [])
                context.close()
            for adapter in (self._repair, self._own):
                if adapter is not None:
                    self._llama.llama_adapter_lora_free(adapter)
            self._llama.llama_model_free(self._model)
            self._model = self._repair = self._own = None

    def __enter__(self) -> "Patient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _closing_token(self) -> int:
        """The token that closes an assistant's turn, as the template has it: what a file declares may be another."""
        marker = "Quite so"
        turns = [("user", "Is it?"), ("assistant", marker), ("user", "Why?")]
        tokens = self.tokens([{"role": role, "content": content} for role, content in turns])
        for i in range(1, len(tokens)):
            if self.vocabulary.ends(tokens[i]) and marker in self.vocabulary.decode(tokens[:i]):
                return tokens[i]
        return self.vocabulary.end_of_text()

    # Adapters

    def _load_adapter(self, path: Path) -> Any:
        adapter = self._llama.llama_adapter_lora_init(self._model, os.fsencode(path))
        if not adapter:
            raise AdapterError(f"llama.cpp cannot load the adapter {path.name} ({' '.join(library().log)[-200:]}); make it again for this model")
        return adapter

    def _equip(self, context: Context, repair: Any) -> None:
        active = [adapter for adapter in (self._own, repair) if adapter is not None]
        context.set_adapters(active, [1.0] * len(active))

    def _set(self) -> None:
        for context in (self._talk, self._probe):
            self._equip(context, self._repair)
        self._probe_bare = False
        self._spoken, self._heard = [], (frozenset(), ())
        self._changes += 1

    def attach(self, path: Path | None) -> None:
        """Make this the repair adapter, instead of the one before; None: no repair at all. Clears the KV cache.

        The file must have been validated by ``edge_repair.adapters`` before: llama.cpp does not survive bad ones.

        Raises:
            AdapterError: llama.cpp refuses it; the adapter before stays.
        """
        with self._lock:
            new = None if path is None else self._load_adapter(path)
            old, self._repair = self._repair, new
            self._set()
            if old is not None:
                self._llama.llama_adapter_lora_free(old)

    # Text and tokens

    def tokens(self, prompt: Prompt) -> tuple[int, ...]:
        """Token ids of a prompt, rendered by the model's own template up to where the assistant speaks.

        What looks like a control token in a message stays the characters that it is.
        """
        return tuple(encode_conversation(self.vocabulary, self._template, _messages(prompt)))

    def fits(self, prompt: Prompt) -> bool:
        """Whether a prompt leaves a quarter of the context, and of a batch, to others."""
        return 4 * len(self.tokens(prompt)) <= 3 * min(self._probe.n_ctx, self._probe.n_batch)

    def reply_tokens(self, text: str, *, end: bool = True) -> tuple[int, ...]:
        """Token ids of a reply as the assistant would say it; with the end of the turn unless ``end`` is false."""
        closing = (self._end_of_turn,) if end else ()
        return tuple(self.vocabulary.encode(text, parse_special=False)) + closing

    # Talking

    def stream(self, messages: Prompt, max_tokens: int = 512) -> Iterator[str]:
        """Answer greedily, piece by piece. What the cache already holds of the conversation is reused.

        The lock is taken token by token, so that a reader who does not go on keeps nobody waiting.

        Raises:
            InterruptedAnswerError: an adapter was attached or detached meanwhile. What came before is the beginning of
                the answer as it was; nothing of the model's new state is in it.
        """
        prompt = list(self.tokens(messages))
        with self._lock:
            changes, logits = self._changes, self._extend(prompt)
        return self._pieces(prompt, logits, changes, max_tokens)

    def _pieces(self, prompt: list[int], logits: np.ndarray, changes: int, max_tokens: int) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        for _ in range(max_tokens):
            with self._lock:
                if self._changes != changes:
                    raise InterruptedAnswerError("the model was changed while it answered, so the answer ends here; ask again")
                token = int(logits.argmax())
                if self.vocabulary.ends(token):
                    break
                prompt.append(token)
                piece = decoder.decode(self.vocabulary.piece(token))
                if len(prompt) < self._talk.n_ctx:
                    logits = self._extend(prompt)
            if piece:
                yield piece
            if len(prompt) >= self._talk.n_ctx:
                break
        tail = decoder.decode(b"", final=True)
        if tail:
            yield tail

    def _extend(self, tokens: list[int]) -> np.ndarray:
        """Bring the talk context to exactly these tokens; return the next token's logits."""
        if len(tokens) > self._talk.n_ctx:
            raise UsageError(f"the conversation is longer than the context of {self._talk.n_ctx} tokens; start a new one")
        shared = min(batching.common_prefix([tuple(tokens), tuple(self._spoken)]), len(tokens) - 1)
        if shared == 0:
            self._talk.clear()
        else:
            self._talk.drop_tail(shared)
        self._spoken = []  # until the decode is through, the cache is in no known state
        for start in range(shared, len(tokens), self._talk.n_batch):
            part = tokens[start : start + self._talk.n_batch]
            last = start + len(part) == len(tokens)
            self._talk.decode([(t, start + i, (0,), last and i == len(part) - 1) for i, t in enumerate(part)])
        self._spoken = list(tokens)
        return self._talk.logits(-1).copy()

    def answer(self, prompt: Prompt, max_tokens: int = 256) -> str:
        """The whole greedy answer, from a cleared cache."""
        with self._lock:
            self._forget_conversation()
            return "".join(self.stream(prompt, max_tokens)).strip()

    def written(self, messages: Prompt, grammar: str, max_tokens: int = 256) -> str:
        """A greedy reply that fits a grammar (GBNF, rule ``root``); cut off, and then unfinished, after ``max_tokens``.

        Raises:
            UsageError: llama.cpp cannot read the grammar, or the conversation is too long.
        """
        tokens, reply = list(self.tokens(messages)), []
        with self._lock, GrammarSampler(self._model, grammar) as sampler:
            for _ in range(max_tokens):
                token = sampler.choose(self._extend(tokens))
                if token is None or self.vocabulary.ends(token):
                    break
                sampler.accept(token)
                tokens.append(token)
                reply.append(token)
        return self.vocabulary.decode(reply)

    def logits(self, prompt: Prompt) -> np.ndarray:
        """Next-token logits after a prompt, float32 ``[vocabulary]``, from a cleared cache: bit for bit repeatable."""
        with self._lock:
            self._forget_conversation()
            return self._extend(list(self.tokens(prompt)))

    def _forget_conversation(self) -> None:
        self._spoken = []
        self._talk.clear()

    # Asking many questions at once

    def answers(self, prompts: Seq[Prompt], max_tokens: int = 48, progress: Callable[[int, int], None] | None = None) -> list[str]:
        """Greedy answers, each prompt a conversation of its own, many at once."""
        return self._continue([self.tokens(p) for p in prompts], max_tokens, batching.greedy, progress)

    def samples(self, prompt: Prompt, count: int, temperature: float = 1.0, seed: int = 0, max_tokens: int = 48) -> list[str]:
        """Sampled answers to one prompt."""
        return self._continue([self.tokens(prompt)] * count, max_tokens, batching.sampler(temperature, seed))

    def continuations(self, prompt_and_start: Seq[tuple[Prompt, str]], max_tokens: int = 48) -> list[str]:
        """Greedy continuations of replies whose beginnings are given (a forced answer prefix)."""
        tokens = [self.tokens(p) + self.reply_tokens(start, end=False) for p, start in prompt_and_start]
        return self._continue(tokens, max_tokens, batching.greedy)

    def _continue(self, tokens: list[tuple[int, ...]], max_tokens: int, choose: batching.Chooser, progress=None) -> list[str]:
        if not tokens:
            return []
        with self._probing():
            replies = batching.generate(self._probe, self.vocabulary, tokens, max_tokens, choose, progress)
        return [self.vocabulary.decode(reply).strip() for reply in replies]

    def capture(self, sequences: list[Sequence], kinds: Iterable[str], layers: Iterable[int], want_logits=False, progress=None) -> Activations:
        """Run token sequences and return their activations at the wanted positions; see ``batching.run``."""
        with self._probing():
            return batching.run(self._probe, sequences, kinds, layers, want_logits, progress)

    @contextmanager
    def _probing(self) -> Iterator[None]:
        """The probe context for something else than ``listen``."""
        with self._lock:
            self._heard = (frozenset(), ())
            self._dress_probe()
            yield

    def _dress_probe(self) -> None:
        if self._probe_bare:
            self._equip(self._probe, self._repair)
            self._probe_bare = False

    def openings(self, prompts: list[tuple[int, ...]], layers: Iterable[int]) -> dict[int, np.ndarray]:
        """Layer to the normed MLP inputs ``[n, d]`` where the replies to these prompts (token ids) would begin, without any repair.

        What the talk context holds stays as it is, whatever is attached.
        """
        return self._bare_inputs([Sequence(tokens, (len(tokens) - 1,)) for tokens in prompts], layers).inputs

    def along(self, answers: Seq[tuple[tuple[int, ...], str]], layers: Iterable[int]) -> list[dict[int, np.ndarray]]:
        """For each prompt (token ids) and its answer: layer to the normed MLP inputs ``[n, d]`` where each token of the answer is about to be said, without any repair."""
        sequences, counts = [], []
        for head, answer in answers:
            tail = self.reply_tokens(answer, end=False)[: max(1, self._probe.n_ctx - len(head))]
            counts.append(max(len(tail), 1))
            sequences.append(Sequence(head + tail[:-1], tuple(range(len(head) - 1, len(head) + counts[-1] - 1))))
        found = self._bare_inputs(sequences, layers).inputs
        parts = {layer: np.split(rows, np.cumsum(counts)[:-1]) for layer, rows in found.items()}
        return [{layer: parts[layer][number] for layer in parts} for number in range(len(answers))]

    def _bare_inputs(self, sequences: list[Sequence], layers: Iterable[int]) -> Activations:
        with self._probing():
            try:
                if self._repair is not None:
                    self._probe_bare = True  # before it is: whoever comes next puts it right, even after a second Ctrl-C
                    self._equip(self._probe, None)
                return batching.run(self._probe, sequences, (INPUTS,), layers)
            finally:
                self._dress_probe()

    def listen(self, prompt: tuple[int, ...], layers: Iterable[int]) -> dict[int, np.ndarray]:
        """As ``openings`` of one prompt. Of a conversation only what is new since the last call is read, while no repair is attached."""
        wanted = frozenset(layers)
        with self._lock:
            if self._repair is not None or len(prompt) > self._probe.n_ctx:
                return self.openings([prompt], wanted)
            before, heard = self._heard
            shared = min(batching.shared_length(prompt, heard), len(prompt) - 1) if before == wanted else 0
            self._heard = (frozenset(), ())
            if shared:
                self._probe.drop_tail(shared)
            else:
                self._probe.clear()
            for start in range(shared, len(prompt), self._probe.n_batch):
                part = prompt[start : start + self._probe.n_batch]
                ends = start + len(part) == len(prompt)
                rows = [(token, start + i, (0,), ends and i == len(part) - 1) for i, token in enumerate(part)]
                found = self._probe.decode(rows, Wanted((INPUTS,), wanted, stop=True))
            self._heard = (wanted, tuple(prompt))
            return found[INPUTS]

    def log_likelihoods(self, pairs: Seq[tuple[Prompt, str]]) -> list[float]:
        """For each (prompt, reply): the reply's log-probability in nats, summed over its tokens and the turn's end."""
        return [float(found.sum()) for found in self._token_log_likelihoods(pairs, end=True)]

    def mean_log_likelihoods(self, pairs: Seq[tuple[Prompt, str]], most_tokens: int) -> list[float]:
        """The same per token, over the first ``most_tokens`` tokens of each reply and without the turn's end."""
        return [float(found.mean()) for found in self._token_log_likelihoods(pairs, end=False, most_tokens=most_tokens)]

    def _token_log_likelihoods(self, pairs, end: bool, most_tokens: int | None = None) -> list[np.ndarray]:
        if not pairs:
            return []
        sequences, replies = [], []
        for prompt, reply in pairs:
            head, tail = self.tokens(prompt), self.reply_tokens(reply, end=end)[:most_tokens]
            replies.append(tail)
            sequences.append(Sequence(head + tail[:-1], tuple(range(len(head) - 1, len(head) + len(tail) - 1))))
        found = self.capture(sequences, (), (), lambda i, k, row: batching.log_softmax(row)[replies[i][k]])
        return np.split(found.logits, np.cumsum(found.counts)[:-1])

    def text_log_probabilities(self, text: str) -> np.ndarray:
        """Log-probabilities of the next token at every position of plain text, float64 ``[n, vocabulary]``."""
        tokens = tuple(self.vocabulary.encode(text, add_special=True, parse_special=False))[: self._probe.n_ctx]
        return batching.log_softmax(self.capture([Sequence(tokens, tuple(range(len(tokens))))], (), (), want_logits=True).logits)


def _refuse_what_cannot_be_repaired(base: BaseIdentity, path: Path) -> None:
    """Raise ModelError for models on which an edit is not defined; nothing has been loaded yet."""
    if base.expert_count:
        raise ModelError(f"{path.name} is a mixture of experts ({base.expert_count} experts), which cannot be repaired yet; use a dense model")
    if not base.chat_template:
        raise ModelError(f"{path.name} has no chat template (a base model), so there is no chat to repair; use its instruct version")
    if base.architecture not in DENSE_ARCHITECTURES:
        raise ModelError(f"{path.name} is a {base.architecture} model; the architectures that can be repaired are {', '.join(DENSE_ARCHITECTURES)}")
