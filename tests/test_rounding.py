import cmath
import inspect
import math
import struct
import sys
from fractions import Fraction
from itertools import pairwise, product

import mpmath
import numpy as np
import pytest
import sympy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from torch import nn

from snippets.data import POST_ROWS, make_data
from snippets.exercises import rounding as exercises
from snippets.figures.rounding import (
    figure_differences,
    figure_digits,
    figure_grid,
    figure_sums,
)
from snippets.loss import design_matrix, least_squares
from snippets.rounding import (
    central_difference,
    condition_number,
    difference_errors,
    loss_of_intercept,
    round_to,
    rounding_bound,
    running_sum,
    slope_error,
    solve_by_means,
    solve_by_qr,
    solve_normal_equations,
)
from tests.drawn import is_whole, labels
from tests.inputs import FLOATS, SIZES, columns, drawn, examples, fit_exactly, fractions
from tests.printed import numbers

ROUNDING = 2.0**-53  # u: float64 stores a number to this relative error
DIGITS = {
    torch.float64: 53,
    torch.float32: 24,
    torch.float16: 11,
    torch.bfloat16: 8,
}
LAYERS = [(1, 1, 1), (100, 1, 1), (100, 1, 100), (7, 3, 2), (1, 40, 5), (256, 784, 128)]
WAYS = (solve_normal_equations, solve_by_qr, solve_by_means)


@pytest.fixture
def data(seed):
    return tuple(column.double() for column in make_data(seed))


def numpy_fit(x, y):
    """θ̂ by NumPy, shape (2,): intercept, slope."""
    return np.polyfit(x[:, 0].numpy(), y[:, 0].numpy(), 1)[::-1]


def slope_of(x, y):
    """The exact slope of float32 numbers, by NumPy in float64."""
    return numpy_fit(x.double(), y.double())[1]


def float32(fraction):
    """The nearest float32, by struct, which rounds the nearest float64; exact here."""
    return struct.unpack("f", struct.pack("f", float(fraction)))[0]


@pytest.mark.parametrize("dtype", DIGITS, ids=str)
@given(number=st.floats(-1e4, 1e4).filter(lambda number: abs(number) > 1e-4))
@settings(max_examples=100)
def test_rounding_to_digits_is_what_a_format_does(dtype, number):
    stored = torch.tensor(number, dtype=torch.float64).to(dtype)
    assert round_to(number, DIGITS[dtype]) == stored.item()


@pytest.mark.parametrize("dtype", DIGITS, ids=str)
def test_a_format_counts_up_to_two_to_its_digits_and_a_tie_ends_in_0(dtype):
    digits = DIGITS[dtype]
    last = 2**digits
    assert torch.finfo(dtype).eps == 2.0 ** (1 - digits)
    assert round_to(last - 1, digits) == last - 1
    assert round_to(last + 1, digits) == last
    assert round_to(last + 3, digits) == last + 4
    assert round_to(0, digits) == 0
    with pytest.raises((OverflowError, ValueError)):
        round_to(math.inf, digits)


def test_python_says_what_the_opening_shows():
    assert 0.1 + 0.2 != 0.3
    assert float32(2**24 + 1) == 2**24
    assert Fraction(0.1) + Fraction(0.2) != Fraction(0.1 + 0.2), "rounded once more"
    assert Fraction(0.1).denominator == 2**55, "it would go on"


@pytest.mark.parametrize(
    ("dtype", "least", "most"),
    [
        (torch.float64, 15, 16),
        (torch.float32, 6, 7),
        (torch.float16, 3, 3.1),
        (torch.bfloat16, 2, 3),
    ],
    ids=str,
)
def test_eps_counts_decimal_digits(dtype, least, most):
    assert least < -math.log10(torch.finfo(dtype).eps) < most


def test_bfloat16_has_the_range_of_float32_and_float16_overflows():
    largest = torch.finfo(torch.float32).max
    assert torch.finfo(torch.bfloat16).max == pytest.approx(largest, rel=0.01)
    assert torch.tensor(65520.0).half().isinf()
    assert torch.tensor(65519.0).half() == 65504


@pytest.mark.equation(
    "rounding",
    r"\operatorname{fl}(a \circ b) = (a \circ b)(1 + \delta), \qquad "
    r"\lvert\delta\rvert \le u = 2^{-24}",
)
@pytest.mark.parametrize("operation", ["__add__", "__sub__", "__mul__", "__truediv__"])
def test_an_operation_is_rounded_once(operation, seed, equation):
    generator = torch.Generator().manual_seed(seed)
    a, b = torch.randn((2, 500), generator=generator)
    results = getattr(a, operation)(b).tolist()
    worst = 0
    for left, right, result in zip(a.tolist(), b.tolist(), results, strict=True):
        exact = getattr(Fraction(left), operation)(Fraction(right))
        worst = max(worst, abs(Fraction(result) / exact - 1))
    # and no smaller u would do: of 500 results, some are rounded by almost u
    assert Fraction(1, 2**25) < worst <= Fraction(1, 2**24)

    def check(a, b, **options):
        exact = getattr(Fraction(a.item()), operation)(Fraction(b.item()))
        result = Fraction(getattr(a, operation)(b).item())
        equation(
            a=Fraction(a.item()),
            b=Fraction(b.item()),
            circ=lambda a, b: getattr(a, operation)(b),
            fl={exact: result}.get,
            delta=result / exact - 1,
            u=Fraction(1, 2**24),
            **options,
        )

    for pair in zip(a[:20], b[:20], strict=True):
        check(*pair)
    operation = "__add__"  # and the bound is reached, but for a factor 1 + u
    check(torch.tensor(1.0), torch.tensor(2.0**-24), attained=True, rel=1e-6)


@settings(max_examples=50)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float64_is_within_u_of_a_number_in_its_range(number):
    """Of a third of it, which is rarely a float64."""
    exact = Fraction(number) / 3
    if abs(exact) > sys.float_info.min:
        assert abs(Fraction(float(exact)) - exact) <= Fraction(ROUNDING) * abs(exact)


def test_float32_near_one_and_a_tenth():
    one = torch.tensor(1.0)
    after_one = torch.nextafter(one, 2 * one)
    assert after_one - 1 == torch.finfo(torch.float32).eps == 2**-23
    assert one + 2**-24 == one  # half of the gap is rounded to even
    assert one + 1.001 * 2**-24 == after_one
    assert one + 1e-8 == one
    assert one.double() + 1e-8 != 1
    assert one - 0.9 * 2**-24 != one  # a negative number need not be rounded away
    assert torch.tensor(0.1).item() == float32(0.1) != 0.1


@pytest.mark.parametrize("dtype", DIGITS, ids=str)
def test_a_running_sum_rounds_each_total(dtype):
    totals = running_sum(0.1, 500, dtype)
    step, total = round_to(0.1, DIGITS[dtype]), 0.0
    for got in totals.tolist():
        exact = Fraction(total) + Fraction(step)
        total = round_to(float(exact), DIGITS[dtype])
        assert got == total or dtype == torch.float64
    assert totals.dtype == dtype and totals.shape == (500,)


def test_the_sum_in_bfloat16_is_slow_then_fast_then_stands():
    totals = running_sum(0.1, 10_000, torch.bfloat16).tolist()
    stop = totals.index(32)
    assert set(totals[stop:]) == {32.0}
    steps = [after - before for before, after in pairwise(totals[:stop])]
    slow = [step for step, total in zip(steps, totals, strict=False) if 4 < total < 7]
    pairs = zip(steps, totals, strict=False)
    fast = [step for step, total in pairs if 8 < total < 15 or total >= 16]
    assert max(slow) < 0.1 < min(fast)
    assert stop < 320, "32 comes too early"


def test_torch_s_sum_is_better_than_a_loop(seed):
    terms = torch.rand(10_000, generator=torch.Generator().manual_seed(seed))
    exact = math.fsum(terms.tolist())
    tenths = running_sum(0.1, 10_000, torch.float32)[-1].item()
    assert abs(tenths - 1000) > 0.05
    assert abs(torch.full((10_000,), 0.1).sum().item() - 1000) < 0.005
    assert terms.sum().item() == pytest.approx(exact, rel=1e-6)
    assert isinstance(terms.sum().item(), float)


def test_a_small_step_in_bfloat16_moves_nothing():
    weight = torch.tensor(1.0, dtype=torch.bfloat16)
    assert weight - 0.001 == weight + 0.001 == weight
    assert weight - 0.004 != weight


@examples
@given(*[st.floats(-1e3, 1e3)] * 2, *[st.floats(0, 1)] * 2)
def test_allclose_is_the_inequality_of_the_page(a, b, atol, rtol):
    a, b = (torch.tensor(each, dtype=torch.float64) for each in (a, b))
    close = bool(abs(a - b) <= atol + rtol * abs(b))
    assert torch.allclose(a, b, atol=atol, rtol=rtol) == close


def test_the_default_tolerances():
    zero = torch.tensor(0.0)
    assert torch.allclose(zero + 0.9e-8, zero)
    assert not torch.allclose(zero + 1.1e-8, zero)
    assert torch.allclose(zero + 1.000009, zero + 1)
    assert not torch.allclose(zero + 1.000012, zero + 1)


def test_assert_close_refuses_other_dtypes_and_shapes():
    for other in (torch.tensor(1.0).double(), torch.ones(1)):
        with pytest.raises(AssertionError, match="do not match"):
            torch.testing.assert_close(torch.tensor(1.0), other)
    double = torch.tensor(1.0 + 1e-6, dtype=torch.float64)
    torch.testing.assert_close(double.float(), torch.tensor(1.0))
    with pytest.raises(AssertionError, match="up to 1e-07 allowed"):
        torch.testing.assert_close(double, torch.ones_like(double))


@examples
@given(st.lists(st.floats(0, 1e3, width=32), min_size=1, max_size=30))
def test_a_sum_of_one_sign_loses_n_times_u_of_its_value_at_most(terms):
    total = torch.tensor(0.0)
    for term in terms:
        total = total + term
    exact = sum(map(Fraction, terms))
    n, u = len(terms), Fraction(1, 2**24)
    assert abs(Fraction(total.item()) - exact) <= n * u / (1 - n * u) * exact


@pytest.mark.equation(
    "cancellation",
    r"\frac{\lvert (\operatorname{fl}(a) - \operatorname{fl}(b)) - (a - b) \rvert}"
    r"{\lvert a - b \rvert} \le u \, \frac{\lvert a \rvert + \lvert b \rvert}"
    r"{\lvert a - b \rvert}",
)
def test_a_difference_magnifies_what_storing_did(seed, equation):
    u = Fraction(1, 1000)
    for a, b in (
        (Fraction(13, 10), Fraction(2, 5)),
        (Fraction(-7, 5), Fraction(-9, 4)),
    ):
        larger = 1 if a > 0 else -1
        worst = {a: a * (1 + u * larger), b: b * (1 - u * larger)}
        equation(a=a, b=b, u=u, fl=worst.get, attained=True)
        equation(a=a, b=b, u=u, fl={a: a, b: b * (1 + u / 2)}.get)
    random = np.random.default_rng(seed)
    for a, b in random.normal(size=(200, 2)).tolist():
        stored = {each: Fraction(float32(each)) for each in (a, b)}
        a, b, u = Fraction(a), Fraction(b), Fraction(1, 2**24)
        off = abs(stored[float(a)] - stored[float(b)] - (a - b))
        assert off <= u * (abs(a) + abs(b))


def test_the_subtraction_that_shows_the_error_is_exact():
    stored = torch.tensor(1 + 1e-7)
    assert Fraction((stored - 1).item()) == Fraction(stored.item()) - 1
    assert (stored - 1).item() == 2**-23


def test_a_variance_by_squares_cancels_and_by_centering_does_not(seed):
    x, _ = make_data(seed)
    x = x + 1000
    exact = x.double().var(correction=0).item()
    by_squares = ((x**2).mean() - x.mean() ** 2).item()
    centered = ((x - x.mean()) ** 2).mean().item()
    assert abs(centered - exact) < 1e-5 < abs(by_squares - exact)


@pytest.mark.equation(
    "condition-number",
    r"\kappa(X^\top X) = \frac{\lambda_{\max}(X^\top X)}{\lambda_{\min}(X^\top X)} "
    r"= \kappa(X)^2",
)
@pytest.mark.parametrize("shift", [0, 3, 50])
def test_the_condition_number_is_squared(data, shift, equation):
    for further in (shift, 3):
        X = design_matrix(data[0] + further)
        equation(
            X=X,
            kappa=np.linalg.cond,
            lambda_max=lambda A: np.linalg.eigvalsh(A)[-1],
            lambda_min=lambda A: np.linalg.eigvalsh(A)[0],
            rel=1e-6,
        )
    X = design_matrix(data[0] + shift)
    X = (X / X.norm(dim=0)).numpy()
    angles = np.linspace(0, np.pi, 100_001)
    lengths = np.linalg.norm(X @ [np.cos(angles), np.sin(angles)], axis=0)
    stretch = lengths.max() / lengths.min()  # κ(X) as the page defines it
    eigenvalues = np.linalg.eigvalsh(X.T @ X)
    assert eigenvalues[-1] / eigenvalues[0] == pytest.approx(stretch**2, rel=1e-4)
    assert np.linalg.cond(X.T @ X) == pytest.approx(stretch**2, rel=1e-4)
    assert condition_number(data[0] + shift) == pytest.approx(stretch, rel=1e-4)


@given(columns(dtypes=(torch.float32, torch.float64), least=2))
def test_the_other_three_ways_are_right_as_far_as_the_condition_number_lets_them(data):
    x, y = data
    unit = torch.finfo(torch.promote_types(x.dtype, y.dtype)).eps / 2
    x, y = (column.to(torch.promote_types(x.dtype, y.dtype)) for column in data)
    if x.max() == x.min():
        return
    line = fit_exactly(x, y, unit)
    slope = solve_by_means(x, y)[1].item()
    if line.error < abs(line.slope):
        assert abs(slope - line.slope) <= 2 * line.error
    # Higham, Accuracy and Stability of Numerical Algorithms, on least squares
    X = design_matrix(x.double())
    kappa, size = torch.linalg.cond(X).item(), torch.linalg.matrix_norm(X, 2).item()
    theta = np.array([float(line.intercept), float(line.slope)])
    rest = math.sqrt(max(line.residual_sum, 0)) / size
    each = 8 * len(x) * unit
    reach = np.linalg.norm(theta) + y.double().norm().item() / size
    bounds = (each * kappa**2 * reach, each * kappa * (reach + kappa * rest))
    for solve, bound in zip((solve_normal_equations, solve_by_qr), bounds, strict=True):
        if each * kappa**2 < 0.1:
            assert np.linalg.norm(solve(x, y).double().numpy() - theta) <= bound


@given(columns(dtypes=(torch.float32, torch.float64, torch.int64), least=2))
def test_the_condition_number_is_that_of_two_directions(data):
    x = data[0]
    wide = x.double()[:, 0]
    if x.max() == x.min():
        return
    # with two columns of length 1 and the cosine c, κ² = (1 + |c|)² / (1 − c²)
    xs = [Fraction(v) for v in wide.tolist()]
    n = len(xs)
    cosine_squared = sum(xs) ** 2 / (n * sum(v * v for v in xs))
    expected = (1 + math.sqrt(cosine_squared)) / math.sqrt(1 - cosine_squared)
    off = 64 * n * 2**-53 * expected**2
    if off < expected:
        assert condition_number(x) == pytest.approx(expected, abs=off, rel=0)


def test_the_condition_number_grows_like_the_shift_and_centering_makes_it_one(data):
    x, _ = data
    # two columns of length 1 with the cosine c: κ² = (1 + |c|) / (1 − |c|)
    for shift in (0.0, 20.0, 200.0):
        moved = (x + shift).numpy()
        cosine = abs(moved.mean()) / np.sqrt(np.mean(moved**2))
        expected = math.sqrt((1 + cosine) / (1 - cosine))
        assert condition_number(x + shift) == pytest.approx(expected)
    tenfold = condition_number(x + 500) / condition_number(x + 50)
    assert tenfold == pytest.approx(10, rel=0.02)
    assert condition_number(x - x.mean()) == pytest.approx(1)


def test_normal_equations_lose_twice_the_digits_of_qr_and_means_lose_none():
    """Over ten times the shift: a hundred, ten, one times the error, to a factor 2."""
    for solve, growth in (
        (solve_normal_equations, 100),
        (solve_by_qr, 10),
        (solve_by_means, 1),
    ):
        ratio = slope_error(solve, 200) / slope_error(solve, 20)
        assert growth / 2 < ratio < growth * 2
    assert slope_error(solve_normal_equations, 20) > 50 * slope_error(solve_by_qr, 20)
    # what the page says of x + 200: of the median, and of the chapter's own data
    assert 0.01 < slope_error(solve_normal_equations, 200) < 0.1
    assert 1e-5 < slope_error(solve_by_qr, 200) < 1e-4
    x, y = make_data(seed=0)
    x = x + 200
    assert abs(solve_normal_equations(x, y)[1] - slope_of(x, y)) > 0.1


def test_slope_error_is_the_median_over_datasets_in_float32():
    def solve(x, y):  # off by the seed of the dataset
        counted.append(x)
        return torch.tensor([0, slope_of(x, y) + len(counted) - 1])

    for count, median in ((3, 1), (4, 1.5), (100, 49.5)):
        counted = []
        error = slope_error(solve, 50, **({} if count == 100 else {"datasets": count}))
        assert error == pytest.approx(median, rel=1e-3)
        for seed, x in enumerate(counted):
            assert torch.equal(x, make_data(seed)[0] + 50)


def test_the_numerator_alone_loses_like_qr_and_both_lose_like_the_normal_equations():
    def numerator_expanded(x, y):
        top = (x * y).sum() - len(x) * x.mean() * y.mean()
        return torch.stack((y.mean(), top / ((x - x.mean()) ** 2).sum()))

    def both_expanded(x, y):
        top = (x * y).sum() - len(x) * x.mean() * y.mean()
        return torch.stack((y.mean(), top / ((x**2).sum() - len(x) * x.mean() ** 2)))

    x, y = (column.double() for column in make_data(seed=0))
    for solve, growth in ((numerator_expanded, 10), (both_expanded, 100)):
        assert solve(x, y)[1].item() == pytest.approx(slope_of(x, y))
        ratio = slope_error(solve, 200) / slope_error(solve, 20)
        assert growth / 2 < ratio < growth * 2


def test_lstsq_drops_a_direction_without_a_word_where_qr_does_not(seed):
    """pytest turns warnings into errors here, so there is none."""
    x, y = make_data(seed)
    x = x + 1000
    answer = torch.linalg.lstsq(design_matrix(x), y)
    assert answer.rank == 1
    assert abs(answer.solution[1, 0] - slope_of(x, y)) > 5
    gels = torch.linalg.lstsq(design_matrix(x), y, driver="gels").solution[:, 0]
    for theta in (solve_by_qr(x, y), gels):
        assert abs(theta[1] - slope_of(x, y)) < 5e-3
    x = x - x.mean()
    assert torch.linalg.lstsq(design_matrix(x), y).rank == 2


@pytest.mark.parametrize(("size", "rank"), [(8_000_000, 2), (8_400_000, 1)])
def test_lstsq_takes_more_for_rounding_the_more_rows_there_are(size, rank):
    """On the post's own data, whose columns are at right angles but for 0.001."""
    assert size < 2**23 or rank == 1
    x, y = make_data(0, size)
    answer = torch.linalg.lstsq(design_matrix(x), y)
    assert answer.rank == rank
    # sums of so many rows in float32 leave a digit of both; a dropped direction, of one
    intercept, slope = answer.solution[:, 0].tolist()
    kept = (4 < intercept < 6) + (6 < slope < 8)
    assert kept == rank
    assert condition_number(x) < 1.01


def test_equal_x_are_an_error_or_nan():
    _, y = make_data(seed=0)
    x = torch.full_like(y, 2.0)
    with pytest.raises(torch.linalg.LinAlgError, match="singular"):
        solve_normal_equations(x, y)
    assert solve_by_means(x, y).isnan().all()


def test_the_digits_are_drawn_from_slope_error():
    (axes,) = figure_digits().axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    for line, solve in zip(axes.lines, WAYS, strict=True):
        for shift, error in line.get_xydata()[::2]:
            assert error == pytest.approx(slope_error(solve, shift))
    styles = {(line.get_marker(), line.get_linestyle()) for line in axes.lines}
    assert len(styles) == 3
    names = (r"$X^\top X$", "$QR$", r"$x - \bar x$")
    colors = [line.get_color() for line in axes.lines]
    assert labels(axes) == dict(zip(names, colors, strict=True))
    ends = [line.get_ydata()[-1] for line in axes.lines]
    assert [text.get_position()[1] for text in axes.texts] == ends


@pytest.mark.equation(
    "central-difference",
    r"\frac{f(t+h) - f(t-h)}{2h} = f'(t) + \frac{h^2}{6} f^{(3)}(t) + O(h^4)",
)
def test_the_error_of_the_central_difference(equation):
    quintic = np.polynomial.Polynomial([0.3, -1.2, 0.7, 1.1, -0.4, 0.9])
    equation(
        f=quintic,
        f_prime=quintic.deriv(),
        f_prime3=quintic.deriv(3),
        t=0.4,
        h=0.8,
        O=lambda power: quintic.deriv(5)(0) / 120 * power,  # and nothing follows
    )
    t, h = sympy.symbols("t h")
    for f in (sympy.exp(t),):
        quotient = central_difference(lambda at, f=f: f.subs(t, at), t, h)
        rest = quotient - f.diff(t) - h**2 / 6 * f.diff(t, 3)
        for power in (0, 1, 2, 3):
            term = sympy.series(rest, h, 0, 4).removeO().coeff(h, power)
            assert sympy.simplify(term) == 0
    # the same in numbers, with 50 digits: the rest is of the order h⁴
    with mpmath.workdps(50):
        at = mpmath.mpf("0.3")
        rests = [
            central_difference(mpmath.exp, at, step)
            - mpmath.exp(at) * (1 + step**2 / 6)
            for step in (mpmath.mpf("1e-3"), mpmath.mpf("1e-4"))
        ]
        assert float(rests[0] / rests[1]) == pytest.approx(1e4, rel=1e-5)


def test_errors_on_the_page_follow_h_squared_and_h():
    for k in (1, 2, 3):
        one_sided, central = difference_errors(10.0**-k)
        assert central == pytest.approx(10.0 ** (-2 * k) / 6 * (math.e - 1), rel=1e-2)
        assert one_sided == pytest.approx(10.0**-k / 2 * (math.e - 1), rel=0.05)


@pytest.mark.equation(
    "difference-error",
    r"E(h) = \frac{h^2}{6} \lvert f^{(3)} \rvert + \frac{u}{h} \lvert f \rvert, \qquad "
    r"h^* = \left( \frac{3 u \lvert f \rvert}{\lvert f^{(3)} \rvert} \right)^{1/3}",
)
def test_the_best_h(equation):
    f, third, u = -2.3, -1.7, 1e-3

    def worst(h):
        """What truncation does to a cubic, and what rounding does to a constant."""
        truncated = central_difference(lambda t: third / 6 * t**3, 0, h)
        rounded = central_difference(lambda t: f * (1 + math.copysign(u, t)), 0, h)
        return abs(truncated) + abs(rounded)

    best = optimize.minimize_scalar(worst, (0.1, 0.2)).x
    for h in (0.3, 0.7):
        equation(f=f, f_prime3=third, u=u, h=h, E=worst, h_star=best, rel=1e-5)
    h, u, f, third = sympy.symbols("h u f f3", positive=True)
    error = h**2 / 6 * third + u / h * f
    best = (3 * u * f / third) ** sympy.Rational(1, 3)
    assert sympy.simplify(error.diff(h).subs(h, best)) == 0
    assert sympy.simplify(error.diff(h, 2).subs(h, best)).is_positive
    # in float64: E(h) bounds the error of e^t, and no h does much better than h*
    points = [k / 1024 for k in range(1024)]  # t ± h is exact for h = 2^-k below
    worst = {}
    for k in range(4, 40):
        step = 2.0**-k
        errors = [
            abs(central_difference(math.exp, t, step) - math.exp(t)) for t in points
        ]
        worst[step] = max(errors)
        # both functions in E(h) are at most e^(1+h) here; math.exp is off by a little
        # more than u; and the exact value, to compare with, is rounded itself
        bound = math.exp(1 + step) * (step**2 / 6 + 1.1 * ROUNDING / step)
        assert worst[step] <= bound + 4 * ROUNDING * math.e
    optimum = (3 * ROUNDING) ** (1 / 3)
    nearest = min(worst, key=lambda step: abs(math.log(step / optimum)))
    assert worst[nearest] <= 2 * min(worst.values())
    assert min(worst, key=worst.get) == pytest.approx(optimum, rel=3)


def test_rounding_of_t_and_h_counts_where_f_is_small_and_t_is_large():
    """Without what the page asks of f and t, E(h) is no bound: here it is almost 0."""
    t, h = 1e8 + 0.25, 1e-3

    def f(t):
        return t - 1e8

    error = abs(central_difference(f, t, h) - 1)
    assert error > 1000 * ROUNDING / h * abs(f(t))
    assert error <= 2 * ROUNDING / h * t


def test_an_imaginary_step_needs_a_complex_derivative_and_real_values():
    def slope(function):
        return function(1.5 + 1e-8j).imag / 1e-8

    assert slope(lambda t: t * t) == pytest.approx(3)
    assert slope(lambda t: abs(t) ** 2) == 0  # t², with no complex derivative
    assert slope(lambda t: 1j * t) > 1e8  # not real: its value gets into the slope


def test_the_best_difference_of_e_to_the_t_loses_digits():
    best = min(difference_errors(10.0 ** (-k / 4))[1] for k in range(16, 28))
    assert best > 1000 * ROUNDING * math.e


def test_rounding_of_a_quadratic_s_difference_falls_to_the_scale_then_rises():
    """In rounding#exercise-wide: like u L / h, and from the residuals on like u h."""
    rows = POST_ROWS.tolist()
    scale = max(abs(y - 1 - 2 * x) for x, y in rows)

    def error(h):
        """The mean over 40 points near θ₀ = 1; the exact slope is a fraction."""
        errors = []
        for k in range(40):
            t = 1 + k / 64
            got = central_difference(loss_of_intercept, t, h)
            residuals = [Fraction(y) - Fraction(t) - 2 * Fraction(x) for x, y in rows]
            exact = -2 * sum(residuals) / len(rows)
            errors.append(float(abs(Fraction(got) - exact)))
        return sum(errors) / len(errors)

    # The rows have 24 bits, so squares of round numbers may be exact: h has all its 53.
    # Each of the two laws holds within a factor of 10.
    loss = loss_of_intercept(1.0)
    for k in (-10, -8, -6, -4, -2):
        h = math.sqrt(2) * 10.0**k
        assert h < scale / 100
        assert 0.1 < error(h) / (ROUNDING * loss / h) < 10
    for k in (4, 6, 8, 10, 12):
        h = math.sqrt(2) * 10.0**k
        assert h > scale * 100
        assert 0.1 < error(h) / (ROUNDING * h) < 10
    near = error(math.sqrt(2) * scale)
    assert near < min(error(math.sqrt(2) * h) for h in (1e-2, 1e4))
    assert error(1e10) > error(1e-5) > 1e-12 > error(1.0)


@pytest.mark.parametrize("third", [0.0, 1.0])
def test_a_wide_difference_is_exact_only_for_a_quadratic(third):
    """In rounding#exercise-wide, a sixth of the third derivative spoils h = 1."""
    wide = central_difference(lambda t: 2 * t**2 + t + third * t**3, 3.0, 1.0)
    assert wide == pytest.approx(13 + third * 27 + third)


@settings(max_examples=20)
@given(st.floats(-12, 2).map(lambda power: 10.0**power), st.booleans())
def test_errors_of_differences_are_those_of_exp_for_any_h(h, to_the_left):
    """(eʰ − 1)/h − 1 and sinh(h)/h − 1, times eᵗ; the rest is rounding."""
    h = -h if to_the_left else h
    with mpmath.workdps(60):
        step = mpmath.mpf(h)
        mean = mpmath.fsum(map(mpmath.exp, np.linspace(0, 1, 1001).tolist())) / 1001
        laws = (mpmath.expm1(step) / step - 1, mpmath.sinh(step) / step - 1)
        exact = [float(abs(law) * mean) for law in laws]
    # exp is off by 2u, t ± h by u(1 + |h|), relative to exp; each is at most e^(1+|h|)
    rounding = (6 + abs(h)) * ROUNDING * math.exp(1 + abs(h)) / abs(h)
    for got, law in zip(difference_errors(h), exact, strict=True):
        assert abs(got - law) <= rounding + 1100 * ROUNDING * (law + math.e)


def test_errors_of_differences_have_no_value_where_exp_has_none():
    with pytest.raises(ZeroDivisionError):
        difference_errors(0.0)
    with pytest.raises(OverflowError, match="range"):
        difference_errors(1e8)


def test_difference_errors_are_means_over_the_interval():
    t, h = np.linspace(0, 1, 1001), 0.1
    one_sided = np.mean((np.exp(t + h) - np.exp(t)) / h - np.exp(t))
    central = np.mean((np.exp(t + h) - np.exp(t - h)) / (2 * h) - np.exp(t))
    expected = one_sided, central
    assert difference_errors(h) == pytest.approx(expected, rel=1e-9)


def test_the_curves_are_the_errors_and_the_law():
    (axes,) = figure_differences().axes
    one_sided, central, law, best = axes.lines
    assert central.get_xdata()[[0, -1]] == pytest.approx([1e-12, 0.1])
    assert axes.get_xscale() == axes.get_yscale() == "log"
    for position in (20, 60, 88):
        h = central.get_xdata()[position]
        errors = difference_errors(h)
        drawn = one_sided.get_ydata()[position], central.get_ydata()[position]
        assert drawn == pytest.approx(errors)
    mean_of_third = np.exp(np.linspace(0, 1, 100_001)).mean()
    h = law.get_xdata()
    assert h.min() > 1e-4
    assert law.get_ydata() == pytest.approx(h**2 / 6 * mean_of_third, rel=1e-4)
    assert best.get_xdata()[0] == pytest.approx((3 * ROUNDING) ** (1 / 3))
    assert labels(axes) == {
        r"$\dfrac{f(t+h)-f(t)}{h}$": one_sided.get_color(),
        r"$\dfrac{f(t+h)-f(t-h)}{2h}$": central.get_color(),
        "$h^2 f^{(3)} / 6$": law.get_color(),
        "$h^*$": best.get_color(),
    }
    assert (
        len({line.get_linestyle() + str(line.get_color()) for line in axes.lines}) == 4
    )


def one_sided(f, t, h):
    return (f(t + h) - f(t)) / h


def five_points(f, t, h):
    """A difference whose error is of order h⁴."""
    near, far = (central_difference(f, t, each) for each in (h, 2 * h))
    return (4 * near - far) / 3


def complex_step(f, t, h):
    return f(t + 1j * h).imag / h


@pytest.mark.parametrize("way", [central_difference, one_sided, five_points])
def test_a_difference_is_no_step_along_i(way):
    """With the h of the exercise, or one that suits differences."""
    assert exercises.complex_step(complex_step) == 0
    assert exercises.complex_step(way) != 0
    assert exercises.complex_step(lambda f, t, h: way(f, t, 1e-3)) != 0
    assert exercises.complex_step(lambda f, t, h: way(f, t, max(h, 1e-5))) != 0
    assert exercises.complex_step(lambda f, t, h: complex_step(f, t, 1e-20)) != 0


@pytest.mark.parametrize(("n", "d", "m"), LAYERS)
def test_a_layer_is_addmm_to_the_last_bit(n, d, m, seed):
    torch.manual_seed(seed)
    for _ in range(5):
        layer, x = nn.Linear(d, m), torch.randn(n, d)
        assert torch.equal(layer(x), torch.addmm(layer.bias, x, layer.weight.T))


@pytest.mark.equation(
    "rounding-bound",
    r"\lvert \operatorname{fl}(\hat y_{ij}) - \hat y_{ij} \rvert \le \gamma_{d+1} "
    r"\Bigl( \lvert b_j \rvert + \sum_{k=1}^{d} \lvert x_{ik} \rvert "
    r"\lvert W_{jk} \rvert \Bigr), \qquad \gamma_m = \frac{m u}{1 - m u}",
)
@pytest.mark.parametrize(("n", "d", "m"), LAYERS)
def test_rounding_stays_within_its_bound(n, d, m, seed, equation):
    torch.manual_seed(seed)
    layer, x = nn.Linear(d, m), torch.randn(n, d)
    bound = rounding_bound(layer, x)
    by_hand = x @ layer.weight.T + layer.bias
    u = Fraction(1, 2**24)
    gamma = (d + 1) * u / (1 - (d + 1) * u)
    for i, j in {(0, 0), (n // 2, m // 2), (n - 1, m - 1)}:
        weight, row = layer.weight[j].tolist(), x[i].tolist()
        bias = Fraction(layer.bias[j].item())
        terms = [Fraction(a) * Fraction(b) for a, b in zip(row, weight, strict=True)]
        limit = gamma * (abs(bias) + sum(map(abs, terms)))
        assert bound[i, j].item() == pytest.approx(float(limit), rel=1e-12)
        for computed in (layer(x)[i, j], by_hand[i, j]):
            assert abs(Fraction(computed.item()) - bias - sum(terms)) <= limit
    exact = x.double() @ layer.weight.double().T + layer.bias.double()
    for computed in (layer(x), by_hand):
        assert ((computed - exact).abs() <= bound).all()
    assert ((layer(x) - by_hand).abs() <= 2 * bound).all()

    def check(d, bias, first, others, m=10**6, **options):
        """With all roundings upwards, and all products but the first one small."""
        x, weights = [[first] + [others] * (d - 1)], [[0] * d, [Fraction(1)] * d]
        exact, rounded = bias + sum(x[0]), bias
        for term in x[0]:
            rounded = (rounded + term * (1 + u)) * (1 + u)
        equation(
            fl={exact: rounded}.get,
            y_hat=[[0, exact]],
            x=x,
            W=weights,
            b=[0, bias],
            gamma=lambda m: sum((m * u) ** power for power in range(1, 9)),
            **{"i": 1, "j": 2, "d": d, "m": m, "u": u},
            **options,
        )

    one, small = Fraction(1), Fraction(1, 10**7)
    check(9, one, one, one, rel=1e-6)
    # which is all that the bound allows
    check(50, small, one, small, attained=True, rel=1e-3)
    check(50, one, small, small, attained=True, rel=0.05)


@examples
@given(st.data())
def test_the_bound_holds_for_layers_that_readers_bring(data):
    dtype = data.draw(FLOATS)
    n, d, m = data.draw(SIZES), *(data.draw(st.integers(1, 6)) for _ in "dm")
    layer = nn.utils.skip_init(nn.Linear, d, m, bias=data.draw(st.booleans()))
    layer.to(dtype)
    largest = 50 if dtype == torch.float16 else 1e12  # no overflow
    for parameter in layer.parameters():
        parameter.data = drawn(data.draw, parameter.shape, dtype, largest)
    x = drawn(data.draw, (n, d), dtype, largest)
    got, bound = layer(x), rounding_bound(layer, x)
    assert bound.shape == got.shape == (n, m)
    rows, weight = fractions(x), fractions(layer.weight)
    bias = [Fraction(0)] * m if layer.bias is None else fractions(layer.bias)
    # the bound itself is rounded, and no underflow is in it
    extra = (d + 1) * Fraction(torch.finfo(dtype).tiny)
    for i, j in product(range(n), range(m)):
        terms = [a * b for a, b in zip(rows[i], weight[j], strict=True)]
        error = abs(Fraction(got[i, j].item()) - sum(terms) - bias[j])
        assert error <= Fraction(bound[i, j].item()) * (1 + Fraction(1, 2**40)) + extra


def test_there_is_no_bound_where_rounding_may_lose_everything():
    x = torch.zeros(1, 2047, dtype=torch.float16)
    with pytest.raises(ValueError, match="no bound for 2047 inputs"):
        rounding_bound(nn.Linear(2047, 1).half(), x)
    assert rounding_bound(nn.Linear(2046, 1).half(), x[:, 1:]).item() > 0
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        rounding_bound(nn.Linear(3, 1), torch.zeros(1, 2))


def test_rounding_that_is_lost_on_purpose_breaks_the_bound():
    """Otherwise the bound could be anything."""
    torch.manual_seed(0)
    layer, x = nn.Linear(3, 2), torch.randn(100, 3)
    exact = x.double() @ layer.weight.double().T + layer.bias.double()
    coarse = layer.bfloat16()(x.bfloat16()).double()
    assert ((coarse - exact).abs() > rounding_bound(layer.float(), x)).any()


@pytest.mark.parametrize(("n", "m"), [(1, 1), (100, 1), (1, 100), (100, 100)])
def test_a_layer_may_round_once_or_twice(n, m):
    """In rounding#exercise-two_answers both are within rounding#eq-rounding-bound."""
    w, b = 1 + 2**-12, -(1 + 2**-11)
    assert float32(w) == w and float32(b) == b
    assert Fraction(w) ** 2 + Fraction(b) == Fraction(1, 2**24)
    assert float32(w * w) + b == 0
    layer = nn.Linear(1, m)
    nn.init.constant_(layer.weight, w)
    nn.init.constant_(layer.bias, b)
    x = torch.full((n, 1), w)
    assert set(layer(x).flatten().tolist()) <= {0.0, 2.0**-24}
    assert (rounding_bound(layer, x) > 2**-24).all()


@pytest.mark.equation(
    "complex-step", r"f'(t) = \frac{\operatorname{Im} f(t + ih)}{h} + O(h^2)"
)
def test_the_imaginary_step(equation):
    quartic, t = np.polynomial.Polynomial([0.3, -1.2, 0.7, 1.1, -0.4]), 0.4
    equation(
        f=quartic,
        f_prime=quartic.deriv(),
        t=t,
        h=0.8,
        i=1j,
        Im=np.imag,
        O=lambda power: quartic.deriv(3)(t) / 6 * power,  # and nothing follows
    )

    def function(t):
        return cmath.exp(t) * cmath.sin(t) / (1 + t**2)

    t = sympy.symbols("t")
    exact = (sympy.exp(t) * sympy.sin(t) / (1 + t**2)).diff(t)
    for at in (-0.4, 0.3, 1.7):
        derivative = float(exact.subs(t, at))
        errors = [function(at + h * 1j).imag / h - derivative for h in (1e-2, 1e-3)]
        assert errors[0] / errors[1] == pytest.approx(100, rel=1e-2)
        tiny = function(at + 1e-100j).imag / 1e-100
        assert tiny == pytest.approx(derivative, rel=1e-14)


@pytest.mark.parametrize("power", [2, 3])
def test_a_power_s_imaginary_part_is_its_derivative(power):
    t, h = 1.5, 1e-100
    slope = ((t + 1j * h) ** power).imag / h
    assert slope == pytest.approx(power * t ** (power - 1), rel=1e-14)


def test_gradcheck_steps_by_a_millionth_and_wants_float64():
    check = torch.autograd.gradcheck
    assert inspect.signature(check).parameters["eps"].default == 1e-6
    t = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    assert check(torch.exp, t)
    single = t.detach().float().requires_grad_()
    said = "This check will likely fail if all the inputs are not of double precision"
    with pytest.warns(UserWarning, match=said):
        assert not check(torch.exp, single, raise_exception=False)
    gaps = 1e-6 / torch.finfo(torch.float32).eps
    assert 1 < gaps < 10


def test_a_mean_at_right_angles_is_what_the_years_need():
    """In rounding#exercise-years."""
    years = torch.arange(2000.0, 2021.0)[:, None]
    assert years.mean() == 2010
    assert condition_number(years - 2010) == pytest.approx(1)
    assert 1e5 < condition_number(years) ** 2 < 1e6


def test_the_solvers_are_one_line_in_float64(data):
    x, y = data
    for solve in WAYS:
        assert solve(x, y).numpy() == pytest.approx(numpy_fit(x, y))
    assert least_squares(x, y).numpy() == pytest.approx(numpy_fit(x, y))


def test_the_grid_is_drawn_from_the_rule():
    (axes,) = figure_grid().axes
    _, marks, given, stored = axes.lines
    fractions_of_4 = {k / 4 for k in range(4, 8)}
    expected = {f * 2.0**power for f in fractions_of_4 for power in (-1, 0, 1, 2)}
    assert set(marks.get_xdata()) == expected | {8.0}
    assert (list(given.get_xdata()), list(stored.get_xdata())) == ([5.3], [5.0])
    assert labels(axes) == {"5.3": given.get_color(), "5": stored.get_color()}
    assert [text.get_text() for text in axes.get_xticklabels()] == list("½1248")
    assert axes.get_xticks().tolist() == [0.5, 1, 2, 4, 8]


def test_the_sums_are_drawn_as_they_run():
    (axes,) = figure_sums().axes
    for line, dtype in zip(axes.lines, (torch.float32, torch.bfloat16), strict=True):
        totals = running_sum(0.1, 600, dtype).float().tolist()
        assert line.get_xydata().tolist() == list(map(list, enumerate(totals, 1)))
    colors = [line.get_color() for line in axes.lines]
    assert labels(axes) == dict(zip(("float32", "bfloat16"), colors, strict=True))
    assert len({line.get_linestyle() for line in axes.lines}) == 2
    assert is_whole(axes)


# Arguments of each exercise's check: right, one for each hint, and unlike any.
ANSWERS = {
    "counter": [
        (256, 2048),
        (128, 1024),
        (257, 2049),
        (65536, 65536),
        (100, 1000),
    ],
    "years": [
        (663.9, 3.6, 1.0),
        (667_207, 22.7, 6.06),
        (440_740, 12.8, 1.0),
        (663.9, 1.0, 1.0),
        (663.9, 2.0, 1.0),
    ],
    "two_answers": [
        (0, 5.9605e-8),
        (5.9605e-8, 5.9605e-8),
        (1.1921e-7, 5.9605e-8),
        (0, 0),
        (-4.8828e-4, -4.8822e-4),
    ],
    "wide": [
        ([1, 1e-5, 1e-10],),
        ([1e-5, 1e-10, 1],),
        ([1e-10, 1e-5, 1],),
        ([1, 1e-10, 1e-5],),
        ([1e-3, 1, 1e-5],),
    ],
    "complex_step": [
        (lambda f, t, h: f(t + 1j * h).imag / h,),
        (lambda f, t, h: f(t + 1j * h).imag / (2 * h),),
        (lambda f, t, h: f(t + 1j * h).real / h,),
        (lambda f, t, h: f(t + h).imag / h,),
        (lambda f, t, h: f(t + 1j * h).imag,),
        (lambda f, t, h: f(t - 1j * h).imag / h,),
    ],
}


def steps_by_error(printed, run):
    """The exercise's three, each of which is printed with a bound of its error."""
    bounds = dict(map(numbers, printed.splitlines()))
    assert len(set(bounds.values())) == len(bounds)  # so that they tell the order
    return [(sorted((1, 1e-5, 1e-10), key=bounds.get),)]


def last_of_each_line(printed, run):
    return [tuple(float(line.split()[-1]) for line in printed.splitlines())]


# What each solution answers, taken out of what it prints or defines.
SOLUTIONS = {
    "counter": last_of_each_line,
    "years": last_of_each_line,
    "two_answers": lambda printed, run: [tuple(numbers(printed))],
    "wide": steps_by_error,
    "complex_step": lambda printed, run: [(run()["imaginary_step"],)],
}


def test_the_order_of_the_steps_is_that_of_their_errors():
    rows = POST_ROWS.tolist()
    exact = sum(-2 * (y - 1 - 2 * x) for x, y in rows) / len(rows)

    def error(h):
        return abs(central_difference(loss_of_intercept, 1.0, h) - exact)

    assert exercises.wide(sorted([1e-5, 1e-10, 1.0], key=error)) == 0


def test_either_part_of_an_answer_may_be_wrong():
    assert exercises.counter(256, 1024) == 1
    assert exercises.counter(256, 2049) == 2
    assert exercises.counter(255, 2048) == -1
    assert exercises.years(663.9, 3.6, 6.06) == 1
    assert exercises.years(663.9, 12.8, 1.0) == 2
    assert exercises.two_answers(0, 2.9802e-8) == -1


@given(st.sampled_from([0.5, 2.0, 7.0, 1.5]), st.floats(0.01, 9))
def test_functions_that_are_right_at_one_place_are_wrong(place, off):
    """Derivatives that are right at t = place, by a wrong formula."""
    wrong = [
        lambda f, t, h: complex_step(f, t, h) + off * (t - place),
        lambda f, t, h: complex_step(f, t, h) + off * h,
        lambda f, t, h: complex_step(f, t, h) * (1 + off),
    ]
    assert 0 not in map(exercises.complex_step, wrong)
