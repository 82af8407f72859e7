"""Checks of the exercises of the chapter `estimates`."""

import functools

from torch import Tensor

from snippets.data import SAMPLE_SIZE, make_data
from snippets.estimates import fit
from snippets.exercises import as_numbers, which


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


def four_times(factor: float) -> int:
    """How much more data halves a standard error."""
    return which(factor, 4, 2, 2**0.5, 4 * SAMPLE_SIZE)


def r_squared(limit_of_r_squared: float) -> int:
    """Where R² goes with more and more data."""
    of_hundred = fit(*make_data(seed=0)).r_squared
    candidates = (49 / 53, 1, of_hundred, 4 / 53, 49 / 51)
    return which(limit_of_r_squared, *candidates)


def prediction(share: float) -> int:
    """How much of new data ŷ ± t s holds."""
    if all(0 < each < 1 / 4 for each in as_numbers(share)):
        return 4
    return which(share, 0.927, 0.633, 0.867, 0.98)
