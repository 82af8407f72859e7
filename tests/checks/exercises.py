"""What an exercise asks for in the notebook: names that are free, and their types.

The parameters of a check, in snippets/exercises, are the names that a reader gives
values to.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from publishing.blocks import parsed
from publishing.cells import Code, Exercise, parts
from publishing.page import Book, Page, PageError
from tests.checks import filled


def problems(book: Book) -> Iterator[PageError]:
    modules = sorted((book.root / "snippets/exercises").glob("[!_]*.py"))
    bare = [error for path in modules for error in _not_annotated(path)]
    if bare:
        yield from bare
        return  # a notebook cannot ask for what has no type
    for page in book:
        if any(token.type == "admonition_open" for token in page.tokens):
            yield from _taken(page)


def _not_annotated(path: Path) -> Iterator[PageError]:
    for function in parsed(path).body:
        if not isinstance(function, ast.FunctionDef) or function.name[0] == "_":
            continue
        for each in function.args.args:
            if not each.annotation:
                message = f"{function.name}() does not say what {each.arg} is"
                yield PageError(path, each.lineno, f"{message}; annotate it")


def _taken(page: Page) -> Iterator[PageError]:
    """An answer must not replace something that the page has defined."""
    defined: set[str] = set()
    for part in parts(filled(page)):
        if isinstance(part, Code):
            defined.update(map(_defined, ast.walk(ast.parse(part.source))))
        elif isinstance(part, Exercise):
            for name in sorted(defined.intersection(part.asked)):
                message = (
                    f"the page defines {name} already; rename the parameter of "
                    f"{part.check}() in snippets/exercises/{page.name}.py"
                )
                yield PageError(page.path, part.line, message)


def _defined(node: ast.AST) -> str:
    """The name that a part of a program gives to something, or none."""
    if isinstance(node, ast.alias):
        return node.asname or node.name.partition(".")[0]
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    stored = isinstance(getattr(node, "ctx", None), ast.Store)
    return getattr(node, "id", "") if stored else ""
