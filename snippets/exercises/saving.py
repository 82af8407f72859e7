"""Checks of the exercises of the chapter `saving`."""

from snippets.exercises import which
from snippets.saving import best_interval


def adam(megabytes: float) -> int:
    """How much the numbers of a checkpoint of nn.Linear(1000, 1000) with Adam take."""
    parameters = 1000 * 1000 + 1000
    whole, model = 4 * (3 * parameters + 2) / 1e6, 4 * parameters / 1e6
    no_bias = 4 * 3 * 1000 * 1000 / 1e6
    return which(megabytes, whole, model, 2 * model, whole / 4, no_bias)


def rows(rows_with_yes: int) -> int:
    """How many rows of the table say "yes" without dropout."""
    return which(rows_with_yes, 2, 1, 3, 7, relative=0)


def rate(rate_after_loading: float) -> int:
    """The learning rate after loading the checkpoint of the page."""
    return which(rate_after_loading, 0.05, 0.001, 0.1, 0.001 * 0.05)


def between(numbers_between: int) -> int:
    """How many bfloat16 numbers there are from 4 to less than 8."""
    return which(numbers_between, 2**7, 2**8, 2**16, 2**10, relative=0)


def interval(minutes_between: float) -> int:
    """The best interval between checkpoints."""
    best = best_interval(2, 8 * 60)
    return which(minutes_between, best, best / 2**0.5, best_interval(2, 8), best**2)
