"""How `nn.Module` registers what is set on it, and what follows from that."""

# --8<-- [start:imports]
import torch
from torch import nn
# --8<-- [end:imports]

# --8<-- [start:import_anatomy]
from torch import Tensor

from snippets.anatomy import Network, Parts, parameter_count
# --8<-- [end:import_anatomy]


# --8<-- [start:watched]
class Watched:
    """Prints the name and the type of what is set on it."""

    def __setattr__(self, name, value):
        print(f"{name}: {type(value).__name__}")
        super().__setattr__(name, value)


# --8<-- [end:watched]


# --8<-- [start:small_module]
class SmallModule:
    """A small `nn.Module`: it registers parameters and submodules and runs hooks.

    Calling it returns what `forward`, which a subclass defines, returns for x.
    Set each name once: nothing is taken out of the register again.
    Source: equation registration#eq-parameter-names.
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


# --8<-- [start:show_output]
def show_output(module: nn.Module, inputs: tuple, output: Tensor) -> None:
    """A forward hook: prints whose output it has seen, and of what shape."""
    print("   ", type(module).__name__, tuple(output.shape))


# --8<-- [end:show_output]


if __name__ == "__main__":
    # --8<-- [start:watch]
    watched = Watched()
    watched.width = 4
    watched.layer = nn.Linear(1, 4)
    # --8<-- [end:watch]

    # --8<-- [start:dictionaries]
    parts = Parts()
    print("_parameters", list(parts._parameters))
    print("_buffers   ", list(parts._buffers))
    print("_modules   ", list(parts._modules))
    print("elsewhere  ", [name for name in ("tensor", "layers") if name in vars(parts)])
    # --8<-- [end:dictionaries]

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

    # --8<-- [start:hooks]
    network, x = Network(), torch.zeros(3, 1)
    handles = [
        module.register_forward_hook(show_output)
        for module in (network, network.body, network.head)
    ]
    print("network(x)")
    called = network(x)
    print("network.forward(x)")
    forwarded = network.forward(x)
    print(torch.equal(called, forwarded))
    # --8<-- [end:hooks]

    # --8<-- [start:remove]
    for handle in handles:
        handle.remove()
    out = network(x)  # prints nothing any more
    # --8<-- [end:remove]

    # --8<-- [start:buffers]
    module = nn.Module()
    module.mean = nn.Buffer(torch.zeros(2))
    module.cache = nn.Buffer(torch.zeros(2), persistent=False)
    print("buffers   ", [name for name, _ in module.named_buffers()])
    print("state_dict", list(module.state_dict()))
    print(module.double().cache.dtype)
    # --8<-- [end:buffers]

    # --8<-- [start:tied]
    tied = nn.Module()
    tied.first = nn.Parameter(torch.tensor(3.0))
    tied.second = tied.first
    print("parameters", [name for name, _ in tied.named_parameters()])
    print("state_dict", list(tied.state_dict()))
    print(tied.first is tied.second)
    # --8<-- [end:tied]

    # --8<-- [start:tied_gradient]
    (2 * tied.first + 5 * tied.second).backward()
    print(tied.first.grad)
    # --8<-- [end:tied_gradient]

    # --8<-- [start:untied]
    tied.second = nn.Parameter(tied.first.detach().clone())
    print("parameters", [name for name, _ in tied.named_parameters()])
    # --8<-- [end:untied]

    try:
        # --8<-- [start:overwritten]
        layer = nn.Linear(1, 1)
        layer.weight = torch.zeros(1, 1)
        # --8<-- [end:overwritten]
    except TypeError as error:
        print(f"TypeError: {error}")

    # --8<-- [start:solution_names]
    network = Network()
    network.scale = nn.Parameter(torch.ones(1))
    names = [name for name, _ in network.named_parameters()]
    print(len(names), names[0], names[-1])
    # --8<-- [end:solution_names]

    # --8<-- [start:solution_calls]
    seen = []
    network = nn.Sequential(nn.Linear(1, 2), nn.Sequential(nn.ReLU(), nn.Linear(2, 1)))
    for module in network.modules():
        module.register_forward_hook(lambda module, inputs, output: seen.append(module))
    network(torch.zeros(3, 1))
    print(len(seen))
    seen.clear()
    network.forward(torch.zeros(3, 1))
    print(len(seen))
    # --8<-- [end:solution_calls]

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
