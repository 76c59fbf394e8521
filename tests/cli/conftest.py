"""Runs commands in this process, with a fake session where one is asked for."""

import io
import json
import sys
from dataclasses import dataclass

import pytest
from fake_session import FakeSession

from edge_repair import cli
from edge_repair.cli.options import Settings


@dataclass
class Ran:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """The one JSON object on stdout."""
        return json.loads(self.out)


@pytest.fixture
def command(monkeypatch, capsys):
    """Run a command line; ``typed`` is what is piped in."""

    def run(*arguments: str, typed: str = "") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        code = cli.run(list(arguments))
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


@pytest.fixture
def session(monkeypatch):
    """A fake session that every command opens."""
    fake = FakeSession()

    def open_session(settings, progress, **options):
        progress("open", 0, 1)
        fake.settings, fake.options = settings, options
        return fake

    monkeypatch.setattr(Settings, "open_session", open_session)
    return fake
