"""Checks a Procedure that comes from outside, field by field, and says which one is wrong.

A procedure file may have been edited by hand or come from somebody else, so nothing in it is trusted: every field has
a type, a set of values or a range, and a size. The form is documented in ``docs/procedure.md``.
"""

from dataclasses import fields
from typing import Any

from edge_repair.errors import UsageError
from edge_repair.surgeon.procedure import KINDS, SCOPES, SOURCES, VERSION, Limits, Procedure, Question, Recipe

LONGEST_NAME = 500
LONGEST_STATEMENT = 1000
LONGEST_QUESTION = 2000
LONGEST_ANSWER = 8000
MOST_VALUES = 32
MOST_QUESTIONS = 256
MOST_LAYERS = 256
FORMS = ("auto", "gate", "linear")


def procedure_from_json(data: Any) -> Procedure:
    """Build a Procedure from JSON data (``dict``, ``list``, ``str``, numbers, ``bool``, ``None``).

    Every field but ``version``, ``kind``, ``subject`` and ``probes`` may be left out. Lists stand for tuples.

    Raises:
        UsageError: a field is missing, unknown, of the wrong type, out of range or too long; the message names it.
    """
    _object(data, "procedure", {field.name for field in fields(Procedure)}, ("version", "kind", "subject", "probes"))
    version = data["version"]
    if isinstance(version, bool) or not isinstance(version, int):
        raise _wrong("version", "must be a whole number")
    if version != VERSION:
        raise _wrong("version", f"is {_shown(version)}, and this program reads version {VERSION}")
    given: dict[str, Any] = {
        "version": VERSION,
        "kind": _choice(data["kind"], "kind", KINDS),
        "subject": _text(data["subject"], "subject", LONGEST_NAME, needed=True),
        "scope": _choice(data.get("scope", "subject"), "scope", SCOPES),
        "aspect": _text(data.get("aspect", ""), "aspect", LONGEST_NAME),
        "wrong": _text(data.get("wrong", ""), "wrong", LONGEST_STATEMENT),
        "right": _text(data.get("right", ""), "right", LONGEST_STATEMENT),
        "probes": _questions(data["probes"], "probes"),
        "paraphrases": _questions(data.get("paraphrases", []), "paraphrases"),
        "neighbours": _questions(data.get("neighbours", []), "neighbours"),
        "further": tuple(
            _text(text, f"further[{i}]", LONGEST_QUESTION, needed=True) for i, text in enumerate(_list(data.get("further", []), "further", MOST_QUESTIONS))
        ),
        "recipe": _recipe(data.get("recipe", {})),
        "limits": _limits(data.get("limits", {})),
    }
    if not given["probes"]:
        raise _wrong("probes", "must hold at least one question")
    for field, other in (("right", "wrong"), ("wrong", "right")):
        if given[field] and given["kind"] != "misinformation":
            raise _wrong(field, "belongs to kind misinformation only")
        if not given[field].strip() and (given[other] or given["kind"] == "misinformation"):
            raise _wrong(field, "is needed: a correction has a wrong and a right statement")
    return Procedure(**given)


def _wrong(path: str, what: str) -> UsageError:
    return UsageError(f"procedure: field '{path}' {what}; see docs/procedure.md")


def _shown(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _object(data: Any, path: str, known: set[str], needed: tuple[str, ...] = ()) -> None:
    if not isinstance(data, dict):
        raise _wrong(path, "must be a JSON object")
    for key in data:
        if not isinstance(key, str) or key not in known:
            raise _wrong(_shown(key) if path == "procedure" else f"{path}.{_shown(key)}", "is unknown")
    for key in needed:
        if key not in data:
            raise _wrong(key if path == "procedure" else f"{path}.{key}", "is missing")


def _text(value: Any, path: str, longest: int, needed: bool = False) -> str:
    if not isinstance(value, str):
        raise _wrong(path, "must be a text")
    if len(value) > longest:
        raise _wrong(path, f"is longer than {longest} characters")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise _wrong(path, "holds half a surrogate pair") from None
    if any(ord(c) < 32 and c not in "\n\t" for c in value):
        raise _wrong(path, "holds a control character")
    if needed and not value.strip():
        raise _wrong(path, "is empty")
    return value


def _choice(value: Any, path: str, choices: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise _wrong(path, f"must be one of {', '.join(choices)}")
    return value


def _list(value: Any, path: str, longest: int) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise _wrong(path, "must be a list")
    if len(value) > longest:
        raise _wrong(path, f"holds more than {longest} entries")
    return list(value)


def _number(value: Any, path: str, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _wrong(path, "must be a number")
    if not least <= value <= most:  # NaN is in no range
        raise _wrong(path, f"must be between {least:g} and {most:g}")
    return float(value)


def _whole(value: Any, path: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _wrong(path, f"must be a whole number between {least} and {most}")
    return value


def _questions(value: Any, path: str) -> tuple[Question, ...]:
    questions = []
    for index, entry in enumerate(_list(value, path, MOST_QUESTIONS)):
        here = f"{path}[{index}]"
        _object(entry, here, {field.name for field in fields(Question)}, ("text",))
        values = _list(entry.get("values", []), f"{here}.values", MOST_VALUES)
        questions.append(
            Question(
                text=_text(entry["text"], f"{here}.text", LONGEST_QUESTION, needed=True),
                answer=_text(entry.get("answer", ""), f"{here}.answer", LONGEST_ANSWER),
                values=tuple(_text(v, f"{here}.values[{i}]", LONGEST_NAME, needed=True) for i, v in enumerate(values)),
                aspect=_text(entry.get("aspect", ""), f"{here}.aspect", LONGEST_NAME),
            )
        )
    return tuple(questions)


def _recipe(data: Any) -> Recipe:
    _object(data, "recipe", {field.name for field in fields(Recipe)})
    plain = Recipe()
    layers = data.get("layers")
    if layers is not None:
        numbers = [_whole(layer, f"recipe.layers[{i}]", 0, 10_000) for i, layer in enumerate(_list(layers, "recipe.layers", MOST_LAYERS))]
        if not numbers or len(set(numbers)) != len(numbers):
            raise _wrong("recipe.layers", "must hold at least one layer, each once (or be null)")
        layers = tuple(numbers)
    return Recipe(
        form=_choice(data.get("form", plain.form), "recipe.form", FORMS),
        layers=layers,
        positions=None if data.get("positions") is None else _whole(data["positions"], "recipe.positions", 1, 64),
        rank=None if data.get("rank") is None else _whole(data["rank"], "recipe.rank", 1, 256),
        strength=None if data.get("strength") is None else _number(data["strength"], "recipe.strength", 0.01, 10.0),
        source=_choice(data.get("source", plain.source), "recipe.source", SOURCES),
        budget_seconds=_number(data.get("budget_seconds", plain.budget_seconds), "recipe.budget_seconds", 1.0, 3600.0),
    )


def _limits(data: Any) -> Limits:
    _object(data, "limits", {field.name for field in fields(Limits)})
    plain = Limits()
    return Limits(
        leak=_number(data.get("leak", plain.leak), "limits.leak", 0.0, 1.0),
        refused=_number(data.get("refused", plain.refused), "limits.refused", 0.0, 1.0),
        neighbours_kept=_number(data.get("neighbours_kept", plain.neighbours_kept), "limits.neighbours_kept", 0.0, 1.0),
        retain_kept=_number(data.get("retain_kept", plain.retain_kept), "limits.retain_kept", 0.0, 1.0),
        kl=_number(data.get("kl", plain.kl), "limits.kl", 0.0, 100.0),
    )
