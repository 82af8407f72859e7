"""How far θ̂ is from θ, and how far it may be expected to be."""

# --8<-- [start:imports]
import torch

from snippets.data import make_data
from snippets.loss import least_squares
# --8<-- [end:imports]

# --8<-- [start:book_imports]
from typing import NamedTuple

from scipy import stats
from torch import Tensor

from snippets.data import POST_ROWS, THETA
from snippets.model import Model
from snippets.training import theta_of, train
# --8<-- [end:book_imports]


# --8<-- [start:regression]
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


# --8<-- [end:regression]


# --8<-- [start:fit]
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


# --8<-- [end:fit]


# --8<-- [start:report]
def report(regression: Regression) -> None:
    """Print estimate, standard error and 95 % interval of each parameter."""
    for j, (low, high) in enumerate(regression.interval()):
        estimate, error = regression.theta_hat[j], regression.standard_error[j]
        numbers = f"{estimate:.3f}   se {error:.3f}   95 % [{low:.2f}, {high:.2f}]"
        print(f"θ{'₀₁'[j]} = {numbers}")


# --8<-- [end:report]


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
    estimates = []
    for seed in range(1000):
        x, y = make_data(seed)  # 100 new points each time
        estimates.append(least_squares(x, y))
    estimates = torch.stack(estimates)  # (1000, 2)
    print(f"seed 0   ({estimates[0, 0]:.3f}, {estimates[0, 1]:.3f})")
    for name, column in zip(("θ₀", "θ₁"), estimates.T, strict=True):
        print(f"{name}   mean {column.mean():.2f}   spread {column.std():.2f}")
    # --8<-- [end:thousand]

    # --8<-- [start:slope_error]
    x, y = make_data(seed=0)
    noise = y - (5 + 7 * x)
    x_centered = x - x.mean()
    error = (x_centered * noise).sum() / (x_centered**2).sum()
    print(f"{error:.3f}   {least_squares(x, y)[1] - 7:.3f}")
    # --8<-- [end:slope_error]

    # --8<-- [start:predicted]
    spread = 2 / (x_centered**2).sum().sqrt()
    print(f"predicted spread of θ₁ {spread:.2f}")
    # --8<-- [end:predicted]

    # --8<-- [start:by_hand]
    theta_hat = least_squares(x, y)
    residuals = y - theta_hat[0] - theta_hat[1] * x
    s = ((residuals**2).sum() / (100 - 2)).sqrt()
    print(f"s = {s:.2f}")
    print(f"standard error of θ₁ {s / (x_centered**2).sum().sqrt():.3f}")
    # --8<-- [end:by_hand]

    # --8<-- [start:hundred]
    hundred = fit(x, y)
    for name, error in zip(("θ₀", "θ₁"), hundred.standard_error, strict=True):
        print(f"{name}   standard error {error:.3f}")
    # --8<-- [end:hundred]

    # --8<-- [start:two_errors]
    errors = torch.stack([fit(*make_data(seed)).standard_error for seed in range(1000)])
    far = (estimates - THETA).abs()
    for count in (1, 2, 3):
        near = (far < count * errors).double().mean()
        print(f"within {count} se   {near:.2f}")
    # --8<-- [end:two_errors]

    # --8<-- [start:quantiles]
    for n in (100, 10, 5):
        print(f"n = {n:>3}   t = {stats.t.ppf(0.975, n - 2):.2f}")
    # --8<-- [end:quantiles]

    # --8<-- [start:intervals]
    report(hundred)
    # --8<-- [end:intervals]

    # --8<-- [start:coverage]
    inside = far <= stats.t.ppf(0.975, 98) * errors  # (1000, 2)
    covered = inside.double().mean(0)
    both = inside.all(1).double().mean()
    print(f"θ₀ {covered[0]:.3f}   θ₁ {covered[1]:.3f}   both {both:.3f}")
    # --8<-- [end:coverage]

    # --8<-- [start:two_distances]
    for k in (5, 10, 20, 40):
        torch.manual_seed(0)
        model = Model(1, 1)
        train(model, x, y, steps=k)
        unfinished = (theta_of(model) - hundred.theta_hat) / hundred.standard_error
        print(f"{k:>2} steps   optimization error {unfinished.abs().max():6.3f}")
    noisy = (hundred.theta_hat - THETA) / hundred.standard_error
    print(f"always     statistical error  {noisy.abs().max():6.3f}")
    # --8<-- [end:two_distances]

    # --8<-- [start:post_rows]
    x_post, y_post = POST_ROWS[:, :1], POST_ROWS[:, 1:]
    ten = fit(x_post, y_post)
    report(ten)
    print(f"s = {ten.s:.3f}   t = {stats.t.ppf(0.975, 8):.3f}")
    # --8<-- [end:post_rows]

    # --8<-- [start:r_squared]
    print(f"R² = {hundred.r_squared:.3f}   of the population {49 / 53:.3f}")
    # --8<-- [end:r_squared]

    # --8<-- [start:own_data]
    age = [12, 25, 31, 40, 52, 60, 71, 83]  # years
    rent = [590, 510, 520, 440, 390, 310, 290, 220]  # euros
    own_x, own_y = torch.tensor(age)[:, None], torch.tensor(rent)[:, None]
    own = fit(own_x, own_y)  # both (8, 1)
    report(own)
    print(f"n = {len(own_x)}   s = {own.s:.1f}   R² = {own.r_squared:.2f}")
    low, high = own.interval()[1].tolist()
    print(f"{own.theta_hat[1]:.1f} ({low:.1f} to {high:.1f}, n = {len(own_x)})")
    # --8<-- [end:own_data]

    # --8<-- [start:residuals]
    residuals = own_y - own.theta_hat[0] - own.theta_hat[1] * own_x
    print([round(r) for r in residuals[:, 0].tolist()])
    # --8<-- [end:residuals]

    # --8<-- [start:linregress]
    line = stats.linregress(age, rent)
    print(f"θ₀ = {line.intercept:.3f}   se {line.intercept_stderr:.3f}")
    print(f"θ₁ = {line.slope:.3f}   se {line.stderr:.3f}")
    # --8<-- [end:linregress]

    # --8<-- [start:matrices]
    X = torch.cat((torch.ones_like(x), x), 1).double()  # (100, 2)
    covariance = hundred.s**2 * torch.linalg.inv(X.T @ X)
    print([round(error, 3) for error in covariance.diagonal().sqrt().tolist()])
    # --8<-- [end:matrices]

    # --8<-- [start:flat_target]
    flat_y = y[:, 0]  # (100,)
    residuals = flat_y - (5 + 7 * x)
    print(tuple(residuals.shape), f"σ would be {residuals.std():.1f}")
    # --8<-- [end:flat_target]

    try:
        # --8<-- [start:constant_x]
        fit(torch.ones(100, 1), y)
        # --8<-- [end:constant_x]
    except ValueError as error:
        print(f"ValueError: {error}")

    # --8<-- [start:solution_wider]
    for probability in (0.90, 0.95, 0.99):
        low, high = hundred.interval(probability)[1].tolist()
        print(f"{probability:.2f}   [{low:.2f}, {high:.2f}]   width {high - low:.2f}")
    # --8<-- [end:solution_wider]

    # --8<-- [start:solution_wide_x]
    noise = y - (5 + 7 * x)
    wide = fit(2 * x, 5 + 7 * (2 * x) + noise)  # the same noise
    print([f"{ratio:.2f}" for ratio in wide.standard_error / hundred.standard_error])
    # --8<-- [end:solution_wide_x]

    # --8<-- [start:solution_four_times]
    for size in (100, 400, 1600):
        larger = fit(*make_data(seed=0, size=size))
        print(f"n = {size:>4}   standard error of θ₁ {larger.standard_error[1]:.3f}")
    # --8<-- [end:solution_four_times]

    # --8<-- [start:solution_r_squared]
    for size in (100, 10_000, 1_000_000):
        large = fit(*make_data(seed=0, size=size))
        print(
            f"n = {size:>7}   R² = {large.r_squared:.3f}   "
            f"standard error of θ₁ {large.standard_error[1]:.4f}"
        )
    # --8<-- [end:solution_r_squared]

    # --8<-- [start:solution_three_points]
    print(f"{stats.t.ppf(0.975, 3 - 2):.1f}")
    # --8<-- [end:solution_three_points]

    # --8<-- [start:solution_prediction]
    x_new, y_new = make_data(seed=1, size=100_000)
    predicted = hundred.theta_hat[0] + hundred.theta_hat[1] * x_new
    half_width = stats.t.ppf(0.975, 98) * hundred.s
    inside = (y_new - predicted).abs() <= half_width
    held = inside.double().mean()
    print(
        f"s = {hundred.s:.2f}   ± {half_width:.2f} holds {held:.3f} of the new points"
    )
    # --8<-- [end:solution_prediction]
