"""The figures of the chapter `learning_rate`."""

import numpy as np
import torch
from matplotlib.figure import Figure

from snippets.data import make_data
from snippets.figures import PANEL, THETA_HAT
from snippets.learning_rate import Standardize, rates_of, warm_up_and_cosine
from snippets.loss import hessian
from snippets.training import descend

COSINE = torch.optim.lr_scheduler.CosineAnnealingLR
STEP = torch.optim.lr_scheduler.StepLR
LEVELS = [3, 12, 30, 55]  # of the loss, above its smallest value


def _columns(shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    x, y = make_data(seed=0)
    return (x + shift)[:, 0].double().numpy(), y[:, 0].double().numpy()


def _eigenvalues(x: np.ndarray) -> list[float]:
    return torch.linalg.eigvalsh(hessian(torch.tensor(x)[:, None])).tolist()


def figure_runs() -> Figure:
    """The slope, step by step, far below, just below and just above the limit."""
    x, y = _columns()
    figure = Figure()
    axes = figure.subplots()
    styles = {
        0.95: ("tab:red", "--", 1.2, 26),
        0.9: ("tab:gray", "-", 1.2, 10.5),
        0.1: ("tab:orange", "-", 2.5, 4.5),
    }
    for learning_rate, (colour, style, width, height) in styles.items():
        path = descend(x, y, np.zeros(2), learning_rate, steps=30)
        look = {"color": colour, "linestyle": style, "linewidth": width}
        axes.plot(path[:, 1], **look)
        label = rf"$\eta = {learning_rate}$"
        axes.text(31, height, label, color=colour, va="center")
    axes.set(xlabel="$k$", ylabel=r"$\theta_1$", xlim=(0, 40), ylim=(-16, 30))
    axes.set(xticks=(0, 10, 20, 30))
    return figure


def figure_axes() -> Figure:
    """The eigenvectors of H on the level lines, and a path that zigzags."""
    x, y = _columns(shift=1.5)
    theta_hat = np.polyfit(x, y, 1)[::-1]
    values, vectors = torch.linalg.eigh(hessian(torch.tensor(x)[:, None]))
    flat, steep = (v * np.sign(v[1]) for v in vectors.T.numpy())
    low, high = values.tolist()
    start = theta_hat - 7.5 * flat + 2.3 * steep
    path = descend(x, y, start, 0.93 * 2 / high, steps=9)
    grid = np.meshgrid(
        *(
            np.linspace(each - reach, each + reach, 150)
            for each, reach in zip(theta_hat, (9, 5.4), strict=True)
        )
    )
    loss = np.mean((y - grid[0][..., None] - grid[1][..., None] * x) ** 2, axis=-1)
    bottom = np.mean((y - theta_hat[0] - theta_hat[1] * x) ** 2)
    figure = Figure(figsize=(5, 2.9))
    axes = figure.subplots()
    levels = bottom + np.array(LEVELS)
    gray = {"colors": "tab:gray", "linewidths": 0.8, "alpha": 0.6}
    axes.contour(*grid, loss, levels=levels, **gray)
    look = {"linewidth": 1.2, "marker": "o", "markersize": 3}
    axes.plot(*path.T, color="tab:orange", **look)
    for vector, curvature, name in ((flat, low, "v_1"), (steep, high, "v_2")):
        tip = theta_hat + vector * np.sqrt(2 * 12 / curvature)  # on a level line
        arrow = {"arrowstyle": "-|>", "color": "tab:blue", "linewidth": 2.5}
        arrow |= {"shrinkA": 0, "shrinkB": 0, "mutation_scale": 14}
        axes.annotate("", tip, theta_hat, arrowprops=arrow)
        place = theta_hat + vector * (np.sqrt(2 * 12 / curvature) + 0.6)
        axes.text(*place, f"${name}$", color="tab:blue", ha="center", va="center")
    axes.plot(*theta_hat, **THETA_HAT)
    axes.set(aspect="equal", xlabel=r"$\theta_0$", ylabel=r"$\theta_1$")
    return figure


def explorable_axes() -> dict:
    """Gradient descent on this bowl, and on those for x and for the centered x."""
    x, y = _columns()
    xx, xy, yy = ((a * b).mean() for a, b in ((x, x), (x, y), (y, y)))
    means = {"x": x.mean(), "y": y.mean(), "xx": xx, "xy": xy, "yy": yy}
    x = x + 1.5
    values, vectors = torch.linalg.eigh(hessian(torch.tensor(x)[:, None]))
    flat, steep = (v * np.sign(v[1]) for v in vectors.T.numpy())
    start = np.polyfit(x, y, 1)[::-1] - 7.5 * flat + 2.3 * steep
    return {
        "element": "descent",
        "means": means,
        "shift": 1.5,
        "levels": LEVELS,
        "start": start.round(1).tolist(),
        "eta": round(0.93 * 2 / values[1].item(), 4),
        "steps": 9,
    }


def figure_rates() -> Figure:
    """What is left of the distance after a step, against η: predicted and measured."""
    x, y = _columns(shift=1)
    low, high = _eigenvalues(x)
    theta_hat = np.polyfit(x, y, 1)[::-1]
    figure = Figure()
    axes = figure.subplots()
    grid = np.linspace(0, 0.47, 400)
    arms = np.abs(1 - np.outer((low, high), grid))
    for arm, style in zip(arms, (":", "--"), strict=True):
        axes.plot(grid, arm, color="tab:gray", linestyle=style, linewidth=1.2)
    axes.plot(grid, arms.max(axis=0), color="tab:blue", alpha=0.35, linewidth=5)
    for learning_rate in np.linspace(0.02, 0.44, 15):
        away = descend(x, y, np.zeros(2), learning_rate, steps=40) - theta_hat
        before, after = np.linalg.norm(away[-2:], axis=1)
        axes.plot(learning_rate, after / before, "o", color="tab:orange", markersize=5)
    axes.axhline(1, color="black", linewidth=0.8)
    best, limit = 2 / (low + high), 2 / high
    axes.plot(best, 1 - best * low, **THETA_HAT)
    axes.text(best, 0.58, r"$\eta^*$", color="tab:orange", ha="center", va="center")
    axes.text(limit - 0.005, 1.12, r"$2/\lambda_{\max}$", ha="right", va="center")
    axes.plot(limit, 1, "|", color="tab:red", markersize=16, markeredgewidth=2)
    axes.text(0.375, 0.58, r"$|1-\eta\lambda_{\min}|$", color="tab:gray")
    axes.text(0.008, 0.33, r"$|1-\eta\lambda_{\max}|$", color="tab:gray")
    axes.set(xlabel=r"$\eta$", ylabel=r"$d_{k+1}/d_k$", xlim=(0, 0.46), ylim=(0, 1.3))
    return figure


def _bowl(x: np.ndarray, y: np.ndarray, path: np.ndarray, reach: float) -> Figure:
    """Level lines of the loss around θ̂, and a path on it."""
    middle = np.polyfit(x, y, 1)[::-1]
    ends = [np.linspace(each - reach, each + reach, 120) for each in middle]
    grid = np.meshgrid(*ends)
    loss = np.mean((y - grid[0][..., None] - grid[1][..., None] * x) ** 2, axis=-1)
    figure = Figure(figsize=PANEL)
    axes = figure.subplots()
    levels = loss.min() + np.array([1, 8, 30, 70, 130])
    gray = {"colors": "tab:gray", "linewidths": 0.8, "alpha": 0.6}
    axes.contour(*grid, loss, levels=levels, **gray)
    look = {"linewidth": 1, "marker": "o", "markersize": 2.5}
    axes.plot(*path.T, color="tab:red" if len(path) > 2 else "tab:orange", **look)
    axes.plot(*middle, **THETA_HAT)
    axes.set(aspect="equal")
    return figure


def figure_valley() -> Figure:
    """An uncentered x: a narrow valley, in which a path zigzags."""
    x, y = _columns(shift=2)
    start = np.polyfit(x, y, 1)[::-1] + np.array([5.5, 2.0])
    rate = 0.93 * 2 / _eigenvalues(x)[1]
    figure = _bowl(x, y, descend(x, y, start, rate, steps=40), reach=8)
    figure.axes[0].set(xlabel=r"$\theta_0$", ylabel=r"$\theta_1$")
    return figure


def figure_round() -> Figure:
    """The same data, standardized: round level lines, and one step to the middle."""
    x, y = make_data(seed=0)
    z = Standardize(x.double() + 2)(x.double() + 2)
    z, y = z[:, 0].numpy(), y[:, 0].double().numpy()
    start = np.polyfit(z, y, 1)[::-1] + np.array([5.5, 2.0])
    figure = _bowl(z, y, descend(z, y, start, 0.5, steps=1), reach=8)
    names = {"xlabel": r"$\tilde\theta_0$", "ylabel": r"$\tilde\theta_1$"}
    figure.axes[0].set(**names)
    return figure


def figure_schedules() -> Figure:
    """The learning rate under three schedulers."""
    steps = 1000
    figure = Figure()
    axes = figure.subplots()
    for make, colour, style, place, name in (
        (lambda o: STEP(o, 100, gamma=0.5), "tab:blue", "-", (390, 0.2), "StepLR"),
        (
            lambda o: COSINE(o, steps),
            "tab:gray",
            "--",
            (400, 0.36),
            "CosineAnnealingLR",
        ),
        (
            lambda o: warm_up_and_cosine(o, 100, steps),
            "tab:orange",
            "-",
            (720, 0.82),
            "LinearLR, CosineAnnealingLR",
        ),
    ):
        axes.plot(rates_of(make, steps), color=colour, linestyle=style)
        axes.text(*place, name, color=colour, ha="center", va="center")
    axes.set(xlabel="$k$", ylabel=r"$\eta_k/\eta_0$", xlim=(0, steps), ylim=(0, 1.1))
    return figure
