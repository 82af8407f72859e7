"""Checks of the exercises of the chapter `data`."""

from collections.abc import Callable

import torch
from torch import Tensor

from snippets.data import make_data
from snippets.exercises import as_numbers, which, which_exactly, which_function


def variance(variance: float) -> int:
    """The variance of y for σ = 4."""
    return which(variance, 49 + 16, 49 + 4, 7 + 16, (7 + 4) ** 2)


def coefficient(correlation: Callable) -> int:
    """The correlation coefficient of x and y, from θ₁ and σ."""
    return which_function(
        correlation,
        [tuple(map(torch.tensor, each)) for each in ((3.0, 4.0), (-0.7, 2.5))],
        lambda theta_1, sigma: theta_1 / torch.hypot(theta_1, sigma),
        lambda theta_1, sigma: theta_1**2 / (theta_1**2 + sigma**2),
        lambda theta_1, sigma: theta_1 / (theta_1**2 + sigma**2),
        lambda theta_1, sigma: theta_1 / (theta_1 + sigma),
    )


def prefix(equal_of_ten: int, equal_of_sixteen: int) -> int:
    """How much of x stays the same if fewer observations are drawn."""
    answer = (equal_of_ten, equal_of_sixteen)
    if which_exactly(answer, (False, True), (0, 1)) != -1:  # what torch.equal returns
        return 3
    return which(answer, (0, 16), (10, 16), (0, 0), relative=0)


def shuffle(shuffled: Tensor, correlation_with_x: float) -> int:
    """y in random order, and its correlation coefficient with x."""
    x, y = map(as_numbers, make_data(seed=0))
    given = as_numbers(shuffled.flatten() if isinstance(shuffled, Tensor) else shuffled)
    if sorted(given) != sorted(y):
        return 3
    moved = sum(one != other for one, other in zip(given, y, strict=True))
    if moved == 0:
        return 4
    if moved < len(y) / 2:
        return -1  # by chance, about one stays where it was
    _, right, of_pairs = torch.corrcoef(torch.tensor([x, given, y]))[0]
    return which(correlation_with_x, right, 0, of_pairs, absolute=0.0005)
