"""The figures of the chapter `estimates`."""

import torch
from matplotlib.figure import Figure

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
    axes.scatter(x, y, s=12, color="tab:gray", label="$(x_i, y_i)$")
    band = {"color": "tab:orange", "alpha": 0.3, "label": r"$95\,\%$"}
    axes.fill_between(ends, fitted - half, fitted + half, **band)
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
        missed = abs(center - 7) > half
        color, style = ("tab:red", ":") if missed else ("tab:orange", "-")
        axes.plot([i, i], [center - half, center + half], color=color, linestyle=style)
        axes.plot(i, center, color=color, marker=".", markersize=4)
    axes.axhline(7, color="tab:blue", linewidth=1, label=r"$\theta_1 = 7$")
    axes.set(ylabel=r"$\hat\theta_1$", xticks=[])
    axes.legend()
    return figure
