"""The figures of the chapter `data`."""

import numpy as np
import torch
from matplotlib.figure import Figure

from snippets.data import POST_ROWS, THETA, make_data, sample_means


def figure_scatter() -> Figure:
    """The 100 points of seed 0, and the line that they were scattered around."""
    x, y = make_data(seed=0)
    ends = torch.tensor([x.min(), x.max()])
    figure = Figure()
    axes = figure.subplots()
    axes.scatter(x, y, s=14, color="tab:gray")
    axes.plot(ends, THETA[0] + THETA[1] * ends, color="tab:blue")
    axes.text(1.1, 17, "$y = 5 + 7x$", color="tab:blue", ha="right")
    axes.text(0.7, 3, "$(x_i, y_i)$", color="tab:gray")
    axes.set(xlabel="$x$", ylabel="$y$")
    return figure


def figure_cloud() -> Figure:
    """The mean of y in each of 200 datasets, one for each seed."""
    seeds = range(200)
    means = [make_data(seed)[1].mean().item() for seed in seeds]
    figure = Figure()
    axes = figure.subplots()
    axes.axhline(THETA[0], color="tab:blue", linewidth=1.5)
    axes.text(202, THETA[0], r" $\theta_0 = 5$", color="tab:blue", va="center")
    axes.scatter(seeds, means, s=12, color="tab:orange")
    axes.set(xlabel="$k$", ylabel=r"$\bar y$", xlim=(-3, 202))
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
        body.set(facecolor="tab:gray", alpha=0.35)
    axes.axhline(THETA[0], color="tab:blue", linewidth=1)
    axes.text(3.5, THETA[0], r" $\theta_0 = 5$", color="tab:blue", va="center")
    spread = [(53 / size) ** 0.5 for size in sizes]
    axes.errorbar((1, 2, 3), [5] * 3, spread, fmt="none", capsize=6, color="tab:orange")
    top = THETA[0] + spread[0]
    axes.text(1.2, top, r"$\pm\sqrt{53/n}$", color="tab:orange", va="center")
    axes.set(xlabel="$n$", ylabel=r"$\bar y$", xticks=(1, 2, 3), xticklabels=sizes)
    axes.set(xlim=(0.5, 3.5))
    return figure


def figure_plot() -> Figure:
    """What the section `plot` draws: the post's ten rows and two lines."""
    x, y = POST_ROWS[:, 0], POST_ROWS[:, 1]
    slope, intercept = np.polyfit(x, y, 1)
    figure = Figure()
    axes = figure.subplots()
    axes.scatter(x, y, color="tab:gray", label="$(x_i, y_i)$")
    ends = np.array([min(x), max(x)])
    fitted = f"$y = {intercept:.2f} + {slope:.2f}x$"
    axes.plot(ends, intercept + slope * ends, color="tab:orange", label=fitted)
    axes.plot(ends, 5 + 7 * ends, "--", color="tab:blue", label="$y = 5 + 7x$")
    axes.set(xlabel="$x$", ylabel="$y$")
    axes.legend()
    return figure
