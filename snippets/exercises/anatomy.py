"""Checks of the exercises of the chapter `anatomy`."""

import torch
from torch import nn

from snippets.exercises import which, which_exactly


def count(parameters: int, in_first_layer: int) -> int:
    """The parameters of Stack(784, 128, 10), and of its first layer."""
    return which_exactly(
        (parameters, in_first_layer),
        (785 * 128 + 129 * 10, 785 * 128),
        (784 * 128 + 128 * 10, 784 * 128),  # without biases
        (784 * 128 + 1 + 128 * 10 + 1, 784 * 128 + 1),  # one bias a layer
        (784 * 129 + 128 * 11, 784 * 129),  # one bias an input
    )


def names(parameter_names: list[str]) -> int:
    """The parameter names of two layers with a ReLU between them."""
    return which_exactly(
        sorted(parameter_names),
        ["0.bias", "0.weight", "2.bias", "2.weight"],
        ["0.bias", "0.weight", "1.bias", "1.weight"],
        ["1.bias", "1.weight", "3.bias", "3.weight"],
        ["0.bias", "0.weight", "1.bias", "1.weight", "2.bias", "2.weight"],
    )


def residual(Residual: type[nn.Module], additional_parameters: int) -> int:
    """The module x + f(x), and how many parameters it adds to f's."""
    if additional_parameters:
        return 4
    before, f_of_x, right = [[-4.0, 8.0]], [[-1.0, 8.0]], [[-5.0, 16.0]]
    f, x = nn.PReLU(), torch.tensor(before)
    module = Residual(f)
    output, after, registered = module(x).tolist(), x.tolist(), f in module.modules()
    return which_exactly(
        (output, after, registered),
        (right, before, True),
        (f_of_x, before, True),
        (right, right, True),  # x itself was changed
        (right, before, False),
    )


def plain_list(trained_parameters: int, loss_decreases: bool) -> int:
    """What is trained if hidden layers are kept in a list, and the loss."""
    hint = which(trained_parameters, 9, 97, 8, 2)
    if hint == 0 and not loss_decreases:
        return 4
    return hint


def shared(trained_numbers: int, saved_numbers: int, handed_out_names: int) -> int:
    """What a layer in two places has to train, to save and to name."""
    trained = which(trained_numbers, 20, 40)
    saved = which(saved_numbers, 40, 20)
    handed_out = which(handed_out_names, 4, 2)
    if -1 in (trained, saved, handed_out):
        return -1
    if trained == 1:
        return 1
    if saved == 1:
        return 2
    if handed_out == 1:
        return 3
    return 0
