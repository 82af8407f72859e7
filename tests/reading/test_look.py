"""The built site in a real browser, on a wide screen and on a phone, light and dark."""

import re

import pytest
from playwright.sync_api import expect

from tests.reading.conftest import LANGUAGES

pytestmark = pytest.mark.browser


def test_formulas_are_set_in_the_book_s_font(page):
    page.goto("estimates.html")
    loaded = page.evaluate(
        "document.fonts.ready.then(() => [...document.fonts]"
        ".filter(font => font.status == 'loaded').map(font => font.family))"
    )
    assert "Book Math" in "".join(loaded)
    equation = page.locator("[id^=eq-]:has(.equation-number)").first
    number = equation.locator(".equation-number")
    expect(number).to_have_text("(8.1)")
    # the number stands at the right end of its line
    line, number = equation.bounding_box(), number.bounding_box()
    assert abs(line["x"] + line["width"] - number["x"] - number["width"]) < 4


def test_an_equation_in_a_solution_keeps_its_number_beside_it_on_paper(page):
    page.goto("training.html")
    page.emulate_media(media="print")
    equation = page.locator(".solution [id^=eq-]:has(.equation-number)").first
    formula = equation.locator("math").bounding_box()
    number = equation.locator(".equation-number").bounding_box()
    assert formula["x"] + formula["width"] < number["x"]
    assert formula["y"] < number["y"] + number["height"] / 2
    assert number["y"] + number["height"] / 2 < formula["y"] + formula["height"]


def test_a_wide_equation_scrolls_inside_itself(page):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("data.html")
    widths = "all => all.map(each => [each.scrollWidth, each.clientWidth])"
    parts = page.locator(".math-parts").evaluate_all(widths)
    assert any(inside > shown for inside, shown in parts)


def test_an_equation_of_two_parts_breaks_between_them_on_a_phone(page):
    for width, breaks in ((1440, False), (320, True)):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto("estimates.html")
        parts = page.locator("#eq-two-standard-errors math")
        expect(parts).to_have_count(2)
        first, second = (part.bounding_box() for part in parts.all())
        below = second["y"] >= first["y"] + first["height"]
        assert below == breaks


@pytest.mark.parametrize("chapter", ["index.html", "loss.html", "notebooks/loss.html"])
def test_the_language_switch_stays_on_the_page(page, base_url, chapter):
    page.goto(chapter)
    page.get_by_role("link", name="English").click()
    expect(page).to_have_url(f"{base_url}en/{chapter}")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("link", name="한국어").click()
    expect(page).to_have_url(base_url + chapter)


def test_the_language_switch_keeps_the_section(page, base_url, complaints):
    page.goto("data.html")
    page.get_by_role("link", name="4. 모델").first.click()
    expect(page).to_have_url(f"{base_url}model.html")
    page.get_by_role("navigation", name="목차").get_by_text("연습문제").click()
    expect(page).to_have_url(f"{base_url}model.html#exercises")
    page.get_by_role("link", name="English").click()
    expect(page).to_have_url(f"{base_url}en/model.html#exercises")
    expect(page.locator("#exercises")).to_be_in_viewport()
    assert complaints == []


def test_the_address_follows_the_reader(page, base_url):
    """So that a link that is shared, or a change of language, keeps the place."""
    page.goto("model.html")
    page.mouse.move(700, 450)
    for _ in range(4):
        page.mouse.wheel(0, 1000)
        page.wait_for_timeout(400)  # Material waits until the page stands still
    expect(page).to_have_url(re.compile(rf"{re.escape(base_url)}model\.html#\w"))


@pytest.mark.parametrize("way", ["left", "reloaded"])
def test_who_comes_back_finds_the_place(page, way):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("loss.html")
    piece = page.locator(".md-content__inner > *").nth(100)
    piece.evaluate("piece => piece.scrollIntoView()")
    page.wait_for_timeout(500)  # Material notes the place a moment later
    place = piece.bounding_box()["y"]
    if way == "reloaded":
        page.reload()
    else:
        page.goto("model.html")
        expect(page.locator("#model")).to_be_visible()
        page.go_back()
        page.wait_for_url("**/loss.html*")
    page.wait_for_function(
        """place => {
            const piece = document.querySelectorAll(".md-content__inner > *")[100]
            return Math.abs(piece?.getBoundingClientRect().y - place) < 2
        }""",
        arg=place,
    )


def test_a_page_is_copied_as_markdown(page, base_url):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("en/model.html")
    page.get_by_role("link", name="Copy as Markdown").click()
    expect(page.locator(".md-dialog")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.request.get(f"{base_url}en/model.md").text()
    assert copied.startswith("# 4. ")


def test_annotations_explain_a_line_of_code(page):
    page.goto("training.html")
    page.locator(".highlight + ol").scroll_into_view_if_needed()
    number = page.locator("[data-md-annotation-id]").first
    shown = number.evaluate("e => getComputedStyle(e, '::after').content")
    assert shown == '"1"'
    page.locator(".md-annotation__index").first.click()
    expect(page.locator(".md-tooltip, .md-tooltip2").first).to_be_visible()


def test_a_term_says_what_it_means(page, base_url):
    page.goto("en/training.html")
    term = page.get_by_role("link", name="learning rate", exact=True)
    term.hover()
    meaning = page.locator(".md-tooltip2, .md-tooltip").filter(has_text="step")
    expect(meaning.first).to_be_visible()
    term.click()
    expect(page).to_have_url(f"{base_url}en/glossary.html#learning-rate")


def test_scripts_that_are_not_the_book_s_do_not_run(page):
    page.goto("data.html")
    page.evaluate("""() => {
        const script = document.createElement("script")
        script.textContent = "window.attacked = true"
        document.body.append(script)
        const picture = document.createElement("img")
        picture.setAttribute("onerror", "window.attacked = true")
        picture.src = "missing.png"
        document.body.append(picture)
    }""")
    page.wait_for_timeout(500)
    assert page.evaluate("window.attacked") is None


def test_dark_is_dark_before_anything_is_drawn(page):
    """The script of the page itself chooses; Material's comes too late."""
    page.route("**/bundle.*.js", lambda route: route.abort())
    page.emulate_media(color_scheme="dark")
    page.goto("data.html")
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")


def test_a_link_to_a_section_that_is_gone_shows_the_page(page, complaints):
    page.goto("data.html#it-was-here-once")
    expect(page.locator("h1")).to_be_in_viewport()
    assert complaints == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_that_is_gone_shows_the_way_in_both_languages(page, base_url, language):
    answer = page.goto(f"{language}deep/down/gone.html")
    assert answer.status == 404
    for name, first in (("첫 페이지에서", ""), ("Start again", "en/")):
        link = page.get_by_role("link", name=name)
        assert page.evaluate("a => a.href", link.element_handle()) == base_url + first


def test_paper_shows_solutions_and_where_links_lead(page):
    page.goto("en/model.html")
    page.emulate_media(media="print")
    for solution in page.locator("details.solution").all():
        expect(solution.locator("pre").first).to_be_visible()
    link = page.locator("#__nothing, .md-content a[href^='https://docs.pytorch']").first
    shown = link.evaluate("a => getComputedStyle(a, '::after').content")
    assert "https://docs.pytorch.org" in shown
    for part in (".md-header", ".md-footer", ".md-sidebar", ".page-links"):
        expect(page.locator(part).first).to_be_hidden()
    assert re.match(rb"%PDF", page.pdf())
    page.goto("en/notebooks/model.html")
    carried = page.locator("details.carried")
    expect(carried).to_have_count(1)
    expect(carried).to_be_hidden()
    page.goto("en/mistakes.html")
    expect(page.locator("details.note pre").first).to_be_visible()


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
