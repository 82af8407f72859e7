"""Every labeled equation is tested, and the test quotes the equation."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from publishing.page import Book, PageError, relative

_SOURCE = re.compile(r"(?P<page>\w+)#eq-(?P<label>[\w-]+)")


def problems(book: Book) -> Iterator[PageError]:
    yield from _untested(book)
    yield from _used_twice(book)
    yield from _sources(book)


def _untested(book: Book) -> Iterator[PageError]:
    quoted = {}
    for path, line, label, latex in marks(book.root):
        quoted.setdefault(label, []).append((path, line, latex))
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
            for path, line, latex in quoted.get(label, ()):
                if latex != formula.unlabeled:
                    message = (
                        f"the equation {label} is not the one that "
                        f"{relative(path)}:{line} tests; test and quote it there: "
                        f"{formula.unlabeled}"
                    )
                    yield PageError(page.path, formula.line, message)
    for label, tests in quoted.items():
        for path, line, _ in tests:
            if label not in shown:
                message = f"no page shows the equation {label}; correct the mark"
                yield PageError(path, line, message)


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


def marks(root: Path) -> Iterator[tuple[Path, int, str, str]]:
    """File, line, label and LaTeX of each `@pytest.mark.equation(label, latex)`."""
    for path in sorted((root / "tests").glob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if "pytest.mark.equation" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            called = isinstance(node, ast.Call) and ast.unparse(node.func)
            if called == "pytest.mark.equation":
                values = [ast.literal_eval(argument) for argument in node.args]
                label, latex = (*values, "", "")[:2]
                yield path, node.lineno, label, " ".join(latex.split())
