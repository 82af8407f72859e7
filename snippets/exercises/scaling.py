"""Checks of the exercises of the chapter `scaling`."""

import torch

from snippets.data import make_data
from snippets.exercises import OTHER, first_wrong, which
from snippets.loss import hessian, least_squares


def effective(rows_in_a_step: int, steps_in_an_epoch: int) -> int:
    """The effective batch of 8 processes, and the steps that 1000 rows give."""
    return first_wrong(
        which(rows_in_a_step, 8 * 25, 25, relative=0),
        which(steps_in_an_epoch, 1000 // 200, OTHER, 1000 // 25, 1, relative=0),
    )


def weights(loss_weights: tuple) -> int:
    """The factors that repair parts of 60, 30 and 10 rows."""
    shares = 0.6, 0.3, 0.1
    right = tuple(3 * share for share in shares)
    return which(
        loss_weights, right, shares, tuple(1 / each for each in right), (60, 30, 10)
    )


def padding(repeated_rows: int, rows_left_out: int) -> int:
    """What a sampler does with 50 rows and 8 processes."""
    right = -50 % 8, 50 % 8
    return which(
        (repeated_rows, rows_left_out), right, (0, 0), right[::-1], (1, 1), relative=0
    )


def own_seed(slope_of_both: float) -> int:
    """The slope if each of two processes has set its own seed."""
    halves = [[column[rank::2] for column in make_data(rank)] for rank in range(2)]
    both = [torch.cat(columns) for columns in zip(*halves, strict=True)]
    first, second = (least_squares(*half)[1] for half in halves)
    candidates = (
        least_squares(*both)[1],
        least_squares(*make_data(0))[1],
        first,
        (first + second) / 2,
    )
    return which(slope_of_both, *candidates, relative=3e-4)


def sum_limit(limit_of_sums: float) -> int:
    """The limit of the learning rate for sums over four parts of 100 rows."""
    x, _ = make_data(seed=0)
    limit = 2 / torch.linalg.eigvalsh(hessian(x.double())).max().item()
    return which(limit_of_sums, limit * 4 / 100, limit, limit / 100, limit * 4 / 70)
