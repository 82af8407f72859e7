"""The figures of the chapter `loss`."""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.data import THETA, make_data
from snippets.figures import PANEL, THETA_HAT, TRUTH
from snippets.loss import (
    least_absolute,
    least_squares,
    mean_squared_error,
    solve_by_means,
)

# the five points with which the chapter begins
FIVE = torch.tensor([[0.0, 2.0], [1.0, 4.0], [2.0, 4.0], [3.0, 8.0], [4.0, 12.0]])
TRIED = {"s": ((6.0, 0.0), ":"), "^": ((1.0, 2.0), "--")}  # marker: θ, style


def draw_line(axes: Axes, theta: tuple[float, float], **style) -> None:
    """θ₀ + θ₁ x from −0.3 to 4.3."""
    ends = torch.tensor([-0.3, 4.3])
    axes.plot(ends, theta[0] + theta[1] * ends, **style)


def figure_sticks() -> Figure:
    """Five points, the line 1 + 2x, and the residuals between them."""
    x, y = FIVE.T
    figure = Figure(figsize=(5, 3.2))
    axes = figure.subplots()
    draw_line(axes, (1, 2), color="tab:orange", linewidth=2)
    for at, above in zip(x.tolist(), y.tolist(), strict=True):
        below = 1 + 2 * at
        axes.plot((at, at), (below, above), color="tab:red", linewidth=2.5)
        said = f"{above - below:.0f}".replace("-", "\u2212")
        side, away = ("right", -0.1) if above > below else ("left", 0.1)
        middle = (above + below) / 2  # on the side where the line is not
        axes.text(at + away, middle, said, color="tab:red", ha=side, va="center")
    axes.plot(x, y, color="tab:gray", marker="o", markersize=8, linestyle="none")
    axes.text(3.0, 5.4, r"$1 + 2x$", color="tab:orange", ha="left")
    axes.set(xlabel="$x$", ylabel="$y$", ylim=(0, 13))
    return figure


def moved_point(name: str, lines: list[tuple[float, float]]) -> Figure:
    """Five points, the last one raised by 20, and the best line before and after."""
    x, y = FIVE.T
    figure = Figure(figsize=PANEL)
    axes = figure.subplots()
    before, after = lines
    draw_line(axes, before, color="tab:gray", linestyle="--")
    draw_line(axes, after, color="tab:orange", linewidth=2)
    axes.plot(x, y, color="tab:gray", marker="o", linestyle="none")
    axes.plot(4, 32, color="tab:red", marker="D", linestyle="none")
    axes.annotate(
        "", (4, 30.5), (4, 13.5), arrowprops={"arrowstyle": "->", "color": "tab:red"}
    )
    axes.text(0, 29, name, fontsize=14, va="center")
    axes.set(xlabel="$x$", ylabel="$y$", ylim=(-6, 35))
    return figure


def best_lines(solve) -> list[tuple[float, float]]:
    """θ of the best line before and after the last point is raised by 20."""
    x, y = FIVE[:, :1].double(), FIVE[:, 1:].double()
    moved = y.clone()
    moved[-1] += 20
    return [tuple(solve(x, column).tolist()) for column in (y, moved)]


def figure_squares() -> Figure:
    """How far one point moves the line of least squares."""
    return moved_point("$r^2$", best_lines(least_squares))


def figure_absolutes() -> Figure:
    """How far one point moves the line of least absolute values."""
    return moved_point("$|r|$", best_lines(least_absolute))


def figure_lines() -> Figure:
    """The five points and three lines."""
    x, y = FIVE.T
    best = solve_by_means(x, y).tolist()
    figure = Figure(figsize=PANEL)
    axes = figure.subplots()
    for marker, (theta, style) in TRIED.items():
        draw_line(axes, theta, color="tab:gray", linestyle=style)
        axes.plot(3.5, theta[0] + theta[1] * 3.5, color="tab:gray", marker=marker)
    draw_line(axes, best, color="tab:orange", linewidth=2)
    axes.plot(3.5, best[0] + best[1] * 3.5, **THETA_HAT)
    axes.plot(x, y, color="tab:gray", marker="o", markersize=5, linestyle="none")
    axes.set(xlabel="$x$", ylabel="$y$", ylim=(-1, 13.5), yticks=(0, 4, 8, 12))
    return figure


def figure_surface() -> Figure:
    """The level lines of the loss of the five points, and the three lines' θ on it."""
    x, y = FIVE.T
    ranges = (torch.linspace(-5, 9, 120), torch.linspace(-1, 6, 120))
    grid = torch.meshgrid(*ranges, indexing="xy")
    loss = ((y - grid[0][..., None] - grid[1][..., None] * x) ** 2).mean(-1)
    figure = Figure(figsize=PANEL)
    axes = figure.subplots()
    axes.contour(
        *grid, loss, levels=[2, 5, 10, 20, 40], colors="tab:gray", linewidths=0.8
    )
    for marker, (theta, _) in TRIED.items():
        axes.plot(*theta, color="tab:gray", marker=marker, linestyle="none")
    axes.plot(*solve_by_means(x, y), **THETA_HAT)
    axes.set(xlabel=r"$\theta_0$", ylabel=r"$\theta_1$")
    return figure


def explorable_surface() -> dict:
    """A line to move through the five points."""
    return {
        "element": "fit-line",
        "points": FIVE.tolist(),
        "levels": [2, 5, 10, 20, 40],
        "tried": [theta for theta, _ in TRIED.values()],
        "start": [6, 0],
    }


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
