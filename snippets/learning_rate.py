"""How large a learning rate may be, and what makes training slow although it is not."""

# --8<-- [start:imports]
import torch

from snippets.data import make_data
from snippets.model import Model
from snippets.training import train

# --8<-- [end:imports]
# --8<-- [start:line_imports]
import math
from collections.abc import Callable, Iterable

import numpy as np
from torch import Tensor, nn
from torch.optim import SGD

from snippets.loss import hessian, least_squares
from snippets.training import descend

# --8<-- [end:line_imports]
# --8<-- [start:scheduler_imports]
import warnings

from torch.optim import Optimizer, lr_scheduler

from snippets.loss import least_absolute
from snippets.model import set_theta
from snippets.training import theta_of
# --8<-- [end:scheduler_imports]


# --8<-- [start:distance_after]
def distance_after(
    loss_function: Callable[[Tensor, Tensor], Tensor],
    x: Tensor,
    y: Tensor,
    learning_rate: float,
    steps: int = 1000,
) -> float:
    """How far from least squares gradient descent from (0, 0) is after so many steps.

    Takes x and y of shape (n, 1); computes in float64. Raises what `least_squares`
    raises. Source: equation training#eq-step.
    """
    x, y = x.double(), y.double()
    theta = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimizer = SGD([theta], lr=learning_rate)
    for _ in range(steps):
        loss = loss_function(theta[0] + theta[1] * x, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return (theta.detach() - least_squares(x, y)).norm().item()


# --8<-- [end:distance_after]


# --8<-- [start:report_data]
def report_data(seed: int) -> tuple[Tensor, Tensor]:
    """Data as in the report: x and y of shape (100, 1), y = x + noise, x ten wide."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(100, 1, generator=generator) * 10
    y = x + 3 * torch.randn(100, 1, generator=generator)
    return x, y


# --8<-- [end:report_data]


# --8<-- [start:standardize]
class Standardize(nn.Module):
    """Subtracts the mean of each column of x and divides by its standard deviation.

    Keeps both, of shape (columns,), as buffers, and treats new data with them.
    Raises ValueError if all values of a column are equal, or if there is a nan.
    """

    def __init__(self, x: Tensor):  # (n, columns)
        super().__init__()
        if not (x.amax(dim=0) > x.amin(dim=0)).all():  # rounding can make std > 0
            raise ValueError("a column with equal values, or with nan, has no scale")
        self.register_buffer("mean", x.mean(dim=0))
        self.register_buffer("scale", x.std(dim=0, correction=0))

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) / self.scale


# --8<-- [end:standardize]


# --8<-- [start:in_original_units]
@torch.no_grad()
def in_original_units(standardize: Standardize, linear: nn.Linear) -> nn.Linear:
    """The layer that gives on x what `linear` gives on standardize(x).

    Raises TypeError if `linear` has no bias.
    Source: equation learning_rate#eq-carry-back.
    """
    raw = nn.Linear(linear.in_features, linear.out_features).to(linear.weight)
    raw.weight.copy_(linear.weight / standardize.scale)
    raw.bias.copy_(linear.bias - raw.weight @ standardize.mean)
    return raw


# --8<-- [end:in_original_units]


# --8<-- [start:sweep]
def sweep(
    run: Callable[[float], list[float]], learning_rates: Iterable[float]
) -> dict[float, float]:
    """The last loss of a short training run with each learning rate, one row printed.

    `run` takes a learning rate, builds and trains a new model, and returns its losses.
    """
    last = {}
    for learning_rate in learning_rates:
        losses = run(learning_rate)
        last[learning_rate] = losses[-1]
        print(f"η = {learning_rate:<6}   loss {losses[0]:.3f} → {losses[-1]:.3f}")
    return last


# --8<-- [end:sweep]


# --8<-- [start:train_with]
def train_with(
    loss_function: Callable[[Tensor, Tensor], Tensor],
    x: Tensor,
    y: Tensor,
    learning_rate: float,
    make_scheduler: Callable[[Optimizer], lr_scheduler.LRScheduler] | None = None,
    steps: int = 1000,
) -> Tensor:
    """Train a new line; return θ after each step, shape (steps, 2).

    Takes x and y of shape (n, 1), starts at θ = 0. A scheduler changes the learning
    rate after each step.
    """
    model = Model(1, 1).to(x.dtype)
    set_theta(model.linear, 0.0, 0.0)
    optimizer = SGD(model.parameters(), lr=learning_rate)
    scheduler = make_scheduler(optimizer) if make_scheduler else None
    path = []
    for _ in range(steps):
        loss = loss_function(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if scheduler:
            scheduler.step()  # after the optimizer's step
        path.append(theta_of(model))
    return torch.stack(path)


# --8<-- [end:train_with]


# --8<-- [start:warm_up_and_cosine]
def warm_up_and_cosine(
    optimizer: Optimizer, warm_up: int, steps: int
) -> lr_scheduler.LRScheduler:
    """Up from a tenth in `warm_up` steps, then down to 0, reached after `steps`."""
    up = lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=warm_up)
    down = lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps - warm_up)
    return lr_scheduler.SequentialLR(optimizer, [up, down], milestones=[warm_up])


def rates_of(
    make_scheduler: Callable[[Optimizer], lr_scheduler.LRScheduler], steps: int
) -> list[float]:
    """The learning rate of each step under a scheduler, from 1.0 on; trains nothing."""
    optimizer = SGD([torch.zeros(1)], lr=1.0)
    scheduler = make_scheduler(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


# --8<-- [end:warm_up_and_cosine]


if __name__ == "__main__":
    # --8<-- [start:three_runs]
    x, y = make_data(seed=0)
    runs = []
    for learning_rate in (0.1, 0.9, 0.95):
        torch.manual_seed(0)  # the same start for all three
        runs.append(train(Model(1, 1), x, y, learning_rate, steps=100))
    print("     η =      0.1      0.9     0.95")
    for k in (0, 1, 2, 10, 30, 99):
        print(f"step {k:>2}", *(f"{losses[k]:8.1f}" for losses in runs))
    # --8<-- [end:three_runs]

    # --8<-- [start:one_parameter]
    for learning_rate in (0.1, 0.4, 0.5, 0.9, 1.0, 1.1):
        t, path = 1.0, []
        for _ in range(5):
            t = t - learning_rate * 2 * t  # the derivative of t * t is 2 * t
            path.append(f"{t:6.2f}")
        print(f"η = {learning_rate}  ", *path)
    # --8<-- [end:one_parameter]

    # --8<-- [start:limit]
    low, high = torch.linalg.eigvalsh(hessian(x.double())).tolist()
    limit = 2 / high
    print(f"λ = {low:.3f} and {high:.3f}   2/λmax = {limit:.3f}")
    for share in (0.99, 1.01):
        distance = distance_after(nn.MSELoss(), x, y, share * limit)
        print(f"{share} of it: distance {distance:.0e} after 1000 steps")
    # --8<-- [end:limit]

    # --8<-- [start:best]
    print("              κ       η*   ratio   measured   steps per digit")
    for shift in (0, 1, 3, 10):
        shifted = (x + shift).double()
        low, high = torch.linalg.eigvalsh(hessian(shifted)).tolist()
        best, kappa = 2 / (low + high), high / low
        columns = (each[:, 0].double().numpy() for each in (shifted, y))
        path = descend(*columns, np.zeros(2), best, steps=2)
        away = np.linalg.norm(path - least_squares(shifted, y).numpy(), axis=1)
        ratio, measured = (kappa - 1) / (kappa + 1), away[2] / away[1]
        digit = math.log(0.1) / math.log(ratio)
        print(f"x + {shift:<2} {kappa:9.1f}   {best:.4f}  {ratio:.4f}   ", end="")
        print(f"{measured:.4f}   {digit:15.1f}")
    # --8<-- [end:best]

    # --8<-- [start:report]
    x_report, y_report = report_data(seed=0)
    torch.manual_seed(1)
    losses = train(Model(1, 1), x_report, y_report, learning_rate=0.01, steps=10)
    print("loss", [round(loss, 1) for loss in losses])
    high = torch.linalg.eigvalsh(hessian(x_report.double()))[-1].item()
    print(f"λmax = {high:.1f}   2/λmax = {2 / high:.5f}")
    losses = train(Model(1, 1), x_report, y_report, learning_rate=0.009, steps=500)
    print(f"with 0.009: {losses[-1]:.3f}")
    # --8<-- [end:report]

    # --8<-- [start:uncentered]
    x_far = x + 10  # as a year, an age or a temperature in kelvin is far from 0
    low, high = torch.linalg.eigvalsh(hessian(x_far.double())).tolist()
    columns = [each[:, 0].double().numpy() for each in (x_far, y)]
    path = descend(*columns, np.zeros(2), learning_rate=2 / (low + high), steps=10_000)
    for k in (0, 10, 100, 1000, 10_000):
        loss = np.mean((columns[1] - path[k, 0] - path[k, 1] * columns[0]) ** 2)
        print(f"step {k:>5}   loss {loss:6.2f}   θ = {path[k].round(2)}")
    print(f"least squares          θ = {least_squares(x_far, y).numpy().round(2)}")
    # --8<-- [end:uncentered]

    # --8<-- [start:one_step]
    standardize = Standardize(x_far)
    z = standardize(x_far)
    print("eigenvalues", torch.linalg.eigvalsh(hessian(z)).numpy().round(3))
    torch.manual_seed(0)
    model = Model(1, 1)
    losses = train(model, z, y, learning_rate=0.5, steps=2)
    print("loss", [round(loss, 3) for loss in losses])
    # --8<-- [end:one_step]

    # --8<-- [start:carry_back]
    raw = in_original_units(standardize, model.linear)
    print(f"θ₀ = {raw.bias.item():.2f}   θ₁ = {raw.weight.item():.2f}")
    whole = nn.Sequential(standardize, model.linear)  # takes x, not z
    print(torch.allclose(whole(x_far), raw(x_far), atol=1e-4))
    # --8<-- [end:carry_back]

    # --8<-- [start:loss_scale]
    def half_mean(prediction: Tensor, target: Tensor) -> Tensor:
        return nn.functional.mse_loss(prediction, target) / 2

    summed = nn.MSELoss(reduction="sum")
    high = torch.linalg.eigvalsh(hessian(x.double()))[-1].item()
    for name, loss_function, c in (
        ("mean", nn.MSELoss(), 1),
        ("½ mean", half_mean, 1 / 2),
        ("sum", summed, 100),
    ):
        limit = 2 / (c * high)
        below, above = (
            distance_after(loss_function, x, y, share * limit, steps=300)
            for share in (0.99, 1.01)
        )
        print(f"{name:<7} limit {limit:.5f}   {below:.0e} below, {above:.0e} above")
    # --8<-- [end:loss_scale]

    # --8<-- [start:network]
    t = torch.linspace(-2, 2, 100)[:, None]
    wave = torch.sin(3 * t)

    def run(learning_rate: float) -> list[float]:
        torch.manual_seed(0)  # the same start for each learning rate
        network = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))
        return train(network, t, wave, learning_rate, steps=300)

    last_losses = sweep(run, [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0])
    # --8<-- [end:network]

    # --8<-- [start:corner]
    t, path = 0.25, []
    for _ in range(7):
        t = t - 0.1 * math.copysign(1, t)  # the slope of |t| is 1 or -1
        path.append(f"{t:5.2f}")
    print(*path)
    # --8<-- [end:corner]

    # --8<-- [start:absolute]
    x, y = x.double(), y.double()
    target = least_absolute(x, y)
    paths = {
        "L1, η = 1": train_with(nn.L1Loss(), x, y, 1.0),
        "L1, η = 0.1": train_with(nn.L1Loss(), x, y, 0.1),
    }
    for name, path in paths.items():
        distance = (path[-1] - target).norm()
        longest = (path[-300:] - path[-301:-1]).norm(dim=1).max()
        print(f"{name:<12} distance {distance:.4f}   longest step {longest:.4f}")
    # --8<-- [end:absolute]

    # --8<-- [start:schedules]
    schedules = {
        "StepLR": lambda o: lr_scheduler.StepLR(o, step_size=100, gamma=0.5),
        "cosine": lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=1000),
        "warm-up, cosine": lambda o: warm_up_and_cosine(o, warm_up=100, steps=1000),
    }
    for name, make_scheduler in schedules.items():
        rates = rates_of(make_scheduler, steps=1000)
        print(f"{name:<15}", *(f"{rates[k]:7.3f}" for k in (0, 50, 100, 500, 999)))
    # --8<-- [end:schedules]

    # --8<-- [start:plateau]
    optimizer = SGD([torch.ones(1, requires_grad=True)], lr=0.1)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.1, patience=2)
    for validation_loss in (0.9, 0.5, 0.5, 0.6, 0.5, 0.4):
        optimizer.step()
        scheduler.step(validation_loss)
        print(validation_loss, f"{optimizer.param_groups[0]['lr']:.2f}")
    # --8<-- [end:plateau]

    # --8<-- [start:cures]
    paths = {
        name: train_with(nn.L1Loss(), x, y, 1.0, make_scheduler)
        for name, make_scheduler in schedules.items()
    }
    paths["SmoothL1"] = train_with(nn.SmoothL1Loss(beta=0.1), x, y, 0.1)
    for name, path in paths.items():
        distance = (path[-1] - target).norm()
        last_step = (path[-1] - path[-2]).norm()
        print(f"{name:<15} distance {distance:.4f}   last step {last_step:.4f}")
    # --8<-- [end:cures]

    # --8<-- [start:warm_up]
    for name, start_factor in (("at once", 1.0), ("warm-up", 0.1)):
        t = torch.tensor([3.0], requires_grad=True)
        optimizer = SGD([t], lr=0.1)
        scheduler = lr_scheduler.LinearLR(optimizer, start_factor, total_iters=20)
        for _ in range(100):
            loss = (t**4).sum()  # its curvature, 12 t², is largest at the start
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
        print(f"{name}   t = {t.item():.1f}")
    # --8<-- [end:warm_up]

    # --8<-- [start:losses_tell]
    reported = [36.448, 43.946, 53.462, 65.540]  # as printed in the report
    first, second, third = np.diff(reported)
    ratio = third / second
    curvature = (1 + ratio**0.5) / 0.01
    print(f"λmax = {curvature:.0f}   2/λmax = {2 / curvature:.4f}")
    print(f"bottom {reported[1] - second / (ratio - 1):.1f}")
    # --8<-- [end:losses_tell]

    # --8<-- [start:nan]
    ages = torch.arange(65.0, 101, 5)[:, None]
    spending = torch.arange(200.0, 551, 50)[:, None]
    torch.manual_seed(0)
    losses = train(Model(1, 1), ages, spending, learning_rate=0.001, steps=60)
    print(*(f"{losses[k]:.0e}" for k in (0, 1, 2, 10, 20, 50)))
    # --8<-- [end:nan]

    # --8<-- [start:nan_cured]
    standardize = Standardize(ages)
    model = Model(1, 1)
    train(model, standardize(ages), spending, learning_rate=0.5, steps=1)
    raw = in_original_units(standardize, model.linear)
    print(f"{raw.bias.item():.1f} + {raw.weight.item():.1f} · age")
    # --8<-- [end:nan_cured]

    # --8<-- [start:forgotten]
    for name, brought in (("raw", 77.0), ("standardized", standardize(77.0).item())):
        print(f"{name:<12} {model(torch.tensor([[brought]])).item():.0f}")
    # --8<-- [end:forgotten]

    # --8<-- [start:wrong_order]
    optimizer = SGD(model.parameters(), lr=0.1)
    scheduler = lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        scheduler.step()  # too early
        optimizer.step()
    print(str(caught[0].message).partition(". ")[0])
    # --8<-- [end:wrong_order]

    # --8<-- [start:solution_ages]
    high = torch.linalg.eigvalsh(hessian(ages.double()))[-1].item()
    print(f"λmax = {high:.0f}   2/λmax = {2 / high:.6f}")
    # --8<-- [end:solution_ages]

    # --8<-- [start:solution_units]
    mean, scale = 20.0, 5.0
    slope = 30.0 / scale
    intercept = 100.0 - slope * mean
    print(intercept, slope)
    # --8<-- [end:solution_units]

    # --8<-- [start:solution_diverging]
    above = 0
    for seed in range(200):
        x_seed, _ = report_data(seed)
        above += 2 / torch.linalg.eigvalsh(hessian(x_seed.double()))[-1].item() < 0.01
    print(f"{above} of 200 diverge")
    # --8<-- [end:solution_diverging]

    # --8<-- [start:solution_twice]
    twice = torch.cat((x, x))
    high = torch.linalg.eigvalsh(hessian(twice))[-1].item()
    print(f"mean {2 / high:.4f}   sum {2 / (len(twice) * high):.5f}")
    # --8<-- [end:solution_twice]

    # --8<-- [start:solution_far]
    for name, column in (("x + 10", x_far), ("x", x)):
        low, high = torch.linalg.eigvalsh(hessian(column.double())).tolist()
        ratio = (high - low) / (high + low)
        print(f"{name:<7} {math.ceil(math.log(1e-6) / math.log(ratio))} steps")
    # --8<-- [end:solution_far]
