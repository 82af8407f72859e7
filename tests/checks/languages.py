"""Both languages of a page are built alike and say the same decimal numbers.

A page whose translation is still to come may say so in its front matter, `waiting:
true`. Nothing compares it with the other language then; on main, the mark fails.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from publishing.page import Book, Page, PageError, relative
from tests.checks import numbers

_ELEMENTS = {"p": "paragraph", "td": "table cell", "th": "table heading"}


@dataclass(frozen=True)
class Part:
    """Something on a page that a translation keeps."""

    line: int
    key: str  # the same in both languages
    shown: str  # how a message calls it


def problems(book: Book) -> Iterator[PageError]:
    if os.environ.get("GITHUB_REF_NAME") == "main":
        for korean, english in book.pairs():
            yield from _still_waiting(korean, english)
            yield from _still_waiting(english, korean)
    for korean, english in pairs(book):
        yield from _built_alike(korean, english)


def pairs(book: Book) -> Iterator[tuple[Page, Page]]:
    """Korean and English pages of one name, neither of which waits for the other."""
    for pair in book.pairs():
        if not any(page.front.get("waiting") for page in pair):
            yield pair


def outline(page: Page) -> list[Part]:
    """All that a translation keeps, in order."""
    parts = []

    def add(line: int, key: str, shown: str | None = None) -> None:
        parts.append(Part(line, key, shown or key))

    for token in page.tokens:
        line = token.map[0] + 1 if token.map else 0
        if token.type == "fence":
            add(line, f"fence {token.info!r} with {token.content.strip()}")
        elif token.type == "html_block":
            add(line, token.content.strip())
        elif token.type == "admonition_open":
            add(line, f"admonition of the kind {token.info.split()[0]}")
    for formula in page.formulas:
        if formula.display:
            latex = re.sub(r"\\text\{[^}]*\}", r"\\text{}", formula.latex)
            add(formula.line, f"equation {' '.join(latex.split())}")
    for heading in page.headings:
        add(heading.line, f"heading of level {heading.level} with the id {heading.id}")
    for text in page.texts:
        element = _ELEMENTS.get(text.kind, f"text in <{text.kind}>")
        add(text.line, f"{element} that matches this one")
        for kind, name in (("image", "src"), ("link_open", "href")):
            for target in sorted(token.attrs[name] for _, token in text.pieces(kind)):
                add(text.line, f"link or picture {target}")
        for number in sorted(numbers.decimals(text), key=lambda number: number.key):
            add(text.line, f"number {number.key}", f"number {number.shown}")
        if caption := re.match(r"///.*", text.token.content):
            add(text.line, f"caption {caption[0]}")
        if exercise := re.match(r"\*\*\{ #[\w-]+ \}\*\*", text.token.content):
            add(text.line, f"exercise {exercise[0]}")
    return sorted(parts, key=lambda part: part.line)


def _still_waiting(page: Page, other: Page) -> Iterator[PageError]:
    if page.front.get("waiting"):
        message = (
            "this page still waits for its translation; translate what "
            f"{relative(other.path)} has more, and take the mark out"
        )
        yield PageError(page.path, page.line_of("waiting:"), message)


def _built_alike(korean: Page, english: Page) -> Iterator[PageError]:
    if set(korean.front) != set(english.front):
        different = sorted(set(korean.front) ^ set(english.front))
        message = f"front matter: only one language has {', '.join(different)}"
        yield PageError(english.path, 1, message)
    for key in ("constants", "moved"):
        if korean.front.get(key) != english.front.get(key):
            message = f"its {key} are not those of {relative(korean.path)}"
            yield PageError(english.path, english.line_of(f"{key}:"), message)
    ours, theirs = outline(korean), outline(english)
    keys = ([part.key for part in parts] for parts in (ours, theirs))
    for kind, i, _, k, m in SequenceMatcher(None, *keys, False).get_opcodes():
        if kind == "equal":
            continue
        page, part, other = korean, ours[min(i, len(ours) - 1)], english
        beside = theirs[min(k, len(theirs) - 1)]
        if k < m:
            page, part, other, beside = english, beside, korean, part
        message = f"{relative(other.path)}:{beside.line} has no {part.shown}"
        if len(korean.texts) != len(english.texts):
            message += "; write it there, or put `waiting: true` into that front matter"
        yield PageError(page.path, part.line, message)
        return  # what follows is out of step
