"""Checks of the exercises of the chapter `distributions`."""

from snippets.exercises import which


def degrees(expected_sum: float) -> int:
    """The mean of Σ r² for twenty points and σ = 3."""
    return which(expected_sum, 9 * 18, 9 * 20, 3 * 18, 9 * 19)


def parabola(divisor: float) -> int:
    """What a parabola through ten points divides by."""
    return which(divisor, 7, 8, 10, 9)


def coin(coverage: float) -> int:
    """How often an interval contains the slope if the noise is −1 or 1."""
    return which(coverage, 0.95, 0.5, 1.0, 0.9, absolute=0.004, relative=0)


def corner(p_value: float) -> int:
    """How surprising both parameters together are, each of them inside."""
    return which(p_value, 0.0120, 0.988, 0.083, 0.95, relative=0.05)
