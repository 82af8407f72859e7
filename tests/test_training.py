import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from snippets import training
from snippets.data import make_data
from snippets.exercises import training as exercises
from snippets.figures.training import figure_loss, figure_path
from snippets.loss import hessian, least_squares
from snippets.model import Model, set_theta
from snippets.training import descend, gradient, theta_of, train
from tests.printed import numbers, section


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
        "nabla": torch.func.grad,
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


def test_the_four_rungs_take_the_same_steps(problem):
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


def test_theta_of_is_a_copy():
    model = Model(1, 1)
    theta = theta_of(model)
    theta += 1
    assert not torch.equal(theta, theta_of(model))


def loss_above_minimum(theta, x, y):
    best = np.polyfit(x, y, 1)[::-1]
    both = (mean_squared_error(point, x, y).item() for point in (theta, best))
    return next(both) - next(both)


def test_the_loss_curves_are_losses_of_the_paths():
    (axes,) = figure_loss().axes
    x, y = (column[:, 0].double().numpy() for column in make_data(seed=0))
    assert axes.get_yscale() == "log"
    for line, learning_rate in zip(axes.lines, (0.01, 0.1, 0.4), strict=True):
        assert line.get_label() == rf"$\eta = {learning_rate}$"
        path = descend(x, y, np.zeros(2), learning_rate, steps=10)
        for k, theta in enumerate(path):
            drawn = line.get_ydata()[k]
            assert drawn == pytest.approx(loss_above_minimum(theta, x, y), abs=1e-9)
    styles = {(line.get_color(), line.get_linestyle()) for line in axes.lines}
    assert len(styles) == 3


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
    assert around.min(axis=0) == pytest.approx([-1, -1])  # the edge of the drawing
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
    x, y = make_data(seed=0)
    model = Model(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    slopes = []
    for _ in range(1000):
        nn.functional.mse_loss(model(x), y).backward()  # no zero_grad
        optimizer.step()
        slopes.append(theta_of(model)[1].item())
    first, last = np.ptp(slopes[:100]), np.ptp(slopes[-100:])
    assert last == pytest.approx(first, rel=0.02)


def move(sign, by):
    """An answer to training#exercise-newton: θ + sign · by(H, gradient)."""
    x, y = (column[:, 0].double().numpy() for column in make_data(seed=0))
    return lambda theta: theta + sign * by(hessian_of(x), gradient(theta, x, y))


# Arguments of each exercise's check: right, one for each hint, and unlike any.
# The distance from (0, 0) is 8.6; the factors per step are 0.786 and 0.804.
ANSWERS = {
    "steps": [
        (math.ceil(math.log(0.001 / 8.6) / math.log(0.804)),),
        (math.ceil(math.log(0.001 / 8.6) / math.log(0.786)),),
        (math.ceil(math.log(0.001) / math.log(0.804)),),
        (math.floor(math.log(0.001 / 8.6) / math.log(0.804)),),
        (math.ceil(math.log(0.001 / 8.6) / math.log(1 - 0.804)),),
    ],
    "sign": [(1.214,), (0.804,), (1.196,), (1 / 0.804,), (0.214,)],
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
    "steps": lambda printed, run: [(numbers(printed)[0],)],
    "sign": lambda printed, run: [(max(numbers(printed)[:2]),)],
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


@settings(max_examples=100, derandomize=True, database=None, deadline=None)
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
        ("autograd", (0, 0)),
        ("module", None),
        ("optimizer", None),
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
    exec(section("training", label), vars(training) | {"x": x, "y": y})

    if not start:
        torch.manual_seed(0)
        linear = nn.Linear(1, 1)
        start = linear.bias.item(), linear.weight.item()
    x, y = (column[:, 0].double().numpy() for column in (x, y))
    factor, theta_hat = np.eye(2) - 0.1 * hessian_of(x), np.polyfit(x, y, 1)[::-1]
    away = [np.linalg.matrix_power(factor, k) @ (start - theta_hat) for k in range(100)]
    expected = [mean_squared_error(theta_hat + each, x, y).item() for each in away]
    assert losses == pytest.approx(expected, rel=1e-4)
