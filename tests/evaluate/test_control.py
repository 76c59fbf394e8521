"""The random edit is as large as the real one, tensor by tensor, and has nothing else of it."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

control = pytest.importorskip("edge_repair.evaluate.control", reason="needs llama.cpp", exc_type=ImportError)


def _factors(seed, shapes):
    draw = np.random.default_rng(seed)
    return {f"blk.{n}.ffn_down.weight": (draw.standard_normal((r, i)).astype(np.float32), draw.standard_normal((o, r)).astype(np.float32)) for n, (r, i, o) in enumerate(shapes)}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.lists(st.tuples(st.integers(1, 5), st.integers(2, 30), st.integers(2, 30)), min_size=1, max_size=3))
def test_same_tensors_shapes_ranks_and_norms(seed, shapes):
    factors = _factors(seed, shapes)
    made = control.random_like(factors, seed)
    assert list(made) == sorted(factors)
    for name, (a, b) in made.items():
        assert (a.shape, b.shape, a.dtype, b.dtype) == (factors[name][0].shape, factors[name][1].shape, np.float32, np.float32)
        real = np.linalg.norm(factors[name][1].astype(float) @ factors[name][0].astype(float))
        assert np.linalg.norm(b.astype(float) @ a.astype(float)) == pytest.approx(real, rel=1e-4)


def test_the_norm_is_that_of_the_product():
    a, b = _factors(1, [(3, 20, 10)])["blk.0.ffn_down.weight"]
    assert control.frobenius(a, b) == pytest.approx(np.linalg.norm(b.astype(float) @ a.astype(float)))


def test_another_seed_gives_another_edit_and_the_same_seed_the_same():
    factors = _factors(2, [(2, 8, 8)])
    one, two, three = (control.random_like(factors, seed)["blk.0.ffn_down.weight"][0] for seed in (1, 1, 2))
    assert np.array_equal(one, two) and not np.array_equal(one, three)


def test_an_edit_of_nothing_stays_nothing():
    zero = {"blk.0.ffn_down.weight": (np.zeros((2, 4), np.float32), np.zeros((4, 2), np.float32))}
    a, b = control.random_like(zero, 0)["blk.0.ffn_down.weight"]
    assert not (b @ a).any()


def test_two_loras_together_change_each_tensor_by_the_sum():
    one, other = _factors(3, [(3, 8, 6), (2, 5, 4)]), _factors(4, [(4, 8, 6)])
    other["blk.9.ffn_up.weight"] = other["blk.0.ffn_down.weight"]
    joined = control.together(one, other)
    assert joined.keys() == one.keys() | other.keys()
    for name, (a, b) in joined.items():
        parts = [factors[name] for factors in (one, other) if name in factors]
        assert np.allclose(b @ a, sum(right @ left for left, right in parts), atol=1e-5)
