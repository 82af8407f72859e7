"""Training on part of the data at each step, and what its noise does to θ."""

# --8<-- [start:imports]
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from snippets.data import make_data
from snippets.loss import least_squares
from snippets.model import Model
from snippets.training import theta_of

# --8<-- [end:imports]
# --8<-- [start:loop_imports]
from torch import Tensor

from snippets.model import set_theta

# --8<-- [end:loop_imports]
# --8<-- [start:noise_imports]
import copy
import itertools
import math

from torch.optim.swa_utils import AveragedModel

from snippets.data import POST_ROWS
from snippets.loss import design_matrix, gradient, hessian, mean_squared_error
# --8<-- [end:noise_imports]


# --8<-- [start:make_loader]
def make_loader(x: Tensor, y: Tensor, batch_size: int, seed: int = 0) -> DataLoader:
    """Shuffled batches of x and y, both (n, ·), in an order that the seed fixes.

    Raises ValueError for a batch_size below 1, AssertionError if x and y differ in n.
    """
    order = torch.Generator().manual_seed(seed)
    dataset = TensorDataset(x, y)
    return DataLoader(dataset, batch_size, shuffle=True, generator=order)


# --8<-- [end:make_loader]


# --8<-- [start:train_epoch]
def train_epoch(
    model: nn.Module,
    loader: DataLoader,
    loss_function: nn.Module,
    optimizer: torch.optim.Optimizer,
) -> float:
    """Train the model in place for one epoch; return the mean loss of its rows.

    The loss function returns a mean over rows. Raises ZeroDivisionError if the loader
    has no rows.
    """
    model.train()
    total, rows = 0.0, 0
    for inputs, targets in loader:
        loss = loss_function(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(inputs)  # (1)!
        rows += len(inputs)
    return total / rows


# --8<-- [end:train_epoch]


# --8<-- [start:evaluate]
@torch.no_grad()
def evaluate(model: nn.Module, loader: DataLoader, loss_function: nn.Module) -> float:
    """The mean loss over the loader's rows; the parameters stay as they are.

    The loss function returns a mean over rows. Leaves the model in evaluation mode.
    Raises ZeroDivisionError if the loader has no rows.
    """
    model.eval()
    total, rows = 0.0, 0
    for inputs, targets in loader:
        total += loss_function(model(inputs), targets).item() * len(inputs)
        rows += len(inputs)
    return total / rows


# --8<-- [end:evaluate]


# --8<-- [start:batch_gradients]
def batch_gradients(theta: Tensor, x: Tensor, y: Tensor, batch_size: int) -> Tensor:
    """The gradient of each batch that can be drawn, shape (number of batches, 2).

    Takes theta of shape (2,), x and y of shape (n, 1). Raises RuntimeError if no batch
    has this size. Source: equation minibatches#eq-batch-gradient.
    """
    batches = itertools.combinations(range(len(x)), batch_size)
    chosen = (list(batch) for batch in batches)
    return torch.stack([gradient(theta, x[rows], y[rows]) for rows in chosen])


# --8<-- [end:batch_gradients]


# --8<-- [start:sgd_cloud]
def draw_epoch(
    rows: int, batch_size: int, runs: int, shuffle: bool, generator: torch.Generator
) -> tuple[Tensor, ...]:
    """Row numbers of an epoch's batches, each (runs, batch_size), the last maybe less.

    Shuffled, each row comes once an epoch; otherwise each is drawn anew.
    """
    if shuffle:
        order = torch.rand((runs, rows), generator=generator).argsort(dim=1)
    else:
        order = torch.randint(rows, (runs, rows), generator=generator)
    return order.split(batch_size, dim=1)


def sgd_cloud(
    x: Tensor, y: Tensor, rates: list[float], batch_size: int, shuffle: bool, runs: int
) -> Tensor:
    """Where many runs of SGD are after each step, shape (steps, runs, 2).

    All start at θ̂. There is one learning rate for each epoch. Takes x and y of shape
    (n, 1). Source: equation training#eq-step.
    """
    generator, x, y = torch.Generator().manual_seed(0), x.double(), y.double()
    theta, places = least_squares(x, y).repeat(runs, 1), []
    for learning_rate in rates:
        for rows in draw_epoch(len(x), batch_size, runs, shuffle, generator):
            x_batch, y_batch = x[rows, 0], y[rows, 0]  # (runs, batch_size)
            residual = y_batch - theta[:, :1] - theta[:, 1:] * x_batch
            slopes = residual.mean(dim=1), (residual * x_batch).mean(dim=1)
            theta = theta + 2 * learning_rate * torch.stack(slopes, dim=1)
            places.append(theta)
    return torch.stack(places)


def spread(cloud: Tensor) -> list[float]:
    """Standard deviation of θ₀ and θ₁ after the first 50 steps, to two decimals."""
    return [round(each, 2) for each in cloud[50:].std(dim=(0, 1)).tolist()]


# --8<-- [end:sgd_cloud]


# --8<-- [start:stationary]
def stationary_covariance(
    x: Tensor, y: Tensor, learning_rate: float, batch_size: int
) -> Tensor:
    """Covariance of θ around θ̂ in the long run, shape (2, 2), in float64.

    Holds where each row of each batch is drawn anew. Takes x and y of shape (n, 1).
    Raises ValueError if the learning rate is so large that there is no such covariance.
    Source: equation minibatches#eq-stationary-covariance.
    """
    x, y = x.double(), y.double()
    X, H = design_matrix(x), hessian(x)
    residual = y - X @ least_squares(x, y)[:, None]  # (n, 1)
    single = 2 * X[:, :, None] * X[:, None, :]  # (n, 2, 2)
    square = sum(torch.kron(each, each) for each in single) / len(x)  # (4, 4)
    square = (square + (batch_size - 1) * torch.kron(H, H)) / batch_size
    noise = 4 * (residual * X).T @ (residual * X) / len(x) / batch_size  # (2, 2)
    both = torch.kron(H, torch.eye(2)) + torch.kron(torch.eye(2), H)
    shrink = torch.eye(4) - learning_rate * both + learning_rate**2 * square  # (4, 4)
    if torch.linalg.eigvals(shrink).abs().max() >= 1:
        raise ValueError(f"no jitter is stationary at learning rate {learning_rate}")
    flat = torch.linalg.solve(torch.eye(4) - shrink, noise.flatten())
    return learning_rate**2 * flat.reshape(2, 2)


# --8<-- [end:stationary]


# --8<-- [start:optimizer_path]
def optimizer_path(
    optimizer: type[torch.optim.Optimizer], x: Tensor, y: Tensor, steps: int, **options
) -> Tensor:
    """Path of an optimizer from θ = (0, 0) on all rows, shape (steps + 1, 2).

    Takes x and y of shape (n, 1), and the optimizer's options.
    Source: equation loss#eq-gradient.
    """
    theta, X = nn.Parameter(torch.zeros(2, dtype=x.dtype)), design_matrix(x)
    stepper, path = optimizer([theta], **options), [theta.detach().clone()]
    for _ in range(steps):
        residual = y[:, 0] - X @ path[-1]  # (n,)
        theta.grad = -2 / len(x) * X.T @ residual
        stepper.step()
        path.append(theta.detach().clone())
    return torch.stack(path)


# --8<-- [end:optimizer_path]


# --8<-- [start:compare]
def steps_needed(distances: Tensor, limit: float = 1e-3) -> float:
    """The step from which on all distances, shape (steps + 1,), stay below the limit.

    It is inf unless the last hundred do.
    """
    above = (~(distances < limit)).nonzero()  # NaN is not below
    first = above[-1].item() + 1 if len(above) else 0
    return first if first <= len(distances) - 100 else math.inf


def kept_numbers(optimizer: type[torch.optim.Optimizer], **options) -> int:
    """How many numbers the optimizer keeps for each parameter."""
    weight = nn.Parameter(torch.ones(3))
    weight.grad = torch.ones(3)
    stepper = optimizer([weight], lr=0.1, **options)
    stepper.step()
    kept = (each for each in stepper.state[weight].values() if torch.is_tensor(each))
    return sum(each.shape == weight.shape for each in kept)


# --8<-- [end:compare]


# --8<-- [start:decayed]
def decayed_minimum(x: Tensor, y: Tensor, weight_decay: Tensor) -> Tensor:
    """Where the loss plus half the decay times θ² is least, shape (2,).

    Takes x and y of shape (n, 1), a decay for each parameter, shape (2,). Raises
    torch.linalg.LinAlgError if there are many such places.
    Source: equation minibatches#eq-decayed-minimum.
    """
    H = hessian(x.double())
    return torch.linalg.solve(H + torch.diag(weight_decay), H @ least_squares(x, y))


# --8<-- [end:decayed]


if __name__ == "__main__":
    # --8<-- [start:first_loop]
    x, y = make_data(seed=0)
    order = torch.Generator().manual_seed(0)
    loader = DataLoader(
        TensorDataset(x, y), batch_size=10, shuffle=True, generator=order
    )

    torch.manual_seed(0)
    model = Model(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(1, 7):
        for x_batch, y_batch in loader:  # 10 rows at a time
            loss = nn.functional.mse_loss(model(x_batch), y_batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch}  ", [round(t, 2) for t in theta_of(model).tolist()])
    theta_hat = least_squares(x, y)
    print("θ̂       ", [round(t, 2) for t in theta_hat.tolist()])
    # --8<-- [end:first_loop]

    # --8<-- [start:train]
    torch.manual_seed(0)
    model, loss_function = Model(1, 1), nn.MSELoss()
    loader = make_loader(x, y, batch_size=32)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(1, 6):
        while_moving = train_epoch(model, loader, loss_function, optimizer)
        after = evaluate(model, loader, loss_function)
        print(f"epoch {epoch}   during {while_moving:7.3f}   after {after:6.3f}")
    # --8<-- [end:train]

    # --8<-- [start:counts]
    print("batch size   steps an epoch   rows in the last   distance after 6 epochs")
    for batch_size in (1, 10, 32, 100):
        loader = make_loader(x, y, batch_size)
        steps, last = len(loader), len(list(loader)[-1][0])
        set_theta(model.linear, 0.0, 0.0)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(6):
            train_epoch(model, loader, loss_function, optimizer)
        apart = (theta_of(model) - theta_hat).norm().item()
        print(f"{batch_size:>10}   {steps:>14}   {last:>16}   {apart:>23.2f}")
    # --8<-- [end:counts]

    # --8<-- [start:drop_last]
    dropping = DataLoader(TensorDataset(x, y), batch_size=32, drop_last=True)
    print([len(x_batch) for x_batch, _ in dropping])
    # --8<-- [end:drop_last]

    # --8<-- [start:order]
    numbers = torch.arange(6)
    for run in (1, 2):
        order = torch.Generator().manual_seed(0)
        shuffled = DataLoader(numbers, batch_size=2, shuffle=True, generator=order)
        for epoch in (1, 2):
            batches = [batch.tolist() for batch in shuffled]
            print(f"run {run}, epoch {epoch}  ", batches)
    # --8<-- [end:order]

    # --8<-- [start:workers]
    order = torch.Generator().manual_seed(0)
    helped = DataLoader(
        numbers, batch_size=2, shuffle=True, generator=order, num_workers=2
    )
    print([batch.tolist() for batch in helped])
    # --8<-- [end:workers]

    # --8<-- [start:reported]
    set_theta(model.linear, 5.0, 7.0)
    in_turn = DataLoader(TensorDataset(x, y), batch_size=32)
    with torch.no_grad():
        per_batch = [
            loss_function(model(x_batch), y_batch).item()
            for x_batch, y_batch in in_turn
        ]
        whole = loss_function(model(x), y).item()
    print("batches                   ", [round(each, 3) for each in per_batch])
    print("sum, divided by 100 rows  ", round(sum(per_batch) / 100, 3))
    print("sum, divided by 4 batches ", round(sum(per_batch) / 4, 3))
    print(
        "evaluate                  ", round(evaluate(model, in_turn, loss_function), 3)
    )
    print("all rows at once          ", round(whole, 3))
    # --8<-- [end:reported]

    # --8<-- [start:unbiased]
    ten_x, ten_y = POST_ROWS[:, :1].double(), POST_ROWS[:, 1:].double()
    theta = torch.zeros(2, dtype=torch.float64)
    single = batch_gradients(theta, ten_x, ten_y, batch_size=3)
    whole = gradient(theta, ten_x, ten_y)
    print(len(single), "batches of 3 out of 10")
    print("first batch     ", [round(g, 3) for g in single[0].tolist()])
    print("mean of batches ", [round(g, 3) for g in single.mean(dim=0).tolist()])
    print("all rows        ", [round(g, 3) for g in whole.tolist()])
    # --8<-- [end:unbiased]

    # --8<-- [start:spread]
    rows = batch_gradients(theta, ten_x, ten_y, batch_size=1)
    V = (rows - whole).T @ (rows - whole) / 10  # (2, 2)
    away = single - whole
    measured = away.T @ away / len(away)
    predicted = (10 - 3) / (10 - 1) * V / 3
    print("measured ", [round(c, 3) for c in measured.flatten().tolist()])
    print("predicted", [round(c, 3) for c in predicted.flatten().tolist()])
    # --8<-- [end:spread]

    # --8<-- [start:jitter]
    anew = sgd_cloud(x, y, [0.1] * 10, batch_size=10, shuffle=False, runs=4000)
    shuffled = sgd_cloud(x, y, [0.1] * 10, batch_size=10, shuffle=True, runs=4000)
    sigma_hat = mean_squared_error(theta_hat, x, y).sqrt().item()
    print("rows drawn anew   ", spread(anew))
    print("shuffled epochs   ", spread(shuffled))
    print("τ                 ", round(sigma_hat * math.sqrt(0.1 / 10), 2))
    # --8<-- [end:jitter]

    # --8<-- [start:rest]
    torch.manual_seed(0)
    constant = Model(1, 1)
    decaying = copy.deepcopy(constant)
    averaged = AveragedModel(constant)
    plain = torch.optim.SGD(constant.parameters(), lr=0.1)
    slowing = torch.optim.SGD(decaying.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(slowing, T_max=40)
    for epoch in range(40):
        train_epoch(constant, make_loader(x, y, 10, epoch), loss_function, plain)
        train_epoch(decaying, make_loader(x, y, 10, epoch), loss_function, slowing)
        scheduler.step()  # once an epoch
        if epoch >= 10:  # where the start is forgotten
            averaged.update_parameters(constant)
    for each in (constant, decaying, averaged.module):
        print([round(t, 2) for t in theta_of(each).tolist()])
    # --8<-- [end:rest]

    # --8<-- [start:rest_cloud]
    rates = [0.05 * (1 + math.cos(math.pi * epoch / 40)) for epoch in range(40)]
    at_rest = sgd_cloud(x, y, rates, batch_size=10, shuffle=True, runs=500)[-1]
    jumping = sgd_cloud(x, y, [0.1] * 40, batch_size=10, shuffle=True, runs=500)
    averages = jumping[109::10].mean(dim=0)  # of the ends of epochs
    for name, ends in (
        ("constant", jumping[-1]),
        ("decaying", at_rest),
        ("averaged", averages),
    ):
        distance = (ends - theta_hat).square().sum(dim=1).mean().sqrt().item()
        print(f"{name}   distance to θ̂ {distance:.3f}")
    # --8<-- [end:rest_cloud]

    # --8<-- [start:bowl]
    far_x, y64 = x.double() + 2, y.double()
    curvature = torch.linalg.eigvalsh(hessian(far_x))
    bottom = least_squares(far_x, y64)
    print("eigenvalues of H ", [round(each, 2) for each in curvature.tolist()])
    print("condition number ", round((curvature[1] / curvature[0]).item(), 1))
    print("θ̂                ", [round(each, 2) for each in bottom.tolist()])
    # --8<-- [end:bowl]

    # --8<-- [start:optimizers]
    optimizers = {
        "SGD": (torch.optim.SGD, {}),
        "SGD, momentum": (torch.optim.SGD, {"momentum": 0.9}),
        "RMSprop": (torch.optim.RMSprop, {}),
        "Adam": (torch.optim.Adam, {}),
        "AdamW": (torch.optim.AdamW, {}),
    }
    rates = (0.01, 0.03, 0.1, 0.16, 0.3)
    print("steps with η =", *(f"{rate:>6}" for rate in rates), "  best end   kept")
    for name, (kind, options) in optimizers.items():
        steps, ends = [], []
        for rate in rates:
            path = optimizer_path(kind, far_x, y64, steps=1000, lr=rate, **options)
            apart = (path - bottom).norm(dim=1)  # (1001,)
            steps.append(steps_needed(apart))
            ends.append(apart[-100:].max().nan_to_num(math.inf).item())
        kept = kept_numbers(kind, **options)
        needed = " ".join(f"{each:>6}" for each in steps)
        print(f"{name:<14} {needed}   {min(ends):>8.1f}   {kept:>4}")
    # --8<-- [end:optimizers]

    # --8<-- [start:adam_steps]
    for learning_rate in (0.1, 0.001):
        path = optimizer_path(torch.optim.Adam, x, y, steps=1000, lr=learning_rate)
        moved = [round(each, 4) for each in path.diff(dim=0)[:3, 1].tolist()]
        print(f"η = {learning_rate:<5}   first steps of θ₁ {moved}")
        for k in (100, 1000):
            place = [round(each, 2) for each in path[k].tolist()]
            print(f"η = {learning_rate:<5}   θ after {k:>4} steps  {place}")
    # --8<-- [end:adam_steps]

    # --8<-- [start:weight_decay]
    decay = {"weight_decay": 0.1, "steps": 1000}
    for name, end in (
        ("SGD", optimizer_path(torch.optim.SGD, x, y, lr=0.1, **decay)[-1]),
        ("Adam", optimizer_path(torch.optim.Adam, x, y, lr=0.1, **decay)[-1]),
        ("ridge", decayed_minimum(x, y, torch.tensor([0.1, 0.1]))),
        ("θ̂", theta_hat),
    ):
        print(f"{name:<6}  ", [round(each, 2) for each in end.tolist()])
    decay["steps"] = 10_000
    path = optimizer_path(torch.optim.AdamW, x, y, lr=0.1, **decay)
    for k in (1000, 3000, 10_000):
        place = [round(each, 2) for each in path[k].tolist()]
        print(f"AdamW after {k:>5} steps  {place}")
    # --8<-- [end:weight_decay]

    # --8<-- [start:groups]
    torch.manual_seed(0)
    model = Model(1, 1)
    groups = [
        {"params": [model.linear.weight], "weight_decay": 0.1},
        {"params": [model.linear.bias], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    for _ in range(200):
        loss = loss_function(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print([round(each, 2) for each in theta_of(model).tolist()])
    print([round(t, 2) for t in decayed_minimum(x, y, torch.tensor([0, 0.1])).tolist()])
    # --8<-- [end:groups]

    # --8<-- [start:accumulation]
    set_theta(model.linear, 0.0, 0.0)
    parts = DataLoader(TensorDataset(x, y), batch_size=32)  # 32, 32, 32 and 4 rows
    model.zero_grad()
    for x_part, y_part in parts:
        loss = loss_function(model(x_part), y_part) * len(x_part) / len(x)
        loss.backward()  # adds to .grad
    added = torch.cat((model.linear.bias.grad, model.linear.weight.grad[0]))
    print("added up ", [round(g, 3) for g in added.tolist()])
    print("all rows ", [round(g, 3) for g in gradient(theta_of(model), x, y).tolist()])
    # --8<-- [end:accumulation]

    # --8<-- [start:exact_jitter]
    for learning_rate in (0.01, 0.1, 0.4):
        covariance = stationary_covariance(x, y, learning_rate, batch_size=10)
        exact = [round(each, 3) for each in covariance.diag().sqrt().tolist()]
        first_order = round(sigma_hat * math.sqrt(learning_rate / 10), 3)
        print(f"η = {learning_rate:<4}   exact {exact}   τ {first_order}")
    # --8<-- [end:exact_jitter]

    # --8<-- [start:late]
    limit = 0.1 * torch.linalg.eigvalsh(hessian(x)).max().item() * (1 - 0.9) / 2 / 1.9
    print("limit of eps", round(limit, 4))
    for options in ({"eps": 1e-8}, {"eps": 0.005}, {"eps": 0.006}, {"amsgrad": True}):
        path = optimizer_path(
            torch.optim.Adam, x, y, steps=2500, lr=0.1, betas=(0.9, 0.99), **options
        )
        apart = (path - theta_hat).norm(dim=1)
        arrived, left = apart[750:1000].max() < 1e-4, apart[2000:].max() > 1e-4
        print(options, "  arrives", arrived.item(), "  leaves again", left.item())
    # --8<-- [end:late]

    # --8<-- [start:clipping]
    set_theta(model.linear, *theta_hat.tolist())
    spoiled = y.clone()
    spoiled[0] += 1000  # a typing error
    model.zero_grad()
    loss_function(model(x), spoiled).backward()
    before = nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
    after = torch.cat((model.linear.bias.grad, model.linear.weight.grad[0]))
    print("length before", round(before.item(), 2))
    print("length after ", round(after.norm().item(), 2))
    # --8<-- [end:clipping]

    # --8<-- [start:clipping_bias]
    lengths = single.norm(dim=1, keepdim=True)  # of the 120 batches above
    clipped = single * (10 / lengths).clamp(max=1)
    print("mean of clipped batches", [round(g, 2) for g in clipped.mean(0).tolist()])
    shorter = whole * (10 / whole.norm()).clamp(max=1)
    print("clipped gradient       ", [round(g, 2) for g in shorter.tolist()])
    # --8<-- [end:clipping_bias]

    # --8<-- [start:sorted_rows]
    by_size = x[:, 0].argsort()
    in_order = DataLoader(TensorDataset(x[by_size], y[by_size]), batch_size=10)
    mixed = make_loader(x[by_size], y[by_size], batch_size=10)
    for name, loader in (("shuffle=False", in_order), ("shuffle=True ", mixed)):
        set_theta(model.linear, 0.0, 0.0)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(20):
            train_epoch(model, loader, loss_function, optimizer)
        place = [round(each, 2) for each in theta_of(model).tolist()]
        print(f"{name}   θ {place}   loss {evaluate(model, loader, loss_function):.2f}")
    # --8<-- [end:sorted_rows]

    try:
        # --8<-- [start:no_iterator]
        x_batch, y_batch = next(loader)
        # --8<-- [end:no_iterator]
    except TypeError as error:
        print(f"TypeError: {error}")

    try:
        # --8<-- [start:unequal_rows]
        sentences = [torch.tensor([3, 1]), torch.tensor([4, 1, 5])]
        next(iter(DataLoader(sentences, batch_size=2)))
        # --8<-- [end:unequal_rows]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    # --8<-- [start:solution_steps]
    for drop_last in (False, True):
        loader = DataLoader(TensorDataset(x, y), batch_size=30, drop_last=drop_last)
        print(20 * len(loader))
    # --8<-- [end:solution_steps]

    # --8<-- [start:solution_quieter]
    for batch_size in (10, 40):
        wide = stationary_covariance(x, y, 0.1, batch_size)[0, 0].sqrt().item()
        print(f"batch size {batch_size}   jitter of θ₀ {wide:.3f}")
    # --8<-- [end:solution_quieter]

    # --8<-- [start:solution_louder]
    for factor in (1, 1000):
        theta = nn.Parameter(torch.zeros(2))
        optimizer = torch.optim.Adam([theta], lr=0.1)
        for _ in range(50):
            theta.grad = factor * gradient(theta.detach(), x, y)
            optimizer.step()
        print(f"loss × {factor:<4}   θ₁ = {theta[1].item():.3f}")
    # --8<-- [end:solution_louder]

    # --8<-- [start:solution_whole]
    def whole_gradient(parts: list[tuple[float, int]]) -> float:
        total = sum(rows for _, rows in parts)
        return sum(slope * rows / total for slope, rows in parts)

    print(round(whole_gradient([(6.0, 3), (-2.0, 1)]), 3))
    # --8<-- [end:solution_whole]

    # --8<-- [start:solution_halved]
    low, high = 0.0, 100.0
    for _ in range(50):
        middle = (low + high) / 2
        slope = decayed_minimum(x, y, torch.tensor([0.0, middle]))[1]
        low, high = (middle, high) if slope > theta_hat[1] / 2 else (low, middle)
    print(f"weight decay {middle:.3f}")
    # --8<-- [end:solution_halved]
