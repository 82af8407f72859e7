"""A network, and what is in it: layers, parameters, modules in modules."""

# --8<-- [start:imports]
import torch
from torch import nn
# --8<-- [end:imports]

# --8<-- [start:import_pairwise]
from itertools import pairwise

from torch import Tensor
# --8<-- [end:import_pairwise]


# --8<-- [start:attempt]
class Attempt(nn.Module):
    def __init__(self, input_size, output_size):
        self.linear = nn.Linear(input_size, output_size)

    def forward(self, x):
        out = self.linear(x)
        return out


# --8<-- [end:attempt]


# --8<-- [start:model]
class Model(nn.Module):
    def __init__(self, input_size, output_size):
        super().__init__()
        self.linear = nn.Linear(input_size, output_size)

    def forward(self, x):
        out = self.linear(x)
        return out


# --8<-- [end:model]


# --8<-- [start:parts]
class Parts(nn.Module):
    """One attribute of each kind."""

    def __init__(self):
        super().__init__()
        self.parameter = nn.Parameter(torch.zeros(2))
        self.register_buffer("buffer", torch.zeros(2))
        self.layer = nn.Linear(1, 1)
        self.tensor = torch.zeros(2)
        self.layers = [nn.Linear(1, 1)]


# --8<-- [end:parts]


# --8<-- [start:stack]
class Stack(nn.Module):
    """Linear layers of the given widths, with a ReLU between each and the next.

    Takes x of shape (n, widths[0]), returns (n, widths[-1]).
    Raises RuntimeError for another last dimension or dtype of x, ValueError if there
    are fewer than two widths. Source: equation anatomy#eq-stack.
    """

    def __init__(self, *widths: int):
        super().__init__()
        if len(widths) < 2:
            raise ValueError(f"a layer joins two widths, got {widths}")
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))

    def forward(self, x: Tensor) -> Tensor:
        *hidden, last = self.layers
        for layer in hidden:
            x = torch.relu(layer(x))
        return last(x)


# --8<-- [end:stack]


# --8<-- [start:parameter_count]
def parameter_count(module: nn.Module) -> int:
    """How many numbers the parameters of a module hold, each counted once."""
    return sum(parameter.numel() for parameter in module.parameters())


# --8<-- [end:parameter_count]


# --8<-- [start:network]
class Network(nn.Module):
    """A stack, a ReLU and one more layer: takes x of shape (n, 1), returns (n, 1).

    Raises RuntimeError for another last dimension or dtype of x.
    """

    def __init__(self):
        super().__init__()
        self.body = Stack(1, 4, 4)
        self.head = nn.Linear(4, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.relu(self.body(x)))


# --8<-- [end:network]


# --8<-- [start:residual]
class Residual(nn.Module):
    """x + f(x) for a module f that keeps the shape of x.

    Raises ValueError if f does not keep it.
    """

    def __init__(self, f: nn.Module):
        super().__init__()
        self.f = f

    def forward(self, x: Tensor) -> Tensor:
        change = self.f(x)
        if change.shape != x.shape:
            raise ValueError(f"f made {tuple(change.shape)} of {tuple(x.shape)}")
        return x + change


# --8<-- [end:residual]


# --8<-- [start:train]
def train(model: nn.Module, x: Tensor, y: Tensor) -> tuple[float, float]:
    """Train a model on x and y in 1000 steps, return the first and the last loss."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
    losses = []
    for _ in range(1000):
        loss = nn.functional.mse_loss(model(x), y)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses[0], losses[-1]


# --8<-- [end:train]


if __name__ == "__main__":
    # --8<-- [start:first]
    network = nn.Sequential(
        nn.Linear(2, 4),
        nn.ReLU(),
        nn.Linear(4, 4),
        nn.ReLU(),
        nn.Linear(4, 1),
    )
    x = torch.tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])  # three rows
    print(x.shape)
    print(network(x).shape)
    print(sum(parameter.numel() for parameter in network.parameters()))
    # --8<-- [end:first]

    # --8<-- [start:collapse]
    first, second = nn.Linear(2, 4), nn.Linear(4, 1)  # nothing in between
    weight = second.weight @ first.weight
    bias = second.weight @ first.bias + second.bias
    print(torch.allclose(second(first(x)), x @ weight.T + bias, atol=1e-5))
    # --8<-- [end:collapse]

    try:
        # --8<-- [start:run_attempt]
        Attempt(1, 1)
        # --8<-- [end:run_attempt]
    except AttributeError as error:
        print(f"AttributeError: {error}")

    # --8<-- [start:run_model]
    torch.manual_seed(0)  # the same random start at every run
    model = Model(1, 1)
    column = torch.tensor([[0.0], [1.0], [2.0]])  # (3, 1)
    print(model)
    print(model(column).shape)
    # --8<-- [end:run_model]

    # --8<-- [start:registered]
    parts = Parts()
    print("parameters", [name for name, _ in parts.named_parameters()])
    print("buffers   ", [name for name, _ in parts.named_buffers()])
    print("modules   ", [name for name, _ in parts.named_children()])
    print("state_dict", list(parts.state_dict()))
    # --8<-- [end:registered]

    # --8<-- [start:consequences]
    parts.to("meta")  # a device that keeps shapes and no numbers
    trained = list(parts.parameters())  # what an optimizer is given
    for name, tensor in {
        "parameter": parts.parameter,
        "buffer": parts.buffer,
        "layer.weight": parts.layer.weight,
        "tensor": parts.tensor,
        "layers[0].weight": parts.layers[0].weight,
    }.items():
        is_trained = any(tensor is each for each in trained)
        print(f"{name:<16}  {tensor.device!s:<4}  trained: {is_trained}")
    # --8<-- [end:consequences]

    # --8<-- [start:run_stack]
    torch.manual_seed(0)
    stack = Stack(1, 8, 8, 1)
    print(stack(column).shape)
    for name, parameter in stack.named_parameters():
        print(f"{name:<15}  {tuple(parameter.shape)}")
    # --8<-- [end:run_stack]

    # --8<-- [start:count]
    print(parameter_count(stack))
    print((1 + 1) * 8 + (8 + 1) * 8 + (8 + 1) * 1)
    layer = nn.Linear(8, 8)
    print(parameter_count(layer), parameter_count(nn.Sequential(layer, layer)))
    # --8<-- [end:count]

    # --8<-- [start:images]
    images = torch.zeros(5, 3, 8, 8)  # five images: three colors, 8 by 8 pixels
    image_network = nn.Sequential(
        nn.Conv2d(3, 6, kernel_size=3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(54, 10),
    )
    output = images
    for layer in image_network:
        output = layer(output)
        shape = str(tuple(output.shape))
        print(f"{type(layer).__name__:<9}  {shape:<12}  {parameter_count(layer):>3}")
    # --8<-- [end:images]

    # --8<-- [start:kinds]
    for layer in (nn.Embedding(10, 4), nn.BatchNorm1d(4), nn.Dropout(0.5)):
        print(f"{type(layer).__name__:<11}  {parameter_count(layer):>2}")
    print(nn.Dropout(0.5)(torch.ones(100)).unique())  # the values that occur
    # --8<-- [end:kinds]

    # --8<-- [start:run_network]
    nested = Network()
    print(nested)
    # --8<-- [end:run_network]

    # --8<-- [start:eval]
    nested.eval()
    print(nested.body.layers[0].training)
    parts.eval()
    print(parts.layer.training, parts.layers[0].training)
    # --8<-- [end:eval]

    # --8<-- [start:freeze]
    print(parameter_count(nested))
    nested.body.requires_grad_(False)
    trained = [p for p in nested.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(trained, lr=0.1)
    for name, parameter in nested.named_parameters():
        print(f"{name:<20}  {parameter.requires_grad}")
    print(sum(p.numel() for p in trained))
    # --8<-- [end:freeze]

    # --8<-- [start:call]
    runs = []
    nested.register_forward_hook(lambda module, inputs, output: runs.append("hook"))
    nested(column)
    print(len(runs))
    runs.clear()
    nested.forward(column)
    print(len(runs))
    # --8<-- [end:call]

    # --8<-- [start:load]
    torch.manual_seed(0)
    old, new = Stack(1, 8, 8, 1), Stack(1, 8, 8, 1)
    print(torch.equal(old(column), new(column)))
    state = old.state_dict()
    print(new.load_state_dict(state))
    print(torch.equal(old(column), new(column)))
    nn.init.zeros_(old.layers[2].bias)  # now change one of the two
    print(torch.equal(old(column), new(column)), state["layers.2.bias"])
    # --8<-- [end:load]

    try:
        # --8<-- [start:renamed]
        class Renamed(nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = nn.Linear(1, 1)  # it was self.linear

        Renamed().load_state_dict(model.state_dict())
        # --8<-- [end:renamed]
    except RuntimeError as error:
        print(f"RuntimeError: {error}")

    try:
        # --8<-- [start:misspelled]
        class Misspelled(nn.Module):
            def foward(self, x):
                return x

        Misspelled()(column)
        # --8<-- [end:misspelled]
    except NotImplementedError as error:
        print(f"NotImplementedError: {error}")

    # --8<-- [start:solution_wider]
    wider = nn.Sequential(
        nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 1)
    )
    print(sum(parameter.numel() for parameter in wider.parameters()))
    # --8<-- [end:solution_wider]

    # --8<-- [start:solution_count]
    wide = Stack(784, 128, 10)
    print((784 + 1) * 128 + (128 + 1) * 10, parameter_count(wide))
    print((784 + 1) * 128, parameter_count(wide.layers[0]))
    # --8<-- [end:solution_count]

    # --8<-- [start:solution_names]
    sequential = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 1))
    print([name for name, _ in sequential.named_parameters()])
    # --8<-- [end:solution_names]

    # --8<-- [start:solution_residual]
    torch.manual_seed(0)
    points = torch.randn(5, 3)
    residual = Residual(Stack(3, 8, 3))
    print(parameter_count(residual), parameter_count(Stack(3, 8, 3)))
    for parameter in residual.f.layers[-1].parameters():
        nn.init.zeros_(parameter)
    print(torch.equal(residual(points), points))
    # --8<-- [end:solution_residual]

    # --8<-- [start:exercise_data]
    torch.manual_seed(0)
    x = torch.randn((100, 1))
    y = 7 * x + 5 + torch.normal(0, 2, (100, 1))
    # --8<-- [end:exercise_data]

    # --8<-- [start:solution_plain_list]
    class WithList(nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden = [nn.Linear(1, 8), nn.Linear(8, 8)]  # a Python list
            self.last = nn.Linear(8, 1)

        def forward(self, x: Tensor) -> Tensor:
            for layer in self.hidden:
                x = torch.relu(layer(x))
            return self.last(x)

    for built in (WithList(), Stack(1, 8, 8, 1)):
        first, last = train(built, x, y)
        print(f"{parameter_count(built):>2} trained   loss {first:.1f} -> {last:.1f}")
    # --8<-- [end:solution_plain_list]
