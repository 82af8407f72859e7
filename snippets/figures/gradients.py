"""The figures of the chapter `gradients`."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from snippets.data import POST_ROWS
from snippets.gradients import (
    Value,
    backward,
    difference_errors,
    graph,
    mean_squared_error,
)


def two_rows() -> Value:
    """The loss of the post's first two rows at θ = (1, 2), after `backward`."""
    rows = [
        (Value(x, name=f"$x_{i}$"), Value(y, name=f"$y_{i}$"))
        for i, (x, y) in enumerate(POST_ROWS[:2].tolist(), 1)
    ]
    theta = Value(1.0, name=r"$\theta_0$"), Value(2.0, name=r"$\theta_1$")
    loss = mean_squared_error(*theta, rows)
    backward(loss)
    return loss


def _levels(output: Value) -> dict[Value, int]:
    """The longest way to the output, for each value of its graph."""
    levels = dict.fromkeys(graph(output), 0)
    for user in reversed(levels):
        for source, _ in user.edges:
            levels[source] = max(levels[source], levels[user] + 1)
    return levels


def place(output: Value) -> dict[Value, tuple[float, float]]:
    """Where to draw each value: the output at (½, 0), inputs above what uses them."""
    levels = _levels(output)
    users = {value: [] for value in levels}
    places = {}
    for level in range(max(levels.values()) + 1):
        row = [value for value in levels if levels[value] == level]
        middle = {v: sum(users[v]) / len(users[v]) if users[v] else 0.5 for v in row}
        # of two inputs at one place, the computed one stands nearer to the middle
        row.sort(key=lambda v, at=middle: at[v] + bool(v.edges) * (0.5 - at[v]) / 100)
        for i, value in enumerate(row):
            places[value] = (i + 0.5) / len(row), float(level)
            for source, _ in value.edges:
                users[source].append(places[value][0])
    return places


def _draw_value(axes: Axes, value: Value, there: tuple) -> FancyBboxPatch:
    """Draws its box, and returns the frame."""
    name = value.name.replace("^2", "( )²") or "$n$"
    text = f"{name} = {value.number:.2f}\n∂ = {value.grad:.2f}".replace("-", "−")
    parameter = "theta" in value.name
    patch = {"boxstyle": "round", "facecolor": "white", "pad": 0.3}
    patch |= {"edgecolor": "tab:orange" if parameter else "black"}
    patch |= {"linewidth": 2 if parameter else 1}
    patch |= {"linestyle": "-" if parameter or value.edges else ":"}
    box = axes.text(*there, text, ha="center", va="center", bbox=patch)
    return box.get_bbox_patch()


def _draw_edge(axes: Axes, places: tuple, frames: tuple, number: float) -> None:
    """An arrow from frame to frame, above both, and a number halfway."""
    here, there = places
    arrow = {"arrowstyle": "-|>", "color": "tab:gray", "shrinkA": 0, "shrinkB": 1}
    arrow |= dict(zip(("patchA", "patchB"), frames, strict=True))
    axes.annotate("", there, here, arrowprops=arrow, zorder=4)
    middle = [(a + b) / 2 for a, b in zip(here, there, strict=True)]
    patch = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    style = {"color": "tab:blue", "ha": "center", "va": "center", "zorder": 5}
    axes.text(*middle, f"{number:.2f}".replace("-", "−"), bbox=patch, **style)


def figure_graph() -> Figure:
    """The graph of the loss of two rows: values, derivatives, gradients."""
    figure = Figure(figsize=(5, 7.4))
    axes = figure.subplots()
    places = place(two_rows())
    frames = {value: _draw_value(axes, value, at) for value, at in places.items()}
    for user in places:
        for source, derivative in user.edges:
            ends, boxes = ((of[source], of[user]) for of in (places, frames))
            _draw_edge(axes, ends, boxes, derivative)
    axes.set(xlim=(0, 1), ylim=(-0.4, 6.4))
    axes.axis("off")
    return figure


def figure_differences() -> Figure:
    """Error of both differences for h from 1e-12 to 0.1, the law h², and the best h."""
    h = np.logspace(-12, -1, 89)
    one_sided, central = zip(*map(difference_errors, h), strict=True)
    figure = Figure()
    axes = figure.subplots()
    axes.loglog(h, one_sided, color="tab:gray", linestyle="--")
    label = r"$\dfrac{f(t+h)-f(t)}{h}$"
    axes.text(3e-6, 3e-4, label, color="tab:gray", ha="right")
    axes.loglog(h, central, color="tab:orange")
    label = r"$\dfrac{f(t+h)-f(t-h)}{2h}$"
    axes.text(2e-12, 1e-9, label, color="tab:orange", va="center")
    large = h[h > 1e-4]
    law = {"color": "tab:blue", "linestyle": ":", "linewidth": 3}
    axes.loglog(large, large**2 / 6 * (math.e - 1), **law)
    axes.text(5e-3, 1e-8, "$h^2 f^{(3)} / 6$", color="tab:blue")
    best = (3 * np.finfo(float).eps / 2) ** (1 / 3)
    axes.axvline(best, color="black", linewidth=0.8)
    axes.text(best, 1.5, "$h^*$", ha="center", va="bottom")
    axes.set(xlabel="$h$", ylabel="$e(h)$", xlim=(1e-12, 1e-1), ylim=(1e-12, 1))
    return figure
