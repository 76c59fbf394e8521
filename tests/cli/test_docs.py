"""The page of all commands says what the commands say."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def words(text: str) -> list[str]:
    """Words only: releases of click break lines differently."""
    return text.split()


@pytest.mark.skipif(not (ROOT / "tools").is_dir(), reason="needs a checkout")
def test_the_page_of_commands_is_not_stale():
    spec = importlib.util.spec_from_file_location("write_cli_docs", ROOT / "tools" / "write_cli_docs.py")
    writer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(writer)
    assert words(writer.PAGE.read_text("utf-8")) == words(writer.page()), "run: python tools/write_cli_docs.py"
