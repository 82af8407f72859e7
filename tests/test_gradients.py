import cmath
import inspect
import math
import re
import sys
from itertools import pairwise

import mpmath
import networkx as nx
import numpy as np
import pytest
import sympy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgba

from snippets.data import POST_ROWS
from snippets.exercises import gradients as exercises
from snippets.figures.gradients import figure_differences, figure_graph, place, two_rows
from snippets.gradients import (
    Value,
    as_value,
    backward,
    central_difference,
    count_edges,
    count_operations,
    difference_errors,
    engine_path,
    forward_mode,
    graph,
    mean_squared_error,
    squared_error,
)
from tests.drawn import is_whole

ROUNDING = 2.0**-53  # u: float64 stores a number to this relative error
BINARY = ("+", "-", "*", "/", "r+", "r-", "r*", "r/")
UNARY = ("neg", "exp", "tanh", "relu", "**2", "**3", "**-1", "**0.5")
# an expression: numbers to start from, then operations on what there is so far
RECIPES = st.tuples(
    st.lists(st.floats(-2, 2), min_size=2, max_size=4),
    st.lists(
        st.tuples(st.sampled_from(BINARY + UNARY), st.integers(0), st.integers(0)),
        min_size=1,
        max_size=12,
    ),
)
thousands = settings(
    max_examples=2000, derandomize=True, database=None, deadline=None
)  # fixed, so that no run differs from the last
hundreds = settings(thousands, max_examples=200)


def apply(operation, a, b, number):
    """One operation, on Values and on tensors; `number` is b as a float."""
    match operation:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "/":
            return a / b
        case "r+":
            return number + a
        case "r-":
            return number - a
        case "r*":
            return number * a
        case "r/":
            return number / a
        case "neg":
            return -a
        case "exp" | "tanh" | "relu":
            return getattr(a, operation)()
    return a ** float(operation[2:])


def allowed(operation, a, b):
    """Stays clear of zero divisors, of roots of what is not positive, of overflow."""
    if operation == "/":
        return abs(b) > 0.1
    if operation in ("r/", "**-1"):
        return abs(a) > 0.1
    if operation == "**0.5":
        return a > 0.1
    if operation == "exp":
        return a < 5
    return abs(a) < 100 and abs(b) < 100


def build(recipe):
    """The same expression twice: Values, and tensors that keep their gradients."""
    numbers, operations = recipe
    ours = [Value(number) for number in numbers]
    theirs = [
        torch.tensor(number, dtype=torch.float64, requires_grad=True)
        for number in numbers
    ]
    for operation, i, j in operations:
        i, j = i % len(ours), j % len(ours)
        number = ours[j].number
        if not allowed(operation, ours[i].number, number):
            operation = "tanh"
        ours.append(apply(operation, ours[i], ours[j], number))
        theirs.append(apply(operation, theirs[i], theirs[j], number))
        theirs[-1].retain_grad()
    return ours, theirs


def scales(output):
    """Sum over paths of the absolute products: what rounding errors are relative to."""
    values = graph(output)
    scale = dict.fromkeys(values, 0.0)
    scale[output] = 1.0
    for user in reversed(values):
        for source, derivative in user.edges:
            scale[source] += scale[user] * abs(derivative)
    return scale


def close(a, b, scale):
    return abs(a - b) <= 1e-9 * max(scale, 1)


@thousands
@given(RECIPES)
def test_the_engine_is_torch_on_thousands_of_random_expressions(recipe):
    ours, theirs = build(recipe)
    backward(ours[-1])
    theirs[-1].backward()
    scale = scales(ours[-1])
    for value, tensor in zip(ours, theirs, strict=True):
        assert math.isclose(value.number, tensor.item(), rel_tol=1e-9, abs_tol=1e-9)
        expected = 0.0 if tensor.grad is None else tensor.grad.item()
        assert close(value.grad, expected, scale.get(value, 0))


@pytest.mark.parametrize("operation", BINARY + UNARY)
def test_every_operation_is_torch_s_at_a_point(operation):
    """None of them hides behind the random choice."""
    ours = Value(0.7), Value(1.3)
    theirs = [
        torch.tensor(v.number, dtype=torch.float64, requires_grad=True) for v in ours
    ]
    value = apply(operation, *ours, 1.3)
    tensor = apply(operation, *theirs, 1.3)
    backward(value)
    tensor.backward()
    assert value.number == pytest.approx(tensor.item(), rel=1e-14)
    for a, b in zip(ours, theirs, strict=True):
        assert a.grad == pytest.approx(0 if b.grad is None else b.grad.item(), 1e-14)


def test_relu_has_the_derivative_zero_at_zero():
    t, tensor = Value(0.0), torch.tensor(0.0, requires_grad=True)
    backward(t.relu())
    torch.relu(tensor).backward()
    assert t.grad == tensor.grad.item() == 0


def test_the_engine_raises_what_python_raises():
    with pytest.raises(ZeroDivisionError):
        1 / Value(0.0)
    with pytest.raises(ZeroDivisionError):
        Value(0.0) ** -1
    with pytest.raises(OverflowError):
        Value(1000.0).exp()


def test_a_value_stays_itself_and_a_number_becomes_one():
    value = Value(2.0)
    assert as_value(value) is value
    assert (as_value(3).number, as_value(3).edges) == (3.0, ())


def test_the_engine_has_about_sixty_lines():
    parts = (Value, as_value, graph, backward)
    sources = (inspect.getsource(each).replace(each.__doc__, "") for each in parts)
    lines = [line.strip() for source in sources for line in source.splitlines()]
    assert 55 <= sum(line[:1] not in ("", "#", '"') for line in lines) <= 65


@pytest.mark.equation(
    "chain-rule",
    r"\frac{\partial \ell}{\partial \theta_1} = \frac{\partial \ell}{\partial r} "
    r"\cdot \frac{\partial r}{\partial \hat y} \cdot \frac{\partial \hat y}{\partial "
    r"p} \cdot \frac{\partial p}{\partial \theta_1} = 2r \cdot (-1) \cdot 1 \cdot x = "
    r"-2 r x",
)
def test_the_chain_of_one_row(seed):
    x, y, theta_0, theta_1 = sympy.symbols("x y theta_0 theta_1")
    p, y_hat, r = sympy.symbols("p y_hat r")
    links = ((r**2, r), (y - y_hat, y_hat), (theta_0 + p, p), (theta_1 * x, theta_1))
    factors = [sympy.diff(*link) for link in links]
    assert factors == [2 * r, -1, 1, x]
    loss = (y - theta_0 - theta_1 * x) ** 2
    product = sympy.prod(factors).subs(r, y - theta_0 - theta_1 * x)
    assert sympy.expand(product - sympy.diff(loss, theta_1)) == 0
    # and by autograd and a difference, at a point
    point = np.random.default_rng(seed).normal(size=4)
    theta = torch.tensor(point[:2], requires_grad=True)
    rows = [tuple(point[2:].tolist())]
    mean_squared_error(*theta, rows).backward()
    expected = -2 * (point[3] - point[0] - point[1] * point[2]) * point[2]
    assert theta.grad[1].item() == pytest.approx(expected)
    difference = central_difference(
        lambda t: mean_squared_error(point[0], t, rows), point[1], 1e-3
    )
    assert difference == pytest.approx(expected, abs=1e-9)


@pytest.mark.equation(
    "reverse-mode",
    r"\frac{\partial L}{\partial v} = \sum_{w} \frac{\partial L}{\partial w} \, "
    r"\frac{\partial w}{\partial v}",
)
@hundreds
@given(RECIPES)
def test_a_gradient_is_the_sum_over_its_users(recipe):
    """All from torch: the users' gradients, and each single operation's derivative."""
    numbers, operations = recipe
    _, tensors = build(recipe)
    tensors[-1].backward()
    sums = [0.0] * len(tensors)
    sums[-1] = 1.0
    for user, (operation, i, j) in enumerate(operations, len(numbers)):
        i, j = i % user, j % user
        a, b = (tensors[k].detach().requires_grad_() for k in (i, j))
        if not allowed(operation, a.item(), b.item()):
            operation = "tanh"
        alone = apply(operation, a, b, b.item())
        alone.backward()
        above = tensors[user].grad
        for k, source in ((i, a), (j, b)):
            if above is not None and source.grad is not None:
                sums[k] += (above * source.grad).item()
    ours, _ = build(recipe)
    scale = scales(ours[-1])
    for value, tensor, total in zip(ours, tensors, sums, strict=True):
        if tensor.grad is not None:
            assert close(tensor.grad.item(), total, scale[value])


def paths(value, output, users):
    """Every way from value to output, as the list of its derivatives."""
    if value is output:
        yield []
    for user, derivative in users[value]:
        for rest in paths(user, output, users):
            yield [derivative, *rest]


@pytest.mark.equation(
    "sum-over-paths",
    r"\frac{\partial L}{\partial v} = \sum_{P:\, v \to L} \; \prod_{(a, b) \in P} "
    r"\frac{\partial b}{\partial a}",
)
@hundreds
@given(RECIPES)
def test_a_gradient_is_the_sum_over_paths(recipe):
    ours, theirs = build((recipe[0], recipe[1][:8]))
    theirs[-1].backward()
    users = {value: [] for value in graph(ours[-1])}
    for user in users:
        for source, derivative in user.edges:
            users[source].append((user, derivative))
    scale = scales(ours[-1])
    for value, tensor in zip(ours, theirs, strict=True):
        if value in users and tensor.grad is not None:
            total = sum(math.prod(path) for path in paths(value, ours[-1], users))
            assert close(tensor.grad.item(), total, scale[value])


def test_paths_double_at_each_fork_and_no_value_is_visited_twice():
    class Watched(tuple):
        visits = 0

        def __iter__(self):
            Watched.visits += 1
            return super().__iter__()

    value = start = Value(1.0)
    for _ in range(10):
        value = value + value
    users = {each: [] for each in graph(value)}
    for user in users:
        for source, derivative in user.edges:
            users[source].append((user, derivative))
    assert len(list(paths(start, value, users))) == 2**10
    for each in users:
        each.edges = Watched(each.edges)
    assert len(graph(value)) == Watched.visits == 11
    backward(value)  # lists the graph, then passes over it
    assert Watched.visits == 3 * 11
    assert start.grad == 2**10


@pytest.mark.equation(
    "central-difference",
    r"\frac{f(t+h) - f(t-h)}{2h} = f'(t) + \frac{h^2}{6} f^{(3)}(t) + O(h^4)",
)
def test_the_error_of_the_central_difference():
    t, h = sympy.symbols("t h")
    for f in (sympy.exp(t), sympy.sin(t) * t, 1 / (1 + t**2)):
        quotient = central_difference(lambda at, f=f: f.subs(t, at), t, h)
        rest = quotient - f.diff(t) - h**2 / 6 * f.diff(t, 3)
        for power in (0, 1, 2, 3):
            term = sympy.series(rest, h, 0, 4).removeO().coeff(h, power)
            assert sympy.simplify(term) == 0
    # the same in numbers, with 50 digits: the rest is of the order h⁴
    with mpmath.workdps(50):
        at = mpmath.mpf("0.3")
        rests = [
            central_difference(mpmath.exp, at, step)
            - mpmath.exp(at) * (1 + step**2 / 6)
            for step in (mpmath.mpf("1e-3"), mpmath.mpf("1e-4"))
        ]
        assert float(rests[0] / rests[1]) == pytest.approx(1e4, rel=1e-5)


def test_errors_on_the_page_follow_h_squared_and_h():
    for k in (1, 2, 3):
        one_sided, central = difference_errors(10.0**-k)
        assert central == pytest.approx(10.0 ** (-2 * k) / 6 * (math.e - 1), rel=1e-2)
        assert one_sided == pytest.approx(10.0**-k / 2 * (math.e - 1), rel=0.05)


@pytest.mark.equation(
    "difference-error",
    r"E(h) = \frac{h^2}{6} \lvert f^{(3)} \rvert + \frac{u}{h} \lvert f \rvert, \qquad "
    r"h^* = \left( \frac{3 u \lvert f \rvert}{\lvert f^{(3)} \rvert} \right)^{1/3}",
)
def test_the_best_h():
    h, u, f, third = sympy.symbols("h u f f3", positive=True)
    error = h**2 / 6 * third + u / h * f
    best = (3 * u * f / third) ** sympy.Rational(1, 3)
    assert sympy.simplify(error.diff(h).subs(h, best)) == 0
    assert sympy.simplify(error.diff(h, 2).subs(h, best)).is_positive
    # in float64: E(h) bounds the error of e^t, and no h does much better than h*
    points = [k / 1024 for k in range(1024)]  # t ± h is exact for h = 2^-k below
    worst = {}
    for k in range(4, 40):
        step = 2.0**-k
        errors = [
            abs(central_difference(math.exp, t, step) - math.exp(t)) for t in points
        ]
        worst[step] = max(errors)
        # both functions in E(h) are at most e^(1+h) here; math.exp is off by a little
        # more than u; and the exact value, to compare with, is rounded itself
        bound = math.exp(1 + step) * (step**2 / 6 + 1.1 * ROUNDING / step)
        assert worst[step] <= bound + 4 * ROUNDING * math.e
    optimum = (3 * ROUNDING) ** (1 / 3)
    nearest = min(worst, key=lambda step: abs(math.log(step / optimum)))
    assert worst[nearest] <= 2 * min(worst.values())
    assert min(worst, key=worst.get) == pytest.approx(optimum, rel=3)


def test_gradcheck_steps_by_a_millionth_and_agrees():
    check = torch.autograd.gradcheck
    assert inspect.signature(check).parameters["eps"].default == 1e-6
    theta = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    assert check(lambda t: mean_squared_error(*t, POST_ROWS.tolist()), (theta,))


@pytest.mark.equation(
    "gradient-of-sum", r"\nabla (L_1 + L_2) = \nabla L_1 + \nabla L_2"
)
def test_gradients_add(seed):
    rows = np.random.default_rng(seed).normal(size=(9, 2)).tolist()
    start = np.random.default_rng(seed + 1).normal(size=2).tolist()
    at_once = [Value(t) for t in start]
    one, two = (mean_squared_error(*at_once, part) for part in (rows[:4], rows[4:]))
    backward(one + two)
    in_turn = [Value(t) for t in start]
    theta = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    for part in (rows[:4], rows[4:]):
        backward(mean_squared_error(*in_turn, part))
        mean_squared_error(*theta, part).backward()
    for a, b, c in zip(at_once, in_turn, theta.grad, strict=True):
        assert a.grad == pytest.approx(b.grad) == pytest.approx(c.item())


@hundreds
@given(RECIPES)
def test_two_calls_give_every_value_twice_its_gradient(recipe):
    ours, theirs = build(recipe)
    backward(ours[-1])
    once = [value.grad for value in ours]
    backward(ours[-1])
    assert [value.grad for value in ours] == [2 * grad for grad in once]
    theirs[-1].backward(retain_graph=True)
    theirs[-1].backward()
    scale = scales(ours[-1])
    for value, tensor in zip(ours, theirs, strict=True):
        expected = 0.0 if tensor.grad is None else tensor.grad.item()
        assert close(value.grad, expected, 2 * scale.get(value, 0))


@pytest.mark.equation(
    "forward-mode",
    r"\frac{\partial w}{\partial \theta_j} = \sum_{v} \frac{\partial w}{\partial v} "
    r"\, \frac{\partial v}{\partial \theta_j}",
)
@hundreds
@given(RECIPES)
def test_forward_mode_is_torch_s(recipe):
    numbers, _ = recipe
    ours, theirs = build(recipe)
    scale = scales(ours[-1])
    for j in range(len(numbers)):
        (gradient,) = torch.autograd.grad(
            theirs[-1], theirs[j], retain_graph=True, allow_unused=True
        )
        expected = 0.0 if gradient is None else gradient.item()
        ways = forward_mode(ours[-1], ours[j])
        assert close(ways, expected, scale.get(ours[j], 0))


def test_forward_mode_from_the_middle_of_a_graph():
    t = Value(2.0)
    middle = t * t
    assert forward_mode(middle * 3 + t, middle) == 3
    assert forward_mode(middle, middle) == 1
    assert forward_mode(middle, Value(1.0)) == 0


@pytest.mark.equation("arrow-bound", r"E \le 2F")
@hundreds
@given(RECIPES)
def test_reverse_mode_costs_two_steps_an_operation_at_most(recipe):
    ours, _ = build(recipe)
    operations = {id(value) for value in graph(ours[-1]) if value.edges}
    assert count_operations(ours[-1]) == len(operations)
    assert count_edges(ours[-1]) <= 2 * len(operations)


class Counted(float):
    """A float that counts the operations that it takes part in."""

    count = 0


def _counting(name):
    def operate(self, other):
        Counted.count += 1
        return Counted(getattr(float, name)(self, float(other)))

    return operate


for _name in ("add", "sub", "mul", "radd", "rsub", "rmul", "pow"):
    setattr(Counted, f"__{_name}__", _counting(f"__{_name}__"))


@pytest.mark.parametrize("size", [2, 20])
def test_the_costs_on_the_page_are_those_of_a_run(size, seed):
    random = np.random.default_rng(seed)
    x, start = random.normal(size=(2, size)).tolist()
    theta = [Value(t) for t in start]
    error = squared_error(theta, x, 3.0)
    operations, edges = count_operations(error), count_edges(error)

    Counted.count = 0
    for j in range(size):
        for step in (0.5, -0.5):
            moved = [Counted(t + step * (i == j)) for i, t in enumerate(start)]
            squared_error(moved, x, 3.0)
    assert Counted.count == 2 * size * operations

    for value in graph(error):  # count the multiplications that the passes do
        value.edges = tuple((source, Counted(d)) for source, d in value.edges)
    Counted.count = 0
    backward(error)
    # a multiplication at each edge; its result counts once more, when it is added
    assert Counted.count == pytest.approx(2 * edges, abs=len(graph(error)))
    Counted.count = 0
    for t in theta:
        assert forward_mode(error, t) == pytest.approx(t.grad)
    assert Counted.count == pytest.approx(2 * size * edges, rel=0.2)


@pytest.mark.equation(
    "complex-step", r"f'(t) = \frac{\operatorname{Im} f(t + ih)}{h} + O(h^2)"
)
def test_the_imaginary_step():
    def function(t):
        return cmath.exp(t) * cmath.sin(t) / (1 + t**2)

    t = sympy.symbols("t")
    exact = (sympy.exp(t) * sympy.sin(t) / (1 + t**2)).diff(t)
    for at in (-0.4, 0.3, 1.7):
        derivative = float(exact.subs(t, at))
        errors = [function(at + h * 1j).imag / h - derivative for h in (1e-2, 1e-3)]
        assert errors[0] / errors[1] == pytest.approx(100, rel=1e-2)
        tiny = function(at + 1e-100j).imag / 1e-100
        assert tiny == pytest.approx(derivative, rel=1e-14)


def test_inputs_stand_before_what_uses_them_each_once():
    t = Value(3.0)
    square = t * t
    output = square + t
    assert graph(output) == [t, square, output]
    loss = two_rows()
    values = graph(loss)
    assert len(values) == len(set(values))
    for position, user in enumerate(values):
        assert all(values.index(source) < position for source, _ in user.edges)


def test_a_deep_graph_is_no_deep_recursion():
    t = value = Value(1.0)
    for _ in range(10 * sys.getrecursionlimit()):
        value = value + 1
    backward(value)
    assert t.grad == 1


@pytest.mark.parametrize("learning_rate", [0.01, 0.1])
def test_the_engine_takes_torch_s_steps(learning_rate, seed):
    rows = np.random.default_rng(seed).normal(size=(7, 2)).tolist()
    theta = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([theta], lr=learning_rate)
    path = engine_path(rows, learning_rate, steps=30)
    assert len(path) == 31
    for here in path:
        assert here == pytest.approx(tuple(theta.tolist()), abs=1e-13)
        optimizer.zero_grad()
        mean_squared_error(*theta, rows).backward()
        optimizer.step()


def test_the_engine_finds_the_least_squares_line_of_the_post():
    slope, intercept = np.polyfit(*POST_ROWS.double().numpy().T, 1)
    path = engine_path(POST_ROWS.tolist(), 0.1, 100)
    assert path[-1] == pytest.approx((intercept, slope), abs=1e-6)


def test_the_loss_is_torch_s_for_numbers_and_tensors():
    x, y = POST_ROWS.double().T
    expected = torch.nn.functional.mse_loss(1 + 2 * x, y).item()
    assert mean_squared_error(1.0, 2.0, POST_ROWS.tolist()) == pytest.approx(expected)
    theta = torch.tensor([1.0, 2.0], dtype=torch.float64)
    tensor = mean_squared_error(*theta, POST_ROWS.tolist())
    assert (tensor.shape, tensor.item()) == ((), pytest.approx(expected))


# What the page says of PyTorch, where its own outputs do not show it.


def test_torch_records_no_way_to_a_tensor_without_requires_grad():
    theta, x = torch.tensor(2.0, requires_grad=True), torch.tensor(3.0)
    (first, _), (second, _) = (theta * x).grad_fn.next_functions
    assert first.variable is theta
    assert second is None


def test_what_detach_gives_shares_memory_and_a_clone_does_not():
    t = torch.tensor(3.0, requires_grad=True)
    assert t.detach().data_ptr() == t.data_ptr()
    assert t.detach().clone().data_ptr() != t.data_ptr()


def test_under_no_grad_results_are_leaves():
    t = torch.tensor(3.0, requires_grad=True)
    with torch.no_grad():
        square = t * t
    assert square.is_leaf and not square.requires_grad


def test_retain_grad_keeps_what_a_non_leaf_loses():
    t = torch.tensor(3.0, requires_grad=True)
    product = 2 * t
    product.retain_grad()
    (product**2).backward()
    assert product.grad.item() == 12


@pytest.mark.parametrize("way", ["add", "retain"])
def test_two_losses_that_share_a_graph(way):
    x, y = POST_ROWS.T
    theta = torch.tensor(2.0, requires_grad=True)
    residual = y - theta * x
    one, two = (residual**2).mean(), residual.abs().mean()
    if way == "add":
        (one + two).backward()
    else:
        one.backward(retain_graph=True)
        two.backward()
    r = y - 2 * x
    expected = (-2 * r * x - r.sign() * x).mean()
    assert theta.grad.item() == pytest.approx(expected.item(), rel=1e-5)


def test_a_new_tensor_instead_of_a_change_in_place():
    x, y = POST_ROWS.T
    theta = torch.tensor(2.0, requires_grad=True)
    residual = y - theta * x
    loss = (residual**2).mean()
    version = residual._version
    residual = residual - residual.mean()
    loss.backward()
    assert theta.grad.item() == pytest.approx((-2 * (y - 2 * x) * x).mean().item())
    residual -= 1
    assert residual._version == version + 1


@pytest.mark.parametrize("third", [0.0, 1.0])
def test_a_wide_difference_is_exact_only_for_a_quadratic(third):
    """In gradients#exercise-wide, a sixth of the third derivative spoils h = 1."""
    wide = central_difference(lambda t: 2 * t**2 + t + third * t**3, 3.0, 1.0)
    assert wide == pytest.approx(13 + third * 27 + third)


# The figures.


def test_the_graph_is_drawn_with_torch_s_numbers():
    (axes,) = figure_graph().axes
    rows = POST_ROWS[:2].double()
    theta = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    data = rows.clone().requires_grad_()
    loss = mean_squared_error(*theta, list(data))
    loss.backward()
    drawn = {text.get_position(): text.get_text() for text in axes.texts}
    labels = [label for label in drawn.values() if "∂" in label]
    leaves = (
        (r"$\theta_0$", theta[0], theta.grad[0]),
        (r"$\theta_1$", theta[1], theta.grad[1]),
        *((f"$x_{i}$", data[i - 1, 0], data.grad[i - 1, 0]) for i in (1, 2)),
        *((f"$y_{i}$", data[i - 1, 1], data.grad[i - 1, 1]) for i in (1, 2)),
        ("÷", loss, torch.tensor(1.0)),
    )
    for name, number, grad in leaves:
        expected = f"{name} = {number:.2f}\n∂ = {grad:.2f}".replace("-", "−")
        assert labels.count(expected) == 1, expected
    assert len(labels) == len(graph(two_rows())) == 17
    assert is_whole(axes)


def test_every_arrow_carries_its_derivative_halfway():
    (axes,) = figure_graph().axes
    loss = two_rows()
    places = place(loss)
    texts = {
        tuple(np.round(text.get_position(), 6)): text.get_text()
        for text in axes.texts
        if text.get_text() and "∂" not in text.get_text()
    }
    arrows = [text for text in axes.texts if getattr(text, "arrow_patch", None)]
    assert len(arrows) == len(texts) == count_edges(loss) == 18
    drawn = {(tuple(arrow.xyann), tuple(arrow.xy)) for arrow in arrows}
    for user in graph(loss):
        for source, derivative in user.edges:
            here, there = places[source], places[user]
            assert (here, there) in drawn
            middle = tuple(np.round(np.add(here, there) / 2, 6))
            assert texts[middle] == f"{derivative:.2f}".replace("-", "−")


def test_no_two_values_stand_in_one_place_and_inputs_stand_above():
    places = place(two_rows())
    assert len(set(places.values())) == len(places)
    for user, (_, level) in places.items():
        assert all(places[source][1] > level for source, _ in user.edges)


def test_each_value_stands_at_its_longest_way_to_the_output():
    loss = two_rows()
    values = graph(loss)
    edges = [(user, source) for user in values for source, _ in user.edges]
    network = nx.DiGraph(edges)
    places = place(loss)
    rows = {}
    for value, (across, level) in places.items():
        ways = nx.all_simple_paths(network, loss, value) if value is not loss else [[0]]
        assert level == max(map(len, ways)) - 1
        rows.setdefault(level, []).append((across, value))
    for row in rows.values():
        row.sort(key=lambda pair: pair[0])
        spread = [(i + 0.5) / len(row) for i in range(len(row))]
        assert [across for across, _ in row] == pytest.approx(spread)
        # in the order of what uses them; of two that share it, the computed is inside
        above = [
            np.mean([places[user][0] for user in network.predecessors(value)] or [0.5])
            for _, value in row
        ]
        assert above == sorted(above)
        for pair, means in zip(pairwise(row), pairwise(above), strict=True):
            inner, outer = sorted(pair, key=lambda place: abs(place[0] - 0.5))
            assert means[0] < means[1] or inner[1].edges or not outer[1].edges


def test_parameters_have_a_strong_frame_and_data_a_dotted_one():
    (axes,) = figure_graph().axes
    for text in axes.texts:
        if "∂" not in text.get_text():
            continue
        frame = text.get_bbox_patch()
        orange = frame.get_edgecolor() == to_rgba("tab:orange")
        parameter = "theta" in text.get_text()
        data = re.match(r"\$[xyn]", text.get_text())
        width = 2 if parameter else 1
        assert (orange, frame.get_linewidth()) == (parameter, width), text.get_text()
        assert (frame.get_linestyle() == ":") == bool(data), text.get_text()


def test_a_squared_error_is_that_of_numpy(seed):
    theta, x = np.random.default_rng(seed).normal(size=(2, 4)).tolist()
    for y in (-20.0, 20.0):
        expected = (y - np.dot(theta, x)) ** 2
        assert squared_error(theta, x, y) == pytest.approx(expected)
    with pytest.raises(ValueError, match="zip"):
        squared_error(theta[:3], x, 0.0)


def test_difference_errors_are_means_over_the_interval():
    t, h = np.linspace(0, 1, 1001), 0.1
    one_sided = np.mean((np.exp(t + h) - np.exp(t)) / h - np.exp(t))
    central = np.mean((np.exp(t + h) - np.exp(t - h)) / (2 * h) - np.exp(t))
    expected = one_sided, central
    assert difference_errors(h) == pytest.approx(expected, rel=1e-9)


def test_the_curves_are_the_errors_and_the_law():
    (axes,) = figure_differences().axes
    one_sided, central, law, best = axes.lines
    assert central.get_xdata()[[0, -1]] == pytest.approx([1e-12, 0.1])
    assert axes.get_xscale() == axes.get_yscale() == "log"
    for position in (20, 60, 88):
        h = central.get_xdata()[position]
        errors = difference_errors(h)
        drawn = one_sided.get_ydata()[position], central.get_ydata()[position]
        assert drawn == pytest.approx(errors)
    mean_of_third = np.exp(np.linspace(0, 1, 100_001)).mean()
    h = law.get_xdata()
    assert h.min() > 1e-4
    assert law.get_ydata() == pytest.approx(h**2 / 6 * mean_of_third, rel=1e-4)
    assert best.get_xdata()[0] == pytest.approx((3 * ROUNDING) ** (1 / 3))
    assert (
        len({line.get_linestyle() + str(line.get_color()) for line in axes.lines}) == 4
    )


def log_without_edges(value):
    return Value(math.log(value.number))


def log_for_a_derivative(value):
    result = math.log(value.number)
    return Value(result, ((value, result),), "log")


def number_for_a_derivative(value):
    return Value(math.log(value.number), ((value, value.number),), "log")


def right_log(value):
    return Value(math.log(value.number), ((value, 1 / value.number),), "log")


def binary_log(value):
    return Value(math.log2(value.number), ((value, 1 / value.number),), "log")


# Arguments of each exercise's check: right, one for each hint, and unlike any.
ANSWERS = {
    "by_hand": [
        (-27.3716, -41.1888),
        (27.3716, 41.1888),
        (-13.6858, -20.5944),
        (-41.1888, -41.1888),
        (-19.3524, -29.1215),  # at θ = (1, 2)
    ],
    "logarithm": [
        (right_log,),
        (log_without_edges,),
        (log_for_a_derivative,),
        (number_for_a_derivative,),
        (binary_log,),
    ],
    "wide": [
        ([1, 1e-5, 1e-10],),
        ([1e-5, 1e-10, 1],),
        ([1e-10, 1e-5, 1],),
        ([1, 1e-10, 1e-5],),
        ([1e-3, 1, 1e-5],),
    ],
    "kink": [(1, 0), (1, 1), (1, 2), (0, 0), (1, 0.5)],
    "complex_step": [
        (lambda f, t, h: f(t + 1j * h).imag / h,),
        (lambda f, t, h: f(t + 1j * h).imag / (2 * h),),
        (lambda f, t, h: f(t + 1j * h).real / h,),
        (lambda f, t, h: f(t + h).imag / h,),
        (lambda f, t, h: f(t + 1j * h).imag,),
        (lambda f, t, h: f(t - 1j * h).imag / h,),
    ],
}


def test_either_derivative_by_hand_may_be_wrong():
    wrong = (41.1888, -20.5944, -27.3716)
    assert [exercises.by_hand(-27.3716, by_theta_1) for by_theta_1 in wrong] == [
        1,
        2,
        3,
    ]
    assert exercises.by_hand(-27.3716, -29.1215) == -1


def test_the_order_of_the_steps_is_that_of_their_errors():
    rows = POST_ROWS.tolist()
    exact = sum(-2 * (y - 1 - 2 * x) for x, y in rows) / len(rows)

    def error(h):
        return abs(
            central_difference(lambda t: mean_squared_error(t, 2.0, rows), 1.0, h)
            - exact
        )

    assert exercises.wide(sorted([1e-5, 1e-10, 1.0], key=error)) == 0


def test_torch_s_answer_at_the_kink():
    t = torch.tensor(0.0, requires_grad=True)
    (torch.relu(t) - torch.relu(-t)).backward()
    assert exercises.kink(1, t.grad) == 0
    assert exercises.kink(2, t.grad) == 3
