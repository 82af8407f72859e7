"""The figures of the chapter `loss`."""

import torch
from matplotlib.figure import Figure

from snippets.data import THETA, make_data
from snippets.loss import (
    least_squares,
    mean_squared_error,
    slope_error,
    solve_by_means,
    solve_by_qr,
    solve_normal_equations,
)


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
