"""Files that look right and are not: byte order marks, CR LF, Hangul as jamo."""

import unicodedata
from collections.abc import Iterator

from publishing.page import Book, PageError


def problems(book: Book) -> Iterator[PageError]:
    paths = [page.path for page in book]
    paths += sorted((book.root / "snippets").rglob("*.py"))
    for path in paths:
        for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
            text = line.decode("utf-8")
            if text.startswith("\N{BYTE ORDER MARK}"):
                message = "save this as UTF-8 without a byte order mark"
            elif text.endswith("\r"):
                message = "end lines with LF, not with CR LF"
            elif unicodedata.normalize("NFC", text) != text:
                message = "save Hangul composed (NFC), not as jamo; search misses those"
            else:
                continue
            yield PageError(path, number, message)
            break
