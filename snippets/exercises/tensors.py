"""Checks of the exercises of the chapter `tensors`."""

from snippets.exercises import OTHER, first_wrong, parts, which, which_exactly


def pick(
    number: int, row_shape: tuple[int, ...], columns_shape: tuple[int, ...]
) -> int:
    """table[1, 2], and the shapes of table[0] and table[:, 1:3]."""
    return first_wrong(
        which(number, 6, 1, relative=0),
        which_exactly(row_shape, (4,), OTHER, (1, 4)),
        which_exactly(columns_shape, (3, 2), OTHER, OTHER, (3, 3)),
    )


def shapes(shapes: list[tuple[int, ...] | None]) -> int:
    """The shapes of four sums, None for an error."""
    first, second, third, fourth = parts(shapes, 4)
    return first_wrong(
        which_exactly(first, (8, 7, 6), None),
        min(which_exactly(second, (2, 3), OTHER, None, ()), 2),
        min(which_exactly(third, (4, 4), OTHER, OTHER, (4, 1), (4,)), 3),
        which_exactly(fourth, None, (2, 3)),
    )


def strides(
    elements: list[list[int]], strides: tuple[int, int], storage_offset: int
) -> int:
    """What torch.arange(12).reshape(3, 4)[1:, ::2] reads, and how."""
    return first_wrong(
        which_exactly(elements, ((4, 6), (8, 10)), ((4, 5), (8, 9))),
        which_exactly(strides, (4, 2), OTHER, (4, 1)),
        which(storage_offset, 4, OTHER, OTHER, 1, relative=0),
    )


def square(raises_error: bool, row_means: list[float]) -> int:
    """The rows of a - a.mean(dim=1), where a holds 1, 2, …, 9."""
    return first_wrong(
        which_exactly(raises_error, False, True),
        which(row_means, (-3, 0, 3), OTHER, (0, 0, 0), (2, 0, -2)),
    )


def perfect(perfect_loss: float, flat_loss: float) -> int:
    """The loss of (n, 1) against (n,), for ŷ = y and for ŷ = ȳ, in variances of y."""
    if which(flat_loss, 1) != 0:
        return 3
    return which(perfect_loss, 2, 0, 1)
