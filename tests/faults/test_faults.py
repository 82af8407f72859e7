"""Each fault of tests/faults/table.py is told in one line, which is the right one."""

import copy
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

from publishing.page import Book, Page
from tests import tiny
from tests.checks import markup, terms, translation
from tests.faults.table import BUILD, EXECUTE, FAULTS, PYTEST, WHERE

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def real_book(tmp_path_factory) -> Book:
    """A copy of the real book, read once. Each test leaves it as it was."""
    root = tmp_path_factory.mktemp("real") / "book"
    for name in ("docs", "snippets", "tests", "tools"):
        shutil.copytree(ROOT / name, root / name)
    for path in ROOT.glob("[!.]*"):
        if path.is_file():
            shutil.copy(path, root)
    return Book(root)


def of(way: str | ModuleType) -> list[str]:
    """The faults that are found in this way; all checks are one way."""
    return [
        name
        for name, (found, *_) in FAULTS.items()
        if found == way or (way is ModuleType and isinstance(found, ModuleType))
    ]


@pytest.mark.parametrize("fault", of(ModuleType))
def test_a_check_finds(fault, real_book):
    check, file, old, new, _ = FAULTS[fault]
    with changed(real_book.root / file, old, new) as path:
        book, page = copy.copy(real_book), (path.parent.name, path.stem)
        if page in book.pages:
            book.pages = book.pages | {page: Page(path)}
            if check in (markup, terms, translation):  # page by page, which is quick
                book.pages = {k: v for k, v in book.pages.items() if k[1] == path.stem}
        told = [str(problem) for problem in check.problems(book)]
        expect(told[:1], fault, book.root)


@pytest.mark.parametrize("fault", of(PYTEST))
def test_pytest_finds(fault, book, pytester):
    _, file, old, new, _ = FAULTS[fault]
    pages = ["docs/en/sums.md", "docs/ko/sums.md"]
    if file.endswith(".md"):
        pages = [file] if new is not None else pages[1:]
    with changed(book / file, old, new):
        result = tiny.run_pages(pytester, book, *pages)
        told = [line for line in result.outlines if re.match(r"docs/\S+:\d+: ", line)]
        assert result.ret != 0
        assert len(told) == len(pages), "\n".join(result.outlines)
        expect(told[:1], fault, book)


@pytest.mark.parametrize("fault", of(BUILD))
def test_a_build_finds(fault, book):
    _, file, old, new, _ = FAULTS[fault]
    with changed(book / file, old, new):
        said, site = tiny.build_english(book)
        expect(errors(said), fault, book)
    assert not site.exists()


@pytest.mark.parametrize("fault", of(EXECUTE))
def test_an_executed_notebook_finds(fault, book, mkdocs):
    """mkdocs-jupyter would publish a page with the traceback of a cell that raises."""
    _, file, old, new, _ = FAULTS[fault]
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "publishing", book / "publishing", ignore=ignored)
    tiny.edit(book / "publishing/notebook_pages.py", "SECONDS = 120", "SECONDS = 4")
    with changed(book / file, old, new):
        built = mkdocs("build", "-f", "mkdocs.en.yml", root=book, NOTEBOOKS="1")
        expect(errors(built.stderr), fault, book)
    assert built.returncode
    assert not (book / "site/en").exists()


@contextmanager
def changed(path: Path, old: str | None, new: str | None) -> Iterator[Path]:
    before = path.read_bytes()
    try:
        if new is None:
            path.unlink()
        elif old is None:
            path.write_text(new, encoding="utf-8")
        else:
            tiny.edit(path, old, new)
        yield path
    finally:
        path.write_bytes(before)


def errors(said: str) -> list[str]:
    """What a build says, but for how far it has come."""
    where = r"(INFO +-|ERROR +- +Error reading page|Aborted)"
    lines = [line for line in said.splitlines() if line and not re.match(where, line)]
    return [re.sub("^ERROR +- +", "", line) for line in lines]


def expect(told: list[str], fault: str, root: Path) -> None:
    """One line is told, and names the place of the fault and what is to be done."""
    _, file, _, new, message = FAULTS[fault]
    file, text, above = WHERE.get(fault, (file, new, 0))
    path = root / file
    edited = path.read_bytes().decode() if path.is_file() else ""
    assert text in edited, f"{file} does not hold {text!r}"
    line = edited.count("\n", 0, edited.index(text)) + 1 - above
    expected = re.escape(f"{file}:{line}: {message}").replace("§", r"\d+")
    assert len(told) == 1, told
    assert re.match(expected, told[0]), f"{told[0]!r} instead of {expected!r}"
