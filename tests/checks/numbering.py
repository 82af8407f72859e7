"""Numbers of chapters, equations, exercises and figures are filled in, not typed.

publishing/numbering.py fills them in. Numbers of other people's books are typed, in
the section "sources" and in footnotes.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from publishing.page import Book, Page, PageError

# what is typed, and what to write on a page and in code instead
_TYPED = (
    (
        re.compile(
            r"(?<![\d.])\d+장|부록\s?[A-Z]\b"
            r"|\b[Cc]hapters?\s\d+|\b[Aa]ppendix\s[A-Z]\b"
        ),
        "[](NAME.md), which is filled in",
        "the chapter's name",
    ),
    (
        re.compile(r"연습문제\s?\d|\b[Ee]xercises?\s\d"),
        "[](NAME.md#exercise-LABEL), which is filled in",
        "the exercise's label",
    ),
    (
        re.compile(r"그림\s?\d|\b[Ff]ig(?:ures?|s?\.)\s?\d"),
        "[](NAME.md#figure-LABEL), which is filled in",
        "the figure's name",
    ),
    (
        re.compile(
            r"(?<![가-힣])(?:수|방정)?식\s?(?:\(\d|\d+\.\d)"
            r"|\b(?:[Ee]quations?|[Ee]qs?\.?|[Ff]ormulas?)\s?\(?\d"
        ),
        r"$\eqref{LABEL}$, or [](NAME.md#eq-LABEL) for one of another page",
        "NAME#eq-LABEL",
    ),
)
# only on pages: code may refer to other people's books
_TYPED_ON_PAGES = (
    *_TYPED,
    (
        re.compile(r"(?<![\w.)\]])\([1-9]\.\d\d?\)"),
        r"$\eqref{LABEL}$, or [](NAME.md#eq-LABEL) for one of another page",
        "",
    ),
    (
        re.compile(
            r"(?<![가-힣])표\s?\d|(?<!\d)\d+(?:\.\d+)*절|\b(?:[Tt]able|[Ss]ection)s?\s\d"
        ),
        "[its heading](NAME.md#ID)",
        "",
    ),
)
# what numbers something where it stands
_NUMBERED = (
    (
        re.compile(r"^# \d+\.", re.M),
        "a chapter's number is its place in nav; take it out",
    ),
    (re.compile(r"^title: *['\"]?\d+\.", re.M), "take the number out of the title"),
    (re.compile(r"^\*\*\d+\.\d+\*\*", re.M), r"write **{ #LABEL }** above an exercise"),
    (
        re.compile(r"^ */// figure-caption \|", re.M),
        "write /// figure-caption alone; figures are numbered in their order",
    ),
    (
        re.compile(r"\\tag\{"),
        r"write \label{LABEL}; equations are numbered in their order",
    ),
)


def problems(book: Book) -> Iterator[PageError]:
    for page in book:
        yield from _on_page(page)
    paths = sorted((book.root / "snippets").rglob("*.py"))
    paths += [book.root / f"tests/test_{path.stem}.py" for path in paths]
    for path in dict.fromkeys(paths):
        if path.is_file():
            yield from _in_code(path)


def _on_page(page: Page) -> Iterator[PageError]:
    for pattern, instead in _NUMBERED:
        for match in pattern.finditer(page.source):
            line = page.source.count("\n", 0, match.start()) + 1
            yield PageError(page.path, line, f"{match[0]} is typed; {instead}")
    for text in page.texts:
        if text.section == "sources" or text.note:
            continue
        formulas = ((line, each.content) for line, each in text.pieces("math_inline"))
        for line, words in [*text.words(), *formulas]:
            for pattern, instead, _ in _TYPED_ON_PAGES:
                for match in pattern.finditer(words):
                    message = f"{match[0]} is typed; write {instead}"
                    yield PageError(page.path, line, message)


def _in_code(path: Path) -> Iterator[PageError]:
    source = path.read_text(encoding="utf-8")
    if not any(pattern.search(source) for pattern, _, _ in _TYPED):
        return  # most files; to parse them takes a second
    for line, text in _remarks(source):
        for pattern, _, instead in _TYPED:
            for match in pattern.finditer(text):
                number = line + text.count("\n", 0, match.start())
                message = f"{match[0]} is typed and may change; write {instead}"
                yield PageError(path, number, message)


def _remarks(source: str) -> Iterator[tuple[int, str]]:
    """Docstrings and comments of a Python file, with their lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            text = ast.get_docstring(node, clean=False)
            if text:
                yield node.body[0].lineno, text
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
