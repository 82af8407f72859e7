"""The figures of the chapter `scaling`."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.data import make_data
from snippets.figures import THETA_HAT
from snippets.scaling import fit_parts
from snippets.training import gradient

UNEQUAL = (97, 1, 1, 1)


def path_of_parts(parts: tuple[int, ...], steps: int = 200) -> np.ndarray:
    """Path of training that averages the gradients of parts, shape (steps + 1, 2).

    The parts add up to 100. Starts at (0, 0), with η = 0.1.
    """
    x, y = (column[:, 0].double().numpy() for column in make_data(seed=0))
    ends = np.cumsum(parts)
    own = [slice(end - rows, end) for rows, end in zip(parts, ends, strict=True)]
    path = [np.zeros(2)]
    for _ in range(steps):
        mean = np.mean([gradient(path[-1], x[part], y[part]) for part in own], axis=0)
        path.append(path[-1] - 0.1 * mean)
    return np.array(path)


def figure_parts() -> Figure:
    """Where θ goes when equal parts are averaged, and when unequal ones are."""
    x, y = (column[:, 0].double().numpy() for column in make_data(seed=0))
    grid = np.meshgrid(np.linspace(-0.5, 8.5, 80), np.linspace(-0.5, 8.5, 80))
    loss = np.mean((y - grid[0][..., None] - grid[1][..., None] * x) ** 2, axis=-1)
    figure = Figure(figsize=(5, 4.4))
    axes = figure.subplots()
    gray = {"colors": "tab:gray", "linewidths": 0.8, "alpha": 0.35}
    axes.contour(*grid, loss, levels=[4, 6, 10, 20, 40, 80], **gray)
    look = {"linewidth": 1, "marker": "o", "markersize": 2.5}
    equal, unequal = path_of_parts((25,) * 4), path_of_parts(UNEQUAL)
    axes.plot(*equal.T, color="tab:orange", **look)
    axes.plot(*unequal.T, color="tab:red", linestyle="--", **look)
    axes.plot(*equal[-1], **THETA_HAT)
    end = fit_parts(*make_data(seed=0), list(UNEQUAL)).tolist()
    axes.plot(*end, color="tab:red", marker="s", markersize=8, linestyle="none")
    axes.text(equal[-1, 0], 7.25, r"$\hat\theta$", color="tab:orange", ha="center")
    axes.text(end[0] + 0.35, 5.85, r"$\bar\theta$", color="tab:red", va="center")
    axes.set(xlabel=r"$\theta_0$", ylabel=r"$\theta_1$", aspect="equal")
    axes.set(xlim=(-0.5, 8.5), ylim=(-0.5, 8.5), xticks=(0, 4, 8), yticks=(0, 4, 8))
    return figure


def figure_ranks() -> Figure:
    """One step of four processes: parts, gradients, their mean, one new θ."""
    figure = Figure(figsize=(5, 3.6))
    axes = figure.subplots()
    axes.set(xlim=(0, 10), ylim=(0, 8.4))
    axes.axis("off")
    for rank in range(4):
        height = 7 - 2 * rank
        _box(axes, (1, height), rf"$S_{rank}$", "tab:gray")
        _box(axes, (3.6, height), rf"$\nabla L_{rank}$", "tab:blue")
        _box(axes, (9, height), r"$\theta_{k+1}$", "tab:orange")
        _arrow(axes, (1.65, height), (2.75, height))
        _arrow(axes, (4.45, height), (5.6, 4 + (height - 4) * 0.12))
        _arrow(axes, (7.1, 4 + (height - 4) * 0.12), (8.2, height))
    _box(axes, (6.35, 4), r"$\frac{1}{p}\sum$", "tab:red")
    return figure


# When each process is busy with what in a step: start and end. Rank 1 is slower.
TIMELINE = {
    0: {"forward": (0, 1.5), "backward": (1.5, 4.1), "step": (6.7, 7.7)},
    1: {"forward": (0, 2.1), "backward": (2.1, 5.1), "step": (6.7, 7.7)},
}
AVERAGES = (3.6, 4.9), (5.2, 6.5)  # of the gradients of later layers, then of the rest


def figure_timeline() -> Figure:
    """One step of two processes in time, with averages of two groups of gradients."""
    figure = Figure(figsize=(5, 2.7))
    axes = figure.subplots()
    axes.set(xlim=(-1.5, 7.8), ylim=(-0.55, 4.65))
    axes.axis("off")
    colors = {"forward": "tab:gray", "backward": "tab:blue", "step": "tab:orange"}
    for rank, height in enumerate((3.6, 0.4)):
        axes.text(-1.5, height, f"rank {rank}", va="center", size=12)
        for label, (start, end) in TIMELINE[rank].items():
            _bar(axes, (start, end), height, label, colors[label])
        waiting = TIMELINE[rank]["backward"][1], TIMELINE[rank]["step"][0]
        axes.plot(waiting, (height, height), color="tab:gray", linestyle=":")
    for number, (start, end) in enumerate(AVERAGES):
        _bar(axes, (start, end), 2, r"$\frac{1}{p}\sum$", "tab:red")
        for rank, edge in enumerate((1, -1)):
            begin, done = TIMELINE[rank]["backward"]
            ready = done if number else (begin + done) / 2
            _arrow(axes, (ready, 2 + 1.15 * edge), (start + 0.15, 2 + 0.5 * edge))
    for edge in (1, -1):
        _arrow(axes, (end - 0.15, 2 + 0.5 * edge), (end + 0.3, 2 + 1.15 * edge))
    return figure


def _bar(
    axes: Axes, span: tuple[float, float], height: float, label: str, color: str
) -> None:
    start, end = span
    axes.barh(height, end - start, 0.9, start, facecolor="white", edgecolor=color)
    middle = (start + end) / 2, height
    size = 14 if "$" in label else 12
    axes.text(*middle, label, ha="center", va="center", size=size)


def _box(axes: Axes, place: tuple[float, float], label: str, color: str) -> None:
    frame = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": color}
    axes.text(*place, label, ha="center", va="center", fontsize=14, bbox=frame)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    look = {"arrowstyle": "->", "color": "tab:gray", "linewidth": 1.2}
    axes.annotate("", xy=end, xytext=start, arrowprops=look)
