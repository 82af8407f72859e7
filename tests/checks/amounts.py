"""Whole numbers and factors ("doubles", 두 배) are the same in both languages.

What one language says in digits, or calls a factor, the other has in the same text, in
digits or in words. Words that merely count ("two ways") may be in one language only.
Decimal numbers are compared in tests/checks/languages.py.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from publishing.page import Book, Page, PageError, Text, relative
from tests.checks import languages

_UNITS = {
    "만": 10**4,
    "백만": 10**6,
    "천만": 10**7,
    "억": 10**8,
    "조": 10**12,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
_DIGITS = re.compile(
    "(?<![\\w.])(?P<digits>\\d{1,3}(?:[ \u00a0\u2009\u202f,]\\d{3})+|\\d+)(?!\\.?\\d)"
    rf"(?: ?(?P<unit>{'|'.join(sorted(_UNITS, reverse=True))})(?!큼))?"
)
_WORDS = {
    "ko": {
        0: "원점",
        1: "한|하나|첫째",
        2: "두|둘|반",
        3: "세|셋",
        4: "네|넷",
        5: "다섯",
        6: "여섯",
        7: "일곱",
        8: "여덟",
        9: "아홉",
        10: "열",
        11: "열한|열하나",
        12: "열두|열둘",
        20: "스무|스물",
        100: "백",
        1000: "천",
        10**6: "백만",
    },
    "en": {
        0: "zero|vanish[a-z]*",
        1: "one|ones|first|January|Part I",
        2: "two|second|February|Part II",
        3: "three|thirds?|March|Part III",
        4: "four|fourth|April|Part IV",
        5: "five|fifths?|May",
        6: "six|sixth|June",
        7: "seven|seventh|July",
        8: "eight|eighth|August",
        9: "nine|ninth|September",
        10: "ten|tenth|October",
        11: "eleven|November",
        12: "twelve|December",
        20: "twenty",
        100: "hundred|hundredth",
        1000: "thousand|thousandth",
        10**6: "million",
        2 * 10**9: "two billion",
        10**12: "trillion",
    },
}
# words that are a factor by themselves, and those that may be one
_FACTORS = {
    "ko": {2: "절반|갑절|반으로"},
    "en": {
        2: r"twice|doubl(?:es?|ed|ing)|half|hal(?:ves?|ved|ving)",
        3: r"tripl(?:es?|ed|ing)|(?:a|one|two) thirds?",
        4: r"quadrupl(?:es?|ed|ing)|quarters?",
        5: r"(?:a|one|two|three|four) fifths?",
        10: r"(?:a|one) tenth",
    },
}
_LIKE_FACTORS = {"ko": {2: "반|배로"}, "en": {}}
# {} is a number word: any use, a factor, and what may be one in the other language
_USES = {
    "ko": (
        "(?<![가-힣])(?:{})",
        "(?<![가-힣])(?:{}) ?(?:배|분의)",
        "(?<![가-힣])(?:{}) ?번",
    ),
    "en": (
        r"\b(?:{})\b",
        r"\b(?:(?:{})(?: times|fold)|factor of (?:a )?(?:{}))\b",
        r"\b(?:{})(?:,| standard errors)",
    ),
}


@dataclass(frozen=True)
class _Patterns:
    """How a number is written in words."""

    factor: re.Pattern
    like_factor: re.Pattern
    any_use: re.Pattern


def _patterns(language: str, value: int) -> _Patterns:
    words = _WORDS[language][value]
    use, factor, like = (each.replace("{}", words) for each in _USES[language])
    if own := _FACTORS[language].get(value):
        factor += "|" + _USES[language][0].replace("{}", own)
    if own := _LIKE_FACTORS[language].get(value):
        like += "|" + _USES[language][0].replace("{}", own)
    patterns = (factor, f"{factor}|{like}", f"{factor}|{use}")
    return _Patterns(*(re.compile(each, re.I) for each in patterns))


_PATTERNS = {
    language: {value: _patterns(language, value) for value in words}
    for language, words in _WORDS.items()
}
_ANY_FACTOR = {
    language: re.compile("|".join(e.factor.pattern for e in each.values()), re.I)
    for language, each in _PATTERNS.items()
}
Lines = list[tuple[int, str, bool]]  # line, text, and whether it is words or code


def problems(book: Book) -> Iterator[PageError]:
    for korean, english in languages.pairs(book):
        if len(korean.texts) != len(english.texts):
            continue  # which tests.checks.languages tells
        for ours, theirs in _twins(korean, english):
            yield from _compared(korean, english, ours, theirs)
            yield from _compared(english, korean, theirs, ours)


def _twins(korean: Page, english: Page) -> Iterator[tuple[Lines, Lines]]:
    """What says the same in both languages: texts, and words in the front matter."""
    for texts in zip(korean.texts, english.texts, strict=True):
        yield tuple(map(_lines, texts))
    for key in ("description", "question", "teaches", "needs"):
        yield tuple(
            [(page.line_of(f"{key}:"), str(page.front.get(key, "")), True)]
            for page in (korean, english)
        )


def _lines(text: Text) -> Lines:
    """Words without ids and the like, formulas and code, each with its line."""
    found = [
        (line, re.sub(r"\{ [^}]*\}", "", words), True) for line, words in text.words()
    ]
    for kind in ("math_inline", "code_inline"):
        found += [(line, token.content, False) for line, token in text.pieces(kind)]
    return found


def _compared(page: Page, other: Page, text: Lines, twin: Lines) -> Iterator[PageError]:
    claims = list(_claims(text, page.language))
    if not claims:
        return
    prose = [line for line in twin if line[2]]
    words = " ".join(words for _, words, _ in prose)
    for line, value, shown, is_factor in claims:
        patterns = _PATTERNS[other.language].get(value)
        pattern = patterns and (patterns.like_factor if is_factor else patterns.any_use)
        # a formula may give a number, but not a factor
        said = _claims(prose if is_factor else twin, other.language)
        found = any(value == each for _, each, _, _ in said)
        if not found and not (pattern and pattern.search(words)):
            where = f"{relative(other.path)}:{twin[0][0]}"
            message = f"{where} has no {shown}, in digits or in words"
            yield PageError(page.path, line, message)


def _claims(text: Lines, language: str) -> Iterator[tuple[int, int, str, bool]]:
    """Numbers in digits and factors: line, value, words, and which it is."""
    for line, words, prose in text:
        # a tenth is 10, not 10 and 1
        for match in _DIGITS.finditer(re.sub(r"분의 ?\d+", "분의", words)):
            digits = int(re.sub(r"\D", "", match["digits"]))
            value = digits * _UNITS.get(match["unit"], 1)
            yield line, value, match[0].strip(), False
        if prose and _ANY_FACTOR[language].search(words):
            for value, patterns in _PATTERNS[language].items():
                for match in patterns.factor.finditer(words):
                    yield line, value, match[0], True
