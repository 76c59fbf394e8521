"""The page of all commands says what the commands say."""

import pytest
import tool_loader


def words(text: str) -> list[str]:
    """Words only: releases of click break lines differently."""
    return text.split()


@pytest.mark.skipif(not tool_loader.TOOLS.is_dir(), reason="needs a checkout")
def test_the_page_of_commands_is_not_stale():
    writer = tool_loader.tool("write_cli_docs")
    assert words(writer.PAGE.read_text("utf-8")) == words(writer.page()), "run: python tools/write_cli_docs.py"
