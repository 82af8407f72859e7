"""`make habits`: how the Korean of each page is written, beside the Korean of others.

`make habits PAGE=loss` reads one page and shows its short sentences and the words to
avoid, each with its line. These are habits, not mistakes: nothing fails here.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from publishing.page import Book, Page, relative

SHORT = 6  # words
_CONNECTIVES = """
    따라서 하지만 그러나 즉 또한 예를 그래서 그러면 그런데 그러므로 한편 반면 반면에
    이때 다만 물론 그리고 왜냐하면 결국 우선 먼저 다음으로 마지막으로 이제 그럼 대신
    오히려 특히 실제로 여기서 이처럼 이렇게 그렇다면
"""
# a translator's words, and native ones where a technical word is the plain one
AVOIDED = re.compile(
    r"(?<![가-힣])(?:시험[을은이하]|견주|까닭|몫|품[는고은]|닿[는지아]|부르[는면고며]|부른"
    r"|준다[.]|이러한|에 의해|통하여|가지고 있)"
)
# Measured over all Markdown of two books that were written in Korean, as of 2026-11-28
# (github.com/ratsgo/nlpbook and github.com/ratsgo/speechbook), and over the blog post.
REFERENCES = (
    ("a book on language models", 2770, 10.7, 21, 11),
    ("a book on speech recognition", 2648, 11.4, 19, 11),
    ("the post of 2020", 14, 10.2, 29, 42),
)
ROW = "{:<32}{:>10}{:>8}{:>8}{:>13}{:>9}"


@dataclass(frozen=True)
class Habits:
    sentences: int
    words: float  # a sentence
    short: float  # percent of the sentences
    connectives: float  # in 1,000 words

    @classmethod
    def of(cls, sentences: list[str]) -> "Habits":
        words = [sentence.split() for sentence in sentences]
        count = sum(map(len, words)) or 1
        total = len(words) or 1
        known = set(_CONNECTIVES.split())
        joining = sum(each.strip(",") in known for line in words for each in line)
        short = sum(len(line) <= SHORT for line in words)
        return cls(
            len(words), count / total, 100 * short / total, 1000 * joining / count
        )


def sentences(page: Page) -> Iterator[tuple[int, str]]:
    """Sentences of paragraphs and lists, with their lines; nothing of the sources."""
    for text in page.texts:
        if text.kind in ("p", "li") and text.section != "sources":
            for number, line in enumerate(text.token.content.splitlines(), text.line):
                for sentence in re.split(r"(?<=[.?!])\s+", line):
                    if re.search(r"[가-힣].*[.?!]", sentence):
                        yield number, sentence


def main(names: list[str]) -> None:
    print(ROW.format("", "sentences", "words", "short", "connectives", "avoided"))
    for name, *measured in REFERENCES:
        count, words, short, joining = measured
        print(ROW.format(name, count, words, f"{short}%", joining, ""))
    for page in Book(Path.cwd()):
        if page.language != "ko" or (names and page.name not in names):
            continue
        found = list(sentences(page))
        habits = Habits.of([sentence for _, sentence in found])
        avoided = [each for each in found if AVOIDED.search(each[1])]
        print(
            ROW.format(
                page.name,
                habits.sentences,
                f"{habits.words:.1f}",
                f"{habits.short:.0f}%",
                f"{habits.connectives:.0f}",
                len(avoided),
            )
        )
        if names:
            for line, sentence in found:
                short = len(sentence.split()) <= SHORT
                if short or AVOIDED.search(sentence):
                    print(f"{relative(page.path)}:{line}: {sentence}")


if __name__ == "__main__":
    main(sys.argv[1:])
