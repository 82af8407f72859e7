"""Data that a reader may bring, for Hypothesis, and what bounds its rounding errors."""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import torch
from hypothesis import settings
from hypothesis import strategies as st
from torch import Tensor

examples = settings(max_examples=60)

FLOATS = st.sampled_from((torch.float16, torch.float32, torch.float64))
WHOLE = st.sampled_from((torch.int8, torch.int16, torch.int32, torch.int64))
SIZES = st.integers(0, 5)  # and 0 is a size
SCALES = st.integers(-8, 8).map(lambda power: 10.0**power)
SEEDS = st.integers(0, 2**32 - 1)


def u(dtype: torch.dtype) -> float:
    """Limit of the relative error of one rounding."""
    return torch.finfo(dtype).eps / 2


def gamma(roundings: int, dtype: torch.dtype) -> float:
    return roundings * u(dtype) / (1 - roundings * u(dtype))


def drawn(draw, shape: tuple[int, ...], dtype: torch.dtype, largest=math.inf) -> Tensor:
    """Numbers of one scale around one shift, none of them above `largest`."""
    generator = torch.Generator().manual_seed(draw(SEEDS))
    if not dtype.is_floating_point:
        return torch.randint(-9, 10, shape, generator=generator).to(dtype)
    numbers = torch.randn(shape, generator=generator, dtype=torch.float64)
    scale, shift = draw(SCALES), draw(st.sampled_from((0, 1, 1000)))
    numbers = (numbers + shift) * scale
    return numbers.clamp(-largest, largest).to(dtype)


def fractions(tensor: Tensor) -> list:
    """The same numbers, without rounding, in lists as `tolist()` makes them."""

    def exact(each):
        return list(map(exact, each)) if isinstance(each, list) else Fraction(each)

    return exact(tensor.tolist())


@np.errstate(all="ignore")  # it may diverge
def descend(
    x: Tensor, y: Tensor, theta: Sequence[float], steps: int = 100, rate: float = 0.1
) -> tuple[np.ndarray, float, float]:
    """Gradient descent on a line in float64, and how far float32 may be from it.

    Takes x of shape (n, 1), y of a shape that broadcasts with it, and θ₀, θ₁. Returns
    θ, the bound of its error in float32, and the ratio of the last and the first loss.
    """
    if not len(x):
        return np.array(theta), math.nan, math.nan
    x, y, theta, limit = x.double().numpy(), y.double().numpy(), np.array(theta), 0.0
    columns = np.hstack((np.ones_like(x), x))
    grows = np.linalg.norm(np.eye(2) - rate * 2 * columns.T @ columns / len(x), 2)

    def loss():
        return (((columns @ theta)[:, None] - y) ** 2).mean()

    start = loss()
    for _ in range(steps):
        difference = (columns @ theta)[:, None] - y
        gradient = 2 * np.array((difference.mean(), (x * difference).mean()))
        # each term of the sums is rounded when it is made and when it is added
        most = abs(theta) + limit
        sizes = (abs(columns) @ most)[:, None] + abs(y)
        sizes = 2 * np.array((sizes.mean(), (abs(x) * sizes).mean()))
        rounded = gamma(difference.size + 12, torch.float32) * rate * sizes
        rounded += gamma(3, torch.float32) * (most + rate * sizes)
        limit = grows * limit + np.linalg.norm(rounded)
        theta = theta - rate * gradient
    return theta, limit, loss() / start


DTYPES = (
    torch.float16,
    torch.bfloat16,
    torch.float32,
    torch.float64,
    torch.int64,
    torch.uint8,
)


@st.composite
def columns(draw, dtypes=DTYPES, least=0, most=30):
    """x and y of shape (n, 1): any dtype, scales 1e-8 … 1e8, shifts up to 1e8, ties."""
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))
    n = draw(st.integers(least, most))
    both = []
    for _ in "xy":
        values = torch.randn(n, 1, generator=generator, dtype=torch.float64)
        if draw(st.booleans()):
            values = values.round()
        scale, shift = 10.0 ** draw(st.integers(-8, 8)), draw(st.integers(-1, 8))
        values = values * scale + (10.0**shift if shift >= 0 else 0)
        dtype = draw(st.sampled_from(dtypes))
        if not dtype.is_floating_point:
            limits = torch.iinfo(dtype)
            values = values.clamp(limits.min, limits.max)
        both.append(values.to(dtype))
    return both


class Line(NamedTuple):
    """A least-squares fit in rational numbers, and sizes that bound rounding errors."""

    intercept: Fraction
    slope: Fraction
    spread: Fraction  # Σ (x − x̄)²
    scatter: Fraction  # Σ (y − ȳ)²
    residual_sum: Fraction
    error: float  # bound of the error of the slope in float64
    off: float  # and of the errors of the residuals


def fit_exactly(x, y, unit: float = 2**-53) -> Line:
    """Fit exactly; the bounds hold for a fit that centers, with the unit of rounding.

    Centering moves each x and y by a few units of its size. Moving all y by d moves
    the slope by d / sd(x) at most, moving all x by 3 d sd(y) / sd(x)² (Cauchy and
    Schwarz). The sums of n products add n units of their size.
    """
    xs, ys = ([Fraction(v) for v in c[:, 0].tolist()] for c in (x, y))
    n = len(xs)
    x_mean, y_mean = sum(xs) / n, sum(ys) / n
    spread = sum((a - x_mean) ** 2 for a in xs)
    scatter = sum((b - y_mean) ** 2 for b in ys)
    products = sum((a - x_mean) * (b - y_mean) for a, b in zip(xs, ys, strict=True))
    slope = products / spread
    residual_sum = scatter - slope * products
    sd_x, sd_y = float(spread / n) ** 0.5, float(scatter / n) ** 0.5
    x_moved, y_moved = (4 * unit * float(max(map(abs, v))) for v in (xs, ys))
    error = 3 * x_moved * sd_y / sd_x**2 + y_moved / sd_x + 4 * n * unit * sd_y / sd_x
    x_reach = float(max(abs(a - x_mean) for a in xs))
    off = y_moved + float(abs(slope)) * x_moved + error * x_reach
    return Line(
        y_mean - slope * x_mean, slope, spread, scatter, residual_sum, error, off
    )
