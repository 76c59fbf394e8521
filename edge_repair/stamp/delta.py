"""The result of a solve: a LoRA pair for each touched weight matrix."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Delta:
    """A weight change in low-rank form, ``W' = W + B @ A`` for each named tensor.

    Attributes:
        factors: tensor name (``"blk.27.ffn_down.weight"``) to ``(A, B)``; A is float32 ``[r, in]``, B is float32
            ``[out, r]``; r may differ from tensor to tensor.
        diagnostics: plain numbers about the solve (margins, norms, condition), JSON-able.
    """

    factors: dict[str, tuple[np.ndarray, np.ndarray]]
    diagnostics: dict[str, Any] = field(default_factory=dict)

    @property
    def rank(self) -> int:
        """The largest rank of any touched tensor."""
        return max((a.shape[0] for a, _ in self.factors.values()), default=0)

    @property
    def layers(self) -> tuple[int, ...]:
        """The block numbers touched, ascending."""
        return tuple(sorted({int(name.split(".")[1]) for name in self.factors}))
