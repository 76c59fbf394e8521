"""Muon, as ``torch.optim.Muon`` computes it, in a precision that this processor multiplies fast.

torch's own always orthogonalises in bfloat16. Processors without bfloat16 products emulate them some fifty times slower
than float32, so that one step took 25 s instead of 3.
"""

import time

import torch

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the quintic iteration, by Keller Jordan


def fast_precision(device: str, size: int = 256) -> torch.dtype:
    """bfloat16 where a product of two ``size`` x ``size`` matrices takes no longer in it than in float32; else float32."""
    if device == "cuda":
        return torch.bfloat16
    seconds = {}
    for precision in (torch.bfloat16, torch.float32):
        matrix = torch.ones(size, size, dtype=precision)
        matrix @ matrix  # the first call also prepares
        started = time.perf_counter()
        matrix @ matrix
        seconds[precision] = time.perf_counter() - started
    return min(seconds, key=seconds.get)


def orthogonalised(matrix: torch.Tensor, precision: torch.dtype, iterations: int = 5) -> torch.Tensor:
    """A matrix [m, n] with the singular vectors of ``matrix`` and singular values near 1 (0.5 to 1.5), in ``precision``."""
    a, b, c = COEFFICIENTS
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.to(precision)
    x = x.T if tall else x
    x = x / x.norm().clamp(min=1e-7)
    for _ in range(iterations):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if tall else x


class Muon(torch.optim.Optimizer):
    """Momentum (Nesterov), orthogonalised, with a step as large as AdamW's (root mean square of 0.2 of the rate).

    Args:
        parameters: matrices.
        lr: the rate.
        weight_decay: share of the weights, times the rate, that each step takes away.
        precision: of the orthogonalisation.
        momentum: of the mean of gradients.
    """

    def __init__(self, parameters, lr: float, weight_decay: float, precision: torch.dtype, momentum: float = 0.95):
        super().__init__(parameters, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})
        self.precision = precision

    @torch.no_grad()
    def step(self) -> None:
        """One update by the gradients at hand."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                mean = state.setdefault("momentum_buffer", torch.zeros_like(parameter))
                mean.lerp_(parameter.grad, 1 - group["momentum"])
                update = orthogonalised(parameter.grad.lerp(mean, group["momentum"]), self.precision)
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                parameter.add_(update, alpha=-group["lr"] * 0.2 * max(parameter.shape) ** 0.5)
