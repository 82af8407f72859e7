import cmath
import functools
import inspect
import math
import re
import sys
import threading
from fractions import Fraction
from itertools import pairwise

import mpmath
import networkx as nx
import numpy as np
import pytest
import sympy
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgba
from scipy import optimize

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
from tests.drawn import is_whole, labels
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


@pytest.mark.equation(
    "central-difference",
    r"\frac{f(t+h) - f(t-h)}{2h} = f'(t) + \frac{h^2}{6} f^{(3)}(t) + O(h^4)",
)
def test_the_error_of_the_central_difference(equation):
    quintic = np.polynomial.Polynomial([0.3, -1.2, 0.7, 1.1, -0.4, 0.9])
    equation(
        f=quintic,
        f_prime=quintic.deriv(),
        f_prime3=quintic.deriv(3),
        t=0.4,
        h=0.8,
        O=lambda power: quintic.deriv(5)(0) / 120 * power,  # and nothing follows
    )
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
def test_the_best_h(equation):
    f, third, u = -2.3, -1.7, 1e-3

    def worst(h):
        """What truncation does to a cubic, and what rounding does to a constant."""
        truncated = central_difference(lambda t: third / 6 * t**3, 0, h)
        rounded = central_difference(lambda t: f * (1 + math.copysign(u, t)), 0, h)
        return abs(truncated) + abs(rounded)

    best = optimize.minimize_scalar(worst, (0.1, 0.2)).x
    for h in (0.3, 0.7):
        equation(f=f, f_prime3=third, u=u, h=h, E=worst, h_star=best, rel=1e-5)
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


def test_rounding_of_t_and_h_counts_where_f_is_small_and_t_is_large():
    """Without what the page asks of f and t, E(h) is no bound: here it is almost 0."""
    t, h = 1e8 + 0.25, 1e-3

    def f(t):
        return t - 1e8

    error = abs(central_difference(f, t, h) - 1)
    assert error > 1000 * ROUNDING / h * abs(f(t))
    assert error <= 2 * ROUNDING / h * t


def test_gradcheck_steps_by_a_millionth_and_agrees():
    check = torch.autograd.gradcheck
    assert inspect.signature(check).parameters["eps"].default == 1e-6
    theta = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    assert check(lambda t: mean_squared_error(*t, POST_ROWS.tolist()), (theta,))


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


@pytest.mark.equation("arrow-bound", r"E \le 2F")
@hundreds
@given(RECIPES)
def test_reverse_mode_costs_two_steps_an_operation_at_most(equation, recipe):
    ours, _ = build(recipe)
    operations = {id(value) for value in graph(ours[-1]) if value.edges}
    assert count_operations(ours[-1]) == len(operations)
    assert count_edges(ours[-1]) <= 2 * len(operations)
    equation(E=count_edges(ours[-1]), F=len(operations))
    equation(E=count_edges(Value(1) + Value(2)), F=1, attained=True)


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
def test_the_imaginary_step(equation):
    quartic, t = np.polynomial.Polynomial([0.3, -1.2, 0.7, 1.1, -0.4]), 0.4
    equation(
        f=quartic,
        f_prime=quartic.deriv(),
        t=t,
        h=0.8,
        i=1j,
        Im=np.imag,
        O=lambda power: quartic.deriv(3)(t) / 6 * power,  # and nothing follows
    )

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


def test_the_loss_uses_five_operations_and_no_more():
    loss = mean_squared_error(Value(1.0), Value(2.0), POST_ROWS.tolist())
    made = {value.name for value in graph(loss) if value.edges}
    assert made == {"+", "−", "×", "÷", "^2"}


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


def test_some_of_pytorch_s_own_writes_are_not_counted():
    """`apply_` and fused optimizers, as the page says of 2.13."""
    x = torch.tensor([1.0, 2.0, 3.0])
    theta = torch.tensor(2.0, requires_grad=True)
    loss = ((theta * x) ** 2).sum()
    x.apply_(lambda value: value - 2)
    loss.backward()
    assert (x._version, theta.grad.item()) == (0, 8)
    weight = torch.nn.Parameter(torch.tensor([1.0, 2.0, 3.0]))
    loss = (weight**2).sum()
    weight.grad = torch.full((3,), 2.0)
    torch.optim.SGD([weight], lr=1.0, fused=True).step()
    weight.grad = None
    loss.backward()
    assert weight.grad.tolist() == [-2, 0, 2]


def test_batch_normalization_without_stored_numbers_mixes_rows_in_evaluation_too():
    torch.manual_seed(0)
    rows = torch.randn(10, 1)
    for stored in (True, False):
        layer = torch.nn.BatchNorm1d(1, track_running_stats=stored).eval()
        halves = torch.cat((layer(rows[:5]), layer(rows[5:])))
        assert torch.allclose(layer(rows), halves, atol=1e-6) == stored


def test_func_grad_records_inside_no_grad():
    with torch.no_grad():
        assert torch.func.grad(lambda t: t * t)(torch.tensor(3.0)) == 6


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
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float64_is_within_u_of_a_number_in_its_range(number):
    """Of a third of it, which is rarely a float64."""
    exact = Fraction(number) / 3
    if abs(exact) > sys.float_info.min:
        assert abs(Fraction(float(exact)) - exact) <= Fraction(ROUNDING) * abs(exact)


def test_an_imaginary_step_needs_a_complex_derivative_and_real_values():
    def slope(function):
        return function(1.5 + 1e-8j).imag / 1e-8

    assert slope(lambda t: t * t) == pytest.approx(3)
    assert slope(lambda t: abs(t) ** 2) == 0  # t², with no complex derivative
    assert slope(lambda t: 1j * t) > 1e8  # not real: its value gets into the slope


@dozens
@given(RECIPES)
def test_an_operation_creates_its_result_after_its_inputs(recipe):
    ours, _ = build(recipe)
    for user in ours:
        assert all(source.serial < user.serial for source, _ in user.edges)


def test_the_best_difference_of_e_to_the_t_loses_digits():
    best = min(difference_errors(10.0 ** (-k / 4))[1] for k in range(16, 28))
    assert best > 1000 * ROUNDING * math.e


def test_rounding_of_a_quadratic_s_difference_falls_to_the_scale_then_rises():
    """In gradients#exercise-wide: like u L / h, and from the residuals on like u h."""
    rows = POST_ROWS.tolist()
    scale = max(abs(y - 1 - 2 * x) for x, y in rows)

    def error(h):
        """The mean over 40 points near θ₀ = 1; the exact slope is a fraction."""
        errors = []
        for k in range(40):
            t = 1 + k / 64
            got = central_difference(lambda t: mean_squared_error(t, 2.0, rows), t, h)
            residuals = [Fraction(y) - Fraction(t) - 2 * Fraction(x) for x, y in rows]
            exact = -2 * sum(residuals) / len(rows)
            errors.append(float(abs(Fraction(got) - exact)))
        return sum(errors) / len(errors)

    # The rows have 24 bits, so squares of round numbers may be exact: h has all its 53.
    # Each of the two laws holds within a factor of 10.
    loss = mean_squared_error(1.0, 2.0, rows)
    for k in (-10, -8, -6, -4, -2):
        h = math.sqrt(2) * 10.0**k
        assert h < scale / 100
        assert 0.1 < error(h) / (ROUNDING * loss / h) < 10
    for k in (4, 6, 8, 10, 12):
        h = math.sqrt(2) * 10.0**k
        assert h > scale * 100
        assert 0.1 < error(h) / (ROUNDING * h) < 10
    near = error(math.sqrt(2) * scale)
    assert near < min(error(math.sqrt(2) * h) for h in (1e-2, 1e4))
    assert error(1e10) > error(1e-5) > 1e-12 > error(1.0)


@pytest.mark.parametrize("third", [0.0, 1.0])
def test_a_wide_difference_is_exact_only_for_a_quadratic(third):
    """In gradients#exercise-wide, a sixth of the third derivative spoils h = 1."""
    wide = central_difference(lambda t: 2 * t**2 + t + third * t**3, 3.0, 1.0)
    assert wide == pytest.approx(13 + third * 27 + third)


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
        with pytest.raises(ValueError, match="give one row"):
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


@pytest.mark.parametrize("dtype", [*WHOLE, torch.int8, torch.bool, np.int64, np.uint8])
def test_whole_numbers_that_would_wrap_are_refused(dtype):
    """Of uint8, 3 − 5 is 254; of int64, the square of 4e9 is negative."""
    if isinstance(dtype, torch.dtype):
        rows = theta = torch.ones(2, 2).to(dtype)
    else:
        rows = theta = np.ones((2, 2), dtype)
    if dtype != torch.bool:  # torch itself refuses their difference
        with (
            np.errstate(over="ignore"),  # a warning of NumPy's
            pytest.raises(TypeError, match="may overflow silently: use float64"),
        ):
            mean_squared_error(theta[0, 0], theta[0, 1], rows)
    with pytest.raises(TypeError, match="may overflow silently: use float64"):
        squared_error(list(theta[0]), list(rows[0]), 1)


@hundreds
@given(
    st.lists(st.tuples(SHARES, SHARES), max_size=6),
    st.sampled_from([None, Value, *FLOATS]),
    SCALES,
    SCALES,
    SHARES,
)
def test_a_squared_error_of_any_row_is_right_or_an_error(pairs, kind, a, b, y):
    theta, x, y = [a * t for t, _ in pairs], [b * x for _, x in pairs], y * a * b
    make = kind or float
    if isinstance(kind, torch.dtype):
        make = functools.partial(torch.tensor, dtype=kind)
    if not pairs:
        with pytest.raises(ValueError, match="one row or parameter"):
            squared_error(theta, x, y)
        return
    theta, x, y = [make(t) for t in theta], [make(each) for each in x], make(y)
    got = squared_error(theta, x, y)
    number = (lambda v: v.number) if kind is Value else float
    dtype = kind if isinstance(kind, torch.dtype) else torch.float64
    u, smallest, largest = limits(dtype)
    held = [number(each) for each in (*theta, *x, y)]
    if not all(map(math.isfinite, held)):
        return
    y = Fraction(held.pop())
    products = [
        Fraction(t) * Fraction(v)
        for t, v in zip(held[: len(x)], held[len(x) :], strict=True)
    ]
    r, size = y - sum(products), abs(y) + sum(map(abs, products))
    off = gamma(len(x) + 2, u) * size + len(x) * smallest
    error = 2 * abs(r) * off + off**2 + u * (abs(r) + off) ** 2 + smallest
    size = max(2 * size, 2 * (abs(r) + off) ** 2)
    assert is_close(number(got), r**2, error, largest, size)


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


@pytest.mark.parametrize("t", [torch.tensor([1.0, 2.0]), np.array([1.0, 2.0])])
def test_a_function_of_several_numbers_has_no_single_central_difference(t):
    """Moving both at once would give the sum of their partial derivatives, 6."""
    with pytest.raises(ValueError, match="one number for each number in t"):
        central_difference(lambda t: (t**2).sum(), t, 1e-3)


def test_a_step_of_zero_is_an_error_or_no_number():
    with pytest.raises(ZeroDivisionError):
        central_difference(math.exp, 1.0, 0.0)
    assert central_difference(torch.exp, torch.tensor(1.0), 0.0).isnan()


@settings(thousands, max_examples=20)
@given(st.floats(-12, 2).map(lambda power: 10.0**power), st.booleans())
def test_errors_of_differences_are_those_of_exp_for_any_h(h, to_the_left):
    """(eʰ − 1)/h − 1 and sinh(h)/h − 1, times eᵗ; the rest is rounding."""
    h = -h if to_the_left else h
    with mpmath.workdps(60):
        step = mpmath.mpf(h)
        mean = mpmath.fsum(map(mpmath.exp, np.linspace(0, 1, 1001).tolist())) / 1001
        laws = (mpmath.expm1(step) / step - 1, mpmath.sinh(step) / step - 1)
        exact = [float(abs(law) * mean) for law in laws]
    # exp is off by 2u, t ± h by u(1 + |h|), relative to exp; each is at most e^(1+|h|)
    rounding = (6 + abs(h)) * ROUNDING * math.exp(1 + abs(h)) / abs(h)
    for got, law in zip(difference_errors(h), exact, strict=True):
        assert abs(got - law) <= rounding + 1100 * ROUNDING * (law + math.e)


def test_errors_of_differences_have_no_value_where_exp_has_none():
    with pytest.raises(ZeroDivisionError):
        difference_errors(0.0)
    with pytest.raises(OverflowError, match="range"):
        difference_errors(1e8)


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
    computed = [value for value in network if network.in_degree(value)]
    assert count_operations(output) == len(computed)


@hundreds
@given(
    ROWS,
    st.sampled_from([None, *FLOATS, torch.int64]),
    st.floats(-8, 2).map(lambda power: 10.0**power),
    st.integers(0, 2),
)
def test_each_step_of_the_engine_is_right_or_an_error(data, dtype, rate, steps):
    """θ − η∇L, with ∇L in fractions: of rows as floats or as a tensor."""
    shares, scale, shift = data
    rows = [(scale * x + shift, scale * y + shift) for x, y in shares]
    if dtype:
        rows = torch.tensor(rows, dtype=torch.float64).reshape(-1, 2).to(dtype)
    held = rows.tolist() if dtype else rows
    if not np.isfinite(held).all():
        return  # float16 does not hold them
    if not held and steps:
        with pytest.raises(ValueError, match="give one row"):
            engine_path(rows, rate, steps)
        return
    path = engine_path(rows, rate, steps)
    assert path[0] == (0, 0)
    assert len(path) == steps + 1
    u, n, rate = Fraction(ROUNDING), len(held), Fraction(rate)
    for here, there in pairwise(path):
        theta_0, theta_1 = map(Fraction, here)
        gradient, size = [Fraction(0)] * 2, [Fraction(0)] * 2
        for x, y in ((Fraction(x), Fraction(y)) for x, y in held):
            r = y - theta_0 - theta_1 * x
            for j, factor in enumerate((1, x)):
                gradient[j] += -2 * r * factor / n
                part = abs(y) + abs(theta_0) + abs(theta_1 * x)
                size[j] += 2 * part * abs(factor) / n
        for j in (0, 1):
            expected = Fraction(here[j]) - rate * gradient[j]
            # a residual: 3 roundings; four arrows; n sums; the step's 2
            error = gamma(n + 10, u) * (rate * size[j] + abs(Fraction(here[j])))
            assert abs(Fraction(there[j]) - expected) <= error + Fraction(1, 10**200)


def test_a_diverging_engine_stops_with_an_error():
    with pytest.raises(OverflowError):
        engine_path(POST_ROWS.tolist(), learning_rate=10.0, steps=1000)


@pytest.mark.parametrize("what", [3.0, torch.tensor(3.0), None])
def test_only_a_value_has_a_graph(what):
    for function in (graph, backward, count_edges, count_operations):
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


def test_the_graph_is_drawn_with_torch_s_numbers():
    (axes,) = figure_graph().axes
    rows = POST_ROWS[:2].double()
    theta = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    data = rows.clone().requires_grad_()
    loss = mean_squared_error(*theta, list(data))
    loss.backward()
    values = [text.get_text() for text in axes.texts if "∂" in text.get_text()]
    leaves = (
        (r"$\theta_0$", theta[0], theta.grad[0]),
        (r"$\theta_1$", theta[1], theta.grad[1]),
        *((f"$x_{i}$", data[i - 1, 0], data.grad[i - 1, 0]) for i in (1, 2)),
        *((f"$y_{i}$", data[i - 1, 1], data.grad[i - 1, 1]) for i in (1, 2)),
        ("÷", loss, torch.tensor(1.0)),
    )
    for name, number, grad in leaves:
        expected = f"{name} = {number:.2f}\n∂ = {grad:.2f}".replace("-", "−")
        assert values.count(expected) == 1, expected
    assert len(values) == len(graph(two_rows())) == 17
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
    assert labels(axes) == {
        r"$\dfrac{f(t+h)-f(t)}{h}$": one_sided.get_color(),
        r"$\dfrac{f(t+h)-f(t-h)}{2h}$": central.get_color(),
        "$h^2 f^{(3)} / 6$": law.get_color(),
        "$h^*$": best.get_color(),
    }
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


def steps_by_error(printed, run):
    """The exercise's three, each of which is printed with a bound of its error."""
    bounds = dict(map(numbers, printed.splitlines()))
    assert len(set(bounds.values())) == len(bounds)  # so that they tell the order
    return [(sorted((1, 1e-5, 1e-10), key=bounds.get),)]


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
    "wide": steps_by_error,
    "kink": gradients_at_the_kink,
    "complex_step": lambda printed, run: [(run()["imaginary_step"],)],
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


def one_sided(f, t, h):
    return (f(t + h) - f(t)) / h


def five_points(f, t, h):
    """A difference whose error is of order h⁴."""
    near, far = (central_difference(f, t, each) for each in (h, 2 * h))
    return (4 * near - far) / 3


def complex_step(f, t, h):
    return f(t + 1j * h).imag / h


@pytest.mark.parametrize("way", [central_difference, one_sided, five_points])
def test_a_difference_is_no_step_along_i(way):
    """With the h of the exercise, or one that suits differences."""
    assert exercises.complex_step(complex_step) == 0
    assert exercises.complex_step(way) != 0
    assert exercises.complex_step(lambda f, t, h: way(f, t, 1e-3)) != 0
    assert exercises.complex_step(lambda f, t, h: way(f, t, max(h, 1e-5))) != 0
    assert exercises.complex_step(lambda f, t, h: complex_step(f, t, 1e-20)) != 0


@hundreds
@given(st.sampled_from([0.5, 2.0, 7.0, 1.5]), st.floats(0.01, 9), st.booleans())
def test_functions_that_are_right_at_one_place_are_wrong(place, off, in_number):
    """Logarithms and derivatives that are right at t = place, by a wrong formula."""

    def log(value):
        error = off * (value.number - place)
        number = math.log(value.number) + (error if in_number else 0)
        return Value(number, ((value, 1 / value.number + (not in_number) * error),))

    assert exercises.logarithm(log) != 0
    wrong = [
        lambda f, t, h: complex_step(f, t, h) + off * (t - place),
        lambda f, t, h: complex_step(f, t, h) + off * h,
        lambda f, t, h: complex_step(f, t, h) * (1 + off),
    ]
    assert 0 not in map(exercises.complex_step, wrong)
