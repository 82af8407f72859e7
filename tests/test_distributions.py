import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from snippets.data import POST_ROWS, SIGMA, THETA, make_data
from snippets.distributions import joint_p_value, t_quantile
from snippets.estimates import fit, simulate
from snippets.exercises import distributions as exercises
from snippets.figures.distributions import figure_region, figure_t
from tests.printed import numbers

DATASETS = 20_000


@pytest.fixture
def data(seed):
    return tuple(column.double() for column in make_data(seed))


@pytest.fixture
def taken_apart():
    """The noise of the post's ten rows, and the parts that it is the sum of."""
    x, y = (column[:, 0].double().numpy() for column in POST_ROWS.split(1, 1))
    noise = y - 5 - 7 * x
    slope, intercept = np.polyfit(x, y, 1)
    residuals = y - intercept - slope * x
    names = {"epsilon": noise, "epsilon_bar": noise.mean(), "r": residuals, "n": 10}
    return names | {"theta": {1: 7}, "theta_hat": {1: slope}, "x": x, "x_bar": x.mean()}


@pytest.mark.equation(
    "noise-parts",
    r"\varepsilon_i = r_i + \bar\varepsilon + (\hat\theta_1 - \theta_1)(x_i - \bar x)",
)
def test_noise_is_the_residual_and_the_error_of_the_line(taken_apart, equation):
    for i in (1, 4):
        equation(i=i, **taken_apart)


@pytest.mark.equation(
    "noise-split",
    r"\sum_i \varepsilon_i^2 = \sum_i r_i^2 + n\, \bar\varepsilon^2 + "
    r"(\hat\theta_1 - \theta_1)^2 \sum_i (x_i - \bar x)^2",
)
def test_each_parameter_takes_its_part_of_the_noise(taken_apart, equation):
    equation(i=range(1, 11), **taken_apart)


@pytest.mark.equation(
    "residual-expectation",
    r"\E\!\left[\sum_i r_i^2\right] = (n - 2)\, \sigma^2",
)
@pytest.mark.parametrize("n", [3, 10, 100])
def test_residuals_lack_one_variance_for_each_parameter(n, seed, equation):
    # Σ r² is a sum of products of two rows' noise, so its mean is σ² times its sum over
    # n datasets, in each of which one row has the noise 1, the others 0
    x, _ = make_data(seed, n)
    X = np.column_stack((np.ones(n), x.numpy()))
    r = np.eye(n) - X @ np.linalg.lstsq(X, np.eye(n))[0]
    equation(r=list(r), i=range(1, n + 1), n=n, sigma=SIGMA, E=lambda s: 4 * s.sum())


@pytest.mark.equation(
    "t-density",
    r"f_\nu(t) = \frac{\Gamma\!\left(\frac{\nu + 1}{2}\right)}{\sqrt{\nu\pi}\; "
    r"\Gamma\!\left(\frac{\nu}{2}\right)} \left(1 + \frac{t^2}{\nu}\right)^{-(\nu "
    r"+ 1)/2}",
)
@pytest.mark.parametrize("degrees_of_freedom", [2, 3, 8, 98, 1000])
@pytest.mark.parametrize("probability", [0.5, 0.8, 0.95, 0.975, 0.995, 0.999])
def test_t_quantile_is_scipy_s(probability, degrees_of_freedom, equation):
    expected = stats.t.ppf(probability, degrees_of_freedom)
    assert t_quantile(probability, degrees_of_freedom) == pytest.approx(
        expected, abs=1e-3
    )
    # at most 98: Γ is too large for a float later
    for nu, t in ((min(degrees_of_freedom, 98), expected), (7, 1.3)):
        equation(nu=nu, t=t, f=lambda nu: lambda at: stats.t.pdf(at, nu))


@pytest.mark.parametrize(
    ("probability", "degrees"), [(0.4, 8), (0.9999, 8), (0.9, 1), (0.9, 10**11)]
)
def test_t_quantile_refuses_what_its_grid_cannot_answer(probability, degrees):
    with pytest.raises(ValueError, match=f"got {probability} and {degrees}"):
        t_quantile(probability, degrees)


@pytest.mark.equation(
    "f-statistic",
    r"F = \frac{(\hat\theta - \theta)^\top X^\top X (\hat\theta - \theta)}{2 s^2}",
)
def test_f_is_the_rise_of_the_residual_sum(data, equation):
    x, y = data
    theta = torch.tensor([4.0, 7.5], dtype=torch.float64)
    regression = fit(x, y)
    best = regression.s**2 * 98
    forced = ((y - theta[0] - theta[1] * x) ** 2).sum().item()
    expected = (forced - best) / (2 * regression.s**2)
    assert joint_p_value(x, y, theta)[0] == pytest.approx(expected)
    X = np.column_stack((np.ones(100), x))
    theta_hat = regression.theta_hat
    equation(F=expected, theta_hat=theta_hat, theta=theta, X=X, s=regression.s)


@pytest.mark.equation("f-tail", r"P(F > f) = \left(1 + \frac{2f}{\nu}\right)^{-\nu/2}")
def test_p_value_is_the_tail_of_the_f_distribution(data, equation):
    class Distributed:
        """A random number of this distribution: F > f has a probability."""

        def __gt__(self, f):
            return stats.f.sf(f, 2, 98)

    for theta in ([5.0, 7.0], [5.2, 6.9], [4.0, 7.5]):
        f, p = joint_p_value(*data, torch.tensor(theta))
        assert p == pytest.approx(stats.f.sf(f, 2, 98))
        equation(F=Distributed(), f=f, nu=98, P=float)


@pytest.mark.equation(
    "smallest-loss",
    r"\E\!\left[\min_\theta L(\theta)\right] = \sigma^2\, \frac{n - 2}{n} = 3.92",
)
def test_smallest_loss_is_below_the_noise(seed, alarm, data, equation):
    smallest = simulate(DATASETS, 100, seed)[2].double()
    # n · loss / σ² is chi-squared with n − 2 degrees of freedom; its mean is n − 2
    low, high = stats.chi2.interval(1 - alarm(), 98 * DATASETS)
    assert low < (100 * smallest / 4).sum() < high
    # The smallest loss is a sum of products of two rows' noise. So its mean is σ² times
    # its sum over 100 datasets, in each of which one row has the noise 1, the others 0.
    X = np.column_stack((np.ones(100), data[0]))
    y = X @ THETA.numpy()[:, None] + np.eye(100)
    theta_hat = np.linalg.lstsq(X, y)[0]
    equation(
        theta=[theta_hat, theta_hat + 0.1, theta_hat - 0.1],
        L=lambda theta: ((y - X @ theta) ** 2).mean(0),
        E=lambda smallest: SIGMA**2 * smallest.sum(),
        sigma=SIGMA,
        n=100,
    )


def test_torch_has_no_quantile_of_student_s_t():
    with pytest.raises(NotImplementedError):
        torch.distributions.StudentT(8.0).icdf(torch.tensor(0.975))


@given(st.floats(0.5, 0.999), st.integers(2, 10**9))
@settings(max_examples=30)
def test_t_quantile_is_scipy_s_for_any_degrees_of_freedom(probability, degrees):
    expected = stats.t.ppf(probability, degrees)
    assert t_quantile(probability, degrees) == pytest.approx(expected, abs=1e-3)


def test_the_bars_are_the_ratios_of_five_points_and_the_curves_their_densities():
    (axes,) = figure_t().axes
    theta_hat, errors, _ = simulate(DATASETS, 5, 0)
    ratio = ((theta_hat[:, 1] - 7) / errors[:, 1]).numpy()
    for bar in axes.patches:
        low = bar.get_x()
        share = ((ratio >= low) & (ratio < low + 0.25)).mean()
        assert bar.get_height() * bar.get_width() == pytest.approx(share, abs=1e-4)
    for curve, distribution in zip(axes.lines, (stats.t(3), stats.norm), strict=True):
        x, y = curve.get_data()
        assert y == pytest.approx(distribution.pdf(x))
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == [r"$t,\ \nu = 3$", "$N(0, 1)$"]


def test_the_ellipse_is_where_the_p_value_is_5_percent_and_the_box_both_intervals():
    (axes,) = figure_region().axes
    x, y = POST_ROWS.split(1, dim=1)
    ellipse, box, middle, truth, corner = (line.get_xydata() for line in axes.lines)
    for theta in ellipse[::20]:
        assert joint_p_value(x, y, torch.tensor(theta))[1] == pytest.approx(0.05)
    ten = fit(x, y)
    assert middle[0] == pytest.approx(ten.theta_hat.numpy())
    expected = ten.interval().numpy()
    assert np.stack((box.min(0), box.max(0)), 1) == pytest.approx(expected)
    assert (truth.tolist(), corner.tolist()) == ([[5, 7]], [[4.9, 8.7]])
    labels = [text.get_text() for text in axes.texts]
    assert labels == [r"$\hat\theta$", "$(5, 7)$", "$(4.9, 8.7)$"]


def test_the_post_s_ten_rows_are_not_extraordinary():
    x, y = POST_ROWS.split(1, dim=1)
    f, p = joint_p_value(x, y, THETA)
    assert p == pytest.approx(stats.f.sf(f, 2, 8))
    assert p > 0.05
    low, high = fit(x, y).interval().T
    corner = torch.tensor([4.9, 8.7])
    assert ((low < corner) & (corner < high)).all()
    assert joint_p_value(x, y, corner)[1] < 0.05


def test_1_96_promises_too_much_and_the_more_the_fewer_points_there_are():
    """By integration: no chance is involved."""
    covered = [1 - 2 * stats.t.sf(1.96, n - 2) for n in (4, 5, 10, 30, 100)]
    assert covered == sorted(covered)
    assert covered[-1] < 0.95
    assert [round(each, 2) for each in covered] == [0.81, 0.86, 0.91, 0.94, 0.95]


def test_gamma_exceeds_a_float_at_172():
    largest = torch.finfo(torch.float64).max
    assert math.gamma(171) < largest
    with pytest.raises(OverflowError):
        math.gamma(172)
    for k in range(1, 9):
        assert math.gamma(k) == math.factorial(k - 1)
    assert math.gamma(1 / 2) == pytest.approx(math.sqrt(math.pi))


def test_with_one_degree_of_freedom_the_grid_ends_too_early():
    assert stats.t.ppf(0.999, 1) > 60 > stats.t.ppf(0.999, 2)


def test_the_chapter_s_numbers_are_scipy_s(run_chapter):
    names, _ = run_chapter("distributions")
    x, y = make_data(seed=0)
    line = stats.linregress(x[:, 0].double().numpy(), y[:, 0].double().numpy())
    noise = (y - 5 - 7 * x).double()
    rest = noise.mean() + (line.slope - 7) * (x - x.mean())
    assert names["residual_sum"] == pytest.approx(((noise - rest) ** 2).sum().item())
    split = names["residual_sum"] + names["height"] + names["tilt"]
    assert split.item() == pytest.approx((noise**2).sum().item(), rel=1e-5)
    assert names["residual_sums"].mean().item() == pytest.approx(7, abs=0.05)


# Arguments of each exercise's check: right, one for each hint, and unlike any.
ANSWERS = {
    "degrees": [(162,), (180,), (54,), (171,), (18,)],
    "parabola": [(7,), (8,), (10,), (9,), (3,)],
    "coin": [(0.95,), (0.5,), (1.0,), (0.9,), (0.8,)],
    "corner": [(0.012,), (0.988,), (0.083,), (0.95,), (0.05,)],
}


def last(printed, run):
    return [(numbers(printed)[-1],)]


# What each solution answers, taken out of what it prints.
SOLUTIONS = dict.fromkeys(ANSWERS, last)


def test_wrong_answers_of_the_exercises_are_what_their_hints_say():
    x, y = POST_ROWS.split(1, dim=1)
    _, p = joint_p_value(x, y, torch.tensor([4.9, 8.7]))
    assert exercises.corner(p) == 0
    assert exercises.corner(1 - p) == 1
    assert exercises.corner(joint_p_value(x, y, THETA)[1]) == 2
    assert exercises.degrees(3**2 * (20 - 3)) == -1
