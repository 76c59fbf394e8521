"""Imprints of a store that came from elsewhere: refused in one line whatever they are, and never unpacked unseen."""

import io
import random
import tracemalloc
import zipfile

import numpy as np
import pytest
from synthetic_imprints import imprint, statistics

from edge_repair.errors import StoreError
from edge_repair.stamp import Imprint


@pytest.fixture(scope="module")
def good() -> bytes:
    _, start = statistics()
    return imprint(1, start).to_bytes()


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def npy(array: np.ndarray, claimed: tuple | None = None) -> bytes:
    buffer = io.BytesIO()
    header = {"descr": np.lib.format.dtype_to_descr(array.dtype), "fortran_order": False, "shape": claimed or array.shape}
    np.lib.format.write_array_header_1_0(buffer, header)
    return buffer.getvalue() + array.tobytes()


def refused(data: bytes) -> None:
    with pytest.raises(StoreError) as refusal:
        Imprint.from_bytes(data)
    assert "\n" not in str(refusal.value)


def test_good_ones_are_read(good):
    parts = members(good)
    assert Imprint.from_bytes(packed(parts)).to_bytes() == good


def test_bombs_and_lies_are_refused_without_being_unpacked(good):
    parts = members(good)
    bombs = {
        "zeros": npy(np.zeros((1 << 24, 8), np.float16)),  # 256 MiB, a few hundred kilobytes packed
        "claims": npy(np.zeros(8, np.float16), (1 << 40, 1 << 20)),
        "few": npy(np.zeros((4, 32), np.float16), (4, 16)),
        "object": b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\n" + b"x" * 8,
    }
    packages = [packed(parts | {"near.3.npy": data}) for data in bombs.values()] + [packed({**parts, "more.3.npy": bombs["zeros"]})]
    tracemalloc.start()
    for data in packages:
        refused(data)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 32 << 20, f"{most >> 20} MiB were unpacked"


def test_arrays_that_do_not_fit_are_refused(good):
    parts = members(good)
    rows = np.zeros((4, 32), np.float16)
    changes = [("near.3.npy", np.zeros((4, 31), np.float16)), ("near.3.npy", rows[0]), ("near.3.npy", np.full_like(rows, np.nan)), ("layer.npy", np.array(9))]
    changes += [("own.npy", np.array(-1)), ("own.npy", np.array(99)), ("own.npy", np.array([1, 2]))]
    changes += [("format.npy", np.array(7)), ("strength.npy", np.array("x" * 9)), ("opening.npy", np.array([False, False])), ("columns.0.3.npy", np.zeros((2, 2), np.float32))]
    for name, array in changes:
        refused(packed(parts | {name: npy(array)}))
    for name in parts:
        without = {other: data for other, data in parts.items() if other != name}
        if not name.endswith(".4.npy"):  # another layer's, which this one does not need
            refused(packed(without))


def test_damage_of_any_sort_is_refused_or_changes_numbers_only(good):
    chance = random.Random(3)
    survived = 0
    for _ in range(800):
        data = bytearray(good)
        kind, place = chance.randrange(4), chance.randrange(len(good))
        if kind == 0:
            data[place] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del data[place:]
        elif kind == 2:
            data[place : place + 8] = chance.randbytes(8)
        else:
            del data[place : place + chance.randrange(1, 64)]
        try:
            found = Imprint.from_bytes(bytes(data))
        except StoreError:
            continue
        survived += 1  # in fields of the archive that nobody reads
        assert np.isfinite(found.near[found.layer]).all() and found.steps
    assert survived < 200
