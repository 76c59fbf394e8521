"""The linear form: identities of the pseudoinverse."""

import numpy as np
import pytest

from edge_repair.stamp import Metric, solve_full, solve_low_rank

F, D, N = 60, 24, 7


@pytest.fixture
def numbers():
    random = np.random.default_rng(3)
    return random.standard_normal((F, 15)), random.standard_normal((5, F)), random.standard_normal((N, F)), random.standard_normal((N, D))


def test_woodbury_is_the_dense_inverse(numbers):
    factor, neighbours, keys, _ = numbers
    metric = Metric.of(factor, 0.2, neighbours, lam=2.0, weight=10.0, ridge=0.05)
    dense = metric.factor @ metric.factor.T + metric.ridge * np.eye(F)
    np.testing.assert_allclose(metric.solve(keys), keys @ np.linalg.inv(dense), rtol=1e-9, atol=1e-12)


def test_low_rank_at_full_rank_is_the_full_form(numbers):
    factor, neighbours, keys, residuals = numbers
    metric = Metric.of(factor, 0.2, neighbours)
    full_a, full_b = solve_full(keys, residuals, metric)
    low_a, low_b = solve_low_rank(keys, residuals, metric, N)
    np.testing.assert_allclose(low_b @ low_a, full_b @ full_a, rtol=1e-3, atol=1e-5)


def test_each_rank_more_writes_the_residuals_better(numbers):
    factor, neighbours, keys, residuals = numbers
    metric = Metric.of(factor, 0.2, neighbours)

    def miss(rank):
        a, b = solve_low_rank(keys, residuals, metric, rank, damping=1e-6)
        return np.linalg.norm(keys @ (b @ a).T - residuals)

    misses = [miss(rank) for rank in range(1, N + 1)]
    assert misses == sorted(misses, reverse=True)
    assert misses[-1] < 1e-3 * np.linalg.norm(residuals)


def test_a_heavier_neighbour_moves_less(numbers):
    factor, neighbours, keys, residuals = numbers

    def moved(weight):
        a, b = solve_full(keys, residuals, Metric.of(factor, 0.2, neighbours, weight=weight))
        return np.linalg.norm(neighbours @ (b @ a).T)

    assert moved(1000.0) < moved(10.0) < moved(0.1)


def test_zero_residuals_change_nothing(numbers):
    factor, neighbours, keys, _ = numbers
    _, b = solve_full(keys, np.zeros((N, D)), Metric.of(factor, 0.2, neighbours))
    assert not b.any()
