"""What a chapter prints, taken apart."""

import re

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def numbers(text: str) -> list[float]:
    """The numbers of a text, in order; those in names, as in θ₀, are none."""
    return [float(number) for number in _NUMBER.findall(text)]
