"""The code that the pages show: one module a chapter.

`python -m snippets.data` prints what the page `data` prints.
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
