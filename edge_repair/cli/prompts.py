"""Prompts with provenance: what was typed, and what came from a file or a paste."""

from collections.abc import Iterable
from pathlib import Path

from edge_repair.errors import UsageError
from edge_repair.watchdog.verdict import Prompt, Segment

MAX_FILE_BYTES = 1 << 20


def file_segment(path: Path) -> Segment:
    """The text of a file, as context that can express no intent.

    Raises:
        UsageError: it cannot be read, is larger than 1 MiB, or is not UTF-8 text.
    """
    try:
        with open(path.expanduser(), "rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
        if len(raw) > MAX_FILE_BYTES:
            raise UsageError(f"{path} is larger than {MAX_FILE_BYTES >> 20} MiB; give a shorter text")
        return Segment(raw.decode("utf-8"), "file")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 text; give a text file") from None
    except (OSError, ValueError) as problem:
        raise UsageError(f"{path} cannot be read ({getattr(problem, 'strerror', None) or problem})") from None


def with_files(typed: str, files: Iterable[Path]) -> Prompt:
    """A typed prompt, followed by the texts of files."""
    return Prompt((Segment(typed), *(file_segment(path) for path in files)))


def content(prompt: Prompt) -> str:
    """The whole text that the model gets to read."""
    return "\n".join(segment.text for segment in prompt.segments)
