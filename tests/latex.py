r"""Evaluates an equation as it is written: from LaTeX and a value for each symbol.

`\hat\theta` is called theta_hat, `f'` f_prime, `f^{(3)}` f_prime3, `h^*` h_star. Arrays
are counted from 1, dictionaries by their keys; arrays of two dimensions are matrices.
What can be called is applied to what follows it.
"""

import math
import re
from collections.abc import Mapping
from functools import reduce
from typing import NamedTuple

import numpy as np
import torch
from scipy import special

ACCENTS = {r"\hat", r"\bar", r"\tilde"}
PARTIAL = r"\partial"
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\S")
_SILENT = re.compile(r"\\([,!;]|left|right|[bB]igg?[lr])")
_BETWEEN = {r"\quad", r"\qquad", r"\Longrightarrow"}  # statements
_RELATIONS = {"=", "<", ">", r"\le", r"\ge", r"\in", r"\sim", r"\to"}
_GROUPS = {"(": ")", "[": "]", r"\{": r"\}", r"\lvert": r"\rvert", r"\lVert": r"\rVert"}
_SUMS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    r"\pm": lambda a, b: np.array([a - b, a + b]),
    r"\cup": lambda a, b: a | b,
}
_OVER = {  # what becomes of the terms
    r"\sum": sum,
    r"\prod": math.prod,
    r"\max": lambda terms: reduce(np.maximum, terms),
    r"\min": lambda terms: reduce(np.minimum, terms),
    r"\bigcup": lambda sets: set().union(*sets),
}
_KNOWN = {
    "pi": math.pi,
    "log": np.log,
    "Gamma": special.gamma,
    "det": np.linalg.det,
    "max": lambda *each: reduce(np.maximum, each if each[1:] else each[0]),
    "min": lambda *each: reduce(np.minimum, each if each[1:] else each[0]),
}
_ENDS = {"", ",", ":", "}", "&", r"\\", r"\end", *_GROUPS.values(), *_RELATIONS, *_SUMS}


class CannotRead(Exception):
    """The equation has what this module, or the test, does not know."""


class Token(NamedTuple):
    text: str
    start: int
    end: int


def tokens(latex: str) -> list[Token]:
    return [Token(match[0], *match.span()) for match in _TOKEN.finditer(latex)]


def problem(label: str, latex: str, names: dict, **options) -> str | None:
    r"""What the equation says and what does not hold; it may say several things.

    Options are those of `Statement.problem`.
    """
    statements = [[]]
    for token in tokens(latex):
        if token.text in _BETWEEN:
            statements.append([])
        elif not _SILENT.fullmatch(token.text):
            statements[-1].append(token)
    for read in filter(None, statements):
        if read[-1].text == ",":
            read.pop()
        text = latex[read[0].start : read[-1].end]
        if re.fullmatch(r"(.+?)\s*=\s*\1", text):
            return f"{text} says nothing"
        wrong = Statement(label, read, names).problem(**options)
        if wrong:
            return f"{text} is wrong: {wrong}"
    return None


class Statement:
    r"""A chain of relations, as `a = b \le c`, evaluated from left to right."""

    def __init__(self, label: str, read: list[Token], names: dict):
        self.label, self.read, self.at = label, read, 0
        self.names, self.given = _KNOWN | names, names

    def problem(self, expected=None, attained=False, **tolerance) -> str | None:
        values, relations = self.relation()
        if self.next:
            self.fail(f"{self.next} is not understood here")
        if not relations and expected is not None:
            values, relations = [*values, expected], ["="]
        if not relations:
            true = isinstance(values[0], bool | np.bool) and values[0]
            return None if true else f"{values[0]}, and no value is expected"
        for left, relation, right in zip(values, relations, values[1:], strict=False):
            sure = "=" if attained and relation in (r"\le", r"\ge") else relation
            for each in {relation, sure}:
                if not np.all(self.compare(each, left, right, **tolerance)):
                    return f"{left} {each} {right}"
        return None

    def compare(self, relation: str, a, b, rel: float = 1e-9, abs: float = 1e-12):
        if relation == r"\in":
            return a in b
        if relation in (r"\sim", r"\to"):
            return self.known(relation[1:], self.at)(a, b)
        if isinstance(a, set) or a is None or b is None:
            return a == b
        if relation in "<>":
            return a < b if relation == "<" else a > b
        a, b = np.squeeze(_number(a)), np.squeeze(_number(b))
        if a.ndim and b.ndim and a.shape != b.shape:
            raise ValueError(f"shapes {a.shape} and {b.shape} cannot be compared")
        close = np.abs(a - b) <= np.maximum(abs, rel * np.maximum(np.abs(a), np.abs(b)))
        return close | {"=": False, r"\le": a < b, r"\ge": a > b}[relation]

    @property
    def next(self) -> str:
        return self.read[self.at].text if self.at < len(self.read) else ""

    def took(self, *accepted: str) -> bool:
        found = self.next in accepted
        self.at += found
        return found

    def take(self, expected: str = "") -> str:
        if not self.next or (expected and self.next != expected):
            self.fail(f"{expected or 'something'} is missing")
        self.at += 1
        return self.read[self.at - 1].text

    def word(self) -> str:
        self.take("{")
        return "".join(iter(self.take, "}"))

    def fail(self, what: str, at: int | None = None):
        token = self.read[min(self.at if at is None else at, len(self.read) - 1)]
        place = f"equation {self.label}, character {token.start + 1}"
        raise CannotRead(f"{place}: {what}")

    def known(self, key: str, at: int):
        if key not in self.names:
            self.fail(f"no value for {self.read[at].text}; pass {key}=…", at)
        return self.names[key]

    def relation(self) -> tuple[list, list[str]]:
        values, relations = [self.items()], []
        while self.next in _RELATIONS:
            relations.append(self.take())
            values.append(self.items())
        return values, relations

    def inner(self):
        """What stands in parentheses or braces; a relation is true or false."""
        values, relations = self.relation()
        if not relations:
            return values[0]
        pairs = zip(values, relations, values[1:], strict=False)
        held = [self.compare(relation, a, b) for a, relation, b in pairs]
        return held[0] if len(held) == 1 else all(map(np.all, held))

    def items(self):
        items = [self.sum()]
        while self.took(","):
            items.append(self.sum())
        return items[0] if len(items) == 1 else tuple(items)

    def sum(self):
        negative = self.next in ("+", "-") and self.take() == "-"
        value = -_number(self.term()) if negative else self.term()
        while self.next in _SUMS:
            operation = _SUMS[self.take()]
            value = operation(_number(value), _number(self.term()))
        return value

    def term(self):
        value = self.applied()
        while self.next not in _ENDS:
            if self.took("/"):
                value = _number(value) / _number(self.applied())
            elif self.took(r"\circ"):
                value = self.known("circ", self.at - 1)(value, self.applied())
            else:
                self.took(r"\cdot", r"\times")
                value = _times(value, self.applied())
        return value

    def applied(self):
        """A factor, or a function and what it is applied to."""
        gradient, value = self.next == r"\nabla", self.factor()
        if gradient and self.next not in ("(", "["):
            value = value(self.factor())  # ∇L is a function
        while callable(value) and self.next not in _ENDS:
            if self.next in ("(", "["):
                value = self.suffixed(value(*_tuple(self.group())))
            else:
                value = value(self.applied())
        return value

    def factor(self):
        token, ahead = self.next, [each.text for each in self.read[self.at :][1:2]]
        if token in _OVER and ahead == ["_"]:
            return self.over(_OVER[self.take()])
        if token in _GROUPS:
            value = self.group()
        elif token[:1].isdigit():
            value = (float if "." in token else int)(self.take())
        elif token in (r"\frac", r"\sqrt", r"\begin", r"\text"):
            value = getattr(self, self.take()[1:])()
        elif self.took(r"\dots"):
            value = ...
        else:
            value = self.name()
        return self.suffixed(value)

    def group(self):
        opened, start = self.take(), self.at
        if opened == r"\{" and ":" in (ahead := [t.text for t in self.read[start:]]):
            self.at += ahead.index(":") + 1
            cases, end = self.cases(), self.at
            value = {self.again(start, names, self.sum) for names in cases}
            self.at = end
        else:
            value = self.inner()
        self.take(_GROUPS[opened])
        if opened == r"\{":
            return set(value if isinstance(value, set) else _tuple(value))
        if opened in (r"\lvert", r"\lVert"):
            return (abs if opened == r"\lvert" else np.linalg.norm)(_number(value))
        return value

    def over(self, operation):
        r"""A sum, product, maximum … over `_{i=1}^n`, `_i`, `_{c \in C}`, `_{P: a}`."""
        self.take("_")
        cases, start = self.cases(braces=self.took("{")), self.at
        if not cases:
            self.skip()
        return operation([self.again(start, names, self.term) for names in cases])

    def skip(self) -> None:
        """A term that is not read because the sum is over nothing."""
        depth = 0
        while self.next and (depth or self.next not in _ENDS):
            depth += self.next in ("{", *_GROUPS)
            depth -= self.take() in ("}", *_GROUPS.values())

    def cases(self, braces: bool = False) -> list[dict]:
        at, tupled = self.at, self.took("(")
        keys = [self.identifier()]
        while tupled and not self.took(")"):
            self.take(",")
            keys.append(self.identifier())
        if self.took("="):
            low = self.sum()
            self.take("}")
            self.take("^")
            every = range(low, self.argument() + 1)
        else:
            given = self.took(r"\in", ":")
            if not given and keys[0] not in self.given:
                self.fail(f"{keys[0]} has no values; pass {keys[0]}=[…]", at)
            every = self.inner() if given else self.given[keys[0]]
            if braces:
                self.take("}")
        return [
            dict(zip(keys, each if tupled else (each,), strict=True)) for each in every
        ]

    def again(self, start: int, names: dict, read):
        """What is read from the start on, with further names."""
        outer, self.names, self.at = self.names, self.names | names, start
        value = read()
        self.names = outer
        return value

    def frac(self):
        if [token.text for token in self.read[self.at :][:2]] != ["{", PARTIAL]:
            return _number(self.argument()) / _number(self.argument())
        partial, ends = self.known("partial", self.at + 1), []
        for _ in range(2):
            self.take("{")
            self.take(PARTIAL)
            ends.append(self.inner())
            self.take("}")
        return partial(*ends)

    def sqrt(self):
        return np.sqrt(_number(self.argument()))

    def text(self) -> str:
        return self.word()

    def begin(self):
        at, name, rows = self.at - 1, self.word(), [[]]
        if name not in ("cases", "pmatrix"):
            self.fail(f"{name} is not known", at)
        while not self.took(r"\end"):
            rows[-1].append(self.inner())
            if self.took(r"\\"):
                rows.append([])
            else:
                self.took("&")
        self.word()
        if name == "cases":
            return next((value for value, condition in rows if condition), None)
        return np.array(rows)

    def argument(self):
        if self.took("{"):
            value = self.inner()
            self.take("}")
            return value
        at = self.at
        if not self.next.isdigit():
            return self.known(self.identifier(), at)
        if len(self.next) > 1:  # TeX takes the first digit only
            self.fail(f"{self.next} needs braces")
        return int(self.take())

    def identifier(self) -> str:
        if self.next in ACCENTS:
            accent, braces = self.take()[1:], self.took("{")
            key = f"{self.identifier()}_{accent}"
            if braces:
                self.take("}")
            return key
        if self.took(r"\operatorname"):
            return self.word()
        if not re.fullmatch(r"[A-Za-z]|\\[A-Za-z]+", self.next):
            self.fail(f"{self.next or 'something'} is not understood here")
        key = self.take().lstrip("\\").removeprefix("var")
        if self.took("'"):
            key += "_prime"
        ahead = [token.text for token in self.read[self.at :][:5]]
        if ahead[:2] == ["^", "*"]:
            self.at += 2
            key += "_star"
        elif ahead[:3] + ahead[4:] == ["^", "{", "(", ")"]:
            self.at += 6
            key += f"_prime{ahead[3]}"
        return key

    def name(self):
        """A name; with a subscript, a name of its own or an item."""
        at, key = self.at, self.identifier()
        if self.next == "_":
            read = [token.text.lstrip("\\") for token in self.read[self.at + 1 :]]
            last = read.index("}") + 1 if read[0] == "{" else 1
            full = f"{key}_{''.join(read[:last]).strip('{}').replace('times', 'x')}"
            if full in self.names:
                self.at += 1 + last
                return self.names[full]
        return self.known(key, at)

    def subscript(self) -> tuple:
        letters = []
        if self.next == "{":
            letters = [token.text for token in self.read[self.at + 1 :]]
            letters = letters[: letters.index("}")]
        if len(letters) < 2 or not all(map(str.isalpha, letters)):
            return _tuple(self.argument())
        self.take("{")  # x_{ij}: two indices, no product
        index = tuple(self.argument() for _ in letters)
        self.take("}")
        return index

    def suffixed(self, value):
        while self.next in ("_", "^"):
            if self.take() == "_":
                value = _item(value, self.subscript())
            elif self.took(r"\top"):
                value = _number(value)
                value = value.T if value.ndim == 2 else value[None]
            else:
                value, power = _number(value), self.argument()
                inverse = np.ndim(value) == 2 and power == -1
                value = np.linalg.inv(value) if inverse else value**power
        return value


def _tuple(value) -> tuple:
    return value if isinstance(value, tuple) else (value,)


def _number(value):
    if isinstance(value, torch.Tensor):
        return value.detach().double().numpy()
    return np.asarray(value) if isinstance(value, list | tuple) else value


def _times(a, b):
    if isinstance(a, str):
        return a + b
    a, b = _number(a), _number(b)
    matrices = np.ndim(a) and np.ndim(b) and 2 in (np.ndim(a), np.ndim(b))
    return a @ b if matrices else a * b


def _item(value, index: tuple):
    if callable(value):
        return value(*index)
    if isinstance(value, Mapping):
        return value[index if index[1:] else index[0]]
    if min(index) < 1:
        raise IndexError(f"{index}: arrays are counted from 1")
    return _number(value)[tuple(i - 1 for i in index)]
