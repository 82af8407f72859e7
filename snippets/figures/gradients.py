"""The figures of the chapter `gradients`."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

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


def _draw_edge(axes: Axes, here: tuple, there: tuple, number: float) -> None:
    arrow = {"arrowstyle": "->", "color": "tab:gray", "shrinkA": 14, "shrinkB": 16}
    axes.annotate("", there, here, arrowprops=arrow)
    middle = [(a + b) / 2 for a, b in zip(here, there, strict=True)]
    patch = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    style = {"size": 9, "color": "tab:blue", "ha": "center", "va": "center"}
    axes.text(*middle, f"{number:.2f}".replace("-", "−"), bbox=patch, **style)


def _draw_value(axes: Axes, value: Value, there: tuple) -> None:
    name = value.name.replace("^2", "( )²") or "$n$"
    text = f"{name} = {value.number:.2f}\n∂ = {value.grad:.2f}".replace("-", "−")
    parameter = "theta" in value.name
    patch = {"boxstyle": "round", "facecolor": "white", "pad": 0.3}
    patch |= {"edgecolor": "tab:orange" if parameter else "black"}
    patch |= {"linewidth": 2 if parameter else 1}
    patch |= {"linestyle": "-" if parameter or value.edges else ":"}
    axes.text(*there, text, size=10, ha="center", va="center", bbox=patch)


def figure_graph() -> Figure:
    """The graph of the loss of two rows: values, derivatives, gradients."""
    figure = Figure(figsize=(5, 6.6))
    axes = figure.subplots()
    places = place(two_rows())
    for user, there in places.items():
        for source, derivative in user.edges:
            _draw_edge(axes, places[source], there, derivative)
    for value, there in places.items():
        _draw_value(axes, value, there)
    axes.set(xlim=(0, 1), ylim=(-0.4, 6.4))
    axes.axis("off")
    return figure


def figure_differences() -> Figure:
    """Error of both differences for h from 1e-12 to 0.1, the law h², and the best h."""
    h = np.logspace(-12, -1, 89)
    one_sided, central = zip(*map(difference_errors, h), strict=True)
    figure = Figure()
    axes = figure.subplots()
    label = r"$\frac{f(t+h)-f(t)}{h}$"
    axes.loglog(h, one_sided, color="tab:gray", linestyle="--", label=label)
    label = r"$\frac{f(t+h)-f(t-h)}{2h}$"
    axes.loglog(h, central, color="tab:orange", label=label)
    large = h[h > 1e-4]
    law = {"color": "tab:blue", "linestyle": ":", "linewidth": 3}
    axes.loglog(large, large**2 / 6 * (math.e - 1), label="$h^2 f^{(3)} / 6$", **law)
    best = (3 * np.finfo(float).eps / 2) ** (1 / 3)
    axes.axvline(best, color="black", linewidth=0.8, label="$h^*$")
    axes.set(xlabel="$h$", ylabel="$e(h)$", xlim=(1e-12, 1e-1), ylim=(1e-12, 1))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, fontsize=13)
    return figure
