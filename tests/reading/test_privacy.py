"""What the site keeps in a reader's browser: what the page `about` says and no more."""

import pytest
from playwright.sync_api import expect

from tests.server import SITE_URL, serve

pytestmark = pytest.mark.browser


def stored(page) -> list:
    """Names in local and session storage; the number of databases and of caches."""
    return page.evaluate("""async () => [
        Object.keys(localStorage),
        Object.keys(sessionStorage),
        (await indexedDB.databases()).length,
        (await caches.keys()).length,
    ]""")


def test_the_palette_is_all_that_is_stored(page):
    """Both editions share it; turning pages and searching leave nothing behind."""
    page.emulate_media(color_scheme="light")
    page.goto("data.html")
    page.locator("label[for=__palette_1]").click()
    page.locator("input.md-search__input").fill("데이터")
    page.locator("input.md-search__input").press("End")
    expect(page.locator(".md-search-result__link").first).to_be_attached(timeout=20_000)
    page.goto("model.html")
    page.get_by_role("link", name="English").click()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    assert stored(page) == [["/theta/.__palette"], [], 0, 0]
    assert page.context.cookies() == []


def test_other_sites_are_not_told_where_a_reader_comes_from(page, base_url):
    """A link is followed to another host, which answers here without a network."""
    sent = []

    def answer(route):
        sent.append(route.request.headers.get("referer"))
        route.fulfill(body="")

    page.route("https://docs.pytorch.org/**", answer)
    page.goto("en/model.html")
    page.locator(".md-content a[href^='https://docs.pytorch.org']").first.click()
    page.wait_for_url("https://docs.pytorch.org/**")
    assert sent == [None]


def test_the_link_to_the_project_asks_its_host_for_nothing(
    page, complaints, mkdocs, book
):
    settings = {"NOTEBOOKS": "0", "REPO_URL": "https://github.com/somebody/book"}
    built = mkdocs("build", root=book, SITE_URL=SITE_URL, **settings)
    assert built.returncode == 0, built.stderr
    with serve(book / "site") as url:
        page.goto(f"{url}sums.html")
        page.locator(".md-source").first.wait_for(state="attached")
        page.wait_for_timeout(500)
        asked = [each for each in complaints if "github.com" in each]
        assert asked == []
        assert stored(page)[1] == []
