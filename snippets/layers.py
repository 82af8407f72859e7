"""Networks of several layers: fitted, judged on held-out data, ready for other data."""

# --8<-- [start:more_imports]
import math
import tempfile
from collections.abc import Callable
from pathlib import Path

from snippets.data import make_data
from snippets.loss import least_squares

# --8<-- [start:program_imports]
import copy

import numpy as np

# --8<-- [end:more_imports]
from torch.utils.data import DataLoader, TensorDataset

# --8<-- [start:imports]
import torch
from torch import Tensor, nn

Table = tuple[Tensor, Tensor]  # x of shape (n, d), y of shape (n, 1)
# --8<-- [end:imports]
# --8<-- [end:program_imports]


# --8<-- [start:make_curve]
def make_curve(seed: int, size: int = 200) -> Table:
    """Draw y = sin(2x) + ε, both (size, 1): x ~ U(-2, 2), ε ~ N(0, 0.3²)."""
    generator = torch.Generator().manual_seed(seed)
    x = 4 * torch.rand((size, 1), generator=generator) - 2
    return x, torch.sin(2 * x) + torch.normal(0, 0.3, (size, 1), generator=generator)


# --8<-- [end:make_curve]


# --8<-- [start:fit]
def fit(model: nn.Module, x: Tensor, y: Tensor, steps: int = 500) -> float:
    """Train the model in place, on all rows in each step; return its last loss."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(steps):
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


# --8<-- [end:fit]


# --8<-- [start:read_table]
def read_table(path: str) -> Tensor:
    """Read the numbers below the header of a CSV file; each has to be finite."""
    rows = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2, encoding="utf-8")
    table = torch.tensor(rows, dtype=torch.float32)
    for row, column in (~table.isfinite()).nonzero().tolist():
        raise ValueError(f"{path}: row {row}, column {column + 1} is not finite")
    return table


# --8<-- [end:read_table]


# --8<-- [start:split]
def split(table: Tensor, seed: int = 0) -> list[Table]:
    """Shuffle rows: 60 % to train on, 20 % to validate, 20 % to test. y comes last."""
    if (n := len(table)) < 10:
        raise ValueError(f"{n} rows are too few: at least 10 are needed")
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    parts = table[order].tensor_split((n * 6 // 10, n * 8 // 10))
    return [(part[:, :-1], part[:, -1:]) for part in parts]


# --8<-- [end:split]


# --8<-- [start:regressor]
class Regressor(nn.Module):
    """A network with two hidden layers, which standardizes x and y by itself."""

    def __init__(self, inputs: int, width: int = 32):
        super().__init__()
        self.register_buffer("mean", torch.zeros(inputs + 1))
        self.register_buffer("scale", torch.ones(inputs + 1))
        hidden = nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()
        self.layers = nn.Sequential(*hidden, nn.Linear(width, 1))

    def measure(self, x: Tensor, y: Tensor) -> None:
        scale, self.mean = torch.std_mean(torch.cat((x, y), 1), 0)
        self.scale = torch.where(scale > 0, scale, 1)  # a column may be constant

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-1] != len(self.mean) - 1:
            raise ValueError(f"x has {x.shape[-1]} columns, not {len(self.mean) - 1}")
        out = self.layers((x - self.mean[:-1]) / self.scale[:-1])
        return self.mean[-1] + self.scale[-1] * out


# --8<-- [end:regressor]


# --8<-- [start:train_epoch]
def train_epoch(model: nn.Module, loader: DataLoader, optimizer) -> None:
    """Take one step for each batch. The loss is that of the standardized y."""
    model.train()
    for x, y in loader:
        loss = (((model(x) - y) / model.scale[-1]) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


# --8<-- [end:train_epoch]


# --8<-- [start:rmse]
@torch.no_grad()
def rmse(model: nn.Module, x: Tensor, y: Tensor) -> float:
    """Root of the mean squared error, in the units of y."""
    model.eval()
    return nn.functional.mse_loss(model(x), y).sqrt().item()


# --8<-- [end:rmse]


# --8<-- [start:train]
def train(model: nn.Module, training: Table, validation: Table) -> None:
    """Stop after 30 epochs without a better one, or 2000 in all; keep the best θ."""
    loader = DataLoader(TensorDataset(*training), batch_size=32, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    errors, best_state = [rmse(model, *validation)], copy.deepcopy(model.state_dict())
    while len(errors) <= min(np.argmin(errors) + 30, 2000):
        train_epoch(model, loader, optimizer)
        errors.append(rmse(model, *validation))
        if errors[-1] < min(errors[:-1]):
            best_state = copy.deepcopy(model.state_dict())
    model.load_state_dict(best_state)


# --8<-- [end:train]


# --8<-- [start:line_rmse]
def line_rmse(training: Table, other: Table) -> float:
    """The same error for least squares: what a network has to beat."""
    columns = [np.hstack((np.ones((len(x), 1)), x)) for x, _ in (training, other)]
    theta, *_ = np.linalg.lstsq(columns[0], training[1].numpy())
    return float(np.sqrt(np.mean((columns[1] @ theta - other[1].numpy()) ** 2)))


# --8<-- [end:line_rmse]


# --8<-- [start:kinks]
def kinks(network: nn.Sequential) -> Tensor:
    """Where the hidden neurons switch on or off, sorted, shape (width,).

    Takes one input and one hidden layer. A weight of 0 gives inf or NaN.
    Source: equation layers#eq-kink.
    """
    hidden = network[0]
    return (-hidden.bias / hidden.weight[:, 0]).detach().sort().values


# --8<-- [end:kinks]


# --8<-- [start:waves]
def waves(x: Tensor) -> Tensor:
    """Features 1, sin x, cos x, …, sin 3x, cos 3x: x of shape (n, 1) becomes (n, 7)."""
    columns = [torch.ones_like(x)]
    for k in (1, 2, 3):
        columns += [torch.sin(k * x), torch.cos(k * x)]
    return torch.cat(columns, 1)


# --8<-- [end:waves]


# --8<-- [start:two_errors]
def two_errors(size: int, datasets: int, seed: int) -> tuple[float, float]:
    """Mean squared errors of least squares on waves: on its y, and on new y.

    The new y have the same x. Both are means over datasets of one size.
    """
    x, y = (column.double() for column in make_curve(seed, datasets * size))
    X = waves(x).reshape(datasets, size, -1)
    y = y.reshape(datasets, size, 1)
    generator = torch.Generator().manual_seed(seed + 1)
    noise = torch.normal(0, 0.3, y.shape, generator=generator, dtype=torch.float64)
    y_new = torch.sin(2 * x).reshape(y.shape) + noise
    Q, _ = torch.linalg.qr(X)
    y_hat = Q @ (Q.mT @ y)  # least squares: the projection of y
    return tuple(((each - y_hat) ** 2).mean().item() for each in (y, y_new))


# --8<-- [end:two_errors]


# --8<-- [start:many_columns]
def many_columns(seed: int, size: int) -> Table:
    """The curve in the first of four columns of x; the other three mean nothing."""
    generator = torch.Generator().manual_seed(seed)
    options = {"generator": generator, "dtype": torch.float64}
    x = 4 * torch.rand((size, 4), **options) - 2
    return x, torch.sin(2 * x[:, :1]) + torch.normal(0, 0.3, (size, 1), **options)


# --8<-- [end:many_columns]


# --8<-- [start:wide]
def wide(seed: int, dropout: float = 0.0) -> nn.Sequential:
    """Four inputs, two hidden layers of 64, in float64."""
    torch.manual_seed(seed)
    hidden = [nn.Linear(4, 64), nn.ReLU(), nn.Dropout(dropout)]
    hidden += [nn.Linear(64, 64), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*hidden, nn.Linear(64, 1)).double()


# --8<-- [end:wide]


# --8<-- [start:watch]
def watch(model: nn.Module, *tables: Table, weight_decay: float = 0.0) -> Tensor:
    """Take 300 steps on the first table; return the losses on all, every 10 steps."""
    rates = {"lr": 0.005, "weight_decay": weight_decay}
    optimizer = torch.optim.AdamW(model.parameters(), **rates)
    x, y = tables[0]
    losses = []
    for step in range(1, 301):
        model.train()
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 10 == 0:
            losses.append([rmse(model, *table) ** 2 for table in tables])
    return torch.tensor(losses)  # (30, number of tables)


# --8<-- [end:watch]


# --8<-- [start:tents]
def tents(depth: int) -> nn.Sequential:
    """A tent on a tent …: each hidden layer has two neurons, 2 h and 4 h - 2."""
    layers = []
    for inputs in (1, *[2] * (depth - 1)):
        linear = nn.Linear(inputs, 2)
        signs = torch.tensor([1.0, -1.0])[
            :inputs
        ]  # the tent: the first less the second
        with torch.no_grad():
            linear.weight.copy_(torch.outer(torch.tensor([2.0, 4.0]), signs))
            linear.bias.copy_(torch.tensor([0.0, -2.0]))
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers)


# --8<-- [end:tents]


# --8<-- [start:growth]
def growth(initialize: Callable[[Tensor], Tensor], networks: int = 20) -> float:
    """By what factor a layer behind ReLU changes the variance of what it is given.

    `initialize` fills a weight in place. Measured over 10 layers of width 256, without
    biases; the variance is the mean over the networks.
    """
    torch.manual_seed(0)
    variances = torch.zeros(11)
    for _ in range(networks):
        z = torch.randn(200, 256)  # what enters the first layer of neurons
        for layer in range(11):
            variances[layer] += z.var()
            z = torch.relu(z) @ initialize(torch.empty(256, 256)).T
    return (variances[-1] / variances[0]).item() ** (1 / 10)


# --8<-- [end:growth]


# --8<-- [start:make_spiral]
def make_spiral(seed: int, per_class: int = 150) -> tuple[Tensor, Tensor]:
    """Three arms that wind around 0: points of shape (n, 2), classes of shape (n,)."""
    generator = torch.Generator().manual_seed(seed)
    label = torch.arange(3).repeat(per_class)
    radius = torch.rand(3 * per_class, generator=generator)
    noise = torch.normal(0, 0.15, radius.shape, generator=generator)
    angle = 4 * radius + 2 * math.pi / 3 * label + noise
    points = torch.stack((radius * angle.cos(), radius * angle.sin()), dim=1)
    return points, label


# --8<-- [end:make_spiral]


# --8<-- [start:classify]
def classify(model: nn.Module, x: Tensor, label: Tensor, steps: int = 300) -> float:
    """Train a classifier in place; return its last loss, a cross entropy."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(steps):
        loss = nn.functional.cross_entropy(model(x), label)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


# --8<-- [end:classify]


if __name__ == "__main__":
    # --8<-- [start:opening]
    x, y = make_curve(seed=0)
    torch.manual_seed(0)
    line = nn.Linear(1, 1)
    network = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 1))
    for name, model in (("line", line), ("network", network)):
        print(f"{name:<7}   loss {fit(model, x, y):.2f}")
    # --8<-- [end:opening]

    # --8<-- [start:linear]
    two = nn.Sequential(nn.Linear(1, 32), nn.Linear(32, 1))
    slope = two[1].weight @ two[0].weight
    intercept = two[1].weight @ two[0].bias + two[1].bias
    print(torch.allclose(two(x), intercept + slope * x, atol=1e-5))
    # --8<-- [end:linear]

    # --8<-- [start:ramp]
    w, b = 2.0, -1.0
    for point in (-1.0, 0.0, 0.5, 1.0, 2.0):
        print(f"x = {point:>4}   max(0, wx + b) = {max(0.0, w * point + b)}")
    # --8<-- [end:ramp]

    # --8<-- [start:by_hand]
    w, b = network[0].weight[:, 0], network[0].bias  # 32 neurons
    v, c = network[2].weight[0], network[2].bias
    by_hand = (v * (w * x + b).clamp(min=0)).sum(dim=1, keepdim=True) + c
    print(torch.allclose(network(x), by_hand, atol=1e-5))
    # --8<-- [end:by_hand]

    # --8<-- [start:piecewise]
    places = kinks(network)
    inside = places[(places > -2) & (places < 2)]
    print(len(inside), "of", len(places), "kinks between -2 and 2")
    x_fine = torch.linspace(places[0], places[-1], 1000)[:, None]
    with torch.no_grad():
        heights = network(places[:, None])[:, 0]
        joined = np.interp(x_fine[:, 0], places, heights)  # straight between kinks
        apart = abs(joined - network(x_fine)[:, 0].numpy()).max()
    print("straight in between:", apart < 1e-4)
    # --8<-- [end:piecewise]

    # --8<-- [start:overfitting]
    training, validation, test = map(many_columns, (20, 21, 22), (100, 100, 500))
    losses = watch(wide(seed=2), training, validation)
    for row in (0, 1, 3, 9, 29):
        on_training, held_out = losses[row].tolist()
        step = 10 * (row + 1)
        print(f"step {step:>3}   training {on_training:.2f}   held out {held_out:.2f}")
    # --8<-- [end:overfitting]

    # --8<-- [start:csv]
    folder = tempfile.TemporaryDirectory()
    curve_csv, model_pt = (
        f"{folder.name}/{name}" for name in ("curve.csv", "model.pt")
    )
    table = torch.cat((x, y), dim=1).numpy()
    np.savetxt(curve_csv, table, fmt="%.4f", delimiter=",", header="x,y", comments="")
    print(Path(curve_csv).read_text()[:33])
    # --8<-- [end:csv]

    # --8<-- [start:split_run]
    training, validation, test = split(read_table(curve_csv))
    print([len(rows) for rows, _ in (training, validation, test)])
    # --8<-- [end:split_run]

    # --8<-- [start:regressor_run]
    torch.manual_seed(0)
    model = Regressor(inputs=1)
    model.measure(*training)
    print([name for name, _ in model.named_buffers()])
    # --8<-- [end:regressor_run]

    # --8<-- [start:modes]
    drop, ones = nn.Dropout(0.5), torch.ones(100, requires_grad=True)
    drop.train()
    print("train          ", drop(ones).unique().tolist(), drop(ones).requires_grad)
    with torch.no_grad():
        print("train, no_grad ", drop(ones).unique().tolist(), drop(ones).requires_grad)
    drop.eval()
    print("eval           ", drop(ones).unique().tolist(), drop(ones).requires_grad)
    # --8<-- [end:modes]

    # --8<-- [start:train_run]
    print(f"before   validation {rmse(model, *validation):.1f}")
    train(model, training, validation)
    print(f"after    validation {rmse(model, *validation):.1f}")
    # --8<-- [end:train_run]

    # --8<-- [start:test_run]
    print(f"line      validation {line_rmse(training, validation):.1f}")
    print(f"network   validation {rmse(model, *validation):.1f}")
    print(f"network   test {rmse(model, *test):.1f}")
    # --8<-- [end:test_run]

    # --8<-- [start:by_chance]
    generator = torch.Generator().manual_seed(0)
    noise = torch.normal(0, 0.3, (100_000, 40), generator=generator)
    low, high = (noise**2).mean(dim=1).sqrt().quantile(torch.tensor([0.025, 0.975]))
    print(f"95 % of test sets of 40 rows: {low:.2f} to {high:.2f}")
    # --8<-- [end:by_chance]

    # --8<-- [start:save]
    torch.save(model.state_dict(), model_pt)
    state = torch.load(model_pt, weights_only=True)
    loaded = Regressor(inputs=len(state["mean"]) - 1)  # mean has y's, too
    loaded.load_state_dict(state)
    loaded.eval()

    new_csv = f"{folder.name}/new.csv"
    Path(new_csv).write_text("x\n-1.0\n0.5\n")  # there is no y
    x_new = read_table(new_csv)
    print(x_new.shape, torch.equal(loaded(x_new), model(x_new)))
    # --8<-- [end:save]

    # --8<-- [start:whole]
    training, validation, test = split(read_table(curve_csv))
    torch.manual_seed(0)
    model = Regressor(inputs=training[0].shape[1])
    model.measure(*training)
    train(model, training, validation)
    by_line, by_network = line_rmse(training, validation), rmse(model, *validation)
    error = rmse(model, *test) if by_network < by_line else line_rmse(training, test)
    print(f"network   train {rmse(model, *training):.2g}   validation {by_network:.2g}")
    print(f"line      validation {by_line:.2g}\nbetter    test {error:.2g}")
    torch.save(model.state_dict(), model_pt)

    state = torch.load(model_pt, weights_only=True)  # later, in another program
    loaded = Regressor(inputs=len(state["mean"]) - 1)
    loaded.load_state_dict(state)
    y_new = loaded.eval()(test[0]).detach()  # or read_table("new.csv"), without y
    # --8<-- [end:whole]

    # --8<-- [start:outside]
    def off(y_hat: Tensor, y_true: Tensor) -> str:
        return f"{((y_hat - y_true) ** 2).mean().sqrt().item():.1f}"

    x_post, y_post = make_data(seed=0)  # the truth is 5 + 7x
    theta_hat = least_squares(x_post, y_post)
    torch.manual_seed(0)
    on_post = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 1))
    fit(on_post, x_post, y_post)
    for low, high in ((-2, 2), (4, 8)):
        at = torch.linspace(low, high, 101)[:, None]
        line_off = off(theta_hat[0] + theta_hat[1] * at, 5 + 7 * at)
        network_off = off(on_post(at), 5 + 7 * at)
        print(f"x from {low:>2} to {high}   line {line_off}   network {network_off}")
    # --8<-- [end:outside]

    # --8<-- [start:permuted]
    order = torch.randperm(32, generator=torch.Generator().manual_seed(0))
    twin = copy.deepcopy(network)
    with torch.no_grad():
        twin[0].weight.copy_(network[0].weight[order])
        twin[0].bias.copy_(network[0].bias[order])
        twin[2].weight.copy_(network[2].weight[:, order])
    same_theta = torch.equal(twin[0].weight, network[0].weight)
    print("the same weights:", same_theta)
    print("the same function:", torch.allclose(twin(x), network(x), atol=1e-5))
    print(f"orders of 32 neurons: {math.factorial(32):.1e}")
    # --8<-- [end:permuted]

    # --8<-- [start:features]
    x_double, y_double = x.double(), y.double()
    theta_waves = torch.linalg.lstsq(waves(x_double), y_double).solution
    powers = x_double ** torch.arange(8)  # 1, x, …, x to the 7th
    theta_powers = torch.linalg.lstsq(powers, y_double).solution
    for low, high in ((-2, 2), (2, 4)):
        at = torch.linspace(low, high, 101).double()[:, None]
        truth = torch.sin(2 * at)
        by_waves, by_powers = (
            waves(at) @ theta_waves,
            at ** torch.arange(8) @ theta_powers,
        )
        by_network = network(at.float())
        print(
            f"x from {low:>2} to {high}   waves {off(by_waves, truth)}   "
            f"powers {off(by_powers, truth)}   network {off(by_network, truth)}   "
            f"always 0 {off(0 * truth, truth)}"
        )
    # --8<-- [end:features]

    # --8<-- [start:both_errors]
    print("  n   training  predicted   new y  predicted")
    for n in (10, 25, 50, 100):
        on_training, on_new = two_errors(n, datasets=2000, seed=0)
        below, above = 0.09 * (n - 7) / n, 0.09 * (n + 7) / n
        print(
            f"{n:>3}   {on_training:>8.3f}  {below:>9.3f}   {on_new:.3f}  {above:>9.3f}"
        )
    # --8<-- [end:both_errors]

    # --8<-- [start:remedies]
    found = {"nothing": [], "early stopping": [], "weight decay": [], "dropout": []}
    for seed in range(3):
        tables = [many_columns(10 * seed + i, n) for i, n in enumerate((100, 100, 500))]
        losses = watch(wide(seed), *tables)
        found["nothing"].append(losses[-1, 2])
        found["early stopping"].append(losses[losses[:, 1].argmin(), 2])
        decayed = watch(wide(seed), *tables, weight_decay=3.0)
        found["weight decay"].append(decayed[-1, 2])
        found["dropout"].append(watch(wide(seed, dropout=0.5), *tables)[-1, 2])
    for name, errors in found.items():
        print(f"{name:<14}   test loss {torch.stack(errors).median():.2f}")
    # --8<-- [end:remedies]

    # --8<-- [start:depth]
    at = torch.linspace(0, 1, 2**8 + 1)[:, None]
    for depth in (1, 2, 3, 5):
        height = tents(depth)(at) @ torch.tensor([1.0, -1.0])
        bends = (height.diff().diff() != 0).sum().item()
        print(f"{depth} layers   {2 * depth:>2} neurons   {bends + 1:>2} pieces")
    # --8<-- [end:depth]

    # --8<-- [start:alike]
    alike = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 1))
    for parameter in alike.parameters():
        nn.init.constant_(parameter, 0.1)  # not 0, but the same for all neurons
    loss_alike = fit(alike, x, y)
    different = len(alike[0].weight.detach().unique())
    print(f"loss {loss_alike:.2f}   different neurons {different}")
    # --8<-- [end:alike]

    # --8<-- [start:growth_run]
    default = growth(lambda weight: nn.init.kaiming_uniform_(weight, a=5**0.5))
    kaiming = growth(
        lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="relu")
    )
    print(f"nn.Linear   factor {default:.2f}   predicted {1 / 6:.2f}")
    print(f"Kaiming     factor {kaiming:.2f}   predicted {1:.2f}")
    # --8<-- [end:growth_run]

    # --8<-- [start:what_linear_does]
    torch.manual_seed(0)
    weight = nn.Linear(512, 512).weight
    torch.manual_seed(0)
    same = nn.init.kaiming_uniform_(torch.empty(512, 512), a=5**0.5)
    print(torch.equal(weight, same), f"{weight.abs().max():.4f}", f"{512**-0.5:.4f}")
    # --8<-- [end:what_linear_does]

    # --8<-- [start:batch_norm]
    norm = nn.BatchNorm1d(1)
    batch = torch.tensor([[1.0], [2.0], [6.0]])
    print("training  ", [round(each, 2) for each in norm(batch).flatten().tolist()])
    print(f"running mean {norm.running_mean.item():.1f}")
    print(f"running variance {norm.running_var.item():.1f}")
    norm.eval()
    print("evaluation", [round(each, 2) for each in norm(batch).flatten().tolist()])
    # --8<-- [end:batch_norm]

    # --8<-- [start:classification]
    points, label = make_spiral(seed=0)
    new_points, new_label = make_spiral(seed=1)
    torch.manual_seed(0)
    straight = nn.Linear(2, 3)
    hidden = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU())
    curved = nn.Sequential(hidden, nn.Linear(32, 3))
    for name, classifier in (("linear", straight), ("network", curved)):
        classify(classifier, points, label)
        right = classifier(new_points).argmax(dim=1) == new_label
        print(f"{name:<7}   share right on new points {right.double().mean():.1f}")
    # --8<-- [end:classification]

    # --8<-- [start:softmax]
    logits = torch.tensor([[2.0, 0.0, -1.0]])
    probabilities = torch.softmax(logits, dim=1)
    print([round(each, 3) for each in probabilities[0].tolist()])
    right_class = torch.tensor([0])
    print(f"{-probabilities[0, 0].log():.3f}")
    print(f"{nn.functional.cross_entropy(logits, right_class):.3f}")
    # --8<-- [end:softmax]

    # --8<-- [start:floor]
    for size in (1, 10, 100):
        logits = torch.tensor([[1.0, 0.0, 0.0]]) * size
        once = nn.functional.cross_entropy(logits, right_class)
        twice = nn.functional.cross_entropy(torch.softmax(logits, dim=1), right_class)
        print(f"logit {size:>3}   loss {once:.4f}   with softmax before it {twice:.4f}")
    # --8<-- [end:floor]

    try:
        # --8<-- [start:missing_cell]
        gap_csv = Path(folder.name, "gap.csv")
        gap_csv.write_text("x,y\n1.0,2.0\n3.0,\n")
        read_table(gap_csv)
        # --8<-- [end:missing_cell]
    except ValueError as error:
        print(f"ValueError: {error}")

    # --8<-- [start:not_finite]
    nan_csv = f"{folder.name}/nan.csv"
    Path(nan_csv).write_text("x,y\n1.0,2.0\n3.0,nan\n")
    try:
        read_table(nan_csv)
    except ValueError as error:
        print("ValueError:", str(error).removeprefix(folder.name + "/"))
    # --8<-- [end:not_finite]

    try:
        # --8<-- [start:encoding]
        hangul_csv = Path(folder.name, "hangul.csv")
        hangul_csv.write_bytes(b"\xb0\xaa,y\n1.0,2.0\n")  # a header in cp949
        read_table(hangul_csv)
        # --8<-- [end:encoding]
    except UnicodeDecodeError as error:
        print(f"UnicodeDecodeError: {error}")

    try:
        # --8<-- [start:few_rows]
        split(torch.zeros(9, 2))
        # --8<-- [end:few_rows]
    except ValueError as error:
        print(f"ValueError: {error}")

    try:
        # --8<-- [start:other_columns]
        model(torch.zeros(5, 2))
        # --8<-- [end:other_columns]
    except ValueError as error:
        print(f"ValueError: {error}")

    try:
        # --8<-- [start:one_row]
        nn.BatchNorm1d(32)(torch.zeros(1, 32))
        # --8<-- [end:one_row]
    except ValueError as error:
        print(f"ValueError: {error}")

    # --8<-- [start:clean_up]
    folder.cleanup()
    # --8<-- [end:clean_up]

    # --8<-- [start:solution_fold]
    first, second = nn.Linear(1, 1), nn.Linear(1, 1)
    with torch.no_grad():
        for layer, weight, bias in ((first, 3.0, 1.0), (second, 2.0, -4.0)):
            layer.weight.fill_(weight)
            layer.bias.fill_(bias)
        at_0, at_1 = second(first(torch.tensor([[0.0], [1.0]]))).flatten().tolist()
    print("slope", at_1 - at_0, "  intercept", at_0)
    # --8<-- [end:solution_fold]

    # --8<-- [start:solution_hat]
    hat_weights = (1, -2, 1)
    print("weights", *hat_weights)
    for point in (-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 5.0):
        ramps = [max(0.0, point - kink) for kink in (0, 1, 2)]
        total = sum(each * ramp for each, ramp in zip(hat_weights, ramps, strict=True))
        print(f"x = {point:>4}   hat {total}")
    # --8<-- [end:solution_hat]

    # --8<-- [start:solution_without_relu]
    torch.manual_seed(0)
    flat = nn.Sequential(nn.Linear(1, 32), nn.Linear(32, 1))
    print(f"without ReLU {fit(flat, x, y):.2f}   line {fit(line, x, y):.2f}")
    # --8<-- [end:solution_without_relu]

    # --8<-- [start:solution_pieces]
    height = tents(6)(at) @ torch.tensor([1.0, -1.0])
    bends = (height.diff().diff() != 0).sum().item()
    print(bends + 1, "pieces;", bends, "kinks, one for each neuron of a single layer")
    # --8<-- [end:solution_pieces]

    # --8<-- [start:solution_nothing]
    generator = torch.Generator().manual_seed(0)
    X = torch.randn((2000, 100, 49), generator=generator, dtype=torch.float64)
    X = torch.cat((torch.ones(2000, 100, 1), X), dim=2)
    y_nothing = torch.randn((2000, 100, 1), generator=generator, dtype=torch.float64)
    Q, _ = torch.linalg.qr(X)
    residual = y_nothing - Q @ (Q.mT @ y_nothing)
    print(f"training loss {residual.square().mean():.2f}")
    # --8<-- [end:solution_nothing]

    # --8<-- [start:solution_floor]
    perfect = nn.functional.one_hot(torch.tensor([0]), 10).float()  # what softmax gives
    print(f"{nn.functional.cross_entropy(perfect, torch.tensor([0])):.3f}")
    # --8<-- [end:solution_floor]
