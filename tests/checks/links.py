"""Links that arrive in the right language; pictures with words; headings with ids.

MkDocs itself, strict, refuses broken pages and anchors (tests/test_site.py).
`python -m tests.checks.links` lists the links that leave the site.
"""

from collections.abc import Iterator
from pathlib import Path

from publishing.page import Book, Page, PageError, relative


def problems(book: Book) -> Iterator[PageError]:
    for page in book:
        yield from _headings(page)
        yield from _targets(page, book)


def _headings(page: Page) -> Iterator[PageError]:
    seen, level = set(), 0
    for heading in page.headings:
        if not heading.id:
            message = "this heading has no id; add { #id }, the same in both languages"
            yield PageError(page.path, heading.line, message)
        elif heading.id in seen:
            message = f"the id {heading.id} is used above already; choose another"
            yield PageError(page.path, heading.line, message)
        if heading.level > level + 1:
            message = f"a heading of level {heading.level} follows one of level {level}"
            yield PageError(page.path, heading.line, message)
        seen.add(heading.id)
        level = heading.level
    if not page.headings:
        yield PageError(page.path, 1, "this page is empty; write it or delete it")


def _targets(page: Page, book: Book) -> Iterator[PageError]:
    for text in page.texts:
        for line, image in text.pieces("image"):
            # without words, a picture may only adorn the link in its row of a table
            adorns = page.lines[line - 1].startswith("| ![](figure:")
            if not (image.content.strip() or adorns):
                message = "say what one sees in this picture: ![…](…)"
                yield PageError(page.path, line, message)
        for line, link in text.pieces("link_open"):
            target = link.attrs["href"].partition("#")[0]
            if "://" in target or not target:
                continue
            inside = page.path.parent.resolve()
            if not (page.path.parent / target).resolve().is_relative_to(inside):
                message = f"{target} leaves this language; link within it"
                yield PageError(page.path, line, message)
            elif (page.language, Path(target).stem) not in book.pages:
                message = f"{target} does not exist; correct the link"
                yield PageError(page.path, line, message)


if __name__ == "__main__":
    for page in Book(Path.cwd()):
        for text in page.texts:
            for line, link in text.pieces("link_open"):
                if "://" in link.attrs["href"]:
                    print(f"{relative(page.path)}:{line}: {link.attrs['href']}")
