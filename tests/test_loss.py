import contextlib
import math

import numpy as np
import pytest
import sympy
import torch
from scipy import optimize, stats
from torch import nn

from snippets.data import SIGMA, THETA, make_data
from snippets.exercises import loss as exercises
from snippets.figures.loss import figure_bowl, figure_digits, figure_projection
from snippets.loss import (
    condition_number,
    design_matrix,
    gradient,
    hessian,
    least_absolute,
    least_squares,
    log_likelihood,
    mean_squared_error,
    slope_error,
    solve_by_means,
    solve_by_qr,
    solve_normal_equations,
)
from snippets.model import Model, set_theta
from tests.drawn import is_whole

WAYS = (solve_normal_equations, solve_by_means, solve_by_qr, least_squares)


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
def test_the_loss_is_the_mean_of_squares_and_mseloss(data, points):
    x, y = data
    pairs = list(zip(x[:, 0].tolist(), y[:, 0].tolist(), strict=True))
    for theta in points:
        a, b = theta.tolist()
        by_hand = math.fsum((v - a - b * u) ** 2 for u, v in pairs) / len(pairs)
        model = Model(1, 1).double()
        set_theta(model.linear, a, b)
        assert mean_squared_error(theta, x, y).item() == pytest.approx(by_hand)
        assert nn.MSELoss()(model(x), y).item() == pytest.approx(by_hand)


@pytest.mark.equation(
    "log-likelihood",
    r"\ell(\theta, \sigma) = \sum_{i=1}^n \log p(y_i) = -\frac{n}{2} "
    r"\log(2\pi\sigma^2) - \frac{n}{2\sigma^2} L(\theta)",
)
@pytest.mark.parametrize("sigma", [0.5, 2.0, 7.0])
def test_the_log_likelihood_is_a_constant_less_a_multiple_of_the_loss(
    data, points, sigma
):
    x, y = data
    for theta in points:
        line = (theta[0] + theta[1] * x).numpy()
        density = stats.norm.logpdf(y.numpy(), line, sigma).sum()
        loss = mean_squared_error(theta, x, y).item()
        constant = -len(x) / 2 * math.log(2 * math.pi * sigma**2)
        assert constant - len(x) / (2 * sigma**2) * loss == pytest.approx(density)
        assert log_likelihood(theta, sigma, x, y).item() == pytest.approx(density)


def test_laplace_noise_makes_the_mean_of_absolute_values_the_choice(data, points):
    x, y = data
    for theta in points:
        line = theta[0] + theta[1] * x
        density = stats.laplace.logpdf(y.numpy(), line.numpy(), 1.7).sum()
        absolute = (y - line).abs().mean().item()
        by_equation = -len(x) * math.log(2 * 1.7) - len(x) / 1.7 * absolute
        assert by_equation == pytest.approx(density)


@pytest.mark.equation("likelihood-variance", r"\hat\sigma^2 = L(\hat\theta)")
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
def test_the_partial_derivatives_are_sympy_s(symbols):
    theta, x, y, loss = symbols
    residuals = [b - theta[0] - theta[1] * a for a, b in zip(x, y, strict=True)]
    weighted = [r * a for r, a in zip(residuals, x, strict=True)]
    by_hand = [sympy.Rational(-2, 3) * sum(terms) for terms in (residuals, weighted)]
    assert expand(by_hand) == expand(sympy.diff(loss, t) for t in theta)


@pytest.mark.equation(
    "gradient", r"\nabla L(\theta) = -\frac{2}{n} X^\top (y - X\theta)"
)
def test_the_gradient_is_autograd_s_and_the_difference_quotient(data, points):
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


def test_the_gradient_refuses_lengths_that_differ(data):
    x, y = data
    with pytest.raises(RuntimeError):
        gradient(torch.zeros(2, dtype=x.dtype), x, y[:99])


@pytest.mark.equation(
    "hessian",
    r"H = \frac{2}{n} X^\top X = 2 \begin{pmatrix} 1 & \bar x \\ \bar x & m_2 "
    r"\end{pmatrix}, \qquad m_2 = \frac{1}{n} \sum_{i=1}^n x_i^2",
)
def test_the_hessian_is_autograd_s_at_any_theta_and_sympy_s(data, points, symbols):
    x, y = data
    mean, m_2 = np.mean(x.numpy()), np.mean(x.numpy() ** 2)
    by_means = 2 * np.array([[1, mean], [mean, m_2]])
    assert hessian(x).numpy() == pytest.approx(by_means)
    for theta in points:
        by_autograd = torch.autograd.functional.hessian(
            lambda theta: mean_squared_error(theta, x, y), theta
        )
        assert hessian(x).numpy() == pytest.approx(by_autograd.numpy())
    theta, x, _, loss = symbols
    m_1, m_2 = sum(x) / 3, sum(a**2 for a in x) / 3
    by_hand = [2, 2 * m_1, 2 * m_1, 2 * m_2]
    assert expand(by_hand) == expand(sympy.hessian(loss, theta))


@pytest.mark.equation(
    "curvature", r"v^\top H v = \frac{2}{n} \lVert X v \rVert^2 \ge 0"
)
def test_the_loss_bends_upwards_in_every_direction(data, points):
    x, y = data
    theta_hat = least_squares(x, y)
    for v in points:
        curvature = 2 * np.mean((v[0] + v[1] * x).numpy() ** 2)
        assert (v @ hessian(x) @ v).item() == pytest.approx(curvature)
        here, above, below = (
            mean_squared_error(theta_hat + s * v, x, y).item() for s in (0, 1, -1)
        )
        # the second difference of the loss itself, exact for a quadratic
        assert above - 2 * here + below == pytest.approx(curvature)
        assert curvature > 0


@pytest.mark.equation(
    "determinant",
    r"\det H = 4\,(m_2 - \bar x^2) = 4 \cdot \frac{1}{n} \sum_{i=1}^n (x_i - "
    r"\bar x)^2",
)
def test_the_determinant_is_four_variances(data, symbols):
    x, _ = data
    determinant = torch.linalg.det(hessian(x)).item()
    assert determinant == pytest.approx(4 * np.var(x.numpy()))
    theta, x, _, loss = symbols
    m_1, m_2 = sum(x) / 3, sum(a**2 for a in x) / 3
    variance = sum((a - m_1) ** 2 for a in x) / 3
    symbolic = sympy.hessian(loss, theta).det()
    assert expand([symbolic, symbolic]) == expand([4 * (m_2 - m_1**2), 4 * variance])


def test_the_hessian_is_positive_definite_unless_all_x_are_equal(data):
    x, _ = data
    two_values = torch.full_like(x, 2.0)
    assert torch.linalg.eigvalsh(hessian(two_values))[0].abs() < 1e-12
    two_values[0] = 2.1
    for each in (x, two_values):
        assert torch.linalg.eigvalsh(hessian(each))[0] > 1e-6


@pytest.mark.equation("least-squares", r"\hat\theta = (X^\top X)^{-1} X^\top y")
def test_the_closed_form_is_the_bottom_by_four_ways(data, symbols):
    x, y = data
    found = optimize.minimize(
        lambda theta: mean_squared_error(theta, x, y).item(), [0.0, 0.0]
    ).x
    X = design_matrix(x)
    written_out = torch.linalg.inv(X.T @ X) @ X.T @ y
    assert written_out[:, 0].numpy() == pytest.approx(found, abs=1e-4)
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
def test_slope_and_intercept_are_scipy_s(data):
    x, y = data
    expected = stats.linregress(x[:, 0].numpy(), y[:, 0].numpy())
    intercept, slope = solve_by_means(x, y).tolist()
    assert (intercept, slope) == pytest.approx((expected.intercept, expected.slope))
    assert slope == pytest.approx(
        np.cov(x[:, 0], y[:, 0])[0, 1] / np.var(x[:, 0].numpy(), ddof=1)
    )
    assert intercept + slope * x.mean().item() == pytest.approx(y.mean().item())


def test_least_squares_refuses_lengths_that_differ():
    x, y = make_data(seed=0)
    with pytest.raises(RuntimeError):
        least_squares(x, y[:99])


@pytest.mark.equation("orthogonality", r"X^\top (y - X\hat\theta) = 0")
def test_residuals_are_at_right_angles_to_ones_and_to_x(data):
    x, y = (column[:, 0].numpy() for column in data)
    intercept, slope = optimize.curve_fit(lambda x, a, b: a + b * x, x, y)[0]
    for theta in ((intercept, slope), least_squares(*data).tolist()):
        residual = y - theta[0] - theta[1] * x
        assert residual.sum() == pytest.approx(0, abs=1e-4)
        assert (residual * x).sum() == pytest.approx(0, abs=1e-4)
    noise = y - 5 - 7 * x
    assert max(abs(noise.sum()), abs((noise * x).sum())) > 1


@pytest.mark.equation(
    "pythagoras",
    r"L(\theta) = L(\hat\theta) + \frac{1}{n} \lVert X(\theta - \hat\theta) "
    r"\rVert^2",
)
def test_above_the_bottom_the_loss_is_the_square_of_a_distance(data, points):
    x, y = data
    intercept, slope = numpy_fit(x, y)
    bottom = np.mean((y - intercept - slope * x).numpy() ** 2)
    for a, b in points.tolist():
        loss = np.mean((y - a - b * x).numpy() ** 2)
        distance = np.mean(((a - intercept) + (b - slope) * x).numpy() ** 2)
        assert loss == pytest.approx(bottom + distance)
        assert loss > bottom


@pytest.mark.equation(
    "condition-number",
    r"\kappa(X^\top X) = \frac{\lambda_{\max}(X^\top X)}{\lambda_{\min}(X^\top X)} "
    r"= \kappa(X)^2",
)
@pytest.mark.parametrize("shift", [0, 3, 50])
def test_the_condition_number_is_squared(data, shift):
    X = design_matrix(data[0] + shift)
    X = (X / X.norm(dim=0)).numpy()
    angles = np.linspace(0, np.pi, 100_001)
    lengths = np.linalg.norm(X @ [np.cos(angles), np.sin(angles)], axis=0)
    stretch = lengths.max() / lengths.min()  # κ(X) as the page defines it
    eigenvalues = np.linalg.eigvalsh(X.T @ X)
    assert eigenvalues[-1] / eigenvalues[0] == pytest.approx(stretch**2, rel=1e-4)
    assert np.linalg.cond(X.T @ X) == pytest.approx(stretch**2, rel=1e-4)
    assert condition_number(data[0] + shift) == pytest.approx(stretch, rel=1e-4)


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
    # what the page says of x + 200
    assert 0.01 < slope_error(solve_normal_equations, 200) < 0.1
    assert slope_error(solve_by_qr, 200) < 5e-5


def test_slope_error_is_the_median_over_datasets_in_float32():
    errors = []
    for seed in range(3):
        x, y = make_data(seed)
        x = x + 50
        slope = solve_normal_equations(x, y)[1].item()
        errors.append(abs(slope - slope_of(x, y)))
    expected = pytest.approx(np.median(errors), rel=1e-6)
    assert slope_error(solve_normal_equations, 50, datasets=3) == expected
    default = slope_error(solve_by_qr, 50)
    assert default == slope_error(solve_by_qr, 50, datasets=100)
    assert default != slope_error(solve_by_qr, 50, datasets=50)


def test_products_that_are_not_centered_lose_digits_too():
    def solve_by_products(x, y):
        top = (x * y).mean() - x.mean() * y.mean()
        slope = top / ((x**2).mean() - x.mean() ** 2)
        return torch.stack((y.mean() - slope * x.mean(), slope))

    x, y = (column.double() for column in make_data(seed=0))
    assert solve_by_products(x, y).numpy() == pytest.approx(numpy_fit(x, y))
    centered = slope_error(solve_by_means, 200)
    assert slope_error(solve_by_products, 200) > 1000 * centered


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
    assert abs(least_squares(x, y)[1] - slope_of(x, y)) < 1e-4


def test_equal_x_are_an_error_or_the_shortest_of_all_bottoms():
    _, y = make_data(seed=0)
    x = torch.full_like(y, 2.0)
    with pytest.raises(torch.linalg.LinAlgError, match="singular"):
        solve_normal_equations(x, y)
    assert solve_by_means(x, y).isnan().all()
    # all θ with θ₀ + 2 θ₁ = ȳ are bottoms; the shortest is ȳ (1, 2) / 5
    shortest = y.mean().item() * np.array([1, 2]) / 5
    assert least_squares(x, y).numpy() == pytest.approx(shortest, rel=1e-4)


def test_rounding_often_hides_that_all_x_are_equal():
    _, y = make_data(seed=0)
    silent = 0
    for tenths in range(1, 10):
        x = torch.full_like(y, tenths / 10)
        with contextlib.suppress(torch.linalg.LinAlgError):
            silent += bool(solve_normal_equations(x, y).isfinite().all())
    assert silent > 0


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
    r"\tilde\theta - \hat\theta = \delta\, (X^\top X)^{-1} \begin{pmatrix} 1 \\ x_j "
    r"\end{pmatrix}",
)
@pytest.mark.parametrize("delta", [-3.0, 100.0, 1000.0])
def test_one_wrong_y_moves_the_squares_in_proportion(data, delta):
    x, y = data
    j = x.argmax().item()
    wrong = y.clone()
    wrong[j] += delta
    X = design_matrix(x).numpy()
    predicted = delta * np.linalg.inv(X.T @ X) @ [1, x[j].item()]
    assert numpy_fit(x, wrong) - numpy_fit(x, y) == pytest.approx(predicted)


def test_least_absolute_is_the_linear_program_s(seed):
    """Least absolute values by the simplex method, which knows of no pairs."""
    x, y = (column.double() for column in make_data(seed, 40))
    n, X = len(x), design_matrix(x).numpy()
    # minimize Σ (u + v) with Xθ + u − v = y and u, v ≥ 0
    program = optimize.linprog(
        np.concatenate((np.zeros(2), np.ones(2 * n))),
        A_eq=np.hstack((X, np.eye(n), -np.eye(n))),
        b_eq=y[:, 0].numpy(),
        bounds=[(None, None)] * 2 + [(0, None)] * 2 * n,
    )
    assert least_absolute(x, y).numpy() == pytest.approx(program.x[:2])


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


def test_squares_are_more_precise_if_the_noise_is_normal(seed, alarm):
    x, y = (column.double() for column in make_data(seed, 40_000))
    differences = []
    for part in range(2000):
        here = slice(20 * part, 20 * part + 20)
        absolutes, squares = (
            (solve(x[here], y[here])[1] - 7).item() ** 2
            for solve in (least_absolute, least_squares)
        )
        differences.append(absolutes - squares)
    mean = np.mean(differences)
    error = np.std(differences) / math.sqrt(len(differences))
    assert mean > stats.norm.isf(alarm()) * error


@pytest.mark.equation(
    "swapped-slope",
    r"\hat\theta_1 \, \tilde\theta_1 = \frac{\left(\sum_i (x_i - \bar x)(y_i - "
    r"\bar y)\right)^2}{\sum_i (x_i - \bar x)^2 \, \sum_i (y_i - \bar y)^2} = "
    r"\hat\rho^2",
)
def test_the_slopes_of_both_regressions_multiply_to_a_squared_correlation(data):
    x, y = data
    product = numpy_fit(x, y)[1] * numpy_fit(y, x)[1]
    correlation = stats.pearsonr(x[:, 0].numpy(), y[:, 0].numpy()).statistic
    assert product == pytest.approx(correlation**2)
    line = np.polyval(np.polyfit(x[:, 0], y[:, 0], 1), x[:, 0])
    r_squared = 1 - ((y[:, 0].numpy() - line) ** 2).sum() / (len(y) * np.var(y.numpy()))
    assert product == pytest.approx(r_squared)
    assert product < 1


def test_the_bowl_is_drawn_from_the_loss():
    left, right = figure_bowl().axes
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
    assert (around.min(axis=0) < theta_hat - 5).all()
    assert (around.max(axis=0) > theta_hat + 5).all()
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


def test_the_digits_are_drawn_from_slope_error():
    (axes,) = figure_digits().axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    for line, solve in zip(axes.lines, WAYS[:1] + WAYS[2:3] + WAYS[1:2], strict=True):
        for shift, error in line.get_xydata()[::2]:
            assert error == pytest.approx(slope_error(solve, shift))
    styles = {(line.get_marker(), line.get_linestyle()) for line in axes.lines}
    assert len(styles) == 3


# Arguments of each exercise's check: right, one for each hint, and unlike any.
ANSWERS = {
    "three_points": [
        (1.167, 1.5),
        (1.5, 1.167),
        (0.467, 2.2),
        (1.0, 1.5),
        (1.167, 2.0),
    ],
    "reduction": [
        (1, 100, 100, 0.01),
        (1, 100, 100, 1),
        (1, 100, 100, 100),
        (1, 100, 100**2, 0.01),
        (100, 100, 100, 0.01),
        (1, 100, 100, 0.1),
    ],
    "constant": [(20, 3), (20, 20), (20, 2.5), (3, 3), (20, 45.5)],
    "outlier": [(10, 1), (100, 1), (3.9, 1), (10, 10), (31.6, 1)],
    "swapped": [(0.1382,), (0.1479,), (6.762,), (-0.733,), (0.0887,), (0.935,)],
}


def test_exercises_of_several_parts_look_at_each():
    for factors in ((1, 1, 100, 0.01), (1, 0.01, 100, 0.01)):
        assert exercises.reduction(*factors) == 3
    assert exercises.constant(45.5, 3) == exercises.constant(2.5, 3) == 3


def test_the_inverse_of_the_slope_is_told_from_the_slope_of_the_inverse():
    """Answers to loss#exercise-swapped, by NumPy."""
    x, y = make_data(seed=0)
    assert exercises.swapped(numpy_fit(y, x)[1]) == 0
    assert exercises.swapped(1 / numpy_fit(x, y)[1]) == 1
    assert exercises.swapped(least_squares(y, x)[1]) == 0
