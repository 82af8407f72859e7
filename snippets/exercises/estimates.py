"""Checks of the exercises of the chapter `estimates`."""

import functools

from scipy import stats
from torch import Tensor

from snippets.data import make_data
from snippets.estimates import fit
from snippets.exercises import which


@functools.cache
def _intervals() -> list[Tensor]:
    """That of 99 % for θ₁, and those that are taken for it."""
    hundred = fit(*make_data(seed=0))
    of_theta_0, right = hundred.interval(0.99)
    _, one_sided = hundred.interval(0.98)
    _, default = hundred.interval()
    return [right, one_sided, default, of_theta_0]


def wider(low_99: float, high_99: float) -> int:
    """The 99 % interval for θ₁, with two decimals."""
    return which((low_99, high_99), *_intervals(), relative=0, absolute=0.006)


def wide_x(factor_of_theta_0: float, factor_of_theta_1: float) -> int:
    """What twice as wide an x does to both standard errors."""
    candidates = ((1, 0.5), (1, 2), (0.5, 0.5), (1, 1))
    return which((factor_of_theta_0, factor_of_theta_1), *candidates)


def four_times(factor: float) -> int:
    """How many times the rows make an interval half as wide."""
    return which(factor, 4, 2, 2**0.5, 4000)


def r_squared(limit_of_r_squared: float) -> int:
    """Where R² goes with more and more data."""
    of_hundred = fit(*make_data(seed=0)).r_squared
    candidates = (49 / 53, 1, of_hundred, 4 / 53, 49 / 51)
    return which(limit_of_r_squared, *candidates)


def three_points(multiple: float) -> int:
    """How many standard errors a 95 % interval from three points needs."""
    right, one_sided = (stats.t.ppf(each, 1) for each in (0.975, 0.95))
    without_subtracting = stats.t.ppf(0.975, 3)
    one_too_many = stats.t.ppf(0.975, 2)
    normal = stats.norm.ppf(0.975)
    candidates = (right, normal, without_subtracting, one_too_many, one_sided)
    return which(multiple, *candidates)


def prediction(share: float) -> int:
    """How much of new data ŷ ± t s holds."""
    if which(share, 1 / 8, relative=0, absolute=0.1249) == 0:  # less than a quarter
        return 4
    return which(share, 0.927, 0.633, 0.867, 0.98)
