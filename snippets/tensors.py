"""Chapter 2: where a tensor's numbers lie, and what is computed when shapes differ."""

from itertools import product

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from snippets import which

# --8<-- [start:imports]
import warnings

import numpy as np
import torch
from torch import Tensor, nn
# --8<-- [end:imports]


# --8<-- [start:address]
def address(tensor: Tensor, index: tuple[int, ...]) -> int:
    """Position of an element in the storage, counted in elements.

    Raises ValueError if index has not one number for each dimension.
    Source: equation (2.1).
    """
    steps = zip(index, tensor.stride(), strict=True)
    return tensor.storage_offset() + sum(i * stride for i, stride in steps)


# --8<-- [end:address]


# --8<-- [start:broadcast]
def broadcast(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...]:
    """Shape that two shapes broadcast to.

    Raises ValueError if two sizes differ and neither is 1. Source: equation (2.4).
    """
    length = max(len(first), len(second))
    padded = [(1,) * (length - len(shape)) + shape for shape in (first, second)]
    for a, b in zip(*padded, strict=True):
        if a != b and 1 not in (a, b):
            raise ValueError(f"{first} and {second} do not broadcast: {a} against {b}")
    return tuple(b if a == 1 else a for a, b in zip(*padded, strict=True))


# --8<-- [end:broadcast]


# --8<-- [start:matrix_product]
def matrix_product(a: Tensor, b: Tensor) -> Tensor:
    """Product of a, shape (n, d), and b, shape (d, m): shape (n, m).

    Raises RuntimeError if the two d differ, unless one is 1 and is stretched.
    Source: equation (2.5).
    """
    return (a[:, :, None] * b).sum(dim=1)  # (n, d, 1) · (d, m) → (n, d, m) → (n, m)


# --8<-- [end:matrix_product]


# --8<-- [start:rounding_bound]
def rounding_bound(layer: nn.Linear, x: Tensor) -> Tensor:
    """How far rounding to float32 may move the layer's outputs, in float64.

    Takes x of shape (n, d), returns (n, outputs). Source: equation (2.7).
    """
    weight, bias = layer.weight.detach().double(), layer.bias.detach().double()
    roundings = (layer.in_features + 1) * 2**-24
    sizes = x.double().abs() @ weight.abs().T + bias.abs()  # (n, outputs)
    return roundings / (1 - roundings) * sizes


# --8<-- [end:rounding_bound]


# --8<-- [start:fit]
def mean_squared_error(prediction: Tensor, target: Tensor) -> Tensor:
    """Mean of the squared differences, shape (), whatever the two broadcast to."""
    return ((prediction - target) ** 2).mean()


def fit(x: Tensor, target: Tensor, steps: int = 100) -> nn.Linear:
    """A line trained on x, shape (n, 1), by `mean_squared_error`.

    Raises RuntimeError if predictions and target do not broadcast.
    """
    line = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(line.parameters(), lr=0.1)
    for _ in range(steps):
        optimizer.zero_grad()
        mean_squared_error(line(x), target).backward()
        optimizer.step()
    return line


# --8<-- [end:fit]


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
    figure = Figure(figsize=(5, 3))
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
        path = {"color": "tab:gray", "linewidth": 6, "alpha": 0.3}
        axes.plot(*zip(*centers, strict=True), solid_joinstyle="round", **path)
        _draw_cells(axes, tensor, left, top)
        name = "$a$" if tensor is grid else r"$a^\top$"
        label = f"{name}, $s = {tensor.stride()}$"
        middle = left + tensor.shape[1] / 2
        axes.text(middle, top + 0.4, label, ha="center", va="center")
    axes.set(xlim=(-0.8, 7.3), ylim=(-0.2, 5.1), aspect="equal")
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


def figure_accident() -> Figure:
    """The post's data, the line fitted to it, and the line that the accident fits."""
    torch.manual_seed(0)
    x = torch.randn((100, 1))
    y = 7 * x + 5 + torch.normal(0, 2, (100, 1))
    ends = torch.tensor([[x.min()], [x.max()]])
    figure = Figure()
    axes = figure.subplots()
    axes.scatter(x, y, s=14, color="tab:gray", label="$(x_i, y_i)$")
    for target, color, style, label in (
        (y, "tab:orange", "-", "$(n, 1) - (n, 1)$"),
        (y[:, 0], "tab:red", "--", "$(n, 1) - (n{,})$"),
    ):
        line = fit(x, target)(ends).detach()
        axes.plot(ends[:, 0], line[:, 0], color=color, linestyle=style, label=label)
    axes.set(xlabel="$x$", ylabel="$y$")
    axes.legend()
    return figure


def check_1(shapes: list[tuple[int, ...] | None]) -> int:
    """Exercise 2.1: the shapes of four sums, None for an error."""
    hints = (
        {(8, 7, 6): 0, None: 1},
        {(2, 3): 0, (): 2, None: 2},
        {(0,): 0, (1,): 3},
        {None: 0, (2, 3): 1},
    )
    found = (hint.get(shape, -1) for hint, shape in zip(hints, shapes, strict=True))
    return next(filter(None, found), 0)


def check_2(
    elements: list[list[int]], strides: tuple[int, int], storage_offset: int
) -> int:
    """Exercise 2.2: what torch.arange(12).reshape(3, 4)[1:, ::2] reads, and how."""
    rows = tuple(tuple(row) for row in elements)
    found = (
        {((4, 6), (8, 10)): 0, ((4, 5), (8, 9)): 1}.get(rows, -1),
        {(4, 2): 0, (2, 1): 2, (4, 1): 3}.get(tuple(strides), -1),
        {4: 0, 0: 2, 1: 4}.get(storage_offset, -1),
    )
    return next(filter(None, found), 0)


def check_3(raises_error: bool, row_means: list[float]) -> int:
    """Exercise 2.3: the rows of a - a.mean(dim=1), where a holds 1, 2, …, 9."""
    answer = None if raises_error else [float(mean) for mean in row_means]
    cases = ([-3, 0, 3], None, [0, 0, 0], [2, 0, -2])
    return cases.index(answer) if answer in cases else -1


def check_4(perfect_loss: float, flat_loss: float) -> int:
    """Exercise 2.4: equation (2.8) for ŷ = y and for ŷ = ȳ, in variances of y."""
    return 3 if which(flat_loss, 1) else which(perfect_loss, 2, 0, 1)


def check_5(rounded_twice: float, rounded_once: float) -> int:
    """Exercise 2.5: w · w + b, rounded after each operation and only at the end."""
    once = which(2**24 * rounded_once, 1, 0)
    return which(2**24 * rounded_twice, 0, 1, 2) or {0: 0, 1: 3}.get(once, -1)


if __name__ == "__main__":
    # --8<-- [start:post]
    torch.manual_seed(0)
    x = torch.randn((100, 1))
    y = 7 * x + 5 + torch.normal(0, 2, (100, 1))
    for tensor in (torch.tensor(5.0), torch.tensor([5.0, 7.0]), x, y):
        print(tensor.ndim, "dimensions, shape", tuple(tensor.shape), tensor.dtype)
    # --8<-- [end:post]

    # --8<-- [start:strides]
    grid = torch.arange(6).reshape(2, 3)
    for tensor in (grid, grid.T, grid[:, 1:]):
        print(tensor.tolist())
        print("  starts at", tensor.storage_offset(), "with strides", tensor.stride())
        print("  [1, 0] is at", address(tensor, (1, 0)), "and is", tensor[1, 0].item())
    # --8<-- [end:strides]

    # --8<-- [start:write]
    view, copy = grid[1], grid[1].clone()
    view[0] = 100
    copy[1] = 200
    print(grid.tolist())
    # --8<-- [end:write]

    # --8<-- [start:reshape]
    for tensor in (grid, grid.T):
        flat = tensor.reshape(6)
        shared = flat.data_ptr() == grid.data_ptr()
        print(flat.tolist(), "same memory" if shared else "copy")
    # --8<-- [end:reshape]

    # --8<-- [start:precision]
    print(f"{torch.tensor(0.1).item():.20f}")
    print(torch.finfo(torch.float32).eps)
    for one in (torch.tensor(1.0), torch.tensor(1.0, dtype=torch.float64)):
        print(one.dtype, (one + 1e-8 == 1).item())
    # --8<-- [end:precision]

    # --8<-- [start:promotion]
    whole = torch.ones(3, dtype=torch.int64)
    single = torch.ones(3, dtype=torch.float32)
    double = torch.ones(3, dtype=torch.float64)
    for left, right in ((whole, single), (single, double), (single, double[0])):
        kinds = f"{left.dtype} {tuple(left.shape)} + {right.dtype} {tuple(right.shape)}"
        print(kinds, "→", (left + right).dtype)
    print(single.dtype, "+ 1e-8 →", (single + 1e-8).dtype)
    print(whole.dtype, "/ 2 →", (whole / 2).dtype)
    # --8<-- [end:promotion]

    # --8<-- [start:shapes]
    for first, second in (
        ((3, 1), (1, 4)),
        ((5, 1, 4), (3, 1)),
        ((100, 3), (3,)),
        ((100, 1), (100,)),
    ):
        print(first, second, "→", broadcast(first, second))
    # --8<-- [end:shapes]

    # --8<-- [start:stretch]
    column, row = torch.tensor([[10], [20], [30]]), torch.tensor([[1, 2, 3, 4]])
    print(column + row)
    print(column.stride(), "→", column.expand(3, 4).stride())
    print(row.stride(), "→", row.expand(3, 4).stride())
    # --8<-- [end:stretch]

    # --8<-- [start:product]
    a = torch.tensor([[1, 2, 3], [4, 5, 6]])  # (2, 3)
    b = torch.tensor([[1, 0], [0, 1], [2, 2]])  # (3, 2)
    print(a @ b)
    print(torch.equal(a @ b, matrix_product(a, b)))
    # --8<-- [end:product]

    # --8<-- [start:reduce]
    print(a.sum().item())
    for dim in (0, 1):
        for keepdim in (False, True):
            total = a.sum(dim=dim, keepdim=keepdim)
            print(f"dim={dim}, keepdim={keepdim}:", tuple(total.shape), total.tolist())
    # --8<-- [end:reduce]

    # --8<-- [start:linear]
    torch.manual_seed(0)
    for inputs, outputs in ((1, 1), (3, 2), (784, 128)):
        layer, batch = nn.Linear(inputs, outputs), torch.randn(100, inputs)
        out = layer(batch)  # (100, outputs)
        addmm = torch.addmm(layer.bias, batch, layer.weight.T)
        by_hand = batch @ layer.weight.T + layer.bias
        near = (out - by_hand).abs() <= 2 * rounding_bound(layer, batch)
        print(tuple(layer.weight.shape), torch.equal(out, addmm), near.all().item())
    # --8<-- [end:linear]

    # --8<-- [start:too_many]
    torch.manual_seed(0)
    prediction, y_flat = nn.Linear(1, 1)(x), y[:, 0]
    difference = prediction - y_flat
    for tensor in (prediction, y_flat, difference):
        print(tuple(tensor.shape))
    # --8<-- [end:too_many]

    # --8<-- [start:accident]
    for target in (y, y_flat):
        torch.manual_seed(0)  # the same start for both
        line = fit(x, target)
        loss = mean_squared_error(line(x), target).item()
        theta = f"θ₀ = {line.bias.item():.3f}   θ₁ = {line.weight.item():z.3f}"
        print(f"{tuple(target.shape)!s:<8}   {theta}   loss {loss:.3f}")
    print(f"mean of y {y.mean():.3f}   variance of y {y.var(correction=0):.3f}")
    # --8<-- [end:accident]

    # --8<-- [start:warning]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        mean_squared_error(line(x), y_flat)
        print(len(caught), "warnings by hand")
        nn.MSELoss()(line(x), y_flat)
        print(len(caught), "from nn.MSELoss")
    print(f"{caught[0].category.__name__}: {caught[0].message}")
    # --8<-- [end:warning]

    try:
        # --8<-- [start:matmul]
        x @ x
        # --8<-- [end:matmul]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    try:
        # --8<-- [start:view]
        grid.T.view(6)
        # --8<-- [end:view]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    try:
        # --8<-- [start:double]
        from_numpy = torch.from_numpy(np.array([[1.5], [2.5]]))
        line(from_numpy)
        # --8<-- [end:double]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    try:
        # --8<-- [start:in_place]
        counts = torch.tensor([1, 2, 3])
        counts += 0.5
        # --8<-- [end:in_place]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    try:
        # --8<-- [start:solution_shapes]
        for pair in (((8, 1, 6), (7, 1)), ((), (2, 3)), ((1,), (0,)), ((2, 3), (2,))):
            print(*pair, "→", broadcast(*pair))
        # --8<-- [end:solution_shapes]
    except ValueError as error:
        print(f"ValueError: {error}")

    # --8<-- [start:solution_strides]
    part = torch.arange(12).reshape(3, 4)[1:, ::2]
    print(part.tolist())
    print(tuple(part.shape), part.stride(), part.storage_offset())
    # --8<-- [end:solution_strides]

    # --8<-- [start:solution_square]
    square = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
    for keepdim in (False, True):
        centered = square - square.mean(dim=1, keepdim=keepdim)
        print(f"keepdim={keepdim}: row means", centered.mean(dim=1).tolist())
    # --8<-- [end:solution_square]

    # --8<-- [start:solution_perfect]
    flat_line = torch.full_like(y, y.mean().item())
    for name, prediction in (("perfect", y), ("flat", flat_line)):
        loss = mean_squared_error(prediction, y_flat).item()
        print(f"{name:<7}   wrong loss {loss:.3f}")
    # --8<-- [end:solution_perfect]

    # --8<-- [start:solution_two_answers]
    w = torch.tensor(1 + 2**-12)
    bias = torch.tensor(-(1 + 2**-11))
    print("rounded twice", (w * w + bias).item())
    print("rounded once ", (w.double() * w.double() + bias.double()).float().item())
    # --8<-- [end:solution_two_answers]
