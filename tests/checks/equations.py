"""Every numbered equation is proved by a test, which quotes what it proves."""

import ast
from collections.abc import Iterator
from pathlib import Path

from publishing.pages import PageError
from tests.checks.book import Book


def problems(book: Book) -> Iterator[PageError]:
    quoted = {}
    for path, line, number, latex in marks(book.root):
        quoted.setdefault(number, []).append((path, line, latex))
    for page in book:
        expected = 1
        for formula in page.formulas:
            if not formula.tag:
                continue
            number = f"{page.chapter}.{expected}"
            if formula.tag != number:
                message = f"this equation is numbered {formula.tag}; number it {number}"
                yield PageError(page.path, formula.line, message)
            expected += 1
            if formula.tag not in quoted:
                yield PageError(
                    page.path,
                    formula.line,
                    f"no test proves equation {formula.tag}; mark one with "
                    f'@pytest.mark.equation("{formula.tag}", r"…")',
                )
            for path, line, latex in quoted.get(formula.tag, ()):
                if latex != formula.untagged:
                    test = path.relative_to(book.root)
                    yield PageError(
                        page.path,
                        formula.line,
                        f"equation {formula.tag} is not the one that {test}:{line} "
                        f"proves; prove and quote it there: {formula.untagged}",
                    )
    shown = {formula.tag for page in book for formula in page.formulas}
    for number, tests in quoted.items():
        for path, line, _ in tests:
            if number not in shown:
                message = f"no page shows equation {number}; correct the mark"
                yield PageError(path, line, message)


def marks(root: Path) -> Iterator[tuple[Path, int, str, str]]:
    """File, line, number and LaTeX of each `@pytest.mark.equation(number, latex)`."""
    for path in sorted((root / "tests").glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and ast.unparse(node.func)
            if called == "pytest.mark.equation":
                values = [ast.literal_eval(argument) for argument in node.args]
                number, latex = (*values, "", "")[:2]
                yield path, node.lineno, number, " ".join(latex.split())
