"""What the pages around the chapters say of the chapters: times, exercises."""

import re
from pathlib import Path

import pytest
import yaml

from tests.checks.book import Book

ROOT = Path(__file__).parents[1]
MINUTES = {"ko": r"읽는 데 (\d+)분", "en": r"(\d+) minutes to read"}
TIME = {
    "ko": r"(?:(?P<h>\d+|한) ?시간 ?)?(?:(?P<m>\d+)분)?",
    "en": r"(?:(?P<h>\d+|One) (?:hour|h) ?)?(?:(?P<m>\d+) min)?",
}


@pytest.fixture(scope="module")
def book():
    return Book(ROOT)


def chapters(book, language):
    """The chapters in order, and the minutes that each says it takes."""
    found = [page for page in book if page.language == language and page.chapter]
    found.sort(key=lambda page: int(page.chapter))
    return {
        page.name: int(re.search(MINUTES[language], page.source)[1]) for page in found
    }


@pytest.mark.parametrize("name", ["index", "teachers"])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_row_with_chapters_and_a_time_adds_up_their_times(book, language, name):
    minutes, sums = chapters(book, language), 0
    for line in book.pages[language, name].lines:
        named = re.findall(r"\((\w+)\.md\)", line)
        times = [t for t in re.finditer(TIME[language], line) if t[0].strip()]
        if not (line.startswith("|") and set(named) & set(minutes) and times):
            continue
        if ")부터" in line or ") through" in line:
            first, last = (list(minutes).index(chapter) for chapter in named)
            named = list(minutes)[first : last + 1]
        hours = times[0]["h"] or "0"
        said = 60 * (int(hours) if hours.isdigit() else 1) + int(times[0]["m"] or 0)
        assert said == sum(minutes[chapter] for chapter in named), line
        sums += 1
    assert sums >= len(minutes) + 3


@pytest.mark.parametrize("language", ["ko", "en"])
def test_teachers_are_told_of_each_exercise_once(book, language):
    named = re.findall(
        r"(?<=[ ,])\d\.\d(?=[,: ])",
        "".join(
            line
            for line in book.pages[language, "teachers"].lines
            if "#exercises)" in line
        ),
    )
    exercises = [
        number
        for chapter in chapters(book, language)
        for number in re.findall(
            r"^\*\*(\d\.\d)\*\* ", book.pages[language, chapter].source, re.MULTILINE
        )
    ]
    assert sorted(named) == exercises


def test_teachers_are_told_to_cite_what_the_citation_file_says(book):
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    expected = "{}. {}. Version {}, {}.".format(
        citation["authors"][0]["name"],
        citation["title"],
        citation["version"],
        citation["date-released"][:4],
    )
    for language in ("ko", "en"):
        assert expected in book.pages[language, "teachers"].lines
