"""Files that look right and are not: byte order marks, CR LF, Hangul as jamo, and
characters that nobody sees; and what git leaves where it could not merge.
"""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from publishing.page import Book, PageError

_KINDS = (".cff", ".css", ".html", ".js", ".md", ".py", ".toml", ".tsv", ".txt", ".yml")
# hidden, made, or somebody else's
_NOT_READ = re.compile(r"\.(?!ci$|github$)|site$|min$|__pycache__$|.*\.egg-info$")
_CONFLICT = re.compile(r"(?:<{7}|={7}|>{7}|\|{7})(?: .*)?$")


def problems(book: Book) -> Iterator[PageError]:
    for path in _files(book.root):
        for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
            text = line.decode("utf-8", "replace")
            if message := _wrong(text):
                yield PageError(path, number, message)
                break


def _files(folder: Path) -> Iterator[Path]:
    """The texts that make up the project."""
    for path in sorted(folder.iterdir()):
        if _NOT_READ.match(path.name):
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.suffix in (*_KINDS, ""):
            yield path


def _wrong(line: str) -> str | None:
    if line.isascii() and "\r" not in line and line[:7] != line[:1] * 7:
        return None  # nearly all lines
    hidden = next((each for each in line if unicodedata.category(each) == "Cf"), None)
    if line.startswith("\N{BYTE ORDER MARK}"):
        return "save this as UTF-8 without a byte order mark"
    if "\N{REPLACEMENT CHARACTER}" in line:
        return "save this as UTF-8"
    if line.endswith("\r"):
        return "end lines with LF, not with CR LF"
    if unicodedata.normalize("NFC", line) != line:
        return "save Hangul composed (NFC), not as jamo; search misses those"
    if hidden:
        return f"nobody sees the character U+{ord(hidden):04X} here; delete it"
    if _CONFLICT.match(line):
        return "git could not merge this; write what is right, and delete its marks"
    return None
