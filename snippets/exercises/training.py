"""Checks of the exercises of the chapter `training`."""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from snippets.data import THETA, make_data
from snippets.exercises import which, which_function
from snippets.loss import hessian, least_squares


def _eigenvalues() -> list[float]:
    """Of the Hessian, the smaller first."""
    x, _ = make_data(seed=0)
    return torch.linalg.eigvalsh(hessian(x.double())).tolist()


def half(slope_after: float) -> int:
    """The slope after a step of half the length."""
    x, y = make_data(seed=0)
    generator_state = torch.get_rng_state()
    torch.manual_seed(0)
    line = nn.Linear(1, 1)
    torch.set_rng_state(generator_state)
    nn.functional.mse_loss(line(x), y).backward()
    start, step = line.weight.item(), -0.05 * line.weight.grad.item()
    candidates = (start + step, start + 2 * step, start - step, step)
    return which(slope_after, *candidates, relative=0.002)


def steps(steps_taken: int) -> int:
    """How many steps the rule takes at the learning rate 0.001: see the solution."""
    return which(steps_taken, 2120, 40, 212, 270, relative=0)


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
