"""Symbols mean what the notation page says, or are introduced where they are used.

A letter in a formula is on the notation page, or stands by itself near its first use,
as in "the matrix $A$". A term of the glossary that has a symbol on the notation page
is given no other: not "the learning rate $\\alpha$".
"""

import re
from collections.abc import Iterator

from publishing.page import Book, Page, PageError, relative
from tests.checks.terms import glossary

# no pi, which is a number
_GREEK = (
    "alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|vartheta|iota|kappa|"
    "lambda|mu|nu|xi|rho|sigma|tau|upsilon|phi|varphi|chi|psi|omega|"
    "Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi|Omega|ell|nabla"
)
_NO_LETTERS = re.compile(
    r"\\(?:label|eqref|text|operatorname|mathrm|begin|end)\{[^}]*\}"
    rf"|\\(?!(?:{_GREEK})(?![A-Za-z]))[A-Za-z]+"
)
_LETTER = re.compile(r"\\[A-Za-z]+|[A-Za-z]")
# a letter by itself, with marks, indices or arguments, and what it is equal to
_ALONE = re.compile(
    r"(?:\\(?:hat|bar|tilde|mathbf)\s*)?\{?(?P<letter>\\[A-Za-z]+|[A-Za-z])\}?"
    r"(?:[_^](?:\{[^}]*\}|\\?\w+|\*)|\([^)]*\)|')*\s*(?:(?:=|\\[lg]e\b|\\in\b|<|>).*)?",
    re.DOTALL,
)
_NEAR = 6  # lines below the first use


def problems(book: Book) -> Iterator[PageError]:
    for page in book:
        notation = book.pages.get((page.language, "notation"))
        if notation and page is not notation:
            yield from _not_introduced(page, notation)
            yield from _renamed(page, _symbols(book, notation), notation)


def _not_introduced(page: Page, notation: Page) -> Iterator[PageError]:
    known = {letter for each in notation.formulas for letter in _letters(each.latex)}
    first, alone = {}, {}
    for formula in page.formulas:
        for letter in _letters(formula.latex) - known:
            first.setdefault(letter, formula.line)
        if match := _ALONE.fullmatch(formula.latex.strip()):
            alone.setdefault(match["letter"], formula.line)
    for letter, line in first.items():
        if alone.get(letter, line + _NEAR + 1) > line + _NEAR:
            message = (
                f"the symbol {letter} is not in {relative(notation.path)} and not "
                f"introduced here; say what ${letter}$ is, or take one from there"
            )
            yield PageError(page.path, line, message)


def _renamed(
    page: Page, symbols: dict[str, set[str]], notation: Page
) -> Iterator[PageError]:
    terms = "|".join(sorted(map(re.escape, symbols), key=len, reverse=True))
    if not terms:
        return
    named = re.compile(
        rf"(?<![\w-])(?P<term>{terms})(?: ?\([^)]*\))? \$(?P<latex>[^$]+)\$", re.I
    )
    for text in page.texts:
        for match in named.finditer(text.token.content):
            alone = _ALONE.fullmatch(match["latex"])
            term = match["term"].lower()
            if alone and alone["letter"] not in symbols[term]:
                line = text.line + text.token.content.count("\n", 0, match.start())
                message = (
                    f"{match['term']} is {' '.join(sorted(symbols[term]))} in "
                    f"{relative(notation.path)}, not {match['latex']}"
                )
                yield PageError(page.path, line, message)


def _symbols(book: Book, notation: Page) -> dict[str, set[str]]:
    """Terms that rows of the notation page begin with, and the letters of each."""
    terms = glossary(book)
    names = {
        term.english if notation.language == "en" else term.korean for term in terms
    }
    longest = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    row = re.compile(
        r"\| \$(?P<latex>[^$]+)\$<br>[^|]*\| "
        rf"(?:an? |the )?(?P<term>{longest})(?:\([^)]*\))?(?:[:;,.]| \||,| \$)",
        re.I,
    )
    found = {}
    for line in notation.lines:
        if match := row.match(line):
            letters = found.setdefault(match["term"].lower(), set())
            letters |= _letters(match["latex"])
    return found


def _letters(latex: str) -> set[str]:
    return set(_LETTER.findall(_NO_LETTERS.sub(" ", latex)))
