import ast
import inspect
import math
import re
import sys
import threading
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import mpmath
import networkx as nx
import numpy as np
import pytest
import sympy
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgba
from torch import nn
from torch.autograd.gradcheck import GradcheckError

from snippets.data import POST_ROWS
from snippets.exercises import gradients as exercises
from snippets.figures.gradients import (
    PAGE_ROWS,
    figure_chain,
    figure_graph,
    one_row,
    place,
    two_rows,
)
from snippets.gradients import (
    Value,
    as_value,
    backward,
    central_difference,
    cube_or_negative,
    divide,
    exp,
    forward_mode,
    graph,
    mean_squared_error,
    minus,
    mixed,
    power,
    relu,
    tanh,
)
from tests.drawn import is_whole
from tests.printed import numbers

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
thousands = settings(max_examples=2000)
hundreds = settings(
    thousands,
    max_examples=200,
    # the fixture `equation` collects over all examples
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
dozens = settings(thousands, max_examples=50)


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
    """Those of functions and class, and those that give the class an operation."""
    parts = (Value, as_value, graph, backward, minus, power, divide, exp, tanh, relu)
    sources = [inspect.getsource(each).replace(each.__doc__, "") for each in parts]
    module = inspect.getsource(inspect.getmodule(Value))
    sources += re.findall(r"^Value\..*$", module, re.M)
    lines = [line.strip() for source in sources for line in source.splitlines()]
    assert 55 <= sum(line[:1] not in ("", "#", '"') for line in lines) <= 65


@pytest.mark.equation(
    "chain-rule",
    r"\frac{\partial \ell}{\partial \theta_1} = \frac{\partial \ell}{\partial r} "
    r"\cdot \frac{\partial r}{\partial \hat y} \cdot \frac{\partial \hat y}{\partial "
    r"p} \cdot \frac{\partial p}{\partial \theta_1} = 2r \cdot (-1) \cdot 1 \cdot x = "
    r"-2 r x",
)
def test_the_chain_of_one_row(seed, equation):
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
    theta = {j: theta[j].detach().requires_grad_() for j in (0, 1)}
    p = theta[1] * point[2]
    y_hat = theta[0] + p
    r = point[3] - y_hat
    equation(
        **{"ell": r**2, "r": r, "y_hat": y_hat, "p": p, "theta": theta, "x": point[2]},
        partial=lambda a, b: torch.autograd.grad(a, b, retain_graph=True)[0],
    )


@pytest.mark.equation(
    "reverse-mode",
    r"\frac{\partial L}{\partial v} = \sum_{w} \frac{\partial L}{\partial w} \, "
    r"\frac{\partial w}{\partial v}",
)
@hundreds
@given(RECIPES)
def test_a_gradient_is_the_sum_over_its_users(equation, recipe):
    """All from torch: the users' gradients, and each single operation's derivative."""
    numbers, operations = recipe
    _, tensors = build(recipe)
    tensors[-1].backward()
    sums = [0.0] * len(tensors)
    sums[-1] = 1.0
    users = [{} for _ in tensors]
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
                users[k][user] = users[k].get(user, 0) + source.grad.item()
    ours, _ = build(recipe)
    scale = scales(ours[-1])
    for value, tensor, total in zip(ours, tensors, sums, strict=True):
        if tensor.grad is not None:
            assert close(tensor.grad.item(), total, scale[value])
    for v, tensor in enumerate(tensors[:-1]):
        if tensor.grad is not None:
            equation(
                L="L",
                v=v,
                w=users[v],
                partial=lambda top, bottom: (
                    tensors[bottom].grad if top == "L" else users[bottom][top]
                ),
                abs=1e-9 * max(scale[ours[v]], 1),
            )


def paths(value, output, users):
    """Every way from value to output: values, each with a user and its derivative."""
    if value is output:
        yield []
    for user, derivative in users[value]:
        for rest in paths(user, output, users):
            yield [(value, (user, derivative)), *rest]


@pytest.mark.equation(
    "sum-over-paths",
    r"\frac{\partial L}{\partial v} = \sum_{P:\, v \to L} \; \prod_{(a, b) \in P} "
    r"\frac{\partial b}{\partial a}",
)
@hundreds
@given(RECIPES)
def test_a_gradient_is_the_sum_over_paths(equation, recipe):
    ours, theirs = build((recipe[0], recipe[1][:8]))
    theirs[-1].backward()
    users = {value: [] for value in graph(ours[-1])}
    for user in users:
        for source, derivative in user.edges:
            users[source].append((user, derivative))
    scale = scales(ours[-1])
    for value, tensor in zip(ours, theirs, strict=True):
        if value in users and tensor.grad is not None:
            found = list(paths(value, ours[-1], users))
            total = sum(math.prod(d for _, (_, d) in path) for path in found)
            assert close(tensor.grad.item(), total, scale[value])
            ends = {("L", value): tensor.grad.item()}
            steps = {(b, a): b[1] for path in found for a, b in path}
            equation(
                L="L",
                v=value,
                to=lambda v, L, found=found: found if L == "L" else [],
                partial=lambda b, a, known=ends | steps: known[b, a],
                abs=1e-9 * max(scale[value], 1),
            )


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


def test_gradcheck_agrees():
    theta = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    check = torch.autograd.gradcheck
    assert check(lambda t: mean_squared_error(*t, POST_ROWS.tolist()), (theta,))


def test_gradcheck_sees_every_input_and_a_wrong_derivative_of_any():
    """A factor that is detached is a wrong derivative."""
    check = torch.autograd.gradcheck
    options = {"dtype": torch.float64, "requires_grad": True}
    inputs = [torch.tensor(number, **options) for number in (0.5, 0.25)]
    assert check(mixed, inputs)
    for wrong in range(2):

        def cut(*tensors, wrong=wrong):
            other = [*tensors]
            other[wrong] = tensors[wrong].detach()
            return mixed(*tensors) + mixed(*other)

        with pytest.raises(GradcheckError, match=r"(?s)numerical.*analytical"):
            check(cut, inputs)


def test_a_central_difference_is_exact_on_a_parabola_only():
    for h in (0.5, 1, 4):
        assert central_difference(lambda t: t * t, 3.0, h) == 6
        assert central_difference(lambda t: t**3, 3.0, h) == 27 + h**2


@pytest.mark.equation(
    "vector-jacobian",
    r"\frac{\partial L}{\partial x_j} = \sum_{i} \frac{\partial L}{\partial y_i} \, "
    r"\frac{\partial y_i}{\partial x_j} = \sum_{i} v_i W_{ij}",
)
def test_backward_multiplies_by_the_jacobian(seed, equation):
    generator = torch.Generator().manual_seed(seed)
    options = {"generator": generator, "dtype": torch.float64}
    weights = torch.randn(2, 3, requires_grad=True, **options)
    parts = [torch.randn((), requires_grad=True, **options) for _ in range(3)]
    x = torch.stack(parts)
    y = (weights @ x).unbind()
    loss = torch.sin(y[0]) * y[1] + y[1] ** 2  # any function of y
    v = torch.stack(torch.autograd.grad(loss, y, retain_graph=True))

    def partial(top, bottom):
        return torch.autograd.grad(top, bottom, retain_graph=True)[0].item()

    for j in range(1, 4):
        equation(
            L=loss,
            x=dict(enumerate(parts, 1)),
            y=dict(enumerate(y, 1)),
            v=v.tolist(),
            W=weights.detach().numpy(),
            i=[1, 2],
            j=j,
            partial=partial,
        )
    by_weights, by_x = torch.autograd.functional.jacobian(
        torch.matmul, (weights, x.detach())
    )
    assert torch.equal(by_x, weights)
    grads = torch.autograd.grad(weights @ x, (weights, x), v)
    assert torch.allclose(grads[1], v @ by_x)
    assert torch.allclose(grads[0], torch.einsum("i,ijk->jk", v, by_weights))
    assert torch.allclose(grads[0], torch.outer(v, x))


@pytest.mark.equation(
    "gradient-of-sum", r"\nabla (L_1 + L_2) = \nabla L_1 + \nabla L_2"
)
def test_gradients_add(seed, equation):
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

    def nabla(loss):
        for value in graph(loss):
            value.grad = 0
        backward(loss)
        return np.array([t.grad for t in at_once])

    equation(L_1=one, L_2=two, nabla=nabla)


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
def test_forward_mode_is_torch_s(equation, recipe):
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

    def partial(top, bottom):
        """Along an edge as the engine says, and of θ as torch does."""
        if isinstance(bottom, tuple):
            return bottom[1]
        source = top[0] if isinstance(top, tuple) else ours[-1]
        if source not in ours:
            return 0.0  # a number among the operands
        (gradient,) = torch.autograd.grad(
            theirs[ours.index(source)],
            theirs[bottom],
            retain_graph=True,
            allow_unused=True,
        )
        return 0.0 if gradient is None else gradient.item()

    for j in range(len(numbers)):
        equation(
            w="w",
            v=list(ours[-1].edges),
            theta_j=j,
            partial=partial,
            abs=1e-9 * max(scale.get(ours[j], 0), 1),
        )


def test_forward_mode_from_the_middle_of_a_graph():
    t = Value(2.0)
    middle = t * t
    assert forward_mode(middle * 3 + t, middle) == 3
    assert forward_mode(middle, middle) == 1
    assert forward_mode(middle, Value(1.0)) == 0


def count_edges(output):
    """As the page counts what a pass multiplies."""
    return sum(len(value.edges) for value in graph(output))


@pytest.mark.equation("arrow-bound", r"E \le 2F")
@hundreds
@given(RECIPES)
def test_reverse_mode_costs_two_steps_an_operation_at_most(equation, recipe):
    ours, _ = build(recipe)
    operations = {id(value) for value in graph(ours[-1]) if value.edges}
    equation(E=count_edges(ours[-1]), F=len(operations))
    equation(E=count_edges(Value(1) + Value(2)), F=1, attained=True)


def test_each_pass_multiplies_once_for_each_arrow():
    """What gradients#cost counts, counted in a run."""

    class Counted(float):
        count = 0

        def __rmul__(self, other):
            Counted.count += 1
            return float(other) * float(self)

        def __mul__(self, other):
            Counted.count += 1
            return float(other) * float(self)

    theta = [Value(1.0) for _ in range(20)]
    error = (3 - sum(theta)) ** 2
    edges = count_edges(error)
    assert edges == 2 * len(theta) + 3
    for value in graph(error):
        value.edges = tuple((source, Counted(d)) for source, d in value.edges)
    backward(error)
    assert Counted.count == edges
    Counted.count = 0
    assert all(forward_mode(error, t) == t.grad for t in theta)
    assert Counted.count == len(theta) * edges


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


def test_the_engine_takes_torch_s_steps_to_the_least_squares_line():
    """The loop of gradients#exercise-descend, beside torch's."""
    rows = POST_ROWS.tolist()
    here = [Value(0.0), Value(0.0)]
    theta = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([theta], lr=0.1)
    for _ in range(100):
        backward(mean_squared_error(*here, rows))
        here = [Value(t.number - 0.1 * t.grad) for t in here]
        optimizer.zero_grad()
        mean_squared_error(*theta, rows).backward()
        optimizer.step()
        assert [t.number for t in here] == pytest.approx(theta.tolist(), abs=1e-13)
    slope, intercept = np.polyfit(*POST_ROWS.double().numpy().T, 1)
    assert [t.number for t in here] == pytest.approx([intercept, slope], abs=1e-6)
    assert exercises.descend(intercept, slope) == 0


@dozens
@given(st.floats(-100, 100))
def test_the_derivative_of_the_opening_is_4t(number):
    t = torch.tensor(number, dtype=torch.float64, requires_grad=True)
    (2 * t * t).backward()
    ours = Value(number)
    backward(2 * ours * ours)
    assert t.grad.item() == pytest.approx(4 * number) == pytest.approx(ours.grad)


def test_the_loss_is_torch_s_for_numbers_and_tensors():
    x, y = POST_ROWS.double().T
    expected = torch.nn.functional.mse_loss(1 + 2 * x, y).item()
    assert mean_squared_error(1.0, 2.0, POST_ROWS.tolist()) == pytest.approx(expected)
    theta = torch.tensor([1.0, 2.0], dtype=torch.float64)
    tensor = mean_squared_error(*theta, POST_ROWS.tolist())
    assert (tensor.shape, tensor.item()) == ((), pytest.approx(expected))


# What the page says of PyTorch, where its own outputs do not show it.


def test_zero_grad_of_models_and_optimizers_leaves_none():
    model = torch.nn.Linear(2, 1)
    for owner in (model, torch.optim.SGD(model.parameters())):
        model(torch.ones(1, 2)).sum().backward()
        assert all(each.grad is not None for each in model.parameters())
        owner.zero_grad()
        assert all(each.grad is None for each in model.parameters())


def test_zero_grad_of_an_optimizer_reaches_its_own_parameters_only():
    here, there = (torch.ones(2, requires_grad=True) for _ in range(2))
    (here * there).sum().backward()
    torch.optim.SGD([here]).zero_grad()
    assert here.grad is None
    assert there.grad.tolist() == [1, 1]


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
def test_a_prediction_without_a_record(context):
    model = torch.nn.Linear(2, 1)
    with context():
        prediction = model(torch.ones(1, 2))
    assert not prediction.requires_grad and prediction.grad_fn is None
    assert torch.equal(prediction, model(torch.ones(1, 2)))


@dozens
@given(st.floats(-50, 50), st.floats(-50, 50))
def test_a_sigmoid_multiplies_what_comes_back_by_a_quarter_at_most(start, back):
    t = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    torch.nn.Sigmoid()(t).backward(torch.tensor(back, dtype=torch.float64))
    assert abs(t.grad.item()) <= abs(back) / 4
    assert 0 <= torch.sigmoid(t) <= 1


def test_a_gradient_shrinks_at_each_sigmoid_on_the_way_back(seed):
    """A starting weight is at most 1/√3, so nine of them stretch by at most √3."""
    torch.manual_seed(seed)
    layers = [nn.Sequential(nn.Linear(3, 3), nn.Sigmoid()) for _ in range(10)]
    nn.Sequential(*layers)(torch.ones(1, 3)).sum().backward()
    # what arrives at the sum of a layer is the gradient of its bias
    lengths = [linear.bias.grad.norm() for linear, _ in layers]
    for before, behind in pairwise(lengths):
        assert 0 < before <= 1.0001 * math.sqrt(3) / 4 * behind


def test_a_layer_that_the_loss_does_not_depend_on_gets_no_gradient():
    network = nn.Sequential(nn.Linear(1, 3), nn.Sigmoid(), nn.Linear(3, 1))
    network[:1](torch.ones(1, 1)).sum().backward()
    found = {name: each.grad for name, each in network.named_parameters()}
    assert found["2.weight"] is found["2.bias"] is None
    length = math.sqrt(sum(number**2 for number in found["0.weight"].flatten()))
    assert found["0.weight"].norm().item() == pytest.approx(length)


def test_the_ten_rows_of_the_page_are_those_of_the_data_chapter():
    text = Path("snippets/gradients.py").read_text(encoding="utf-8")
    literal = re.search(r"rows = (\[.*?\n    \])", text, re.DOTALL)[1]
    assert torch.equal(torch.tensor(ast.literal_eval(literal)), POST_ROWS)


def test_a_frozen_parameter_gets_no_gradient_and_the_others_do():
    model = torch.nn.Linear(2, 1)
    model.bias.requires_grad_(False)
    model(torch.ones(1, 2)).sum().backward()
    assert model.bias.grad is None
    assert model.weight.grad.tolist() == [[1, 1]]


@pytest.mark.parametrize("emptied", [True, False])
def test_an_optimizer_moves_a_frozen_parameter_that_has_a_gradient(emptied):
    theta = torch.tensor(2.0, requires_grad=True)
    (3 * theta).backward()
    theta.requires_grad_(False)
    if emptied:
        theta.grad = None
    torch.optim.SGD([theta], lr=0.1).step()
    assert theta.item() == pytest.approx(2 if emptied else 2 - 0.1 * 3)


def test_what_the_table_of_the_page_gives_has_no_history():
    t = torch.tensor(3.0, requires_grad=True)
    square = t * t
    assert type(square.item()) is float
    for way in (square.detach(), square.detach().clone()):
        assert not way.requires_grad and way.grad_fn is None
    assert square.grad_fn is not None
    square.detach_()
    assert square.grad_fn is None and not square.requires_grad


@dozens
@given(st.floats(-10, 10, width=32))
def test_the_graph_holds_what_ran(number):
    t = torch.tensor(number, requires_grad=True)
    results = cube_or_negative(t), cube_or_negative(t)
    assert results[0].grad_fn is not results[1].grad_fn
    results[0].backward()
    expected = 3 * number**2 if number > 0 else -1
    assert t.grad.item() == pytest.approx(expected, rel=1e-5, abs=1e-30)
    names, waiting = set(), [results[1].grad_fn]
    while waiting:
        node = waiting.pop()
        names.add(node.name())
        waiting += [each for each, _ in node.next_functions]
    # a comparison is no part of it
    operation = "MulBackward0" if number > 0 else "NegBackward0"
    assert names == {operation, "torch::autograd::AccumulateGrad"}


def test_weights_for_outputs_give_the_gradient_of_their_weighted_sum(seed):
    generator = torch.Generator().manual_seed(seed)
    start, weights = torch.randn(2, 4, generator=generator, dtype=torch.float64)
    t, same = (start.clone().requires_grad_() for _ in range(2))
    (t**3).cumsum(0).backward(gradient=weights)
    (weights * (same**3).cumsum(0)).sum().backward()
    assert torch.allclose(t.grad, same.grad, rtol=1e-12)
    assert torch.nn.MSELoss()(start, weights).shape == ()
    assert torch.nn.MSELoss(reduction="none")(start, weights).shape == (4,)


@dozens
@given(st.floats(-10, 10))
def test_second_derivatives(number):
    t = torch.tensor(number, dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(t**3, t, create_graph=True)
    (second,) = torch.autograd.grad(first, t)
    assert t.grad is None
    assert first.item() == pytest.approx(3 * number**2)
    assert second.item() == pytest.approx(6 * number)


@pytest.mark.parametrize("t", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("function", [math.exp, math.sin, math.tanh, math.sqrt])
def test_the_step_that_the_page_advises_gives_nine_digits(function, t):
    """In float64; mpmath differentiates with many digits. Other steps lose some."""
    exact = float(mpmath.diff(getattr(mpmath, function.__name__), t))
    assert central_difference(function, t, 1e-5) == pytest.approx(exact, rel=1e-9)
    for h in (1e-3, 1e-12):
        assert central_difference(function, t, h) != pytest.approx(exact, rel=1e-9)


def test_without_the_right_order_values_far_from_the_output_get_nothing():
    """In gradients#exercise-order: what is passed on before it is known is 0."""

    def wrong_order(output):
        partial = dict.fromkeys(graph(output), 0.0)
        partial[output] = 1.0
        for user in graph(output):
            for source, derivative in user.edges:
                partial[source] += partial[user] * derivative
        return partial

    t = Value(3.0)
    square, double = t * t, 2 * t * t
    assert wrong_order(square)[t] == 6 == forward_mode(square, t)
    assert wrong_order(double)[t] == 6 == forward_mode(double, t) / 2
    far = Value(2.0)
    assert wrong_order((far * 3) * 5)[far] == 0


def test_torch_records_no_way_to_a_tensor_without_requires_grad():
    theta, x = torch.tensor(2.0, requires_grad=True), torch.tensor(3.0)
    (first, _), (second, _) = (theta * x).grad_fn.next_functions
    assert first.variable is theta
    assert second is None


def test_torch_records_no_computation_without_requires_grad():
    x, theta = torch.tensor([3.0, 2.0]), torch.tensor(2.0, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(pytest.fail, pytest.fail):
        for result in (x * 2, (x - 1) ** 2, torch.tanh(x).sum()):
            assert result.grad_fn is None
        with torch.no_grad():  # so nothing is kept in memory for later
            assert (theta * x).tanh().grad_fn is None
    assert (theta * x).argmax().grad_fn is None  # no differentiable operation


def test_no_grad_ends_at_enable_grad_and_at_other_threads():
    theta = torch.tensor(2.0, requires_grad=True)
    recorded = []
    with torch.no_grad():
        thread = threading.Thread(
            target=lambda: recorded.append((theta * 2).requires_grad)
        )
        thread.start()
        thread.join()
        with torch.enable_grad():
            recorded.append((theta * 2).requires_grad)
        recorded.append((theta * 2).requires_grad)
    assert recorded == [True, True, False]


def test_torch_saves_inputs_or_results_and_frees_them_after_use():
    a, b = (torch.tensor(number, requires_grad=True) for number in (3.0, 0.5))
    product, square, tanh = a * b, a**2, torch.tanh(a)
    saved = (
        (product.grad_fn, "_saved_self", 3.0),
        (product.grad_fn, "_saved_other", 0.5),
        (square.grad_fn, "_saved_self", 3.0),
        (tanh.grad_fn, "_saved_result", math.tanh(3)),
    )
    for node, name, value in saved:
        assert getattr(node, name).item() == pytest.approx(value)
    (product + square + tanh).backward(retain_graph=True)
    assert product.grad_fn._saved_self.item() == 3
    (product + square + tanh).backward()
    for node, name, _ in saved:
        with pytest.raises(RuntimeError, match="already been freed"):
            getattr(node, name)


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


def _no_grad(x):
    with torch.no_grad():
        x -= 2


def _step(x):
    x.grad = torch.ones_like(x)
    torch.optim.SGD([x]).step()


COUNTED = {
    "-=": lambda x: x.__isub__(2),
    "add_": lambda x: x.add_(1),
    "x[0] =": lambda x: x.__setitem__(0, 1),
    "copy_": lambda x: x.copy_(torch.zeros(3)),
    "out=": lambda x: torch.add(x, 1, out=x),
    "a view": lambda x: x[1:].zero_(),
    "detach": lambda x: x.detach().sub_(2),
    "no_grad": _no_grad,
    "an optimizer": _step,
}


@pytest.mark.parametrize("way", COUNTED)
def test_a_counted_change_of_a_saved_tensor_stops_backward(way):
    x, theta = torch.tensor([1.0, 2.0, 3.0]), torch.tensor(2.0, requires_grad=True)
    loss = ((theta * x) ** 2).sum()
    version = x._version
    COUNTED[way](x)
    assert x._version > version
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


NOT_COUNTED = {
    ".data": lambda x, source: x.data.sub_(2),
    "detach, numpy": lambda x, source: np.subtract(y := x.detach().numpy(), 2, out=y),
    "the source": lambda x, source: np.subtract(source, 2, out=source),
}


def test_batch_normalization_without_stored_numbers_mixes_rows_in_evaluation_too():
    torch.manual_seed(0)
    rows = torch.randn(10, 1)
    for stored in (True, False):
        layer = torch.nn.BatchNorm1d(1, track_running_stats=stored).eval()
        halves = torch.cat((layer(rows[:5]), layer(rows[5:])))
        assert torch.allclose(layer(rows), halves, atol=1e-6) == stored


@pytest.mark.parametrize("way", NOT_COUNTED)
@pytest.mark.parametrize("copied", [False, True])
def test_a_change_that_is_not_counted_gives_a_silent_8_unless_memory_is_copied(
    way, copied
):
    source = np.array([1.0, 2.0, 3.0])
    x = torch.tensor(source) if copied else torch.from_numpy(source)
    theta = torch.tensor(2.0, requires_grad=True)
    loss = ((theta * x) ** 2).sum()
    copy = x.detach().clone() if copied else x
    NOT_COUNTED[way](copy, source)
    assert x._version == 0
    loss.backward()
    right = 2 * 2 * sum(number**2 for number in (1, 2, 3))
    wrong = sum(2 * (2 * old) * (old - 2) for old in (1, 2, 3))
    assert (right, wrong) == (56, 8)
    assert theta.grad.item() == (right if copied else wrong)


@pytest.mark.parametrize("layer", ["none", "training", "evaluation"])
def test_mini_batches_collect_the_gradient_of_the_whole_unless_rows_mix(layer):
    x, y = POST_ROWS.double().T.unsqueeze(2)  # (10, 1) each
    norm = torch.nn.BatchNorm1d(1, dtype=torch.float64)
    model = torch.nn.Linear(1, 1, dtype=torch.float64) if layer == "none" else norm
    torch.nn.init.ones_(model.weight)
    torch.nn.init.zeros_(model.bias)
    model.train(layer == "training")

    def gradient(parts):
        model.zero_grad()
        for part in parts:
            (((model(x[part]) - y[part]) ** 2).mean() / len(parts)).backward()
        return model.weight.grad.item()

    whole = gradient([slice(10)])
    halves = gradient([slice(5), slice(5, 10)])
    # by hand: normalized by its own mini-batch, or by what the layer has stored
    each = [slice(10)] if layer != "training" else [slice(5), slice(5, 10)]
    expected = 0.0
    for part in each:
        z = x[part]
        if layer == "training":
            z = (z - z.mean()) / (z.var(correction=0) + norm.eps).sqrt()
        if layer == "evaluation":
            z = z / math.sqrt(1 + norm.eps)
        with torch.no_grad():
            prediction = z * model.weight + model.bias
        expected += (2 * (prediction - y[part]) * z).mean().item() / len(each)
    assert halves == pytest.approx(expected, rel=1e-12)
    if layer == "training":
        assert abs(whole - halves) > 0.1  # -18.7 and -18.3
    else:
        assert whole == pytest.approx(halves, rel=1e-12)


@dozens
@given(st.floats(-(2.0**120), 2.0**120, width=32))
def test_relu_of_t_less_relu_of_minus_t_is_t_with_slope_1_but_at_0(number):
    t = torch.tensor(number, requires_grad=True)
    same_as_t = torch.relu(t) - torch.relu(-t)
    same_as_t.backward()
    assert same_as_t.item() == number
    assert t.grad.item() == (number != 0)


@dozens
@given(RECIPES)
def test_an_operation_creates_its_result_after_its_inputs(recipe):
    ours, _ = build(recipe)
    for user in ours:
        assert all(source.serial < user.serial for source, _ in user.edges)


# What readers bring: other shapes, dtypes, scales and sizes. The reference is exact, in
# fractions; the bounds are those of rounding, once for each operation. With u half the
# way from 1 to the next number, k roundings in a row err by at most `gamma(k, u)`.

FLOATS = (torch.float16, torch.float32, torch.float64)
WHOLE = (torch.uint8, torch.int32, torch.int64)
SCALES = st.integers(-8, 8).map(lambda power: 10.0**power)
SHARES = st.floats(-2, 2, width=16)  # times a scale
# pairs x, y in every dtype; shifts of both by 0 or by what may drown them
ROWS = st.tuples(
    st.lists(st.tuples(SHARES, SHARES), max_size=6),
    SCALES,
    st.sampled_from([0.0, 1.0, -1e4, 1e8]),
)


def gamma(count, u):
    return Fraction(count) * Fraction(u) / (1 - Fraction(count) * Fraction(u))


def limits(dtype):
    """u, the smallest number above 0, the largest number: as fractions."""
    info = torch.finfo(dtype)
    u = Fraction(info.eps) / 2
    return u, Fraction(info.tiny) * 2 * u, Fraction(info.max)


def is_close(got, exact, error, largest, size):
    """Right within the error; not finite only if numbers of this size overflow."""
    if not math.isfinite(got):
        return size > largest
    return abs(Fraction(got) - exact) <= error


def mean_of_squares(theta_0, theta_1, rows, u, smallest):
    """The loss, a bound on the error, and the largest number on the way: fractions.

    Each of y, θ₀, θ₁x passes through at most 6 roundings: of its inputs, which may get
    another dtype, of the product, the sum, the difference. Squares and sums then have
    one more each.
    """
    n = len(rows)
    theta_0, theta_1 = Fraction(theta_0), Fraction(theta_1)
    exact, error, total, largest = (Fraction(0) for _ in range(4))
    for x, y in ((Fraction(x), Fraction(y)) for x, y in rows):
        r = y - theta_0 - theta_1 * x
        size = abs(y) + abs(theta_0) + abs(theta_1 * x)
        off = gamma(6, u) * size + 6 * smallest * (1 + abs(x) + abs(theta_1))
        exact += r**2 / n
        error += 2 * abs(r) * off + off**2
        total += (abs(r) + off) ** 2 + smallest
        largest = max(largest, abs(x), size + off, total)
    return exact, (error + gamma(n + 2, u) * total) / n + 2 * smallest, largest * 2


@hundreds
@given(ROWS, st.sampled_from([None, Value, *FLOATS, *WHOLE]), SHARES, SHARES, SCALES)
def test_the_loss_of_any_rows_is_right_or_an_error(data, kind, theta_0, theta_1, scale):
    """Rows of floats or of tensors; parameters are floats, Values or tensors."""
    shares, row_scale, shift = data
    rows = [(row_scale * x + shift, row_scale * y + shift) for x, y in shares]
    theta = theta_0 * scale, theta_1 * scale
    if kind is Value:
        theta = tuple(map(Value, theta))
    if isinstance(kind, torch.dtype):
        if kind in WHOLE:
            top = torch.iinfo(kind).max
            rows = [[min(abs(int(number)), top) for number in row] for row in rows]
        rows = torch.tensor(rows, dtype=kind).reshape(-1, 2)
        if kind in FLOATS:
            theta = tuple(torch.tensor(each, dtype=kind) for each in theta)
    if len(rows) == 0:
        with pytest.raises(ZeroDivisionError):
            mean_squared_error(*theta, rows)
        return
    got = mean_squared_error(*theta, rows)
    # floats and tensors of whole numbers together have the default dtype
    dtype = got.dtype if isinstance(got, torch.Tensor) else torch.float64
    assert dtype == (torch.float32 if kind in WHOLE else dtype)
    u, smallest, largest = limits(dtype)
    numbers = [each.number if kind is Value else float(each) for each in theta]
    pairs = rows.tolist() if isinstance(rows, torch.Tensor) else rows
    if not all(map(math.isfinite, [*numbers, *np.ravel(pairs)])):
        return  # nothing to compare with: the dtype cannot hold the input
    exact, error, size = mean_of_squares(*numbers, pairs, u, smallest)
    number = got.number if kind is Value else float(got)
    assert is_close(number, exact, error, largest, size)


@hundreds
@given(
    st.sampled_from([(), (3,), (0,), (2, 2)]),
    st.sampled_from([None, *FLOATS, torch.int64]),
    st.lists(SHARES, min_size=4, max_size=4),
    SCALES,
    SCALES,
)
def test_a_central_difference_of_anything_is_right_within_rounding(
    shape, dtype, shares, scale, h
):
    """Of t³, which is 3t² + h² exactly; u t/h is what rounding of t ± h may do."""
    count = math.prod(shape)
    t = torch.tensor([scale * share for share in shares[:count]]).reshape(shape)
    t = t.double().to(dtype) if dtype else t.double().flatten()[0:1].sum().item()
    with np.errstate(all="ignore"):
        got = central_difference(lambda t: t * t * t, t, h)
    if dtype:
        assert got.shape == t.shape
    u, smallest, largest = limits(got.dtype if dtype else torch.float64)
    starts, gots = (np.ravel(each).tolist() for each in (t, got))
    step = Fraction(h)
    for start, result in zip(starts, gots, strict=True):
        if not math.isfinite(start):
            continue
        at = abs(Fraction(start)) + step
        # t, h, t ± h: 3 roundings, cubed; 2 for the products; for each of the two cubes
        cube = at**3 * (1 + gamma(11, u)) + smallest
        off = 2 * (gamma(11, u) * at**3 + smallest * (3 + 3 * at + at**2) * 4)
        difference = 6 * Fraction(start) ** 2 * step + 2 * step**3
        off += u * (abs(difference) + off)
        exact = difference / (2 * step)
        error = off / (2 * step)
        error += gamma(4, u) * (abs(exact) + error) + smallest
        size = max(at, at**2, 2 * cube, (abs(difference) + off) / step, step * 2)
        assert is_close(result, exact, error, largest, size * 2)


def test_a_step_of_zero_is_an_error_or_no_number():
    with pytest.raises(ZeroDivisionError):
        central_difference(math.exp, 1.0, 0.0)
    assert central_difference(torch.exp, torch.tensor(1.0), 0.0).isnan()


KINDS = (
    float,
    Fraction,
    np.float16,
    np.float32,
    np.float64,
    lambda number: torch.tensor(number),
    lambda number: torch.tensor(number, dtype=torch.float16),
    lambda number: np.array(number),
)


@hundreds
@given(
    st.sampled_from([*BINARY, *UNARY, "**0", "**-2", "**1.5"]),
    *[st.tuples(SHARES, SCALES, st.sampled_from(KINDS)) for _ in range(2)],
)
def test_an_operation_on_numbers_of_any_kind_and_scale(operation, one, other):
    """Value and derivative are exact but for rounding, or the error is Python's."""
    values = []
    with np.errstate(all="ignore"):
        for share, scale, kind in (one, other):
            values.append(Value(kind(share * scale)))
    a, b = values
    if not (math.isfinite(a.number) and math.isfinite(b.number)):
        return  # float16 does not hold it
    with mpmath.workdps(60):
        x, y = mpmath.mpf(a.number), mpmath.mpf(b.number)
        power = mpmath.mpf(operation[2:]) if operation[:2] == "**" else 0
        law = {
            "exp": lambda x, y: mpmath.exp(x),
            "tanh": lambda x, y: mpmath.tanh(x),
            "relu": lambda x, y: max(x, 0),
        }.get(operation, lambda x, y: apply(operation, x, y, y))
        slopes = {
            "+": (1, 1),
            "-": (1, -1),
            "*": (y, x),
            "/": y and (1 / y, -x / y**2),
            "r+": (1,),
            "r-": (-1,),
            "r*": (y,),
            "r/": x and (-y / x**2,),
            "neg": (-1,),
            "exp": (mpmath.exp(x),),
            "tanh": (mpmath.sech(x) ** 2,),
            "relu": (int(x > 0),),
        }.get(operation) or (power and x and power * x ** (power - 1),)
        try:
            result = apply(operation, a, b, b.number)
        except ZeroDivisionError:
            # 0 as a divisor, or a power of it that is less than 1, and not 0
            divisor = y if operation == "/" else x
            assert divisor == 0 and (operation in ("/", "r/") or (power and power < 1))
            return
        except OverflowError:
            assert operation == "exp" and x > 709
            return
        except TypeError as error:
            assert "not 'complex'" in str(error) and x < 0 and power % 1
            return
        backward(result)
        if x == 0 and power:
            slopes = (int(power == 1),)
        grads = (a.grad, b.grad)[: len(slopes)]
        expected = law(x, y)
        # tanh's derivative, 1 − tanh², is off by 4u of 1
        absolute = 4 * ROUNDING if operation == "tanh" else 5e-324
        assert abs(result.number - expected) <= 4 * ROUNDING * abs(expected) + 5e-324
        for grad, slope in zip(grads, slopes, strict=True):
            assert abs(grad - slope) <= 6 * ROUNDING * abs(slope) + absolute


@hundreds
@given(
    st.lists(SHARES, min_size=2, max_size=4),
    SCALES,
    st.lists(
        st.tuples(st.sampled_from("+-*"), st.integers(0), st.integers(0)),
        min_size=1,
        max_size=12,
    ),
)
def test_both_passes_are_sums_over_paths_at_any_scale(shares, scale, operations):
    """Against fractions of the derivatives on the arrows, which are tested above."""
    values = [Value(share * scale, name="input") for share in shares]
    for operation, i, j in operations:
        a, b = values[i % len(values)], values[j % len(values)]
        small = abs(a.number) < 1e20 and abs(b.number) < 1e20
        values.append(apply(operation if small else "+", a, b, b.number))
    output = values[-1]
    order = graph(output)
    exact, size = ({value: Fraction(value is output) for value in order} for _ in "12")
    for user in reversed(order):
        for source, derivative in user.edges:
            exact[source] += exact[user] * Fraction(derivative)
            size[source] += size[user] * abs(Fraction(derivative))
    backward(output)
    # a path has a product at each arrow, and a sum for each
    allowed = gamma(2 * count_edges(output) + 1, ROUNDING)
    tiny = Fraction(1, 10**200)  # far above what underflow takes away here
    for value in order:
        for got in (value.grad, forward_mode(output, value)):
            error = abs(Fraction(got) - exact[value])
            assert error <= allowed * size[value] + tiny
    network = nx.MultiDiGraph(
        (source, user) for user in order for source, _ in user.edges
    )
    network.add_node(output)
    assert set(order) == set(network)
    assert count_edges(output) == network.number_of_edges()


@pytest.mark.parametrize("what", [3.0, torch.tensor(3.0), None])
def test_only_a_value_has_a_graph(what):
    for function in (graph, backward):
        with pytest.raises(AttributeError, match="edges"):
            function(what)


def test_what_is_no_single_real_number_is_no_value():
    for wrong in (1j, None, [1.0, 2.0], "three", torch.ones(2), np.ones(2)):
        with pytest.raises((TypeError, ValueError)):
            Value(wrong)
        with pytest.raises((TypeError, ValueError)):
            Value(1.0) * wrong
    with pytest.raises(TypeError, match="not 'Value'"):
        Value(2.0) ** Value(3.0)
    with pytest.raises(TypeError):
        2.0 ** Value(3.0)


# The figures.


@pytest.mark.parametrize("size", [1, 2])
def test_the_graphs_are_drawn_with_torch_s_numbers(size):
    (axes,) = (figure_chain, figure_graph)[size - 1]().axes
    theta = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    data = torch.tensor(PAGE_ROWS[:size], dtype=torch.float64, requires_grad=True)
    loss = mean_squared_error(*theta, list(data))
    loss.backward()
    values = [text.get_text() for text in axes.texts if "∂" in text.get_text()]
    rows = ["_1", "_2"] if size == 2 else [""]
    leaves = [
        (r"$\theta_0$", theta[0], theta.grad[0]),
        (r"$\theta_1$", theta[1], theta.grad[1]),
        ("$L$" if size == 2 else r"$\ell$", loss, torch.tensor(1.0)),
    ]
    for i, row in enumerate(rows):
        leaves.append((f"$x{row}$", data[i, 0], data.grad[i, 0]))
        leaves.append((f"$y{row}$", data[i, 1], data.grad[i, 1]))
    for name, number, grad in leaves:
        expected = f"{name} = {number:g}\n∂ = {grad:g}".replace("-", "−")
        assert values.count(expected) == 1, expected
    assert len(values) == len(graph((one_row, two_rows)[size - 1]()))
    assert is_whole(axes)


def test_the_results_in_the_middle_have_the_names_of_the_page():
    names = {value.name: value.number for value in graph(one_row())}
    p, r = 2 * 3, 10 - (1 + 2 * 3)
    middle = (names["$p$"], names[r"$\hat y$"], names["$r$"], names[r"$\ell$"])
    assert middle == (p, 1 + p, r, r**2)
    names = {value.name: value.number for value in graph(two_rows())}
    assert (names["$r_1$"], names["$r_2$"]) == (r, 4 - (1 + 2 * 1))
    assert names["$r_1^2 + r_2^2$"] == names["$n$"] * names["$L$"] == 10


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
            assert texts[middle] == f"{derivative:g}".replace("-", "−")


def test_an_arrow_ends_at_the_frame_of_its_value_and_above_all_frames():
    (axes,) = figure_graph().axes
    frames = {
        text.get_position(): text for text in axes.texts if "∂" in text.get_text()
    }
    for text in axes.texts:
        if arrow := getattr(text, "arrow_patch", None):
            ends = (frames[tuple(at)].get_bbox_patch() for at in (text.xyann, text.xy))
            assert [arrow.patchA, arrow.patchB] == list(ends)
            assert text.get_zorder() > max(box.get_zorder() for box in frames.values())


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
    "order": [(6, 6), (6, 12), (0, 0), (6, 0), (12, 6)],
    "kink": [(1, 0), (1, 1), (1, 2), (0, 0), (1, 0.5)],
    "descend": [
        (3.596, 7.819),
        (5, 7),
        (167.4, 376.5),
        (4.703, 10.56),  # grad is never emptied
        (0, 0),
    ],
}


def logarithm(printed, run):
    """The function `log`, with the class that the check knows, as in notebooks."""
    log = run()["log"]
    log.__globals__["Value"] = Value
    return [(log,)]


def gradients_at_the_kink(printed, run):
    lines = map(numbers, printed.splitlines())
    gradients = {t: gradient for t, _, gradient in lines}
    return [(gradients[t], gradients[0]) for t in (-1, 1)]


# What each solution answers, taken out of what it prints or defines.
SOLUTIONS = {
    "by_hand": lambda printed, run: [tuple(numbers(printed))],
    "logarithm": logarithm,
    "order": lambda printed, run: [tuple(numbers(printed))],
    "kink": gradients_at_the_kink,
    "descend": lambda printed, run: [tuple(numbers(printed))],
}


def test_either_derivative_by_hand_may_be_wrong():
    wrong = (41.1888, -20.5944, -27.3716)
    assert [exercises.by_hand(-27.3716, by_theta_1) for by_theta_1 in wrong] == [
        1,
        2,
        3,
    ]
    assert exercises.by_hand(-27.3716, -29.1215) == -1


def test_torch_s_answer_at_the_kink():
    t = torch.tensor(0.0, requires_grad=True)
    (torch.relu(t) - torch.relu(-t)).backward()
    assert exercises.kink(1, t.grad) == 0
    assert exercises.kink(2, t.grad) == 3


@hundreds
@given(st.sampled_from([0.5, 2.0, 7.0, 1.5]), st.floats(0.01, 9), st.booleans())
def test_a_logarithm_that_is_right_at_one_place_is_wrong(place, off, in_number):
    """Logarithms and derivatives that are right at t = place, by a wrong formula."""

    def log(value):
        error = off * (value.number - place)
        number = math.log(value.number) + (error if in_number else 0)
        return Value(number, ((value, 1 / value.number + (not in_number) * error),))

    assert exercises.logarithm(log) != 0
