"""The figures of the chapter `model`."""

import torch
from matplotlib.figure import Figure
from torch import nn

from snippets.data import make_data
from snippets.model import train_side_by_side


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
