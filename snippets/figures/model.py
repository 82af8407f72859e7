"""The figures of the chapter `model`."""

import torch
from matplotlib.figure import Figure
from torch import nn

from snippets.data import make_data
from snippets.model import train_side_by_side


def figure_neuron() -> Figure:
    """One neuron: x times θ₁, plus θ₀, is ŷ."""
    figure = Figure(figsize=(5, 1.9))
    axes = figure.subplots()
    places = {"$x$": (0, 1), "$1$": (0, 0), "$+$": (2, 0.5), r"$\hat y$": (3.6, 0.5)}
    for label, (across, up) in places.items():
        color = "tab:orange" if label == "$+$" else "tab:gray"
        circle = {"boxstyle": "circle,pad=0.45", "fc": "white", "ec": color, "lw": 1.5}
        axes.text(across, up, label, ha="center", va="center", bbox=circle)
    arrow = {"arrowstyle": "->", "color": "tab:gray", "shrinkA": 15, "shrinkB": 15}
    for start, end in (("$x$", "$+$"), ("$1$", "$+$"), ("$+$", r"$\hat y$")):
        axes.annotate("", places[end], places[start], arrowprops=arrow)
    axes.text(1, 0.9, r"$\times\,\theta_1$", color="tab:orange", ha="center")
    axes.text(1, 0.1, r"$\times\,\theta_0$", color="tab:orange", ha="center", va="top")
    axes.set(xlim=(-0.5, 4.1), ylim=(-0.4, 1.4))
    axes.axis("off")
    return figure


def figure_histogram() -> Figure:
    """Where the weights of 10 000 lines start."""
    torch.manual_seed(0)
    weights = nn.Linear(1, 10_000).weight.detach().flatten().numpy()
    figure = Figure()
    axes = figure.subplots()
    axes.hist(weights, bins=30, range=(-1.5, 1.5), color="tab:gray", alpha=0.6)
    axes.set(xlabel=r"$\theta_1$", xlim=(-1.5, 1.5), ylim=(0, 700))
    return figure


def figure_starts() -> Figure:
    """A hundred untrained lines, and the one line that each of them becomes."""
    x, y = make_data(seed=0)
    torch.manual_seed(0)
    lines = nn.Linear(1, 100)
    ends = torch.tensor([[x.min()], [x.max()]])
    figure = Figure()
    axes = figure.subplots()
    points = {"s": 10, "color": "tab:gray", "alpha": 0.5, "linewidths": 0}
    axes.scatter(x, y, **points)
    gray = {"color": "tab:gray", "linewidth": 0.5, "alpha": 0.6}
    axes.plot(ends, lines(ends).detach(), **gray)
    axes.text(x.max(), -6.5, "$k = 0$", color="tab:gray", ha="right")
    train_side_by_side(lines, x, y)
    axes.plot(ends, lines(ends).detach(), color="tab:orange", linewidth=1.5)
    axes.text(2.2, 22, "$k = 100$", color="tab:orange", ha="right")
    axes.set(xlabel="$x$", ylabel="$y$")
    return figure
