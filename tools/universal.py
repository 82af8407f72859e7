"""`make universal`: each sentence of the pages that says what is so without exception.

`make universal PAGE=loss` reads one page. Such a sentence is tested, or says where it
holds; that is for authors to judge, so nothing fails here.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from publishing.page import Book, Page, relative

WORDS = {
    "ko": re.compile(
        "(?<![가-힣])(?:항상|언제나|언제든|늘(?![가-힣])|매번|절대|결코|전혀|오직|오로지"
        "|유일|모든|모두|전부|누구나|누구도|아무|하나도|한 번도|반드시|불가능"
        "|둘 다|양쪽|어디서나|무엇이든|(?:어떤|어느) [^.,]{1,30}?도(?![가-힣])"
        "|(?<!다음과 )같(?:다|고|은|으|아|지))"
        "|없|못하|못한|똑같|뿐|(?<=[가-힣])(?<![지다])만(?![가-힣])"
    ),
    "en": re.compile(
        "\\b(?:always|never|every(?:one|thing|body|where)?|only|alone|all|both|same"
        "|any(?:one|thing|body|where)?|cannot|can't|impossible|no|none|nothing|nobody"
        "|nowhere|neither|nor|whenever|whatever|whichever|whoever|wherever)\\b",
        re.I,
    ),
}
# in the front matter, what readers see
SHOWN = ("description", "question", "teaches", "needs")
# a sentence ends at a stop that no digit or small letter follows
_END = re.compile(r"(?<=[.?!:;])[*)”\"]* +(?![a-z\d])")


def sentences(page: Page) -> Iterator[tuple[int, str]]:
    """What a page says, with formulas and code, and the line of each sentence."""
    for key in SHOWN:
        if said := page.front.get(key):
            yield page.line_of(f"{key}:"), str(said)
    for text in page.texts:
        for number, line in enumerate(text.token.content.splitlines(), text.line):
            for sentence in _END.split(line):
                yield number, sentence.strip()


def universal(page: Page) -> Iterator[tuple[int, str, str]]:
    """Line, words that allow no exception, and the sentence that has them."""
    for line, sentence in sentences(page):
        prose = re.sub(r"`[^`]*`|\$[^$]*\$|\]\([^)]*\)|\{ #.*?\}", "\ufffc", sentence)
        words = WORDS[page.language].findall(prose)
        if words:
            yield line, ", ".join(dict.fromkeys(words)), sentence


def main(names: list[str]) -> None:
    book = Book(Path.cwd())
    for page in book:
        if not names or page.name in names:
            for line, words, sentence in universal(page):
                print(f"{relative(page.path)}:{line}: [{words}] {sentence}")


if __name__ == "__main__":
    main(sys.argv[1:])
