"""Checks of the exercises of the chapter `tensors`."""

from snippets.exercises import which


def shapes(shapes: list[tuple[int, ...] | None]) -> int:
    """The shapes of four sums, None for an error."""
    first, second, third, fourth = shapes
    if first != (8, 7, 6):
        return 1 if first is None else -1
    if second != (2, 3):
        return 2 if second is None or second == () else -1
    if third != (0,):
        return 3 if third == (1,) else -1
    if fourth is not None:
        return 1 if fourth == (2, 3) else -1
    return 0


def strides(
    elements: list[list[int]], strides: tuple[int, int], storage_offset: int
) -> int:
    """What torch.arange(12).reshape(3, 4)[1:, ::2] reads, and how."""
    rows = [list(row) for row in elements]
    if rows != [[4, 6], [8, 10]]:
        return 1 if rows == [[4, 5], [8, 9]] else -1
    if tuple(strides) == (2, 1):
        return 2
    if tuple(strides) == (4, 1):
        return 3
    if tuple(strides) != (4, 2):
        return -1
    if storage_offset == 0:
        return 2
    if storage_offset == 1:
        return 4
    return 0 if storage_offset == 4 else -1


def square(raises_error: bool, row_means: list[float]) -> int:
    """The rows of a - a.mean(dim=1), where a holds 1, 2, …, 9."""
    if raises_error:
        return 1
    means = [float(mean) for mean in row_means]
    if means == [0, 0, 0]:
        return 2
    if means == [2, 0, -2]:
        return 3
    return 0 if means == [-3, 0, 3] else -1


def perfect(perfect_loss: float, flat_loss: float) -> int:
    """The loss of (n, 1) against (n,), for ŷ = y and for ŷ = ȳ, in variances of y."""
    if which(flat_loss, 1) != 0:
        return 3
    return which(perfect_loss, 2, 0, 1)


def two_answers(rounded_twice: float, rounded_once: float) -> int:
    """w · w + b, rounded after each operation and only at the end."""
    hint = which(2**24 * rounded_twice, 0, 1, 2)
    if hint != 0:
        return hint
    once = which(2**24 * rounded_once, 1, 0)
    return 3 if once == 1 else once
