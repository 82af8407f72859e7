"""Equations that tests quote: they hold, and with a mistake they do not."""

import re
from collections.abc import Iterator

from tests import latex

_INSTEAD = {
    "+": ["-"],
    "-": ["+"],
    "=": ["= 1 +"],
    "<": [">"],
    ">": ["<"],
    r"\le": [r"\ge", r"\le 1 +"],
    r"\ge": [r"\le", r"\ge 1 +"],
    r"\pm": ["+", "-"],
    r"\cup": ["-"],
    r"\cdot": ["+"],
    r"\frac": [r"2\frac"],
    r"\sum": [r"2\sum", r"\prod"],
    r"\prod": [r"2\prod", r"\sum"],
    r"\max": [r"\min"],
    r"\min": [r"\max"],
    **{accent: [""] for accent in latex.ACCENTS},
}
_WORD = re.compile(r"\\(operatorname|text|begin|end)\{\w*\}")
_SYMBOL = re.compile(
    r"[A-Za-z]|\\(delta|eta|gamma|lambda|nu|pi|rho|sigma|theta|varepsilon)"
)


def mistakes(text: str) -> Iterator[str]:
    """The equation with one mistake, for each that one may make."""
    symbols = latex.tokens(_WORD.sub(lambda word: "·" * len(word[0]), text))
    symbols = [token for token in symbols if _SYMBOL.fullmatch(token.text)]
    known = list(dict.fromkeys(token.text for token in symbols))
    for token in symbols:
        other = known[(known.index(token.text) + 1) % len(known)]
        if other != token.text:
            yield f"{text[: token.start]}{other} {text[token.end :].lstrip()}"
    for token in latex.tokens(text):
        word, before, behind = token.text, text[: token.start], text[token.end :]
        for other in _INSTEAD.get(word, ()):
            yield f"{before}{other} {behind.lstrip()}"
        if word[0].isdigit():
            yield f"{before}{float(word) + 1 if '.' in word else int(word) + 1}{behind}"
        elif word == r"\frac" and latex.PARTIAL not in _argument(behind)[0]:
            above, rest = _argument(behind)
            below, rest = _argument(rest)
            yield rf"{before}\frac{below}{above}{rest}"
        elif word == "^":
            yield before + _argument(behind)[1]
        elif word == r"\sqrt":
            yield f"{before} {behind}"
        elif swapped := re.match(r"_\{(\w)(\w)\}", text[token.start :]):
            yield f"{before}_{{{swapped[2]}{swapped[1]}}}{text[token.start + 5 :]}"


def _argument(text: str) -> tuple[str, str]:
    """The token or braces that the text begins with, and the rest."""
    depth = 0
    for token in latex.tokens(text):
        depth += (token.text == "{") - (token.text == "}")
        if not depth:
            break
    return text[: token.end], text[token.end :]


class Equation:
    """Call it with a value for each symbol: it must hold, as it is written.

    `expected` is what a formula without a relation is to give; `attained=True` says
    that both sides of ≤ or ≥ are equal for these values; rel and abs are tolerances, as
    of `pytest.approx`. `survivors` are the mistakes for which all of these values had
    been right, too.
    """

    def __init__(self, label: str, text: str):
        self.label, self.text, self.calls = label, text, 0
        self.survivors = [other for other in mistakes(text) if other != text]

    def __call__(self, expected=None, /, attained=False, rel=1e-9, abs=1e-12, **names):
        self.calls += 1
        survivors, self.survivors = self.survivors, []
        options = {"expected": expected, "attained": attained, "rel": rel, "abs": abs}
        problem = latex.problem(self.label, self.text, names, **options)
        assert not problem, f"equation {self.label}: {problem}"

        def holds(text):
            try:
                return not latex.problem(self.label, text, names, **options)
            except Exception:  # what cannot be evaluated is seen, too
                return False

        self.survivors = [text for text in survivors if holds(text)]

    def also_true(self, *pieces: str) -> None:
        """Not to be taken for mistakes: equations that have one of these pieces."""
        for piece in pieces:
            left = [text for text in self.survivors if piece not in text]
            assert len(left) < len(self.survivors), f"{piece} is not needed"
            self.survivors = left
