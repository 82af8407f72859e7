"""Whole numbers and factors in digits and words: 100, two million, twice, 두 배."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from publishing.page import Text

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
class Patterns:
    """How a number is written in words."""

    factor: re.Pattern
    like_factor: re.Pattern
    any_use: re.Pattern


def _patterns(language: str, value: int) -> Patterns:
    words = _WORDS[language][value]
    use, factor, like = (each.replace("{}", words) for each in _USES[language])
    if own := _FACTORS[language].get(value):
        factor += "|" + _USES[language][0].replace("{}", own)
    if own := _LIKE_FACTORS[language].get(value):
        like += "|" + _USES[language][0].replace("{}", own)
    patterns = (factor, f"{factor}|{like}", f"{factor}|{use}")
    return Patterns(*(re.compile(each, re.I) for each in patterns))


PATTERNS = {
    language: {value: _patterns(language, value) for value in words}
    for language, words in _WORDS.items()
}
_ANY_FACTOR = {
    language: re.compile("|".join(e.factor.pattern for e in each.values()), re.I)
    for language, each in PATTERNS.items()
}
_VALUES = {
    form: value
    for value, names in _WORDS["en"].items()
    for name in names.split("|")
    for form in (name.replace("s?", ""), name.replace("s?", "s"))
    if value > 2 and name.islower()
}
_ENGLISH = re.compile(rf"\b(?:{'|'.join(_VALUES)})\b", re.I)
_COMPARES = re.compile(r"(?: \w+er)?(?: (?:as|the|that)\b|[,.]|$)| \w+er\b")
_PART = re.compile("hal[fv]|quarter|third|fifth|tenth|절반|반|갑절|분의", re.I)
_POWER = re.compile(r"10\^\{-?\d+\}|\^(?:\d|\{\(?\d\)?\})")
Lines = list[tuple[int, str, bool]]  # line, text, and whether it is words or code


def lines(text: Text, *kinds: str) -> Lines:
    """Words without ids and the like, formulas and code, each with its line."""
    found = [
        (line, re.sub(r"\{ [^}]*\}", "", words), True) for line, words in text.words()
    ]
    for kind in kinds or ("math_inline", "code_inline"):
        found += [(line, token.content, False) for line, token in text.pieces(kind)]
    return found


def claims(text: Lines, language: str) -> Iterator[tuple[int, int, str, bool]]:
    """Numbers in digits and factors: line, value, words, and which it is."""
    for line, words, prose in text:
        # a tenth is 10, not 10 and 1
        for match in _DIGITS.finditer(re.sub(r"분의 ?\d+", "분의", words)):
            digits = int(re.sub(r"\D", "", match["digits"]))
            value = digits * _UNITS.get(match["unit"], 1)
            yield line, value, match[0].strip(), False
        if prose and _ANY_FACTOR[language].search(words):
            for value, patterns in PATTERNS[language].items():
                for match in patterns.factor.finditer(words):
                    yield line, value, match[0], True


def in_words(text: Lines) -> Iterator[tuple[int, int, str]]:
    """English number words from three on: line, value, word."""
    for line, words, prose in text:
        for match in _ENGLISH.finditer(_DIGITS.sub("", words)) if prose else ():
            yield line, _VALUES[match[0].lower()], match[0]


def counted(text: Text, language: str) -> Iterator[tuple[int, str, bool]]:
    """Numbers that need a reason: line, "60", "×2" or "/2", and whether it is a word.

    In words and formulas from 3 on: 1 and 2 are everywhere. Number words in English:
    Korean ones have second meanings, and tests/checks/amounts.py compares them.
    """
    for line, words, prose in lines(text, "math_inline"):
        if not prose:
            words = _POWER.sub("", words)
        for match in _DIGITS.finditer(words):
            digits = int(re.sub(r"\D", "", match["digits"]))
            value = digits * _UNITS.get(match["unit"], 1)
            percent = re.match(r"\s?%", words[match.end() :])
            if value > (1 if prose else 2) and not percent:
                yield line, str(value), False
        if not prose:
            continue
        words = _DIGITS.sub("", words)
        factors = _ANY_FACTOR[language].search(words)
        for value, patterns in PATTERNS[language].items() if factors else ():
            for match in patterns.factor.finditer(words):
                if _PART.search(match[0]):
                    yield line, f"/{value}", False
                elif language == "ko" or _COMPARES.match(words[match.end() :]):
                    yield line, f"×{value}", False
                elif value > 2:
                    yield line, str(value), True
            words = patterns.factor.sub("", words)
        if language == "en":
            for _, value, _ in in_words([(line, words, prose)]):
                yield line, str(value), True
