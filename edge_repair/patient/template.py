"""Renders a conversation with the chat template exactly as the model file has it."""

from datetime import datetime
from typing import Any, Sequence

from jinja2 import TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from edge_repair.errors import ModelError

Message = dict[str, str]  # {"role": "system" | "user" | "assistant", "content": text}


def _raise(message: str) -> None:
    raise TemplateError(message)


class ChatTemplate:
    """A Jinja chat template out of a GGUF, run in a sandbox because the file comes from outside.

    Args:
        source: the text of ``tokenizer.chat_template``.
        bos, eos: the texts of the begin and end tokens that templates may insert.

    Raises:
        ModelError: the template cannot be parsed.
    """

    def __init__(self, source: str, bos: str, eos: str):
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
        environment.globals["raise_exception"] = _raise
        environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
        self._constants: dict[str, Any] = {"bos_token": bos, "eos_token": eos, "tools": None, "enable_thinking": False}
        try:
            self._template = environment.from_string(source)
        except TemplateError as error:
            raise ModelError(f"the chat template in the model file cannot be read ({error}); use another GGUF of this model") from error

    def render(self, messages: Sequence[Message]) -> str:
        """Return the prompt text up to where the assistant begins to speak.

        Raises:
            ModelError: the template refuses these messages (some refuse a system turn).
        """
        try:
            return self._template.render(messages=list(messages), add_generation_prompt=True, **self._constants)
        except Exception as error:  # a template is a program from outside: whatever it raises is the file's fault
            raise ModelError(f"the chat template in the model file does not accept this conversation ({error})") from error
