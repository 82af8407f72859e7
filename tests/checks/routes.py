"""A core uses only what it introduces or what the chapters that it needs introduce.

A chapter needs those that `needs:` in its front matter links to, and what they need in
turn. The column `explained` of docs/glossary.tsv names the chapters whose cores explain
a term, more than one where ways through the book part; "-" is what readers know or no
core uses. The notation page says where a symbol is explained, and imports say whose
code it is.
"""

import csv
import re
from collections.abc import Iterator

from publishing.blocks import include
from publishing.page import Book, Page, PageError, chapters
from tests.checks.terms import UNGLOSSED

_CHAPTER = re.compile(r"\]\((\w+)\.md(?:#[\w-]+)?\)")
_IMPORT = re.compile(r"from snippets\.(\w+) import")
# of symbols, those that are commands; letters mean many things
_SYMBOL = re.compile(
    r"\\(?:eta|kappa|lambda|nabla|rho|sigma|tau|theta|varepsilon|Cov|E|Var)(?![A-Za-z])"
)
_WAY = re.compile(r"\| .*\{ #one-evening \}")  # for those who have read nothing yet


def problems(book: Book) -> Iterator[PageError]:
    names = [name for name in chapters(book.root) if ("ko", name) in book.pages]
    pages = {name: book.pages["ko", name] for name in names}
    needed = {name: _needed(name, pages) for name in names}
    yield from _introduced(book, pages)
    terms = {term: explained for _, term, explained in _rows(book)}
    symbols = _symbols(book.pages.get(("ko", "notation")), pages)
    for name, page in pages.items():
        known = needed[name] | {name}
        yield from _terms(page, terms, known)
        yield from _of_formulas(page, symbols, known)
        yield from _code(page, known)
    yield from _ways(book, pages)


def _needed(name: str, pages: dict[str, Page]) -> set[str]:
    """All chapters whose cores come before this one's."""
    found, open_ = set(), [name]
    while open_:
        asked = _CHAPTER.findall(str(pages[open_.pop()].front.get("needs", "")))
        new = {each for each in asked if each in pages} - found
        found |= new
        open_ += new
    return found


def _rows(book: Book) -> Iterator[tuple[int, str, list[str]]]:
    with (book.root / "docs/glossary.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        for row in rows:
            explained = row["explained"].split()
            yield rows.line_num, row["korean"].partition("(")[0], explained


def _introduced(book: Book, pages: dict[str, Page]) -> Iterator[PageError]:
    """Each term is in the cores that are said to explain it."""
    path = book.root / "docs/glossary.tsv"
    words = {name: _words(page) for name, page in pages.items()}
    for line, term, explained in _rows(book):
        if not explained:
            message = (
                f"{term}: under `explained`, name the chapters that do, or write -"
            )
            yield PageError(path, line, message)
        for name in explained:
            if name != "-" and term not in words.get(name, ""):
                message = f"no core of a chapter {name} has {term}; correct `explained`"
                yield PageError(path, line, message)


def _words(page: Page) -> str:
    return "\n".join(text for _, text in _core(page))


def _core(page: Page) -> Iterator[tuple[int, str]]:
    """What stands in the core, by line: no headings, no notes, no formulas, no code."""
    for text in page.texts:
        if text.kind[:1] != "h" and not text.note and page.in_core(text.line):
            yield from text.words()


def _terms(
    page: Page, terms: dict[str, list[str]], known: set[str]
) -> Iterator[PageError]:
    longest_first = sorted({*terms, *UNGLOSSED}, key=len, reverse=True)
    pattern = re.compile(rf"(?<![가-힣])(?:{'|'.join(map(re.escape, longest_first))})")
    told = set()
    for line, words in _core(page):
        for term in pattern.findall(re.sub(r"\[[^\]]*\]\([^)]*\)", "", words)):
            explained = set(terms.get(term, "-"))
            if not explained & {*known, "-"} and term not in told:
                told.add(term)
                message = _advice(term, ", ".join(sorted(explained)))
                message += "; or explain it here, and say so in docs/glossary.tsv"
                yield PageError(page.path, line, message)


def _advice(what: str, where: str) -> str:
    return (
        f"{what} is explained in {where}, which this core does not need; do without, "
        "or name the chapter under `needs:`"
    )


def _symbols(notation: Page | None, pages: dict[str, Page]) -> dict[str, set[str]]:
    """Commands such as \\kappa, each with the chapters that explain it."""
    found = {}
    for line in notation.lines if notation else ():
        cells = line.split("|")
        explained = set(_CHAPTER.findall(cells[-2])) if len(cells) > 3 else set()
        if explained & set(pages):
            for symbol in _SYMBOL.findall(cells[1]):
                found.setdefault(symbol, explained)
    return found


def _of_formulas(
    page: Page, symbols: dict[str, set[str]], known: set[str]
) -> Iterator[PageError]:
    told = set()
    for formula in page.formulas:
        for symbol in _SYMBOL.findall(formula.latex):
            explained = symbols.get(symbol, known)
            if explained & known or symbol in told or not page.in_core(formula.line):
                continue
            told.add(symbol)
            message = _advice(symbol, ", ".join(sorted(explained)))
            yield PageError(page.path, formula.line, message)


def _code(page: Page, known: set[str]) -> Iterator[PageError]:
    for fence in page.fences:
        line = fence.map[0] + 1
        if fence.info != "python" or not page.in_core(line):
            continue
        for included in fence.content.splitlines():
            code = include(page.path, line, included).text
            for chapter in _IMPORT.findall(code):
                if chapter not in known and chapter != page.name:
                    yield PageError(
                        page.path, line, _advice(f"code of {chapter}", chapter)
                    )


def _ways(book: Book, pages: dict[str, Page]) -> Iterator[PageError]:
    """A way through for beginners has, before each chapter, all that it needs."""
    index = book.pages.get(("ko", "index"))
    for number, line in enumerate(index.lines if index else (), 1):
        if not _WAY.match(line):
            continue
        read = list(dict.fromkeys(_CHAPTER.findall(line)))
        for place, name in enumerate(read):
            for missing in _needed(name, pages) - set(read[:place]):
                message = f"{name} needs {missing}, which this way does not read before"
                yield PageError(
                    index.path, number, f"{message}; name it, or do without"
                )
