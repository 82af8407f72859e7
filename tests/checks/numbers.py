"""Every decimal number in the prose is one that the chapter computes or declares.

Computed: it stands in a recorded output of the chapter, or of a chapter that its
snippet imports, and rounds to what is shown. Declared: it stands in the front matter,
`constants: [0.1, 95 %]`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path

from publishing.page import Book, Page, PageError, Text

_SPACE = "[\u00a0\u2009\u202f]"
_NUMBER = re.compile(
    rf"""(?<![\w.])(?P<sign>[-\u2212]?)
    (?P<digits>\d{{1,3}}(?:(?:{_SPACE}|\{{,\}}|,)\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)
    (?P<power>\s*(?:\\times|\\cdot|×|·)?\s*10\^\{{?[-\u2212]?\d+\}}?|[eE][-+]?\d+)?
    (?P<percent>[\s\u00a0\u202f]?\\?%)?(?![\d.]*\d)""",
    re.VERBOSE,
)


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


def problems(book: Book) -> Iterator[PageError]:
    for page in book:
        declared = declared_on(page)
        computed = _computed(book, page)
        for text in page.texts:
            if text.section == "sources" or text.note:
                continue
            for number in decimals(text):
                if abs(number.value) in declared:
                    continue
                if any(rounds(value, number) for value in computed):
                    continue
                yield PageError(
                    page.path,
                    number.line,
                    f"{number.shown} is not computed by snippets/{page.name}.py; let "
                    f"the code print it and run `make record PAGE={page.name}`, or "
                    f"declare it in both languages: `constants: [{number.shown}]`",
                )


def declared_on(page: Page) -> set[Decimal]:
    """The sizes of the page's constants."""
    constants = page.front.get("constants", ())
    return {abs(each.value) for one in constants for each in read(str(one), 1)}


def decimals(text: Text) -> list[Number]:
    """Decimal numbers of a text's words and formulas, percentages and powers of ten."""
    found = []
    for line, words in text.words():
        found += read(words, line)
    for line, token in text.pieces("math_inline"):
        found += read(token.content, line)
    return found


def read(words: str, line: int) -> list[Number]:
    numbers = []
    for match in _NUMBER.finditer(words):
        digits = re.sub(rf"{_SPACE}|\{{,\}}|,", "", match["digits"])
        if "." not in digits and not match["percent"] and not match["power"]:
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


def rounds(value: Decimal, number: Number) -> bool:
    """Whether the value is shown as the number; prose may leave a sign to words."""
    if value.as_tuple().exponent > number.step.as_tuple().exponent:
        return False  # fewer digits computed than shown
    places = number.step.normalize()
    roundings = (ROUND_HALF_EVEN, ROUND_HALF_UP)
    rounded = {abs(value.quantize(places, rounding)) for rounding in roundings}
    return abs(number.value) in rounded


def _computed(book: Book, page: Page) -> set[Decimal]:
    folders = (book.root / "snippets/outputs" / n for n in _chapters(book, page.name))
    return {
        value
        for each in folders
        for path in each.glob("*.txt")
        for value in printed(path)
    }


def printed(path: Path) -> set[Decimal]:
    """The numbers of a recorded output."""
    text = path.read_text(encoding="utf-8").replace("\u2212", "-")
    return set(map(Decimal, re.findall(r"-?\d+\.?\d*(?:[eE][-+]?\d+)?", text)))


def _chapters(book: Book, name: str) -> list[str]:
    """The chapter and those that its snippet imports, directly or not."""
    path = book.root / f"snippets/{name}.py"
    names = [name]
    if path.exists():
        source = path.read_text(encoding="utf-8")
        for earlier in re.findall(r"^ *from snippets\.(\w+) import", source, re.M):
            names += _chapters(book, earlier)
    return list(dict.fromkeys(names))
