import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from torch import nn
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import DataLoader, TensorDataset

from snippets import minibatches
from snippets.data import POST_ROWS, make_data
from snippets.figures import minibatches as figures
from snippets.loss import design_matrix, gradient, hessian, least_squares
from snippets.minibatches import (
    batch_gradients,
    decayed_minimum,
    draw_epoch,
    evaluate,
    kept_numbers,
    make_loader,
    optimizer_path,
    sgd_cloud,
    spread,
    stationary_covariance,
    steps_needed,
    train_epoch,
)
from snippets.model import Model, set_theta
from snippets.training import theta_of
from tests.drawn import labels
from tests.printed import numbers


@pytest.fixture
def data(seed):
    """x and y of shape (100, 1), in float64."""
    return tuple(column.double() for column in make_data(seed))


@pytest.fixture
def few(seed):
    """Four rows, x and y of shape (4, 1), in float64."""
    return tuple(column.double() for column in make_data(seed + 5, 4))


def columns(x, y, theta):
    """The gradient of each row's squared error, as columns, counted from 1."""
    rows = range(len(x))
    each = [gradient(theta, x[i : i + 1], y[i : i + 1])[:, None] for i in rows]
    return dict(enumerate(each, 1))


def by_autograd(theta, x, y):
    theta = theta.clone().requires_grad_()
    ((y - theta[0] - theta[1] * x) ** 2).mean().backward()
    return theta.grad


# the loader


@given(st.integers(1, 40), st.integers(1, 50))
def test_an_epoch_has_each_row_once_in_n_over_b_steps_rounded_up(n, batch_size):
    numbers = torch.arange(n)[:, None]
    loader = make_loader(numbers, -numbers, batch_size)
    batches = list(loader)
    assert len(loader) == len(batches) == math.ceil(n / batch_size)
    assert [len(x) for x, _ in batches[:-1]] == [batch_size] * (len(batches) - 1)
    assert len(batches[-1][0]) == n - batch_size * (len(batches) - 1)
    x, y = (torch.cat(column) for column in zip(*batches, strict=True))
    assert sorted(x[:, 0].tolist()) == list(range(n))
    assert torch.equal(x, -y)
    dropping = DataLoader(TensorDataset(numbers), batch_size, drop_last=True)
    assert len(dropping) == len(list(dropping)) == n // batch_size


def test_a_seed_gives_one_order_a_second_epoch_another_one(seed):
    numbers = torch.arange(50)[:, None]

    def orders(seed):
        loader = make_loader(numbers, numbers, 7, seed)
        torch.rand(3)  # draws of others do not matter
        return [torch.cat([x for x, _ in loader])[:, 0].tolist() for _ in range(2)]

    first, again, other = orders(seed), orders(seed), orders(seed + 1)
    assert first == again
    assert len({tuple(order) for order in first + other}) == 4


def test_workers_do_not_change_the_order(seed):
    def batches(workers):
        order = torch.Generator().manual_seed(seed)
        numbers = torch.arange(9)
        options = {"shuffle": True, "generator": order, "num_workers": workers}
        return [batch.tolist() for batch in DataLoader(numbers, 2, **options)]

    assert batches(0) == batches(2)


@pytest.mark.parametrize("batch_size", [0, -1])
def test_a_batch_has_at_least_one_row(batch_size):
    with pytest.raises(ValueError, match="batch_size should be a positive integer"):
        make_loader(torch.ones(3, 1), torch.ones(3, 1), batch_size)


def test_rows_that_do_not_match_are_refused():
    with pytest.raises(AssertionError, match="Size mismatch"):
        make_loader(torch.ones(3, 1), torch.ones(2, 1), 1)


# the loop


@pytest.mark.parametrize("batch_size", [1, 7, 32, 100])
def test_an_epoch_takes_one_step_a_batch_with_its_gradient(data, batch_size):
    x, y = data
    model, theta = Model(1, 1).double(), torch.tensor([2.0, -1.0]).double()
    set_theta(model.linear, *theta.tolist())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.03)
    loader = make_loader(x, y, batch_size, seed=3)
    reported = train_epoch(model, loader, nn.MSELoss(), optimizer)
    total = 0.0
    for x_batch, y_batch in make_loader(x, y, batch_size, seed=3):
        residual = y_batch - theta[0] - theta[1] * x_batch
        total += (residual**2).sum().item()
        theta = theta - 0.03 * by_autograd(theta, x_batch, y_batch)
    assert theta_of(model).tolist() == pytest.approx(theta.tolist())
    assert reported == pytest.approx(total / 100)
    assert model.training


@pytest.mark.parametrize("batch_size", [1, 7, 32, 100])
def test_evaluate_gives_the_loss_of_all_rows_and_changes_nothing(data, batch_size):
    x, y = data
    model = Model(1, 1).double()
    before = theta_of(model)
    loss = nn.functional.mse_loss(model(x), y).item()
    measured = evaluate(model, make_loader(x, y, batch_size), nn.MSELoss())
    assert measured == pytest.approx(loss)
    assert torch.equal(theta_of(model), before)
    assert model.linear.weight.grad is None
    assert not model.training


def test_the_mean_of_unequal_batches_is_not_that_of_the_rows(data):
    x, y = data
    loss_function = nn.MSELoss()
    model = Model(1, 1).double()
    loader = DataLoader(TensorDataset(x, y), batch_size=32)
    with torch.no_grad():
        losses = [loss_function(model(a), b).item() for a, b in loader]
    whole = evaluate(model, loader, loss_function)
    assert np.mean(losses) != pytest.approx(whole, rel=1e-4)
    assert np.dot(losses, [32, 32, 32, 4]) / 100 == pytest.approx(whole)


def test_no_rows_have_no_loss():
    empty = DataLoader(TensorDataset(torch.ones(0, 1), torch.ones(0, 1)))
    model = Model(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ZeroDivisionError):
        evaluate(model, empty, nn.MSELoss())
    with pytest.raises(ZeroDivisionError):
        train_epoch(model, empty, nn.MSELoss(), optimizer)


# the gradient of a batch


@pytest.mark.equation(
    "batch-gradient",
    r"g_S = \frac{1}{B} \sum_{i \in S} g_i, \qquad \E[g_S] = \nabla L",
)
@pytest.mark.parametrize("batch_size", [2, 3])
def test_the_gradient_of_a_batch_is_right_in_the_mean(data, batch_size, equation):
    x, y = (column[:6] for column in data)
    theta = torch.tensor([1.0, -2.0]).double()
    each = columns(x, y, theta)
    batches = list(itertools.combinations(range(1, 7), batch_size))
    every = batch_gradients(theta, x, y, batch_size)
    assert every.shape == (len(batches), 2) == (math.comb(6, batch_size), 2)
    for batch, g_S in zip(batches, every, strict=True):
        rows = [i - 1 for i in batch]
        assert torch.allclose(g_S, by_autograd(theta, x[rows], y[rows]))
        equation(
            g_S=g_S[:, None],
            g=each,
            S=batch,
            B=batch_size,
            L="L",
            E=lambda g, g_S=g_S: (
                every.mean(dim=0)[:, None] + (torch.as_tensor(g) - g_S[:, None])
            ),
            nabla=lambda loss: by_autograd(theta, x, y)[:, None] if loss == "L" else 0,
        )


@pytest.mark.equation(
    "batch-covariance",
    r"\Cov(g_S) = \frac{n - B}{n - 1} \cdot \frac{V}{B}, \qquad V = \frac1n "
    r"\sum_{i=1}^n g_i \, g_i^\top - \nabla L \, (\nabla L)^\top",
)
@pytest.mark.parametrize("batch_size", [2, 3])
def test_how_far_the_gradient_of_a_batch_strays(data, batch_size, equation):
    x, y = (column[:7] for column in data)
    theta = torch.tensor([1.0, -2.0]).double()
    every = batch_gradients(theta, x, y, batch_size)
    whole = by_autograd(theta, x, y)[:, None]
    single = batch_gradients(theta, x, y, 1).numpy()
    equation(
        g=columns(x, y, theta),
        g_S="g_S",
        n=7,
        B=batch_size,
        V=np.cov(single.T, bias=True),
        L="L",
        Cov=lambda g: np.cov(every.numpy().T, bias=True) if isinstance(g, str) else 0,
        nabla=lambda loss: whole if isinstance(loss, str) else 0,
    )


def test_the_root_of_a_mean_has_a_biased_gradient(data):
    """The loss must be a mean over rows."""
    x, y = (column[:5] for column in data)

    def slope(rows):
        theta = torch.tensor([1.0, -2.0]).double().requires_grad_()
        residual = y[rows] - theta[0] - theta[1] * x[rows]
        (residual**2).mean().sqrt().backward()
        return theta.grad

    batches = [list(rows) for rows in itertools.combinations(range(5), 2)]
    mean = torch.stack([slope(rows) for rows in batches]).mean(dim=0)
    assert not torch.allclose(mean, slope(list(range(5))), rtol=1e-3)


def test_there_are_no_batches_larger_than_the_data():
    with pytest.raises(RuntimeError):
        batch_gradients(torch.zeros(2), torch.ones(2, 1), torch.ones(2, 1), 3)


def test_all_rows_of_an_epoch_come_once_if_shuffled(seed):
    generator = torch.Generator().manual_seed(seed)
    batches = draw_epoch(7, 3, 50, True, generator)
    assert [batch.shape for batch in batches] == [(50, 3), (50, 3), (50, 1)]
    ordered = torch.cat(batches, dim=1).sort(dim=1).values
    assert (ordered == torch.arange(7)).all()
    assert len({tuple(run) for run in torch.cat(batches, dim=1).tolist()}) > 40
    anew = torch.cat(draw_epoch(7, 3, 50, False, generator), dim=1)
    assert anew.shape == (50, 7) and set(anew.unique().tolist()) == set(range(7))
    assert not (anew.sort(dim=1).values == torch.arange(7)).all(dim=1).any()


# the jitter


@pytest.mark.equation(
    "stationary-covariance",
    r"C = \frac{1}{m} \sum_S \left[ (I - \eta H_S) \, C \, (I - \eta H_S) + "
    r"\eta^2 g_S \, g_S^\top \right]",
)
@pytest.mark.parametrize("batch_size", [1, 2])
def test_a_step_leaves_the_covariance_of_the_jitter_as_it_is(few, batch_size, equation):
    """With all batches of rows that are drawn anew, listed."""
    x, y = few
    batches = list(itertools.product(range(4), repeat=batch_size))
    rows = {number: list(batch) for number, batch in enumerate(batches, 1)}
    theta_hat = least_squares(x, y)
    equation(
        C=stationary_covariance(x, y, 0.07, batch_size),
        m=len(batches),
        S=list(rows),
        I=np.eye(2),
        eta=0.07,
        H={k: hessian(x[each]) for k, each in rows.items()},
        g={k: gradient(theta_hat, x[e], y[e])[:, None] for k, e in rows.items()},
    )


@pytest.mark.equation(
    "jitter-balance",
    r"4 \eta \, \tau^2 = \eta^2 \cdot \frac{4 \sigma^2}{B}",
)
@pytest.mark.parametrize(
    ("sigma", "eta", "batch_size"), [(1.5e6, 1e-6, 3), (3e6, 2e-6, 5)]
)
def test_what_a_step_takes_away_it_adds(sigma, eta, batch_size, equation):
    """For x of mean 0 and variance 1, and the slope alone, whose curvature is 2."""
    x = np.array([1.0, 1, -1, -1])
    r = sigma * np.array([1.0, -1] * 2)
    gradients = -2 * r * x  # at the minimum
    assert gradients.mean() == 0 and gradients.var() == pytest.approx(4 * sigma**2)
    assert np.mean(2 * x**2) == 2
    assert (1 - 2 * eta) ** 2 == pytest.approx(1 - 4 * eta, rel=1e-10)
    keeps, adds = (1 - 2 * eta) ** 2, eta**2 * gradients.var() / batch_size
    variance = adds / (1 - keeps)  # variance = keeps · variance + adds
    equation(eta=eta, tau=math.sqrt(variance), sigma=sigma, B=batch_size, rel=1e-5)


@pytest.mark.equation(
    "jitter-size",
    r"\tau = \sigma \sqrt{\frac{\eta}{B}}, \qquad "
    r"\frac{\tau}{\operatorname{se}} = \sqrt{\frac{\eta n}{B}}",
)
@pytest.mark.parametrize(("sigma", "eta", "batch_size"), [(1.5, 1e-7, 3), (3, 2e-7, 5)])
def test_small_steps_jitter_as_the_first_order_says(sigma, eta, batch_size, equation):
    """With x of mean 0 and variance 1, and residuals that do not depend on it."""
    x = torch.tensor([1.0, 1, -1, -1, 1, 1, -1, -1])[:, None]
    y = 5 + 7 * x + sigma * torch.tensor([1.0, -1] * 4)[:, None]
    covariance = stationary_covariance(x, y, eta, batch_size)
    assert covariance[0, 1].item() == pytest.approx(0, abs=1e-12)
    X = design_matrix(x).numpy()
    error = sigma * np.sqrt(np.linalg.inv(X.T @ X)[1, 1])
    for tau in covariance.diag().sqrt().tolist():
        equation(tau=tau, sigma=sigma, eta=eta, B=batch_size, n=8, se=error, rel=1e-5)


def scaled_distance(ends, theta_hat, covariance):
    """Of the mean of the squared lengths in units of C from 2, its expectation."""
    away = (ends - theta_hat).numpy()
    lengths = np.einsum("ri,ij,rj->r", away, np.linalg.inv(covariance), away)
    return lengths.mean() - 2, lengths.std() / math.sqrt(len(lengths))


@pytest.mark.parametrize(("eta", "batch_size"), [(0.1, 10), (0.3, 25)])
def test_runs_scatter_as_the_covariance_says(eta, batch_size, alarm, monkeypatch, seed):
    generator = torch.Generator().manual_seed(seed)
    monkeypatch.setattr(minibatches.torch, "Generator", lambda: Seeded(generator))
    x, y = make_data(seed=0)
    epochs = 60 * batch_size // 100 + 2  # 60 steps: the start is forgotten
    ends = sgd_cloud(x, y, [eta] * epochs, batch_size, shuffle=False, runs=4000)[-1]
    covariance = stationary_covariance(x, y, eta, batch_size).numpy()
    excess, error = scaled_distance(ends, least_squares(x, y), covariance)
    assert abs(excess) < stats.norm.isf(alarm() / 2) * error


class Seeded:
    """A generator that is seeded already."""

    def __init__(self, generator):
        self.generator = generator

    def manual_seed(self, _):
        return self.generator


def test_shuffled_epochs_jitter_less_than_rows_drawn_anew():
    x, y = make_data(seed=0)
    clouds = [sgd_cloud(x, y, [0.1] * 10, 10, each, runs=500) for each in (True, False)]
    shuffled, anew = map(spread, clouds)
    assert all(a < 0.8 * b for a, b in zip(shuffled, anew, strict=True))


def test_the_cloud_is_that_of_the_training_loop():
    """One run in shuffled epochs, with torch's own SGD."""
    x, y = (column.double() for column in make_data(seed=0))
    cloud = sgd_cloud(x, y, [0.1, 0.02], batch_size=32, shuffle=True, runs=1)[:, 0]
    generator = torch.Generator().manual_seed(0)
    theta = nn.Parameter(least_squares(x, y))
    optimizer, path = torch.optim.SGD([theta], lr=0.1), []
    for rate in (0.1, 0.02):
        optimizer.param_groups[0]["lr"] = rate
        for rows in draw_epoch(100, 32, 1, True, generator):
            optimizer.zero_grad()
            residual = y[rows[0]] - theta[0] - theta[1] * x[rows[0]]
            (residual**2).mean().backward()
            optimizer.step()
            path.append(theta.detach().clone())
    assert torch.allclose(cloud, torch.stack(path))


def test_jitter_is_the_standard_error_where_rate_times_steps_is_one(data):
    x, y = data
    residual = y - design_matrix(x) @ least_squares(x, y)[:, None]
    s = residual.std(correction=2)
    errors = s * torch.linalg.inv(design_matrix(x).T @ design_matrix(x)).diag().sqrt()
    jitter = stationary_covariance(x, y, 0.1, 10).diag().sqrt()  # 0.1 · 100 / 10 = 1
    assert (jitter / errors - 1).abs().max() < 0.35


def test_a_rate_that_suits_all_rows_can_be_too_large_for_batches():
    x, y = make_data(seed=0)
    rate = 0.9 * 2 / torch.linalg.eigvalsh(hessian(x)).max().item()
    with pytest.raises(ValueError, match="no jitter is stationary at learning rate"):
        stationary_covariance(x, y, rate, batch_size=1)


def test_steps_of_length_zero_have_no_jitter_that_is_stationary():
    with pytest.raises(ValueError, match="no jitter is stationary"):
        stationary_covariance(*make_data(seed=0), 0.0, batch_size=10)


def test_the_limit_for_batches_is_where_the_jitter_would_grow(few):
    """Found by bisection: E[M ⊗ M], with all batches of one row listed."""
    x, y = few

    def growth(rate):
        steps = [torch.eye(2) - rate * hessian(x[i : i + 1]) for i in range(4)]
        squares = torch.stack([torch.kron(each, each) for each in steps]).mean(dim=0)
        return torch.linalg.eigvals(squares).abs().max().item()

    low, high = 1e-3, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if growth(middle) < 1 else (low, middle)
    assert torch.isfinite(stationary_covariance(x, y, 0.99 * low, 1)).all()
    assert low < 2 / torch.linalg.eigvalsh(hessian(x)).max()
    with pytest.raises(ValueError, match="no jitter is stationary"):
        stationary_covariance(x, y, 1.01 * low, 1)


def test_spread_forgets_the_first_fifty_steps():
    late = torch.tensor([[1.0, 10.0], [-1.0, -10.0]]).repeat(30, 1)[:, None]
    cloud = torch.cat((torch.full((50, 1, 2), 99.0), late))
    assert spread(cloud) == pytest.approx([1.01, 10.08], abs=0.005)


def test_decay_and_average_end_nearer_than_a_constant_rate():
    x, y = make_data(seed=0)
    rates = [0.05 * (1 + math.cos(math.pi * epoch / 40)) for epoch in range(40)]
    theta = nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([theta], lr=0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=40)
    for rate in rates:
        assert optimizer.param_groups[0]["lr"] == pytest.approx(rate, abs=1e-9)
        optimizer.step()
        scheduler.step()
    constant = sgd_cloud(x, y, [0.1] * 40, 10, True, runs=200)
    decayed = sgd_cloud(x, y, rates, 10, True, runs=200)[-1]
    averaged = constant[100::10].mean(dim=0)
    theta_hat = least_squares(x, y)
    far, near, middle = (
        (ends - theta_hat).square().sum(dim=1).mean().sqrt()
        for ends in (constant[-1], decayed, averaged)
    )
    assert near < middle / 3 and middle < far / 3


def test_an_averaged_model_holds_the_mean_of_the_thetas_it_has_seen():
    model = Model(1, 1)
    averaged = AveragedModel(model)
    for theta in ((1.0, 2.0), (3.0, 8.0), (5.0, -1.0)):
        set_theta(model.linear, *theta)
        averaged.update_parameters(model)
    assert theta_of(averaged.module).tolist() == pytest.approx([3, 3])
    assert theta_of(model).tolist() == [5, -1]


# optimizers


def hand_made(x, y, steps, rate, betas=(0.9, 0.999), eps=1e-8, decay=0.0):
    """Adam, or AdamW if there is a decay, in NumPy; all it computes, by step."""
    theta, m, q = np.zeros(2), np.zeros(2), np.zeros(2)
    told = {"theta": {0: theta}, "m": {0: m}, "q": {0: q}, "g": {}}
    told |= {"m_hat": {}, "q_hat": {}}
    for k in range(1, steps + 1):
        g = by_autograd(torch.tensor(theta), x, y).numpy()
        m = m + (1 - betas[0]) * (g - m)
        q = q + (1 - betas[1]) * (g**2 - q)
        m_hat, q_hat = m / (1 - betas[0] ** k), q / (1 - betas[1] ** k)
        theta = theta - rate * (decay * theta + m_hat / (np.sqrt(q_hat) + eps))
        values = {"theta": theta, "m": m, "q": q, "m_hat": m_hat, "q_hat": q_hat}
        for name, value in values.items():
            told[name][k] = value
        told["g"][k - 1] = g
    return told


@pytest.mark.equation(
    "adam-means",
    r"m_{k+1} = \beta_1 m_k + (1 - \beta_1) g_k, \qquad "
    r"q_{k+1} = \beta_2 q_k + (1 - \beta_2) g_k^2",
)
def test_adam_keeps_these_two_means(data, equation):
    """Read out of torch's own state."""
    x, y = data
    theta = nn.Parameter(torch.zeros(2).double())
    adam = torch.optim.Adam([theta], lr=0.3, betas=(0.8, 0.95))
    m, q, g = {0: torch.zeros(2)}, {0: torch.zeros(2)}, {}
    for k in range(6):
        g[k] = theta.grad = by_autograd(theta.detach(), x, y)
        adam.step()
        m[k + 1] = adam.state[theta]["exp_avg"].clone()
        q[k + 1] = adam.state[theta]["exp_avg_sq"].clone()
    for k in range(6):
        equation(m=m, q=q, g=g, k=k, beta_1=0.8, beta_2=0.95, beta=[0.8, 0.95])


@pytest.mark.equation(
    "adam-step",
    r"\theta_{k+1} = \theta_k - \eta \, \frac{\hat m_{k+1}}{\sqrt{\hat q_{k+1}} + "
    r"\epsilon}, \qquad \hat m_k = \frac{m_k}{1 - \beta_1^k}, \qquad "
    r"\hat q_k = \frac{q_k}{1 - \beta_2^k}",
)
def test_adam_steps_as_the_equation_says(data, equation):
    x, y = data
    options = {"betas": (0.8, 0.95), "eps": 0.4}
    path = optimizer_path(torch.optim.Adam, x, y, steps=8, lr=0.3, **options)
    told = hand_made(x, y, steps=8, rate=0.3, **options)
    for k in range(2, 8):
        assert path[k].numpy() == pytest.approx(told["theta"][k])
        told["theta"] = dict(enumerate(path))
        betas = {"beta_1": 0.8, "beta_2": 0.95, "beta": [0.8, 0.95]}
        equation(**told, **betas, k=k, eta=0.3, epsilon=0.4)


def test_adamw_decays_outside_the_fraction(data):
    x, y = data
    path = optimizer_path(torch.optim.AdamW, x, y, steps=20, lr=0.3, weight_decay=0.2)
    told = hand_made(x, y, steps=20, rate=0.3, decay=0.2)
    for k in range(21):
        assert path[k].numpy() == pytest.approx(told["theta"][k])


@pytest.mark.parametrize("rate", [0.5, 0.1, 0.001])
def test_while_the_gradient_hardly_changes_a_step_is_as_long_as_the_rate(rate):
    x, y = make_data(seed=0)
    path = optimizer_path(torch.optim.Adam, x, y, steps=3, lr=rate)
    assert path.diff(dim=0).flatten().tolist() == pytest.approx([rate] * 6, rel=0.02)
    late = optimizer_path(torch.optim.Adam, x, y, steps=100, lr=rate)
    assert late[-1].max() < 100 * rate * 1.01 or rate > 0.1


@pytest.mark.parametrize("factor", [1000.0, 0.01])
def test_the_scale_of_the_loss_does_not_matter_to_adam(data, factor):
    x, y = data
    root = math.sqrt(factor)  # of x and y: θ of the same line, with the loss multiplied
    steady = optimizer_path(torch.optim.Adam, x, y, steps=50, lr=0.1)
    theta = nn.Parameter(torch.zeros(2).double())
    adam = torch.optim.Adam([theta], lr=0.1)
    for _ in range(50):
        adam.zero_grad()
        ((root * (y - theta[0] - theta[1] * x)) ** 2).mean().backward()
        adam.step()
    assert theta.tolist() == pytest.approx(steady[-1].tolist(), rel=1e-6)
    doubled = optimizer_path(torch.optim.SGD, x, y, steps=50, lr=0.1 * factor)
    assert (doubled[-1].abs().max() > 1e3) == (factor > 1)


def test_momentum_multiplies_what_is_piled_up(data):
    x, y = data
    path = optimizer_path(torch.optim.SGD, x, y, steps=30, lr=0.05, momentum=0.9)
    theta, piled = torch.zeros(2).double(), torch.zeros(2).double()
    for k in range(30):
        piled = 0.9 * piled + by_autograd(theta, x, y)
        theta = theta - 0.05 * piled
        assert torch.allclose(path[k + 1], theta)


def test_rmsprop_divides_by_the_root_of_a_running_mean(data):
    x, y = data
    path = optimizer_path(torch.optim.RMSprop, x, y, steps=30, lr=0.05)
    theta, mean = torch.zeros(2).double(), torch.zeros(2).double()
    for k in range(30):
        slope = by_autograd(theta, x, y)
        mean = 0.99 * mean + 0.01 * slope**2
        theta = theta - 0.05 * slope / (mean.sqrt() + 1e-8)
        assert torch.allclose(path[k + 1], theta)


def test_steps_are_counted_from_where_all_later_ones_are_near():
    near = torch.full((300,), 1e-4)
    assert steps_needed(near) == 0
    for last in (5, 150, 199):
        apart = near.clone()
        apart[[2, last]] = 1.0
        assert steps_needed(apart) == last + 1
    for last, value in ((200, 1.0), (299, 1.0), (250, math.nan), (299, 1e-3)):
        apart = near.clone()
        apart[last] = value
        assert steps_needed(apart) == math.inf


@pytest.mark.parametrize(
    ("optimizer", "options", "kept"),
    [
        (torch.optim.SGD, {}, 0),
        (torch.optim.SGD, {"momentum": 0.9}, 1),
        (torch.optim.RMSprop, {}, 1),
        (torch.optim.Adam, {}, 2),
        (torch.optim.AdamW, {}, 2),
        (torch.optim.Adam, {"amsgrad": True}, 3),
    ],
)
def test_what_an_optimizer_keeps_grows_with_the_parameters(optimizer, options, kept):
    assert kept_numbers(optimizer, **options) == kept
    weight = nn.Parameter(torch.ones(1000))
    weight.grad = torch.ones(1000)
    stepper = optimizer([weight], lr=0.1, **options)
    stepper.step()
    state = [each for each in stepper.state[weight].values() if torch.is_tensor(each)]
    assert sum(each.numel() for each in state) // 1000 == kept


@pytest.mark.equation(
    "adam-limit",
    r"\epsilon^* = \frac{\eta \, \lambda_{\max} (1 - \beta_1)}{2 (1 + \beta_1)}",
)
@pytest.mark.parametrize(("eta", "beta", "curvature"), [(0.1, 0.9, 2.1), (0.3, 0.7, 5)])
def test_below_this_epsilon_adam_leaves_the_minimum(eta, beta, curvature, equation):
    """Where all gradients are tiny, a step is linear: its matrix must not grow."""

    def growth(epsilon):
        pull = eta * curvature / epsilon  # of θ and m, if q is 0
        matrix = [[1 - pull * (1 - beta), -eta / epsilon * beta]]
        matrix += [[curvature * (1 - beta), beta]]
        return np.abs(np.linalg.eigvals(matrix)).max()

    low, high = 1e-6, 100.0  # grows, and does not
    for _ in range(200):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if growth(middle) < 1 else (middle, high)
    given = {"lambda_max": curvature, "lambda": curvature, "beta_1": beta, "beta": beta}
    equation(epsilon_star=middle, eta=eta, rel=1e-6, **given)


@pytest.mark.parametrize(
    ("options", "leaves"),
    [
        ({"eps": 1e-8}, True),
        ({"eps": 0.0050}, True),
        ({"eps": 0.0060}, False),
        ({"amsgrad": True}, False),
    ],
)
def test_adam_leaves_where_the_limit_says_so(options, leaves):
    x, y = make_data(seed=0)
    options |= {"lr": 0.1, "betas": (0.9, 0.99)}
    path = optimizer_path(torch.optim.Adam, x, y, steps=2500, **options)
    apart = (path - least_squares(x, y)).norm(dim=1)
    assert apart[750:1000].max() < 1e-4
    assert (apart[2000:].max() > 1e-3) == leaves


# weight decay


@pytest.mark.equation(
    "decayed-minimum",
    r"\hat\theta_w = (H + wI)^{-1} H \hat\theta = "
    r"\left(X^\top X + \frac{nw}{2} I\right)^{-1} X^\top y",
)
@pytest.mark.parametrize("decay", [0.1, 0.7])
@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.Adam])
def test_training_with_weight_decay_ends_in_ridge_regression(
    data, decay, optimizer, equation
):
    x, y = data
    options = {"lr": 0.1, "weight_decay": decay}
    end = optimizer_path(optimizer, x, y, steps=1000, **options)[-1]
    assert torch.allclose(
        decayed_minimum(x, y, torch.full((2,), decay)), end, rtol=1e-6, atol=0
    )
    equation(
        theta_hat_w=end[:, None],
        theta_hat=least_squares(x, y)[:, None],
        H=hessian(x),
        w=decay,
        n=100,
        I=np.eye(2),
        X=design_matrix(x),
        y=y,
        rel=1e-6,
    )


def test_adamw_passes_ridge_regression_and_creeps_back_to_least_squares():
    x, y = make_data(seed=0)
    ridge = decayed_minimum(x, y, torch.full((2,), 0.1))
    options = {"steps": 10_000, "weight_decay": 0.1, "lr": 0.1}
    path = optimizer_path(torch.optim.AdamW, x, y, **options)
    apart = (path - least_squares(x, y)).norm(dim=1)
    for one, later in itertools.pairwise(range(1000, 10_001, 1000)):
        assert apart[later] < apart[one]
    assert apart[10_000] < 0.1 and (path[10_000] - ridge).norm() > 0.3


def test_sgd_is_as_quick_as_momentum_only_just_below_its_limit():
    x, y = make_data(seed=0)
    x, y = x.double() + 2, y.double()
    place, limit = least_squares(x, y), 2 / torch.linalg.eigvalsh(hessian(x)).max()

    def steps(rate: float, **options) -> float:
        path = optimizer_path(torch.optim.SGD, x, y, steps=1000, lr=rate, **options)
        return steps_needed((path - place).norm(dim=1))

    momentum = [steps(rate, momentum=0.9) for rate in (0.01, 0.03, 0.1, 0.16, 0.3)]
    assert max(momentum) < 1.1 * min(momentum)
    assert steps(0.96 * limit) < min(momentum) < steps(0.8 * limit)


def test_momentum_is_a_larger_learning_rate_for_the_jitter(data):
    x, y = data
    place, generator = least_squares(x, y), torch.Generator().manual_seed(0)
    theta, sum_so_far = place.repeat(2000, 1), torch.zeros(2000, 2, dtype=torch.float64)
    for _ in range(600):
        rows = torch.randint(len(x), (2000, 10), generator=generator)
        x_batch, y_batch = x[rows, 0], y[rows, 0]
        residual = y_batch - theta[:, :1] - theta[:, 1:] * x_batch
        slopes = residual.mean(dim=1), (residual * x_batch).mean(dim=1)
        sum_so_far = 0.9 * sum_so_far - 2 * torch.stack(slopes, dim=1)
        theta = theta - 0.002 * sum_so_far
    exact = stationary_covariance(x, y, 0.002 / (1 - 0.9), batch_size=10)
    assert torch.allclose(theta.std(dim=0), exact.diag().sqrt(), rtol=0.1)


def test_a_parameter_without_decay_follows_freely(data):
    """θ₁ shrinks by c / (c + w), where c is twice the variance of x."""
    x, y = data
    c = 2 * x.var(correction=0)
    for decay in (0.5, 2.0):
        end = decayed_minimum(x, y, torch.tensor([0.0, decay]))
        assert end[1] == pytest.approx(
            (least_squares(x, y)[1] * c / (c + decay)).item()
        )
        residual = y - design_matrix(x) @ end[:, None]
        assert residual.mean().item() == pytest.approx(0, abs=1e-10)


# parts, and clipping


@pytest.mark.equation(
    "accumulated-parts", r"\nabla L = \sum_c \frac{B_c}{n} \nabla L_c"
)
def test_parts_add_up_to_the_large_batch(data, equation):
    x, y = data
    theta, sizes = torch.tensor([1.0, -2.0]).double(), {1: 50, 2: 33, 3: 17}
    rows = dict(zip(sizes, torch.arange(100).split(list(sizes.values())), strict=True))
    parts = {c: by_autograd(theta, x[each], y[each]) for c, each in rows.items()}
    whole = by_autograd(theta, x, y)

    def loss(c=None):
        return c

    equation(
        nabla=lambda of: whole if callable(of) else parts.get(of, 0),
        L=loss,
        c=[1, 2, 3],
        B=sizes,
        n=100,
    )


@pytest.mark.parametrize("divide", [True, False])
def test_accumulated_gradients_are_too_large_without_the_division(data, divide):
    x, y = data
    model = Model(1, 1).double()
    nn.functional.mse_loss(model(x), y).backward()
    whole = [each.grad.clone() for each in model.parameters()]
    model.zero_grad()
    for x_part, y_part in DataLoader(TensorDataset(x, y), batch_size=25):
        loss = nn.functional.mse_loss(model(x_part), y_part)
        (loss / 4 if divide else loss).backward()
    for each, expected in zip(model.parameters(), whole, strict=True):
        torch.testing.assert_close(each.grad, expected * (1 if divide else 4))


def test_with_batch_normalization_parts_are_not_the_large_batch(data):
    x, y = data
    torch.manual_seed(0)
    model = nn.Sequential(nn.BatchNorm1d(1), nn.Linear(1, 1)).double()
    nn.functional.mse_loss(model(x), y).backward()
    whole = model[1].weight.grad.clone()
    model.zero_grad()
    for x_part, y_part in DataLoader(TensorDataset(x, y), batch_size=25):
        (nn.functional.mse_loss(model(x_part), y_part) / 4).backward()
    assert not torch.allclose(model[1].weight.grad, whole, rtol=1e-3)
    with pytest.raises(ValueError, match="Expected more than 1 value per channel"):
        model(x[:1])


@given(st.floats(0.01, 1000))
def test_clipping_shortens_what_is_too_long_and_keeps_its_direction(limit):
    weight = nn.Parameter(torch.zeros(2).double())
    weight.grad = torch.tensor([-3.0, 4.0]).double()
    before = nn.utils.clip_grad_norm_([weight], max_norm=limit)
    assert before.item() == pytest.approx(5)
    factor = min(1, limit / 5)
    assert weight.grad.tolist() == pytest.approx([-3 * factor, 4 * factor], rel=1e-6)


def test_clipped_batches_are_biased():
    x, y = POST_ROWS[:, :1].double(), POST_ROWS[:, 1:].double()
    theta = torch.zeros(2).double()
    batches = batch_gradients(theta, x, y, 3)
    whole = gradient(theta, x, y)

    def clipped(vectors):
        return vectors * (10 / vectors.norm(dim=-1, keepdim=True)).clamp(max=1)

    for other in (whole, clipped(whole)):
        assert (clipped(batches).mean(dim=0) - other).norm() > 0.5


def test_sorted_rows_without_shuffling_repeat_one_wrong_end():
    x, y = make_data(seed=0)
    order = x[:, 0].argsort()
    loader = DataLoader(TensorDataset(x[order], y[order]), batch_size=10)
    model = Model(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    ends = []
    for _ in range(40):
        train_epoch(model, loader, nn.MSELoss(), optimizer)
        ends.append(theta_of(model))
    torch.testing.assert_close(ends[-1], ends[19])
    assert (ends[-1] - least_squares(x, y)).norm() > 0.2


# figures


def test_the_arrows_are_minus_the_gradients_of_all_batches_of_three():
    x, y = POST_ROWS[:, :1].double(), POST_ROWS[:, 1:].double()
    places = {"far": torch.zeros(2).double(), "near": least_squares(x, y)}
    for name, theta in places.items():
        (axes,) = getattr(figures, f"figure_{name}")().axes
        *batches, whole = axes.lines
        ends = np.array([line.get_xydata() for line in axes.lines])
        assert (ends[:, 0] == 0).all()
        rows = itertools.combinations(range(10), 3)
        for drawn, each in zip(ends[:-1, 1], rows, strict=True):
            expected = by_autograd(theta, x[list(each)], y[list(each)])
            assert drawn == pytest.approx(-expected.numpy())
        middle = -by_autograd(theta, x, y).numpy()
        assert ends[-1, 1] == pytest.approx(middle, abs=1e-9)
        assert ends[:-1, 1].mean(axis=0) == pytest.approx(middle, abs=1e-9)
        (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
        low, high = ends.min(axis=(0, 1)), ends.max(axis=(0, 1))
        assert left < low[0] and bottom < low[1] and high[0] < right and high[1] < top
        assert whole.get_color() == "tab:orange"
        assert {line.get_color() for line in batches} == {"tab:gray"}
        assert "theta_0" in axes.get_xlabel() and "theta_1" in axes.get_ylabel()


def test_the_ellipses_are_two_deviations_wide():
    (axes,) = figures.figure_jitter().axes
    cloud, predicted, errors, star, cross = axes.lines
    x, y = (column.double() for column in make_data(seed=0))
    theta_hat, X = least_squares(x, y), design_matrix(x)
    residual = y - X @ theta_hat[:, None]
    s_squared = (residual**2).sum() / 98
    for line, covariance in (
        (predicted, stationary_covariance(x, y, 0.1, 10)),
        (errors, s_squared * torch.linalg.inv(X.T @ X)),
    ):
        away = torch.tensor(line.get_xydata()) - theta_hat
        lengths = ((away @ torch.linalg.inv(covariance)) * away).sum(dim=1)
        assert lengths.tolist() == pytest.approx([4] * 100)
    assert star.get_xydata()[0] == pytest.approx(theta_hat.numpy())
    assert tuple(cross.get_xydata()[0]) == (5, 7)
    inside = stats.chi2.cdf(4, 2)
    away = torch.tensor(cloud.get_xydata()) - theta_hat
    scale = torch.linalg.inv(stationary_covariance(x, y, 0.1, 10))
    share = (((away @ scale) * away).sum(dim=1) < 4).double().mean().item()
    assert len(away) == 600 and share == pytest.approx(inside, abs=0.06)
    assert predicted.get_linestyle() != errors.get_linestyle()
    assert (axes.get_xlabel(), axes.get_ylabel()) == (r"$\theta_0$", r"$\theta_1$")
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    points = np.concatenate([line.get_xydata() for line in axes.lines])
    assert left < points[:, 0].min() and points[:, 0].max() < right
    assert bottom < points[:, 1].min() and points[:, 1].max() < top


def test_the_lines_come_to_rest_in_their_order():
    (axes,) = figures.figure_rest().axes
    constant, averaged, decaying = (line.get_ydata() for line in axes.lines)
    assert axes.get_yscale() == "log"
    assert constant.std() < 0.05 * constant.mean()
    assert constant[-1] > 3 * averaged[-1] > 9 * decaying[-1]
    assert constant[0] == pytest.approx(averaged[0]) == pytest.approx(decaying[0])
    (first, *_), last = averaged, averaged[-1]
    assert last == pytest.approx(first / math.sqrt(40), rel=0.2)
    for line, text in zip(axes.lines, axes.texts, strict=True):
        assert text.get_color() == line.get_color()
        assert text.get_position()[1] == line.get_ydata()[-1]
    assert list(labels(axes)) == [r"$\eta$", r"$\bar\theta$", r"$\eta \to 0$"]


def test_the_lines_of_optimizers_are_distances_on_their_paths():
    (axes,) = figures.figure_optimizers().axes
    x, y = make_data(seed=0)
    x, y = x.double() + 2, y.double()
    factor = torch.eye(2) - 0.1 * hessian(x)
    theta_hat = least_squares(x, y)
    plain, momentum, adam = (line.get_ydata() for line in axes.lines)
    for k in (0, 10, 200):
        away = torch.linalg.matrix_power(factor, k) @ -theta_hat
        assert plain[k] == pytest.approx(away.norm().item())
    told = hand_made(x, y, steps=30, rate=0.3)
    for k in (5, 30):
        apart = np.linalg.norm(told["theta"][k] - theta_hat.numpy())
        assert adam[k] == pytest.approx(apart)
    assert momentum[0] == plain[0] and momentum[300] < plain[300]
    assert list(labels(axes)) == ["SGD", "momentum", "Adam"]
    for line, text in zip(axes.lines, axes.texts, strict=True):
        assert text.get_color() == line.get_color()


# exercises


def weighted(parts):
    return sum(slope * rows for slope, rows in parts)


ANSWERS = {
    "steps": [(80, 60), (60, 60), (4, 3), (2000, 1800), (80, 80)],
    "quieter": [(0.497,), (0.247,), (2.01,), (1,), (0.75,)],
    "louder": [(4.394,), (4394.0,), (math.inf,), (0,), (6.762,)],
    "whole": [
        (lambda parts: weighted(parts) / sum(rows for _, rows in parts),),
        (lambda parts: sum(slope for slope, _ in parts) / len(parts),),
        (lambda parts: sum(slope for slope, _ in parts),),
        (lambda parts: weighted(parts) / len(parts),),
        (lambda parts: parts[0][0],),
    ],
    "halved": [(2.099,), (1.051,), (104.9,), (2.161,), (0.5,)],
}

# What each solution answers, taken out of what it prints or defines.
SOLUTIONS = {
    "steps": lambda printed, run: [tuple(int(each) for each in numbers(printed))],
    "quieter": lambda printed, run: [(numbers(printed)[3] / numbers(printed)[1],)],
    "louder": lambda printed, run: [(numbers(printed)[1],), (numbers(printed)[3],)],
    "whole": lambda printed, run: [(run()["whole_gradient"],)],
    "halved": lambda printed, run: [(numbers(printed)[0],)],
}


def test_a_sampler_and_shuffle_exclude_each_other():
    dataset = TensorDataset(torch.ones(3, 1))
    assert DataLoader(dataset).batch_size == 1
    with pytest.raises(ValueError, match="mutually exclusive with shuffle"):
        DataLoader(dataset, sampler=[2, 0, 1], shuffle=True)
    ordered = DataLoader(torch.arange(3), sampler=[2, 0, 1])
    assert [batch.item() for batch in ordered] == [2, 0, 1]
