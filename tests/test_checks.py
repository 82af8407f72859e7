"""The book as it stands passes every check."""

import io
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
    formulas,
    languages,
    links,
    markup,
    numbering,
    numbers,
    project,
    quantities,
    routes,
    symbols,
    synced,
    terms,
    translation,
)
from tools import habits, universal

CHECKS = (
    amounts,
    chapters,
    encoding,
    equations,
    exercises,
    fences,
    formulas,
    languages,
    links,
    markup,
    numbering,
    numbers,
    project,
    quantities,
    routes,
    symbols,
    synced,
    terms,
    translation,
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
    for check in (amounts, languages, synced, translation):
        assert not list(check.problems(book))
    monkeypatch.setenv("GITHUB_REF_NAME", "main")
    assert [str(problem) for problem in languages.problems(book)] == [
        "docs/ko/page.md:2: this page still waits for its translation; translate what "
        "docs/en/page.md has more, and take the mark out"
    ]


@pytest.fixture
def changed(pair):
    """A page whose second paragraph has changed in English alone."""
    korean = "# 쪽 { #page }\n\n하나.\n\n둘.\n"
    book = pair(korean, "# Page { #page }\n\nOne.\n\nTwo.\n")
    assert not synced.declare(book, "page", lambda _: True)
    assert not list(synced.problems(book))
    book = pair(korean, "# Page { #page }\n\nOne.\n\nBoth.\n")
    assert told(book) == [
        "docs/en/page.md:5: changed since docs/ko/page.md was last in line with it; "
        "compare docs/ko/page.md:5, then `make synced PAGE=page`: Both."
    ]
    return book


def told(book: Book) -> list[str]:
    return [str(problem) for problem in synced.problems(book)]


@pytest.fixture
def terminal(monkeypatch):
    """A terminal of so many columns, in which somebody gives these answers."""

    def open_terminal(columns: int, *answers: str) -> None:
        monkeypatch.delenv("YES", raising=False)
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(answers) + "\n"))
        monkeypatch.setattr("sys.stdin.isatty", lambda: True)

    return open_terminal


def test_declaring_shows_both_texts_side_by_side_and_asks(changed, terminal, capsys):
    terminal(101, "y")
    synced.declare_page(changed, "page")
    assert capsys.readouterr().out.splitlines() == [
        f"{'docs/ko/page.md:5':<49} | docs/en/page.md:5",
        f"{'둘.':<48} | Both.",  # Hangul takes two columns
        "",
        "Do both say the same? [y/n] docs/synced/page.txt: 1 of 1 changed pairs of "
        "texts declared",
    ]
    assert not told(changed)


def test_declaring_shows_texts_one_below_the_other_where_there_is_no_room(
    changed, terminal, capsys
):
    terminal(80, "y")
    synced.declare_page(changed, "page")
    shown = ["docs/ko/page.md:5", "둘.", "", "docs/en/page.md:5", "Both.", ""]
    assert capsys.readouterr().out.splitlines()[:6] == shown


@pytest.mark.parametrize("answer", ["n", "", "of course"])
def test_what_does_not_agree_is_not_declared(changed, terminal, capsys, answer):
    before = told(changed)
    terminal(80, answer)
    with pytest.raises(SystemExit) as stopped:
        synced.declare_page(changed, "page")
    assert stopped.value.code == 1
    assert (
        "docs/ko/page.md:5: make it say the same as docs/en/page.md:5, then `make "
        in (capsys.readouterr().out)
    )
    assert told(changed) == before


def test_without_a_terminal_nothing_is_declared_unless_yes_is_said(
    changed, monkeypatch
):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.delenv("YES", raising=False)
    before = told(changed)
    with pytest.raises(SystemExit, match="`YES=1 make synced PAGE=page`"):
        synced.declare_page(changed, "page")
    assert told(changed) == before
    monkeypatch.setenv("YES", "1")
    synced.declare_page(changed, "page")
    assert not told(changed)


def test_long_texts_are_wrapped_to_the_columns_they_take(pair):
    book = pair("가나다라 " * 30, "Words " * 60)
    shown = synced.beside("page", (book.pages["ko", "page"].texts[0],) * 2, 120)
    lines = shown.splitlines()[1:]
    assert " ".join(line.partition(" | ")[0].strip() for line in lines) == (
        " ".join(["가나다라"] * 30)
    )
    assert max(map(synced._columns, lines)) <= 120


def test_sentences_that_allow_no_exception_are_listed(pair):
    book = pair(
        "---\nquestion: 언제나 그런가?\n---\n# 쪽 { #page }\n\n아니다. 답은 없다.\n\n"
        "| 둘 다 | 하나 |\n|---|---|\n| 다음과 같다. | 어떤 $x$에서도 크다. |\n",
        "---\nquestion: Is it so?\n---\n# Page { #page }\n\nThe 1.5 is small. It is "
        "not any larger: all is\nwell. `all` is code.\n",
    )
    found = {page.language: list(universal.universal(page)) for page in book}
    assert found["ko"] == [
        (2, "언제나", "언제나 그런가?"),
        (6, "없", "답은 없다."),
        (8, "둘 다", "둘 다"),
        (10, "어떤 \ufffc에서도", "어떤 $x$에서도 크다."),
    ]
    assert found["en"] == [(6, "any, all", "It is not any larger: all is")]


def test_habits_of_korean_are_counted_and_listed_by_line(pair, capsys, monkeypatch):
    book = pair(
        "# 쪽 { #page }\n\n짧은 문장이다. "
        "따라서 이 긴 문장에는 낱말이 모두 아홉 개 들어 있다.\n\n"
        "| 표 |\n|---|\n| 표는 세지 않는다. |\n\n- 까닭을 적는다.\n",
        "# Page { #page }\n\nShort.\n",
    )
    found = list(habits.sentences(book.pages["ko", "page"]))
    assert [line for line, _ in found] == [3, 3, 9]
    told = habits.Habits.of([sentence for _, sentence in found])
    assert told == habits.Habits(3, 14 / 3, 200 / 3, 1000 / 14)
    monkeypatch.chdir(book.root)
    habits.main(["page"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3].split() == ["page", "3", "4.7", "67%", "71", "1"]
    assert lines[-2:] == [
        "docs/ko/page.md:3: 짧은 문장이다.",
        "docs/ko/page.md:9: 까닭을 적는다.",
    ]
