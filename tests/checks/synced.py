"""Both languages of a page say the same, as somebody has declared.

docs/synced/NAME.txt has an entry for each paragraph, heading, list item and table cell
of the page: a hash of the Korean text and one of the English. An entry that no longer
fits means that one language was changed alone. `make synced PAGE=NAME` declares that
both agree again. Entries have blank lines between them, so that git merges branches
which change different paragraphs.
"""

import hashlib
import sys
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

from publishing.page import Book, PageError, Text, relative
from tests.checks import languages

Hashes = tuple[str, str]  # of a Korean text and its English twin


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
        for texts, changed in _changed(book, korean.name):
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


def declare(book: Book, name: str) -> str:
    """Declares that both languages of a page agree; tells which texts had changed."""
    path, texts = _file(book, name), _texts(book, name)
    changed = [texts for texts, _ in _changed(book, name)]
    entries = ("ko {}\nen {}\n".format(*_hashes(pair)) for pair in texts)
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(entries), encoding="utf-8")
    count = f"{len(changed)} of {len(texts)} pairs of texts were new or changed"
    shown = [f"{relative(path)}: {count}"]
    for pair in changed:
        for language, text in zip(("ko", "en"), pair, strict=True):
            where = f"docs/{language}/{name}.md:{text.line}"
            shown.append(f"{where}: {text.token.content}")
        shown.append("")
    return "\n".join(shown)


def _file(book: Book, name: str) -> Path:
    return book.root / f"docs/synced/{name}.txt"


def _texts(book: Book, name: str) -> list[tuple[Text, Text]]:
    """Each Korean text of a page, and its English twin."""
    korean, english = (book.pages[language, name] for language in ("ko", "en"))
    return list(zip(korean.texts, english.texts, strict=True))


def _hashes(texts: tuple[Text, Text]) -> Hashes:
    contents = (text.token.content.encode() for text in texts)
    return tuple(hashlib.sha256(content).hexdigest()[:8] for content in contents)


def _declared(path: Path) -> list[Hashes]:
    if not path.is_file():
        return []
    entries = path.read_text(encoding="utf-8").split("\n\n")
    return [tuple(entry.split()[1::2]) for entry in entries]


def _changed(
    book: Book, name: str
) -> Iterator[tuple[tuple[Text, Text], tuple[bool, bool]]]:
    """Pairs of texts that are not declared, and which of the two has changed."""
    texts = _texts(book, name)
    old, new = _declared(_file(book, name)), [_hashes(pair) for pair in texts]
    for kind, i, j, k, m in SequenceMatcher(None, old, new, False).get_opcodes():
        if kind == "equal":
            continue
        for at in range(k, m):
            before = old[i + at - k] if i + at - k < j else ("", "")
            same = [a == b for a, b in zip(before, new[at], strict=True)]
            yield texts[at], (not same[0], not same[1])


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
    print(declare(book, name))


if __name__ == "__main__":
    main(sys.argv[1:])
