"""Checks of the exercises of the chapter `gradients`."""

import math
from collections.abc import Callable

from snippets.exercises import which
from snippets.gradients import Value, backward


def by_hand(by_theta_0: float, by_theta_1: float) -> int:
    """∂ℓ/∂θ₀ and ∂ℓ/∂θ₁ of the post's first row at (0, 0)."""
    x, y = 1.5048, 13.6858
    hint = which(by_theta_0, -2 * y, 2 * y, -y, -2 * y * x)
    if hint != 0:
        return hint
    return which(by_theta_1, -2 * y * x, 2 * y * x, -y * x, -2 * y)


def logarithm(log: Callable) -> int:
    """A logarithm for Values, tried on t log t at t = 2."""
    t = Value(2.0)
    backward(log(t) * t)
    log_2 = math.log(2)
    return which(t.grad, log_2 + 1, log_2, log_2 + 2 * log_2, log_2 + 4)


def wide(best_to_worst: list[float]) -> int:
    """1, 1e-5 and 1e-10, the most accurate h first."""
    first, second, _ = best_to_worst
    hint = which(first, 1, 1e-5, 1e-10)
    if hint == 0 and which(second, 1e-5) != 0:
        return 3
    return hint


def kink(true_gradient: float, torch_gradient: float) -> int:
    """The gradient of relu(t) − relu(−t) at 0, and PyTorch's."""
    hint = which(torch_gradient, 0, 1, 2)
    if hint == 0 and which(true_gradient, 1) != 0:
        return 3
    return hint


def complex_step(imaginary_step: Callable) -> int:
    """The derivative from a step along i, tried on t³ at t = 2."""
    h = 0.01
    derivative = imaginary_step(lambda t: t**3, 2.0, h)
    return which(derivative, 12, 12 / 2, 2**3 / h, 0, 12 * h)
