"""Which of the active repairs a conversation calls; the patient then carries these and no others.

The second way of carrying repairs, beside all of them at once. Once a repair was called in a
conversation it stays on to that conversation's end, so that "are you sure?" is asked of the repaired patient too.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from edge_repair.ledger import Ledger
from edge_repair.patient import Patient
from edge_repair.patient.patient import Prompt
from edge_repair.stamp import Imprint, Route, Statistics, bar_of, route_of

REMEMBERED = 512  # beginnings of conversations whose repairs are known
ADAPTERS = 16  # combinations of repairs that stay solved
LONG = 256  # tokens; beginnings that are longer are read one by one
UNKNOWN = "unknown"  # a version that no ledger has

Called = frozenset[str]


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

    def __init__(self, patient: Patient, ledger: Ledger, statistics: Callable[[], Statistics], solved: Callable[[Mapping[str, Imprint]], bytes]):
        self._patient, self._ledger, self._statistics, self._solved = patient, ledger, statistics, solved
        self.version: str | None = None  # of the ledger, that the routes are of
        self._routes: dict[str, Route] = {}
        self._bar = bar_of({})
        self._tried: tuple[bytes, Route] | None = None
        self._asked: dict[str, bool] = {}  # whether a prompt calls it
        self._related: dict[str, Imprint] | None = None  # the repairs that its probes call
        self._known: OrderedDict[tuple[int, ...], Called] = OrderedDict()
        self._adapters: OrderedDict[Called, bytes] = OrderedDict()

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
        for called in [called for called in self._adapters if not called <= set(active)]:
            del self._adapters[called]
        self.version = version

    def _route(self, name: str) -> Route:
        """A route takes up to a second to solve, so the ledger keeps it beside the imprint."""
        make = lambda data: route_of(Imprint.from_bytes(data), self._statistics()).to_bytes()  # noqa: E731
        try:
            route = Route.from_bytes(self._ledger.route(name, make))
            if route.layer < self._patient.base.n_layers and len(route.center) == self._patient.base.width:
                return route
        except ValueError:  # of another version
            pass
        return Route.from_bytes(self._ledger.renewed_route(name, make))

    def _imprint(self, name: str) -> Imprint:
        return Imprint.from_bytes(self._ledger.imprint(name))

    def called(self, conversations: Sequence[Prompt]) -> list[Called]:
        """For each conversation the ids of the repairs that one of its turns calls."""
        if not self._routes:
            return [frozenset()] * len(conversations)
        beginnings = [self._beginnings(conversation) for conversation in conversations]
        found = self._looked_up(dict.fromkeys(tokens for turns in beginnings for tokens in turns))
        return [frozenset().union(*(found[tokens] for tokens in turns)) for turns in beginnings]

    def _beginnings(self, conversation: Prompt) -> list[tuple[int, ...]]:
        """Token ids up to where the assistant speaks, for each turn of the user."""
        if isinstance(conversation, str):
            return [self._patient.tokens(conversation)]
        ends = [number for number, message in enumerate(conversation, 1) if message["role"] == "user"]
        return [self._patient.tokens(conversation[:end]) for end in ends]

    def _looked_up(self, beginnings: Mapping[tuple[int, ...], None]) -> dict[tuple[int, ...], Called]:
        found = {tokens: self._known[tokens] for tokens in beginnings if tokens in self._known}
        fresh = [tokens for tokens in beginnings if tokens not in found]
        if fresh:
            inputs = self._inputs(fresh)
            calls = {name: self.calls(route, inputs) for name, route in self._routes.items()}
            for number, tokens in enumerate(fresh):
                found[tokens] = self._known[tokens] = frozenset(name for name, which in calls.items() if which[number])
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

    def route_for(self, imprint: Imprint) -> Route:
        """The route of a repair that is only tried; its strength, and the columns that it writes, do not matter."""
        layer = imprint.layer
        rows = (imprint.opening.inputs[layer], imprint.held_out[layer], imprint.near[layer], imprint.speech[layer])
        key = hashlib.sha256(repr((layer, imprint.site is not None)).encode() + b"".join(part.tobytes() for part in rows)).digest()
        if self._tried is None or self._tried[0] != key:
            self._tried, self._asked, self._related = (key, route_of(imprint, self._statistics())), {}, None
        return self._tried[1]

    def calls_trial(self, imprint: Imprint, prompts: Sequence[str], captured: Mapping[str, np.ndarray]) -> np.ndarray:
        """Which of the prompts call a repair that is only tried, boolean ``[n]``; each is read once for all its strengths.

        ``captured``: prompts whose inputs ``[d]`` at the imprint's layer, where a reply would begin, are known.
        """
        route = self.route_for(imprint)
        fresh = [prompt for prompt in dict.fromkeys(prompts) if prompt not in self._asked]
        known = [prompt for prompt in fresh if prompt in captured]
        unread = [prompt for prompt in fresh if prompt not in captured]
        if known:
            self._asked.update(zip(known, self.calls(route, {route.layer: np.stack([captured[prompt] for prompt in known])})))
        if unread:
            tokens = [self._patient.tokens(prompt) for prompt in unread]
            self._asked.update(zip(unread, self.calls(route, self._patient.openings(tokens, [route.layer]))))
        return np.array([self._asked[prompt] for prompt in prompts], bool)

    def related(self, imprint: Imprint) -> dict[str, Imprint]:
        """The active repairs that a new one's probes call: they will be attached together with it."""
        if not self._routes:
            return {}
        self.route_for(imprint)
        if self._related is None:
            probes = imprint.opening.inputs
            self._related = {name: self._imprint(name) for name, route in self._routes.items() if route.layer in probes and route.calls(probes[route.layer], self._bar).any()}
        return self._related

    def adapter(self, called: Called) -> bytes:
        """The adapter file of these repairs, solved together and apart from all others."""
        if called not in self._adapters:
            self._adapters[called] = self._solved({name: self._imprint(name) for name in called})
        self._adapters.move_to_end(called)
        while len(self._adapters) > ADAPTERS:
            self._adapters.popitem(last=False)
        return self._adapters[called]
