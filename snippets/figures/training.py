"""The figures of the chapter `training`."""

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import nn

from snippets.data import make_data
from snippets.figures import THETA_HAT, TRUTH
from snippets.training import descend, slope_path, train


def _excess_losses(path: np.ndarray, x: np.ndarray) -> np.ndarray:
    """L(θ) − L(θ̂) on a path that ends in θ̂. Source: equation loss#eq-pythagoras."""
    away = path - path[-1]
    return np.mean((away[:, :1] + away[:, 1:] * x) ** 2, axis=1)


def figure_line() -> Figure:
    """The line of the chapter's first loop before it and after 1, 2, 4, 8, 40 steps."""
    torch.manual_seed(0)
    x, noise = torch.randn(100, 1), torch.randn(100, 1)  # as the page draws its data
    x, y = (column[:, 0].double().numpy() for column in (x, 5 + 7 * x + 2 * noise))
    line = nn.Linear(1, 1)
    start = np.array([line.bias.item(), line.weight.item()])
    path = descend(x, y, start, learning_rate=0.1, steps=40)
    figure = Figure(figsize=(5, 3.6))
    axes = figure.subplots()
    axes.plot(x, y, color="tab:gray", marker=".", linestyle="none", alpha=0.7)
    ends = np.array([-2.8, 3.5])
    for k in (0, 1, 2, 4, 8, 40):
        theta_0, theta_1 = path[k]
        width = 2.4 if k == 40 else 1.1
        heights = theta_0 + theta_1 * ends
        axes.plot(ends, heights, color="tab:orange", linewidth=width)
        label = "$k = 0$" if k == 0 else f"${k}$"
        axes.text(3.6, heights[1], label, color="tab:orange", va="center")
    axes.set(xlabel="$x$", ylabel="$y$", xlim=(-3, 4.3), ylim=(-17, 31))
    axes.set(xticks=(-2, 0, 2), yticks=(-10, 0, 10, 20, 30))
    return figure


def figure_bent() -> Figure:
    """Points on a V, and what the line and the network of #network make of them."""
    x, _ = make_data(seed=0)
    torch.manual_seed(1)  # as the page trains both
    y = 5 + 7 * x.abs() + 2 * torch.randn(100, 1)
    network = nn.Sequential(nn.Linear(1, 20), nn.ReLU(), nn.Linear(20, 1))
    line = nn.Linear(1, 1)
    train(line, x, y)
    train(network, x, y)
    figure = Figure(figsize=(5, 2.3))
    axes = figure.subplots()
    axes.plot(x, y, color="tab:gray", marker=".", linestyle="none", alpha=0.7)
    ends = torch.linspace(-2.8, 3.5, 200)[:, None]
    for model, style in ((line, ":"), (network, "-")):
        axes.plot(ends, model(ends).detach(), color="tab:orange", linestyle=style)
    axes.set(xlabel="$x$", ylabel="$y$", xlim=(-3, 3.7), ylim=(-1, 34))
    return figure


def figure_loss() -> Figure:
    """How far the loss is above its minimum, step by step, for three learning rates."""
    x, y = (column[:, 0].double().numpy() for column in make_data(seed=0))
    figure = Figure()
    axes = figure.subplots()
    styles = {
        0.01: ("tab:gray", ":"),
        0.1: ("tab:orange", "-"),
        0.4: ("tab:blue", "--"),
    }
    for learning_rate, (colour, style) in styles.items():
        path = descend(x, y, np.zeros(2), learning_rate, steps=2000)
        excess = _excess_losses(path, x)[:61]
        axes.semilogy(excess, color=colour, linestyle=style)
        last = np.flatnonzero(excess > 1e-14)[-1]  # that is seen
        label = rf"  $\eta = {learning_rate}$"
        axes.text(last, excess[last], label, color=colour, va="center")
    axes.set(xlabel="$k$", ylabel=r"$L(\theta_k) - L(\hat\theta)$", ylim=(1e-14, 1e3))
    axes.set(xlim=(0, 60))
    return figure


def figure_path() -> Figure:
    """Gradient descent from four starts over the level lines of the loss."""
    x, y = (column[:, 0].double().numpy() for column in make_data(seed=0))
    grid = np.meshgrid(np.linspace(-3, 14, 80), np.linspace(-1, 14, 80))
    loss = np.mean((y - grid[0][..., None] - grid[1][..., None] * x) ** 2, axis=-1)
    figure = Figure(figsize=(5, 4.6))
    axes = figure.subplots()
    levels = [10, 20, 40, 80]
    gray = {"colors": "tab:gray", "linewidths": 0.8, "alpha": 0.6}
    axes.contour(*grid, loss, levels=levels, **gray)
    for start in ((0, 0), (11, 1), (0, 13), (11, 13)):
        path = descend(x, y, np.array(start), learning_rate=0.1, steps=100)
        look = {"linewidth": 0.8, "marker": "o", "markersize": 2, "alpha": 0.7}
        axes.plot(*path.T, color="tab:orange", **look)
    axes.plot(*path[-1], **THETA_HAT)
    axes.plot(5, 7, **TRUTH)
    axes.text(5.9, 6.7, r"$\hat\theta$", color="tab:orange", va="center")
    axes.text(4.3, 7, r"$\theta$", color="tab:blue", ha="right", va="center")
    axes.set(xlabel=r"$\theta_0$", ylabel=r"$\theta_1$", aspect="equal")
    axes.set(xticks=(0, 5, 10), yticks=(0, 5, 10))
    return figure


def figure_slope() -> Figure:
    """The slope at each step, without zero_grad() and with it."""
    x, y = make_data(seed=0)
    figure = Figure(figsize=(5, 2.9))
    axes = figure.subplots()
    without, usual = (slope_path(x, y, clear) for clear in (False, True))
    axes.plot(range(1, 201), without, color="tab:red", linewidth=1.8)
    axes.plot(range(1, 201), usual, color="tab:orange", linestyle="--", linewidth=1.8)
    axes.text(203, without[-1], "(a)", color="tab:red", va="center")
    axes.text(203, usual[-1], "(b)", color="tab:orange", va="center")
    axes.set(xlabel="$k$", ylabel=r"$\theta_1$", xlim=(0, 215), ylim=(-1, 15))
    axes.set(xticks=(0, 50, 100, 150, 200), yticks=(0, 5, 10))
    return figure
