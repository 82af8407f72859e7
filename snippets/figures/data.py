"""The figures of the chapter `data`."""

import torch
from matplotlib.figure import Figure

from snippets.data import THETA, make_data, sample_means


def figure_scatter() -> Figure:
    """The 100 points of seed 0, and the line that they were scattered around."""
    x, y = make_data(seed=0)
    ends = torch.tensor([x.min(), x.max()])
    figure = Figure()
    axes = figure.subplots()
    axes.scatter(x, y, s=14, color="tab:gray", label="$(x_i, y_i)$")
    axes.plot(ends, THETA[0] + THETA[1] * ends, color="tab:blue", label="$y = 5 + 7x$")
    axes.set(xlabel="$x$", ylabel="$y$")
    axes.legend()
    return figure


def figure_means() -> Figure:
    """Spread of the mean of y over 1 000 datasets, for three sample sizes."""
    figure = Figure()
    axes = figure.subplots()
    sizes = (25, 100, 400)
    axes.violinplot(
        [sample_means(seed=0, datasets=1000, size=size).numpy() for size in sizes],
        showextrema=False,
    )
    for body in axes.collections:
        body.set(facecolor="tab:gray", alpha=0.5)
    axes.axhline(THETA[0], color="tab:blue", linewidth=1, label=r"$\theta_0 = 5$")
    spread = [(53 / size) ** 0.5 for size in sizes]
    axes.errorbar(
        (1, 2, 3),
        [5] * 3,
        spread,
        fmt="none",
        capsize=6,
        color="tab:orange",
        label=r"$\pm\sqrt{53/n}$",
    )
    axes.set(xlabel="$n$", ylabel=r"$\bar y$", xticks=(1, 2, 3), xticklabels=sizes)
    axes.legend()
    return figure
