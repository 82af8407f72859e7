"""One model, y = θ₀ + θ₁ x, written four ways, and where its θ starts."""

# --8<-- [start:imports]
import torch
from torch import Tensor, nn

# --8<-- [end:imports]
# --8<-- [start:import_data]
from snippets.data import make_data

# --8<-- [end:import_data]


# --8<-- [start:numbers]
def line(x: Tensor, theta_0: float, theta_1: float) -> Tensor:
    """θ₀ + θ₁ x, of the shape of x. Source: equation model#eq-regression-line."""
    return theta_0 + theta_1 * x


# --8<-- [end:numbers]


# --8<-- [start:parameters]
class Line(nn.Module):
    """The line with its two numbers as parameters, each of shape ()."""

    def __init__(self, theta_0: float, theta_1: float):
        super().__init__()
        self.theta_0 = nn.Parameter(torch.tensor(theta_0))
        self.theta_1 = nn.Parameter(torch.tensor(theta_1))

    def forward(self, x: Tensor) -> Tensor:
        return self.theta_0 + self.theta_1 * x


# --8<-- [end:parameters]


# --8<-- [start:model]
class Model(nn.Module):
    """One linear layer, in a class of its own.

    Takes x of shape (n, input_size), returns (n, output_size).
    Source: equation model#eq-line-as-layer.
    """

    def __init__(self, input_size: int, output_size: int):
        super().__init__()
        self.linear = nn.Linear(input_size, output_size)

    def forward(self, x: Tensor) -> Tensor:
        out = self.linear(x)
        return out


# --8<-- [end:model]


# --8<-- [start:set_theta]
@torch.no_grad()
def set_theta(linear: nn.Linear, theta_0: float, theta_1: float) -> None:
    """Overwrite a layer of one input and one output: bias = θ₀, weight = θ₁."""
    if linear.weight.numel() != 1 or linear.bias is None:
        raise ValueError(f"not one input, one output and a bias: {linear}")
    linear.bias.fill_(theta_0)
    linear.weight.fill_(theta_1)


# --8<-- [end:set_theta]


# --8<-- [start:train_side_by_side]
def train_side_by_side(
    lines: nn.Module, x: Tensor, y: Tensor, steps: int = 100
) -> None:
    """Train every output of `lines` as a line of its own on x and y, both (n, 1).

    Raises ValueError if the loss has doubled: x is too large for the learning rate.
    """
    if x.shape != y.shape:
        raise ValueError(f"x has shape {tuple(x.shape)}, y {tuple(y.shape)}")
    start = ((lines(x) - y) ** 2).mean()
    optimizer = torch.optim.SGD(lines.parameters(), lr=0.1)
    for _ in range(steps):
        optimizer.zero_grad()
        squared_errors = (lines(x) - y) ** 2  # (n, lines)
        squared_errors.mean(dim=0).sum().backward()
        optimizer.step()
    end = ((lines(x) - y) ** 2).mean()
    if not end <= 2 * start:  # nan fails every comparison
        raise ValueError(f"training took the loss from {start:.3g} to {end:.3g}")


# --8<-- [end:train_side_by_side]


if __name__ == "__main__":
    # --8<-- [start:call_line]
    three = torch.tensor([[0.0], [1.0], [2.0]])
    print(line(three, 5.0, 7.0))
    # --8<-- [end:call_line]

    # --8<-- [start:smallest]
    torch.manual_seed(0)
    layer = nn.Linear(1, 1)
    print(layer(three).detach())
    # --8<-- [end:smallest]

    # --8<-- [start:call_parameters]
    by_hand = Line(5.0, 7.0)
    print(by_hand(three).detach())
    # --8<-- [end:call_parameters]

    # --8<-- [start:call_model]
    model = Model(1, 1)
    print(model)
    # --8<-- [end:call_model]

    # --8<-- [start:sequential]
    sequential = nn.Sequential(nn.Linear(1, 1))
    print(sequential)
    # --8<-- [end:sequential]

    # --8<-- [start:same_outputs]
    x, y = make_data(seed=0)
    set_theta(model.linear, 5.0, 7.0)
    set_theta(sequential[0], 5.0, 7.0)
    numbers = line(x, 5.0, 7.0)
    for other in (by_hand, model, sequential):
        print(torch.allclose(numbers, other(x)))
    # --8<-- [end:same_outputs]

    # --8<-- [start:names]
    for each in (by_hand, model, sequential):
        print({name: tuple(p.shape) for name, p in each.named_parameters()})
    # --8<-- [end:names]

    # --8<-- [start:starts]
    torch.manual_seed(0)
    for _ in range(3):
        start = Model(1, 1).linear
        print(f"θ₀ = {start.bias.item():5.2f}   θ₁ = {start.weight.item():5.2f}")
    # --8<-- [end:starts]

    # --8<-- [start:hundred_starts]
    torch.manual_seed(0)
    lines = nn.Linear(1, 100)  # 100 lines side by side, each with its own random start
    for k in (0, 100):
        train_side_by_side(lines, x, y, steps=k)
        for name, theta in (("θ₀", lines.bias), ("θ₁", lines.weight)):
            print(f"step {k:>3}   {name} from {theta.min():.3f} to {theta.max():.3f}")
    # --8<-- [end:hundred_starts]

    try:
        # --8<-- [start:no_super]
        class NoSuper(nn.Module):
            def __init__(self):
                self.linear = nn.Linear(1, 1)

        NoSuper()
        # --8<-- [end:no_super]
    except AttributeError as error:
        print(f"AttributeError: {error}")

    try:
        # --8<-- [start:plain_tensors]
        class PlainTensors(nn.Module):
            def __init__(self):
                super().__init__()
                self.theta = torch.zeros(2, requires_grad=True)

        torch.optim.SGD(PlainTensors().parameters(), lr=0.1)
        # --8<-- [end:plain_tensors]
    except ValueError as error:
        print(f"ValueError: {error}")

    try:
        # --8<-- [start:not_a_leaf]
        theta = torch.randn(2, requires_grad=True) / 10
        torch.optim.SGD([theta], lr=0.1)
        # --8<-- [end:not_a_leaf]
    except ValueError as error:
        print(f"ValueError: {error}")

    try:
        # --8<-- [start:flat_input]
        model(x[:, 0])
        # --8<-- [end:flat_input]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    # --8<-- [start:solution_count]
    print(sum(parameter.numel() for parameter in Model(3, 2).parameters()))
    # --8<-- [end:solution_count]

    # --8<-- [start:solution_bound]
    torch.manual_seed(0)
    wide = nn.Linear(100, 10_000)
    print(f"largest {wide.weight.abs().max():.3f}   variance {wide.weight.var():.5f}")
    # --8<-- [end:solution_bound]

    # --8<-- [start:solution_zeros]
    zeros = nn.Linear(1, 1)
    set_theta(zeros, 0.0, 0.0)
    train_side_by_side(zeros, x, y)
    print(f"θ₀ = {zeros.bias.item():.3f}   θ₁ = {zeros.weight.item():.3f}")
    # --8<-- [end:solution_zeros]

    # --8<-- [start:solution_twins]
    class Twins(nn.Module):
        """y = (a + b) + θ₁ x: two parameters where one would do."""

        def __init__(self, a: float, b: float):
            super().__init__()
            self.a = nn.Parameter(torch.tensor(a))
            self.b = nn.Parameter(torch.tensor(b))
            self.theta_1 = nn.Parameter(torch.zeros(()))

        def forward(self, x: Tensor) -> Tensor:
            return self.a + self.b + self.theta_1 * x

    for start in ((3.0, 1.0), (0.0, 0.0), (-2.0, 5.0)):
        twins = Twins(*start)
        train_side_by_side(twins, x, y)
        a, b = twins.a.item(), twins.b.item()
        print(f"from {start}   a = {a:.3f}   b = {b:.3f}   a + b = {a + b:.3f}")
    # --8<-- [end:solution_twins]
