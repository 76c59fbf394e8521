"""One seed gives one model file, byte for byte: the shipped weights can be made again."""

import pytest

for library in ("torch", "sklearn", "onnx"):
    pytest.importorskip(library)


def test_a_seed_gives_one_file(tmp_path):
    from tools.watchdog.fit import train

    first, second, other = (tmp_path / f"{name}.onnx" for name in ("first", "second", "other"))
    for path, seed in ((first, 1), (second, 1), (other, 2)):
        train(path, data=None, count=150, rounds=1, seed=seed)
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes() != other.read_bytes()
