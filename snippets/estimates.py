"""Chapter 8: how far θ̂ is from θ, and how far it may be expected to be."""

from matplotlib.figure import Figure

from snippets import which

# --8<-- [start:imports]
from typing import NamedTuple

import torch
from torch import Tensor

from snippets.data import POST_ROWS, SIGMA, THETA, make_data
from snippets.loss import design_matrix, least_squares
from snippets.model import Model
from snippets.training import theta_of, train
# --8<-- [end:imports]


# --8<-- [start:t_quantile]
def t_quantile(probability: float, degrees_of_freedom: int) -> float:
    """The t with P(T ≤ t) = probability for Student's t distribution, to 1e-3.

    Adds up the density on a grid from 0 to 60. Raises ValueError where 60 is not far
    enough: for a probability outside [0.5, 0.999] or fewer than 2 degrees of freedom.
    Source: equation (8.5).
    """
    if not (0.5 <= probability <= 0.999 and degrees_of_freedom >= 2):
        raise ValueError(
            "need 0.5 ≤ probability ≤ 0.999 and at least 2 degrees of freedom, "
            f"got {probability} and {degrees_of_freedom}"
        )
    t = torch.linspace(0, 60, 600_001, dtype=torch.float64)
    nu = torch.tensor(degrees_of_freedom, dtype=torch.float64)
    log_density = -(nu + 1) / 2 * torch.log1p(t**2 / nu) - torch.log(nu * torch.pi) / 2
    log_density += torch.lgamma((nu + 1) / 2) - torch.lgamma(nu / 2)
    below = 0.5 + torch.cumulative_trapezoid(log_density.exp(), t)
    return t[1:][torch.searchsorted(below, probability)].item()


# --8<-- [end:t_quantile]


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

        Raises what `t_quantile` raises. Source: equation (8.6).
        """
        t = t_quantile((1 + probability) / 2, self.degrees_of_freedom)
        half = t * self.standard_error
        return torch.stack((self.theta_hat - half, self.theta_hat + half), 1)


# --8<-- [end:regression]


# --8<-- [start:fit]
def fit(x: Tensor, y: Tensor) -> Regression:
    """Least squares and its standard errors, computed in float64.

    Takes x and y of shape (n, 1), n > 2. Raises ValueError for other shapes, and if
    all x are equal. Source: equations (5.9), (8.3), (8.4) and (8.7).
    """
    if not (x.shape == y.shape == (len(x), 1) and len(x) > 2):
        raise ValueError(
            "need x and y of shape (n, 1) with n > 2, "
            f"got {tuple(x.shape)} and {tuple(y.shape)}"
        )
    if (x == x[0]).all():
        raise ValueError("all x are equal, so the data does not determine a slope")
    x, y = x.double(), y.double()
    X = design_matrix(x)  # (n, 2)
    theta_hat = least_squares(x, y)  # (2,)
    residual_sum = ((y[:, 0] - X @ theta_hat) ** 2).sum()
    r_squared = 1 - residual_sum / ((y - y.mean()) ** 2).sum()
    s = torch.sqrt(residual_sum / (len(x) - 2))
    error = s * torch.sqrt(torch.linalg.inv(X.T @ X).diag())
    return Regression(theta_hat, error, s.item(), r_squared.item(), len(x) - 2)


# --8<-- [end:fit]


# --8<-- [start:report]
def report(regression: Regression) -> None:
    """Print estimate, standard error and 95 % interval of each parameter."""
    for j, (low, high) in enumerate(regression.interval()):
        estimate, error = regression.theta_hat[j], regression.standard_error[j]
        numbers = f"{estimate:.3f}   se {error:.3f}   95 % [{low:.2f}, {high:.2f}]"
        print(f"θ{'₀₁'[j]} = {numbers}")


# --8<-- [end:report]


# --8<-- [start:simulate]
def simulate(datasets: int, size: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Fit many datasets of the post's kind at once.

    Returns θ̂ and its standard errors, both (datasets, 2), and the smallest mean
    squared error, (datasets,). Source: (5.10), (8.3) and (8.4), written out.
    """
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


# --8<-- [end:simulate]


# --8<-- [start:joint_p_value]
def joint_p_value(x: Tensor, y: Tensor, theta: Tensor) -> tuple[float, float]:
    """F statistic and p-value of "both parameters are theta", theta of shape (2,).

    Takes x and y of shape (n, 1). Raises what `fit` raises.
    Source: equations (8.8) and (8.9).
    """
    regression = fit(x, y)
    away = regression.theta_hat - theta
    f = ((design_matrix(x.double()) @ away) ** 2).sum() / (2 * regression.s**2)
    nu = regression.degrees_of_freedom
    return f.item(), ((1 + 2 * f / nu) ** (-nu / 2)).item()


# --8<-- [end:joint_p_value]


def figure_fit() -> Figure:
    """The post's figure: points, true line, fitted line and its 95 % band."""
    x, y = make_data(seed=0)
    regression = fit(x, y)
    theta_0, theta_1 = regression.theta_hat.tolist()
    ends = torch.linspace(x.min(), x.max(), 50, dtype=torch.float64)
    fitted = theta_0 + theta_1 * ends
    leverage = 1 / len(x) + (ends - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()
    half = t_quantile(0.975, len(x) - 2) * regression.s * torch.sqrt(leverage)
    figure = Figure()
    axes = figure.subplots()
    axes.scatter(x, y, s=12, color="tab:gray", label="$(x_i, y_i)$")
    band = {"color": "tab:orange", "alpha": 0.3, "label": r"$95\,\%$"}
    axes.fill_between(ends, fitted - half, fitted + half, **band)
    truth = {"color": "tab:blue", "linestyle": "--", "label": r"$\theta = (5, 7)$"}
    axes.plot(ends, THETA[0] + THETA[1] * ends, **truth)
    label = rf"$\hat\theta = ({theta_0:.2f}, {theta_1:.2f})$"
    axes.plot(ends, fitted, color="tab:orange", label=label)
    axes.set(xlabel="$x$", ylabel="$y$")
    axes.legend()
    return figure


def figure_intervals() -> Figure:
    """95 % intervals for θ₁ from fifty datasets; those that miss 7 are red."""
    theta_hat, errors, _ = simulate(datasets=50, size=100, seed=0)
    centers, halves = theta_hat[:, 1], t_quantile(0.975, 98) * errors[:, 1]
    figure = Figure()
    axes = figure.subplots()
    for i, (center, half) in enumerate(zip(centers, halves, strict=True)):
        missed = abs(center - 7) > half
        color, style = ("tab:red", ":") if missed else ("tab:orange", "-")
        axes.plot([i, i], [center - half, center + half], color=color, linestyle=style)
        axes.plot(i, center, color=color, marker=".", markersize=4)
    axes.axhline(7, color="tab:blue", linewidth=1, label=r"$\theta_1 = 7$")
    axes.set(ylabel=r"$\hat\theta_1$", xticks=[])
    axes.legend()
    return figure


def check_1(low_99: float, high_99: float) -> int:
    """Exercise 8.1: the 99 % interval for θ₁, judged by its width."""
    hundred = fit(*make_data(seed=0))
    width_0, width_1 = hundred.interval(0.99).diff().flatten()
    _, one_sided = hundred.interval(0.98).diff().flatten()
    _, default = hundred.interval().diff().flatten()
    return which(high_99 - low_99, width_1, one_sided, default, width_0)


def check_2(factor: float) -> int:
    """Exercise 8.2: how much more data halves a standard error."""
    return which(factor, 4, 2, 2**0.5, 4 * 10**2)


def check_3(limit_of_r_squared: float) -> int:
    """Exercise 8.3: where R² goes with more and more data."""
    return which(limit_of_r_squared, 49 / 53, 1, 0.935, 4 / 53, 49 / 51)


def check_4(share: float) -> int:
    """Exercise 8.4: how much of new data ŷ ± t s holds."""
    if share < 1 / 4:
        return 4
    return which(share, 0.927, 0.633, 0.867, 0.98)


if __name__ == "__main__":
    # --8<-- [start:hundred]
    x, y = make_data(seed=0)
    hundred = fit(x, y)
    report(hundred)
    print("off by", [round(t, 3) for t in (hundred.theta_hat - THETA).tolist()])
    # --8<-- [end:hundred]

    # --8<-- [start:r_squared]
    print(f"R² = {hundred.r_squared:.3f}   of the population {49 / 53:.3f}")
    # --8<-- [end:r_squared]

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
    print(f"s = {ten.s:.3f}   t = {t_quantile(0.975, 8):.3f}")
    # --8<-- [end:post_rows]

    # --8<-- [start:joint]
    f, p = joint_p_value(x_post, y_post, THETA)
    print(f"F = {f:.2f}   p = {p:.3f}")
    # --8<-- [end:joint]

    # --8<-- [start:coverage]
    theta_hat, errors, smallest_loss = simulate(datasets=20_000, size=100, seed=0)
    inside = (theta_hat - THETA).abs() <= t_quantile(0.975, 98) * errors  # (20000, 2)
    covered = inside.double().mean(0)
    both = inside.all(1).double().mean()
    print(f"θ₀ {covered[0]:.3f}   θ₁ {covered[1]:.3f}   both {both:.3f}")
    # --8<-- [end:coverage]

    # --8<-- [start:smallest_loss]
    mean, deviation = SIGMA**2 * 98 / 100, SIGMA**2 * (2 * 98) ** 0.5 / 100
    print(f"mean {smallest_loss.mean():.2f}   predicted {mean:.2f}")
    print(f"standard deviation {smallest_loss.std():.2f}   predicted {deviation:.2f}")
    # --8<-- [end:smallest_loss]

    # --8<-- [start:flat_target]
    flat_y = y[:, 0]  # (100,)
    residuals = flat_y - (5 + 7 * x)
    print(tuple(residuals.shape), f"σ would be {residuals.std():.1f}")
    # --8<-- [end:flat_target]

    # --8<-- [start:normal_quantile]
    small_theta, small_errors, _ = simulate(datasets=20_000, size=10, seed=1)
    for name, quantile in (("normal", 1.96), ("t", t_quantile(0.975, 8))):
        inside = (small_theta[:, 1] - 7).abs() <= quantile * small_errors[:, 1]
        coverage = inside.double().mean()
        print(f"{name:<6}   quantile {quantile:.2f}   coverage {coverage:.3f}")
    print(f"t for 100 points {t_quantile(0.975, 98):.2f}")
    # --8<-- [end:normal_quantile]

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

    # --8<-- [start:solution_prediction]
    x_new, y_new = make_data(seed=1, size=100_000)
    predicted = hundred.theta_hat[0] + hundred.theta_hat[1] * x_new
    half_width = t_quantile(0.975, 98) * hundred.s
    inside = (y_new - predicted).abs() <= half_width
    held = inside.double().mean()
    print(
        f"s = {hundred.s:.2f}   ± {half_width:.2f} holds {held:.3f} of the new points"
    )
    # --8<-- [end:solution_prediction]
