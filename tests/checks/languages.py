"""Both languages of a page are built alike, say the same numbers, and are in line.

A page's front matter holds a check of each paragraph of its translation, as it stood
when somebody last declared the two in line: `python -m tests.checks.languages PAGE`.
"""

import hashlib
import re
import sys
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

from publishing.pages import PageError, relative
from tests.checks import numbers
from tests.checks.book import Book, Page

_SYNCED = re.compile(r"^synced: .*\n", re.MULTILINE)


def problems(book: Book) -> Iterator[PageError]:
    for korean, english in book.pairs():
        yield from _built_alike(korean, english)
        yield from _in_line(korean, english)
        yield from _in_line(english, korean)


def skeleton(page: Page) -> list[tuple[int, str]]:
    """Line and description of all that a translation may not change, in order."""
    bones = []
    for token in page.tokens:
        line = token.map[0] + 1 if token.map else 0
        if token.type == "fence":
            bones.append((line, f"a fence {token.info!r} with {token.content.strip()}"))
        elif token.type == "html_block":
            bones.append((line, token.content.strip()))
        elif token.type == "admonition_open":
            kind = token.info.split()[0]
            bones.append((line, f"an admonition of the kind {kind}"))
    for formula in page.formulas:
        if formula.display:
            latex = re.sub(r"\\text\{[^}]*\}", r"\\text{}", formula.latex)
            bones.append((formula.line, f"the equation {' '.join(latex.split())}"))
    for heading in page.headings:
        description = f"a heading of level {heading.level} with the id {heading.id}"
        bones.append((heading.line, description))
    for text in page.texts:
        bones.append((text.line, f"a text in <{text.kind}>"))
        for kind, name in (("image", "src"), ("link_open", "href")):
            targets = sorted(token.attrs[name] for _, token in text.pieces(kind))
            bones += [(text.line, f"a link or picture {target}") for target in targets]
        shown = sorted(number.key for number in numbers.decimals(page, text))
        bones += [(text.line, f"the number {key}") for key in shown]
        if caption := re.match(r"///.*", text.token.content):
            bones.append((text.line, f"the caption {caption[0]}"))
        if exercise := re.match(r"\*\*[\d.]+\*\*", text.token.content):
            bones.append((text.line, f"the exercise {exercise[0]}"))
    return sorted(bones, key=lambda bone: bone[0])


def _built_alike(korean: Page, english: Page) -> Iterator[PageError]:
    if set(korean.front) != set(english.front):
        different = sorted(set(korean.front) ^ set(english.front))
        message = f"front matter: only one language has {', '.join(different)}"
        yield PageError(english.path, 1, message)
    if korean.front.get("constants") != english.front.get("constants"):
        message = f"its constants are not those of {relative(korean.path)}"
        yield PageError(english.path, english.line_of("constants:"), message)
    ours, theirs = skeleton(korean), skeleton(english)
    matcher = SequenceMatcher(None, *([d for _, d in b] for b in (ours, theirs)), False)
    for kind, i, _, k, m in matcher.get_opcodes():
        if kind == "equal":
            continue
        if k < m:
            line, what = theirs[k]
            where = ours[min(i, len(ours) - 1)][0]
            message = f"{relative(korean.path)}:{where} has not {what}"
            yield PageError(english.path, line, message)
        else:
            line, what = ours[i]
            where = theirs[min(k, len(theirs) - 1)][0]
            message = f"{relative(english.path)}:{where} has not {what}"
            yield PageError(korean.path, line, message)
        return  # what follows is out of step


def checks(page: Page) -> list[str]:
    """A short check of each paragraph."""
    contents = (text.token.content for text in page.texts)
    return [hashlib.sha256(c.encode()).hexdigest()[:4] for c in contents]


def _in_line(page: Page, other: Page) -> Iterator[PageError]:
    """`page` is stale if a paragraph of `other` has changed since they were in line."""
    known, now = str(page.front.get("synced", "")).split(), checks(other)
    for kind, _, _, k, _ in SequenceMatcher(None, known, now, False).get_opcodes():
        if kind == "equal":
            continue
        text = other.texts[min(k, len(other.texts) - 1)]
        twin = page.texts[min(k, len(page.texts) - 1)]
        yield PageError(
            other.path,
            text.line,
            f"changed since {relative(page.path)} was last in line with it; compare "
            f"{relative(page.path)}:{twin.line}, then `make synced PAGE={page.name}`: "
            f"{text.token.content}",
        )
        return


def declare_in_line(root: Path, name: str) -> None:
    """Writes the checks of each language of a page into the other's front matter."""
    book = Book(root)
    for language, other in (("ko", "en"), ("en", "ko")):
        page = book.pages[language, name]
        line = f"synced: {' '.join(checks(book.pages[other, name]))}\n"
        text = _SYNCED.sub("", page.source)
        head, mark, body = text.partition("\n---\n")
        page.path.write_text(f"{head}\n{line[:-1]}{mark}{body}", encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        if not Path(f"docs/ko/{name}.md").is_file():
            sys.exit(f"docs/ko/{name}.md does not exist; name a page without its .md")
        declare_in_line(Path.cwd(), name)
