"""How a machine gets the gradient: a graph, the chain rule, an engine."""

# --8<-- [start:imports]
import cmath
import itertools
import math
import warnings
from collections.abc import Callable

import numpy as np
import torch

from snippets.data import POST_ROWS
# --8<-- [end:imports]


# --8<-- [start:mean_squared_error]
def mean_squared_error(theta_0, theta_1, rows: list):
    """Mean of (y − θ₀ − θ₁ x)² over pairs x, y.

    The two parameters are floats, tensors of shape () or Values; so is the result.
    Raises what `add_up` raises.
    """
    squares = [(y - (theta_0 + theta_1 * x)) ** 2 for x, y in rows]
    return add_up(squares) / len(rows)


def add_up(terms: list):
    """Sum of one term or more: floats, tensors or Values.

    Raises ValueError if there are none, TypeError for integers of torch or NumPy.
    """
    if not terms:
        raise ValueError("nothing to add up: give one row or parameter at least")
    for term in terms:
        if hasattr(term, "dtype") and not torch.as_tensor(term).is_floating_point():
            raise TypeError(f"{term.dtype} may overflow silently: use float64")
    return sum(terms[1:], terms[0])


# --8<-- [end:mean_squared_error]


# --8<-- [start:central_difference]
def central_difference(function: Callable, t, h: float):
    """Derivative of the function at t, nearly: h to either side.

    Of a tensor t, each number is moved, so the function must treat each by itself; it
    raises ValueError if the shapes differ. An h that t + h rounds away gives 0.
    Source: equation gradients#eq-central-difference.
    """
    difference = function(t + h) - function(t - h)
    if getattr(difference, "shape", ()) != getattr(t, "shape", ()):
        raise ValueError("the function must return one number for each number in t")
    return difference / (2 * h)


# --8<-- [end:central_difference]


# --8<-- [start:value]
class Value:
    """A number that remembers what it was computed from.

    Its edges are pairs: an input, and the derivative with respect to that input.
    Raises what Python's own arithmetic raises, as ZeroDivisionError.
    """

    created = itertools.count()

    def __init__(self, number: float, edges: tuple = (), name: str = ""):
        self.number, self.edges, self.name = float(number), edges, name
        self.grad = 0.0
        self.serial = next(Value.created)  # an input is older than what is made of it

    def __add__(self, other):
        other = as_value(other)
        return Value(self.number + other.number, ((self, 1.0), (other, 1.0)), "+")

    def __sub__(self, other):
        other = as_value(other)
        return Value(self.number - other.number, ((self, 1.0), (other, -1.0)), "−")

    def __mul__(self, other):
        other = as_value(other)
        edges = ((self, other.number), (other, self.number))
        return Value(self.number * other.number, edges, "×")

    def __truediv__(self, other):
        other = as_value(other)
        quotient = self.number / other.number
        edges = ((self, 1 / other.number), (other, -quotient / other.number))
        return Value(quotient, edges, "÷")

    def __pow__(self, exponent: float):
        exponent = float(exponent)
        derivative = exponent and exponent * self.number ** (exponent - 1)
        return Value(self.number**exponent, ((self, derivative),), f"^{exponent:g}")

    def __neg__(self):
        return Value(-self.number, ((self, -1.0),), "−")

    def exp(self):
        result = math.exp(self.number)
        return Value(result, ((self, result),), "exp")

    def tanh(self):
        result = math.tanh(self.number)
        return Value(result, ((self, 1 - result**2),), "tanh")

    def relu(self):
        return Value(max(self.number, 0.0), ((self, float(self.number > 0)),), "relu")

    def __radd__(self, other):
        return as_value(other) + self

    def __rsub__(self, other):
        return as_value(other) - self

    def __rmul__(self, other):
        return as_value(other) * self

    def __rtruediv__(self, other):
        return as_value(other) / self


def as_value(number) -> Value:
    """The number itself if it is a Value, a new Value without inputs if not."""
    return number if isinstance(number, Value) else Value(number)


# --8<-- [end:value]


# --8<-- [start:graph]
def graph(output: Value) -> list[Value]:
    """The output and all that it was computed from, each behind its own inputs."""
    found, waiting = {output}, [output]
    while waiting:
        for source, _ in waiting.pop().edges:
            if source not in found:
                found.add(source)
                waiting.append(source)
    return sorted(found, key=lambda value: value.serial)


# --8<-- [end:graph]


# --8<-- [start:backward]
def backward(output: Value) -> None:
    """Add ∂output/∂v to v.grad, for every v in the output's graph.

    Source: equation gradients#eq-reverse-mode.
    """
    values = graph(output)
    partial = dict.fromkeys(values, 0.0)
    partial[output] = 1.0
    for user in reversed(values):
        for source, derivative in user.edges:
            partial[source] += partial[user] * derivative
    for value in values:
        value.grad += partial[value]


# --8<-- [end:backward]


# --8<-- [start:engine_path]
def engine_path(rows: list, learning_rate: float, steps: int) -> list[tuple]:
    """(θ₀, θ₁) of gradient descent by this engine, from (0, 0) on, which comes first.

    Source: equation training#eq-step.
    """
    theta_0, theta_1 = Value(0.0), Value(0.0)
    path = [(0.0, 0.0)]
    for _ in range(steps):
        backward(mean_squared_error(theta_0, theta_1, rows))
        theta_0 = Value(theta_0.number - learning_rate * theta_0.grad)
        theta_1 = Value(theta_1.number - learning_rate * theta_1.grad)
        path.append((theta_0.number, theta_1.number))
    return path


# --8<-- [end:engine_path]


# --8<-- [start:forward_mode]
def forward_mode(output: Value, source: Value) -> float:
    """∂output/∂source alone, from the inputs to the output.

    Source: equation gradients#eq-forward-mode.
    """
    values = graph(output)
    partial = dict.fromkeys(values, 0.0)
    partial[source] = 1.0
    for user in values:
        for before, derivative in user.edges:
            partial[user] += derivative * partial[before]
    return partial[output]


# --8<-- [end:forward_mode]


# --8<-- [start:squared_error]
def squared_error(theta: list, x: list[float], y: float):
    """(y − θ₁x₁ − … − θₚxₚ)²: one row of a model with p parameters.

    Raises ValueError if x and θ differ in length, and what `add_up` raises.
    """
    products = [t * a for t, a in zip(theta, x, strict=True)]
    return (y - add_up(products)) ** 2


def count_operations(output: Value) -> int:
    """How many operations computed the output."""
    return sum(bool(value.edges) for value in graph(output))


def count_edges(output: Value) -> int:
    """How often a pass over the output's graph multiplies and adds."""
    return sum(len(value.edges) for value in graph(output))


# --8<-- [end:squared_error]


# --8<-- [start:difference_errors]
def difference_errors(h: float) -> tuple[float, float]:
    """Mean error on [0, 1] of two differences for exp: one-sided, and central."""
    one_sided, central = 0.0, 0.0
    for t in np.linspace(0, 1, 1001).tolist():
        exact = math.exp(t)  # exp is its own derivative
        one_sided += abs((math.exp(t + h) - math.exp(t)) / h - exact) / 1001
        central += abs(central_difference(math.exp, t, h) - exact) / 1001
    return one_sided, central


# --8<-- [end:difference_errors]


if __name__ == "__main__":
    # --8<-- [start:one_row]
    rows = POST_ROWS.tolist()
    x_1, y_1 = rows[0]
    p = 2 * x_1  # θ₁ = 2
    y_hat = 1 + p  # θ₀ = 1
    r = y_1 - y_hat
    print(f"p = {p:.2f}   ŷ = {y_hat:.2f}   r = {r:.2f}   ℓ = {r**2:.2f}")
    print(f"∂ℓ/∂θ₁ = {2 * r * -1 * 1 * x_1:.2f}")
    # --8<-- [end:one_row]

    # --8<-- [start:two_paths]
    (x_1, y_1), (x_2, y_2) = rows[:2]
    r_1, r_2 = y_1 - (1 + 2 * x_1), y_2 - (1 + 2 * x_2)
    print(f"L = {(r_1**2 + r_2**2) / 2:.2f}")
    print(f"∂L/∂ŷ₁ = {-r_1:.2f}   ∂L/∂ŷ₂ = {-r_2:.2f}")
    print(f"∂L/∂θ₀ = {-r_1 * 1 + -r_2 * 1:.2f}")
    print(f"∂L/∂θ₁ = {-r_1 * x_1 + -r_2 * x_2:.2f}")
    # --8<-- [end:two_paths]

    # --8<-- [start:three_ways]
    residuals = [(x, y - (1 + 2 * x)) for x, y in rows]
    by_hand = (
        sum(-2 * r for _, r in residuals) / len(rows),
        sum(-2 * r * x for x, r in residuals) / len(rows),
    )
    theta = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    mean_squared_error(*theta, rows).backward()
    differences = (
        central_difference(lambda t: mean_squared_error(t, 2.0, rows), 1.0, h=1e-3),
        central_difference(lambda t: mean_squared_error(1.0, t, rows), 2.0, h=1e-3),
    )
    for way in (by_hand, theta.grad.tolist(), differences):
        print(f"∂L/∂θ₀ = {way[0]:.6f}   ∂L/∂θ₁ = {way[1]:.6f}")
    # --8<-- [end:three_ways]

    # --8<-- [start:step_sizes]
    for k in (1, 2, 3, 4, 5, 6, 8, 10, 12):
        one_sided, central = difference_errors(10.0**-k)
        print(f"h = {10.0**-k:.0e}   one-sided {one_sided:.0e}   central {central:.0e}")
    print(f"predicted best h {(3 * 2.0**-53) ** (1 / 3):.1e}")
    # --8<-- [end:step_sizes]

    # --8<-- [start:same_as_torch]
    theta_0, theta_1 = Value(1.0), Value(2.0)
    loss = mean_squared_error(theta_0, theta_1, rows)
    backward(loss)
    print(f"values in the graph: {len(graph(loss))}")
    print(f"engine    {theta_0.grad:.6f}   {theta_1.grad:.6f}")
    print(f"PyTorch   {theta.grad[0]:.6f}   {theta.grad[1]:.6f}")
    # --8<-- [end:same_as_torch]

    # --8<-- [start:fit]
    path = engine_path(rows, learning_rate=0.1, steps=100)
    theta = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([theta], lr=0.1)
    apart = 0.0
    for k in range(101):
        here = theta.detach()
        apart = max(apart, *(abs(a - b) for a, b in zip(path[k], here, strict=True)))
        if k in (0, 1, 2, 3, 100):
            print(f"step {k:>3}   θ₀ = {path[k][0]:.3f}   θ₁ = {path[k][1]:.3f}")
        optimizer.zero_grad()
        mean_squared_error(*theta, rows).backward()
        optimizer.step()
    print("never apart by more than 1e-12:", bool(apart < 1e-12))
    # --8<-- [end:fit]

    # --8<-- [start:used_twice]
    t = Value(3.0)
    square = t * t
    print([(source is t, derivative) for source, derivative in square.edges])
    for _ in range(2):
        backward(square)
        print(t.grad)
    # --8<-- [end:used_twice]

    # --8<-- [start:halves]
    theta = torch.tensor([1.0, 2.0], requires_grad=True)
    mean_squared_error(*theta, rows).backward()
    print("ten rows at once       ", theta.grad)
    theta.grad = None
    for half in (rows[:5], rows[5:]):
        (mean_squared_error(*theta, half) / 2).backward()
    print("five rows, then another", theta.grad)
    # --8<-- [end:halves]

    # --8<-- [start:leaves]
    x, y = POST_ROWS[:, 0], POST_ROWS[:, 1]  # (10,)
    theta_1 = torch.tensor(2.0, requires_grad=True)
    product = theta_1 * x
    for name, each in (("x", x), ("theta_1", theta_1), ("product", product)):
        print(f"{name}: leaf {each.is_leaf}, requires_grad {each.requires_grad}")
    print(product.grad_fn.name(), theta_1.grad_fn)
    ((y - product) ** 2).mean().backward()
    print("x.grad", x.grad, "  theta_1.grad", theta_1.grad)
    # --8<-- [end:leaves]

    # --8<-- [start:detach]
    t = torch.tensor(3.0, requires_grad=True)
    (t * t.detach()).backward()
    print("gradient of t · t with one t detached:", t.grad.item())
    t.detach().add_(1)  # the same memory
    print("t is now:", t.item())
    # --8<-- [end:detach]

    # --8<-- [start:no_grad]
    with torch.no_grad():
        square = t * t
    print(square.requires_grad, square.grad_fn)
    # --8<-- [end:no_grad]

    # --8<-- [start:cost]
    generator = torch.Generator().manual_seed(0)
    for size in (2, 20, 200):
        x_row = torch.randn(size, generator=generator).tolist()
        theta = [Value(1.0) for _ in range(size)]
        error = squared_error(theta, x_row, y=3.0)
        backward(error)
        for t in theta:
            assert abs(t.grad - forward_mode(error, t)) < 1e-9
        operations, edges = count_operations(error), count_edges(error)
        print(f"p = {size}: {operations} operations for the loss")
        print(f"    reverse mode       {edges:>6}")
        print(f"    forward mode       {size * edges:>6}")
        print(f"    finite differences {2 * size * operations:>6}")
    # --8<-- [end:cost]

    # --8<-- [start:not_a_leaf]
    theta_1 = torch.tensor(2.0, requires_grad=True)
    product = theta_1 * x
    loss = ((y - product) ** 2).mean()
    loss.backward()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        print(product.grad)
    print(str(caught[0].message).partition(" (Triggered")[0])
    # --8<-- [end:not_a_leaf]

    try:
        # --8<-- [start:second_time]
        residual = y - theta_1 * x  # shared by two losses
        (residual**2).mean().backward()
        residual.abs().mean().backward()
        # --8<-- [end:second_time]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    try:
        # --8<-- [start:changed]
        residual = y - theta_1 * x
        loss = (residual**2).mean()
        residual -= residual.mean()  # center it, in place
        loss.backward()
        # --8<-- [end:changed]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    # --8<-- [start:unnoticed]
    for place in ("nowhere", "x.data", "x.detach().numpy()", "source"):
        source = np.array([1.0, 2.0, 3.0])
        x = torch.from_numpy(source)
        same_memory = {
            "x.data": x.data,
            "x.detach().numpy()": x.detach().numpy(),
            "source": source,
        }
        theta_1 = torch.tensor(2.0, requires_grad=True)
        loss = ((theta_1 * x) ** 2).sum()
        if place != "nowhere":
            same_memory[place] -= 2  # the mean of x
        loss.backward()
        print(f"{place:<20} version {x._version}   gradient {theta_1.grad:.1f}")
    # --8<-- [end:unnoticed]

    # --8<-- [start:solution_by_hand]
    theta_0, theta_1 = Value(0.0), Value(0.0)
    backward(mean_squared_error(theta_0, theta_1, rows[:1]))
    print(f"∂ℓ/∂θ₀ = {theta_0.grad:.4f}   ∂ℓ/∂θ₁ = {theta_1.grad:.4f}")
    # --8<-- [end:solution_by_hand]

    # --8<-- [start:solution_logarithm]
    def log(value: Value) -> Value:
        return Value(math.log(value.number), ((value, 1 / value.number),), "log")

    t = Value(2.0)
    backward(log(t) * t)
    difference = central_difference(lambda t: math.log(t) * t, 2.0, h=1e-5)
    print(f"engine {t.grad:.6f}   difference {difference:.6f}")
    # --8<-- [end:solution_logarithm]

    # --8<-- [start:solution_wide]
    for h in (1.0, 1e-5, 1e-10, 1e10):
        wide = central_difference(lambda t: mean_squared_error(t, 2.0, rows), 1.0, h)
        error = abs(wide - by_hand[0])
        bound = min(b for b in (1e-12, 1e-9, 1e-5, 1e-3) if error < b)
        print(f"h = {h:.0e}   error below {bound:.0e}")
    # --8<-- [end:solution_wide]

    # --8<-- [start:solution_kink]
    for start in (-1.0, 0.0, 1.0):
        t = torch.tensor(start, requires_grad=True)
        same_as_t = torch.relu(t) - torch.relu(-t)
        same_as_t.backward()
        print(f"t = {start:2.0f}   value {same_as_t:2.0f}   gradient {t.grad:.0f}")
    # --8<-- [end:solution_kink]

    # --8<-- [start:solution_complex_step]
    def imaginary_step(function: Callable, t: float, h: float) -> float:
        return function(t + h * 1j).imag / h

    def bump(t):
        return cmath.exp(t) / (1 + t**2)

    exact = math.exp(1.5) * (1 - 1.5) ** 2 / (1 + 1.5**2) ** 2
    print(f"exact {exact:.6f}")
    for h in (1e-2, 1e-5, 1e-100):
        central = central_difference(bump, 1.5, h).real
        imaginary = imaginary_step(bump, 1.5, h)
        print(f"h = {h:.0e}   central {central:.6f}   imaginary {imaginary:.6f}")
    print("within 1e-14:", abs(imaginary - exact) < 1e-14)
    # --8<-- [end:solution_complex_step]
