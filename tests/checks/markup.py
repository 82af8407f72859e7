"""Markdown that does something else than its author meant.

What is not understood stays in the text as it was typed; a formula, a table, a box or
a fence that ends in the wrong place takes in too much or too little.
"""

import re
from collections.abc import Iterator

from publishing.blocks import include
from publishing.page import Book, Page, PageError

# what stays in the words of a page, and what to do
_LEFT = (
    (
        re.compile(r"\$+"),
        "this {0} has no partner, or a blank beside it; write $…$ without those",
    ),
    (re.compile(r"\\[A-Za-z]+"), "{0} stands in no formula; put $…$ around it"),
    (
        re.compile(r"\[\^[^\]]+\]"),
        "the footnote {0} is not defined; write `{0}: …` at the end of the page",
    ),
    (
        re.compile(r"\][\[(][^\])]*[\])]|\[[^\]\d^]+\]|\] \([^) ]*[#.][^) ]*\)"),
        "{0} is no link; write [words](page.md#id)",
    ),
    (re.compile(r"\*\*|`+"), "this {0} has no partner; write it on both sides"),
    (re.compile(r"\|"), "this {0} is in no table; see the lines above"),
)
# in a formula, what is said about it
_PROSE = re.compile(r"[가-힣]|\n\s*\n|(?<![\\{A-Za-z])[A-Za-z]{2,} [A-Za-z]{2,}|--8<--")
_WORDS = re.compile(r"\\(?:text|operatorname|mathrm|begin|end|label)\*?\{[^{}]*\}")
# in a fence, what belongs to a page
_OF_A_PAGE = re.compile(
    r"[가-힣]|\{ #[\w-]+ \}|\]\([^)]*\)|^ *(?:\$\$|///|\?\?\?|!!!|<!--|\|.*\|$)", re.M
)
_BOX = re.compile(r" *(?:\?\?\?\+?|!!!|===) ")
_EXERCISE = re.compile(r"\*\*\{ #|#|\?\?\? |\[\^")
_ANNOTATION = re.compile(r"# \((\d+)\)!")


def problems(book: Book) -> Iterator[PageError]:
    for page in book:
        # what comes first is seldom the consequence of something else
        for check in (_indents, _tables, _formulas, _left, _fences, _boxes):
            yield from check(page)
        yield from _annotations(page)
        yield from _notes(page)


def _left(page: Page) -> Iterator[PageError]:
    for text in page.texts:
        for line, words in text.words():
            for pattern, message in _LEFT:
                if match := pattern.search(words):
                    yield PageError(page.path, line, message.format(match[0]))
        content = text.token.content
        if "///" in content and not re.fullmatch(r"///.*\n(?s:.)+\n///", content):
            message = "a caption begins with /// figure-caption and ends with ///"
            yield PageError(page.path, text.line, message)


def _formulas(page: Page) -> Iterator[PageError]:
    for formula in page.formulas:
        if match := _PROSE.search(_WORDS.sub("", formula.latex).strip()):
            sign = "$$" if formula.display else "$"
            message = f"this {sign} is closed too late: words are in the formula"
            if match[0].strip():
                message += f", {match[0]!r}"
            yield PageError(page.path, formula.line, message)


def _tables(page: Page) -> Iterator[PageError]:
    for token in page.tokens:
        if token.type != "table_open":
            continue
        first, end = token.map
        asked = _cells(page.lines[first])
        for number in range(first, end):
            if (cells := _cells(page.lines[number])) != asked:
                message = f"{cells} cells in this row, {asked} in the head of the table"
                message += "; write as many (a | in a cell is \\vert)"
                yield PageError(page.path, number + 1, message)


def _cells(row: str) -> int:
    return len(re.findall(r"(?<!\\)\|", row.strip().strip("|"))) + 1


def _fences(page: Page) -> Iterator[PageError]:
    for fence in page.fences:
        if match := _OF_A_PAGE.search(fence.content):
            line = fence.map[0] + 2 + fence.content.count("\n", 0, match.start())
            message = "this is inside a fence; close the fence above it"
            yield PageError(page.path, line, message)


def _inside(page: Page) -> set[int]:
    """Numbers of the lines in fences, formulas and front matter."""
    return {
        number
        for token in page.tokens
        if token.type in ("fence", "math_block", "front_matter") and token.map
        for number in range(token.map[0] + 2, token.map[1])
    }


def _indents(page: Page) -> Iterator[PageError]:
    inside = _inside(page)
    for number, line in enumerate(page.lines, 1):
        white = re.match(r"\s*", line)[0]
        if line.strip() and number not in inside and (len(white) % 4 or "\t" in white):
            message = f"indented by {white.count(' ')}; in a box or a list, indent by 4"
            yield PageError(page.path, number, message)
    for token in page.tokens:
        if token.type == "code_block":
            message = "indented, but in no box or list: this is shown as code"
            yield PageError(page.path, token.map[0] + 1, message)


def _boxes(page: Page) -> Iterator[PageError]:
    """A box has a body, and what an exercise says is in its boxes."""
    inside = _inside(page)
    for number, line in enumerate(page.lines, 1):
        if number in inside or not _BOX.match(line):
            continue
        indent = re.match(" *", line)[0]
        body = _next(page, number)
        if not page.lines[body - 1].startswith(indent + "    "):
            message = "this box is empty; indent what belongs into it by 4"
            yield PageError(page.path, number, message)
    for token in page.tokens:
        if token.type == "admonition_open" and token.info.split()[0] == "solution":
            behind = _next(page, token.map[1])
            line = page.lines[behind - 1]
            if behind > token.map[1] and not _EXERCISE.match(line):
                message = "this stands behind a solution and outside its box; "
                yield PageError(page.path, behind, message + "indent it by 4")


def _next(page: Page, number: int) -> int:
    """Number of the first line below that is not blank; `number` if there is none."""
    below = range(number + 1, len(page.lines) + 1)
    return next((each for each in below if page.lines[each - 1].strip()), number)


def _annotations(page: Page) -> Iterator[PageError]:
    """A comment (1)! in code shows the first item of the list below the code."""
    for at, token in enumerate(page.tokens):
        if token.type != "fence" or not token.info.startswith("python"):
            continue
        line = token.map[0] + 1
        code = "".join(
            include(page.path, number, each).text
            for number, each in enumerate(token.content.splitlines(), line + 1)
            if "--8<--" in each
        )
        asked = list(map(int, _ANNOTATION.findall(code)))
        items = _items(page, at + 1)
        if asked and asked != list(range(1, items + 1)):
            numbers = ", ".join(f"({number})!" for number in asked)
            message = f"{numbers} in this code, and {items} items in the list below it"
            yield PageError(page.path, line, f"{message}; write one for each")


def _items(page: Page, at: int) -> int:
    """How many items the ordered list has that begins with a token."""
    count = 0
    if at < len(page.tokens) and page.tokens[at].type == "ordered_list_open":
        level = page.tokens[at].level
        for token in page.tokens[at + 1 :]:
            if token.level == level:
                break
            count += token.type == "list_item_open" and token.level == level + 1
    return count


def _notes(page: Page) -> Iterator[PageError]:
    for number, line in enumerate(page.lines, 1):
        note = re.match(r"(\[\^[\w-]+\]):", line)
        if note and not re.search(re.escape(note[1]) + "(?!:)", page.source):
            message = f"nothing refers to {note[1]}; refer to it or delete it"
            yield PageError(page.path, number, message)
