import math
import re
import warnings
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import nn
from torch.utils.data import TensorDataset

from snippets import training
from snippets.data import make_data
from snippets.exercises import training as exercises
from snippets.figures.training import (
    figure_bent,
    figure_line,
    figure_loss,
    figure_path,
    figure_slope,
)
from snippets.loss import hessian, least_squares
from snippets.model import Model, set_theta
from snippets.training import (
    descend,
    gradient,
    slope_path,
    theta_of,
    train,
    train_best,
)
from tests.drawn import labels
from tests.inputs import DTYPES, columns
from tests.printed import numbers, section

ROOT = Path(__file__).parents[1]
# any size and sign, and 0
SHARES = st.one_of(st.just(0.0), st.floats(0.1, 1), st.floats(-1, -0.1))
SCALES = st.integers(-8, 8).map(lambda power: 10.0**power)
NUMBERS = st.tuples(SHARES, SCALES).map(math.prod)
RATES = st.tuples(st.sampled_from([0.0, 1.0]), SCALES).map(math.prod)


@pytest.fixture
def problem(seed):
    """x, y of shape (100,), a point, and a random generator, all in float64."""
    random = np.random.default_rng(seed)
    x, y = (column[:, 0].double().numpy() for column in make_data(seed))
    return x, y, random.normal(size=2) * 5, random


def hessian_of(x):
    return hessian(torch.as_tensor(x)[:, None]).numpy()


def mean_squared_error(theta, x, y):
    return ((torch.as_tensor(y) - theta[0] - theta[1] * torch.as_tensor(x)) ** 2).mean()


def autograd(theta, x, y):
    theta = torch.tensor(theta, requires_grad=True)
    mean_squared_error(theta, x, y).backward()
    return theta.grad.numpy()


def gradient_of_loss(x, y):
    """What ∇ and L are in an equation."""
    return {
        "L": lambda theta: mean_squared_error(theta, x, y),
        "nabla": lambda L: lambda theta: torch.autograd.functional.jacobian(L, theta),
    }


@pytest.mark.equation("step", r"\theta_{k+1} = \theta_k - \eta \, \nabla L(\theta_k)")
@pytest.mark.parametrize("learning_rate", [0.01, 0.1, 0.7])
def test_each_step_goes_against_autograd_s_gradient(problem, learning_rate, equation):
    x, y, start, _ = problem
    path = descend(x, y, start, learning_rate, steps=5)
    assert path.shape == (6, 2)
    assert np.array_equal(path[0], start)
    for here, there in pairwise(path):
        assert there == pytest.approx(here - learning_rate * autograd(here, x, y))
    for k in range(5):
        equation(
            theta=dict(enumerate(torch.tensor(path))),
            k=k,
            eta=learning_rate,
            **gradient_of_loss(x, y),
        )


def test_the_gradient_is_autograd_s_and_the_difference_quotient(problem):
    x, y, theta, _ = problem
    by_hand = gradient(theta, x, y)
    assert by_hand == pytest.approx(autograd(theta, x, y))
    # the loss is quadratic, so a central difference is exact but for rounding
    for j, step in enumerate(np.eye(2)):
        above, below = (mean_squared_error(theta + s * step, x, y) for s in (1, -1))
        assert by_hand[j] == pytest.approx(((above - below) / 2).item())


def exact_gradient(theta, x, y):
    """∇L in fractions, and the sizes of the numbers that add up to each part."""
    theta_0, theta_1 = map(Fraction, theta)
    gradient, size = [Fraction(0)] * 2, [Fraction(0)] * 2
    for a, b in zip(map(Fraction, x), map(Fraction, y), strict=True):
        residual = b - theta_0 - theta_1 * a
        reach = abs(b) + abs(theta_0) + abs(theta_1 * a)
        for j, factor in enumerate((1, a)):
            gradient[j] -= 2 * residual * factor / len(x)
            size[j] += 2 * reach * abs(factor) / len(x)
    return gradient, size


def gamma(roundings, unit):
    """How much of its size a number may lose in so many roundings to this unit."""
    return Fraction(roundings * unit) / (1 - Fraction(roundings * unit))


# NumPy has no bfloat16
arrays = columns(dtypes=[dtype for dtype in DTYPES if dtype != torch.bfloat16])


@given(arrays, st.tuples(NUMBERS, NUMBERS))
def test_the_gradient_is_right_for_any_data(data, theta):
    """Columns in float64; NaN and inf stay so."""
    x, y = (column[:, 0].double().numpy() for column in data)
    if len(x) == 0:
        return
    with np.errstate(invalid="ignore"):  # inf − inf
        got = gradient(np.array(theta), x, y)
    assert (got.shape, got.dtype) == ((2,), np.float64)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        assert not np.isfinite(got).any()
        return
    exact, size = exact_gradient(theta, x.tolist(), y.tolist())
    # a product, a sum, a difference; a product; the mean
    allowed = gamma(len(x) + 8, 2**-53)
    for j in (0, 1):
        assert abs(Fraction(got[j]) - exact[j]) <= allowed * size[j]


@given(arrays, st.tuples(NUMBERS, NUMBERS), RATES, st.booleans(), st.integers(0, 3))
def test_each_step_is_right_for_any_data(data, start, learning_rate, uphill, steps):
    x, y = (column[:, 0].double().numpy() for column in data)
    if not (len(x) and np.isfinite(x).all() and np.isfinite(y).all()):
        return  # the gradient's test has these
    learning_rate *= -1 if uphill else 1
    path = descend(x, y, np.array(start), learning_rate, steps)
    assert path.shape == (steps + 1, 2)
    assert path[0].tolist() == list(start)
    allowed, rate = gamma(len(x) + 10, 2**-53), Fraction(learning_rate)
    for here, there in pairwise(path.tolist()):
        exact, size = exact_gradient(here, x.tolist(), y.tolist())
        for j in (0, 1):
            expected = Fraction(here[j]) - rate * exact[j]
            reach = abs(rate) * size[j] + abs(Fraction(here[j]))
            assert abs(Fraction(there[j]) - expected) <= allowed * reach


def exact_residuals(theta, x, y):
    """Residuals in fractions, and the sizes of the numbers they are made of."""
    theta_0, theta_1 = map(Fraction, theta)
    pairs = [(Fraction(a), Fraction(b)) for a, b in zip(x, y, strict=True)]
    residuals = [b - theta_0 - theta_1 * a for a, b in pairs]
    return residuals, [abs(b) + abs(theta_0) + abs(theta_1 * a) for a, b in pairs]


@given(columns(), st.tuples(NUMBERS, NUMBERS), RATES)
def test_training_is_right_for_any_data_or_refuses_it(data, start, learning_rate):
    """θ − η∇L and the loss, in the model's dtype: of x if that is no whole number."""
    x, y = data
    dtype = x.dtype if x.is_floating_point() else torch.float32
    model = Model(1, 1).to(dtype)
    set_theta(model.linear, *torch.tensor(start).to(dtype))
    if dtype != x.dtype:
        with pytest.raises(RuntimeError, match="must have the same dtype"):
            train(model, x, y, learning_rate, steps=1)
        return
    n, rate = len(x), Fraction(learning_rate)
    limits = torch.finfo(dtype)
    unit, tiny = limits.eps / 2, Fraction(limits.smallest_normal * limits.eps)
    # the loss has the wider dtype; where that does not hold y, the loss is infinite
    held = y.to(torch.promote_types(dtype, y.dtype))
    for _ in range(2):
        here = theta_of(model).tolist()
        values = (*here, *x[:, 0].tolist(), *held[:, 0].tolist())
        if not all(map(math.isfinite, values)):
            return  # too large for the dtype, and says so: inf or NaN
        if learning_rate > limits.max:
            with pytest.raises(RuntimeError, match="without overflow"):
                train(model, x, y, learning_rate, steps=1)
            return
        (loss,) = train(model, x, y, learning_rate, steps=1)
        there = theta_of(model).tolist()
        if n == 0:
            assert math.isnan(loss)
            assert there == here
            return
        residuals, sizes = exact_residuals(here, x[:, 0].tolist(), y[:, 0].tolist())
        exact, size = exact_gradient(here, x[:, 0].tolist(), y[:, 0].tolist())
        reach = max(map(abs, map(Fraction, values)))
        largest = 2 * max(*sizes, sum(s**2 for s in sizes), *size, reach)
        largest = max(largest, 2 * rate * max(size), 2 * rate)
        if not all(map(math.isfinite, (loss, *there))):
            assert largest > limits.max
            return
        # y gets its dtype, x a product and a sum, their difference; a square; the mean
        off = [gamma(6, unit) * s + 6 * tiny * (1 + reach) for s in sizes]
        pairs = list(zip(map(abs, residuals), off, strict=True))
        total = sum((r + o) ** 2 + tiny for r, o in pairs)
        error = sum(2 * r * o + o**2 for r, o in pairs) + gamma(n + 2, unit) * total
        mean = sum(r**2 for r in residuals) / n
        assert abs(Fraction(loss) - mean) <= error / n + 2 * tiny
        lost = 8 * tiny * (1 + rate) * (n + 1) * (1 + reach)  # where numbers underflow
        for j in (0, 1):
            expected = Fraction(here[j]) - rate * exact[j]
            allowed = rate * size[j] + abs(Fraction(here[j]))
            allowed *= gamma(n + 12, unit)
            assert abs(Fraction(there[j]) - expected) <= allowed + lost


def test_a_negative_learning_rate_is_an_error():
    x, y = make_data(seed=0)
    with pytest.raises(ValueError, match=r"Invalid learning rate: -0\.1"):
        train(Model(1, 1), x, y, learning_rate=-0.1)


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (3, 1), (2, 4)])
def test_the_loop_does_not_ask_what_parameters_there_are(inputs, outputs, seed):
    torch.manual_seed(seed)
    model = Model(inputs, outputs).double()
    x, y = torch.randn(20, inputs).double(), torch.randn(20, outputs).double()
    before = [parameter.clone() for parameter in model.parameters()]
    loss = ((model(x) - y) ** 2).mean()
    gradients = torch.autograd.grad(loss, list(model.parameters()))
    assert train(model, x, y, learning_rate=0.3, steps=1) == [
        pytest.approx(loss.item())
    ]
    for *old, new in zip(before, gradients, model.parameters(), strict=True):
        torch.testing.assert_close(new.detach(), old[0] - 0.3 * old[1])


@pytest.mark.equation(
    "contraction",
    r"\theta_{k+1} - \hat\theta = (I - \eta H)(\theta_k - \hat\theta)",
)
def test_what_separates_theta_from_theta_hat_is_multiplied(problem, equation):
    x, y, start, _ = problem
    theta_hat = np.polyfit(x, y, 1)[::-1]
    path = descend(x, y, start, learning_rate=0.3, steps=10)
    factor = np.eye(2) - 0.3 * hessian_of(x)
    for here, there in pairwise(path):
        assert there - theta_hat == pytest.approx(
            factor @ (here - theta_hat), abs=1e-10
        )
    values = {"theta_hat": theta_hat, "H": hessian_of(x), "I": np.eye(2), "eta": 0.3}
    for k in range(10):
        equation(theta=dict(enumerate(path)), k=k, **values, abs=1e-10)


@pytest.mark.equation(
    "convergence-rate",
    r"d_k \le \rho^k \, d_0, \qquad d_k = \lVert \theta_k - \hat\theta \rVert, "
    r"\quad \rho = \max_j \lvert 1 - \eta \lambda_j \rvert",
)
@pytest.mark.parametrize("learning_rate", [0.05, 0.5, 0.9])
def test_distance_shrinks_by_rho_and_no_faster_along_the_slowest_direction(
    problem, learning_rate, equation
):
    x, y, start, _ = problem
    theta_hat = np.polyfit(x, y, 1)[::-1]
    eigenvalues, directions = np.linalg.eigh(hessian_of(x))
    factors = np.abs(1 - learning_rate * eigenvalues)
    powers = factors.max() ** np.arange(31)
    path = descend(x, y, start, learning_rate, steps=30)
    distance = np.linalg.norm(path - theta_hat, axis=1)
    assert (distance <= powers * distance[0] + 1e-9).all()
    values = {
        "theta_hat": theta_hat,
        "rho": powers[1],
        "eta": learning_rate,
        "j": [1, 2],
        "lambda": eigenvalues,
    }
    equation(theta=dict(enumerate(path)), d=dict(enumerate(distance)), k=3, **values)
    slowest = theta_hat + 3 * directions[:, factors.argmax()]
    path = descend(x, y, slowest, learning_rate, steps=30)
    distance = np.linalg.norm(path - theta_hat, axis=1)
    assert distance == pytest.approx(3 * powers, rel=1e-6, abs=1e-9)
    for k in range(1, 6):
        equation(
            theta=dict(enumerate(path)),
            d=dict(enumerate(distance)),
            k=k,
            attained=True,
            **values,
        )


def test_the_limit_of_the_learning_rate_separates_convergence_from_divergence(problem):
    x, y, start, _ = problem
    theta_hat = np.polyfit(x, y, 1)[::-1]
    limit = 2 / np.linalg.eigvalsh(hessian_of(x)).max()
    below, above = (descend(x, y, start, limit * f, 3000)[-1] for f in (0.99, 1.01))
    assert np.linalg.norm(below - theta_hat) < 1e-3
    assert np.linalg.norm(above - theta_hat) > 1e3


def test_rho_is_below_one_from_zero_to_the_limit_and_nowhere_else(problem):
    eigenvalues = np.linalg.eigvalsh(hessian_of(problem[0]))
    limit = 2 / eigenvalues.max()
    for f in (-1, -0.01, 0, 0.01, 0.5, 0.99, 1.01, 2):
        rho = np.abs(1 - f * limit * eigenvalues).max()
        assert (rho < 1) == (0 < f < 1)


def test_beyond_the_limit_the_steepest_component_grows_unless_it_is_zero(problem):
    x, y, start, _ = problem
    theta_hat = np.polyfit(x, y, 1)[::-1]
    (slow, fast), directions = np.linalg.eigh(hessian_of(x))
    learning_rate = 1.05 * 2 / fast
    path = descend(x, y, start, learning_rate, steps=30)
    along = np.abs((path - theta_hat) @ directions[:, 1])
    assert along[1:] == pytest.approx(1.1 * along[:-1])
    path = descend(x, y, theta_hat + 3 * directions[:, 0], learning_rate, steps=30)
    assert np.abs((path - theta_hat) @ directions[:, 1]).max() < 1e-9
    distance = np.linalg.norm(path - theta_hat, axis=1)
    factor = abs(1 - learning_rate * slow)
    assert distance == pytest.approx(3 * factor ** np.arange(31), abs=1e-9)


@pytest.mark.parametrize("learning_rate", [0.01, 0.1, 0.4])
def test_a_step_multiplies_the_height_by_a_square_between_those_of_the_factors(
    problem, learning_rate
):
    x, y, start, _ = problem
    factors = 1 - learning_rate * np.linalg.eigvalsh(hessian_of(x))
    path = descend(x, y, start, learning_rate, steps=5)
    height = np.array([loss_above_minimum(theta, x, y) for theta in path])
    low, high = min(factors**2), max(factors**2)
    rounding = 1e-12 * height[0]
    assert (height[1:] >= low * height[:-1] - rounding).all()
    assert (height[1:] <= high * height[:-1] + rounding).all()


def test_the_larger_the_condition_number_the_slower_at_the_best_learning_rate(problem):
    best = []
    for shift in (0, 1, 3, 10):
        low, high = np.linalg.eigvalsh(hessian_of(problem[0] + shift))
        rates = np.linspace(0, 2 / high, 100_001)
        rho = np.maximum(np.abs(1 - rates * low), np.abs(1 - rates * high))
        kappa = high / low
        assert rho.min() == pytest.approx((kappa - 1) / (kappa + 1), abs=1e-4)
        best.append((kappa, rho.min()))
    assert sorted(best) == sorted(best, key=lambda pair: pair[1])


@pytest.mark.equation(
    "accumulated-gradient",
    r"v_{k+1} = v_k + \nabla L(\theta_k), \qquad \theta_{k+1} = \theta_k - \eta \, "
    r"v_{k+1}",
)
def test_training_without_zero_grad_is_momentum_one(problem, equation):
    x, y, start, _ = problem
    column_x, column_y = torch.tensor(x)[:, None], torch.tensor(y)[:, None]
    forgetful = Model(1, 1).double()
    set_theta(forgetful.linear, *start)
    optimizer = torch.optim.SGD(forgetful.parameters(), lr=0.02)
    theta, velocity = start, np.zeros(2)
    path, gradients = {0: theta_of(forgetful)}, {0: velocity}
    for k in range(50):
        nn.functional.mse_loss(forgetful(column_x), column_y).backward()
        optimizer.step()  # no zero_grad
        velocity = velocity + gradient(theta, x, y)
        theta = theta - 0.02 * velocity
        assert theta_of(forgetful).numpy() == pytest.approx(theta)
        path[k + 1] = theta_of(forgetful)
        bias, weight = forgetful.linear.bias.grad, forgetful.linear.weight.grad
        gradients[k + 1] = torch.cat((bias, weight[0])).clone()
    for k in range(50):
        equation(theta=path, v=gradients, k=k, eta=0.02, **gradient_of_loss(x, y))


@pytest.mark.equation("newton-step", r"\theta - H^{-1} \nabla L(\theta) = \hat\theta")
def test_newton_needs_one_step(problem, equation):
    x, y, start, _ = problem
    newton = start - np.linalg.inv(hessian_of(x)) @ gradient(start, x, y)
    assert newton == pytest.approx(np.polyfit(x, y, 1)[::-1])
    equation(
        theta=torch.tensor(start),
        theta_hat=np.polyfit(x, y, 1)[::-1],
        H=hessian_of(x),
        **gradient_of_loss(x, y),
    )


@pytest.mark.parametrize("offset", range(5))
def test_trained_theta_is_the_closed_form_to_1e_4(offset, seed):
    x, y = make_data(seed + offset)
    torch.manual_seed(seed + offset)
    model = Model(1, 1)
    train(model, x, y)
    assert (theta_of(model) - least_squares(x, y)).abs().max() < 1e-4


def test_training_leaves_the_truth_for_theta_hat(seed):
    x, y = make_data(seed)
    model = Model(1, 1)
    set_theta(model.linear, 5.0, 7.0)
    losses = train(model, x, y)
    assert losses[0] > losses[-1]
    assert (theta_of(model) - least_squares(x, y)).abs().max() < 1e-4


def test_both_rungs_and_train_take_the_same_steps(problem):
    x, y, start, _ = problem
    by_hand = descend(x, y, start, learning_rate=0.1, steps=20)
    column_x, column_y = torch.tensor(x)[:, None], torch.tensor(y)[:, None]
    model = Model(1, 1).double()
    set_theta(model.linear, *start)
    theta = torch.tensor(start, requires_grad=True)
    for k in range(20):
        assert theta_of(model).numpy() == pytest.approx(by_hand[k])
        assert theta.tolist() == pytest.approx(by_hand[k].tolist())
        (loss,) = train(model, column_x, column_y, learning_rate=0.1, steps=1)
        assert loss == pytest.approx(mean_squared_error(by_hand[k], x, y).item())
        mean_squared_error(theta, x, y).backward()
        with torch.no_grad():
            theta -= 0.1 * theta.grad
        theta.grad.zero_()


def test_many_steps_are_steps_one_after_the_other():
    x, y = make_data(seed=0)
    at_once, one_by_one = Model(1, 1), Model(1, 1)
    one_by_one.load_state_dict(at_once.state_dict())
    losses = train(at_once, x, y, steps=10)
    assert losses == [train(one_by_one, x, y, steps=1)[0] for _ in range(10)]
    assert torch.equal(theta_of(at_once), theta_of(one_by_one))


def test_a_hundred_steps_at_a_tenth_unless_told_otherwise():
    x, y = make_data(seed=0)
    told, untold = Model(1, 1), Model(1, 1)
    told.load_state_dict(untold.state_dict())
    assert len(train(untold, x, y)) == 100
    train(told, x, y, learning_rate=0.1, steps=100)
    assert torch.equal(theta_of(told), theta_of(untold))


def test_shapes_that_differ_are_not_silent():
    x, y = make_data(seed=0)
    with pytest.raises(UserWarning, match="target size"):
        train(Model(1, 1), x, y[:, 0])


@given(
    st.sampled_from([dtype for dtype in DTYPES if dtype.is_floating_point]),
    st.tuples(NUMBERS, NUMBERS),
)
def test_theta_of_is_a_copy_of_both_parameters(dtype, values):
    model, values = Model(1, 1).to(dtype), torch.tensor(values).to(dtype)
    set_theta(model.linear, *values)
    theta = theta_of(model)
    assert torch.equal(theta, values)
    assert (theta.dtype, theta.requires_grad) == (dtype, False)
    theta.fill_(1e3)
    assert torch.equal(theta_of(model), values)


def loss_above_minimum(theta, x, y):
    best = np.polyfit(x, y, 1)[::-1]
    both = (mean_squared_error(point, x, y).item() for point in (theta, best))
    return next(both) - next(both)


def test_the_lines_are_those_of_the_first_loop():
    (axes,) = figure_line().axes
    x, y = make_data(seed=0)
    data, *lines = axes.lines
    assert np.allclose(data.get_xydata(), torch.cat((x, y), dim=1))
    inside = [axes.get_xlim(), axes.get_ylim()]
    for column, (low, high) in zip((x, y), inside, strict=True):
        assert low < column.min() < column.max() < high
    torch.manual_seed(0)
    torch.randn(100, 1), torch.randn(100, 1)
    model, done = nn.Linear(1, 1), 0
    steps = [int(text.get_text().strip("$k =")) for text in axes.texts]
    assert steps == [0, 1, 2, 4, 8, 40]
    for line, text, step in zip(lines, axes.texts, steps, strict=True):
        train(model, x, y, steps=step - done)
        done = step
        ends = torch.tensor(line.get_xdata(), dtype=torch.float32)[:, None]
        heights = model(ends)[:, 0].tolist()
        assert line.get_ydata() == pytest.approx(heights, abs=1e-4)
        assert text.get_position()[1] == line.get_ydata()[-1]
        assert line.get_color() == text.get_color() == "tab:orange"
    assert [line.get_linewidth() for line in lines].index(2.4) == len(lines) - 1


def test_the_slopes_are_drawn_without_zero_grad_and_with_it():
    (axes,) = figure_slope().axes
    data = make_data(seed=0)
    for line, text, clear in zip(axes.lines, axes.texts, (False, True), strict=True):
        assert list(line.get_ydata()) == slope_path(*data, clear)
        assert list(line.get_xdata()) == list(range(1, 201))
        assert text.get_position()[1] == line.get_ydata()[-1]
        assert line.get_color() == text.get_color()
    assert labels(axes) == {"(a)": "tab:red", "(b)": "tab:orange"}
    assert {line.get_linestyle() for line in axes.lines} == {"-", "--"}
    low, high = axes.get_ylim()
    assert low < min(axes.lines[0].get_ydata()) < max(axes.lines[0].get_ydata()) < high


def test_the_loss_curves_are_losses_of_the_paths():
    (axes,) = figure_loss().axes
    x, y = (column[:, 0].double().numpy() for column in make_data(seed=0))
    assert axes.get_yscale() == "log"
    for line, learning_rate in zip(axes.lines, (0.01, 0.1, 0.4), strict=True):
        assert labels(axes)[rf"  $\eta = {learning_rate}$"] == line.get_color()
        path = descend(x, y, np.zeros(2), learning_rate, steps=10)
        for k, theta in enumerate(path):
            drawn = line.get_ydata()[k]
            assert drawn == pytest.approx(loss_above_minimum(theta, x, y), abs=1e-9)
    styles = {(line.get_color(), line.get_linestyle()) for line in axes.lines}
    assert len(styles) == 3
    for line, text in zip(axes.lines, axes.texts, strict=True):  # at what is seen last
        last = [(k, height) for k, height in line.get_xydata() if height > 1e-14][-1]
        assert text.get_position() == last


def test_the_paths_end_in_theta_hat_over_level_lines_of_the_loss():
    (axes,) = figure_path().axes
    x, y = (column[:, 0].double().numpy() for column in make_data(seed=0))
    *paths, star, cross = axes.lines
    theta_hat = np.polyfit(x, y, 1)[::-1]
    for path, start in zip(paths, ((0, 0), (11, 1), (0, 13), (11, 13)), strict=True):
        assert tuple(path.get_xydata()[0]) == start
        assert path.get_xydata()[-1] == pytest.approx(theta_hat, abs=1e-6)
    assert star.get_xydata()[0] == pytest.approx(theta_hat, abs=1e-6)
    assert tuple(cross.get_xydata()[0]) == (5, 7)
    (contours,) = axes.collections
    for level, path in zip(contours.levels, contours.get_paths(), strict=True):
        for theta in path.vertices[::20]:
            loss = mean_squared_error(theta, x, y).item()
            assert loss == pytest.approx(level, rel=0.02)
    around = np.concatenate([path.vertices for path in contours.get_paths()])
    assert around.min(axis=0) == pytest.approx([-3, -1])  # the edge of the drawing
    assert labels(axes) == {r"$\hat\theta$": "tab:orange", r"$\theta$": "tab:blue"}
    assert (star.get_color(), cross.get_color()) == ("tab:orange", "tab:blue")
    everything = {each.get_zorder() for each in (*paths, *axes.collections, cross)}
    assert star.get_zorder() > max(everything)
    assert (axes.get_xlabel(), axes.get_ylabel()) == (r"$\theta_0$", r"$\theta_1$")


@pytest.mark.parametrize("missing", ["backward", "step"])
def test_without_backward_or_step_nothing_moves(missing):
    x, y = make_data(seed=0)
    model = Model(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = theta_of(model)
    for _ in range(3):
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        if missing != "backward":
            loss.backward()
        if missing != "step":
            optimizer.step()
    assert torch.equal(theta_of(model), before)


def test_the_marble_swings_without_losing_height():
    """Momentum 1 on a quadratic: the last swings are as wide as the first."""
    slopes = slope_path(*make_data(seed=0), clear=False)
    assert len(slopes) == 200
    first, last = np.ptp(slopes[:100]), np.ptp(slopes[100:])
    assert last == pytest.approx(first, rel=0.05)


@pytest.mark.parametrize(("clear", "momentum"), [(True, 0), (True, 0.9), (False, 0)])
def test_the_slope_path_is_that_of_the_equations(clear, momentum):
    x, y = make_data(seed=0)
    torch.manual_seed(0)
    line = nn.Linear(1, 1)
    theta = np.array([line.bias.item(), line.weight.item()])
    v, slopes = np.zeros(2), []
    for _ in range(60):
        v = (momentum if clear else 1) * v
        v = v + gradient(theta, x[:, 0].numpy(), y[:, 0].numpy())
        theta = theta - 0.01 * v
        slopes.append(theta[1])
    got = slope_path(x, y, clear, momentum)
    assert got[:60] == pytest.approx(slopes, abs=1e-4)


def test_the_same_learning_rate_climbs_smoothly_with_zero_grad():
    slopes = slope_path(*make_data(seed=0), clear=True)
    assert all(before < after for before, after in pairwise(slopes))


def test_zero_grad_is_as_good_at_the_start_of_the_loop_as_at_its_end():
    x, y = make_data(seed=0)
    ends = []
    for order in ("zbs", "bsz"):
        torch.manual_seed(0)
        model = nn.Linear(1, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(20):
            loss = nn.functional.mse_loss(model(x), y)
            for line in order:
                actions = (optimizer.zero_grad, loss.backward, optimizer.step)
                dict(zip("zbs", actions, strict=True))[line]()
        ends.append(model.weight.item())
    assert ends[0] == ends[1]


def test_the_first_loop_is_train_on_the_book_s_data(capsys):
    """The whole program of the page, beside the function that it becomes."""
    exec(section("training", "whole_loop"), run := {"torch": torch, "nn": nn})
    x, y = make_data(seed=0)
    assert torch.equal(run["x"], x)
    assert torch.equal(run["y"], y)
    torch.manual_seed(0)
    torch.randn(100, 1), torch.randn(100, 1)
    model = nn.Linear(1, 1)
    losses = train(model, x, y)
    assert numbers(capsys.readouterr().out)[1:10:2] == pytest.approx(
        losses[::20], abs=6e-4
    )
    assert torch.equal(run["model"].weight, model.weight)


def test_a_step_moves_a_parameter_by_the_learning_rate_times_its_gradient(capsys):
    x, y = make_data(seed=0)
    names = vars(training) | {"x": x, "y": y, "loss_function": nn.MSELoss()}
    exec(section("training", "one_step"), names)
    start, again, slope, after = numbers(
        capsys.readouterr().out.replace("₁", "").replace("None", "")
    )
    assert start == again
    assert after == pytest.approx(start - 0.1 * slope, abs=2e-3)


def test_a_sweep_explodes_beyond_the_limit_and_crawls_far_below_it():
    x, y = make_data(seed=0)
    limit = 2 / np.linalg.eigvalsh(hessian_of(x[:, 0])).max()
    bottom = mean_squared_error(least_squares(x, y), x, y).item()
    for rate in (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0):
        torch.manual_seed(0)
        first, *_, last = train(nn.Linear(1, 1), x, y, rate)
        assert (last > first) == (rate > limit)
        assert (last < bottom + 0.001) == (0.03 <= rate <= 0.3)


def test_the_rule_stops_at_the_bottom_unless_the_learning_rate_is_low(capsys):
    x, y = make_data(seed=0)
    bottom = mean_squared_error(least_squares(x, y), x, y).item()
    program, above = section("training", "stop"), []
    for rate in ("0.1", "0.01", "0.001"):
        run = vars(training) | {"x": x, "y": y}
        exec(program.replace("learning_rate=0.1", f"learning_rate={rate}"), run)
        above.append(run["losses"][-1] - bottom)
        assert run["steps"] == numbers(capsys.readouterr().out)[0]
    assert above[0] < 1e-5 < above[1] < above[2]
    for bad, rate in ((x * math.nan, "0.1"), (x, "1.0")):
        run = vars(training) | {"x": bad, "y": y}
        with pytest.raises(ValueError, match="the loss explodes"):
            exec(program.replace("learning_rate=0.1", f"learning_rate={rate}"), run)


def test_a_tiny_learning_rate_repeats_the_same_digits():
    x, y = make_data(seed=0)
    assert len(set(train(nn.Linear(1, 1), x, y, 1e-12))) == 1


def test_a_missing_line_shows_in_three_losses(capsys):
    x, y = make_data(seed=0)
    names = vars(training) | {"x": x, "y": y, "loss_function": nn.MSELoss()}
    exec(section("training", "missing"), names)
    nothing, clear, backward, step = map(numbers, capsys.readouterr().out.splitlines())
    assert nothing[0] > nothing[1] > nothing[2]
    assert clear[1] < 10 < clear[0] < clear[2]
    assert backward == step == nothing[:1] * 3


@pytest.mark.parametrize("columns", [1, 3, 5])
def test_standardized_columns_train_to_least_squares_and_to_new_rows(columns, seed):
    """Columns of any unit, with the learning rate and the steps of the page."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(200, columns, generator=generator)
    x = x * 10.0 ** torch.arange(columns) + 50
    y = x.sum(dim=1, keepdim=True) + torch.randn(200, 1, generator=generator)
    mean, spread = x.mean(dim=0), x.std(dim=0)
    model = nn.Linear(columns, 1)
    train(model, (x - mean) / spread, y)
    full = torch.cat((torch.ones(200, 1), x), dim=1).double()
    theta = torch.linalg.lstsq(full, y.double(), driver="gelsd").solution
    with torch.no_grad():
        predicted = model((x[:5] - mean) / spread)
    size = y.std().item()
    assert predicted.numpy() == pytest.approx(
        (full[:5] @ theta).numpy(), abs=1e-3 * size
    )


def test_the_rent_is_found_and_raw_columns_are_not(capsys):
    run = dict(vars(training))
    run["loss_function"] = nn.MSELoss()
    for name in ("flats", "own_data", "new_flat"):
        exec(section("training", name), run)
    lines = Path(run["path"]).read_text().splitlines()
    assert lines[0] == "area,age,walk,rent"
    rows = torch.tensor(
        [[float(cell) for cell in line.split(",")] for line in lines[1:]]
    )
    assert torch.equal(torch.cat((run["columns"], run["rent"]), dim=1), rows)
    fit, held_out = run["fit"].tolist(), run["held_out"].tolist()
    assert sorted(fit + held_out) == list(range(200))
    design = torch.cat((torch.ones(200, 1), run["columns"]), dim=1).double()
    theta = torch.linalg.lstsq(design[fit], run["rent"][fit].double()).solution
    square = (design @ theta - run["rent"]) ** 2
    assert run["losses"][-1] == pytest.approx(square[fit].mean().item(), rel=1e-4)
    assert run["loss"].item() == pytest.approx(square[held_out].mean().item(), rel=1e-4)
    rent, last = capsys.readouterr().out.splitlines()[-2:]
    flat = torch.tensor([1.0, 50, 10, 5]).double()
    assert float(rent) == pytest.approx((flat @ theta).item(), abs=0.6)
    assert last == "nan"


def test_the_noise_of_the_rents_is_small_in_the_rows_held_out():
    run = vars(training) | {"loss_function": nn.MSELoss()}
    for name in ("flats", "own_data"):
        exec(section("training", name), run)
    noise = run["rent"] - 300 - run["columns"] @ torch.tensor([[8.0], [-3.0], [-5.0]])
    small, usual = (noise[run[rows]].square().mean() for rows in ("held_out", "fit"))
    assert small < usual
    assert small < 40**2


FIRST = (
    "program_imports",
    "table_imports",
    "imports",
    "loader_imports",
    "write_flats",
    "train_best",
)


def run_program(own_table=None, new_row="[[50.0, 10.0, 5.0]]", changes=()):
    """The whole program of the page, in a file of its own; its names."""
    parts = [section("training", name) for name in FIRST]
    program = section("training", "program").replace("[[50.0, 10.0, 5.0]]", new_row)
    if own_table:
        *_, start = program.partition("write_flats(path)\n")
        program = own_table + start
    for old, new in changes:
        assert program.count(old) == 1
        program = program.replace(old, new)
    exec("\n".join((*parts, program)), run := {})
    return run


def test_the_whole_program_holds_out_rows_and_predicts_as_its_best_epoch(capsys):
    run = run_program()
    *losses, off, predicted = numbers(capsys.readouterr().out)
    assert losses[::3] == [10, 20, 30, 40, 50]
    fit, held_out = run["fit"].tolist(), run["held_out"].tolist()
    assert sorted(fit + held_out) == list(range(200))
    columns, rent = run["table"][:, :3], run["table"][:, 3:]
    mean, spread = columns[fit].mean(dim=0), columns[fit].std(dim=0)
    state, *_ = torch.load(run["path"] + ".pt")
    network = nn.Sequential(nn.Linear(3, 20), nn.ReLU(), nn.Linear(20, 1))
    network.load_state_dict(state)

    def rents(rows):
        found = network((rows - mean) / spread)
        return found * rent[fit].std() + rent[fit].mean()

    with torch.no_grad():
        error = (rents(columns[held_out]) - rent[held_out]).square().mean().sqrt()
        flat = rents(torch.tensor([[50.0, 10.0, 5.0]]))
    assert off == pytest.approx(error.item(), abs=0.51)
    assert predicted == pytest.approx(flat.item(), abs=0.51)
    assert min(losses[2::3]) >= run["loss"] - 6e-4


def test_adam_starts_more_slowly_at_its_default_rate_and_comes_close(capsys):
    run = run_program()
    sgd = numbers(capsys.readouterr().out)
    exec(section("training", "adam"), run)
    adam = numbers(capsys.readouterr().out)
    assert torch.optim.Adam(run["model"].parameters()).defaults["lr"] == 0.001
    for column in (1, 2):
        ours, others = adam[column::3], sgd[column:15:3]
        assert ours[0] > 5 * others[0]
        assert others[3] < ours[3] < 1.2 * others[3]


def own_file(table, folder):
    np.savetxt(folder / "own.csv", table, delimiter=",", header="names", comments="")
    return f"path = {str(folder / 'own.csv')!r}\n"


@pytest.mark.parametrize("columns", [1, 5])
def test_the_whole_program_takes_a_table_of_other_columns(columns, tmp_path, capsys):
    random = np.random.default_rng(0)
    x = random.uniform(0, 10.0 ** np.arange(columns), size=(300, columns))
    y = 1000 * (x / x.std(axis=0)).sum(axis=1, keepdims=True)
    new_row = x.mean(axis=0, keepdims=True)
    run_program(own_file(np.hstack((x, y)), tmp_path), str(new_row.tolist()))
    *_, off, predicted = numbers(capsys.readouterr().out)
    assert off < 0.2 * y.std()
    assert predicted == pytest.approx(y.mean(), abs=0.2 * y.std())


@pytest.mark.parametrize("bad", ["constant", "nan"])
def test_a_table_that_cannot_be_learned_is_an_error(bad, tmp_path):
    table = np.random.default_rng(0).normal(size=(200, 4))
    table[:, 1] = 1.0 if bad == "constant" else table[:, 1]
    table[3, 2] = math.nan if bad == "nan" else table[3, 2]
    with pytest.raises(ValueError, match="no finite loss"):
        run_program(own_file(table, tmp_path))


def test_the_network_learns_standardized_rents_and_no_others():
    run = run_program()
    rent = run["table"][:, -1:]
    for y in (rent, (rent - rent.mean()) / rent.std()):
        torch.manual_seed(0)
        network = nn.Sequential(nn.Linear(3, 20), nn.ReLU(), nn.Linear(20, 1))
        optimizer = torch.optim.SGD(network.parameters(), lr=0.03)
        parts = [TensorDataset(run["inputs"], y)] * 2
        if y is rent:
            with pytest.raises(ValueError, match="no finite loss"):
                train_best(network, nn.MSELoss(), optimizer, *parts)
        else:
            assert train_best(network, nn.MSELoss(), optimizer, *parts) < 0.05


def test_the_classifier_is_as_good_as_the_nearest_center(capsys):
    run = dict(vars(training))
    exec(section("training", "classes"), run)
    accuracy = numbers(capsys.readouterr().out)[-1]
    points, labels = run["points"][240:], run["labels"][240:]
    assert (run["labels"].dtype, labels.shape) == (torch.int64, (60,))
    nearest = torch.cdist(points, run["centers"]).argmin(dim=1)
    best = (nearest == labels).float().mean().item()
    assert accuracy == pytest.approx(best, abs=0.05)
    guesses = run["classifier"](points).argmax(dim=1)
    assert accuracy == pytest.approx(
        (guesses == labels).float().mean().item(), abs=6e-3
    )


def test_the_whole_program_with_the_changes_of_the_page_predicts_classes(
    tmp_path, capsys
):
    tables = []
    for language in ("en", "ko"):
        page = (ROOT / f"docs/{language}/training.md").read_text()
        after = page.split("{ #classes }")[1]
        tables.append(re.findall(r"^\| `(.+?)` \| `(.+?)`", after, re.M)[:4])
    rows, korean = tables
    assert rows == korean
    off = [
        line for line in section("training", "program").splitlines() if "off" in line
    ]
    random = np.random.default_rng(0)
    labels = random.integers(3, size=(300, 1))
    x = random.normal(size=(300, 3)) + 10 * labels
    own_table = own_file(np.hstack((x, labels)), tmp_path)
    changes = [*rows, (off[0], "")]
    run = run_program(own_table, "[[20.0, 20.0, 20.0]]", changes)
    assert numbers(capsys.readouterr().out)[-1] == 2
    assert run["loss"] < 0.1


def test_classes_of_another_shape_or_dtype_are_errors():
    scores, labels = torch.zeros(6, 3), torch.arange(6) % 3
    nn.CrossEntropyLoss()(scores, labels)
    for wrong in (labels[:, None], labels.int()):
        with pytest.raises(RuntimeError):
            nn.CrossEntropyLoss()(scores, wrong)
    table = torch.tensor([[0.5, 2.0], [0.1, 0.0]])
    assert table[:, -1].long().tolist() == [2, 0]


class Watched(nn.Linear):
    """Remembers the state in which it was evaluated."""

    seen: list

    def forward(self, x):
        if not self.training:
            assert not torch.is_grad_enabled()
            self.seen.append((self.bias.item(), self.weight.item()))
        return super().forward(x)


def test_the_best_state_is_that_of_the_smallest_held_out_loss(seed):
    x, y = make_data(seed)
    model = Watched(1, 1)
    model.seen = []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.03)
    parts = TensorDataset(x[:80], y[:80]), TensorDataset(x[80:], y[80:])
    best = train_best(model, nn.MSELoss(), optimizer, *parts)
    losses = [mean_squared_error(theta, x[80:], y[80:]) for theta in model.seen]
    assert len(losses) == 50
    assert best == pytest.approx(min(losses).item(), rel=1e-5)
    back = mean_squared_error(theta_of(model), x[80:], y[80:])
    assert back.item() == pytest.approx(best, rel=1e-5)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_without_a_finite_loss_there_is_no_model(bad):
    x, y = make_data(seed=0)
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.03)
    with pytest.raises(ValueError, match="no finite loss"):
        train_best(model, nn.MSELoss(), optimizer, *[TensorDataset(x, y * bad)] * 2)


def test_the_network_follows_the_bend_and_a_line_does_not(capsys):
    x, _ = make_data(seed=0)
    run = vars(training) | {"x": x}
    exec(section("training", "network"), run)
    line, network = numbers(capsys.readouterr().out)
    theta_hat = least_squares(x, run["y_bent"])
    bottom = mean_squared_error(theta_hat, x, run["y_bent"]).item()
    assert line == pytest.approx(bottom, abs=0.51)
    noise = run["y_bent"] - 5 - 7 * x.abs()
    assert network == pytest.approx(noise.square().mean().item(), abs=0.75)
    together = torch.corrcoef(torch.cat((x, noise), dim=1).T)[0, 1]
    assert abs(together) < 0.3  # 1 where one seed has made both


def test_the_page_s_network_and_the_best_line_are_drawn_through_the_bent_points():
    x, _ = make_data(seed=0)
    run = {"nn": nn, "torch": torch, "train": train, "x": x}
    exec(section("training", "network"), run)
    (axes,) = figure_bent().axes
    points, line, network = (
        torch.tensor(drawn.get_xydata(), dtype=torch.float32) for drawn in axes.lines
    )
    assert torch.equal(points, torch.cat((x, run["y_bent"]), dim=1))
    theta = least_squares(x.double(), run["y_bent"].double())
    best = theta[0] + theta[1] * line[:, 0]
    assert line[:, 1].tolist() == pytest.approx(best.tolist(), abs=1e-3)
    with torch.no_grad():
        heights = run["network"](network[:, :1])[:, 0]
    assert network[:, 1].tolist() == pytest.approx(heights.tolist(), abs=1e-4)


def test_each_way_of_clearing_the_gradient_trains_alike():
    x, y = make_data(seed=0)
    ends = []
    for clear in (
        lambda model, optimizer: optimizer.zero_grad(),
        lambda model, optimizer: optimizer.zero_grad(set_to_none=False),
        lambda model, optimizer: model.zero_grad(),
    ):
        torch.manual_seed(0)
        model = nn.Linear(1, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(20):
            clear(model, optimizer)
            nn.functional.mse_loss(model(x), y).backward()
            optimizer.step()
        ends.append(theta_of(model))
    assert torch.equal(ends[0], ends[1])
    assert torch.equal(ends[0], ends[2])


def test_a_column_against_a_row_trains_to_a_level_line():
    """The first question of the checklist."""
    x, y = make_data(seed=0)
    model = nn.Linear(1, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        train(model, x, y[:, 0])
    assert abs(model.weight.item()) < 1e-3
    assert model.bias.item() == pytest.approx(y.mean().item(), abs=1e-3)


def test_one_nan_in_the_data_makes_the_loss_nan():
    x, y = make_data(seed=0)
    y[17] = math.nan
    assert all(map(math.isnan, train(nn.Linear(1, 1), x, y, steps=3)))


@pytest.mark.parametrize("other", [4, 5, 8])
def test_two_rows_whose_x_differ_by_one_can_be_learned(other):
    x, y = (column[[0, other]] for column in make_data(seed=0))
    assert (x[1] - x[0]).abs() >= 1
    losses = train(nn.Linear(1, 1), x, y, steps=1000)
    assert losses[-1] < 1e-3


def move(sign, by):
    """An answer to training#exercise-newton: θ + sign · by(H, gradient)."""
    x, y = (column[:, 0].double().numpy() for column in make_data(seed=0))
    return lambda theta: theta + sign * by(hessian_of(x), gradient(theta, x, y))


# Arguments of each exercise's check: right, one for each hint, and unlike any.
ANSWERS = {
    # from −0.007, a gradient of −14.583
    "half": [
        (-0.007 + 0.05 * 14.583,),
        (-0.007 + 0.1 * 14.583,),
        (-0.007 - 0.05 * 14.583,),
        (0.05 * 14.583,),
        (0.05,),
    ],
    # rounds of ten steps; 40 and 270 are the page's own and the rate 0.01
    "steps": [(2120,), (40,), (212,), (270,), (2110,)],
    "truth": [(3.345,), (3.501,), (0.0,), (4.0,), (3.92,)],
    "limit": [(0.934,), (0.467,), (1.02,), (1.868,), (2.141,)],
    "newton": [
        (move(-1, np.linalg.solve),),
        (move(1, np.linalg.solve),),
        (move(-1, np.matmul),),
        (move(-1, lambda H, g: np.linalg.inv(H) * g),),
        (move(-1, lambda H, g: g / H[0, 0]),),
    ],
}


# What each solution answers, taken out of what it prints or defines.
SOLUTIONS = {
    "half": lambda printed, run: [(numbers(printed)[-1],)],
    "steps": lambda printed, run: [(numbers(printed)[0],)],
    "truth": lambda printed, run: [(numbers(printed)[1],)],
    "limit": lambda printed, run: [(numbers(printed)[0],)],
    # the function, and what it has printed for one place
    "newton": lambda printed, run: [
        (run()["one_step"],),
        (lambda theta: numbers(printed),),
    ],
}


def test_the_loss_after_training_from_the_truth_is_the_bottom():
    x, y = make_data(seed=0)
    assert exercises.truth(mean_squared_error(least_squares(x, y), x, y)) == 0
    assert exercises.truth(mean_squared_error((5.0, 7.0), x, y)) == 1


def test_a_row_is_no_theta():
    """An answer to training#exercise-newton, of shape (1, 2)."""
    assert exercises.newton(lambda theta: theta[None]) == 3


@given(
    st.lists(st.floats(-2, 2), min_size=4, max_size=4),
    st.just(1.0) | st.floats(-40, 40),
)
def test_a_step_that_ends_elsewhere_from_elsewhere_is_wrong(numbers, place):
    """Answers to training#exercise-newton that are right where θ₀ = θ₁ = place."""
    x, y = (column[:, 0].double().numpy() for column in make_data(seed=0))
    theta_hat, matrix = np.polyfit(x, y, 1)[::-1], np.reshape(numbers, (2, 2))
    assume(np.abs(matrix).max() > 0.01)
    assert exercises.newton(lambda theta: theta_hat + matrix @ (theta - place)) != 0


def test_a_whole_theta_is_asked_for():
    x, y = make_data(seed=0)
    theta_hat = least_squares(x, y).numpy()
    assert exercises.newton(lambda theta: theta_hat) == 0
    assert exercises.newton(lambda theta: theta_hat.tolist()) == 0
    assert exercises.newton(lambda theta: np.array([theta_hat[0], -999])) == -1
    assert exercises.newton(lambda theta: theta_hat[0]) == 3


@pytest.mark.parametrize(
    ("label", "start"),
    [
        ("autograd", None),
        ("solution_truth", (5, 7)),
    ],
)
def test_a_rung_takes_its_100_steps_from_its_start(label, start, seed, monkeypatch):
    """Whatever random numbers were drawn before: where none is set, seed 0 is.

    What it prints would be the same after 99 steps, or from another start.
    """
    x, y = make_data(seed=0)
    torch.manual_seed(seed + 1)
    losses, backward = [], torch.Tensor.backward

    def recorded(loss, *arguments, **named):
        losses.append(loss.item())
        backward(loss, *arguments, **named)

    monkeypatch.setattr(torch.Tensor, "backward", recorded)
    names = {"x": x, "y": y, "loss_function": nn.MSELoss()}
    exec(section("training", label), vars(training) | names)

    if not start:
        torch.manual_seed(0)
        linear = nn.Linear(1, 1)
        start = linear.bias.item(), linear.weight.item()
    x, y = (column[:, 0].double().numpy() for column in (x, y))
    factor, theta_hat = np.eye(2) - 0.1 * hessian_of(x), np.polyfit(x, y, 1)[::-1]
    away = [np.linalg.matrix_power(factor, k) @ (start - theta_hat) for k in range(100)]
    expected = [mean_squared_error(theta_hat + each, x, y).item() for each in away]
    assert losses == pytest.approx(expected, rel=1e-4)
