"""Checks of the exercises of the chapter `minibatches`."""

from collections.abc import Callable

import torch

from snippets.data import make_data
from snippets.exercises import which, which_function
from snippets.loss import hessian
from snippets.minibatches import optimizer_path, stationary_covariance


def steps(all_batches: int, full_batches: int) -> int:
    """How many steps 20 epochs have, with the last batch and without it."""
    answers = ((80, 60), (60, 60), (4, 3), (2000, 1800))
    return which((all_batches, full_batches), *answers, relative=0)


def quieter(times_as_wide: float) -> int:
    """By what factor four times the batch changes the jitter."""
    x, y = make_data(seed=0)
    few, many = (
        stationary_covariance(x, y, 0.1, batch_size)[0, 0].sqrt().item()
        for batch_size in (10, 40)
    )
    ratio = many / few
    return which(times_as_wide, ratio, ratio**2, 1 / ratio, 1)


def louder(slope_after: float) -> int:
    """Where Adam is after 50 steps on a loss that is multiplied."""
    x, y = make_data(seed=0)
    slope = optimizer_path(torch.optim.Adam, x, y, steps=50, lr=0.1)[-1, 1].item()
    return which(slope_after, slope, 1000 * slope, float("inf"), 0)


def whole(whole_gradient: Callable) -> int:
    """The gradient of all rows from those of parts, tried on three lists."""

    def right(parts: list) -> float:
        return total(parts) / sum(rows for _, rows in parts)

    def total(parts: list) -> float:
        return sum(slope * rows for slope, rows in parts)

    return which_function(
        whole_gradient,
        [
            ([(6.0, 3), (-2.0, 1)],),
            ([(1.5, 2), (2.0, 5), (-4.5, 3)],),
            ([(0.3, 32), (0.9, 32), (0.1, 32), (7.0, 4)],),
        ],
        right,
        lambda parts: sum(slope for slope, _ in parts) / len(parts),
        lambda parts: sum(slope for slope, _ in parts),
        lambda parts: total(parts) / len(parts),
    )


def halved(needed_decay: float) -> int:
    """The decay of the slope that halves it."""
    x, _ = make_data(seed=0)
    x = x.double()
    (a, b), (_, c) = hessian(x).tolist()
    candidates = (c - b * b / a, (x**2).mean(), len(x) * (c - b * b / a) / 2)
    return which(needed_decay, *candidates, _both_decay())


def _both_decay() -> float:
    """The decay of slope and intercept that halves the slope, by bisection."""
    x, y = (column.double() for column in make_data(seed=0))
    H, low, high = hessian(x), 0.0, 100.0
    X = torch.cat((torch.ones_like(x), x), dim=1)
    pull = 2 / len(x) * X.T @ y[:, 0]
    half = torch.linalg.solve(H, pull)[1] / 2
    for _ in range(50):
        middle = (low + high) / 2
        slope = torch.linalg.solve(H + middle * torch.eye(2), pull)[1]
        low, high = (middle, high) if slope > half else (low, middle)
    return middle
