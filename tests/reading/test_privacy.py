"""What the site keeps in a reader's browser: what the page `about` says, no more."""

import pytest

from tests.server import serve

pytestmark = pytest.mark.browser


def kept(page):
    """Names of what is stored for the site, and how many copies of the book."""
    return page.evaluate("""async () => [
        Object.keys(localStorage).map(key => key.split("/").pop()),
        Object.keys(sessionStorage),
        (await indexedDB.databases()).length,
        (await caches.keys()).length,
    ]""")


def test_the_palette_is_kept_and_from_the_second_page_on_the_book(page, site):
    with serve(site) as url:
        page.goto(f"{url}data.html")
        page.locator("label[for^=__palette]:visible").click()
        page.locator("input.md-search__input").fill("데이터")
        page.wait_for_timeout(500)
        assert kept(page) == [["__palette"], [], 0, 0]
        page.goto(f"{url}model.html", referer=f"{url}data.html")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        assert kept(page) == [["__palette"], [], 0, 1]
        assert page.context.cookies() == []


def test_the_link_to_the_project_asks_its_host_for_nothing(
    page, complaints, mkdocs, tmp_path, monkeypatch
):
    monkeypatch.setenv("REPO_URL", "https://github.com/somebody/book")
    with serve(tmp_path / "theta") as url:
        folder = str(tmp_path / "theta")
        assert mkdocs("build", "--site-dir", folder, site_url=url).returncode == 0
        page.goto(f"{url}changes.html")
        page.locator(".md-source").first.wait_for(state="attached")
        page.wait_for_timeout(500)
        asked = [each for each in complaints if "github.com" in each]
        assert asked == []
        assert kept(page)[1] == []
