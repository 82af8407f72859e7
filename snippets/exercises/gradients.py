"""Checks of the exercises of the chapter `gradients`."""

import cmath
import math
from collections.abc import Callable
from itertools import permutations

from snippets.exercises import first_wrong, which, which_function
from snippets.gradients import Value, backward


def by_hand(by_theta_0: float, by_theta_1: float) -> int:
    """∂ℓ/∂θ₀ and ∂ℓ/∂θ₁ of the post's first row at (0, 0)."""
    x, y = 1.5048, 13.6858
    return first_wrong(
        which(by_theta_0, -2 * y, 2 * y, -y, -2 * y * x),
        which(by_theta_1, -2 * y * x, 2 * y * x, -y * x, -2 * y),
    )


def logarithm(log: Callable) -> int:
    """A logarithm for Values, tried on t log t."""

    def result(number: float) -> tuple[float, float]:
        t = Value(number)
        product = log(t) * t
        backward(product)
        return product.number, t.grad

    def known(derivative: Callable) -> Callable:
        """What comes out with this in the place of the derivative of the logarithm."""
        return lambda t: (t * math.log(t), math.log(t) + t * derivative(t))

    derivatives = (lambda t: 1 / t, lambda t: 0, math.log, lambda t: t)
    numbers = ((0.5,), (2.0,), (7.0,))
    return which_function(result, numbers, *map(known, derivatives))


def wide(best_to_worst: list[float]) -> int:
    """1, 1e-5 and 1e-10, the most accurate h first."""
    orders = list(permutations((1, 1e-5, 1e-10)))  # sorted by the first
    number = which(best_to_worst, *orders)
    return -1 if number == -1 else (0, 3, 1, 1, 2, 2)[number]


def kink(true_gradient: float, torch_gradient: float) -> int:
    """The gradient of relu(t) − relu(−t) at 0, and PyTorch's."""
    hint = which(torch_gradient, 0, 1, 2)
    if hint == 0 and which(true_gradient, 1) != 0:
        return 3
    return hint


def complex_step(imaginary_step: Callable) -> int:
    """The derivative from a step along i, with an h that leaves differences nothing."""

    def cube(t):
        return t**3

    def wave(t):
        return cmath.exp(t) / (1 + t**2)

    return which_function(
        imaginary_step,
        [(f, t, h) for f, t in ((cube, 2.0), (wave, 1.5)) for h in (0.1, 1e-100)],
        lambda f, t, h: f(t + h * 1j).imag / h,
        lambda f, t, h: f(t + h * 1j).imag / (2 * h),
        lambda f, t, h: f(t + h * 1j).real / h,
        lambda f, t, h: 0,
        lambda f, t, h: f(t + h * 1j).imag,
    )
