"""Korean terms are those of docs/glossary.tsv, and come with the English word first.

A term has its English word in the English text, so that none is taken for another and
no sentence is missing. What the table says of a term, it says in both languages.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from publishing.page import Book, Page, PageError, Text, relative
from tests.checks import filled, languages

# words that the glossary's "avoid" column forbids, where they are right after all
ALLOWED = (
    # the post's own words, quoted
    "신경망 정의(Neural Network)",
    "신경망을 정의하는 방법과 구조에 대해",
    "실제로 신경망이 어떻게 학습이 되는지",
    "신경망 모델을 정의할 때 사용하는 프로토타입",
    "nn.Module을 상속받아 여러가지",
    "모델을 구성하는 여러 파라미터들을 정의하는 부분",
    "신경망을 이루는데 유용한 유틸 모음",
    "보통 신경망은 연산이 가능한 여러 층들이 쌓여서",
    "신경망을 구성할 때 사용하는 각 층을 정의하고",
    "데이터에 맞는 선형회귀선을 찾아보자",
    "필자가 정의하고 학습할 선형회귀모델은",
    "단순선형회귀를 이용하기 때문에 독립변수x와 종속변수y가",
    "예측해야 하는 값",
    "하지만 선형회귀모델을 정의할 때",
    "θ값이 초기화되기",
    "초기화되기 때문에 … 찾을 필요가 있다",
    "예측된 θ",
    "회귀선을 예측해야한다",
)
# words that every reader knows, and parts of longer terms
UNGLOSSED = {"학습", "연습문제", "풀이", "불편"}
# terms whose English word is in the English text wherever the Korean one is used
_KOREAN = """
    변화도 기울기 도함수 편도함수 분산 공분산 표준편차 표준오차 오차항 잔차 추정량
    추정값 모수 절편 시드 순전파 역전파 손실 스텝 가중치 데이터셋 옵티마이저
    경사하강법 모듈 형태 자유도 고윳값 스트라이드
"""
# and the other way round
_ENGLISH = """
    기울기 분산 표준편차 예측 절편 시드 학습률 신경망 스트라이드 신뢰구간 고윳값
"""
# a slope that is a gradient
_SLOPE = re.compile(
    r"손실의 기울기|기울기 ?(?:벡터|\$\\nabla)"
    r"|기울기[가는도를]? `?(?:backward|\.grad\b)"
    r"|(?:backward\(\)|\.grad|\\nabla L[^$]{0,20}\$)`?[가-힣]? ?기울기"
    r"|\bslopes? (?:of the loss|\$\\nabla|in `[\w.]*\.grad)",
    re.I,
)


@dataclass(frozen=True)
class Term:
    english: str
    korean: str
    avoid: tuple[str, ...]


def problems(book: Book) -> Iterator[PageError]:
    yield from _meanings(book)
    terms = glossary(book)
    for page in book:
        if page.language == "ko":
            read = filled(page)
            yield from _forbidden(read, terms)
            yield from _unglossed(page, terms)  # what other pages say is theirs
        yield from _slopes(page)
    for korean, english in languages.pairs(book):
        if len(korean.texts) == len(english.texts):
            yield from _alone(korean, english, terms)


def glossary(book: Book) -> list[Term]:
    with (book.root / "docs/glossary.tsv").open(encoding="utf-8", newline="") as file:
        return [
            Term(
                re.sub(r" \(.*\)", "", row["english"]),
                row["korean"].partition("(")[0],
                tuple(word.strip() for word in row["avoid"].split(",") if word.strip()),
            )
            for row in csv.DictReader(file, delimiter="\t")
        ]


def _meanings(book: Book) -> Iterator[PageError]:
    """A meaning stands in both languages, under an id of its own."""
    path, lines = book.root / "docs/glossary.tsv", {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        for row in rows:
            name, ko, en = row["id"], row["meaning_ko"], row["meaning_en"]
            if bool(ko) != bool(en):
                language = "English" if ko else "Korean"
                message = f"say in {language}, too, what {row['english']} means"
            elif ko and not name:
                message = f"{row['english']} has a meaning and no id; give it one"
            elif name in lines:
                message = f"the id {name} is used in line {lines[name]}; choose another"
            else:
                message = None
            if message:
                yield PageError(path, rows.line_num, message)
            if name:
                lines.setdefault(name, rows.line_num)


def _checked(text: Text) -> Iterator[tuple[int, str]]:
    for line, words in text.words():
        for phrase in ALLOWED:
            words = words.replace(phrase, "")
        yield line, words


def _forbidden(page: Page, terms: list[Term]) -> Iterator[PageError]:
    for text in page.texts:
        for line, words in _checked(text):
            for term in terms:
                for word in term.avoid:
                    if word in words:
                        message = f"write {term.korean}, not {word} (docs/glossary.tsv)"
                        yield PageError(page.path, line, message)


def _unglossed(page: Page, terms: list[Term]) -> Iterator[PageError]:
    """The first use of a term in a paragraph, list or table names the English word."""
    seen = set(UNGLOSSED)
    longest_first = sorted(terms, key=lambda term: -len(term.korean))
    known = "|".join(re.escape(term.korean) for term in longest_first)
    pattern = re.compile(rf"(?<![가-힣])(?P<korean>{known})(?P<english> ?\([^)]*\))?")
    for text in page.texts:
        if re.fullmatch(r"h\d", text.kind) or text.section == "sources" or text.note:
            continue
        for line, words in _checked(text):
            for match in pattern.finditer(words):
                korean = match["korean"]
                if korean not in seen and not match["english"]:
                    english = next(t.english for t in terms if t.korean == korean)
                    message = f"first use on this page: write {korean}({english})"
                    yield PageError(page.path, line, message)
                seen.add(korean)


def _slopes(page: Page) -> Iterator[PageError]:
    for text in page.texts:
        for number, line in enumerate(text.token.content.splitlines(), text.line):
            if match := _SLOPE.search(line):
                message = "a line has a slope (기울기), a loss a gradient (변화도)"
                yield PageError(page.path, number, f"{match[0]}: {message}")


def _alone(korean: Page, english: Page, terms: list[Term]) -> Iterator[PageError]:
    """Terms that one language says, and the other does not."""
    words = {term.korean: term.english for term in terms}
    longest_first = sorted(words, key=len, reverse=True)
    pattern = re.compile(rf"(?<![가-힣])(?:{'|'.join(longest_first)})")
    for ours, theirs in zip(korean.texts, english.texts, strict=True):
        said = _said(theirs).lower().replace("-", " ")
        found = {
            term: line
            for line, each in reversed(list(_checked(ours)))
            for term in pattern.findall(each)
        }
        where = f"{relative(english.path)}:{theirs.line}"
        for term in found.keys() & set(_KOREAN.split()):
            if words[term] not in said:
                message = (
                    f"{where} does not say {words[term]}, which is what {term} means; "
                    "correct one of them"
                )
                yield PageError(korean.path, found[term], message)
        for term in _ENGLISH.split():
            if words[term] in said and term not in _said(ours):
                message = f"{where} says {words[term]}, which is {term}; say it here"
                yield PageError(korean.path, ours.line, message)


def _said(text: Text) -> str:
    return " ".join(words for _, words in text.words())
