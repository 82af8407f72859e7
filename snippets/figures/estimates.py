"""The figures of the chapter `estimates`."""

import torch
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from snippets.data import THETA, make_data
from snippets.estimates import fit, simulate, t_quantile


def figure_fit() -> Figure:
    """The post's figure: points, true line, fitted line and its 95 % band."""
    x, y = make_data(seed=0)
    regression = fit(x, y)
    theta_0, theta_1 = regression.theta_hat.tolist()
    ends = torch.linspace(x.min(), x.max(), 50, dtype=torch.float64)
    fitted = theta_0 + theta_1 * ends
    leverage = 1 / len(x) + (ends - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()
    half = t_quantile(0.975, len(x) - 2) * regression.s * torch.sqrt(leverage)
    figure = Figure()
    axes = figure.subplots()
    points = {"s": 10, "color": "tab:gray", "alpha": 0.5, "linewidths": 0}
    axes.scatter(x, y, label="$(x_i, y_i)$", **points)
    band = {"color": "tab:orange", "alpha": 0.3, "linewidth": 0}
    axes.fill_between(ends, fitted - half, fitted + half, label=r"$95\,\%$", **band)
    truth = {"color": "tab:blue", "linestyle": "--", "label": r"$\theta = (5, 7)$"}
    axes.plot(ends, THETA[0] + THETA[1] * ends, **truth)
    label = rf"$\hat\theta = ({theta_0:.2f}, {theta_1:.2f})$"
    axes.plot(ends, fitted, color="tab:orange", label=label)
    axes.set(xlabel="$x$", ylabel="$y$")
    axes.legend()
    return figure


def figure_intervals() -> Figure:
    """95 % intervals for θ₁ from fifty datasets; those that miss 7 are red."""
    theta_hat, errors, _ = simulate(datasets=50, size=100, seed=0)
    centers, halves = theta_hat[:, 1], t_quantile(0.975, 98) * errors[:, 1]
    figure = Figure()
    axes = figure.subplots()
    for i, (center, half) in enumerate(zip(centers, halves, strict=True)):
        low, high = center - half, center + half
        missed = abs(center - THETA[1]) > half
        look = {"color": "tab:orange", "linewidth": 1.2}
        if missed:
            look = {"color": "tab:red", "linewidth": 3, "linestyle": ":"}
            label = f"$[{low:.3f}, {high:.3f}]$"
            axes.text(i, 8, label, color="tab:red", ha="center")
        axes.plot([i, i], [low, high], **look)
        mark = {"color": look["color"], "marker": "*", "markeredgewidth": 0}
        axes.plot(i, center, markersize=9 if missed else 6, **mark)
    axes.axhline(THETA[1], color="tab:blue", linewidth=1)
    axes.text(51, THETA[1], r"$\theta_1 = 7$", color="tab:blue", va="center")
    axes.set(ylabel=r"$\hat\theta_1$", xticks=[], xlim=(-1, 50), ylim=(6, 8.2))
    axes.yaxis.set_major_locator(MultipleLocator(0.5))
    return figure
