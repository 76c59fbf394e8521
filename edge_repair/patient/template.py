"""Renders a conversation with the chat template exactly as the model file has it."""

import threading
from datetime import datetime
from typing import Any, Sequence

from jinja2 import TemplateError

from edge_repair.errors import ModelError
from edge_repair.patient.sandbox import Sandbox

Message = dict[str, str]  # {"role": "system" | "user" | "assistant", "content": text}
LONGEST_SOURCE = 1 << 18  # characters; the longest templates of today have 20,000


def _raise(message: str) -> None:
    raise TemplateError(message)


class ChatTemplate:
    """A Jinja chat template out of a GGUF, run in a sandbox with limits because the file comes from outside. Thread-safe.

    Args:
        source: the text of ``tokenizer.chat_template``.
        bos, eos: the texts of the begin and end tokens that templates may insert.

    Raises:
        ModelError: the template cannot be parsed.
    """

    def __init__(self, source: str, bos: str, eos: str):
        self._environment = environment = Sandbox()
        self._lock = threading.Lock()
        environment.globals["raise_exception"] = _raise
        environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form[:100])
        self._constants: dict[str, Any] = {"bos_token": bos, "eos_token": eos, "tools": None, "enable_thinking": False}
        try:
            if len(source) > LONGEST_SOURCE:
                raise TemplateError(f"it has {len(source)} characters")
            with environment.limited():  # constants are computed here
                self._template = environment.from_string(source)
        except Exception as error:  # nested too deeply for Python, for instance
            raise ModelError(f"the chat template in the model file cannot be read ({_why(error)}); use another GGUF of this model") from None

    def render(self, messages: Sequence[Message]) -> str:
        """Return the prompt text up to where the assistant begins to speak.

        Raises:
            ModelError: the template refuses these messages (some refuse a system turn), or takes too much time or memory.
        """
        try:
            with self._lock, self._environment.limited():
                return self._template.render(messages=list(messages), add_generation_prompt=True, **self._constants)
        except Exception as error:  # a template is a program from outside: whatever it raises is the file's fault
            raise ModelError(f"the chat template in the model file does not accept this conversation ({_why(error)})") from error


def _why(error: Exception) -> str:
    """The error in one short line: its text may quote the template."""
    words = " ".join("".join(c if c.isprintable() else " " for c in str(error)[:300]).split())
    return words[:150] or type(error).__name__
