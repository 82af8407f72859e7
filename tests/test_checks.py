"""The book as it stands passes every check."""

from pathlib import Path

import pytest

from tests.checks import encoding, equations, fences, languages, links, numbers, terms
from tests.checks.book import Book

CHECKS = (encoding, equations, fences, languages, links, numbers, terms)


@pytest.fixture(scope="module")
def book():
    return Book(Path(__file__).parents[1])


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_book_has_no(check, book):
    found = [str(problem) for problem in check.problems(book)]
    if found:
        pytest.fail("\n".join(found), pytrace=False)
