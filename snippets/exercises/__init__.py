"""What checks answers to exercises: one module a chapter.

The function `steps` of `snippets.exercises.training` checks the exercise `steps` of
that chapter. It returns 0 for a right answer, the number of the hint that fits a
wrong one, or -1 if no hint fits.
"""

import math


def which(answer: float, *candidates: float) -> int:
    """Tell which candidate an answer is: 0 for the right one, which comes first.

    Typical wrong ones follow. Returns -1 if the answer is none of them to 1 %.
    """
    for number, candidate in enumerate(candidates):
        if math.isclose(answer, candidate, rel_tol=0.01, abs_tol=1e-6):
            return number
    return -1


def which_exactly(answer, *candidates) -> int:
    """The same for answers of any kind; an answer is a candidate if both are equal."""
    return candidates.index(answer) if answer in candidates else -1
