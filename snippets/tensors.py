"""Making, reading and computing with tensors, and what happens when shapes differ."""

# --8<-- [start:imports]
import torch
# --8<-- [end:imports]

# --8<-- [start:import_nn]
from torch import Tensor, nn
# --8<-- [end:import_nn]

# --8<-- [start:import_warnings]
import warnings
# --8<-- [end:import_warnings]

# --8<-- [start:import_numpy]
import numpy as np
# --8<-- [end:import_numpy]

# --8<-- [start:import_io]
import io
# --8<-- [end:import_io]


# --8<-- [start:fit]
def fit(line: nn.Linear, x: Tensor, target: Tensor) -> None:
    """Train the line for 100 steps. Give x and target the shape (n, 1)."""
    optimizer = torch.optim.SGD(line.parameters(), lr=0.1)
    for _ in range(100):
        loss = ((line(x) - target) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


# --8<-- [end:fit]


if __name__ == "__main__":
    # --8<-- [start:first]
    a = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    print(a)
    print(a.shape)
    print(a + 10)
    print(a.sum())
    # --8<-- [end:first]

    # --8<-- [start:kinds]
    print(torch.tensor(7.0).shape)  # one number
    print(torch.tensor([1.0, 2.0, 3.0]).shape)  # three numbers in a line
    print(a.shape)  # two rows of three
    print(torch.zeros(4, 2, 3).shape)  # four tables of two rows of three
    # --8<-- [end:kinds]

    # --8<-- [start:create]
    print(torch.zeros(2, 3))
    print(torch.arange(6))
    print(torch.linspace(0, 1, steps=5))
    print(torch.tensor([1, 2, 3]).dtype, torch.tensor([1.0, 2.0]).dtype)
    print(torch.tensor(3), torch.Tensor(3).shape)  # the number 3, three numbers
    # --8<-- [end:create]

    # --8<-- [start:post]
    torch.manual_seed(0)
    x = torch.randn((100, 1))
    y = 7 * x + 5 + torch.normal(0, 2, (100, 1))
    print(x.shape, y.shape)
    # --8<-- [end:post]

    # --8<-- [start:index]
    print(a[0, 2])  # row 0, column 2
    print(a[0])  # row 0
    print(a[:, 1])  # every row, column 1
    print(a[:, 1:])  # every row, from column 1 on
    # --8<-- [end:index]

    # --8<-- [start:pick]
    print(a[-1, -1].item())  # the last of the last row
    print(a > 2.5)
    print(a[a > 2.5])
    # --8<-- [end:pick]

    # --8<-- [start:reshape]
    grid = torch.arange(6).reshape(2, 3)
    print(grid)
    print(grid.reshape(3, -1))
    print(grid.T)
    # --8<-- [end:reshape]

    # --8<-- [start:permute]
    photo = torch.arange(24).reshape(2, 4, 3)  # height, width, color
    colors_first = photo.permute(2, 0, 1)  # color, height, width
    print(colors_first.shape, torch.equal(colors_first, photo.reshape(3, 2, 4)))
    # --8<-- [end:permute]

    # --8<-- [start:add_dimension]
    three = torch.tensor([1, 2, 3])  # (3,)
    print(three[:, None])  # (3, 1)
    print(three[None, :])  # (1, 3)
    one_row = torch.tensor([[5]])  # (1, 1)
    print(one_row.squeeze(1).shape, one_row.squeeze().shape)
    # --8<-- [end:add_dimension]

    # --8<-- [start:cat]
    ones, twos = torch.ones(2, 2), torch.full((2, 2), 2.0)
    print(torch.cat((ones, twos), dim=0))  # below each other
    print(torch.cat((ones, twos), dim=1))  # side by side
    print(torch.stack((ones, twos)).shape)
    # --8<-- [end:cat]

    # --8<-- [start:elementwise]
    b = torch.tensor([[1.0, 0.0, 2.0], [0.0, 1.0, 2.0]])
    print(a + b)
    print(a * b)
    print(a**2)
    # --8<-- [end:elementwise]

    # --8<-- [start:reduce]
    print(a.mean().item())
    print(a.sum(dim=0))  # down the columns: one number for each column
    print(a.sum(dim=1))  # along the rows: one number for each row
    print(a.sum(dim=1, keepdim=True))
    # --8<-- [end:reduce]

    # --8<-- [start:argmax]
    scores = torch.tensor([[0.1, 0.7, 0.2], [0.5, 0.3, 0.9]])
    print(scores.argmax(dim=1))  # in each row, the index of the largest
    print(scores.argmax(dim=0))  # in each column
    print(scores.argmax())  # without dim
    # --8<-- [end:argmax]

    # --8<-- [start:add_row]
    print(a + torch.tensor([10.0, 20.0, 30.0]))
    print(a + torch.tensor([[100.0], [200.0]]))
    # --8<-- [end:add_row]

    # --8<-- [start:stretch]
    column, row = torch.tensor([[10], [20], [30]]), torch.tensor([[1, 2, 3, 4]])
    print(column + row)
    # --8<-- [end:stretch]

    # --8<-- [start:shapes]
    for first, second in (
        ((3, 1), (1, 4)),
        ((5, 1, 4), (3, 1)),
        ((100, 3), (3,)),
        ((100, 1), (100,)),
    ):
        print(first, second, "→", tuple(torch.broadcast_shapes(first, second)))
    # --8<-- [end:shapes]

    # --8<-- [start:pairs]
    prediction = torch.tensor([[1.0], [2.0], [3.0]])  # (3, 1)
    observed = torch.tensor([1.0, 2.0, 3.0])  # (3,)
    difference = prediction - observed
    print(difference)
    print(difference.shape)
    print((difference**2).mean())
    # --8<-- [end:pairs]

    # --8<-- [start:accident]
    y_flat = y[:, 0]
    for target in (y, y_flat):
        line = nn.Linear(1, 1)
        fit(line, x, target)
        print((line(x) - target).shape)
        left, right = line(torch.tensor([[-1.0], [1.0]]))
        print(f"x = -1: {left.item():.2f}   x = 1: {right.item():.2f}")
    # --8<-- [end:accident]

    # --8<-- [start:minimum]
    loss = ((line(x) - y_flat) ** 2).mean()
    print(f"intercept {line.bias.item():.3f}   loss {loss:.3f}")
    variance = ((y - y.mean()) ** 2).mean()
    print(f"mean of y {y.mean():.3f}   variance of y {variance:.3f}")
    # --8<-- [end:minimum]

    # --8<-- [start:warning]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        nn.MSELoss()(line(x), y_flat)
    print(caught[0].message)
    # --8<-- [end:warning]

    # --8<-- [start:product]
    print(a @ b.T)
    print((torch.ones(8, 2, 3) @ torch.ones(8, 3, 4)).shape)  # eight products
    # --8<-- [end:product]

    # --8<-- [start:linear]
    layer, batch = nn.Linear(3, 2), torch.randn(100, 3)
    print(layer.weight.shape, layer.bias.shape, layer(batch).shape)
    print(torch.allclose(layer(batch), batch @ layer.weight.T + layer.bias))
    even = nn.Linear(3, 3)
    print(torch.allclose(even(batch), batch @ even.weight + even.bias))  # no .T
    # --8<-- [end:linear]

    # --8<-- [start:dtypes]
    whole, single = torch.tensor([1, 2, 3]), torch.tensor([1.0, 2.0, 3.0])
    double = torch.from_numpy(np.array([1.0, 2.0, 3.0]))
    print(whole.dtype, single.dtype, double.dtype)
    print((whole + single).dtype, (single + double).dtype, (whole / 2).dtype)
    print((single + double[0]).dtype, double.float().dtype)
    # --8<-- [end:dtypes]

    # --8<-- [start:file]
    file = io.StringIO("area,price\n50,3.1\n80,4.6\n65,4.0\n")  # or "houses.csv"
    numbers = np.loadtxt(file, delimiter=",", skiprows=1, dtype=np.float32)
    houses = torch.from_numpy(numbers)
    area, price = houses[:, :1], houses[:, 1:]
    print(houses.dtype, area.shape, price.shape)
    print(price)
    # --8<-- [end:file]

    try:
        # --8<-- [start:device]
        device = "cuda" if torch.cuda.is_available() else "cpu"
        moved = a.to(device)
        print(moved.device, (moved + 10).device)
        moved + a.to("meta")
        # --8<-- [end:device]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    # --8<-- [start:write]
    grid = torch.arange(6).reshape(2, 3)
    view, copy = grid[1], grid[1].clone()
    view[0] = 100
    copy[1] = 200
    view += 1  # in place
    view = view + 1000  # a new tensor
    print(grid)
    # --8<-- [end:write]

    # --8<-- [start:shared]
    for name, result in (
        ("a[:, 1:]", a[:, 1:]),
        ("a.T", a.T),
        ("a.reshape(3, 2)", a.reshape(3, 2)),
        ("a.T.reshape(6)", a.T.reshape(6)),
        ("a[[0, 1]]", a[[0, 1]]),
        ("a[a > 0]", a[a > 0]),
        ("a + 0", a + 0),
    ):
        storages = [each.untyped_storage().data_ptr() for each in (a, result)]
        print(f"{name:<16}", "view" if storages[0] == storages[1] else "copy")
    # --8<-- [end:shared]

    # --8<-- [start:from_numpy]
    array = np.zeros(3)
    shares = torch.from_numpy(array)
    array[0] = 7
    print(shares)
    # --8<-- [end:from_numpy]

    # --8<-- [start:strides]
    grid = torch.arange(6).reshape(2, 3)
    for tensor in (grid, grid.T, grid[:, 1:]):
        first, (down, right) = tensor.storage_offset(), tensor.stride()
        print(tensor.tolist(), "starts at", first, "with strides", (down, right))
        slot = first + 1 * down + 0 * right
        print("  [1, 0] is at", slot, "and is", tensor[1, 0].item())
    # --8<-- [end:strides]

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

    # --8<-- [start:solution_pick]
    table = torch.arange(12).reshape(3, 4)
    print(table[1, 2].item(), tuple(table[0].shape), tuple(table[:, 1:3].shape))
    # --8<-- [end:solution_pick]

    try:
        # --8<-- [start:solution_shapes]
        for first, second in (
            ((8, 1, 6), (7, 1)),
            ((), (2, 3)),
            ((4,), (4, 1)),
            ((2, 3), (2,)),
        ):
            total = torch.zeros(first) + torch.zeros(second)
            print(first, second, "→", tuple(total.shape))
        # --8<-- [end:solution_shapes]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    # --8<-- [start:solution_square]
    square = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
    for keepdim in (False, True):
        centered = square - square.mean(dim=1, keepdim=keepdim)
        print(f"keepdim={keepdim}: row means", centered.mean(dim=1).tolist())
    # --8<-- [end:solution_square]

    # --8<-- [start:solution_perfect]
    flat_line = torch.full_like(y, y.mean().item())
    for name, prediction in (("perfect", y), ("flat", flat_line)):
        loss = ((prediction - y_flat) ** 2).mean()
        print(f"{name:<7}   wrong loss {loss:.3f}")
    line = nn.Linear(1, 1)
    nn.init.constant_(line.bias, 5)
    nn.init.constant_(line.weight, 7)
    fit(line, x, y_flat)
    print("slope 7 →", round(line.weight.item()))
    # --8<-- [end:solution_perfect]

    # --8<-- [start:solution_strides]
    part = torch.arange(12).reshape(3, 4)[1:, ::2]
    print(part.tolist())
    print(tuple(part.shape), part.stride(), part.storage_offset())
    # --8<-- [end:solution_strides]
