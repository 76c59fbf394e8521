"""A Jinja environment for templates from outside: no attribute that leads out of it, no endless work, no endless text.

Jinja's own sandbox keeps a template away from Python's insides, but lets it loop for hours and build a string that fills
the memory. Here the lines that a template runs are counted and timed, and whatever an operation makes is measured, where
one step could make much of little even before it is made.

Not covered: the time of a single operation on what fits the limits (fractions of a second).
"""

import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from types import FrameType
from typing import Any

from jinja2 import TemplateRuntimeError, nodes
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer

MOST_LINES = 500_000  # of template code in one rendering; 1,000 turns take some 30,000
MOST_SECONDS = 5.0
MOST_MADE = 64 << 20  # characters and elements that the operations of one rendering make, all together
MOST_NUMBER = 1 << 4096
_WIDE = re.compile(r"\d{4,}|\*|\{[^{}]*\{")  # in a format: a width that pads, or one that comes from elsewhere
# They pad or repeat by a number, or add without measure; no chat template needs them.
_LEFT_OUT = ("batch", "center", "filesizeformat", "format", "pprint", "slice", "sum", "urlize", "wordwrap", "xmlattr")
_TEXTUAL = ("forceescape", "escape", "e", "indent", "join", "replace", "string", "tojson", "trim", "upper", "lower", "title", "capitalize", "striptags")


class Spent(TemplateRuntimeError):
    """A template takes more than any conversation needs."""


class Sandbox(ImmutableSandboxedEnvironment):
    """See the top of this file. Render inside ``limited``; one rendering at a time."""

    intercepted_binops = frozenset(("+", "-", "*", "**", "%", "//"))

    def __init__(self) -> None:
        super().__init__(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols], finalize=self._measured)
        self._lines = self._made = 0
        self._until = 0.0
        for name in _LEFT_OUT:
            del self.filters[name]
        del self.globals["lipsum"]
        for name, function in list(self.filters.items()):
            self.filters[name] = self._bounded(name, function)
        self.filters["_concatenated"] = self._concatenated
        self.filters["_measured"] = self._measured

    @contextmanager
    def limited(self) -> Iterator[None]:
        """Count and time what is rendered in the block; raises ``Spent`` in it."""
        self._lines, self._made, self._until = MOST_LINES, MOST_MADE, time.thread_time() + MOST_SECONDS
        before = sys.gettrace()
        sys.settrace(self._called)
        try:
            yield
        finally:
            sys.settrace(before)

    # Time: the lines that run

    def _called(self, frame: FrameType, event: str, argument: Any) -> Callable | None:
        self._line(frame, event, argument)
        return self._line if frame.f_code.co_filename == "<template>" else None

    def _line(self, frame: FrameType, event: str, argument: Any) -> Callable:
        self._lines -= 1
        if self._lines < 0 or (self._lines % 16 == 0 and time.thread_time() > self._until):
            raise Spent("it runs for too long")
        return self._line

    # Memory: what operations make

    def _spend(self, count: int) -> None:
        self._made -= count
        if self._made < 0:
            raise Spent("it makes too much text")

    def _measured(self, value: Any) -> Any:
        """Spend the size of a value, parts that occur twice counted twice: what its text, at least, would take."""
        if isinstance(value, (str, bytes)):
            self._spend(len(value))
        elif isinstance(value, int):
            if not -MOST_NUMBER < value < MOST_NUMBER:
                raise Spent("it counts too far")
        elif isinstance(value, dict):
            self._spend(1)
            for key, item in value.items():
                self._measured(key)
                self._measured(item)
        elif isinstance(value, (list, tuple, set, frozenset)):
            self._spend(1)
            for item in value:
                self._measured(item)
        elif isinstance(value, Namespace):
            self._measured(object.__getattribute__(value, "_Namespace__attrs"))
        return value

    def concat(self, pieces: Iterable[str]) -> str:
        """The text of a macro, of a block, of the whole."""
        return "".join(self._measured(piece) for piece in pieces)

    def _concatenated(self, parts: tuple) -> str:
        return "".join(str(self._measured(part)) for part in parts)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """An operation between two values; those that make much of little are measured first."""
        if operator == "*" and (hasattr(left, "__len__") or hasattr(right, "__len__")):
            times = left if isinstance(left, int) else right
            self._spend(max(0, times) * len(left if hasattr(left, "__len__") else right) if isinstance(times, int) else 0)
        elif operator == "**" and isinstance(left, int) and isinstance(right, int) and left.bit_length() * max(0, right) > 4096:
            raise Spent("it counts too far")
        elif operator == "%" and isinstance(left, (str, bytes)):
            self._format(left)
        return self._measured(super().call_binop(context, operator, self._measured(left), self._measured(right)))

    def _format(self, text: Any) -> None:
        if not isinstance(text, str) or _WIDE.search(text):
            raise Spent("it pads too far")

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """``str.format`` of a text, which is looked at before it is used."""
        if isinstance(getattr(value, "__self__", None), str) and getattr(value, "__name__", "") in ("format", "format_map"):
            self._format(value.__self__)
        return super().wrap_str_format(value)

    def call(self, context: Any, function: Any, *arguments: Any, **named: Any) -> Any:
        """A call of anything, a method of a string for instance."""
        owner, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
        if isinstance(owner, (str, bytes)):
            self._method(owner, name, arguments, named)
        return self._measured(super().call(context, function, *arguments, **named))

    def _method(self, text: Any, name: str, arguments: tuple, named: dict) -> None:
        if name == "translate":
            raise Spent("it uses str.translate")
        elif name in ("center", "ljust", "rjust", "zfill"):
            self._spend(max([0, *(width for width in (*arguments, *named.values()) if isinstance(width, int))]))
        elif name == "expandtabs":
            self._spend(len(text) * max([8, *(width for width in (*arguments, *named.values()) if isinstance(width, int))]))
        elif name == "replace" and len(arguments) > 1:
            self._replace(text, arguments[0], arguments[1])
        elif name == "join" and arguments:
            self._joined(text, arguments[0])

    def _replace(self, text: Any, old: Any, new: Any) -> None:
        if all(isinstance(part, type(text)) for part in (old, new)):
            self._spend(text.count(old) * len(new))

    def _joined(self, separator: Any, parts: Any) -> None:
        if hasattr(parts, "__len__"):
            self._measured(parts)
            self._spend(len(parts) * len(separator))
        elif not isinstance(parts, str):
            raise Spent("it joins what has no length")

    def _bounded(self, name: str, function: Callable) -> Callable:
        """A filter, measured. What needs the environment comes first in its arguments; then comes the value."""
        first = 1 if getattr(function, "jinja_pass_arg", None) else 0

        @wraps(function)
        def measured(*arguments: Any, **named: Any) -> Any:
            value, *rest = arguments[first:] if len(arguments) > first else (None,)
            if name in _TEXTUAL:
                if name == "join" and not hasattr(value, "__len__"):
                    value = list(value)
                    arguments = (*arguments[:first], value, *rest)
                self._measured(value)
                for extra in (*rest, *named.values()):
                    if isinstance(extra, int) and not -100 < extra < 100:
                        raise Spent("it pads too far")
                    self._measured(extra)
                texts = [extra for extra in (*rest, *named.values()) if isinstance(extra, str)]
                if name == "replace" and len(texts) > 1:
                    self._replace(str(value), texts[0], texts[1])
                elif name == "join" and texts:
                    self._spend(len(value) * len(texts[0]))
                elif name in ("indent", "tojson"):
                    self._spend(100 * str(value).count("\n") * max([1, *map(len, texts)]) if name == "indent" else 0)
            return self._measured(function(*arguments, **named))

        return measured

    # What the language does by itself, without a call that could be measured

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = _Marked().visit(super()._parse(source, name, filename))
        return tree.set_environment(self)


class _Marked(NodeTransformer):
    """Lets lists, dictionaries and ``~`` go through filters that measure them."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        return _filtered(nodes.Tuple(node.nodes, "load", lineno=node.lineno), "_concatenated")

    def _literal(self, node: nodes.Node) -> nodes.Node:
        self.generic_visit(node)
        return node if getattr(node, "ctx", "load") != "load" else _filtered(node, "_measured")

    visit_List = visit_Tuple = visit_Dict = _literal


def _filtered(node: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)
