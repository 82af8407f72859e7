"""Checks of the exercises of the chapter `training`."""

import math
from collections.abc import Callable

import numpy as np
import torch

from snippets.data import THETA, make_data
from snippets.exercises import which, which_function
from snippets.loss import hessian, least_squares


def _eigenvalues() -> list[float]:
    """Of the Hessian, the smaller first."""
    x, _ = make_data(seed=0)
    return torch.linalg.eigvalsh(hessian(x.double())).tolist()


def steps(bound: int) -> int:
    """How many steps the bound asks for."""
    slow, fast = (math.log(1 - 0.1 * each) for each in _eigenvalues())
    distance = least_squares(*make_data(seed=0)).norm().item()  # from (0, 0)
    needed = math.log(0.001 / distance)
    candidates = (
        math.ceil(needed / slow),
        math.ceil(needed / fast),
        math.ceil(math.log(0.001) / slow),
        math.floor(needed / slow),
    )
    return which(bound, *candidates, relative=0)


def sign(largest_factor: float) -> int:
    """By how much a step uphill grows the distance at most."""
    slow, fast = (0.1 * each for each in _eigenvalues())
    return which(largest_factor, 1 + fast, 1 - slow, 1 + slow, 1 / (1 - slow))


def truth(final_loss: float) -> int:
    """The loss after training that starts at the truth."""
    x, y = make_data(seed=0)
    bottom, start = (
        ((y - theta[0] - theta[1] * x) ** 2).mean()
        for theta in (least_squares(x, y), THETA)
    )
    return which(final_loss, bottom, start, 0, 4)


def limit(limit: float) -> int:
    """The limit of the learning rate."""
    slow, fast = _eigenvalues()
    return which(limit, 2 / fast, 1 / fast, 2 / slow, 4 / fast)


def newton(one_step: Callable) -> int:
    """Newton's step, tried from three places, which lie on no line."""
    x, y = (column.double() for column in make_data(seed=0))
    H, theta_hat = hessian(x).numpy(), least_squares(x, y).numpy()
    try:
        shape = np.shape(one_step(np.ones(2)))
    except Exception:  # whatever a reader's code may raise
        return -1
    if shape != (2,):
        return 3
    return which_function(
        one_step,
        [(np.array(start),) for start in ((1.0, 1.0), (-30.0, 40.0), (20.0, 3.0))],
        lambda theta: theta_hat,
        lambda theta: 2 * theta - theta_hat,
        lambda theta: theta - H @ H @ (theta - theta_hat),
        relative=1e-3,  # the reader's H may be in float32
    )
