"""The built site in a real browser, on a wide screen and on a phone, light and dark."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import FLAGS, executable
from tests.server import serve

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[1]
PAGES = sorted(page.with_suffix(".html").name for page in (ROOT / "docs/ko").glob("*.md"))
LANGUAGES = ("", "en/")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {
        **browser_type_launch_args,
        "executable_path": executable(),
        "args": FLAGS,
    }


@pytest.fixture(scope="session")
def base_url(site):
    with serve(site) as url:
        yield url


@pytest.fixture
def complaints(page, base_url):
    """What the browser reports, and each request that leaves the site's host."""
    heard = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))

    def left(request):
        if not request.url.startswith((base_url, "data:")):
            heard.append(f"left the site: {request.url}")

    def missing(response):
        if response.status >= 400:
            heard.append(f"{response.status}: {response.url}")

    page.on("request", left)
    page.on("response", missing)
    return heard


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_fits_and_is_quiet(page, complaints, language, width, scheme):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    for chapter in PAGES:
        page.goto(language + chapter)
        body = page.locator("body")
        expected = "slate" if scheme == "dark" else "default"
        expect(body).to_have_attribute("data-md-color-scheme", expected)
        too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert too_wide <= 0, f"{language}{chapter} is {too_wide} px too wide"
    assert complaints == []


def test_formulas_are_set_in_the_book_s_font(page):
    page.goto("estimates.html")
    loaded = page.evaluate(
        "document.fonts.ready.then(() => [...document.fonts]"
        ".filter(font => font.status == 'loaded').map(font => font.family))"
    )
    assert "Book Math" in "".join(loaded)
    equation = page.locator("#eq-8\\.1")
    expect(equation).to_have_text("(8.1)")
    # the number stands at the right end of its line
    line = page.locator(".math-display", has=equation).bounding_box()
    number = equation.bounding_box()
    assert abs(line["x"] + line["width"] - number["x"] - number["width"]) < 4


def test_a_wide_equation_scrolls_inside_itself(page):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("data.html")
    equation = page.locator(".math-display").first
    inside, shown = equation.evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert inside > shown


@pytest.mark.parametrize("chapter", PAGES)
def test_the_language_switch_stays_on_the_page(page, base_url, chapter):
    page.goto(chapter)
    page.get_by_role("link", name="English").click()
    expect(page).to_have_url(f"{base_url}en/{chapter}")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("link", name="한국어").click()
    expect(page).to_have_url(base_url + chapter)


def test_figures_change_with_the_palette(page):
    page.emulate_media(color_scheme="light")
    page.goto("estimates.html")
    line = page.locator(".figure svg [style*='--figure-truth']").first
    light = line.evaluate("e => getComputedStyle(e).stroke")
    page.locator("label[for=__palette_1]").click()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    assert line.evaluate("e => getComputedStyle(e).stroke") != light


def test_without_javascript_everything_is_there(browser, base_url):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{base_url}en/training.html")
    expect(page.locator("math").first).to_be_visible()
    expect(page.locator(".figure svg").first).to_be_visible()
    solution = page.locator("details.solution").first
    solution.locator("summary").click()
    expect(solution.locator("pre").first).to_be_visible()
    expect(page.get_by_role("link", name="한국어")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "word"), [("", "신뢰구간"), ("en/", "confidence interval")]
)
def test_search_finds_a_chapter(page, language, word):
    page.goto(language)
    page.locator("input.md-search__input").fill(word)
    found = page.locator(".md-search-result__link[href*='estimates.html']").first
    expect(found).to_be_attached(timeout=30_000)  # the index loads on first use
