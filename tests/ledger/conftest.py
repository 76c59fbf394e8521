"""A small base and a store for it."""

import pytest
from gguf_files import tiny_model
from ledger_home import Home

from edge_repair.adapters import BaseIdentity, identify


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory) -> BaseIdentity:
    return identify(tiny_model(tmp_path_factory.mktemp("base") / "tiny.gguf"))


@pytest.fixture(scope="session")
def other_base(tmp_path_factory) -> BaseIdentity:
    return identify(tiny_model(tmp_path_factory.mktemp("base") / "other.gguf", seed=7, name="Another"))


@pytest.fixture
def home(tmp_path, tiny_base) -> Home:
    return Home(tmp_path / "store", tiny_base)
