"""The book as it stands passes every check."""

from pathlib import Path

import pytest

from publishing.page import Book, PageError
from tests.checks import (
    amounts,
    chapters,
    encoding,
    equations,
    exercises,
    fences,
    languages,
    links,
    numbering,
    numbers,
    symbols,
    synced,
    terms,
)

CHECKS = (
    amounts,
    chapters,
    encoding,
    equations,
    exercises,
    fences,
    languages,
    links,
    numbering,
    numbers,
    symbols,
    synced,
    terms,
)


@pytest.fixture(scope="module")
def book():
    return Book(Path(__file__).parents[1])


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_book_has_no(check, book):
    found = []
    try:
        for problem in check.problems(book):
            found.append(str(problem))
    except PageError as problem:  # nothing behind it can be read
        found.append(str(problem))
    if found:
        pytest.fail("\n".join(found), pytrace=False)


@pytest.fixture
def pair(tmp_path):
    """Writes a page in both languages and returns the book that it is."""
    (tmp_path / "mkdocs.yml").touch()

    def write(korean: str, english: str) -> Book:
        for language, text in (("ko", korean), ("en", english)):
            path = tmp_path / f"docs/{language}/page.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Book(tmp_path)

    return write


def test_a_page_may_wait_for_its_translation_but_not_on_main(pair, monkeypatch):
    book = pair(
        "---\nwaiting: true\n---\n# 쪽 { #page }\n", "# Page { #page }\n\nNew.\n"
    )
    monkeypatch.delenv("GITHUB_REF_NAME", raising=False)
    for check in (amounts, languages, synced):
        assert not list(check.problems(book))
    monkeypatch.setenv("GITHUB_REF_NAME", "main")
    assert [str(problem) for problem in languages.problems(book)] == [
        "docs/ko/page.md:2: this page still waits for its translation; translate what "
        "docs/en/page.md has more, and take the mark out"
    ]


def test_declaring_that_a_page_is_synced_shows_what_has_changed(pair):
    book = pair(
        "# 쪽 { #page }\n\n하나.\n\n둘.\n", "# Page { #page }\n\nOne.\n\nTwo.\n"
    )
    synced.declare(book, "page")
    assert not list(synced.problems(book))
    book = pair(
        "# 쪽 { #page }\n\n하나.\n\n둘.\n", "# Page { #page }\n\nOne.\n\nBoth.\n"
    )
    assert [str(problem) for problem in synced.problems(book)] == [
        "docs/en/page.md:5: changed since docs/ko/page.md was last in line with it; "
        "compare docs/ko/page.md:5, then `make synced PAGE=page`: Both."
    ]
    assert synced.declare(book, "page").splitlines() == [
        "docs/synced/page.txt: 1 of 3 pairs of texts were new or changed",
        "docs/ko/page.md:5: 둘.",
        "docs/en/page.md:5: Both.",
    ]
    assert not list(synced.problems(book))
