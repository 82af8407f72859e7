"""What readers look for, and the page that they mean.

That is searches.tsv, and the words of public questions, which are in questions.tsv.
"""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.test_questions import QUESTIONS

pytestmark = pytest.mark.browser

with (Path(__file__).parent / "searches.tsv").open(encoding="utf-8") as file:
    SEARCHES = list(csv.DictReader(file, delimiter="\t"))
SEARCHES += [
    {
        "language": "ko" if re.search("[가-힣]", question["question"]) else "en",
        "query": question["search"],
        "page": question["place"].partition("#")[0] + ".html",
    }
    for question in QUESTIONS
]


@pytest.fixture
def look_up(page):
    """Types a query; returns the files that are found, the best first."""

    def find(query: str) -> list[str]:
        field = page.locator("input.md-search__input")
        # an answer to what was asked before must not be taken for this one
        page.evaluate(
            "document.querySelector('.md-search-result__meta').textContent = ''"
        )
        field.fill(query)
        field.press("End")
        expect(page.locator(".md-search-result__meta")).not_to_be_empty(timeout=20_000)
        found = page.locator(".md-search-result__item > a:first-child").evaluate_all(
            "all => all.map(a => a.href.split('/').pop().split('#')[0])"
        )
        return found

    return find


@pytest.mark.parametrize("language", ["ko", "en"])
def test_readers_find_what_they_look_for(page, look_up, language):
    page.goto("index.html" if language == "ko" else "en/index.html")
    searches = [row for row in SEARCHES if row["language"] == language]
    assert len(searches) >= 40
    # each once: a field that does not change starts no search
    queries = dict.fromkeys(row["query"] for row in searches)
    found = {query: look_up(query)[:3] for query in queries}
    for best in (1, 3):
        missed = {
            row["query"]: found[row["query"]]
            for row in searches
            if row["page"] not in found[row["query"]][:best]
        }
        assert len(missed) <= 0.05 * len(searches), f"not in the first {best}: {missed}"


def test_a_search_for_nothing_says_so(page, look_up, complaints):
    page.goto("index.html")
    assert look_up("쀍") == []
    assert look_up("   ") == []
    assert complaints == []


def test_a_search_runs_nothing_and_breaks_nothing(page, look_up, complaints):
    page.goto("index.html")
    for query in (
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "가" * 10_000,
        "* + - ~ ^ : \\",
    ):
        look_up(query)
    assert "data.html" in look_up("데이터")
    assert complaints == []


def test_a_syllable_in_the_making_finds_what_stands_before_it(page, look_up):
    """An input method sends ㅌ, 테, 텐, 텐ㅅ, 텐서; macOS may send them decomposed."""
    page.goto("index.html")
    assert look_up("텐ㅅ") == look_up("텐")
    assert look_up("\u1110\u1166\u11ab\u1109\u1165") == look_up("텐서") != []
