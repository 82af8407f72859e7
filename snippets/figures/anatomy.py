"""The figures of the chapter `anatomy`."""

from collections.abc import Iterator
from itertools import pairwise, product

from matplotlib.figure import Figure
from torch import nn

from snippets.anatomy import Network


def figure_network() -> Figure:
    """The neurons of the first network, layer by layer, and what joins them."""
    widths = (2, 4, 4, 1)
    figure = Figure(figsize=(5, 3))
    axes = figure.subplots()
    places = [
        [(column, (width - 1) / 2 - row) for row in range(width)]
        for column, width in enumerate(widths)
    ]
    for before, behind in pairwise(places):
        for start, end in product(before, behind):
            ends = zip(start, end, strict=True)
            axes.plot(*ends, color="tab:gray", linewidth=0.8, zorder=1)
    for column, neurons in enumerate(places):
        edge = "tab:orange" if 0 < column < 3 else "black"
        look = {"color": "white", "markeredgecolor": edge, "markersize": 24}
        axes.plot(*zip(*neurons, strict=True), "o", markeredgewidth=1.6, **look)
    for column, label in ((0, "$x$"), (3, r"$\hat y$")):
        for place in places[column]:
            axes.text(*place, label, ha="center", va="center", size=11)
    for column, label in enumerate(("Linear(2, 4)", "Linear(4, 4)", "Linear(4, 1)")):
        look = {"ha": "center", "va": "center", "family": "monospace", "size": 9.5}
        axes.text(column + 0.5, -2.15, label, **look)
    for column in (1, 2):
        look = {"ha": "center", "va": "center", "family": "monospace", "size": 9.5}
        axes.text(column, 2.1, "ReLU", color="tab:orange", **look)
    axes.set(xlim=(-0.4, 3.4), ylim=(-2.5, 2.4))
    axes.set_axis_off()
    return figure


def _rows(
    module: nn.Module, label: str = "", depth: int = 0
) -> Iterator[tuple[int, str, bool]]:
    """Depth and label of each line of the tree, and whether it is a parameter."""
    yield depth, label + type(module).__name__, False
    for name, parameter in module.named_parameters(recurse=False):
        yield depth + 1, f"{name} {tuple(parameter.shape)}", True
    for name, child in module.named_children():
        yield from _rows(child, f"({name}): ", depth + 1)


def figure_tree() -> Figure:
    """The modules and parameters inside a Network, found by walking through it."""
    figure = Figure(figsize=(5, 4))
    axes = figure.subplots()
    ends = {}  # depth: row where the branch that starts there ends so far
    for row, (depth, label, is_parameter) in enumerate(_rows(Network())):
        if depth:
            branch = [depth - 1, depth - 1, depth], [ends[depth - 1], row, row]
            axes.plot(*branch, color="tab:gray", linewidth=1, zorder=0)
        color, marker = ("tab:orange", "s") if is_parameter else ("tab:gray", "o")
        axes.scatter(depth, row, color=color, marker=marker, s=28)
        axes.text(depth + 0.15, row, label, va="center", family="monospace", size=10)
        ends[depth - 1] = ends[depth] = row
    axes.scatter([], [], color="tab:gray", marker="o", label="nn.Module")
    axes.scatter([], [], color="tab:orange", marker="s", label="nn.Parameter")
    axes.legend(loc="lower right", prop={"family": "monospace", "size": 10})
    axes.set(xlim=(-0.2, 7), ylim=(len(axes.texts) - 0.5, -0.5))
    axes.set_axis_off()
    return figure
