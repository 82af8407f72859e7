"""Fences that would mislead: code that is hidden, lines that do not exist, sections
that nobody closes, repeats or shows.

What pytest-codeblocks itself would run or not is checked where pages are read, in
publishing/blocks.py.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pymdownx.snippets import SnippetPreprocessor

from publishing.blocks import include
from publishing.page import Book, Page, PageError, relative

_HIGHLIGHTED = re.compile(r'hl_lines="(?P<lines>[^"]*)"')


def problems(book: Book) -> Iterator[PageError]:
    shown = set()
    for page in book:
        yield from _hidden(page)
        yield from _highlighted(page)
        for token in page.tokens:
            if token.type == "fence":
                shown |= set(re.findall(r'"(snippets/.+\.py:[\w-]+)"', token.content))
    for path in sorted((book.root / "snippets").rglob("*.py")):
        yield from _sections(path, shown)


def _hidden(page: Page) -> Iterator[PageError]:
    for token in page.tokens:
        if token.type == "html_block" and "```" in token.content:
            line = token.map[0] + 1
            yield PageError(page.path, line, "a hidden block; show it or delete it")


def _highlighted(page: Page) -> Iterator[PageError]:
    for token in page.tokens:
        match = token.type == "fence" and _HIGHLIGHTED.search(token.info)
        if not match:
            continue
        number = token.map[0] + 1
        text = "".join(
            include(page.path, line, content).text
            for line, content in enumerate(token.content.splitlines(), number + 1)
        )
        last = len(text.splitlines())
        for end in re.findall(r"\d+", match["lines"]):
            if not 1 <= int(end) <= last:
                message = f"hl_lines names line {end} of a block of {last} lines"
                yield PageError(page.path, number, message)


def _sections(path: Path, shown: set[str]) -> Iterator[PageError]:
    opened, seen = {}, Counter()
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        match = SnippetPreprocessor.RE_SNIPPET_SECTION.match(line)
        if not match:
            continue
        name = match["name"]
        if match["type"] == "end":
            if not opened.pop(name, None):
                message = f"section {name} ends here and begins nowhere above"
                yield PageError(path, number, message)
            continue
        seen[name] += 1
        opened[name] = number
        if seen[name] > 1:
            message = f"section {name} is defined twice; rename this one"
            yield PageError(path, number, message)
        elif f"{relative(path)}:{name}" not in shown:
            message = f"no page shows section {name}; show it or delete its markers"
            yield PageError(path, number, message)
    for name, number in opened.items():
        message = f"section {name} is not closed; add # --8<-- [end:{name}]"
        yield PageError(path, number, message)
