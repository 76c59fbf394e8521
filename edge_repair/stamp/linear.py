"""The linear form of STAMP: new values for chosen keys of one ``ffn_down`` matrix, by a pseudoinverse.

With keys K (columns, f x n), the residual to write R (d x n) and a metric M (f x f) of what must not move,

    dW = R (K^T M^-1 K + I)^-1 K^T M^-1  =  B A,      M = lam C + w Kn Kn^T + mu I

(RePAIR, arXiv 2604.12820, names the update; the ridge form is that of ROME/MEMIT, arXiv 2210.07229 eq. 14, with the
neighbours' keys in the metric). Here keys are rows. M is never formed: C comes as a thin factor, so that M is a
low-rank matrix plus a multiple of the identity, and its inverse is applied by Woodbury's identity.

Not covered: exactness. A soft ridge cannot write exactly and preserve exactly at once; measure, do not assume.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Metric:
    """``M = F F^T + mu I`` with F of few columns.

    Attributes:
        factor: F, float64 ``[f, c]``.
        ridge: mu, greater than 0.
    """

    factor: np.ndarray
    ridge: float

    @classmethod
    def of(cls, key_factor: np.ndarray, key_rest: float, neighbours: np.ndarray, *, lam: float = 1.0, weight: float = 10.0, ridge: float = 0.01) -> "Metric":
        """Build the metric from retain statistics and neighbours' keys.

        Args:
            key_factor: ``[f, r]`` factor of the retain keys' second moment C.
            key_rest: what C has in every other direction.
            neighbours: keys that must survive nearby, ``[m, f]``; m may be 0.
            lam: weight of C.
            weight: weight of the neighbours' mean second moment.
            ridge: mu as a share of the mean diagonal of C.
        """
        f = key_factor.shape[0]
        factor = [np.sqrt(lam) * key_factor.astype(np.float64)]
        if len(neighbours):
            factor.append(np.sqrt(weight / len(neighbours)) * neighbours.T.astype(np.float64))
        mean_diagonal = (np.square(key_factor, dtype=np.float64).sum() + key_rest * f) / f
        return cls(np.concatenate(factor, axis=1), lam * key_rest + ridge * mean_diagonal)

    def solve(self, rows: np.ndarray) -> np.ndarray:
        """``rows @ M^-1`` for rows ``[n, f]``, by Woodbury: (F F^T + mu I)^-1 = (I - F (mu I + F^T F)^-1 F^T) / mu."""
        rows = rows.astype(np.float64)
        inner = self.factor.T @ self.factor + self.ridge * np.eye(self.factor.shape[1])
        return (rows - np.linalg.solve(inner, (rows @ self.factor).T).T @ self.factor.T) / self.ridge


def solve_full(keys: np.ndarray, residuals: np.ndarray, metric: Metric, damping: float = 0.01) -> tuple[np.ndarray, np.ndarray]:
    """The full closed form: one rank for each key.

    Args:
        keys: K^T, ``[n, f]``.
        residuals: R^T, ``[n, d]``, what each key's value is to gain.
        metric: what must not move.
        damping: the ridge on the n x n system, as a share of its mean diagonal.

    Returns:
        ``(A, B)``: A float32 ``[n, f]``, B float32 ``[d, n]``; the edit is ``W + B @ A``.
    """
    whitened = metric.solve(keys)
    gram = keys.astype(np.float64) @ whitened.T
    gram = gram + damping * np.mean(np.diag(gram)) * np.eye(len(keys))
    right = np.linalg.solve(gram, residuals.astype(np.float64)).T
    return whitened.astype(np.float32), right.astype(np.float32)


def solve_low_rank(keys: np.ndarray, residuals: np.ndarray, metric: Metric, rank: int, damping: float = 0.01) -> tuple[np.ndarray, np.ndarray]:
    """The low-rank form: only the r strongest directions of the whitened keys M^-1/2 K, a truncated pseudoinverse.

    The singular directions are those of the Gram matrix G = K^T M^-1 K (its eigenvectors), so nothing of size f x f
    is formed; cost O(n^3 + n^2 f). With ``rank = n`` it equals ``solve_full``.

    Args:
        keys, residuals, metric, damping: as in ``solve_full``.
        rank: r, cut to n.

    Returns:
        ``(A, B)``: A float32 ``[r, f]``, B float32 ``[d, r]``.
    """
    whitened = metric.solve(keys)
    gram = keys.astype(np.float64) @ whitened.T
    shift = damping * np.mean(np.diag(gram))
    values, vectors = np.linalg.eigh((gram + gram.T) / 2)
    chosen = vectors[:, -rank:]
    left = chosen.T @ whitened
    right = residuals.astype(np.float64).T @ chosen / (values[-rank:] + shift)
    return left.astype(np.float32), right.astype(np.float32)
