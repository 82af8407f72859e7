"""Checks of the exercises of the appendix `registration`."""

from snippets.exercises import OTHER, first_wrong, which, which_exactly


def names(number: int, first: str, last: str) -> int:
    """The parameter names of a Network with a parameter `scale` of its own."""
    return first_wrong(
        which(number, 7, 6, 2, relative=0),
        which_exactly(first, "scale", OTHER, OTHER, "body.layers.0.weight"),
        which_exactly(last, "head.bias", OTHER, OTHER, "scale"),
    )


def calls(by_calling: int, by_forward: int) -> int:
    """How many hooks run in network(x) and in network.forward(x)."""
    return first_wrong(
        which(by_calling, 5, 3, 4, relative=0),
        which(by_forward, 4, OTHER, OTHER, 5, relative=0),
    )


def shared(trained_numbers: int, saved_numbers: int, handed_out_names: int) -> int:
    """What a layer in two places has to train, to save and to name."""
    return first_wrong(
        which(trained_numbers, 20, 40, relative=0),
        which(saved_numbers, 40, OTHER, 20, relative=0),
        which(handed_out_names, 4, OTHER, OTHER, 2, relative=0),
    )
