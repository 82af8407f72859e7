"""Checks of the exercises of the chapter `rounding`."""

from collections.abc import Callable
from itertools import permutations

import torch

from snippets.exercises import OTHER, first_wrong, which, which_function
from snippets.loss import design_matrix
from snippets.rounding import condition_number


def counter(stops_in_bfloat16: float, stops_in_float16: float) -> int:
    """Where counting by 1 stops with 8 and with 11 binary digits."""
    return first_wrong(
        which(stops_in_bfloat16, 2**8, 2**7, 2**8 + 1, 2**16, relative=0),
        which(stops_in_float16, 2**11, 2**10, 2**11 + 1, 2**16, relative=0),
    )


def years(
    kappa_since_0: float, kappa_since_2000: float, kappa_since_2010: float
) -> int:
    """κ of the years 2000 to 2020, counted from three beginnings."""
    given, found = (kappa_since_0, kappa_since_2000, kappa_since_2010), []
    x = torch.arange(2000.0, 2021.0, dtype=torch.float64)[:, None]
    for kappa, since in zip(given, (0, 2000, 2010), strict=True):
        right = condition_number(x - since)
        unscaled = torch.linalg.cond(design_matrix(x - since)).item()
        others = (OTHER, OTHER) if since == 2010 else (right**2, 1)  # 1 is right there
        found.append(which(kappa, right, unscaled, *others))
    return first_wrong(*found)


def two_answers(rounded_twice: float, rounded_once: float) -> int:
    """w · w + b, rounded after each operation and only at the end."""
    return first_wrong(
        which(rounded_twice, 0, 2**-24, 2**-23),
        which(rounded_once, 2**-24, OTHER, OTHER, 0),
    )


def wide(best_to_worst: list[float]) -> int:
    """1, 1e-5 and 1e-10, the most accurate h first."""
    orders = list(permutations((1, 1e-5, 1e-10)))  # sorted by the first
    number = which(best_to_worst, *orders)
    return -1 if number == -1 else (0, 3, 1, 1, 2, 2)[number]


def complex_step(imaginary_step: Callable) -> int:
    """The derivative from a step along i, with an h that leaves differences nothing."""

    def cube(t):
        return t**3

    def wave(t):
        return 1 / (1 + t**2)

    return which_function(
        imaginary_step,
        [(f, t, h) for f, t in ((cube, 2.0), (wave, 1.5)) for h in (0.1, 1e-100)],
        lambda f, t, h: f(t + h * 1j).imag / h,
        lambda f, t, h: f(t + h * 1j).imag / (2 * h),
        lambda f, t, h: f(t + h * 1j).real / h,
        lambda f, t, h: 0,
        lambda f, t, h: f(t + h * 1j).imag,
    )
