"""Negatives that many detectors share: leaving some out of a sum is the same as never having added them."""

import numpy as np
import pytest

from edge_repair.stamp.detector import Background, Crowd, discriminant

D = 24
RANDOM = np.random.default_rng(3)


@pytest.mark.parametrize("rounds", [0, 4, 8])
def test_a_crowd_is_its_rows_among_the_negatives(rounds):
    text = RANDOM.standard_normal((80, D))
    background = Background(text.T @ text / len(text), text.mean(0), 0.1)
    positives, own = (RANDOM.standard_normal((n, D)).astype(np.float32) + shift for n, shift in ((6, 0.7), (9, 0.0)))
    others, weights = RANDOM.standard_normal((200, D)).astype(np.float32) + np.float32(0.3), RANDOM.uniform(0.2, 1, 200)
    dropped = RANDOM.random(200) < 0.2
    crowd = Crowd.of(others, weights).without(dropped)
    u = discriminant(positives, own, background, crowd=crowd, negative_weights=np.ones(9), rounds=rounds)
    all_of_them = np.concatenate([own, others[~dropped]])
    same = discriminant(positives, all_of_them, background, negative_weights=np.concatenate([np.ones(9), weights[~dropped]]), rounds=rounds)
    np.testing.assert_allclose(u, same, atol=1e-5 * abs(same).max())
    without = discriminant(positives, own, background, negative_weights=np.ones(9), rounds=rounds)
    assert abs(u - without).max() > 0.01 * abs(u).max()


def test_scaled_weights_sum_to_what_was_asked():
    crowd = Crowd.of(RANDOM.standard_normal((30, D)), RANDOM.uniform(0.5, 2, 30)).weighing(1.0)
    assert np.isclose(crowd.weights.sum(), 1)
    np.testing.assert_allclose(crowd.moment, (crowd.rows * crowd.weights[:, None]).T.astype(np.float64) @ crowd.rows, atol=1e-5)
    np.testing.assert_allclose(crowd.sum, crowd.weights @ crowd.rows, atol=1e-5)
