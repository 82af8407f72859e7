"""The first page, and what each chapter has above and around its text."""

import re
import subprocess
import sys

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import expect

from publishing.numbering import number_of
from publishing.page import appendices, chapters
from tests.reading.conftest import LANGUAGES, PAGES, ROOT

pytestmark = pytest.mark.browser
SCREENS = [{"width": 1440, "height": 900}, {"width": 390, "height": 844}]


@pytest.mark.parametrize("screen", SCREENS, ids=["wide", "phone"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_screen_says_what_for_whom_and_where_to_start(page, language, screen):
    page.set_viewport_size(screen)
    page.goto(f"{language}index.html")
    start, notebook = page.locator(".hero-buttons a").all()
    for shown in (page.locator("h1"), start, notebook, page.locator(".hero-proof")):
        box = shown.bounding_box()
        assert box["y"] + box["height"] < screen["height"]
    picture = page.locator(".hero svg").bounding_box()
    assert picture["y"] + picture["height"] / 2 < screen["height"]
    assert notebook.get_attribute("href").endswith("anatomy.ipynb")
    start.click()
    expect(page.locator("h1")).to_contain_text("1. ")


def test_the_first_code_runs_where_it_is_pasted(site, tmp_path):
    for language in LANGUAGES:
        html = (site / f"{language}index.html").read_text(encoding="utf-8")
        code = BeautifulSoup(html, "html.parser").select_one(".language-python code")
        assert "snippets" not in code.text
        ran = subprocess.run(
            (sys.executable, "-I", "-c", code.text),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        recorded = ROOT / "snippets/outputs/index/story.txt"
        assert ran.stdout.strip() == recorded.read_text(encoding="utf-8").strip()


def test_a_way_through_lights_up_its_chapters_without_scripts(browser, base_url):
    page = browser.new_context(java_script_enabled=False).new_page()
    for way, read in (("one-hour", {"data", "estimates"}), ("everything", None)):
        page.goto(f"{base_url}en/index.html")
        page.locator(f"#{way}").click()
        page.wait_for_timeout(500)  # the others fade
        lit = page.evaluate(
            "[...document.querySelectorAll('.cards tr:has(a)')]"
            ".filter(row => getComputedStyle(row).opacity == 1)"
            ".map(row => row.querySelector('a').pathname)"
        )
        names = {path.rpartition("/")[2].removesuffix(".html") for path in lit}
        assert names == (read or set(chapters(ROOT)) - set(appendices(ROOT)))
        row = page.locator(f"tr:has(#{way})")
        linked = {
            a.get_attribute("href") for a in row.locator("td + td a:not(.term)").all()
        }
        assert not read or linked == {f"{name}.html" for name in read}


def test_the_row_below_a_title_says_how_long_and_leads_to_the_notebook(page):
    page.goto("en/loss.html")
    row = page.locator("h1 + .page-head")
    expect(row).to_contain_text(re.compile(r"Chapter 5 of \d+\s+\d+ min"))
    with page.expect_download() as download:
        row.get_by_role("link", name="Download notebook").click()
    assert download.value.suggested_filename == "loss.ipynb"
    row.get_by_role("link", name="Set up").click()
    expect(page.locator("h1")).to_contain_text("Set up")
    expect(page.locator(".page-head")).not_to_contain_text("Chapter")


def test_chapters_that_were_read_are_ticked_and_the_next_one_is_offered(page):
    page.goto("en/index.html")
    start = page.locator(".hero-buttons a").first
    expect(start).to_have_text("Start with Chapter 1")
    page.goto("en/anatomy.html")
    expect(page.locator(".tick")).to_have_count(0)
    page.locator(".other-pages").scroll_into_view_if_needed()
    page.wait_for_function("() => localStorage.getItem('read')")
    page.goto("en/tensors.html")
    ticked = page.locator(".md-nav__link:has(.tick)")
    expect(ticked).to_have_count(1)
    expect(ticked).to_contain_text("1. ")
    page.goto("en/index.html")
    expect(start).to_have_text(re.compile("Continue with 2. "))
    start.click()
    expect(page.locator("h1")).to_contain_text("2. ")
    # Material keeps the palette, under the site's path
    kept = page.evaluate("Object.keys(localStorage)")
    assert [key for key in kept if not key.endswith(".__palette")] == ["read"]


def test_an_address_of_what_has_moved_leads_to_its_new_place(page, browser, base_url):
    page.goto("en/tensors.html#precision")
    expect(page).to_have_url(f"{base_url}en/rounding.html#precision")
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    still = context.new_page()
    still.goto("tensors.html")
    expect(still.locator(".moved").first).to_be_hidden()
    still.goto("tensors.html#precision")
    still.locator(".moved a:visible").click()
    expect(still).to_have_url(f"{base_url}rounding.html#precision")
    context.close()


def test_on_a_phone_chapters_are_one_tap_away(page):
    page.set_viewport_size(SCREENS[1])
    page.goto("loss.html")
    page.locator("label.md-header__button[for=__drawer]").click()
    for name in set(chapters(ROOT)) - set(appendices(ROOT)):
        number = number_of(ROOT / f"docs/ko/{name}.md")
        link = page.locator(".md-nav--primary .md-nav__link:visible")
        expect(link.filter(has_text=f"{number}. ").first).to_be_in_viewport()


def test_every_page_is_quiet_where_the_site_has_no_address(page, build_once):
    """At the root of a host, and with no address known while it was built."""
    bare = build_once("bare", SITE_URL="", NOTEBOOKS="0")[0]
    heard = []
    page.on("console", lambda message: heard.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: heard.append(f"{page.url}: {error}"))

    def answer(route):
        path = re.sub(r"^https?://[^/]+/|[?#].*$", "", route.request.url)
        route.fulfill(path=bare / path)

    page.route("http://bare.invalid/**", answer)
    names = [name for name in PAGES if not name.startswith("notebooks/")]
    for language in LANGUAGES:
        for name in [*names, "404.html"]:
            page.goto(f"http://bare.invalid/{language}{name}")
            page.wait_for_timeout(50)
    assert heard == []
