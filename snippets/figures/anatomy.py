"""The figures of the chapter `anatomy`."""

from collections.abc import Iterator

from matplotlib.figure import Figure
from torch import nn

from snippets.anatomy import Network


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
