"""What other pages and README.md say of the chapters: order, times, exercises."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from publishing.page import (
    CONFIGURATIONS,
    Book,
    Page,
    PageError,
    appendices,
    chapters,
    relative,
)

# sections of pages that have a table with a row for each chapter
TABLES = (
    ("index", "where-to-start"),
    ("teachers", "contents"),
    ("teachers", "one-term"),
    ("teachers", "exercises"),
)
_ENTRY = re.compile(r" +- (?:[^#]*: )?(?P<name>\w+)\.md$")
_LISTED = re.compile(r"\d+\. `(?P<name>\w+)`")


@dataclass(frozen=True)
class Row:
    """A row of a table: its line, and the chapters that it links to."""

    line: int
    text: str
    names: list[str]


def problems(book: Book) -> Iterator[PageError]:
    names = chapters(book.root)
    names = [
        name for name in names if all((c, name) in book.pages for c in ("ko", "en"))
    ]
    yield from _navigation(book)
    in_parts = [name for name in names if name not in appendices(book.root)]
    yield from _readme(book.root / "README.md", in_parts)
    for language in CONFIGURATIONS:
        for name in ("index", "teachers"):
            yield from _times(book.pages[language, name], names)
        for name, section in TABLES:
            rows = in_parts if section == "one-term" else names
            yield from _table(book, book.pages[language, name], section, rows)
        yield from _exercises(book, book.pages[language, "teachers"], names)


def _table(
    book: Book, page: Page, section: str, names: list[str]
) -> Iterator[PageError]:
    """A row for each chapter; in the table of exercises, for those that have some."""
    found = [
        (row.line, *row.names)
        for row in _rows(page, names, section)
        if len(row.names) == 1
    ]
    if section == "exercises":
        names = [name for name in names if _labels(book.pages[page.language, name])]
    yield from _each_once(page.path, "row", found, names)


def _each_once(
    path: Path, what: str, found: list[tuple[int, str]], expected: list[str]
) -> Iterator[PageError]:
    """Lines and names that were found are those that are expected, in order."""
    last = found[-1][0] + 1 if found else 1
    lines = [line for line, _ in found]
    given = [name for _, name in found]
    for kind, i, j, k, m in SequenceMatcher(None, given, expected).get_opcodes():
        if kind == "equal":
            continue
        for name in expected[k:m]:
            line = lines[i] if i < len(lines) else last
            yield PageError(path, line, f"no {what} for {name}; write one here")
        for line, name in found[i:j]:
            message = f"a {what} for {name}, which is"
            message += " in another place" if name in expected else " no chapter"
            yield PageError(path, line, f"{message}; take this one out")


def _navigation(book: Book) -> Iterator[PageError]:
    """Each page is in both navigations, in one order."""
    found = {}
    for language, name in CONFIGURATIONS.items():
        lines = (book.root / name).read_text(encoding="utf-8").splitlines()
        matches = ((i, _ENTRY.match(line)) for i, line in enumerate(lines, 1))
        found[language] = [(i, match["name"]) for i, match in matches if match]
    listed = [name for _, name in found["ko"]]
    written = [name for language, name in book.pages if language == "ko"]
    expected = listed + [name for name in written if name not in listed]
    for language, name in CONFIGURATIONS.items():
        yield from _each_once(book.root / name, "page", found[language], expected)


def _readme(path: Path, names: list[str]) -> Iterator[PageError]:
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if match := _LISTED.match(line):
            found.append((number, match["name"]))
    yield from _each_once(path, "line", found, names)


def _rows(page: Page, names: list[str], section: str | None = None) -> Iterator[Row]:
    """Rows of the page's tables, or of those in a section, that name chapters."""
    within = section is None
    for number, line in enumerate(page.lines, 1):
        if section and (heading := re.match(r"#+ .*\{ #([\w-]+) \}", line)):
            within = heading[1] == section
        if within and line.startswith("|"):
            linked = re.findall(r"\((\w+)\.md[)#]", line)
            if found := [name for name in dict.fromkeys(linked) if name in names]:
                yield Row(number, line, found)


def _times(page: Page, names: list[str]) -> Iterator[PageError]:
    """A row says how long its own chapter takes."""
    for row in _rows(page, names):
        filled = re.search(r"\{\{ (\w+)\.minutes \}\}", row.text)
        if filled and [filled[1]] != row.names:
            message = f"the time of {filled[1]}, in the row of {', '.join(row.names)}"
            yield PageError(page.path, row.line, message)


def _exercises(book: Book, page: Page, names: list[str]) -> Iterator[PageError]:
    """Teachers are told of each exercise once, in the row of its chapter."""
    for row in _rows(page, names, "exercises"):
        if len(row.names) != 1:
            continue
        (name,) = row.names
        chapter = book.pages[page.language, name]
        exercises = _labels(chapter)
        told = re.findall(rf"\({name}\.md#exercise-(\w+)\)", row.text)
        for label in exercises:
            if told.count(label) != 1:
                times = "not" if label not in told else "more than once"
                message = (
                    f"[]({name}.md#exercise-{label}) is {times} in this row; name it "
                    "once, as homework or as a surprise"
                )
                yield PageError(page.path, row.line, message)
        for label in set(told) - set(exercises):
            message = f"{relative(chapter.path)} has no exercise {label}"
            yield PageError(page.path, row.line, message)


def _labels(page: Page) -> list[str]:
    """The labels of a page's exercises."""
    return re.findall(r"^\*\*\{ #(\w+) \}\*\*", page.source, re.M)
