"""A formula without a number that states something is evaluated by a test.

It is quoted in tests/test_formulas.py, unless it is part of an equation that has a
label, gives a symbol its value, as `\\eta = 0.1`, or has nothing but numbers; of these,
tell tests/checks/equations.py and tests/checks/numbers.py.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from publishing.page import Book, PageError

_RELATION = re.compile(r"=|<|>|\\le(?!ft)|\\ge|\\approx")
_NUMBERS = re.compile(r"(?:\\(?:times|cdot|sqrt|[dt]?frac)|[\d\s.{}+/^-])+")
_SYMBOL = r"(?:\\[a-z]+\{?)*\s?(?:\\?[A-Za-z]+)\}?(?:_\{?\w+\}?)?(?:\(\w\))?"
_VALUE = re.compile(rf"-?(?:[\d.]+|\([\d., ]+\)|\d+\^\{{?-?\d+\}}?|\d*{_SYMBOL})")
_POWER = re.compile(r"\w\^\d")


def problems(book: Book) -> Iterator[PageError]:
    quoted = _quoted(book.root / "tests/test_formulas.py")
    labeled = " ".join(f.unlabeled for page in book for f in page.formulas if f.label)
    shown = set()
    for page in book:
        for formula in page.formulas:
            written = formula.unlabeled
            shown.add(written)
            if written in quoted or formula.label or _is_plain(written):
                continue
            if written not in labeled:
                message = (
                    f"no test evaluates {written}; quote it in FORMULAS of "
                    "tests/test_formulas.py, or give it a \\label"
                )
                yield PageError(page.path, formula.line, message)
    for written, line in quoted.items():
        if written not in shown:
            message = f"no page shows {written}; take it out"
            yield PageError(book.root / "tests/test_formulas.py", line, message)


def _is_plain(written: str) -> bool:
    """No relation, or a symbol with its value, or numbers only."""
    sides = [side.strip() for side in _RELATION.split(written)]
    return (
        len(sides) == 1
        or all(map(_NUMBERS.fullmatch, sides))
        or all(_VALUE.fullmatch(side) or _POWER.fullmatch(side) for side in sides)
    )


def _quoted(test: Path) -> dict[str, int]:
    """The formulas that the test evaluates, each with its line."""
    for node in ast.parse(test.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FORMULAS":
            return {ast.literal_eval(key): key.lineno for key in node.value.keys}
    return {}
