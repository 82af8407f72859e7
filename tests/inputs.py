"""Data that a reader may bring, for Hypothesis, and lines fitted to it exactly."""

from fractions import Fraction
from typing import NamedTuple

import torch
from hypothesis import strategies as st

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
