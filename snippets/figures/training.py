"""The figures of the chapter `training`."""

import numpy as np
from matplotlib.figure import Figure

from snippets.data import make_data
from snippets.training import descend


def _excess_losses(path: np.ndarray, x: np.ndarray) -> np.ndarray:
    """L(θ) − L(θ̂) on a path that ends in θ̂. Source: equation loss#eq-pythagoras."""
    away = path - path[-1]
    return np.mean((away[:, :1] + away[:, 1:] * x) ** 2, axis=1)


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
        label = rf"$\eta = {learning_rate}$"
        axes.semilogy(excess, color=colour, linestyle=style, label=label)
    axes.set(xlabel="$k$", ylabel=r"$L(\theta_k) - L(\hat\theta)$", ylim=(1e-14, 1e3))
    axes.legend(loc="center right", bbox_to_anchor=(1, 0.62))
    return figure


def figure_path() -> Figure:
    """Gradient descent from four starts over the level lines of the loss."""
    x, y = (column[:, 0].double().numpy() for column in make_data(seed=0))
    grid = np.meshgrid(np.linspace(-1, 12, 80), np.linspace(-1, 14, 80))
    loss = np.mean((y - grid[0][..., None] - grid[1][..., None] * x) ** 2, axis=-1)
    figure = Figure()
    axes = figure.subplots()
    levels = [5, 10, 20, 40, 80]
    axes.contour(*grid, loss, levels=levels, colors="tab:gray", linewidths=0.8)
    for start in ((0, 0), (11, 1), (0, 13), (11, 13)):
        path = descend(x, y, np.array(start), learning_rate=0.1, steps=100)
        axes.plot(*path.T, color="tab:orange", linewidth=1, marker="o", markersize=3)
    end = {"linestyle": "none", "markersize": 9}
    axes.plot(*path[-1], color="tab:orange", marker="*", label=r"$\hat\theta$", **end)
    axes.plot(5, 7, color="tab:blue", marker="x", label=r"$\theta$", **end)
    axes.set(xlabel=r"$\theta_0$", ylabel=r"$\theta_1$", aspect="equal")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure
