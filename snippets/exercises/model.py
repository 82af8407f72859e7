"""Checks of the exercises of the chapter `model`."""

import torch

from snippets.data import make_data
from snippets.exercises import OTHER, first_wrong, which


def _theta_hat() -> list[float]:
    """θ₀ and θ₁ of least squares for the data of seed 0: where training ends."""
    x, y = make_data(seed=0)
    design_matrix = torch.cat((torch.ones_like(x), x), 1)
    return torch.linalg.lstsq(design_matrix, y).solution.flatten().tolist()


def count(parameters: int) -> int:
    """The number of parameters of Model(3, 2)."""
    candidates = (2 * 3 + 2, 2 * 3, 2 * 3 + 3, 2 * 3 + 1, 2)
    return which(parameters, *candidates, relative=0)


def bound(bound: float, variance: float) -> int:
    """Where the weights of a layer with 100 inputs start."""
    return first_wrong(
        which(bound, 0.1, 0.01),
        which(variance, 0.2**2 / 12, OTHER, 0.1**2 / 12, 0.2 / 12**0.5),
    )


def zeros(theta_0: float, theta_1: float) -> int:
    """Where training ends that starts at 0."""
    _, y = make_data(seed=0)
    return which((theta_0, theta_1), _theta_hat(), (0, 0), (y.mean(), 0), (5, 7))


def twins(a: float, b: float) -> int:
    """Where a = 3 and b = 1 end if the intercept is a + b."""
    total, _ = _theta_hat()
    hint = which(
        (a, b),
        ((total + 2) / 2, (total - 2) / 2),
        (total / 2, total / 2),
        (3, total - 3),  # only b has moved
        (3.5, 1.5),
        (total - 1, 1),  # only a has moved
    )
    return 2 if hint == 4 else hint
