"""What learners have asked in public, and the section that answers it: questions.tsv.

`search` is what such a reader types; tests/reading/test_search.py types it.
"""

import csv
from pathlib import Path

import pytest

from publishing.page import Book

ROOT = Path(__file__).parents[1]
FILE = ROOT / "tests/questions.tsv"
with FILE.open(encoding="utf-8") as file:
    QUESTIONS = list(csv.DictReader(file, delimiter="\t"))


@pytest.fixture(scope="module")
def sections():
    return {
        (page.language, page.name): {heading.id for heading in page.headings}
        for page in Book(ROOT)
    }


@pytest.mark.parametrize("line", range(2, len(QUESTIONS) + 2))
def test_a_question_names_the_place_that_answers_it(line, sections):
    question = QUESTIONS[line - 2]
    where = f"{FILE.relative_to(ROOT)}:{line}"
    for column, value in question.items():
        assert value and value == value.strip(), f"{where}: fill in {column}"
    points = question["key_points"].split(" ; ")
    assert 2 <= len(points) <= 5, f"{where}: give two to five key points, not {points}"
    assert question["address"].startswith("https://"), f"{where}: give the address"
    page, _, section = question["place"].partition("#")
    for language in ("ko", "en"):
        told = f"{where}: docs/{language}/{page}.md has no section #{section}"
        assert section in sections.get((language, page), ()), told


def test_no_question_is_asked_twice():
    addresses = [question["address"] for question in QUESTIONS]
    assert len(addresses) == len(set(addresses)) >= 80
