"""What checks answers to exercises: one module a chapter.

The function `steps` of `snippets.exercises.training` checks the exercise `steps` of
that chapter. It returns 0 for a right answer, the number of the hint that fits a
wrong one, or -1 if no hint fits. An answer of a kind that the exercise does not ask
for is wrong, too: no check raises an error.
"""

import math
from collections.abc import Callable, Iterable
from numbers import Real

OTHER = object()  # the candidate of a hint for another part of the answer


def which(answer, *candidates, relative: float = 0.01, absolute: float = 1e-12) -> int:
    """Tell which candidate an answer is: 0 for the right one, which comes first.

    Typical wrong ones follow. All are numbers, or tuples of numbers. Returns -1 if
    none is near, and the nearest if several are: each number may differ by 1 % of the
    larger, or by `absolute` if that is more.
    """
    given, apart = as_numbers(answer), {}
    for number, candidate in enumerate(map(as_numbers, candidates)):
        pairs = list(zip(given, candidate, strict=False))
        near = [
            math.isclose(*pair, rel_tol=relative, abs_tol=absolute) for pair in pairs
        ]
        if len(given) == len(candidate) and all(near):
            apart[number] = sum(abs(one - other) for one, other in pairs)
    return min(apart, key=apart.get, default=-1)


def which_exactly(answer, *candidates) -> int:
    """The same for answers of any kind, in lists or tuples; both must be equal.

    A truth value is no number: True differs from 1.
    """
    answer, known = _told_apart(plain(answer)), list(map(_told_apart, candidates))
    return known.index(answer) if answer in known else -1


def which_names(answer, *candidates) -> int:
    """The same for names, in any order."""
    try:
        names = list(answer)
    except TypeError:  # a single thing
        return -1
    if not all(isinstance(name, str) for name in names):
        return -1
    return which_exactly(sorted(names), *map(tuple, map(sorted, candidates)))


def which_function(
    function: Callable,
    arguments: Iterable[tuple],
    *candidates: Callable,
    relative: float = 1e-4,
) -> int:
    """The same for functions, of which what they return for all arguments counts."""

    def tried(function: Callable) -> tuple[float, ...]:
        returned = (as_numbers(function(*each)) for each in arguments)
        return sum(returned, start=())

    expected = list(map(tried, candidates))
    try:
        answer = tried(function)
    except Exception:  # whatever a reader's code may raise
        return -1
    return which(answer, *expected, relative=relative)


def first_wrong(*found: int) -> int:
    """The hint, or -1, for the first part of an answer that is wrong, or 0."""
    return next((hint for hint in found if hint != 0), 0)


def parts(answer, count: int) -> tuple:
    """An answer's parts; if there are more or fewer of them, NaN for each."""
    given = plain(answer)
    complete = isinstance(given, tuple) and len(given) == count
    return given if complete else (math.nan,) * count


def plain(answer):
    """An answer without what its kind adds: lists, tensors, arrays become tuples."""
    if hasattr(answer, "tolist") and not isinstance(answer, type):
        answer = answer.tolist()
    if isinstance(answer, list | tuple):
        return tuple(map(plain, answer))
    return answer


def _told_apart(answer):
    if isinstance(answer, tuple):
        return tuple(map(_told_apart, answer))
    return (bool, answer) if isinstance(answer, bool) else answer


def as_numbers(answer) -> tuple[float, ...]:
    """An answer's numbers; NaN, which is near no other, stands for what is none."""
    answer = plain(answer)
    return tuple(map(_number, answer if isinstance(answer, tuple) else (answer,)))


def _number(answer) -> float:
    while isinstance(answer, tuple) and len(answer) == 1:
        (answer,) = answer
    if not isinstance(answer, Real) or isinstance(answer, bool):
        return math.nan
    try:
        return float(answer)
    except OverflowError:
        return math.inf
