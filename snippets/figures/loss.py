"""The figures of the chapter `loss`."""

import torch
from matplotlib.figure import Figure

from snippets.data import THETA, make_data
from snippets.figures import PANEL, THETA_HAT, TRUTH
from snippets.loss import (
    least_squares,
    mean_squared_error,
    slope_error,
    solve_by_means,
    solve_by_qr,
    solve_normal_equations,
)


def figure_slice() -> Figure:
    """The loss along θ₁, with θ₀ at the bottom of the bowl."""
    x, y = (column.double() for column in make_data(seed=0))
    theta_hat = least_squares(x, y)
    slopes = torch.linspace(0, 13.5, 100, dtype=x.dtype)
    heights = [
        mean_squared_error(torch.stack((theta_hat[0], slope)), x, y) for slope in slopes
    ]
    figure = Figure(figsize=PANEL)
    axes = figure.subplots()
    axes.plot(slopes, heights, color="tab:gray")
    axes.plot(theta_hat[1], mean_squared_error(theta_hat, x, y), **THETA_HAT)
    axes.text(theta_hat[1], 7, r"$\hat\theta_1$", color="tab:orange", ha="center")
    label = r"$L(\hat\theta_0, \theta_1)$"
    axes.set(xlabel=r"$\theta_1$", ylabel=label, ylim=(0, 50))
    return figure


def figure_bowl() -> Figure:
    """The level lines of the loss around θ̂, and the truth beside it."""
    x, y = (column.double() for column in make_data(seed=0))
    theta_hat = least_squares(x, y)
    ranges = (torch.linspace(2.3, 8.3, 80), torch.linspace(3.8, 9.8, 80))
    grid = torch.meshgrid(*ranges, indexing="xy")
    loss = ((y[:, 0] - grid[0][..., None] - grid[1][..., None] * x[:, 0]) ** 2).mean(-1)
    figure = Figure(figsize=PANEL)
    axes = figure.subplots()
    gray = {"colors": "tab:gray", "linewidths": 0.8}
    lines = axes.contour(*grid, loss, levels=[5, 8, 11], **gray)
    axes.clabel(lines, fontsize=10)
    axes.plot(*theta_hat, **THETA_HAT)
    axes.plot(*THETA, **TRUTH)
    axes.text(5.75, 6.7, r"$\hat\theta$", color="tab:orange", va="center")
    axes.text(4.7, 7, r"$\theta$", color="tab:blue", ha="right", va="center")
    axes.set(xlabel=r"$\theta_0$", ylabel=r"$\theta_1$", aspect="equal")
    return figure


def figure_projection() -> Figure:
    """y − ȳ, the lines t (x − x̄), and the foot of the perpendicular, to scale."""
    x, y = (column.double() for column in make_data(seed=0))
    x_centered, y_centered = x - x.mean(), y - y.mean()
    unit = x_centered / x_centered.norm()
    along = (unit * y_centered).sum().item()
    across = (y_centered - along * unit).norm().item()
    other = 5 * x_centered.norm().item()
    figure = Figure(figsize=(5, 1.9))
    axes = figure.subplots()
    axes.axhline(0, color="tab:gray", linewidth=0.8)
    axes.plot((0, along), (0, across), color="tab:gray")
    axes.plot((along, along), (0, across), color="tab:red", linestyle="--")
    axes.plot((0, along), (0, 0), color="tab:orange", linewidth=3)
    axes.plot((other, along), (0, across), color="tab:gray", linestyle=":")
    axes.plot(other, 0, color="tab:gray", marker="o")
    axes.plot((along - 2, along - 2, along), (0, 2, 2), color="tab:red", linewidth=0.8)
    middle = {"ha": "center", "va": "center"}
    axes.text(along * 0.44, across * 0.62, r"$y - \bar y$", **middle)
    axes.text(along + 1, across / 2, "$r$", ha="left", va="center")
    axes.text(along * 0.44, -3, r"$\hat\theta_1 (x - \bar x)$", **middle)
    axes.text(other, -3, r"$5\,(x - \bar x)$", **middle)
    axes.set(aspect="equal", xlim=(-2, along + 6), ylim=(-6, across + 2))
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
        axes.loglog(shifts, errors, color=color, marker=marker, linestyle=style)
        axes.text(400, errors[-1], label, color=color, va="center")
    axes.set(xlabel="$c$", ylabel=r"$|\hat\theta_1 - \hat\theta_1^{64}|$")
    return figure
