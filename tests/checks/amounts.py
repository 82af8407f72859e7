"""Whole numbers and factors ("doubles", 두 배) are the same in both languages.

What one language says in digits, or calls a factor, the other has in the same text, in
digits or in words; so it is with English number words from three on. Other words that
count ("two ways") may be in one language only, and Korean ones have second meanings.
Decimal numbers are compared in tests/checks/languages.py.
"""

from collections.abc import Iterator

from publishing.page import Book, Page, PageError, relative
from tests.checks import languages
from tests.checks.number_words import PATTERNS, Lines, claims, in_words, lines


def problems(book: Book) -> Iterator[PageError]:
    for korean, english in languages.pairs(book):
        if len(korean.texts) != len(english.texts):
            continue  # which tests.checks.languages tells
        for ours, theirs in _twins(korean, english):
            yield from _compared(korean, english, ours, theirs)
            yield from _compared(english, korean, theirs, ours)


def _twins(korean: Page, english: Page) -> Iterator[tuple[Lines, Lines]]:
    """What says the same in both languages: texts, and words in the front matter."""
    for texts in zip(korean.texts, english.texts, strict=True):
        yield tuple(map(lines, texts))
    for key in ("description", "question", "teaches", "needs"):
        yield tuple(
            [(page.line_of(f"{key}:"), str(page.front.get(key, "")), True)]
            for page in (korean, english)
        )


def _compared(page: Page, other: Page, text: Lines, twin: Lines) -> Iterator[PageError]:
    found = list(claims(text, page.language))
    if page.language == "en":
        found += [(*word, False) for word in in_words(text)]
    if not found:
        return
    prose = [line for line in twin if line[2]]
    words = " ".join(words for _, words, _ in prose)
    for line, value, shown, is_factor in found:
        patterns = PATTERNS[other.language].get(value)
        pattern = patterns and (patterns.like_factor if is_factor else patterns.any_use)
        # a formula may give a number, but not a factor
        said = claims(prose if is_factor else twin, other.language)
        is_said = any(value == each for _, each, _, _ in said)
        if not is_said and not (pattern and pattern.search(words)):
            where = f"{relative(other.path)}:{twin[0][0]}"
            message = f"{where} has no {shown}, in digits or in words"
            yield PageError(page.path, line, message)
