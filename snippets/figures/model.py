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
    axes.scatter(x, y, s=10, color="tab:gray", label="$(x_i, y_i)$")
    starts = axes.plot(
        ends, lines(ends).detach(), color="tab:gray", linewidth=0.5, alpha=0.6
    )
    starts[0].set_label("$k = 0$")
    train_side_by_side(lines, x, y)
    trained = axes.plot(ends, lines(ends).detach(), color="tab:orange", linewidth=1.5)
    trained[0].set_label("$k = 100$")
    axes.set(xlabel="$x$", ylabel="$y$")
    axes.legend()
    return figure
