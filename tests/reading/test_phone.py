"""Code on a narrow screen: its buttons and its annotations."""

import pytest
from playwright.sync_api import expect

from tests.reading.conftest import LANGUAGES

pytestmark = pytest.mark.browser


COVERED = """() => {
    const range = document.createRange(), wrong = []
    for (const button of document.querySelectorAll(".md-code__button")) {
        const nav = button.getBoundingClientRect()
        const code = button.closest("pre")?.querySelector("code")
        if (!nav.height || !code) continue
        range.selectNodeContents(code)
        const covered = line =>
            line.top < nav.bottom && line.bottom > nav.top && line.right > nav.left
        if ([...range.getClientRects()].some(covered)) wrong.push(code.textContent)
    }
    return wrong
}"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_copy_buttons_cover_no_code(page, language):
    # so high that all code is in sight: only then has it its button
    page.set_viewport_size({"width": 390, "height": 40_000})
    page.goto(f"{language}loss.html")
    page.wait_for_selector("pre:last-of-type .md-code__button")
    assert page.locator(".md-code__button").count() > 20
    assert page.evaluate(COVERED) == []


@pytest.mark.parametrize("width", [390, 320])
def test_an_annotation_stands_below_the_line_that_it_explains(page, width):
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("training.html")
    page.locator(".highlight + ol").scroll_into_view_if_needed()
    numbers = page.locator(".md-annotation__index")
    expect(numbers).to_have_count(4)
    for number in numbers.all():
        number.click()
        bubble = page.locator(".md-tooltip--active")
        bubble.evaluate("e => Promise.all(e.getAnimations().map(a => a.finished))")
        above, below = number.bounding_box(), bubble.bounding_box()
        assert above["y"] + above["height"] <= below["y"]
        assert below["x"] >= 0 and below["x"] + below["width"] <= width
        page.mouse.click(5, 300)
        expect(bubble).to_have_count(0)
