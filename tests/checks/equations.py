"""Every labeled equation is quoted by a test, which evaluates what it quotes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from publishing.page import Book, PageError, relative

_SOURCE = re.compile(r"(?P<page>\w+)#eq-(?P<label>[\w-]+)")


class Mark(NamedTuple):
    """`@pytest.mark.equation(label, latex)`, and whether its test has the fixture."""

    path: Path
    line: int
    label: str
    latex: str
    evaluated: bool


def problems(book: Book) -> Iterator[PageError]:
    yield from _untested(book)
    yield from _used_twice(book)
    yield from _sources(book)


def _untested(book: Book) -> Iterator[PageError]:
    quoted = {}
    for mark in marks(book.root):
        quoted.setdefault(mark.label, []).append(mark)
    shown = set()
    for page in book:
        for formula in page.formulas:
            label = formula.label
            if not label:
                continue
            shown.add(label)
            if label not in quoted:
                message = (
                    f"no test tests the equation {label}; mark one with "
                    f'@pytest.mark.equation("{label}", r"…")'
                )
                yield PageError(page.path, formula.line, message)
            for mark in quoted.get(label, ()):
                if mark.latex != formula.unlabeled:
                    message = (
                        f"the equation {label} is not the one that "
                        f"{relative(mark.path)}:{mark.line} tests; test and quote it "
                        f"there: {formula.unlabeled}"
                    )
                    yield PageError(page.path, formula.line, message)
    for label, tests in quoted.items():
        for mark in tests:
            if label not in shown:
                message = f"no page shows the equation {label}; correct the mark"
                yield PageError(mark.path, mark.line, message)
        if not any(mark.evaluated for mark in tests):
            message = (
                f"no test evaluates the equation {label}; give this one the argument "
                "`equation`, and call it with a value for each symbol"
            )
            yield PageError(tests[0].path, tests[0].line, message)


def _used_twice(book: Book) -> Iterator[PageError]:
    """Labels are unique in the whole book, so that a test can name an equation."""
    first = {}
    for page in book:
        for formula in page.formulas:
            if not formula.label:
                continue
            here = page.path, formula.line
            path, line = first.setdefault((page.language, formula.label), here)
            if (path, line) != here:
                message = f"{relative(path)}:{line} has the label {formula.label}, too"
                yield PageError(*here, f"{message}; choose another")


def _sources(book: Book) -> Iterator[PageError]:
    """`Source: equation training#eq-step` in code names an equation that exists."""
    labels = {}
    for page in book:
        known = labels.setdefault(page.name, set())
        known |= {formula.label for formula in page.formulas if formula.label}
    for path in sorted((book.root / "snippets").rglob("*.py")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            for match in _SOURCE.finditer(line):
                known = labels.get(match["page"])
                if known is None:
                    message = f"there is no page {match['page']}; correct {match[0]}"
                    yield PageError(path, number, message)
                elif match["label"] not in known:
                    message = f"the page {match['page']} has no equation"
                    has = ", ".join(sorted(known)) or "none"
                    message += f" {match['label']}; it has: {has}"
                    yield PageError(path, number, message)


def marks(root: Path) -> Iterator[Mark]:
    """The equations that the tests quote."""
    for path in sorted((root / "tests").glob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if "pytest.mark.equation" not in text:
            continue
        for test in ast.walk(ast.parse(text)):
            if not isinstance(test, ast.FunctionDef):
                continue
            evaluated = "equation" in (argument.arg for argument in test.args.args)
            for node in test.decorator_list:
                called = isinstance(node, ast.Call) and ast.unparse(node.func)
                if called == "pytest.mark.equation":
                    values = [ast.literal_eval(argument) for argument in node.args]
                    label, latex = (*values, "", "")[:2]
                    latex = " ".join(latex.split())
                    yield Mark(path, node.lineno, label, latex, evaluated)
