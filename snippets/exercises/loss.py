"""Checks of the exercises of the chapter `loss`."""

from snippets.data import make_data
from snippets.exercises import which


def three_points(intercept_hat: float, slope_hat: float) -> int:
    """The least-squares line of (0, 1), (1, 3), (2, 4)."""
    hint = which(slope_hat, 3 / 2, 7 / 6, 11 / 5)
    if hint == 0 and which(intercept_hat, 7 / 6) != 0:
        return 3
    return hint


def absolute_bottom(
    theta_five: tuple[float, float], theta_moved: tuple[float, float]
) -> int:
    """θ of the smallest mean absolute error, with 12 and with 32 as the last y."""
    hint = which(theta_five, (2, 2), (1.2, 2.4), (5, 8))
    if hint == 0:
        return {0: 0, 1: 3}.get(which(theta_moved, (2, 2), (-2.8, 6.4)), -1)
    return hint


def reduction(
    theta_hat_factor: float, gradient_factor: float, learning_rate_factor: float
) -> int:
    """What the sum of the squares is times what their mean is."""
    x, _ = make_data(seed=0)
    n = len(x)
    if which(gradient_factor, n, relative=1e-4) != 0:
        return 3
    if which(theta_hat_factor, 1, relative=1e-4) != 0:
        return 4
    return which(learning_rate_factor, 1 / n, 1, n, relative=1e-4)


def constant(by_squares: float, by_absolute_values: float) -> int:
    """The best constant for 1, 2, 3, 4, 90."""
    hint = which(by_absolute_values, 3, 20, 5 / 2)
    if hint == 0 and which(by_squares, 20) != 0:
        return 3
    return hint


def outlier(moves_ratio: float) -> int:
    """How many times as far 1000 moves the line as 100 does."""
    slopes = 38.905 / 9.976  # of the two lines, not of how far they moved
    return which(moves_ratio, 10, 10**2, slopes, 1)
