"""How a machine gets the gradient: the chain rule, a graph, an engine."""

# --8<-- [start:import_itertools]
import itertools

# --8<-- [end:import_itertools]
# --8<-- [start:import_math]
import math

# --8<-- [end:import_math]
# --8<-- [start:import_warnings]
import textwrap
import warnings

# --8<-- [end:import_warnings]
# --8<-- [start:import_torch]
import torch

# --8<-- [end:import_torch]
# --8<-- [start:import_nn]
from torch import nn

# --8<-- [end:import_nn]


# --8<-- [start:value]
class Value:
    """A number that remembers what it was computed from.

    Its edges are pairs: an input, and the derivative with respect to that input.
    """

    created = itertools.count()

    def __init__(self, number: float, edges: tuple = (), name: str = ""):
        self.number, self.edges, self.name = float(number), edges, name
        self.grad = 0.0
        self.serial = next(Value.created)  # 0, 1, 2, … in the order of creation

    def __add__(self, other):
        other = as_value(other)
        return Value(self.number + other.number, ((self, 1.0), (other, 1.0)), "+")

    def __mul__(self, other):
        other = as_value(other)
        edges = ((self, other.number), (other, self.number))
        return Value(self.number * other.number, edges, "×")

    __radd__, __rmul__ = __add__, __mul__  # for 2 + t and 2 * t


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


# --8<-- [start:minus]
def minus(a, b) -> Value:
    """a − b; its derivatives are 1 and −1."""
    a, b = as_value(a), as_value(b)
    return Value(a.number - b.number, ((a, 1.0), (b, -1.0)), "−")


Value.__sub__ = minus  # t - 2
Value.__rsub__ = lambda self, other: minus(other, self)  # 2 - t
# --8<-- [end:minus]


# --8<-- [start:power]
def power(a: Value, exponent: float) -> Value:
    """a to a fixed power; the derivative of aⁿ is n aⁿ⁻¹, and 0 for n = 0."""
    exponent = float(exponent)
    derivative = 0.0 if exponent == 0 else exponent * a.number ** (exponent - 1)
    return Value(a.number**exponent, ((a, derivative),), f"^{exponent:g}")


Value.__pow__ = power
# --8<-- [end:power]


# --8<-- [start:rest]
def divide(a, b) -> Value:
    """a ÷ b; its derivatives are 1 ÷ b and −a ÷ b²."""
    a, b = as_value(a), as_value(b)
    quotient = a.number / b.number
    edges = ((a, 1 / b.number), (b, -quotient / b.number))
    return Value(quotient, edges, "÷")


def exp(a: Value) -> Value:
    """e to the power a, which is its own derivative."""
    result = math.exp(a.number)
    return Value(result, ((a, result),), "exp")


Value.__truediv__ = divide
Value.__rtruediv__ = lambda self, other: divide(other, self)
Value.__neg__ = lambda self: Value(-self.number, ((self, -1.0),), "−")
Value.exp = exp
# --8<-- [end:rest]


# --8<-- [start:tanh_relu]
def tanh(a: Value) -> Value:
    """The hyperbolic tangent; its derivative is 1 − tanh²."""
    result = math.tanh(a.number)
    return Value(result, ((a, 1 - result**2),), "tanh")


def relu(a: Value) -> Value:
    """The larger of a and 0; its derivative is 1 above 0, and 0 elsewhere."""
    return Value(max(a.number, 0.0), ((a, float(a.number > 0)),), "relu")


Value.tanh, Value.relu = tanh, relu
# --8<-- [end:tanh_relu]


# --8<-- [start:mean_squared_error]
def mean_squared_error(theta_0, theta_1, rows):
    """Mean of (y − θ₀ − θ₁ x)² over pairs x, y.

    The two parameters are floats, tensors of shape () or Values; so is the result.
    Raises ZeroDivisionError if there are no rows.
    """
    total = 0.0
    for x, y in rows:
        total = total + (y - (theta_0 + theta_1 * x)) ** 2
    return total / len(rows)


# --8<-- [end:mean_squared_error]


# --8<-- [start:mixed]
def mixed(a, b):
    """A formula with every operation, of two tensors or Values."""
    return (a * b - 3).tanh() / (1 + b**2) + (a - b).relu() * (-a).exp()


# --8<-- [end:mixed]


# --8<-- [start:central_difference]
def central_difference(function, t, h):
    """How steep the function is between t − h and t + h."""
    return (function(t + h) - function(t - h)) / (2 * h)


# --8<-- [end:central_difference]


# --8<-- [start:cube_or_negative]
def cube_or_negative(t):
    """t³ where t is positive, −t elsewhere."""
    if t > 0:
        y = t
        for _ in range(2):
            y = y * t
        return y
    return -t


# --8<-- [end:cube_or_negative]


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


if __name__ == "__main__":
    # --8<-- [start:opening]
    t = torch.tensor(3.0, requires_grad=True)
    print(t.grad)
    # --8<-- [end:opening]

    # --8<-- [start:formula]
    y = 2 * t * t
    print(y)
    # --8<-- [end:formula]

    # --8<-- [start:call]
    y.backward()
    print(t.grad)
    # --8<-- [end:call]

    # --8<-- [start:used_twice]
    t = torch.tensor(3.0, requires_grad=True)
    for _ in range(3):
        (t * t).backward()
        print(t.grad)
    # --8<-- [end:used_twice]

    # --8<-- [start:fresh]
    for _ in range(3):
        t.grad = None
        (t * t).backward()
        print(t.grad)
    # --8<-- [end:fresh]

    # --8<-- [start:rows]
    rows = [
        (1.5048, 13.6858),
        (-0.1398, 5.4163),
        (2.3057, 22.8123),
        (0.5640, 7.9670),
        (-0.8410, -2.1296),
        (-0.1577, 1.7757),
        (2.9104, 24.8814),
        (-0.4915, -1.7805),
        (1.6042, 17.8675),
        (-1.1555, -6.8106),
    ]
    x, y = torch.tensor(rows).T  # (10,) each
    # --8<-- [end:rows]

    # --8<-- [start:halves]
    theta_1 = torch.tensor(2.0, requires_grad=True)
    ((y - theta_1 * x) ** 2).mean().backward()
    print("ten rows at once       ", theta_1.grad)
    theta_1.grad = None
    for half in (slice(0, 5), slice(5, 10)):
        (((y[half] - theta_1 * x[half]) ** 2).mean() / 2).backward()
    print("five rows, then another", theta_1.grad)
    # --8<-- [end:halves]

    # --8<-- [start:leaves]
    theta_1 = torch.tensor(2.0, requires_grad=True)
    product = theta_1 * x
    print("x       ", x.requires_grad, x.grad_fn)
    print("theta_1 ", theta_1.requires_grad, theta_1.grad_fn)
    print("product ", product.requires_grad, product.grad_fn.name())
    ((y - product) ** 2).mean().backward()
    print("x.grad", x.grad, "  theta_1.grad", theta_1.grad)
    # --8<-- [end:leaves]

    # --8<-- [start:no_grad]
    with torch.no_grad():
        prediction = theta_1 * x
    print(prediction.requires_grad, prediction.grad_fn)
    # --8<-- [end:no_grad]

    # --8<-- [start:frozen]
    theta_0 = torch.tensor(1.0, requires_grad=True)
    theta_1 = torch.tensor(2.0, requires_grad=True)
    theta_0.requires_grad_(False)  # from here on it is a constant
    ((y - theta_0 - theta_1 * x) ** 2).mean().backward()
    print("theta_0.grad", theta_0.grad, "  theta_1.grad", theta_1.grad)
    theta_1.requires_grad_(False)  # but its .grad stays
    torch.optim.SGD([theta_1], lr=0.1).step()
    print("theta_1", theta_1)
    # --8<-- [end:frozen]

    # --8<-- [start:detach]
    t = torch.tensor(3.0, requires_grad=True)
    square = t * t.detach()
    square.backward()
    print(square.item(), t.grad)
    # --8<-- [end:detach]

    try:
        # --8<-- [start:vector]
        t = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        (t * t).backward()
        # --8<-- [end:vector]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    # --8<-- [start:reduced]
    (t * t).sum().backward()
    print("sum     ", t.grad)
    t.grad = None
    (t * t).backward(gradient=torch.tensor([1.0, 0.0, 10.0]))
    print("weighted", t.grad)
    # --8<-- [end:reduced]

    # --8<-- [start:of_a_model]
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Linear(1, 3), nn.Sigmoid(), nn.Linear(3, 1), nn.Linear(1, 1)
    )
    prediction = network[:3](x.reshape(10, 1))  # without the last layer
    ((y.reshape(10, 1) - prediction) ** 2).mean().backward()
    for name, parameter in network.named_parameters():
        gradient = parameter.grad
        print(name, None if gradient is None else gradient.norm())
    network.zero_grad()
    print("after zero_grad()", network[0].weight.grad)
    # --8<-- [end:of_a_model]

    # --8<-- [start:deep]
    torch.manual_seed(0)
    layers = [nn.Sequential(nn.Linear(3, 3), nn.Sigmoid()) for _ in range(10)]
    deep = nn.Sequential(*layers)
    deep(torch.ones(1, 3)).sum().backward()
    for k in (9, 4, 0):
        print(f"layer {k}   {deep[k][0].weight.grad.norm():.0e}")
    # --8<-- [end:deep]

    # --8<-- [start:not_a_leaf]
    x, y = torch.tensor(rows).T
    theta_1 = torch.tensor(2.0, requires_grad=True)
    product = theta_1 * x
    loss = ((y - product) ** 2).mean()
    loss.backward()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        print(product.grad)
    print(textwrap.shorten(str(caught[0].message), width=160))
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
    x = torch.tensor([1.0, 2.0, 3.0])
    theta_1 = torch.tensor(2.0, requires_grad=True)
    loss = ((theta_1 * x) ** 2).sum()
    x.data -= 2
    loss.backward()
    print("without the change 56, now", theta_1.grad.item())
    # --8<-- [end:unnoticed]

    # --8<-- [start:one_row]
    x, y = 3.0, 10.0
    theta_0, theta_1 = 1.0, 2.0
    p = theta_1 * x
    y_hat = theta_0 + p
    r = y - y_hat
    loss = r**2
    print("p", p, "  ŷ", y_hat, "  r", r, "  ℓ", loss)
    # --8<-- [end:one_row]

    # --8<-- [start:one_row_back]
    print("∂ℓ/∂θ₁ by the chain rule:", 2 * r * -1 * 1 * x)
    moved = (y - (theta_0 + 2.001 * x)) ** 2
    print("ℓ changes by", round(moved - loss, 3), "if θ₁ grows by 0.001")
    # --8<-- [end:one_row_back]

    # --8<-- [start:two_paths]
    theta_0 = torch.tensor(1.0, requires_grad=True)
    theta_1 = torch.tensor(2.0, requires_grad=True)
    r_1 = 10 - (theta_0 + theta_1 * 3)
    r_2 = 4 - (theta_0 + theta_1 * 1)
    loss = (r_1**2 + r_2**2) / 2
    loss.backward()
    print("L", loss.item())
    print("by hand  ", -3 - 1, -3 * 3 - 1 * 1)
    print("backward ", theta_0.grad.item(), theta_1.grad.item())
    # --8<-- [end:two_paths]

    # --8<-- [start:record]
    t = Value(3.0)
    square = t * t
    print(square.name, square.number)
    for source, derivative in square.edges:
        print("from t:", source is t, "  derivative:", derivative)
    # --8<-- [end:record]

    # --8<-- [start:engine_runs]
    backward(square)
    print("t · t    ", t.grad)
    t = Value(3.0)
    backward(2 * t * t)
    print("2 · t · t", t.grad)
    # --8<-- [end:engine_runs]

    # --8<-- [start:engine_row]
    theta_0, theta_1 = Value(1.0), Value(2.0)
    loss = (10 - (theta_0 + theta_1 * 3)) ** 2
    backward(loss)
    print("ℓ", loss.number, "  ∂θ₀", theta_0.grad, "  ∂θ₁", theta_1.grad)
    # --8<-- [end:engine_row]

    # --8<-- [start:same_as_torch]
    theta_0, theta_1 = Value(1.0), Value(2.0)
    loss = mean_squared_error(theta_0, theta_1, rows)
    backward(loss)
    theta = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    mean_squared_error(*theta, rows).backward()
    print(f"values in the graph: {len(graph(loss))}")
    print(f"engine    {theta_0.grad:.6f}   {theta_1.grad:.6f}")
    print(f"PyTorch   {theta.grad[0]:.6f}   {theta.grad[1]:.6f}")
    # --8<-- [end:same_as_torch]

    # --8<-- [start:mixed_runs]
    for a, b in ((1.0, 2.0), (2.0, -1.0), (0.5, 0.25)):
        values = Value(a), Value(b)
        backward(mixed(*values))
        tensors = [torch.tensor(each, requires_grad=True) for each in (a, b)]
        mixed(*tensors).backward()
        print(f"engine   {values[0].grad:7.4f}   {values[1].grad:7.4f}")
        print(f"PyTorch  {tensors[0].grad:7.4f}   {tensors[1].grad:7.4f}")
    # --8<-- [end:mixed_runs]

    # --8<-- [start:steps]
    for h in (0.1, 1e-3, 1e-5, 1e-12):
        difference = central_difference(lambda t: t * t * t, 2.0, h)
        print(f"h = {h:<5}   {difference:.9f}")
    # --8<-- [end:steps]

    # --8<-- [start:gradcheck]
    a = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    b = torch.tensor(0.25, dtype=torch.float64, requires_grad=True)
    print(torch.autograd.gradcheck(mixed, (a, b)))
    # --8<-- [end:gradcheck]

    # --8<-- [start:branches]
    for number in (2.0, -2.0):
        t = torch.tensor(number, requires_grad=True)
        cube_or_negative(t).backward()
        print("t", number, "  gradient", t.grad.item())
    # --8<-- [end:branches]

    # --8<-- [start:cost]
    theta = [Value(1.0) for _ in range(200)]
    error = (3 - sum(theta)) ** 2
    backward(error)
    print(all(t.grad == forward_mode(error, t) for t in theta))
    edges = sum(len(value.edges) for value in graph(error))
    print("reverse mode", edges, "  forward mode", len(theta) * edges)
    # --8<-- [end:cost]

    # --8<-- [start:jacobian]
    W = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    x = torch.tensor([1.0, 1.0, 2.0], requires_grad=True)
    v = torch.tensor([1.0, 10.0])
    (W @ x).backward(gradient=v)
    print("x.grad", x.grad, "  v @ W", v @ W)
    # --8<-- [end:jacobian]

    # --8<-- [start:second_derivative]
    t = torch.tensor(3.0, requires_grad=True)
    (first,) = torch.autograd.grad(t**3, t, create_graph=True)
    (second,) = torch.autograd.grad(first, t)
    print(first.item(), second.item())
    # --8<-- [end:second_derivative]

    # --8<-- [start:solution_by_hand]
    theta_0, theta_1 = Value(0.0), Value(0.0)
    backward(mean_squared_error(theta_0, theta_1, rows[:1]))
    print(f"∂ℓ/∂θ₀ = {theta_0.grad:.4f}   ∂ℓ/∂θ₁ = {theta_1.grad:.4f}")
    # --8<-- [end:solution_by_hand]

    # --8<-- [start:solution_order]
    def wrong_order(output: Value) -> None:
        values = graph(output)
        partial = dict.fromkeys(values, 0.0)
        partial[output] = 1.0
        for user in values:  # not reversed
            for source, derivative in user.edges:
                partial[source] += partial[user] * derivative
        for value in values:
            value.grad += partial[value]

    for double in (False, True):
        t = Value(3.0)
        wrong_order(2 * t * t if double else t * t)
        print(t.grad)
    # --8<-- [end:solution_order]

    # --8<-- [start:solution_logarithm]
    def log(value: Value) -> Value:
        return Value(math.log(value.number), ((value, 1 / value.number),), "log")

    t = Value(2.0)
    backward(log(t) * t)
    difference = central_difference(lambda t: math.log(t) * t, 2.0, h=1e-5)
    print(f"engine {t.grad:.6f}   difference {difference:.6f}")
    # --8<-- [end:solution_logarithm]

    # --8<-- [start:solution_kink]
    for start in (-1.0, 0.0, 1.0):
        t = torch.tensor(start, requires_grad=True)
        same_as_t = torch.relu(t) - torch.relu(-t)
        same_as_t.backward()
        print(f"t = {start:2.0f}   value {same_as_t:2.0f}   gradient {t.grad:.0f}")
    # --8<-- [end:solution_kink]

    # --8<-- [start:solution_descend]
    theta_0, theta_1 = Value(0.0), Value(0.0)
    for _ in range(100):
        backward(mean_squared_error(theta_0, theta_1, rows))
        theta_0 = Value(theta_0.number - 0.1 * theta_0.grad)
        theta_1 = Value(theta_1.number - 0.1 * theta_1.grad)
    print(f"θ₀ = {theta_0.number:.3f}   θ₁ = {theta_1.number:.3f}")
    # --8<-- [end:solution_descend]
