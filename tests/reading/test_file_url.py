"""The book opened from a disk, without a server or a network."""

import pytest
from playwright.sync_api import expect

from tests.reading.conftest import LANGUAGES

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_book_opens_from_a_disk(page, site, language):
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((site / language / "index.html").as_uri())
    page.locator(".md-content a[href='model.html']").first.click()
    expect(page.locator("h1")).to_contain_text("4.")
    loaded = page.evaluate(
        "document.fonts.ready.then(() => [...document.fonts].map(font => font.status))"
    )
    assert "loaded" in loaded, "formulas are not set in the book's font"
    page.locator("input.md-search__input").fill("nn.Linear(1, 1)")
    page.locator("input.md-search__input").press("End")
    expect(page.locator(".md-search-result__link").first).to_have_attribute(
        "href", (site / language / "model.html").as_uri(), timeout=20_000
    )
    page.keyboard.press("Escape")
    expect(page.locator("#__search")).not_to_be_checked()
    page.locator(".language-link").click()
    expect(page.locator("h1")).to_contain_text("4.")
    assert errors == []
