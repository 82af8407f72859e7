"""How far θ̂ is from θ, and how far it may be expected to be."""

# --8<-- [start:imports]
import torch

# --8<-- [end:imports]
from typing import NamedTuple

# --8<-- [start:import_stats]
from scipy import stats

# --8<-- [end:import_stats]
from torch import Tensor

from snippets.data import make_data
from snippets.loss import least_squares


# --8<-- [start:regress]
def regress(x: torch.Tensor, y: torch.Tensor, probability: float = 0.95):
    """Return θ̂ (p,), its standard errors (p,), and its intervals (p, 2).

    Takes x (n, p - 1) and y (n, 1). First comes the intercept, then each column of x.
    Raises ValueError for another y, or if x does not determine θ̂ and its error.
    """
    X = torch.cat((torch.ones(len(x), 1), x), dim=1).double()  # (n, p)
    n, p = X.shape
    if y.shape != (n, 1):
        raise ValueError(f"y must have the shape ({n}, 1), not {tuple(y.shape)}")
    if n <= p or torch.linalg.matrix_rank(X) < p:
        raise ValueError("too few rows, or a column that follows from the others")
    weights = torch.linalg.pinv(X)  # (p, n)
    theta_hat = weights @ y.double()  # (p, 1)
    s = ((y - X @ theta_hat).square().sum() / (n - p)).sqrt()
    error = s * weights.square().sum(1, keepdim=True).sqrt()  # (p, 1)
    half = stats.t.ppf((1 + probability) / 2, n - p) * error
    interval = torch.cat((theta_hat - half, theta_hat + half), dim=1)
    return theta_hat[:, 0], error[:, 0], interval


def show(x: torch.Tensor, y: torch.Tensor) -> None:
    """Print a line for each parameter: estimate, standard error, 95 % interval."""
    subscripts = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
    theta_hat, errors, intervals = regress(x, y)
    for j, (low, high) in enumerate(intervals):
        numbers = f"{theta_hat[j]:.3f}   se {errors[j]:.3f}"
        name = f"θ{j}".translate(subscripts)  # θ₀ for θ0
        print(f"{name} = {numbers}   95 % [{low:.2f}, {high:.2f}]")


# --8<-- [end:regress]


# --8<-- [start:bootstrap]
def bootstrap(x: torch.Tensor, y: torch.Tensor, refits: int = 500) -> torch.Tensor:
    """Spread of θ̂, (p,), when n rows are drawn anew from these n, with repetition."""
    draws = torch.randint(len(x), (refits, len(x)))
    return torch.stack([regress(x[rows], y[rows])[0] for rows in draws]).std(0)


def draw_funnel() -> tuple[torch.Tensor, torch.Tensor]:
    """Draw 400 points whose noise grows with the distance of x from 0."""
    x = torch.randn(400, 1)
    return x, 5 + 7 * x + 2 * x.abs() * torch.randn(400, 1)


# --8<-- [end:bootstrap]


# --8<-- [start:mean_interval]
def mean_interval(values: torch.Tensor, draws: int = 1000):
    """Return the mean of values (n,), and the ends of its 95 % interval: a bootstrap.

    Raises ValueError for another shape.
    """
    if values.ndim != 1:
        raise ValueError(f"values must have the shape (n,), not {tuple(values.shape)}")
    values, n = values.double(), len(values)
    means = torch.stack([values[torch.randint(n, (n,))].mean() for _ in range(draws)])
    return values.mean(), means.quantile(0.025), means.quantile(0.975)


def show_mean(name: str, values: torch.Tensor) -> None:
    """Print the mean of values (n,) and its 95 % interval."""
    mean, low, high = mean_interval(values)
    print(f"{name:27}   {mean:.2f}   95 % [{low:.2f}, {high:.2f}]")


# --8<-- [end:mean_interval]


class Regression(NamedTuple):
    """A least-squares fit of y = θ₀ + θ₁ x, with what is known of its error."""

    theta_hat: Tensor  # (2,)
    standard_error: Tensor  # (2,)
    s: float  # estimate of σ
    r_squared: float
    degrees_of_freedom: int

    def interval(self, probability: float = 0.95) -> Tensor:
        """Ends of each parameter's interval, shape (2, 2): one row (low, high) each.

        Source: equation estimates#eq-confidence-interval.
        """
        t = stats.t.ppf((1 + probability) / 2, self.degrees_of_freedom)
        half = t * self.standard_error
        return torch.stack((self.theta_hat - half, self.theta_hat + half), 1)


def fit(x: Tensor, y: Tensor) -> Regression:
    """Least squares with standard errors, in float64, of x and y (n, 1), n > 2.

    Raises ValueError for fewer, and where `least_squares` does. Source: equations
    estimates#eq-residual-variance, estimates#eq-two-standard-errors,
    estimates#eq-r-squared.
    """
    theta_hat = least_squares(x, y)  # (2,)
    n = len(x)
    if n < 3:
        raise ValueError(f"{n} points leave no degrees of freedom; need 3 or more")
    x, y = x.double(), y.double()
    x_centered, y_centered = x - x.mean(), y - y.mean()
    spread = (x_centered**2).sum()  # Σ (x − x̄)²
    residual_sum = ((y_centered - theta_hat[1] * x_centered) ** 2).sum()
    r_squared = 1 - residual_sum / (y_centered**2).sum()
    s = torch.sqrt(residual_sum / (n - 2))
    errors = (s * torch.sqrt(1 / n + x.mean() ** 2 / spread), s / torch.sqrt(spread))
    return Regression(theta_hat, torch.stack(errors), s.item(), r_squared.item(), n - 2)


def simulate(datasets: int, size: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Fit many datasets of the post's kind at once.

    Returns θ̂ and its standard errors, both (datasets, 2), and the smallest mean
    squared error, (datasets,). Raises ValueError if size is less than 3.
    Source: equations loss#eq-slope-and-intercept, estimates#eq-residual-variance and
    estimates#eq-two-standard-errors.
    """
    if size < 3:
        raise ValueError(f"{size} points leave no degrees of freedom; need 3 or more")
    x, y = make_data(seed, datasets * size)
    x, y = x.reshape(datasets, size), y.reshape(datasets, size)
    x_mean, y_mean = x.mean(1), y.mean(1)
    spread = ((x - x_mean[:, None]) ** 2).sum(1)  # Σ (x − x̄)²
    slope = ((x - x_mean[:, None]) * y).sum(1) / spread
    intercept = y_mean - slope * x_mean
    residual_sum = ((y - intercept[:, None] - slope[:, None] * x) ** 2).sum(1)
    s = torch.sqrt(residual_sum / (size - 2))
    errors = (s * torch.sqrt(1 / size + x_mean**2 / spread), s / torch.sqrt(spread))
    theta_hat = torch.stack((intercept, slope), 1)
    return theta_hat, torch.stack(errors, 1), residual_sum / size


if __name__ == "__main__":
    # --8<-- [start:thousand]
    datasets, estimates = [], []
    for seed in range(1000):
        torch.manual_seed(seed)
        x = torch.randn(100, 1)
        y = 5 + 7 * x + 2 * torch.randn(100, 1)  # the noise has σ = 2
        x_centered = x - x.mean()
        slope = (x_centered * y).sum() / (x_centered**2).sum()  # ȳ drops out, see below
        datasets.append((x, y))
        estimates.append(torch.stack((y.mean() - slope * x.mean(), slope)))
    estimates = torch.stack(estimates)  # (1000, 2)
    print(f"seed 0   ({estimates[0, 0]:.3f}, {estimates[0, 1]:.3f})")
    for name, column in (("θ₀", estimates[:, 0]), ("θ₁", estimates[:, 1])):
        print(f"{name}   mean {column.mean():.2f}   spread {column.std():.2f}")
    # --8<-- [end:thousand]

    # --8<-- [start:slope_error]
    x, y = datasets[0]
    noise = y - (5 + 7 * x)
    x_centered = x - x.mean()
    error = (x_centered * noise).sum() / (x_centered**2).sum()
    print(f"{error:.3f}   {estimates[0, 1] - 7:.3f}")
    # --8<-- [end:slope_error]

    # --8<-- [start:predicted]
    spread = 2 / (x_centered**2).sum().sqrt()
    print(f"predicted spread of θ₁ {spread:.2f}")
    others = torch.stack(
        [2 / ((each - each.mean()) ** 2).sum().sqrt() for each, _ in datasets]
    )
    print(f"by other datasets {others.min():.2f} to {others.max():.2f}")
    # --8<-- [end:predicted]

    # --8<-- [start:divisors]
    sums = [
        ((each_y - theta[0] - theta[1] * each_x) ** 2).sum()
        for (each_x, each_y), theta in zip(datasets, estimates, strict=True)
    ]
    for divisor in (100, 98):
        print(f"divided by {divisor:>3}: {torch.stack(sums).mean() / divisor:.2f}")
    # --8<-- [end:divisors]

    # --8<-- [start:by_hand]
    residuals = y - estimates[0, 0] - estimates[0, 1] * x
    s = ((residuals**2).sum() / (100 - 2)).sqrt()
    print(f"s = {s:.2f}")
    print(f"standard error of θ₁ {s / (x_centered**2).sum().sqrt():.3f}")
    # --8<-- [end:by_hand]

    # --8<-- [start:hundred]
    torch.manual_seed(0)
    x = torch.randn(100, 1)
    y = 5 + 7 * x + 2 * torch.randn(100, 1)  # your own x and y go here
    show(x, y)
    # --8<-- [end:hundred]

    # --8<-- [start:two_errors]
    all_errors = torch.stack([regress(*data)[1] for data in datasets])  # (1000, 2)
    far = (estimates - torch.tensor([5, 7])).abs()
    for count in (1, 2, 3):
        near = (far < count * all_errors).double().mean()
        print(f"within {count} se   {near:.2f}")
    # --8<-- [end:two_errors]

    # --8<-- [start:quantiles]
    for n in (100, 10, 5):
        print(f"n = {n:>3}   t = {stats.t.ppf(0.975, n - 2):.2f}")
    # --8<-- [end:quantiles]

    # --8<-- [start:coverage]
    inside = far <= stats.t.ppf(0.975, 98) * all_errors  # (1000, 2)
    covered = inside.double().mean(0)
    both = inside.all(1).double().mean()
    print(f"θ₀ {covered[0]:.3f}   θ₁ {covered[1]:.3f}   both {both:.3f}")
    # --8<-- [end:coverage]

    # --8<-- [start:two_distances]
    theta_hat, errors, _ = regress(x, y)
    torch.manual_seed(0)
    model = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for k in range(1, 41):
        loss = torch.nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if k in (5, 10, 20, 40):
            theta = torch.cat((model.bias, model.weight[0])).detach()
            unfinished = ((theta - theta_hat) / errors).abs().max()
            print(f"{k:>2} steps   optimization error {unfinished:6.3f}")
    noisy = ((theta_hat - torch.tensor([5, 7])) / errors).abs().max()
    print(f"always     statistical error  {noisy:6.3f}")
    # --8<-- [end:two_distances]

    # --8<-- [start:bootstrap_run]
    torch.manual_seed(0)
    x_funnel, y_funnel = draw_funnel()
    new_estimates = [regress(*draw_funnel())[0] for _ in range(500)]
    truth = torch.stack(new_estimates).std(0)  # from dataset to dataset
    _, by_formula, _ = regress(x_funnel, y_funnel)
    by_bootstrap = bootstrap(x_funnel, y_funnel)
    too_small = bootstrap(x_funnel.repeat(4, 1), y_funnel.repeat(4, 1))
    print(f"500 new datasets   {truth[1]:.2f}")
    print(f"formula            {by_formula[1]:.2f}")
    print(f"bootstrap          {by_bootstrap[1]:.2f}")
    print(f"each row 4 times   {too_small[1]:.2f}")
    # --8<-- [end:bootstrap_run]

    # --8<-- [start:networks]
    from torch import nn

    x_new, y_new = datasets[1]  # held out
    for start in range(3):
        torch.manual_seed(start)
        network = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 1))
        optimizer = torch.optim.SGD(network.parameters(), lr=0.03)
        for _ in range(1000):
            optimizer.zero_grad()
            nn.functional.mse_loss(network(x), y).backward()
            optimizer.step()
        weight, at_1 = network[0].weight[0, 0], network(torch.ones(1, 1)).item()
        held_out = nn.functional.mse_loss(network(x_new), y_new)
        print(f"w {weight:5.2f}   ŷ(1) {at_1:.1f}   held-out loss {held_out:.1f}")
    # --8<-- [end:networks]

    # --8<-- [start:compare]
    torch.manual_seed(1)
    for n in (500, 10_000):
        x_new = torch.randn(n, 1)
        y_new = 5 + 7 * x_new + 2 * torch.randn(n, 1)
        of_network = (y_new - network(x_new)).square()[:, 0].detach()  # (n,)
        of_line = (y_new - theta_hat[0] - theta_hat[1] * x_new).square()[:, 0]
        of_truth = (y_new - 5 - 7 * x_new).square()[:, 0]
        show_mean(f"n = {n:>5}   network", of_network)
        show_mean(f"n = {n:>5}   network − truth", of_network - of_truth)
        show_mean(f"n = {n:>5}   network − line", of_network - of_line)
    show_mean("n =  1000   accuracy", torch.arange(1000) < 920)  # 920 times True
    # --8<-- [end:compare]

    # --8<-- [start:own_data]
    age = [12, 25, 31, 40, 52, 60, 71, 83]  # years
    rent = [590, 510, 520, 440, 390, 310, 290, 220]  # euros
    own_x, own_y = torch.tensor(age)[:, None], torch.tensor(rent)[:, None]
    show(own_x, own_y)  # both (8, 1)
    own_theta, _, _ = regress(own_x, own_y)
    residuals = own_y - own_theta[0] - own_theta[1] * own_x
    print([round(r) for r in residuals[:, 0].tolist()])
    # --8<-- [end:own_data]

    # --8<-- [start:two_columns]
    torch.manual_seed(0)
    two_x = torch.randn(200, 2)
    two_y = 5 + two_x @ torch.tensor([[7.0], [-3.0]]) + 2 * torch.randn(200, 1)
    show(two_x, two_y)
    # --8<-- [end:two_columns]

    # --8<-- [start:post_rows]
    from snippets.data import POST_ROWS

    x_post, y_post = POST_ROWS[:, :1], POST_ROWS[:, 1:]
    show(x_post, y_post)
    print(f"mean of the noise {(y_post - 5 - 7 * x_post).mean():.2f}")
    # --8<-- [end:post_rows]

    # --8<-- [start:r_squared]
    residuals = y - theta_hat[0] - theta_hat[1] * x
    r_squared = 1 - (residuals**2).sum() / ((y - y.mean()) ** 2).sum()
    print(f"R² = {r_squared:.3f}   of the population {49 / 53:.3f}")
    # --8<-- [end:r_squared]

    try:
        # --8<-- [start:constant_x]
        regress(torch.ones(100, 1), y)
        # --8<-- [end:constant_x]
    except ValueError as error:
        print(f"ValueError: {error}")

    # --8<-- [start:solution_wider]
    for probability in (0.90, 0.95, 0.99):
        _, _, intervals = regress(x, y, probability)
        low, high = intervals[1]  # of θ₁
        print(f"{probability:.2f}   [{low:.2f}, {high:.2f}]   width {high - low:.2f}")
    # --8<-- [end:solution_wider]

    # --8<-- [start:solution_wide_x]
    noise = y - (5 + 7 * x)
    wide_errors = regress(2 * x, 5 + 7 * (2 * x) + noise)[1]  # the same noise
    print([f"{ratio:.2f}" for ratio in wide_errors / errors])
    # --8<-- [end:solution_wide_x]

    # --8<-- [start:solution_four_times]
    torch.manual_seed(0)
    for size in (1000, 4000, 16_000):
        _, low, high = mean_interval(torch.arange(size) < 0.92 * size)
        print(f"n = {size:>5}   [{low:.3f}, {high:.3f}]   width {high - low:.3f}")
    # --8<-- [end:solution_four_times]

    # --8<-- [start:solution_three_points]
    print(f"{stats.t.ppf(0.975, 3 - 2):.1f}")
    # --8<-- [end:solution_three_points]

    # --8<-- [start:solution_r_squared]
    for size in (100, 10_000, 1_000_000):
        torch.manual_seed(0)
        x_more = torch.randn(size, 1)
        y_more = 5 + 7 * x_more + 2 * torch.randn(size, 1)
        more, more_errors, _ = regress(x_more, y_more)
        residuals = y_more - more[0] - more[1] * x_more
        limit = 1 - residuals.var() / y_more.var()
        print(f"n = {size:>7}   R² = {limit:.3f}   se of θ₁ {more_errors[1]:.4f}")
    # --8<-- [end:solution_r_squared]

    # --8<-- [start:solution_prediction]
    torch.manual_seed(1)
    x_new = torch.randn(100_000, 1)
    y_new = 5 + 7 * x_new + 2 * torch.randn(100_000, 1)
    predicted = theta_hat[0] + theta_hat[1] * x_new
    half_width = stats.t.ppf(0.975, 98) * s
    held = ((y_new - predicted).abs() <= half_width).double().mean()
    print(f"s = {s:.2f}   ± {half_width:.2f} holds {held:.3f} of the new points")
    # --8<-- [end:solution_prediction]
