import io
import math
import struct
import warnings
from ast import literal_eval
from itertools import product, zip_longest

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from snippets.data import make_data
from snippets.exercises import tensors as exercises
from snippets.figures.tensors import (
    address,
    figure_accident,
    figure_broadcast,
    figure_dimensions,
    figure_memory,
    figure_slices,
)
from snippets.tensors import fit
from tests.drawn import is_whole, labels
from tests.inputs import (
    FLOATS,
    SEEDS,
    SIZES,
    WHOLE,
    descend,
    drawn,
    examples,
)
from tests.printed import numbers

SHAPES = [shape for d in range(4) for shape in product((0, 1, 2, 3), repeat=d)]
LAYERS = [(1, 1, 1), (100, 1, 1), (100, 1, 100), (7, 3, 2), (1, 40, 5), (256, 784, 128)]


def fitted(x, target):
    """A new line that the page's function has trained."""
    line = nn.Linear(1, 1)
    fit(line, x, target)
    return line


def mean_squared_error(prediction, target):
    """As the page writes it out, whatever the two broadcast to."""
    return ((prediction - target) ** 2).mean()


@pytest.fixture
def data(seed):
    """The post's x and y, shape (100, 1), in float64."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn((100, 1), generator=generator, dtype=torch.float64)
    noise = torch.randn((100, 1), generator=generator, dtype=torch.float64)
    return x, 7 * x + 5 + 2 * noise


@pytest.mark.equation(
    "storage-slot", r"p(i_1, \dots, i_d) = o + \sum_{k=1}^{d} i_k s_k"
)
def test_an_element_lies_where_offset_and_strides_say(seed, equation):
    random = np.random.default_rng(seed)
    for _ in range(50):
        shape = tuple(random.integers(1, 5, size=random.integers(1, 5)).tolist())
        whole = torch.arange(math.prod(shape)).reshape(shape)
        part = whole.permute(*random.permutation(len(shape)).tolist())
        for dim, size in enumerate(part.shape):
            start, step = random.integers(size), random.integers(1, 3)
            part = part[(slice(None),) * dim + (slice(int(start), None, int(step)),)]
        for index in product(*map(range, part.shape)):
            there = address(part, index)
            assert part[index].item() == there
            assert part[index].data_ptr() == whole.data_ptr() + there * 8
        slot = part[index].item()  # of the last element; whole counts from 0
        o, s, d = part.storage_offset(), part.stride(), part.ndim
        p = {(index[0], ..., index[-1]): slot}
        equation(p=lambda *ends, p=p: p[ends], i=index, o=o, s=s, d=d)


def test_an_address_needs_an_element():
    for index in ((1,), (1, 2, 0), ()):
        with pytest.raises(ValueError):
            address(torch.zeros(2, 3), index)
    for index in ((2, 0), (0, 3), (-1, 0)):
        with pytest.raises(IndexError, match=r"no element .* in shape \(2, 3\)"):
            address(torch.zeros(2, 3), index)


@examples
@given(st.data())
def test_an_address_is_right_in_tensors_that_readers_bring(data):
    dtype = data.draw(st.one_of(FLOATS, WHOLE))
    shape = tuple(data.draw(st.lists(SIZES, max_size=4)))
    tensor = torch.zeros(shape, dtype=dtype)
    for dim, size in enumerate(shape):
        steps = slice(data.draw(st.integers(0, 3)), None, data.draw(st.integers(1, 3)))
        tensor = tensor[(slice(None),) * dim + (steps,)]
        if size == 1 and data.draw(st.booleans()) and tensor.shape[dim] == 1:
            tensor = tensor.expand(*(-1,) * dim, 3, *(-1,) * (len(shape) - dim - 1))
    tensor = tensor.permute(data.draw(st.permutations(range(len(shape)))))
    start = tensor.untyped_storage().data_ptr()
    for index in product(*map(range, tensor.shape)):
        place = tensor[index].data_ptr() - start
        assert address(tensor, index) * tensor.itemsize == place
    index = tuple(data.draw(st.tuples(*[st.integers(-2, 6)] * len(shape))))
    if not all(0 <= i < n for i, n in zip(index, tensor.shape, strict=True)):
        with pytest.raises(IndexError):
            address(tensor, index)


@pytest.mark.equation(
    "contiguous-strides", r"s_k = \prod_{l=k+1}^{d} n_l, \qquad s_d = 1"
)
@pytest.mark.parametrize("shape", [(4,), (2, 3), (5, 1, 4), (2, 3, 4, 5)])
def test_a_new_tensor_is_filled_from_the_last_dimension(shape, equation):
    strides = [math.prod(shape[k + 1 :]) for k in range(len(shape))]
    assert strides[-1] == 1
    for new in (torch.zeros(shape), torch.ones(shape) + 1):
        assert list(new.stride()) == strides
        assert new.is_contiguous()
        # NumPy counts in bytes
        assert [s // 4 for s in np.zeros(shape, dtype=np.float32).strides] == strides

    for n in (shape, (2, 3, 4, 5)):
        for k in range(1, len(n) + 1):
            equation(s=torch.zeros(n).stride(), n=n, d=len(n), k=k)


def test_a_size_of_0_is_no_factor_of_a_stride():
    assert torch.zeros(2, 0, 3).stride() == (3, 3, 1)
    assert torch.zeros(0, 3).stride() == (3, 1)


def test_a_transpose_swaps_strides_and_moves_nothing():
    for rows in (2, 1_000_000):
        a = torch.empty(rows, 3)
        assert a.T.stride() == a.stride()[::-1]
        assert a.T.shape == a.shape[::-1]
        assert a.T.data_ptr() == a.data_ptr()
        assert not a.T.is_contiguous()
        assert a[:, 1:].data_ptr() == a.data_ptr() + a.itemsize
        assert a[:, 1:].stride() == a.stride()


@pytest.mark.parametrize(
    ("operation", "shared"),
    [
        (lambda a: a[1], True),
        (lambda a: a[:, 1:], True),
        (lambda a: a[:, None], True),
        (lambda a: a.T, True),
        (lambda a: a.view(6), True),
        (lambda a: a.expand(4, 2, 3), True),
        (lambda a: a.clone(), False),
        (lambda a: a[[0, 1]], False),
        (lambda a: a[a > 0], False),
        (lambda a: a + 0, False),
        (lambda a: a.reshape(3, 2), True),
        (lambda a: a.T.reshape(6), False),
        (lambda a: a.contiguous(), True),
        (lambda a: a.T.contiguous(), False),
    ],
)
def test_a_view_sees_what_is_written_to_the_original_and_a_copy_does_not(
    operation, shared
):
    a = torch.arange(6).reshape(2, 3)
    result = operation(a)
    before = result.tolist()
    a += 10
    assert (result.tolist() != before) == shared


def float32(fraction):
    """The nearest float32, by struct, which rounds the nearest float64; exact here."""
    return struct.unpack("f", struct.pack("f", float(fraction)))[0]


def test_python_numbers_with_a_decimal_point_become_float32():
    assert torch.tensor(0.1).dtype == torch.tensor([1.0, 2]).dtype == torch.float32
    # numbers from NumPy keep their 64 bits
    assert torch.tensor(np.float64(0.1)).dtype == torch.float64
    assert torch.tensor(np.array([0.1])).dtype == torch.float64


@pytest.mark.parametrize("left", [torch.int64, torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize(
    "right", [torch.int64, torch.float32, torch.float64, int, float], ids=str
)
@pytest.mark.parametrize("shape", [(), (3,)], ids=str)
def test_the_rule_of_promotion(left, right, shape):
    a = torch.ones(3, dtype=left)
    number = right in (int, float)
    if number and shape:
        return
    b = right(1) if number else torch.ones(shape, dtype=right)
    dtype = {int: torch.int64, float: torch.float32}.get(right, right)
    kinds = left.is_floating_point, dtype.is_floating_point
    if kinds[0] != kinds[1]:
        expected = left if kinds[0] else dtype
    elif not shape:  # a has dimensions, b has none
        expected = left
    else:
        expected = max(left, dtype, key=lambda each: each.itemsize)
    assert (a + b).dtype == (b + a).dtype == expected


@pytest.mark.parametrize("left", [torch.int64, torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("right", [torch.int64, torch.float32, torch.float64], ids=str)
def test_a_matrix_product_does_not_match_dtypes(left, right):
    a, b = torch.ones(2, 3, dtype=left), torch.ones(3, 2, dtype=right)
    if left == right:
        assert (a @ b).dtype == left
        return
    with pytest.raises(RuntimeError, match="same dtype"):
        a @ b


def test_a_tensor_without_dimensions_beats_a_number():
    assert (torch.tensor(1.0, dtype=torch.float64) + 1.0).dtype == torch.float64
    assert (torch.tensor(1.0) + torch.tensor(1.0).double()).dtype == torch.float64
    for dtype in (torch.float32, torch.float64):
        assert (torch.tensor(1, dtype=torch.int64) + 0.5).dtype == torch.float32
        assert (torch.tensor(1.0, dtype=dtype) + 1).dtype == dtype
        assert (torch.tensor([1]) + torch.tensor(0.5, dtype=dtype)).dtype == dtype


def test_an_integer_tensor_and_a_python_number_are_the_default_dtype():
    """Not float64, though the number has 64 bits."""
    whole = torch.ones(3, dtype=torch.int64)
    assert (whole + 0.5).dtype == torch.get_default_dtype() == torch.float32
    assert (whole + 0.1)[0].item() == float32(float32(0.1) + 1) != 1.1
    torch.set_default_dtype(torch.float64)
    try:
        assert (whole + 0.5).dtype == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    assert (torch.tensor([1]) / torch.tensor([2])).dtype == torch.float32


@given(data=st.data())
def test_an_index_takes_its_dimension_away_and_a_slice_keeps_it(data):
    shape = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    tensor = torch.zeros(shape)
    index, expected = [], []
    for size in shape:
        i = data.draw(st.integers(-size, size - 1))
        if data.draw(st.booleans()):
            index.append(i)
        else:
            index.append(slice(i, None))
            expected.append(size - i % size)
    assert list(tensor[tuple(index)].shape) == expected


@pytest.mark.parametrize("shape", [(2, 3), (1, 4), (3, 1)])
def test_shapes_of_what_is_reshaped_and_joined(shape):
    n, m = shape
    a = torch.arange(n * m).reshape(n, -1)
    assert a.flatten().tolist() == list(range(n * m))  # row by row
    assert a.T.shape == (m, n)
    assert torch.equal(a[:, None], a.unsqueeze(1))
    assert torch.equal(a[:, None].squeeze(1), a)
    assert torch.cat((a, a), dim=0).shape == (2 * n, m)
    assert torch.cat((a, a), dim=1).shape == (n, 2 * m)
    assert torch.stack((a, a)).shape == (2, n, m)


@pytest.mark.parametrize("first", SHAPES, ids=str)
def test_the_rule_is_torch_s_and_numpy_s_for_all_shapes_and_errors(first):
    for second in SHAPES:
        try:
            expected = tuple((torch.empty(first) + torch.empty(second)).shape)
        except RuntimeError:
            with pytest.raises(RuntimeError):
                torch.broadcast_shapes(first, second)
            with pytest.raises(ValueError):
                np.broadcast_shapes(first, second)
            fits = False
        else:
            assert tuple(torch.broadcast_shapes(first, second)) == expected
            assert np.broadcast_shapes(first, second) == expected
            fits = True
        # the two steps of the page
        pairs = zip_longest(first[::-1], second[::-1], fillvalue=1)
        assert fits == all(a == b or 1 in (a, b) for a, b in pairs)
        if fits:
            pairs = zip_longest(first[::-1], second[::-1], fillvalue=1)
            by_rule = tuple(b if a == 1 else a for a, b in pairs)[::-1]
            assert by_rule == expected


def test_what_differs_from_numpy():
    """The table of tensors#numpy, row by row, and the way there and back."""
    a = torch.arange(24.0).reshape(2, 4, 3)
    array = a.numpy()
    for axis in range(3):
        assert a.sum(dim=axis).tolist() == array.sum(axis=axis).tolist()
        assert torch.equal(a.sum(axis=axis), a.sum(dim=axis))
    assert np.array([1.0]).dtype == np.float64
    assert torch.tensor([1.0]).dtype == torch.float32
    assert (np.ones((2, 2), np.float32) @ np.ones((2, 2))).dtype == np.float64
    with pytest.raises(RuntimeError, match="same dtype"):
        torch.ones(2, 2) @ torch.ones(2, 2).double()
    values, indices = a.max(dim=1)
    assert values.tolist() == array.max(axis=1).tolist()
    assert indices.tolist() == array.argmax(axis=1).tolist()
    assert a.std() ** 2 * 23 == pytest.approx(array.std() ** 2 * 24)
    assert array.std() ** 2 == pytest.approx(((array - array.mean()) ** 2).mean())
    assert np.array_equal(a.permute(2, 0, 1), array.transpose(2, 0, 1))
    assert np.array_equal(a.transpose(0, 1), array.transpose(1, 0, 2))
    with pytest.raises(TypeError):
        a.transpose(2, 0, 1)
    assert np.array_equal(a.flip(0), array[::-1])
    with pytest.raises(ValueError):
        a[::-1]
    assert np.array_equal(torch.cat((a, a)), np.concatenate((array, array)))
    copy, clone = array.copy(), a.clone()
    shared = torch.from_numpy(array)
    array[0, 0, 0] = 7
    assert shared[0, 0, 0] == a[0, 0, 0] == 7
    assert copy[0, 0, 0] == clone[0, 0, 0] == 0
    learned = torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="requires grad"):
        learned.numpy()
    assert np.array_equal(learned.detach().cpu().numpy(), np.ones(2, np.float32))
    prediction, observed = np.ones((3, 1)), np.ones(3)
    assert (prediction - observed).shape == (3, 3)


@pytest.mark.parametrize("shape", [(1, 1), (1, 3, 1), (2, 1), (2, 3), (1,), ()])
def test_squeeze_without_a_number_takes_all_dimensions_of_size_1(shape):
    left = tuple(size for size in shape if size != 1)
    assert torch.zeros(shape).squeeze().shape == left
    for dim, size in enumerate(shape):
        others = shape[:dim] + shape[dim + 1 :]
        assert torch.zeros(shape).squeeze(dim).shape == (others if size == 1 else shape)


def test_in_place_is_seen_in_the_original_and_a_new_tensor_is_not():
    grid = torch.arange(6).reshape(2, 3)
    view = grid[1]
    view += 1
    assert grid.tolist() == [[0, 1, 2], [4, 5, 6]]
    view = view + 1000
    assert grid.tolist() == [[0, 1, 2], [4, 5, 6]]
    assert view.tolist() == [1004, 1005, 1006]


def test_the_old_constructors_read_an_integer_as_a_size():
    for old in (torch.Tensor, torch.FloatTensor):
        assert old(3).shape == (3,)
        assert old([1, 2]).dtype == torch.float32
    assert torch.tensor(3).shape == ()


@pytest.mark.equation("matrix-product", r"(AB)_{ij} = \sum_{k=1}^{d} A_{ik} B_{kj}")
def test_a_product_is_row_by_column(seed, equation):
    generator = torch.Generator().manual_seed(seed)
    for n, d, m in ((2, 3, 4), (1, 5, 1), (4, 1, 3), (3, 3, 3), (2, 0, 2)):
        a = torch.randint(-9, 10, (n, d), generator=generator)
        b = torch.randint(-9, 10, (d, m), generator=generator)
        loops = [
            [sum(a[i, k].item() * b[k, j].item() for k in range(d)) for j in range(m)]
            for i in range(n)
        ]
        assert (a @ b).tolist() == loops
        for i, j in product(range(1, n + 1), range(1, m + 1)):
            equation(A=a, B=b, i=i, j=j, d=d)


def test_a_product_of_sizes_that_do_not_meet_is_an_error():
    with pytest.raises(RuntimeError):
        torch.zeros(2, 3) @ torch.zeros(2, 3)


def test_reshape_keeps_the_order_and_permute_moves_each_number():
    a = torch.arange(24).reshape(2, 4, 3)
    moved = a.permute(2, 0, 1)
    for i, j, k in product(range(2), range(4), range(3)):
        assert moved[k, i, j] == a[i, j, k]
    assert a.reshape(3, 2, 4).flatten().tolist() == list(range(24))
    assert a.reshape(3, 2, 4).shape == moved.shape
    assert not torch.equal(a.reshape(3, 2, 4), moved)
    assert torch.equal(a[0].permute(1, 0), a[0].T)


def test_argmax_is_where_the_largest_number_is(seed):
    generator = torch.Generator().manual_seed(seed)
    a = torch.randn((5, 4), generator=generator)
    rows, columns = a.tolist(), a.T.tolist()
    assert a.argmax(dim=1).tolist() == [row.index(max(row)) for row in rows]
    assert a.argmax(dim=0).tolist() == [column.index(max(column)) for column in columns]
    in_line = [number for row in rows for number in row]
    assert a.argmax() == in_line.index(max(in_line))


def test_a_table_is_read_as_float64_unless_told_otherwise():
    text = "area,price\n50,3.1\n80,4.6\n"
    read = {"delimiter": ",", "skiprows": 1}
    assert torch.from_numpy(np.loadtxt(io.StringIO(text), **read)).dtype == torch.double
    rows = np.loadtxt(io.StringIO(text), **read, dtype=np.float32)
    assert torch.from_numpy(rows).dtype == torch.float32
    assert torch.equal(torch.from_numpy(rows), torch.tensor([[50, 3.1], [80, 4.6]]))


def test_where_a_tensor_is_nothing_is_copied():
    a = torch.ones(3)
    assert a.to("cpu") is a
    with pytest.raises(RuntimeError):
        a + a.to("meta")  # another device, which needs no GPU


def test_a_reduction_removes_its_dimension():
    a = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    for name, reduce in (("sum", sum), ("mean", lambda v: sum(v) / len(v))):
        columns = [reduce([row[j] for row in a.tolist()]) for j in range(3)]
        rows = [reduce(row) for row in a.tolist()]
        assert getattr(a, name)(dim=0).tolist() == columns
        assert getattr(a, name)(dim=1).tolist() == rows
        kept = getattr(a, name)(dim=1, keepdim=True)
        assert kept.tolist() == [[value] for value in rows]
        assert (a - kept).shape == (2, 3)
        with pytest.raises(RuntimeError):
            a - getattr(a, name)(dim=1)


@pytest.mark.equation(
    "linear-layer",
    r"\hat y = xW^\top + b, \qquad \hat y_{ij} = b_j + \sum_{k=1}^{d} x_{ik} W_{jk}",
)
def test_a_layer_of_whole_numbers_is_exact(seed, equation):
    generator = torch.Generator().manual_seed(seed)
    for n, d, m in LAYERS:
        layer = nn.Linear(d, m)
        for parameter in layer.parameters():
            # sums of so few and so small whole numbers need no rounding
            parameter.data = torch.randint(
                -9, 10, parameter.shape, generator=generator
            ).float()
        x = torch.randint(-9, 10, (n, d), generator=generator)
        weight, bias = layer.weight.long(), layer.bias.long()
        by_hand = [
            [bias[j] + (x[i] * weight[j]).sum() for j in range(m)]
            for i in range(min(n, 3))
        ]
        assert layer(x.float())[:3].tolist() == torch.tensor(by_hand).tolist()
        if d * m < 100:
            for i, j in product(range(1, min(n, 3) + 1), range(1, m + 1)):
                y_hat = layer(x.float())
                equation(x=x, y_hat=y_hat, W=weight, b=bias, i=i, j=j, d=d)


@pytest.mark.parametrize(("n", "d", "m"), LAYERS)
def test_a_layer_is_addmm_to_the_last_bit(n, d, m, seed):
    torch.manual_seed(seed)
    for _ in range(5):
        layer, x = nn.Linear(d, m), torch.randn(n, d)
        assert torch.equal(layer(x), torch.addmm(layer.bias, x, layer.weight.T))


@pytest.mark.equation(
    "all-pairs-loss",
    r"L_{n \times n} = \frac{1}{n^2} \sum_{i=1}^{n} \sum_{j=1}^{n} "
    r"(\hat y_i - y_j)^2",
)
def test_the_loss_of_the_accident_is_over_all_pairs(data, equation):
    x, y = data
    prediction = 1 + 2 * x
    assert (prediction - y[:, 0]).shape == (100, 100)
    pairs = [(p - t) ** 2 for p in prediction[:, 0].tolist() for t in y[:, 0].tolist()]
    wrong = mean_squared_error(prediction, y[:, 0])
    assert wrong.item() == pytest.approx(sum(pairs) / 100**2)
    few = mean_squared_error(prediction[:8], y[:8, 0])
    equation(L_nxn=few, n=8, y_hat=prediction[:, 0], y=y[:, 0])
    with pytest.warns(UserWarning, match="target size"):
        assert nn.functional.mse_loss(prediction, y[:, 0]) == wrong
    assert mean_squared_error(prediction, y) < wrong


@pytest.mark.equation(
    "all-pairs-split",
    r"L_{n \times n} = \frac{1}{n} \sum_{i=1}^{n} (\hat y_i - \bar y)^2 + "
    r"\frac{1}{n} \sum_{j=1}^{n} (y_j - \bar y)^2",
)
def test_the_wrong_loss_is_a_distance_to_the_mean_and_a_variance(data, seed, equation):
    _, y = data
    prediction = 3 * torch.randn(
        (100, 1), generator=torch.Generator().manual_seed(seed + 1), dtype=y.dtype
    )
    wrong = mean_squared_error(prediction, y[:, 0]).item()
    distance = np.mean((prediction.numpy() - y.mean().item()) ** 2)
    assert wrong == pytest.approx(distance + np.var(y.numpy()))
    equation(L_nxn=wrong, n=100, y_hat=prediction[:, 0], y=y[:, 0], y_bar=y.mean())
    shuffled = y[torch.randperm(100, generator=torch.Generator().manual_seed(seed))]
    assert mean_squared_error(prediction, shuffled[:, 0]).item() == pytest.approx(wrong)
    assert mean_squared_error(prediction, shuffled) != mean_squared_error(prediction, y)


@pytest.mark.equation(
    "all-pairs-minimum",
    r"\hat\theta_0 = \bar y, \qquad \hat\theta_1 = 0, \qquad \min L_{n \times n} = "
    r"\frac{1}{n} \sum_{j=1}^{n} (y_j - \bar y)^2",
)
def test_the_accident_ends_at_the_mean_with_slope_zero(data, equation):
    x, y = data
    # least squares over all 10 000 pairs (x_i, y_j)
    every_x, every_y = np.repeat(x.numpy(), 100), np.tile(y[:, 0].numpy(), 100)
    (slope, intercept), (rest,), *_ = np.polyfit(every_x, every_y, 1, full=True)
    assert slope == pytest.approx(0, abs=1e-12)
    assert intercept == pytest.approx(y.mean().item())
    assert rest / 100**2 == pytest.approx(np.var(y.numpy()))
    # and the only such point: the gradient is 0, the Hessian is positive definite
    theta = torch.tensor([y.mean().item(), 0.0], dtype=y.dtype, requires_grad=True)

    def wrong_loss(theta):
        return mean_squared_error(theta[0] + theta[1] * x, y[:, 0])

    (gradient,) = torch.autograd.grad(wrong_loss(theta), theta)
    assert gradient.tolist() == pytest.approx([0, 0], abs=1e-12)
    hessian = torch.autograd.functional.hessian(wrong_loss, theta.detach())
    assert torch.linalg.eigvalsh(hessian).min() > 0
    steps = torch.tensor([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]], dtype=y.dtype)
    equation(
        L_nxn=[wrong_loss(theta.detach() + step).item() for step in steps],
        theta_hat={0: intercept, 1: slope},
        y_bar=y.mean(),
        y=y[:, 0],
        n=100,
        abs=1e-9,
    )


def test_training_finds_the_line_or_the_mean_by_the_shape_of_the_target(data, seed):
    x, y = (column.float() for column in data)
    torch.manual_seed(seed)
    slope, intercept = np.polyfit(x[:, 0].numpy(), y[:, 0].numpy(), 1)
    right, wrong, repaired = (fitted(x, t) for t in (y, y[:, 0], y[:, 0][:, None]))
    for line in (right, repaired):
        assert line.bias.item() == pytest.approx(intercept, abs=1e-4)
        assert line.weight.item() == pytest.approx(slope, abs=1e-4)
    assert wrong.bias.item() == pytest.approx(y.mean().item(), abs=1e-4)
    assert wrong.weight.item() == pytest.approx(0, abs=1e-4)
    loss = mean_squared_error(wrong(x), y[:, 0]).item()
    assert loss == pytest.approx(y.var(correction=0).item(), rel=1e-5)


@examples
@given(st.data())
def test_training_is_gradient_descent_for_what_readers_bring(data):
    n, start = data.draw(SIZES), data.draw(SEEDS)
    x = drawn(data.draw, (n, 1), torch.float32, 2)  # larger ones may diverge
    y = drawn(data.draw, data.draw(st.sampled_from([(n, 1), (n,)])), torch.float32)
    torch.manual_seed(start)
    untrained = nn.Linear(1, 1)
    theta = untrained.bias.item(), untrained.weight.item()
    expected, limit, _ = descend(x, y, theta, 100)
    torch.manual_seed(start)
    line = fitted(x, y)
    got = line.bias.item(), line.weight.item()
    if n == 0:
        assert got == theta, "nothing to learn from"
        return
    assert np.linalg.norm(got - expected) <= limit


@pytest.mark.parametrize("dtype", [torch.float16, torch.float64, torch.int64], ids=str)
def test_training_in_another_dtype_is_an_error(dtype):
    with pytest.raises(RuntimeError, match="must have the same dtype"):
        fitted(torch.ones(3, 1, dtype=dtype), torch.ones(3, 1))


def test_lengths_that_differ_are_an_error(data):
    x, y = (column.float() for column in data)
    with pytest.raises(RuntimeError):
        fitted(x, y[:99])


def test_three_right_predictions_have_a_loss():
    """The example of tensors#accident: zeros on the diagonal, and others beside it."""
    column, line = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([1.0, 2.0, 3.0])
    assert torch.equal((column - line).diagonal(), torch.zeros(3))
    assert mean_squared_error(column, line).item() == pytest.approx(4 / 3)
    assert mean_squared_error(column, line[:, None]) == 0


def test_none_adds_the_dimension_that_unsqueeze_adds():
    three = torch.tensor([1, 2, 3])
    assert torch.equal(three[:, None], three.unsqueeze(1))
    assert torch.equal(three[None, :], three.unsqueeze(0))
    assert torch.equal(three[:, None].squeeze(1), three)


def test_by_hand_there_is_no_warning(data):
    x, y = data
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mean_squared_error(x, y[:, 0])
        with pytest.raises(UserWarning):
            nn.MSELoss()(x, y[:, 0])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            nn.MSELoss()(x, y[:, 0])
    assert len(caught) == 1, "Python shows a warning once for each place"


@pytest.mark.equation(
    "perfect-prediction",
    r"\hat y = y \quad\Longrightarrow\quad L_{n \times n} = \frac{2}{n} "
    r"\sum_{j=1}^{n} (y_j - \bar y)^2",
)
def test_the_wrong_loss_punishes_a_perfect_prediction(data, equation):
    _, y = data
    perfect = mean_squared_error(y, y[:, 0]).item()
    assert perfect == pytest.approx(2 * np.var(y.numpy()))
    equation(L_nxn=perfect, n=100, y_hat=y[:, 0], y=y[:, 0], y_bar=y.mean())
    flat = mean_squared_error(torch.full_like(y, y.mean().item()), y[:, 0]).item()
    assert perfect == pytest.approx(2 * flat)


def test_a_perfect_line_is_pulled_to_the_mean(data):
    x, y = (column.float() for column in data)
    for target in (y, 5 + 7 * x):
        line = nn.Linear(1, 1)
        nn.init.constant_(line.bias, 5)
        nn.init.constant_(line.weight, 7)
        fit(line, x, target[:, 0])
        assert line.weight.item() == pytest.approx(0, abs=1e-4)
        assert line.bias.item() == pytest.approx(target.mean().item(), abs=1e-4)


def test_a_square_matrix_hides_a_missing_keepdim():
    """In tensors#exercise-square, row mean i is taken from column i."""
    a = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
    means, wrong = a.mean(dim=1), a - a.mean(dim=1)
    for i, j in product(range(3), repeat=2):
        assert wrong[i, j] == a[i, j] - means[j]
    with pytest.raises(RuntimeError):
        a[:2] - a[:2].mean(dim=1)


def test_the_messages_of_torch():
    with pytest.raises(RuntimeError, match=r"cannot be multiplied \(100x1 and 100x1\)"):
        torch.zeros(100, 1) @ torch.zeros(100, 1)
    with pytest.raises(RuntimeError, match=r"Use .reshape\(...\) instead"):
        torch.zeros(2, 3).T.view(6)
    numbers = torch.from_numpy(np.array([[1.5], [2.5]]))
    with pytest.raises(RuntimeError, match="got Double and Float"):
        nn.Linear(1, 1)(numbers)
    assert nn.Linear(1, 1)(numbers.float()).shape == (2, 1)
    with pytest.raises(RuntimeError, match="can't be cast"):
        torch.tensor([1, 2, 3]).add_(0.5)
    assert (torch.zeros(100, 1).T @ torch.zeros(100, 1)).shape == (1, 1)


def cells(axes):
    """Corner, number, and whether the outline is solid, of each cell drawn."""
    numbers = {}
    for text in axes.texts:
        if text.get_text().isdigit():
            numbers[text.get_position()] = int(text.get_text()), text.get_color()
    found = {}
    for patch in axes.patches:
        x, y = patch.get_xy()
        solid = patch.get_linestyle() == "-"
        assert patch.get_linewidth() == (1.2 if solid else 0.8)
        number, color = numbers.pop((x + 0.5, y + 0.5))
        assert color == ("black" if solid else "tab:gray")
        assert not patch.get_fill()
        found[x, y] = number, solid
    assert not numbers, "a number without a cell"
    assert is_whole(axes)
    return found


def matrix(found, left, top, rows, columns):
    return [[found[left + j, top - i - 1] for j in range(columns)] for i in range(rows)]


def test_the_figure_of_the_memory_shows_addresses_and_the_way_through():
    (axes,) = figure_memory().axes
    found = cells(axes)
    assert matrix(found, 0, 5, 1, 6) == [[(p, True) for p in range(6)]]
    assert matrix(found, 0, 3, 2, 3) == [
        [(3 * i + j, True) for j in range(3)] for i in range(2)
    ]
    assert matrix(found, 5, 3, 3, 2) == [
        [(i + 3 * j, True) for j in range(2)] for i in range(3)
    ]
    assert len(found) == 18
    for path in axes.lines:
        on_the_way = [found[x - 0.5, y - 0.5][0] for x, y in path.get_xydata()]
        assert on_the_way == list(range(6))
    assert len(axes.lines) == 2
    labels = {text.get_text(): text.get_position() for text in axes.texts}
    assert labels["$a$, $s = (3, 1)$"] == (1.5, 3.4)  # above the middle of its cells
    assert labels[r"$a^\top$, $s = (1, 3)$"] == (6, 3.4)
    assert labels["$p$"][0] < 0  # left of the storage


def test_the_figure_of_broadcasting_adds_up():
    (axes,) = figure_broadcast().axes
    found = cells(axes)
    left, right, total = (
        matrix(found, *corner, 3, 4) for corner in ((0, 8), (5.5, 8), (2.75, 4))
    )
    for i, j in product(range(3), range(4)):
        assert left[i][j] == (10 * (i + 1), j == 0)
        assert right[i][j] == (j + 1, i == 0)
        assert total[i][j] == (left[i][j][0] + right[i][j][0], True)
    labels = {text.get_text(): text.get_position() for text in axes.texts}
    assert labels[r"$(3, 1) \to (3, 4)$"] == (2, 8.5)  # above the middle of its cells
    assert labels[r"$(1, 4) \to (3, 4)$"] == (7.5, 8.5)
    assert len(found) == 36


def test_the_figure_of_the_accident_shows_the_line_and_the_mean():
    (axes,) = figure_accident().axes
    torch.manual_seed(0)
    x = torch.randn((100, 1))
    y = 7 * x + 5 + torch.normal(0, 2, (100, 1))
    assert axes.collections[0].get_offsets().tolist() == torch.cat((x, y), 1).tolist()
    right, wrong = (np.polyfit(*line.get_data(), 1) for line in axes.lines)
    fitted = np.polyfit(x[:, 0].numpy(), y[:, 0].numpy(), 1)
    assert right == pytest.approx(fitted, abs=1e-4)
    assert wrong == pytest.approx([0, y.mean().item()], abs=1e-4)
    assert [line.get_color() for line in axes.lines] == ["tab:orange", "tab:red"]
    assert labels(axes) == {
        "$(n, 1) - (n, 1)$": "tab:orange",
        "$(n, 1) - (n{,})$": "tab:red",
    }
    assert [line.get_linestyle() for line in axes.lines] == ["-", "--"]


def test_the_figure_of_dimensions_shows_three_shapes():
    (axes,) = figure_dimensions().axes
    found = cells(axes)
    assert found == {
        (0.5, 1): (7, True),
        **{(4 + j, 1): (1 + j, True) for j in range(3)},
        **{(9 + j, 1 - i): (1 + 3 * i + j, True) for i in range(2) for j in range(3)},
    }
    places = {text.get_text(): text.get_position() for text in axes.texts}
    middles = {shape: places[shape][0] for shape in ("()", "(3,)", "(2, 3)")}
    assert middles == {"()": 1, "(3,)": 5.5, "(2, 3)": 10.5}


def test_the_figure_of_slices_marks_what_the_indices_take():
    (axes,) = figure_slices().axes
    solid = {patch.get_xy() for patch in axes.patches if patch.get_linestyle() == "-"}
    a = torch.tensor([[1, 2, 3], [4, 5, 6]])
    for left, taken in ((0, a[0]), (4.5, a[:, 1]), (9, a[:, 1:])):
        cells = {
            (left + j, 1 - i)
            for i in range(2)
            for j in range(3)
            if a[i, j] in taken.flatten()
        }
        assert cells == {each for each in solid if left <= each[0] < left + 3}
    assert {"a[0]", "a[:, 1]", "a[:, 1:]"} < set(labels(axes))


# for each exercise the right answer, one for each hint, and one that is like none
ANSWERS = {
    "pick": [
        (6, (4,), (3, 2)),
        (1, (4,), (3, 2)),
        (6, (1, 4), (3, 2)),
        (6, (4,), (3, 3)),
        (7, (4,), (3, 2)),
    ],
    "shapes": [
        ([(8, 7, 6), (2, 3), (4, 4), None],),
        ([None, (2, 3), (4, 4), (2, 3)],),
        ([(8, 7, 6), (), (4, 4), None],),
        ([(8, 7, 6), (2, 3), (4, 1), None],),
        ([(8, 7, 1), (2, 3), (4, 4), None],),
    ],
    "strides": [
        ([[4, 6], [8, 10]], (4, 2), 4),
        ([[4, 5], [8, 9]], (4, 1), 4),
        ([[4, 6], [8, 10]], (4, 1), 4),
        ([[4, 6], [8, 10]], (4, 2), 1),
        ([[0, 2], [4, 6], [8, 10]], (4, 2), 4),
    ],
    "square": [
        (False, [-3.0, 0.0, 3.0]),
        (True, []),
        (False, [0.0, 0.0, 0.0]),
        (False, [2.0, 0.0, -2.0]),
        (False, [2.0, 5.0, 8.0]),
    ],
    "perfect": [(2, 1), (0, 1), (1, 1), (2, 0), (4, 1)],
}


def shapes_of_sums(printed, run):
    """Each line ends with a shape, or is an error."""
    shapes = (line.partition("→ ")[2] or "None" for line in printed.splitlines())
    return [(list(map(literal_eval, shapes)),)]


def strides_of_the_part(printed, run):
    elements, numbers_of_it = printed.splitlines()
    rows, columns, *strides, first = map(int, numbers(numbers_of_it))
    assert (rows, columns) == np.shape(literal_eval(elements))
    return [(literal_eval(elements), tuple(strides), first)]


def row_means(printed, run):
    without_keepdim, _ = printed.splitlines()
    return [("Error" in without_keepdim, numbers(without_keepdim))]


def losses_in_variances(printed, run):
    _, y = make_data(seed=0)
    losses = numbers("\n".join(printed.splitlines()[:2]))
    return [tuple(loss / np.var(y.numpy()) for loss in losses)]


# What each solution answers, taken out of what it prints or defines.
SOLUTIONS = {
    "shapes": shapes_of_sums,
    "strides": strides_of_the_part,
    "square": row_means,
    "perfect": losses_in_variances,
    "pick": lambda printed, run: [literal_eval(printed.replace(" (", ", ("))],
}


def test_the_checks_know_further_answers():
    assert exercises.shapes([torch.Size((8, 7, 6)), (2, 3), (4, 4), None]) == 0
    assert exercises.shapes([None, (2, 3), (4, 4), None]) == 1
    assert exercises.shapes([(8, 7, 6), (2, 3), (4, 4), (2, 3)]) == 1
    assert exercises.shapes([(8, 7, 6), None, (4, 4), None]) == 2
    assert exercises.shapes([(8, 7, 6), (2, 3), (4,), None]) == 3
    assert exercises.shapes([(8, 7, 6), (2, 3), (4, 4)]) == -1
    assert exercises.strides([[4, 6], [8, 10]], (4, 2), 0) == -1
    assert exercises.strides([[4, 6], [8, 10]], (2, 4), 4) == -1
    assert exercises.strides([[4, 6], [8, 10]], (4, 2), 5) == -1
    assert exercises.square(False, torch.tensor([-3.0, 0.0, 3.0])) == 0
    assert exercises.pick(torch.tensor(6), torch.Size((4,)), (3, 2)) == 0
