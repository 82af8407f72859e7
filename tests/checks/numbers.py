"""Every number in the prose is computed or declared where it stands.

Computed: the code of its section, or of one that its text links to, holds, prints or
draws it, or a numbered equation there has it; decimals round to what is shown. A number
word must be printed. Pairs and intervals stand there in the same order. Declared:
`constants` in the front matter has it, under the id of its section.
"""

import ast
import contextlib
import functools
import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path

from publishing.blocks import include, parsed
from publishing.page import Book, Page, PageError, Text
from tests.checks import number_words

_SPACE = "[\u00a0\u2009\u202f]"
_NUMBER = re.compile(
    rf"""(?<![\w.])(?P<sign>[-\u2212]?)
    (?P<digits>\d{{1,3}}(?:(?:{_SPACE}|\{{,\}}|,)\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)
    (?P<power>\s*(?:\\times|\\cdot|×|·)?\s*10\^\{{?[-\u2212]?\d+\}}?|[eE][-+]?\d+)?
    (?P<percent>[\s\u00a0\u202f]?\\?%)?(?![\d.]*\d)""",
    re.VERBOSE,
)
_PAIR = re.compile(r"(?<![a-z\d_)}])[(\[]([^()\[\]]*,[^()\[\]]*)[)\]]")
_GROUP = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_LOOKS = re.compile(r"\w*(?:width|size|alpha|order)=[\d.]+")  # of a figure
_EXERCISE = re.compile(r"\*\*\{ #([\w-]+) \}\*\*")


@dataclass(frozen=True)
class Number:
    """A number as it is shown."""

    line: int
    shown: str
    value: Decimal
    step: Decimal  # value of a one in its last digit
    percent: bool

    @property
    def key(self) -> str:
        """The same in both languages."""
        return f"{self.value.normalize():f}{' %' if self.percent else ''}"

    def shows(self, value: Decimal) -> bool:
        """Whether the value rounds to this; prose may leave a sign to words."""
        if abs(value) == abs(self.value):
            return True
        exact = self.step >= 1 or (self.percent and "." not in self.shown)  # a level
        if exact or value.as_tuple().exponent > self.step.as_tuple().exponent:
            return False  # fewer digits computed than shown
        places = self.step.normalize()
        roundings = (ROUND_HALF_EVEN, ROUND_HALF_UP)
        rounded = {abs(value.quantize(places, rounding)) for rounding in roundings}
        return abs(self.value) in rounded


@dataclass(frozen=True)
class Source:
    """The numbers that a line of a page brings: all, and those that stand in a row."""

    line: int
    values: frozenset[Decimal]
    rows: tuple[tuple[Decimal, ...], ...]
    lines: tuple[str, ...] = ()  # of an output

    def has(self, pair: list[Number]) -> bool:
        """Whether the numbers stand side by side, or one below the other."""
        rows = list(self.rows)
        if self.lines:
            columns = min(map(len, rows), default=0)
            rows += [[row[i] for row in rows] for i in range(columns)]
        return any(
            all(map(Number.shows, pair, row[i : i + len(pair)]))
            for row in rows
            for i in range(len(row) - len(pair) + 1)
        )


class Places:
    """What the sections of a page compute, and what is declared for them."""

    def __init__(self, page: Page):
        self.page = page
        self.spans = dict(_spans(page))
        self.sources = {}
        for source in _sources(page):
            self.sources.setdefault(self.section(source.line), []).append(source)
        self.declared = list(_declared(page))
        self.used = set()

    def section(self, line: int) -> str:
        """The id of the smallest section, or exercise, around a line."""
        around = [
            (end - start, place)
            for place, (start, end) in self.spans.items()
            if start <= line <= end
        ]
        return min(around, default=(0, ""))[1]

    def of(self, place: str) -> list[Source]:
        """What stands in a section, an exercise, or that of a figure or equation."""
        if place not in self.spans:
            kind, _, name = place.partition("-")
            label = {"eq": f"\\label{{{name}}}", "figure": f"/{name})"}.get(kind, place)
            place = self.section(self.page.line_of(label))
        return self.sources.get(place, [])

    def declares(self, line: int, *keys: str) -> bool:
        """Whether one of these is declared for a section around the line."""
        for place, constant in self.declared:
            start, end = self.spans.get(place, (0, 0))
            if _normal(constant) in keys and start <= line <= end:
                self.used.add((place, constant))
                return True
        return False


def problems(book: Book) -> Iterator[PageError]:
    places = {page.path: Places(page) for page in book}
    for page in book:
        here = places[page.path]
        for text in page.texts:
            if text.section != "sources" and not text.note:
                yield from _wrong_sums(page, text)
                yield from _unknown(here, text, _linked(book, places, page, text))
    for page in book:
        here = places[page.path]
        names = [place.used for path, place in places.items() if path.stem == page.name]
        for place, constant in here.declared:
            if not any((place, constant) in used for used in names):
                message = (
                    f"constants: nothing in #{place} needs {constant}; take it out in "
                    "both languages"
                )
                lines = map(page.line_of, (f"  {place}: [", "constants:"))
                yield PageError(page.path, max(lines), message)


def _wrong_sums(page: Page, text: Text) -> Iterator[PageError]:
    """`49 + 16 = 64`: what stands on both sides of `=` is not equal."""
    for line, token in text.pieces("math_inline"):
        sides = [_computed(side) for side in token.content.split("=")]
        for left, right in itertools.pairwise(sides):
            if None not in (left, right) and not math.isclose(left, right):
                message = f"${token.content}$ is wrong: {left:g} is not {right:g}"
                yield PageError(page.path, line, f"{message}; compute it again")


def _computed(latex: str) -> float | None:
    """The value of a formula that has nothing but numbers."""
    latex = re.sub(r"\\[dt]?frac\{(\d+)\}\{(\d+)\}", r"(\1/\2)", latex)
    latex = re.sub(r"\\sqrt\{([^{}]*)\}", r"(\1)**.5", latex)
    latex = re.sub(r"\^(\w)|\^\{(-?\d+)\}", r"**(\1\2)", latex)
    latex = re.sub(r"\\times|\\cdot", "*", latex).replace("{,}", "")
    if re.fullmatch(r"[\d.+*/() -]*\d[)\s]*(\*\*\.5)?\s*", latex):
        return float(eval(latex))
    return None


def _unknown(here: Places, text: Text, linked: list[Source]) -> Iterator[PageError]:
    """Numbers and pairs that are neither computed nor declared where they stand."""

    def told(line: int, shown: str, what: str) -> PageError:
        section = here.section(line)
        message = (
            f"{shown} is {what} #{section}; let code there print it and run `make "
            f"record PAGE={here.page.name}`, or declare it in the front matter of both "
            f"languages: `constants: {{{section}: ['{shown}']}}`"
        )
        return PageError(here.page.path, line, message)

    inside = []  # what a pair has been found with
    for line, shown, pair in _pairs(text):
        sources = here.of(here.section(line)) + linked
        inside += [(line, str(abs(number.value))) for number in pair]
        found = any(source.has(pair) for source in sources)
        if not found and not here.declares(line, _normal(shown)):
            yield told(line, shown, "in this order nowhere in")
    for number in decimals(text):
        values = _values(here.of(here.section(number.line)) + linked)
        if not (
            any(map(number.shows, values))
            or (number.line, str(abs(number.value))) in inside
            or here.declares(number.line, number.key)
        ):
            yield told(number.line, number.shown, "not computed in")
    for line, key, is_word in number_words.counted(text, here.page.language):
        sources = here.of(here.section(line)) + linked
        if is_word:  # small numbers, and code is full of them
            sources = [source for source in sources if source.lines]
        values = _values(sources)
        if not (
            (key.isdigit() and Decimal(key) in values)
            or (line, key) in inside
            or here.declares(line, key)
        ):
            yield told(line, key, "not computed in")


def _normal(constant: str) -> str:
    """The key of a number, or anything else as it is, with plain spaces."""
    numbers = read(constant, 1, True)
    if [number.shown for number in numbers] == [constant]:
        return numbers[0].key
    return re.sub(_SPACE, " ", constant)


def declared_on(page: Page) -> set[Decimal]:
    """The sizes of the page's constants."""
    constants = (read(each, 1, True) for _, each in _declared(page))
    return {abs(number.value) for numbers in constants for number in numbers}


def _declared(page: Page) -> Iterator[tuple[str, str]]:
    """Each constant, and the id of the section that it is for."""
    constants = page.front.get("constants") or {}
    if not isinstance(constants, dict):  # for the whole page
        constants = {page.headings[0].id if page.headings else "": constants}
    for place, each in constants.items():
        yield from ((str(place), str(constant)) for constant in each)


def printed(path: Path) -> frozenset[Decimal]:
    """The numbers of a recorded output."""
    return _read_source(path.read_text(encoding="utf-8"), True)[0]


def _linked(book: Book, places: dict, page: Page, text: Text) -> list[Source]:
    """What stands in the sections, exercises and equations that a text links to."""
    targets = [token.attrs["href"] for _, token in text.pieces("link_open")]
    for _, token in text.pieces("math_inline"):
        targets += [
            f"#eq-{each}" for each in re.findall(r"eqref\{(.*?)\}", token.content)
        ]
    found = []
    for target in targets:
        match = re.fullmatch(r"(?:([\w-]+)\.md)?#([\w-]+)", target)
        other = match and book.pages.get((page.language, match[1] or page.name))
        if other:
            found += places[other.path].of(match[2])
    return found


def _values(sources: list[Source]) -> set[Decimal]:
    return set().union(*(source.values for source in sources))


def _spans(page: Page) -> Iterator[tuple[str, tuple[int, int]]]:
    """First and last line of each exercise, and section with all headings below it."""
    marks = [(heading.line, heading.level, heading.id) for heading in page.headings]
    for line, text in enumerate(page.lines, 1):
        if match := _EXERCISE.match(text):
            marks.append((line, 7, f"exercise-{match[1]}"))
    marks.sort()
    for at, (line, level, place) in enumerate(marks, 1):
        ends = (start - 1 for start, other, _ in marks[at:] if other <= level)
        if place:
            yield place, (line, next(ends, len(page.lines)))


def _sources(page: Page) -> Iterator[Source]:
    root = page.path.parents[2]
    for line, text in enumerate(page.lines, 1):
        if "--8<--" in text:
            with contextlib.suppress(PageError):  # which tests.checks.fences tells
                read_ = include(page.path, line, text)
                yield Source(line, *_read_source(read_.text, not read_.section))
        for name, figure in re.findall(r"\(figure:(\w+)/(\w+)\)", text):
            path = root / f"snippets/figures/{name}.py"
            for node in parsed(path).body if path.is_file() else ():
                if getattr(node, "name", "") == f"figure_{figure}":
                    yield Source(
                        line, *_read_source(_LOOKS.sub("", ast.unparse(node)), False)
                    )
    for heading in page.headings:
        if re.search(r"\d", heading.id or ""):  # the date of an entry
            yield Source(
                heading.line, *_read_source(heading.id.replace("-", " "), False)
            )
    for formula in page.formulas:
        if formula.label:
            yield Source(formula.line, *_read_source(formula.latex, False))


@functools.lru_cache(None)
def _read_source(text: str, is_output: bool) -> tuple:
    lines = text.splitlines() if is_output else ()
    rows = tuple(
        tuple(each.value for each in read(row, 1, True))
        for row in lines or _GROUP.findall(text)
    )
    # 95 % is 95, too, and 600_001 is one number
    text = re.sub(r"(?<=\d)_(?=\d)", "", text)
    values = {number.value for number in read(text, 1, True)}
    values |= {Decimal(each) for each in re.findall(r"\d+(?:\.\d+)?", text)}
    return frozenset(values), rows, tuple(lines)


def _pairs(text: Text) -> Iterator[tuple[int, str, list[Number]]]:
    """Pairs, intervals and shapes: (5, 7), [4.95, 5.69]."""
    math_ = [(line, token.content) for line, token in text.pieces("math_inline")]
    for line, words in [*text.words(), *math_]:
        for match in _PAIR.finditer(words):
            numbers = read(match[1], line, True)
            count = match[1].count(",") + 1
            if len(numbers) == count and any(n.value > 1 for n in numbers):
                yield line, match[0], numbers


def decimals(text: Text) -> list[Number]:
    """Decimal numbers of a text's words and formulas, percentages and powers of ten."""
    found = []
    for line, words in text.words():
        found += read(words, line)
    for line, token in text.pieces("math_inline"):
        found += read(token.content, line)
    return found


def read(words: str, line: int, whole: bool = False) -> list[Number]:
    numbers = []
    for match in _NUMBER.finditer(words):
        digits = re.sub(rf"{_SPACE}|\{{,\}}|,", "", match["digits"])
        if not whole and not ("." in digits or match["percent"] or match["power"]):
            continue
        value = Decimal(digits)
        step = Decimal(1).scaleb(value.as_tuple().exponent)
        if match["power"]:
            exponent = int(re.search(r"[-\u2212]?\d+\}?$", match["power"])[0]
                           .rstrip("}").replace("\u2212", "-"))  # fmt: skip
            value, step = value.scaleb(exponent), step.scaleb(exponent)
        if match["percent"]:
            value, step = value / 100, step / 100
        if match["sign"]:
            value = -value
        shown = match[0].strip()
        numbers.append(Number(line, shown, value, step, bool(match["percent"])))
    return numbers
