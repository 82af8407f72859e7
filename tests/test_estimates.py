import contextlib
import io
import math
import re
import runpy
import textwrap
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from scipy import stats

from snippets.data import POST_ROWS, SIGMA, THETA, make_data
from snippets.estimates import (
    bootstrap,
    fit,
    mean_interval,
    regress,
    show,
    simulate,
)
from snippets.exercises import estimates as exercises
from snippets.figures.estimates import (
    figure_bow,
    figure_cloud,
    figure_distances,
    figure_fit,
    figure_funnel,
    figure_intervals,
)
from snippets.loss import least_squares
from snippets.model import Model
from snippets.training import theta_of, train
from tests.inputs import columns, fit_exactly
from tests.printed import numbers

DATASETS = 20_000
MODULE = str(Path(__file__).parents[1] / "snippets/estimates.py")


@pytest.fixture
def data(seed):
    return tuple(column.double() for column in make_data(seed))


@pytest.fixture
def repeated(data, seed):
    """X of one dataset, (100, 2), and θ̂ and s² for 20 000 draws of its noise."""
    x, _ = data
    design_matrix = torch.cat((torch.ones_like(x), x), 1)
    generator = torch.Generator().manual_seed(seed + 1)
    noise = SIGMA * torch.randn(100, DATASETS, generator=generator, dtype=x.dtype)
    y = design_matrix @ THETA.double()[:, None] + noise
    theta_hat = torch.linalg.lstsq(design_matrix, y).solution  # (2, DATASETS)
    residual_sums = ((y - design_matrix @ theta_hat) ** 2).sum(0)
    return design_matrix, noise, theta_hat, residual_sums / (100 - 2)


@pytest.fixture(scope="module")
def names():
    """What the chapter's module has computed when it is run."""
    with contextlib.redirect_stdout(io.StringIO()):
        return runpy.run_path(MODULE, run_name="__main__")


def scipy_fit(x, y):
    return stats.linregress(x[:, 0].numpy(), y[:, 0].numpy())


def test_theta_hat_is_the_bottom_of_the_loss(data):
    x, y = data
    theta_hat = fit(x, y).theta_hat
    assert theta_hat.numpy() == pytest.approx(np.polyfit(x[:, 0], y[:, 0], 1)[::-1])
    theta = theta_hat.clone().requires_grad_()
    ((y - theta[0] - theta[1] * x) ** 2).mean().backward()
    assert theta.grad.abs().max() < 1e-10


@pytest.mark.equation(
    "slope-error",
    r"\hat\theta_1 - \theta_1 = \frac{\sum_i (x_i - \bar x)\, \varepsilon_i}"
    r"{\sum_i (x_i - \bar x)^2}",
)
@pytest.mark.equation(
    "slope-variance",
    r"\Var(\hat\theta_1) = \frac{\sigma^2}{\sum_i (x_i - \bar x)^2}",
)
def test_the_slope_is_off_by_weighted_noise(data, equation):
    x, y = (column[:, 0].numpy() for column in data)
    x = x + 1  # where the mean is 0, its sign does not matter
    noise = y - 5 - 7 * (x - 1)
    slope, _ = np.polyfit(x, 5 + 7 * x + noise, 1)
    # what each row's noise moves the slope by, squared and added up
    moved = np.linalg.lstsq(np.column_stack((np.ones(100), x)), np.eye(100))[0][1]
    equation(
        theta={1: 7},
        theta_hat={1: slope},
        x=x,
        x_bar=x.mean(),
        epsilon=noise,
        i=range(1, 101),
        sigma=SIGMA,
        Var={slope: SIGMA**2 * (moved**2).sum()}.get,
        abs=1e-9,
    )


@pytest.mark.equation(
    "estimation-error",
    r"\hat\theta - \theta = (X^\top X)^{-1} X^\top \varepsilon",
)
def test_the_error_is_a_weighted_sum_of_the_noise(repeated, equation):
    design_matrix, noise, theta_hat, _ = repeated
    weights = np.linalg.pinv(design_matrix.numpy())  # (XᵀX)⁻¹Xᵀ, in a different way
    error = theta_hat - THETA.double()[:, None]
    assert error.numpy() == pytest.approx(weights @ noise.numpy(), abs=1e-9)
    few = {"theta_hat": theta_hat[:, :9], "epsilon": noise[:, :9]}
    equation(X=design_matrix, theta=THETA[:, None], abs=1e-9, **few)


@pytest.mark.equation(
    "estimate-covariance", r"\Cov(\hat\theta) = \sigma^2 (X^\top X)^{-1}"
)
@pytest.mark.alarms(6)
def test_covariance_of_the_estimator(repeated, alarm, equation):
    design_matrix, _, theta_hat, _ = repeated
    covariance = SIGMA**2 * np.linalg.inv((design_matrix.T @ design_matrix).numpy())
    error = (theta_hat - THETA.double()[:, None]).numpy()
    # along any direction d, Σ (d·error)² / dᵀ C d is chi-squared; three fix C
    for direction in ([1, 0], [0, 1], [1, 1]):
        low, high = stats.chi2.interval(1 - alarm(), DATASETS)
        variance = direction @ covariance @ direction
        assert low < ((direction @ error) ** 2).sum() / variance < high
        mean_limit = stats.norm.isf(alarm() / 2) * math.sqrt(variance / DATASETS)
        assert abs((direction @ error).mean()) < mean_limit, "unbiased"
    # θ̂ is linear in the noise: what each row's noise moves, squared and added up
    moved = np.linalg.lstsq(design_matrix.numpy(), np.eye(100))[0]
    equation(
        X=design_matrix,
        sigma=SIGMA,
        theta_hat=moved,
        Cov=lambda moved: SIGMA**2 * moved @ moved.T,
    )


@pytest.mark.equation(
    "residual-variance",
    r"s^2 = \frac{1}{n - 2} \sum_{i=1}^n (y_i - \hat\theta_0 - \hat\theta_1 x_i)^2",
)
def test_s_squared_is_unbiased(data, repeated, alarm, equation):
    x, y = data
    theta_hat = np.polyfit(x[:, 0], y[:, 0], 1)
    residual = y[:, 0].numpy() - np.polyval(theta_hat, x[:, 0].numpy())
    assert fit(x, y).s ** 2 == pytest.approx((residual**2).sum() / 98)
    theta = {0: theta_hat[1], 1: theta_hat[0]}
    equation(s=fit(x, y).s, n=100, x=x[:, 0], y=y[:, 0], theta_hat=theta)
    # (n − 2) s² / σ² is chi-squared with n − 2 degrees of freedom, for each dataset
    s_squared = repeated[3]
    low, high = stats.chi2.interval(1 - alarm(), 98 * DATASETS)
    assert low < (98 * s_squared / SIGMA**2).sum() < high


def test_the_weights_of_the_slope_are_those_of_its_formula(data):
    x, _ = data
    slope = torch.linalg.pinv(torch.cat((torch.ones_like(x), x), 1).double())[1]
    x_centered = (x - x.mean())[:, 0].double()
    S = (x_centered**2).sum()
    torch.testing.assert_close(slope, x_centered / S, atol=1e-8, rtol=0)
    torch.testing.assert_close(slope.square().sum(), 1 / S)


@pytest.mark.equation(
    "two-standard-errors",
    r"\operatorname{se}(\hat\theta_1) = \frac{s}{\sqrt{\sum_i (x_i - \bar x)^2}}, "
    r"\qquad \operatorname{se}(\hat\theta_0) = s \sqrt{\frac{1}{n} + \frac{\bar x^2}"
    r"{\sum_i (x_i - \bar x)^2}}",
)
def test_standard_errors_written_out_are_those_of_the_inverse(data, equation):
    x, y = data
    x = x + 1  # where the mean is 0, its sign does not matter
    regression = fit(x, y)
    X = np.column_stack((np.ones(len(x)), x))
    by_inverse = regression.s * np.sqrt(np.diag(np.linalg.inv(X.T @ X)))
    assert regression.standard_error.numpy() == pytest.approx(by_inverse)
    equation(
        theta_hat=dict(enumerate(regression.theta_hat.tolist())),
        se=dict(zip(regression.theta_hat.tolist(), by_inverse, strict=True)).get,
        s=regression.s,
        n=100,
        i=range(1, 101),
        x=x[:, 0],
        x_bar=x.mean(),
    )


@pytest.mark.equation(
    "standard-error",
    r"\operatorname{se}(\hat\theta_j) = s \sqrt{\left[(X^\top X)^{-1}\right]_{jj}}",
)
def test_standard_errors_are_scipy_s(data, equation):
    expected = scipy_fit(*data)
    errors = fit(*data).standard_error.tolist()
    assert errors == pytest.approx([expected.intercept_stderr, expected.stderr])
    x, residuals = (
        data[0].numpy(),
        data[1] - expected.intercept - expected.slope * data[0],
    )
    for j in (1, 2):
        equation(
            theta_hat=[expected.intercept, expected.slope],
            se={
                expected.intercept: expected.intercept_stderr,
                expected.slope: expected.stderr,
            }.get,
            s=math.sqrt((residuals**2).sum() / 98),
            X=np.column_stack((np.ones(100), x)),
            j=j,
        )


@pytest.mark.equation(
    "confidence-interval",
    r"\hat\theta_j \pm t_{n-2,\,0.975} \cdot \operatorname{se}(\hat\theta_j)",
)
@pytest.mark.parametrize("probability", [0.5, 0.95, 0.99])
def test_intervals_are_scipy_s(data, probability, equation):
    expected = scipy_fit(*data)
    centres = (expected.intercept, expected.slope)
    errors = (expected.intercept_stderr, expected.stderr)
    t = stats.t.ppf((1 + probability) / 2, 98)
    for j, (low, high) in enumerate(fit(*data).interval(probability).tolist()):
        assert low == pytest.approx(centres[j] - t * errors[j], abs=1e-3)
        assert high == pytest.approx(centres[j] + t * errors[j], abs=1e-3)
        equation(
            stats.t.interval(0.95, 98, centres[j], errors[j]),
            theta_hat=dict(enumerate(centres)),
            t=lambda degrees, below: stats.t.ppf(below, degrees),
            se=dict(zip(centres, errors, strict=True)).get,
            n=100,
            j=j,
        )


@pytest.mark.equation(
    "confidence-interval",
    r"\hat\theta_j \pm t_{n-2,\,0.975} \cdot \operatorname{se}(\hat\theta_j)",
)
@pytest.mark.parametrize("size", [10, 100])
@pytest.mark.alarms(2)
def test_intervals_cover_the_truth_as_often_as_they_say(size, seed, alarm):
    theta_hat, errors, _ = simulate(DATASETS, size, seed)
    inside = (theta_hat - THETA).abs() <= stats.t.ppf(0.975, size - 2) * errors
    for covered in inside.sum(0).tolist():
        low, high = stats.binom.interval(1 - alarm(), DATASETS, 0.95)
        assert low <= covered <= high


@pytest.mark.equation(
    "r-squared",
    r"R^2 = 1 - \frac{\sum_i (y_i - \hat y_i)^2}{\sum_i (y_i - \bar y)^2}",
)
def test_r_squared_is_the_squared_correlation(data, equation):
    expected = scipy_fit(*data)
    assert fit(*data).r_squared == pytest.approx(expected.rvalue**2)
    x, y = (column[:, 0] for column in data)
    line = expected.intercept + expected.slope * x
    equation(R=expected.rvalue, i=range(1, 101), y=y, y_hat=line, y_bar=y.mean())


@pytest.mark.parametrize("offset", range(5))
def test_the_truth_is_within_the_reach_of_the_closed_form(offset, seed, alarm):
    """(θ̂ − θ)ᵀ XᵀX (θ̂ − θ) / σ² is chi-squared with 2 degrees of freedom."""
    x, y = make_data(seed + offset)
    away = fit(x, y).theta_hat - torch.tensor([5.0, 7.0])
    distance = ((away[0] + away[1] * x.double()) ** 2).sum() / 2**2
    assert distance < stats.chi2.isf(alarm(), 2)


def test_the_post_s_ten_rows():
    """Expected values: scipy.stats.linregress on the rows as the post prints them."""
    regression = fit(POST_ROWS[:, :1], POST_ROWS[:, 1:])
    assert regression.theta_hat.tolist() == pytest.approx([3.596, 7.819], abs=5e-4)
    (_, high), (low_slope, high_slope) = regression.interval().tolist()
    assert high < 5, "the interval for the intercept misses the truth"
    assert low_slope < 7 < high_slope


def test_simulation_is_one_fit_after_another(seed):
    theta_hat, errors, smallest = simulate(datasets=5, size=30, seed=seed)
    x, y = (column.reshape(5, 30, 1) for column in make_data(seed, 150))
    for i in range(5):
        one = fit(x[i], y[i])
        assert theta_hat[i].tolist() == pytest.approx(one.theta_hat.tolist(), rel=1e-4)
        assert errors[i].tolist() == pytest.approx(
            one.standard_error.tolist(), rel=1e-4
        )
        assert smallest[i].item() == pytest.approx(one.s**2 * 28 / 30, rel=1e-4)


def test_an_interval_around_unfinished_training_does_not_hold_what_it_says(seed):
    """Five steps of gradient descent from (0, 0) on each of 500 datasets."""
    x, y = (column.double().reshape(500, 100) for column in make_data(seed, 50_000))
    theta = torch.zeros(500, 2, dtype=x.dtype)
    for _ in range(5):
        residual = y - theta[:, :1] - theta[:, 1:] * x
        theta += 0.2 * torch.stack((residual.mean(1), (residual * x).mean(1)), 1)
    held, quantile = 0, stats.t.ppf(0.975, 98)
    for each, x_each, y_each in zip(theta, x, y, strict=True):
        error = fit(x_each[:, None], y_each[:, None]).standard_error[1]
        held += bool((each[1] - 7).abs() <= quantile * error)
    assert held < 50


@given(columns(least=3))
def test_fit_is_right_for_any_data_or_refuses_it(data):
    x, y = data
    try:
        regression = fit(x, y)
    except ValueError as refused:
        with pytest.raises(ValueError, match=re.escape(str(refused))):
            least_squares(x, y)  # whose refusals test_loss.py examines
        return
    line, n = fit_exactly(x, y), len(x)
    assert regression.degrees_of_freedom == n - 2
    s = math.sqrt(line.residual_sum / (n - 2))
    # the norm of all residuals is off by the norm of their errors at most
    s_off = line.off * math.sqrt(n / (n - 2)) + 1e-12 * s
    assert regression.s == pytest.approx(s, abs=s_off, rel=0)
    spread, x_mean = float(line.spread), x.double().mean().item()
    x_off = 4 * 2**-53 * x.double().abs().max().item() / math.sqrt(spread / n) + 1e-12
    for j, factor in enumerate((1 / n + x_mean**2 / spread, 1 / spread)):
        factor = math.sqrt(factor)
        off = factor * (s_off + 2 * x_off * s)
        found = regression.standard_error[j].item()
        assert found == pytest.approx(s * factor, abs=off, rel=0)
    if line.scatter == 0:
        assert math.isnan(regression.r_squared)
        return
    unexplained = float(line.residual_sum / line.scatter)
    off = line.off * math.sqrt(n / float(line.scatter))
    off = 2 * math.sqrt(unexplained) * off + 4 * off**2 + 1e-12
    assert regression.r_squared == pytest.approx(1 - unexplained, abs=off, rel=0)


@pytest.mark.parametrize("size", [0, 1, 2])
def test_simulation_refuses_datasets_that_leave_no_degrees_of_freedom(size):
    with pytest.raises(ValueError, match=f"{size} points leave no degrees of freedom"):
        simulate(datasets=5, size=size, seed=0)


@pytest.mark.parametrize("values", [(0.0, 1.0, 3.0), (3.0, 1.0, 0.0), (1.0, 1.0, 2.0)])
def test_three_points_are_enough_in_any_order(values):
    x, y = torch.tensor(values)[:, None], torch.tensor([[1.0], [0.0], [5.0]])
    expected = scipy_fit(x.double(), y.double())
    assert fit(x, y).theta_hat.tolist() == pytest.approx(
        [expected.intercept, expected.slope]
    )


@pytest.mark.parametrize("value", [0.1, 1, 3.7, 1000])
def test_fit_refuses_a_constant_x(value):
    with pytest.raises(ValueError, match="x is constant, or varies by 4 eps"):
        fit(torch.full((100, 1), float(value)), make_data(seed=0)[1])


def test_the_post_s_figure_shows_both_lines_and_the_band():
    (axes,) = figure_fit().axes
    x, y = make_data(seed=0)
    points, band = axes.collections
    assert points.get_offsets().tolist() == torch.cat((x, y), 1).tolist()
    truth, fitted = axes.lines
    assert np.polyfit(*truth.get_data(), 1) == pytest.approx([7, 5])
    expected = scipy_fit(x.double(), y.double())
    slope, intercept = np.polyfit(*fitted.get_data(), 1)
    assert (slope, intercept) == pytest.approx((expected.slope, expected.intercept))
    # the band at x is the interval for the intercept when x is moved there
    edge = band.get_paths()[0].vertices
    for at in (fitted.get_xdata()[0], fitted.get_xdata()[25], fitted.get_xdata()[-1]):
        low, high = fit(x - at, y).interval()[0].tolist()
        heights = edge[np.isclose(edge[:, 0], at), 1]
        assert heights.min() == pytest.approx(low, abs=1e-5)
        assert heights.max() == pytest.approx(high, abs=1e-5)
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels[2:] == [r"$\theta = (5, 7)$", r"$\hat\theta = (5.32, 6.76)$"]


def test_the_height_of_the_line_is_surest_at_the_mean_of_x(data):
    x, y = data
    places = (x.mean(), x.mean() - 0.1, x.mean() + 0.1, x.min(), x.max())
    at_mean, *elsewhere = (fit(x - at, y).standard_error[0] for at in places)
    assert at_mean < min(elsewhere)


def test_the_intervals_that_miss_are_red_and_dotted():
    (axes,) = figure_intervals().axes
    theta_hat, errors, _ = simulate(datasets=50, size=100, seed=0)
    bars = [line for line in axes.lines if len(set(line.get_xdata())) == 1]
    bars = [line for line in bars if len(line.get_xdata()) == 2]
    assert len(bars) == 50
    assert [bar.get_color() for bar in bars].count("tab:red") == 1  # the caption
    for bar, center, error in zip(bars, theta_hat[:, 1], errors[:, 1], strict=True):
        half = stats.t.ppf(0.975, 98) * error.item()
        low, high = center.item() - half, center.item() + half
        assert list(bar.get_ydata()) == pytest.approx([low, high], abs=1e-3)
        missed = not low <= 7 <= high
        style = ("tab:red", ":") if missed else ("tab:orange", "-")
        assert (bar.get_color(), bar.get_linestyle()) == style
        if missed:
            ends, truth = axes.texts
            assert ends.get_text() == f"$[{low:.3f}, {high:.3f}]$"
            assert ends.get_position()[0] == bar.get_xdata()[0]
            assert (truth.get_text(), truth.get_position()[1]) == (r"$\theta_1 = 7$", 7)
    stars = [line for line in axes.lines if line.get_marker() == "*"]
    assert [star.get_ydata()[0] for star in stars] == theta_hat[:, 1].tolist()


def test_noise_and_slope_explain_where_the_ten_rows_put_the_intercept():
    """θ̂₀ − 5 = ε̄ − x̄ (θ̂₁ − 7): the mean of the noise, and the slope's part."""
    x, y = POST_ROWS.double().unbind(1)
    intercept, slope = fit(x[:, None], y[:, None]).theta_hat.tolist()
    noise = (y - 5 - 7 * x).mean().item()
    assert intercept - 5 == pytest.approx(noise - x.mean().item() * (slope - 7))
    assert noise < 0 < x.mean()
    assert slope > 7


def test_rounding_can_hide_that_there_is_no_inverse():
    """Why `fit` looks at x itself."""
    unnoticed = []
    for value in (0.1, 0.7, 1.1, 3.7, 12.3, 1000.1):
        columns = (torch.ones(100, 1), torch.full((100, 1), value))
        design_matrix = torch.cat(columns, 1).double()
        try:
            torch.linalg.inv(design_matrix.T @ design_matrix)
        except torch.linalg.LinAlgError:
            continue
        unnoticed.append(value)
    assert unnoticed


# Arguments of each exercise's check: right, one for each hint, and unlike any.
ANSWERS = {
    "wider": [(6.29, 7.24), (6.34, 7.19), (6.40, 7.12), (4.83, 5.80), (1.91, 11.61)],
    "wide_x": [(1, 0.5), (1, 2), (0.5, 0.5), (1, 1), (2, 4)],
    "four_times": [(4,), (2,), (1.414,), (4000,), (16,)],
    "r_squared": [(0.925,), (1.0,), (0.935,), (0.0755,), (0.961,), (0.5,)],
    "three_points": [(12.7,), (1.96,), (3.18,), (4.30,), (6.31,), (2.0,)],
    "prediction": [(0.927,), (0.633,), (0.867,), (0.98,), (0.139,), (0.95,)],
}


def intervals(printed, run):
    lines = map(numbers, printed.splitlines())
    return [(low, high) for level, low, high, _ in lines if level == 0.99]


def growth(printed, run):
    """From each size to the next, of those whose intervals are printed."""
    sizes, *_ = zip(*map(numbers, printed.splitlines()), strict=True)
    return [(larger / size,) for size, larger in pairwise(sizes)]


# What each solution answers, taken out of what it prints or defines.
SOLUTIONS = {
    "wider": intervals,
    "four_times": growth,
    "wide_x": lambda printed, run: [tuple(numbers(printed))],
    "r_squared": lambda printed, run: [(numbers(printed)[-2],)],
    "three_points": lambda printed, run: [tuple(numbers(printed))],
    "prediction": lambda printed, run: [(numbers(printed)[-1],)],
}


def test_what_is_left_out_of_a_prediction_interval_shows_in_its_share():
    """The numbers that the check of estimates#exercise-prediction knows."""
    old, new = make_data(seed=0), make_data(seed=1, size=100_000)
    line = stats.linregress(*(column[:, 0].double().numpy() for column in old))

    def share(half_width, x, y):
        return ((y - line.intercept - line.slope * x).abs() < half_width).float().mean()

    s = line.stderr * np.std(old[0].numpy()) * math.sqrt(100)
    t, one_sided = stats.t.ppf((0.975, 0.95), 98)
    widths = (t * s, s, one_sided * s, t * line.stderr)
    assert [exercises.prediction(share(width, *new)) for width in widths] == [
        0,
        1,
        2,
        4,
    ]
    assert exercises.prediction(share(t * s, *old)) == 3
    assert (exercises.prediction(0.24), exercises.prediction(0.25)) == (4, -1)


def test_an_interval_by_another_quantile_or_around_another_place_is_wrong():
    """Answers to estimates#exercise-wider, to two decimals."""
    line = scipy_fit(*(column.double() for column in make_data(seed=0)))

    def answer(middle, quantile):
        half = quantile * line.stderr
        return round(middle - half, 2), round(middle + half, 2)

    right = stats.t.ppf(0.995, 98)
    low, high = answer(line.slope, right)
    assert exercises.wider(low, high) == 0
    assert exercises.wider(high, low) == exercises.wider(0, high - low) == -1
    assert exercises.wider(*answer(7, right)) == -1  # around the truth
    for quantile in (stats.norm.ppf(0.995), stats.t.ppf(0.995, 8)):
        assert exercises.wider(*answer(line.slope, quantile)) == -1


def test_what_the_chapter_has_computed_is_what_scipy_computes(names):
    """All digits of it: the page prints few."""
    lines = [scipy_fit(*make_data(seed)) for seed in range(1000)]
    t = stats.t.ppf(0.975, 98)
    inside = [abs(line.slope - 7) <= t * line.stderr for line in lines]
    assert names["covered"][1].item() == pytest.approx(np.mean(inside))
    for size, found, errors in (
        (100, names["theta_hat"], names["errors"]),
        (1_000_000, names["more"], names["more_errors"]),
    ):
        line = scipy_fit(*(column.double() for column in make_data(0, size)))
        expected = line.intercept, line.slope, line.intercept_stderr, line.stderr
        given = torch.cat((found, errors)).tolist()
        assert given == pytest.approx(expected, rel=1e-9)
    assert names["limit"].item() == pytest.approx(line.rvalue**2, rel=1e-6)
    x, y = make_data(seed=0)
    r_squared = fit(x, y).r_squared
    assert names["r_squared"].item() == pytest.approx(r_squared, rel=1e-6)
    x, y = make_data(seed=1, size=100_000)
    line = scipy_fit(*(column.double() for column in make_data(seed=0)))
    half_width = stats.t.ppf(0.975, 98) * names["s"].item()
    held = ((y - line.intercept - line.slope * x).abs() <= half_width).double().mean()
    assert names["held"].item() == pytest.approx(held.item(), abs=5e-5)


def test_the_squared_standard_errors_average_to_the_variance_of_the_thousand(names):
    """What the chapter says of its cloud: it lies about the truth, as wide as that."""
    estimates = names["estimates"]
    data = [make_data(seed) for seed in range(1000)]
    lines = [scipy_fit(x.double(), y.double()) for x, y in data]
    expected = [(line.intercept, line.slope) for line in lines]
    assert estimates.numpy() == pytest.approx(np.array(expected), abs=1e-5)
    errors = np.array([(line.intercept_stderr, line.stderr) for line in lines])
    assert estimates.var(0).numpy() == pytest.approx((errors**2).mean(0), rel=0.1)
    assert estimates.mean(0).tolist() == pytest.approx([5, 7], abs=0.02)
    for count, share in ((1, 0.70), (2, 0.95), (3, 1.00)):
        near = np.abs(np.array(expected) - (5, 7)) < count * errors
        assert near.mean() == pytest.approx(share, abs=0.005)


def test_half_the_noise_is_half_the_error(data):
    x, y = data
    noise = y - 5 - 7 * x
    whole, half = fit(x, y), fit(x, 5 + 7 * x + noise / 2)
    expected = (whole.standard_error / 2).tolist()
    assert half.standard_error.tolist() == pytest.approx(expected)
    expected = ((whole.theta_hat - THETA) / 2).tolist()
    assert (half.theta_hat - THETA).tolist() == pytest.approx(expected)


def test_residuals_are_smaller_than_the_noise(data):
    x, y = data
    line = scipy_fit(x, y)
    residuals = y - line.intercept - line.slope * x
    assert (residuals**2).sum() < ((y - 5 - 7 * x) ** 2).sum()


def test_the_cloud_is_that_of_the_opening():
    (axes,) = figure_cloud().axes
    estimates = [fit(*make_data(seed)).theta_hat.tolist() for seed in range(1000)]
    dots = np.asarray(axes.collections[0].get_offsets())
    assert dots == pytest.approx(np.array(estimates))
    truth, of_seed_0 = (np.ravel(line.get_xydata()) for line in axes.lines)
    assert list(truth) == [5, 7]
    assert list(of_seed_0) == pytest.approx(estimates[0])
    labels = [text.get_text() for text in axes.texts]
    assert labels == [r"$\theta = (5, 7)$", "$(5.319, 6.762)$"]
    low, high = zip(axes.get_xlim(), axes.get_ylim(), strict=True)
    assert (np.array(estimates) > low).all() and (np.array(estimates) < high).all()


def test_training_ends_at_the_estimate_and_not_at_the_truth():
    (axes,) = figure_distances().axes
    path = axes.lines[1].get_xydata()
    x, y = make_data(seed=0)
    for k, place in zip((8, 10, 12, 15, 20, 40), path, strict=True):
        torch.manual_seed(0)
        model = Model(1, 1)
        train(model, x, y, steps=k)
        assert theta_of(model).tolist() == pytest.approx(list(place))
    theta_hat = fit(x, y).theta_hat.tolist()
    assert list(path[-1]) == pytest.approx(theta_hat, abs=1e-3)
    assert axes.lines[2].get_xydata()[0] == pytest.approx(theta_hat)
    assert axes.lines[3].get_xydata() == pytest.approx(np.array([theta_hat, [5, 7]]))
    labels = [text.get_text() for text in axes.texts]
    assert labels == ["8", "10", "12", "15", r"$\hat\theta$", r"$\theta$"]


def test_the_flats_and_the_two_columns_are_what_others_make_of_them(names):
    line = stats.linregress(names["age"], names["rent"])
    expected = [line.intercept, line.slope, line.intercept_stderr, line.stderr]
    theta_hat, errors, _ = regress(names["own_x"], names["own_y"])
    assert [*theta_hat.tolist(), *errors.tolist()] == pytest.approx(expected)
    x, y = (names[name].double().numpy() for name in ("two_x", "two_y"))
    X = np.column_stack((np.ones(200), x))
    expected, squares, *_ = np.linalg.lstsq(X, y)
    covariance = squares[0] / 197 * np.linalg.inv(X.T @ X)
    theta_hat, errors, interval = regress(names["two_x"], names["two_y"])
    assert theta_hat.numpy() == pytest.approx(expected[:, 0])
    assert errors.numpy() == pytest.approx(np.sqrt(np.diag(covariance)))
    half = stats.t.ppf(0.975, 197) * errors.numpy()
    assert interval[:, 1].numpy() == pytest.approx(expected[:, 0] + half)
    low, high = interval.T
    assert ((low < torch.tensor([5, 7, -3])) & (torch.tensor([5, 7, -3]) < high)).all()


def test_the_bootstrap_notices_that_the_noise_is_uneven(names):
    """For the slope and with this seed, to 10 %: 500 refits leave 3 %."""
    funnel = names["x_funnel"], names["y_funnel"]
    x, y = (column.double()[:, 0].numpy() for column in funnel)
    centered, slope, intercept = x - x.mean(), *np.polyfit(x, y, 1)
    moved = centered * (y - intercept - slope * x) / (centered**2).sum()
    torch.manual_seed(0)
    found = bootstrap(*funnel)[1]
    assert found.item() == pytest.approx(np.sqrt((moved**2).sum()), rel=0.1)
    truth = math.sqrt(12 / 400)  # E(x² · 4 x²) = 12, for normal x
    assert names["truth"][1].item() == pytest.approx(truth, rel=0.1)
    assert regress(*funnel)[1][1] < 0.6 * truth


def test_divided_by_n_minus_2_the_thousand_average_to_the_variance(names):
    lines = [scipy_fit(*make_data(seed)) for seed in range(1000)]
    expected = [
        ((y - line.intercept - line.slope * x) ** 2).sum().item()
        for line, (x, y) in zip(lines, map(make_data, range(1000)), strict=True)
    ]
    sums = torch.stack(names["sums"]).tolist()
    assert sums == pytest.approx(expected, rel=1e-4)
    reach = 4 * math.sqrt(2 / 98 / 1000)  # of the mean of 1000 such s²
    assert abs(np.mean(sums) / 98 - 4) < 3 * reach
    assert np.mean(sums) / 100 < 4 - 3 * reach


def test_networks_from_other_starts_predict_the_same():
    """Other than the page's: more starts, and predictions at more places."""
    x, y = make_data(seed=0)
    places = torch.linspace(-1.5, 1.5, 7)[:, None]
    predictions, weights = [], []
    for start in range(3, 6):
        torch.manual_seed(start)
        layers = [torch.nn.Linear(1, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1)]
        network = torch.nn.Sequential(*layers)
        train(network, x, y, learning_rate=0.03, steps=1000)
        weights.append(layers[0].weight[:, 0].abs().sort().values)
        predictions.append(network(places).detach())
    assert (torch.stack(predictions).std(0) < 0.3).all()
    assert (torch.stack(weights).std(0) > 0.1).any(), "not the same in another order"


def test_the_differences_tell_what_the_losses_do_not(names):
    """The network's expected loss, by an integral, and what 500 new rows say of it.

    In most draws its own interval holds the noise's variance, and that of the
    differences from the truth lies above 0.
    """
    network, (intercept, slope) = names["network"], names["theta_hat"].tolist()
    at = torch.linspace(-6, 6, 12_001)[:, None]
    density = stats.norm.pdf(at[:, 0].numpy())
    density /= density.sum()
    off = (network(at).detach() - 5 - 7 * at)[:, 0].double().numpy()
    line_off = (intercept - 5 + (slope - 7) * at)[:, 0].double().numpy()
    extra, line_extra = (density * off**2).sum(), (density * line_off**2).sum()
    assert (names["of_network"] - names["of_truth"]).mean() == pytest.approx(
        extra, abs=0.1
    )
    assert 0.1 < extra - line_extra < 0.2
    alone = apart = 0
    for seed in range(1000, 1040):
        x, y = make_data(seed, 500)
        of_network = (y - network(x)).square()[:, 0].detach()
        _, low, high = mean_interval(of_network, draws=400)
        alone += bool(low < SIGMA**2 < high)
        _, low, _ = mean_interval(of_network - (y - 5 - 7 * x).square()[:, 0], 400)
        apart += bool(low > 0)
    assert alone > 20
    assert apart > 25


@pytest.mark.parametrize("values", ["losses", "ones and zeros"])
def test_an_interval_of_a_mean_is_that_of_the_formula(values, seed):
    """The middle of it, where there are many rows: its ends vary by 4 % of a width."""
    draw = torch.Generator().manual_seed(seed)
    rows = torch.randn(2000, generator=draw).square()
    rows = rows if values == "losses" else rows < 1
    torch.manual_seed(seed)
    mean, low, high = (each.item() for each in mean_interval(rows))
    assert mean == pytest.approx(rows.double().mean().item())
    expected = stats.norm.interval(0.95, mean, stats.sem(rows.double()))
    width = expected[1] - expected[0]
    assert [low, high] == pytest.approx(expected, abs=0.15 * width)


def test_an_interval_of_a_mean_refuses_columns():
    losses, column = torch.ones(5), torch.ones(5, 1)
    for wrong in (column, losses - column):
        shape = re.escape(str(tuple(wrong.shape)))
        with pytest.raises(ValueError, match=rf"the shape \(n,\), not {shape}"):
            mean_interval(wrong)


def test_the_mean_interval_to_copy_needs_nothing_of_this_book():
    source = Path(MODULE).read_text("utf-8")
    marked = r"start:{0}\]\n(.*?)# --8<-- \[end:{0}\]"
    code = [
        re.search(marked.format(section), source, re.DOTALL)[1]
        for section in ("imports", "mean_interval")
    ]
    copied = {}
    exec("".join(code), copied)
    right = torch.arange(1000) < 920
    torch.manual_seed(0)
    expected = mean_interval(right)
    torch.manual_seed(0)
    assert copied["mean_interval"](right) == expected


def test_any_of_the_thousand_predicts_the_cloud():
    spreads = []
    for seed in range(1000):
        x = make_data(seed)[0].double().numpy()
        spreads.append(SIGMA / (np.std(x) * math.sqrt(len(x))))
    assert 0.155 < min(spreads) < max(spreads) < 0.265


def test_twelve_parameters_have_twelve_lines(capsys):
    torch.manual_seed(0)
    x = torch.randn(40, 11)
    show(x, x.sum(1, keepdim=True) + torch.randn(40, 1))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 12
    assert [line.split()[0] for line in lines[9:]] == ["θ₉", "θ₁₀", "θ₁₁"]


def test_a_bootstrap_interval_of_a_mean_square_covers_roughly_95_percent(seed):
    """100 squares of normal noise; 0.92 to 0.97 is what the page calls roughly."""
    draw = np.random.default_rng(seed)
    inside = 0
    for _ in range(2000):
        squares = SIGMA**2 * draw.normal(size=100) ** 2
        means = squares[draw.integers(100, size=(400, 100))].mean(1)
        low, high = np.quantile(means, (0.025, 0.975))
        inside += low <= SIGMA**2 <= high
    assert 0.9 < inside / 2000 < 0.97


def test_where_the_formula_holds_the_bootstrap_agrees():
    """With this seed, to 15 %: 500 refits alone leave 3 %, and 100 points 7 %."""
    torch.manual_seed(0)
    x, y = make_data(seed=0)
    once = bootstrap(x, y)
    assert once.tolist() == pytest.approx(regress(x, y)[1].tolist(), rel=0.15)
    rows_four_times = bootstrap(x.repeat(4, 1), y.repeat(4, 1))
    assert rows_four_times.tolist() == pytest.approx((once / 2).tolist(), rel=0.15)


@pytest.mark.parametrize("probability", [0.5, 0.95, 0.99])
def test_the_fit_to_copy_is_the_chapter_s(data, probability):
    expected = fit(*data)
    theta_hat, errors, interval = regress(*data, probability)
    assert theta_hat.tolist() == pytest.approx(expected.theta_hat.tolist())
    assert errors.tolist() == pytest.approx(expected.standard_error.tolist())
    ends = expected.interval(probability).numpy()
    assert interval.numpy() == pytest.approx(ends)


def test_the_fit_to_copy_needs_nothing_of_this_book(capsys):
    source = Path(MODULE).read_text("utf-8")
    names = {}
    for section in ("imports", "import_stats", "regress", "hundred"):
        marked = rf"# --8<-- \[start:{section}\]\n(.*?)# --8<-- \[end:{section}\]"
        code = re.search(marked, source, re.DOTALL)[1]
        assert "snippets" not in code
        exec(textwrap.dedent(code), names)
    fitted = fit(*make_data(seed=0))
    copied = capsys.readouterr().out.splitlines()
    for j, (low, high) in enumerate(fitted.interval()):
        numbers = f"{fitted.theta_hat[j]:.3f}   se {fitted.standard_error[j]:.3f}"
        interval = f"95 % [{low:.2f}, {high:.2f}]"
        assert copied[j] == f"θ{'₀₁'[j]} = {numbers}   {interval}"


def test_its_weights_are_those_of_the_matrices(data):
    X = torch.cat((torch.ones(100, 1), data[0]), 1)
    expected = torch.linalg.inv(X.T @ X) @ X.T
    assert torch.linalg.pinv(X).numpy() == pytest.approx(expected.numpy())


def test_what_the_fit_to_copy_refuses(seed):
    x, y = torch.randn(20, 2, generator=torch.Generator().manual_seed(seed)).split(1, 1)
    flags = torch.nn.functional.one_hot(torch.arange(20) % 3).float()
    with pytest.raises(
        ValueError, match=r"y must have the shape \(20, 1\), not \(20,\)"
    ):
        regress(x, y[:, 0])
    for of_rank_too_low in (torch.full((20, 1), 0.1), flags):
        with pytest.raises(ValueError, match="a column that follows from the others"):
            regress(of_rank_too_low, y)
    with pytest.raises(ValueError, match="too few rows"):
        regress(x[:2], y[:2])
    assert (regress(flags[:, :2], y)[1] < 10).all()


def test_an_answer_to_wide_x_has_both_factors_in_their_order():
    assert exercises.wide_x(0.5, 1) == -1
    assert exercises.three_points(-12.7) == -1


@pytest.mark.parametrize("figure", [figure_bow, figure_funnel])
def test_the_sticks_are_the_residuals_of_a_least_squares_line(figure):
    (axes,) = figure().axes
    dots, _ = axes.lines
    x, residuals = dots.get_data()
    assert np.polyfit(x, residuals, 1) == pytest.approx(0, abs=1e-9)
    sticks = np.array(axes.collections[0].get_segments())
    expected = np.stack((np.stack((x, 0 * x), 1), np.stack((x, residuals), 1)), 1)
    assert sticks == pytest.approx(expected)


def test_the_bow_is_bent_and_the_funnel_opens():
    bow, funnel = (
        np.asarray(figure().axes[0].lines[0].get_ydata(), dtype=float)
        for figure in (figure_bow, figure_funnel)
    )
    assert bow[:5].min() > 0 > bow[15:25].max()
    assert bow[-5:].min() > 0
    assert np.abs(funnel[:13]).max() < np.abs(funnel[-13:]).max() / 2
    assert funnel.min() < 0 < funnel.max()
