"""Checks of the exercises of the chapter `mistakes`."""

import math

from snippets.data import make_data
from snippets.exercises import which
from snippets.model import Model, set_theta
from snippets.training import train


def columns(in_features: int) -> int:
    """What the layer must be told, so that it takes a batch of shape (32, 3)."""
    return which(in_features, 3, 32, 4, 1, relative=0)


def repeated(parameters: int) -> int:
    """How many parameters three times the same nn.Linear(4, 4) has."""
    return which(parameters, 20, 60, 16, 5, relative=0)


def line(number: int) -> int:
    """Which line of the puzzle is to be deleted."""
    return which(number, 2, 1, 5, 6, relative=0)


def _first_infinite(learning_rate: float) -> int:
    """From which step the loss is infinite, from θ = (0, 0)."""
    model = Model(1, 1)
    set_theta(model.linear, 0.0, 0.0)
    losses = train(model, *make_data(seed=0), learning_rate, steps=400)
    return next(k for k, loss in enumerate(losses) if math.isinf(loss))


def infinite(first_step: int) -> int:
    """From which step the loss is infinite, with learning rate 1."""
    steps = _first_infinite(1.0)
    return which(first_step, steps, _first_infinite(1.1), 2 * steps, 0, relative=0)
