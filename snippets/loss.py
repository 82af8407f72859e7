"""Chapter 5: how wrong a θ is, why squares measure it, and where they are least."""

from matplotlib.figure import Figure

from snippets import which

# --8<-- [start:imports]
import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from snippets.data import SIGMA, THETA, make_data
from snippets.model import Model, set_theta
# --8<-- [end:imports]


# --8<-- [start:mean_squared_error]
def mean_squared_error(theta: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """L(θ), shape (), in squared units of y.

    Takes theta of shape (2,), x and y of shape (n, 1). Source: equation (5.1).
    """
    residual = y - theta[0] - theta[1] * x  # (n, 1)
    return (residual**2).mean()


# --8<-- [end:mean_squared_error]


# --8<-- [start:log_likelihood]
def log_likelihood(theta: Tensor, sigma: float, x: Tensor, y: Tensor) -> Tensor:
    """Log density of all y at once, shape (), if the noise is N(0, σ²).

    Takes theta of shape (2,), x and y of shape (n, 1). Raises ValueError if sigma
    is not positive. Source: equation (5.2).
    """
    each = torch.distributions.Normal(theta[0] + theta[1] * x, sigma)
    return each.log_prob(y).sum()


# --8<-- [end:log_likelihood]


# --8<-- [start:gradient]
def design_matrix(x: Tensor) -> Tensor:
    """X = [1, x], shape (n, 2), of x of shape (n, 1)."""
    return torch.cat((torch.ones_like(x), x), dim=1)


def gradient(theta: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Gradient of the mean squared error at theta, shape (2,).

    Takes theta of shape (2,), x and y of shape (n, 1). Raises RuntimeError if the
    lengths of x and y differ. Source: equation (5.5).
    """
    X = design_matrix(x)  # (n, 2)
    residual = y[:, 0] - X @ theta  # (n,)
    return -2 / len(x) * X.T @ residual


# --8<-- [end:gradient]


# --8<-- [start:hessian]
def hessian(x: Tensor) -> Tensor:
    """Second derivatives of the mean squared error, shape (2, 2).

    Takes x of shape (n, 1). Source: equation (5.6).
    """
    X = design_matrix(x)  # (n, 2)
    return 2 / len(x) * X.T @ X


# --8<-- [end:hessian]


# --8<-- [start:normal_equations]
def solve_normal_equations(x: Tensor, y: Tensor) -> Tensor:
    """θ̂ of shape (2,) from x and y of shape (n, 1).

    Raises torch.linalg.LinAlgError if all x are equal, unless rounding hides it.
    Source: equation (5.9).
    """
    X = design_matrix(x)  # (n, 2)
    return torch.linalg.solve(X.T @ X, X.T @ y)[:, 0]


def solve_by_means(x: Tensor, y: Tensor) -> Tensor:
    """θ̂ of shape (2,) from x and y of shape (n, 1).

    If all x are equal, it is nan, unless rounding hides it. Source: equation (5.10).
    """
    x_centered, y_centered = x - x.mean(), y - y.mean()
    slope = (x_centered * y_centered).sum() / (x_centered**2).sum()
    return torch.stack((y.mean() - slope * x.mean(), slope))


# --8<-- [end:normal_equations]


# --8<-- [start:qr]
def solve_by_qr(x: Tensor, y: Tensor) -> Tensor:
    """θ̂ of shape (2,) from x and y of shape (n, 1), without XᵀX.

    Source: Golub, Van Loan, Matrix Computations, section 5.3.
    """
    Q, R = torch.linalg.qr(design_matrix(x))  # (n, 2), (2, 2)
    return torch.linalg.solve_triangular(R, Q.T @ y, upper=True)[:, 0]


# --8<-- [end:qr]


# --8<-- [start:least_squares]
def least_squares(x: Tensor, y: Tensor) -> Tensor:
    """θ̂ = (θ̂₀, θ̂₁) of smallest squared error, shape (2,), solved without any training.

    Takes x and y of shape (n, 1). Raises RuntimeError if their lengths differ.
    On a CPU, if rounding hides how x varies, returns the shortest θ that fits.
    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, (3.6).
    """
    return torch.linalg.lstsq(design_matrix(x), y).solution[:, 0]


# --8<-- [end:least_squares]


# --8<-- [start:condition]
def condition_number(x: Tensor) -> float:
    """κ of the design matrix of x of shape (n, 1), its columns scaled to length 1."""
    X = design_matrix(x.double())
    return torch.linalg.cond(X / X.norm(dim=0)).item()


def slope_error(
    solve: Callable[[Tensor, Tensor], Tensor], shift: float, datasets: int = 100
) -> float:
    """How far off the slope is that `solve` finds in float32 on x + shift: the median.

    Takes seeds 0, 1, …; the exact slope of the same numbers is computed in float64.
    """
    errors = []
    for seed in range(datasets):
        x, y = make_data(seed)
        x = x + shift
        exact = solve_by_means(x.double(), y.double())
        errors.append(abs(solve(x, y)[1] - exact[1]).item())
    return torch.tensor(errors).quantile(0.5).item()


# --8<-- [end:condition]


# --8<-- [start:least_absolute]
def least_absolute(x: Tensor, y: Tensor) -> Tensor:
    """θ of smallest mean absolute error, shape (2,): the best line through two points.

    Takes x and y of shape (n, 1), all x different. Tries all n (n − 1) / 2 lines.
    """
    i, j = torch.combinations(torch.arange(len(x))).T
    slopes = (y[j] - y[i]) / (x[j] - x[i])  # (lines, 1)
    intercepts = y[i] - slopes * x[i]
    errors = (y.T - intercepts - slopes * x.T).abs().mean(1)  # (lines,)
    best = errors.argmin()
    return torch.cat((intercepts[best], slopes[best]))


# --8<-- [end:least_absolute]


def figure_bowl() -> Figure:
    """The loss: a slice along θ₁ through its bottom, and its level lines."""
    x, y = (column.double() for column in make_data(seed=0))
    theta_hat = least_squares(x, y)
    bottom = mean_squared_error(theta_hat, x, y)
    figure = Figure(figsize=(8, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    slopes = torch.linspace(0, 13.5, 100, dtype=x.dtype)
    slice_ = [mean_squared_error(torch.stack((theta_hat[0], s)), x, y) for s in slopes]
    left.plot(slopes, slice_, color="tab:gray")
    star = {"color": "tab:orange", "marker": "*", "linestyle": "none", "markersize": 11}
    left.plot(theta_hat[1], bottom, **star)
    left.set(xlabel=r"$\theta_1$", ylabel=r"$L(\hat\theta_0, \theta_1)$", ylim=(0, 50))
    ranges = (torch.linspace(-1, 15, 80), torch.linspace(0, 13.5, 80))
    grid = torch.meshgrid(*ranges, indexing="xy")
    loss = ((y[:, 0] - grid[0][..., None] - grid[1][..., None] * x[:, 0]) ** 2).mean(-1)
    lines = right.contour(
        *grid, loss, levels=[5, 10, 20, 40], colors="tab:gray", linewidths=0.8
    )
    right.clabel(lines, fontsize=8)
    right.plot(*theta_hat, label=r"$\hat\theta$", **star)
    cross = {"color": "tab:blue", "marker": "x", "linestyle": "none", "markersize": 7}
    right.plot(*THETA, label=r"$\theta$", **cross)
    right.set(xlabel=r"$\theta_0$", ylabel=r"$\theta_1$", aspect="equal")
    right.legend(loc="upper right")
    return figure


def figure_projection() -> Figure:
    """y − ȳ, the lines t (x − x̄), and the foot of the perpendicular, to scale."""
    x, y = (column.double() for column in make_data(seed=0))
    x_centered, y_centered = x - x.mean(), y - y.mean()
    unit = x_centered / x_centered.norm()
    along = (unit * y_centered).sum().item()
    across = (y_centered - along * unit).norm().item()
    other = 5 * x_centered.norm().item()
    figure = Figure(figsize=(6.4, 2.4))
    axes = figure.subplots()
    axes.axhline(0, color="tab:gray", linewidth=0.8)
    axes.plot((0, along), (0, across), color="tab:gray")
    axes.plot((along, along), (0, across), color="tab:red", linestyle="--")
    axes.plot((0, along), (0, 0), color="tab:orange", linewidth=2.5)
    axes.plot((other, along), (0, across), color="tab:gray", linestyle=":")
    axes.plot(other, 0, color="tab:gray", marker="o")
    axes.plot((along - 2, along - 2, along), (0, 2, 2), color="tab:red", linewidth=0.8)
    middle = {"ha": "center", "va": "center"}
    axes.text(along * 0.44, across * 0.62, r"$y - \bar y$", **middle)
    axes.text(along + 1, across / 2, "$r$", ha="left", va="center")
    axes.text(along * 0.44, -3, r"$\hat\theta_1 (x - \bar x)$", **middle)
    axes.text(other, -3, r"$5\,(x - \bar x)$", **middle)
    axes.set(aspect="equal", xlim=(-2, along + 6), ylim=(-5, across + 2))
    axes.set_axis_off()
    return figure


def figure_digits() -> Figure:
    """Median error of the slope in float32, against how far x is from 0."""
    shifts = [1.0, 3.0, 10.0, 30.0, 100.0, 300.0]
    ways = (
        (solve_normal_equations, r"$X^\top X$", "tab:red", "x", "--"),
        (solve_by_qr, "$QR$", "tab:orange", "o", "-"),
        (solve_by_means, r"$x - \bar x$", "tab:blue", "s", ":"),
    )
    figure = Figure()
    axes = figure.subplots()
    for solve, label, color, marker, style in ways:
        errors = [slope_error(solve, shift) for shift in shifts]
        axes.loglog(
            shifts, errors, color=color, marker=marker, linestyle=style, label=label
        )
    axes.set(xlabel="$c$", ylabel=r"$|\hat\theta_1 - \hat\theta_1^{64}|$")
    axes.legend()
    return figure


def check_1(intercept_hat: float, slope_hat: float) -> int:
    """Exercise 5.1: the least-squares line of (0, 1), (1, 3), (2, 4)."""
    return which(slope_hat, 3 / 2, 7 / 6, 11 / 5) or (which(intercept_hat, 7 / 6) and 3)


def check_2(
    theta_hat_factor: float,
    gradient_factor: float,
    hessian_factor: float,
    learning_rate_factor: float,
) -> int:
    """Exercise 5.2: what the sum of 100 squares is times what their mean is."""
    n = 10**2
    if which(gradient_factor, n) or which(hessian_factor, n):
        return 3
    if which(theta_hat_factor, 1):
        return 4
    return which(learning_rate_factor, 1 / n, 1, n)


def check_3(by_squares: float, by_absolute_values: float) -> int:
    """Exercise 5.3: the best constant for 1, 2, 3, 4, 90."""
    return which(by_absolute_values, 3, 20, 5 / 2) or (which(by_squares, 20) and 3)


def check_4(squares_ratio: float, absolute_ratio: float) -> int:
    """Exercise 5.4: how much further 1000 moves each line than 100 does."""
    slopes = 38.905 / 9.976
    return which(squares_ratio, 10, 10**2, slopes) or (which(absolute_ratio, 1) and 3)


def check_5(swapped_slope: float) -> int:
    """Exercise 5.5: the slope of the line that predicts x from y."""
    x, y = make_data(seed=0)
    (_, slope), (intercept, swapped) = least_squares(x, y), least_squares(y, x)
    through_origin = (x * y).sum() / (y * y).sum()
    return which(swapped_slope, swapped, 1 / slope, slope, intercept, through_origin)


if __name__ == "__main__":
    # --8<-- [start:three_losses]
    x, y = make_data(seed=0)
    model = Model(1, 1)
    thetas = torch.tensor([[0.0, 0.0], [5.0, 6.0], [5.0, 7.0]])
    for theta in thetas:
        set_theta(model.linear, *theta.tolist())
        by_torch = nn.MSELoss()(model(x), y)
        loss = mean_squared_error(theta, x, y)
        print(f"θ = {theta.tolist()}   L = {loss:.3f}   MSELoss {by_torch:.3f}")
    # --8<-- [end:three_losses]

    # --8<-- [start:likelihood]
    n = len(x)
    constant = -n / 2 * math.log(2 * math.pi * SIGMA**2)
    for theta in thetas:
        by_torch = log_likelihood(theta, SIGMA, x, y)
        by_equation = constant - n / (2 * SIGMA**2) * mean_squared_error(theta, x, y)
        print(f"θ = {theta.tolist()}   {by_torch:8.2f}   {by_equation:8.2f}")
    # --8<-- [end:likelihood]

    # --8<-- [start:three_gradients]
    theta = torch.tensor([5.0, 6.0])
    by_autograd = torch.func.grad(mean_squared_error)(theta, x, y)
    by_difference = [
        (mean_squared_error(theta + h, x, y) - mean_squared_error(theta - h, x, y)) / 2
        for h in torch.eye(2)
    ]
    for each in (gradient(theta, x, y), by_autograd, torch.stack(by_difference)):
        print([round(value, 3) for value in each.tolist()])
    # --8<-- [end:three_gradients]

    # --8<-- [start:two_hessians]
    print(hessian(x).numpy().round(3))
    by_autograd = torch.func.jacrev(torch.func.grad(mean_squared_error))
    for theta in thetas:
        print(torch.allclose(by_autograd(theta, x, y), hessian(x)))
    # --8<-- [end:two_hessians]

    # --8<-- [start:determinant]
    print("eigenvalues", torch.linalg.eigvalsh(hessian(x)).numpy().round(3))
    print(f"det H {torch.linalg.det(hessian(x)):.3f}")
    print(f"4 · variance of x {4 * x.var(correction=0):.3f}")
    # --8<-- [end:determinant]

    # --8<-- [start:closed_form]
    for solve in (solve_normal_equations, solve_by_means, solve_by_qr, least_squares):
        theta_0, theta_1 = solve(x, y).tolist()
        print(f"{solve.__name__:<22}   θ₀ = {theta_0:.3f}   θ₁ = {theta_1:.3f}")
    # --8<-- [end:closed_form]

    # --8<-- [start:sigma]
    theta_hat = least_squares(x, y)
    variance = mean_squared_error(theta_hat, x, y).item()
    print(f"σ̂² = {variance:.3f}")
    for other in (0.5 * variance, variance, SIGMA**2, 1.5 * variance):
        value = log_likelihood(theta_hat, other**0.5, x, y)
        print(f"log-likelihood at σ² = {other:.3f}   {value:.2f}")
    # --8<-- [end:sigma]

    # --8<-- [start:orthogonal]
    X, y_double = design_matrix(x.double()), y.double()
    theta_hat = least_squares(x.double(), y_double)[:, None]  # (2, 1)
    residual = y_double - X @ theta_hat
    noise = y_double - X @ THETA.double()[:, None]
    print("residual", (X.T @ residual).abs().max().item() < 1e-9)
    print("noise", (X.T @ noise)[:, 0].numpy().round(1))
    # --8<-- [end:orthogonal]

    # --8<-- [start:pythagoras]
    bottom = (residual**2).mean()
    above = ((X @ (THETA.double()[:, None] - theta_hat)) ** 2).mean()
    print(f"{bottom:.3f} + {above:.3f} = {bottom + above:.3f}")
    print(f"L(5, 7) = {mean_squared_error(THETA, x, y):.3f}")
    # --8<-- [end:pythagoras]

    # --8<-- [start:digits]
    ways = (solve_normal_equations, solve_by_qr, solve_by_means)
    for shift in (2, 20, 200):
        kappa = condition_number(x + shift)
        errors = [10 ** math.floor(math.log10(slope_error(way, shift))) for way in ways]
        print(f"x + {shift:<3}   κ {kappa:5.1f}  ", *(f" {e:.0e}" for e in errors))
    # --8<-- [end:digits]

    try:
        # --8<-- [start:not_called]
        nn.MSELoss(model(x), y)
        # --8<-- [end:not_called]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    try:
        # --8<-- [start:all_equal]
        solve_normal_equations(torch.full((100, 1), 2.0), y)
        # --8<-- [end:all_equal]
    except torch.linalg.LinAlgError as error:
        print(f"{type(error).__name__}: {error}")

    # --8<-- [start:rank]
    far = x + 1000
    for name, each in (("x + 1000", far), ("centered", far - far.mean())):
        answer = torch.linalg.lstsq(design_matrix(each), y)
        slope = answer.solution[1, 0]
        print(f"{name}   rank {answer.rank}   slope {slope:.3f}")
    # --8<-- [end:rank]

    # --8<-- [start:solution_three_points]
    three = torch.tensor([[0.0, 1.0], [1.0, 3.0], [2.0, 4.0]])
    theta_three = least_squares(three[:, :1], three[:, 1:])
    print([round(t, 3) for t in theta_three.tolist()])
    # --8<-- [end:solution_three_points]

    # --8<-- [start:solution_sum]
    total = nn.MSELoss(reduction="sum")

    def sum_of_squares(theta: Tensor) -> Tensor:
        return total(theta[0] + theta[1] * x, y)

    theta = torch.tensor([5.0, 6.0])
    first = torch.func.grad(sum_of_squares)(theta)
    print((first / gradient(theta, x, y)).numpy().round(2))
    second = torch.func.jacrev(torch.func.grad(sum_of_squares))(theta)
    print((second / hessian(x)).numpy().round(2))
    # --8<-- [end:solution_sum]

    # --8<-- [start:solution_constant]
    values = torch.tensor([1.0, 2.0, 3.0, 4.0, 90.0])
    constants = torch.linspace(0, 100, 10_001)[:, None]  # every 0.01
    squared = ((values - constants) ** 2).mean(1)
    absolute = (values - constants).abs().mean(1)
    for errors, summary in ((squared, values.mean()), (absolute, values.median())):
        print(f"{constants[errors.argmin()].item():.2f}   {summary:.2f}")
    # --8<-- [end:solution_constant]

    # --8<-- [start:solution_outlier]
    last = x.argmax()
    for wrong in (0, 100, 1000):
        y_wrong = y.clone()
        y_wrong[last] += wrong
        squares = least_squares(x, y_wrong)
        absolutes = least_absolute(x, y_wrong)
        print(f"+{wrong:<4}   squares {squares[0]:6.3f} {squares[1]:7.3f}  ", end="")
        print(f"   absolute values {absolutes[0]:.3f} {absolutes[1]:.3f}")
    # --8<-- [end:solution_outlier]

    # --8<-- [start:solution_swapped]
    _, slope = least_squares(x, y)
    _, slope_swapped = least_squares(y, x)
    correlation = torch.corrcoef(torch.cat((x, y), dim=1).T)[0, 1]
    print(f"1 / slope {1 / slope:.4f}   slope of x on y {slope_swapped:.4f}")
    print(f"product {slope * slope_swapped:.3f}   ρ² {correlation**2:.3f}")
    # --8<-- [end:solution_swapped]
