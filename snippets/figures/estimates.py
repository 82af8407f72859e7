"""The figures of the chapter `estimates`."""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator
from scipy import stats

from snippets.data import SAMPLE_SIZE, SIGMA, THETA, make_data
from snippets.estimates import fit, simulate
from snippets.figures import PANEL
from snippets.loss import least_squares
from snippets.model import Model
from snippets.training import theta_of, train


def _cloud(axes: Axes, alpha: float) -> None:
    """The thousand estimates of the chapter's opening, and the truth."""
    estimates = torch.stack([least_squares(*make_data(seed)) for seed in range(1000)])
    points = {"s": 8, "color": "tab:gray", "alpha": alpha, "linewidths": 0}
    axes.scatter(*estimates.T, **points)
    axes.plot(*THETA, color="tab:blue", marker="P", markersize=11, linestyle="")
    axes.set(xlabel=r"$\hat\theta_0$", ylabel=r"$\hat\theta_1$", aspect="equal")
    axes.xaxis.set_major_locator(MultipleLocator(0.5))
    axes.yaxis.set_major_locator(MultipleLocator(0.5))


def figure_cloud() -> Figure:
    """The thousand estimates, with that of seed 0, and the truth in their middle."""
    figure = Figure(figsize=(5, 4.4))
    axes = figure.subplots()
    _cloud(axes, alpha=0.5)
    theta_hat = least_squares(*make_data(seed=0)).tolist()
    axes.plot(*theta_hat, color="tab:orange", marker="o", markersize=9, linestyle="")
    place = {"textcoords": "offset points", "bbox": {"fc": "white", "lw": 0, "pad": 1}}
    label = r"$\theta = (5, 7)$"
    axes.annotate(label, THETA.tolist(), (-75, 12), color="tab:blue", **place)
    label = f"$({theta_hat[0]:.3f}, {theta_hat[1]:.3f})$"
    axes.annotate(label, theta_hat, (9, -14), color="tab:orange", **place)
    axes.set(xlim=(4.1, 5.9), ylim=(6.2, 8))
    return figure


def explorable_cloud() -> dict:
    """Datasets to draw, all with the same x: that of seed 0, and for more that of 1."""
    x, y = map(torch.cat, zip(*(make_data(seed) for seed in (0, 1)), strict=True))
    noise = (y - THETA[0] - THETA[1] * x) / SIGMA
    x, noise = (column.double().flatten().tolist() for column in (x, noise))
    return {
        "element": "resample",
        "theta": THETA.tolist(),
        "sigma": SIGMA,
        "x": [round(each, 6) for each in x],
        "noise": [round(each, 6) for each in noise],
        "start": {"n": SAMPLE_SIZE, "count": 1000},
    }


def figure_distances() -> Figure:
    """The way of training to θ̂ of seed 0, inside the cloud of the estimates."""
    x, y = make_data(seed=0)
    figure = Figure(figsize=(5, 4.4))
    axes = figure.subplots()
    _cloud(axes, alpha=0.25)
    path = []
    for k in (8, 10, 12, 15, 20, 40):
        torch.manual_seed(0)
        model = Model(1, 1)
        train(model, x, y, steps=k)
        path.append(theta_of(model).tolist())
    steps = {"color": "tab:red", "marker": "x", "linestyle": ":", "markersize": 7}
    axes.plot(*zip(*path, strict=True), **steps)
    for k, at in zip((8, 10, 12, 15), path, strict=False):
        axes.annotate(f"{k}", at, (6, -14), textcoords="offset points", color="tab:red")
    theta_hat = least_squares(x, y).tolist()
    axes.plot(*theta_hat, color="tab:orange", marker="o", markersize=9, linestyle="")
    both = zip(theta_hat, THETA.tolist(), strict=True)
    axes.plot(*both, color="tab:blue", linestyle="--", zorder=1)
    place = {"textcoords": "offset points"}
    axes.annotate(r"$\hat\theta$", theta_hat, (9, -4), color="tab:orange", **place)
    axes.annotate(r"$\theta$", THETA.tolist(), (-20, 4), color="tab:blue", **place)
    axes.set(xlim=(3.8, 6.3), ylim=(5.6, 8))
    return figure


def figure_fit() -> Figure:
    """The post's figure: points, true line, fitted line and its 95 % band."""
    x, y = make_data(seed=0)
    regression = fit(x, y)
    theta_0, theta_1 = regression.theta_hat.tolist()
    ends = torch.linspace(x.min(), x.max(), 50, dtype=torch.float64)
    fitted = theta_0 + theta_1 * ends
    leverage = 1 / len(x) + (ends - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()
    half = stats.t.ppf(0.975, len(x) - 2) * regression.s * torch.sqrt(leverage)
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
    centers, halves = theta_hat[:, 1], stats.t.ppf(0.975, 98) * errors[:, 1]
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


def _residuals(x: torch.Tensor, y: torch.Tensor) -> Figure:
    """The residuals of a line, drawn as sticks."""
    theta_0, theta_1 = fit(x, y).theta_hat
    residuals = (y - theta_0 - theta_1 * x)[:, 0]
    figure = Figure(figsize=PANEL)
    axes = figure.subplots()
    axes.vlines(x[:, 0], 0, residuals, color="tab:red", linewidth=0.8)
    axes.plot(x[:, 0], residuals, color="tab:gray", marker="o", markersize=3, ls="")
    axes.axhline(0, color="tab:orange", linewidth=1)
    axes.set(xlabel="$x$", ylabel=r"$y - \hat y$")
    return figure


def _places_and_noise() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    x = torch.linspace(0, 3, 40, dtype=torch.float64)[:, None]
    return x, torch.randn(40, 1, generator=generator, dtype=torch.float64)


def figure_bow() -> Figure:
    """Residuals of a line through points of a parabola."""
    x, noise = _places_and_noise()
    return _residuals(x, x**2 + 0.25 * noise)


def figure_funnel() -> Figure:
    """Residuals where the noise grows with x."""
    x, noise = _places_and_noise()
    return _residuals(x, x + x * noise)
