"""Checks of the exercises of the chapter `learning_rate`."""

import math

import torch

from snippets.data import make_data
from snippets.exercises import which
from snippets.learning_rate import report_data
from snippets.loss import hessian


def _eigenvalues(x: torch.Tensor) -> list[float]:
    """Of the Hessian, the smaller first."""
    return torch.linalg.eigvalsh(hessian(x.double())).tolist()


def ages(largest_rate: float) -> int:
    """The limit of the learning rate for eight ages from 65 to 100."""
    low, high = _eigenvalues(torch.arange(65.0, 101, 5)[:, None])
    # without 2/n, X^T X has eigenvalues that are n/2 = 4 times as large
    return which(largest_rate, 2 / high, 1 / high, 2 / (4 * high), 2 / low)


def units(intercept_and_slope: tuple[float, float]) -> int:
    """Bias 100 and weight 30 on temperatures of mean 20 and scale 5, carried back."""
    slope = 30 / 5
    candidates = (
        (100 - slope * 20, slope),
        (100, slope),
        (100 - 30 * 5 * 20, 30 * 5),
        (100 + slope * 20, slope),
    )
    return which(intercept_and_slope, *candidates)


def diverging(cases: int) -> int:
    """For how many of 200 seeds 0.01 is above the limit."""
    above = sum(2 / _eigenvalues(report_data(seed)[0])[1] < 0.01 for seed in range(200))
    return which(cases, above, 200, 0, 200 - above, relative=0)


def twice(limits_of_mean_and_sum: tuple[float, float]) -> int:
    """Both limits for data that is written down twice."""
    x, _ = make_data(seed=0)
    mean = 2 / _eigenvalues(x)[1]
    total = mean / len(x)
    candidates = ((mean, total / 2), (mean / 2, total / 2), (mean, total))
    return which(limits_of_mean_and_sum, *candidates, (mean, 2 * total))


def far(steps_far: int) -> int:
    """Steps at the best learning rate for x + 10, to a millionth of the distance."""
    x, _ = make_data(seed=0)
    low, high = _eigenvalues(x + 10)
    a_digit, ratio = math.log(0.1), math.log((high - low) / (high + low))
    kappa = math.sqrt(high / low)
    root = math.log((kappa - 1) / (kappa + 1))
    needed = (6 * a_digit / ratio, 3 * a_digit / ratio, a_digit / ratio)
    needed = (*needed, 6 * a_digit / root)
    return which(steps_far, *map(math.ceil, needed), relative=0)
