"""The figures of the chapter `gradients`."""

import re

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from snippets.gradients import Value, backward, graph

PAGE_ROWS = [(3.0, 10.0), (1.0, 4.0)]  # x and y of the page's two rows


def _squared_errors(rows: list) -> list[Value]:
    """One for each row, at θ = (1, 2), with the names that the page uses."""
    theta_0, theta_1 = Value(1.0, name=r"$\theta_0$"), Value(2.0, name=r"$\theta_1$")
    errors = []
    for i, (x, y) in zip(("_1", "_2") if rows[1:] else ("",), rows, strict=True):
        p = theta_1 * Value(x, name=f"$x{i}$")
        y_hat = theta_0 + p
        r = Value(y, name=f"$y{i}$") - y_hat
        for value, name in ((p, "p"), (y_hat, r"\hat y"), (r, "r")):
            _call(value, f"${name}{i}$")
        errors.append(_call(r**2, f"$r{i}^2$"))
    return errors


def _call(value: Value, name: str) -> Value:
    """Names a result; what it was named after, its operation, is kept."""
    value.operation, value.name = value.name, name
    return value


def one_row() -> Value:
    """The squared error of the first row at θ = (1, 2), after `backward`."""
    (error,) = _squared_errors(PAGE_ROWS[:1])
    error.name = r"$\ell$"
    backward(error)
    return error


def two_rows() -> Value:
    """The loss of both rows at θ = (1, 2), after `backward`."""
    one, two = _squared_errors(PAGE_ROWS)
    total = _call(one + two, "$r_1^2 + r_2^2$")
    loss = _call(total / Value(2.0, name="$n$"), "$L$")
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
    text = f"{value.name} = {value.number:g}\n∂ = {value.grad:g}".replace("-", "−")
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
    axes.text(*middle, f"{number:g}".replace("-", "−"), bbox=patch, **style)


def _draw(output: Value, height: float) -> Figure:
    figure = Figure(figsize=(5, height))
    axes = figure.subplots()
    places = place(output)
    frames = {value: _draw_value(axes, value, at) for value, at in places.items()}
    for user in places:
        for source, derivative in user.edges:
            ends, boxes = ((of[source], of[user]) for of in (places, frames))
            _draw_edge(axes, ends, boxes, derivative)
    top = max(level for _, level in places.values())
    axes.set(xlim=(0, 1), ylim=(-0.4, top + 0.4))
    axes.axis("off")
    return figure


def figure_chain() -> Figure:
    """The graph of one squared error: values, derivatives, gradients."""
    return _draw(one_row(), height=5)


def figure_graph() -> Figure:
    """The graph of the loss of two rows."""
    return _draw(two_rows(), height=7.4)


def explorable_graph() -> dict:
    """A walk through the graph of the loss of two rows, with sliders for its inputs."""
    output = two_rows()
    values, places = graph(output), place(output)
    nodes = [
        {
            "name": _plain(value.name),
            "id": re.sub(r"\W", "", value.name),
            "at": places[value],
            "operation": getattr(value, "operation", ""),
            "inputs": [values.index(source) for source, _ in value.edges],
            "parameter": "theta" in value.name,
            "value": value.number,
        }
        for value in values
    ]
    ranges = {"theta": (-5, 5), "x": (-5, 5), "y": (-10, 20)}
    sliders = {
        i: ranges[node["id"][:-2]]
        for i, node in enumerate(nodes)
        if not node["inputs"] and node["id"] != "n"
    }
    return {"element": "graph", "nodes": nodes, "sliders": sliders}


def _plain(name: str) -> str:
    """A name as text outside of formulas has it: θ₁, ŷ₂, r₁²."""
    signs = {"$": "", r"\theta": "θ", r"\hat y": "ŷ", "_0": "₀"}
    signs |= {"_1": "₁", "_2": "₂", "^2": "²"}
    for sign, plain in signs.items():
        name = name.replace(sign, plain)
    return name
