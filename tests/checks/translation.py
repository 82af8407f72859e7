"""Each page is in its own language, and says no less than the other one.

A missing sentence is seen by its formulas and code, and by how long both texts are.
"""

import math
import re
from collections.abc import Iterator

from publishing.page import Book, Page, PageError, Text, relative
from tests.checks import languages

# The logarithm of the ratio of two lengths, as they are counted below, has this mean in
# the book, and scatters around it by 1 / √length.
_MEAN = 0.05
# how many scatters too short a text may be that has as many sentences as the other
# one, one sentence less, or more than one
_FAR = {"ko": (4.2, 2.6, 2.0), "en": (3.4, 2.6, 1.7)}
_SHORT = 12  # texts below are names and numbers
_SENTENCE = re.compile(r"(?<=[.?!])[\"”)*]* +(?=\S)")
_GLOSS = re.compile(r"\([A-Za-z ,’'-]+\)")
_NO_WORDS = re.compile(r"\{\{ .*? \}\}|\{ .*? \}|^///.*")
_ENGLISH = re.compile(r"(?:[A-Za-z][a-z'’]+[ ,]+){4,}[a-z]+")
_SHOWN = ("title", "description", "question", "teaches", "needs")
# formulas and code, without blanks, that one language of a page says in words
IN_WORDS = {
    ("anatomy", "self.이름=값"),
    ("anatomy", "self.name=value"),
    ("estimates", "x"),
    ("loss", "x"),
    ("loss", "x=1000"),
    ("notation", "X"),
    ("notation", "f"),
    ("teachers", "docs/ko"),
    ("teachers", "docs/en"),
    ("teachers", "fit"),
    ("training", r"\theta"),
}
# beginnings of Korean texts that say less than the English ones, and rightly so
SHORTER = (
    # in English, what the Korean comments of the code mean
    "이 책의 바탕이 된 [블로그 포스트](index.md#question)에는",
)


def problems(book: Book) -> Iterator[PageError]:
    for page in book:
        yield from _language(page)
    for korean, english in languages.pairs(book):
        if len(korean.texts) != len(english.texts):
            continue  # which tests.checks.languages tells
        for ours, theirs in zip(korean.texts, english.texts, strict=True):
            yield from _formulas(korean, english, ours, theirs)
            yield from _lengths(korean, english, ours, theirs)


def _language(page: Page) -> Iterator[PageError]:
    if page.front.get("waiting"):
        return
    said = [(page.line_of(f"{key}:"), str(page.front.get(key, ""))) for key in _SHOWN]
    for text in page.texts:
        if text.section != "sources" and not text.note:
            said += _own_words(text)
    for line, words in said:
        if page.language == "en":
            strange = re.search("[가-힣]+", words)
            message = 'is Korean; translate it, or mark it <span lang="ko">…</span>'
        else:
            strange = _strange(words)
            message = 'is English; translate it, or mark it <span lang="en">…</span>'
        if strange:
            yield PageError(page.path, line, f"{strange[0]!r} {message}")


def _strange(words: str) -> re.Match | None:
    """English on a Korean page: some words in line, or all there is."""
    words = _NO_WORDS.sub("", _GLOSS.sub("", words))
    whole = not re.search("[가-힣]", words) and re.search(
        "[A-Za-z]{2,} +[a-z]{2,}", words
    )
    return _ENGLISH.search(words) or whole or None


def _own_words(text: Text) -> Iterator[tuple[int, str]]:
    """Words of a text, with their lines, without those marked as another language's."""
    line, words, marked = text.line, "", False
    for child in text.token.children:
        if child.type in ("softbreak", "hardbreak"):
            yield line, words
            line, words = line + 1, ""
        elif child.type == "html_inline":
            marked = "lang=" in child.content or (marked and child.content != "</span>")
        elif child.type in ("text", "image") and not marked:
            words += child.content
        elif child.type in ("code_inline", "math_inline"):
            words += "\N{OBJECT REPLACEMENT CHARACTER}"
    yield line, words


def _formulas(
    korean: Page, english: Page, ours: Text, theirs: Text
) -> Iterator[PageError]:
    """What one text says in a formula or in code is in the other, however often."""
    for kind, sign in (("math_inline", "$"), ("code_inline", "`")):
        found = [
            {
                re.sub(r"\s+", "", token.content): line
                for line, token in text.pieces(kind)
            }
            for text in (ours, theirs)
        ]
        sides = ((korean, found[0], english, theirs), (english, found[1], korean, ours))
        for (page, shown, other, twin), missing in zip(sides, found[::-1], strict=True):
            for latex, line in shown.items():
                if latex not in missing and (page.name, latex) not in IN_WORDS:
                    message = (
                        f"{relative(other.path)}:{twin.line} has no "
                        f"{sign}{latex}{sign}; say the same in both languages, or "
                        "list it in tests/checks/translation.py"
                    )
                    yield PageError(page.path, line, message)


def _lengths(
    korean: Page, english: Page, ours: Text, theirs: Text
) -> Iterator[PageError]:
    sizes = [_size(text) for text in (ours, theirs)]
    quoted = "lang=" in theirs.token.content  # the post, and what it means
    if quoted or max(sizes) < _SHORT or ours.token.content.startswith(SHORTER):
        return
    ratio = math.log((sizes[1] + 1) / (sizes[0] + 1)) - _MEAN
    far = ratio * math.sqrt(max(sizes))  # above 0: English is long
    page, text, other, twin = korean, ours, english, theirs
    if far < 0:
        page, text, other, twin = english, theirs, korean, ours
    fewer = _sentences(twin) - _sentences(text)
    if abs(far) > _FAR[page.language][min(max(fewer, 0), 2)]:
        message = (
            f"this says less than {relative(other.path)}:{twin.line}; write what is "
            "missing, or list it in tests/checks/translation.py"
        )
        yield PageError(page.path, text.line, message)


def _words(text: Text) -> str:
    words = " ".join(words for _, words in _own_words(text))
    return _NO_WORDS.sub("", _GLOSS.sub("", words)).strip()


def _size(text: Text) -> float:
    """Syllables of Hangul, half as much a letter or digit, and formulas."""
    words = _words(text)
    hangul = len(re.findall("[가-힣]", words))
    return hangul + len(re.findall("[A-Za-z0-9]", words)) / 2 + words.count("\ufffc")


def _sentences(text: Text) -> int:
    return len(_SENTENCE.split(_words(text)))
