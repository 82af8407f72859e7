"""Checks of the exercises of the chapter `training`."""

from collections.abc import Callable

import numpy as np
import torch

from snippets.data import make_data
from snippets.exercises import which
from snippets.loss import hessian


def steps(bound: int) -> int:
    """How many steps the bound asks for."""
    return which(bound, 42, 38, 32, 41)


def sign(largest_factor: float) -> int:
    """By how much a step uphill grows the distance at most."""
    x, _ = make_data(seed=0)
    slow, fast = 0.1 * torch.linalg.eigvalsh(hessian(x))
    return which(largest_factor, 1 + fast, 1 - slow, 1 + slow, 1 / (1 - slow))


def truth(final_loss: float) -> int:
    """The loss after training that starts at the truth."""
    return which(final_loss, 3.345, 3.501, 0, 4)


def limit(limit: float) -> int:
    """The limit of the learning rate."""
    x, _ = make_data(seed=0)
    slow, fast = torch.linalg.eigvalsh(hessian(x))
    return which(limit, 2 / fast, 1 / fast, 2 / slow, 4 / fast)


def newton(one_step: Callable) -> int:
    """Newton's step, tried at (1, 1)."""
    theta = one_step(np.ones(2))
    if theta.shape != (2,):
        return 3
    return which(theta[0], 5.319, 2 - 5.319, 20.057)
