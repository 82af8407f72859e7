"""The figures of the chapter `tensors`."""

from itertools import product

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor, nn

from snippets.tensors import fit


def address(tensor: Tensor, index: tuple[int, ...]) -> int:
    """Which slot of the storage holds the element with this index, counted from 0.

    Raises ValueError if index has not one number for each dimension, IndexError if
    there is no such element. Source: equation tensors#eq-storage-slot.
    """
    if not all(0 <= i < n for i, n in zip(index, tensor.shape, strict=True)):
        raise IndexError(f"no element {index} in shape {tuple(tensor.shape)}")
    steps = zip(index, tensor.stride(), strict=True)
    return tensor.storage_offset() + sum(i * stride for i, stride in steps)


def _draw_cells(
    axes: Axes, numbers: Tensor, left: float, top: float, original: Tensor | None = None
) -> None:
    """A grid of numbers; cells that are not original are dashed."""
    for i, j in product(*map(range, numbers.shape)):
        real = original is None or bool(original[i, j])
        style = {"linestyle": "-" if real else ":", "linewidth": 1.2 if real else 0.8}
        corner = (left + j, top - i - 1)
        axes.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor="black", **style))
        shade = "black" if real else "tab:gray"
        at = (corner[0] + 0.5, corner[1] + 0.5)
        axes.text(*at, int(numbers[i, j]), ha="center", va="center", color=shade)


def figure_memory() -> Figure:
    """One storage, and the path through it in a matrix and in its transpose."""
    grid = torch.arange(6).reshape(2, 3)
    figure = Figure(figsize=(5, 3.2))
    axes = figure.subplots()
    axes.text(-0.3, 4.5, "$p$", ha="right", va="center")
    _draw_cells(axes, torch.arange(6)[None], left=0, top=5)
    for left, top, tensor in ((0, 3, grid), (5, 3, grid.T)):
        centers = [
            (left + j + 0.5, top - i - 0.5)
            for i, j in sorted(
                product(*map(range, tensor.shape)), key=lambda k: address(tensor, k)
            )
        ]
        path = {"color": "tab:gray", "linewidth": 8, "alpha": 0.3}
        axes.plot(*zip(*centers, strict=True), solid_joinstyle="round", **path)
        _draw_cells(axes, tensor, left, top)
        name = "$a$" if tensor is grid else r"$a^\top$"
        label = f"{name}, $s = {tensor.stride()}$"
        middle = left + tensor.shape[1] / 2
        axes.text(middle, top + 0.4, label, ha="center", va="center")
    axes.set(xlim=(-0.8, 7.3), ylim=(-0.2, 5.1), aspect="equal")
    axes.axis("off")
    return figure


def figure_dimensions() -> Figure:
    """A number, a line of numbers and a table, each with its shape."""
    figure = Figure(figsize=(5, 1.5))
    axes = figure.subplots()
    for left, numbers in (
        (0.5, torch.tensor(7)),
        (4, torch.tensor([1, 2, 3])),
        (9, torch.tensor([[1, 2, 3], [4, 5, 6]])),
    ):
        table = torch.atleast_2d(numbers)
        _draw_cells(axes, table, left, 2)
        middle = left + table.shape[1] / 2
        axes.text(middle, 2.5, f"{tuple(numbers.shape)}", ha="center", va="center")
    axes.set(xlim=(-0.2, 12.2), ylim=(-0.2, 3), aspect="equal")
    axes.axis("off")
    return figure


def figure_slices() -> Figure:
    """What a row, a column and a range of columns take out of a matrix."""
    numbers = torch.tensor([[1, 2, 3], [4, 5, 6]])
    figure = Figure(figsize=(5, 1.5))
    axes = figure.subplots()
    for place, index, label in (
        (0, (0,), "a[0]"),
        (4.5, (slice(None), 1), "a[:, 1]"),
        (9, (slice(None), slice(1, None)), "a[:, 1:]"),
    ):
        taken = torch.zeros((2, 3), dtype=torch.bool)
        taken[index] = True
        _draw_cells(axes, numbers, place, 2, taken)
        axes.text(place + 1.5, 2.5, label, ha="center", va="center", family="monospace")
    axes.set(xlim=(-0.2, 12.2), ylim=(-0.2, 3), aspect="equal")
    axes.axis("off")
    return figure


def figure_broadcast() -> Figure:
    """A column and a row, stretched to one shape, and their sum."""
    column, row = torch.tensor([[10], [20], [30]]), torch.tensor([[1, 2, 3, 4]])
    figure = Figure(figsize=(5, 4.4))
    axes = figure.subplots()
    for left, top, part in ((0, 8, column), (5.5, 8, row)):
        original = torch.zeros((3, 4), dtype=torch.bool)
        original[: part.shape[0], : part.shape[1]] = True
        _draw_cells(axes, part.expand(3, 4), left, top, original)
        label = rf"${tuple(part.shape)} \to (3, 4)$"
        axes.text(left + 2, top + 0.5, label, ha="center", va="center")
    axes.text(4.75, 6.5, "$+$", ha="center", va="center")
    _draw_cells(axes, column + row, left=2.75, top=4)
    axes.text(2, 2.5, "$=$", ha="center", va="center")
    axes.text(4.75, 0.5, "$(3, 4)$", ha="center", va="center")
    axes.set(xlim=(-0.2, 9.7), ylim=(0, 9), aspect="equal")
    axes.axis("off")
    return figure


def explorable_broadcast() -> dict:
    """Shapes to type, first those of the figure, then others of the chapter."""
    pairs = (
        ((3, 1), (1, 4)),
        ((2, 3), (3,)),
        ((5, 1, 4), (3, 1)),
        ((100, 3), (3,)),
        ((3, 1), (3,)),
        ((100, 1), (100,)),
        ((2, 3), (4,)),
    )
    return {"element": "broadcast", "pairs": pairs}


def figure_accident() -> Figure:
    """The post's data, the line fitted to it, and the line that the accident fits."""
    torch.manual_seed(0)
    x = torch.randn((100, 1))
    y = 7 * x + 5 + torch.normal(0, 2, (100, 1))
    ends = torch.tensor([[x.min()], [x.max()]])
    figure = Figure()
    axes = figure.subplots()
    points = {"s": 10, "color": "tab:gray", "alpha": 0.5, "linewidths": 0}
    axes.scatter(x, y, **points)
    for target, look, at, label in (
        (y, {"color": "tab:orange"}, (1.2, 18), "$(n, 1) - (n, 1)$"),
        (
            y[:, 0],
            {"color": "tab:red", "linestyle": "--"},
            (-1.2, 7),
            "$(n, 1) - (n{,})$",
        ),
    ):
        line = nn.Linear(1, 1)
        fit(line, x, target)
        axes.plot(ends[:, 0], line(ends).detach()[:, 0], **look)
        axes.text(*at, label, color=look["color"], ha="right")
    axes.set(xlabel="$x$", ylabel="$y$")
    return figure
