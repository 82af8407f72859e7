"""Both languages of a page say the same, as somebody has declared.

docs/synced/NAME.txt has an entry for each paragraph, heading, list item and table cell
of the page: a hash of the Korean text and one of the English. An entry that no longer
fits means that one language was changed alone. `make synced PAGE=NAME` shows such texts
in both languages, asks whether they agree, and declares those that do; with YES=1 it
does not ask. Entries have blank lines between them, so that git merges branches which
change different paragraphs.
"""

import hashlib
import os
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path

from publishing.page import Book, PageError, Text, relative
from tests.checks import languages

Pair = tuple[Text, Text]  # a Korean text and its English twin
Hashes = tuple[str, str]  # of such a pair


def problems(book: Book) -> Iterator[PageError]:
    for path in sorted((book.root / "docs/synced").glob("*.txt")):
        if ("ko", path.stem) not in book.pages:
            message = f"there is no docs/ko/{path.stem}.md; delete this file"
            yield PageError(path, 1, message)
    for korean, english in languages.pairs(book):
        if len(korean.texts) != len(english.texts):
            continue  # which tests.checks.languages tells
        command = f"make synced PAGE={korean.name}"
        if not _file(book, korean.name).is_file():
            message = f"compare it with {relative(english.path)}, then `{command}`"
            yield PageError(korean.path, 1, message)
            continue
        for at, before in _changed(book, korean.name):
            texts = korean.texts[at], english.texts[at]
            hashes = zip(before, _hashes(texts), strict=True)
            changed = [old != new for old, new in hashes]
            for language in (0, 1):
                text, twin = texts[language], texts[1 - language]
                page, other = (korean, english)[:: 1 - 2 * language]
                if changed[language]:
                    message = (
                        f"changed since {relative(other.path)} was last in line with "
                        f"it; compare {relative(other.path)}:{twin.line}, then "
                        f"`{command}`: {text.token.content}"
                    )
                    yield PageError(page.path, text.line, message)


def declare(book: Book, name: str, agree: Callable[[Pair], bool]) -> list[Pair]:
    """Declares each changed pair of texts of which that is said; returns the others."""
    texts, refused = _texts(book, name), []
    entries = [_hashes(pair) for pair in texts]
    for at, before in _changed(book, name):
        if not agree(texts[at]):
            refused.append(texts[at])
            entries[at] = before
    path = _file(book, name)
    path.parent.mkdir(exist_ok=True)
    known = (hashes for hashes in entries if any(hashes))
    text = "\n".join("ko {}\nen {}\n".format(*hashes) for hashes in known)
    path.write_text(text, encoding="utf-8")
    return refused


def beside(name: str, pair: Pair, columns: int) -> str:
    """Both texts, side by side if there are enough columns, or one below the other."""
    wide = columns >= 100
    width = (columns - 3) // 2 if wide else columns
    ours, theirs = (
        [f"docs/{language}/{name}.md:{text.line}", *_wrapped(text.token.content, width)]
        for language, text in zip(("ko", "en"), pair, strict=True)
    )
    if not wide:
        return "\n".join([*ours, "", *theirs, ""])
    rows = zip_longest(ours, theirs, fillvalue="")
    lines = (f"{a}{' ' * (width - _columns(a))} | {b}".rstrip() for a, b in rows)
    return "\n".join([*lines, ""])


def _wrapped(text: str, width: int) -> Iterator[str]:
    for line in text.splitlines():
        row = ""
        for word in line.split(" "):
            if row and _columns(f"{row} {word}") > width:
                yield row
                row = word
            else:
                row = f"{row} {word}" if row else word
        yield row


def _columns(text: str) -> int:
    """How wide a terminal shows it: Hangul takes two columns."""
    return sum(1 + (unicodedata.east_asian_width(each) in "WF") for each in text)


def _file(book: Book, name: str) -> Path:
    return book.root / f"docs/synced/{name}.txt"


def _texts(book: Book, name: str) -> list[Pair]:
    korean, english = (book.pages[language, name] for language in ("ko", "en"))
    return list(zip(korean.texts, english.texts, strict=True))


def _hashes(texts: Pair) -> Hashes:
    contents = (text.token.content.encode() for text in texts)
    return tuple(hashlib.sha256(content).hexdigest()[:8] for content in contents)


def _declared(path: Path) -> list[Hashes]:
    if not path.is_file():
        return []
    entries = path.read_text(encoding="utf-8").split("\n\n")
    return [tuple(entry.split()[1::2]) for entry in entries]


def _changed(book: Book, name: str) -> Iterator[tuple[int, Hashes]]:
    """Places of texts that are not declared, and what was declared there."""
    old = _declared(_file(book, name))
    new = [_hashes(pair) for pair in _texts(book, name)]
    for kind, i, j, k, m in SequenceMatcher(None, old, new, False).get_opcodes():
        if kind == "equal":
            continue
        for at in range(k, m):
            yield at, old[i + at - k] if i + at - k < j else ("", "")


def main(names: list[str]) -> None:
    for name in names:
        declare_page(Book(Path.cwd()), name)


def declare_page(book: Book, name: str) -> None:
    for language in ("ko", "en"):
        if (language, name) not in book.pages:
            path = f"docs/{language}/{name}.md"
            sys.exit(f"{path} does not exist; name a page without its .md")
    waiting = any(book.pages[each, name].front.get("waiting") for each in ("ko", "en"))
    if waiting:
        sys.exit(f"{name} waits for its translation; take out `waiting: true` first")
    for problem in languages.problems(book):
        if f"/{name}.md:" in str(problem):
            sys.exit(str(problem))
    count = len(list(_changed(book, name)))
    asking = not os.environ.get("YES")
    if count and asking and not sys.stdin.isatty():
        command = f"YES=1 make synced PAGE={name}"
        sys.exit(f"nobody can answer here; compare both languages, then `{command}`")

    def agree(pair: Pair) -> bool:
        print(beside(name, pair, shutil.get_terminal_size().columns))
        return not asking or input("Do both say the same? [y/n] ").lower() == "y"

    refused = declare(book, name, agree)
    for korean, english in refused:
        print(f"docs/ko/{name}.md:{korean.line}: make it say the same as", end=" ")
        print(f"docs/en/{name}.md:{english.line}, then `make synced PAGE={name}`")
    path = relative(_file(book, name))
    print(f"{path}: {count - len(refused)} of {count} changed pairs of texts declared")
    if refused:
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
