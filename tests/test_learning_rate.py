import inspect
import math
import warnings
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import chi2, norm
from torch import nn
from torch.optim import SGD, lr_scheduler

from snippets.data import make_data
from snippets.exercises import learning_rate as exercises
from snippets.figures.learning_rate import (
    figure_axes,
    figure_rates,
    figure_round,
    figure_runs,
    figure_schedules,
    figure_valley,
)
from snippets.learning_rate import (
    Standardize,
    distance_after,
    in_original_units,
    rates_of,
    report_data,
    sweep,
    train_with,
    warm_up_and_cosine,
)
from snippets.loss import hessian, least_absolute, least_squares
from snippets.model import Model, set_theta
from snippets.training import descend, theta_of, train
from tests.drawn import labels
from tests.printed import numbers

SHIFTS = (0, 1, 3, 10)


@pytest.fixture
def draw(seed):
    return np.random.default_rng(seed)


def data(seed, shift=0.0):
    """x and y of shape (100,), in float64."""
    x, y = make_data(seed)
    return x[:, 0].double().numpy() + shift, y[:, 0].double().numpy()


def loss_at(theta, x, y):
    return ((torch.as_tensor(y) - theta[0] - theta[1] * torch.as_tensor(x)) ** 2).mean()


def curvatures(x, y, c=1.0):
    """Eigenvalues and eigenvectors of the Hessian of c·L, by autograd."""
    theta = torch.zeros(2, dtype=torch.float64)
    matrix = torch.autograd.functional.hessian(lambda t: c * loss_at(t, x, y), theta)
    return np.linalg.eigh(matrix.numpy())


def descent(loss, start, learning_rate, steps):
    """Points of `SGD` on a loss, its start included, in float64."""
    point = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = SGD([point], lr=learning_rate)
    points = [point.detach().clone().numpy()]
    for _ in range(steps):
        optimizer.zero_grad()
        loss(point).backward()
        optimizer.step()
        points.append(point.detach().clone().numpy())
    return np.array(points)


def measured_limit(loss, minimum, direction):
    """The learning rate at which a step ends as far from the minimum as it began."""

    def growth(learning_rate):
        there = descent(loss, minimum + direction, learning_rate, steps=1)[1]
        return np.linalg.norm(there - minimum) / np.linalg.norm(direction) - 1

    high = 1.0  # where it grows
    while growth(high) < 0:
        high *= 2
    while growth(high / 2) > 0:
        high /= 2
    return brentq(growth, high / 2, high, xtol=1e-14)


@pytest.mark.equation("one-direction", r"t_k = (1 - \eta\lambda)^k \, t_0")
@pytest.mark.parametrize("share", [0.3, 0.8, 1.7, 2.2])
def test_a_step_multiplies_by_one_factor(share, draw, equation):
    curvature, start = draw.uniform(1.5, 4), draw.uniform(2, 3)
    rate = share / curvature
    path = descent(lambda t: curvature / 2 * t**2, start, rate, steps=6)
    for k in (2, 3, 5):
        given_names = {"lambda": curvature, "t": dict(enumerate(path))}
        equation(k=k, eta=rate, **given_names)
    assert (np.abs(path[1:]) < np.abs(path[:-1])).all() == (share < 2)
    assert (path[1] > 0) == (share < 1)  # it stays on its side


def test_at_the_limit_it_swings_and_in_the_middle_it_arrives():
    path = descent(lambda t: t * t, 1.0, 1.0, steps=50)
    assert path.tolist() == [(-1.0) ** k for k in range(51)]
    assert descent(lambda t: t * t, 1.0, 0.5, steps=1)[1] == 0


@pytest.mark.equation(
    "mode",
    r"e_k = \theta_k - \hat\theta, \qquad v_j^\top e_k = (1 - \eta\lambda_j)^k \, "
    r"v_j^\top e_0",
)
@pytest.mark.parametrize("shift", [1, 3])
def test_each_direction_goes_its_own_way(shift, seed, draw, equation):
    x, y = data(seed, shift)
    eigenvalues, vectors = curvatures(x, y)
    theta_hat = np.polyfit(x, y, 1)[::-1]
    rate = 0.8 * 2 / eigenvalues[1]
    path = descent(lambda t: loss_at(t, x, y), draw.normal(size=2) * 5, rate, steps=4)
    for j in (1, 2):
        for k in (2, 3):
            equation(
                theta=dict(enumerate(path)),
                theta_hat=theta_hat,
                e=dict(enumerate(path - theta_hat)),
                v={1: vectors[:, 0], 2: vectors[:, 1]},
                **{"lambda": {1: eigenvalues[0], 2: eigenvalues[1]}},
                eta=rate,
                j=j,
                k=k,
            )


@pytest.mark.equation("largest-rate", r"\eta_{\max} = \frac{2}{\lambda_{\max}}")
@pytest.mark.parametrize("shift", SHIFTS)
def test_the_limit_is_two_over_the_largest_curvature(shift, seed, equation):
    x, y = data(seed, shift)
    eigenvalues, vectors = curvatures(x, y)
    theta_hat = np.polyfit(x, y, 1)[::-1]
    limit = measured_limit(lambda t: loss_at(t, x, y), theta_hat, vectors[:, 1])
    equation(eta_max=limit, lambda_max=eigenvalues[1], rel=1e-7)


@pytest.mark.parametrize("shift", [0, 1])
def test_one_percent_below_converges_and_one_percent_above_does_not(shift, seed):
    x, y = make_data(seed)
    x = x + shift
    limit = 2 / torch.linalg.eigvalsh(hessian(x.double()))[-1].item()
    start = least_squares(x, y).norm().item()
    below, above = (
        distance_after(nn.MSELoss(), x, y, share * limit, steps=600)
        for share in (0.99, 1.01)
    )
    assert below < 1e-4 * start and above > 100 * start


def test_neither_y_nor_the_start_moves_the_limit(seed, draw):
    x, y = data(seed)
    eigenvalues, vectors = curvatures(x, y)
    limit, steep = 2 / eigenvalues[1], vectors[:, 1]
    for other in (y, 3 - 10 * y, draw.normal(size=100)):
        theta_hat = np.polyfit(x, other, 1)[::-1]
        for start in draw.normal(size=(3, 2)) * 100:
            for share, inside in ((0.99, True), (1.01, False)):
                end = descend(x, other, start, share * limit, steps=400)[-1]
                before, after = np.abs((start - theta_hat, end - theta_hat) @ steep)
                assert (after < before) == inside


def test_distance_after_is_that_of_the_hand_written_descent(seed):
    x, y = make_data(seed)
    flat_x, flat_y = data(seed)
    for steps in (0, 1, 7):
        end = descend(flat_x, flat_y, np.zeros(2), 0.03, steps)[-1]
        expected = np.linalg.norm(end - np.polyfit(flat_x, flat_y, 1)[::-1])
        found = distance_after(nn.MSELoss(), x, y, 0.03, steps)
        assert found == pytest.approx(expected, abs=1e-9)
    with pytest.raises(ValueError):
        distance_after(nn.MSELoss(), torch.ones(3, 1), torch.ones(3, 1), 0.1)


@pytest.mark.equation(
    "best-rate",
    r"\eta^* = \frac{2}{\lambda_{\min} + \lambda_{\max}} = \frac{1}{1 + m_2}",
)
@pytest.mark.parametrize("shift", SHIFTS)
def test_the_best_rate_is_where_both_directions_are_as_fast(shift, seed, equation):
    x, y = data(seed, shift)
    low, high = curvatures(x, y)[0]
    crossing = brentq(lambda eta: (eta * high - 1) - (1 - eta * low), 0, 2 / high)
    equation(
        eta_star=crossing,
        lambda_min=low,
        lambda_max=high,
        m_2=np.mean(x**2),
        rel=1e-7,
    )
    grid = np.linspace(0, 2 / high, 10_001)
    slowest = np.abs(1 - np.outer(grid, (low, high))).max(axis=1)
    assert grid[slowest.argmin()] == pytest.approx(crossing, abs=2 * grid[1])


@pytest.mark.equation(
    "best-ratio",
    r"\rho^* = \frac{\kappa - 1}{\kappa + 1}, \qquad \kappa = "
    r"\frac{\lambda_{\max}}{\lambda_{\min}}",
)
@pytest.mark.parametrize("shift", SHIFTS)
def test_each_step_at_the_best_rate_leaves_the_same_share(shift, seed, draw, equation):
    x, y = data(seed, shift)
    low, high = curvatures(x, y)[0]
    theta_hat = np.polyfit(x, y, 1)[::-1]
    rate = 1 / (1 + np.mean(x**2))
    for start in draw.normal(size=(2, 2)) * 20:
        away = np.linalg.norm(descend(x, y, start, rate, 4) - theta_hat, axis=1)
        shares = away[1:] / away[:-1]
        assert shares == pytest.approx(shares[0], rel=1e-6)
        kappa = np.linalg.cond(hessian(torch.tensor(x)[:, None]).numpy())
        equation(
            rho_star=shares[0], kappa=kappa, lambda_min=low, lambda_max=high, rel=1e-6
        )


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=12))
def test_the_rate_without_eigenvalues_is_below_the_limit_and_above_half_of_it(x):
    x = torch.tensor(x, dtype=torch.float64)[:, None]
    assume(x.std(correction=0) > 1e-3 * (1 + x.abs().max()))
    limit = 2 / torch.linalg.eigvalsh(hessian(x))[-1].item()
    safe = 1 / (1 + (x**2).mean().item())
    assert limit / 2 * (1 - 1e-9) <= safe < limit


@pytest.mark.parametrize("kappa", [50, 1e3, 1e5])
def test_a_digit_takes_a_little_more_than_kappa_steps(kappa):
    digit = math.log(0.1) / math.log((kappa - 1) / (kappa + 1))
    assert 1.1 < digit / kappa < 1.2


def test_the_losses_of_the_report_are_those_of_a_rate_above_its_limit(run_chapter):
    reported = [36.448, 43.946, 53.462, 65.540, 80.870, 100.327, 125.020, 156.358]
    ratios = np.diff(reported)[1:] / np.diff(reported)[:-1]
    limits = 2 / ((1 + np.sqrt(ratios)) / 0.01)
    assert limits == pytest.approx(0.0094, abs=0.00005)
    assert (limits < 0.01).all()


@pytest.mark.parametrize("seed_of_data", range(6))
def test_the_report_diverges_exactly_where_its_rate_is_above_the_limit(seed_of_data):
    x, y = report_data(seed_of_data)
    assert x.shape == y.shape == (100, 1)
    limit = 2 / torch.linalg.eigvalsh(hessian(x.double()))[-1].item()
    away = [distance_after(nn.MSELoss(), x, y, 0.01, k) for k in (0, 400)]
    assert (away[1] > away[0]) == (limit < 0.01)


@pytest.mark.alarms(2)
def test_the_report_s_data_has_its_spread_and_noise(alarm, seed):
    seeds = range(50 * seed, 50 * seed + 50)
    x, y = (torch.cat(each) for each in zip(*map(report_data, seeds), strict=True))
    for values, spread in ((x, 10), (y - x, 3)):
        squares = ((values / spread) ** 2).sum().item()  # χ², 5000 degrees of freedom
        rate = alarm() / 2
        assert chi2.ppf(rate, 5000) < squares < chi2.isf(rate, 5000)


def test_ten_times_as_wide_is_almost_a_hundred_times_as_curved(seed):
    x, y = data(seed)
    ratio = curvatures(10 * x, y)[0][1] / curvatures(x, y)[0][1]
    assert 70 < ratio < 100


def test_a_squared_feature_curves_more(seed):
    x, _ = make_data(seed)
    x = 3 * x.double()
    columns = torch.cat((torch.ones_like(x), x, x**2), 1)
    both = torch.linalg.eigvalsh(2 / 100 * columns.T @ columns)[-1]
    assert both > 3 * torch.linalg.eigvalsh(hessian(x))[-1]


def test_an_uncentered_x_crawls_though_its_loss_falls(seed):
    x, y = data(seed, shift=10)
    low, high = curvatures(x, y)[0]
    assert 3_000 < high / low < 30_000
    path = descend(x, y, np.zeros(2), 2 / (low + high), steps=1000)
    losses = [loss_at(theta, x, y).item() for theta in path[::10]]
    assert (np.diff(losses) < 0).all()
    slope, end = np.polyfit(x, y, 1)[0], path[-1, 1]
    assert end < slope / 2
    # a step of the intercept ten times that of the slope, the other way, is hardly seen
    theta_hat = np.polyfit(x, y, 1)[::-1]
    flat, steep = (loss_at(theta_hat + d, x, y) for d in ((-1, 0.1), (1, 0.1)))
    bottom = loss_at(theta_hat, x, y)
    assert (flat - bottom) < (steep - bottom) / 100


@pytest.mark.equation(
    "standardization",
    r"z_i = \frac{x_i - \bar x}{s_x}, \qquad H_z = 2I",
)
def test_standardizing_makes_the_bowl_round(seed, draw, equation):
    x, y = data(seed, shift=draw.uniform(-20, 20))
    x = x * draw.uniform(2, 9)
    z = Standardize(torch.tensor(x)[:, None])(torch.tensor(x)[:, None])[:, 0].numpy()
    theta = torch.zeros(2, dtype=torch.float64)
    matrix = torch.autograd.functional.hessian(lambda t: loss_at(t, z, y), theta)
    names = {"z": z, "x": x, "x_bar": np.mean(x), "s_x": np.std(x)}
    for i in (1, 2, 50):
        equation(H_z=matrix.numpy(), I=np.eye(2), i=i, rel=1e-9, abs=1e-9, **names)


def test_standardized_one_step_is_enough_from_anywhere(seed, draw):
    x, y = data(seed, shift=30)
    z = (x - x.mean()) / x.std()
    for start in draw.normal(size=(3, 2)) * 50:
        end = descend(z, y, start, 0.5, steps=1)[-1]
        assert end == pytest.approx(np.polyfit(z, y, 1)[::-1])
    assert 2 / curvatures(z, y)[0][1] == pytest.approx(1)


def test_new_data_is_standardized_with_the_old_mean_and_scale():
    x = torch.tensor([[1.0, 10.0], [3.0, 30.0]])
    standardize = Standardize(x)
    assert standardize(x).tolist() == [[-1, -1], [1, 1]]
    assert standardize(torch.tensor([[7.0, 20.0]])).tolist() == [[5, 0]]
    assert set(standardize.state_dict()) == {"mean", "scale"}
    assert not list(standardize.parameters())


@pytest.mark.parametrize("column", [[2.0] * 8, [0.1] * 8, [math.nan] + [1.0] * 7])
def test_what_has_no_scale_is_refused(column):
    with pytest.raises(ValueError, match="no scale"):
        Standardize(torch.stack((torch.arange(8.0), torch.tensor(column)), dim=1))
    assert torch.full((8,), 0.1).std(correction=0) > 0  # all equal, but for rounding


def test_columns_that_are_correlated_stay_narrow_when_standardized(seed):
    x, _ = make_data(seed, size=200)
    columns = Standardize(x)(x).reshape(100, 2)
    columns = torch.cat((columns[:, :1], columns[:, :1] + 0.1 * columns[:, 1:]), 1)
    z = Standardize(columns)(columns)
    assert torch.linalg.cond(z.T @ z) > 100


@pytest.mark.equation(
    "carry-back",
    r"\theta_1 = \frac{\tilde\theta_1}{s_x}, \qquad \theta_0 = \tilde\theta_0 - "
    r"\theta_1 \bar x",
)
def test_parameters_are_carried_back_exactly(seed, draw, equation):
    x, y = data(seed, shift=draw.uniform(5, 20))
    x = x * 3
    there, here = (np.polyfit(each, y, 1) for each in ((x - x.mean()) / x.std(), x))
    equation(
        theta_1=here[0],
        theta_0=here[1],
        theta_tilde_1=there[0],
        theta_tilde_0=there[1],
        s_x=x.std(),
        x_bar=x.mean(),
    )


@pytest.mark.parametrize("sizes", [(1, 1), (3, 1), (4, 2)])
def test_the_layer_in_original_units_predicts_the_same(sizes, seed):
    generator = torch.Generator().manual_seed(seed)
    shape = (20, sizes[0])
    x = 5 + 3 * torch.randn(shape, generator=generator, dtype=torch.float64)
    torch.manual_seed(seed)
    standardize, linear = Standardize(x), nn.Linear(*sizes, dtype=torch.float64)
    before = {name: each.clone() for name, each in linear.state_dict().items()}
    raw = in_original_units(standardize, linear)
    assert raw.weight.dtype == torch.float64
    torch.testing.assert_close(raw(x), linear(standardize(x)))
    for name, each in linear.state_dict().items():  # which is left alone
        assert torch.equal(each, before[name])
    with pytest.raises(TypeError):
        in_original_units(standardize, nn.Linear(*sizes, bias=False).double())
    elsewhere = in_original_units(standardize.to("meta"), linear.to("meta"))
    assert elsewhere.weight.device.type == "meta"  # as it would be on a GPU


@pytest.mark.equation("scaled-loss", r"\eta_c = \frac{2}{c \, \lambda_{\max}}")
@pytest.mark.parametrize("c", [0.5, 3, 100])
def test_a_factor_in_front_of_the_loss_divides_the_limit(c, seed, equation):
    x, y = data(seed)
    eigenvalues, vectors = curvatures(x, y)
    theta_hat = np.polyfit(x, y, 1)[::-1]
    limit = measured_limit(lambda t: c * loss_at(t, x, y), theta_hat, vectors[:, 1])
    equation(eta_c=limit, c=c, lambda_max=eigenvalues[1], rel=1e-7)


def test_a_sum_is_as_many_means_as_there_are_rows(seed):
    x, y = make_data(seed)
    model = Model(1, 1)
    losses = {kind: nn.MSELoss(reduction=kind)(model(x), y) for kind in ("mean", "sum")}
    assert losses["sum"].item() == pytest.approx(100 * losses["mean"].item(), rel=1e-5)


def test_more_rows_leave_the_limit_of_a_mean_where_it_is(seed, alarm):
    """H moves by at most 2 |difference of the means of x| + 2 |that of m₂|."""
    few, many = 10**4, 10**6
    curved = [
        torch.linalg.eigvalsh(hessian(make_data(seed, size)[0].double()))[-1].item()
        for size in (few, many)
    ]
    # each difference is normal, but for a lean of m₂ that a tenth more allows for
    spread = math.sqrt(1 / few + 1 / many)
    reach = 1.1 * norm.isf(alarm() / 4) * spread
    assert abs(curved[0] - curved[1]) < 2 * reach + 2 * math.sqrt(2) * reach


def test_written_down_twice_doubles_the_curvature_of_the_sum_alone(seed):
    x, y = data(seed)
    twice = np.tile(x, 2), np.tile(y, 2)
    once = curvatures(x, y)[0]
    assert curvatures(*twice)[0] == pytest.approx(once)
    assert curvatures(*twice, c=200)[0] == pytest.approx(2 * curvatures(x, y, 100)[0])


def test_a_sweep_calls_each_rate_once_and_keeps_the_last_loss(capsys):
    called = []

    def run(learning_rate):
        called.append(learning_rate)
        return [4.0, 2.0, math.nan if learning_rate > 1 else learning_rate]

    last = sweep(run, [0.1, 0.5, 2.0])
    assert called == [0.1, 0.5, 2.0]
    assert (last[0.1], last[0.5], math.isnan(last[2.0])) == (0.1, 0.5, True)
    printed = capsys.readouterr().out.splitlines()
    assert printed[1] == "η = 0.5      loss 4.000 → 0.500"


def wave_losses(learning_rate, steps=300, seed=0):
    t = torch.linspace(-2, 2, 100)[:, None]
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))
    assert sum(each.numel() for each in network.parameters()) == 97
    return train(network, t, torch.sin(3 * t), learning_rate, steps)


@pytest.mark.parametrize("start", [0, 1])
def test_a_network_learns_more_with_a_larger_rate_until_it_diverges(start):
    last = [wave_losses(rate, seed=start)[-1] for rate in (0.003, 0.01, 0.03, 0.1)]
    assert sorted(last, reverse=True) == last
    end = wave_losses(1.0, seed=start)[-1]
    assert not math.isfinite(end) or end > 100 * last[0]


def test_adam_with_much_too_large_a_rate_ends_high_and_finite():
    t, last = torch.linspace(-2, 2, 100)[:, None], {}
    for rate in (0.01, 10.0):
        torch.manual_seed(0)
        network = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))
        optimizer = torch.optim.Adam(network.parameters(), lr=rate)
        for _ in range(300):
            loss = nn.functional.mse_loss(network(t), torch.sin(3 * t))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        last[rate] = loss.item()
    assert math.isfinite(last[10.0]) and last[10.0] > 10 * last[0.01]


def test_just_below_the_limit_a_line_is_slower_than_at_the_best_rate(seed):
    x, y = data(seed)
    low, high = curvatures(x, y)[0]
    theta_hat = np.polyfit(x, y, 1)[::-1]
    at_best, below = (
        np.linalg.norm(descend(x, y, np.zeros(2), rate, steps=20)[-1] - theta_hat)
        for rate in (2 / (low + high), 0.99 * 2 / high)
    )
    assert below > 10 * at_best


def test_momentum_has_another_limit():
    x, y = (each.double() for each in make_data(seed=0))
    limit = 2 / torch.linalg.eigvalsh(hessian(x))[-1].item()
    away = {}
    for momentum in (0.0, 0.9):
        theta = torch.zeros(2, dtype=torch.float64, requires_grad=True)
        optimizer = SGD([theta], lr=1.1 * limit, momentum=momentum)
        for _ in range(500):
            loss = nn.functional.mse_loss(theta[0] + theta[1] * x, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        away[momentum] = (theta.detach() - least_squares(x, y)).norm().item()
    assert away[0.0] > 1e6 and away[0.9] < 1e-6


def test_symptom_a_rate_above_the_limit_grows_by_one_factor_then_inf_then_nan():
    x, y = make_data(seed=0)
    losses = train(Model(1, 1), x, y, learning_rate=1.3, steps=400)
    ratios = np.array(losses[6:40]) / np.array(losses[5:39])
    assert ratios == pytest.approx(ratios[-1], rel=0.05) and ratios[-1] > 1
    kinds = [0 if math.isfinite(v) else 1 if math.isinf(v) else 2 for v in losses]
    assert sorted(kinds) == kinds and set(kinds) == {0, 1, 2}


def test_symptom_nan_in_the_data_is_seen_before_anything_has_moved():
    x, y = make_data(seed=0)
    x[3] = math.nan
    assert math.isnan(train(Model(1, 1), x, y, learning_rate=0.1, steps=1)[0])
    assert torch.isfinite(x).sum() == 99


def test_symptom_a_repeated_loss_need_not_mean_that_nothing_moves():
    for loss_function, start, rate in (
        (torch.abs, 0.05, 0.1),
        (torch.square, 1.0, 1.0),
    ):
        t = torch.tensor([start], dtype=torch.float64, requires_grad=True)
        optimizer, losses, path = SGD([t], lr=rate), [], []
        for _ in range(6):
            loss = loss_function(t).sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            path.append(t.item())
        assert losses == pytest.approx([losses[0]] * 6)
        assert path[0] < 0 < path[1]


def test_symptom_sides_change_between_the_middle_and_the_limit():
    x, y = data(0)
    (_, high), vectors = curvatures(x, y)
    theta_hat = np.polyfit(x, y, 1)[::-1]
    for rate in (0.9 / high, 1.1 / high, 1.9 / high):
        path = descend(x, y, np.zeros(2), rate, steps=6)
        along = (path - theta_hat) @ vectors[:, 1]
        changes = (along[1:] * along[:-1] < 0).all()
        assert changes == (rate > 1 / high)
        losses = [loss_at(theta, x, y) for theta in path]
        assert sorted(losses, reverse=True) == losses


def test_symptom_a_large_condition_number_is_fast_first_and_then_slow():
    x, y = data(0, shift=3)
    low, high = curvatures(x, y)[0]
    theta_hat = np.polyfit(x, y, 1)[::-1]
    start = theta_hat + curvatures(x, y)[1] @ (1, 1)  # both directions alike
    for rate in (0.3 / high, 1 / high, 1.7 / high):
        path = descend(x, y, start, rate, steps=60)
        away = [loss_at(theta, x, y) - loss_at(theta_hat, x, y) for theta in path]
        assert away[8] < 0.1 * away[0]
        assert 1 - 4 / (high / low) < away[41] / away[40] < 1  # twice 2/κ, squared


def test_symptom_too_small_a_rate_falls_by_a_constant_share():
    x, y = data(0)
    path = descend(x, y, np.zeros(2), 0.01, steps=200)
    bottom = loss_at(np.polyfit(x, y, 1)[::-1], x, y)
    height = np.array([(loss_at(theta, x, y) - bottom).item() for theta in path])
    shares = height[1:] / height[:-1]
    assert (shares > 0.95).all() and np.ptp(shares) < 0.005


def test_a_corner_is_crossed_back_and_forth():
    path = descent(torch.abs, 0.27, 0.1, steps=50)
    assert np.abs(np.diff(path)) == pytest.approx(0.1)
    assert path[3::2] == pytest.approx(path[3]) and path[4::2] == pytest.approx(path[4])


@pytest.mark.parametrize("learning_rate", [1.0, 0.1])
def test_l1_loss_goes_on_stepping(learning_rate, seed):
    x, y = (column.double() for column in make_data(seed))
    path = train_with(nn.L1Loss(), x, y, learning_rate, steps=1000)
    steps = (path[1:] - path[:-1]).norm(dim=1)
    assert path.shape == (1000, 2)
    assert steps[-300:].max() > 0.01 * learning_rate


def test_what_ends_it(seed):
    x, y = (column.double() for column in make_data(seed))
    target = least_absolute(x, y)

    def end(loss, rate, make=None):
        path = train_with(loss, x, y, rate, make)
        moved = (path[-1] - path[-2]).norm().item()
        return (path[-1] - target).norm().item(), moved

    for make in (
        lambda o: lr_scheduler.StepLR(o, step_size=100, gamma=0.5),
        lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=1000),
        lambda o: warm_up_and_cosine(o, warm_up=100, steps=1000),
    ):
        distance, moved = end(nn.L1Loss(), 1.0, make)
        assert distance < 0.01 and moved < 0.001
    distance, moved = end(nn.SmoothL1Loss(beta=0.1), 0.1)
    assert moved < 1e-5 and distance < 0.1


def test_smooth_l1_is_a_parabola_within_beta_and_an_absolute_value_beyond():
    t = torch.linspace(-1, 1, 41, dtype=torch.float64)
    smooth = nn.SmoothL1Loss(beta=0.25, reduction="none")(t, torch.zeros_like(t))
    expected = torch.where(t.abs() < 0.25, t**2 / 0.5, t.abs() - 0.125)
    torch.testing.assert_close(smooth, expected)


def test_train_with_is_train_where_nothing_changes_the_rate(seed):
    x, y = make_data(seed)
    path = train_with(nn.MSELoss(), x, y, 0.1, steps=5)
    model = Model(1, 1)
    set_theta(model.linear, 0.0, 0.0)
    for theta in path:
        train(model, x, y, learning_rate=0.1, steps=1)
        torch.testing.assert_close(theta_of(model), theta)


def test_a_scheduler_is_called_after_the_step():
    """The first step has the first learning rate, the second the next one."""
    x, y = (column.double() for column in make_data(seed=0))
    halved = train_with(
        nn.MSELoss(), x, y, 0.2, lambda o: lr_scheduler.StepLR(o, 1, gamma=0.5), steps=2
    )
    first = train_with(nn.MSELoss(), x, y, 0.2, steps=1)
    assert torch.equal(halved[0], first[0])
    columns = (each[:, 0].numpy() for each in (x, y))
    second = descend(*columns, first[0].numpy(), 0.1, steps=1)[-1]
    assert halved[1].numpy() == pytest.approx(second)


@pytest.mark.parametrize("patience", [0, 2, 5])
def test_a_plateau_lowers_the_rate_after_more_losses_than_its_patience(patience):
    optimizer = SGD([torch.ones(1, requires_grad=True)], lr=1.0)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, patience=patience)
    rates = []
    for loss in [0.9, *[0.5] * (patience + 2)]:
        optimizer.step()
        scheduler.step(loss)
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates == [1.0] * (patience + 2) + [pytest.approx(0.1)]


@pytest.mark.equation(
    "cosine-schedule",
    r"\eta_k = \frac{\eta_0}{2} \left(1 + \cos\frac{\pi k}{K}\right)",
)
def test_the_cosine_is_the_scheduler_s(equation):
    optimizer = SGD([torch.zeros(1)], lr=0.3)
    scheduler = lr_scheduler.CosineAnnealingLR(optimizer, T_max=50)
    rates = {}
    for k in range(51):
        rates[k] = optimizer.param_groups[0]["lr"]
        assert scheduler.get_last_lr() == [rates[k]]
        optimizer.step()
        scheduler.step()
    assert rates[50] == pytest.approx(0, abs=1e-12)
    for _ in range(49):  # called 100 times in all, it has risen again
        optimizer.step()
        scheduler.step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.3)
    for k in (7, 20, 33):
        equation(eta=rates, k=k, K=50, cos=np.cos, rel=1e-7)


def test_the_staircase_and_the_warm_up():
    stairs = rates_of(lambda o: lr_scheduler.StepLR(o, 3, gamma=0.5), steps=10)
    assert stairs == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125]
    rates = rates_of(lambda o: warm_up_and_cosine(o, warm_up=9, steps=30), steps=31)
    assert rates[:10] == pytest.approx(np.linspace(0.1, 1, 10))
    cosine = 0.5 * (1 + np.cos(np.pi * np.arange(22) / 21))
    assert rates[9:] == pytest.approx(cosine, abs=1e-9)


def test_a_step_reads_the_rate_in_the_optimizer_not_a_variable():
    weight = torch.ones(1, requires_grad=True)
    rate = 0.1
    optimizer = SGD([weight], lr=rate)
    weight.sum().backward()  # the gradient is 1
    rate = 0.5
    optimizer.step()
    assert weight.item() == pytest.approx(0.9)
    optimizer.param_groups[0]["lr"] = rate
    optimizer.step()
    assert weight.item() == pytest.approx(0.4)


def test_get_lr_is_not_for_callers():
    scheduler = lr_scheduler.StepLR(SGD([torch.zeros(1)], lr=0.3), step_size=5)
    assert scheduler.get_last_lr() == [0.3]
    with pytest.warns(UserWarning, match="use `get_last_lr"):
        scheduler.get_lr()


def test_adam_s_default_is_the_first_guess_of_the_page():
    assert inspect.signature(torch.optim.Adam).parameters["lr"].default == 0.001


def quartic(make_scheduler):
    t = torch.tensor([3.0], requires_grad=True)
    optimizer = SGD([t], lr=0.1)
    scheduler = make_scheduler(optimizer)
    for _ in range(100):
        optimizer.zero_grad()
        (t**4).sum().backward()
        optimizer.step()
        scheduler.step()
    return t.item()


def test_warm_up_saves_a_start_where_the_loss_curves_most():
    fixed = quartic(lambda o: lr_scheduler.LinearLR(o, 1.0, total_iters=20))
    warmed = quartic(lambda o: lr_scheduler.LinearLR(o, 0.1, total_iters=20))
    assert math.isnan(fixed) and abs(warmed) < 0.2
    t = torch.tensor(3.0)
    curvature = torch.func.grad(torch.func.grad(lambda t: t**4))
    assert curvature(t) == 12 * t**2
    assert 0.01 < 2 / curvature(t) < 0.1 < 2 / curvature(torch.tensor(warmed))


@pytest.mark.equation(
    "loss-ratio",
    r"\frac{L_{k+2} - L_{k+1}}{L_{k+1} - L_k} = (1 - \eta\lambda)^2, \qquad L_{\min} = "
    r"L_k - \frac{L_{k+1} - L_k}{(1 - \eta\lambda)^2 - 1}",
)
@pytest.mark.parametrize("share", [0.4, 1.06])
def test_three_losses_tell_the_curvature_and_the_bottom(share, seed, equation):
    x, y = data(seed, shift=1)
    eigenvalues, vectors = curvatures(x, y)
    theta_hat = np.polyfit(x, y, 1)[::-1]
    rate = share * 2 / eigenvalues[1]
    path = descend(x, y, theta_hat + 4 * vectors[:, 1], rate, steps=5)
    losses = {k: loss_at(theta, x, y).item() for k, theta in enumerate(path)}
    for k in (0, 2):
        equation(
            L=losses,
            L_min=loss_at(theta_hat, x, y).item(),
            k=k,
            eta=rate,
            rel=1e-6,
            **{"lambda": eigenvalues[1]},
        )


def ages_and_spending():
    return torch.arange(65.0, 101, 5)[:, None], torch.arange(200.0, 551, 50)[:, None]


def test_ages_diverge_to_nan_and_stay_there():
    x, y = ages_and_spending()
    losses = train(Model(1, 1), x, y, learning_rate=0.001, steps=80)
    finite = [each for each in losses if math.isfinite(each)]
    assert all(b > 100 * a for a, b in pairwise(finite))
    first = next(k for k, each in enumerate(losses) if math.isnan(each))
    assert all(map(math.isnan, losses[first:]))
    assert any(map(math.isinf, losses))
    assert math.isnan(torch.tensor(math.inf) - torch.tensor(math.inf))


def test_ages_standardized_take_one_step():
    x, y = (each.double() for each in ages_and_spending())
    standardize, model = Standardize(x), Model(1, 1).double()
    train(model, standardize(x), y, learning_rate=0.5, steps=1)
    raw = in_original_units(standardize, model.linear)
    assert (raw.bias.item(), raw.weight.item()) == pytest.approx((-450, 10))
    asked = torch.tensor([[77.0]], dtype=torch.float64)
    assert model(standardize(asked)).item() == pytest.approx(320)
    assert model(asked).item() > 20 * 320


def test_a_scheduler_called_first_warns_and_skips_a_value():
    optimizer = SGD([torch.zeros(1)], lr=1.0)
    scheduler = lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    with pytest.warns(UserWarning, match=r"lr_scheduler.step\(\)` before `optimizer"):
        scheduler.step()
    assert optimizer.param_groups[0]["lr"] == 0.5  # the first step has the second rate


def test_a_scheduler_called_at_each_batch_is_used_up_early():
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # it says nothing
        by_batch = rates_of(lambda o: lr_scheduler.StepLR(o, 10, gamma=0.1), steps=100)
    assert by_batch[-1] == pytest.approx(1e-9)


def test_the_runs_are_paths_of_the_slope():
    (axes,) = figure_runs().axes
    x, y = data(0)
    colours = labels(axes)
    for line, learning_rate in zip(axes.lines, (0.95, 0.9, 0.1), strict=True):
        path = descend(x, y, np.zeros(2), learning_rate, steps=30)
        assert line.get_ydata() == pytest.approx(path[:, 1])
        assert colours[rf"$\eta = {learning_rate}$"] == line.get_color()
    assert len({(line.get_color(), line.get_linestyle()) for line in axes.lines}) == 3
    low, high = axes.get_ylim()
    for line in axes.lines:
        assert low < line.get_ydata().min() and line.get_ydata().max() < high
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("$k$", r"$\theta_1$")


def test_the_measured_dots_lie_on_the_larger_factor():
    (axes,) = figure_rates().axes
    x, y = data(0, shift=1)
    low, high = curvatures(x, y)[0]
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert len(dots) == 15
    for dot in dots:
        ((rate, share),) = dot.get_xydata()
        assert share == pytest.approx(
            max(abs(1 - rate * low), abs(1 - rate * high)), 0.01
        )
    (band,) = (line for line in axes.lines if line.get_linewidth() == 5)
    for rate, share in band.get_xydata():
        assert share == pytest.approx(max(abs(1 - rate * low), abs(1 - rate * high)))
    (star,) = (line for line in axes.lines if line.get_marker() == "*")
    best = 1 / (1 + np.mean(x**2))
    kappa = high / low
    assert star.get_xydata()[0] == pytest.approx((best, (kappa - 1) / (kappa + 1)))
    (mark,) = (line for line in axes.lines if line.get_marker() == "|")
    assert mark.get_xydata()[0] == pytest.approx((2 / high, 1))
    assert (axes.get_xlabel(), axes.get_ylabel()) == (r"$\eta$", "$d_{k+1}/d_k$")


def test_the_arrows_are_eigenvectors_and_the_path_zigzags_along_the_steep_one():
    (axes,) = figure_axes().axes
    x, y = data(0, shift=1.5)
    theta_hat = np.polyfit(x, y, 1)[::-1]
    (low, high), _ = curvatures(x, y)
    path, star = axes.lines
    assert star.get_xydata()[0] == pytest.approx(theta_hat)
    arrows = [each for each in axes.texts if each.get_text() == ""]
    assert [each.get_text() for each in axes.texts[1::2]] == ["$v_1$", "$v_2$"]
    H = hessian(torch.tensor(x)[:, None]).numpy()
    tips = [np.array(each.xy) - theta_hat for each in arrows]
    for tip, curvature in zip(tips, (low, high), strict=True):
        assert H @ tip == pytest.approx(curvature * tip, rel=1e-5)
    flat, steep = (tip / np.linalg.norm(tip) for tip in tips)
    assert flat @ steep == pytest.approx(0, abs=1e-6)
    (contours,) = axes.collections
    for arrow in arrows:
        ends = loss_at(np.array(arrow.xy), x, y).item()
        assert min(abs(contours.levels - ends)) < 1e-4
        assert arrow.xyann == pytest.approx(theta_hat)
    points = path.get_xydata()
    assert points == pytest.approx(descend(x, y, points[0], 0.93 * 2 / high, steps=9))
    along, across = (points - theta_hat) @ flat, (points - theta_hat) @ steep
    assert (across[1:] * across[:-1] < 0).all()  # back and forth at each step
    assert (along < 0).all() and (np.diff(along) > 0).all()
    left, right, bottom, top = *axes.get_xlim(), *axes.get_ylim()
    assert left < points[:, 0].min() and points[:, 0].max() < right
    assert bottom < points[:, 1].min() and points[:, 1].max() < top


@pytest.mark.parametrize(
    ("make", "steps", "arrives"), [(figure_valley, 40, False), (figure_round, 1, True)]
)
def test_the_bowls_and_their_paths(make, steps, arrives):
    (axes,) = make().axes
    x, y = data(0, shift=2)
    if arrives:
        x = (x - x.mean()) / x.std()
    theta_hat = np.polyfit(x, y, 1)[::-1]
    path, star = axes.lines
    assert star.get_xydata()[0] == pytest.approx(theta_hat)
    points = path.get_xydata()
    rate = 0.5 if arrives else 0.93 * 2 / curvatures(x, y)[0][1]
    assert points == pytest.approx(descend(x, y, points[0], rate, steps))
    apart = np.linalg.norm(points - theta_hat, axis=1)
    assert (apart[-1] < 1e-9) == arrives and (apart[-1] > 0.3) != arrives
    (contours,) = axes.collections
    for level, drawn in zip(contours.levels, contours.get_paths(), strict=True):
        for theta in drawn.vertices[::15]:
            assert loss_at(theta, x, y).item() == pytest.approx(level, rel=0.02)
    names = [axes.get_xlabel(), axes.get_ylabel()]
    tilde = r"\tilde" if arrives else ""
    assert names == [rf"${tilde}\theta_0$", rf"${tilde}\theta_1$"]


def test_the_drawn_schedules_are_torch_s():
    (axes,) = figure_schedules().axes
    for line, make in zip(
        axes.lines,
        (
            lambda o: lr_scheduler.StepLR(o, 100, gamma=0.5),
            lambda o: lr_scheduler.CosineAnnealingLR(o, 1000),
            lambda o: warm_up_and_cosine(o, 100, 1000),
        ),
        strict=True,
    ):
        assert line.get_ydata() == pytest.approx(rates_of(make, steps=1000))
    colours = list(labels(axes).values())
    assert colours == [line.get_color() for line in axes.lines]
    assert axes.get_ylabel() == r"$\eta_k/\eta_0$"


def steps_far():
    """From trace and determinant of H: to 1e-6, to 1e-3, to 0.1, and with √κ."""
    x = (make_data(seed=0)[0] + 10).double().numpy()
    half, product = 1 + np.mean(x**2), 4 * np.var(x)
    root = np.sqrt(half**2 - product)
    kappa = (half + root) ** 2 / product
    for share, kind in ((1e-6, kappa), (1e-3, kappa), (0.1, kappa), (1e-6, kappa**0.5)):
        yield math.ceil(math.log(share) / math.log((kind - 1) / (kind + 1)))


# Arguments of each exercise's check: right, one for each hint, and unlike any.
# The mean of the squared ages is 6937.5.
ANSWERS = {
    "ages": [(0.000144,), (0.000072,), (0.000036,), (52.87,), (0.000288,)],
    "units": [
        ((-20, 6),),
        ((100, 6),),
        ((-2900, 150),),
        ((220, 6),),
        ((80, 6),),
    ],
    "diverging": [(107,), (200,), (0,), (93,), (100,)],
    "twice": [
        ((0.934, 0.00467),),
        ((0.467, 0.00467),),
        ((0.934, 0.00934),),
        ((0.934, 0.01868),),
        ((1.868, 0.00934),),
    ],
    "far": [(each,) for each in (*steps_far(), 6)],
}


# What each solution answers, taken out of what it prints.
SOLUTIONS = {
    "ages": lambda printed, run: [(numbers(printed)[-1],)],
    "units": lambda printed, run: [(tuple(numbers(printed)),)],
    "diverging": lambda printed, run: [(int(numbers(printed)[0]),)],
    "twice": lambda printed, run: [(tuple(numbers(printed)),)],
    "far": lambda printed, run: [(numbers(printed)[1],)],
}


def test_the_rate_of_the_report_stands_on_the_edge():
    """Over many seeds λmax is 200 on average, so that chance decides."""
    found = [
        torch.linalg.eigvalsh(hessian(report_data(s)[0].double()))[-1]
        for s in range(300)
    ]
    mean, spread = torch.stack(found).mean(), torch.stack(found).std()
    assert abs(mean - 200) < 7 * spread / math.sqrt(300) + 0.5
    assert exercises.diverging(sum(each > 200 for each in found[:200]).item()) == 0
