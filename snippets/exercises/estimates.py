"""Checks of the exercises of the chapter `estimates`."""

from snippets.data import SAMPLE_SIZE, make_data
from snippets.estimates import fit
from snippets.exercises import which


def wider(low_99: float, high_99: float) -> int:
    """The 99 % interval for θ₁, judged by its width."""
    hundred = fit(*make_data(seed=0))
    width_0, width_1 = hundred.interval(0.99).diff().flatten()
    _, one_sided = hundred.interval(0.98).diff().flatten()
    _, default = hundred.interval().diff().flatten()
    return which(high_99 - low_99, width_1, one_sided, default, width_0)


def four_times(factor: float) -> int:
    """How much more data halves a standard error."""
    return which(factor, 4, 2, 2**0.5, 4 * SAMPLE_SIZE)


def r_squared(limit_of_r_squared: float) -> int:
    """Where R² goes with more and more data."""
    return which(limit_of_r_squared, 49 / 53, 1, 0.935, 4 / 53, 49 / 51)


def prediction(share: float) -> int:
    """How much of new data ŷ ± t s holds."""
    if share < 1 / 4:
        return 4
    return which(share, 0.927, 0.633, 0.867, 0.98)
