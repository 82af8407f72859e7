"""Checks of the exercises of the chapter `anatomy`."""

import torch
from torch import Tensor, nn

from snippets.exercises import OTHER, first_wrong, which, which_exactly, which_names


def wider(parameters: int) -> int:
    """The parameters of the first network with hidden layers of width 8."""
    return which(parameters, 105, 88, 65, 37, relative=0)


def count(parameters: int, in_first_layer: int) -> int:
    """The parameters of Stack(784, 128, 10), and of its first layer."""
    candidates = (
        (785 * 128 + 129 * 10, 785 * 128),
        (784 * 128 + 128 * 10, 784 * 128),  # without biases
        (784 * 128 + 1 + 128 * 10 + 1, 784 * 128 + 1),  # one bias a layer
        (784 * 129 + 128 * 11, 784 * 129),  # one bias an input
    )
    both, of_first = zip(*candidates, strict=True)
    return first_wrong(
        which(parameters, *both, relative=0),
        which(in_first_layer, *of_first, relative=0),
    )


def names(parameter_names: list[str]) -> int:
    """The parameter names of two layers with a ReLU between them."""
    return which_names(
        parameter_names,
        ("0.bias", "0.weight", "2.bias", "2.weight"),
        ("0.bias", "0.weight", "1.bias", "1.weight"),
        ("1.bias", "1.weight", "3.bias", "3.weight"),
        ("0.bias", "0.weight", "1.bias", "1.weight", "2.bias", "2.weight"),
    )


def residual(Residual: type[nn.Module], additional_parameters: int) -> int:
    """The module x + f(x), and how many parameters it adds to f's."""
    if which(additional_parameters, 0) != 0:
        return 3
    x = torch.tensor([[-4.0, 8.0, 0.5], [1.0, -2.0, 3.0]])
    fs = nn.PReLU(), nn.Tanh(), nn.Sequential(nn.PReLU(), nn.Softplus())
    try:
        return first_wrong(*(_residual(Residual, f, x.clone()) for f in fs))
    except Exception:  # whatever a reader's code may raise
        return -1


def _residual(Residual: type[nn.Module], f: nn.Module, x: Tensor) -> int:
    module, before = Residual(f), x.clone()
    output = module(x)
    if not torch.equal(output, before + f(before)):
        return -1
    if not torch.equal(x, before):
        return 1
    if f not in module.modules():
        return 2
    if len(list(module.parameters())) != len(list(f.parameters())):
        return 3
    trained = (before.requires_grad_(), *f.parameters())
    given, right = (
        torch.autograd.grad((y**2).sum(), trained)
        for y in (module(before), before + f(before))
    )
    return 0 if all(map(torch.allclose, given, right)) else -1


def plain_list(trained_parameters: int, loss_decreases: bool) -> int:
    """What is trained if hidden layers are kept in a list, and the loss."""
    return first_wrong(
        which(trained_parameters, 9, 97, 8, relative=0),
        which_exactly(loss_decreases, True, OTHER, OTHER, False),
    )
