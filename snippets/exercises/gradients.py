"""Checks of the exercises of the chapter `gradients`."""

import math
from collections.abc import Callable

from snippets.data import POST_ROWS
from snippets.exercises import first_wrong, which, which_function
from snippets.gradients import Value, backward


def by_hand(in_theta_0: float, in_theta_1: float) -> int:
    """∂ℓ/∂θ₀ and ∂ℓ/∂θ₁ of the post's first row at (0, 0)."""
    x, y = 1.5048, 13.6858
    return first_wrong(
        which(in_theta_0, -2 * y, 2 * y, -y, -2 * y * x),
        which(in_theta_1, -2 * y * x, 2 * y * x, -y * x, -2 * y),
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


def order(of_square: float, of_double_square: float) -> int:
    """The gradients of t·t and of 2t·t at 3 if inputs come before what uses them."""
    answer = (of_square, of_double_square)
    return which(answer, (6, 6), (6, 12), (0, 0), (6, 0))


def kink(true_gradient: float, torch_gradient: float) -> int:
    """The gradient of relu(t) − relu(−t) at 0, and PyTorch's."""
    hint = which(torch_gradient, 0, 1, 2)
    if hint == 0 and which(true_gradient, 1) != 0:
        return 3
    return hint


def descend(intercept: float, slope: float) -> int:
    """θ after 100 steps against the gradient, of 0.1 times it, from (0, 0)."""
    rows = POST_ROWS.tolist()

    def gradient(theta: tuple) -> tuple[float, float]:
        """By equation loss#eq-gradient."""
        residuals = [(x, y - theta[0] - theta[1] * x) for x, y in rows]
        by_theta_0 = sum(-2 * r for _, r in residuals) / len(rows)
        return by_theta_0, sum(-2 * r * x for x, r in residuals) / len(rows)

    def after(steps: int, keep: float) -> tuple[float, float]:
        theta, piled = (0.0, 0.0), (0.0, 0.0)
        for _ in range(steps):
            fresh = gradient(theta)
            piled = tuple(keep * p + g for p, g in zip(piled, fresh, strict=True))
            theta = tuple(t - 0.1 * p for t, p in zip(theta, piled, strict=True))
        return theta

    same_again = tuple(100 * each for each in after(1, keep=0))
    piled_up = after(100, keep=1)
    answer = (intercept, slope)
    return which(answer, after(100, keep=0), (5, 7), same_again, piled_up)
