"""The figures of the chapter `layers`.

Networks are trained in float64 here, and on data without their last digits, so that
all processors draw the same lines.
"""

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn

from snippets.data import make_data
from snippets.figures import PANEL
from snippets.layers import (
    Table,
    classify,
    fit,
    kinks,
    make_curve,
    make_spiral,
    many_columns,
    two_errors,
    watch,
    wide,
)
from snippets.loss import least_squares

DATA = {"color": "tab:gray", "marker": ".", "linestyle": "none", "markersize": 4}
NETWORK = {"color": "tab:orange", "linewidth": 2.2, "zorder": 4}
LINE = {"color": "black", "linewidth": 1.4, "linestyle": "--", "zorder": 3}
REALITY = {"color": "tab:blue", "linewidth": 1.6, "linestyle": ":", "zorder": 3}


def _both(data: Table, at: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """What the line and the chapter's network, fitted to data, say at these places."""
    x, y = (column.double().round(decimals=4) for column in data)
    torch.manual_seed(0)
    nn.Linear(1, 1)  # the page draws a line first
    network = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 1)).double()
    fit(network, x, y)
    theta = least_squares(x, y)
    line = theta[0] + theta[1] * at
    return line[:, 0].numpy(), network(at)[:, 0].detach().numpy()


def _compared(axes: Axes, data: Table, at: Tensor, truth: Tensor) -> None:
    line, network = _both(data, at)
    axes.plot(*(column[:, 0].numpy() for column in data), **DATA, alpha=0.6)
    axes.plot(at[:, 0], truth[:, 0], **REALITY)
    axes.plot(at[:, 0], line, **LINE)
    axes.plot(at[:, 0], network, **NETWORK)
    axes.set(xlabel="$x$", ylabel="$y$")


def figure_fit() -> Figure:
    """A line and a network on data that lie on no line."""
    at = torch.linspace(-2, 2, 201, dtype=torch.float64)[:, None]
    figure = Figure()
    axes = figure.subplots()
    _compared(axes, make_curve(seed=0), at, torch.sin(2 * at))
    axes.text(-0.7, 0.5, r"$\hat\theta_0 + \hat\theta_1 x$", ha="center", va="bottom")
    axes.plot([-0.7, -0.7], [0.47, -0.1], color="black", linewidth=0.6)
    axes.text(0.05, 1.35, "$f(x)$", color="tab:orange", ha="right", va="center")
    axes.plot([0.1, 0.6], [1.32, 0.98], color="tab:orange", linewidth=0.6)
    axes.text(0.75, -0.75, r"$\sin 2x$", color="tab:blue", va="center", ha="right")
    axes.plot([0.8, 1.72], [-0.72, -0.32], color="tab:blue", linewidth=0.6)
    axes.set(xticks=(-2, -1, 0, 1, 2), yticks=(-1, 0, 1))
    return figure


def figure_neurons() -> Figure:
    """One input, four neurons of a hidden layer, each with its ramp, one output."""
    figure = Figure(figsize=(5, 3.2))
    axes = figure.subplots()
    heights = [3.0, 2.0, 1.0, 0.0]
    ramps = [(1, 0.3), (1, -0.4), (-1, 0.1), (-1, -0.5)]  # direction, kink
    t = np.linspace(-1, 1, 41)
    for j, (height, (direction, kink)) in enumerate(
        zip(heights, ramps, strict=True), 1
    ):
        for ends in (((0.3, 1.77), (1.5, height)), ((2.23, 3.7), (height, 1.5))):
            axes.plot(*ends, color="tab:gray", linewidth=1, zorder=1)
        axes.plot(2, height, "o", color="white", markeredgecolor="black", markersize=32)
        ramp = np.maximum(0, direction * (t - kink))
        ramp = height - 0.14 + 0.3 * ramp / ramp.max()
        axes.plot(2 + 0.18 * t, ramp, color="tab:orange", linewidth=2)
        frame = {"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none"}
        look = {"ha": "center", "va": "center", "size": 12, "bbox": frame}
        at = 1.5 + (height - 1.5) * 0.6
        axes.text(1.116, at, f"$w_{j}$", **look)
        axes.text(2.884, at, f"$v_{j}$", **look)
        axes.text(2, height - 0.36, f"$b_{j}$", ha="center", va="top", size=11)
    for place, name, below in ((0, "$x$", ""), (4, "$f(x)$", "$c$")):
        look = {"color": "white", "markeredgecolor": "black", "markersize": 38}
        axes.plot(place, 1.5, "o", **look)
        axes.text(place, 1.5, name, ha="center", va="center", size=12)
        axes.text(place, 1.02, below, ha="center", va="top", size=11)
    axes.set(xlim=(-0.5, 4.5), ylim=(-0.85, 3.5))
    axes.set_axis_off()
    return figure


def _four() -> tuple[Table, nn.Sequential]:
    """The curve and four neurons, started so that each has a kink in sight, trained."""
    x, y = (column.double().round(decimals=3) for column in make_curve(seed=0))
    torch.manual_seed(32)
    network = nn.Sequential(nn.Linear(1, 4), nn.ReLU(), nn.Linear(4, 1)).double()
    fit(network, x, y)
    return (x, y), network


def figure_bends() -> Figure:
    """The output of four neurons, and what each of them adds to it."""
    data, network = _four()
    at = torch.cat((torch.tensor([-2.0, 2.0]), kinks(network)))[:, None].sort(0).values
    figure = Figure(figsize=(5, 2.9))
    left, right = figure.subplots(1, 2)
    left.plot(*(column[:, 0].numpy() for column in data), **DATA, alpha=0.6)
    wave = np.linspace(-2, 2, 121)
    left.plot(wave, np.sin(2 * wave), **REALITY)
    with torch.no_grad():
        each = network[1](network[0](at)) * network[2].weight
        left.plot(at, network(at), **NETWORK)
        left.plot(at[1:-1], network(at[1:-1]), "o", color="tab:orange", zorder=5)
    right.plot(at, each, color="tab:orange", linewidth=1.4)
    left.set(xlabel="$x$", ylabel="$f(x)$", xticks=(-2, 0, 2), yticks=(-1, 0, 1))
    right.set(xlabel="$x$", xticks=(-2, 0, 2), yticks=(-5, 0, 5))
    right.set_ylabel(r"$v_j \max(0, w_j x + b_j)$")
    return figure


def explorable_bends() -> dict:
    """Up to eight neurons on the curve, to bend by hand and to train."""
    data, network = _four()
    hidden, output = network[0], network[2]
    each = torch.cat((hidden.weight, hidden.bias[:, None], output.weight.mT), 1)
    start = torch.cat((output.bias, each.flatten())).detach().round(decimals=3)
    return {
        "element": "hidden-units",
        "points": torch.cat(data, 1).tolist(),
        "start": start.tolist(),
    }


def figure_overfitting() -> Figure:
    """Loss on the rows of the training and on held-out rows, every tenth step."""
    tables = map(many_columns, (20, 21), (100, 100))
    losses = watch(wide(seed=2), *tables).numpy()
    steps = 10 * np.arange(1, len(losses) + 1)
    figure = Figure()
    axes = figure.subplots()
    axes.plot(steps, losses[:, 0], color="tab:gray", linestyle="--")
    axes.plot(steps, losses[:, 1], color="tab:orange", linewidth=2.2)
    best = losses[:, 1].argmin()
    axes.plot(steps[best], losses[best, 1], "o", color="tab:red", zorder=5)
    axes.text(200, 0.05, r"$L_{\mathrm{train}}$", color="tab:gray", va="center")
    axes.text(200, 0.34, r"$L_{\mathrm{held\ out}}$", color="tab:orange", va="center")
    axes.set(xlabel="$k$", ylabel="$L$", xlim=(0, 305), ylim=(-0.02, 0.45))
    return figure


def figure_outside_curve() -> Figure:
    """Where no data are: the truth is a curve."""
    at = torch.linspace(-4, 4, 201, dtype=torch.float64)[:, None]
    figure = Figure(figsize=PANEL)
    axes = figure.subplots()
    _compared(axes, make_curve(seed=0), at, torch.sin(2 * at))
    axes.axvspan(-2, 2, color="tab:gray", alpha=0.12, linewidth=0)
    axes.set(ylim=(-5, 5), xticks=(-4, -2, 0, 2, 4), yticks=(-4, 0, 4))
    return figure


def figure_outside() -> Figure:
    """Where no data are: the truth is a line."""
    at = torch.linspace(-8, 8, 201, dtype=torch.float64)[:, None]
    figure = Figure(figsize=PANEL)
    axes = figure.subplots()
    x, y = make_data(seed=0)
    _compared(axes, (x, y), at, 5 + 7 * at)
    span = x.min().item(), x.max().item()
    axes.axvspan(*span, color="tab:gray", alpha=0.12, linewidth=0)
    axes.set(xticks=(-8, -4, 0, 4, 8), yticks=(-50, 0, 50))
    return figure


def figure_both_errors() -> Figure:
    """Mean squared errors on the data and on new y: measured, and as predicted."""
    sizes = np.array([10, 14, 20, 30, 50, 80, 120, 180])
    errors = np.array([two_errors(int(n), datasets=500, seed=0) for n in sizes])
    n = np.linspace(9, 200, 200)
    figure = Figure()
    axes = figure.subplots()
    axes.plot((5, 200), (0.09, 0.09), color="tab:blue", linestyle=":", linewidth=1.6)
    styles = (("tab:gray", "--", "s", -1), ("tab:orange", "-", "o", 1))
    for column, (color, style, marker, sign) in enumerate(styles):
        axes.plot(n, 0.09 * (n + 7 * sign) / n, color=color, linestyle=style)
        axes.plot(sizes, errors[:, column], marker, color=color, markersize=5)
    axes.text(60, 0.118, r"$\mathrm{E}[L_{\mathrm{new}}]$", color="tab:orange")
    axes.text(60, 0.06, r"$\mathrm{E}[L_{\mathrm{train}}]$", color="tab:gray")
    axes.text(203, 0.09, r"$\sigma^2$", color="tab:blue", va="center")
    axes.set(xlabel="$n$", ylabel="$L$", xlim=(5, 215), ylim=(0, 0.17))
    return figure


def figure_spiral() -> Figure:
    """Three classes of points, and where the network changes its mind."""
    points, label = make_spiral(seed=0)
    torch.manual_seed(0)
    nn.Linear(2, 3)  # the page draws a linear classifier first
    hidden = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU())
    network = nn.Sequential(hidden, nn.Linear(32, 3)).double()
    classify(network, points.double(), label)
    side = torch.linspace(-1.2, 1.2, 81, dtype=torch.float64)
    grid = torch.cartesian_prod(side, side)
    logits = network(grid).detach().reshape(81, 81, 3).transpose(0, 1).numpy()
    figure = Figure(figsize=(5, 4.6))
    axes = figure.subplots()
    looks = (("tab:gray", "s"), ("tab:blue", "^"), ("tab:orange", "o"))
    for each, (color, marker) in enumerate(looks):
        x, y = points[label == each].T.numpy()
        look = {"color": color, "markersize": 4, "alpha": 0.8}
        axes.plot(x, y, marker, **look)
        others = np.delete(logits, each, axis=2).max(axis=2)
        lead = logits[..., each] - others
        axes.contour(side, side, lead, levels=[0], colors="black", linewidths=1.4)
    axes.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    axes.set(xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    return figure
