"""What readers bring: sizes, dtypes, scales and shifts that no page has."""

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import torch
from hypothesis import Phase, settings
from hypothesis import strategies as st
from torch import Tensor

# fixed, so that no run differs from the last
examples = settings(
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
)

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
