"""Which of the active repairs a conversation calls; the patient then carries these and no others.

The second way of carrying repairs, beside all of them at once. Once a repair was called in a
conversation it stays on to that conversation's end, so that "are you sure?" is asked of the repaired patient too. Where
the last turn leaves it doubtful whether it asks for what is to go, the answer without the repair is heard first.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from edge_repair.ledger import Ledger
from edge_repair.patient import Patient
from edge_repair.patient.patient import Prompt
from edge_repair.stamp import Imprint, Listener, Route, Statistics, bar_of, route_of
from edge_repair.wording import says_which_side

REMEMBERED = 512  # beginnings of conversations whose repairs are known
ADAPTERS = 16  # combinations of repairs that stay solved
LONG = 256  # tokens; beginnings that are longer are read one by one
# Tokens beyond an empty prompt's up to which an answer that is not heard to say it clears a question that called. Listeners
# know plain questions; behind a page of text they score 0.2 where they score 1 without it, and gates know that page.
PLAIN = 64
MOST_PROBES = 0.5  # share of a new repair's probes that call another one, from which it is tried together with that one
UNKNOWN = "unknown"  # a version that no ledger has

Called = frozenset[str]


class Calls(NamedTuple):
    """What a conversation calls.

    Attributes:
        called: ids of repairs whose gate opens for one of its turns.
        doubted: ids of those, and of others, of which the untouched model's answer decides (``Route.doubts``).
        likely: ids of those of which a hint in that answer is enough (``Route.likely``).
        sure: ids of those that are attached whatever the answer is.
        opened: ids of those that the last turn calls and whose gate is to be opened altogether (``Route.opens``).
        heard: ids of those whose secret the answer is looked through for: the doubted ones, and those that are sure and are
            attached to make something forgotten, since a gate that opens too little can tell after all; of all turns.
        asked: ids of those that are attached to make something forgotten that the last turn surely asks for.
    """

    called: Called
    doubted: Called
    likely: Called
    sure: Called
    opened: Called = frozenset()
    heard: Called = frozenset()
    asked: Called = frozenset()

    def worn(self, told: Called = frozenset()) -> tuple[Called, Called]:
        """The ids to attach, and those of them to open, where answers told the secret of these repairs."""
        return self.sure | told, told | self.opened & self.sure

    def with_those_of(self, beginning: "Calls") -> "Calls":
        """What is heard of, and asked by, a reply whose beginning is given, when that calls these were it a prompt; what is attached stays."""
        return self._replace(heard=self.heard | beginning.heard, likely=self.likely | beginning.likely, asked=self.asked | beginning.asked)


NOTHING = Calls(*[frozenset()] * 7)


class Router:
    """Knows the routes of the active repairs, and what the last conversations called.

    Args:
        patient: asked without any repair.
        ledger: whose active repairs are meant.
        statistics: gives those of the patient.
        solved: makes the adapter file of repairs.

    Attributes:
        version: what ``follow`` was told last.
    """

    def __init__(self, patient: Patient, ledger: Ledger, statistics: Callable[[], Statistics], solved: Callable[[Mapping[str, Imprint], Collection[str]], bytes]):
        self._patient, self._ledger, self._statistics, self._solved = patient, ledger, statistics, solved
        self.version: str | None = None  # of the ledger, that the routes are of
        self._routes: dict[str, Route] = {}
        self._bar = bar_of({})
        self._tried: tuple[bytes, Route] | None = None
        self._asked: dict[str, tuple[bool, ...]] = {}  # whether a prompt calls it, whether it is doubted, and whether it is likely
        self._related: dict[str, Imprint] | None = None  # the repairs that most of its probes call
        self._known: OrderedDict[tuple[int, ...], Calls] = OrderedDict()
        self._adapters: OrderedDict[tuple[Called, Called], bytes] = OrderedDict()

    def follow(self, version: str | None) -> None:
        """Know the repairs that are active now; ``version`` changes whenever they do, None: there is none.

        Raises:
            StoreError: a repair has neither its route nor its imprint any more.
        """
        if version == self.version:
            return
        self.version, self._tried = UNKNOWN, None  # until all of it is of one state
        active = [repair.id for repair in self._ledger.repairs() if repair.status == "committed"] if version else []
        self._routes = {name: self._routes.get(name) or self._route(name) for name in active}
        self._bar = bar_of(self._routes)
        self._known.clear()
        for key in [key for key in self._adapters if not key[0] <= set(active)]:
            del self._adapters[key]
        self.version = version

    @cached_property
    def _plain(self) -> int:
        return len(self._patient.tokens("")) + PLAIN

    def _route(self, name: str) -> Route:
        """A route takes up to a second to solve, so the ledger keeps it beside the imprint."""
        make = lambda data: route_of(Imprint.from_bytes(data), self._statistics()).to_bytes()  # noqa: E731
        try:
            route = Route.from_bytes(self._ledger.route(name, make))
            layers = [route.layer, *([route.listener.layer] if route.listener else ())]
            if max(layers) < self._patient.base.n_layers and len(route.center) == self._patient.base.width:
                return route
        except ValueError:  # of another version
            pass
        return Route.from_bytes(self._ledger.renewed_route(name, make))

    def _imprint(self, name: str) -> Imprint:
        return Imprint.from_bytes(self._ledger.imprint(name))

    def called(self, conversations: Sequence[Prompt]) -> list[Called]:
        """For each conversation the ids of the repairs that one of its turns calls."""
        return [calls.called for calls in self.judged(conversations)]

    def judged(self, conversations: Sequence[Prompt]) -> list[Calls]:
        """For each conversation what its turns call. What an earlier turn called stays on; what is doubtful is said by the last one."""
        if not self._routes:
            return [NOTHING] * len(conversations)
        beginnings = [self._beginnings(conversation) for conversation in conversations]
        found = self._looked_up(dict.fromkeys(tokens for turns in beginnings for tokens in turns))
        return [_joined([found[tokens] for tokens in turns]) for turns in beginnings]

    def _beginnings(self, conversation: Prompt) -> list[tuple[int, ...]]:
        """Token ids up to where the assistant speaks, for each turn of the user."""
        if isinstance(conversation, str):
            return [self._patient.tokens(conversation)]
        ends = [number for number, message in enumerate(conversation, 1) if message["role"] == "user"]
        return [self._patient.tokens(conversation[:end]) for end in ends]

    def _looked_up(self, beginnings: Mapping[tuple[int, ...], None]) -> dict[tuple[int, ...], Calls]:
        found = {tokens: self._known[tokens] for tokens in beginnings if tokens in self._known}
        fresh = [tokens for tokens in beginnings if tokens not in found]
        if fresh:
            inputs = self._inputs(fresh)
            judged = {name: self._judged(route, inputs) for name, route in self._routes.items()}
            for number, tokens in enumerate(fresh):
                called, doubted, likely = (frozenset(name for name, which in judged.items() if which[number, sort]) for sort in range(3))
                doubted = doubted if len(tokens) <= self._plain else doubted - called
                opened = frozenset(name for name in called if self._routes[name].opens)
                asked = frozenset(name for name in called & likely - doubted if not self._routes[name].inside)
                heard = doubted | {name for name in asked if self._routes[name].listener is not None}
                found[tokens] = self._known[tokens] = Calls(called, doubted, likely, called - doubted, opened, heard, asked)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return found

    def _inputs(self, beginnings: Sequence[tuple[int, ...]]) -> dict[int, np.ndarray]:
        """The inputs where these prompts end, by layer, in their order. Long ones are read one by one, as a conversation grows."""
        layers = {route.layer for route in self._routes.values()}
        short = [tokens for tokens in beginnings if len(tokens) <= LONG]
        parts = [self._patient.openings(short, layers)] if len(short) > 1 else []
        alone = sorted((tokens for tokens in beginnings if len(short) < 2 or len(tokens) > LONG), key=len)
        parts += [self._patient.listen(tokens, layers) for tokens in alone]
        place = {tokens: number for number, tokens in enumerate([*(short if len(short) > 1 else ()), *alone])}
        order = [place[tokens] for tokens in beginnings]
        return {layer: np.concatenate([part[layer] for part in parts])[order] for layer in layers}

    def calls(self, route: Route, inputs: Mapping[int, np.ndarray]) -> np.ndarray:
        """Which of the prompts with these inputs by layer (``Patient.openings``) call the repair of a route, boolean ``[n]``."""
        return route.calls(inputs[route.layer], self._bar)

    def _judged(self, route: Route, inputs: Mapping[int, np.ndarray]) -> np.ndarray:
        """Which of the prompts with these inputs call the repair of a route, of which it is doubted, and of which it is likely, boolean ``[n, 3]``."""
        rows = inputs[route.layer]
        return np.stack([self.calls(route, inputs), route.doubts(rows, self._bar), route.likely(rows)], axis=1)

    def told(self, conversations: Sequence[Prompt], answers: Sequence[str], judged: Sequence[Calls]) -> list[Called]:
        """For each of these conversations with their answers the repairs that are heard whose secret the answer says, or hints at where that is likely."""
        listeners = {name: self._routes[name].listener for calls in judged for name in calls.heard if name in self._routes}
        rows = self._along(conversations, answers, listeners.values())
        return [
            frozenset(name for name in calls.heard & listeners.keys() if _says(listeners[name], inputs, answer, name in calls.likely))
            for calls, inputs, answer in zip(judged, rows, answers)
        ]

    def _along(self, conversations: Sequence[Prompt], answers: Sequence[str], listeners: Iterable[Listener]) -> list[dict[int, np.ndarray]]:
        layers = {listener.layer for listener in listeners}
        return self._patient.along([(self._patient.tokens(one), answer) for one, answer in zip(conversations, answers)], layers) if answers else []

    def route_for(self, imprint: Imprint) -> Route:
        """The route of a repair that is only tried; its strength, and the columns that it writes, do not matter."""
        layer = imprint.layer
        rows = (imprint.opening.inputs[layer], imprint.held_out[layer], imprint.near[layer], imprint.speech[layer])
        key = hashlib.sha256(repr((layer, imprint.site is not None)).encode() + b"".join(part.tobytes() for part in rows)).digest()
        if self._tried is None or self._tried[0] != key:
            self._tried, self._asked, self._related = (key, route_of(imprint, self._statistics())), {}, None
        return self._tried[1]

    def calls_trial(self, imprint: Imprint, prompts: Sequence[str], captured: Mapping[str, np.ndarray]) -> np.ndarray:
        """As ``_judged``, of a repair that is only tried, boolean ``[n, 3]``; each prompt is read once for all its strengths.

        ``captured``: prompts whose inputs ``[d]`` at the imprint's layer, where a reply would begin, are known.
        """
        route = self.route_for(imprint)
        fresh = [prompt for prompt in dict.fromkeys(prompts) if prompt not in self._asked]
        known = [prompt for prompt in fresh if prompt in captured]
        unread = [prompt for prompt in fresh if prompt not in captured]
        if known:
            self._judge(known, route, {route.layer: np.stack([captured[prompt] for prompt in known])})
        if unread:
            self._judge(unread, route, self._patient.openings([self._patient.tokens(prompt) for prompt in unread], [route.layer]))
        return np.array([self._asked[prompt] for prompt in prompts], bool).reshape(len(prompts), 3)

    def _judge(self, prompts: Sequence[str], route: Route, inputs: Mapping[int, np.ndarray]) -> None:
        self._asked.update(zip(prompts, map(tuple, self._judged(route, inputs).tolist())))

    def told_trial(self, imprint: Imprint, prompts: Sequence[str], answers: Sequence[str], likely: Sequence[bool]) -> list[bool]:
        """Which of these answers to doubted prompts say what a repair that is only tried is to make forgotten."""
        listener = self.route_for(imprint).listener
        if listener is None or not prompts:
            return [False] * len(prompts)
        return [_says(listener, *found) for found in zip(self._along(prompts, answers, [listener]), answers, likely)]

    def related(self, imprint: Imprint) -> dict[str, Imprint]:
        """The active repairs that most of a new one's probes call: they will be attached together with it."""
        if not self._routes:
            return {}
        self.route_for(imprint)
        if self._related is None:
            probes = imprint.opening.inputs
            self._related = {name: self._imprint(name) for name, route in self._routes.items() if route.layer in probes and route.calls(probes[route.layer], self._bar).mean() > MOST_PROBES}
        return self._related

    def imprints(self, names: Called) -> dict[str, Imprint]:
        """Those of active repairs."""
        return {name: self._imprint(name) for name in names}

    def adapter(self, called: Called, opened: Called = frozenset()) -> bytes:
        """The adapter file of these repairs, solved together and apart from all others; ``opened``: see ``stamp.solve``."""
        key = called, opened & called
        if key not in self._adapters:
            self._adapters[key] = self._solved({name: self._imprint(name) for name in called}, key[1])
        self._adapters.move_to_end(key)
        while len(self._adapters) > ADAPTERS:
            self._adapters.popitem(last=False)
        return self._adapters[key]


def _says(listener: Listener, inputs: Mapping[int, np.ndarray], answer: str, likely: bool) -> bool:
    """Whether an answer says what a listener listens for. Where that is likely asked for, a hint is enough, and so is yes or no: there is no place at which these say it."""
    return listener.score(inputs[listener.layer]) > (listener.hints if likely else listener.says) or (likely and says_which_side(answer))


def _joined(turns: Sequence[Calls]) -> Calls:
    if not turns:
        return NOTHING
    earlier = frozenset().union(*(turn.called for turn in turns[:-1]))
    last = turns[-1]
    before = frozenset().union(*(turn.heard for turn in turns[:-1]))  # "And where does he live?" asks for it by what was said before
    return last._replace(called=earlier | last.called, sure=earlier | last.sure, heard=before | last.heard)
