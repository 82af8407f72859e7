"""Checks of the exercises of the chapter `layers`."""

import math

import torch

from snippets.exercises import OTHER, first_wrong, which
from snippets.layers import make_curve


def fold(slope_of_both: float, intercept_of_both: float) -> int:
    """2x − 4 after 3x + 1, as one line."""
    return which(
        (slope_of_both, intercept_of_both), (6, -2), (5, -3), (6, -3), (6, -11)
    )


def hat(v_1: float, v_2: float, v_3: float) -> int:
    """Weights of three ramps that add up to a hat."""
    return which((v_1, v_2, v_3), (1, -2, 1), (1, -1, 1), (1, -2, 0), (1, -1, 0))


def without_relu(loss_without_relu: float) -> int:
    """The loss of two linear layers with nothing between them."""
    x, y = make_curve(seed=0)
    covariance = torch.cov(torch.cat((x, y), 1).T, correction=0)
    explained = covariance[0, 1] ** 2 / covariance[0, 0]
    line = (covariance[1, 1] - explained).item()
    return which(loss_without_relu, line, 0.1, 0.09, covariance[1, 1].item())


def pieces(pieces_of_six: int, neurons_of_one: int) -> int:
    """Pieces of six tents, and neurons that as many pieces need in one layer."""
    six = which(pieces_of_six, 64, 12, 32, relative=0)
    return first_wrong(six, which(neurons_of_one, 63, OTHER, OTHER, 64, relative=0))


def nothing(expected_loss: float) -> int:
    """Training loss of 50 columns and 100 rows of noise."""
    return which(expected_loss, 0.5, 1, 0, 1.5)


def floor(lowest_loss: float) -> int:
    """The floor of the loss of ten classes behind two softmaxes."""
    floors = [math.log(1 + (classes - 1) / math.e) for classes in (10, 3)]
    return which(lowest_loss, *floors, math.log(10), 0)
