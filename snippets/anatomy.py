"""What `nn.Module` does when a class inherits from it."""

# --8<-- [start:imports]
from itertools import pairwise

import torch
from torch import Tensor, nn
# --8<-- [end:imports]

# --8<-- [start:prototype]
PROTOTYPE = """\
import torch
import torch.nn as nn

class Model(nn.Module): # Pytorch 모듈 중 nn 상속받기(nn에 있는 기능 사용 가능)
    def __init__(self, input_size, output_size): # 초기화 함수
    
    def forward(self, x):
        
        return out
"""
# --8<-- [end:prototype]


# --8<-- [start:filled_in]
class FilledIn(nn.Module):
    def __init__(self, input_size, output_size):
        self.linear = nn.Linear(input_size, output_size)

    def forward(self, x):
        out = self.linear(x)
        return out


# --8<-- [end:filled_in]


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


# --8<-- [start:small_module]
class SmallModule:
    """What `nn.Module` does with parameters, submodules and hooks, in small.

    Calling it returns what `forward`, which a subclass defines, returns for x.
    Set each name once: nothing is taken out of the register again.
    Source: equation anatomy#eq-parameter-names.
    """

    def __init__(self):
        self._parameters, self._modules, self._forward_hooks = {}, {}, []

    def __setattr__(self, name, value):
        if isinstance(value, nn.Parameter):
            self._parameters[name] = value
        elif isinstance(value, SmallModule):
            self._modules[name] = value
        super().__setattr__(name, value)

    def named_parameters(self, prefix=""):
        for name, parameter in self._parameters.items():
            yield prefix + name, parameter
        for name, module in self._modules.items():
            yield from module.named_parameters(f"{prefix}{name}.")

    def __call__(self, x):
        out = self.forward(x)
        for hook in self._forward_hooks:
            hook(self, (x,), out)
        return out


# --8<-- [end:small_module]


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


# --8<-- [start:show_output]
def show_output(module: nn.Module, inputs: tuple, output: Tensor) -> None:
    """A forward hook: prints whose output it has seen, and of what shape."""
    print("   ", type(module).__name__, tuple(output.shape))


# --8<-- [end:show_output]


# --8<-- [start:residual]
class Residual(nn.Module):
    """x + f(x) for a module f that keeps the shape of x.

    Raises ValueError if f does not keep it.
    Source: equation anatomy#eq-residual-connection.
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


if __name__ == "__main__":
    try:
        # --8<-- [start:run_prototype]
        exec(PROTOTYPE)
        # --8<-- [end:run_prototype]
    except IndentationError as error:
        print(f"IndentationError: {error}")

    try:
        # --8<-- [start:run_filled_in]
        FilledIn(1, 1)
        # --8<-- [end:run_filled_in]
    except AttributeError as error:
        print(f"AttributeError: {error}")

    # --8<-- [start:run_model]
    torch.manual_seed(0)  # the same random start at every run
    model = Model(1, 1)
    x = torch.tensor([[0.0], [1.0], [2.0]])  # (3, 1)
    print(model)
    print(model(x).shape)
    # --8<-- [end:run_model]

    # --8<-- [start:registered]
    parts = Parts()
    print("parameters", [name for name, _ in parts.named_parameters()])
    print("buffers   ", [name for name, _ in parts.named_buffers()])
    print("modules   ", [name for name, _ in parts.named_children()])
    print("state_dict", list(parts.state_dict()))
    # --8<-- [end:registered]

    # --8<-- [start:consequences]
    optimizer = torch.optim.SGD(parts.parameters(), lr=0.1)
    received = {id(parameter) for parameter in optimizer.param_groups[0]["params"]}
    parts.double()  # float32 becomes float64
    for name, tensor in {
        "parameter": parts.parameter,
        "buffer": parts.buffer,
        "layer.weight": parts.layer.weight,
        "tensor": parts.tensor,
        "layers[0].weight": parts.layers[0].weight,
    }.items():
        print(f"{name:<16}  {tensor.dtype}  optimizer: {id(tensor) in received}")
    # --8<-- [end:consequences]

    # --8<-- [start:compare]
    for kind in (SmallModule, nn.Module):
        outer = kind()
        outer.inner = kind()
        outer.inner.weight = nn.Parameter(torch.zeros(1, 1))
        outer.scale = nn.Parameter(torch.ones(()))
        outer.tensor = torch.zeros(2)
        outer.list = [kind()]
        names = [name for name, _ in outer.named_parameters()]
        print(f"{kind.__name__:<11}", names)
    # --8<-- [end:compare]

    # --8<-- [start:run_stack]
    torch.manual_seed(0)
    stack = Stack(1, 8, 8, 1)
    print(stack(x).shape)
    for name, parameter in stack.named_parameters():
        print(f"{name:<15}  {tuple(parameter.shape)}")
    # --8<-- [end:run_stack]

    # --8<-- [start:count]
    print(parameter_count(stack))
    print((1 + 1) * 8 + (8 + 1) * 8 + (8 + 1) * 1)
    # --8<-- [end:count]

    # --8<-- [start:run_network]
    network = Network()
    print(network)
    # --8<-- [end:run_network]

    # --8<-- [start:names]
    for name, parameter in network.named_parameters():
        print(f"{name:<20}  {tuple(parameter.shape)}")
    # --8<-- [end:names]

    # --8<-- [start:call]
    for module in (network, network.body, network.head):
        module.register_forward_hook(show_output)
    print("network(x)")
    called = network(x)
    print("network.forward(x)")
    forwarded = network.forward(x)
    print(torch.equal(called, forwarded))
    # --8<-- [end:call]

    # --8<-- [start:load]
    torch.manual_seed(0)
    old, new = Stack(1, 8, 8, 1), Stack(1, 8, 8, 1)
    print(torch.equal(old(x), new(x)))
    print(new.load_state_dict(old.state_dict()))
    print(torch.equal(old(x), new(x)))
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

        Misspelled()(x)
        # --8<-- [end:misspelled]
    except NotImplementedError as error:
        print(f"NotImplementedError: {error}")

    try:
        # --8<-- [start:overwritten]
        model.linear.weight = torch.zeros(1, 1)
        # --8<-- [end:overwritten]
    except TypeError as error:
        print(f"TypeError: {error}")

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

    torch.manual_seed(0)
    x = torch.randn((100, 1))
    y = 7 * x + 5 + torch.normal(0, 2, (100, 1))
    with_list = WithList()
    hidden = [p for layer in with_list.hidden for p in layer.parameters()]
    before = [parameter.clone() for parameter in hidden]
    optimizer = torch.optim.SGD(with_list.parameters(), lr=0.05)
    for step in range(501):
        loss = nn.functional.mse_loss(with_list(x), y)
        if step in (0, 100, 500):
            print(f"step {step:>3}   loss {loss.item():.1f}")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    # --8<-- [end:solution_plain_list]

    # --8<-- [start:solution_plain_list_check]
    print(parameter_count(with_list), "of", parameter_count(stack))
    print("hidden layers unchanged:", all(map(torch.equal, hidden, before)))
    # --8<-- [end:solution_plain_list_check]

    # --8<-- [start:solution_shared]
    layer = nn.Linear(4, 4)
    shared = nn.Sequential(layer, nn.ReLU(), layer)
    print(parameter_count(shared), [name for name, _ in shared.named_parameters()])
    state = shared.state_dict()
    print(sum(tensor.numel() for tensor in state.values()), list(state))
    small = SmallModule()
    small.first = small.last = SmallModule()
    small.first.weight = nn.Parameter(torch.zeros(4, 4))
    small.first.bias = nn.Parameter(torch.zeros(4))
    print([name for name, _ in small.named_parameters()])
    # --8<-- [end:solution_shared]

    # --8<-- [start:solution_shared_saved]
    from io import BytesIO

    wide = nn.Linear(1000, 1000)
    for module in (wide, nn.Sequential(wide, nn.ReLU(), wide)):
        file = BytesIO()  # a file in memory
        torch.save(module.state_dict(), file)
        print(len(module.state_dict()), "names,", round(file.tell() / 1e6, 1), "MB")
    # --8<-- [end:solution_shared_saved]
