"""A number in the prose is one of the quantity that it is said of.

The row of an output that has it, the name in front of it there, the interval that holds
it, and θ, which snippets/data.py sets. Whether a number is computed at all, tells
tests/checks/numbers.py.
"""

import re
from collections.abc import Iterator

from publishing.page import Book, Page, PageError
from tests.checks.numbers import Number, Places, Source, read

_NAMES = (r"\\theta_0|θ₀|intercept|절편", r"\\theta_1|θ₁|slope|기울기")
_SENTENCE = re.compile(r"(?<=[.?!])\s+")
_UNSAID = re.compile(r"\]\([^)]*\)|\{ #[^}]*\}|`[^`]*`")  # targets, ids, code
_NUMBER = r"([-−]?\d+(?:\.\d+)?)"
_INTERVAL = rf"\[{_NUMBER}, {_NUMBER}\]"
_INSIDE = {
    "ko": re.compile(rf"{_NUMBER}[은는이가] {_INTERVAL} 안에"),
    "en": re.compile(rf"{_NUMBER} lies in {_INTERVAL}"),
}
_TRUTH = {
    "ko": r"(?:참값|답|정해 둔 것)[은이]? ?\$?(?:\\theta = )?\(?{0}(?:, |[와과] ){0}",
    "en": r"(?:\btrue|answer|was set)\b[^.\d]{{0,20}}{0}(?:, | and ){0}"
    r"|\({0}, {0}\) that was set",
}


def problems(book: Book) -> Iterator[PageError]:
    data = book.root / "snippets/data.py"
    theta = re.search(r"^THETA = .*\[(.*)\]", data.read_text("utf-8"), re.M)
    theta = [number.value for number in read(theta[1], 1, True)]
    for page in book:
        places = Places(page)
        for line, words, is_row in _statements(page):
            section = places.of(places.section(line))
            outputs = [source for source in section if source.lines]
            said = _outside(page, words) or _not_theta(page, words, theta)
            if not said and is_row:
                said = _row(words, outputs) or _swapped(words, section)
            elif not said:
                said = _step(words, outputs)
            said = said or _of_another(words, outputs, is_row)
            if said:
                yield PageError(page.path, line, said)


def _statements(page: Page) -> Iterator[tuple[int, str, bool]]:
    """Sentences and rows of tables: line, text, and which it is."""
    for text in page.texts:
        if text.section != "sources" and not text.note and text.kind != "td":
            for at, line in enumerate(text.token.content.splitlines()):
                for sentence in _SENTENCE.split(_UNSAID.sub("", line)):
                    yield text.line + at, sentence, False
    for line, row in enumerate(page.lines, 1):
        if row.startswith("|"):
            yield line, _UNSAID.sub("", row), True


def _outside(page: Page, words: str) -> str | None:
    """`5 lies in [6.40, 7.12]` is not so."""
    for match in _INSIDE[page.language].finditer(words):
        value, low, high = (float(each.replace("−", "-")) for each in match.groups())
        if not low <= value <= high:
            return f"{match[1]} lies outside of [{match[2]}, {match[3]}]; correct it"


def _not_theta(page: Page, words: str, theta: list) -> str | None:
    """What is called true, or set, is θ."""
    for match in re.finditer(_TRUTH[page.language].format(_NUMBER), words):
        pair = [
            number for each in match.groups() if each for number in read(each, 1, True)
        ]
        if [number.value for number in pair] != theta:
            return (
                f"({', '.join(number.shown for number in pair)}) is called the truth; "
                f"snippets/data.py sets ({', '.join(map(str, theta))})"
            )


def _row(words: str, outputs: list[Source]) -> str | None:
    """Decimals of a row of the page stand in one line of an output."""
    for output in outputs:
        lines = [_lines_with(number, output) for number in read(words, 1)]
        lines = [each for each in lines if each]
        if lines and not set.intersection(*lines):
            return f"no line of the output has all numbers of this row: {words}"


def _swapped(words: str, section: list[Source]) -> str | None:
    """A whole number in the row of θ₀ is not the second of a pair, as `(5, 7)`."""
    named = [bool(re.search(name, words)) for name in _NAMES]
    if sum(named) != 1:
        return None
    pairs = [row for source in section for row in source.rows if len(row) == 2]
    for cell in re.findall(r"(?<=\| )\d+(?= \|)", words):
        places = {i for pair in pairs for i in (0, 1) if pair[i] == int(cell)}
        if places == {named.index(False)}:
            return f"{cell} is not the value of what this row names; exchange it"


def _step(words: str, outputs: list[Source]) -> str | None:
    """After 40 steps, 0.002: a line has a whole number and a decimal beside it."""
    for output in outputs:
        decimals = [_lines_with(number, output) for number in read(words, 1)]
        beside = set().union(*decimals)
        for number in read(words, 1, True):
            if "." in number.shown or number.percent or number.value < 3:
                continue
            lines = _lines_with(number, output)
            if beside and lines and not lines & beside:
                return (
                    f"the output has {number.shown} and the decimals of this sentence "
                    f"in different lines; correct it: {words}"
                )


def _of_another(words: str, outputs: list[Source], is_row: bool) -> str | None:
    """What is said of the slope stands behind the name of the intercept."""
    named = [bool(re.search(name, words)) for name in _NAMES]
    if sum(named) != 1:
        return None
    other = named.index(False)
    text = words if is_row else " ".join(re.findall(r"\[[^\[\]]*,[^\[\]]*\]", words))
    for number in read(text, 1):
        owners = {
            _owner(line, number) for output in outputs for line in output.lines
        } - {None}
        if owners == {other} and not number.percent:
            return f"{number.shown} is not a number of what is named here; correct it"


def _owner(line: str, number: Number) -> int | None:
    """Which of the names stands last in front of the number in a line of output."""
    for each in re.finditer(r"[-\d.]+\d", line):
        if any(number.shows(found.value) for found in read(each[0], 1, True)):
            before = [
                (match.end(), which)
                for which, name in enumerate(_NAMES)
                for match in re.finditer(name, line[: each.start()])
            ]
            return max(before)[1] if before else None
    return None


def _lines_with(number: Number, output: Source) -> set[int]:
    return {at for at, row in enumerate(output.rows) if any(map(number.shows, row))}
