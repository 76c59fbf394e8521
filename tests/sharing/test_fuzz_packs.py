"""A seeded run of tools/fuzz_packs.py, and its control: with checks taken out, it reports failures."""

import pytest
import tool_loader

from edge_repair.sharing import pack as packs


@pytest.fixture(scope="module")
def fuzz():
    return tool_loader.tool("fuzz_packs")


def test_a_pack_keeps_every_number_of_an_imprint(fuzz, tmp_path):
    """Also those of a place inside answers: what a store would keep of it is the same to the bit."""
    world = fuzz.World(tmp_path)
    found = packs.decode(world.good, world.base, fuzz.SHA256)
    assert [p.imprint.to_bytes() for p in found.repairs] == [imprint.to_bytes() for imprint in world.imprints]
    assert world.imprints[1].site is not None


def test_no_hostile_pack_passes_or_crashes(fuzz):
    told = fuzz.run(600, seed=11)
    assert told["failures"] == []
    results = told["results"]
    assert results["damaged, refused"] >= 140 and results["forged, refused"] > 100 and results["forged, solved"] > 20


@pytest.mark.parametrize("check", ["_require", "_bytes", "checksum"])
def test_with_a_check_taken_out_the_fuzzer_finds_it(fuzz, monkeypatch, check):
    if check == "_require":
        monkeypatch.setattr(packs, "_require", lambda holds: None)
    elif check == "_bytes":

        class Anything(int):
            __radd__ = __add__ = lambda self, other: self
            __ne__ = lambda self, other: False  # noqa: E731

        monkeypatch.setattr(packs, "_bytes", lambda entry, width: Anything())
    else:

        class Same(bytes):
            __ne__ = lambda self, other: False  # noqa: E731

        class Hash:
            def __init__(self, data):
                pass

            def digest(self):
                return Same(32)

        monkeypatch.setattr(packs, "hashlib", type("hashes", (), {"sha256": Hash}))
    assert fuzz.run(600, seed=11)["failures"]
