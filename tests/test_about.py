from pathlib import Path

from tests.checks import about
from tests.checks.book import Book

ROOT = Path(__file__).parents[1]


def test_the_page_says_what_is_tested():
    recorded = (ROOT / "snippets/outputs/about/tested.txt").read_text(encoding="utf-8")
    assert about.summary(Book(ROOT)) == recorded, "run `make record`"
