"""Checks of the exercises of the chapter `data`."""

from collections.abc import Callable

import torch
from torch import Tensor

from snippets.data import make_data
from snippets.exercises import which, which_exactly


def variance(variance: float) -> int:
    """The variance of y for σ = 4."""
    return which(variance, 49 + 16, 49 + 4, 7 + 16, (7 + 4) ** 2)


def coefficient(correlation: Callable) -> int:
    """The correlation coefficient of x and y, from θ₁ and σ."""
    found = correlation(torch.tensor(3.0), torch.tensor(4.0))
    return which(found, 3 / 5, 9 / 25, 3 / 25, 3 / 7)


def prefix(equal_of_ten: int, equal_of_sixteen: int) -> int:
    """How much of x stays the same if fewer observations are drawn."""
    answer = (equal_of_ten, equal_of_sixteen)
    return which_exactly(answer, (0, 16), (10, 16), (0, 0), (0, 1))


def shuffle(shuffled: Tensor, correlation_with_x: float) -> int:
    """y in random order, and its correlation coefficient with x."""
    x, y = make_data(seed=0)
    shuffled = shuffled.reshape(y.shape)
    if not torch.equal(shuffled.sort(dim=0).values, y.sort(dim=0).values):
        return 3
    if torch.equal(shuffled, y):
        return 4
    _, right, of_pairs = torch.corrcoef(torch.cat((x, shuffled, y), 1).T)[0]
    return which(correlation_with_x, right, 0, of_pairs)
