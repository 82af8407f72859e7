import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from torch import nn

from snippets.data import SIGMA, THETA, make_data
from snippets.estimates import fit
from snippets.exercises import loss as exercises
from snippets.figures.loss import (
    FIVE,
    figure_absolutes,
    figure_bowl,
    figure_lines,
    figure_projection,
    figure_slice,
    figure_squares,
    figure_sticks,
    figure_surface,
)
from snippets.loss import (
    design_matrix,
    gradient,
    hessian,
    least_absolute,
    least_squares,
    mean_squared_error,
    solve_by_means,
)
from snippets.model import Model, set_theta
from tests.drawn import is_whole, labels
from tests.inputs import columns, fit_exactly
from tests.printed import numbers

# equal to Σ (xᵢ − x̄)(yᵢ − ȳ), since Σ (xᵢ − x̄) = 0 and Σ (yᵢ − ȳ) = 0
OTHER_SUMS = (
    r"(x_i + \bar x)(y_i - \bar y)",
    r"(x_i - \bar x)(y_i + \bar y)",
    r"(x_i - \bar y )(y_i - \bar y)",
    r"(x_i -  x)(y_i - \bar y)",
    r"(x_i - \bar x)(y_i -  y)",
)


def solve_normal_equations(x, y):
    """As the page solves them, shape (2,)."""
    X = design_matrix(x)
    return torch.linalg.solve(X.T @ X, X.T @ y)[:, 0]


WAYS = (solve_normal_equations, solve_by_means, least_squares)


@pytest.fixture
def data(seed):
    return tuple(column.double() for column in make_data(seed))


@pytest.fixture
def points(seed):
    """Five random θ, shape (5, 2), in float64."""
    generator = torch.Generator().manual_seed(seed)
    return 5 * torch.randn(5, 2, generator=generator, dtype=torch.float64)


def numpy_fit(x, y):
    """θ̂ by NumPy, shape (2,): intercept, slope."""
    return np.polyfit(x[:, 0].numpy(), y[:, 0].numpy(), 1)[::-1]


def hessian_by_autograd(x, y):
    return torch.autograd.functional.hessian(
        lambda theta: mean_squared_error(theta, x, y), torch.zeros(2, dtype=x.dtype)
    )


def sums_over(x, y):
    """What sums over the rows have in an equation."""
    means = {"x_bar": x.mean(), "y_bar": y.mean()}
    return {"i": range(1, len(x) + 1), "x": x[:, 0], "y": y[:, 0], **means}


def slope_of(x, y):
    """The exact slope of float32 numbers, by NumPy in float64."""
    return numpy_fit(x.double(), y.double())[1]


@pytest.fixture(scope="module")
def symbols():
    """θ, x, y as symbols for three observations, and loss#eq-mean-squared-error."""
    theta = sympy.symbols("theta0 theta1", real=True)
    x, y = (sympy.symbols(f"{name}1:4", real=True) for name in "xy")
    squares = [(b - theta[0] - theta[1] * a) ** 2 for a, b in zip(x, y, strict=True)]
    return theta, x, y, sum(squares) / 3


def expand(expressions):
    return [sympy.expand(expression) for expression in expressions]


@pytest.mark.equation(
    "mean-squared-error",
    r"L(\theta) = \frac{1}{n} \sum_{i=1}^n (y_i - \theta_0 - \theta_1 x_i)^2",
)
def test_the_loss_is_the_mean_of_squares_and_mseloss(data, points, equation):
    x, y = data
    pairs = list(zip(x[:, 0].tolist(), y[:, 0].tolist(), strict=True))
    for theta in points:
        a, b = theta.tolist()
        by_hand = math.fsum((v - a - b * u) ** 2 for u, v in pairs) / len(pairs)
        model = Model(1, 1).double()
        set_theta(model.linear, a, b)
        assert mean_squared_error(theta, x, y).item() == pytest.approx(by_hand)
        assert nn.MSELoss()(model(x), y).item() == pytest.approx(by_hand)

    def loss(theta):
        set_theta(model.linear, theta[0], theta[1])
        return nn.MSELoss()(model(x), y)

    for a, b in points.tolist():
        equation(L=loss, theta={0: a, 1: b}, x=x[:, 0], y=y[:, 0], n=100)


def five(last=12.0):
    """The five points of the opening, each (5, 1), in float64, with another last y."""
    x = torch.arange(5.0, dtype=torch.float64)[:, None]
    y = torch.tensor([[2.0, 4.0, 4.0, 8.0, last]], dtype=torch.float64).T
    return x, y


def test_the_five_points_are_those_of_the_page():
    x, y = five()
    assert FIVE.tolist() == torch.cat((x, y), 1).tolist()


def test_residuals_cancel_and_squares_do_not():
    x, y = five()
    assert (y - 6).mean() == 0
    assert ((y - 6) ** 2).mean().item() == pytest.approx(12.8)
    # any line through the means does, so that the plain mean cannot choose
    for slope in (-3.0, 0.5, 9.0):
        residual = y - y.mean() - slope * (x - x.mean())
        assert residual.mean().item() == pytest.approx(0, abs=1e-12)


def test_a_square_root_keeps_the_best_line(data):
    x, y = data
    found = optimize.minimize(
        lambda theta: mean_squared_error(theta, x, y).item() ** 0.5, [0.0, 0.0]
    ).x
    assert found == pytest.approx(numpy_fit(x, y), abs=1e-4)


def test_the_residuals_of_the_truth_are_the_noise(seed):
    x, y = make_data(seed)
    generator = torch.Generator().manual_seed(seed)
    assert torch.equal(x, torch.randn((100, 1), generator=generator))
    noise = torch.normal(0, SIGMA, (100, 1), generator=generator)
    found = mean_squared_error(THETA, x, y).item()
    assert found == pytest.approx((noise**2).mean().item(), rel=1e-4)


@pytest.mark.parametrize("columns_of_y", [1, 3])
def test_mseloss_averages_over_elements_and_cross_entropy_over_rows(columns_of_y, seed):
    generator = torch.Generator().manual_seed(seed)
    y, prediction = torch.randn(2, 7, columns_of_y, generator=generator)
    each = (y - prediction) ** 2
    assert torch.allclose(nn.MSELoss()(prediction, y), each.sum() / y.numel())
    assert torch.allclose(nn.MSELoss(reduction="none")(prediction, y), each)
    by_rows = nn.MSELoss(reduction="sum")(prediction, y) / len(y)
    assert torch.allclose(by_rows, each.sum(1).mean())
    labels_, rows = torch.zeros(7, dtype=torch.int64), torch.stack([y[:, 0]] * 2, 1)
    loss = nn.CrossEntropyLoss()(rows, labels_)  # two equal scores: log 2 a row
    assert loss.item() == pytest.approx(math.log(2))


def test_the_two_losses_disagree_about_the_moved_point():
    x, y = five(last=32.0)
    crowd, steep = y - 2 - 2 * x, y + 2.8 - 6.4 * x
    assert (steep**2).mean() < (crowd**2).mean()
    assert crowd.abs().mean() < steep.abs().mean()
    assert crowd[-1] == 22
    assert (steep.abs() > crowd.abs())[:2].all() and steep.abs()[3] > crowd.abs()[3]
    assert numpy_fit(*five()) == pytest.approx([1.2, 2.4])
    assert numpy_fit(x, y) == pytest.approx([-2.8, 6.4])
    for last in (12.0, 32.0, 1e6):
        assert least_absolute(*five(last)).tolist() == pytest.approx([2, 2])
        assert best_by_program(*five(last)) == pytest.approx((2 + last - 10) / 5)
        above = [line > 0 for line in (five(last)[1] - 2 - 2 * x)[:, 0].tolist()]
        assert above == [False, False, False, False, True]


def test_the_mean_absolute_error_of_the_five_points_has_one_bottom():
    """So that the grid finds it: no other line through two points is as good."""
    for last in (12.0, 32.0):
        x, y = (column[:, 0].numpy() for column in five(last))
        found = {}
        for i in range(5):
            for j in range(i):
                slope = (y[i] - y[j]) / (x[i] - x[j])
                error = np.abs(y - y[i] - slope * (x - x[i])).mean()
                found[round(y[i] - slope * x[i], 6), round(slope, 6)] = error
        best, second = sorted(found.values())[:2]
        assert found[2, 2] == best < second - 0.1


def test_the_difference_over_two_slopes_is_the_derivative():
    x, y = five()

    def loss(slope):
        return np.mean((y - 1 - slope * x).numpy() ** 2)

    derivative = -2 * ((y - 1 - 2 * x) * x).mean().item()
    assert derivative == pytest.approx(-5.6)
    for h in (0.1, 1.0, 5.0):  # exact for a parabola
        assert (loss(2 + h) - loss(2 - h)) / (2 * h) == pytest.approx(derivative)


def test_a_step_of_a_halved_gradient_is_half_as_long(data, points):
    x, y = data
    for theta in points:
        half = torch.func.grad(lambda theta: mean_squared_error(theta, x, y) / 2)(theta)
        assert half.numpy() == pytest.approx(gradient(theta, x, y).numpy() / 2)


def test_points_above_on_the_right_and_below_on_the_left_ask_for_a_steeper_line(seed):
    generator = torch.Generator().manual_seed(seed)
    x = torch.linspace(-1, 1, 9, dtype=torch.float64)[:, None]
    for _ in range(20):
        factor = torch.rand(9, 1, generator=generator, dtype=torch.float64) + 0.1
        y = 5 + 7 * x + factor * x.sign()
        assert gradient(THETA.double(), x, y)[1] < 0
        assert gradient(THETA.double(), x, 5 + 7 * x + factor)[0] < 0


def test_huber_is_half_a_square_below_delta_and_a_line_above():
    zero = torch.tensor(0.0, dtype=torch.float64)
    for delta in (1.0, 2.5):
        for r in (0.1, 0.7, 0.99 * delta, delta, 3.0, 22.0):
            at = torch.tensor(r, dtype=torch.float64)
            found = nn.functional.huber_loss(at, zero, delta=delta).item()
            far = delta * (r - delta / 2)
            assert found == pytest.approx(r**2 / 2 if r <= delta else far)
    assert nn.HuberLoss().delta == 1


def test_one_wild_y_moves_the_huber_line_a_little():
    def best(last):
        x, y = (column[:, 0].numpy() for column in five(last))

        def loss(theta):
            r = np.abs(y - theta[0] - theta[1] * x)
            return np.where(r <= 1, r**2 / 2, r - 0.5).mean()

        return optimize.minimize(loss, [1.0, 2.0], tol=1e-12).x

    before, after = best(12.0), best(32.0)
    assert best(1e6) == pytest.approx(after, abs=1e-3)
    assert np.abs(after - before).max() < 0.5


def test_training_by_huber_ends_at_its_bottom():
    """With the third residual below -1 and the last above 1, it solves two lines."""
    x, y = (column[:, 0].numpy() for column in five(32.0))

    def loss(theta):
        r = np.abs(y - theta[0] - theta[1] * x)
        return np.where(r <= 1, r**2 / 2, r - 0.5).mean()

    found = optimize.minimize(loss, [1.0, 2.0], tol=1e-12).x
    assert found == pytest.approx((10 / 7, 17 / 7), abs=1e-4)
    x, y = five(32.0)
    for start in (-1.0, 1.0):  # between which nn.Linear begins
        line = nn.Linear(1, 1).double()
        set_theta(line, start, -start)
        optimizer = torch.optim.SGD(line.parameters(), lr=0.05)
        for _ in range(1000):
            optimizer.zero_grad()
            nn.HuberLoss()(line(x), y).backward()
            optimizer.step()
        trained = (line.bias.item(), line.weight.item())
        assert trained == pytest.approx((10 / 7, 17 / 7), abs=1e-3)


def test_the_cross_entropy_of_two_rows_by_hand():
    # two scores: the right class has the probability 1 / (1 + exp(other - right))
    each = [math.log(1 + math.exp(-2)), math.log(1 + math.exp(1))]
    scores = torch.tensor([[2.0, 0.0], [0.0, 1.0]])
    for reduction, expected in (("none", each), ("mean", sum(each) / 2)):
        loss = nn.CrossEntropyLoss(reduction=reduction)
        found = loss(scores, torch.tensor([0, 0])).tolist()
        assert found == pytest.approx(expected)


@pytest.mark.parametrize("count", [2, 3, 10])
def test_without_an_idea_the_cross_entropy_is_the_log_of_the_number_of_classes(count):
    scores = torch.full((7, count), 4.0)
    found = nn.CrossEntropyLoss()(scores, torch.arange(7) % count).item()
    assert found == pytest.approx(math.log(count), rel=1e-6)


def test_one_hot_floats_are_class_numbers_and_other_dtypes_are_refused(seed):
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(7, 3, generator=generator)
    classes = torch.randint(3, (7,), generator=generator)
    one_hot = nn.functional.one_hot(classes, 3)
    loss = nn.CrossEntropyLoss()
    by_hand = -scores.softmax(dim=1)[torch.arange(7), classes].log().mean()
    for targets in (classes, one_hot.float()):
        assert loss(scores, targets).item() == pytest.approx(by_hand.item(), rel=1e-5)
    for targets in (classes.float(), classes.int(), one_hot):
        with pytest.raises(RuntimeError):
            loss(scores, targets)
    binary, yes = nn.BCEWithLogitsLoss(), (classes[:, None] == 0).float()
    assert binary(scores[:, :1], yes).isfinite()
    with pytest.raises(RuntimeError):
        binary(scores[:, :1], yes.long())
    with pytest.raises(ValueError, match="must be the same as input size"):
        binary(scores[:, :1], yes[:, 0])


def test_weights_let_rare_rows_count_more(seed):
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(8, 2, generator=generator)
    classes = torch.tensor([0, 0, 0, 0, 0, 0, 1, 1])
    each = nn.CrossEntropyLoss(reduction="none")(scores, classes)
    found = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 3.0]))(scores, classes)
    three_times = torch.cat((each, each[6:], each[6:]))
    assert found.item() == pytest.approx(three_times.mean().item(), rel=1e-5)
    score, yes = scores[:, :1], classes[:, None].float()
    each = nn.BCEWithLogitsLoss(reduction="none")(score, yes)
    found = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(3.0))(score, yes)
    weighted = torch.where(yes == 1, 3 * each, each).mean()
    assert found.item() == pytest.approx(weighted.item(), rel=1e-5)


def test_each_row_of_the_design_matrix_times_theta_is_a_prediction(data, points):
    x, _ = data
    for theta in points:
        predictions = (design_matrix(x) @ theta).tolist()
        for one, prediction in zip(x[:, 0].tolist(), predictions, strict=True):
            by_hand = theta[0].item() + theta[1].item() * one
            assert prediction == pytest.approx(by_hand)


def test_lstsq_finds_the_same_and_takes_more_columns(data, seed):
    x, y = data
    found = torch.linalg.lstsq(design_matrix(x), y).solution[:, 0]
    assert found.numpy() == pytest.approx(numpy_fit(x, y))
    X = torch.cat((design_matrix(x), x**2), 1)
    generator = torch.Generator().manual_seed(seed)
    theta = torch.randn(3, 1, generator=generator, dtype=torch.float64)
    found = torch.linalg.lstsq(X, X @ theta).solution
    assert found.numpy() == pytest.approx(theta.numpy())


def test_any_line_through_the_middle_fits_equal_x_equally_well():
    x, y = torch.full((5, 1), 2.0, dtype=torch.float64), five()[1]
    losses = [
        mean_squared_error(torch.tensor([y.mean() - 2 * slope, slope]), x, y).item()
        for slope in (-3.0, 0.0, 7.0)
    ]
    assert losses == pytest.approx([losses[0]] * 3)


@pytest.mark.equation(
    "log-likelihood",
    r"\ell(\theta, \sigma) = \sum_{i=1}^n \log p(y_i) = -\frac{n}{2} "
    r"\log(2\pi\sigma^2) - \frac{n}{2\sigma^2} L(\theta)",
)
@pytest.mark.parametrize("sigma", [0.5, 2.0, 7.0])
def test_the_log_likelihood_is_a_constant_less_a_multiple_of_the_loss(
    data, points, sigma, equation
):
    x, y = data
    for theta in points:
        line = (theta[0] + theta[1] * x).numpy()
        density = stats.norm.logpdf(y.numpy(), line, sigma).sum()
        loss = mean_squared_error(theta, x, y).item()
        constant = -len(x) / 2 * math.log(2 * math.pi * sigma**2)
        assert constant - len(x) / (2 * sigma**2) * loss == pytest.approx(density)
    theta = torch.tensor([5.1, 6.8], dtype=x.dtype)
    densities = stats.norm.pdf(y, theta[0] + theta[1] * x, sigma)[:, 0]
    equation(
        theta=theta,
        sigma=sigma,
        ell=lambda theta, sigma: stats.norm.logpdf(
            y, theta[0] + theta[1] * x, sigma
        ).sum(),
        p=dict(zip(y[:, 0].tolist(), densities, strict=True)).get,
        L=lambda theta: mean_squared_error(theta, x, y),
        y=y[:, 0],
        n=100,
    )


def test_laplace_noise_makes_the_mean_of_absolute_values_the_choice(data, points):
    x, y = data
    for theta in points:
        line = theta[0] + theta[1] * x
        density = stats.laplace.logpdf(y.numpy(), line.numpy(), 1.7).sum()
        absolute = (y - line).abs().mean().item()
        by_equation = -len(x) * math.log(2 * 1.7) - len(x) / 1.7 * absolute
        assert by_equation == pytest.approx(density)


def test_maximum_likelihood_finds_theta_hat_and_its_loss(data):
    x, y = (column[:, 0].numpy() for column in data)

    def surprise(unknown):
        line = unknown[0] + unknown[1] * x
        return -stats.norm.logpdf(y, line, math.exp(unknown[2])).sum()

    found = optimize.minimize(surprise, [0.0, 0.0, 1.0], tol=1e-10).x
    theta_hat = least_squares(*data)
    assert found[:2] == pytest.approx(theta_hat.numpy(), abs=1e-4)
    variance = mean_squared_error(theta_hat, *data).item()
    assert math.exp(2 * found[2]) == pytest.approx(variance, rel=1e-4)


def test_the_maximum_likelihood_variance_is_too_small_on_average(seed, alarm):
    x, y = (column.double().reshape(2000, 100) for column in make_data(seed, 200_000))
    designs = torch.stack((torch.ones_like(x), x), 2)  # (2000, 100, 2)
    theta_hat = torch.linalg.lstsq(designs, y[..., None]).solution
    sums = ((y[..., None] - designs @ theta_hat) ** 2).sum()
    # the sum of all squares, over σ², is chi-squared with 2000 · 98 degrees of freedom
    low, high = stats.chi2.interval(1 - alarm(), 2000 * 98)
    assert low < (sums / SIGMA**2).item() < high
    assert high < 2000 * 100, "so that it is told from an unbiased estimate"


@pytest.mark.equation(
    "partial-derivatives",
    r"\frac{\partial L}{\partial \theta_0} = -\frac{2}{n} \sum_{i=1}^n r_i, \qquad "
    r"\frac{\partial L}{\partial \theta_1} = -\frac{2}{n} \sum_{i=1}^n r_i x_i",
)
def test_the_partial_derivatives_are_sympy_s(symbols, data, points, equation):
    x, y = (column[:, 0] for column in data)
    theta = {j: points[0, j].clone().requires_grad_() for j in (0, 1)}
    r = y - theta[0] - theta[1] * x
    equation(
        L=(r**2).mean(),
        theta=theta,
        partial=lambda L, t: torch.autograd.grad(L, t, retain_graph=True)[0],
        r=r,
        x=x,
        n=100,
    )
    theta, x, y, loss = symbols
    residuals = [b - theta[0] - theta[1] * a for a, b in zip(x, y, strict=True)]
    weighted = [r * a for r, a in zip(residuals, x, strict=True)]
    by_hand = [sympy.Rational(-2, 3) * sum(terms) for terms in (residuals, weighted)]
    assert expand(by_hand) == expand(sympy.diff(loss, t) for t in theta)


@pytest.mark.equation(
    "gradient", r"\nabla L(\theta) = -\frac{2}{n} X^\top (y - X\theta)"
)
def test_the_gradient_is_autograd_s_and_the_difference_quotient(data, points, equation):
    x, y = data
    for theta in points:
        by_hand = gradient(theta, x, y).numpy()
        by_autograd = torch.func.grad(mean_squared_error)(theta, x, y)
        assert by_hand == pytest.approx(by_autograd.numpy())
        for j, step in enumerate(torch.eye(2, dtype=x.dtype)):
            above, below = (
                mean_squared_error(theta + s * step, x, y).item() for s in (1, -1)
            )
            # L is quadratic, so a central difference is exact but for rounding
            assert by_hand[j] == pytest.approx((above - below) / 2)
    equation(
        L=lambda theta: mean_squared_error(theta, x, y),
        nabla=torch.func.grad,
        theta=points[0],
        X=design_matrix(x),
        y=y[:, 0],
        n=100,
    )


@pytest.mark.equation(
    "hessian",
    r"H = \frac{2}{n} X^\top X = 2 \begin{pmatrix} 1 & \bar x \\ \bar x & m_2 "
    r"\end{pmatrix}, \qquad m_2 = \frac{1}{n} \sum_{i=1}^n x_i^2",
)
def test_the_hessian_is_autograd_s_at_any_theta_and_sympy_s(
    data, points, symbols, equation
):
    x, y = data
    mean, m_2 = np.mean(x.numpy()), np.mean(x.numpy() ** 2)
    by_means = 2 * np.array([[1, mean], [mean, m_2]])
    assert hessian(x).numpy() == pytest.approx(by_means)
    for theta in points:
        by_autograd = torch.autograd.functional.hessian(
            lambda theta: mean_squared_error(theta, x, y), theta
        )
        assert hessian(x).numpy() == pytest.approx(by_autograd.numpy())
        means = {"x_bar": mean, "m_2": m_2}
        equation(H=by_autograd, X=design_matrix(x), x=x[:, 0], n=100, **means)
    theta, x, _, loss = symbols
    m_1, m_2 = sum(x) / 3, sum(a**2 for a in x) / 3
    by_hand = [2, 2 * m_1, 2 * m_1, 2 * m_2]
    assert expand(by_hand) == expand(sympy.hessian(loss, theta))


def test_of_all_small_steps_the_one_along_the_gradient_raises_the_loss_most(
    data, points
):
    x, y = data
    angles = torch.linspace(0, 2 * math.pi, 361, dtype=torch.float64)[:-1]
    steps = 1e-6 * torch.stack((angles.cos(), angles.sin()), 1)  # (360, 2)
    for theta in points:
        theta = theta.clone().requires_grad_()
        here = mean_squared_error(theta, x, y)
        (gradient,) = torch.autograd.grad(here, theta)
        rises = torch.stack(
            [mean_squared_error(theta + step, x, y) - here for step in steps]
        )
        assert rises.detach().numpy() == pytest.approx(
            (steps @ gradient).numpy(), abs=1e-3 * rises.abs().max().item()
        )
        along = math.atan2(gradient[1], gradient[0])
        off = (angles[rises.argmax()] - along).item() % (2 * math.pi)
        assert min(off, 2 * math.pi - off) < math.radians(1)


@pytest.mark.equation(
    "curvature", r"v^\top H v = \frac{2}{n} \lVert X v \rVert^2 \ge 0"
)
def test_the_loss_bends_upwards_in_every_direction(data, points, equation):
    x, y = data
    theta_hat = least_squares(x, y)
    values = {"H": hessian_by_autograd(x, y), "X": design_matrix(x), "n": 100}
    equation(v=torch.zeros(2), attained=True, **values)
    for v in points:
        equation(v=v, **values)
        curvature = 2 * np.mean((v[0] + v[1] * x).numpy() ** 2)
        assert (v @ hessian(x) @ v).item() == pytest.approx(curvature)
        here, above, below = (
            mean_squared_error(theta_hat + s * v, x, y).item() for s in (0, 1, -1)
        )
        # the second difference of the loss itself, exact for a quadratic
        assert above - 2 * here + below == pytest.approx(curvature)
        assert curvature > 0


def test_the_hessian_is_positive_definite_unless_all_x_are_equal(data):
    x, _ = data
    turned = torch.linspace(0, 2 * math.pi, 3601, dtype=x.dtype)
    v = torch.stack((turned.cos(), turned.sin()))  # of length 1, a full circle
    curvatures = ((hessian(x) @ v) * v).sum(0)
    ends = torch.linalg.eigvalsh(hessian(x))
    assert curvatures.aminmax() == pytest.approx(tuple(ends.tolist()), abs=1e-6)
    two_values = torch.full_like(x, 2.0)
    assert torch.linalg.eigvalsh(hessian(two_values))[0].abs() < 1e-12
    two_values[0] = 2.1
    for each in (x, two_values):
        assert torch.linalg.eigvalsh(hessian(each))[0] > 1e-6


@pytest.mark.equation("least-squares", r"\hat\theta = (X^\top X)^{-1} X^\top y")
def test_the_closed_form_is_the_bottom_by_three_ways(data, symbols, equation):
    x, y = data
    found = optimize.minimize(
        lambda theta: mean_squared_error(theta, x, y).item(), [0.0, 0.0]
    ).x
    X = design_matrix(x)
    written_out = torch.linalg.inv(X.T @ X) @ X.T @ y
    assert written_out[:, 0].numpy() == pytest.approx(found, abs=1e-4)
    equation(X=X, y=y[:, 0], theta_hat=numpy_fit(x, y))
    for solve in WAYS:
        assert solve(x, y).numpy() == pytest.approx(numpy_fit(x, y))
        assert gradient(solve(x, y), x, y).abs().max() < 1e-10
    theta, x, y, loss = symbols
    zeros = sympy.solve([sympy.diff(loss, t) for t in theta], theta)
    X = sympy.Matrix([[1, a] for a in x])
    closed = (X.T * X).inv() * X.T * sympy.Matrix(y)
    assert [sympy.simplify(closed[j] - zeros[theta[j]]) for j in (0, 1)] == [0, 0]


@pytest.mark.equation(
    "slope-and-intercept",
    r"\hat\theta_1 = \frac{\sum_i (x_i - \bar x)(y_i - \bar y)}{\sum_i (x_i - "
    r"\bar x)^2}, \qquad \hat\theta_0 = \bar y - \hat\theta_1 \bar x",
)
def test_slope_and_intercept_are_scipy_s(data, equation):
    x, y = data
    expected = stats.linregress(x[:, 0].numpy(), y[:, 0].numpy())
    intercept, slope = solve_by_means(x, y).tolist()
    assert (intercept, slope) == pytest.approx((expected.intercept, expected.slope))
    assert slope == pytest.approx(
        np.cov(x[:, 0], y[:, 0])[0, 1] / np.var(x[:, 0].numpy(), ddof=1)
    )
    assert intercept + slope * x.mean().item() == pytest.approx(y.mean().item())
    theta_hat = {0: expected.intercept, 1: expected.slope}
    equation(theta_hat=theta_hat, **sums_over(x, y))
    equation.also_true(*OTHER_SUMS)


def test_the_two_sums_of_the_five_points_and_the_conditions_without_the_middle():
    x, y = five()
    x_centered, y_centered = x - 2, y - 6  # (2, 6) is the middle
    assert (x.mean(), y.mean()) == (2, 6)
    assert (x_centered * y_centered).sum() == 24 and x_centered.square().sum() == 10
    for theta_1 in (0.0, 2.4, 7.0):  # level, on the line through the middle
        theta = torch.tensor([6 - 2 * theta_1, theta_1], dtype=x.dtype)
        level = gradient(theta, x, y) * -5 / 2
        assert level.tolist() == pytest.approx([0, 24 - 10 * theta_1])
    X = design_matrix(x)
    assert (X.T @ X).tolist() == [[5, 10], [10, 30]]
    assert (X.T @ y).tolist() == [[30], [84]]


@given(columns())
def test_least_squares_is_right_for_any_data_or_refuses_it(data):
    x, y = data
    eps = torch.finfo(x.dtype if x.is_floating_point() else torch.float64).eps
    finite = bool(x.isfinite().all() and y.isfinite().all())
    wide = x.double()
    if (
        not finite
        or len(x) < 2
        or wide.max() - wide.min() <= 4 * eps * wide.abs().max()
    ):
        with pytest.raises(ValueError, match=r"x is constant|infinite or nan"):
            least_squares(x, y)
        return
    theta_hat, line = least_squares(x, y), fit_exactly(x, y)
    assert theta_hat.dtype == torch.float64
    assert abs(theta_hat[1].item() - line.slope) <= line.error
    size = abs(line.slope) * Fraction(wide.abs().max().item()) + abs(line.intercept)
    x_mean = abs(wide.mean().item())
    error = line.error * x_mean + 4 * 2**-53 * float(size) + line.off
    assert abs(theta_hat[0].item() - line.intercept) <= error


@pytest.mark.parametrize(
    ("dtype", "shift", "size"),
    [
        (torch.float32, 0, 8_400_000),
        (torch.float32, 1e5, 10**6),
        (torch.float64, 1e8, 10**7),
    ],
)
def test_least_squares_is_right_for_ten_million_rows_and_far_x(dtype, shift, size):
    x, y = (column.to(dtype) for column in make_data(0, size))
    x += shift
    slope = least_squares(x, y)[1].item()
    # NumPy's widest numbers, of 80 bits on the processors of most readers
    x, y = (column[:, 0].numpy().astype(np.longdouble) for column in (x, y))
    x -= x.mean()
    y -= y.mean()
    unit = 2**-53
    sd_x, sd_y = float(x.std()), float(y.std())
    moved = 12 * unit * shift * sd_y / sd_x**2 + 4 * size * unit * sd_y / sd_x
    assert moved < 1e-5  # five digits
    assert slope == pytest.approx(float((x * y).sum() / (x * x).sum()), abs=moved)


@pytest.mark.parametrize("solve", [least_squares, least_absolute, fit])
@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (
            [[1.0], [1.0], [1.0]],
            [[1.0], [2.0], [3.0]],
            "x is constant, or varies by 4 eps",
        ),
        ([[0.1], [0.1 + 1e-16], [0.1]], [[1.0], [2.0], [3.0]], "x is constant"),
        ([[7], [7], [7]], [[1], [2], [3]], "x is constant, or varies by 4 eps"),
        ([[1.0]], [[2.0]], "x is constant, or varies by 4 eps"),
        ([[1.0], [2.0], [math.nan]], [[1.0], [2.0], [3.0]], "infinite or nan"),
        ([[1.0], [2.0], [3.0]], [[1.0], [2.0], [math.inf]], "infinite or nan"),
        ([1.0, 2.0, 3.0], [[1.0], [2.0], [3.0]], r"\[\(3,\), \(3, 1\)\]"),
        ([[1.0], [2.0], [3.0]], [1.0, 2.0, 3.0], r"\[\(3, 1\), \(3,\)\]"),
        ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], r"shape \(n, 1\)"),
        ([[1.0], [2.0]], [[1.0], [2.0], [3.0]], r"\[\(2, 1\), \(3, 1\)\]"),
        ([[1.0, 2.0]], [[1.0, 2.0]], r"shape \(n, 1\)"),
        (1.0, 2.0, r"shape \(n, 1\)"),
    ],
)
def test_what_determines_no_line_is_refused_in_one_line(solve, x, y, said):
    with pytest.raises(ValueError, match=said) as refused:
        solve(torch.tensor(x).double(), torch.tensor(y).double())
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("solve", [least_squares, least_absolute, fit])
def test_no_rows_are_refused(solve):
    with pytest.raises(ValueError, match="x is constant"):
        solve(torch.empty(0, 1), torch.empty(0, 1))


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.int64])
def test_whole_numbers_and_half_precision_are_fitted_in_float64(dtype):
    x, y = (torch.tensor([v], dtype=dtype).T for v in ([0, 1, 2], [1, 3, 4]))
    assert least_squares(x, y).tolist() == pytest.approx([7 / 6, 1.5], rel=1e-15)
    assert fit(x, y).standard_error[1].item() == pytest.approx(math.sqrt(1 / 12))


def test_timestamps_of_a_day_are_fitted():
    seconds = torch.arange(0, 86_400, 60)[:, None] + 1_700_000_000
    y = 3e-5 * (seconds - 1_700_000_000).double() + 20
    for x in (seconds, seconds.double()):
        assert least_squares(x, y)[1].item() == pytest.approx(3e-5, rel=1e-9)
        assert fit(x, y).theta_hat[1].item() == pytest.approx(3e-5, rel=1e-9)


def test_two_rows_have_a_line_and_no_standard_error():
    x, y = torch.tensor([[1.0], [3.0]]), torch.tensor([[2.0], [8.0]])
    assert least_squares(x, y).tolist() == pytest.approx([-1, 3])
    with pytest.raises(ValueError, match="2 points leave no degrees of freedom"):
        fit(x, y)


@given(columns(dtypes=(torch.float32, torch.float64), least=2))
def test_the_other_two_ways_are_right_as_far_as_the_condition_number_lets_them(data):
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
    each = 8 * len(x) * unit
    reach = np.linalg.norm(theta) + y.double().norm().item() / size
    if each * kappa**2 < 0.1:
        off = solve_normal_equations(x, y).double().numpy() - theta
        assert np.linalg.norm(off) <= each * kappa**2 * reach


@given(columns(), st.tuples(*[st.floats(-1e3, 1e3, width=32)] * 2))
def test_loss_gradient_and_hessian_are_right_for_any_data(data, theta):
    x, y = data
    dtype = torch.promote_types(x.dtype, y.dtype)
    if not dtype.is_floating_point:
        dtype = torch.float32
    x, y = x.to(dtype), y.to(dtype)
    if not len(x):
        assert mean_squared_error(torch.tensor(theta), x, y).isnan()
        return
    theta = torch.tensor(theta).to(dtype)
    a, b, wide_x, wide_y = (v.double() for v in (*theta, x[:, 0], y[:, 0]))
    residual, size = wide_y - a - b * wide_x, wide_y.abs() + abs(a) + abs(b * wide_x)
    ones = torch.ones_like(wide_x)
    off = 4 * (len(x) + 4) * torch.finfo(dtype).eps
    products = [wide_x.square(), wide_x, size.square(), size, size * wide_x.abs()]
    if max(p.sum().item() for p in products) > torch.finfo(dtype).max / 4:
        return  # beyond the dtype's range the answer is inf or nan, which is seen
    tiny = len(x) * torch.finfo(dtype).tiny
    loss = mean_squared_error(theta, x, y).item()
    exact, reach = residual.square().mean().item(), size.square().mean().item()
    assert abs(loss - exact) <= off * reach + tiny
    for j, column in enumerate((ones, wide_x)):
        exact = -2 * (residual * column).mean().item()
        reach = 2 * (size * column.abs()).mean().item()
        assert abs(gradient(theta, x, y)[j].item() - exact) <= off * reach + tiny
        for k, other in enumerate((ones, wide_x)):
            exact, reach = (
                2 * v.mean().item() for v in (column * other, (column * other).abs())
            )
            assert abs(hessian(x)[j, k].item() - exact) <= off * reach + tiny


def test_residuals_are_at_right_angles_to_ones_and_to_x(data, alarm):
    x, y = (column[:, 0].numpy() for column in data)
    intercept, slope = optimize.curve_fit(lambda x, a, b: a + b * x, x, y)[0]
    for theta in ((intercept, slope), least_squares(*data).tolist()):
        residual = y - theta[0] - theta[1] * x
        assert residual.sum() == pytest.approx(0, abs=1e-4)
        assert (residual * x).sum() == pytest.approx(0, abs=1e-4)
    # the noise is not: Σ ε is normal, so that it is closer to 0 than this as rarely as
    # the alarm says, and rounding stays far below
    noise = y - 5 - 7 * x
    least = stats.norm.ppf(0.5 + alarm() / 2) * SIGMA * math.sqrt(len(x))
    assert max(abs(noise.sum()), abs((noise * x).sum())) > least


@pytest.mark.equation(
    "pythagoras",
    r"L(\theta) = L(\hat\theta) + \frac{1}{n} \lVert X(\theta - \hat\theta) "
    r"\rVert^2",
)
def test_above_the_bottom_the_loss_is_the_square_of_a_distance(data, points, equation):
    x, y = data
    intercept, slope = numpy_fit(x, y)
    bottom = np.mean((y - intercept - slope * x).numpy() ** 2)
    for a, b in points.tolist():
        loss = np.mean((y - a - b * x).numpy() ** 2)
        distance = np.mean(((a - intercept) + (b - slope) * x).numpy() ** 2)
        assert loss == pytest.approx(bottom + distance)
        equation(
            L=lambda theta: mean_squared_error(theta, x, y),
            theta=torch.tensor([a, b], dtype=x.dtype),
            theta_hat=torch.tensor([intercept, slope], dtype=x.dtype),
            X=design_matrix(x),
            n=100,
        )
        assert loss > bottom


def test_equal_x_are_nan_or_refused():
    _, y = make_data(seed=0)
    x = torch.full_like(y, 2.0)
    assert solve_by_means(x, y).isnan().all()
    rounded = [torch.full_like(y, each) for each in (0.1, 0.7, 1.3, 3.7, 9.1)]
    assert any(solve_by_means(x, y).isfinite().all() for x in rounded)
    with pytest.raises(ValueError, match="x is constant"):
        least_squares(x, y)


def test_mseloss_is_a_class(data):
    with pytest.raises(RuntimeError, match="Boolean value of Tensor"):
        nn.MSELoss(*data)


def test_the_sum_has_the_same_bottom_and_wants_a_smaller_learning_rate(data):
    """Proves the solution of loss#exercise-reduction."""
    x, y = data
    mean, total = Model(1, 1).double(), Model(1, 1).double()
    total.load_state_dict(mean.state_dict())
    for model, reduction, rate in ((mean, "mean", 0.1), (total, "sum", 0.1 / 100)):
        optimizer = torch.optim.SGD(model.parameters(), lr=rate)
        for _ in range(200):
            optimizer.zero_grad()
            nn.MSELoss(reduction=reduction)(model(x), y).backward()
            optimizer.step()
    theta = [[m.linear.bias.item(), m.linear.weight.item()] for m in (mean, total)]
    assert theta[0] == pytest.approx(theta[1])
    assert theta[1] == pytest.approx(numpy_fit(x, y))


def test_one_constant_is_the_mean_or_the_median():
    """Proves the solution of loss#exercise-constant."""
    for last in (90.0, 900.0):
        values = np.array([1, 2, 3, 4, last])
        squares, absolutes = (
            optimize.minimize_scalar(
                lambda c, p=p, v=values: np.mean(np.abs(v - c) ** p), (0, 1)
            ).x
            for p in (2, 1)
        )
        assert squares == pytest.approx(values.mean())
        assert absolutes == pytest.approx(3)


@pytest.mark.equation(
    "influence",
    r"\tilde\theta_1 - \hat\theta_1 = \delta\, \frac{x_j - \bar x}{\sum_i (x_i - "
    r"\bar x)^2}",
)
@pytest.mark.parametrize("delta", [-3.0, 100.0, 1000.0])
def test_one_wrong_y_moves_the_squares_in_proportion(data, delta, equation):
    x, y = data
    j = x.argmax().item()
    wrong = y.clone()
    wrong[j] += delta
    before, after = numpy_fit(x, y), numpy_fit(x, wrong)
    x_centered = (x - x.mean())[:, 0]
    moved = delta * (x_centered[j] / x_centered.square().sum()).item()
    assert after[1] - before[1] == pytest.approx(moved)
    both = {"theta_tilde": {1: after[1]}, "theta_hat": {1: before[1]}}
    equation(delta=delta, j=j + 1, **both, **sums_over(x, y))


def test_least_absolute_is_the_linear_program_s(seed):
    x, y = (column.double() for column in make_data(seed, 40))
    theta = least_absolute(x, y)
    found = (y - theta[0] - theta[1] * x).abs().mean().item()
    assert found == pytest.approx(best_by_program(x, y))


def test_absolute_values_do_not_ask_how_far_the_outlier_is(data):
    x, y = data
    lines = []
    for wrong in (100, 1000, 1e6):
        y_wrong = y.clone()
        y_wrong[x.argmax()] += wrong
        lines.append(least_absolute(x, y_wrong))
    assert torch.equal(lines[0], lines[1])
    assert torch.equal(lines[1], lines[2])
    assert (lines[0] - THETA).abs().max() < 1
    assert abs(numpy_fit(x, y_wrong)[1] - 7) > 1000


@given(columns(dtypes=(torch.float64, torch.int64), least=2, most=9))
@settings(max_examples=50)
def test_least_absolute_is_the_best_line_where_x_has_ties(data):
    x, y = (column.double() for column in data)
    x, y = (5 * column / (column.abs().max() + 1e-300) for column in (x, y))
    x = x.round()  # ties
    if x.max() == x.min():
        return
    theta = least_absolute(x, y).double()
    found = (y - theta[0] - theta[1] * x).abs().mean().item()
    best = min(
        (y - (y[i] - s * x[i]) - s * x).abs().mean().item()
        for i in range(len(x))
        for j in range(i)
        if x[i] != x[j]
        for s in [(y[j] - y[i]) / (x[j] - x[i])]
    )
    assert found == pytest.approx(best, abs=1e-9)
    assert best <= best_by_program(x, y) + 1e-6  # the program's own tolerance


def best_by_program(x, y):
    """The least mean absolute error by the simplex method, which knows of no pairs."""
    n, X = len(x), design_matrix(x.double()).numpy()
    # minimize Σ (u + v) with Xθ + u − v = y and u, v ≥ 0
    program = optimize.linprog(
        np.concatenate((np.zeros(2), np.ones(2 * n))),
        A_eq=np.hstack((X, np.eye(n), -np.eye(n))),
        b_eq=y[:, 0].double().numpy(),
        bounds=[(None, None)] * 2 + [(0, None)] * 2 * n,
    )
    return program.fun / n


def test_the_sticks_are_the_residuals():
    (axes,) = figure_sticks().axes
    x, y = (column[:, 0].tolist() for column in five())
    line, *sticks, points = axes.lines
    for at, height in line.get_xydata():
        assert height == pytest.approx(1 + 2 * at, abs=1e-5)
    for stick, at, above, said in zip(sticks, x, y, axes.texts[:5], strict=True):
        assert stick.get_xydata().tolist() == [[at, 1 + 2 * at], [at, above]]
        assert stick.get_color() == said.get_color() == "tab:red"
        assert float(said.get_text().replace("\u2212", "-")) == above - 1 - 2 * at
    assert points.get_xydata().tolist() == [
        list(pair) for pair in zip(x, y, strict=True)
    ]
    assert line.get_color() == labels(axes)["$1 + 2x$"] == "tab:orange"
    assert is_whole(axes)


@pytest.mark.parametrize(
    ("draw", "name", "thetas"),
    [
        (figure_squares, "$r^2$", [(1.2, 2.4), (-2.8, 6.4)]),
        (figure_absolutes, "$|r|$", [(2, 2), (2, 2)]),
    ],
)
def test_the_moved_point_is_drawn_with_the_best_lines(draw, name, thetas):
    (axes,) = draw().axes
    *lines, points, moved = axes.lines
    for line, (intercept, slope) in zip(lines, thetas, strict=True):
        for at, height in line.get_xydata():
            assert height == pytest.approx(intercept + slope * at, abs=1e-5)
    assert [line.get_linestyle() for line in lines] == ["--", "-"]
    assert points.get_xydata().tolist() == FIVE.tolist()
    assert moved.get_xydata().tolist() == [[4, 32]]
    assert name in labels(axes)
    assert is_whole(axes)


def test_three_lines_and_their_theta_are_drawn():
    (left,), (right,) = figure_lines().axes, figure_surface().axes
    thetas = [(6, 0), (1, 2), (1.2, 2.4)]
    *drawn, points = left.lines
    for theta, line, mark in zip(thetas, drawn[::2], drawn[1::2], strict=True):
        for at, height in (*line.get_xydata(), *mark.get_xydata()):
            assert height == pytest.approx(theta[0] + theta[1] * at, abs=1e-5)
    assert points.get_xydata().tolist() == FIVE.tolist()
    for theta, mark, there in zip(thetas, drawn[1::2], right.lines, strict=True):
        assert there.get_xydata()[0] == pytest.approx(theta, abs=1e-5)
        assert there.get_marker() == mark.get_marker()
    (contours,) = right.collections
    x, y = (column.numpy() for column in five())
    assert contours.levels.tolist() == [2, 5, 10, 20, 40]
    for level, path in zip(contours.levels, contours.get_paths(), strict=True):
        for intercept, slope in path.vertices[::20]:
            loss = np.mean((y - intercept - slope * x) ** 2)
            assert loss == pytest.approx(level, rel=0.03)
    assert is_whole(left)
    assert (right.get_xlabel(), right.get_ylabel()) == (r"$\theta_0$", r"$\theta_1$")


def test_the_bowl_is_drawn_from_the_loss():
    (left,), (right,) = figure_slice().axes, figure_bowl().axes
    x, y = (column.double() for column in make_data(seed=0))
    theta_hat = numpy_fit(x, y)

    def loss(intercept, slope):
        return np.mean((y - intercept - slope * x).numpy() ** 2)

    slice_, star = left.lines
    for slope, height in slice_.get_xydata():
        assert height == pytest.approx(loss(theta_hat[0], slope))
    bottom = (theta_hat[1], loss(*theta_hat))
    assert star.get_xydata()[0] == pytest.approx(bottom)
    star, cross = right.lines
    assert star.get_xydata()[0] == pytest.approx(theta_hat)
    assert tuple(cross.get_xydata()[0]) == (5, 7)
    (contours,) = right.collections
    for level, path in zip(contours.levels, contours.get_paths(), strict=True):
        for theta in path.vertices[::20]:
            assert loss(*theta) == pytest.approx(level, rel=0.02)
    around = np.concatenate([path.vertices for path in contours.get_paths()])
    assert (around.min(axis=0) < theta_hat - 2.5).all()
    assert (around.max(axis=0) > theta_hat + 2.5).all()
    assert (star.get_color(), cross.get_color()) == ("tab:orange", "tab:blue")
    named = {text: labels(right)[text] for text in (r"$\hat\theta$", r"$\theta$")}
    assert list(named.values()) == ["tab:orange", "tab:blue"]
    assert (right.get_xlabel(), right.get_ylabel()) == (r"$\theta_0$", r"$\theta_1$")


def test_the_triangle_has_the_lengths_of_the_data_and_a_right_angle():
    (axes,) = figure_projection().axes
    x, y = (column[:, 0].double().numpy() for column in make_data(seed=0))
    slope, intercept = np.polyfit(x, y, 1)
    _, hypotenuse, residual, fitted, other, point, corner = (
        line.get_xydata() for line in axes.lines
    )

    def length(side):
        return np.linalg.norm(side[1] - side[0])

    assert length(hypotenuse) == pytest.approx(np.linalg.norm(y - y.mean()))
    assert length(residual) == pytest.approx(np.linalg.norm(y - intercept - slope * x))
    assert length(fitted) == pytest.approx(slope * np.linalg.norm(x - x.mean()))
    assert (residual[1] - residual[0]) @ (fitted[1] - fitted[0]) == pytest.approx(0)
    missed = np.linalg.norm(y - y.mean() - 5 * (x - x.mean()))
    assert length(other) == pytest.approx(missed)
    assert missed > length(residual)
    assert point[0] == pytest.approx(other[0])
    along = fitted[1][0]
    assert corner.tolist() == [[along - 2, 0], [along - 2, 2], [along, 2]]
    assert is_whole(axes)
    assert axes.get_aspect() == 1
    of_y, of_r, of_fit, of_other = (text.get_position() for text in axes.texts)
    below = axes.get_ylim()[0]
    for at, here in ((of_fit, fitted), (of_other, other)):
        assert below < at[1] < 0  # under the lines that they name
        assert here[:, 0].min() <= at[0] <= here[:, 0].max()
    assert 0 < of_y[0] < length(fitted) and 0 < of_y[1] < length(residual)
    assert of_y[1] > of_y[0] * length(residual) / length(fitted)  # above its line
    assert of_r == pytest.approx((length(fitted) + 1, length(residual) / 2))


# Arguments of each exercise's check: right, one for each hint, and unlike any.
ANSWERS = {
    "three_points": [
        (1.167, 1.5),
        (1.5, 1.167),
        (0.467, 2.2),
        (1.0, 1.5),
        (1.167, 2.0),
    ],
    "absolute_bottom": [
        ((2.0, 2.0), (2.0, 2.0)),
        ((1.2, 2.4), (2.0, 2.0)),
        ((5.0, 8.0), (5.0, 8.0)),
        ((2.0, 2.0), (-2.8, 6.4)),
        ((2.0, 2.0), (1.0, 2.0)),
    ],
    "reduction": [
        (1, 100, 0.01),
        (1, 100, 1),
        (1, 100, 100),
        (1, 10, 0.01),
        (100, 100, 0.01),
        (1, 100, 0.1),
    ],
    "constant": [(20, 3), (20, 20), (20, 2.5), (3, 3), (20, 45.5)],
    "outlier": [(10,), (100,), (3.9,), (1,), (31.6,)],
}


def bottoms(printed, run):
    """θ with the last y as it was, and with the moved one."""
    return [tuple(tuple(numbers(line)[-2:]) for line in printed.splitlines())]


def factors(printed, run):
    """θ̂ stays; the learning rate undoes what the gradient's factor does."""
    return [(1, factor, 1 / factor) for factor in numbers(printed)]


def constants(printed, run):
    """By trying, and by what statistics has a name for."""
    tried, mean, best, median = numbers(printed)
    return [(tried, best), (mean, median)]


def ratios_of_moves(printed, run):
    """Of the intercept, and of the slope."""
    wrong_by, *theta = zip(*map(numbers, printed.splitlines()), strict=True)
    assert wrong_by == (0, 100, 1000)
    return [((far - before) / (near - before),) for before, near, far in theta]


# What each solution answers, taken out of what it prints or defines.
SOLUTIONS = {
    "three_points": lambda printed, run: [tuple(numbers(printed))],
    "absolute_bottom": bottoms,
    "reduction": factors,
    "constant": constants,
    "outlier": ratios_of_moves,
}


def test_exercises_of_several_parts_look_at_each():
    assert exercises.reduction(1, 1, 0.01) == exercises.reduction(1, 0.01, 0.01) == 3
    assert exercises.constant(45.5, 3) == exercises.constant(2.5, 3) == 3
