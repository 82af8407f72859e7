"""What an exercise asks for in the notebook, and what the prose of its solution says.

The parameters of a check, in snippets/exercises, are the names that a reader gives
values to: they are free, and have types. A decimal number in a solution is one that the
solution itself prints, not only some other part of its chapter.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from publishing.blocks import blocks, parsed
from publishing.cells import Code, Exercise, parts
from publishing.page import Book, Page, PageError
from tests.checks import filled, numbers

_QUESTION = re.compile(r"\*\*\{ #\w+ \}\*\*")


def problems(book: Book) -> Iterator[PageError]:
    modules = sorted((book.root / "snippets/exercises").glob("[!_]*.py"))
    bare = [error for path in modules for error in _not_annotated(path)]
    if bare:
        yield from bare
        return  # a notebook cannot ask for what has no type
    for page in book:
        if any(token.type == "admonition_open" for token in page.tokens):
            yield from _taken(page)
            yield from _printed_elsewhere(page)


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


def _printed_elsewhere(page: Page) -> Iterator[PageError]:
    found, declared = blocks(page), numbers.declared_on(page)
    decimals = defaultdict(list)  # by the line that their text begins at
    for text in page.texts:
        decimals[text.line] += numbers.decimals(text)
    questions = [at for at, line in enumerate(page.lines, 1) if _QUESTION.match(line)]
    for token in page.tokens:
        if token.type != "admonition_open" or token.info.split()[0] != "solution":
            continue
        lines = range(token.map[0] + 1, token.map[1] + 1)
        outputs = [each.output for each in found if each.line in lines and each.output]
        printed = set().union(*map(numbers.printed, outputs))
        asked = max((at for at in questions if at < lines[0]), default=0)
        said = declared | {abs(each.value) for each in decimals[asked]}
        for line in lines:
            for number in decimals[line]:
                known = abs(number.value) in said
                if not known and not any(map(number.shows, printed)):
                    message = (
                        f"{number.shown} is not printed by this solution; let its "
                        f"code print it and run `make record PAGE={page.name}`"
                    )
                    yield PageError(page.path, number.line, message)


def _defined(node: ast.AST) -> str:
    """The name that a part of a program gives to something, or none."""
    if isinstance(node, ast.alias):
        return node.asname or node.name.partition(".")[0]
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    stored = isinstance(getattr(node, "ctx", None), ast.Store)
    return getattr(node, "id", "") if stored else ""
