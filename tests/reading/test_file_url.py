"""The book without a network: from a disk, and once it was visited."""

import pytest
from playwright.sync_api import expect

from tests.reading.conftest import LANGUAGES
from tests.server import serve

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
    page.locator("input.md-search__input").fill("nn.Sequential")
    page.locator("input.md-search__input").press("End")
    expect(page.locator(".md-search-result__link").first).to_have_attribute(
        "href", (site / language / "model.html").as_uri(), timeout=20_000
    )
    page.keyboard.press("Escape")
    expect(page.locator("#__search")).not_to_be_checked()
    page.locator(".book-language").click()
    expect(page.locator("h1")).to_contain_text("4.")
    assert errors == []


def test_a_book_of_which_a_page_was_turned_is_there_without_network(page, site):
    with serve(site) as url:
        page.goto(f"{url}en/index.html")
        page.goto(f"{url}en/data.html", referer=f"{url}en/index.html")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    # the server is gone, and the reader goes on to pages never opened
    page.goto(f"{url}en/estimates.html")
    expect(page.locator("h1")).to_contain_text("8.")
    expect(page.locator("math").first).to_be_visible()
    page.goto(f"{url}en/")
    page.locator("input.md-search__input").fill("residual")
    page.locator("input.md-search__input").press("End")
    expect(page.locator(".md-search-result__link").first).to_be_attached(timeout=20_000)


def test_one_visit_keeps_nothing(page):
    page.goto("data.html")
    page.wait_for_timeout(500)
    assert page.evaluate("caches.keys()") == []
